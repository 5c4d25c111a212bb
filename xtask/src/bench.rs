//! `cargo xtask bench`: what a visitor and an operator feel, as numbers beside a Chromium kiosk that shows the same
//! page on the same display in the same run.
//!
//! Both draw on the software rasterizer of this machine. Chromium draws `tests/bench/kiosk.html`: the home page of the
//! sample exhibition with the same prepared pictures, fonts and words.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};

use crate::{
    build::{self, Profile},
    delivery, fleet,
    display::{Display, Frame},
    process::{Running, run as run_command, say, wait_for},
    root, setup, weather,
};

/// How long and what to measure.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    other: Option<Other>,
    /// Cold starts of each program; the median is printed.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Seconds of a still page over which the processor time is taken.
    #[arg(long, default_value_t = 60)]
    still_s: u64,
    /// Taps of which the median is printed.
    #[arg(long, default_value_t = 10)]
    taps: usize,
    /// Measure the development build instead (faster to compile, not comparable).
    #[arg(long)]
    dev: bool,
    /// Leave out publish-to-glass, which runs the whole headless demo.
    #[arg(long)]
    skip_publish: bool,
}

/// Benchmarks of something else than the screen.
#[derive(Subcommand)]
enum Other {
    /// What a change of the exhibition costs on the wire, beside rsync, xdelta3, zsync, casync and bita.
    Delivery(delivery::DeliveryArgs),
    /// A large release to many devices at once: what the hub sends, memory, and how long records wait meanwhile.
    Fleet(fleet::FleetArgs),
    /// A small release over bad lines: loss, latency, cuts, 9600 bit/s.
    Weather(weather::WeatherArgs),
}

const SIZE: (u32, u32) = (1080, 1920);
/// A place on the attract page and on Chromium's page that leads on, and where nothing is pressed by mistake.
const WAKE: (i32, i32) = (540, 1500);
/// The first tile of the home page.
const TILE: (i32, i32) = (300, 1080);
/// 返回 in the foot bar.
const BACK: (i32, i32) = (130, 1850);
/// A picture may differ from the reference in this part of its pixels: layers drift while the attract loop begins.
const SAME: f64 = 0.10;

/// What was measured of one program.
#[derive(Default)]
struct Measured {
    start_ms: Vec<f64>,
    pss_mb: f64,
    still_percent: f64,
    tap_ms: Vec<f64>,
}

pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    match &args.other {
        Some(Other::Delivery(args)) => return delivery::run(args),
        Some(Other::Fleet(args)) => return fleet::run(args),
        Some(Other::Weather(args)) => return weather::run(args),
        None => {}
    }
    setup::debian(true)?;
    let profile = if args.dev { Profile::Dev } else { Profile::Release };
    build::programs(profile)?;
    let folder = root().join("out/bench");
    fs::create_dir_all(&folder)?;

    let exhibition = folder.join("exhibition");
    if exhibition.exists() {
        fs::remove_dir_all(&exhibition)?;
    }
    let mut ctl = Command::new(build::program("pingfengctl", profile)?);
    run_command(ctl.arg("build").arg(root().join("scenes/shanhe")).arg("--out").arg(&exhibition)).context("the sample exhibition does not build")?;

    let display = Display::start(SIZE.0, SIZE.1, &folder)?;
    say("measuring the screen");
    let screen = measure(args, &display, &folder, "screen", true, &|| screen_command(profile, &display))?;
    say("measuring Chromium");
    let page = kiosk_page(&exhibition, &folder)?;
    let chromium = measure(args, &display, &folder, "chromium", false, &|| Ok(chromium_command(&page, &folder, &display)))?;
    drop(display);

    println!("\n{}x{} on this machine, {} build, medians of {} starts and {} taps", SIZE.0, SIZE.1, if args.dev { "development" } else { "optimised" }, args.runs, args.taps);
    println!("{:<36}{:>12}{:>12}{:>9}", "", "pingfeng", "chromium", "ratio");
    row("cold start to the first right frame", "ms", median(&screen.start_ms), median(&chromium.start_ms));
    row("memory after a minute (PSS)", "MB", screen.pss_mb, chromium.pss_mb);
    row("processor on a still page", "% core", screen.still_percent, chromium.still_percent);
    row("tap to the first changed frame", "ms", median(&screen.tap_ms), median(&chromium.tap_ms));
    if !args.skip_publish {
        let publish = crate::demo::measure_publish(profile)?;
        println!("{:<36}{:>9.0} ms", "publish to glass, one text changed", publish.as_secs_f64() * 1000.0);
    }
    Ok(())
}

