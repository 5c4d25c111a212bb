//! How a route looks: see `look/route-1080x1920.png`. Measures are those of the picture.

use bevy::prelude::*;
use pingfeng_content::model::{LabelSide, MapFrame, Media, RouteStop};

use super::{
    Control, RoutePage, card,
    way::{self, Dashes, Projection, Stroke, Way},
};
use crate::{
    blocks::{self, Icon, Mount, Slider, Ui, fitting},
    input::{Pannable, Touchable},
    theme::{Kit, Role, Style},
};

/// How a column is drawn: what lies behind it, and what is still to come, as thickness and dashes.
struct Line {
    walked: (f32, Dashes),
    ahead: (f32, Dashes),
}

/// By the place of a column in the document. Told apart by dash and colour.
const LINES: [Line; 4] = [
    Line { walked: (9.0, &[]), ahead: (6.0, &[1.0, 15.0]) },
    Line { walked: (5.0, &[18.0, 11.0]), ahead: (4.0, &[1.0, 15.0]) },
    Line { walked: (6.0, &[1.0, 11.0]), ahead: (4.0, &[1.0, 15.0]) },
    Line { walked: (5.0, &[14.0, 9.0, 1.0, 9.0]), ahead: (4.0, &[1.0, 15.0]) },
];
/// The pale edge on either side of the main line, px.
const EDGE_PX: f32 = 3.0;
/// Of a name on the map, px.
const LABEL_PX: f32 = 27.0;
/// From the middle of a dot to its name, px.
const LABEL_AWAY_PX: f32 = 17.0;
/// Of a stop's dot, px.
const DOT_PX: f32 = 18.0;
/// A dot answers within this square, px.
const DOT_TOUCH_PX: f32 = 56.0;
/// Of the large dot under the chosen stop, and of the glow round it, px.
const CHOSEN_PX: f32 = 36.0;
const GLOW_PX: f32 = 68.0;
/// Of the key that plays, px.
const KEY_PX: f32 = 104.0;
/// Height of a row of the list and the gap after it, px.
pub(super) const ROW: [f32; 2] = [92.0, 18.0];

/// Where the slider lies on the page, logical px.
#[derive(Component, Clone, Copy, Debug)]
pub(super) struct Band {
    left: f32,
    pub(super) width: f32,
}

impl Band {
    pub(super) fn part(&self, x: f32) -> f32 {
        ((x - self.left) / self.width.max(1.0)).clamp(0.0, 1.0)
    }
}

/// What is built again when another stop is chosen.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Card,
    List,
    Chosen,
    /// The key that says play or pause.
    Key,
}

/// The ways on the map, by column.
#[derive(Component)]
pub(super) struct Ways(Vec<Way>);

/// A stroke of a line.
#[derive(Component, Clone, Copy, Debug)]
pub(super) struct Drawn {
    column: usize,
    stroke: Stroke,
    thick: f32,
    /// True: shown where the column has been. False: where it has not.
    walked: bool,
}

/// The dot of a stop.
#[derive(Component, Clone, Copy, Debug)]
pub(super) struct Dot(usize);

/// The name of a stop; hidden while the stop is chosen, because a plate says it then.
#[derive(Component, Clone, Copy, Debug)]
pub(super) struct Named(usize);

/// What moves with the date.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moving {
    Done,
    Knob,
    Date,
    DateWords,
}

/// The month at an end of the slider: 0 or 1.
#[derive(Component, Clone, Copy, Debug)]
pub(super) struct End(usize);

/// Where everything lies.
struct Places {
    map: Rect,
    band: Rect,
    head: Rect,
    legend: Rect,
    card: Rect,
    list: Rect,
}

