//! The open card: a year, a title, one paragraph, its source.

use bevy::prelude::*;

use super::{Ui, absolute, layout, sheet, source_line, text_height, text_sized};
use crate::theme::{Elevation, Kit, Role, Style};

/// What a card says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Card<'a> {
    /// Large, in the accent: 1935.
    pub year: &'a str,
    /// Quiet, beside the year: 1月15日至17日　贵州遵义.
    pub when: &'a str,
    /// The title.
    pub title: &'a str,
    /// One paragraph.
    pub text: &'a str,
    /// Titles of the sources.
    pub sources: &'a str,
}

/// Where a card may lie: it begins at `top` and grows down to `bottom`; a longer one begins higher, up to `top_min`, and
/// covers more of the picture. Only when that is not enough the paragraph is set smaller. The source always stays.
#[derive(Clone, Copy, Debug)]
pub struct CardPlace {
    /// Left edge, px.
    pub left: f32,
    /// Width, px.
    pub width: f32,
    /// Upper edge of a short card.
    pub top: f32,
    /// Upper edge of the longest card.
    pub top_min: f32,
    /// The lowest the card may reach.
    pub bottom: f32,
}

/// A card.
pub fn card<'a>(ui: &'a mut Ui<'_>, kit: &Kit, words: Card<'_>, place: CardPlace) -> EntityCommands<'a> {
    let (pad_x, pad_top, pad_bottom) = kit.pick((56.0, 52.0, 44.0), (52.0, 44.0, 40.0));
    let (title_px, year_px) = kit.pick((64.0, 100.0), (56.0, 88.0));
    let inner = place.width - 2.0 * pad_x;
    let (gap_title, gap_text, gap_source) = kit.pick((20.0, 20.0, 26.0), (14.0, 16.0, 20.0));
    let has_date = !(words.year.is_empty() && words.when.is_empty());
    // 1934—1936 is as wide as three years: it leaves the quiet line the next row.
    let year_px = if words.year.chars().count() > 4 { year_px * 0.72 } else { year_px };
    let title_scale = kit.type_spec(Style::H2).size / kit.tokens.type_spec(kit.surface.class, Style::H2).size;
    let title_height = text_height_at(words.title, inner, title_px * title_scale) * 1.28;
    let source_height = if words.sources.is_empty() { 0.0 } else { text_height(kit, Style::Caption, words.sources, inner - 52.0) + gap_source };
    let mut when_words = words.when.to_owned();
    let date_height = if has_date {
        let year_width = words.year.chars().count() as f32 * year_px * 0.56;
        // A day and a place that do not fit on one line are parted where they meet.
        let room = (inner - year_width - 24.0).max(120.0);
        if text_height_at(&when_words, room, kit.type_spec(Style::Small).size * 32.0 / 27.0) > kit.type_spec(Style::Small).size * 1.3 {
            when_words = when_words.replace('　', "\n");
        }
        let when = text_height(kit, Style::Small, &when_words, room);
        when.max(if words.year.is_empty() { 0.0 } else { year_px }) + gap_title
    } else {
        0.0
    };
    let rest = pad_top + pad_bottom + date_height + title_height + source_height + if words.text.is_empty() { 0.0 } else { gap_text };
    let text_needs = if words.text.is_empty() { 0.0 } else { text_height(kit, Style::Body, words.text, inner) };
    let top = place.top.min(place.bottom - rest - text_needs).max(place.top_min);
    let text_room = place.bottom - top - rest;
    // Both the width and the height of the letters shrink.
    let shrink = if text_needs > text_room { (text_room / text_needs).max(0.3).sqrt() } else { 1.0 };
    let body = kit.tokens.type_spec(kit.surface.class, Style::Body).size * shrink;
    let mut entity = sheet(
        ui,
        kit,
        Elevation::Sheet2,
        Node {
            left: px(place.left),
            top: px(top),
            width: px(place.width),
            max_height: px(place.bottom - top),
            padding: UiRect { left: px(pad_x), right: px(pad_x), top: px(pad_top), bottom: px(pad_bottom) },
            flex_direction: FlexDirection::Column,
            ..absolute()
        },
    );
    entity.with_children(|ui| {
        if has_date {
            ui.spawn(Node { align_items: AlignItems::Baseline, margin: UiRect::bottom(px(gap_title)), ..layout::row(24.0) })
                .with_children(|ui| {
                    if !words.year.is_empty() {
                        text_sized(ui, kit, Style::Numeral, year_px, Role::AccentText, words.year)
                            .insert((TextLayout::no_wrap(), bevy::text::LineHeight::RelativeToFont(1.0)));
                    }
                    if !words.when.is_empty() {
                        text_sized(ui, kit, Style::Small, 32.0, Role::Ink2, &when_words)
                            .insert(Node { flex_shrink: 1.0, ..default() });
                    }
                });
        }
        text_sized(ui, kit, Style::H2, title_px, Role::Ink, words.title);
        if !words.text.is_empty() {
            text_sized(ui, kit, Style::Body, body, Role::Ink, words.text)
                .insert(Node { margin: UiRect::top(px(gap_text)), ..default() });
        }
        if !words.sources.is_empty() {
            ui.spawn(Node { margin: UiRect::top(px(gap_source)), flex_shrink: 0.0, ..default() }).with_children(|ui| {
                source_line(ui, kit, Role::Ink2, words.sources);
            });
        }
    });
    entity
}

/// Lines of a title times its size.
fn text_height_at(words: &str, width: f32, size: f32) -> f32 {
    let em: f32 = words.chars().map(|c| if c.is_ascii() { 0.56 } else { 1.04 }).sum();
    (em * size / width).ceil().max(1.0) * size
}
