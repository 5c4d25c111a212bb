//! A life on a logged disk, and the same disk as each power cut might have left it.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use pingfeng_link::Outbox;
use rustix::fs::{FallocateFlags, SeekFrom};
use serde::{Deserialize, Serialize};

use crate::disk_log::{self, Entry, SECTOR_BYTES};
use crate::disks::{self, LoggedDisk, Loop, Mount};
use crate::judge::{self, Kind, Verdict};
use crate::life::{self, Device, Expected};
use crate::marks::{Marks, Note, Promised};
use crate::report::Row;
use crate::states::{self, State, There};

/// Size of the disk that is cut: a life fits, and a copy of it is made in some milliseconds.
const DISK_MIB: u64 = 16;
/// The life ends when this version is confirmed: 1 and 2 are shown, 3 goes back, 4 is shown.
const LAST_VERSION: u64 = 4;
/// Records that a life saves at least and at most.
const RECORDS: [u64; 2] = [60, 1_000];
/// Copied and compared at once.
const PAGE_BYTES: usize = 4096;
const EMPTY_PAGE: [u8; PAGE_BYTES] = [0; PAGE_BYTES];
/// Bytes that are read at once.
const STRETCH_BYTES: usize = 256 * PAGE_BYTES;
/// A worker goes this often over the whole log, each time with other states: a run that is stopped has then tried some
/// of every part of a life.
const PASSES: usize = 20;
/// How often a worker says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(20);

/// What a recording is about, beside the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stretch {
    /// Entry at which the file system was mounted and empty.
    from: usize,
    /// Entry at which the life was over.
    to: usize,
}

/// The files of a recorded life.
#[derive(Clone, Debug)]
struct Recording {
    base: PathBuf,
    log: PathBuf,
    marks: PathBuf,
    stretch: PathBuf,
}

impl Recording {
    fn in_folder(folder: &Path) -> Self {
        Self {
            base: folder.join("base.img"),
            log: folder.join("log.img"),
            marks: folder.join("marks.jsonl"),
            stretch: folder.join("stretch.json"),
        }
    }
}

/// Which part of the states a worker takes, and of what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// States of all parts together.
    pub states: usize,
    /// Decides them.
    pub seed: u64,
    /// This part takes every `shares`-th state, beginning with `share`.
    pub share: usize,
    /// Number of parts.
    pub shares: usize,
    /// Only states whose power is cut at this entry, for looking at one again.
    pub only: Option<usize>,
}

/// Lives on a logged disk and leaves the recording in `folder`. `careless`: the store never waits for the medium.
fn record(folder: &Path, careless: bool) -> Result<()> {
    let files = Recording::in_folder(folder);
    for old in [&files.base, &files.log, &files.marks, &files.stretch] {
        if old.exists() {
            fs::remove_file(old)?;
        }
    }
    let image = folder.join("disk.img");
    disks::make_ext4(&image, DISK_MIB)?;
    fs::copy(&image, &files.base)?;
    let mount_point = folder.join("mounted");
    fs::create_dir_all(&mount_point)?;

    let disk = LoggedDisk::start(&image, &files.log, folder)?;
    let device = Loop::attach(disk.file())?;
    let mount = Mount::new(&device, &mount_point)?;
    let log = File::open(&files.log)?;
    let from = usize::try_from(disk_log::entries(&log)?)?;
    let marks = Marks::open(&files.marks, Some(&files.log))?;
    let lived = if careless { Device::careless(mount.folder()) } else { Device::in_folder(mount.folder()) };
    live_with_records(&lived, Expected::default(), 1, &marks, |state| {
        state.active == Some(LAST_VERSION) && state.starts.is_none() && !state.untidy
    })?;
    let to = usize::try_from(disk_log::entries(&log)?)?;
    mount.unmount()?;
    drop(device);
    drop(disk);
    fs::write(&files.stretch, serde_json::to_vec(&Stretch { from, to })?)?;
    fs::remove_file(&image)?;
    Ok(())
}

/// Store and outbox at the same time, as the link has them; ends when `enough` says so of both.
pub(crate) fn live_with_records(
    device: &Device,
    expected: Expected,
    first_record: u64,
    marks: &Marks,
    enough: impl Fn(&Expected) -> bool,
) -> Result<()> {
    let mut outbox = Outbox::open(&device.outbox)?;
    let count = outbox.count_start()?;
    marks.note(Note::Started { count })?;
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let records = scope.spawn(|| {
            let last = first_record + RECORDS[1];
            let least = first_record + RECORDS[0];
            let done = |number| number >= last || (number >= least && over.load(Ordering::Relaxed));
            life::keep_records(&mut outbox, first_record, marks, done)
        });
        let lived = life::live(device, expected, marks, enough);
        over.store(true, Ordering::Relaxed);
        let kept = match records.join() {
            Ok(kept) => kept,
            Err(_) => bail!("the thread of the records panicked"),
        };
        lived.and(kept)
    })
}

