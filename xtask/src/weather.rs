//! `cargo xtask bench weather`: what bad lines do to a small release. The hub, the line and a device run in a network
//! namespace of their own, so that packets can be dropped without anybody else noticing; it ends with them.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    build,
    delivery::{bytes, change_a_word, copy_tree, repaint},
    process::{exists, output, run as run_command, say},
    rig::{Line, Rig, Speaking},
    root, setup,
};

/// Which weather.
#[derive(Args)]
pub(crate) struct WeatherArgs {
    /// Only weather whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Set by the program itself, once it has a network of its own.
    #[arg(long, hide = true)]
    inside: bool,
    /// Measure the programs as they were compiled last.
    #[arg(long)]
    as_built: bool,
}

/// A visitor checks in this often.
const RECORD_EVERY_MS: u32 = 5_000;
/// A device has to be connected within this, and to have a release within this.
const LIMIT: Duration = Duration::from_secs(900);
/// Records that are still on their way when everything else is there may take so long.
const RECORDS_LIMIT: Duration = Duration::from_secs(180);
/// Packets of the line are as long as on a real one, instead of the 64 KiB of a loopback.
const MTU: u32 = 1_500;

/// What the line is like.
struct Weather {
    name: &'static str,
    /// For the line.
    line: fn() -> Value,
    /// Percent of packets that are dropped, each way.
    lost_percent: u32,
    /// Connections are cut every so often; zero: never.
    cut_every: Duration,
    /// The larger change as well.
    large: bool,
}

const WEATHERS: [Weather; 5] = [
    Weather { name: "fine weather", line: || json!({}), lost_percent: 0, cut_every: Duration::ZERO, large: true },
    Weather { name: "30 % of packets lost", line: || json!({}), lost_percent: 30, cut_every: Duration::ZERO, large: true },
    Weather { name: "2 s each way", line: || json!({ "latency_ms": 2_000 }), lost_percent: 0, cut_every: Duration::ZERO, large: true },
    Weather { name: "cut every 0.5 s", line: || json!({}), lost_percent: 0, cut_every: Duration::from_millis(500), large: true },
    Weather { name: "9600 bit/s", line: || json!({ "bandwidth_bytes_s": 1_200 }), lost_percent: 0, cut_every: Duration::ZERO, large: false },
];

/// A change and what it does to the exhibition.
struct Change {
    name: &'static str,
    make: fn(&Path) -> Result<()>,
    large: bool,
}

const CHANGES: [Change; 2] = [
    Change { name: "a word", make: change_a_word, large: false },
    Change { name: "a picture", make: repaint, large: true },
];

/// One change in one weather.
#[derive(Debug, Serialize)]
struct Row {
    weather: &'static str,
    change: &'static str,
    /// From the start of the device until it had heard of its target.
    connect_s: f64,
    /// From publishing until everything was on the device's disk.
    seconds: f64,
    /// Both ways in that time, retransmissions of TCP not counted; records are part of it.
    bytes: u64,
    /// Pieces as the hub sent them.
    parcel_bytes: u64,
    wants: u64,
    records: u64,
    unacknowledged: u64,
    record_max_ms: f64,
    disconnections: u64,
}

pub(crate) fn run(args: &WeatherArgs) -> Result<()> {
    if !args.inside {
        ensure!(
            output(Command::new("id").arg("-u"))?.trim() == "0",
            "packets are dropped in a network namespace for this: run it as root"
        );
        setup::packages(&["curl", "zip", "iproute2", "nftables", "util-linux"])?;
        if !args.as_built {
            build::network_programs()?;
        }
        let mut again = Command::new("unshare");
        again.arg("--net").arg(std::env::current_exe()?).args(["bench", "weather", "--inside"]);
        if let Some(only) = &args.only {
            again.args(["--only", only]);
        }
        return run_command(&mut again);
    }
    run_command(Command::new("ip").args(["link", "set", "lo", "up", "mtu", &MTU.to_string()]))?;
    let folder = root().join("out/bench/weather");
    fs::create_dir_all(&folder)?;
    say("a hub and a device with the sample exhibition");
    let (rig, base) = Rig::start(&folder.join("rig"), &root().join("scenes/shanhe"))?;
    let mut releases = HashMap::new();
    for change in &CHANGES {
        let edited = folder.join("edited");
        copy_tree(&root().join("scenes/shanhe"), &edited)?;
        (change.make)(&edited)?;
        releases.insert(change.name, rig.build(&edited)?);
    }
    let bench = Bench { line: rig.line()?, rig, base, folder: folder.join("device"), kept: folder.join("device-kept") };
    bench.first()?;
    let mut rows = Vec::new();
    for weather in WEATHERS.iter().filter(|weather| args.only.as_ref().is_none_or(|only| weather.name.contains(only.as_str()))) {
        for change in CHANGES.iter().filter(|change| weather.large || !change.large) {
            say(format!("{}: {}", weather.name, change.name));
            let release = releases.get(change.name).context("a change without a release")?;
            let line = bench.rig.line()?;
            rows.push(bench.measure(line, weather, change, release)?);
        }
    }
    print(&rows);
    let json = folder.join("result.json");
    fs::write(&json, serde_json::to_vec_pretty(&rows)?)?;
    say(format!("the same as JSON: {}", json.display()));
    Ok(())
}

struct Bench {
    rig: Rig,
    /// In fine weather, for the first release.
    line: Line,
    base: String,
    folder: PathBuf,
    kept: PathBuf,
}

impl Bench {
    /// A device that has taken up the release before.
    fn first(&self) -> Result<()> {
        for folder in [&self.folder, &self.kept] {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
        }
        let device = self.device(Some(&self.rig.code("一号屏")?), self.line.port, 0)?;
        device.wait_for("confirmed", Duration::from_secs(120))?;
        device.end("quit")?;
        copy_tree(&self.folder, &self.kept)
    }

