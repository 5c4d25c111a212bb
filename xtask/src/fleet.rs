//! `cargo xtask bench fleet`: one large release to many devices at once, each a process with a store on the disk, while
//! each sends a record every second. What the hub hands out, what it and the devices hold in memory, and how long
//! records wait meanwhile.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Serialize;

use crate::{
    build,
    delivery::{FILM, bytes, copy_tree, film},
    process::{output, say},
    rig::{Rig, Speaking, forget_peak, usage},
    root, setup,
};

/// How many, and how much.
#[derive(Args)]
pub(crate) struct FleetArgs {
    /// Devices, each a process of its own.
    #[arg(long, default_value_t = 20)]
    devices: u32,
    /// Megabytes of the film in the release.
    #[arg(long, default_value_t = 1024)]
    release_mb: u32,
    /// Gigabytes of the disk that stay free.
    #[arg(long, default_value_t = 8)]
    keep_free_gb: u64,
    /// Seconds over which records are measured before anything is published.
    #[arg(long, default_value_t = 20)]
    before_s: u64,
    /// Measure the programs as they were compiled last.
    #[arg(long)]
    as_built: bool,
}

/// A device makes a record this often.
const RECORD_EVERY_MS: u32 = 1_000;
/// Devices that are started at the same time: enrolling is limited for each address.
const STARTED_AT_A_TIME: u32 = 5;
/// Copies of the release that the hub needs room for: the exhibition, its zip, the draft, the blobs, and some room.
const COPIES_AT_THE_HUB: u64 = 5;
/// Nothing takes longer.
const LIMIT: Duration = Duration::from_secs(3_600);
/// How often sockets and memory are looked at.
const LOOK: Duration = Duration::from_millis(1_000);

/// Milliseconds until the hub has acknowledged a record.
#[derive(Clone, Debug, Default, Serialize)]
struct Delays {
    records: usize,
    p50_ms: f64,
    p95_ms: f64,
    max_ms: f64,
}

impl Delays {
    fn of(mut ms: Vec<f64>) -> Self {
        ms.sort_by(f64::total_cmp);
        let at = |part: f64| ms.get(((ms.len() as f64 * part) as usize).min(ms.len().saturating_sub(1))).copied().unwrap_or(0.0);
        Self { records: ms.len(), p50_ms: at(0.5), p95_ms: at(0.95), max_ms: at(1.0) }
    }
}

/// Everything, for programs.
#[derive(Debug, Serialize)]
struct Measured {
    devices: u32,
    release_bytes: u64,
    /// Until the first and the last device had everything.
    first_s: f64,
    all_s: f64,
    /// Parcels that the hub handed to the broker, and the pieces in them.
    published_bytes: u64,
    published_piece_bytes: u64,
    together_bytes: u64,
    parcels: u64,
    wants: u64,
    /// On all connections, below TLS.
    wire_down_bytes: u64,
    wire_up_bytes: u64,
    hub_idle_bytes: u64,
    hub_peak_bytes: u64,
    hub_cpu_s: f64,
    device_idle_bytes: u64,
    /// Of the device that needed most.
    device_peak_bytes: u64,
    /// Of that device: its peak above what it held before.
    device_above_idle_bytes: u64,
    device_cpu_s: f64,
    delays_before: Delays,
    delays_during: Delays,
    /// Records that were made and never acknowledged.
    unacknowledged: usize,
    disconnections: u64,
    /// What links did not take, by kind.
    ignored: HashMap<String, u64>,
}

/// A device and what is known of it.
struct Device {
    process: Speaking,
    delays: Vec<f64>,
    open: usize,
    ready: Option<Instant>,
    idle_bytes: u64,
    peak_bytes: u64,
    cpu_s: f64,
    disconnections: u64,
    ignored: HashMap<String, u64>,
}

