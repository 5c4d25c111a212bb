//! Notices: words that a duty officer of the site has signed, exactly as signed.
//!
//! - Information and warnings are a band above the page. The page makes room for it, so that no control, no picture and no
//!   symbol is covered and a visitor goes on: what is not urgent interrupts nobody.
//! - Danger takes the whole glass. The page under it is dimmed and cannot be touched: somebody who should be leaving must
//!   not have to choose between two things, and must be able to read it from the other end of the hall.
//!
//! Neither can be closed: it goes when it has expired or been taken back. How urgent it is is said by a word and a shape,
//! not by colour alone. Chinese stands large, English below it.

use bevy::prelude::*;
use jiff::{Timestamp, tz::TimeZone};
use pingfeng_content::model::Lang;
use pingfeng_release::trust::{Notice, Severity};

use super::desk::Desk;
use crate::{
    blocks::{self, Icon, Ui},
    input::Shield,
    theme::{OverPalette, Role, Style},
};

/// A notice and its end in the hall's own time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NoticeView {
    pub(super) notice: Notice,
    zone: TimeZone,
}

impl NoticeView {
    pub(super) fn new(notice: Notice, zone: TimeZone) -> Self {
        Self { notice, zone }
    }

    fn zh(&self) -> &str {
        self.notice.text.zh.trim()
    }

    fn en(&self) -> Option<&str> {
        self.notice.text.other.get(&Lang::En).map(|en| en.trim())
    }

    fn icon(&self) -> Icon {
        match self.notice.severity {
            Severity::Info => Icon::Info,
            Severity::Warning => Icon::Notice,
            Severity::Danger => Icon::Danger,
        }
    }

    fn palette(&self, desk: &Desk) -> OverPalette {
        let over = desk.kit.tokens.over;
        match self.notice.severity {
            Severity::Info => over.info,
            Severity::Warning => over.warning,
            Severity::Danger => over.danger,
        }
    }

    fn title(&self, desk: &Desk, lang: Lang) -> String {
        let key = match self.notice.severity {
            Severity::Info => "over.notice_info",
            Severity::Warning => "over.notice_warning",
            Severity::Danger => "over.notice_danger",
        };
        desk.word(lang, key, &[])
    }

    /// When it goes. With the day, as a notice of the evening may end in the morning.
    fn until(&self, desk: &Desk, lang: Lang) -> String {
        let end = i64::try_from(self.notice.expires_at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let Some(end) = end else { return String::new() };
        let end = end.to_zoned(self.zone.clone());
        let time = match lang {
            Lang::ZhCn => format!("{}月{}日 {}", end.month(), end.day(), end.strftime("%H:%M")),
            Lang::En => end.strftime("%-d %B, %H:%M").to_string(),
        };
        desk.word(lang, "over.until", &[("time", &time)])
    }
}

// ── A band above the page ──

/// How a band is set.
struct Band {
    zh: (f32, f32),
    en: Option<(f32, f32)>,
    height: f32,
}

/// Above and below the words of a band.
const BAND_PAD: f32 = 30.0;
/// Between what is Chinese and what is English.
const BAND_GAP: f32 = 14.0;
/// Side of the icon of a band.
const BAND_ICON: f32 = 64.0;
/// The line with the kind of notice and its end.
const BAND_HEAD: f32 = 48.0;
/// Lines of Chinese and of English, in multiples of their size.
const LEADING: (f32, f32) = (1.4, 1.36);

impl Band {
    fn set(desk: &Desk, view: &NoticeView) -> Self {
        let width = Self::words_width(desk);
        let small = desk.kit.least_px();
        let most = desk.size().y * desk.pick(0.20, 0.24) - BAND_HEAD - 2.0 * BAND_PAD;
        let zh = desk.fit(
            Style::H2,
            (desk.pick(34.0, 32.0), desk.pick(54.0, 50.0)),
            LEADING.0,
            view.zh(),
            Vec2::new(width, most * 0.62),
        );
        let en = view.en().map(|en| {
            desk.fit(Style::Body, (small, desk.pick(30.0, 28.0)), LEADING.1, en, Vec2::new(width, most * 0.38))
        });
        let words = BAND_HEAD + zh.1 + en.map_or(0.0, |en| BAND_GAP + en.1);
        Self { zh, en, height: (words + 2.0 * BAND_PAD).round() }
    }

