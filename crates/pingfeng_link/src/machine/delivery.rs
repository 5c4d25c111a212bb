//! From the target to the glass: plan, fetch, stage, activate between visits, confirm or roll back.

use bytes::Bytes;
use pingfeng_release::store::{OpenRelease, Rejected};
use pingfeng_release::{BlobHash, EXHIBITION_FILE, PICTURES_FILE};
use pingfeng_release::run::Run;
use pingfeng_release::store::Plan;
use pingfeng_wire::{Activation, Offer, Outcome, Progress, ReleaseRef, Target, Way, topic};

use super::fetch::Fetch;
use super::ways::{Neighbour, Next, Said, Ways};
use super::{DiskDone, DiskJob, JobError, Out, Output, Planned};
use crate::api::{CONFIRM_WITHIN_MS, Ignored, LinkEvent};
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
    /// The topic of the site on which others are sent what this device fetches as well.
    joined: Option<String>,
    /// The order to go back that is being carried out.
    stepping_back: Option<String>,
    /// The ways on which pieces come.
    ways: Ways,
}

#[derive(Debug)]
enum Stage {
    Settled,
    /// The disk looks what is missing. With the fetch that goes on afterwards.
    Planning(Option<Box<Fetch>>),
    Fetching(Box<Fetch>),
    /// Somebody has brought a stick, which is read first.
    Importing {
        done_bytes: u64,
        total_bytes: u64,
    },
    /// On disk, and not to be shown before its time.
    Waiting(OpenRelease),
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
            joined: None,
            stepping_back: None,
            ways: Ways::default(),
        }
    }

    pub(super) fn target_revision(&self) -> u64 {
        self.target.as_ref().map_or(0, |target| target.revision)
    }

    pub(super) fn reference_of(&self, release: &BlobHash) -> Option<ReleaseRef> {
        let of_target = self.wanted().map(|offer| &offer.release).filter(|reference| reference.id == release.0).cloned();
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
            Stage::Planning(None) => Progress::Fetching { done_bytes: 0, total_bytes: 0, bytes_s: 0, waits: None, way: None },
            Stage::Planning(Some(fetch)) | Stage::Fetching(fetch) => Progress::Fetching {
                done_bytes: fetch.done_bytes(),
                total_bytes: fetch.total_bytes(),
                bytes_s: fetch.bytes_s(),
                waits: fetch.waits().map(str::to_owned),
                way: self.ways.way().or((!fetch.is_idle()).then_some(Way::Mqtt)),
            },
            Stage::Importing { done_bytes, total_bytes } => {
                Progress::Fetching {
                    done_bytes: *done_bytes,
                    total_bytes: *total_bytes,
                    bytes_s: 0,
                    waits: None,
                    way: None,
                }
            }
            Stage::Waiting(_) => Progress::WaitingForTime,
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
        if let Stage::Fetching(fetch) | Stage::Planning(Some(fetch)) = &mut self.stage {
            fetch.connected();
        }
    }

    pub(super) fn disconnected(&mut self) {
        self.joined = None;
        if let Stage::Fetching(fetch) | Stage::Planning(Some(fetch)) = &mut self.stage {
            fetch.disconnected();
        }
    }

    /// True unless this target, or a later one, was taken already.
    pub(super) fn is_news(&self, target: &Target) -> bool {
        self.target.as_ref().is_none_or(|known| target.revision > known.revision)
    }

    /// What was refused may be right now.
    pub(super) fn trust_changed(&mut self, out: &mut Out<'_>) {
        if matches!(self.stage, Stage::Failed { .. }) {
            self.failures = 0;
            self.consider(out);
        }
    }

    /// True for the topic on which others are sent what this device fetches.
    pub(super) fn listens_on(&self, topic: &str) -> bool {
        self.joined.as_deref() == Some(topic)
    }

    /// The hub says what to run. The same revision again, or an older one, changes nothing.
    pub(super) fn target(&mut self, target: Target, out: &mut Out<'_>) {
        if !self.is_news(&target) {
            return;
        }
        let same_release = self.wanted() == target.release.as_ref();
        self.target = Some(target);
        let on_its_way =
            matches!(self.stage, Stage::Planning(_) | Stage::Fetching(_) | Stage::Waiting(_) | Stage::Ready(_));
        if same_release && on_its_way {
            if let Stage::Fetching(fetch) = &mut self.stage {
                fetch.encourage();
            }
            return;
        }
        self.failures = 0;
        self.collected = false;
        self.consider(out);
    }

    /// Looks at the target afresh, unless a switch is under way: that is finished first.
    fn consider(&mut self, out: &mut Out<'_>) {
        match &self.stage {
            Stage::Activating(_) | Stage::Confirming { .. } | Stage::Concluding | Stage::Importing { .. } => return,
            // Without a store there is nothing to do but to say so.
            Stage::Failed { error, .. } if error.code == "io" && !error.passing => return,
            _ => {}
        }
        let wanted = self.wanted().cloned();
        if let Stage::Ready(release) = &self.stage {
            if wanted.as_ref().is_some_and(|wanted| wanted.release.id == release.id().0) {
                return;
            }
            out.event(LinkEvent::NoLongerReady { release: release.id().clone() });
        }
        let Some(wanted) = wanted else {
            self.stage = Stage::Settled;
            return;
        };
        if self.active.as_ref().is_some_and(|active| active.id().0 == wanted.release.id) {
            self.stage = Stage::Settled;
            return;
        }
        let revision = self.target_revision();
        if let Some(rejected) =
            self.rejected.iter().find(|rejected| rejected.release.0 == wanted.release.id && rejected.revision >= revision)
        {
            let error = JobError { code: "no_frames", message: rejected.reason.clone(), passing: false };
            self.stage = Stage::Failed { error, retry_at: None };
            return;
        }
        self.plan(wanted, out);
    }

    fn plan(&mut self, offer: Offer, out: &mut Out<'_>) {
        let fetch = match std::mem::replace(&mut self.stage, Stage::Settled) {
            Stage::Fetching(fetch) | Stage::Planning(Some(fetch)) => Some(fetch),
            _ => None,
        };
        self.stage = Stage::Planning(fetch.filter(|fetch| fetch.is_of(&offer.release.id)));
        out.disk(DiskJob::Plan { offer });
    }

    fn wanted(&self) -> Option<&Offer> {
        self.target.as_ref()?.release.as_ref()
    }

    fn is_wanted(&self, release: &BlobHash) -> bool {
        self.wanted().is_some_and(|wanted| wanted.release.id == release.0)
    }

    /// Pieces that this device, or another of its site, has asked for.
    pub(super) fn parcel(&mut self, parcel: Bytes, now: Now, out: &mut Out<'_>) {
        if let Stage::Fetching(fetch) = &mut self.stage {
            fetch.parcel(parcel, now, out);
        }
    }

    /// A transfer says something. What one says that was ended is not heard.
    pub(super) fn transfer(&mut self, id: u64, said: Said, out: &mut Out<'_>) {
        if !self.ways.is_open(id) {
            return;
        }
        match (said, &mut self.stage) {
            (Said::Ended(result), _) => self.ways.ended(result),
            (Said::Parcel(parcel), Stage::Fetching(fetch)) => fetch.flowed(parcel, out),
            // Everything is there: a parcel that comes now has nothing that is missing.
            (Said::Parcel(_), _) => {}
        }
    }

    /// Devices of the site that have what is being fetched.
    pub(super) fn neighbours(&mut self, neighbours: Vec<Neighbour>, now: Now) {
        self.ways.seen(neighbours, now);
    }

    /// By which other devices of the site may ask for pieces; `None`: they may not.
    pub(super) fn site_key(&self) -> Option<&str> {
        self.target.as_ref()?.delivery.neighbours.as_ref().map(|neighbours| neighbours.key.as_str())
    }

    /// Nothing is being fetched or switched: there is time for others.
    pub(super) fn is_quiet(&self) -> bool {
        matches!(self.stage, Stage::Settled | Stage::Waiting(_) | Stage::Ready(_))
    }

    /// A device of the site gave out wrong pieces not long ago.
    pub(super) fn neighbour_wrong(&self, now: Now) -> bool {
        self.ways.neighbour_wrong(now)
    }

    /// True while the next parcel of a transfer may be taken.
    pub(super) fn has_room(&self) -> bool {
        match &self.stage {
            Stage::Fetching(fetch) | Stage::Planning(Some(fetch)) => fetch.has_room(),
            _ => true,
        }
    }

    /// True while a stick may be read: nothing is being switched, and there is a store.
    pub(super) fn can_import(&self) -> bool {
        match &self.stage {
            Stage::Settled | Stage::Planning(_) | Stage::Fetching(_) | Stage::Waiting(_) => true,
            Stage::Failed { error, .. } => error.code != "io" || error.passing,
            _ => false,
        }
    }

    pub(super) fn import_begins(&mut self) {
        self.stage = Stage::Importing { done_bytes: 0, total_bytes: 0 };
    }

    pub(super) fn import_goes_on(&mut self, done_bytes: u64, total_bytes: u64) {
        if matches!(self.stage, Stage::Importing { .. }) {
            self.stage = Stage::Importing { done_bytes, total_bytes };
        }
    }

    /// There was nothing for this device: on with what the hub wants.
    pub(super) fn import_ends(&mut self, out: &mut Out<'_>) {
        if matches!(self.stage, Stage::Importing { .. }) {
            self.stage = Stage::Settled;
            self.consider(out);
        }
    }

    /// A release came on a stick. It is what this device should run, until the hub says something newer.
    pub(super) fn imported(&mut self, offer: Offer, release: OpenRelease, out: &mut Out<'_>) {
        let rejected = self.rejected.iter().any(|rejected| rejected.release == *release.id());
        if !matches!(self.stage, Stage::Importing { .. }) || rejected {
            return self.import_ends(out);
        }
        let before = self.target.take();
        self.target = Some(Target {
            v: pingfeng_wire::VERSION,
            revision: before.as_ref().map_or(0, |target| target.revision),
            release: Some(offer),
            site: before.as_ref().map_or_else(String::new, |target| target.site.clone()),
            delivery: before.as_ref().map(|target| target.delivery.clone()).unwrap_or_default(),
            activation: Activation::BetweenVisits,
            blank: before.as_ref().is_some_and(|target| target.blank),
            notice: before.as_ref().and_then(|target| target.notice.clone()),
            trust: before.and_then(|target| target.trust),
        });
        self.stage = Stage::Waiting(release);
    }

    /// The hub wants what was shown before. False when there is nothing to go back to, or something is being switched.
    pub(super) fn return_to_last_good(&mut self, order: &str, out: &mut Out<'_>) -> bool {
        let busy = matches!(self.stage, Stage::Activating(_) | Stage::Concluding) || self.stepping_back.is_some();
        if busy || self.active.is_none() {
            return false;
        }
        if let Stage::Ready(release) = &self.stage {
            out.event(LinkEvent::NoLongerReady { release: release.id().clone() });
        }
        self.stage = Stage::Concluding;
        self.stepping_back = Some(order.to_owned());
        let reason = "the hub asked for the release before".to_owned();
        out.disk(DiskJob::StepBack { reason, revision: self.target_revision() });
        true
    }

    /// Nobody is visiting: the screen wants to show it.
    pub(super) fn activate(&mut self, release: &BlobHash, out: &mut Out<'_>) {
        match &self.stage {
            Stage::Ready(ready) if ready.id() == release => {
                let ready = ready.clone();
                if let Some(offer) = self.wanted().cloned() {
                    out.disk(DiskJob::Activate { offer, revision: self.target_revision() });
                    self.stage = Stage::Activating(ready);
                }
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

    /// The disk has done something. `Some`: an order has been carried out by it.
    pub(super) fn disk_done(&mut self, done: DiskDone, now: Now, out: &mut Out<'_>) -> Option<(String, Outcome)> {
        match done {
            DiskDone::Planned { release, result, runs } => self.planned(&release, result, runs, now, out),
            DiskDone::Taken { result } => {
                let planning = matches!(self.stage, Stage::Planning(_));
                let (Stage::Fetching(fetch) | Stage::Planning(Some(fetch))) = &mut self.stage else { return None };
                match result {
                    Ok(taken) => {
                        if fetch.taken(&taken, now, out)
                            && !planning
                            && let Some(wanted) = self.wanted().cloned()
                        {
                            self.plan(wanted, out);
                        }
                    }
                    // The plan that is under way finds what is wrong.
                    Err(_) if planning => fetch.not_taken(),
                    Err(error) if error.code == "parcel" => {
                        fetch.not_taken();
                        out.ignore(Ignored::Chunk);
                    }
                    Err(error) => self.fail(error, now),
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
                    let coming = self.wanted().map(|wanted| BlobHash(wanted.release.id.clone()));
                    out.disk(DiskJob::Collect { coming });
                }
                self.stage = Stage::Settled;
                self.consider(out);
            }
            DiskDone::RolledBack { result, reason } => {
                let order = self.stepping_back.take();
                match result {
                    Ok((to, rejected)) => {
                        self.active = to.clone();
                        self.rejected = rejected;
                        out.event(LinkEvent::RolledBack { to, reason });
                        self.stage = Stage::Settled;
                        self.consider(out);
                        return order.map(|order| (order, Outcome::Done));
                    }
                    // There was nothing behind it: what is shown is as good as before.
                    Err(error) if order.is_some() => {
                        tracing::warn!(error.message, "could not go back");
                        self.stage = Stage::Settled;
                        self.consider(out);
                        return order.map(|order| (order, Outcome::Refused { code: "no_release".into() }));
                    }
                    Err(error) => self.fail(error, now),
                }
            }
            // The machine has given these to those whom they concern.
            DiskDone::Trust { .. }
            | DiskDone::Notice { .. }
            | DiskDone::Imported { .. }
            | DiskDone::Carried { .. }
            | DiskDone::Collected
            | DiskDone::Stocked { .. }
            | DiskDone::Identified => {}
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
        None
    }

    fn planned(
        &mut self,
        release: &BlobHash,
        result: Result<Planned, JobError>,
        runs: Vec<Run>,
        now: Now,
        out: &mut Out<'_>,
    ) {
        if !matches!(self.stage, Stage::Planning(_)) || !self.is_wanted(release) {
            // A plan for a target that was replaced meanwhile.
            return;
        }
        match result {
            Ok(Planned::Not(Plan::Missing(missing))) => {
                let Stage::Planning(fetch) = std::mem::replace(&mut self.stage, Stage::Settled) else { return };
                let base = self.active.as_ref().map(|active| active.id().0.clone());
                let mut fetch = fetch.unwrap_or_else(|| {
                    self.ways.turn();
                    Box::new(Fetch::new(release.0.clone(), base, now))
                });
                self.ways.planned(runs);
                let together = self.target.as_ref().is_some_and(|target| target.delivery.together);
                fetch.seek(missing, out.device, together);
                self.stage = Stage::Fetching(fetch);
            }
            // It has more to look through.
            Ok(Planned::Not(_)) => {
                if let Some(wanted) = self.wanted().cloned() {
                    self.plan(wanted, out);
                }
            }
            Ok(Planned::Staged(staged)) => {
                if self.active.as_ref().is_some_and(|active| active.id() == staged.id()) {
                    // A damaged blob of what is shown was fetched again.
                    self.stage = Stage::Settled;
                } else {
                    // Whether its time has come is looked at next.
                    self.stage = Stage::Waiting(staged);
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
        let retry_at = error.passing.then(|| Now { mono_ms: now.mono_ms + pause_ms, wall_ms: now.wall_ms + pause_ms, ..now });
        self.stage = Stage::Failed { error, retry_at };
    }

    pub(super) fn poll(&mut self, now: Now, visiting: bool, site: &str, out: &mut Out<'_>) {
        self.join(site, out);
        if !matches!(self.stage, Stage::Fetching(_) | Stage::Planning(Some(_))) {
            self.ways.stop(out);
        }
        match &mut self.stage {
            Stage::Fetching(fetch) => {
                let Some(target) = &self.target else { return };
                match self.ways.poll(now, &target.delivery, fetch, out) {
                    Next::Mqtt => fetch.poll(now, &target.delivery, self.joined.is_some(), out),
                    Next::Wait => {}
                    Next::Plan => {
                        if let Some(wanted) = self.wanted().cloned() {
                            self.plan(wanted, out);
                        }
                    }
                }
            }
            // A transfer whose last parcel is here says its end at any moment.
            Stage::Planning(Some(_)) => {}
            Stage::Waiting(staged) => {
                if let Some(target) = &self.target
                    && let Some(offer) = &target.release
                    && due_in_ms(&target.activation, now) == 0
                {
                    let release = staged.clone();
                    out.event(LinkEvent::ReadyToActivate { release: release.clone(), reference: offer.release.clone() });
                    self.stage = Stage::Ready(release);
                }
            }
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

    /// Listens to what others of the site are sent, while it helps.
    fn join(&mut self, site: &str, out: &mut Out<'_>) {
        let fetch = match &self.stage {
            Stage::Fetching(fetch) | Stage::Planning(Some(fetch)) => Some(fetch),
            _ => None,
        };
        let together = self.target.as_ref().is_some_and(|target| target.delivery.together);
        let wanted = fetch.filter(|fetch| out.connected && together && fetch.keeps_up());
        let topic = wanted.map(|fetch| topic::site_chunk(site, fetch.release()));
        if topic == self.joined {
            return;
        }
        if let Some(left) = self.joined.take() {
            out.outputs.push(Output::Unsubscribe(left));
        }
        if let Some(topic) = topic {
            out.outputs.push(Output::Subscribe(vec![topic.clone()]));
            self.joined = Some(topic);
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

    pub(super) fn next_tick_ms(&self, now: Now) -> Option<u64> {
        let target = self.target.as_ref();
        match &self.stage {
            Stage::Fetching(fetch) => target.and_then(|target| {
                let rules = &target.delivery;
                if self.ways.way().is_some() {
                    return fetch.flows_at_ms(now, rules);
                }
                // Somebody who waits for a window does not look for other ways.
                let ways = fetch.waits().is_none().then(|| self.ways.next_tick_ms(rules)).flatten();
                fetch.next_tick_ms(now, rules).into_iter().chain(ways).min()
            }),
            // At least once a minute, because a clock may be set.
            Stage::Waiting(_) => target.map(|target| now.mono_ms + due_in_ms(&target.activation, now).min(60_000)),
            Stage::Failed { retry_at, .. } => retry_at.map(|at| at.mono_ms),
            Stage::Confirming { give_up_at_ms } => Some(*give_up_at_ms),
            Stage::Settled => self.active.is_some().then_some(self.verify_at_ms),
            _ => None,
        }
    }
}

/// How long until a release may be shown. A time that cannot be read, or that the clock has passed, is now.
fn due_in_ms(activation: &Activation, now: Now) -> u64 {
    let Activation::At { local } = activation else { return 0 };
    let Ok(at) = local.parse::<jiff::civil::DateTime>() else { return 0 };
    let local_ms = at.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |at| at.timestamp().as_millisecond());
    let now_ms = i64::try_from(now.wall_ms).unwrap_or(i64::MAX).saturating_add(i64::from(now.zone_min) * 60_000);
    u64::try_from(local_ms.saturating_sub(now_ms)).unwrap_or(0)
}
