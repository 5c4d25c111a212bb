//! A device's life as a machine can repeat it: releases come, are shown, prove themselves or go back, old ones are
//! collected, and records are saved and settled at the same time.
//!
//! What happens next follows from what is on the disk alone, so that a program that was killed goes on with the same
//! life. [`Expected`] is a second, small account of the store's rules: after any fault the store must agree with it.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use pingfeng_link::Outbox;
use pingfeng_release::chunk::ChunkName;
use pingfeng_release::store::{
    Disk, OpenRelease, Plan, RealDisk, Store, StoreOptions, Trust, UNCONFIRMED_STARTS_MAX, Wanted,
};
use pingfeng_release::{BlobHash, parcel};
use pingfeng_testkit::TestRelease;
use pingfeng_wire::{CheckInWay, Record, RecordBody, Refusal};
use serde::{Deserialize, Serialize};

use crate::marks::{Marks, Note};

/// Why releases of this life are rolled back.
const REASON: &str = "the drill says so";
/// Pieces handed to the store at once: few, so that a fault finds a file half there.
const PIECES_IN_PARCEL: usize = 4;
/// Versions that are kept in memory.
const VERSIONS_HELD_MAX: usize = 16;
/// Of a record that is refused.
const REFUSED_CODE: &str = "unknown_event";

/// The folders and files of a device.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    /// The store's folder.
    pub store: PathBuf,
    /// The outbox' file.
    pub outbox: PathBuf,
    disk: Arc<dyn Disk>,
}

impl Device {
    /// A device whose state is all in `folder`.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self { store: folder.join("store"), outbox: folder.join("outbox.sqlite"), disk: Arc::new(RealDisk) }
    }

    /// The same, with a store that never waits for the medium.
    pub(crate) fn careless(folder: &Path) -> Self {
        Self { disk: Arc::new(CarelessDisk), ..Self::in_folder(folder) }
    }

    /// Opens the store as the screen's program does, but for the reserve: the drill's disks are small.
    pub(crate) fn open_store(&self) -> Result<Store> {
        Ok(Store::open(&self.store, StoreOptions { reserve_bytes: 0 }, self.disk.clone())?)
    }
}

/// The machine's disk without its syncs: what the drill must find fault with, or it could not find anything.
#[derive(Debug)]
struct CarelessDisk;

impl Disk for CarelessDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.create_dir(path)
    }

    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        RealDisk.write_at(path, offset, bytes)
    }

    fn set_len(&self, path: &Path, len: u64) -> io::Result<()> {
        RealDisk.set_len(path, len)
    }

    fn sync_file(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_file(path)
    }

    fn sync_dir(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        RealDisk.free_bytes(path)
    }
}

/// One thing that is done to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// A program starts on the store.
    Open,
    /// Everything of a version is brought to the disk and staged.
    Fetch(u64),
    /// A staged version becomes active.
    Activate(u64),
    /// It proved itself.
    Confirm,
    /// It did not.
    RollBack,
    /// Old releases are removed.
    Collect,
}

/// What the pointer must say, in versions. See [`pingfeng_release::store::Pointer`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Expected {
    /// Shown now.
    pub active: Option<u64>,
    /// The confirmed one before it.
    pub previous: Option<u64>,
    /// Programs that started on `active` without confirming it; `None`: it is confirmed.
    pub starts: Option<u32>,
    /// The last version that went back.
    pub rejected: Option<u64>,
    /// The highest version that was ever begun.
    pub newest: u64,
    /// That version is staged and waits to be activated. Not on the disk: a start forgets it.
    pub staged: bool,
    /// Something may be there to collect.
    pub untidy: bool,
}

