//! The store's slow work, on a thread of its own: a disk that takes its time must not cost the connection. It also asks
//! the guard, whose answers must be on the disk before they count.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use pingfeng_release::BlobHash;
use pingfeng_release::store::{DiskError, OpenRelease, Plan, PlanError, PointError, StageError, Store, TakeError, Wanted};
use pingfeng_wire::Offer;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::machine::{DiskDone, DiskJob, JobError, Planned, TAKING_MAX};
use crate::identity::Identity;
use crate::stick::{self, ImportStep, Importing};
use crate::watch::Watch;

/// Jobs that wait: the parcels that the machine gives at most, and room for everything else it may ask meanwhile.
pub(crate) const JOBS_MAX: usize = TAKING_MAX + 32;

/// The store's thread. Dropping the sender ends it.
#[derive(Debug)]
pub(crate) struct DiskWorker {
    jobs: Option<SyncSender<DiskJob>>,
    thread: Option<JoinHandle<()>>,
}

impl DiskWorker {
    /// Takes the store over. Results come through `done`.
    pub(crate) fn start(worker: Worker, done: mpsc::Sender<DiskDone>) -> std::io::Result<Self> {
        let (jobs, queue) = sync_channel(JOBS_MAX);
        let thread =
            std::thread::Builder::new().name("pingfeng-disk".into()).spawn(move || work(worker, &queue, &done))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// False when the queue is full or the thread is gone.
    pub(crate) fn give(&self, job: DiskJob) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }

    /// Finishes what was begun and closes the store.
    pub(crate) fn finish(mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's thread panicked");
        }
    }
}

/// What works: the store, and who decides what it may take.
pub(crate) struct Worker {
    pub store: Store,
    pub watch: Watch,
    pub clock: Arc<dyn Clock>,
    /// To sign records that are carried away.
    pub identity: Option<Identity>,
    /// The stick that is being read.
    pub importing: Option<Importing>,
}

fn work(mut worker: Worker, queue: &Receiver<DiskJob>, done: &mpsc::Sender<DiskDone>) {
    while let Ok(job) = queue.recv() {
        let result = carry_out(&mut worker, job);
        if done.blocking_send(result).is_err() {
            break;
        }
    }
}

fn carry_out(worker: &mut Worker, job: DiskJob) -> DiskDone {
    let Worker { store, watch, clock, identity, importing } = worker;
    match job {
        DiskJob::Plan { offer } => {
            let release = BlobHash(offer.release.id.clone());
            let result = plan(store, watch, &**clock, &offer);
            // What will never be shown leaves nothing behind: a hub in the wrong hands could fill the disk with manifests.
            if result.as_ref().is_err_and(|error| !error.passing)
                && let Err(error) = store.collect(None)
            {
                tracing::warn!(%error, "what was refused could not be removed");
            }
            let runs = if matches!(result, Ok(Planned::Not(Plan::Missing(_)))) { store.missing_runs() } else { Vec::new() };
            DiskDone::Planned { release, result, runs }
        }
        DiskJob::Take { parcel } => DiskDone::Taken { result: store.take(&parcel).map_err(JobError::from) },
        DiskJob::Activate { offer, revision } => {
            let release = BlobHash(offer.release.id.clone());
            let result = activate(store, watch, &**clock, &offer, revision);
            DiskDone::Activated { release, result }
        }
        DiskJob::TakeTrust { documents } => {
            DiskDone::Trust { report: watch.take_documents(store, &documents, &**clock) }
        }
        DiskJob::Import { folder } => {
            let begun = Importing::begin(folder, store, watch, &**clock);
            let result = match begun {
                Ok(begun) => importing.insert(begun).step(store, watch, &**clock),
                Err(refused) => Ok(ImportStep::Refused(refused)),
            };
            DiskDone::Imported { result }
        }
        DiskJob::ImportMore => {
            let result = match importing {
                Some(importing) => importing.step(store, watch, &**clock),
                None => Ok(ImportStep::Nothing),
            };
            DiskDone::Imported { result }
        }
        DiskJob::Carry { folder, records } => {
            // The pack is closed: the stick may be pulled out after this.
            *importing = None;
            let Some(identity) = identity else {
                return DiskDone::Carried { ack: None, records: Ok(0) };
            };
            let ack = stick::carried_back(&folder, identity);
            let count = records.len() as u64;
            let written = if records.is_empty() { Ok(()) } else { stick::carry_out(&folder, identity, records).map(drop) };
            DiskDone::Carried { ack, records: written.map(|()| count).map_err(|error| error.to_string()) }
        }
        DiskJob::LookAtTrust => DiskDone::Trust { report: watch.look(store, &**clock) },
        DiskJob::CheckNotice { envelope } => {
            let result = watch.check_notice(store, envelope.as_bytes(), &**clock);
            DiskDone::Notice { envelope, result }
        }
        DiskJob::Confirm { release } => {
            // The screen may speak of a release that was replaced while it was drawing.
            let is_active = store.active().is_some_and(|active| *active.id() == release);
            let result = if is_active { store.confirm() } else { Err(PointError::NotConfirming) };
            DiskDone::Confirmed { release, result: result.map_err(JobError::from) }
        }
        DiskJob::RollBack { reason } => {
            let result = store.roll_back(&reason).map_err(JobError::from);
            DiskDone::RolledBack { result: result.map(|to| (to, store.pointer().rejected.clone())), reason }
        }
        DiskJob::StepBack { reason, revision } => {
            let result = store.step_back(&reason, revision).map_err(JobError::from);
            DiskDone::RolledBack { result: result.map(|to| (to, store.pointer().rejected.clone())), reason }
        }
        DiskJob::Collect { coming } => {
            match store.collect(coming.as_ref()) {
                Ok(collected) if collected.blobs > 0 => {
                    tracing::info!(blobs = collected.blobs, bytes = collected.bytes, "old releases were removed");
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "old releases could not be removed"),
            }
            DiskDone::Collected
        }
        DiskJob::Identify { identity: renewed } => {
            *identity = Some(*renewed);
            DiskDone::Identified
        }
        DiskJob::Stock => {
            let larder = store.larder().inspect_err(|error| tracing::warn!(%error, "nothing is given to neighbours"));
            DiskDone::Stocked { larder: larder.ok().map(Arc::new) }
        }
        DiskJob::Verify { blob } => {
            let whole = match store.verify(&blob) {
                Ok(true) => true,
                Ok(false) => {
                    tracing::warn!(%blob, "a blob on disk was damaged and is fetched again");
                    false
                }
                Err(error) => {
                    tracing::warn!(%error, "a blob could not be checked");
                    true
                }
            };
            DiskDone::Verified { blob, whole }
        }
    }
}

