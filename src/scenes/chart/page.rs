//! Where everything of a chart lies, and what stands round it.
//!
//! What is touched stands at the foot of the page and keeps its place; the words above it take the room they need; the
//! picture gets what is left. A visitor who wants larger text gets it from the picture.

use bevy::{prelude::*, text::LineHeight};
use pingfeng_content::model::{Chart, ChartForm, ChartPoint};

use super::{ChartPage, Control, plot, ring, scale, table};
use crate::{
    blocks::{
        self, Button, Icon, Kind, PressLook, Ui,
        fitting::{self, Area, Fitted},
        source_line_at, source_px, text_height_at,
    },
    input::Touchable,
    stage::OnTap,
    theme::{Elevation, Kit, Role, Style},
};

/// Between things that are touched, px.
const GAP: f32 = 18.0;
/// Height of a tab, px.
const TAB_PX: f32 = 80.0;
/// Height of the chapter line, px.
const CHAPTER_PX: f32 = 56.0;
/// Height of the name of the point that is read, px; its value stands below.
const NAME_PX: f32 = 62.0;
/// The words leave the picture at least this height, upright, px.
const PICTURE_LEAST_PX: f32 = 380.0;
/// Across, the words stand beside the picture: their least and most width, px.
const WORDS_PX: [f32; 2] = [540.0, 800.0];
/// Between the paragraph and its source, px.
const SOURCE_GAP_PX: f32 = 14.0;
/// Line height of quiet lines and of names.
const TIGHT: f32 = 1.3;

/// A chart in the visitor's language.
pub(super) struct Figure<'a> {
    pub(super) chart: &'a Chart,
    pub(super) points: Vec<Shown>,
    pub(super) chosen: usize,
}

/// A point as it is shown, drawn or in a row.
pub(super) struct Shown {
    pub(super) name: String,
    /// The number, or what the document says instead of it.
    pub(super) value: String,
    pub(super) number: f64,
}

impl<'a> Figure<'a> {
    fn new(kit: &Kit, chart: &'a Chart, chosen: usize) -> Self {
        let digits = scale::digits(chart.points.iter().filter(|point| point.label.is_none()).map(|point| point.y));
        let written = |point: &ChartPoint| scale::written(point.y, digits);
        let shown = |point: &ChartPoint| Shown {
            name: kit.text(&point.x).to_owned(),
            value: point.label.as_ref().map_or_else(|| written(point), |label| kit.text(label).to_owned()),
            number: point.y,
        };
        Self { chart, points: chart.points.iter().map(shown).collect(), chosen }
    }

    pub(super) fn most(&self) -> f64 {
        self.points.iter().map(|point| point.number).fold(0.0, f64::max)
    }

    /// The widest name and the widest value at a size, px.
    pub(super) fn widest(&self, kit: &Kit, size: f32) -> [f32; 2] {
        let widest = |value: bool| {
            let words = self.points.iter().map(|point| if value { &point.value } else { &point.name });
            words.map(|words| fitting::width(kit, Style::Strong, size, words)).fold(0.0, f32::max)
        };
        [widest(false), widest(true)]
    }
}

/// Sizes, before the visitor's text scale, from the wanted one down to the smallest there is.
pub(super) fn sizes(kit: &Kit, style: Style, wanted: f32) -> impl Iterator<Item = f32> {
    let (factor, least) = (kit.text_factor(style), kit.least_px());
    let top = wanted * factor;
    let real = (0..).map(move |step| top - step as f32).take_while(move |real| *real > least);
    real.chain([least]).map(move |real| real / factor)
}

/// The largest size up to `wanted` at which words stand in `room`, in lines of that leading.
pub(super) fn fit_in(kit: &Kit, style: Style, wanted: f32, words: &str, room: Vec2, leading: f32) -> f32 {
    let factor = kit.text_factor(style);
    let height = |size: f32| fitting::lines(kit, style, size, words, room.x) as f32 * size * factor * leading;
    sizes(kit, style, wanted).find(|size| height(*size) <= room.y).unwrap_or(kit.least_px() / factor)
}

/// How names and values are set: the chosen one differs in weight and in colour.
pub(super) fn letters(on: bool) -> (Style, Role) {
    if on { (Style::Strong, Role::AccentText) } else { (Style::Small, Role::Ink) }
}

