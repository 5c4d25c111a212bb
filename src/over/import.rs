//! A stick or folder that somebody brought: how far it is, not to pull it out, and what became of it.
//!
//! While nobody visits it is a sheet over the first page. A visitor is not interrupted: then it is one line above the page,
//! which makes room for it.

use bevy::prelude::*;
use pingfeng_content::model::Text;
use pingfeng_link::Import;

use super::desk::Desk;
use crate::{
    blocks::{self, Icon, Ui},
    input::Shield,
    theme::{Elevation, Role, Style},
};

/// How long it is said what became of a stick, seconds: long enough for whoever walks round the screen with it.
const SAID_S: f32 = 90.0;
/// No time is foretold before so many seconds of reading.
const FORETOLD_AFTER_S: f32 = 3.0;
/// More minutes than this are not foretold: a stick that slow is broken.
const MINUTES_MAX: u64 = 600;

/// What is said of a stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ImportView {
    /// It is being read.
    Reading {
        /// 0 to 100.
        percent: u8,
        /// Minutes that are left, rounded up; 0: less than one; `None`: not known yet.
        minutes: Option<u64>,
    },
    /// It may be pulled out.
    Done {
        /// Of a release that is new.
        version: Option<u64>,
        /// Copied to it.
        records: u64,
    },
    /// Nothing was taken, and why.
    Failed(Text),
}

/// Watches one stick after another.
#[derive(Resource, Debug, Default)]
pub(super) struct ImportWatch {
    last: Option<Import>,
    /// When reading began, and how many bytes were done then.
    began: Option<(f32, u64)>,
    view: Option<ImportView>,
    /// When the last word about a stick is taken away.
    until_s: Option<f32>,
}

impl ImportWatch {
    /// `now_s`: since the start of the screen. Says what is to be shown.
    pub(super) fn look(&mut self, news: Option<&Import>, now_s: f32) -> Option<ImportView> {
        if self.last.as_ref() != news {
            self.last = news.cloned();
            self.until_s = None;
            self.view = news.and_then(|news| self.take(news, now_s));
        }
        if self.until_s.is_some_and(|until_s| now_s >= until_s) {
            self.view = None;
        }
        self.view.clone()
    }

    /// Seconds until something is to be taken away.
    pub(super) fn next_change_s(&self, now_s: f32) -> Option<f32> {
        self.until_s.filter(|_| self.view.is_some()).map(|until_s| (until_s - now_s).max(0.0))
    }

    fn take(&mut self, news: &Import, now_s: f32) -> Option<ImportView> {
        let Import::Reading { done_bytes, total_bytes } = *news else {
            self.began = None;
            self.until_s = Some(now_s + SAID_S);
            return match news {
                Import::Done { version, records } => Some(ImportView::Done { version: *version, records: *records }),
                Import::Failed(why) => Some(ImportView::Failed(why.clone())),
                Import::Reading { .. } | Import::Gone => None,
            };
        };
        let (began_s, before) = *self.began.get_or_insert((now_s, done_bytes));
        let percent = match total_bytes {
            0 => 0,
            total => (u128::from(done_bytes.min(total)) * 100 / u128::from(total)) as u8,
        };
        let (took_s, read) = (now_s - began_s, done_bytes.saturating_sub(before));
        let minutes = (took_s >= FORETOLD_AFTER_S && read > 0).then(|| {
            let left_s = f64::from(took_s) * total_bytes.saturating_sub(done_bytes) as f64 / read as f64;
            if left_s < 60.0 { 0 } else { ((left_s / 60.0).ceil() as u64).min(MINUTES_MAX) }
        });
        Some(ImportView::Reading { percent, minutes })
    }
}

impl ImportView {
    fn title(&self, desk: &Desk) -> String {
        desk.own(match self {
            Self::Reading { .. } => "over.import_reading",
            Self::Done { .. } => "over.import_done",
            Self::Failed(_) => "over.import_failed",
        })
    }

