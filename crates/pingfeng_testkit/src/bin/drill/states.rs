//! Which states of a disk a power cut may leave, from the log of its writes.
//!
//! At any moment everything before the last flush is on the medium. Of what came after it, each write may be there or
//! not, and a write may be torn: any of its sectors may be missing.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use fastrand::Rng;

use crate::disk_log::{Entry, SECTOR_BYTES};
use crate::marks::Mark;

/// Rounds over the log without a new state after which no more are looked for.
const BARREN_ROUNDS_MAX: usize = 3;

/// One state: the first `cut_at` entries had been given to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// Entries that the disk was given.
    pub cut_at: usize,
    /// The first entry that is not certainly on the medium.
    pub unsure_from: usize,
    /// Decides what of the unsure entries is there; `None`: all of it.
    pub draw: Option<u64>,
}

/// Which sectors of an entry are there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum There {
    /// The write is whole.
    Whole,
    /// These of its sectors.
    Torn(Vec<bool>),
}

impl State {
    /// What of the unsure entries is on the medium, oldest first.
    pub(crate) fn there(&self, entries: &[Entry]) -> Vec<(usize, There)> {
        let unsure = self.unsure_from..self.cut_at;
        let Some(seed) = self.draw else { return unsure.map(|entry| (entry, There::Whole)).collect() };
        let mut rng = Rng::with_seed(seed);
        let style = rng.u8(0..4);
        let chosen = rng.usize(unsure.clone());
        let mut found = Vec::new();
        for number in unsure {
            let Some(entry) = entries.get(number).filter(|entry| !entry.bytes.is_empty()) else { continue };
            let kept = entry.durable
                || match style {
                    0 => rng.bool(),
                    1 => number != chosen,
                    2 => number == chosen,
                    _ => rng.f32() < 0.9,
                };
            let sectors = entry.bytes.len() / SECTOR_BYTES;
            if !kept {
                continue;
            }
            let torn = !entry.durable && sectors > 1 && rng.f32() < 0.3;
            found.push((number, if torn { tear(&mut rng, sectors) } else { There::Whole }));
        }
        found
    }
}

/// Either the first sectors, or any.
fn tear(rng: &mut Rng, sectors: usize) -> There {
    let kept = if rng.bool() {
        let first = rng.usize(1..sectors);
        (0..sectors).map(|sector| sector < first).collect()
    } else {
        (0..sectors).map(|_| rng.bool()).collect()
    };
    There::Torn(kept)
}

/// Every prefix of `entries[from..]` and random states until there are `wanted`; no two have the same content and the
/// same promises. Ordered by the entry at which the power is cut. The same arguments give the same states.
pub(crate) fn choose(entries: &[Entry], marks: &[Mark], from: usize, wanted: usize, seed: u64) -> Vec<State> {
    let mut seen = HashSet::new();
    let mut chosen = Vec::new();
    // Where random states can be drawn, and which promises had been made there.
    let mut unsure = Vec::new();
    let mut unsure_from = from;
    let mut last_write = 0;
    for cut_at in from..=entries.len() {
        if let Some(entry) = cut_at.checked_sub(1).and_then(|last| entries.get(last)) {
            if entry.flush && cut_at > from {
                unsure_from = cut_at;
            }
            if !entry.bytes.is_empty() {
                last_write = cut_at;
            }
        }
        let promises = promises_at(marks, cut_at);
        if seen.insert(fingerprint(&("prefix", last_write, promises))) {
            chosen.push(State { cut_at, unsure_from, draw: None });
        }
        if entries[unsure_from..cut_at].iter().any(|entry| !entry.bytes.is_empty()) {
            unsure.push((cut_at, unsure_from, promises));
        }
    }
    let mut rng = Rng::with_seed(seed);
    let mut barren_rounds = 0;
    while chosen.len() < wanted && barren_rounds < BARREN_ROUNDS_MAX && !unsure.is_empty() {
        let before = chosen.len();
        let draws_each = ((wanted - before) / unsure.len()).max(1);
        for &(cut_at, unsure_from, promises) in &unsure {
            for _ in 0..draws_each {
                let state = State { cut_at, unsure_from, draw: Some(rng.u64(..)) };
                if chosen.len() < wanted && seen.insert(fingerprint(&(state.there(entries), unsure_from, promises))) {
                    chosen.push(state);
                }
            }
        }
        barren_rounds = if chosen.len() == before { barren_rounds + 1 } else { 0 };
    }
    chosen.sort_by_key(|state| state.cut_at);
    chosen
}

/// Numbers the sets of promises: a promise given at an entry holds from it on, a step begun at it only after it.
fn promises_at(marks: &[Mark], cut_at: usize) -> (usize, usize) {
    let cut_at = cut_at as u64;
    (marks.partition_point(|mark| mark.at < cut_at), marks.partition_point(|mark| mark.at <= cut_at))
}

fn fingerprint(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(sectors: usize) -> Entry {
        Entry { offset: 0, bytes: vec![1; sectors * SECTOR_BYTES], flush: false, durable: false }
    }

    fn flush() -> Entry {
        Entry { flush: true, bytes: Vec::new(), ..write(0) }
    }

    #[test]
    fn every_prefix_that_differs_is_a_state() {
        let log = [write(1), flush(), write(1), write(1), flush()];
        let states = choose(&log, &[], 0, 0, 1);
        let cuts: Vec<_> = states.iter().map(|state| (state.cut_at, state.unsure_from)).collect();
        assert_eq!(cuts, [(0, 0), (1, 0), (3, 2), (4, 2)]);
    }

    #[test]
    fn what_was_flushed_is_there_in_every_state() {
        let log = [write(1), flush(), write(8), write(8), write(8)];
        let states = choose(&log, &[], 0, 400, 1);
        assert_eq!(states.len(), 400);
        for state in states.iter().filter(|state| state.cut_at > 2) {
            assert_eq!(state.unsure_from, 2, "{state:?}");
            assert!(state.there(&log).iter().all(|(entry, _)| (2..state.cut_at).contains(entry)));
        }
    }

    #[test]
    fn a_short_log_gives_as_many_states_as_there_are() {
        // One write of one sector: there or not.
        let states = choose(&[flush(), write(1)], &[], 1, 1000, 7);
        assert_eq!(states.len(), 3, "nothing, the write, and the write missing: {states:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_states() {
        let log: Vec<_> = (0..20).map(|n| if n % 5 == 0 { flush() } else { write(4) }).collect();
        assert_eq!(choose(&log, &[], 0, 300, 5), choose(&log, &[], 0, 300, 5));
        assert_ne!(choose(&log, &[], 0, 300, 5), choose(&log, &[], 0, 300, 6));
    }

    #[test]
    fn a_durable_write_is_never_missing_or_torn() {
        let log = [Entry { durable: true, ..write(8) }, write(8)];
        for state in choose(&log, &[], 0, 200, 3).iter().filter(|state| state.cut_at > 0) {
            assert_eq!(state.there(&log)[0], (0, There::Whole));
        }
    }
}
