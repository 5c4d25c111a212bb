//! Numbers along an axis that begins at zero: bars in rows, bars side by side, a line.

use bevy::{prelude::*, text::LineHeight};

use super::{
    Control,
    page::{Figure, letters, line_in, quiet, sizes},
    scale::{Axis, names_shown, parted},
};
use crate::{
    blocks::{self, Ui, fitting},
    input::Touchable,
    theme::{Kit, Role, Style},
};

/// Height of a row at most, and what its letters take of it: the row is at least so many times as high.
const ROW_MOST_PX: f32 = 96.0;
const ROW_LEADING: f32 = 1.24;
/// In a row, between name, bar and value, px.
const ROW_GAP: f32 = 16.0;
/// At the ends of a row, px.
const ROW_SIDE: f32 = 10.0;
/// Rows whose longest bar would be shorter leave it to bars side by side, px.
const BAR_LEAST_PX: f32 = 220.0;
/// The thickest bar, and the part of its place that a bar takes.
const BAR_MOST_PX: f32 = 72.0;
const BAR_PART: f32 = 0.6;
/// What is not zero is drawn at least so long, so that it is seen to be there, px.
const SEEN_PX: f32 = 3.0;
/// Between the marks of an axis and the axis, px.
const MARK_GAP: f32 = 14.0;
/// Line height of names and values.
const LEADING: f32 = 1.2;
/// Values stand over bars only where each has at least this width, px.
const VALUE_SLOT_LEAST_PX: f32 = 76.0;
/// Lines of a value over its bar, where it is not a number.
const VALUE_LINES_MAX: usize = 3;
/// Between a value and its bar, px.
const VALUE_GAP: f32 = 6.0;
/// Of a line, of its dots, and of the chosen dot, px.
const LINE_PX: f32 = 5.0;
const DOT_PX: f32 = 18.0;
const CHOSEN_PX: f32 = 36.0;

/// Bars: upright in rows, which can be read like a table, as long as they find room; across side by side.
pub(super) fn bars(ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, room: Vec2) {
    match Rows::new(kit, figure, room).filter(|_| kit.portrait()) {
        Some(rows) => rows.draw(ui, kit, figure, room),
        None => columns(ui, kit, figure, room),
    }
}

/// How rows are set.
struct Rows {
    pitch: f32,
    /// Of the letters, before the visitor's text scale.
    size: f32,
    /// Width of the names, and of the longest bar.
    names: f32,
    bars: f32,
}

impl Rows {
    /// Nothing where the rows would be too low for letters, or their words leave no room for bars.
    fn new(kit: &Kit, figure: &Figure<'_>, room: Vec2) -> Option<Self> {
        let factor = kit.text_factor(Style::Strong);
        let pitch = (room.y / figure.points.len().max(1) as f32).min(ROW_MOST_PX);
        sizes(kit, Style::Strong, 30.0).find_map(|size| {
            let [names, values] = figure.widest(kit, size);
            let bars = room.x - 2.0 * (ROW_SIDE + ROW_GAP) - names - values;
            let fits = size * factor * ROW_LEADING <= pitch && bars >= BAR_LEAST_PX;
            fits.then_some(Self { pitch, size, names, bars })
        })
    }

