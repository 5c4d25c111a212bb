//! The report: what the device runs and why. Said on every change, at least once a minute, never in a flood.

use pingfeng_wire::topic::DeviceTopic;
use pingfeng_wire::{Origin, Progress, Report, VERSION};

use super::Out;
use super::authority::Authority;
use super::delivery::Delivery;
use crate::api::Glass;
use crate::clock::Now;

/// A report is due this long after the last one, whatever happens.
pub(super) const REPORT_EVERY_MS: u64 = 60_000;
/// Between two reports of which the second only counts on.
pub(super) const COUNT_GAP_MS: u64 = 1_000;
/// Between two reports that say something new.
pub(super) const NEWS_GAP_MS: u64 = 100;

#[derive(Debug)]
pub(super) struct Reporter {
    /// Starts of the link in the high half, reports in the low half: rises whatever the clock does.
    revision: u64,
    program: String,
    last: Option<(Report, u64)>,
    pending: Option<Urgency>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Count,
    News,
}

/// What a report is made of.
pub(super) struct Content<'a> {
    pub delivery: &'a Delivery,
    pub authority: &'a Authority,
    pub glass: &'a Glass,
    pub outbox: u64,
    pub certificate_until_ms: Option<u64>,
}

impl Reporter {
    pub(super) fn new(starts: u64, program: String) -> Self {
        Self { revision: starts << 32, program, last: None, pending: None }
    }

    pub(super) fn connected(&mut self) {
        self.last = None;
    }

    pub(super) fn poll(&mut self, now: Now, content: &Content<'_>, out: &mut Out<'_>) {
        if !out.connected {
            return;
        }
        let report = self.write(now, content);
        let due = match &self.last {
            None => true,
            Some((last, at_ms)) => {
                self.pending = urgency(last, &report);
                let age_ms = now.mono_ms.saturating_sub(*at_ms);
                age_ms >= REPORT_EVERY_MS || self.pending.is_some_and(|urgency| age_ms >= gap_ms(urgency))
            }
        };
        if due && out.publish(DeviceTopic::Report, &report) {
            self.revision = report.revision;
            self.last = Some((report, now.mono_ms));
            self.pending = None;
        }
    }

    pub(super) fn next_tick_ms(&self, now: Now) -> Option<u64> {
        let Some((_, at_ms)) = &self.last else { return Some(now.mono_ms) };
        Some(at_ms + self.pending.map_or(REPORT_EVERY_MS, gap_ms))
    }

    fn write(&self, now: Now, content: &Content<'_>) -> Report {
        let Content { delivery, authority, glass, outbox, certificate_until_ms } = content;
        // A release on the glass that the store no longer knows is still a release; it just cannot be named.
        let running = match glass.origin {
            Origin::Release => glass.release.as_ref().and_then(|release| delivery.reference_of(release)),
            Origin::Folder | Origin::Fallback => None,
        };
        let mut trust = authority.report();
        if delivery.neighbour_wrong(now) {
            trust.warnings.push("neighbour_wrong".to_owned());
        }
        Report {
            v: VERSION,
            revision: self.revision + 1,
            target_revision: delivery.target_revision(),
            running,
            origin: glass.origin,
            progress: delivery.progress(),
            phase: glass.phase.clone(),
            scene: glass.scene.clone(),
            at_ms: now.wall_ms,
            last_frame_at_ms: glass.last_frame_at_ms,
            outbox: *outbox,
            program: self.program.clone(),
            display: glass.display,
            trust,
            blank: authority.blank(),
            notice: authority.notice(),
            certificate_until_ms: *certificate_until_ms,
        }
    }
}

fn gap_ms(urgency: Urgency) -> u64 {
    match urgency {
        Urgency::Count => COUNT_GAP_MS,
        Urgency::News => NEWS_GAP_MS,
    }
}

/// How much the second says that the first did not.
fn urgency(last: &Report, next: &Report) -> Option<Urgency> {
    let fetching = |progress: &Progress| matches!(progress, Progress::Fetching { .. });
    let same_progress = last.progress == next.progress || (fetching(&last.progress) && fetching(&next.progress));
    let same_state = same_progress
        && last.target_revision == next.target_revision
        && last.running == next.running
        && last.origin == next.origin
        && last.phase == next.phase
        && last.display == next.display
        && last.trust == next.trust
        && last.blank == next.blank
        && last.notice == next.notice
        && last.certificate_until_ms == next.certificate_until_ms;
    if !same_state {
        return Some(Urgency::News);
    }
    (last.progress != next.progress || last.scene != next.scene || last.outbox != next.outbox).then_some(Urgency::Count)
}