/// Tries the states of `part` on the recording in `folder`. Images and mount points are made in `scratch`.
pub(crate) fn replay(folder: &Path, scratch: &Path, part: &Part) -> Result<Row> {
    let files = Recording::in_folder(folder);
    let stretch: Stretch = serde_json::from_slice(&fs::read(&files.stretch)?)?;
    let mut entries = disk_log::read(&files.log)?;
    ensure!(stretch.from <= stretch.to && stretch.to <= entries.len(), "the recording is cut short");
    entries.truncate(stretch.to);
    let marks = Marks::read(&files.marks)?;
    let states = states::choose(&entries, &marks, stretch.from, part.states, part.seed);
    let mine: Vec<_> = states
        .iter()
        .skip(part.share)
        .step_by(part.shares.max(1))
        .filter(|state| part.only.is_none_or(|only| only == state.cut_at))
        .collect();

    let mut bench = Bench::new(&files.base, &entries, scratch, part.share)?;
    let mut row = Row::new("power cut, block by block");
    if part.share == 0 {
        row.seen.insert("log entries".into(), (stretch.to - stretch.from) as u64);
    }
    let began = Instant::now();
    let mut said = began;
    for pass in 0..PASSES {
        bench.rewind(&files.base)?;
        let mut promised = (None, Promised::default());
        for state in mine.iter().skip(pass).step_by(PASSES) {
            if promised.0 != Some(state.cut_at) {
                promised = (Some(state.cut_at), Promised::of(&marks, state.cut_at as u64));
            }
            let verdict = bench.try_state(state, &promised.1, &mut row)?;
            row.see(if state.draw.is_none() { "prefixes" } else { "random subsets" });
            if !verdict.findings.is_empty() && row.wrong.is_empty() {
                bench.build(state)?;
                fs::copy(&bench.image_path, folder.join(format!("wrong-{}.img", state.cut_at)))?;
            }
            row.add(|| format!("entry {} of {}, draw {:?}", state.cut_at, entries.len(), state.draw), &verdict);
            if said.elapsed() > SAY_EVERY {
                said = Instant::now();
                let rate = row.tried as f64 / began.elapsed().as_secs_f64();
                let wrong: u64 = row.wrong.values().sum();
                let (tried, all) = (row.tried, mine.len());
                eprintln!("part {}: {tried} of {all} states, {rate:.0} a second, {wrong} wrong", part.share);
            }
        }
    }
    Ok(row.took(began.elapsed()))
}

/// A disk that takes any state of the log in some milliseconds.
struct Bench<'a> {
    entries: &'a [Entry],
    /// The disk with everything before `applied`.
    base: Vec<u8>,
    applied: usize,
    image: File,
    image_path: PathBuf,
    device: Loop,
    mount_point: PathBuf,
    stretch: Vec<u8>,
}

impl<'a> Bench<'a> {
    fn new(base: &Path, entries: &'a [Entry], scratch: &Path, share: usize) -> Result<Self> {
        let base = fs::read(base)?;
        let image_path = scratch.join(format!("image-{share}"));
        let image = File::options().read(true).write(true).create(true).truncate(true).open(&image_path)?;
        image.set_len(base.len() as u64)?;
        let mount_point = scratch.join(format!("mounted-{share}"));
        fs::create_dir_all(&mount_point)?;
        let device = Loop::attach(&image_path)?;
        Ok(Self { entries, base, applied: 0, image, image_path, device, mount_point, stretch: vec![0; STRETCH_BYTES] })
    }

    /// Goes back to the beginning of the log.
    fn rewind(&mut self, base: &Path) -> Result<()> {
        self.base = fs::read(base)?;
        self.applied = 0;
        for (number, page) in self.base.chunks(PAGE_BYTES).enumerate() {
            if page != &EMPTY_PAGE[..page.len()] {
                self.image.write_all_at(page, (number * PAGE_BYTES) as u64)?;
            }
        }
        self.forget_last_state()
    }

