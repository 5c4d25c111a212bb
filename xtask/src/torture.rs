//! `cargo xtask torture`: ends the screen or the hub (and its broker with it) with SIGKILL at random moments while a
//! visitor checks in, again and again. Afterwards every check-in that a visitor was told is saved must be at the hub,
//! once, and the screen must come back with the right picture each time.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Deserialize;

use crate::{
    build::{self, Profile},
    display::{Display, Frame},
    hub::Hub,
    process::{output, say, wait_for},
    root,
    screen::Screen,
    setup,
};

/// How often, and in which order.
#[derive(Args)]
pub(crate) struct TortureArgs {
    /// How many times something is killed.
    #[arg(long, default_value_t = 50)]
    kills: u32,
    /// The same seed kills in the same order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Where to touch to check in; see `tests/e2e/check-in.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Touches {
    /// Size of the display.
    size: [u32; 2],
    /// From attract to the check-in page.
    open: Vec<[i32; 2]>,
    /// The keys 0 to 9.
    digits: Vec<[i32; 2]>,
    /// The button that checks in.
    submit: [i32; 2],
    /// Ends the visit.
    leave: [i32; 2],
}

/// What the run has seen so far.
#[derive(Default)]
struct Seen {
    screens: u32,
    hubs: u32,
    slowest: Duration,
}

pub(crate) fn run(args: &TortureArgs) -> Result<()> {
    setup::debian(true)?;
    build::programs(Profile::Dev)?;
    let console = build::console()?;
    let folder = root().join("out/torture");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let touches = fs::read_to_string(root().join("tests/e2e/check-in.toml"))?;
    let touches: Touches = toml::from_str(&touches).context("tests/e2e/check-in.toml")?;
    ensure!(touches.digits.len() == 10, "tests/e2e/check-in.toml: ten digits, 0 to 9");

    let display = Display::start(touches.size[0], touches.size[1], &folder)?;
    let mut hub = Hub::new(&folder, &console, Profile::Dev)?;
    let mut screen = Screen::new(&folder, Profile::Dev)?;
    let code = hub.import(&root().join("scenes/shanhe"), "大厅", "本馆", "大厅一号屏")?;
    hub.start()?;
    screen.enrol(&hub, &code)?;
    open(&mut screen, &display, &touches)?;
    // The first start fetches the release; from then on attract is what every start must come back to.
    wait_for("the first release", Duration::from_secs(120), || {
        screen.check()?;
        Ok(fs::read_to_string(screen.log())?.contains("the release stays").then_some(()))
    })?;
    let attract = display.settled(Duration::from_secs(2), Duration::from_secs(30))?;
    attract.save(&folder.join("attract.png"))?;

    let mut random = Random(args.seed | 1);
    let mut seen = Seen::default();
    let mut number = 100_000;
    for kill in 1..=args.kills {
        let until = Instant::now() + Duration::from_millis(1_500 + random.below(6_500));
        check_in(&display, &touches, &mut number, until)?;
        let began = Instant::now();
        if random.below(2) == 0 {
            screen.kill();
            seen.screens += 1;
            open(&mut screen, &display, &touches)?;
            right_picture(&mut screen, &display, &attract, &folder, kill)?;
        } else {
            hub.kill();
            seen.hubs += 1;
            ensure!(!display.frame()?.is_blank(), "the screen went blank when the hub was killed (kill {kill})");
            hub.start()?;
            screen.check()?;
        }
        seen.slowest = seen.slowest.max(began.elapsed());
        if kill % 10 == 0 {
            say(format!("{kill} of {} kills", args.kills));
        }
    }
    settle(&mut screen, &mut hub, &folder, &seen)
}

fn open(screen: &mut Screen, display: &Display, touches: &Touches) -> Result<()> {
    screen.start(Some(&display.name()), Some((touches.size[0], touches.size[1])))
}

