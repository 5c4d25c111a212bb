//! When to try to connect again.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// First pause.
const FIRST_MS: u64 = 500;
/// Longest pause.
pub(crate) const LONGEST_MS: u64 = 30_000;
/// A connection that held this long starts the pauses from the first again.
const HELD_MS: u64 = 10_000;

/// Doubling pauses with jitter, so that a hall of screens does not come back in one instant.
#[derive(Debug)]
pub(crate) struct Backoff {
    failures: u32,
    random: StdRng,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        Self { failures: 0, random: StdRng::seed_from_u64(seed) }
    }

    /// A connection ended after `held_ms`; 0: it was never made. Returns the pause before the next try.
    pub(crate) fn next_pause_ms(&mut self, held_ms: u64) -> u64 {
        if held_ms >= HELD_MS {
            self.failures = 0;
        }
        let longest = FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(LONGEST_MS);
        self.failures = self.failures.saturating_add(1);
        self.random.random_range(longest / 2..=longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_start_again_after_a_connection_that_held() {
        let mut backoff = Backoff::new(1);
        let pauses: Vec<_> = (0..12).map(|_| backoff.next_pause_ms(0)).collect();
        for (n, pause) in pauses.iter().enumerate() {
            let longest = (FIRST_MS << n).min(LONGEST_MS);
            assert!((longest / 2..=longest).contains(pause), "{pauses:?}");
        }
        assert!(backoff.next_pause_ms(HELD_MS - 1) > FIRST_MS, "a connection that flaps is no success");
        assert!(backoff.next_pause_ms(HELD_MS) <= FIRST_MS);
    }

    #[test]
    fn two_screens_do_not_come_back_together() {
        let pauses = |seed| {
            let mut backoff = Backoff::new(seed);
            (0..8).map(|_| backoff.next_pause_ms(0)).collect::<Vec<_>>()
        };
        assert_ne!(pauses(1), pauses(2));
    }
}