    /// Makes the image what a cut in `state` leaves. States come in the order of the log.
    fn build(&mut self, state: &State) -> Result<()> {
        self.forget_last_state()?;
        for entry in &self.entries[self.applied..state.unsure_from] {
            let at = usize::try_from(entry.offset)?;
            let room = self.base.get_mut(at..at + entry.bytes.len());
            room.context("the log writes behind the end of the disk")?.copy_from_slice(&entry.bytes);
            self.image.write_all_at(&entry.bytes, entry.offset)?;
        }
        self.applied = state.unsure_from;
        for (number, there) in state.there(self.entries) {
            let entry = &self.entries[number];
            match there {
                There::Whole => self.image.write_all_at(&entry.bytes, entry.offset)?,
                There::Torn(sectors) => {
                    for (sector, bytes) in entry.bytes.chunks(SECTOR_BYTES).enumerate() {
                        if sectors[sector] {
                            self.image.write_all_at(bytes, entry.offset + (sector * SECTOR_BYTES) as u64)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Makes the image the base again. Only where the file has pages can it differ: the rest of it are holes, as most of
    /// the disk is empty.
    fn forget_last_state(&mut self) -> Result<()> {
        let mut from = 0;
        loop {
            let begin = match rustix::fs::seek(&self.image, SeekFrom::Data(from)) {
                Ok(begin) => begin,
                Err(rustix::io::Errno::NXIO) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            from = rustix::fs::seek(&self.image, SeekFrom::Hole(begin))?;
            let range = usize::try_from(begin)?..usize::try_from(from)?;
            let wanted = self.base.get(range).context("the image has grown")?;
            for (number, wanted) in wanted.chunks(STRETCH_BYTES).enumerate() {
                let at = begin + (number * STRETCH_BYTES) as u64;
                let found = &mut self.stretch[..wanted.len()];
                self.image.read_exact_at(found, at)?;
                if found == wanted {
                    continue;
                }
                for (page, (found, wanted)) in found.chunks(PAGE_BYTES).zip(wanted.chunks(PAGE_BYTES)).enumerate() {
                    let at = at + (page * PAGE_BYTES) as u64;
                    if found == wanted {
                        continue;
                    }
                    if wanted == &EMPTY_PAGE[..wanted.len()] {
                        let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
                        rustix::fs::fallocate(&self.image, hole, at, wanted.len() as u64)?;
                    } else {
                        self.image.write_all_at(wanted, at)?;
                    }
                }
            }
        }
    }

    fn try_state(&mut self, state: &State, promised: &Promised, row: &mut Row) -> Result<Verdict> {
        self.build(state)?;
        let mut verdict = Verdict::default();
        let mount = match Mount::new(&self.device, &self.mount_point) {
            Ok(mount) => mount,
            Err(_) if disks::repair(&self.device) => {
                row.see("mounted after e2fsck -p");
                match Mount::new(&self.device, &self.mount_point) {
                    Ok(mount) => mount,
                    Err(error) => {
                        verdict.find(Kind::Unreadable, format!("{error:#}"));
                        return Ok(verdict);
                    }
                }
            }
            Err(error) => {
                verdict.find(Kind::Unreadable, format!("{error:#}"));
                return Ok(verdict);
            }
        };
        if promised.before != promised.after {
            row.see("in the middle of a step");
        }
        let verdict = judge::judge(&Device::in_folder(mount.folder()), promised, true);
        mount.unmount()?;
        Ok(verdict)
    }
}

/// Records a life and tries `states` states of it with `workers` processes. `careless`: see [`Device::careless`].
pub(crate) fn run(
    folder: &Path,
    scratch: &Path,
    careless: bool,
    states: usize,
    seed: u64,
    workers: usize,
) -> Result<Row> {
    fs::create_dir_all(folder)?;
    record(folder, careless).context("recording a life on the logged disk")?;
    let began = Instant::now();
    let program = std::env::current_exe()?;
    let workers = workers.max(1);
    // Processes, not threads: a program that is being started holds copies of every lock for a moment.
    let parts = (0..workers)
        .map(|share| {
            let out = scratch.join(format!("part-{share}.json"));
            let mut command = Command::new(&program);
            command.arg("replay").arg("--recording").arg(folder).arg("--scratch").arg(scratch);
            command.args(["--states", &states.to_string(), "--seed", &seed.to_string()]);
            command.args(["--share", &share.to_string(), "--shares", &workers.to_string()]);
            command.arg("--json").arg(&out);
            Ok((command.spawn().context("could not start a worker")?, out))
        })
        .collect::<Result<Vec<_>>>()?;
    let mut row = if careless {
        Row::control("the same with a store that never syncs")
    } else {
        Row::new("power cut, block by block")
    };
    let mut failed = 0;
    for (mut worker, out) in parts {
        if !worker.wait()?.success() {
            failed += 1;
            continue;
        }
        let [part]: [Row; 1] = serde_json::from_slice(&fs::read(&out)?)?;
        row.join(part);
    }
    ensure!(failed == 0, "{failed} of {workers} workers failed; their words are above");
    Ok(row.took(began.elapsed()))
}