/// Checks in as often as there is time, and stops in the middle of whatever it does when the time is over.
fn check_in(display: &Display, touches: &Touches, number: &mut u32, until: Instant) -> Result<()> {
    let act = |[x, y]: [i32; 2], pause: u64| -> Result<bool> {
        if Instant::now() >= until {
            return Ok(false);
        }
        display.tap(x, y)?;
        std::thread::sleep(Duration::from_millis(pause).min(until.saturating_duration_since(Instant::now())));
        Ok(true)
    };
    loop {
        for point in &touches.open {
            if !act(*point, 600)? {
                return Ok(());
            }
        }
        *number += 1;
        for digit in number.to_string().bytes() {
            if !act(touches.digits[usize::from(digit - b'0')], 60)? {
                return Ok(());
            }
        }
        if !act(touches.submit, 400)? || !act(touches.leave, 500)? {
            return Ok(());
        }
    }
}

fn right_picture(screen: &mut Screen, display: &Display, attract: &Frame, folder: &Path, kill: u32) -> Result<()> {
    let result = wait_for("the right picture after a kill", Duration::from_secs(60), || {
        screen.check()?;
        Ok((display.frame()?.difference(attract) < 0.15).then_some(()))
    });
    if result.is_err() {
        display.frame()?.save(&folder.join(format!("wrong-after-kill-{kill}.png")))?;
    }
    result
}

/// Waits until nothing is on its way any more and compares what was promised with what arrived.
fn settle(screen: &mut Screen, hub: &mut Hub, folder: &Path, seen: &Seen) -> Result<()> {
    let outbox = screen.outbox();
    wait_for("an empty outbox", Duration::from_secs(120), || {
        screen.check()?;
        hub.check()?;
        Ok((ids(&outbox, "select id from record where refused is null")?.is_empty()).then_some(()))
    })?;
    let promised: BTreeSet<String> = fs::read_to_string(screen.log())?.lines().filter_map(promised).collect();
    let arrived = ids(&hub.data.join("hub.sqlite"), "select id from check_ins")?;
    let once: BTreeSet<String> = arrived.iter().cloned().collect();
    screen.stop();
    let lost: Vec<&String> = promised.difference(&once).collect();
    println!(
        "\n{} kills of the screen, {} of the hub with its broker; slowest way back {:.1} s\n{} check-ins promised, {} at the hub, {} lost, {} doubled",
        seen.screens,
        seen.hubs,
        seen.slowest.as_secs_f64(),
        promised.len(),
        once.len(),
        lost.len(),
        arrived.len() - once.len()
    );
    ensure!(!promised.is_empty(), "nobody was told that a check-in is saved: the script in tests/e2e/check-in.toml touches the wrong places");
    if !lost.is_empty() || arrived.len() != once.len() {
        bail!("check-ins were lost or doubled: {lost:?}; logs in {}", folder.display());
    }
    Ok(())
}

/// The record id in a line of the screen's log that tells a visitor "saved".
fn promised(line: &str) -> Option<String> {
    let (_, after) = line.split_once("a record is on disk")?;
    let id: String = after.split_once("record.id")?.1.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    // Colour codes of the log leave digits and an `m` around the id, which is 26 characters of Crockford base 32.
    (0..=id.len().checked_sub(26)?).map(|at| &id[at..at + 26]).find(|id| id.starts_with("01") && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())).map(str::to_owned)
}

fn ids(database: &PathBuf, query: &str) -> Result<Vec<String>> {
    let text = output(Command::new("sqlite3").arg("-cmd").arg(".timeout 5000").arg(database).arg(query))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// xorshift64*: enough to choose moments, and the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, promised};

    #[test]
    fn a_promise_is_found_in_a_log_line() {
        let id = "01JD3W5K9N8QZ7R6T5V4B3N2M1";
        let plain = format!("INFO pingfeng::bridge: a record is on disk record.id=\"{id}\"");
        assert_eq!(promised(&plain).as_deref(), Some(id));
        let coloured = format!("INFO a record is on disk \u{1b}[3mrecord.id\u{1b}[0m\u{1b}[2m=\u{1b}[0m\"{id}\"");
        assert_eq!(promised(&coloured).as_deref(), Some(id));
        assert_eq!(promised("INFO something else"), None);
    }

    #[test]
    fn the_same_seed_gives_the_same_moments() {
        let moments = |seed| {
            let mut random = Random(seed);
            [random.below(5_000), random.below(5_000), random.below(2)]
        };
        assert_eq!(moments(7), moments(7));
        assert!(moments(7).iter().all(|moment| *moment < 5_000));
    }
}
