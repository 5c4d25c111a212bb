//! Fetching blobs in chunks: a window of them is asked for, arrives in any order, and is written in order.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use pingfeng_release::BlobHash;
use pingfeng_release::store::{MissingBlob, RESUME_BYTES, Written};
use pingfeng_wire::topic::DeviceTopic;
use pingfeng_wire::{VERSION, Want, WantChunk, limits};

use super::{DiskJob, Out};
use crate::api::Ignored;
use crate::clock::Now;

/// Chunks that are asked for and not yet on disk: 2 MiB.
pub(super) const WINDOW_CHUNKS: usize = limits::WANT_CHUNKS_MAX;
/// Nothing arrived for this long: everything open is asked for again. Doubles with each silence in a row.
pub(super) const RE_ASK_MS: u64 = 5_000;
/// The longest such pause.
pub(super) const RE_ASK_MAX_MS: u64 = 60_000;
/// A blob that arrives with other bytes this often ends the attempt.
pub(super) const MISMATCHES_MAX: u32 = 3;

const CHUNK_BYTES: u64 = limits::CHUNK_BYTES as u64;
// What the store resumes at must be where a chunk begins.
const _: () = assert!(RESUME_BYTES.is_multiple_of(CHUNK_BYTES));

#[derive(Debug)]
pub(super) struct Fetch {
    /// Not begun yet.
    queue: VecDeque<Blob>,
    /// Some of whose chunks are in the window, oldest first.
    open: Vec<Blob>,
    /// Chunks asked for that have not arrived.
    asked: usize,
    /// Written since the attempt began.
    done_bytes: u64,
    total_bytes: u64,
    last_arrival_ms: u64,
    silences: u32,
}

#[derive(Debug)]
struct Blob {
    hash: BlobHash,
    size_bytes: u64,
    /// Chunks that were on disk before this attempt.
    found: u32,
    /// Next chunk to ask for.
    ask: u32,
    /// Next chunk to write.
    write: u32,
    /// Asked for and not arrived, in order.
    outstanding: Vec<u32>,
    /// Arrived and not written.
    arrived: BTreeMap<u32, Bytes>,
    writing: bool,
    mismatches: u32,
}

/// What a step of the fetch led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    GoOn,
    /// Every blob is whole.
    Complete,
    /// A blob came with other bytes [`MISMATCHES_MAX`] times.
    Hopeless(BlobHash),
}

impl Blob {
    fn new(missing: MissingBlob) -> Self {
        let first = u32::try_from(missing.have_bytes / CHUNK_BYTES).unwrap_or(u32::MAX);
        Self {
            hash: missing.blob,
            size_bytes: missing.size_bytes,
            found: first,
            ask: first,
            write: first,
            outstanding: Vec::new(),
            arrived: BTreeMap::new(),
            writing: false,
            mismatches: 0,
        }
    }

    fn chunks(&self) -> u32 {
        u32::try_from(self.size_bytes.div_ceil(CHUNK_BYTES)).unwrap_or(u32::MAX)
    }

    fn chunk_len(&self, index: u32) -> u64 {
        (self.size_bytes - u64::from(index) * CHUNK_BYTES).min(CHUNK_BYTES)
    }

    /// Starts from nothing; what was on its way is forgotten.
    fn restart(&mut self) {
        self.found = 0;
        self.ask = 0;
        self.write = 0;
        self.outstanding.clear();
        self.arrived.clear();
        self.writing = false;
    }
}

impl Fetch {
    pub(super) fn new(missing: Vec<MissingBlob>, now: Now) -> Self {
        let total_bytes = missing.iter().map(|blob| blob.size_bytes - blob.have_bytes).sum();
        let mut queue: Vec<_> = missing.into_iter().map(Blob::new).collect();
        // Small ones first: the documents are there early, and the progress soon says something.
        queue.sort_by_key(|blob| blob.size_bytes);
        Self {
            queue: queue.into(),
            open: Vec::new(),
            asked: 0,
            done_bytes: 0,
            total_bytes,
            last_arrival_ms: now.mono_ms,
            silences: 0,
        }
    }

    pub(super) fn done_bytes(&self) -> u64 {
        self.done_bytes
    }

    pub(super) fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// What was asked for over a connection that is gone will not come.
    pub(super) fn disconnected(&mut self) {
        for blob in &mut self.open {
            blob.outstanding.clear();
        }
        self.asked = 0;
    }

    pub(super) fn connected(&mut self) {
        self.silences = 0;
    }

