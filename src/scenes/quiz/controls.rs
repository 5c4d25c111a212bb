//! What a visitor answers with: one module per kind, each with the control of the question page and the same thing,
//! answered, of the explanation page. Both get an area and stay inside it.

pub(super) mod choice;
pub(super) mod fill;
pub(super) mod matching;
pub(super) mod order;
pub(super) mod point;

use bevy::prelude::*;

use super::{Act, Does, dashed::dashed_frame, rules::Mark};
use crate::{
    blocks::{self, Icon, PressLook, Ui, elevation, icon, text_sized},
    input::Touchable,
    blocks::fitting::{Area, Fitted, fit, fit_all},
    theme::{Elevation, Kit, Role, Style},
};

/// Between cards, px.
pub(super) const GAP: f32 = 18.0;

/// A card that can be touched; `chosen` gives it the ink frame.
pub(super) fn card<'a>(ui: &'a mut Ui<'_>, kit: &Kit, area: Area, chosen: bool, act: Act) -> EntityCommands<'a> {
    let level = if chosen { Elevation::Sheet2 } else { Elevation::Sheet1 };
    let ground = kit.colour(Role::Sheet);
    let look = PressLook::sheet(kit, level, ground);
    let edge = if chosen { kit.colour(Role::Ink) } else { Color::NONE };
    // A ground does not reach under a border, so a card without a frame has the frame's room as padding.
    let frame = UiRect::all(px(kit.tokens.stroke("selected")));
    ui.spawn((
        Node {
            align_items: AlignItems::Center,
            border: if chosen { frame } else { UiRect::ZERO },
            padding: if chosen { UiRect::ZERO } else { frame },
            border_radius: BorderRadius::all(px(kit.tokens.radius("button"))),
            ..area.node()
        },
        BackgroundColor(ground),
        BorderColor::all(edge),
        look.shadow.clone(),
        look,
        Touchable,
        Does(act),
    ))
}

/// A key of a pad: a sheet with a solid lower edge.
pub(super) fn key<'a>(ui: &'a mut Ui<'_>, kit: &Kit, area: Area, ground: Role, act: Act) -> EntityCommands<'a> {
    let ground = kit.colour(ground);
    let mut shadow = elevation(kit, Elevation::Sheet1);
    shadow.0.push(ShadowStyle {
        color: kit.colour(Role::Line),
        x_offset: px(0.0),
        y_offset: px(4.0),
        spread_radius: px(0.0),
        blur_radius: px(0.0),
    });
    let look = PressLook { shadow: shadow.clone(), depth: 4.0, ..PressLook::sheet(kit, Elevation::Lying, ground) };
    ui.spawn((
        Node {
            align_items: AlignItems::Center,
            justify_content: JustifyContent::Center,
            column_gap: px(16.0),
            border_radius: BorderRadius::all(px(kit.tokens.radius("button"))),
            ..area.node()
        },
        BackgroundColor(ground),
        shadow,
        look,
        Touchable,
        Does(act),
    ))
}

/// How the round letter before an option looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disc {
    /// A ring of ink.
    Open,
    /// Filled with ink.
    Chosen,
    /// A ring that steps back.
    Quiet,
}

/// A letter or number in a circle.
pub(super) fn disc(ui: &mut Ui<'_>, kit: &Kit, size: f32, letter: &str, look: Disc) {
    let (ground, edge, ink) = match look {
        Disc::Open => (Color::NONE, Some(Role::Ink2), Role::Ink2),
        Disc::Chosen => (kit.colour(Role::Ink), None, Role::Paper),
        Disc::Quiet => (Color::NONE, Some(Role::Line), Role::Ink2),
    };
    circle(ui, kit, size, ground, edge).with_children(|ui| {
        letters(ui, kit, size * 0.5, ink, letter);
    });
}

/// The disc of an answer after grading: a tick, a cross in a ring, or its letter.
pub(super) fn mark_disc(ui: &mut Ui<'_>, kit: &Kit, size: f32, mark: Mark, letter: &str) {
    match mark {
        Mark::Right => {
            circle(ui, kit, size, kit.colour(Role::OnCorrect), None).with_children(|ui| {
                icon(ui, kit, Icon::Right, size * 0.57, Role::Correct);
            });
        }
        Mark::Wrong => {
            circle(ui, kit, size, Color::NONE, Some(Role::Wrong)).with_children(|ui| {
                icon(ui, kit, Icon::Wrong, size * 0.57, Role::Wrong);
            });
        }
        Mark::Rest => disc(ui, kit, size, letter, Disc::Quiet),
    }
}

