//! Options to choose from, and 对 / 不对.

use super::*;
use crate::scenes::quiz::rules::{Choice, Edit, Label};

pub(in crate::scenes::quiz) fn ask(ui: &mut Ui<'_>, kit: &Kit, region: Area, choice: &Choice) {
    let places = places(kit, region, choice);
    let Some(first) = places.first() else { return };
    let height = first.height;
    let disc_size = kit.pick(72.0_f32, 64.0).min(height - 24.0);
    let side = kit.pick(33.0, 30.0);
    let chosen_word = kit.word("quiz.selected");
    let chosen_size = kit.pick(28.0, 25.0);
    let end = chosen_word.chars().count() as f32 * chosen_size * kit.text_scale + 16.0;
    let room = first.width - 2.0 * side - disc_size - 34.0 - end;
    let words: Vec<String> = choice.options.iter().map(|option| says(kit, &option.label)).collect();
    let fitted = fit_all(kit, Style::H3, kit.pick(44.0, 38.0), words.iter().map(String::as_str), room, 2);
    for (place, (cell, words)) in places.iter().zip(&words).enumerate() {
        let chosen = choice.picked.contains(&place);
        card(ui, kit, *cell, chosen, Act::Edit(Edit::Tap(place))).with_children(|ui| {
            ui.spawn(Node {
                padding: UiRect::axes(px(side), px(0.0)),
                column_gap: px(34.0),
                width: percent(100.0),
                ..blocks::row(34.0)
            })
            .with_children(|ui| {
                disc(ui, kit, disc_size, &letter(place), if chosen { Disc::Chosen } else { Disc::Open });
                name_of(ui, kit, fitted, Role::Ink, words);
                if chosen {
                    end_word(ui, kit, Style::Small, chosen_size, Role::Ink2, &chosen_word);
                }
            });
        });
    }
}

/// What the options need of a region.
pub(in crate::scenes::quiz) fn height(kit: &Kit, region: Area, choice: &Choice) -> f32 {
    places(kit, region, choice).last().map_or(0.0, |last| last.bottom() - region.y)
}

fn places(kit: &Kit, region: Area, choice: &Choice) -> Vec<Area> {
    let count = choice.options.len();
    let columns = match (kit.portrait(), count) {
        (true, _) => 1,
        (false, ..=4) => 2,
        (false, _) => 3,
    };
    let (rows, gap) = (count.div_ceil(columns), kit.pick(22.0, 20.0));
    let height = ((region.height - gap * (rows as f32 - 1.0)) / rows as f32).min(kit.pick(136.0, 116.0));
    Area { height: rows as f32 * (height + gap) - gap, ..region }.grid(columns, rows, gap)
}

pub(in crate::scenes::quiz) fn graded(kit: &Kit, choice: &Choice) -> Vec<Graded> {
    choice
        .options
        .iter()
        .enumerate()
        .map(|(place, option)| {
            let mark = choice.mark(place);
            let end = match mark {
                // Of several right ones, those that were passed over say so.
                Mark::Right if choice.many && !choice.picked.contains(&place) => kit.word("quiz.passed_over"),
                Mark::Right => kit.word("quiz.correct_answer"),
                Mark::Wrong => kit.word("quiz.your_choice"),
                Mark::Rest => String::new(),
            };
            Graded { letter: letter(place), words: says(kit, &option.label), mark, end }
        })
        .collect()
}

/// What an option says, in the visitor's language.
pub(in crate::scenes::quiz) fn says(kit: &Kit, label: &Label) -> String {
    match label {
        Label::Written(text) => kit.text(text).to_owned(),
        Label::Yes => kit.word("quiz.true"),
        Label::No => kit.word("quiz.false"),
    }
}
