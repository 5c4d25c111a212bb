//! The same numbers in rows: what the table says and what is drawn are the same words.

use bevy::{prelude::*, text::LineHeight};

use super::{
    Control,
    page::{Figure, letters, sizes},
};
use crate::{
    blocks::{self, Ui, fitting},
    input::Touchable,
    theme::{Kit, Role, Style},
};

/// Left and right in a row, and between its name and its value, px.
const SIDE: f32 = 16.0;
/// Between columns, px.
const COLUMN_GAP: f32 = 44.0;
/// The widest column, so that the eye gets from a name to its value, and the highest row, px.
const COLUMN_MOST_PX: f32 = 760.0;
const ROW_MOST_PX: f32 = 84.0;
/// Above and below the words of a row together, px.
const PAD: f32 = 6.0;
/// Line height in a row.
const LEADING: f32 = 1.2;
/// The least part of a row that its name gets.
const NAME_PART: f32 = 0.42;

/// How the rows are set.
struct Grid {
    columns: usize,
    rows: usize,
    width: f32,
    height: f32,
    /// Width of the values.
    values: f32,
    /// Of the letters, before the visitor's text scale.
    size: f32,
}

impl Grid {
    /// The largest letters at which all rows find room, in as few columns as they then need.
    fn new(kit: &Kit, figure: &Figure<'_>, room: Vec2) -> Self {
        let most = kit.pick(2, 3);
        let all = |size: f32| (1..=most).map(move |columns| (size, columns));
        let found = sizes(kit, Style::Strong, kit.pick(32.0, 30.0))
            .flat_map(all)
            .map(|(size, columns)| Self::of(kit, figure, room, size, columns))
            .find(|grid| grid.height * grid.rows as f32 <= room.y);
        let mut grid =
            found.unwrap_or_else(|| Self::of(kit, figure, room, kit.least_px() / kit.text_factor(Style::Strong), most));
        grid.height = (room.y / grid.rows as f32).min(ROW_MOST_PX.max(grid.height));
        grid
    }

    /// Rows of their least height.
    fn of(kit: &Kit, figure: &Figure<'_>, room: Vec2, size: f32, columns: usize) -> Self {
        let rows = figure.points.len().div_ceil(columns).max(1);
        let width = ((room.x + COLUMN_GAP) / columns as f32 - COLUMN_GAP).min(COLUMN_MOST_PX);
        let inner = width - 3.0 * SIDE;
        let values = figure.widest(kit, size)[1].min(inner * (1.0 - NAME_PART));
        let lines = |words: &str, room: f32| fitting::lines(kit, Style::Strong, size, words, room);
        let of_row = figure.points.iter().map(|point| lines(&point.name, inner - values).max(lines(&point.value, values)));
        let lines = of_row.max().unwrap_or(1);
        let height = lines as f32 * size * kit.text_factor(Style::Strong) * LEADING + PAD;
        Self { columns, rows, width, height, values, size }
    }
}

/// Draws the table.
pub(super) fn view(ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, room: Vec2) {
    let grid = Grid::new(kit, figure, room);
    let wide = grid.columns as f32 * (grid.width + COLUMN_GAP) - COLUMN_GAP;
    let corner = Vec2::new((room.x - wide) / 2.0, (room.y - grid.rows as f32 * grid.height) / 2.0);
    let hair = kit.tokens.stroke("hair");
    for (index, point) in figure.points.iter().enumerate() {
        let on = index == figure.chosen;
        let (style, role) = letters(on);
        let x = corner.x + (index / grid.rows) as f32 * (grid.width + COLUMN_GAP);
        let y = corner.y + (index % grid.rows) as f32 * grid.height;
        ui.spawn((
            Node {
                padding: UiRect::axes(px(SIDE), px(0.0)),
                column_gap: px(SIDE),
                align_items: AlignItems::Center,
                border: UiRect::bottom(px(hair)),
                ..blocks::at(x, y, grid.width, grid.height)
            },
            BackgroundColor(if on { kit.colour(Role::Paper2) } else { Color::NONE }),
            BorderColor::all(kit.colour(Role::Line)),
            Touchable,
            Control::Point(index),
        ))
        .with_children(|ui| {
            let name = Node { flex_grow: 1.0, flex_basis: px(0.0), min_width: px(0.0), ..default() };
            ui.spawn(name).with_children(|ui| {
                blocks::text_sized(ui, kit, style, grid.size, role, &point.name).insert(LineHeight::RelativeToFont(LEADING));
            });
            let value = Node { width: px(grid.values), flex_shrink: 0.0, justify_content: JustifyContent::FlexEnd, ..default() };
            ui.spawn(value).with_children(|ui| {
                blocks::text_sized(ui, kit, style, grid.size, role, &point.value)
                    .insert((TextLayout::justify(Justify::Right), LineHeight::RelativeToFont(LEADING)));
            });
        });
    }
}