fn row(what: &str, unit: &str, ours: f64, theirs: f64) {
    println!("{what:<36}{ours:>9.1} {unit:<4}{theirs:>8.1} {unit:<4}{:>6.2}", ours / theirs);
}

fn screen_command(profile: Profile, display: &Display) -> Result<Command> {
    let mut command = Command::new(build::program("pingfeng", profile)?);
    command
        .args(["run", "--windowed", &format!("{}x{}", SIZE.0, SIZE.1), "--exhibition"])
        .arg(root().join("scenes/shanhe"))
        .current_dir(root())
        .env("DISPLAY", display.name())
        .env_remove("WAYLAND_DISPLAY");
    Ok(command)
}

fn chromium_command(page: &Path, folder: &Path, display: &Display) -> Command {
    let mut command = Command::new("chromium");
    command
        .args([
            "--kiosk",
            "--no-sandbox",
            "--no-first-run",
            "--no-default-browser-check",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-quic",
            "--window-position=0,0",
            &format!("--window-size={},{}", SIZE.0, SIZE.1),
        ])
        .arg(format!("--user-data-dir={}", folder.join("chromium-profile").display()))
        .arg(format!("file://{}", page.display()))
        .env("DISPLAY", display.name())
        .env_remove("WAYLAND_DISPLAY");
    command
}

fn kiosk_page(exhibition: &Path, folder: &Path) -> Result<PathBuf> {
    let manifest: serde_json::Value = serde_json::from_str(&fs::read_to_string(exhibition.join("manifest.json"))?)?;
    let base = folder.join("page");
    for (path, file) in manifest["files"].as_object().context("the built exhibition lists no files")? {
        let blob = file["blob"].as_str().filter(|blob| blob.len() > 2).context("a file without a blob")?;
        let to = base.join(path);
        fs::create_dir_all(to.parent().context("a file without a folder")?)?;
        fs::copy(exhibition.join("blobs").join(&blob[..2]).join(blob), to).with_context(|| format!("the built exhibition lacks {path}"))?;
    }
    let index = fs::read_to_string(base.join("pictures.json")).context("the built exhibition has no picture index")?;
    let index: serde_json::Value = serde_json::from_str(&index)?;
    let picture = |id: &str, width: u64| -> Result<String> {
        let sizes = index["pictures"][id]["sizes"].as_array().with_context(|| format!("the exhibition has no picture {id}"))?;
        let fit = sizes.iter().find(|size| size["width_px"].as_u64() >= Some(width)).or(sizes.last());
        Ok(fit.and_then(|size| size["file"].as_str()).context("a picture without sizes")?.to_owned())
    };
    let tiles: Vec<String> = (1..=10).map(|n| picture(&format!("ch{n:02}"), 480)).collect::<Result<_>>()?;
    let html = fs::read_to_string(root().join("tests/bench/kiosk.html"))?
        .replace("PICTURES/HERO", &format!("{}/{}", base.display(), picture("attract", 1920)?))
        .replace("TILES", &serde_json::to_string(&tiles)?)
        .replace("PICTURES", &base.display().to_string())
        .replace("FONTS", &root().join("assets/fonts").display().to_string());
    let page = folder.join("kiosk.html");
    fs::write(&page, html)?;
    Ok(page)
}