pub(super) fn circle<'a>(
    ui: &'a mut Ui<'_>,
    kit: &Kit,
    size: f32,
    ground: Color,
    edge: Option<Role>,
) -> EntityCommands<'a> {
    ui.spawn((
        Node {
            width: px(size),
            height: px(size),
            flex_shrink: 0.0,
            align_items: AlignItems::Center,
            justify_content: JustifyContent::Center,
            border: UiRect::all(px(if edge.is_some() { kit.tokens.stroke("control") } else { 0.0 })),
            border_radius: BorderRadius::MAX,
            ..default()
        },
        BackgroundColor(ground),
        BorderColor::all(edge.map_or(Color::NONE, |role| kit.colour(role))),
    ))
}

/// Serif letters of a fixed size: in discs, whose size does not change with the visitor's text scale.
pub(super) fn letters<'a>(ui: &'a mut Ui<'_>, kit: &Kit, size: f32, role: Role, words: &str) -> EntityCommands<'a> {
    let factor = kit.text_factor(Style::H3);
    let mut entity = text_sized(ui, kit, Style::H3, size / factor, role, words);
    entity.insert((
        bevy::text::LineHeight::RelativeToFont(1.0),
        bevy::text::LetterSpacing::Px(0.0),
        TextLayout::linebreak(bevy::text::LineBreak::NoWrap),
    ));
    entity
}

/// Words of an option, card or piece: serif, in the ink of its state.
pub(super) fn name_of(ui: &mut Ui<'_>, kit: &Kit, fitted: Fitted, role: Role, words: &str) {
    // The box may shrink, so that long words wrap inside it.
    ui.spawn(Node { flex_shrink: 1.0, flex_grow: 1.0, min_width: px(0.0), ..default() }).with_children(|ui| {
        text_sized(ui, kit, Style::H3, fitted.size, role, words);
    });
}

/// A word at the end of a card, such as 已选; it never wraps.
pub(super) fn end_word(ui: &mut Ui<'_>, kit: &Kit, style: Style, size: f32, role: Role, words: &str) {
    ui.spawn(Node { flex_shrink: 0.0, margin: UiRect::left(px(16.0)), ..default() }).with_children(|ui| {
        text_sized(ui, kit, style, size, role, words).insert((
            bevy::text::LineHeight::RelativeToFont(1.0),
            TextLayout::linebreak(bevy::text::LineBreak::NoWrap),
        ));
    });
}

/// One line of an explanation page: what it says, and how it stands.
#[derive(Clone, Debug)]
pub(super) struct Graded {
    pub(super) letter: String,
    pub(super) words: String,
    pub(super) mark: Mark,
    /// At the end: 正确答案, 您的选择, or what the visitor had instead.
    pub(super) end: String,
}

/// The measures of [`graded_cells`].
#[derive(Clone, Debug)]
pub(super) struct GradedLayout {
    columns: usize,
    rows: usize,
    cell_height: f32,
    gap: f32,
    fitted: Fitted,
}

impl GradedLayout {
    /// Two columns where all words fit beside their ends on one line, else one column of lower cells; `most` px high.
    pub(super) fn new(kit: &Kit, cells: &[Graded], width: f32, most: f32) -> Self {
        let wanted = kit.pick(36.0, 34.0);
        let ends = cells.iter().map(|cell| end_width(kit, &cell.end)).fold(0.0, f32::max);
        let words = || cells.iter().map(|cell| cell.words.as_str());
        let room = |columns: f32| (width - GAP * (columns - 1.0)) / columns - SIDE * 2.0 - DISC - 46.0 - ends;
        let two = fit_all(kit, Style::H3, wanted, words(), room(2.0), 1);
        if two.lines == 1 && two.size >= wanted * 0.8 {
            let rows = cells.len().div_ceil(2);
            return Self {
                columns: cells.len().clamp(1, 2),
                rows,
                cell_height: if rows <= 2 { 116.0 } else { 92.0 },
                gap: GAP,
                fitted: two,
            };
        }
        // Below one another, each has the room that its own end leaves.
        let own = |cell: &Graded| fit(kit, Style::H3, wanted, &cell.words, room(1.0) + ends - end_width(kit, &cell.end), 2);
        let smallest = cells.iter().map(own).min_by(|a, b| a.size.total_cmp(&b.size).then(b.lines.cmp(&a.lines)));
        let fitted = smallest.unwrap_or(two);
        let rows = cells.len();
        let gap = if rows > 5 { 10.0 } else { GAP };
        let room = (most + gap) / rows.max(1) as f32 - gap;
        let cell_height = (fitted.height() + 18.0).max(84.0).min(room);
        Self { columns: 1, rows, cell_height, gap, fitted }
    }

