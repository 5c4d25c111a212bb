//! How the points stand in their list: all of them at once, with their names where these can be read.

use bevy::prelude::*;

use super::HotspotsPage;
use crate::{
    blocks::fitting,
    theme::{Kit, Style},
};

/// Between two points, px.
const GAP: f32 = 18.0;
/// Most rows, and most points in a row where their numbers stand alone.
const ROWS_MAX: usize = 4;
const NUMBERS_IN_ROW: usize = 6;
/// Above and below the name, px.
const ABOVE: f32 = 5.0;

/// Lines of a name and points in a row, the better ones first: where there is room, names on one line; where there is
/// little, as few rows as hold them.
const ROOMY: [(usize, usize); 6] = [(1, 3), (1, 2), (1, 1), (2, 3), (2, 2), (2, 1)];
const TIGHT: [(usize, usize); 6] = [(1, 3), (2, 3), (1, 2), (2, 2), (1, 1), (2, 1)];

/// The list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct List {
    columns: usize,
    rows: usize,
    width: f32,
    /// Size of the names, before the visitor's text scale, and the lines that they take. `None`: numbers alone.
    pub(super) names: Option<(f32, usize)>,
}

impl List {
    /// The points in a list of that width. `heights`: how high it may be so that the page keeps its measure, and how high
    /// at most. Names are set smaller before the list gets higher than that; where even small ones find no room, the
    /// numbers stand alone: the card and the plate say the name.
    pub(super) fn new(page: &HotspotsPage, kit: &Kit, width: f32, heights: [f32; 2]) -> Self {
        let names: Vec<&str> = page.document.points.iter().map(|point| kit.text(&point.title)).collect();
        let wanted: f32 = kit.pick(30.0, 27.0);
        let leading = kit.type_spec(Style::H3).leading * kit.text_factor(Style::H3);
        let tries = [(heights[0], 0.8, ROOMY), (heights[1], 0.8, TIGHT), (heights[1], 0.0, TIGHT)];
        for (height, least, shapes) in tries {
            for (lines, columns) in shapes {
                let list = Self::grid(names.len(), columns, width);
                if list.rows > ROWS_MAX || list.height() > height {
                    continue;
                }
                // As large as so many lines find room in a row.
                let most = (list.row() - 2.0 * ABOVE) / (lines as f32 * leading);
                let room = list.name_room(kit);
                let fitted = fitting::fit_all(kit, Style::H3, wanted.min(most), names.iter().copied(), room, lines);
                if fitted.lines <= lines && fitted.size >= wanted * least {
                    return Self { names: Some((fitted.size, fitted.lines)), ..list };
                }
            }
        }
        Self::grid(names.len(), NUMBERS_IN_ROW, width)
    }

    /// Up to so many columns, and no more than the rows need.
    fn grid(count: usize, columns: usize, width: f32) -> Self {
        let rows = count.max(1).div_ceil(columns.max(1));
        Self { columns: count.max(1).div_ceil(rows), rows, width, names: None }
    }

    /// Height of a row, px: many rows are lower.
    fn row(&self) -> f32 {
        match self.rows {
            0..=2 => 92.0,
            3 => 84.0,
            _ => 80.0,
        }
    }

    pub(super) fn height(&self) -> f32 {
        self.rows as f32 * (self.row() + GAP) - GAP
    }

    /// Left and right of what stands on a point's key, the disc with its number, and the gap after it; px.
    pub(super) fn measures(kit: &Kit) -> [f32; 3] {
        kit.pick([18.0, 52.0, 14.0], [14.0, 44.0, 12.0])
    }

    fn name_room(&self, kit: &Kit) -> f32 {
        let [side, disc, gap] = Self::measures(kit);
        self.place(0).width() - 2.0 * side - disc - gap
    }

    /// Where a point stands.
    pub(super) fn place(&self, index: usize) -> Rect {
        let (column, row) = ((index % self.columns) as f32, (index / self.columns) as f32);
        let width = (self.width - GAP * (self.columns as f32 - 1.0)) / self.columns as f32;
        let (x, y) = (column * (width + GAP), row * (self.row() + GAP));
        Rect::new(x, y, x + width, y + self.row())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_as_full_as_they_can_be() {
        let shape = |count, columns| {
            let list = List::grid(count, columns, 936.0);
            (list.columns, list.rows)
        };
        assert_eq!(shape(4, 3), (2, 2));
        assert_eq!(shape(5, 3), (3, 2));
        assert_eq!(shape(12, 3), (3, 4));
        assert_eq!(shape(12, 6), (6, 2));
        assert_eq!(shape(1, 3), (1, 1));
        assert_eq!(shape(0, 3), (1, 1));
    }

    #[test]
    fn twelve_points_find_room_below_the_reach_line() {
        // Upright, the keys below the list take 296 px above a foot bar at 1780, and the line is at 960; across, the list
        // ends at 940 and the line is at 560.
        for columns in [3, NUMBERS_IN_ROW] {
            let list = List::grid(12, columns, 600.0);
            assert!(list.height() <= 380.0, "{list:?}");
            let last = list.place(11);
            assert!((last.max.y - list.height()).abs() < 1e-3 && (last.max.x - 600.0).abs() < 1e-2, "{list:?}");
            assert!(last.width() >= 76.0 && last.height() >= 76.0, "{list:?}");
        }
    }
}