fn measure(args: &BenchArgs, display: &Display, folder: &Path, name: &str, wakes: bool, command: &dyn Fn() -> Result<Command>) -> Result<Measured> {
    let log = folder.join(format!("{name}.log"));
    let mut measured = Measured::default();

    // The reference: what the first page looks like once it has come to rest or begun its loop.
    let reference = {
        let mut running = Running::start(name, &mut command()?, &log)?;
        let frame = first_picture(display, &mut running, &log)?;
        frame.save(&folder.join(format!("{name}-first.png")))?;
        frame
    };
    clear(display)?;

    let glanced = reference.glanced();
    for _ in 0..args.runs {
        let began = Instant::now();
        let mut running = Running::start(name, &mut command()?, &log)?;
        wait_for("the first right frame", Duration::from_secs(60), || {
            running.check(&log)?;
            Ok((display.glance(&reference)?.difference(&glanced) < SAME).then_some(()))
        })?;
        measured.start_ms.push(began.elapsed().as_secs_f64() * 1000.0);
        drop(running);
        clear(display)?;
    }

    let mut running = Running::start(name, &mut command()?, &log)?;
    first_picture(display, &mut running, &log)?;
    if wakes {
        display.tap(WAKE.0, WAKE.1)?;
        std::thread::sleep(Duration::from_secs(2));
    }
    let home = display.settled(Duration::from_secs(1), Duration::from_secs(20))?;
    home.save(&folder.join(format!("{name}-home.png")))?;

    for _ in 0..args.taps {
        display.settled(Duration::from_millis(500), Duration::from_secs(20))?;
        let seen = display.tap_to_change(TILE.0, TILE.1, Duration::from_secs(10))?;
        measured.tap_ms.push(seen.as_secs_f64() * 1000.0);
        display.settled(Duration::from_millis(700), Duration::from_secs(20))?;
        display.tap(BACK.0, BACK.1)?;
        display.settled(Duration::from_millis(700), Duration::from_secs(20))?;
    }

    // A touch now and then keeps the visit alive without changing the page.
    let pids = tree(running.pid());
    let before = cpu_ms(&pids);
    let began = Instant::now();
    std::thread::sleep(Duration::from_secs(args.still_s.min(50)));
    measured.still_percent = (cpu_ms(&tree(running.pid())) - before) / (began.elapsed().as_secs_f64() * 1000.0) * 100.0;
    measured.pss_mb = pss_mb(&tree(running.pid()))?;
    running.check(&log)?;
    drop(running);
    clear(display)?;
    Ok(measured)
}

fn first_picture(display: &Display, running: &mut Running, log: &Path) -> Result<Frame> {
    wait_for("the first picture", Duration::from_secs(60), || {
        running.check(log)?;
        Ok((!display.frame()?.is_blank()).then_some(()))
    })?;
    std::thread::sleep(Duration::from_secs(3));
    display.frame()
}

/// Waits until the display is black again, so that the next start is measured from nothing.
fn clear(display: &Display) -> Result<()> {
    // The server starts anew when its last client leaves, and turns away whoever comes in that moment.
    wait_for("the display to answer", Duration::from_secs(10), || {
        let done = Command::new("xsetroot").args(["-solid", "black"]).env("DISPLAY", display.name()).stderr(Stdio::null()).status()?;
        Ok(done.success().then_some(()))
    })?;
    wait_for("an empty display", Duration::from_secs(10), || Ok(display.frame()?.is_blank().then_some(())))
}

/// A process and all its descendants.
fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut next = 0;
    while next < all.len() {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", all[next])).unwrap_or_default();
        let threads = fs::read_dir(format!("/proc/{}/task", all[next])).map(|dir| dir.flatten().collect::<Vec<_>>()).unwrap_or_default();
        let by_threads = threads.iter().filter_map(|task| fs::read_to_string(task.path().join("children")).ok()).collect::<String>();
        for child in children.split_whitespace().chain(by_threads.split_whitespace()) {
            if let Ok(child) = child.parse() {
                if !all.contains(&child) {
                    all.push(child);
                }
            }
        }
        next += 1;
    }
    all
}

/// Processor time used so far, milliseconds (a tick is 10 ms).
fn cpu_ms(pids: &[u32]) -> f64 {
    let ticks = |pid: &u32| -> Option<f64> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
    };
    pids.iter().filter_map(ticks).sum::<f64>() * 10.0
}

/// Proportional set size of all of them, MB.
fn pss_mb(pids: &[u32]) -> Result<f64> {
    let mut kb = 0.0;
    for pid in pids {
        let Ok(rollup) = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) else { continue };
        let line = rollup.lines().find(|line| line.starts_with("Pss:")).context("no Pss in smaps_rollup")?;
        kb += line.split_whitespace().nth(1).and_then(|number| number.parse::<f64>().ok()).unwrap_or(0.0);
    }
    ensure!(kb > 0.0, "the memory of the program cannot be read");
    Ok(kb / 1024.0)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::{median, tree};

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_process_tree_begins_with_the_process() {
        assert_eq!(tree(std::process::id())[0], std::process::id());
    }
}
