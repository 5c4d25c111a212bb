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
const BARREN_ROUNDS_MAX: usize = 50;

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
            match if torn { tear(&mut rng, sectors) } else { There::Whole } {
                There::Torn(sectors) if sectors.iter().all(|sector| *sector) => found.push((number, There::Whole)),
                There::Torn(sectors) if !sectors.contains(&true) => {}
                there => found.push((number, there)),
            }
        }
        found
    }

    /// The same for two states with the same content. `last_writes`: for each entry, the last write before it.
    fn content(&self, entries: &[Entry], last_writes: &[usize]) -> u64 {
        let mut there = self.there(entries);
        there.retain(|(number, _)| entries.get(*number).is_some_and(|entry| !entry.bytes.is_empty()));
        let writes = (self.unsure_from..self.cut_at).filter(|number| !entries[*number].bytes.is_empty());
        // The first so many writes and nothing else: the same disk as a cut after the last of them leaves.
        let is_prefix = writes.zip(&there).all(|(write, (number, there))| write == *number && *there == There::Whole);
        match there.last() {
            Some((last, _)) if is_prefix => fingerprint(&("prefix", *last + 1)),
            None => fingerprint(&("prefix", last_writes[self.unsure_from])),
            Some(_) => fingerprint(&(self.unsure_from, there)),
        }
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
    // Of each entry and of the end: one more than the number of the last write before it.
    let mut last_writes = vec![0];
    for (number, entry) in entries.iter().enumerate() {
        let last = if entry.bytes.is_empty() { last_writes[number] } else { number + 1 };
        last_writes.push(last);
    }
    let mut seen = HashSet::new();
    let mut is_new = |state: &State, promises| seen.insert((state.content(entries, &last_writes), promises));
    let mut chosen = Vec::new();
    // Where random states can be drawn, and which promises had been made there.
    let mut unsure = Vec::new();
    let mut unsure_from = from;
    for cut_at in from..=entries.len() {
        if cut_at > from && entries[cut_at - 1].flush {
            unsure_from = cut_at;
        }
        let promises = promises_at(marks, cut_at);
        let state = State { cut_at, unsure_from, draw: None };
        if is_new(&state, promises) {
            chosen.push(state);
        }
        if last_writes[cut_at] > unsure_from {
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
                if chosen.len() < wanted && is_new(&state, promises) {
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
        assert_eq!(states.len(), 2, "with the write and without it: {states:?}");
        // A promise between makes the same disk another state: the write may be missing, but not after the promise.
        let marks = [crate::marks::Mark { at: 1, note: crate::marks::Note::Saving { record: 1 } }];
        assert_eq!(choose(&[flush(), write(1)], &marks, 1, 1000, 7).len(), 3);
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