impl Expected {
    /// What a device does now. Every third release is no good; every second is started once more before it proves itself.
    pub(crate) fn next(&self) -> Step {
        match (self.starts, self.active) {
            (Some(_), Some(active)) if active.is_multiple_of(3) => Step::RollBack,
            (Some(0), Some(active)) if active.is_multiple_of(2) => Step::Open,
            (Some(_), _) => Step::Confirm,
            (None, _) if self.untidy => Step::Collect,
            (None, _) if self.staged => Step::Activate(self.newest),
            // A version that was begun and is neither active nor rejected is gone on with.
            (None, _) if self.newest > self.active.max(self.rejected).unwrap_or(0) => Step::Fetch(self.newest),
            (None, _) => Step::Fetch(self.newest + 1),
        }
    }

    /// The same after `step`.
    pub(crate) fn after(&self, step: Step) -> Self {
        let mut then = self.clone();
        match step {
            Step::Open => {
                then.staged = false;
                match self.starts {
                    Some(starts) if starts >= UNCONFIRMED_STARTS_MAX => then.step_back(),
                    Some(starts) => then.starts = Some(starts + 1),
                    None => {}
                }
            }
            Step::Fetch(version) => {
                then.newest = version;
                then.staged = true;
            }
            Step::Activate(version) => {
                if self.starts.is_none() {
                    then.previous = self.active;
                }
                then.active = Some(version);
                then.starts = Some(0);
                then.staged = false;
            }
            Step::Confirm => {
                then.starts = None;
                then.untidy = true;
            }
            Step::RollBack => then.step_back(),
            Step::Collect => then.untidy = false,
        }
        then
    }

    fn step_back(&mut self) {
        self.rejected = self.active;
        self.active = self.previous.take();
        self.starts = None;
        self.untidy = true;
    }

    /// True when the store's pointer says the same.
    pub(crate) fn agrees_with(&self, store: &Store) -> bool {
        let pointer = store.pointer();
        let is = |found: &Option<BlobHash>, wanted: Option<u64>| match (found, wanted) {
            (None, None) => true,
            (Some(found), Some(wanted)) => version(wanted).is_ok_and(|version| version.release.id == *found),
            _ => false,
        };
        let starts = match pointer.trust {
            Trust::Confirmed => None,
            Trust::Confirming { starts, .. } => Some(starts),
        };
        let rejected = pointer.rejected.last().map(|rejected| rejected.release.clone());
        is(&pointer.active, self.active)
            && is(&pointer.previous, self.previous)
            && starts == self.starts
            && is(&rejected, self.rejected)
    }
}

/// A version of the drill's exhibition, as a hub holds it.
#[derive(Debug)]
pub(crate) struct Version {
    /// Its manifest and files.
    pub release: TestRelease,
    /// The same as pieces, by name.
    pieces: HashMap<ChunkName, Vec<u8>>,
}

/// A version. Most of it is the same as in the one before; a fifth of the versions bring a longer film.
pub(crate) fn version(number: u64) -> Result<Arc<Version>> {
    /// Making one takes longer than everything that is done with it.
    static MADE: Mutex<BTreeMap<u64, Arc<Version>>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(version) = made.get(&number) {
        return Ok(version.clone());
    }
    if made.len() >= VERSIONS_HELD_MAX {
        made.pop_first();
    }
    let release = TestRelease::new(number, 200_000 + 10_000 * usize::try_from(number % 5)?);
    let pieces = release.pieces();
    let version = Arc::new(Version { release, pieces });
    made.insert(number, version.clone());
    Ok(version)
}

/// Brings a version into the store and stages it. The only place that knows how a release arrives.
pub(crate) fn fetch_into(store: &mut Store, version: &Version) -> Result<OpenRelease> {
    let wanted = Wanted::of(&version.release.manifest_bytes);
    loop {
        match store.plan(&wanted)? {
            Plan::Working { .. } => {}
            Plan::Complete => return Ok(store.stage(&version.release.id)?),
            Plan::Missing(missing) => {
                for some in missing.chunks(PIECES_IN_PARCEL) {
                    let pieces = some.iter().map(|entry| {
                        version
                            .pieces
                            .get(&entry.name)
                            .map(Vec::as_slice)
                            .context("the store asks for a piece that is in no file")
                    });
                    let parcel = parcel::pack(pieces.collect::<Result<Vec<_>>>()?)?;
                    let taken = store.take(&parcel)?;
                    ensure!(taken.names.len() == some.len(), "the store did not take what it asked for");
                }
            }
        }
    }
}

