//! `cargo xtask bench delivery`: what a change costs on the wire, beside tools that do the same for files.
//!
//! The same edits are made to the same exhibition. Ours: a real hub publishes each, a real link fetches it, and a line
//! between them counts what passes below TLS, from the moment of publishing until everything is on the device's disk.
//! The others get the files of both releases under their own names, as a tree and as one archive (`delivery/tools.rs`).

mod tools;
mod web;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::{
    build::{self, Profile},
    process::{output, run as run_command, say},
    rig::{Line, Rig, Speaking},
    root, setup,
};
use tools::{TOOLS, Tool};

/// How large the film is.
#[derive(Args)]
pub(crate) struct DeliveryArgs {
    /// Megabytes of the film whose end is cut anew.
    #[arg(long, default_value_t = 200)]
    film_mb: u32,
    /// Only edits whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Leave the other tools out.
    #[arg(long)]
    alone: bool,
    /// Where `bita` is, if it is not on the path.
    #[arg(long)]
    bita: Option<PathBuf>,
    /// Measure the programs as they were compiled last.
    #[arg(long)]
    as_built: bool,
}

/// A frame of the film: noise of 640 × 360 as JPEG.
const FRAME_KB: u32 = 145;
/// Frames at the end that are different after the cut.
const CUT_FRAMES: u32 = 50;
/// The exhibition's film.
pub(crate) const FILM: &str = "film/nanhu.mp4";
/// A line on which nothing passes for so long has nothing more to say; shorter than the pause between keep-alives.
const QUIET: Duration = Duration::from_millis(1_500);
/// What is said after the last piece, such as the report that it is there, belongs to the change.
const AFTERWARDS: Duration = Duration::from_millis(500);
/// A release takes no longer than this.
const READY_LIMIT: Duration = Duration::from_secs(300);

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
    Edit { name: "one word changed", make: |folder, _| change_a_word(folder) },
    Edit { name: "an entry put into a large document", make: |folder, _| insert_question(&folder.join("banks/dangshi.yaml")) },
    Edit { name: "a picture replaced", make: |folder, _| repaint(folder) },
    Edit { name: "a folder renamed", make: |folder, _| rename_folder(folder) },
    Edit { name: "the film cut anew at its end", make: |folder, films| put(&films.cut, folder) },
    Edit { name: "the film's index moved to the front", make: |folder, films| put(&films.index_first, folder) },
];
/// The row beside the edits.
const EVERYTHING: &str = "everything new";

/// What something cost.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Cost {
    /// In both directions.
    bytes: u64,
    seconds: f64,
    /// Messages or requests that asked for something; `None`: the tool does not ask piece by piece.
    requests: Option<u64>,
}

/// An edit with every way.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    /// Of `ours`, from the hub and to it.
    down_bytes: u64,
    up_bytes: u64,
    /// Bytes of parcels as the hub made them, and of the pieces in them.
    parcel_bytes: u64,
    piece_bytes: u64,
    ours: Cost,
    /// In the order of the tools; `None`: not installed, or left out.
    theirs: Vec<Option<Cost>>,
}

/// Everything, for programs.
#[derive(Serialize)]
struct Measured {
    release_bytes: u64,
    /// What a connection costs before anything is published: TLS, MQTT, subscriptions, the target and a report.
    connection_bytes: u64,
    tools: Vec<&'static str>,
    /// What is not installed, and how to get it.
    not_measured: Vec<String>,
    rows: Vec<Row>,
}

pub(crate) fn run(args: &DeliveryArgs) -> Result<()> {
    setup::packages(&["curl", "zip", "gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good", "gstreamer1.0-tools"])?;
    if !args.alone {
        setup::packages(&["rsync", "xdelta3", "casync", "zsync"])?;
    }
    if !args.as_built {
        build::network_programs()?;
    }
    let folder = root().join("out/bench/delivery");
    fs::create_dir_all(&folder)?;
    let mut result =
        Measured { release_bytes: 0, connection_bytes: 0, tools: Vec::new(), not_measured: Vec::new(), rows: Vec::new() };
    let mut tools: Vec<(&Tool, PathBuf)> = Vec::new();
    for tool in TOOLS.iter().filter(|_| !args.alone) {
        match tool.find(args.bita.as_deref()) {
            Some(program) => tools.push((tool, program)),
            None => result.not_measured.push(format!("{} ({})", tool.name, tool.install)),
        }
    }
    result.tools = tools.iter().map(|(tool, _)| tool.name).collect();
    say("making a film");
    let films = films(&folder, args.film_mb)?;
    let base = folder.join("base");
    copy_tree(&root().join("scenes/shanhe"), &base)?;
    put(&films.before, &base)?;
    let before = Built::of(&folder, "before", &base, 1)?;
    result.release_bytes = fs::metadata(&before.archive)?.len();

    say("a hub, a line and a device with nothing on its disk");
    let (rig, release) = Rig::start(&folder.join("rig"), &base)?;
    let mut bench = Bench { line: rig.line()?, rig, release, folder: folder.join("device"), kept: folder.join("device-kept") };
    let (ours, row) = bench.everything()?;
    let wanted = |name: &str| args.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let others = |before: Option<&Built>, after: &Built| -> Result<Vec<Option<Cost>>> {
        tools.iter().map(|(tool, program)| tool.measure(program, &folder, before, after).map(Some)).collect()
    };
    if wanted(EVERYTHING) {
        result.rows.push(Row { name: EVERYTHING, ours, theirs: others(None, &before)?, ..row });
    }
    for (number, edit) in EDITS.iter().enumerate().filter(|(_, edit)| wanted(edit.name)) {
        say(edit.name);
        let edited = folder.join("edited");
        copy_tree(&base, &edited)?;
        (edit.make)(&edited, &films)?;
        let row = bench.change(edit.name, &edited, &mut result.connection_bytes)?;
        let after = Built::of(&folder, "after", &edited, 2 + number as u64)?;
        result.rows.push(Row { theirs: others(Some(&before), &after)?, ..row });
    }
    drop(bench);
    print(&result);
    let json = folder.join("result.json");
    fs::write(&json, serde_json::to_vec_pretty(&result)?)?;
    say(format!("the same as JSON: {}", json.display()));
    Ok(())
}