/// Words on one line in a box; `node` says at which end of it.
pub(super) fn line_in(ui: &mut Ui<'_>, kit: &Kit, style: Style, size: f32, role: Role, words: &str, node: Node) {
    ui.spawn(Node { align_items: AlignItems::Center, ..node }).with_children(|ui| {
        blocks::text_sized(ui, kit, style, size, role, words)
            .insert((TextLayout::no_wrap(), LineHeight::RelativeToFont(TIGHT)));
    });
}

/// Colour of what is drawn and not chosen.
pub(super) fn quiet(kit: &Kit) -> Color {
    kit.colour(Role::Info).mix(&kit.colour(Role::Sheet), 0.3)
}

fn node(rect: Rect) -> Node {
    blocks::at(rect.min.x, rect.min.y, rect.width(), rect.height())
}

fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
    Rect::new(x, y, x + width.max(1.0), y + height.max(1.0))
}

/// Title of the chart, unit and date.
struct Head {
    title: Fitted,
    facts: String,
    /// Size of the facts, and their height.
    facts_px: [f32; 2],
    place: Rect,
}

impl Head {
    fn new(kit: &Kit, chart: &Chart, left: f32, top: f32, width: f32) -> Self {
        let title = fitting::fit_lines(kit, Style::H2, kit.pick(54.0, 46.0), kit.text(&chart.title), width, 2);
        let unit = kit.word_with("chart.unit", &[("unit", kit.text(&chart.unit))]);
        let facts = std::iter::once(unit).chain(chart.as_of.as_ref().map(|day| kit.text(day).to_owned()));
        let facts = facts.collect::<Vec<_>>().join("\u{3000}");
        let size = fitting::fit_lines(kit, Style::Small, kit.pick(28.0, 26.0), &facts, width, 2).size;
        let factor = kit.text_factor(Style::Small);
        let height = fitting::lines(kit, Style::Small, size, &facts, width) as f32 * size * factor * TIGHT;
        let place = rect(left, top, width, title.height() + 6.0 + height);
        Self { title, facts, facts_px: [size, height], place }
    }
}

/// The paragraph and its source: the size of the letters, the part of the source line's size, and the height of both.
#[derive(Clone, Copy)]
struct Words {
    body_px: f32,
    source_part: f32,
    height: f32,
    /// Nothing had to be set smaller.
    whole: bool,
}

impl Words {
    fn new(kit: &Kit, chart: &Chart, sources: &str, room: Vec2) -> Self {
        let text = chart.text.as_ref().map(|text| kit.text(text)).unwrap_or_default();
        let (wanted, least) = (kit.type_spec(Style::Body).size, kit.least_px());
        let mut part = 1.0_f32;
        loop {
            let body_px = (wanted * part).max(least);
            let source = source_px(kit, part);
            // The small square before the source and the gap after it.
            let source_room = room.x - source * 1.5 - 14.0;
            let mut height = text_height_at(kit, Style::Caption, source, sources, source_room);
            if !text.is_empty() {
                height += text_height_at(kit, Style::Body, body_px, text, room.x) + SOURCE_GAP_PX;
            }
            let smallest = body_px <= least && source <= least;
            if height <= room.y || smallest {
                return Self { body_px, source_part: part, height, whole: part == 1.0 };
            }
            part -= 0.04;
        }
    }
}

/// Where everything lies.
struct Places {
    chapter: Rect,
    head: Head,
    picture: Rect,
    words: Words,
    words_at: Rect,
    reading: Rect,
    keys: [Rect; 2],
    tabs: Rect,
    switch: Rect,
    onward: Option<Rect>,
}

impl Places {
    fn new(page: &ChartPage, kit: &Kit, chart: &Chart, sources: &str) -> Self {
        let rows = tab_rows(kit, page.document.charts.len());
        // Without tabs, their room is the picture's.
        let tabs_height = if rows == 0 { 0.0 } else { rows as f32 * (TAB_PX + GAP) - GAP };
        let onward = page.document.next.is_some();
        if kit.portrait() {
            Self::upright(kit, chart, sources, tabs_height, onward)
        } else {
            Self::across(page, kit, chart, sources, tabs_height, onward)
        }
    }