fn places(kit: &Kit) -> Places {
    let (size, margin) = (kit.surface.size, kit.margin());
    let rect = |x: f32, y: f32, width: f32, height: f32| Rect::new(x, y, x + width, y + height);
    let rows = rows(kit) as f32;
    let list_height = rows * ROW[0] + (rows - 1.0) * ROW[1];
    if kit.portrait() {
        // A longer page gives its length to the map, a foot bar that is lifted takes it from there.
        let shift = kit.bar_top() - 1780.0;
        let wide = size.x - 2.0 * margin;
        let list = kit.bar_top() - 26.0 - list_height;
        return Places {
            head: rect(margin, 60.0, wide, 100.0),
            legend: rect(margin, 172.0, wide, 44.0),
            map: rect(0.0, 232.0, size.x, 728.0 + shift),
            band: rect(0.0, 960.0 + shift, size.x, 148.0),
            card: rect(margin, 1140.0 + shift, wide, list - 1140.0 - shift - 28.0),
            list: rect(margin, list, wide, list_height),
        };
    }
    let (left, bottom) = (size.x - 680.0, kit.bar_top());
    let wide = size.x - margin - left - 40.0;
    let list = bottom - 28.0 - list_height;
    Places {
        map: rect(0.0, 0.0, left, bottom - 132.0),
        band: rect(0.0, bottom - 132.0, left, 132.0),
        head: rect(left + 40.0, 36.0, wide, 104.0),
        legend: rect(left + 40.0, 148.0, wide, 80.0),
        card: rect(left + 40.0, 246.0, wide, list - 246.0 - 28.0),
        list: rect(left + 40.0, list, wide, list_height),
    }
}

/// Rows of the list: the chosen stop between its neighbours; with large letters, which the card needs room for, only the
/// neighbours.
pub(super) fn rows(kit: &Kit) -> usize {
    if kit.text_scale > 1.2 { 2 } else { 3 }
}

fn node(rect: Rect) -> Node {
    blocks::at(rect.min.x, rect.min.y, rect.width(), rect.height())
}

/// A colour on the map. Its paper is light in every theme, so the dark one borrows from the default.
fn on_map(kit: &Kit, role: Role) -> Color {
    kit.tokens.palette(kit.daylight()).colour(role)
}

fn column_colour(kit: &Kit, column: usize) -> Color {
    match column {
        0 => on_map(kit, Role::Accent),
        1 => on_map(kit, Role::Gold).mix(&on_map(kit, Role::Ink), 0.42),
        2 => on_map(kit, Role::Info),
        _ => on_map(kit, Role::Correct),
    }
}

fn line(column: usize) -> &'static Line {
    &LINES[column.min(LINES.len() - 1)]
}

pub(super) fn view(page: &RoutePage, ui: &mut Ui<'_>, kit: &Kit) {
    let places = places(kit);
    map(page, ui, kit, places.map);
    heading(page, ui, kit, &places);
    band(page, ui, kit, places.band);
    for (part, place) in [(Part::Card, places.card), (Part::List, places.list)] {
        let mut holder = ui.spawn((node(place), part));
        if part == Part::List {
            holder.insert((Pannable, Control::List));
        }
        holder.with_children(|ui| fill(page, ui, kit, part));
    }
}

fn fill(page: &RoutePage, ui: &mut Ui<'_>, kit: &Kit, part: Part) {
    match part {
        Part::Card => card::card(page, ui, kit, places(kit).card.size()),
        Part::List => card::list(page, ui, kit, places(kit).list.size()),
        Part::Chosen => chosen(page, ui, kit),
        Part::Key => {
            let shown = if page.plays() { Icon::Pause } else { Icon::Play };
            blocks::round_key(ui, kit, KEY_PX, shown).insert(Control::PlayOrPause);
        }
    }
}