    fn words_width(desk: &Desk) -> f32 {
        desk.size().x - 2.0 * desk.margin() - BAND_ICON - Self::icon_gap(desk)
    }

    fn icon_gap(desk: &Desk) -> f32 {
        desk.pick(28.0, 36.0)
    }

    fn words(&self, ui: &mut Ui<'_>, desk: &Desk, view: &NoticeView, palette: OverPalette) {
        let head = Node { height: desk.len(BAND_HEAD), justify_content: JustifyContent::SpaceBetween, ..default() };
        ui.spawn(head).with_children(|ui| {
            let title = format!("{} · {}", view.title(desk, Lang::ZhCn), view.title(desk, Lang::En));
            let size = desk.pick(28.0, 26.0);
            desk.lines(ui, Style::Strong, size, 1.2, palette.on_2(), &title).insert(TextLayout::no_wrap());
            let until = view.until(desk, Lang::ZhCn);
            desk.lines(ui, Style::Small, size, 1.2, palette.on_2(), &until).insert(TextLayout::no_wrap());
        });
        let width = Self::words_width(desk);
        desk.block(ui, Style::H2, (self.zh.0, LEADING.0), palette.on(), view.zh(), width);
        if let (Some(en), Some(words)) = (self.en, view.en()) {
            ui.spawn(Node { height: desk.len(BAND_GAP), flex_shrink: 0.0, ..default() });
            desk.block(ui, Style::Body, (en.0, LEADING.1), palette.on_2(), words, width);
        }
    }
}

/// Height of the band, px of the display.
pub(super) fn band_height(desk: &Desk, view: &NoticeView) -> f32 {
    Band::set(desk, view).height
}

/// Lays a band at `top`.
pub(super) fn band(ui: &mut Ui<'_>, desk: &Desk, view: &NoticeView, top: f32) {
    let band = Band::set(desk, view);
    let palette = view.palette(desk);
    let node = Node {
        // In the middle: how many lines there are is reckoned, and may have been one too many.
        align_items: AlignItems::Center,
        padding: UiRect::axes(desk.len(desk.margin()), px(0.0)),
        ..desk.at(0.0, top, desk.size().x, band.height)
    };
    ui.spawn((node, BackgroundColor(palette.ground()), Shield)).with_children(|ui| {
        let line = Node { align_items: AlignItems::FlexStart, ..desk.row(Band::icon_gap(desk)) };
        ui.spawn(line).with_children(|ui| {
            desk.icon(ui, view.icon(), BAND_ICON, palette.on());
            ui.spawn(Node { width: desk.len(Band::words_width(desk)), ..desk.column(0.0) })
                .with_children(|ui| band.words(ui, desk, view, palette));
        });
    });
}

// ── The whole glass ──

/// Dims the page and lays the notice over it.
pub(super) fn danger(ui: &mut Ui<'_>, desk: &Desk, view: &NoticeView, dark: bool) {
    let (size, palette) = (desk.size(), view.palette(desk));
    let over = desk.kit.tokens.over;
    // Where the glass is dark anyway, nothing shines through.
    let veil = if dark { over.dark.ground() } else { over.veil() };
    ui.spawn((blocks::fill(), BackgroundColor(veil), Shield));
    let side = desk.pick(56.0, 120.0);
    let width = size.x - 2.0 * side;
    let pad = desk.pick(64.0, 84.0);
    let (head, foot) = (desk.pick(196.0, 164.0), desk.pick(150.0, 104.0));
    let room = Vec2::new(width - 2.0 * pad, size.y * desk.pick(0.80, 0.86) - head - foot - 2.0 * pad);
    // Read from the other end of the hall: as large as it goes, a short one in a few lines in the middle.
    let zh = desk.fit(
        Style::H1,
        (desk.pick(48.0, 44.0), desk.pick(128.0, 120.0)),
        1.36,
        view.zh(),
        Vec2::new(room.x, room.y * view.en().map_or(1.0, |_| 0.70)),
    );
    let gap = desk.pick(52.0, 36.0);
    let en = view.en().map(|words| {
        let left = room.y - zh.1 - gap;
        (
            desk.fit(
                Style::Body,
                (desk.kit.least_px() + 4.0, (zh.0 * 0.5).min(54.0)),
                1.4,
                words,
                Vec2::new(room.x, left),
            ),
            words,
        )
    });
    let height = head + foot + 2.0 * pad + zh.1 + en.map_or(0.0, |((_, en), _)| gap + en);
    let sheet = Node {
        flex_direction: FlexDirection::Column,
        border_radius: BorderRadius::all(desk.len(desk.kit.tokens.radius("button"))),
        overflow: Overflow::clip(),
        ..desk.at(side, ((size.y - height) / 2.0).max(0.0).round(), width, height)
    };
    ui.spawn((sheet, BackgroundColor(desk.colour(Role::Sheet)))).with_children(|ui| {
        let bar = Node {
            height: desk.len(head),
            padding: UiRect::axes(desk.len(pad), px(0.0)),
            flex_shrink: 0.0,
            ..desk.row(desk.pick(36.0, 40.0))
        };
        ui.spawn((bar, BackgroundColor(palette.ground()))).with_children(|ui| {
            desk.icon(ui, view.icon(), desk.pick(104.0, 92.0), palette.on());
            ui.spawn(Node { flex_grow: 1.0, ..desk.column(6.0) }).with_children(|ui| {
                desk.lines(ui, Style::H1, desk.pick(72.0, 64.0), 1.15, palette.on(), &view.title(desk, Lang::ZhCn))
                    .insert(TextLayout::no_wrap());
                desk.lines(ui, Style::Small, desk.pick(32.0, 28.0), 1.15, palette.on_2(), &view.title(desk, Lang::En))
                    .insert(TextLayout::no_wrap());
            });
        });
        let body = Node { padding: UiRect::all(desk.len(pad)), flex_grow: 1.0, ..desk.column(gap) };
        ui.spawn(body).with_children(|ui| {
            desk.block(ui, Style::H1, (zh.0, 1.36), desk.colour(Role::Ink), view.zh(), room.x);
            if let Some(((size, _), words)) = en {
                desk.block(ui, Style::Body, (size, 1.4), desk.colour(Role::Ink2), words, room.x);
            }
        });
        let line = Node {
            height: desk.len(foot),
            margin: UiRect::axes(desk.len(pad), px(0.0)),
            border: UiRect::top(desk.len(desk.kit.tokens.stroke("hair"))),
            flex_shrink: 0.0,
            ..desk.row(desk.pick(22.0, 20.0))
        };
        ui.spawn((line, BorderColor::all(desk.colour(Role::Line)))).with_children(|ui| {
            desk.icon(ui, Icon::Clock, desk.pick(44.0, 38.0), desk.colour(Role::Ink2));
            desk.lines(
                ui,
                Style::Strong,
                desk.pick(34.0, 30.0),
                1.2,
                desk.colour(Role::Ink),
                &view.until(desk, Lang::ZhCn),
            )
            .insert(TextLayout::no_wrap());
            desk.lines(
                ui,
                Style::Small,
                desk.pick(28.0, 26.0),
                1.2,
                desk.colour(Role::Ink2),
                &view.until(desk, Lang::En),
            )
            .insert(TextLayout::no_wrap());
        });
    });
}
