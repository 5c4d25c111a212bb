//! Text, set by the rules of the look.

use std::borrow::Cow;

use bevy::{
    prelude::*,
    text::{FontFeatureTag, FontFeatures, LetterSpacing, LineBreak, LineHeight},
};
use pingfeng_content::model::Lang;

use super::{Ui, layout};
use crate::theme::{Face, Kit, Role, Style, TypeSpec, set_text};

/// A text in a named style. It wraps at the width of its parent.
pub fn text<'a>(ui: &'a mut Ui<'_>, kit: &Kit, style: Style, role: Role, words: &str) -> EntityCommands<'a> {
    spawn(ui, kit, kit.type_spec(style), role, words)
}

/// A text in a named style at another size (px, before the visitor's text scale), where a page is drawn to measure.
pub fn text_sized<'a>(
    ui: &'a mut Ui<'_>,
    kit: &Kit,
    style: Style,
    size: f32,
    role: Role,
    words: &str,
) -> EntityCommands<'a> {
    let mut spec = kit.type_spec(style);
    spec.size *= size / kit.tokens.type_spec(kit.surface.class, style).size;
    spawn(ui, kit, spec, role, words)
}

/// Centres the lines of a text; to be inserted on what [`text`] returns.
pub fn centred() -> TextLayout {
    TextLayout::justify(Justify::Center).with_linebreak(LineBreak::WordBoundary)
}

/// A short text in the middle of `node`, on one line.
pub fn label<'a>(ui: &'a mut Ui<'_>, kit: &Kit, style: Style, size: f32, role: Role, words: &str, node: Node) -> EntityCommands<'a> {
    let mut place = ui.spawn(Node { align_items: AlignItems::Center, justify_content: JustifyContent::Center, ..node });
    place.with_children(|ui| {
        text_sized(ui, kit, style, size, role, words).insert(TextLayout::no_wrap());
    });
    place
}

/// Running text: several paragraphs parted by newlines are set with a gap between them.
pub fn paragraph<'a>(ui: &'a mut Ui<'_>, kit: &Kit, style: Style, role: Role, words: &str) -> EntityCommands<'a> {
    let mut block = ui.spawn(layout::column(kit.type_spec(style).size * 0.4));
    block.with_children(|ui| {
        for part in words.split('\n').filter(|part| !part.trim().is_empty()) {
            text(ui, kit, style, role, part);
        }
    });
    block
}

/// The source of a statement: the small square 据 and the titles. Nothing where there are none.
pub fn source_line<'a>(ui: &'a mut Ui<'_>, kit: &Kit, role: Role, titles: &str) -> EntityCommands<'a> {
    source_line_at(ui, kit, role, titles, 1.0)
}

/// The same where it is set smaller than the visitor's text scale asks for; never below the caption.
pub(crate) fn source_line_at<'a>(ui: &'a mut Ui<'_>, kit: &Kit, role: Role, titles: &str, part: f32) -> EntityCommands<'a> {
    let mut spec = kit.type_spec(Style::Caption);
    spec.size = source_px(kit, part);
    let square = (spec.size * 1.5).round();
    let mark = if role == Role::Ink2 { Role::AccentText } else { role };
    let mut line = ui.spawn(Node { align_items: AlignItems::FlexStart, ..layout::row(14.0) });
    if titles.is_empty() {
        return line;
    }
    line.with_children(|ui| {
        ui.spawn((
            Node {
                width: px(square),
                height: px(square),
                flex_shrink: 0.0,
                border: UiRect::all(px(kit.tokens.stroke("hair"))),
                border_radius: BorderRadius::all(px(3.0)),
                align_items: AlignItems::Center,
                justify_content: JustifyContent::Center,
                ..default()
            },
            BorderColor::all(kit.colour(mark)),
        ))
        .with_children(|ui| {
            let sign = TypeSpec { face: Face::Serif, size: spec.size * 0.92, leading: 1.0, tracking_em: 0.0 };
            // 据 is the sign of the source line in every language.
            spawn(ui, kit, sign, mark, "据");
        });
        spawn(ui, kit, spec, role, titles);
    });
    line
}

/// Size of a source line of which `part` is asked for, the visitor's text scale included.
pub(crate) fn source_px(kit: &Kit, part: f32) -> f32 {
    (kit.type_spec(Style::Caption).size * part).max(kit.least_px())
}

pub(super) fn spawn<'a>(ui: &'a mut Ui<'_>, kit: &Kit, spec: TypeSpec, role: Role, words: &str) -> EntityCommands<'a> {
    // Words that are not translated are shown in Chinese, and set as Chinese.
    let lang = if words.contains(['，', '。', '、']) { Lang::ZhCn } else { kit.lang };
    ui.spawn((
        Text::new(set_text(&spaced(words, lang))),
        TextFont {
            font: kit.fonts.get(spec.face).into(),
            font_size: spec.size.into(),
            font_features: features(lang),
            ..default()
        },
        LineHeight::RelativeToFont(spec.leading),
        LetterSpacing::Px(spec.size * spec.tracking_em),
        TextLayout::linebreak(LineBreak::WordBoundary),
        TextColor(kit.colour(role)),
    ))
}

/// Narrow forms make the full-width space as narrow as any other: in English, three stand between equal facts, and a
/// blank to be filled in is as wide as a word.
fn spaced(words: &str, lang: Lang) -> Cow<'_, str> {
    match lang {
        Lang::En if words.contains('\u{3000}') => {
            let blank = format!(" ({})", "\u{a0}".repeat(8));
            words.replace(" （\u{3000}）", &blank).replace("（\u{3000}）", &blank).replace('\u{3000}', " \u{a0} ").into()
        }
        _ => words.into(),
    }
}

/// ’ “ ” are as wide as a Han character in these fonts. Between Latin letters they take their narrow forms.
fn features(lang: Lang) -> FontFeatures {
    match lang {
        Lang::ZhCn => FontFeatures::default(),
        Lang::En => [FontFeatureTag::new(b"pwid")].into(),
    }
}