fn plan(store: &mut Store, watch: &mut Watch, clock: &dyn Clock, offer: &Offer) -> Result<Planned, JobError> {
    let release = BlobHash(offer.release.id.clone());
    let manifest_root = offer.manifest_root.parse().map_err(|_| JobError {
        code: "manifest_invalid",
        message: format!("`{:.80}` names no piece", offer.manifest_root),
        passing: false,
    })?;
    let wanted = Wanted {
        release,
        manifest_size_bytes: offer.release.manifest_size_bytes,
        manifest_root,
        manifest_depth: offer.manifest_depth,
    };
    // Who has not signed is not listened to, and costs no traffic: before the first file is asked for.
    let plan = store.plan(&wanted)?;
    // What is on the glass already may always be repaired.
    let is_active = store.active().is_some_and(|active| *active.id() == wanted.release);
    if let Some(manifest) = store.incoming_manifest_bytes(&wanted.release).filter(|_| !is_active) {
        watch.would_accept(offer, &manifest, clock)?;
    }
    match plan {
        Plan::Complete => Ok(Planned::Staged(store.stage(&wanted.release)?)),
        plan => Ok(Planned::Not(plan)),
    }
}

/// Asks the guard a last time, keeps its answer, and only then moves the pointer.
fn activate(
    store: &mut Store,
    watch: &mut Watch,
    clock: &dyn Clock,
    offer: &Offer,
    revision: u64,
) -> Result<OpenRelease, JobError> {
    let release = BlobHash(offer.release.id.clone());
    let manifest = store.incoming_manifest_bytes(&release).ok_or_else(|| PointError::NotStaged(release.clone()))?;
    watch.accept(store, offer, &manifest, clock)?;
    Ok(store.activate(&release, revision)?)
}

impl From<DiskError> for JobError {
    fn from(error: DiskError) -> Self {
        Self { code: error.code(), message: error.to_string(), passing: true }
    }
}

impl From<PlanError> for JobError {
    fn from(error: PlanError) -> Self {
        let message = error.to_string();
        match error {
            PlanError::Manifest(error) => Self { code: error.code(), message, passing: false },
            PlanError::NoRoom { .. } => Self { code: "disk_full", message, passing: true },
            PlanError::NotAHash(_) | PlanError::Tree { .. } | PlanError::OtherManifest(_) => {
                Self { code: "manifest_invalid", message, passing: false }
            }
            PlanError::OtherBytes(_) => Self { code: "hash_mismatch", message, passing: true },
            PlanError::Disk(error) => error.into(),
        }
    }
}

impl From<TakeError> for JobError {
    fn from(error: TakeError) -> Self {
        let message = error.to_string();
        match error {
            TakeError::Parcel(_) => Self { code: "parcel", message, passing: true },
            TakeError::OtherBytes(_) => Self { code: "hash_mismatch", message, passing: true },
            TakeError::Disk(error) => error.into(),
        }
    }
}

impl From<StageError> for JobError {
    fn from(error: StageError) -> Self {
        let message = error.to_string();
        match error {
            StageError::Incomplete { .. } => Self { code: "io", message, passing: true },
            StageError::Manifest(error) => Self { code: error.code(), message, passing: false },
            StageError::Disk(error) => error.into(),
        }
    }
}

impl From<PointError> for JobError {
    fn from(error: PointError) -> Self {
        let message = error.to_string();
        match error {
            PointError::NotStaged(_) | PointError::NotConfirming | PointError::NothingBehind => Self { code: "io", message, passing: true },
            PointError::Disk(error) => error.into(),
        }
    }
}
