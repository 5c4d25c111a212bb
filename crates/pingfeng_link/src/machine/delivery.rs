//! From the target to the glass: plan, fetch, stage, activate between visits, confirm or roll back.

use bytes::Bytes;
use pingfeng_release::store::{OpenRelease, Rejected};
use pingfeng_release::{BlobHash, EXHIBITION_FILE, PICTURES_FILE};
use pingfeng_wire::{Progress, ReleaseRef, Target};

use super::fetch::{Fetch, Step};
use super::{DiskDone, DiskJob, JobError, Out, Planned};
use crate::api::{CONFIRM_WITHIN_MS, LinkEvent};
use crate::clock::Now;

/// A passing failure is tried again after this; doubles up to [`RETRY_MAX_MS`].
pub(super) const RETRY_MS: u64 = 15_000;
/// The longest pause before another try.
pub(super) const RETRY_MAX_MS: u64 = 600_000;
/// Blobs that are being checked at a time; what the screen says beyond it is not heard, and found by the next round.
const VERIFYING_MAX: usize = 8;
/// One blob of the active release is read and checked this often, while nothing else is going on.
pub(super) const VERIFY_EVERY_MS: u64 = 60_000;

#[derive(Debug)]
pub(super) struct Delivery {
    target: Option<Target>,
    active: Option<OpenRelease>,
    rejected: Vec<Rejected>,
    stage: Stage,
    /// Passing failures in a row.
    failures: u32,
    /// Room was made once for this target.
    collected: bool,
    verifying: Vec<BlobHash>,
    verify_next: usize,
    verify_at_ms: u64,
}

#[derive(Debug)]
enum Stage {
    Settled,
    Planning,
    Fetching(Fetch),
    Ready(OpenRelease),
    Activating(OpenRelease),
    /// The screen shows it and judges its frames.
    Confirming {
        give_up_at_ms: u64,
    },
    /// The disk is at work on the verdict.
    Concluding,
    Failed {
        error: JobError,
        retry_at: Option<Now>,
    },
}

impl Delivery {
    pub(super) fn new(
        active: Option<OpenRelease>,
        confirming: Option<u64>,
        rejected: Vec<Rejected>,
        store_error: Option<String>,
        now: Now,
    ) -> Self {
        let stage = match (store_error, confirming) {
            (Some(message), _) => {
                Stage::Failed { error: JobError { code: "io", message, passing: false }, retry_at: None }
            }
            (None, Some(_)) => Stage::Confirming { give_up_at_ms: now.mono_ms + CONFIRM_WITHIN_MS },
            (None, None) => Stage::Settled,
        };
        Self {
            target: None,
            active,
            rejected,
            stage,
            failures: 0,
            collected: false,
            verifying: Vec::new(),
            verify_next: 0,
            verify_at_ms: now.mono_ms + VERIFY_EVERY_MS,
        }
    }

    pub(super) fn target_revision(&self) -> u64 {
        self.target.as_ref().map_or(0, |target| target.revision)
    }

    pub(super) fn reference_of(&self, release: &BlobHash) -> Option<ReleaseRef> {
        let of_target = self.wanted().filter(|reference| reference.id == release.0).cloned();
        of_target.or_else(|| {
            let active = self.active.as_ref().filter(|active| active.id() == release)?;
            let manifest = active.manifest();
            Some(ReleaseRef {
                id: release.0.clone(),
                exhibition: manifest.exhibition.clone(),
                version: manifest.version,
                manifest_size_bytes: serde_json::to_vec(manifest).map_or(0, |bytes| bytes.len() as u64),
            })
        })
    }

    pub(super) fn progress(&self) -> Progress {
        match &self.stage {
            Stage::Settled => Progress::Settled,
            Stage::Planning => Progress::Fetching { done_bytes: 0, total_bytes: 0 },
            Stage::Fetching(fetch) => {
                Progress::Fetching { done_bytes: fetch.done_bytes(), total_bytes: fetch.total_bytes() }
            }
            Stage::Ready(_) | Stage::Activating(_) => Progress::WaitingForVisit,
            Stage::Confirming { .. } | Stage::Concluding => Progress::Confirming,
            Stage::Failed { error, retry_at } => Progress::Failed {
                code: error.code.to_owned(),
                message: error.message.clone(),
                retry_at_ms: retry_at.map(|at| at.wall_ms),
            },
        }
    }

