//! Checking in as plain data: a code typed on the pad or read by a scanner, and what has become of the record. Time comes
//! in as milliseconds of any steady clock.

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
};

/// How long the outcome of a check-in stays before the page is ready for the next visitor.
pub(crate) const OUTCOME_MS: u64 = 6_000;
/// How long a record may take to reach the disk before the visitor is told that it has not been saved.
pub(crate) const SAVE_MS_MAX: u64 = 5_000;
/// Codes remembered, as hashes, so that the same one is not recorded twice; the oldest is forgotten first.
pub(crate) const SEEN_MAX: usize = 2_000;
/// Names on the welcome strip.
pub(crate) const WELCOMES_MAX: usize = 3;

/// A key of the pad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// 0 to 9.
    Digit(char),
    /// 删除.
    Delete,
    /// 签到.
    Confirm,
}

/// Where a visitor stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Typing, or nobody there.
    #[default]
    Typing,
    /// A record was handed over and is not on disk yet.
    Saving { since_ms: u64 },
    /// The record is on disk.
    Saved { since_ms: u64 },
    /// The same code was recorded here before.
    Already { since_ms: u64 },
    /// The record is on disk, but the hub does not find the code on its list.
    Unlisted { since_ms: u64 },
    /// The record could not be written. The code stays, to try again.
    NotSaved { since_ms: u64 },
}

/// How a code came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Typed on the pad.
    Typed,
    /// Read by a scanner.
    Scanned,
}

/// A code to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// As typed or read.
    pub(crate) code: String,
    /// How it came in.
    pub(crate) way: Way,
}

/// Codes that were recorded on this device, as salted hashes, so that a second scan of the same card is not a second
/// record. Outlives pages and visits; never leaves the memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    hashes: VecDeque<u64>,
    salt: u64,
}

impl Seen {
    /// `salt` keeps the remembered hashes from being looked up as codes.
    pub(crate) fn new(salt: u64) -> Self {
        Self { hashes: VecDeque::new(), salt }
    }

    fn holds(&self, hash: u64) -> bool {
        self.hashes.contains(&hash)
    }

    fn remember(&mut self, hash: u64) {
        if self.hashes.len() == SEEN_MAX {
            self.hashes.pop_front();
        }
        self.hashes.push_back(hash);
    }

    fn forget(&mut self, hash: u64) {
        self.hashes.retain(|known| *known != hash);
    }

    fn hash(&self, event: &str, code: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.salt, event, code).hash(&mut hasher);
        hasher.finish()
    }
}

/// The desk of one check-in page: one visitor at a time.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    event: String,
    /// Digits of a code.
    pub(crate) digits_max: usize,
    /// What has been typed so far.
    pub(crate) typed: String,
    /// Where the visitor stands.
    pub(crate) stage: Stage,
    pending: Option<u64>,
    saved: Option<u64>,
}

impl Desk {
    /// A desk of an event whose codes have `digits_max` digits.
    pub(crate) fn new(event: &str, digits_max: u8) -> Self {
        Self {
            event: event.to_owned(),
            digits_max: usize::from(digits_max),
            typed: String::new(),
            stage: Stage::Typing,
            pending: None,
            saved: None,
        }
    }

    /// True if 签到 would do something.
    pub(crate) fn can_confirm(&self) -> bool {
        self.typed.len() == self.digits_max && matches!(self.stage, Stage::Typing | Stage::NotSaved { .. })
    }

    /// A key of the pad. Returns a code when it is to be recorded.
    pub(crate) fn press(&mut self, key: Key, seen: &Seen, now_ms: u64) -> Option<Wanted> {
        match self.stage {
            // While a record is on its way the pad waits, so that it cannot be sent twice.
            Stage::Saving { .. } => return None,
            // The next visitor need not wait for the last one's outcome to go.
            Stage::Saved { .. } | Stage::Already { .. } | Stage::Unlisted { .. } => self.clear(),
            Stage::Typing | Stage::NotSaved { .. } => {}
        }
        match key {
            Key::Digit(digit) if digit.is_ascii_digit() && self.typed.len() < self.digits_max => {
                self.typed.push(digit);
                self.stage = Stage::Typing;
            }
            Key::Digit(_) => {}
            Key::Delete => {
                self.typed.pop();
                self.stage = Stage::Typing;
            }
            Key::Confirm if self.can_confirm() => {
                return self.want(Wanted { code: self.typed.clone(), way: Way::Typed }, seen, now_ms);
            }
            Key::Confirm => {}
        }
        None
    }

