//! Full, read-only and dead disks, flipped bits, killed programs and wrong clocks, each on the real store and outbox.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use fastrand::Rng;
use pingfeng_link::Outbox;
use pingfeng_link::outbox::AppendError;
use pingfeng_release::BlobHash;
use pingfeng_release::store::{DiskError, PlanError, ReadError, Store};
use rustix::fs::FallocateFlags;

use crate::disks::{self, LoggedDisk, Loop, Mount};
use crate::judge::{self, Kind, Verdict};
use crate::life::{self, Device, Expected, Step};
use crate::marks::{Mark, Marks, Note, Promised};
use crate::powercut;
use crate::report::Row;

/// Disks that fill up and that turn read-only.
const DISK_MIB: u64 = 12;
/// Amounts of room that are tried, in steps of [`ROOM_STEP_BYTES`]: from none to more than a release takes.
const ROOMS: u64 = 200;
/// See [`ROOMS`]: a block of the file system.
const ROOM_STEP_BYTES: u64 = 4096;
/// Steps after which a disk turns read-only: some releases are shown, one goes back.
const READ_ONLY_STEPS: u64 = 40;
/// Moments at which a disk dies.
const DEATHS: u32 = 100;
/// The latest of them, after the program was started.
const DEAD_WITHIN: Duration = Duration::from_millis(120);
/// The latest moment of a kill, after the program was started.
const KILL_WITHIN: Duration = Duration::from_millis(80);
/// Bits flipped in each file, at places spread over it.
const FLIPS_PER_FILE: u64 = 40;
/// Versions that a device lives through under each clock.
const VERSIONS_PER_CLOCK: u64 = 12;
/// What the clock says; the third one passes the end of 32-bit seconds while the program runs.
const CLOCKS: [&str; 5] =
    ["2026-05-04 09:00:00", "1970-01-01 00:00:01", "2038-01-19 03:14:06", "2099-12-31 23:59:59", "2026-05-04 09:10:00"];

/// Tries each fault, or only some.
pub(crate) fn run(folder: &Path, scratch: &Path, kills: u32, seed: u64, only: &[String]) -> Result<Vec<Row>> {
    fs::create_dir_all(folder)?;
    let wanted = |name: &str| only.is_empty() || only.iter().any(|one| one == name);
    let mut rows = Vec::new();
    let mut add = |row: Result<Row>| -> Result<()> {
        let row = row?;
        eprintln!("{}: {} tried, {:.0} s", row.fault, row.tried, row.seconds);
        rows.push(row);
        Ok(())
    };
    if wanted("full") {
        add(full_disk(scratch))?;
    }
    if wanted("read-only") {
        add(read_only_disk(scratch))?;
    }
    if wanted("dead") {
        add(dead_disk(scratch, seed))?;
    }
    if wanted("rot") {
        add(rot(scratch, seed))?;
    }
    if wanted("kill") {
        add(killed(folder, kills, seed))?;
    }
    if wanted("clock") {
        add(clocks(folder))?;
    }
    Ok(rows)
}

/// A device that shows a confirmed version and holds some records, as of a while ago.
fn prepared(folder: &Path, version: u64) -> Result<(Device, Promised)> {
    let device = Device::in_folder(folder);
    let path = folder.join("prepared.jsonl");
    let marks = Marks::open(&path, None)?;
    life::live(&device, Expected::default(), &marks, |state| {
        state.active == Some(version) && state.starts.is_none() && !state.untidy
    })?;
    let mut outbox = Outbox::open(&device.outbox)?;
    life::keep_records(&mut outbox, 1, &marks, |number| number > 25)?;
    Ok((device, Promised::of(&Marks::read(&path)?, 0)))
}