pub(crate) fn run(args: &FleetArgs) -> Result<()> {
    setup::packages(&["curl", "zip", "iproute2", "gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good", "gstreamer1.0-tools"])?;
    let folder = root().join("out/bench/fleet");
    fs::create_dir_all(&folder)?;
    // 1. Room: devices fetch at the same time, so that all their copies are there at once.
    let release_bytes = u64::from(args.release_mb) * 1_000_000;
    let needed = (u64::from(args.devices) + COPIES_AT_THE_HUB) * release_bytes + args.keep_free_gb * 1_000_000_000;
    let free = free_bytes(&folder)?;
    ensure!(
        needed <= free,
        "{} devices with {} MB each need {} of disk, hub included and {} GB left free; {} are free in {}: \
         take fewer --devices or --release-mb, or lower --keep-free-gb",
        args.devices,
        args.release_mb,
        bytes(needed),
        args.keep_free_gb,
        bytes(free),
        folder.display()
    );
    if !args.as_built {
        build::network_programs()?;
    }
    let measured = measure(args, &folder);
    // What is left of the copies would fill the disk of whoever reads this.
    for left in ["rig", "devices", "exhibition"] {
        let _ = fs::remove_dir_all(folder.join(left));
    }
    let measured = measured?;
    print(&measured);
    let json = folder.join("result.json");
    fs::write(&json, serde_json::to_vec_pretty(&measured)?)?;
    say(format!("the same as JSON: {}", json.display()));
    Ok(())
}

fn measure(args: &FleetArgs, folder: &Path) -> Result<Measured> {
    // 2. A hub with the sample exhibition, and the same with a large film, built but told to nobody.
    let exhibition = folder.join("exhibition");
    copy_tree(&root().join("scenes/shanhe"), &exhibition)?;
    say("a hub with the sample exhibition");
    let (rig, _) = Rig::start(&folder.join("rig"), &exhibition)?;
    say(format!("a release of {} MB", args.release_mb));
    film(&exhibition.join(FILM), args.release_mb)?;
    let release = rig.build(&exhibition)?;
    fs::remove_dir_all(&exhibition)?;

    // 3. Devices that run the sample exhibition.
    say(format!("{} devices", args.devices));
    let home = folder.join("devices");
    if home.exists() {
        fs::remove_dir_all(&home)?;
    }
    fs::create_dir_all(&home)?;
    let mut devices: Vec<Device> = Vec::new();
    for first in (0..args.devices).step_by(STARTED_AT_A_TIME as usize) {
        let started: Vec<Device> = (first..(first + STARTED_AT_A_TIME).min(args.devices))
            .map(|number| start(&rig, &home, number))
            .collect::<Result<_>>()?;
        for device in &started {
            device.process.wait_for("confirmed", Duration::from_secs(120))?;
        }
        devices.extend(started);
    }

    // 4. Records while nothing else is going on.
    say(format!("{} s of records alone", args.before_s));
    let quiet_until = Instant::now() + Duration::from_secs(args.before_s);
    while Instant::now() < quiet_until {
        listen(&mut devices, Duration::from_millis(100), &release)?;
    }
    let before = Delays::of(devices.iter_mut().flat_map(|device| std::mem::take(&mut device.delays)).collect());
    let hub = rig.hub.pid()?;
    forget_peak(hub)?;
    let hub_before = usage(hub)?;
    for device in &mut devices {
        let pid = device.process.pid();
        forget_peak(pid)?;
        let now = usage(pid)?;
        (device.idle_bytes, device.cpu_s) = (now.rss, now.cpu_s);
    }
    let cpu_before: f64 = devices.iter().map(|device| device.cpu_s).sum();

    // 5. The release, to all of them.
    say("publishing");
    let log = rig.log_bytes();
    let port = rig.hub.mqtt()?.rsplit_once(':').context("an address without a port")?.1.to_owned();
    let mut sockets = Sockets::default();
    sockets.look(&port)?;
    let at_begin = sockets.sum();
    let began = rig.publish(&release)?;
    let mut looked = Instant::now();
    let mut told = Instant::now();
    let mut delays: Vec<f64> = Vec::new();
    while devices.iter().any(|device| device.ready.is_none()) {
        ensure!(began.elapsed() < LIMIT, "not everybody had it after {} s", LIMIT.as_secs());
        listen(&mut devices, Duration::from_millis(50), &release)?;
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            sockets.look(&port)?;
        }
        if told.elapsed() >= Duration::from_secs(30) {
            told = Instant::now();
            let ready = devices.iter().filter(|device| device.ready.is_some()).count();
            say(format!("{:.0} s: {ready} of {} have it, {} on the wires", began.elapsed().as_secs_f64(), devices.len(), bytes(sockets.sum().0)));
        }
    }
    sockets.look(&port)?;
    let wire = sockets.sum();
    // Those that are on their way may still arrive.
    std::thread::sleep(Duration::from_secs(2));
    listen(&mut devices, Duration::from_millis(100), &release)?;
    delays.extend(devices.iter().flat_map(|device| device.delays.iter().copied()));
    let sent = rig.sent(log)?;
    let hub_after = usage(hub)?;
    let times: Vec<f64> = devices.iter().filter_map(|device| Some(device.ready?.duration_since(began).as_secs_f64())).collect();
    let most = devices.iter().max_by_key(|device| device.peak_bytes.saturating_sub(device.idle_bytes)).context("no device")?;
    let mut ignored: HashMap<String, u64> = HashMap::new();
    for (what, count) in devices.iter().flat_map(|device| &device.ignored) {
        *ignored.entry(what.clone()).or_default() += count;
    }
    Ok(Measured {
        devices: args.devices,
        release_bytes: u64::from(args.release_mb) * 1_000_000,
        first_s: times.iter().copied().fold(f64::INFINITY, f64::min),
        all_s: times.iter().copied().fold(0.0, f64::max),
        published_bytes: sent.bytes,
        published_piece_bytes: sent.plain_bytes,
        together_bytes: sent.together_bytes,
        parcels: sent.parcels,
        wants: sent.wants,
        wire_down_bytes: wire.0 - at_begin.0,
        wire_up_bytes: wire.1 - at_begin.1,
        hub_idle_bytes: hub_before.rss,
        hub_peak_bytes: hub_after.peak_rss,
        hub_cpu_s: hub_after.cpu_s - hub_before.cpu_s,
        device_idle_bytes: most.idle_bytes,
        device_peak_bytes: most.peak_bytes,
        device_above_idle_bytes: most.peak_bytes.saturating_sub(most.idle_bytes),
        device_cpu_s: devices.iter().map(|device| device.cpu_s).sum::<f64>() - cpu_before,
        delays_before: before,
        delays_during: Delays::of(delays),
        unacknowledged: devices.iter().map(|device| device.open).sum(),
        disconnections: devices.iter().map(|device| device.disconnections).sum(),
        ignored,
    })
}

