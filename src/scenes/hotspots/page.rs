//! How a picture with points looks: in portrait the picture, what is said of a point, the list and the keys stand one
//! below the other; across, the picture and its keys stand left, the rest right.

use bevy::{prelude::*, text::LineHeight};
use pingfeng_content::model::{HotspotPoint, Media};

use super::{
    Control, Glass, Glasses, HotspotsPage,
    glass::{self, Disc, MarkLook, Number},
    list::List,
};
use crate::{
    blocks::{
        self, Button, Icon, Kind, PressLook, Ui,
        fitting::{self, Fitted},
        source_line_at, source_px, text_height_at,
    },
    input::Touchable,
    scenes::{gallery::credit, story::position},
    stage::OnTap,
    theme::{Elevation, Kit, Role, Style},
};

/// Least height of the picture in portrait, and the most, px.
const GLASS_MIN: f32 = 420.0;
const GLASS_MAX: f32 = 800.0;
/// Between the parts of the card, px.
const CARD_GAP: f32 = 14.0;
/// So much smaller the card may be set before the list gives up names.
const LITTLE: f32 = 0.8;
/// Line height of the card's title.
const TITLE_LEADING: f32 = 1.15;

/// What is built again when another point is chosen, or another look.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Card,
    List,
    /// The plate at the mark.
    Plate,
    /// The keys that look closer and less closely.
    Looks,
    /// To the point before and after.
    Ways,
}

/// Where everything lies.
struct Places {
    head: Rect,
    glass: Glass,
    card: Rect,
    list: Rect,
    points: List,
    looks: Rect,
    ways: Rect,
}

impl Places {
    fn new(page: &HotspotsPage, kit: &Kit) -> Self {
        if kit.portrait() {
            return Self::upright(page, kit);
        }
        // Large letters get a wider column from the picture, and so do names that would find no room.
        let column = |wider: f32| 720.0 + 266.0 * (kit.text_scale - 1.0) + wider * 130.0;
        let mut tries = [0.0, 1.0, 2.0].into_iter().map(|wider| Self::across(page, kit, column(wider)));
        tries.find(|places| places.points.names.is_some()).unwrap_or_else(|| Self::across(page, kit, column(2.0)))
    }

    fn upright(page: &HotspotsPage, kit: &Kit) -> Self {
        let (size, margin, bottom) = (kit.surface.size, kit.margin(), kit.bar_top());
        let (top, between, after) = (184.0, 36.0, 30.0);
        let wide = size.x - 2.0 * margin;
        let ways = place(margin, bottom - 154.0, wide, 104.0);
        let looks = place(margin, ways.min.y - 22.0 - 92.0, wide, 92.0);
        // The picture stays whole while the card may be set a little smaller; a visitor who wants larger letters gets them
        // from the height of the picture.
        let whole = (size.x * page.shape.y / page.shape.x).min(GLASS_MAX);
        let least = GLASS_MIN.min(whole);
        let needs = Words::most(page, kit, wide, if kit.text_scale > 1.0 { 1.0 } else { 0.86 });
        let room = looks.min.y - 28.0 - top - between - after;
        let heights = [room - whole - needs, room - least - Words::most(page, kit, wide, LITTLE)];
        let points = List::new(page, kit, wide, heights);
        let list = place(margin, looks.min.y - 28.0 - points.height(), wide, points.height());
        let end = list.min.y - after;
        let height = (end - needs - between - top).min(whole).max(least);
        let card = top + height + between;
        Self {
            head: place(margin, 60.0, wide, 104.0),
            glass: Glass::new(place(0.0, top, size.x, height), page.shape),
            card: place(margin, card, wide, end - card),
            list,
            points,
            looks,
            ways,
        }
    }

