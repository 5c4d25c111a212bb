//! Time comes from outside, so that a test can set it back.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// Where the link gets its time.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970 in UTC. May jump either way; used only in what is said to others.
    fn wall_ms(&self) -> u64;
    /// Time since some fixed moment. Never goes back; every timeout is measured with it.
    fn monotonic(&self) -> Duration;
    /// True when the wall clock was set by a time server since the machine started. Then what it says is evidence.
    fn trusted(&self) -> bool {
        false
    }
    /// Minutes that local time is ahead of UTC now, for download windows and stated times. 0 unless somebody knows.
    fn zone_min(&self) -> i32 {
        0
    }
}

/// The machine's clock. Made in `main.rs` and nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Starts counting monotonic time now.
    #[expect(clippy::new_without_default, reason = "a default that reads the clock would hide that it does")]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn wall_ms(&self) -> u64 {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    fn trusted(&self) -> bool {
        // systemd-timesyncd and chrony leave one of these behind once they have heard from a server.
        ["/run/systemd/timesync/synchronized", "/run/chrony/synchronized"].iter().any(|mark| Path::new(mark).exists())
    }

    fn zone_min(&self) -> i32 {
        jiff::Zoned::now().offset().seconds() / 60
    }
}

/// One moment, by both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For timeouts.
    pub mono_ms: u64,
    /// For what is said to others.
    pub wall_ms: u64,
    /// Minutes that local time is ahead of UTC.
    pub zone_min: i32,
}

impl Now {
    /// Reads both clocks.
    pub fn read(clock: &dyn Clock) -> Self {
        Self {
            mono_ms: u64::try_from(clock.monotonic().as_millis()).unwrap_or(u64::MAX),
            wall_ms: clock.wall_ms(),
            zone_min: clock.zone_min(),
        }
    }
}
