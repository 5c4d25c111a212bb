//! How it went: a number, five ranges, and the questions one by one. Nothing is praised and nobody is ranked.

use bevy::prelude::*;
use pingfeng_content::{Lang, ThemeName};

use super::{
    Act, Does, QuizScene,
    ask::{stem_of, unbroken},
    controls::{circle, end_word},
    dashed::dashed_frame,
    ranges::ranges,
    rules::{Item, Run},
};
use crate::{
    blocks::{self, Button, Icon, Kind, Mount, PressLook, Ui, button, elevation, icon, picture, sheet, text_sized},
    input::Touchable,
    blocks::fitting::{Area, fit, fit_all},
    theme::{Elevation, Kit, Role, Style},
};

/// Rows of a page of the list.
const ROWS: usize = 5;
/// Rows of a page where there are several: the fifth place has the keys that turn pages.
const ROWS_PAGED: usize = 4;

/// Builds the result.
pub(super) fn view(ui: &mut Ui<'_>, kit: &Kit, scene: &QuizScene, run: &Run) {
    let (margin, page, bar) = (kit.margin(), kit.surface.size, kit.bar_top());
    let hero = kit.pick(Area::new(0.0, 0.0, page.x, bar - 880.0), Area::new(0.0, 0.0, 900.0, bar));
    let list = kit.pick(
        Area::new(margin, bar - 844.0, page.x - 2.0 * margin, 642.0),
        Area::new(972.0, 76.0, page.x - 972.0 - margin, 440.0),
    );
    let action = Area::new(list.x, bar - kit.pick(154.0, 122.0), list.width, kit.pick(104.0, 88.0));
    // On solemn days nothing is counted and nothing stands in colour.
    let counted = kit.theme != ThemeName::Su;
    if counted {
        ranges(ui, hero, run.ranges());
        headline(ui, kit, scene, run, hero);
    } else {
        let shown = &scene.quiz.picture;
        picture(ui, kit, shown, Vec2::new(hero.width, hero.height), Mount::Cover, hero.node());
    }
    rows(ui, kit, scene, run, list);
    if !kit.portrait() {
        // Where the list has keys that turn its pages, they lie below the reach line and the tip makes room.
        let height = if list_pages(run.items.len()) > 1 { 152.0 } else { 232.0 };
        tip(ui, kit, scene, run, Area::new(list.x, bar - 158.0 - height, list.width, height));
    }
    let places = action.grid(2, 1, 24.0);
    if let [again, go_on] = places.as_slice() {
        button(ui, kit, again.node(), Button { label: &kit.word("quiz.again"), ..default() }).insert(Does(Act::Again));
        button(ui, kit, go_on.node(), Button { label: &kit.word("quiz.go_on"), kind: Kind::Main, ..default() })
            .insert(Does(Act::GoOn));
    }
}

fn headline(ui: &mut Ui<'_>, kit: &Kit, scene: &QuizScene, run: &Run, hero: Area) {
    let width = hero.width * 0.62;
    let above = kit.word_with(
        "quiz.result_of",
        &[("title", kit.text(&scene.quiz.title)), ("total", &figure(kit, run.items.len()))],
    );
    let result = kit.word("quiz.result");
    let (before, after) = result.split_once("{n}").unwrap_or((&result, ""));
    let coloured = run.ranges().iter().filter(|lit| **lit).count();
    let key = if coloured == 0 { "quiz.result_no_range" } else { "quiz.result_ranges" };
    let below = kit.word_with(key, &[("total", &figure(kit, run.ranges().len())), ("n", &figure(kit, coloured))]);
    ui.spawn(Node {
        left: px(kit.margin()),
        top: px(kit.pick(96.0, 72.0)),
        width: px(width),
        flex_direction: FlexDirection::Column,
        ..blocks::absolute()
    })
    .with_children(|ui| {
        let small = kit.pick(34.0, 30.0);
        let size = fit(kit, Style::Lead, small, &above, width, 1).size;
        text_sized(ui, kit, Style::Lead, size, Role::Ink2, &above);
        ui.spawn(Node { align_items: AlignItems::Baseline, column_gap: px(22.0), ..default() }).with_children(|ui| {
            let words = kit.pick(76.0, 62.0);
            let word = |ui: &mut Ui<'_>, text: &str| {
                if !text.trim().is_empty() {
                    text_sized(ui, kit, Style::H2, words, Role::Ink, text.trim())
                        .insert(TextLayout::linebreak(bevy::text::LineBreak::NoWrap));
                }
            };
            word(ui, before);
            text_sized(ui, kit, Style::Numeral, kit.pick(190.0, 160.0), Role::AccentText, &run.right().to_string())
                .insert(bevy::text::LineHeight::RelativeToFont(1.0));
            word(ui, after);
        });
        let size = fit(kit, Style::Lead, small, &below, width, 2).size;
        ui.spawn(Node { margin: UiRect::top(px(10.0)), ..default() }).with_children(|ui| {
            text_sized(ui, kit, Style::Lead, size, Role::Ink, &below);
        });
    });
}