fn heading(page: &RoutePage, ui: &mut Ui<'_>, kit: &Kit, places: &Places) {
    let (title, years) = (kit.text(&page.document.title), kit.text(&page.document.years));
    let room = places.head.width();
    // In portrait the years stand beside the title, across below it.
    let years_room = room * kit.pick(0.55, 1.0);
    let years_size = fitting::fit(kit, Style::Small, kit.pick(30.0, 26.0) / kit.text_scale.sqrt(), years, years_room, 1).size;
    let beside = fitting::width(kit, Style::Small, years_size, years) + 40.0;
    let title_size = fitting::fit(kit, Style::H1, kit.pick(76.0, 54.0), title, room - kit.pick(beside, 0.0), 1).size;
    ui.spawn(Node {
        flex_direction: kit.pick(FlexDirection::Row, FlexDirection::Column),
        justify_content: kit.pick(JustifyContent::SpaceBetween, JustifyContent::FlexStart),
        align_items: kit.pick(AlignItems::FlexEnd, AlignItems::FlexStart),
        ..node(places.head)
    })
    .with_children(|ui| {
        blocks::text_sized(ui, kit, Style::H1, title_size, Role::Ink, title)
            .insert((TextLayout::no_wrap(), bevy::text::LineHeight::RelativeToFont(1.15)));
        blocks::text_sized(ui, kit, Style::Small, years_size, Role::Ink2, years).insert(TextLayout::no_wrap());
    });
    legend(page, ui, kit, places.legend);
}

/// Which line is whose. It keeps its measure at every text size: the card says the same in large letters.
fn legend(page: &RoutePage, ui: &mut Ui<'_>, kit: &Kit, place: Rect) {
    let names: Vec<&str> = page.document.columns.iter().map(|column| kit.text(&column.title)).collect();
    let (sample, gap) = (52.0, 12.0);
    let per_row = kit.pick(names.len(), 2).max(1);
    let room = place.width() / per_row as f32 - sample - gap - 16.0;
    let size = fitting::fit_all(kit, Style::Small, 26.0 / kit.text_factor(Style::Small), names.iter().copied(), room, 1).size;
    ui.spawn(Node {
        display: Display::Grid,
        grid_template_columns: kit.pick(
            vec![RepeatedGridTrack::auto(per_row as u16)],
            vec![RepeatedGridTrack::flex(per_row as u16, 1.0)],
        ),
        justify_content: JustifyContent::SpaceBetween,
        align_items: AlignItems::Center,
        ..node(place)
    })
    .with_children(|ui| {
        for (column, name) in names.iter().enumerate() {
            ui.spawn(blocks::row(gap)).with_children(|ui| {
                ui.spawn(Node { width: px(sample), height: px(12.0), flex_shrink: 0.0, ..default() }).with_children(|ui| {
                    let mut flat = Way::default();
                    flat.straight(Vec2::new(4.0, 6.0), Vec2::new(sample - 4.0, 6.0));
                    let (thick, dashes) = line(column).walked;
                    for stroke in flat.strokes(dashes) {
                        ui.spawn(stroke_bundle(&stroke, stroke.until, thick, column_colour(kit, column)));
                    }
                });
                blocks::text_sized(ui, kit, Style::Small, size, Role::Ink, name).insert(TextLayout::no_wrap());
            });
        }
    });
}

/// A straight line with round ends, from the beginning of `stroke` up to the length `until` of the way.
fn stroke_bundle(stroke: &Stroke, until: f32, thick: f32, colour: Color) -> impl Bundle {
    let (node, transform) = stroke_place(stroke, until, thick);
    (node, transform, BackgroundColor(colour))
}

fn stroke_place(stroke: &Stroke, until: f32, thick: f32) -> (Node, UiTransform) {
    let part = ((until - stroke.from) / (stroke.until - stroke.from).max(1e-3)).clamp(0.0, 1.0);
    blocks::line(stroke.a, stroke.a.lerp(stroke.b, part), thick)
}

/// What the map shows, and how it falls on a place of that size.
fn frame<'a>(page: &RoutePage, kit: &'a Kit, size: Vec2) -> Option<(&'a MapFrame, Projection)> {
    let Media::Picture(picture) = kit.exhibition.compiled.media.get(&page.document.map)? else { return None };
    let frame = picture.map.as_ref()?;
    Some((frame, Projection::covering(frame, page.aspect, Vec2::from_array(picture.focus), size)))
}

