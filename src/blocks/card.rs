//! The open card: a year, a title, one paragraph, its source.

use bevy::prelude::*;

use super::{Ui, absolute, fitting, layout, sheet, source_line_at, source_px, text_height, text_height_at, text_sized};
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
    let inner = place.width - 2.0 * pad_x;
    let gaps = kit.pick((20.0, 20.0, 26.0), (14.0, 16.0, 20.0));
    let wide = Head::new(kit, &words, inner, gaps.0, false);
    let source_height = |part: f32| {
        let height = text_height_at(kit, Style::Caption, source_px(kit, part), words.sources, inner - 52.0);
        if words.sources.is_empty() { 0.0 } else { height + gaps.2 }
    };
    let fixed = pad_top + pad_bottom + if words.text.is_empty() { 0.0 } else { gaps.1 };
    let text_needs = if words.text.is_empty() { 0.0 } else { text_height(kit, Style::Body, words.text, inner) };
    // A title that takes two lines and the source are set smaller before the paragraph is.
    let fits = fixed + wide.height + source_height(1.0) + text_needs <= place.bottom - place.top_min;
    let (head, source_part) = if fits { (wide, 1.0) } else { (Head::new(kit, &words, inner, gaps.0, true), 0.0) };
    let rest = fixed + head.height + source_height(source_part);
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
        if head.dated {
            ui.spawn(Node { align_items: AlignItems::Baseline, margin: UiRect::bottom(px(gaps.0)), ..layout::row(24.0) })
                .with_children(|ui| {
                    if !words.year.is_empty() {
                        text_sized(ui, kit, Style::Numeral, head.year_px, Role::AccentText, words.year)
                            .insert((TextLayout::no_wrap(), bevy::text::LineHeight::RelativeToFont(1.0)));
                    }
                    if !words.when.is_empty() {
                        text_sized(ui, kit, Style::Small, head.when_px, Role::Ink2, &head.when)
                            .insert(Node { flex_shrink: 1.0, ..default() });
                    }
                });
        }
        text_sized(ui, kit, Style::H2, head.title_px, Role::Ink, words.title);
        if !words.text.is_empty() {
            text_sized(ui, kit, Style::Body, body, Role::Ink, words.text)
                .insert(Node { margin: UiRect::top(px(gaps.1)), ..default() });
        }
        if !words.sources.is_empty() {
            ui.spawn(Node { margin: UiRect::top(px(gaps.2)), flex_shrink: 0.0, ..default() }).with_children(|ui| {
                source_line_at(ui, kit, Role::Ink2, words.sources, source_part);
            });
        }
    });
    entity
}

/// Year, day and title of a card, and what they take.
struct Head {
    dated: bool,
    year_px: f32,
    when: String,
    when_px: f32,
    title_px: f32,
    height: f32,
}

impl Head {
    /// `tight`: the title on one line, day and place on two at most.
    fn new(kit: &Kit, words: &Card<'_>, inner: f32, gap: f32, tight: bool) -> Self {
        let (title_px, year_px) = kit.pick((64.0, 100.0), (56.0, 88.0));
        // 1934—1936 is as wide as three years: it leaves the quiet line the next row.
        let year_px = if words.year.chars().count() > 4 { year_px * 0.72 } else { year_px };
        let lines = if tight { 1 } else { usize::MAX };
        let title = fitting::fit_lines(kit, Style::H2, title_px, words.title, inner, lines);
        let dated = !(words.year.is_empty() && words.when.is_empty());
        let (mut when, mut when_px) = (words.when.to_owned(), 32.0);
        let mut height = title.height();
        if dated {
            let year_width = words.year.chars().count() as f32 * year_px * 0.56;
            // A day and a place that do not fit on one line are parted where they meet.
            let room = (inner - year_width - 24.0).max(120.0);
            if fitting::fit_lines(kit, Style::Small, when_px, &when, room, usize::MAX).lines > 1 {
                when = when.replace('　', "\n");
            }
            if tight {
                when_px = fitting::fit(kit, Style::Small, when_px, &when, room, 2).size;
            }
            let day = text_height(kit, Style::Small, &when, room);
            height += day.max(if words.year.is_empty() { 0.0 } else { year_px }) + gap;
        }
        Self { dated, year_px, when, when_px, title_px: title.size, height }
    }
}