/// A figure as the language writes it in running text: 五, or 5.
fn figure(kit: &Kit, n: usize) -> String {
    if kit.lang != Lang::ZhCn {
        return n.to_string();
    }
    let digit = |n: usize| kit.word(&format!("number.{n}"));
    match n {
        // Before a measure word two is 两.
        2 => kit.word("number.two"),
        0..=10 => digit(n),
        11..=19 => format!("{}{}", digit(10), digit(n - 10)),
        20..=99 => {
            let ones = if n.is_multiple_of(10) { String::new() } else { digit(n % 10) };
            format!("{}{}{ones}", digit(n / 10), digit(10))
        }
        _ => n.to_string(),
    }
}

/// Pages that the list has.
pub(super) fn list_pages(count: usize) -> usize {
    if count <= ROWS { 1 } else { count.div_ceil(ROWS_PAGED) }
}

fn rows(ui: &mut Ui<'_>, kit: &Kit, scene: &QuizScene, run: &Run, list: Area) {
    let pages = list_pages(run.items.len());
    let (first, count) = if pages == 1 { (0, ROWS) } else { (scene.list_page * ROWS_PAGED, ROWS_PAGED) };
    let gap = kit.pick(18.0, 0.0);
    let places = list.grid(1, ROWS, gap);
    let names: Vec<String> = run.items.iter().map(|item| name(kit, item)).collect();
    // The same size on every page of the list.
    let room = list.width - kit.pick(68.0, 20.0) - 56.0 - 28.0 - 28.0 * 5.0 * kit.text_scale;
    let fitted = fit_all(kit, Style::Body, kit.pick(33.0, 29.0), names.iter().map(String::as_str), room, 2);
    for (index, place) in (first..run.items.len()).take(count).zip(&places) {
        row(ui, kit, run, index, *place, &names[index], fitted.size);
    }
    if pages > 1
        && let Some(last) = places.last()
    {
        let place = kit.pick(*last, Area { y: kit.bar_top() - 406.0, ..*last });
        pager(ui, kit, scene.list_page, pages, place);
    }
}

fn row(ui: &mut Ui<'_>, kit: &Kit, run: &Run, index: usize, place: Area, words: &str, size: f32) {
    let right = run.items[index].outcome == Some(true);
    let portrait = kit.portrait();
    let mut node = Node { align_items: AlignItems::Center, column_gap: px(28.0), ..place.node() };
    let mut entity = if portrait {
        node.padding = UiRect::axes(px(34.0), px(0.0));
        node.border_radius = BorderRadius::all(px(kit.tokens.radius("button")));
        node.border = UiRect::all(px(if right { 0.0 } else { kit.tokens.stroke("control") }));
        ui.spawn((node, BackgroundColor(kit.colour(Role::Sheet)), elevation(kit, Elevation::Sheet1)))
    } else {
        node.padding = UiRect::axes(px(10.0), px(0.0));
        node.border = UiRect::bottom(px(kit.tokens.stroke("hair")));
        ui.spawn((node, BorderColor::all(kit.colour(Role::Line))))
    };
    if portrait && !right {
        let look = PressLook::sheet(kit, Elevation::Sheet1, kit.colour(Role::Sheet));
        entity.insert((BorderColor::all(kit.colour(Role::Wrong)), Touchable, Does(Act::Review(index)), look));
    }
    entity.with_children(|ui| {
        if right {
            circle(ui, kit, 56.0, kit.colour(Role::Correct), None).with_children(|ui| {
                icon(ui, kit, Icon::Right, 32.0, Role::OnCorrect);
            });
        } else {
            circle(ui, kit, 56.0, Color::NONE, None).with_children(|ui| {
                dashed_frame(ui, 56.0, Role::Wrong);
                icon(ui, kit, Icon::Wrong, 32.0, Role::Wrong);
            });
        }
        ui.spawn(Node { flex_grow: 1.0, flex_shrink: 1.0, min_width: px(0.0), ..default() }).with_children(|ui| {
            text_sized(ui, kit, Style::Body, size, Role::Ink, words)
                .insert(bevy::text::LineHeight::RelativeToFont(1.35));
        });
        let end = kit.pick(27.0, 27.0);
        match (right, portrait) {
            (true, _) => end_word(ui, kit, Style::Small, end, Role::Correct, &kit.word("quiz.answered_right")),
            (false, true) => {
                end_word(ui, kit, Style::Strong, end, Role::AccentText, &kit.word("quiz.see_explanation"));
                icon(ui, kit, Icon::Next, 34.0, Role::AccentText).entry::<Node>().and_modify(|mut node| {
                    node.margin = UiRect::left(px(-18.0));
                });
            }
            (false, false) => end_word(ui, kit, Style::Strong, end, Role::AccentText, &kit.word("quiz.answered_wrong")),
        }
    });
}