    /// `column`: width of what stands beside the picture.
    fn across(page: &HotspotsPage, kit: &Kit, column: f32) -> Self {
        let (margin, bottom) = (kit.margin(), kit.bar_top());
        let left = kit.surface.size.x - column;
        let wide = column - margin - 40.0;
        let keys = left - margin - 40.0;
        let ways = place(margin, bottom - 28.0 - 84.0, keys, 84.0);
        let looks = place(margin, ways.min.y - 18.0 - 84.0, keys, 84.0);
        let (card, after) = (184.0, 28.0);
        let room = bottom - 28.0 - after - card;
        let heights = [1.0, LITTLE].map(|part| room - Words::most(page, kit, wide, part));
        let points = List::new(page, kit, wide, heights);
        let list = place(left + 40.0, bottom - 28.0 - points.height(), wide, points.height());
        Self {
            head: place(left + 40.0, 36.0, wide, 124.0),
            glass: Glass::new(place(0.0, 0.0, left, looks.min.y - 24.0), page.shape),
            card: place(left + 40.0, card, wide, list.min.y - after - card),
            list,
            points,
            looks,
            ways,
        }
    }
}

fn place(x: f32, y: f32, width: f32, height: f32) -> Rect {
    Rect::new(x, y, x + width, y + height)
}

fn node(rect: Rect) -> Node {
    blocks::at(rect.min.x, rect.min.y, rect.width(), rect.height())
}

pub(super) fn view(page: &HotspotsPage, ui: &mut Ui<'_>, kit: &Kit) {
    let places = Places::new(page, kit);
    heading(page, ui, kit, places.head);
    glass::picture(page, ui, kit, &places.glass);
    let parts =
        [(Part::Card, places.card), (Part::List, places.list), (Part::Looks, places.looks), (Part::Ways, places.ways)];
    for (part, place) in parts {
        ui.spawn((node(place), part)).with_children(|ui| fill(page, ui, kit, &places, part));
    }
}

fn fill(page: &HotspotsPage, ui: &mut Ui<'_>, kit: &Kit, places: &Places, part: Part) {
    match part {
        Part::Card => card(page, ui, kit, places.card.size()),
        Part::List => list(page, ui, kit, &places.points),
        Part::Plate => glass::plate(page, ui, kit, &places.glass),
        Part::Looks => looks(page, ui, kit, places.looks.size()),
        Part::Ways => ways(page, ui, kit, places.ways.size()),
    }
}

/// The title, and the chapter beside it; across, below it.
fn heading(page: &HotspotsPage, ui: &mut Ui<'_>, kit: &Kit, place: Rect) {
    let title = kit.text(&page.document.title);
    let chapter = page.document.chapter.as_ref().map(|chapter| kit.text(chapter)).unwrap_or_default();
    let room = place.width();
    let chapter_size = kit.pick(30.0, 26.0) / kit.text_scale.sqrt();
    let chapter_size = fitting::fit(kit, Style::Small, chapter_size, chapter, room * kit.pick(0.4, 1.0), 1).size;
    let beside = if chapter.is_empty() { 0.0 } else { fitting::width(kit, Style::Small, chapter_size, chapter) + 40.0 };
    let room = room - kit.pick(beside, 0.0);
    let wanted = kit.pick(76.0, 54.0);
    let fitted = fitting::fit(kit, Style::H1, wanted, title, room, 1);
    // What is too long for a line takes two that are as high as one.
    let fitted = if fitted.lines > 1 { fitting::fit(kit, Style::H1, wanted / 2.0, title, room, 2) } else { fitted };
    ui.spawn(Node {
        flex_direction: kit.pick(FlexDirection::Row, FlexDirection::Column),
        justify_content: kit.pick(JustifyContent::SpaceBetween, JustifyContent::FlexStart),
        align_items: kit.pick(AlignItems::FlexEnd, AlignItems::FlexStart),
        ..node(place)
    })
    .with_children(|ui| {
        ui.spawn(Node { max_width: px(room), ..default() }).with_children(|ui| {
            let mut words = blocks::text_sized(ui, kit, Style::H1, fitted.size, Role::Ink, title);
            words.insert(LineHeight::RelativeToFont(TITLE_LEADING));
            if fitted.lines == 1 {
                words.insert(TextLayout::no_wrap());
            }
        });
        if !chapter.is_empty() {
            blocks::text_sized(ui, kit, Style::Small, chapter_size, Role::Ink2, chapter).insert(TextLayout::no_wrap());
        }
    });
}

