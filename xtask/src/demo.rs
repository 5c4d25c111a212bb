//! `cargo xtask demo`: a hub, a screen and the sample exhibition on this machine.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::{
    admin::Admin,
    build::{self, Profile},
    display::Display,
    hub::{ATTENDEES, Hub},
    process::{say, wait_for},
    root,
    screen::Screen,
    setup,
    transcript::Transcript,
    visitor::Script,
};

/// How the demo runs.
#[derive(Args)]
pub(crate) struct DemoArgs {
    /// On a virtual display, with a scripted visitor and an administrator in Chromium; leaves pictures and a transcript.
    #[arg(long)]
    headless: bool,
    /// Folder for everything the demo keeps.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Forget what an earlier demo kept.
    #[arg(long)]
    fresh: bool,
}

/// A text on the first page of the sample exhibition that the administrator changes, and what it becomes.
const CHANGED: (&str, &str, &str) = ("scenes/attract.yaml", "中国共产党历史主题展", "中国共产党历史展览");

/// The event of the sample exhibition's check-in page.
const EVENT: &str = "party-day";

pub(crate) fn run(args: &DemoArgs) -> Result<()> {
    setup::debian(args.headless)?;
    build::programs(Profile::Dev)?;
    let console = build::console()?;
    if args.headless {
        let folder = args.out.clone().unwrap_or_else(|| root().join("out/demo"));
        headless(&folder, &console, Profile::Dev).map(|_| ())
    } else {
        let folder = args.out.clone().unwrap_or_else(|| root().join("out/demo-here"));
        interactive(&folder, &console, args.fresh)
    }
}

/// The headless demo as a test: everything it checks must hold.
pub(crate) fn end_to_end() -> Result<()> {
    setup::debian(true)?;
    build::programs(Profile::Dev)?;
    let console = build::console()?;
    headless(&root().join("out/end-to-end"), &console, Profile::Dev).map(|_| ())
}

/// Publish-to-glass of one headless demo.
pub(crate) fn measure_publish(profile: Profile) -> Result<Duration> {
    let console = build::console()?;
    headless(&root().join("out/bench/publish"), &console, profile)
}

/// The demo for a person at this machine.
fn interactive(folder: &Path, console: &Path, fresh: bool) -> Result<()> {
    ensure!(
        std::env::var_os("DISPLAY").is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some(),
        "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): run `cargo xtask demo --headless`"
    );
    if fresh && folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder)?;
    let stopped = stop_flag()?;
    let mut hub = Hub::new(folder, console, Profile::Dev)?;
    let mut screen = Screen::new(folder, Profile::Dev)?;
    let code = if screen.is_enrolled() {
        None
    } else {
        say("putting the sample exhibition into the hub (pictures are prepared once; this takes a minute)");
        Some(hub.import(&root().join("scenes/shanhe"), "大厅", "本馆", "大厅一号屏")?)
    };
    hub.start()?;
    if let Some(code) = code {
        say("enrolling the screen");
        screen.enrol(&hub, &code)?;
    }
    screen.start(None, None)?;
    println!("\n  console   {}", hub.address);
    match hub.setup_link()? {
        Some(link) => println!("  set up    {link}\n            (good once: it makes the first administrator)"),
        None => println!("            the first administrator has been set up already"),
    }
    println!("  authority {} (import it, or accept the browser's warning)", hub.authority()?.display());
    let codes: Vec<&str> = ATTENDEES.iter().filter_map(|line| line.split(',').next()).collect();
    println!("  check in  on the glass with one of {}\n\n  Ctrl-C ends it.\n", codes.join(", "));
    while !stopped.load(Ordering::Relaxed) {
        hub.check()?;
        screen.check()?;
        std::thread::sleep(Duration::from_millis(200));
    }
    say("ending the screen and the hub");
    screen.stop();
    Ok(())
}