    fn draw(&self, ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, room: Vec2) {
        let (most, pitch) = (figure.most(), self.pitch);
        let height = pitch * figure.points.len() as f32;
        let top = (room.y - height) / 2.0;
        let left = ROW_SIDE + self.names + ROW_GAP;
        let long = |number: f64| {
            let part = if most > 0.0 { (number / most) as f32 } else { 0.0 };
            length(number, part * self.bars)
        };
        let thick = (pitch * BAR_PART).min(BAR_MOST_PX);
        if let Some(point) = figure.points.get(figure.chosen) {
            level(ui, kit, Rect::new(left + long(point.number) - 1.0, top, left + long(point.number) + 1.0, top + height));
        }
        for (index, point) in figure.points.iter().enumerate() {
            let on = index == figure.chosen;
            let (style, role) = letters(on);
            let long = long(point.number);
            ui.spawn((
                Node {
                    border_radius: BorderRadius::all(px(kit.tokens.radius("picture"))),
                    ..blocks::at(0.0, top + index as f32 * pitch, room.x, pitch)
                },
                BackgroundColor(ground(kit, on)),
                Touchable,
                Control::Point(index),
            ))
            .with_children(|ui| {
                line_in(ui, kit, style, self.size, role, &point.name, blocks::at(ROW_SIDE, 0.0, self.names, pitch));
                ui.spawn((blocks::at(left, (pitch - thick) / 2.0, long, thick), BackgroundColor(colour(kit, on))));
                let after = left + long + ROW_GAP;
                line_in(ui, kit, style, self.size, role, &point.value, blocks::at(after, 0.0, room.x - after, pitch));
            });
        }
        ui.spawn((blocks::at(left - 3.0, top, 3.0, height), BackgroundColor(kit.colour(Role::LineStrong))));
    }
}

/// How long a bar is drawn.
fn length(number: f64, exact: f32) -> f32 {
    if number > 0.0 { exact.max(SEEN_PX) } else { 0.0 }
}

fn colour(kit: &Kit, on: bool) -> Color {
    if on { kit.colour(Role::Accent) } else { quiet(kit) }
}

/// What is chosen lies on a ground of its own, so that it is not told by its colour alone.
fn ground(kit: &Kit, on: bool) -> Color {
    if on { kit.colour(Role::Paper2) } else { Color::NONE }
}

/// A thin line at the chosen number, with which the others can be compared.
fn level(ui: &mut Ui<'_>, kit: &Kit, place: Rect) {
    ui.spawn((
        blocks::at(place.min.x, place.min.y, place.width(), place.height()),
        BackgroundColor(kit.colour(Role::Accent).with_alpha(0.5)),
    ));
}

/// An upright axis with a slot for each point.
struct Plot {
    axis: Axis,
    room: Vec2,
    /// Where the slots lie.
    place: Rect,
    slot: f32,
    /// Of marks and of names and values, before the visitor's text scale.
    mark_size: f32,
    size: f32,
    /// Height of a line of names and values.
    line: f32,
}

impl Plot {
    fn new(kit: &Kit, figure: &Figure<'_>, room: Vec2) -> Self {
        let axis = Axis::new(figure.most());
        // The marks keep their measure at every text size, and what is read stands large beside the chart.
        let mark_size = kit.least_px() / kit.text_factor(Style::Small);
        let size = mark_size * kit.text_scale.sqrt();
        let line = size * kit.text_factor(Style::Strong) * LEADING;
        let width = |words: &str| fitting::width(kit, Style::Small, mark_size, words);
        let marks = axis.marks().iter().map(|(_, words)| width(words)).fold(0.0, f32::max);
        let name_lines = figure.points.iter().map(|point| parted(&point.name).lines().count()).max().unwrap_or(1);
        // Over the highest point there is room for its value.
        let (left, top) = (marks + MARK_GAP, line + CHOSEN_PX / 2.0 + 2.0 * VALUE_GAP);
        let bottom = (room.y - name_lines as f32 * line - 16.0).max(top + 1.0);
        let place = Rect::new(left, top, room.x.max(left + 1.0), bottom);
        let slot = place.width() / figure.points.len().max(1) as f32;
        Self { axis, room, place, slot, mark_size, size, line }
    }

    /// The middle of a slot.
    fn x(&self, index: usize) -> f32 {
        self.place.min.x + (index as f32 + 0.5) * self.slot
    }

    fn y(&self, number: f64) -> f32 {
        self.place.max.y - self.place.height() * self.axis.part(number)
    }