    /// A code from a scanner. What was being typed gives way to it.
    pub(crate) fn scan(&mut self, code: &str, seen: &Seen, now_ms: u64) -> Option<Wanted> {
        if matches!(self.stage, Stage::Saving { .. }) {
            return None;
        }
        self.typed.clear();
        self.want(Wanted { code: code.to_owned(), way: Way::Scanned }, seen, now_ms)
    }

    fn want(&mut self, wanted: Wanted, seen: &Seen, now_ms: u64) -> Option<Wanted> {
        let hash = seen.hash(&self.event, &wanted.code);
        if seen.holds(hash) {
            self.typed.clear();
            self.stage = Stage::Already { since_ms: now_ms };
            return None;
        }
        self.pending = Some(hash);
        self.stage = Stage::Saving { since_ms: now_ms };
        Some(wanted)
    }

    /// The record is on disk.
    pub(crate) fn saved(&mut self, seen: &mut Seen, now_ms: u64) {
        if !matches!(self.stage, Stage::Saving { .. } | Stage::NotSaved { .. }) {
            return;
        }
        // A record that arrives late was given up on the screen, but it is there: say so.
        self.saved = self.pending.take();
        if let Some(hash) = self.saved {
            seen.remember(hash);
        }
        self.typed.clear();
        self.stage = Stage::Saved { since_ms: now_ms };
    }

    /// The hub does not find the code that was saved last. The same code may be tried again: it may be put on the list.
    pub(crate) fn unlisted(&mut self, seen: &mut Seen, now_ms: u64) {
        if let Some(hash) = self.saved.take() {
            seen.forget(hash);
        }
        // Whoever has begun to type is not interrupted.
        if matches!(self.stage, Stage::Saved { .. }) {
            self.stage = Stage::Unlisted { since_ms: now_ms };
        }
    }

    /// The record could not be written.
    pub(crate) fn not_saved(&mut self, now_ms: u64) {
        if matches!(self.stage, Stage::Saving { .. }) {
            self.stage = Stage::NotSaved { since_ms: now_ms };
        }
    }

    /// Lets time pass. True if the page has changed.
    pub(crate) fn tick(&mut self, now_ms: u64) -> bool {
        match self.stage {
            Stage::Saving { since_ms } if now_ms.saturating_sub(since_ms) >= SAVE_MS_MAX => {
                self.stage = Stage::NotSaved { since_ms: now_ms };
                true
            }
            Stage::Saved { since_ms } | Stage::Already { since_ms } | Stage::Unlisted { since_ms }
                if now_ms.saturating_sub(since_ms) >= OUTCOME_MS =>
            {
                self.clear();
                true
            }
            _ => false,
        }
    }

    /// The visitor has gone: nothing of what was typed stays.
    pub(crate) fn clear(&mut self) {
        self.typed.clear();
        self.stage = Stage::Typing;
    }
}

/// Names for the welcome strip, the newest first, and how many have checked in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strip {
    /// Masked by the hub.
    pub(crate) names: VecDeque<String>,
    /// Check-ins of the event so far, as the hub counts them; `None` before the first word from it.
    pub(crate) count: Option<u64>,
    ids: VecDeque<String>,
}

impl Strip {
    /// Takes a check-in made anywhere on the site. False if it has been shown before.
    pub(crate) fn welcome(&mut self, id: &str, name: &str, count: u64) -> bool {
        if self.ids.iter().any(|known| known == id) {
            return false;
        }
        self.ids.push_front(id.to_owned());
        self.ids.truncate(WELCOMES_MAX * 8);
        self.names.push_front(name.to_owned());
        self.names.truncate(WELCOMES_MAX);
        // Messages may overtake each other; the count only rises.
        self.count = Some(self.count.unwrap_or(0).max(count));
        true
    }
}