/// For each amount of room: a release comes, is shown and confirmed, and records are saved, until the disk is full.
/// Then the device starts again on the full disk, and once more when there is room.
fn full_disk(scratch: &Path) -> Result<Row> {
    let began = Instant::now();
    let mut row = Row::new("disk full after N bytes");
    let image = scratch.join("full.img");
    disks::make_ext4(&image, DISK_MIB)?;
    let mount_point = scratch.join("full");
    fs::create_dir_all(&mount_point)?;
    let disk = Loop::attach(&image)?;
    let mount = Mount::new(&disk, &mount_point)?;
    for room in 0..ROOMS {
        let folder = mount.folder().join("device");
        fs::create_dir(&folder)?;
        let (device, promised) = prepared(&folder, 1)?;
        let filler = mount.folder().join("filler");
        fill(&filler, room * ROOM_STEP_BYTES)?;
        // The journal is on another disk.
        let path = scratch.join("full.jsonl");
        let marks = Marks::open(&path, None)?;
        marks.note(Note::Found(promised.before.clone()))?;
        let mut verdict = Verdict::default();
        let come = |verdict: &mut Verdict| {
            let lived = life::live(&device, promised.before.clone(), &marks, |state| {
                state.active == Some(2) && state.starts.is_none() && !state.untidy
            });
            full_or_fine("the release", lived, verdict)
        };
        let save = |verdict: &mut Verdict| {
            let kept = Outbox::open(&device.outbox)
                .map_err(Into::into)
                .and_then(|mut outbox| life::keep_records(&mut outbox, 26, &marks, |number| number > 45));
            full_or_fine("the outbox", kept, verdict)
        };
        // Who comes first gets the room.
        let filled = if room % 2 == 0 {
            [come(&mut verdict), save(&mut verdict)]
        } else {
            [save(&mut verdict), come(&mut verdict)]
        };
        if filled.contains(&true) {
            row.see("times the disk was full");
        }
        let mut now = promised;
        for mark in Marks::read(&path)? {
            now.take(&mark, 0);
        }
        // Still full: the right picture is there all the same.
        if let Some((store, found)) = judge::judge_store(&device, &now, &mut verdict) {
            drop(store);
            // That this program started may or may not have found room.
            now = possible_after(now, found);
        }
        fs::remove_file(&filler)?;
        let again = judge::judge(&device, &now, true);
        verdict.findings.extend(again.findings);
        row.add(|| format!("{} bytes of room", room * ROOM_STEP_BYTES), &verdict);
        fs::remove_dir_all(&folder)?;
        fs::remove_file(&path)?;
    }
    mount.unmount()?;
    Ok(row.took(began.elapsed()))
}

/// A start was seen whose count may not be on the disk.
fn possible_after(promised: Promised, found: Expected) -> Promised {
    let before =
        if promised.before.after(Step::Open) == found { promised.before.clone() } else { promised.after.clone() };
    Promised { before, after: found, ..promised }
}

/// True when the disk was full and that was said in so many words.
fn full_or_fine(who: &str, result: Result<()>, verdict: &mut Verdict) -> bool {
    let Err(error) = result else { return false };
    let full = error.chain().any(|cause| {
        matches!(cause.downcast_ref(), Some(DiskError::Full { .. }))
            || matches!(cause.downcast_ref(), Some(PlanError::NoRoom { .. }))
            || matches!(cause.downcast_ref(), Some(AppendError::DiskFull))
            || cause.to_string().contains("full")
    });
    if !full {
        verdict.find(Kind::Stuck, format!("{who}: a full disk was called `{error:#}`"));
    }
    full
}

/// Leaves `room_bytes` on the disk of `filler`, or a few blocks more: the file system keeps some for itself.
fn fill(filler: &Path, room_bytes: u64) -> Result<()> {
    let file = File::create(filler)?;
    file.sync_all()?;
    let stat = rustix::fs::statvfs(filler)?;
    let mut filled_bytes = (stat.f_bavail * stat.f_frsize).saturating_sub(room_bytes);
    while filled_bytes > 0 {
        match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, filled_bytes) {
            Err(rustix::io::Errno::NOSPC) => filled_bytes = filled_bytes.saturating_sub(ROOM_STEP_BYTES),
            done => return Ok(done?),
        }
    }
    Ok(())
}