    pub(super) fn height(&self) -> f32 {
        self.rows as f32 * (self.cell_height + self.gap) - self.gap
    }
}

const SIDE: f32 = 22.0;
const DISC: f32 = 60.0;

fn end_width(kit: &Kit, end: &str) -> f32 {
    if end.is_empty() {
        return 0.0;
    }
    end.chars().map(|c| if c.is_ascii() { 0.56 } else { 1.05 }).sum::<f32>() * end_size(kit) * kit.text_scale + 16.0
}

fn end_size(kit: &Kit) -> f32 {
    kit.pick(26.0, 24.0)
}

/// Answered lines in cells: the right ones pine, the visitor's others in a dashed frame.
pub(super) fn graded_cells(ui: &mut Ui<'_>, kit: &Kit, at: Vec2, width: f32, layout: &GradedLayout, cells: &[Graded]) {
    let area = Area::new(at.x, at.y, width, layout.height());
    for (cell, place) in cells.iter().zip(area.grid(layout.columns, layout.rows, layout.gap)) {
        let (ground, edge, ink, end) = match cell.mark {
            Mark::Right => (kit.colour(Role::Correct), None, Role::OnCorrect, Role::OnCorrect),
            Mark::Wrong => (Color::NONE, None, Role::Ink, Role::Wrong),
            Mark::Rest => (Color::NONE, Some(Role::Line), Role::Ink2, Role::Ink2),
        };
        ui.spawn((
            Node {
                align_items: AlignItems::Center,
                column_gap: px(20.0),
                padding: UiRect::axes(px(SIDE), px(0.0)),
                border: UiRect::all(px(if edge.is_some() { kit.tokens.stroke("control") } else { 0.0 })),
                border_radius: BorderRadius::all(px(kit.tokens.radius("button"))),
                ..place.node()
            },
            BackgroundColor(ground),
            BorderColor::all(edge.map_or(Color::NONE, |role| kit.colour(role))),
        ))
        .with_children(|ui| {
            if cell.mark == Mark::Wrong {
                dashed_frame(ui, kit.tokens.radius("button"), Role::Wrong);
            }
            let size = DISC.min(place.height - 16.0);
            mark_disc(ui, kit, size, cell.mark, &cell.letter);
            name_of(ui, kit, layout.fitted, ink, &cell.words);
            if !cell.end.is_empty() {
                end_word(ui, kit, Style::Strong, end_size(kit), end, &cell.end);
            }
        });
    }
}

/// `A`, `B`, … as on the screen, whatever the document calls them.
pub(super) fn letter(place: usize) -> String {
    // Options and pieces are at most eight.
    char::from_u32('A' as u32 + u32::try_from(place).unwrap_or(0)).map_or_else(String::new, String::from)
}

/// A row of buttons: every one but the last as wide as `small`, the last fills the rest.
pub(super) fn action_row(area: Area, count: usize, small: f32) -> Vec<Area> {
    let mut places = Vec::new();
    let mut x = area.x;
    for n in 0..count {
        let width = if n + 1 == count { area.x + area.width - x } else { small };
        places.push(Area::new(x, area.y, width, area.height));
        x += width + GAP;
    }
    places
}

/// Hint words that stand where nothing is to be touched.
pub(super) fn quiet<'a>(ui: &'a mut Ui<'_>, kit: &Kit, words: &str) -> EntityCommands<'a> {
    blocks::text(ui, kit, Style::Caption, Role::Ink2, words)
}
