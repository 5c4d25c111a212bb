//! Whose word counts: what the guard says of itself, the documents it lacks, and notices.

use pingfeng_release::trust::Notice;
use pingfeng_wire::topic::DeviceTopic;
use pingfeng_wire::{Target, TrustMode, TrustReport, TrustVersions, VERSION, Want};

use super::{DiskJob, JobError, Out, OutboxJob};
use crate::api::LinkEvent;
use crate::clock::Now;
use crate::outbox::Over;

/// The guard looks at the time this often.
pub(super) const LOOK_EVERY_MS: u64 = 300_000;
/// Documents that were asked for and did not come are asked for again after this.
pub(super) const ASK_AGAIN_MS: u64 = 60_000;

#[derive(Debug)]
pub(super) struct Authority {
    report: TrustReport,
    /// The screen has been told the mode.
    told: Option<TrustMode>,
    /// What the hub has.
    offered: TrustVersions,
    ask_at_ms: u64,
    look_at_ms: u64,
    /// What the hub wants over the pages; the notice looked at or not.
    over: Over,
    /// What was kept of that has been carried out after a start.
    begun: bool,
    /// What is on the glass.
    shown: Option<Notice>,
}

impl Authority {
    pub(super) fn new(report: TrustReport, over: Over, now: Now) -> Self {
        Self {
            report,
            told: None,
            offered: TrustVersions::default(),
            ask_at_ms: now.mono_ms,
            look_at_ms: now.mono_ms + LOOK_EVERY_MS,
            over,
            begun: false,
            shown: None,
        }
    }

    pub(super) fn report(&self) -> TrustReport {
        self.report.clone()
    }

    /// True while the hub wants the glass dark.
    pub(super) fn blank(&self) -> bool {
        self.over.blank
    }

    pub(super) fn notice(&self) -> Option<String> {
        self.shown.as_ref().map(|notice| notice.id.clone())
    }

    pub(super) fn connected(&mut self) {
        self.ask_at_ms = 0;
    }

    /// The hub says what it has, and what is to be shown over everything.
    pub(super) fn target(&mut self, target: &Target, out: &mut Out<'_>) {
        self.offered = target.trust.unwrap_or_default();
        self.ask_at_ms = 0;
        let over = Over { blank: target.blank, notice: target.notice.clone() };
        let before = std::mem::replace(&mut self.over, over);
        if self.over != before {
            out.outbox(OutboxJob::KeepOver(self.over.clone()));
        }
        if self.over.blank != before.blank {
            out.event(LinkEvent::Blank { on: self.over.blank });
        }
        // One that was refused is looked at again: after a start the clock may have been wrong.
        if self.over.notice != before.notice || self.shown.is_none() {
            self.look_at_notice(out);
        }
    }

    fn look_at_notice(&mut self, out: &mut Out<'_>) {
        match &self.over.notice {
            Some(envelope) => out.disk(DiskJob::CheckNotice { envelope: envelope.clone() }),
            None => self.show(None, out),
        }
    }

    /// The guard has answered about a notice.
    pub(super) fn notice_checked(
        &mut self,
        envelope: &str,
        result: Result<Notice, JobError>,
        now: Now,
        out: &mut Out<'_>,
    ) {
        if self.over.notice.as_deref() != Some(envelope) {
            // An answer about one that was replaced meanwhile.
            return;
        }
        match result {
            Ok(notice) => self.show(Some(notice), out),
            Err(error) => {
                tracing::warn!(error.code, error.message, "a notice was refused");
                self.show(None, out);
            }
        }
        // The report says so.
        self.look_at_ms = now.mono_ms;
    }

    /// Nobody is there to ask any more.
    pub(super) fn store_lost(&mut self) {
        self.look_at_ms = u64::MAX;
    }

    fn show(&mut self, notice: Option<Notice>, out: &mut Out<'_>) {
        if self.shown != notice {
            self.shown.clone_from(&notice);
            out.event(LinkEvent::Notice(notice.map(Box::new)));
        }
    }

    /// The guard says what it believes. True when that has changed.
    pub(super) fn looked(&mut self, report: TrustReport, out: &mut Out<'_>) -> bool {
        let changed = (self.report.mode, self.report.versions) != (report.mode, report.versions);
        self.report = report;
        self.tell(out);
        changed
    }

    fn tell(&mut self, out: &mut Out<'_>) {
        if self.told != Some(self.report.mode) {
            self.told = Some(self.report.mode);
            out.event(LinkEvent::Trust(self.report.mode));
        }
    }

    /// True while the hub has documents that this device could use.
    fn lacks(&self) -> bool {
        let TrustVersions { root, roster } = self.report.versions;
        self.report.mode == TrustMode::Signed && (self.offered.root > root || self.offered.roster > roster)
    }

    pub(super) fn poll(&mut self, now: Now, out: &mut Out<'_>) {
        self.tell(out);
        if !self.begun {
            self.begun = true;
            if self.over.blank {
                out.event(LinkEvent::Blank { on: true });
            }
            self.look_at_notice(out);
        }
        if self.lacks() && out.connected && now.mono_ms >= self.ask_at_ms {
            self.ask_at_ms = now.mono_ms + ASK_AGAIN_MS;
            let trust = Some(self.report.versions);
            out.publish(DeviceTopic::Want, &Want { v: VERSION, trust, ..Want::default() });
        }
        if self.shown.as_ref().is_some_and(|notice| now.wall_ms >= notice.expires_at_ms) {
            self.show(None, out);
        }
        if now.mono_ms >= self.look_at_ms {
            self.look_at_ms = now.mono_ms + LOOK_EVERY_MS;
            out.disk(DiskJob::LookAtTrust);
        }
    }

    pub(super) fn next_tick_ms(&self, now: Now) -> Option<u64> {
        let ask = self.lacks().then_some(self.ask_at_ms.max(now.mono_ms + 1));
        let end = self.shown.as_ref().map(|notice| {
            // The wall clock may be set: looked at once a minute at least.
            now.mono_ms + notice.expires_at_ms.saturating_sub(now.wall_ms).clamp(1, 60_000)
        });
        let begin = (!self.begun).then_some(now.mono_ms);
        [begin, ask, end, Some(self.look_at_ms)].into_iter().flatten().min()
    }
}