fn map(page: &RoutePage, ui: &mut Ui<'_>, kit: &Kit, place: Rect) {
    let (size, document) = (place.size(), &page.document);
    let Some((frame, projection)) = frame(page, kit, size) else { return };
    let ways: Vec<Way> = document.columns.iter().map(|column| Way::new(column, &projection)).collect();
    blocks::picture(ui, kit, &document.map, size, Mount::Cover, node(place));
    let hair = kit.tokens.stroke("hair");
    let edges = Node { border: UiRect::axes(px(0.0), px(hair)), overflow: Overflow::clip(), ..node(place) };
    ui.spawn((edges, BorderColor::all(kit.colour(Role::Line)))).with_children(|ui| {
        // The main column lies on top.
        for (column, way) in ways.iter().enumerate().rev() {
            lines(ui, kit, column, way, page.day);
        }
        if let Some(inset) = &document.inset {
            let name = kit.text(&inset.title);
            let shown = Rect::from_corners(Vec2::new(size.x - 308.0, 22.0), Vec2::new(size.x - 28.0, 256.0));
            let mut lead = Way::default();
            lead.straight(Vec2::new(shown.min.x + 20.0, shown.max.y), projection.place(inset.at) + Vec2::new(16.0, -12.0));
            for stroke in lead.strokes(&[1.0, 8.0]) {
                ui.spawn(stroke_bundle(&stroke, stroke.until, 3.0, on_map(kit, Role::Deep)));
            }
            ui.spawn((
                Node {
                    padding: UiRect { left: px(20.0), right: px(20.0), top: px(14.0), bottom: px(10.0) },
                    border: UiRect::all(px(hair)),
                    border_radius: BorderRadius::all(px(kit.tokens.radius("card"))),
                    row_gap: px(4.0),
                    flex_direction: FlexDirection::Column,
                    ..node(shown)
                },
                BackgroundColor(on_map(kit, Role::Sheet)),
                BorderColor::all(on_map(kit, Role::Line)),
            ))
            .with_children(|ui| {
                let room = shown.width() - 44.0;
                let fitted = fitting::fit(kit, Style::H3, 26.0 / kit.text_factor(Style::H3), name, room, 2);
                blocks::text_sized(ui, kit, Style::H3, fitted.size, Role::Ink, name)
                    .insert((TextColor(on_map(kit, Role::Ink)), bevy::text::LineHeight::RelativeToFont(1.2)));
                let drawn = Vec2::new(room, shown.height() - 34.0 - fitted.height());
                blocks::picture(ui, kit, &inset.picture, drawn, Mount::Whole, Node { width: px(drawn.x), height: px(drawn.y), ..default() });
            });
        }
        for index in 0..page.stops.len() {
            dot(page, ui, kit, &projection, index);
        }
        for index in 0..page.stops.len() {
            if let Some((_, stop)) = page.stop(index)
                && let Some(side) = stop.label
            {
                let side = label_side(page, kit, &projection, index, side, size);
                label(ui, kit, projection.place(stop.at), side, label_of(kit, stop)).insert((
                    Named(index),
                    if index == page.chosen { Visibility::Hidden } else { Visibility::Inherited },
                ));
            }
        }
        map_note(ui, kit, frame);
        ui.spawn((blocks::fill(), Part::Chosen, Ways(ways))).with_children(|ui| chosen(page, ui, kit));
    });
}

/// What a map must say of itself, in its lower right corner.
fn map_note(ui: &mut Ui<'_>, kit: &Kit, frame: &MapFrame) {
    let words = kit.map_note(frame);
    ui.spawn((
        Node {
            right: px(kit.pick(kit.margin() - 12.0, 28.0)),
            bottom: px(12.0),
            padding: UiRect::axes(px(12.0), px(2.0)),
            border_radius: BorderRadius::all(px(kit.tokens.radius("picture"))),
            ..blocks::absolute()
        },
        BackgroundColor(on_map(kit, Role::Paper).with_alpha(0.8)),
    ))
    .with_children(|ui| {
        let size = kit.least_px() / kit.text_factor(Style::Caption);
        blocks::text_sized(ui, kit, Style::Caption, size, Role::Ink2, &words)
            .insert((TextLayout::no_wrap(), TextColor(on_map(kit, Role::Ink2))));
    });
}

