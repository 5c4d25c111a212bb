//! What open consoles are told while they are open: one bounded channel, many listeners. A console that falls behind
//! is told to load again instead of being fed an old story.

use serde::Serialize;
use tokio::sync::broadcast;

use crate::limits::LIVE_QUEUE_MAX;

/// One thing that happened. `kind` is the name of the SSE event.
#[derive(Clone, Debug)]
pub struct LiveEvent {
    /// `device`, `device_removed`, `check_in`, `job`, `release`, `rollout`, `fleet`, `trust`, `review` or `notice`.
    pub kind: &'static str,
    /// JSON, the same as the REST interface gives.
    pub json: String,
}

/// The channel.
#[derive(Debug)]
pub struct Live(broadcast::Sender<LiveEvent>);

impl Default for Live {
    fn default() -> Self {
        Self(broadcast::channel(LIVE_QUEUE_MAX).0)
    }
}

impl Live {
    /// Tells everyone who listens. Nobody listening is not an error.
    pub fn tell(&self, kind: &'static str, what: &impl Serialize) {
        if self.0.receiver_count() == 0 {
            return;
        }
        match serde_json::to_string(what) {
            Ok(json) => drop(self.0.send(LiveEvent { kind, json })),
            Err(error) => tracing::error!(%error, kind, "live event"),
        }
    }

    /// Begins to listen.
    pub fn listen(&self) -> broadcast::Receiver<LiveEvent> {
        self.0.subscribe()
    }
}
