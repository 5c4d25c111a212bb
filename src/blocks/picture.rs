//! Pictures on their place: cropped to cover it, or whole on a mount.

use bevy::prelude::*;
use pingfeng_content::model::{Media, MediaId, ThemeName};

use super::{Ui, centred, fill, layout, text};
use crate::theme::{Kit, Role, Style};

/// How a picture fills its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mount {
    /// Covers the place; what is over is cut, away from the picture's focus.
    Cover,
    /// Whole, centred.
    Whole,
}

/// Crops an [`ImageNode`] so that it covers its node.
#[derive(Component, Clone, Copy, Debug)]
pub struct CoverCrop {
    /// Pixels of the image.
    pub size_px: Vec2,
    /// The point that stays in view, 0 to 1.
    pub focus: Vec2,
}

/// A picture of the exhibition in `node`. `wanted` is the size it is drawn at, logical px: the smallest prepared file
/// that is large enough is opened. A missing picture is an empty mount with the words that describe it.
pub fn picture<'a>(
    ui: &'a mut Ui<'_>,
    kit: &Kit,
    id: &MediaId,
    wanted: Vec2,
    mount: Mount,
    mut node: Node,
) -> EntityCommands<'a> {
    node.overflow = Overflow::clip();
    let focus = focus_of(kit, id);
    let Some(open) = kit.pictures.open(&kit.exhibition, id, wanted * kit.surface.scale, mount) else {
        return empty_mount(ui, kit, id, node);
    };
    if mount == Mount::Whole {
        node.align_items = AlignItems::Center;
        node.justify_content = JustifyContent::Center;
        let mut place = ui.spawn(node);
        let scale = (wanted / open.size_px).min_element();
        let size = open.size_px * scale;
        place.with_children(|ui| {
            ui.spawn((
                Node { width: px(size.x), height: px(size.y), flex_shrink: 0.0, ..default() },
                ImageNode { image: open.handle, image_mode: NodeImageMode::Stretch, ..default() },
            ));
        });
        return place;
    }
    ui.spawn((
        node,
        ImageNode { image: open.handle, image_mode: NodeImageMode::Stretch, ..default() },
        CoverCrop { size_px: open.size_px, focus },
    ))
}

/// The layers of a picture, far to near, cropped to cover `size` (logical px). `layer` is called for each with its index
/// and the number of layers, and may add components. False where the picture has no layers.
pub fn picture_layers(
    ui: &mut Ui<'_>,
    kit: &Kit,
    id: &MediaId,
    size: Vec2,
    mut layer: impl FnMut(&mut EntityCommands<'_>, usize, usize),
) -> bool {
    let Some(prepared) = kit.exhibition.prepared(id).filter(|p| !p.layers.is_empty()) else {
        return false;
    };
    let source = Vec2::new(prepared.size_px[0] as f32, prepared.size_px[1] as f32);
    let scale = (size / source).max_element();
    // Where the source's frame lies on the page, so that the focus stays in view.
    let over = source * scale - size;
    let origin = -over * focus_of(kit, id);
    for (index, part) in prepared.layers.iter().enumerate() {
        let [x, y, width, height] = part.rect;
        let drawn = Vec2::new(width, height) * scale;
        let Some(handle) = kit.pictures.open_file(&kit.exhibition, &part.sizes, drawn * kit.surface.scale) else { continue };
        let place = origin + Vec2::new(x, y) * scale;
        let mut entity = ui.spawn((
            layout::at(place.x, place.y, drawn.x, drawn.y),
            ImageNode { image: handle.handle, image_mode: NodeImageMode::Stretch, ..default() },
        ));
        layer(&mut entity, index, prepared.layers.len());
    }
    true
}

/// An edge of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The upper edge.
    Top,
    /// The left edge.
    Left,
    /// The right edge.
    Right,
}

/// Paper-coloured mist over one edge of a picture, `reach` px deep, on which a title can stand.
pub fn mist(ui: &mut Ui<'_>, kit: &Kit, side: Side, reach: f32) {
    let paper = kit.colour(Role::Paper);
    let edge = layout::fill();
    let (node, angle) = match side {
        Side::Top => (Node { bottom: auto(), height: px(reach), ..edge }, LinearGradient::TO_BOTTOM),
        Side::Left => (Node { right: auto(), width: px(reach), ..edge }, LinearGradient::TO_RIGHT),
        Side::Right => (Node { left: auto(), width: px(reach), ..edge }, LinearGradient::TO_LEFT),
    };
    // Night letters on a daylight sky need more of it than ink does.
    let (thick, held) = if kit.theme == ThemeName::Yezhan { (0.88, 66.0) } else { (0.76, 45.0) };
    let stops = vec![
        ColorStop::new(paper.with_alpha(0.92), percent(0.0)),
        ColorStop::new(paper.with_alpha(thick), percent(held)),
        ColorStop::new(paper.with_alpha(0.0), percent(100.0)),
    ];
    ui.spawn((node, BackgroundGradient::from(LinearGradient::new(angle, stops))));
}

fn focus_of(kit: &Kit, id: &MediaId) -> Vec2 {
    match kit.exhibition.compiled.media.get(id) {
        Some(Media::Picture(picture)) => Vec2::from_array(picture.focus),
        _ => Vec2::splat(0.5),
    }
}

fn empty_mount<'a>(ui: &'a mut Ui<'_>, kit: &Kit, id: &MediaId, mut node: Node) -> EntityCommands<'a> {
    node.align_items = AlignItems::Center;
    node.justify_content = JustifyContent::Center;
    let mut mount = ui.spawn((node, BackgroundColor(kit.colour(Role::Paper2))));
    mount.with_children(|ui| {
        ui.spawn((
            Node { margin: UiRect::all(px(20.0)), border: UiRect::all(px(kit.tokens.stroke("hair"))), ..fill() },
            BorderColor::all(kit.colour(Role::Line)),
        ));
        if let Some(media) = kit.exhibition.compiled.media.get(id) {
            text(ui, kit, Style::Caption, Role::Ink2, kit.text(&media.common().alt))
                .insert((centred(), Node { max_width: percent(80.0), ..default() }));
        }
    });
    mount
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PostUpdate, crop.in_set(bevy::ui::UiSystems::PostLayout));
}

fn crop(mut pictures: Query<(&CoverCrop, &ComputedNode, &mut ImageNode), Or<(Changed<ComputedNode>, Added<CoverCrop>)>>) {
    for (crop, node, mut image) in &mut pictures {
        let place = node.size();
        if place.x < 1.0 || place.y < 1.0 {
            continue;
        }
        let scale = (place / crop.size_px).max_element();
        let seen = place / scale;
        let min = (crop.size_px - seen) * crop.focus;
        image.rect = Some(Rect { min, max: min + seen });
    }
}