/// Does `step`.
pub(crate) fn carry_out(store: &mut Option<Store>, device: &Device, step: Step) -> Result<()> {
    if step == Step::Open {
        // The lock must be free before the next program starts.
        *store = None;
        *store = Some(device.open_store()?);
        return Ok(());
    }
    let store = store.as_mut().context("the store is not open")?;
    match step {
        Step::Open => {}
        Step::Fetch(number) => drop(fetch_into(store, &*version(number)?)?),
        Step::Activate(number) => drop(store.activate(&version(number)?.release.id, number)?),
        Step::Confirm => store.confirm()?,
        Step::RollBack => drop(store.roll_back(REASON)?),
        Step::Collect => drop(store.collect(None)?),
    }
    Ok(())
}

/// Lives until `enough` says so. Each step is noted before and after.
pub(crate) fn live(
    device: &Device,
    mut expected: Expected,
    marks: &Marks,
    enough: impl Fn(&Expected) -> bool,
) -> Result<()> {
    let mut store = None;
    let mut step = Step::Open;
    loop {
        marks.note(Note::Begin { step })?;
        carry_out(&mut store, device, step).with_context(|| format!("{step:?}"))?;
        expected = expected.after(step);
        marks.note(Note::Done { step })?;
        let Some(open) = &store else { bail!("the store is not open") };
        if !expected.agrees_with(open) {
            bail!("after {step:?} the pointer is {:?}, expected {expected:?}", open.pointer());
        }
        if enough(&expected) {
            return Ok(());
        }
        step = expected.next();
    }
}

/// The `number`-th check-in of this life.
pub(crate) fn record(number: u64) -> Record {
    Record {
        id: record_id(number),
        at_ms: number,
        body: RecordBody::CheckIn {
            event: "drill".into(),
            way: CheckInWay::Code,
            code: format!("{number:0>width$}", width = 8 + (number % 37) as usize * 20),
        },
    }
}

fn record_id(number: u64) -> String {
    format!("01DR{number:022}")
}

/// The number in the id of a record or an order of this life.
pub(crate) fn number_of(id: &str) -> Option<u64> {
    id.strip_prefix("01DR")?.parse().ok()
}

/// Saves and settles records from `from` on, until `enough` says so. The hub's part is played: of each ten records it
/// takes nine and refuses one, some time after they were saved.
pub(crate) fn keep_records(outbox: &mut Outbox, from: u64, marks: &Marks, enough: impl Fn(u64) -> bool) -> Result<()> {
    let mut number = from;
    while !enough(number) {
        marks.note(Note::Saving { record: number })?;
        outbox.append(&record(number))?;
        marks.note(Note::Saved { record: number })?;
        if number.is_multiple_of(10) && number >= 20 {
            let settled: Vec<u64> = (number - 19..number - 10).collect();
            marks.note(Note::Settling { records: settled.clone() })?;
            outbox.forget(&settled.iter().copied().map(record_id).collect::<Vec<_>>())?;
            marks.note(Note::Settled { records: settled })?;
            let refused = number - 10;
            marks.note(Note::Refusing { record: refused })?;
            outbox.refuse(&[Refusal { id: record_id(refused), code: REFUSED_CODE.into() }])?;
            marks.note(Note::Refused { record: refused })?;
        }
        if number.is_multiple_of(7) {
            marks.note(Note::Ordering { order: number })?;
            outbox.remember_order(&record_id(number))?;
            marks.note(Note::Ordered { order: number })?;
        }
        number += 1;
    }
    Ok(())
}