fn lines(ui: &mut Ui<'_>, kit: &Kit, column: usize, way: &Way, day: f32) {
    let (colour, Line { walked, ahead }) = (column_colour(kit, column), line(column));
    let so_far = way.walked(day);
    let mut draw = |thick: f32, strokes: &[Stroke], colour: Color, walked: bool| {
        for stroke in strokes {
            let drawn = Drawn { column, stroke: *stroke, thick, walked };
            let (until, visibility) = drawn.state(so_far);
            ui.spawn((stroke_bundle(stroke, until, thick, colour), visibility, drawn));
        }
    };
    draw(ahead.0, &way.strokes(ahead.1), colour, false);
    let strokes = way.strokes(walked.1);
    if column == 0 {
        draw(walked.0 + 2.0 * EDGE_PX, &strokes, on_map(kit, Role::Sheet), true);
    }
    draw(walked.0, &strokes, colour, true);
}

impl Drawn {
    /// Up to which length it is drawn, where the column has walked so far.
    fn state(&self, walked: f32) -> (f32, Visibility) {
        let shown = if self.walked { self.stroke.from < walked } else { self.stroke.from >= walked };
        let until = if self.walked { self.stroke.until.min(walked) } else { self.stroke.until };
        (until, if shown { Visibility::Inherited } else { Visibility::Hidden })
    }
}

fn dot(page: &RoutePage, ui: &mut Ui<'_>, kit: &Kit, projection: &Projection, index: usize) {
    let Some((place, stop)) = page.stop(index) else { return };
    let at = projection.place(stop.at);
    let side = if place.column == 0 { DOT_PX } else { DOT_PX - 2.0 };
    ui.spawn((
        Node {
            align_items: AlignItems::Center,
            justify_content: JustifyContent::Center,
            ..blocks::at(at.x - DOT_TOUCH_PX / 2.0, at.y - DOT_TOUCH_PX / 2.0, DOT_TOUCH_PX, DOT_TOUCH_PX)
        },
        Touchable,
        Control::Stop(index),
    ))
    .with_children(|ui| {
        let (ground, border) = dot_colours(page, kit, index);
        ui.spawn((
            Node {
                width: px(side),
                height: px(side),
                border: UiRect::all(px(3.0)),
                border_radius: BorderRadius::MAX,
                ..default()
            },
            BackgroundColor(ground),
            BorderColor::all(border),
            Dot(index),
        ));
    });
}

/// Reached: filled. Still ahead: a ring.
fn dot_colours(page: &RoutePage, kit: &Kit, index: usize) -> (Color, Color) {
    let Some((place, _)) = page.stop(index) else { return (Color::NONE, Color::NONE) };
    let colour = if place.column == 0 { on_map(kit, Role::Deep) } else { column_colour(kit, place.column) };
    let sheet = on_map(kit, Role::Sheet);
    if page.day + 0.5 >= place.days[0] { (colour, sheet) } else { (sheet, colour) }
}

/// A stop's name on the map.
fn label_of<'a>(kit: &'a Kit, stop: &'a RouteStop) -> &'a str {
    kit.text(stop.label_text.as_ref().unwrap_or(&stop.title))
}

/// Where a name lies: what [`label`] draws, reckoned.
fn label_place(kit: &Kit, at: Vec2, side: LabelSide, name: &str) -> Rect {
    let size = LABEL_PX / kit.text_factor(Style::H3);
    let slip = Vec2::new(fitting::width(kit, Style::H3, size, name) + 10.0, LABEL_PX * 1.15);
    let middle = at
        + match side {
            LabelSide::Above => Vec2::new(0.0, -LABEL_AWAY_PX - slip.y / 2.0),
            LabelSide::Below => Vec2::new(0.0, LABEL_AWAY_PX + slip.y / 2.0),
            LabelSide::Left => Vec2::new(-LABEL_AWAY_PX - slip.x / 2.0, 0.0),
            LabelSide::Right => Vec2::new(LABEL_AWAY_PX + slip.x / 2.0, 0.0),
        };
    Rect::from_center_size(middle, slip)
}

