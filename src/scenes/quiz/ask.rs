//! The question page: picture, progress, the question, and what to answer with. 提交答案 lies where it always lies.

use bevy::prelude::*;

use super::{
    Act, Does, QuizScene,
    controls::{self, GAP},
    rules::{Answer, Edit, Item},
};
use crate::{
    blocks::{self, Button, Kind, Mount, Ui, button, picture, text_sized},
    blocks::fitting::{Area, Fitted, fit, width},
    theme::{Kit, Role, Style},
};

/// Below this height the picture is a strip that says nothing.
const PICTURE_LEAST: f32 = 200.0;

/// Where the parts of a question page lie.
pub(super) struct AskLayout {
    picture: Area,
    progress: Area,
    stem: Area,
    stem_fit: Fitted,
    hint: Option<Vec2>,
    /// What the visitor answers with.
    pub(super) region: Area,
    arrows: Option<Area>,
    action: Area,
}

impl AskLayout {
    pub(super) fn new(kit: &Kit, answer: &Answer, stem: &str) -> Self {
        let (margin, page, bar) = (kit.margin(), kit.surface.size, kit.bar_top());
        let width = page.x - 2.0 * margin;
        let action = Area::new(margin, bar - kit.pick(154.0, 118.0), width, kit.pick(104.0, 88.0));
        if let (false, Answer::Point(_)) = (kit.portrait(), answer) {
            return Self::beside(kit, stem, action);
        }
        let most = Area::new(margin, bar - kit.pick(808.0, 396.0), width, kit.pick(618.0, 252.0));
        // What is answered with stands right above 提交答案; what it does not need goes to the picture.
        let height = needed(kit, most, answer).min(most.height);
        let top = most.bottom() - height;
        let region = Area { y: top, height, ..most };
        let hinted = hint_key(answer).is_some() && kit.portrait();
        // A question that an author has broken by hand keeps those lines and no others.
        let lines = if stem.contains('\n') { stem.lines().count() } else { kit.pick(4, 2) };
        let stem_fit = fit(kit, Style::H2, kit.pick(STEM_PX, 54.0), stem, width, lines);
        let stem_fit = Fitted { line_px: stem_fit.line_px * LEADING, ..stem_fit };
        let hint_height = if hinted { kit.type_spec(Style::Small).size * 1.5 + 4.0 } else { 0.0 };
        let stem_bottom = top - kit.pick(if hinted { 20.0 } else { 46.0 }, 36.0) - hint_height;
        let stem_top = stem_bottom - stem_fit.height();
        let progress_top = stem_top - kit.pick(68.0, 58.0) - 14.0 * (kit.text_scale - 1.0);
        let picture_height = (progress_top - kit.pick(48.0, 24.0)).max(PICTURE_LEAST);
        Self {
            picture: Area::new(0.0, 0.0, page.x, picture_height),
            progress: Area::new(margin, progress_top, width, 46.0 * kit.text_scale),
            stem: Area::new(margin, stem_top, width, stem_fit.height()),
            stem_fit,
            hint: hinted.then(|| Vec2::new(margin, stem_bottom + 4.0)),
            region,
            arrows: None,
            action,
        }
    }

    /// Landscape with a picture to be touched: the question left, the picture right.
    fn beside(kit: &Kit, stem: &str, action: Area) -> Self {
        let (margin, bar) = (kit.margin(), kit.bar_top());
        let width = 792.0;
        let arrows = Area::new(margin, action.y - 118.0, width, 88.0);
        let stem_fit = fit(kit, Style::H2, 48.0, stem, width, 3);
        let stem_fit = Fitted { line_px: stem_fit.line_px * LEADING, ..stem_fit };
        let hint_top = arrows.y - 24.0 - kit.type_spec(Style::Small).size * 3.0;
        let stem_top = hint_top - 10.0 - stem_fit.height();
        let progress_top = stem_top - 58.0;
        let right = margin + width + 80.0;
        Self {
            picture: Area::new(0.0, 0.0, margin + width, (progress_top - 24.0).max(PICTURE_LEAST)),
            progress: Area::new(margin, progress_top, width, 46.0),
            stem: Area::new(margin, stem_top, width, stem_fit.height()),
            stem_fit,
            hint: Some(Vec2::new(margin, hint_top)),
            region: Area::new(right, 64.0, kit.surface.size.x - right - margin, bar - 64.0 - 158.0),
            arrows: Some(arrows),
            action,
        }
    }
}