    pub(super) fn connected(&mut self) {
        if let Stage::Fetching(fetch) = &mut self.stage {
            fetch.connected();
        }
    }

    pub(super) fn disconnected(&mut self) {
        if let Stage::Fetching(fetch) = &mut self.stage {
            fetch.disconnected();
        }
    }

    /// The hub says what to run. The same revision again, or an older one, changes nothing.
    pub(super) fn target(&mut self, target: Target, out: &mut Out<'_>) {
        if self.target.as_ref().is_some_and(|known| target.revision <= known.revision) {
            return;
        }
        let same_release = self.wanted() == target.release.as_ref();
        self.target = Some(target);
        if same_release && matches!(self.stage, Stage::Planning | Stage::Fetching(_) | Stage::Ready(_)) {
            return;
        }
        self.failures = 0;
        self.collected = false;
        self.consider(out);
    }

    /// Looks at the target afresh, unless a switch is under way: that is finished first.
    fn consider(&mut self, out: &mut Out<'_>) {
        match &self.stage {
            Stage::Activating(_) | Stage::Confirming { .. } | Stage::Concluding => return,
            // Without a store there is nothing to do but to say so.
            Stage::Failed { error, .. } if error.code == "io" && !error.passing => return,
            _ => {}
        }
        let wanted = self.wanted().cloned();
        if let Stage::Ready(release) = &self.stage {
            if wanted.as_ref().is_some_and(|wanted| wanted.id == release.id().0) {
                return;
            }
            out.event(LinkEvent::NoLongerReady { release: release.id().clone() });
        }
        let Some(wanted) = wanted else {
            self.stage = Stage::Settled;
            return;
        };
        if self.active.as_ref().is_some_and(|active| active.id().0 == wanted.id) {
            self.stage = Stage::Settled;
            return;
        }
        let revision = self.target_revision();
        if let Some(rejected) =
            self.rejected.iter().find(|rejected| rejected.release.0 == wanted.id && rejected.revision >= revision)
        {
            let error = JobError { code: "no_frames", message: rejected.reason.clone(), passing: false };
            self.stage = Stage::Failed { error, retry_at: None };
            return;
        }
        self.plan(wanted, out);
    }

    fn plan(&mut self, wanted: ReleaseRef, out: &mut Out<'_>) {
        self.stage = Stage::Planning;
        out.disk(DiskJob::Plan { release: wanted });
    }

    fn wanted(&self) -> Option<&ReleaseRef> {
        self.target.as_ref()?.release.as_ref()
    }

    fn is_wanted(&self, release: &BlobHash) -> bool {
        self.wanted().is_some_and(|wanted| wanted.id == release.0)
    }

    pub(super) fn chunk(&mut self, blob: &BlobHash, index: u32, bytes: Bytes, now: Now, out: &mut Out<'_>) {
        if let Stage::Fetching(fetch) = &mut self.stage {
            fetch.chunk(blob, index, bytes, now, out);
        }
    }

    /// Nobody is visiting: the screen wants to show it.
    pub(super) fn activate(&mut self, release: &BlobHash, out: &mut Out<'_>) {
        match &self.stage {
            Stage::Ready(ready) if ready.id() == release => {
                out.disk(DiskJob::Activate { release: release.clone(), revision: self.target_revision() });
                self.stage = Stage::Activating(ready.clone());
            }
            Stage::Activating(ready) if ready.id() == release => {}
            _ => out.event(LinkEvent::ActivationFailed {
                release: release.clone(),
                reason: "it is no longer the one to activate".to_owned(),
            }),
        }
    }

