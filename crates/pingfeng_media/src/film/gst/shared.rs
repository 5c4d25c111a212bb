//! What the handle, the worker and the streaming threads have in common. Locks are held for a few assignments only.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use gstreamer as gst;

use crate::film::{FilmError, FilmState, Frame, Seek};

/// What the screen wants. Not a queue: a newer wish replaces the one before, so that there is no limit to reach.
#[derive(Clone, Debug)]
pub(super) struct Wishes {
    pub(super) play: bool,
    pub(super) seek: Option<(Duration, Seek)>,
    pub(super) rate: f64,
    pub(super) volume: f64,
    pub(super) mute: bool,
    pub(super) close: bool,
}

pub(super) struct Inner {
    pub(super) wishes: Wishes,
    pub(super) state: FilmState,
    pub(super) duration: Option<Duration>,
    /// Time of the newest frame.
    pub(super) shown: Duration,
    /// When the newest frame is over.
    pub(super) shown_until: Duration,
    /// Goal of the seek under way.
    pub(super) heading_for: Option<Duration>,
    /// The newest frame that nobody has taken yet.
    pub(super) frame: Option<Frame>,
    /// Whether the next preroll frame is one to show: after opening and after a seek, but not after a pause, where it
    /// would be one frame early.
    pub(super) wants_preroll: bool,
    /// Found by a streaming thread; the worker turns it into the state.
    pub(super) fault: Option<FilmError>,
    /// Something of the film has come as far as a decoder of pictures.
    pub(super) decoding: bool,
    pub(super) video_codec: Option<String>,
    pub(super) audio_codec: Option<String>,
    /// Wakes the worker; none before the pipeline exists and after it has gone.
    pub(super) bus: Option<gst::Bus>,
    /// The worker's last word.
    pub(super) gone: bool,
}

pub(super) struct Shared {
    pub(super) path: PathBuf,
    wake: Option<Arc<dyn Fn() + Send + Sync>>,
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Shared {
    pub(super) fn new(path: PathBuf, wake: Option<Arc<dyn Fn() + Send + Sync>>) -> Self {
        Self {
            path,
            wake,
            changed: Condvar::new(),
            inner: Mutex::new(Inner {
                wishes: Wishes { play: false, seek: None, rate: 1.0, volume: 1.0, mute: false, close: false },
                state: FilmState::Opening,
                duration: None,
                shown: Duration::ZERO,
                shown_until: Duration::ZERO,
                heading_for: None,
                frame: None,
                wants_preroll: true,
                fault: None,
                decoding: false,
                video_codec: None,
                audio_codec: None,
                bus: None,
                gone: false,
            }),
        }
    }

    /// A panic elsewhere leaves plain values behind, never half an invariant: go on with them.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something and tells everybody who waits or draws.
    pub(super) fn update<R>(&self, change: impl FnOnce(&mut Inner) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        if let Some(wake) = &self.wake {
            wake();
        }
        result
    }

    /// Changes the wishes and wakes the worker.
    pub(super) fn wish(&self, change: impl FnOnce(&mut Wishes)) {
        let bus = {
            let mut inner = self.lock();
            change(&mut inner.wishes);
            inner.bus.clone()
        };
        if let Some(bus) = bus {
            // Fails only while the bus is flushing, that is when the worker is already leaving.
            bus.post(gst::message::Application::new(gst::Structure::new_empty("wish"))).ok();
        }
    }

    /// Waits until `done`, at most `within`. False if the time was not enough.
    pub(super) fn wait(&self, within: Duration, mut done: impl FnMut(&mut Inner) -> bool) -> bool {
        let (_guard, timeout) = self
            .changed
            .wait_timeout_while(self.lock(), within, |inner| !done(inner))
            .unwrap_or_else(PoisonError::into_inner);
        !timeout.timed_out()
    }

    pub(super) fn take_frame(&self) -> Option<Frame> {
        self.lock().frame.take()
    }

    pub(super) fn state(&self) -> FilmState {
        self.lock().state.clone()
    }

    pub(super) fn position(&self) -> Duration {
        let inner = self.lock();
        let wished = inner.wishes.seek.map(|(to, _)| to).or(inner.heading_for);
        match (wished, inner.duration) {
            (Some(to), Some(duration)) => to.min(duration),
            (Some(to), None) => to,
            (None, Some(duration)) if inner.state == FilmState::Ended => duration,
            (None, _) => inner.shown,
        }
    }

    pub(super) fn duration(&self) -> Option<Duration> {
        self.lock().duration
    }

    /// Names of the picture's and the sound's codec.
    pub(super) fn codecs(&self) -> (String, Option<String>) {
        let inner = self.lock();
        (inner.video_codec.clone().unwrap_or_default(), inner.audio_codec.clone())
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("path", &self.path).finish_non_exhaustive()
    }
}
