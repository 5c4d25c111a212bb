//! Clocks that a test holds in its hand.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use pingfeng_link::{Clock, SystemClock};

/// A clock that stands still until the test moves it.
#[derive(Debug, Default)]
pub struct ManualClock {
    wall_ms: AtomicU64,
    monotonic_ms: AtomicU64,
}

impl ManualClock {
    /// Stands at `wall_ms` and at monotonic 0.
    pub fn at(wall_ms: u64) -> Self {
        Self { wall_ms: AtomicU64::new(wall_ms), monotonic_ms: AtomicU64::new(0) }
    }

    /// Time passes on both clocks.
    pub fn advance(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.wall_ms.fetch_add(ms, Ordering::SeqCst);
        self.monotonic_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock, also back.
    pub fn set_wall_ms(&self, wall_ms: u64) {
        self.wall_ms.store(wall_ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn wall_ms(&self) -> u64 {
        self.wall_ms.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic_ms.load(Ordering::SeqCst))
    }
}

/// The machine's clock with the wall clock set wrong, for tests with real connections.
#[derive(Debug)]
pub struct ShiftedClock {
    real: SystemClock,
    shift_ms: AtomicI64,
}

impl ShiftedClock {
    /// Wrong by `shift_ms`; negative: behind.
    pub fn by(shift_ms: i64) -> Self {
        Self { real: SystemClock::new(), shift_ms: AtomicI64::new(shift_ms) }
    }

    /// Sets it wrong by another amount.
    pub fn shift(&self, shift_ms: i64) {
        self.shift_ms.store(shift_ms, Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn wall_ms(&self) -> u64 {
        self.real.wall_ms().saturating_add_signed(self.shift_ms.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        self.real.monotonic()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_set_back_leaves_monotonic_time_alone() {
        let clock = ManualClock::at(10_000);
        clock.advance(Duration::from_secs(2));
        clock.set_wall_ms(3_000);
        assert_eq!((clock.wall_ms(), clock.monotonic()), (3_000, Duration::from_secs(2)));
        let shifted = ShiftedClock::by(-1_000_000_000);
        let before = shifted.wall_ms();
        shifted.shift(0);
        assert!(shifted.wall_ms() >= before + 1_000_000_000);
    }
}