/// How much of the region an answer needs.
fn needed(kit: &Kit, most: Area, answer: &Answer) -> f32 {
    match answer {
        Answer::Choice(choice) => controls::choice::height(kit, most, choice),
        Answer::Order(order) => {
            controls::order::places(kit, most, order.row.len()).last().map_or(0.0, |last| last.bottom() - most.y)
        }
        Answer::Point(point) => controls::point::height(kit, most, point),
        Answer::Match(pairs) => controls::matching::height(kit, most, pairs),
        Answer::Fill(_) => most.height,
    }
}

/// Between two dashes of the progress, px.
const DASH_GAP: f32 = 12.0;
/// A question in portrait, px, and the share of it down to which its lines are kept as the author broke them.
const STEM_PX: f32 = 58.0;
const STEM_SMALLEST: f32 = 0.8;
/// Questions are set wider than titles.
const LEADING: f32 = 1.42 / 1.28;

/// Builds the page of an open question.
pub(super) fn view(ui: &mut Ui<'_>, kit: &Kit, scene: &QuizScene, index: usize, item: &Item, complete: bool) {
    let stem = stem_of(kit, item);
    let layout = AskLayout::new(kit, &item.answer, &stem);
    let shown = item.question.picture.as_ref().unwrap_or(&scene.quiz.picture);
    picture(
        ui,
        kit,
        shown,
        Vec2::new(layout.picture.width, layout.picture.height),
        Mount::Cover,
        layout.picture.node(),
    );
    let hint = hint_key(&item.answer).map(|key| hint_words(kit, key, &item.answer));
    progress(ui, kit, scene, index, layout.progress, if layout.hint.is_none() { hint.as_deref() } else { None });
    ui.spawn(layout.stem.node()).with_children(|ui| {
        text_sized(ui, kit, Style::H2, layout.stem_fit.size, Role::Ink, &stem)
            .insert(bevy::text::LineHeight::RelativeToFont(1.42));
    });
    if let (Some(at), Some(hint)) = (layout.hint, &hint) {
        ui.spawn(Node { left: px(at.x), top: px(at.y), width: px(layout.stem.width), ..blocks::absolute() })
            .with_children(|ui| {
                blocks::text(ui, kit, Style::Small, Role::Ink2, hint);
            });
    }
    match &item.answer {
        Answer::Choice(choice) => controls::choice::ask(ui, kit, layout.region, choice),
        Answer::Fill(fill) => controls::fill::ask(ui, kit, layout.region, fill),
        Answer::Order(order) => controls::order::ask(ui, kit, layout.region, order),
        Answer::Match(pairs) => controls::matching::ask(ui, kit, layout.region, pairs),
        Answer::Point(point) => {
            controls::point::ask(ui, kit, layout.region, point);
            if let Some(arrows) = layout.arrows {
                controls::point::arrows(ui, kit, arrows, point);
            }
        }
    }
    actions(ui, kit, layout.action, item, complete);
}

fn actions(ui: &mut Ui<'_>, kit: &Kit, area: Area, item: &Item, complete: bool) {
    let submit = kit.word("quiz.submit");
    let kind = if complete { Kind::Main } else { Kind::Off };
    let Answer::Order(order) = &item.answer else {
        button(ui, kit, area.node(), Button { label: &submit, kind, ..default() }).insert(Does(Act::Submit));
        return;
    };
    // The three that move cards stand left of it; each is in its place even while it has nothing to do.
    let places = controls::action_row(area, 4, kit.pick(168.0, 220.0));
    let last = order.row.len().saturating_sub(1);
    let small = [
        ("quiz.undo", Edit::Undo, !order.undo.is_empty()),
        ("quiz.move_up", Edit::Step(-1), order.held.is_some_and(|held| held > 0)),
        ("quiz.move_down", Edit::Step(1), order.held.is_some_and(|held| held < last)),
    ];
    for ((word, edit, possible), place) in small.into_iter().zip(&places) {
        let kind = if possible { Kind::Plain } else { Kind::Off };
        fitted_button(ui, kit, *place, &kit.word(word), kind, Act::Edit(edit));
    }
    if let Some(place) = places.last() {
        fitted_button(ui, kit, *place, &submit, kind, Act::Submit);
    }
}