fn start(rig: &Rig, home: &Path, number: u32) -> Result<Device> {
    let folder: PathBuf = home.join(format!("{number:03}"));
    let code = rig.code(&format!("{number:03}"))?;
    let mut command = rig.device(&folder, Some(&code))?;
    // Each at another moment of the second, as visitors come.
    command.args(["--record-every-ms", &RECORD_EVERY_MS.to_string()]);
    let process = Speaking::start(&format!("device {number}"), &mut command, &home.join(format!("{number:03}.log")))?;
    Ok(Device {
        process,
        delays: Vec::new(),
        open: 0,
        ready: None,
        idle_bytes: 0,
        peak_bytes: 0,
        cpu_s: 0.0,
        disconnections: 0,
        ignored: HashMap::new(),
    })
}

/// Takes in what devices have said, and ends those that have everything: their room is needed.
fn listen(devices: &mut [Device], pause: Duration, release: &str) -> Result<()> {
    for device in devices.iter_mut().filter(|device| device.ready.is_none()) {
        while let Some((at, said)) = device.process.next(Duration::ZERO)? {
            match said["event"].as_str().unwrap_or_default() {
                "record" => {
                    device.delays.extend(said["ms"].as_f64());
                    device.open = said["open"].as_u64().and_then(|open| usize::try_from(open).ok()).unwrap_or(0);
                }
                "ready" if said["release"] == release => {
                    let now = usage(device.process.pid())?;
                    (device.peak_bytes, device.cpu_s, device.ready) = (now.peak_rss, now.cpu_s, Some(at));
                    device.process.tell("forget")?;
                    break;
                }
                "disconnected" => device.disconnections += 1,
                "ignored" => {
                    let what = said["what"].as_str().unwrap_or_default().to_owned();
                    device.ignored.insert(what, said["count"].as_u64().unwrap_or(0));
                }
                "failed" => say(format!("a device: {}", said["why"])),
                _ => {}
            }
        }
    }
    std::thread::sleep(pause);
    Ok(())
}