/// The hub with its device, between two edits.
struct Bench {
    rig: Rig,
    line: Line,
    /// The release that every edit is made to.
    release: String,
    folder: PathBuf,
    /// The device's folder, as it was when it had just taken up that release.
    kept: PathBuf,
}

impl Bench {
    /// A device with nothing on its disk gets everything.
    fn everything(&mut self) -> Result<(Cost, Row)> {
        for folder in [&self.folder, &self.kept] {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
        }
        let (from, log) = (self.line.count()?, self.rig.log_bytes());
        let code = self.rig.code("一号屏")?;
        let device = self.device(Some(&code), false)?;
        let (began, _) = device.wait_for("connected", Duration::from_secs(20))?;
        let row = self.until_ready(EVERYTHING, &device, began, from, log)?;
        device.wait_for("confirmed", Duration::from_secs(60))?;
        device.end("quit")?;
        copy_tree(&self.folder, &self.kept)?;
        Ok((row.ours, row))
    }

    /// A device that runs the release before gets the one that is made of `edited`.
    fn change(&mut self, name: &'static str, edited: &Path, connection_bytes: &mut u64) -> Result<Row> {
        let release = self.rig.build(edited)?;
        self.rig.publish(&self.release)?;
        copy_tree(&self.kept, &self.folder)?;
        let alone = self.line.count()?;
        let device = self.device(None, true)?;
        device.wait_for("told", Duration::from_secs(20))?;
        let from = self.line.settle(QUIET)?;
        *connection_bytes = from.since(alone).bytes();
        let log = self.rig.log_bytes();
        let began = self.rig.publish(&release)?;
        let row = self.until_ready(name, &device, began, from, log)?;
        device.end("quit")?;
        Ok(row)
    }

    fn device(&self, code: Option<&str>, hold: bool) -> Result<Speaking> {
        let mut command = self.rig.device(&self.folder, code)?;
        command.args(["--through", &self.line.port.to_string()]);
        if hold {
            command.arg("--hold");
        }
        Speaking::start("the device", &mut command, &self.folder.with_extension("log"))
    }

    fn until_ready(&mut self, name: &'static str, device: &Speaking, began: Instant, from: crate::rig::Passed, log: u64) -> Result<Row> {
        let (ready, _) = device.wait_for("ready", READY_LIMIT)?;
        std::thread::sleep(AFTERWARDS);
        let passed = self.line.count()?.since(from);
        let sent = self.rig.sent(log)?;
        let seconds = ready.duration_since(began).as_secs_f64();
        Ok(Row {
            name,
            down_bytes: passed.down_bytes,
            up_bytes: passed.up_bytes,
            parcel_bytes: sent.bytes,
            piece_bytes: sent.plain_bytes,
            ours: Cost { bytes: passed.bytes(), seconds, requests: Some(sent.wants) },
            theirs: Vec::new(),
        })
    }
}