/// A button whose label is made to fit a narrow place.
pub(super) fn fitted_button(ui: &mut Ui<'_>, kit: &Kit, place: Area, label: &str, kind: Kind, act: Act) {
    let wanted = kit.pick(38.0, 32.0);
    let fitted = fit(kit, Style::Button, wanted, label, place.width - 36.0, 1);
    button(ui, kit, place.node(), Button { label: "", kind, ..default() }).insert(Does(act)).with_children(|ui| {
        let role = match kind {
            Kind::Main => Role::OnAccent,
            Kind::Plain => Role::Ink,
            Kind::Off => Role::InkOff,
        };
        text_sized(ui, kit, Style::Button, fitted.size, role, label)
            .insert(TextLayout::linebreak(bevy::text::LineBreak::NoWrap));
    });
}

/// `万里长征　第 3 题，共 5 题` and a dash for every question.
pub(super) fn progress(ui: &mut Ui<'_>, kit: &Kit, scene: &QuizScene, index: usize, area: Area, hint: Option<&str>) {
    let total = scene.run.as_ref().map_or(0, |run| run.items.len());
    let mut words = format!(
        "{}　{}",
        kit.text(&scene.quiz.title),
        kit.word_with("quiz.progress", &[("n", &(index + 1).to_string()), ("total", &total.to_string())])
    );
    if let Some(hint) = hint {
        words = format!("{words}　　{hint}");
    }
    // Many dashes get shorter: they never take more than half of the line.
    let dash = ((area.width * 0.5).min(608.0) / total.max(1) as f32 - DASH_GAP).clamp(6.0, 64.0);
    let row_width = total as f32 * (dash + DASH_GAP);
    let size = fit(kit, Style::Small, kit.pick(30.0, 27.0), &words, area.width - row_width - GAP, 1).size;
    ui.spawn(Node { align_items: AlignItems::Center, justify_content: JustifyContent::SpaceBetween, ..area.node() })
        .with_children(|ui| {
            text_sized(ui, kit, Style::Small, size, Role::Ink2, &words)
                .insert(TextLayout::linebreak(bevy::text::LineBreak::NoWrap));
            ui.spawn(blocks::row(DASH_GAP)).with_children(|ui| {
                for place in 0..total {
                    let role = match place.cmp(&index) {
                        std::cmp::Ordering::Less => Role::Ink2,
                        std::cmp::Ordering::Equal => Role::Accent,
                        std::cmp::Ordering::Greater => Role::Line,
                    };
                    ui.spawn((
                        Node {
                            width: px(dash),
                            height: px(14.0),
                            border_radius: BorderRadius::all(px(2.0)),
                            ..default()
                        },
                        BackgroundColor(kit.colour(role)),
                    ));
                }
            });
        });
}

/// The question; breaks made by hand are for portrait pages, where the lines between them are not too long.
pub(super) fn stem_of(kit: &Kit, item: &Item) -> String {
    let stem = kit.text(&item.question.stem);
    let room = kit.surface.size.x - 2.0 * kit.margin();
    let fits = |line: &str| width(kit, Style::H2, STEM_PX * STEM_SMALLEST, line) <= room;
    if kit.portrait() && stem.split('\n').all(fits) { stem.to_owned() } else { unbroken(kit, stem) }
}

/// Without the breaks made by hand.
pub(super) fn unbroken(kit: &Kit, stem: &str) -> String {
    stem.replace('\n', if kit.lang == pingfeng_content::Lang::ZhCn { "" } else { " " })
}

fn hint_key(answer: &Answer) -> Option<&'static str> {
    match answer {
        Answer::Choice(choice) => choice.many.then_some("quiz.choose_all"),
        Answer::Fill(_) => Some("quiz.fill_hint"),
        Answer::Order(_) => Some("quiz.order_hint"),
        Answer::Match(_) => Some("quiz.match_hint"),
        Answer::Point(point) if point.tolerance_km().is_some() => Some("quiz.map_hint"),
        Answer::Point(_) => Some("quiz.hotspot_hint"),
    }
}

fn hint_words(kit: &Kit, key: &str, answer: &Answer) -> String {
    let km = match answer {
        Answer::Point(point) => point.tolerance_km().map_or_else(String::new, |km| format!("{km:.0}")),
        _ => String::new(),
    };
    let key = if key == "quiz.match_hint" { kit.pick("quiz.match_hint", "quiz.match_hint_rows") } else { key };
    kit.word_with(key, &[("km", &km)])
}