fn pager(ui: &mut Ui<'_>, kit: &Kit, page: usize, pages: usize, place: Area) {
    let place = Area { height: place.height.min(kit.pick(104.0, 80.0)), ..place };
    let keys = Area { width: 240.0, ..place };
    let kind = |possible: bool| if possible { Kind::Plain } else { Kind::Off };
    let words = kit.word_with("page.position", &[("n", &(page + 1).to_string()), ("total", &pages.to_string())]);
    super::ask::fitted_button(
        ui,
        kit,
        keys,
        &kit.word("page.previous"),
        kind(page > 0),
        Act::ListPage(page.saturating_sub(1)),
    );
    let last = Area { x: place.x + place.width - 240.0, ..keys };
    super::ask::fitted_button(ui, kit, last, &kit.word("page.next"), kind(page + 1 < pages), Act::ListPage(page + 1));
    ui.spawn(Node { align_items: AlignItems::Center, justify_content: JustifyContent::Center, ..place.node() })
        .with_children(|ui| {
            blocks::text(ui, kit, Style::Small, Role::Ink2, &words);
        });
}

/// In landscape the list lies above the reach line; what can be looked at again is offered below it, one after another.
fn tip(ui: &mut Ui<'_>, kit: &Kit, scene: &QuizScene, run: &Run, area: Area) {
    let wrong = |index: &usize| run.items[*index].outcome == Some(false);
    let all: Vec<usize> = (0..run.items.len()).filter(wrong).collect();
    let Some(index) = all.iter().find(|index| !scene.reviewed.contains(index)).or(all.first()).copied() else { return };
    sheet(
        ui,
        kit,
        Elevation::Sheet2,
        Node {
            align_items: AlignItems::Center,
            column_gap: px(40.0),
            padding: UiRect::axes(px(48.0), px(0.0)),
            ..area.node()
        },
    )
    .with_children(|ui| {
        let room = area.width - 96.0 - 40.0 - 246.0;
        ui.spawn(Node {
            flex_direction: FlexDirection::Column,
            row_gap: px(6.0),
            flex_grow: 1.0,
            min_width: px(0.0),
            ..default()
        })
        .with_children(|ui| {
            let title = kit.word_with("quiz.look_again", &[("n", &(index + 1).to_string())]);
            let size = fit(kit, Style::H3, 40.0, &title, room, 2).size;
            text_sized(ui, kit, Style::H3, size, Role::Ink, &title);
            let words = name(kit, &run.items[index]);
            let size = fit(kit, Style::Small, 28.0, &words, room, 2).size;
            text_sized(ui, kit, Style::Small, size, Role::Ink2, &words);
        });
        let label = kit.word("quiz.see_explanation");
        let node = Node { width: px(246.0), height: px(88.0), flex_shrink: 0.0, ..default() };
        button(ui, kit, node, Button { label: &label, after: Some(Icon::Next), ..default() })
            .insert(Does(Act::Review(index)));
    });
}

/// What a question is about, in a row.
fn name(kit: &Kit, item: &Item) -> String {
    match &item.question.topic {
        Some(topic) => kit.text(topic).to_owned(),
        None => unbroken(kit, &stem_of(kit, item)),
    }
}
