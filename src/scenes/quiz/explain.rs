//! The page after an answer: the right one in pine, the visitor's other in a dashed frame, why, and after what source.

use bevy::prelude::*;

use super::{
    Act, Does, QuizScene,
    ask::{progress, stem_of},
    controls::{self, Graded, GradedLayout, graded_cells},
    rules::{Answer, Item, Label},
};
use crate::{
    blocks::{self, Button, Icon, Kind, Mount, Ui, button, picture, sheet, source_line, text_sized},
    blocks::fitting::{Area, Fitted, fit},
    theme::{Elevation, Kit, Role, Style},
};

/// How the way on is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Onward {
    /// 下一题.
    Next,
    /// 看结果: it was the last.
    Result,
    /// 返回结果: it was looked at again.
    Back,
}

const PICTURE_LEAST: f32 = 160.0;

/// Builds the page of an answered question.
pub(super) fn view(ui: &mut Ui<'_>, kit: &Kit, scene: &QuizScene, index: usize, item: &Item, onward: Onward) {
    let right = item.outcome == Some(true);
    let cells = cells_of(kit, item, right);
    let (margin, page, bar) = (kit.margin(), kit.surface.size, kit.bar_top());
    let left_width = kit.pick(page.x - 2.0 * margin, 792.0);
    let stem = stem_of(kit, item);
    let stem_fit = fit(kit, Style::H3, 40.0, &stem, left_width, 3);
    let words = Words::of(kit, item);
    let inner_width = kit.pick(page.x - 2.0 * margin - 112.0, page.x - 952.0 - margin - 128.0);
    let action = Area::new(
        kit.pick(margin, 952.0),
        bar - kit.pick(154.0, 126.0),
        kit.pick(page.x - 2.0 * margin, page.x - 952.0 - margin),
        kit.pick(104.0, 88.0),
    );

    let most = if kit.portrait() {
        let sheet = words.height(kit, inner_width) + 92.0;
        action.y - 50.0 - sheet - 40.0 - 22.0 - stem_fit.height() - 60.0 - 36.0 - PICTURE_LEAST
    } else {
        bar - 62.0 - 22.0 - stem_fit.height() - 46.0 - 30.0
    };
    let layout = GradedLayout::new(kit, &cells, left_width, most);

    // From the foot up: sheet, answers, question, progress; the picture has what is left.
    let sheet_area;
    let answers_bottom;
    if kit.portrait() {
        let bottom = action.y - 50.0;
        let above = 60.0 + stem_fit.height() + 22.0 + layout.height() + 40.0;
        let least_top = PICTURE_LEAST + 36.0 + above;
        let wanted_top = (bar - 794.0).min(bottom - words.height(kit, inner_width) - 92.0);
        let top = wanted_top.max(least_top);
        sheet_area = Area::new(margin, top, page.x - 2.0 * margin, bottom - top);
        answers_bottom = top - 40.0;
    } else {
        let height = (bar - 268.0).max(words.height(kit, inner_width) + 92.0).min(action.y - 104.0);
        sheet_area = Area::new(952.0, 80.0, page.x - 952.0 - margin, height);
        answers_bottom = bar - 62.0;
    }
    let answers_top = answers_bottom - layout.height();
    let stem_top = answers_top - 22.0 - stem_fit.height();
    let progress_top = stem_top - kit.pick(56.0, 46.0);
    let picture_area = Area::new(0.0, 0.0, kit.pick(page.x, margin + left_width), progress_top - kit.pick(32.0, 26.0));

    if let Answer::Point(point) = &item.answer {
        let room = Area::new(margin, 32.0, left_width, picture_area.height - 32.0);
        controls::point::graded_picture(ui, kit, room, point, right);
    } else if picture_area.height >= PICTURE_LEAST - 1.0 {
        // A long list of answers in landscape leaves no room for one.
        let shown = item.question.picture.as_ref().unwrap_or(&scene.quiz.picture);
        picture(ui, kit, shown, Vec2::new(picture_area.width, picture_area.height), Mount::Cover, picture_area.node());
    }
    progress(ui, kit, scene, index, Area::new(margin, progress_top, left_width, 46.0), None);
    ui.spawn(Area::new(margin, stem_top, left_width, stem_fit.height()).node()).with_children(|ui| {
        text_sized(ui, kit, Style::H3, stem_fit.size, Role::Ink, &stem);
    });
    graded_cells(ui, kit, Vec2::new(margin, answers_top), left_width, &layout, &cells);
    explanation(ui, kit, sheet_area, inner_width, &words);
    actions(ui, kit, action, onward);
}

fn cells_of(kit: &Kit, item: &Item, right: bool) -> Vec<Graded> {
    match &item.answer {
        Answer::Choice(choice) => controls::choice::graded(kit, choice),
        Answer::Fill(fill) => controls::fill::graded(kit, fill),
        Answer::Order(order) => controls::order::graded(kit, order),
        Answer::Match(pairs) => controls::matching::graded(kit, pairs),
        Answer::Point(point) => controls::point::graded(kit, point, right),
    }
}

/// What the sheet says.
struct Words {
    title: String,
    first: String,
    rest: String,
    sources: String,
}

impl Words {
    fn of(kit: &Kit, item: &Item) -> Self {
        let explain = kit.text(&item.question.explain);
        let (first, rest) = explain.split_once('\n').unwrap_or((explain, ""));
        Self {
            title: title_of(kit, item),
            first: first.to_owned(),
            rest: rest.replace('\n', ""),
            sources: kit.sources(&item.question.sources),
        }
    }

