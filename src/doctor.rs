//! `pingfeng doctor`: one line for each thing that must be right, and what to do where it is not.

use std::{
    env, fs,
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

use bevy::math::UVec2;
use pingfeng_link::{Clock, Identity};
use pingfeng_release::{
    store::Store,
    trust::{Accept, Guard, TrustState, TrustWarning},
};

use crate::{
    ScreenOptions,
    config::Config,
    offscreen_app,
    stage::Exhibition,
    theme::{FINGER_MM, Surface, Tokens},
};

/// How long before the end of a certificate the line says so: renewing has failed for a while by then.
const CERTIFICATE_SOON_MS: u64 = 14 * 24 * 60 * 60 * 1000;
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
        Line { what: "certificate", found: certificate(config, clock) },
        Line { what: "trust", found: trust(config, clock) },
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

fn certificate(config: &Config, clock: &dyn Clock) -> Result<String, Fix> {
    // What is wrong with the identity itself is said of the hub.
    let Ok(Some(identity)) = Identity::load(&config.identity()) else { return Ok("none".into()) };
    let remedy = "see that the hub can be reached, which renews it; once it has ended, enrol this device again";
    match identity.certificate_until_ms() {
        Some(until_ms) if clock.wall_ms() >= until_ms => fix(format!("it ended on {}", day(until_ms)), remedy),
        Some(until_ms) if clock.wall_ms() + CERTIFICATE_SOON_MS >= until_ms => fix(format!("it ends on {}", day(until_ms)), remedy),
        Some(until_ms) => Ok(format!("good until {}", day(until_ms))),
        None => fix("it cannot be read", "enrol this device again with `pingfeng enrol`"),
    }
}

fn trust(config: &Config, clock: &dyn Clock) -> Result<String, Fix> {
    let stored = match Store::peek_trust(&config.store()) {
        Ok(stored) => stored,
        Err(error) => return fix(error, "check the disk; nothing new is taken meanwhile"),
    };
    match Guard::new(stored, config.accept) {
        Guard::Signed(state) => signed(&state, clock.wall_ms()),
        Guard::HubAlone => Ok("hub: nobody signs, and the first page says so (accept = \"hub\")".into()),
        Guard::NoRoot if config.accept == Accept::Signed && !config.identity().exists() => {
            Ok("no root yet; `pingfeng enrol` brings it".into())
        }
        Guard::NoRoot => fix(
            "no root: nothing new is taken",
            "bring the root to the hub and enrol again; or, where nobody signs, set accept = \"hub\" in device.toml",
        ),
        Guard::Damaged => fix(
            "damaged: the record of what this device trusts cannot be read, and nothing new is taken",
            "enrol this device again with `pingfeng enrol`, and compare the root's fingerprint",
        ),
    }
}

fn signed(state: &TrustState, now_ms: u64) -> Result<String, Fix> {
    let root = state.root();
    let mut said = format!(
        "signed: root of {} version {}, fingerprint {}, until {}",
        root.site,
        root.version,
        state.fingerprint(),
        day(root.expires_at_ms),
    );
    if let Some(roster) = state.roster() {
        said += &format!("; roster version {}, {} people, until {}", roster.version, roster.people.len(), day(roster.expires_at_ms));
    }
    let Some(warning) = state.warnings(now_ms).into_iter().next() else { return Ok(said) };
    let (wrong, remedy) = match warning {
        TrustWarning::NoRoster => ("there is no roster: nothing new is taken", "send the signed roster from the hub"),
        TrustWarning::RootExpired => ("the root has run out: nothing new is taken", "its keepers sign the next root; or set the clock"),
        TrustWarning::RootExpiresSoon => ("the root runs out soon", "its keepers sign the next root"),
        TrustWarning::RosterExpired => ("the roster has run out: nothing new is taken", "the keepers of the root sign a new roster; or set the clock"),
        TrustWarning::RosterExpiresSoon => ("the roster runs out soon", "the keepers of the root sign a new roster"),
        TrustWarning::ClockBehind => ("the clock is behind what has been signed", "set the clock or start NTP"),
    };
    fix(format!("{wrong} ({said})"), remedy)
}

/// A day as operators read it.
fn day(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.map_or_else(|| "a day that no calendar has".into(), |time| time.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests;