    /// Marks, lines across, and the line at the chosen number.
    fn grid(&self, ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>) {
        let hair = kit.tokens.stroke("hair");
        let (left, wide) = (self.place.min.x, self.place.width());
        for (part, words) in self.axis.marks() {
            let y = self.place.max.y - self.place.height() * part;
            ui.spawn((blocks::at(left, y - hair / 2.0, wide, hair), BackgroundColor(kit.colour(Role::Line))));
            let place = Node { justify_content: JustifyContent::FlexEnd, ..blocks::at(0.0, y - 20.0, left - MARK_GAP, 40.0) };
            line_in(ui, kit, Style::Small, self.mark_size, Role::Ink2, &words, place);
        }
        if let Some(point) = figure.points.get(figure.chosen) {
            let y = self.y(point.number);
            level(ui, kit, Rect::new(left, y - 1.0, left + wide, y + 1.0));
        }
    }

    /// What a finger touches for a point: all of its slot.
    fn touch<'a>(&self, ui: &'a mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, index: usize) -> EntityCommands<'a> {
        let node = Node {
            border_radius: BorderRadius::all(px(kit.tokens.radius("picture"))),
            ..blocks::at(self.place.min.x + index as f32 * self.slot, 0.0, self.slot, self.room.y)
        };
        ui.spawn((node, BackgroundColor(ground(kit, index == figure.chosen)), Touchable, Control::Point(index)))
    }

    /// The line at zero.
    fn zero(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let place = blocks::at(self.place.min.x, self.place.max.y - 1.0, self.place.width(), 3.0);
        ui.spawn((place, BackgroundColor(kit.colour(Role::LineStrong))));
    }

    /// Names below the axis, as many as find room.
    fn names(&self, ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>) {
        let names: Vec<String> = figure.points.iter().map(|point| parted(&point.name)).collect();
        let width = |line: &str| fitting::width(kit, Style::Strong, self.size, line);
        let widths: Vec<f32> = names.iter().map(|name| name.lines().map(width).fold(0.0, f32::max)).collect();
        for (index, left) in names_shown(&widths, self.slot, self.place.min.x, self.room.x, figure.chosen) {
            let (style, role) = letters(index == figure.chosen);
            let place = blocks::at(left, self.place.max.y + 10.0, widths[index], self.room.y - self.place.max.y - 10.0);
            self.words(ui, kit, style, role, &names[index], Node { align_items: AlignItems::FlexStart, ..place });
        }
    }

    /// Centred words, on as many lines as they have.
    fn words(&self, ui: &mut Ui<'_>, kit: &Kit, style: Style, role: Role, words: &str, node: Node) {
        ui.spawn(Node { justify_content: JustifyContent::Center, ..node }).with_children(|ui| {
            blocks::text_sized(ui, kit, style, self.size, role, words)
                .insert((blocks::centred(), LineHeight::RelativeToFont(LEADING)));
        });
    }

    /// Lines that a value takes over its bar; nothing where it would be wider than its slot or reach beyond the plot.
    /// Only what is no number is broken.
    fn value_lines(&self, kit: &Kit, value: &str, number: f64) -> Option<usize> {
        let room = self.slot - VALUE_GAP;
        let lines = if self.slot < VALUE_SLOT_LEAST_PX {
            return None;
        } else if fitting::width(kit, Style::Strong, self.size, value) <= room {
            1
        } else if value.chars().any(|c| c.is_ascii_alphanumeric()) {
            return None;
        } else {
            fitting::lines(kit, Style::Strong, self.size, value, room)
        };
        let fits = lines <= VALUE_LINES_MAX && self.y(number) - VALUE_GAP - lines as f32 * self.line >= 0.0;
        fits.then_some(lines)
    }

    /// The width of the chosen value on one line, with its slip of paper.
    fn slip_width(&self, kit: &Kit, value: &str) -> f32 {
        (fitting::width(kit, Style::Strong, self.size, value) + 20.0).min(self.room.x)
    }

    /// The chosen value on a slip of paper over whatever lies there.
    fn slip(&self, ui: &mut Ui<'_>, kit: &Kit, value: &str, x: f32, bottom: f32) {
        let width = self.slip_width(kit, value);
        let left = (x - width / 2.0).min(self.room.x - width).max(0.0);
        let node = Node {
            border_radius: BorderRadius::all(px(kit.tokens.radius("picture"))),
            ..blocks::at(left, (bottom - self.line).max(0.0), width, self.line)
        };
        blocks::label(ui, kit, Style::Strong, self.size, Role::AccentText, value, node)
            .insert(BackgroundColor(kit.colour(Role::Sheet)));
    }
}

