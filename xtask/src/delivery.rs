//! `cargo xtask bench delivery`: what a change costs on the wire, beside tools that do the same for files.
//!
//! The same edits are made to the same exhibition. Ours: the pieces that a screen with the release before would fetch, as
//! `pingfengctl diff` counts them, and the names that it would ask for. The others get the files of both releases under
//! their own names, as a tree and as one archive: `rsync -z` over both, `xdelta3` as the least a patch between the two
//! archives takes, `casync` as a store of chunks.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Deserialize;

use crate::{
    build::{self, Profile},
    process::{output, run as run_command, say},
    root, setup,
};

/// How large the film is.
#[derive(Args)]
pub(crate) struct DeliveryArgs {
    /// Megabytes of the film whose end is cut anew.
    #[arg(long, default_value_t = 200)]
    film_mb: u32,
}

/// Bytes that a request takes for each piece it asks for: its name.
const NAME_BYTES: u64 = 32;
/// A frame of the film: noise of 640 × 360 as JPEG.
const FRAME_KB: u32 = 145;
/// Frames at the end that are different after the cut.
const CUT_FRAMES: u32 = 50;

/// An edit, and what it does to a copy of the exhibition.
struct Edit {
    name: &'static str,
    make: fn(&Path, &Films) -> Result<()>,
}

/// The film in its three states.
struct Films {
    before: PathBuf,
    cut: PathBuf,
    index_first: PathBuf,
}

const EDITS: [Edit; 6] = [
    Edit { name: "one word changed", make: |folder, _| replace(&folder.join("scenes/ch04-timeline.yaml"), "长征开始", "长征出发") },
    Edit { name: "an entry put into a large document", make: |folder, _| insert_question(&folder.join("banks/dangshi.yaml")) },
    Edit { name: "a picture replaced", make: |folder, _| repaint(folder) },
    Edit { name: "a folder renamed", make: |folder, _| rename_folder(folder) },
    Edit { name: "the film cut anew at its end", make: |folder, films| put(&films.cut, folder) },
    Edit { name: "the film's index moved to the front", make: |folder, films| put(&films.index_first, folder) },
];

/// What it cost.
#[derive(Clone, Copy, Default)]
struct Row {
    ours: u64,
    rounds: u32,
    xdelta: u64,
    rsync_tree: u64,
    rsync_archive: u64,
    casync: u64,
    seconds: [f64; 4],
}

pub(crate) fn run(args: &DeliveryArgs) -> Result<()> {
    setup::debian(true)?;
    setup::packages(&["rsync", "xdelta3", "casync"])?;
    build::programs(Profile::Release)?;
    let folder = root().join("out/bench/delivery");
    fs::create_dir_all(&folder)?;
    say("making a film");
    let films = films(&folder, args.film_mb)?;

    let base = folder.join("base");
    copy_tree(&root().join("scenes/shanhe"), &base)?;
    put(&films.before, &base)?;
    let before = Built::of(&folder, "before", &base, 1)?;

    let mut rows: Vec<(&str, Row)> = Vec::new();
    for (number, edit) in EDITS.iter().enumerate() {
        say(edit.name);
        let edited = folder.join("edited");
        copy_tree(&base, &edited)?;
        (edit.make)(&edited, &films)?;
        let after = Built::of(&folder, "after", &edited, 2 + number as u64)?;
        rows.push((edit.name, compare(&folder, &before, &after)?));
    }
    print(&rows, fs::metadata(&before.pack)?.len(), fs::metadata(&before.archive)?.len());
    Ok(())
}

/// A release, and its files as the other tools see them.
struct Built {
    folder: PathBuf,
    pack: PathBuf,
    tree: PathBuf,
    archive: PathBuf,
}

#[derive(Deserialize)]
struct Manifest {
    files: std::collections::BTreeMap<String, File>,
}

#[derive(Deserialize)]
struct File {
    blob: String,
}

