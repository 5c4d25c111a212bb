//! How often something may be tried, and how long to wait before trying again.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::limits::{ATTEMPT_ADDRESSES_MAX, ATTEMPT_WINDOW_MS, ATTEMPTS_MAX};

/// Counts tries of secrets by address. Kept in memory: a restart forgets it, the lock of an account does not.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<IpAddr, (i64, usize)>>);

impl Attempts {
    /// Counts one try; `Err` is how many milliseconds to wait when there were too many.
    pub fn count(&self, address: IpAddr, now_ms: i64) -> Result<(), i64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= ATTEMPT_ADDRESSES_MAX && !counts.contains_key(&address) {
            counts.clear();
        }
        let (begun_ms, tries) = counts.entry(address).or_insert((now_ms, 0));
        // A clock that went back begins a new window too.
        if !(0..ATTEMPT_WINDOW_MS).contains(&(now_ms - *begun_ms)) {
            (*begun_ms, *tries) = (now_ms, 0);
        }
        if *tries >= ATTEMPTS_MAX {
            return Err(*begun_ms + ATTEMPT_WINDOW_MS - now_ms);
        }
        *tries += 1;
        Ok(())
    }
}

/// Doubles from half a second to half a minute, with jitter so that many do not come back at once.
pub fn backoff(failures: u32) -> Duration {
    let full_ms = 500_u64 << failures.saturating_sub(1).min(6);
    Duration::from_millis(full_ms / 2 + rand::random::<u64>() % (full_ms / 2 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_limited_in_a_window_and_begin_anew_after_it() {
        let attempts = Attempts::default();
        let address = IpAddr::from([10, 0, 0, 1]);
        for _ in 0..ATTEMPTS_MAX {
            attempts.count(address, 1_000).unwrap();
        }
        assert_eq!(attempts.count(address, 2_000), Err(ATTEMPT_WINDOW_MS - 1_000));
        attempts.count(IpAddr::from([10, 0, 0, 2]), 2_000).unwrap();
        attempts.count(address, 1_000 + ATTEMPT_WINDOW_MS).unwrap();
        attempts.count(address, 0).expect("a clock that went back begins a new window");
    }

    #[test]
    fn backoff_grows_and_stays_bounded() {
        assert!(backoff(1) <= Duration::from_millis(500));
        assert!(backoff(1) >= Duration::from_millis(250));
        assert!(backoff(50) >= Duration::from_secs(16));
        assert!(backoff(50) <= Duration::from_secs(32));
    }
}