    /// What there is to say below the title.
    fn lines(&self, desk: &Desk) -> Vec<String> {
        let with_number = |key: &str, n: u64| desk.own(key).replace("{n}", &n.to_string());
        match self {
            Self::Reading { percent, minutes } => {
                let left = match minutes {
                    Some(0) => Some(desk.own("over.import_soon")),
                    Some(n) => Some(with_number("over.import_minutes", *n)),
                    None => None,
                };
                [Some(format!("{percent}%")), left].into_iter().flatten().collect()
            }
            Self::Done { version, records } => {
                let version = match version {
                    Some(version) => with_number("over.import_version", *version),
                    None => desk.own("over.import_nothing_new"),
                };
                let records = (*records > 0).then(|| with_number("over.import_records", *records));
                [Some(version), records].into_iter().flatten().collect()
            }
            Self::Failed(why) => vec![desk.kit.text(why).to_owned()],
        }
    }

    fn icon(&self) -> Icon {
        match self {
            Self::Reading { .. } => Icon::Stick,
            Self::Done { .. } => Icon::Right,
            Self::Failed(_) => Icon::Notice,
        }
    }
}

/// A bar that is filled from the left.
fn bar(ui: &mut Ui<'_>, desk: &Desk, percent: u8, node: Node, ground: Role, filled: Role) {
    let round = node.border_radius;
    ui.spawn((Node { overflow: Overflow::clip(), ..node }, BackgroundColor(desk.colour(ground)))).with_children(|ui| {
        let part = Node {
            width: percent_of(percent),
            height: bevy::prelude::percent(100.0),
            border_radius: round,
            ..default()
        };
        ui.spawn((part, BackgroundColor(desk.colour(filled))));
    });
}

fn percent_of(done: u8) -> Val {
    percent(f32::from(done))
}

/// Lays a sheet over the first page. `top`: where the page begins.
pub(super) fn sheet(ui: &mut Ui<'_>, desk: &Desk, view: &ImportView, top: f32) {
    let size = desk.size();
    let (width, pad) = (desk.pick(860.0, 920.0), 56.0);
    let room = width - 2.0 * pad;
    // Between the title of the first page and its button, upright; across, left of both.
    let (left, from, to) = desk.pick(((size.x - width) / 2.0, 0.44, 0.78), (desk.margin(), 0.20, 0.70));
    let place = Node {
        left: desk.len(left),
        top: desk.len(top + (size.y - top) * from),
        width: desk.len(width),
        height: desk.len((size.y - top) * (to - from)),
        justify_content: JustifyContent::Center,
        ..absolute_column()
    };
    ui.spawn(place).with_children(|ui| {
        let node = Node { padding: UiRect::all(desk.len(pad)), ..desk.column(30.0) };
        blocks::sheet(ui, &desk.kit, Elevation::Sheet3, node).with_children(|ui| {
            ui.spawn(desk.row(28.0)).with_children(|ui| {
                desk.icon(ui, view.icon(), 64.0, desk.colour(Role::Ink));
                desk.lines(ui, Style::H2, 50.0, 1.2, desk.colour(Role::Ink), &view.title(desk))
                    .insert(TextLayout::no_wrap());
            });
            match view {
                ImportView::Reading { percent, .. } => {
                    let node = Node {
                        width: desk.len(room),
                        height: desk.len(28.0),
                        border_radius: BorderRadius::all(desk.len(4.0)),
                        ..default()
                    };
                    bar(ui, desk, *percent, node, Role::Paper2, Role::Ink2);
                    let line =
                        Node { width: desk.len(room), justify_content: JustifyContent::SpaceBetween, ..desk.row(20.0) };
                    ui.spawn(line).with_children(|ui| {
                        for words in view.lines(desk) {
                            desk.lines(ui, Style::Body, 34.0, 1.2, desk.colour(Role::Ink), &words)
                                .insert(TextLayout::no_wrap());
                        }
                    });
                    ui.spawn(desk.row(18.0)).with_children(|ui| {
                        desk.icon(ui, Icon::Notice, 44.0, desk.colour(Role::AccentText));
                        desk.lines(
                            ui,
                            Style::Strong,
                            36.0,
                            1.2,
                            desk.colour(Role::AccentText),
                            &desk.own("over.import_keep"),
                        )
                        .insert(TextLayout::no_wrap());
                    });
                }
                ImportView::Done { .. } | ImportView::Failed(_) => {
                    for words in view.lines(desk) {
                        let (size, _) = desk.fit(Style::Body, (28.0, 36.0), 1.5, &words, Vec2::new(room, 340.0));
                        desk.block(ui, Style::Body, (size, 1.5), desk.colour(Role::Ink), &words, room);
                    }
                }
            }
        });
    });
}