    fn fits(&self, kit: &Kit, width: f32) -> [Fitted; 4] {
        [
            fit(kit, Style::H2, kit.pick(64.0, 68.0), &self.title, width, 2),
            fit(kit, Style::Lead, kit.pick(35.0, 34.0), &self.first, width, 6),
            fit(kit, Style::Body, kit.pick(31.0, 30.0), &self.rest, width, 4),
            fit(kit, Style::Caption, kit.pick(25.0, 23.0), &self.sources, width - 60.0, 4),
        ]
    }

    /// Of everything on the sheet, without its own margins.
    fn height(&self, kit: &Kit, width: f32) -> f32 {
        let [title, first, rest, sources] = self.fits(kit, width);
        let title = if self.title.is_empty() { 0.0 } else { 22.0 + title.height() };
        let rest = if self.rest.is_empty() { 0.0 } else { 16.0 + rest.height() };
        // The lead paragraph is set a little wider than its style.
        32.0 * kit.text_scale + title + 22.0 + first.height() * (1.7 / 1.5) + rest + 60.0 + sources.height()
    }
}

/// The answer in a few words; nothing where the answer is the list above it.
fn title_of(kit: &Kit, item: &Item) -> String {
    match &item.answer {
        Answer::Choice(choice) => {
            let right: Vec<_> = choice.options.iter().filter(|option| option.right).collect();
            match right.as_slice() {
                [one] if matches!(one.label, Label::Written(_)) => controls::choice::says(kit, &one.label),
                _ => topic(kit, item),
            }
        }
        Answer::Fill(fill) => controls::fill::accepted(fill),
        Answer::Order(_) | Answer::Match(_) | Answer::Point(_) => topic(kit, item),
    }
}

fn topic(kit: &Kit, item: &Item) -> String {
    item.question.topic.as_ref().map_or_else(String::new, |topic| kit.text(topic).to_owned())
}

fn explanation(ui: &mut Ui<'_>, kit: &Kit, area: Area, width: f32, words: &Words) {
    let [title, first, rest, sources] = words.fits(kit, width);
    // A sheet with room to spare keeps the air of the look; a full one gives it up.
    let spare = area.height - words.height(kit, width);
    let top = (spare * 0.42).clamp(32.0, kit.pick(46.0, 92.0));
    let side = kit.pick(56.0, 64.0);
    sheet(
        ui,
        kit,
        Elevation::Sheet2,
        Node {
            flex_direction: FlexDirection::Column,
            padding: UiRect { left: px(side), right: px(side), top: px(top), bottom: px(24.0) },
            overflow: Overflow::clip(),
            ..area.node()
        },
    )
    .with_children(|ui| {
        text_sized(ui, kit, Style::Strong, kit.pick(32.0, 30.0), Role::AccentText, &kit.word("quiz.explanation"))
            .insert(bevy::text::LineHeight::RelativeToFont(1.0));
        let block = |ui: &mut Ui<'_>, above: f32, style: Style, size: f32, role: Role, leading: f32, text: &str| {
            if !text.is_empty() {
                ui.spawn(Node { margin: UiRect::top(px(above)), ..default() }).with_children(|ui| {
                    text_sized(ui, kit, style, size, role, text)
                        .insert(bevy::text::LineHeight::RelativeToFont(leading));
                });
            }
        };
        block(ui, 22.0, Style::H2, title.size, Role::Ink, 1.28, &words.title);
        block(ui, kit.pick(18.0, 22.0), Style::Lead, first.size, Role::Ink, 1.7, &words.first);
        block(ui, kit.pick(14.0, 18.0), Style::Body, rest.size, Role::Ink2, 1.7, &words.rest);
        let gap = if spare > 160.0 { kit.pick(26.0, 40.0) } else { 20.0 };
        ui.spawn((
            Node {
                margin: UiRect::top(px(gap)),
                padding: UiRect::top(px(gap - 4.0)),
                border: UiRect::top(px(kit.tokens.stroke("hair"))),
                ..default()
            },
            BorderColor::all(kit.colour(Role::Line)),
        ))
        .with_children(|ui| {
            let _ = sources;
            source_line(ui, kit, Role::Ink2, &words.sources);
        });
    });
}

fn actions(ui: &mut Ui<'_>, kit: &Kit, area: Area, onward: Onward) {
    let (word, kind, after, before) = match onward {
        Onward::Next => ("quiz.next_question", Kind::Main, Some(Icon::Next), None),
        Onward::Result => ("quiz.see_result", Kind::Main, Some(Icon::Next), None),
        Onward::Back => ("quiz.back_to_result", Kind::Main, None, Some(Icon::Previous)),
    };
    button(ui, kit, area.node(), Button { label: &kit.word(word), kind, before, after, ..default() }).insert(Does(Act::Next));
}

/// A page that could not be made: nothing of the quiz can be asked.
pub(super) fn nothing_to_ask(ui: &mut Ui<'_>, kit: &Kit, scene: &QuizScene) {
    let (page, bar) = (kit.surface.size, kit.bar_top());
    let height = bar * 0.5;
    picture(
        ui,
        kit,
        &scene.quiz.picture,
        Vec2::new(page.x, height),
        Mount::Cover,
        Area::new(0.0, 0.0, page.x, height).node(),
    );
    ui.spawn(Node { left: px(kit.margin()), right: px(kit.margin()), top: px(height + 72.0), ..blocks::absolute() })
        .with_children(|ui| {
            blocks::text(ui, kit, Style::H3, Role::Ink, &kit.word("notice.content_missing"));
        });
    let area =
        Area::new(kit.margin(), bar - kit.pick(154.0, 118.0), page.x - 2.0 * kit.margin(), kit.pick(104.0, 88.0));
    button(ui, kit, area.node(), Button { label: &kit.word("quiz.go_on"), kind: Kind::Main, ..default() })
        .insert(Does(Act::GoOn));
}