    /// A chunk arrived. One that nobody waits for is dropped without a word: it was asked for twice.
    pub(super) fn chunk(&mut self, hash: &BlobHash, index: u32, bytes: Bytes, now: Now, out: &mut Out<'_>) {
        let Some(blob) = self.open.iter_mut().find(|blob| blob.hash == *hash) else { return };
        let Some(at) = blob.outstanding.iter().position(|outstanding| *outstanding == index) else { return };
        if bytes.len() as u64 != blob.chunk_len(index) {
            // It stays outstanding and is asked for again when nothing else arrives.
            return out.ignore(Ignored::Chunk);
        }
        blob.outstanding.remove(at);
        blob.arrived.insert(index, bytes);
        self.asked -= 1;
        self.last_arrival_ms = now.mono_ms;
        self.silences = 0;
    }

    pub(super) fn written(&mut self, hash: &BlobHash, written: Written) -> Step {
        let Some(at) = self.open.iter().position(|blob| blob.hash == *hash) else { return Step::GoOn };
        let blob = &mut self.open[at];
        blob.writing = false;
        self.done_bytes += blob.chunk_len(blob.write);
        blob.write += 1;
        if written == Written::Whole {
            let blob = self.open.remove(at);
            self.asked -= blob.outstanding.len();
        }
        if self.open.is_empty() && self.queue.is_empty() { Step::Complete } else { Step::GoOn }
    }

    /// The blob was whole and had other bytes: from the beginning.
    pub(super) fn mismatch(&mut self, hash: &BlobHash) -> Step {
        let Some(at) = self.open.iter().position(|blob| blob.hash == *hash) else { return Step::GoOn };
        let blob = &mut self.open[at];
        self.asked -= blob.outstanding.len();
        self.done_bytes -= u64::from(blob.write - blob.found) * CHUNK_BYTES;
        self.total_bytes += u64::from(blob.found) * CHUNK_BYTES;
        blob.restart();
        blob.mismatches += 1;
        if blob.mismatches >= MISMATCHES_MAX { Step::Hopeless(hash.clone()) } else { Step::GoOn }
    }

    /// Writes what has arrived in order, and fills the window.
    pub(super) fn poll(&mut self, now: Now, out: &mut Out<'_>) {
        for blob in &mut self.open {
            if !blob.writing
                && let Some(bytes) = blob.arrived.remove(&blob.write)
            {
                blob.writing = true;
                let offset = u64::from(blob.write) * CHUNK_BYTES;
                out.disk(DiskJob::Write { blob: blob.hash.clone(), size_bytes: blob.size_bytes, offset, bytes });
            }
        }
        if !out.connected {
            return;
        }
        if self.asked > 0 && now.mono_ms >= self.silence_ends_ms() {
            self.silences = self.silences.saturating_add(1);
            self.last_arrival_ms = now.mono_ms;
            for blob in &mut self.open {
                blob.outstanding.clear();
            }
            self.asked = 0;
        }
        self.fill_window(now, out);
    }

    fn fill_window(&mut self, now: Now, out: &mut Out<'_>) {
        let held: usize = self.open.iter().map(|blob| blob.arrived.len() + usize::from(blob.writing)).sum();
        let room = WINDOW_CHUNKS.saturating_sub(held + self.asked);
        // A message for each chunk would double the traffic: half a window, or whatever is left.
        if room < WINDOW_CHUNKS / 2 && self.asked > 0 {
            return;
        }
        let mut chunks = Vec::new();
        while chunks.len() < room {
            if !self.ask_next(&mut chunks) {
                break;
            }
        }
        if chunks.is_empty() {
            return;
        }
        if self.asked == 0 {
            self.last_arrival_ms = now.mono_ms;
        }
        self.asked += chunks.len();
        out.publish(DeviceTopic::Want, &Want { v: VERSION, chunks });
    }

    /// Adds the next chunk to `chunks`: first those lost on the way, then new ones, then those of the next blob.
    /// False when everything is asked for.
    fn ask_next(&mut self, chunks: &mut Vec<WantChunk>) -> bool {
        for blob in &mut self.open {
            let writing = blob.writing.then_some(blob.write);
            let lost = (blob.write..blob.ask).find(|index| {
                Some(*index) != writing && !blob.outstanding.contains(index) && !blob.arrived.contains_key(index)
            });
            let index = match lost {
                Some(index) => index,
                None if blob.ask < blob.chunks() => {
                    blob.ask += 1;
                    blob.ask - 1
                }
                None => continue,
            };
            blob.outstanding.push(index);
            chunks.push(WantChunk { blob: blob.hash.0.clone(), index });
            return true;
        }
        let Some(next) = self.queue.pop_front() else { return false };
        self.open.push(next);
        self.ask_next(chunks)
    }

    fn silence_ends_ms(&self) -> u64 {
        let pause_ms = RE_ASK_MS.saturating_mul(1 << self.silences.min(8)).min(RE_ASK_MAX_MS);
        self.last_arrival_ms + pause_ms
    }

    pub(super) fn next_tick_ms(&self) -> Option<u64> {
        (self.asked > 0).then(|| self.silence_ends_ms())
    }
}