impl Built {
    fn of(work: &Path, name: &str, exhibition: &Path, version: u64) -> Result<Self> {
        let built = Self {
            folder: work.join(name),
            pack: work.join(format!("{name}.pfr")),
            tree: work.join(format!("{name}-tree")),
            archive: work.join(format!("{name}.tar")),
        };
        for old in [&built.folder, &built.tree] {
            if old.exists() {
                fs::remove_dir_all(old)?;
            }
        }
        quietly(ctl()?.args(["build", "--lang", "en", "--release-version", &version.to_string()]).arg(exhibition).arg("--out").arg(&built.folder))?;
        quietly(ctl()?.args(["pack", "--lang", "en"]).arg(&built.folder).arg("--out").arg(&built.pack))?;
        let manifest: Manifest = serde_json::from_slice(&fs::read(built.folder.join("manifest.json"))?)?;
        for (path, file) in &manifest.files {
            let to = built.tree.join(path);
            fs::create_dir_all(to.parent().context("a file without a folder")?)?;
            let shelf = file.blob.get(..2).context("a blob without a name")?;
            fs::hard_link(built.folder.join("blobs").join(shelf).join(&file.blob), to)?;
        }
        fs::copy(built.folder.join("manifest.json"), built.tree.join("manifest.json"))?;
        let mut tar = Command::new("tar");
        tar.args(["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--hard-dereference", "-cf"]).arg(&built.archive);
        run_command(tar.arg("-C").arg(&built.tree).arg("."))?;
        Ok(built)
    }
}

fn ctl() -> Result<Command> {
    Ok(Command::new(build::program("pingfengctl", Profile::Release)?))
}

fn quietly(command: &mut Command) -> Result<()> {
    output(command).map(drop)
}

#[derive(Deserialize)]
struct Cost {
    pieces: u64,
    stored_bytes: u64,
    rounds: u32,
}

/// Bytes in both directions, and round trips.
fn pieces(before: &Built, after: &Built) -> Result<(u64, u32)> {
    let answer = ctl()?.args(["diff", "--json"]).arg(&before.folder).arg(&after.pack).output().context("pingfengctl diff")?;
    // Exit code 1 says that they differ.
    ensure!(answer.status.code().is_some_and(|code| code < 2), "pingfengctl diff: {}", String::from_utf8_lossy(&answer.stderr));
    let cost: Cost = serde_json::from_slice(&answer.stdout).context("what pingfengctl diff --json said")?;
    Ok((cost.stored_bytes + cost.pieces * NAME_BYTES, cost.rounds))
}

fn compare(folder: &Path, before: &Built, after: &Built) -> Result<Row> {
    let mut row = Row::default();
    let mut clock = Clock::default();
    (row.ours, row.rounds) = pieces(before, after)?;
    row.seconds[0] = clock.lap();

    let patch = folder.join("patch.xdelta");
    // The window over the old archive must hold all of it, or far copies are missed.
    let window = fs::metadata(&before.archive)?.len().max(1 << 24).to_string();
    run_command(Command::new("xdelta3").args(["-e", "-f", "-9", "-B", &window, "-s"]).arg(&before.archive).arg(&after.archive).arg(&patch))?;
    row.xdelta = fs::metadata(&patch)?.len();
    row.seconds[1] = clock.lap();

    row.rsync_tree = rsync(folder, &before.tree, &after.tree)?;
    row.rsync_archive = rsync(folder, &before.archive, &after.archive)?;
    row.seconds[2] = clock.lap();
    row.casync = casync(folder, &before.archive, &after.archive)?;
    row.seconds[3] = clock.lap();
    Ok(row)
}