/// A release, and its files as the other tools see them.
struct Built {
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
        let folder = work.join(name);
        let built = Self { tree: work.join(format!("{name}-tree")), archive: work.join(format!("{name}.tar")) };
        for old in [&folder, &built.tree] {
            if old.exists() {
                fs::remove_dir_all(old)?;
            }
        }
        quietly(ctl()?.args(["build", "--lang", "en", "--release-version", &version.to_string()]).arg(exhibition).arg("--out").arg(&folder))?;
        let manifest: Manifest = serde_json::from_slice(&fs::read(folder.join("manifest.json"))?)?;
        for (path, file) in &manifest.files {
            let to = built.tree.join(path);
            fs::create_dir_all(to.parent().context("a file without a folder")?)?;
            let shelf = file.blob.get(..2).context("a blob without a name")?;
            fs::hard_link(folder.join("blobs").join(shelf).join(&file.blob), to)?;
        }
        fs::copy(folder.join("manifest.json"), built.tree.join("manifest.json"))?;
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

fn print(result: &Measured) {
    println!("\nbytes on the wire, both ways, from a release of {} to the next", bytes(result.release_bytes));
    print!("{:<38}{:>12}", "", "pingfeng");
    for tool in &result.tools {
        print!("{tool:>12}");
    }
    println!();
    let line = |name: &str, ours: String, theirs: &[Option<String>]| {
        print!("{name:<38}{ours:>12}");
        for their in theirs {
            print!("{:>12}", their.as_deref().unwrap_or("-"));
        }
        println!();
    };
    for row in &result.rows {
        let of = |what: &dyn Fn(&Cost) -> String| row.theirs.iter().map(|cost| cost.as_ref().map(what)).collect::<Vec<_>>();
        line(row.name, bytes(row.ours.bytes), &of(&|cost| bytes(cost.bytes)));
        line("    time", seconds(&row.ours), &of(&seconds));
        line("    requests", requests(&row.ours), &of(&requests));
    }
    let edits = || result.rows.iter().filter(|row| row.name != EVERYTHING);
    let ours: u64 = edits().map(|row| row.ours.bytes).sum();
    let theirs: Vec<Option<u64>> = (0..result.tools.len()).map(|at| edits().map(|row| row.theirs.get(at)?.map(|cost| cost.bytes)).sum()).collect();
    line("all edits", bytes(ours), &theirs.iter().map(|sum| sum.map(bytes)).collect::<Vec<_>>());
    let ratio = |sum: u64| format!("{:.2}", ours as f64 / sum.max(1) as f64);
    line("pingfeng divided by", String::new(), &theirs.iter().map(|sum| sum.map(ratio)).collect::<Vec<_>>());
    println!("a connection, before anything is published: {}", bytes(result.connection_bytes));
    for missing in &result.not_measured {
        println!("not measured: {missing}");
    }
}

fn seconds(cost: &Cost) -> String {
    format!("{:.2} s", cost.seconds)
}

fn requests(cost: &Cost) -> String {
    cost.requests.map_or_else(|| "-".to_owned(), |requests| requests.to_string())
}

pub(crate) fn bytes(n: u64) -> String {
    match n {
        0..10_000 => format!("{n} B"),
        10_000..10_000_000 => format!("{:.1} KB", n as f64 / 1e3),
        _ => format!("{:.1} MB", n as f64 / 1e6),
    }
}

/// The film before, cut anew at its end, and with its index in front. Noise: nothing in it repeats.
fn films(folder: &Path, megabytes: u32) -> Result<Films> {
    let films = Films { before: folder.join("film.mp4"), cut: folder.join("film-cut.mp4"), index_first: folder.join("film-front.mp4") };
    let frames = frames(megabytes);
    ensure!(frames > 2 * CUT_FRAMES, "a film of {megabytes} MB is too short to be cut");
    film(&films.before, megabytes)?;
    launch(&format!("{} ! {}", source("snow", frames), file(true, &films.index_first)))?;
    launch(&format!(
        "concat name=all ! {} {} ! all. {} ! all.",
        file(false, &films.cut),
        source("snow", frames - CUT_FRAMES),
        source("ball", CUT_FRAMES)
    ))?;
    Ok(films)
}

/// A film of noise.
pub(crate) fn film(to: &Path, megabytes: u32) -> Result<()> {
    launch(&format!("{} ! {}", source("snow", frames(megabytes)), file(false, to)))
}

fn frames(megabytes: u32) -> u32 {
    megabytes * 1_000 / FRAME_KB
}

fn source(pattern: &str, frames: u32) -> String {
    format!("videotestsrc pattern={pattern} num-buffers={frames} ! video/x-raw,format=I420,width=640,height=360,framerate=25/1")
}

fn file(index_first: bool, to: &Path) -> String {
    format!("jpegenc ! qtmux faststart={index_first} ! filesink location={}", to.display())
}

fn launch(pipeline: &str) -> Result<()> {
    quietly(Command::new("gst-launch-1.0").arg("-q").args(pipeline.split_whitespace()))
}

fn put(film: &Path, exhibition: &Path) -> Result<()> {
    fs::copy(film, exhibition.join(FILM))?;
    Ok(())
}

fn replace(file: &Path, from: &str, to: &str) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    ensure!(text.contains(from), "{} has no `{from}` to change", file.display());
    Ok(fs::write(file, text.replacen(from, to, 1))?)
}

/// One word of a page.
pub(crate) fn change_a_word(exhibition: &Path) -> Result<()> {
    replace(&exhibition.join("scenes/ch04-timeline.yaml"), "长征开始", "长征出发")
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
pub(crate) fn repaint(exhibition: &Path) -> Result<()> {
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

pub(crate) fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    if to.is_dir() {
        fs::remove_dir_all(to)?;
    }
    run_command(Command::new("cp").arg("-a").arg(from).arg(to))
}
