//! `kind: check_in` – a visitor signs in to an event, with a short code or at a scanner. `rules` knows what that means.

mod page;
pub(crate) mod rules;

use std::collections::HashMap;

use bevy::prelude::*;
use pingfeng_content::{CheckIn, Scene};
use pingfeng_wire::{CheckInWay, RecordBody};

use crate::{
    ScreenSystems,
    blocks::Ui,
    cue::{Happened, PlaySound, UiSound},
    damage::WakeIn,
    input::{Scanned, Tapped},
    phase::Phase,
    record::{Connection, Fate, Keep, Kept, Welcomed},
    stage::{Opening, SceneKind, SceneKinds},
    theme::Kit,
    visit::VisitSeed,
};

use rules::{Desk, Key, OUTCOME_MS, SAVE_MS_MAX, Seen, Stage, Strip, Wanted, Way};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<CheckInScene>(app);
    app.init_resource::<Desks>()
        // Check-ins elsewhere are counted whatever is shown.
        .add_systems(Update, welcome.in_set(ScreenSystems::Decide))
        .add_systems(
            Update,
            (press, scan, settle, pass_time, show_strip)
                .chain()
                .after(welcome)
                .in_set(ScreenSystems::Decide)
                .run_if(in_state(Phase::Visit)),
        );
}

/// What outlives a page: names on the strip, codes that were recorded, numbers of records under way.
#[derive(Resource, Debug, Default)]
struct Desks {
    strips: HashMap<String, Strip>,
    /// Salted with the first visit's seed.
    seen: Option<Seen>,
    next_ticket: u64,
}

/// Events whose strips are kept; a site has a few a day.
const STRIPS_MAX: usize = 16;

/// A check-in page: its document and the visitor in front of it.
#[derive(Component, Clone, Debug)]
pub struct CheckInScene {
    document: CheckIn,
    desk: Desk,
    /// The record that is on its way to the disk.
    ticket: Option<u64>,
    strip: Strip,
    connection: Connection,
}

/// On a key of the pad.
#[derive(Component, Clone, Copy, Debug)]
struct PadKey(Key);

impl SceneKind for CheckInScene {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        let Scene::CheckIn(document) = opening.scene else { return None };
        Some(Self {
            document: document.clone(),
            desk: Desk::new(&document.event, document.code_digits),
            ticket: None,
            strip: Strip::default(),
            connection: Connection::None,
        })
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        page::view(ui, kit, self);
    }
}

#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it touches")]
fn press(
    mut taps: MessageReader<Tapped>,
    keys: Query<&PadKey>,
    mut pages: Query<&mut CheckInScene>,
    mut desks: ResMut<Desks>,
    seed: Res<VisitSeed>,
    time: Res<Time<Real>>,
    mut keep: MessageWriter<Keep>,
    mut happened: MessageWriter<Happened>,
) {
    for tap in taps.read() {
        let (Ok(PadKey(key)), Ok(mut page)) = (keys.get(tap.entity), pages.single_mut()) else { continue };
        let desks = &mut *desks;
        let seen = desks.seen.get_or_insert_with(|| Seen::new(seed.0));
        let wanted = page.desk.press(*key, seen, now_ms(&time));
        hand_over(&mut page, wanted, &mut desks.next_ticket, &mut keep, &mut happened);
    }
}

fn scan(
    mut scans: MessageReader<Scanned>,
    mut pages: Query<&mut CheckInScene>,
    mut desks: ResMut<Desks>,
    seed: Res<VisitSeed>,
    time: Res<Time<Real>>,
    mut keep: MessageWriter<Keep>,
    mut happened: MessageWriter<Happened>,
) {
    for Scanned(code) in scans.read() {
        // A card held to the scanner while something else is shown is nobody's check-in.
        let Ok(mut page) = pages.single_mut() else { continue };
        let desks = &mut *desks;
        let seen = desks.seen.get_or_insert_with(|| Seen::new(seed.0));
        let wanted = page.desk.scan(code, seen, now_ms(&time));
        hand_over(&mut page, wanted, &mut desks.next_ticket, &mut keep, &mut happened);
    }
}