/// A device lives for some steps and ends; then its disk is mounted so that nothing can be written. It starts on that
/// disk, tries to go on, and once more when the disk can be written again.
fn read_only_disk(scratch: &Path) -> Result<Row> {
    let began = Instant::now();
    let mut row = Row::new("disk read-only after N steps");
    let image = scratch.join("read-only.img");
    disks::make_ext4(&image, DISK_MIB)?;
    let mount_point = scratch.join("read-only");
    fs::create_dir_all(&mount_point)?;
    let disk = Loop::attach(&image)?;
    let mount = Mount::new(&disk, &mount_point)?;
    for steps in 1..=READ_ONLY_STEPS {
        let folder = mount.folder().join("device");
        fs::create_dir(&folder)?;
        let device = Device::in_folder(&folder);
        let path = scratch.join("read-only.jsonl");
        let marks = Marks::open(&path, None)?;
        let taken = Cell::new(0);
        life::live(&device, Expected::default(), &marks, |_| {
            taken.set(taken.get() + 1);
            taken.get() == steps
        })?;
        let mut outbox = Outbox::open(&device.outbox)?;
        life::keep_records(&mut outbox, 1, &marks, |number| number > steps)?;
        drop(outbox);
        let promised = Promised::of(&Marks::read(&path)?, 0);

        mount.set_writable(false)?;
        let mut verdict = Verdict::default();
        let found = judge::judge_store(&device, &promised, &mut verdict);
        if let Some((store, expected)) = found {
            row.see(if store.active().is_some() {
                "starts with the right picture"
            } else {
                "starts before the first release"
            });
            let mut store = Some(store);
            let step = expected.next();
            let already_there = step == Step::Fetch(expected.newest);
            let refused = life::carry_out(&mut store, &device, step);
            // A start changes nothing that must be kept, and there may be nothing to collect.
            if refused.is_ok() && !already_there && !matches!(step, Step::Open | Step::Collect) {
                verdict.find(Kind::Stuck, format!("{step:?} was possible on a read-only disk"));
            }
            if let Err(error) = refused
                && !error.chain().any(|cause| cause.to_string().contains("cannot be written"))
            {
                verdict.find(Kind::Stuck, format!("{step:?} on a read-only disk was called `{error:#}`"));
            }
        }
        // No record can be saved now, so that the screen must not offer it; the old ones wait.
        if Outbox::open(&device.outbox).is_err() {
            row.see("outboxes that said so");
        }
        mount.set_writable(true)?;
        let again = judge::judge(&device, &promised, true);
        verdict.findings.extend(again.findings);
        row.add(|| format!("after {steps} steps"), &verdict);
        fs::remove_dir_all(&folder)?;
        fs::remove_file(&path)?;
    }
    mount.unmount()?;
    Ok(row.took(began.elapsed()))
}

