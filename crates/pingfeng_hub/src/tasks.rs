//! Work in the background that has to end before the hub has ended.

use std::{
    future::Future,
    sync::{Mutex, PoisonError},
};

use tokio::task::JoinSet;

/// The tasks. Those that have ended are forgotten when the next one begins.
#[derive(Debug, Default)]
pub struct Tasks(Mutex<JoinSet<()>>);

impl Tasks {
    /// Begins a task.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(ended) = tasks.try_join_next() {
            told(ended);
        }
        tasks.spawn(task);
    }

    /// Waits until every task has ended. Tasks that begin meanwhile are not waited for.
    pub async fn wait(&self) {
        let mut tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        while let Some(ended) = tasks.join_next().await {
            told(ended);
        }
    }
}

fn told(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a task in the background panicked");
    }
}