/// Bytes that rsync says it has sent and received to turn a copy of `before` into `after`.
fn rsync(folder: &Path, before: &Path, after: &Path) -> Result<u64> {
    let copy = folder.join("rsync-copy");
    let (from, to) = if before.is_dir() {
        copy_tree(before, &copy)?;
        (format!("{}/", after.display()), format!("{}/", copy.display()))
    } else {
        if copy.is_dir() {
            fs::remove_dir_all(&copy)?;
        }
        fs::copy(before, &copy)?;
        (after.display().to_string(), copy.display().to_string())
    };
    let said = output(Command::new("rsync").args(["-rz", "--checksum", "--no-whole-file", "--delete", "--stats", &from, &to]))?;
    if copy.is_file() {
        fs::remove_file(&copy)?;
    }
    let number = |label: &str| -> Result<u64> {
        let line = said.lines().find(|line| line.starts_with(label)).with_context(|| format!("rsync did not say `{label}`"))?;
        Ok(line.chars().filter(char::is_ascii_digit).collect::<String>().parse()?)
    };
    Ok(number("Total bytes sent")? + number("Total bytes received")?)
}

/// Chunks of `after` that are not in a store of `before`, compressed, and the index.
fn casync(folder: &Path, before: &Path, after: &Path) -> Result<u64> {
    let chunks = |name: &str, archive: &Path| -> Result<(BTreeSet<(PathBuf, u64)>, u64)> {
        let (store, index) = (folder.join(format!("casync-{name}")), folder.join(format!("casync-{name}.caibx")));
        if store.exists() {
            fs::remove_dir_all(&store)?;
        }
        quietly(Command::new("casync").arg("make").arg(format!("--store={}", store.display())).arg(&index).arg(archive))?;
        let mut found = BTreeSet::new();
        for shelf in fs::read_dir(&store)? {
            for chunk in fs::read_dir(shelf?.path())? {
                let chunk = chunk?;
                found.insert((PathBuf::from(chunk.file_name()), chunk.metadata()?.len()));
            }
        }
        Ok((found, fs::metadata(&index)?.len()))
    };
    let ((old, _), (new, index)) = (chunks("before", before)?, chunks("after", after)?);
    Ok(new.difference(&old).map(|(_, bytes)| bytes).sum::<u64>() + index)
}

fn print(rows: &[(&str, Row)], pack_bytes: u64, archive_bytes: u64) {
    println!("\nbytes on the wire, from a release of {} to the next", bytes(archive_bytes));
    println!("{:<38}{:>12}{:>8}{:>12}{:>12}{:>12}{:>12}", "", "pingfeng", "rounds", "xdelta3", "rsync tree", "rsync tar", "casync");
    let mut sum = Row::default();
    for (name, row) in rows {
        println!(
            "{name:<38}{:>12}{:>8}{:>12}{:>12}{:>12}{:>12}",
            bytes(row.ours), row.rounds, bytes(row.xdelta), bytes(row.rsync_tree), bytes(row.rsync_archive), bytes(row.casync)
        );
        for (all, one) in [
            (&mut sum.ours, row.ours), (&mut sum.xdelta, row.xdelta), (&mut sum.rsync_tree, row.rsync_tree),
            (&mut sum.rsync_archive, row.rsync_archive), (&mut sum.casync, row.casync),
        ] {
            *all += one;
        }
        for (all, one) in sum.seconds.iter_mut().zip(row.seconds) {
            *all += one;
        }
    }
    println!("{:<38}{:>12}{:>8}{:>12}{:>12}{:>12}{:>12}", "all of them", bytes(sum.ours), "", bytes(sum.xdelta), bytes(sum.rsync_tree), bytes(sum.rsync_archive), bytes(sum.casync));
    let ratio = |theirs: u64| format!("{:.2}", sum.ours as f64 / theirs as f64);
    println!("{:<38}{:>12}{:>8}{:>12}{:>12}{:>12}{:>12}", "pingfeng divided by", "", "", ratio(sum.xdelta), ratio(sum.rsync_tree), ratio(sum.rsync_archive), ratio(sum.casync));
    let [ours, xdelta, rsync, casync] = sum.seconds;
    println!("{:<38}{ours:>10.1} s{:8}{xdelta:>10.1} s{rsync:>22.1} s{casync:>10.1} s", "time to find it out", "");
    println!("{:<38}{:>12}", "everything new: a pack", bytes(pack_bytes));
}

