//! The glass of a picture with points: the picture grows, its marks keep their size and stay on their places, and the
//! plate with the name hangs on the chosen one.

use bevy::{prelude::*, text::LineHeight};
use pingfeng_content::model::HotspotPoint;

use super::{Control, Glass, Glasses, HotspotsPage, TOUCH_PX, page::Part};
use crate::{
    blocks::{self, Mount, Ui, Zoom, fitting},
    input::{Pannable, Touchable},
    theme::{Elevation, Kit, Role, Style},
};

/// Of a mark's disc, and from its middle to the plate with the name; px.
const MARK_PX: f32 = 54.0;
const PLATE_AWAY_PX: f32 = MARK_PX / 2.0 + 14.0;
/// The glow round the chosen mark, px.
const GLOW_PX: f32 = 10.0;
/// Line height of the name on the plate.
const LEADING: f32 = 1.15;
/// Up to this look the picture is opened once: with as many pixels as fit the whole picture, and somewhat more. Beyond it a
/// larger file is opened and laid over it.
const FIRST_LOOK: f32 = 1.7;

/// What grows: the picture, and the marks on it.
#[derive(Component)]
pub(super) struct Grown;

/// Holds the larger file of the picture once it is needed.
#[derive(Component)]
pub(super) struct Sharper {
    open: bool,
}

/// The disc of a mark, and its number.
#[derive(Component, Clone, Copy, Debug)]
pub(super) struct Disc(pub(super) usize);
#[derive(Component, Clone, Copy, Debug)]
pub(super) struct Number(pub(super) usize);

/// What hangs on the chosen mark, with the size of the plate.
#[derive(Component, Clone, Copy, Debug)]
pub(super) enum Hung {
    Plate(Vec2),
    Tip(Vec2),
}

/// The picture on its glass, with its marks and the plate of the chosen one.
pub(super) fn picture(page: &HotspotsPage, ui: &mut Ui<'_>, kit: &Kit, glass: &Glass) {
    let document = &page.document;
    let (at, size) = (glass.place.min, glass.size());
    let ground = Node { overflow: Overflow::clip(), ..blocks::at(at.x, at.y, size.x, size.y) };
    ui.spawn((ground, BackgroundColor(kit.colour(Role::Paper2)), Pannable, *glass)).with_children(|ui| {
        let (corner, size) = glass.possible(page.zoom).lies(size, glass.drawn);
        ui.spawn((blocks::at(corner.x, corner.y, size.x, size.y), Grown)).with_children(|ui| {
            blocks::picture(ui, kit, &document.picture, glass.drawn * FIRST_LOOK, Mount::Cover, blocks::fill());
            ui.spawn((blocks::fill(), Sharper { open: false }, Visibility::Hidden));
            for (index, point) in document.points.iter().enumerate() {
                mark(page, ui, kit, index, point);
            }
        });
        ui.spawn((blocks::fill(), Part::Plate)).with_children(|ui| plate(page, ui, kit, glass));
    });
}

/// A mark keeps its size: it stands at its part of what grows, and does not grow with it.
fn mark(page: &HotspotsPage, ui: &mut Ui<'_>, kit: &Kit, index: usize, point: &HotspotPoint) {
    let [x, y] = point.at;
    let half = px(-TOUCH_PX / 2.0);
    let look = MarkLook::new(kit, index == page.chosen);
    ui.spawn((
        Node {
            left: percent(x * 100.0),
            top: percent(y * 100.0),
            width: px(TOUCH_PX),
            height: px(TOUCH_PX),
            margin: UiRect { left: half, top: half, right: px(0.0), bottom: px(0.0) },
            align_items: AlignItems::Center,
            justify_content: JustifyContent::Center,
            ..blocks::absolute()
        },
        Touchable,
        Control::Mark(index),
    ))
    .with_children(|ui| {
        ui.spawn((
            Node {
                width: px(MARK_PX),
                height: px(MARK_PX),
                border: UiRect::all(px(4.0)),
                border_radius: BorderRadius::MAX,
                align_items: AlignItems::Center,
                justify_content: JustifyContent::Center,
                ..default()
            },
            BackgroundColor(look.ground),
            BorderColor::all(look.edge),
            look.shadow,
            Disc(index),
        ))
        .with_children(|ui| {
            // Marks keep their measure at every text size: the list and the card say the same in large letters.
            let size = 27.0 / kit.text_factor(Style::Strong);
            blocks::text_sized(ui, kit, Style::Strong, size, look.number, &(index + 1).to_string())
                .insert((TextLayout::no_wrap(), LineHeight::RelativeToFont(1.1), Number(index)));
        });
    });
}

/// Light on any picture and in every theme; the chosen one is the other way round.
pub(super) struct MarkLook {
    pub(super) ground: Color,
    pub(super) edge: Color,
    pub(super) number: Role,
    pub(super) shadow: BoxShadow,
}

impl MarkLook {
    pub(super) fn new(kit: &Kit, chosen: bool) -> Self {
        let (accent, light) = (kit.colour(Role::Accent), kit.colour(Role::OnAccent));
        if chosen {
            let shadow = BoxShadow::new(accent.with_alpha(0.3), px(0.0), px(0.0), px(GLOW_PX), px(0.0));
            return Self { ground: accent, edge: light, number: Role::OnAccent, shadow };
        }
        Self { ground: light, edge: accent, number: Role::Accent, shadow: blocks::elevation(kit, Elevation::Sheet1) }
    }
}

