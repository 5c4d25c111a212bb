//! Cards to be put in order: dragged, or tapped from place to place.

use super::*;
use crate::{
    input::Pannable,
    scenes::quiz::rules::{Edit, Order},
};

/// A card that can be dragged.
#[derive(Component, Clone, Copy, Debug)]
pub(in crate::scenes::quiz) struct Draggable {
    /// Its place in the row.
    pub(in crate::scenes::quiz) place: usize,
}

/// Where the cards of a row lie.
pub(in crate::scenes::quiz) fn places(kit: &Kit, region: Area, count: usize) -> Vec<Area> {
    let columns = match (kit.portrait(), count) {
        (true, ..=5) => 1,
        (true, _) => 2,
        (false, ..=4) => 2,
        (false, 5 | 6) => 3,
        (false, _) => 4,
    };
    let rows = count.div_ceil(columns);
    let highest = kit.pick(136.0, 116.0);
    let height = ((region.height - GAP * (rows as f32 - 1.0)) / rows as f32).min(highest);
    Area { height: rows as f32 * (height + GAP) - GAP, ..region }.grid(columns, rows, GAP)
}

/// The place whose middle is nearest to a point.
pub(in crate::scenes::quiz) fn nearest(places: &[Area], count: usize, at: Vec2) -> Option<usize> {
    let distance = |area: &Area| area.centre().distance_squared(at);
    (0..count.min(places.len())).min_by(|a, b| distance(&places[*a]).total_cmp(&distance(&places[*b])))
}

pub(in crate::scenes::quiz) fn ask(ui: &mut Ui<'_>, kit: &Kit, region: Area, order: &Order) {
    let count = order.row.len();
    let places = places(kit, region, count);
    let Some(first) = places.first() else { return };
    let side = kit.pick(26.0, 22.0);
    let disc_size = (first.height - 30.0).min(kit.pick(66.0, 60.0));
    let narrow = first.width < 600.0;
    let room = first.width - 2.0 * side - disc_size - 24.0 - if narrow { 0.0 } else { 100.0 * kit.text_scale };
    let words: Vec<&str> = order.pieces.iter().map(|piece| kit.text(&piece.text)).collect();
    let fitted = fit_all(kit, Style::H3, kit.pick(42.0, 36.0), words.iter().copied(), room, 2);
    for (place, (area, piece)) in places.iter().zip(&order.row).enumerate() {
        let held = order.held == Some(place);
        card(ui, kit, *area, held, Act::Edit(Edit::Tap(place))).insert((Pannable, Draggable { place })).with_children(
            |ui| {
                ui.spawn(Node { padding: UiRect::axes(px(side), px(0.0)), width: percent(100.0), ..blocks::row(24.0) })
                    .with_children(|ui| {
                        disc(
                            ui,
                            kit,
                            disc_size,
                            &(place + 1).to_string(),
                            if held { Disc::Chosen } else { Disc::Open },
                        );
                        name_of(ui, kit, fitted, Role::Ink, words.get(*piece).copied().unwrap_or_default());
                        if held && !narrow {
                            end_word(
                                ui,
                                kit,
                                Style::Small,
                                kit.pick(28.0, 25.0),
                                Role::Ink2,
                                &kit.word("quiz.selected"),
                            );
                        }
                    });
            },
        );
    }
}

/// The right order; a piece that lay elsewhere says where.
pub(in crate::scenes::quiz) fn graded(kit: &Kit, order: &Order) -> Vec<Graded> {
    order
        .pieces
        .iter()
        .enumerate()
        .map(|(piece, written)| {
            let right = order.is_right(piece);
            let placed = order.place_of(piece).map_or(0, |place| place + 1);
            Graded {
                letter: (piece + 1).to_string(),
                words: format!("{}　{}", piece + 1, kit.text(&written.text)),
                mark: if right { Mark::Right } else { Mark::Wrong },
                end: if right { String::new() } else { kit.word_with("quiz.placed", &[("n", &placed.to_string())]) },
            }
        })
        .collect()
}
