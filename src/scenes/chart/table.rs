//! The same numbers in rows: what the table says and what is drawn are the same words.

use bevy::{prelude::*, text::LineHeight};

use super::{
    Control,
    page::{Figure, letters, sizes},
};
use crate::{
    blocks::{self, Ui},
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

/// Rows that are shown at least where not all find room at once.
const WINDOW_LEAST: f32 = 5.0;
/// The bar that says which part of the rows is shown, px.
const BAR_PX: f32 = 6.0;

/// How the rows are set: each on one line.
struct Grid {
    columns: usize,
    rows: usize,
    /// The first point that is shown, and how many are.
    first: usize,
    shown: usize,
    width: f32,
    height: f32,
    /// Width of the values.
    values: f32,
    /// Of the letters, before the visitor's text scale.
    size: f32,
    on_one_line: bool,
}

impl Grid {
    /// The largest letters at which all rows find room, in as few columns as they then need. Where they do not, the rows
    /// round the chosen one are shown in letters of a good size.
    fn new(kit: &Kit, figure: &Figure<'_>, room: Vec2) -> Self {
        let most = kit.pick(2, 3);
        let all = |size: f32| (1..=most).map(move |columns| (size, columns));
        let wanted = kit.pick(32.0, 30.0);
        let found = sizes(kit, Style::Strong, wanted)
            .flat_map(all)
            .map(|(size, columns)| Self::of(kit, figure, room, size, columns))
            .find(|grid| grid.on_one_line && grid.height * grid.rows as f32 <= room.y);
        if let Some(mut grid) = found {
            grid.height = (room.y / grid.rows as f32).min(ROW_MOST_PX.max(grid.height));
            return grid;
        }
        let mut grid = sizes(kit, Style::Strong, wanted)
            .map(|size| Self::of(kit, figure, room, size, 1))
            .find(|grid| grid.on_one_line && grid.height * WINDOW_LEAST <= room.y)
            .unwrap_or_else(|| Self::of(kit, figure, room, kit.least_px() / kit.text_factor(Style::Strong), 1));
        grid.rows = ((room.y / grid.height) as usize).clamp(1, figure.points.len().max(1));
        grid.shown = grid.rows;
        grid.first = figure.chosen.saturating_sub(grid.rows / 2).min(figure.points.len() - grid.rows.min(figure.points.len()));
        grid.height = (room.y / grid.rows as f32).min(ROW_MOST_PX.max(grid.height));
        grid
    }

    /// Rows of their least height.
    fn of(kit: &Kit, figure: &Figure<'_>, room: Vec2, size: f32, columns: usize) -> Self {
        let rows = figure.points.len().div_ceil(columns).max(1);
        let width = ((room.x + COLUMN_GAP) / columns as f32 - COLUMN_GAP).min(COLUMN_MOST_PX);
        let [name, value] = figure.widest(kit, size);
        let inner = width - 3.0 * SIDE;
        let height = size * kit.text_factor(Style::Strong) * LEADING + PAD;
        Self {
            columns,
            rows,
            first: 0,
            shown: figure.points.len(),
            width,
            height,
            values: value.min(inner * 0.7),
            size,
            on_one_line: name + value <= inner,
        }
    }
}

/// Draws the table.
pub(super) fn view(ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, room: Vec2) {
    let grid = Grid::new(kit, figure, room);
    let wide = grid.columns as f32 * (grid.width + COLUMN_GAP) - COLUMN_GAP;
    let corner = Vec2::new((room.x - wide) / 2.0, (room.y - grid.rows as f32 * grid.height) / 2.0);
    let hair = kit.tokens.stroke("hair");
    for (index, point) in figure.points.iter().enumerate().skip(grid.first).take(grid.shown) {
        let on = index == figure.chosen;
        let (style, role) = letters(on);
        let cell = index - grid.first;
        let x = corner.x + (cell / grid.rows) as f32 * (grid.width + COLUMN_GAP);
        let y = corner.y + (cell % grid.rows) as f32 * grid.height;
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
                blocks::text_sized(ui, kit, style, grid.size, role, &point.name)
                    .insert((TextLayout::no_wrap(), LineHeight::RelativeToFont(LEADING)));
            });
            let value = Node { width: px(grid.values), flex_shrink: 0.0, justify_content: JustifyContent::FlexEnd, ..default() };
            ui.spawn(value).with_children(|ui| {
                blocks::text_sized(ui, kit, style, grid.size, role, &point.value)
                    .insert((TextLayout::no_wrap(), LineHeight::RelativeToFont(LEADING)));
            });
        });
    }
    let all = figure.points.len();
    if grid.shown < all {
        // Which part of the rows this is.
        let (height, part) = (grid.rows as f32 * grid.height, grid.shown as f32 / all as f32);
        let x = (corner.x + wide + 10.0).min(room.x - BAR_PX);
        let top = corner.y + height * grid.first as f32 / all as f32;
        let bar = |y: f32, height: f32| Node { border_radius: BorderRadius::MAX, ..blocks::at(x, y, BAR_PX, height) };
        ui.spawn((bar(corner.y, height), BackgroundColor(kit.colour(Role::Line))));
        ui.spawn((bar(top, height * part), BackgroundColor(kit.colour(Role::LineStrong))));
    }
}