/// Where the plate and its tip lie, and whether the mark that they hang on is in view.
fn hang(page: &HotspotsPage, glass: &Glass, plate: Vec2) -> Option<(Vec2, Vec2)> {
    let at = glass.spot(page.zoom, page.point()?);
    if !glass.holds(at) {
        return None;
    }
    let others = page.document.points.iter().enumerate().filter(|(index, _)| *index != page.chosen);
    let others: Vec<Rect> =
        others.map(|(_, point)| Rect::from_center_size(glass.spot(page.zoom, point), Vec2::splat(MARK_PX))).collect();
    let (side, corner) = blocks::plate_at(at, PLATE_AWAY_PX, plate, None, &others, glass.size());
    Some((corner, blocks::tip_at(at, side, corner, plate)))
}

fn shown_if(wanted: bool) -> Visibility {
    if wanted { Visibility::Inherited } else { Visibility::Hidden }
}

/// The name of the chosen point, on a plate that hangs on its mark.
pub(super) fn plate(page: &HotspotsPage, ui: &mut Ui<'_>, kit: &Kit, glass: &Glass) {
    const SIDE: f32 = 18.0;
    let Some(point) = page.point() else { return };
    let name = kit.text(&point.title);
    // The plate keeps its measure at every text size: the card says the name in large letters.
    let room = glass.size().x * 0.42;
    let fitted = fitting::fit(kit, Style::H3, 34.0 / kit.text_factor(Style::H3), name, room, 2);
    let line = fitted.line_px / kit.type_spec(Style::H3).leading * LEADING;
    let width = if fitted.lines == 1 { fitting::width(kit, Style::H3, fitted.size, name) } else { room };
    let size = Vec2::new(width + 2.0 * SIDE, 58.0 + line * (fitted.lines as f32 - 1.0));
    let accent = kit.colour(Role::Accent);
    let hung = hang(page, glass, size);
    let shown = shown_if(hung.is_some());
    let (corner, tip) = hung.unwrap_or_default();
    ui.spawn((blocks::tip(tip, accent), Hung::Tip(size), shown));
    ui.spawn((
        Node {
            padding: UiRect::axes(px(SIDE), px(0.0)),
            align_items: AlignItems::Center,
            justify_content: JustifyContent::Center,
            border_radius: BorderRadius::all(px(kit.tokens.radius("seal"))),
            ..blocks::at(corner.x, corner.y, size.x, size.y)
        },
        BackgroundColor(accent),
        Hung::Plate(size),
        shown,
    ))
    .with_children(|ui| {
        let layout = if fitted.lines == 1 { TextLayout::no_wrap() } else { blocks::centred() };
        blocks::text_sized(ui, kit, Style::H3, fitted.size, Role::OnAccent, name)
            .insert((layout, LineHeight::RelativeToFont(LEADING)));
    });
}

/// Puts what grows where it lies now, and the plate at its mark.
pub(super) fn place(
    mut pages: Query<(Entity, &mut HotspotsPage)>,
    glasses: Glasses,
    mut grown: Query<(Entity, &mut Node), With<Grown>>,
    mut hung: Query<(Entity, &Hung, &mut Node, &mut Visibility), Without<Grown>>,
) {
    for (entity, mut page) in &mut pages {
        if page.placed == Some(page.zoom) {
            continue;
        }
        let zoom = page.zoom;
        let built_now = page.is_changed();
        page.bypass_change_detection().placed = Some(zoom);
        let Some(glass) = glasses.of(entity).filter(|_| !built_now) else { continue };
        let (corner, size) = glass.possible(zoom).lies(glass.size(), glass.drawn);
        for (sheet, mut node) in &mut grown {
            if glasses.lies_on(sheet, entity) {
                (node.left, node.top, node.width, node.height) = (px(corner.x), px(corner.y), px(size.x), px(size.y));
            }
        }
        for (part, hung, mut node, mut visibility) in &mut hung {
            if !glasses.lies_on(part, entity) {
                continue;
            }
            let (Hung::Plate(plate) | Hung::Tip(plate)) = *hung;
            let lies = hang(&page, &glass, plate);
            visibility.set_if_neq(shown_if(lies.is_some()));
            if let Some((corner, tip)) = lies {
                let at = if matches!(hung, Hung::Plate(_)) { corner } else { tip };
                (node.left, node.top) = (px(at.x), px(at.y));
            }
        }
    }
}

/// Opens the larger file of the picture where one looks closer than the first can show.
pub(super) fn sharpen(
    mut commands: Commands,
    kit: Option<Res<Kit>>,
    pages: Query<(Entity, &HotspotsPage)>,
    glasses: Glasses,
    mut holders: Query<(Entity, &mut Sharper, &mut Visibility)>,
) {
    let Some(kit) = kit else { return };
    for (entity, page) in &pages {
        let closer = page.zoom.factor > FIRST_LOOK && kit.exhibition.prepared(&page.document.picture).is_some();
        for (holder, mut sharper, mut visibility) in &mut holders {
            if !glasses.lies_on(holder, entity) {
                continue;
            }
            // The whole picture is drawn from the smaller file: a larger one would be grainy there.
            visibility.set_if_neq(shown_if(closer));
            if closer && !sharper.open
                && let Some(glass) = glasses.of(entity)
            {
                sharper.open = true;
                commands.entity(holder).with_children(|ui| {
                    let wanted = glass.drawn * Zoom::MAX;
                    blocks::picture(ui, &kit, &page.document.picture, wanted, Mount::Cover, blocks::fill());
                });
            }
        }
    }
}
