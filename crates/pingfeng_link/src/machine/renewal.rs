//! A new certificate before the present one ends. The key is made and kept by the driver; here is when to ask.

use pingfeng_wire::topic::DeviceTopic;
use pingfeng_wire::{Renewal, Renewed, VERSION};

use super::{Out, Output, RenewalJob};
use crate::clock::Now;

/// A hub that has not answered is asked again after this, with another key; so is one whose answer was of no use.
pub(super) const ASK_AGAIN_MS: u64 = 60 * 60 * 1000;
/// A new certificate is asked for when less than one in so many parts of the life of the present one is left.
const PART_LEFT: u64 = 3;
/// The clock is looked at this often.
const LOOK_EVERY_MS: u64 = 10 * 60 * 1000;

/// First and last moment of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub from_ms: u64,
    pub until_ms: u64,
}

impl Validity {
    /// True when it is time for the next one. A clock that is before its beginning is wrong, and no reason to ask.
    fn is_due(self, wall_ms: u64) -> bool {
        let life_ms = self.until_ms.saturating_sub(self.from_ms);
        wall_ms >= self.from_ms && self.until_ms.saturating_sub(wall_ms) < life_ms / PART_LEFT
    }
}

#[derive(Debug)]
pub(super) struct Renewals {
    /// `None`: the device has no certificate.
    validity: Option<Validity>,
    /// There is a place to keep a new one.
    renewable: bool,
    ask_at_ms: u64,
    asked: bool,
}

impl Renewals {
    pub(super) fn new(validity: Option<Validity>, renewable: bool) -> Self {
        Self { validity, renewable, ask_at_ms: 0, asked: false }
    }

    pub(super) fn until_ms(&self) -> Option<u64> {
        self.validity.map(|validity| validity.until_ms)
    }

    pub(super) fn poll(&mut self, now: Now, out: &mut Out<'_>) {
        let due = self.renewable && self.validity.is_some_and(|validity| validity.is_due(now.wall_ms));
        if due && out.connected && now.mono_ms >= self.ask_at_ms {
            self.ask_at_ms = now.mono_ms + ASK_AGAIN_MS;
            out.outputs.push(Output::Renewal(RenewalJob::MakeKey));
        }
    }

    /// The driver has made a key.
    pub(super) fn key_made(&mut self, csr_pem: String, out: &mut Out<'_>) {
        // One that cannot be said now is made again at the next try.
        self.asked = out.publish(DeviceTopic::Renew, &Renewal { v: VERSION, csr_pem });
    }

    /// The hub has answered. Nobody asked: nothing is taken.
    pub(super) fn renewed(&mut self, renewed: Renewed, out: &mut Out<'_>) {
        if std::mem::take(&mut self.asked) {
            out.outputs.push(Output::Renewal(RenewalJob::Take { certificate_pem: renewed.certificate_pem }));
        }
    }

    /// Which certificate the device uses now.
    pub(super) fn uses(&mut self, validity: Validity) {
        self.validity = Some(validity);
    }

    pub(super) fn next_tick_ms(&self, now: Now) -> Option<u64> {
        (self.renewable && self.validity.is_some()).then(|| self.ask_at_ms.max(now.mono_ms + LOOK_EVERY_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    const LIFE: Validity = Validity { from_ms: 100 * DAY_MS, until_ms: 190 * DAY_MS };

    #[test]
    fn the_last_third_of_a_life_is_the_time_to_ask() {
        assert!(!LIFE.is_due(LIFE.until_ms - 31 * DAY_MS));
        assert!(LIFE.is_due(LIFE.until_ms - 29 * DAY_MS));
        assert!(LIFE.is_due(LIFE.until_ms + DAY_MS), "a clock that is fast must not stop it");
        assert!(!LIFE.is_due(0), "1970");
    }

    #[test]
    fn a_life_without_length_is_never_due_before_its_end() {
        let none = Validity { from_ms: 5, until_ms: 5 };
        assert!(!none.is_due(4));
        assert!(!none.is_due(5));
    }
}