    fn upright(kit: &Kit, chart: &Chart, sources: &str, tabs_height: f32, onward: bool) -> Self {
        const FOOT: f32 = 104.0;
        const READING: f32 = 148.0;
        const KEY: f32 = 120.0;
        let (left, wide) = (kit.margin(), kit.surface.size.x - 2.0 * kit.margin());
        let foot = kit.bar_top() - 32.0 - FOOT;
        let switch_width = if onward { 418.0 } else { wide };
        let tabs = foot - if tabs_height > 0.0 { 24.0 + tabs_height } else { 0.0 };
        let reading = tabs - 24.0 - READING;
        let key = |x: f32| rect(x, reading + (READING - KEY) / 2.0, KEY, KEY);
        let head = Head::new(kit, chart, left, 60.0 + CHAPTER_PX + 20.0, wide);
        let (picture, bottom) = (head.place.max.y + 18.0, reading - 20.0);
        let words = Words::new(kit, chart, sources, Vec2::new(wide, bottom - 24.0 - picture - PICTURE_LEAST_PX));
        let words_top = bottom - words.height;
        Self {
            chapter: rect(left, 60.0, wide, CHAPTER_PX),
            head,
            picture: rect(left, picture, wide, words_top - 24.0 - picture),
            words,
            words_at: rect(left, words_top, wide, words.height),
            reading: rect(left + KEY + 20.0, reading, wide - 2.0 * (KEY + 20.0), READING),
            keys: [key(left), key(left + wide - KEY)],
            tabs: rect(left, tabs, wide, tabs_height),
            switch: rect(left, foot, switch_width, FOOT),
            onward: onward.then(|| rect(left + switch_width + GAP, foot, wide - switch_width - GAP, FOOT)),
        }
    }

    fn across(page: &ChartPage, kit: &Kit, chart: &Chart, sources: &str, tabs_height: f32, onward: bool) -> Self {
        const ROW: f32 = 84.0;
        const KEY: f32 = 104.0;
        const READING: f32 = 158.0;
        const TOP: f32 = 44.0;
        let (size, margin) = (kit.surface.size, kit.margin());
        let bottom = kit.bar_top() - 24.0;
        let keys = bottom - ROW - if onward { ROW + GAP } else { 0.0 };
        let words_top = TOP + READING + 24.0;
        // Long words and large letters take their room from the width of the picture before they are set smaller. All
        // charts agree on it, so that keys stay where they are.
        let room = |width: f32| Vec2::new(width, keys - 24.0 - words_top);
        let whole = |width: &f32| {
            page.document.charts.iter().all(|chart| Words::new(kit, chart, &kit.sources(&chart.sources), room(*width)).whole)
        };
        let mut widths = (0..).map(|step| WORDS_PX[0] + 65.0 * step as f32).take_while(|width| *width <= WORDS_PX[1]);
        let wide = widths.find(whole).unwrap_or(WORDS_PX[1]);
        let words = Words::new(kit, chart, sources, room(wide));
        let beside = size.x - margin - wide;
        let left_wide = beside - 48.0 - margin;
        let head = Head::new(kit, chart, margin, TOP + CHAPTER_PX + 12.0, left_wide);
        let picture = head.place.max.y + 16.0;
        let tabs = bottom - tabs_height;
        let picture_bottom = if tabs_height > 0.0 { tabs - 20.0 } else { bottom };
        let key = |x: f32| rect(x, keys, KEY, ROW);
        Self {
            chapter: rect(margin, TOP, left_wide, CHAPTER_PX),
            head,
            picture: rect(margin, picture, left_wide, picture_bottom - picture),
            words,
            words_at: rect(beside, words_top, wide, words.height),
            reading: rect(beside, TOP, wide, READING),
            keys: [key(beside), key(beside + KEY + GAP)],
            tabs: rect(margin, tabs, left_wide, tabs_height),
            switch: rect(beside + 2.0 * (KEY + GAP), keys, wide - 2.0 * (KEY + GAP), ROW),
            onward: onward.then(|| rect(beside, bottom - ROW, wide, ROW)),
        }
    }
}

/// Tabs side by side.
fn tab_columns(kit: &Kit, charts: usize) -> usize {
    let most = kit.pick(3, 4);
    if charts <= most { charts } else { charts.div_ceil(2) }
}

fn tab_rows(kit: &Kit, charts: usize) -> usize {
    // One chart has no others to choose from.
    if charts < 2 { 0 } else { charts.div_ceil(tab_columns(kit, charts).max(1)) }
}

