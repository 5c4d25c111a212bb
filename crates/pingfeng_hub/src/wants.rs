//! Chunks of blobs, for devices that ask. Each device has a short queue of its own and all devices share a few places
//! at the disk in turn, so that one that fetches a whole exhibition does not keep another from its text change.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

use pingfeng_wire::{
    Want, WantChunk,
    limits::{CHUNK_BYTES, WANT_CHUNKS_MAX},
    topic,
};
use tokio::sync::Semaphore;

use crate::{
    Hub,
    blobs::BlobError,
    broker::Down,
    limits::{CHUNKS_AT_A_TIME, WANTED_CHUNKS_MAX},
};

/// What is wanted and not yet sent. A device has an entry while a task works for it.
#[derive(Debug)]
pub struct Wants {
    queues: Mutex<HashMap<String, VecDeque<WantChunk>>>,
    places: Semaphore,
}

impl Default for Wants {
    fn default() -> Self {
        Self { queues: Mutex::default(), places: Semaphore::new(CHUNKS_AT_A_TIME) }
    }
}

impl Wants {
    /// Queues what is not queued yet. Returns true if the device had no queue: somebody has to begin to work for it.
    fn add(&self, device: &str, chunks: Vec<WantChunk>) -> bool {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let (queue, begin) = match queues.entry(device.to_owned()) {
            Entry::Occupied(entry) => (entry.into_mut(), false),
            Entry::Vacant(entry) => (entry.insert(VecDeque::new()), true),
        };
        for chunk in chunks.into_iter().take(WANT_CHUNKS_MAX) {
            if queue.len() >= WANTED_CHUNKS_MAX {
                tracing::debug!(device.id = %device, limit = WANTED_CHUNKS_MAX, "wanted chunks dropped");
                break;
            }
            if !queue.contains(&chunk) {
                queue.push_back(chunk);
            }
        }
        begin
    }

    /// The next chunk of a device; its queue ends with the last one.
    fn next(&self, device: &str) -> Option<WantChunk> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let next = queues.get_mut(device)?.pop_front();
        if next.is_none() {
            queues.remove(device);
        }
        next
    }
}

impl Hub {
    /// Takes a device's wish and answers it in the background.
    pub fn take_want(self: &Arc<Self>, device: &str, want: Want) {
        if self.wants.add(device, want.chunks) {
            let hub = self.clone();
            let device = device.to_owned();
            self.tasks.spawn(async move { hub.send_chunks(&device).await });
        }
    }

    async fn send_chunks(&self, device: &str) {
        while let Some(chunk) = self.wants.next(device) {
            if self.stop.is_cancelled() {
                continue;
            }
            // First come, first served over all devices: each waits its turn for every single chunk.
            let Ok(_place) = self.wants.places.acquire().await else { return };
            let start = u64::from(chunk.index) * CHUNK_BYTES as u64;
            match self.blobs.read(&chunk.blob, start, CHUNK_BYTES as u64).await {
                Ok(payload) => {
                    self.send(Down {
                        topic: topic::chunk(device, &chunk.blob, chunk.index),
                        payload,
                        retained: false,
                        // Lost ones are asked for again; a queue of them for a device that is away helps nobody.
                        assured: false,
                        expires_s: Some(30),
                    })
                    .await;
                }
                Err(BlobError::NotFound(_) | BlobError::Name(_)) => {
                    tracing::warn!(device.id = %device, index = chunk.index, "a chunk was wanted that does not exist");
                }
                Err(error) => tracing::error!(device.id = %device, %error, "a chunk could not be read"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(index: u32) -> WantChunk {
        WantChunk { blob: "b".into(), index }
    }

    #[test]
    fn a_chunk_that_waits_is_not_queued_twice_and_the_queue_is_bounded() {
        let wants = Wants::default();
        assert!(wants.add("d", vec![chunk(0), chunk(0)]));
        assert!(!wants.add("d", vec![chunk(0), chunk(1)]), "somebody works for it already");
        for from in (0..200).step_by(WANT_CHUNKS_MAX) {
            wants.add("d", (from..from + 16).map(chunk).collect());
        }
        let mut sent = 0;
        while wants.next("d").is_some() {
            sent += 1;
        }
        assert_eq!(sent, WANTED_CHUNKS_MAX);
        assert!(wants.add("d", vec![chunk(7)]), "the queue ended with its last chunk");
    }

    #[test]
    fn more_chunks_than_one_message_may_ask_for_are_not_taken() {
        let wants = Wants::default();
        wants.add("d", (0..40).map(chunk).collect());
        let taken = std::iter::from_fn(|| wants.next("d")).count();
        assert_eq!(taken, WANT_CHUNKS_MAX);
    }
}