    pub(super) fn frames_good(&mut self, release: &BlobHash, out: &mut Out<'_>) {
        if matches!(self.stage, Stage::Confirming { .. })
            && self.active.as_ref().is_some_and(|active| active.id() == release)
        {
            self.stage = Stage::Concluding;
            out.disk(DiskJob::Confirm { release: release.clone() });
        }
    }

    pub(super) fn frames_bad(&mut self, release: &BlobHash, reason: String, now: Now, out: &mut Out<'_>) {
        match &self.stage {
            Stage::Confirming { .. } if self.active.as_ref().is_some_and(|active| active.id() == release) => {
                self.stage = Stage::Concluding;
                out.disk(DiskJob::RollBack { reason });
            }
            // It could not even be opened: what is shown stays untouched. The disk may be to blame, so that the
            // documents are read through before it is offered once more.
            Stage::Ready(ready) if ready.id() == release => {
                let documents = [EXHIBITION_FILE, PICTURES_FILE].map(|file| ready.manifest().files.get(file).cloned());
                for document in documents.into_iter().flatten() {
                    self.verify(document.blob, out);
                }
                self.fail(JobError { code: "no_frames", message: reason, passing: true }, now);
            }
            _ => {}
        }
    }

    pub(super) fn disk_done(&mut self, done: DiskDone, now: Now, out: &mut Out<'_>) {
        match done {
            DiskDone::Planned { release, result } => self.planned(&release, result, now, out),
            DiskDone::Written { blob, result } => {
                let Stage::Fetching(fetch) = &mut self.stage else { return };
                let step = match result {
                    Ok(written) => fetch.written(&blob, written),
                    Err(error) if error.code == "hash_mismatch" => fetch.mismatch(&blob),
                    Err(error) => return self.fail(error, now),
                };
                match step {
                    Step::GoOn => {}
                    Step::Complete => {
                        if let Some(wanted) = self.wanted().cloned() {
                            self.plan(wanted, out);
                        }
                    }
                    Step::Hopeless(blob) => {
                        let message = format!("blob {blob} keeps arriving with other bytes");
                        self.fail(JobError { code: "hash_mismatch", message, passing: true }, now);
                    }
                }
            }
            DiskDone::Activated { release, result } => match result {
                Ok(opened) => {
                    self.active = Some(opened.clone());
                    self.stage = Stage::Confirming { give_up_at_ms: now.mono_ms + CONFIRM_WITHIN_MS };
                    out.event(LinkEvent::Activated { release: opened });
                }
                Err(error) => {
                    out.event(LinkEvent::ActivationFailed { release, reason: error.message.clone() });
                    self.fail(error, now);
                }
            },
            DiskDone::Confirmed { release, result } => {
                // When the disk refused, the release is judged again after the next start.
                if result.is_ok() {
                    self.failures = 0;
                    out.event(LinkEvent::Confirmed { release });
                    let coming = self.wanted().map(|wanted| BlobHash(wanted.id.clone()));
                    out.disk(DiskJob::Collect { coming });
                }
                self.stage = Stage::Settled;
                self.consider(out);
            }
            DiskDone::RolledBack { result, reason } => match result {
                Ok((to, rejected)) => {
                    self.active = to.clone();
                    self.rejected = rejected;
                    out.event(LinkEvent::RolledBack { to, reason });
                    self.stage = Stage::Settled;
                    self.consider(out);
                }
                Err(error) => self.fail(error, now),
            },
            DiskDone::Collected => {}
            DiskDone::Verified { blob, whole } => {
                self.verifying.retain(|verifying| *verifying != blob);
                // Damaged: it was set aside. Fetch it again when it is of the release that the hub wants.
                let active = self.active.as_ref().map(|active| active.id().clone());
                if !whole
                    && matches!(self.stage, Stage::Settled)
                    && active.is_some_and(|active| self.is_wanted(&active))
                    && let Some(wanted) = self.wanted().cloned()
                {
                    self.plan(wanted, out);
                }
            }
        }
    }