/// Bytes that the kernel has counted on connections of the hub's port for devices: sent and acknowledged, and received.
#[derive(Default)]
struct Sockets {
    seen: HashMap<String, (u64, u64)>,
}

impl Sockets {
    fn look(&mut self, port: &str) -> Result<()> {
        let said = output(Command::new("ss").args(["-tinH", "state", "established", "sport", "=", &format!(":{port}")]))?;
        let mut peer = String::new();
        for line in said.lines() {
            if !line.starts_with(char::is_whitespace) {
                line.split_whitespace().last().unwrap_or_default().clone_into(&mut peer);
                continue;
            }
            let number = |name: &str| {
                let word = line.split_whitespace().find_map(|word| word.strip_prefix(name))?;
                word.parse::<u64>().ok()
            };
            self.seen.insert(peer.clone(), (number("bytes_acked:").unwrap_or(0), number("bytes_received:").unwrap_or(0)));
        }
        Ok(())
    }

    fn sum(&self) -> (u64, u64) {
        self.seen.values().fold((0, 0), |sum, (down, up)| (sum.0 + down, sum.1 + up))
    }
}

fn free_bytes(folder: &Path) -> Result<u64> {
    let said = output(Command::new("df").args(["--output=avail", "-B1"]).arg(folder))?;
    said.lines().nth(1).and_then(|bytes| bytes.trim().parse().ok()).context("`df` does not say how much is free")
}

fn print(measured: &Measured) {
    let Measured { devices, release_bytes, .. } = measured;
    println!("\n{} to {devices} devices at once", bytes(*release_bytes));
    let row = |what: &str, value: String| println!("{what:<58}{value:>24}");
    row("the first device has it after", format!("{:.1} s", measured.first_s));
    row("all devices have it after", format!("{:.1} s", measured.all_s));
    let times = |bytes: u64| bytes as f64 / *release_bytes as f64;
    row("the hub hands to the broker", format!("{} ({:.2}×)", bytes(measured.published_bytes), times(measured.published_bytes)));
    row("  of it to all of the site at once", bytes(measured.together_bytes));
    row("on all wires, down", format!("{} ({:.2}×)", bytes(measured.wire_down_bytes), times(measured.wire_down_bytes)));
    row("on all wires, up", bytes(measured.wire_up_bytes));
    row("parcels / wants", format!("{} / {}", measured.parcels, measured.wants));
    row("hub: memory before, at most", format!("{}, {}", bytes(measured.hub_idle_bytes), bytes(measured.hub_peak_bytes)));
    row("hub: processor", format!("{:.1} s", measured.hub_cpu_s));
    row("device: memory before, at most", format!("{}, {}", bytes(measured.device_idle_bytes), bytes(measured.device_peak_bytes)));
    row("device: at most above idle", bytes(measured.device_above_idle_bytes));
    row("devices: processor, all together", format!("{:.1} s", measured.device_cpu_s));
    for (when, delays) in [("before", &measured.delays_before), ("meanwhile", &measured.delays_during)] {
        row(
            &format!("a record until the hub has it, {when} (p50, p95, max)"),
            format!("{:.0}, {:.0}, {:.0} ms", delays.p50_ms, delays.p95_ms, delays.max_ms),
        );
        row("  of records", delays.records.to_string());
    }
    row("records without an acknowledgement at the end", measured.unacknowledged.to_string());
    row("connections lost", measured.disconnections.to_string());
    let kinds: HashSet<_> = measured.ignored.keys().collect();
    if !kinds.is_empty() {
        row("not taken by links", format!("{:?}", measured.ignored));
    }
}