/// What the card says of a point, where its letters are a `part` of what they should be; and what that takes.
struct Words {
    title: Fitted,
    text_px: f32,
    sources: String,
    source_part: f32,
    height: f32,
}

impl Words {
    fn new(page: &HotspotsPage, kit: &Kit, point: &HotspotPoint, width: f32, part: f32, source_part: f32) -> Self {
        let title = fitting::fit(kit, Style::H2, kit.pick(56.0, 46.0) * part, kit.text(&point.title), width, 2);
        let title_height = title.height() / kit.type_spec(Style::H2).leading * TITLE_LEADING;
        let text_px = (kit.type_spec(Style::Body).size * part).max(kit.least_px());
        let text_height = text_height_at(kit, Style::Body, text_px, kit.text(&point.text), width);
        let sources = source_words(page, kit, point);
        let letter = source_px(kit, source_part);
        // The square 据 and the gap after it stand before the words.
        let source_height = text_height_at(kit, Style::Caption, letter, &sources, width - letter * 1.5 - 14.0);
        let height = title_height + CARD_GAP + text_height + CARD_GAP + source_height;
        Self { title, text_px, sources, source_part, height }
    }

    /// The height of the longest of all points, with the source as small as it may be.
    fn most(page: &HotspotsPage, kit: &Kit, width: f32, part: f32) -> f32 {
        page.document.points.iter().map(|point| Self::new(page, kit, point, width, part, 0.0).height).fold(0.0, f32::max)
    }

    /// True if nothing of it can be set smaller.
    fn least(&self, kit: &Kit) -> bool {
        self.text_px <= kit.least_px()
    }
}