fn bytes(n: u64) -> String {
    match n {
        0..10_000 => format!("{n} B"),
        10_000..10_000_000 => format!("{:.1} KB", n as f64 / 1e3),
        _ => format!("{:.1} MB", n as f64 / 1e6),
    }
}

struct Clock(Instant);

impl Default for Clock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock {
    fn lap(&mut self) -> f64 {
        let lap: Duration = self.0.elapsed();
        self.0 = Instant::now();
        lap.as_secs_f64()
    }
}

/// The film before, cut anew at its end, and with its index in front. Noise: nothing in it repeats.
fn films(folder: &Path, megabytes: u32) -> Result<Films> {
    let films = Films { before: folder.join("film.mp4"), cut: folder.join("film-cut.mp4"), index_first: folder.join("film-front.mp4") };
    let frames = megabytes * 1_000 / FRAME_KB;
    ensure!(frames > 2 * CUT_FRAMES, "a film of {megabytes} MB is too short to be cut");
    let source = |pattern: &str, frames: u32| {
        format!("videotestsrc pattern={pattern} num-buffers={frames} ! video/x-raw,format=I420,width=640,height=360,framerate=25/1")
    };
    let file = |index_first: bool, to: &Path| format!("jpegenc ! qtmux faststart={index_first} ! filesink location={}", to.display());
    let whole = source("snow", frames);
    for pipeline in [
        format!("{whole} ! {}", file(false, &films.before)),
        format!("{whole} ! {}", file(true, &films.index_first)),
        format!(
            "concat name=all ! {} {} ! all. {} ! all.",
            file(false, &films.cut),
            source("snow", frames - CUT_FRAMES),
            source("ball", CUT_FRAMES)
        ),
    ] {
        quietly(Command::new("gst-launch-1.0").arg("-q").args(pipeline.split_whitespace()))?;
    }
    Ok(films)
}

fn put(film: &Path, exhibition: &Path) -> Result<()> {
    fs::copy(film, exhibition.join("film/nanhu.mp4"))?;
    Ok(())
}

fn replace(file: &Path, from: &str, to: &str) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    ensure!(text.contains(from), "{} has no `{from}` to change", file.display());
    Ok(fs::write(file, text.replacen(from, to, 1))?)
}

/// Doubles the first question under another id.
fn insert_question(bank: &Path) -> Result<()> {
    let text = fs::read_to_string(bank)?;
    let begin = text.find("\n  - id: ").context("a bank without questions")? + 1;
    let end = text[begin + 1..].find("\n  - id: ").context("a bank with one question")? + begin + 2;
    let copy = text[begin..end].replacen("- id: ", "- id: again-", 1);
    Ok(fs::write(bank, format!("{}{copy}{}", &text[..end], &text[end..]))?)
}

/// Another colour in a drawing: its textures become new.
fn repaint(exhibition: &Path) -> Result<()> {
    let drawing = exhibition.join("art/ch04.svg");
    let text = fs::read_to_string(&drawing).with_context(|| drawing.display().to_string())?;
    let at = text.find("stop-color=\"#").context("a drawing without colours")? + "stop-color=\"#".len();
    Ok(fs::write(&drawing, format!("{}b04a3c{}", &text[..at], &text[at + 6..]))?)
}

fn rename_folder(exhibition: &Path) -> Result<()> {
    fs::rename(exhibition.join("art"), exhibition.join("drawings"))?;
    let media = exhibition.join("media.yaml");
    let text = fs::read_to_string(&media)?;
    Ok(fs::write(&media, text.replace("file: art/", "file: drawings/"))?)
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    if to.is_dir() {
        fs::remove_dir_all(to)?;
    }
    run_command(Command::new("cp").arg("-r").arg(from).arg(to))
}