/// A device lives, and at some moment every request to its disk fails, flushes too. Nothing may be promised then that
/// is not on the disk when it is back.
fn dead_disk(scratch: &Path, seed: u64) -> Result<Row> {
    let began = Instant::now();
    let mut row = Row::new("disk dead at a random moment");
    let mut rng = Rng::with_seed(seed);
    let clean = scratch.join("clean.img");
    disks::make_ext4(&clean, DISK_MIB)?;
    let mount_point = scratch.join("dead");
    fs::create_dir_all(&mount_point)?;
    let promised = {
        let disk = Loop::attach(&clean)?;
        let mount = Mount::new(&disk, &mount_point)?;
        let (_, promised) = prepared(mount.folder(), 1)?;
        mount.unmount()?;
        promised
    };
    let image = scratch.join("dead.img");
    for number in 0..DEATHS {
        fs::copy(&clean, &image)?;
        let path = scratch.join("dead.jsonl");
        let after = Duration::from_micros(rng.u64(..DEAD_WITHIN.as_micros() as u64));
        {
            let mut disk = LoggedDisk::start(&image, &scratch.join("dead.log"), scratch)?;
            let device = Loop::attach(disk.file())?;
            let mount = Mount::new(&device, &mount_point)?;
            Marks::open(&path, None)?.note(Note::Found(promised.before.clone()))?;
            let mut child = start(mount.folder(), &path, &promised, None)?;
            std::thread::sleep(after);
            disk.pull()?;
            // It notices with its next write.
            if !child.wait()?.success() {
                row.see("programs that were told");
            }
            mount.unmount()?;
        }
        let mut now = Promised { count_may_be_short: true, ..promised.clone() };
        for mark in Marks::read(&path)? {
            now.take(&mark, 0);
        }
        let device = Loop::attach(&image)?;
        let mount = Mount::new(&device, &mount_point)?;
        let verdict = judge::judge(&Device::in_folder(mount.folder()), &now, true);
        mount.unmount()?;
        row.add(|| format!("moment {number}, after {after:?}"), &verdict);
        fs::remove_file(&path)?;
    }
    Ok(row.took(began.elapsed()))
}

/// One bit is flipped in a file of a store that shows version 2 and has version 1 behind it. Whatever is read has the
/// right bytes or is refused; what is damaged is found, fetched again, and in the end everything is whole.
fn rot(scratch: &Path, seed: u64) -> Result<Row> {
    let began = Instant::now();
    let mut row = Row::new("one bit flipped in a file of the store");
    let mut rng = Rng::with_seed(seed);
    let original = scratch.join("rot-original");
    fs::create_dir_all(&original)?;
    prepared(&original, 2)?;
    let folder = scratch.join("rot");
    for file in files_in(&original.join("store"))? {
        let relative = file.strip_prefix(&original)?.to_owned();
        let size_bytes = fs::metadata(&file)?.len();
        if size_bytes == 0 {
            continue;
        }
        let flips = FLIPS_PER_FILE.min(size_bytes);
        for number in 0..flips {
            let at = number * size_bytes / flips;
            let bit = rng.u8(..8);
            copy_tree(&original, &folder)?;
            flip(&folder.join(&relative), at, bit)?;
            let mut verdict = Verdict::default();
            let outcome = heal(&Device::in_folder(&folder), &mut verdict);
            if let Some(seen) = verdict.must(Kind::Stuck, outcome) {
                row.see(seen);
            }
            row.add(|| format!("bit {bit} of byte {at} of {}", relative.display()), &verdict);
            fs::remove_dir_all(&folder)?;
        }
    }
    Ok(row.took(began.elapsed()))
}

/// What a device does about damage: it shows what is whole, tells what is not, and fetches it again.
/// Returns where the damage was noticed.
fn heal(device: &Device, verdict: &mut Verdict) -> Result<&'static str> {
    let wanted = life::version(2)?;
    let mut store = device.open_store()?;
    let mut noticed =
        if store.repaired().is_empty() { "not in the active release" } else { "found when the store was opened" };
    let Some(active) = store.active().cloned() else { bail!("nothing is active any more") };
    let version = active.manifest().version;
    if version != 1 && version != 2 {
        verdict.find(Kind::WrongPicture, format!("version {version} is active"));
    }
    let right = life::version(version)?;
    let mut damaged = BTreeSet::new();
    for (file, entry) in &active.manifest().files {
        match active.read(file) {
            Ok(bytes) if right.release.blobs.get(&entry.blob) == Some(&bytes) => {}
            Ok(_) => verdict.find(Kind::WrongPicture, format!("{file} was read with other bytes")),
            Err(ReadError::Damaged { blob, .. }) => {
                noticed = "found when the file was read";
                damaged.insert(blob);
            }
            Err(error) => return Err(error.into()),
        }
    }
    ensure!(!store.verify(&BlobHash::of(b"no such blob"))?, "a blob that is not there was called whole");
    for entry in active.manifest().files.values() {
        if store.verify(&entry.blob)? == damaged.contains(&entry.blob) {
            verdict.find(Kind::WrongPicture, format!("reading and verifying do not agree about {}", entry.blob));
        }
    }
    // The last good release is behind it meanwhile, and the way goes on.
    life::fetch_into(&mut store, &wanted)?;
    if store.pointer().active.as_ref() != Some(&wanted.release.id) {
        store.activate(&wanted.release.id, 2)?;
        store.confirm()?;
    }
    drop(store);
    let store: Store = device.open_store()?;
    match store.active() {
        Some(release) if *release.id() == wanted.release.id => judge::assert_whole(release, Kind::Stuck, verdict),
        _ => bail!("version 2 is not active in the end"),
    }
    Ok(noticed)
}