pub(super) fn view(page: &ChartPage, ui: &mut Ui<'_>, kit: &Kit) {
    let Some((chart, chosen)) = page.present() else { return };
    let figure = Figure::new(kit, chart, chosen);
    let sources = kit.sources(&chart.sources);
    let places = Places::new(page, kit, chart, &sources);
    heading(page, ui, kit, chart, &places);
    picture(page, ui, kit, &figure, places.picture);
    words(ui, kit, chart, &sources, &places);
    reading(ui, kit, &figure, places.reading);
    keys(ui, kit, &figure, places.keys);
    tabs(page, ui, kit, places.tabs);
    switch(page, ui, kit, places.switch);
    if let (Some(place), Some(next)) = (places.onward, &page.document.next) {
        let label = kit.word("timeline.go_on");
        blocks::button(ui, kit, node(place), Button { label: &label, kind: Kind::Main, after: Some(Icon::Next), ..default() })
            .insert(OnTap::Go(next.clone()));
    }
}

fn heading(page: &ChartPage, ui: &mut Ui<'_>, kit: &Kit, chart: &Chart, places: &Places) {
    let width = places.chapter.width();
    ui.spawn(Node { align_items: AlignItems::Center, ..node(places.chapter) }).with_children(|ui| {
        let chapter = page.document.chapter.as_ref().map(|chapter| kit.text(chapter));
        blocks::chapter_line(ui, kit, Role::Ink, chapter, kit.text(&page.document.title), width);
    });
    let head = &places.head;
    ui.spawn(Node { flex_direction: FlexDirection::Column, row_gap: px(6.0), ..node(head.place) }).with_children(|ui| {
        blocks::text_sized(ui, kit, Style::H2, head.title.size, Role::Ink, kit.text(&chart.title));
        blocks::text_sized(ui, kit, Style::Small, head.facts_px[0], Role::Ink2, &head.facts)
            .insert((LineHeight::RelativeToFont(TIGHT), Node { min_height: px(head.facts_px[1]), ..default() }));
    });
}

/// The chart on its sheet.
fn picture(page: &ChartPage, ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, place: Rect) {
    let pad = kit.pick(Vec2::new(28.0, 24.0), Vec2::new(32.0, 24.0));
    let room = (place.size() - 2.0 * pad).max(Vec2::ONE);
    blocks::sheet(ui, kit, Elevation::Sheet1, node(place)).with_children(|ui| {
        ui.spawn(blocks::at(pad.x, pad.y, room.x, room.y)).with_children(|ui| match figure.chart.form {
            _ if page.table => table::view(ui, kit, figure, room),
            ChartForm::Bars => plot::bars(ui, kit, figure, room),
            ChartForm::Line => plot::line(ui, kit, figure, room),
            ChartForm::Pie => ring::view(ui, kit, figure, room, place.min + pad),
        });
    });
}

fn words(ui: &mut Ui<'_>, kit: &Kit, chart: &Chart, sources: &str, places: &Places) {
    let Words { body_px, source_part, .. } = places.words;
    ui.spawn(Node { flex_direction: FlexDirection::Column, row_gap: px(SOURCE_GAP_PX), ..node(places.words_at) })
        .with_children(|ui| {
            if let Some(text) = &chart.text {
                blocks::text_sized(ui, kit, Style::Body, body_px / kit.text_factor(Style::Body), Role::Ink, kit.text(text));
            }
            source_line_at(ui, kit, Role::Ink2, sources, source_part);
        });
}

/// The chosen point, to be read from afar: its name, and its value with the unit.
fn reading(ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, place: Rect) {
    let Some(point) = figure.points.get(figure.chosen) else { return };
    let room = place.size();
    let name_px = fit_in(kit, Style::H3, kit.pick(36.0, 34.0), &point.name, Vec2::new(room.x, NAME_PX), TIGHT);
    // What is said instead of a number has its own unit.
    let labelled = figure.chart.points.get(figure.chosen).is_some_and(|point| point.label.is_some());
    let unit = if labelled { "" } else { kit.text(&figure.chart.unit) };
    let (unit_px, unit_width) = if unit.is_empty() {
        (0.0, 0.0)
    } else {
        let most = room.x * 0.45;
        let size = fit_in(kit, Style::H3, 36.0, unit, Vec2::new(most, 70.0), TIGHT);
        (size, fitting::width(kit, Style::H3, size, unit).min(most) + 14.0)
    };
    let value_room = Vec2::new(room.x - unit_width, room.y - NAME_PX);
    let value_px = fit_in(kit, Style::Numeral, kit.pick(84.0, 88.0), &point.value, value_room, 1.04);
    let (align, justify) = kit.pick((AlignItems::Center, Justify::Center), (AlignItems::FlexStart, Justify::Left));
    ui.spawn(Node { flex_direction: FlexDirection::Column, align_items: align, ..node(place) }).with_children(|ui| {
        ui.spawn(Node { height: px(NAME_PX), align_items: AlignItems::Center, flex_shrink: 0.0, ..default() }).with_children(|ui| {
            blocks::text_sized(ui, kit, Style::H3, name_px, Role::Ink, &point.name)
                .insert((TextLayout::justify(justify), LineHeight::RelativeToFont(TIGHT)));
        });
        ui.spawn(Node { align_items: AlignItems::Baseline, column_gap: px(14.0), ..default() }).with_children(|ui| {
            blocks::text_sized(ui, kit, Style::Numeral, value_px, Role::AccentText, &point.value).insert((
                TextLayout::justify(justify),
                LineHeight::RelativeToFont(1.04),
                Node { max_width: px(value_room.x), flex_shrink: 0.0, ..default() },
            ));
            if !unit.is_empty() {
                blocks::text_sized(ui, kit, Style::H3, unit_px, Role::Ink, unit)
                    .insert((LineHeight::RelativeToFont(TIGHT), Node { max_width: px(unit_width), flex_shrink: 0.0, ..default() }));
            }
        });
    });
}