/// The side that the document names, unless the name would leave the map there: names of other languages are longer.
fn label_side(page: &RoutePage, kit: &Kit, projection: &Projection, index: usize, wanted: LabelSide, map: Vec2) -> LabelSide {
    let Some((_, stop)) = page.stop(index) else { return wanted };
    let inside = |side: &LabelSide| {
        let place = label_place(kit, projection.place(stop.at), *side, label_of(kit, stop));
        place.min.cmpge(Vec2::ZERO).all() && place.max.cmple(map).all()
    };
    std::iter::once(wanted).chain(blocks::SIDES).find(inside).unwrap_or(wanted)
}

/// A name beside a dot, on a slip of the map's paper.
fn label<'a>(ui: &'a mut Ui<'_>, kit: &Kit, at: Vec2, side: LabelSide, name: &str) -> EntityCommands<'a> {
    // A box of no size at the dot, in which the slip is pushed to its side.
    let (x, y, justify, align) = match side {
        LabelSide::Above => (0.0, -LABEL_AWAY_PX, JustifyContent::Center, AlignItems::FlexEnd),
        LabelSide::Below => (0.0, LABEL_AWAY_PX, JustifyContent::Center, AlignItems::FlexStart),
        LabelSide::Left => (-LABEL_AWAY_PX, 0.0, JustifyContent::FlexEnd, AlignItems::Center),
        LabelSide::Right => (LABEL_AWAY_PX, 0.0, JustifyContent::FlexStart, AlignItems::Center),
    };
    let mut holder =
        ui.spawn(Node { justify_content: justify, align_items: align, ..blocks::at(at.x + x, at.y + y, 0.0, 0.0) });
    holder.with_children(|ui| {
        ui.spawn((
            Node { flex_shrink: 0.0, padding: UiRect::axes(px(5.0), px(0.0)), border_radius: BorderRadius::all(px(3.0)), ..default() },
            BackgroundColor(on_map(kit, Role::Paper2).with_alpha(0.72)),
        ))
        .with_children(|ui| {
            let size = LABEL_PX / kit.text_factor(Style::H3);
            blocks::text_sized(ui, kit, Style::H3, size, Role::Ink, name).insert((
                TextLayout::no_wrap(),
                TextColor(on_map(kit, Role::Ink)),
                bevy::text::LineHeight::RelativeToFont(1.15),
            ));
        });
    });
    holder
}

/// The large dot and the plate with the name of the chosen stop.
fn chosen(page: &RoutePage, ui: &mut Ui<'_>, kit: &Kit) {
    let Some((_, stop)) = page.stop(page.chosen) else { return };
    let size = places(kit).map.size();
    let Some((_, projection)) = frame(page, kit, size) else { return };
    let at = projection.place(stop.at);
    let accent = on_map(kit, Role::Accent);
    let disc = |side: f32| Node { border_radius: BorderRadius::MAX, ..blocks::at(at.x - side / 2.0, at.y - side / 2.0, side, side) };
    ui.spawn((disc(GLOW_PX), BackgroundColor(accent.with_alpha(0.18))));
    ui.spawn((
        Node { border: UiRect::all(px(3.0)), ..disc(CHOSEN_PX) },
        BackgroundColor(accent),
        BorderColor::all(on_map(kit, Role::Sheet)),
    ));
    let name = label_of(kit, stop);
    let fitted = fitting::fit(kit, Style::H3, 34.0 / kit.text_factor(Style::H3), name, size.x * 0.42, 1).size;
    let width = fitting::width(kit, Style::H3, fitted, name) + 36.0;
    let (height, away) = (58.0, CHOSEN_PX / 2.0 + 14.0);
    let names = (0..page.stops.len()).filter(|index| *index != page.chosen).filter_map(|index| {
        let (_, stop) = page.stop(index)?;
        let side = label_side(page, kit, &projection, index, stop.label?, size);
        Some(label_place(kit, projection.place(stop.at), side, label_of(kit, stop)))
    });
    let names: Vec<Rect> = names.collect();
    let plate = Vec2::new(width, height);
    let (side, corner) = blocks::plate_at(at, away, plate, stop.label, &names, size);
    ui.spawn(blocks::tip(blocks::tip_at(at, side, corner, plate), accent));
    let (x, y) = corner.into();
    let plate = Node { border_radius: BorderRadius::all(px(kit.tokens.radius("seal"))), ..blocks::at(x, y, width, height) };
    blocks::label(ui, kit, Style::H3, fitted, Role::OnAccent, name, plate).insert(BackgroundColor(accent));
}