fn absolute_column() -> Node {
    Node { flex_direction: FlexDirection::Column, ..blocks::absolute() }
}

/// Height of the line above a page, px of the display.
pub(super) const BAND_HEIGHT: f32 = 96.0;
/// Height of the bar at its foot.
const BAND_BAR: f32 = 10.0;

/// Lays one line above the page, at `top`.
pub(super) fn band(ui: &mut Ui<'_>, desk: &Desk, view: &ImportView, top: f32) {
    let width = desk.size().x;
    ui.spawn((desk.at(0.0, top, width, BAND_HEIGHT), BackgroundColor(desk.colour(Role::Sheet)), Shield)).with_children(
        |ui| {
            let mut words = vec![view.title(desk)];
            words.extend(view.lines(desk));
            if matches!(view, ImportView::Reading { .. }) {
                words.push(desk.own("over.import_keep"));
            }
            let words = words.join(" · ");
            let side = 48.0;
            let room = width - 2.0 * desk.margin() - side - 24.0;
            let line = Node { padding: UiRect::axes(desk.len(desk.margin()), px(0.0)), ..desk.row(24.0) };
            ui.spawn(Node { height: desk.len(BAND_HEIGHT - BAND_BAR), ..line }).with_children(|ui| {
                desk.icon(ui, view.icon(), side, desk.colour(Role::Ink));
                let least = desk.kit.least_px();
                let (size, _) = desk.fit(Style::Body, (least, 32.0), 1.25, &words, Vec2::new(room, 2.0 * least * 1.25));
                ui.spawn(Node { width: desk.len(room), ..default() }).with_children(|ui| {
                    desk.lines(ui, Style::Body, size, 1.25, desk.colour(Role::Ink), &words);
                });
            });
            let foot = Node { width: percent(100.0), height: desk.len(BAND_BAR), ..default() };
            match view {
                ImportView::Reading { percent, .. } => bar(ui, desk, *percent, foot, Role::Line, Role::Ink2),
                ImportView::Done { .. } | ImportView::Failed(_) => bar(ui, desk, 0, foot, Role::Line, Role::Line),
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(done_bytes: u64) -> Import {
        Import::Reading { done_bytes, total_bytes: 1000 }
    }

    #[test]
    fn the_time_that_is_left_follows_from_the_time_it_took() {
        let mut watch = ImportWatch::default();
        let at = |percent, minutes| Some(ImportView::Reading { percent, minutes });
        assert_eq!(watch.look(Some(&reading(100)), 5.0), at(10, None), "nothing is known yet");
        assert_eq!(watch.look(Some(&reading(110)), 6.0), at(11, None), "too early to say");
        // 100 bytes in 50 s: 800 take 400 s.
        assert_eq!(watch.look(Some(&reading(200)), 55.0), at(20, Some(7)));
        assert_eq!(watch.look(Some(&reading(960)), 435.0), at(96, Some(0)));
        assert_eq!(
            watch.look(Some(&reading(2000)), 436.0),
            at(100, Some(0)),
            "more than promised is not more than all"
        );
    }

    #[test]
    fn a_stick_without_a_size_does_not_divide_by_it() {
        let empty = Import::Reading { done_bytes: 0, total_bytes: 0 };
        assert_eq!(
            ImportWatch::default().look(Some(&empty), 0.0),
            Some(ImportView::Reading { percent: 0, minutes: None })
        );
    }

    #[test]
    fn what_became_of_a_stick_is_said_for_a_while() {
        let mut watch = ImportWatch::default();
        let done = Import::Done { version: Some(12), records: 3 };
        assert!(watch.look(Some(&done), 10.0).is_some());
        assert_eq!(watch.next_change_s(10.0), Some(SAID_S));
        assert!(watch.look(Some(&done), 9.9 + SAID_S).is_some());
        assert_eq!(watch.look(Some(&done), 10.0 + SAID_S), None);
        assert_eq!(watch.next_change_s(10.0 + SAID_S), None);
        // The next stick is watched from its own beginning.
        assert_eq!(watch.look(Some(&reading(500)), 200.0), Some(ImportView::Reading { percent: 50, minutes: None }));
        assert_eq!(watch.look(None, 201.0), None, "pulled out");
    }
}