/// To the point before and the point after.
fn keys(ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, places: [Rect; 2]) {
    let after = figure.chosen + 1;
    let ways = [
        (Icon::Previous, figure.chosen.checked_sub(1)),
        (Icon::Next, (after < figure.points.len()).then_some(after)),
    ];
    for ((icon, to), place) in ways.into_iter().zip(places) {
        let kind = if to.is_some() { Kind::Plain } else { Kind::Off };
        let mut key = blocks::button(ui, kit, node(place), Button { kind, before: Some(icon), ..default() });
        if let Some(to) = to {
            key.insert(Control::Point(to));
        }
    }
}

/// A tab for each chart.
fn tabs(page: &ChartPage, ui: &mut Ui<'_>, kit: &Kit, place: Rect) {
    let charts = &page.document.charts;
    let rows = tab_rows(kit, charts.len());
    if rows == 0 {
        return;
    }
    let area = Area::new(place.min.x, place.min.y, place.width(), place.height());
    let cells = area.grid(tab_columns(kit, charts.len()), rows, GAP);
    let names: Vec<&str> = charts.iter().map(|chart| kit.text(chart.tab.as_ref().unwrap_or(&chart.title))).collect();
    let size = cells.first().map_or(0.0, |cell| tab_size(kit, &names, *cell));
    for (index, (name, cell)) in names.into_iter().zip(cells).enumerate() {
        tab(ui, kit, cell, name, size, index == page.shown).insert(Control::Chart(index));
    }
}

/// Drawn, or in rows.
fn switch(page: &ChartPage, ui: &mut Ui<'_>, kit: &Kit, place: Rect) {
    let cells = Area::new(place.min.x, place.min.y, place.width(), place.height()).grid(2, 1, GAP);
    let names = [kit.word("chart.chart"), kit.word("chart.table")];
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let size = cells.first().map_or(0.0, |cell| tab_size(kit, &all, *cell));
    for ((name, cell), is_table) in names.iter().zip(cells).zip([false, true]) {
        tab(ui, kit, cell, name, size, page.table == is_table).insert(Control::Table(is_table));
    }
}

/// The size at which all of the names stand on tabs of that size.
fn tab_size(kit: &Kit, names: &[&str], cell: Area) -> f32 {
    let room = Vec2::new(cell.width - 24.0, cell.height - 12.0);
    names.iter().map(|name| fit_in(kit, Style::Small, kit.pick(30.0, 28.0), name, room, 1.15)).fold(f32::MAX, f32::min)
}

fn tab<'a>(ui: &'a mut Ui<'_>, kit: &Kit, cell: Area, name: &str, size: f32, on: bool) -> EntityCommands<'a> {
    let ground = kit.colour(if on { Role::LineStrong } else { Role::Sheet });
    let look = PressLook::sheet(kit, Elevation::Sheet1, ground);
    let mut tab = ui.spawn((
        Node {
            padding: UiRect::axes(px(12.0), px(0.0)),
            align_items: AlignItems::Center,
            justify_content: JustifyContent::Center,
            border_radius: BorderRadius::all(px(kit.tokens.radius("card"))),
            ..cell.node()
        },
        BackgroundColor(ground),
        look.shadow.clone(),
        look,
        Touchable,
    ));
    tab.with_children(|ui| {
        blocks::text_sized(ui, kit, Style::Small, size, if on { Role::Paper } else { Role::Ink }, name)
            .insert((blocks::centred(), LineHeight::RelativeToFont(1.15)));
    });
    tab
}