fn band(page: &RoutePage, ui: &mut Ui<'_>, kit: &Kit, place: Rect) {
    ui.spawn((node(place), BackgroundColor(kit.colour(Role::Paper2))));
    let margin = kit.margin();
    let key = blocks::at(margin, place.min.y + (place.height() - KEY_PX) / 2.0 - 2.0, KEY_PX, KEY_PX);
    ui.spawn((key, Part::Key)).with_children(|ui| fill(page, ui, kit, Part::Key));
    let left = margin + KEY_PX + 34.0 + 26.0;
    let width = place.max.x - kit.pick(margin, 48.0) - 26.0 - left;
    let middle = place.min.y + kit.pick(57.0, 49.0);
    let look = Slider {
        left,
        middle,
        width,
        at: page.part(),
        line: kit.colour(Role::Line),
        done: kit.colour(Role::Accent),
        knob: kit.colour(Role::Sheet),
        ring: kit.colour(Role::Accent),
        ring_px: 7.0,
        marks: Vec::new(),
        mark: Color::NONE,
        works: true,
    };
    blocks::slider(ui, kit, &look, Moving::Done, Moving::Knob, |_| {}).insert((Control::Slider, Band { left, width }));
    let top = place.min.y + kit.pick(92.0, 82.0);
    // The ends keep their measure at every text size; the date between them grows with the room there is.
    let size = kit.pick(25.0, 23.0) / kit.text_factor(Style::Small);
    ui.spawn(Node { justify_content: JustifyContent::SpaceBetween, ..blocks::at(left - 26.0, top + 3.0, width + 52.0, 36.0) })
        .with_children(|ui| {
            for (end, day) in page.span.into_iter().enumerate() {
                blocks::text_sized(ui, kit, Style::Small, size, Role::Ink2, &way::written_month(day))
                    .insert((TextLayout::no_wrap(), End(end), end_visibility(page, end)));
            }
        });
    ui.spawn(blocks::at(left, top, width, 40.0)).with_children(|ui| {
        ui.spawn((
            Node {
                left: percent(date_part(page) * 100.0),
                justify_content: JustifyContent::Center,
                width: px(0.0),
                ..blocks::absolute()
            },
            Moving::Date,
        ))
        .with_children(|ui| {
            let size = kit.pick(30.0, 27.0) / kit.text_factor(Style::Strong);
            blocks::text_sized(ui, kit, Style::Strong, size, Role::AccentText, &way::written(page.day)).insert((
                TextLayout::no_wrap(),
                bevy::text::LineHeight::RelativeToFont(1.3),
                Moving::DateWords,
            ));
        });
    });
}

/// Where the middle of the date stands: below the knob, but not beyond the ends.
fn date_part(page: &RoutePage) -> f32 {
    page.part().clamp(0.07, 0.93)
}

/// An end of the slider says its month, unless the date comes near it.
fn end_visibility(page: &RoutePage, end: usize) -> Visibility {
    let away = (page.part() - end as f32).abs();
    if away > 0.24 { Visibility::Inherited } else { Visibility::Hidden }
}