fn flip(file: &Path, at: u64, bit: u8) -> Result<()> {
    let mut bytes = fs::read(file)?;
    let byte = bytes.get_mut(usize::try_from(at)?).context("the file is shorter")?;
    *byte ^= 1 << bit;
    Ok(fs::write(file, bytes)?)
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_in(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            copy_tree(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// A program that lives on a device, for a fault to end.
#[derive(Args)]
pub(crate) struct LiveArgs {
    /// The device's folder.
    #[arg(long)]
    folder: PathBuf,
    /// The journal, on another disk where that matters.
    #[arg(long)]
    marks: PathBuf,
    /// Where the life stands, as JSON.
    #[arg(long)]
    expected: String,
    /// The number of the next record.
    #[arg(long)]
    record: u64,
    /// Versions to live through; without it the life has no end.
    #[arg(long)]
    versions: Option<u64>,
}

/// `drill live`.
pub(crate) fn live(args: &LiveArgs) -> Result<()> {
    let expected: Expected = serde_json::from_str(&args.expected).context("--expected")?;
    let marks = Marks::open(&args.marks, None)?;
    let last = args.versions.map(|versions| expected.newest + versions);
    let year = 1970 + SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs() / 31_556_952;
    println!("{year}");
    powercut::live_with_records(&Device::in_folder(&args.folder), expected, args.record, &marks, |state| {
        last.is_some_and(|last| state.newest >= last && state.starts.is_none() && !state.untidy && !state.staged)
    })
}

/// Starts `drill live` where `promised` stands. `clock`: what its clock says.
fn start(folder: &Path, marks: &Path, promised: &Promised, clock: Option<&str>) -> Result<std::process::Child> {
    let program = std::env::current_exe()?;
    let mut command = match clock {
        Some(clock) => {
            let mut command = Command::new("faketime");
            command.args(["-f", &format!("@{clock}")]).arg(program);
            command.env("TZ", "UTC").args(["live", "--versions", &VERSIONS_PER_CLOCK.to_string()]);
            command
        }
        None => {
            let mut command = Command::new(program);
            command.arg("live");
            command
        }
    };
    command.arg("--folder").arg(folder).arg("--marks").arg(marks);
    command.args(["--expected", &serde_json::to_string(&promised.before)?]);
    let next = promised.records.keys().next_back().copied().unwrap_or(0) + 1;
    command.args(["--record", &next.to_string()]).stdout(Stdio::piped());
    // What it says about the fault is expected; the journal and the disk are what counts.
    if clock.is_none() {
        command.stderr(Stdio::null());
    }
    command.spawn().with_context(|| format!("could not start {command:?}"))
}

/// A journal that grows, read piece by piece.
struct Journal {
    path: PathBuf,
    read_bytes: u64,
    promised: Promised,
}

impl Journal {
    fn new(path: PathBuf) -> Self {
        Self { path, read_bytes: 0, promised: Promised::default() }
    }

    fn take_in(&mut self) -> Result<()> {
        let Ok(mut file) = File::open(&self.path) else { return Ok(()) };
        file.seek(SeekFrom::Start(self.read_bytes))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // A line that was being written when the program was killed promises nothing.
        let whole = text.rfind('\n').map_or(0, |last| last + 1);
        for line in text[..whole].lines() {
            let mark: Mark = serde_json::from_str(line).with_context(|| format!("mark `{line}`"))?;
            self.promised.take(&mark, 0);
        }
        self.read_bytes += whole as u64;
        Ok(())
    }

    /// What was found is where the next program goes on.
    fn found(&mut self, expected: Expected) -> Result<()> {
        Marks::open(&self.path, None)?.note(Note::Found(expected))?;
        self.take_in()
    }
}

/// The program is killed at random moments, again and again, on the same device.
fn killed(folder: &Path, kills: u32, seed: u64) -> Result<Row> {
    let began = Instant::now();
    let mut row = Row::new("kill -9 at a random moment");
    let mut rng = Rng::with_seed(seed);
    let work = fresh(folder, "killed")?;
    let device = Device::in_folder(&work);
    let mut journal = Journal::new(work.join("marks.jsonl"));
    for kill in 0..kills {
        let after = Duration::from_micros(rng.u64(..KILL_WITHIN.as_micros() as u64));
        let mut child = start(&work, &journal.path, &journal.promised, None)?;
        std::thread::sleep(after);
        child.kill()?;
        let status = child.wait()?;
        let mut verdict = Verdict::default();
        if status.code().is_some() {
            verdict.find(Kind::Stuck, format!("the program ended by itself with {status}"));
        }
        journal.take_in()?;
        if journal.promised.before != journal.promised.after {
            row.see("kills in the middle of a step");
        }
        let found = judge::judge_store(&device, &journal.promised, &mut verdict);
        judge::judge_outbox(&device, &journal.promised, &mut verdict);
        let wrong = !verdict.findings.is_empty();
        row.add(|| format!("kill {kill}, after {after:?}"), &verdict);
        match found {
            Some((_, expected)) => journal.found(expected)?,
            None => bail!("kill {kill}: the life cannot be gone on with; the device is in {}", work.display()),
        }
        if wrong {
            break;
        }
    }
    row.seen.insert("versions lived through".into(), journal.promised.before.newest);
    row.seen.insert("records saved".into(), journal.promised.records.len() as u64);
    Ok(row.took(began.elapsed()))
}

/// The same device under one wrong clock after the other.
fn clocks(folder: &Path) -> Result<Row> {
    let began = Instant::now();
    let mut row = Row::new("clock at 1970, 2038 and 2099, and back");
    let work = fresh(folder, "clocks")?;
    let device = Device::in_folder(&work);
    let mut journal = Journal::new(work.join("marks.jsonl"));
    for clock in CLOCKS {
        let mut child = start(&work, &journal.path, &journal.promised, Some(clock))?;
        let mut year = String::new();
        if let Some(out) = &mut child.stdout {
            out.read_to_string(&mut year)?;
        }
        let status = child.wait()?;
        ensure!(
            year.trim()
                .parse::<i64>()
                .is_ok_and(|year| clock.starts_with(&year.to_string()) || clock.starts_with(&(year - 1).to_string())),
            "faketime does not work here: the program saw the year {} instead of {clock}",
            year.trim()
        );
        let mut verdict = Verdict::default();
        if !status.success() {
            verdict.find(Kind::Stuck, format!("the program ended with {status}"));
        }
        journal.take_in()?;
        let found = judge::judge_store(&device, &journal.promised, &mut verdict);
        judge::judge_outbox(&device, &journal.promised, &mut verdict);
        row.add(|| clock.to_owned(), &verdict);
        if let Some((_, expected)) = found {
            journal.found(expected)?;
        }
    }
    row.seen.insert("versions lived through".into(), journal.promised.before.newest);
    row.seen.insert("records saved".into(), journal.promised.records.len() as u64);
    Ok(row.took(began.elapsed()))
}

fn fresh(folder: &Path, name: &str) -> Result<PathBuf> {
    let work = folder.join(name);
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir_all(&work)?;
    Ok(work)
}