/// Sources, whose the picture is, and what a map must say of itself.
fn source_words(page: &HotspotsPage, kit: &Kit, point: &HotspotPoint) -> String {
    let picture = &page.document.picture;
    let map = match kit.exhibition.compiled.media.get(picture) {
        Some(Media::Picture(picture)) => picture.map.as_ref().map(|map| kit.map_note(map)),
        _ => None,
    };
    let lines = [Some(kit.sources(&point.sources)), credit(kit, picture), map];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// Name, text, source. The source gives up what it has grown first, then the letters get smaller until all of it fits.
fn card(page: &HotspotsPage, ui: &mut Ui<'_>, kit: &Kit, room: Vec2) {
    let Some(point) = page.point() else { return };
    let mut words = Words::new(page, kit, point, room.x, 1.0, 1.0);
    let mut part = 1.0;
    while words.height > room.y && !words.least(kit) {
        words = Words::new(page, kit, point, room.x, part, 0.0);
        part -= 0.05;
    }
    ui.spawn(Node { flex_direction: FlexDirection::Column, row_gap: px(CARD_GAP), ..blocks::fill() }).with_children(|ui| {
        blocks::text_sized(ui, kit, Style::H2, words.title.size, Role::Ink, kit.text(&point.title))
            .insert(LineHeight::RelativeToFont(TITLE_LEADING));
        let size = words.text_px / kit.text_factor(Style::Body);
        blocks::text_sized(ui, kit, Style::Body, size, Role::Ink, kit.text(&point.text));
        source_line_at(ui, kit, Role::Ink2, &words.sources, words.source_part);
    });
}

/// All points: a disc with the number, and the name.
fn list(page: &HotspotsPage, ui: &mut Ui<'_>, kit: &Kit, points: &List) {
    let [side, disc, gap] = List::measures(kit);
    for (index, point) in page.document.points.iter().enumerate() {
        let on = index == page.chosen;
        let ground = kit.colour(Role::Sheet);
        let look = PressLook::sheet(kit, Elevation::Sheet1, ground);
        let mut key = ui.spawn((
            Node {
                padding: UiRect::axes(px(side), px(0.0)),
                column_gap: px(gap),
                align_items: AlignItems::Center,
                justify_content: if points.names.is_some() { JustifyContent::FlexStart } else { JustifyContent::Center },
                border_radius: BorderRadius::all(px(kit.tokens.radius("card"))),
                ..node(points.place(index))
            },
            BackgroundColor(ground),
            look.shadow.clone(),
            look,
            Touchable,
            Control::Point(index),
        ));
        if on {
            key.insert(Outline { width: px(4.0), offset: px(0.0), color: kit.colour(Role::Accent) });
        }
        key.with_children(|ui| {
            let (fill, number) = if on { (kit.colour(Role::Accent), Role::OnAccent) } else { (Color::NONE, Role::Ink) };
            let round = Node {
                width: px(disc),
                height: px(disc),
                flex_shrink: 0.0,
                border: UiRect::all(px(3.0)),
                border_radius: BorderRadius::MAX,
                ..default()
            };
            let size = 25.0 / kit.text_factor(Style::Strong);
            blocks::label(ui, kit, Style::Strong, size, number, &(index + 1).to_string(), round)
                .insert((BackgroundColor(fill), BorderColor::all(kit.colour(Role::Accent))));
            let Some((size, lines)) = points.names else { return };
            ui.spawn(Node { flex_grow: 1.0, flex_shrink: 1.0, min_width: px(0.0), ..default() }).with_children(|ui| {
                let mut name = blocks::text_sized(ui, kit, Style::H3, size, Role::Ink, kit.text(&point.title));
                if lines == 1 {
                    name.insert(TextLayout::no_wrap());
                }
            });
        });
    }
}

/// Closer, farther, and back to the whole picture.
fn looks(page: &HotspotsPage, ui: &mut Ui<'_>, kit: &Kit, room: Vec2) {
    const GAP: f32 = 24.0;
    let shown = page.says();
    let width = (room.x - 2.0 * GAP) / 3.0;
    let words = [kit.word("gallery.zoom_out"), kit.word("gallery.fit"), kit.word("gallery.zoom_in")];
    // Keys that stand side by side have letters of one size.
    let size = words.iter().zip([1, 0, 1]).map(|(word, icons)| blocks::label_size(kit, width, word, icons)).fold(f32::MAX, f32::min);
    let keys = [
        (Control::Farther, Some(Icon::ZoomOut), shown.farther),
        (Control::Whole, None, shown.farther),
        (Control::Closer, Some(Icon::ZoomIn), shown.closer),
    ];
    for (index, ((control, icon, works), word)) in keys.into_iter().zip(&words).enumerate() {
        let place = blocks::at(index as f32 * (width + GAP), 0.0, width, room.y);
        let kind = if works { Kind::Plain } else { Kind::Off };
        blocks::button(ui, kit, place, Button { label: word, kind, before: icon, size: Some(size), ..default() }).insert(control);
    }
}

/// To the point before and after, and onwards after the last.
fn ways(page: &HotspotsPage, ui: &mut Ui<'_>, kit: &Kit, room: Vec2) {
    const MIDDLE: f32 = 150.0;
    const GAP: f32 = 18.0;
    let (last, count) = (page.chosen == page.last(), page.document.points.len());
    let onward = page.document.next.as_ref().filter(|_| last);
    let (previous, go_on) = (kit.word("hotspots.previous"), kit.word("timeline.go_on"));
    let next = if onward.is_some() { go_on } else { kit.word("hotspots.next") };
    if count < 2 {
        // One point has none before it: the way onwards is all there is.
        if let Some(scene) = onward {
            let key = Button { label: &next, kind: Kind::Main, after: Some(Icon::Next), ..default() };
            blocks::button(ui, kit, blocks::at(0.0, 0.0, room.x, room.y), key).insert(OnTap::Go(scene.clone()));
        }
        return;
    }
    let width = (room.x - MIDDLE - 2.0 * GAP) / 2.0;
    let size = Some(blocks::label_size(kit, width, &previous, 1).min(blocks::label_size(kit, width, &next, 1)));
    let kind = |there: bool| if there { Kind::Plain } else { Kind::Off };
    let before = Button { label: &previous, kind: kind(page.chosen > 0), before: Some(Icon::Previous), size, ..default() };
    let mut key = blocks::button(ui, kit, blocks::at(0.0, 0.0, width, room.y), before);
    if page.chosen > 0 {
        key.insert(Control::Point(page.chosen - 1));
    }
    let at = position(kit, page.chosen, count);
    let middle = blocks::at(width + GAP, 0.0, MIDDLE, room.y);
    blocks::label(ui, kit, Style::H3, 34.0 / kit.text_factor(Style::H3), Role::Ink2, &at, middle);
    let place = blocks::at(room.x - width, 0.0, width, room.y);
    match onward {
        Some(scene) => {
            let key = Button { label: &next, kind: Kind::Main, after: Some(Icon::Next), size, ..default() };
            blocks::button(ui, kit, place, key).insert(OnTap::Go(scene.clone()));
        }
        None => {
            let key = Button { label: &next, kind: kind(!last), after: Some(Icon::Next), size, ..default() };
            let mut key = blocks::button(ui, kit, place, key);
            if !last {
                key.insert(Control::Point(page.chosen + 1));
            }
        }
    }
}

/// Builds again what says which point is chosen and how closely one looks, where it says something else now.
pub(super) fn fill_parts(
    mut commands: Commands,
    kit: Option<Res<Kit>>,
    mut pages: Query<(Entity, &mut HotspotsPage)>,
    parts: Query<(Entity, &Part)>,
    glasses: Glasses,
    mut discs: Query<(Entity, &Disc, &mut BackgroundColor, &mut BorderColor, &mut BoxShadow)>,
    mut numbers: Query<(Entity, &Number, &mut TextColor)>,
) {
    let Some(kit) = kit else { return };
    for (entity, mut page) in &mut pages {
        let wanted = page.says();
        let Some(shown) = page.shown.filter(|_| !page.is_changed()) else {
            // The page itself is about to be built.
            page.bypass_change_detection().shown = Some(wanted);
            continue;
        };
        if shown == wanted {
            continue;
        }
        page.bypass_change_detection().shown = Some(wanted);
        let page = &*page;
        let places = Places::new(page, &kit);
        let other_point = shown.chosen != wanted.chosen;
        let other_look = (shown.closer, shown.farther) != (wanted.closer, wanted.farther);
        for (holder, part) in &parts {
            let stale = if *part == Part::Looks { other_look } else { other_point };
            if stale && glasses.lies_on(holder, entity) {
                commands.entity(holder).despawn_children().with_children(|ui| fill(page, ui, &kit, &places, *part));
            }
        }
        if !other_point {
            continue;
        }
        for (disc, Disc(index), mut ground, mut edge, mut shadow) in &mut discs {
            if [shown.chosen, wanted.chosen].contains(index) && glasses.lies_on(disc, entity) {
                let look = MarkLook::new(&kit, *index == wanted.chosen);
                *ground = BackgroundColor(look.ground);
                *edge = BorderColor::all(look.edge);
                *shadow = look.shadow;
            }
        }
        for (number, Number(index), mut colour) in &mut numbers {
            if [shown.chosen, wanted.chosen].contains(index) && glasses.lies_on(number, entity) {
                colour.0 = kit.colour(MarkLook::new(&kit, *index == wanted.chosen).number);
            }
        }
    }
}