    fn planned(&mut self, release: &BlobHash, result: Result<Planned, JobError>, now: Now, out: &mut Out<'_>) {
        if !matches!(self.stage, Stage::Planning) || !self.is_wanted(release) {
            // A plan for a target that was replaced meanwhile.
            return;
        }
        match result {
            Ok(Planned::Missing(plan)) => self.stage = Stage::Fetching(Fetch::new(plan.missing, now)),
            Ok(Planned::Staged(staged)) => {
                if self.active.as_ref().is_some_and(|active| active.id() == staged.id()) {
                    // A damaged blob of what is shown was fetched again.
                    self.stage = Stage::Settled;
                } else if let Some(reference) = self.wanted().cloned() {
                    out.event(LinkEvent::ReadyToActivate { release: staged.clone(), reference });
                    self.stage = Stage::Ready(staged);
                }
            }
            Err(error) if error.code == "disk_full" && !self.collected => {
                // Old releases may be what fills the disk.
                self.collected = true;
                out.disk(DiskJob::Collect { coming: Some(release.clone()) });
                if let Some(wanted) = self.wanted().cloned() {
                    self.plan(wanted, out);
                }
            }
            Err(error) => self.fail(error, now),
        }
    }

    fn fail(&mut self, error: JobError, now: Now) {
        let pause_ms = RETRY_MS.saturating_mul(1 << self.failures.min(8)).min(RETRY_MAX_MS);
        self.failures = self.failures.saturating_add(1);
        let retry_at = error.passing.then(|| Now { mono_ms: now.mono_ms + pause_ms, wall_ms: now.wall_ms + pause_ms });
        self.stage = Stage::Failed { error, retry_at };
    }

    pub(super) fn poll(&mut self, now: Now, visiting: bool, out: &mut Out<'_>) {
        match &mut self.stage {
            Stage::Fetching(fetch) => fetch.poll(now, out),
            Stage::Failed { retry_at: Some(at), .. } if now.mono_ms >= at.mono_ms => {
                self.stage = Stage::Settled;
                self.collected = false;
                self.consider(out);
            }
            Stage::Confirming { give_up_at_ms } if now.mono_ms >= *give_up_at_ms => {
                self.stage = Stage::Concluding;
                let reason = format!("no good frame within {} s", CONFIRM_WITHIN_MS / 1000);
                out.disk(DiskJob::RollBack { reason });
            }
            Stage::Settled if !visiting && now.mono_ms >= self.verify_at_ms => {
                self.verify_at_ms = now.mono_ms + VERIFY_EVERY_MS;
                self.verify_one(out);
            }
            _ => {}
        }
    }

    /// Has a blob read and checked, because somebody doubts it.
    pub(super) fn verify(&mut self, blob: BlobHash, out: &mut Out<'_>) {
        if self.verifying.len() < VERIFYING_MAX && !self.verifying.contains(&blob) {
            self.verifying.push(blob.clone());
            out.disk(DiskJob::Verify { blob });
        }
    }

    /// Nothing can be fetched or activated any more; what is shown stays.
    pub(super) fn store_lost(&mut self) {
        let message = "the store's thread has ended; restart the program".to_owned();
        self.stage = Stage::Failed { error: JobError { code: "io", message, passing: false }, retry_at: None };
    }

    /// Reads the active release through, one blob at a time: a disk that forgets is noticed before a visitor does.
    fn verify_one(&mut self, out: &mut Out<'_>) {
        let Some(active) = self.active.clone() else { return };
        let files = &active.manifest().files;
        if let Some(file) = files.values().nth(self.verify_next % files.len().max(1)) {
            let blob = file.blob.clone();
            self.verify(blob, out);
        }
        self.verify_next = self.verify_next.wrapping_add(1);
    }

    pub(super) fn next_tick_ms(&self) -> Option<u64> {
        match &self.stage {
            Stage::Fetching(fetch) => fetch.next_tick_ms(),
            Stage::Failed { retry_at, .. } => retry_at.map(|at| at.mono_ms),
            Stage::Confirming { give_up_at_ms } => Some(*give_up_at_ms),
            Stage::Settled => self.active.is_some().then_some(self.verify_at_ms),
            _ => None,
        }
    }
}
