//! Two sides to be joined: first one card, then its partner. Letters and numbers say what is joined, lines show it.

use super::*;
use crate::scenes::quiz::rules::{Edit, Match, Side};

pub(in crate::scenes::quiz) fn ask(ui: &mut Ui<'_>, kit: &Kit, region: Area, pairs: &Match) {
    let count = pairs.pairs.len();
    let (lefts, rights) = sides(kit, region, count);
    // Lines lie under the cards.
    for (left, link) in pairs.links.iter().enumerate() {
        let (Some(left), Some(right)) = (lefts.get(left), link.and_then(|right| rights.get(right))) else { continue };
        let (from, to) = if kit.portrait() {
            (Vec2::new(left.x + left.width, left.centre().y), Vec2::new(right.x, right.centre().y))
        } else {
            (Vec2::new(left.centre().x, left.bottom()), Vec2::new(right.centre().x, right.y))
        };
        line(ui, kit, from, to);
    }
    let left_words: Vec<&str> = pairs.lefts.iter().map(|pair| kit.text(&pairs.pairs[*pair].left)).collect();
    let right_words: Vec<&str> = pairs.rights.iter().map(|pair| kit.text(&pairs.pairs[*pair].right)).collect();
    let left_links: Vec<Option<String>> = pairs.links.iter().map(|link| link.map(letter)).collect();
    let right_links: Vec<Option<String>> =
        (0..count).map(|right| pairs.linked_left(right).map(|left| (left + 1).to_string())).collect();
    let held = |side: Side| pairs.held == Some(side);
    column(
        ui,
        kit,
        &lefts,
        &left_words,
        &left_links,
        |place| (place + 1).to_string(),
        |place| (Act::Edit(Edit::Left(place)), held(Side::Left(place))),
    );
    column(ui, kit, &rights, &right_words, &right_links, letter, |place| {
        (Act::Edit(Edit::Right(place)), held(Side::Right(place)))
    });
}

/// What the cards need of a region.
pub(in crate::scenes::quiz) fn height(kit: &Kit, region: Area, pairs: &Match) -> f32 {
    let (lefts, rights) = sides(kit, region, pairs.pairs.len());
    lefts.iter().chain(&rights).map(|place| place.bottom() - region.y).fold(0.0, f32::max)
}

/// Where both sides lie: left and right in portrait, above and below in landscape.
fn sides(kit: &Kit, region: Area, count: usize) -> (Vec<Area>, Vec<Area>) {
    if kit.portrait() {
        let between = 110.0;
        let left = (region.width - between) * 0.44;
        let gap = if count > 6 { 12.0 } else { GAP };
        let height = ((region.height - gap * (count as f32 - 1.0)) / count as f32).min(116.0);
        let all = Area { height: count as f32 * (height + gap) - gap, ..region };
        let lefts = Area { width: left, ..all }.grid(1, count, gap);
        let rights = Area { x: all.x + left + between, width: all.width - left - between, ..all }.grid(1, count, gap);
        return (lefts, rights);
    }
    let height = 92.0;
    let lefts = Area { height, ..region }.grid(count, 1, GAP);
    let rights = Area { y: region.bottom() - height, height, ..region }.grid(count, 1, GAP);
    (lefts, rights)
}

fn column(
    ui: &mut Ui<'_>,
    kit: &Kit,
    places: &[Area],
    words: &[&str],
    links: &[Option<String>],
    name: impl Fn(usize) -> String,
    act: impl Fn(usize) -> (Act, bool),
) {
    let Some(first) = places.first() else { return };
    let narrow = first.width < 300.0;
    let side = if narrow { 10.0 } else { 18.0 };
    let gap = if narrow { 10.0 } else { 16.0 };
    let disc_size = (first.height - 24.0).min(if narrow { 44.0 } else { 56.0 });
    let room = first.width - 2.0 * side - disc_size - gap - 12.0 - 44.0;
    let fitted = fit_all(kit, Style::H3, kit.pick(36.0, 32.0), words.iter().copied(), room, 2);
    for (place, area) in places.iter().enumerate() {
        let (act, held) = act(place);
        let link = links.get(place).cloned().flatten();
        card(ui, kit, *area, held, act).with_children(|ui| {
            ui.spawn(Node { padding: UiRect::axes(px(side), px(0.0)), width: percent(100.0), ..blocks::row(gap) })
                .with_children(|ui| {
                    let look = if held || link.is_some() { Disc::Chosen } else { Disc::Open };
                    disc(ui, kit, disc_size, &name(place), look);
                    name_of(ui, kit, fitted, Role::Ink, words.get(place).copied().unwrap_or_default());
                    if let Some(link) = link {
                        circle(ui, kit, 40.0, kit.colour(Role::Paper2), None).with_children(|ui| {
                            letters(ui, kit, 24.0, Role::Ink, &link);
                        });
                    }
                });
        });
    }
}

/// A line of ink between two points with a dot at both ends.
fn line(ui: &mut Ui<'_>, kit: &Kit, from: Vec2, to: Vec2) {
    let (along, middle, thick) = (to - from, (from + to) / 2.0, kit.tokens.stroke("selected"));
    let length = along.length();
    ui.spawn((
        blocks::at(middle.x - length / 2.0, middle.y - thick / 2.0, length, thick),
        BackgroundColor(kit.colour(Role::Ink)),
        UiTransform::from_rotation(Rot2::radians(along.y.atan2(along.x))),
    ));
    for end in [from, to] {
        let size = 20.0;
        ui.spawn((
            Node { border_radius: BorderRadius::MAX, ..blocks::at(end.x - size / 2.0, end.y - size / 2.0, size, size) },
            BackgroundColor(kit.colour(Role::Ink)),
        ));
    }
}

/// The right pairs in the order of the left side; where the visitor joined another, it says which.
pub(in crate::scenes::quiz) fn graded(kit: &Kit, pairs: &Match) -> Vec<Graded> {
    pairs
        .lefts
        .iter()
        .enumerate()
        .map(|(left, pair)| {
            let pair = &pairs.pairs[*pair];
            let right = pairs.is_right(left);
            let linked = pairs.links.get(left).copied().flatten().and_then(|right| pairs.rights.get(right));
            let linked = linked.map_or("", |other| kit.text(&pairs.pairs[*other].right));
            Graded {
                letter: (left + 1).to_string(),
                words: format!("{} — {}", kit.text(&pair.left), kit.text(&pair.right)),
                mark: if right { Mark::Right } else { Mark::Wrong },
                end: if right { String::new() } else { kit.word_with("quiz.joined", &[("what", linked)]) },
            }
        })
        .collect()
}