fn hand_over(
    page: &mut CheckInScene,
    wanted: Option<Wanted>,
    next_ticket: &mut u64,
    keep: &mut MessageWriter<Keep>,
    happened: &mut MessageWriter<Happened>,
) {
    let Some(Wanted { code, way }) = wanted else {
        if matches!(page.desk.stage, Stage::Already { .. }) {
            happened.write(Happened("check_in already".into()));
        }
        return;
    };
    *next_ticket += 1;
    page.ticket = Some(*next_ticket);
    let way = match way {
        Way::Typed => CheckInWay::Code,
        Way::Scanned => CheckInWay::Scanner,
    };
    happened.write(Happened(match way {
        CheckInWay::Scanner => "check_in wanted by scanner".into(),
        _ => "check_in wanted by code".into(),
    }));
    keep.write(Keep {
        ticket: page.ticket,
        body: RecordBody::CheckIn { event: page.document.event.clone(), way, code },
    });
}

/// The outbox has spoken: only now is the visitor told.
fn settle(
    mut kept: MessageReader<Kept>,
    mut pages: Query<&mut CheckInScene>,
    mut desks: ResMut<Desks>,
    seed: Res<VisitSeed>,
    time: Res<Time<Real>>,
    mut sounds: MessageWriter<PlaySound>,
    mut happened: MessageWriter<Happened>,
) {
    for kept in kept.read() {
        let Ok(mut page) = pages.single_mut() else { continue };
        if page.ticket != Some(kept.ticket) {
            continue;
        }
        let now = now_ms(&time);
        let desks = &mut *desks;
        let seen = desks.seen.get_or_insert_with(|| Seen::new(seed.0));
        match kept.fate {
            Fate::Saved => {
                page.desk.saved(seen, now);
                sounds.write(PlaySound(UiSound::CheckedIn));
                happened.write(Happened("check_in saved".into()));
            }
            Fate::NotSaved => {
                page.desk.not_saved(now);
                happened.write(Happened("check_in not saved".into()));
            }
            Fate::Unlisted => {
                page.desk.unlisted(seen, now);
                happened.write(Happened("check_in unlisted".into()));
            }
        }
    }
}

fn pass_time(mut pages: Query<&mut CheckInScene>, time: Res<Time<Real>>, wake: Option<ResMut<WakeIn>>) {
    let now = now_ms(&time);
    let mut until_ms: Option<u64> = None;
    for mut page in &mut pages {
        if page.bypass_change_detection().desk.tick(now) {
            page.set_changed();
        }
        let length = match page.desk.stage {
            Stage::Saving { since_ms } => Some(since_ms + SAVE_MS_MAX),
            Stage::Saved { since_ms } | Stage::Already { since_ms } | Stage::Unlisted { since_ms } => Some(since_ms + OUTCOME_MS),
            Stage::Typing | Stage::NotSaved { .. } => None,
        };
        until_ms = until_ms.into_iter().chain(length).min();
    }
    if let (Some(mut wake), Some(until)) = (wake, until_ms) {
        wake.at_most(until.saturating_sub(now) as f32 / 1000.0);
    }
}

fn welcome(mut welcomed: MessageReader<Welcomed>, mut desks: ResMut<Desks>) {
    for Welcomed(welcome) in welcomed.read() {
        if !desks.strips.contains_key(&welcome.event) && desks.strips.len() == STRIPS_MAX {
            desks.strips.clear();
        }
        desks.strips.entry(welcome.event.clone()).or_default().welcome(&welcome.id, &welcome.name, welcome.count);
    }
}

/// The page shows the strip and the connection as they are.
fn show_strip(
    mut pages: Query<&mut CheckInScene>,
    desks: Res<Desks>,
    connection: Res<Connection>,
    mut happened: MessageWriter<Happened>,
) {
    for mut page in &mut pages {
        if let Some(strip) = desks.strips.get(&page.document.event)
            && page.strip != *strip
        {
            page.strip = strip.clone();
            happened.write(Happened(format!("check_in strip {}", page.strip.names.len())));
        }
        if page.connection != *connection {
            page.connection = *connection;
        }
    }
}

fn now_ms(time: &Time<Real>) -> u64 {
    // Centuries fit.
    u64::try_from(time.elapsed().as_millis()).unwrap_or(u64::MAX)
}