/// Bars side by side.
fn columns(ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, room: Vec2) {
    let plot = Plot::new(kit, figure, room);
    plot.grid(ui, kit, figure);
    let thick = (plot.slot * BAR_PART).min(BAR_MOST_PX);
    for (index, point) in figure.points.iter().enumerate() {
        let high = length(point.number, plot.place.max.y - plot.y(point.number));
        plot.touch(ui, kit, figure, index).with_children(|ui| {
            let bar = blocks::at((plot.slot - thick) / 2.0, plot.place.max.y - high, thick, high);
            ui.spawn((bar, BackgroundColor(colour(kit, index == figure.chosen))));
        });
    }
    plot.zero(ui, kit);
    let lines = |index: usize| figure.points.get(index).and_then(|point| plot.value_lines(kit, &point.value, point.number));
    let chosen = figure.points.get(figure.chosen);
    // Where the chosen value is wider than its slot, its slip covers those beside it: they step back.
    let slip = chosen.filter(|_| lines(figure.chosen).is_none());
    let away = slip.map_or(0.0, |point| (plot.slip_width(kit, &point.value) + plot.slot) / 2.0);
    for (index, point) in figure.points.iter().enumerate() {
        let covered = index != figure.chosen && (plot.x(index) - plot.x(figure.chosen)).abs() < away;
        let Some(lines) = lines(index).filter(|_| !covered) else { continue };
        let (style, role) = letters(index == figure.chosen);
        let (wide, high) = (plot.slot - VALUE_GAP, lines as f32 * plot.line);
        let place = blocks::at(plot.x(index) - wide / 2.0, plot.y(point.number) - VALUE_GAP - high, wide, high);
        plot.words(ui, kit, style, role, &point.value, place);
    }
    if let Some(point) = slip {
        plot.slip(ui, kit, &point.value, plot.x(figure.chosen), plot.y(point.number) - VALUE_GAP);
    }
    plot.names(ui, kit, figure);
}

/// A line through all points.
pub(super) fn line(ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, room: Vec2) {
    let plot = Plot::new(kit, figure, room);
    plot.grid(ui, kit, figure);
    for index in 0..figure.points.len() {
        plot.touch(ui, kit, figure, index);
    }
    plot.zero(ui, kit);
    let places: Vec<Vec2> =
        figure.points.iter().enumerate().map(|(index, point)| Vec2::new(plot.x(index), plot.y(point.number))).collect();
    for pair in places.windows(2) {
        let (node, turned) = blocks::line(pair[0], pair[1], LINE_PX);
        ui.spawn((node, turned, BackgroundColor(quiet(kit))));
    }
    let disc = |at: Vec2, side: f32| Node {
        border: UiRect::all(px(3.0)),
        border_radius: BorderRadius::MAX,
        ..blocks::at(at.x - side / 2.0, at.y - side / 2.0, side, side)
    };
    let sheet = BorderColor::all(kit.colour(Role::Sheet));
    for (index, at) in places.iter().enumerate() {
        if index != figure.chosen {
            ui.spawn((disc(*at, DOT_PX), BackgroundColor(quiet(kit)), sheet));
        }
    }
    if let (Some(point), Some(at)) = (figure.points.get(figure.chosen), places.get(figure.chosen)) {
        level(ui, kit, Rect::new(at.x - 1.0, at.y, at.x + 1.0, plot.place.max.y));
        ui.spawn((disc(*at, CHOSEN_PX), BackgroundColor(kit.colour(Role::Accent)), sheet));
        plot.slip(ui, kit, &point.value, at.x, at.y - CHOSEN_PX / 2.0 - VALUE_GAP);
    }
    plot.names(ui, kit, figure);
}