/// Builds again what says which stop is chosen, and the key where it says something else now.
pub(super) fn fill_parts(
    mut commands: Commands,
    kit: Option<Res<Kit>>,
    mut pages: Query<(Entity, &mut RoutePage)>,
    parts: Query<(Entity, &Part)>,
    parents: Query<&ChildOf>,
    mut names: Query<(&Named, &mut Visibility)>,
) {
    let Some(kit) = kit else { return };
    for (entity, mut page) in &mut pages {
        let wanted = (page.chosen, page.plays());
        let Some(shown) = page.shown.filter(|_| !page.is_changed()) else {
            // The page itself is about to be built.
            page.bypass_change_detection().shown = Some(wanted);
            continue;
        };
        if shown == wanted {
            continue;
        }
        page.bypass_change_detection().shown = Some(wanted);
        for (part_entity, part) in &parts {
            let stale = if *part == Part::Key { shown.1 != wanted.1 } else { shown.0 != wanted.0 };
            if stale && parents.iter_ancestors(part_entity).any(|ancestor| ancestor == entity) {
                let page = &*page;
                commands.entity(part_entity).despawn_children().with_children(|ui| fill(page, ui, &kit, *part));
            }
        }
        for (name, mut visibility) in &mut names {
            visibility.set_if_neq(if name.0 == page.chosen { Visibility::Hidden } else { Visibility::Inherited });
        }
    }
}

/// Moves what moves with the date. Nothing is touched that is already right, so that nothing is laid out again in vain.
#[expect(clippy::type_complexity, reason = "a query's type says what it touches")]
pub(super) fn draw(
    kit: Option<Res<Kit>>,
    mut pages: Query<&mut RoutePage>,
    ways: Query<&Ways>,
    mut strokes: Query<(&Drawn, &mut Node, &mut UiTransform, &mut Visibility)>,
    mut dots: Query<(&Dot, &mut BackgroundColor, &mut BorderColor), Without<Drawn>>,
    mut moving: Query<(&Moving, Option<&mut Node>, Option<&mut Text>), (Without<Drawn>, Without<Dot>)>,
    mut ends: Query<(&End, &mut Visibility), Without<Drawn>>,
) {
    let Some(kit) = kit else { return };
    for mut page in &mut pages {
        if page.drawn == Some(page.day) {
            continue;
        }
        let day = page.day;
        let built_now = page.is_changed();
        page.bypass_change_detection().drawn = Some(day);
        let Some(Ways(ways)) = ways.iter().next().filter(|_| !built_now) else { continue };
        let walked: Vec<f32> = ways.iter().map(|way| way.walked(day)).collect();
        for (drawn, mut node, mut transform, mut visibility) in &mut strokes {
            let (until, shown) = drawn.state(walked.get(drawn.column).copied().unwrap_or_default());
            let (place, turned) = stroke_place(&drawn.stroke, until, drawn.thick);
            if node.width != place.width {
                *node = place;
                *transform = turned;
            }
            visibility.set_if_neq(shown);
        }
        for (dot, mut ground, mut border) in &mut dots {
            let (wanted, edge) = dot_colours(&page, &kit, dot.0);
            ground.set_if_neq(BackgroundColor(wanted));
            border.set_if_neq(BorderColor::all(edge));
        }
        for (end, mut visibility) in &mut ends {
            visibility.set_if_neq(end_visibility(&page, end.0));
        }
        let over = percent(page.part() * 100.0);
        let below = percent(date_part(&page) * 100.0);
        let date = way::written(day);
        for (part, node, text) in &mut moving {
            match (part, node, text) {
                (Moving::Done, Some(mut node), _) if node.width != over => node.width = over,
                (Moving::Knob, Some(mut node), _) if node.left != over => node.left = over,
                (Moving::Date, Some(mut node), _) if node.left != below => node.left = below,
                (Moving::DateWords, _, Some(mut text)) if text.0 != date => text.0.clone_from(&date),
                _ => {}
            }
        }
    }
}
