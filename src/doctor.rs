//! `pingfeng doctor`: one line for each thing that must be right, and what to do where it is not.

use std::{
    env, fs,
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

use bevy::math::UVec2;
use pingfeng_link::{Clock, Identity};
use pingfeng_release::store::Store;

use crate::{
    ScreenOptions,
    config::Config,
    offscreen_app,
    stage::Exhibition,
    theme::{FINGER_MM, Surface, Tokens},
};

/// How long the hub may take to answer.
const REACH_TIMEOUT: Duration = Duration::from_secs(3);
/// 2025-01-01: a clock before it has lost its battery.
const CLOCK_MS_MIN: u64 = 1_735_689_600_000;
/// Free space below which fetching a release becomes unlikely, bytes.
const FREE_BYTES_MIN: u64 = 2 * 1024 * 1024 * 1024;

/// What was found about one thing.
#[derive(Clone, Debug)]
pub struct Line {
    /// What was looked at.
    pub what: &'static str,
    /// How it is.
    pub found: Result<String, Fix>,
}

/// Something that is wrong.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What is wrong.
    pub wrong: String,
    /// What to do about it.
    pub remedy: String,
}

fn fix<T>(wrong: impl ToString, remedy: &str) -> Result<T, Fix> {
    Err(Fix { wrong: wrong.to_string(), remedy: remedy.into() })
}

/// Looks at everything a screen needs.
pub fn examine(config: &Config, clock: &dyn Clock) -> Vec<Line> {
    vec![
        Line { what: "state folder", found: state_folder(config) },
        Line { what: "release", found: release(config) },
        Line { what: "exhibition folder", found: exhibition(config) },
        Line { what: "drawing", found: drawing() },
        Line { what: "display", found: display() },
        Line { what: "panel", found: panel(config) },
        Line { what: "clock", found: right_time(clock) },
        Line { what: "hub", found: hub(config) },
    ]
}

fn state_folder(config: &Config) -> Result<String, Fix> {
    let remedy = "create it and give it to the user that runs pingfeng, or name another with `state` in device.toml";
    let folder = &config.state;
    if let Err(error) = fs::create_dir_all(folder) {
        return fix(format!("{}: {error}", folder.display()), remedy);
    }
    let probe = folder.join(".doctor");
    if let Err(error) = fs::File::create(&probe).and_then(|_| fs::remove_file(&probe)) {
        return fix(format!("{}: {error}", folder.display()), remedy);
    }
    match rustix::fs::statvfs(folder) {
        Ok(disk) if disk.f_bavail * disk.f_frsize < FREE_BYTES_MIN => fix(
            format!("{}: {} MB free", folder.display(), disk.f_bavail * disk.f_frsize / 1_000_000),
            "free at least 2 GB, or releases with films may not fit",
        ),
        _ => Ok(folder.display().to_string()),
    }
}

fn release(config: &Config) -> Result<String, Fix> {
    match Store::peek(&config.store()) {
        Ok(Some(release)) => {
            let manifest = release.manifest();
            Ok(format!("{} version {}", manifest.exhibition, manifest.version))
        }
        Ok(None) => Ok("none yet; the folder's exhibition or the built-in page is shown".into()),
        Err(error) => fix(error, "check the disk; the screen shows the folder's exhibition meanwhile"),
    }
}

fn exhibition(config: &Config) -> Result<String, Fix> {
    let Some(folder) = &config.exhibition else { return Ok("none set".into()) };
    match Exhibition::open_folder(folder, &config.cache()) {
        Ok(exhibition) => Ok(format!("{}, {} scenes", folder.display(), exhibition.compiled.scenes.len())),
        Err(error) => fix(error, "run `pingfengctl validate` on the folder"),
    }
}

/// Draws a small page and looks whether it is there.
fn drawing() -> Result<String, Fix> {
    let remedy = "install a Vulkan driver (Debian: mesa-vulkan-drivers) and check `vulkaninfo`";
    let drawn = std::panic::catch_unwind(|| {
        let mut screen = offscreen_app(ScreenOptions::new(Exhibition::fallback()), UVec2::new(270, 480), Vec::new());
        screen.run(0.1);
        (screen.picture(), screen.adapter())
    });
    match drawn {
        Ok((Some(picture), adapter)) => {
            let first = picture.pixels().next().copied();
            if picture.pixels().all(|pixel| Some(*pixel) == first) {
                return fix(format!("{adapter}: nothing is drawn"), remedy);
            }
            Ok(adapter)
        }
        Ok((None, adapter)) => fix(format!("{adapter}: no frame comes back"), remedy),
        Err(_) => fix("no adapter", remedy),
    }
}

fn display() -> Result<String, Fix> {
    for name in ["WAYLAND_DISPLAY", "DISPLAY"] {
        if let Some(value) = env::var(name).ok().filter(|value| !value.is_empty()) {
            return Ok(format!("{name}={value}"));
        }
    }
    fix("neither WAYLAND_DISPLAY nor DISPLAY is set", "start pingfeng inside the kiosk session (cage, sway, X)")
}

/// The smallest target of the theme as a finger finds it.
fn panel(config: &Config) -> Result<String, Fix> {
    let Some(inches) = config.display.diagonal_in else {
        return fix("its size is not stated", "set `display.diagonal_in` in device.toml, so that small targets answer within 15 mm");
    };
    let Ok(tokens) = Tokens::load() else { return fix("the theme cannot be read", "install pingfeng again") };
    let least_mm = tokens.touch("min") / Surface::new(UVec2::new(1080, 1920)).px_per_mm(inches);
    let grown = if least_mm < FINGER_MM { format!(", answering within {FINGER_MM} mm") } else { String::new() };
    Ok(format!("{inches} inches; the smallest target is {least_mm:.0} mm{grown}"))
}

fn right_time(clock: &dyn Clock) -> Result<String, Fix> {
    let now_ms = clock.wall_ms();
    match i64::try_from(now_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()) {
        Some(now) if now_ms >= CLOCK_MS_MIN => Ok(now.strftime("%Y-%m-%d %H:%M UTC").to_string()),
        _ => fix("it stands before 2025", "set the clock or start NTP: certificates are not valid at that date"),
    }
}

fn hub(config: &Config) -> Result<String, Fix> {
    let identity = match Identity::load(&config.identity()) {
        Ok(Some(identity)) => identity,
        Ok(None) => return Ok("not enrolled; the screen works by itself".into()),
        Err(error) => return fix(error, "enrol this device again with `pingfeng enrol`"),
    };
    let address = format!("{}:{}", identity.broker_host, identity.broker_port);
    let reached = (identity.broker_host.as_str(), identity.broker_port)
        .to_socket_addrs()
        .and_then(|mut all| all.next().ok_or_else(|| std::io::Error::other("no address")))
        .and_then(|socket| TcpStream::connect_timeout(&socket, REACH_TIMEOUT));
    match reached {
        Ok(_) => Ok(format!("{} at {address}", identity.device)),
        Err(error) => fix(format!("{address}: {error}"), "check the cable, the hub's name, and its firewall (MQTT over TLS)"),
    }
}