    fn device(&self, code: Option<&str>, port: u16, record_every_ms: u32) -> Result<Speaking> {
        let mut command = self.rig.device(&self.folder, code)?;
        command.args(["--through", &port.to_string(), "--record-every-ms", &record_every_ms.to_string()]);
        Speaking::start("the device", &mut command, &self.folder.with_extension("log"))
    }

    fn measure(&self, mut line: Line, weather: &Weather, change: &Change, release: &str) -> Result<Row> {
        self.rig.publish(&self.base)?;
        copy_tree(&self.kept, &self.folder)?;
        line.weather(&(weather.line)())?;
        let _loss = Loss::of(line.port, weather.lost_percent)?;
        let started = Instant::now();
        let mut device = self.device(None, line.port, RECORD_EVERY_MS)?;
        let mut heard = Heard::default();
        let mut cut_at = Instant::now() + weather.cut_every;
        let mut wait = |line: &mut Line, device: &Speaking, heard: &mut Heard, what: &str, limit: Duration| -> Result<Instant> {
            let deadline = Instant::now() + limit;
            loop {
                ensure!(Instant::now() < deadline, "{}: not `{what}` after {} s", weather.name, limit.as_secs());
                if !weather.cut_every.is_zero() && Instant::now() >= cut_at {
                    cut_at = Instant::now() + weather.cut_every;
                    line.cut()?;
                }
                if let Some((at, said)) = device.next(Duration::from_millis(20))? {
                    heard.take(&said)?;
                    let is_release = said["release"].as_str().is_none_or(|said| said == release);
                    if said["event"] == what && is_release {
                        return Ok(at);
                    }
                }
                if what == "silence" && heard.open == 0 {
                    return Ok(Instant::now());
                }
            }
        };
        let told = wait(&mut line, &device, &mut heard, "told", LIMIT)?;
        let (from, log) = (line.count()?, self.rig.log_bytes());
        let began = self.rig.publish(release)?;
        let ready = wait(&mut line, &device, &mut heard, "ready", LIMIT)?;
        let passed = line.count()?.since(from);
        let sent = self.rig.sent(log)?;
        wait(&mut line, &device, &mut heard, "confirmed", LIMIT)?;
        device.tell("rest")?;
        let rested = wait(&mut line, &device, &mut heard, "resting", Duration::from_secs(10));
        rested.and_then(|_| wait(&mut line, &device, &mut heard, "silence", RECORDS_LIMIT)).or_else(|error| {
            say(format!("{error:#}"));
            Ok::<_, anyhow::Error>(Instant::now())
        })?;
        device.end("quit")?;
        Ok(Row {
            weather: weather.name,
            change: change.name,
            connect_s: told.duration_since(started).as_secs_f64(),
            seconds: ready.duration_since(began).as_secs_f64(),
            bytes: passed.bytes(),
            parcel_bytes: sent.bytes,
            wants: sent.wants,
            records: heard.records,
            unacknowledged: heard.open,
            record_max_ms: heard.max_ms,
            disconnections: heard.disconnections,
        })
    }
}

/// What a device has said so far.
#[derive(Default)]
struct Heard {
    records: u64,
    open: u64,
    max_ms: f64,
    disconnections: u64,
}

impl Heard {
    fn take(&mut self, said: &Value) -> Result<()> {
        match said["event"].as_str().unwrap_or_default() {
            "record" => {
                self.records += 1;
                self.max_ms = self.max_ms.max(said["ms"].as_f64().unwrap_or(0.0));
                self.open = said["open"].as_u64().unwrap_or(0);
            }
            "resting" => self.open = said["open"].as_u64().unwrap_or(0),
            "disconnected" => self.disconnections += 1,
            "failed" => bail!("the device: {}", said["why"]),
            _ => {}
        }
        Ok(())
    }
}

/// Packets of a port are dropped until this is.
struct Loss(bool);

impl Loss {
    fn of(port: u16, percent: u32) -> Result<Self> {
        if percent == 0 {
            return Ok(Self(false));
        }
        ensure!(exists("nft"), "packets are dropped by `nft`: install nftables");
        let nft = |rule: &str| run_command(Command::new("nft").args(rule.split(' ')));
        nft("add table inet bench")?;
        let loss = Self(true);
        nft("add chain inet bench in { type filter hook input priority 0 ; }")?;
        for side in ["dport", "sport"] {
            nft(&format!("add rule inet bench in tcp {side} {port} numgen random mod 100 < {percent} drop"))?;
        }
        Ok(loss)
    }
}

impl Drop for Loss {
    fn drop(&mut self) {
        if self.0 {
            // The namespace ends with this program in any case.
            let _ = Command::new("nft").args(["delete", "table", "inet", "bench"]).status();
        }
    }
}

fn print(rows: &[Row]) {
    println!();
    println!(
        "{:<24}{:<12}{:>10}{:>10}{:>12}{:>12}{:>8}{:>10}{:>10}{:>12}{:>8}",
        "", "", "connected", "there", "both ways", "parcels", "wants", "records", "lost", "record max", "cuts"
    );
    for row in rows {
        println!(
            "{:<24}{:<12}{:>8.1} s{:>8.1} s{:>12}{:>12}{:>8}{:>10}{:>10}{:>10.1} s{:>8}",
            row.weather,
            row.change,
            row.connect_s,
            row.seconds,
            bytes(row.bytes),
            bytes(row.parcel_bytes),
            row.wants,
            row.records,
            row.unacknowledged,
            row.record_max_ms / 1000.0,
            row.disconnections
        );
    }
}
