//! The time, as an argument. Only `main.rs` makes the clock that reads the machine's.

use std::{fmt, sync::Arc};

/// Gives milliseconds since 1970 in UTC. Cheap to clone. Nothing in the hub relies on it never going back: revisions
/// and versions come from counters in the database.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// A clock that asks `now_ms`.
    pub fn new(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(|| jiff::Timestamp::now().as_millisecond())
    }

    /// Milliseconds since 1970 in UTC.
    pub fn now_ms(&self) -> i64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
