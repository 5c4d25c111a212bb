//! Blanks, and a pad to fill them with.

use super::*;
use crate::{
    blocks::fitting::fit,
    scenes::quiz::rules::{Edit, Fill},
};

pub(in crate::scenes::quiz) fn ask(ui: &mut Ui<'_>, kit: &Kit, region: Area, fill: &Fill) {
    let (blanks, pad) = if kit.portrait() {
        let height = 116.0;
        (
            Area { height, ..region },
            Area { y: region.y + height + 26.0, height: region.height - height - 26.0, ..region },
        )
    } else {
        let width = 430.0;
        (Area { width, ..region }, Area { x: region.x + width + 40.0, width: region.width - width - 40.0, ..region })
    };
    boxes(ui, kit, blanks, fill);
    keys(ui, kit, pad, fill);
}

fn boxes(ui: &mut Ui<'_>, kit: &Kit, area: Area, fill: &Fill) {
    let count = fill.typed.len();
    let (columns, rows) = kit.pick((count, 1), (1, count));
    let area = if kit.portrait() { area } else { Area { height: area.height.min(count as f32 * 134.0 - GAP), ..area } };
    for (blank, place) in area.grid(columns, rows, GAP).into_iter().enumerate() {
        let here = blank == fill.at;
        let typed = fill.typed.get(blank).map_or("", String::as_str);
        ui.spawn((
            Node {
                align_items: AlignItems::Center,
                justify_content: JustifyContent::Center,
                column_gap: px(6.0),
                border: UiRect::all(px(if here { 5.0 } else { 3.0 })),
                border_radius: BorderRadius::all(px(kit.tokens.radius("card"))),
                ..place.node()
            },
            BackgroundColor(kit.colour(Role::Sheet)),
            BorderColor::all(kit.colour(if here { Role::Accent } else { Role::LineStrong })),
            Touchable,
            Does(Act::Edit(Edit::Tap(blank))),
        ))
        .with_children(|ui| {
            if !typed.is_empty() {
                let fits = place.width * 0.86 / typed.chars().count() as f32;
                letters(ui, kit, (place.height * 0.55).min(64.0).min(fits), Role::Ink, typed);
            }
            if here {
                ui.spawn((
                    Node { width: px(5.0), height: px((place.height * 0.48).min(60.0)), ..default() },
                    BackgroundColor(kit.colour(Role::Accent)),
                ));
            }
        });
    }
}

fn keys(ui: &mut Ui<'_>, kit: &Kit, pad: Area, fill: &Fill) {
    let many = fill.typed.len() > 1;
    let other = if many { (Edit::NextBlank, "quiz.next_blank") } else { (Edit::Clear, "quiz.clear") };
    let digits = fill.keys.len() == 10 && fill.keys.iter().all(char::is_ascii_digit);
    // The keys in their order on the pad; the two with words stand in the last row.
    let mut order: Vec<Key> = fill.keys.iter().map(|key| Key::Char(*key)).collect();
    let (columns, rows) = if kit.portrait() {
        let columns = if digits || order.len() <= 6 { 3 } else { 4 };
        if digits {
            order.insert(9, Key::Word(other.0, other.1));
            order.push(Key::Word(Edit::Delete, "quiz.delete"));
        }
        (columns, order.len().div_ceil(columns))
    } else {
        let columns = (order.len() + 2).div_ceil(2).max(4);
        order.push(Key::Word(other.0, other.1));
        order.push(Key::Word(Edit::Delete, "quiz.delete"));
        (columns, 2)
    };
    let words_below = kit.portrait() && !digits;
    let all_rows = rows + usize::from(words_below);
    let highest = kit.pick(136.0, 116.0);
    let height = ((pad.height - GAP * (all_rows as f32 - 1.0)) / all_rows as f32).min(highest);
    let area = Area { height: rows as f32 * (height + GAP) - GAP, ..pad };
    for (key, place) in order.iter().zip(area.grid(columns, rows, GAP)) {
        draw_key(ui, kit, place, *key);
    }
    if words_below {
        let row = Area { y: area.bottom() + GAP, height, ..pad };
        let words = [Key::Word(other.0, other.1), Key::Word(Edit::Delete, "quiz.delete")];
        for (key, place) in words.into_iter().zip(row.grid(2, 1, GAP)) {
            draw_key(ui, kit, place, key);
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Key {
    Char(char),
    Word(Edit, &'static str),
}

fn draw_key(ui: &mut Ui<'_>, kit: &Kit, place: Area, shown: Key) {
    match shown {
        Key::Char(c) => {
            let size = (place.height * 0.46).min(kit.pick(62.0, 48.0));
            key(ui, kit, place, Role::Sheet, Act::Edit(Edit::Key(c))).with_children(|ui| {
                letters(ui, kit, size, Role::Ink, &c.to_string());
            });
        }
        Key::Word(edit, word) => {
            let word = kit.word(word);
            let wanted = kit.pick(34.0, 28.0);
            let deletes = edit == Edit::Delete;
            let icon_px = if deletes { 44.0 } else { 0.0 };
            let fitted = fit(kit, Style::Button, wanted, &word, place.width - icon_px - 36.0, 1);
            key(ui, kit, place, Role::Paper2, Act::Edit(edit)).with_children(|ui| {
                if deletes {
                    icon(ui, kit, Icon::Delete, icon_px, Role::Ink);
                }
                text_sized(ui, kit, Style::Button, fitted.size, Role::Ink, &word)
                    .insert(TextLayout::linebreak(bevy::text::LineBreak::NoWrap));
            });
        }
    }
}

pub(in crate::scenes::quiz) fn graded(kit: &Kit, fill: &Fill) -> Vec<Graded> {
    let all_right = (0..fill.typed.len()).all(|blank| fill.is_right(blank));
    let right = Graded {
        letter: String::new(),
        words: accepted(fill),
        mark: Mark::Right,
        end: kit.word("quiz.correct_answer"),
    };
    if all_right {
        return vec![right];
    }
    let typed = Graded {
        letter: String::new(),
        words: fill.typed.join("　"),
        mark: Mark::Wrong,
        end: kit.word("quiz.your_answer"),
    };
    vec![typed, right]
}

/// What belongs into the blanks.
pub(in crate::scenes::quiz) fn accepted(fill: &Fill) -> String {
    let first: Vec<&str> = fill.accepted.iter().filter_map(|all| all.first()).map(String::as_str).collect();
    first.join("　")
}