/// The whole main job without anybody watching. Returns the time from publishing a text to the first frame with it.
fn headless(folder: &Path, console: &Path, profile: Profile) -> Result<Duration> {
    for old in ["hub", "screen", "hub-ports", "hub-ready.json", "hub.log", "screen.log", "admin.json"] {
        let path = folder.join(old);
        let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    }
    let script = Script::read(&root().join("tests/e2e/visitor.toml"))?;
    let mut transcript = Transcript::begin(folder)?;
    let display = Display::start(script.size[0], script.size[1], folder)?;

    let mut hub = Hub::new(folder, console, profile)?;
    hub.start()?;
    transcript.line(format!("the hub answers at {}", hub.address))?;

    let link = hub.setup_link()?.context("a new hub gave no set-up link")?;
    let mut admin = Admin::start(folder, &hub.address, &password()?)?;
    admin.step(&mut transcript, "set-up", &[("link", &link)])?;
    admin.step(&mut transcript, "upload", &[("exhibition", &root().join("scenes/shanhe").to_string_lossy())])?;
    let code = admin.step(&mut transcript, "enrol", &[("name", "大厅一号屏"), ("site", "本馆"), ("group", "大厅")])?.text("code")?;
    let token = admin.step(&mut transcript, "token", &[("name", "end to end")])?.text("token")?;
    admin.step(&mut transcript, "event", &[("id", EVENT), ("name", "主题党日"), ("roster", &ATTENDEES.join(";"))])?;

    let mut screen = Screen::new(folder, profile)?;
    screen.enrol(&hub, &code)?;
    transcript.line("the screen has a certificate")?;
    let began = Instant::now();
    screen.start(Some(&display.name()), Some((script.size[0], script.size[1])))?;
    wait_for("a first picture", Duration::from_secs(60), || {
        screen.check()?;
        Ok((!display.frame()?.is_blank()).then_some(()))
    })?;
    transcript.line(format!("first picture {:.1} s after the start", began.elapsed().as_secs_f64()))?;
    transcript.picture("before-any-release", &display.frame()?)?;

    let before = display.frame()?;
    admin.step(&mut transcript, "publish", &[("group", "大厅")])?;
    wait_for("the exhibition on the glass", Duration::from_secs(120), || {
        screen.check()?;
        Ok((display.frame()?.difference(&before) > 0.2).then_some(()))
    })?;
    admin.step(&mut transcript, "confirmed", &[])?;
    std::thread::sleep(Duration::from_secs(2));
    transcript.picture("attract", &display.frame()?)?;

    script.walk(&display, &mut transcript)?;
    check_in_arrived(&mut admin, &mut transcript)?;
    let welcome = from_elsewhere(&hub, &token, &display, &mut transcript)?;
    transcript.line(format!("a check-in made through the REST interface was on the glass after {} ms", welcome.as_millis()))?;

    script.leave(&display, &mut transcript)?;
    let glass = refresh(&mut admin, &mut screen, &display, &script, &mut transcript)?;
    admin.step(&mut transcript, "watch", &[("event", EVENT), ("count", "2")])?;
    admin.step(&mut transcript, "picture", &[("device", "大厅一号屏")])?;
    drop(admin);
    screen.stop();
    drop(hub);
    transcript.line("the screen and the hub have ended")?;
    say(format!("pictures and transcript: {}", transcript.folder().display()));
    Ok(glass)
}

/// The administrator changes one text and publishes it while nobody visits. The time runs from the press of the button to
/// the first frame that shows the new text as it stays.
fn refresh(admin: &mut Admin, screen: &mut Screen, display: &Display, script: &Script, transcript: &mut Transcript) -> Result<Duration> {
    let (path, old, new) = CHANGED;
    admin.step(transcript, "edit", &[("path", path), ("find", old), ("replace", new)])?;
    transcript.picture("before-refresh", &display.frame()?)?;
    // Watched from beside: the browser's own step goes on until its page has changed too.
    let watcher = display.watch(script.changed_text, Duration::from_secs(40))?;
    let answer = admin.step(transcript, "publish", &[("group", "大厅")])?;
    let began = answer.pressed.context("the browser did not say when it published")?;
    let shown = watcher.finish().context("the changed text did not reach the glass")?;
    screen.check()?;
    let glass = shown.duration_since(began);
    transcript.line(format!("publish to glass: {} ms for one changed text", glass.as_millis()))?;
    transcript.picture("after-refresh", &display.frame()?)?;
    admin.step(transcript, "confirmed", &[])?;
    Ok(glass)
}

fn check_in_arrived(admin: &mut Admin, transcript: &mut Transcript) -> Result<()> {
    let seen = admin.step(transcript, "watch", &[("event", EVENT), ("count", "1")])?;
    ensure!(seen.done["count"] == 1, "the visitor checked in once, the console shows {}", seen.done["count"]);
    transcript.line("the console shows the visitor's check-in, once")
}

/// An integrator checks somebody in; the welcome strip of the check-in page shows it.
fn from_elsewhere(hub: &Hub, token: &str, display: &Display, transcript: &mut Transcript) -> Result<Duration> {
    let before = display.settled(Duration::from_millis(500), Duration::from_secs(20))?;
    let began = Instant::now();
    hub.post_as(token, "/api/v1/check-ins", &serde_json::json!({ "event": EVENT, "code": "204602" }))?;
    let shown = display.changed(&before, began, Duration::from_secs(10)).context("a check-in from elsewhere did not appear")?;
    transcript.settled_picture("check-in-from-elsewhere", display)?;
    Ok(shown)
}

/// A password for an administrator who lives as long as the run: random, as nobody has to remember it.
fn password() -> Result<String> {
    let mut bytes = [0_u8; 18];
    std::io::Read::read_exact(&mut fs::File::open("/dev/urandom")?, &mut bytes).context("no random numbers")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Set when Ctrl-C or a termination signal arrives.
fn stop_flag() -> Result<std::sync::Arc<AtomicBool>> {
    let flag = std::sync::Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, flag.clone()).context("cannot listen for Ctrl-C")?;
    }
    Ok(flag)
}
