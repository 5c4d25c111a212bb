//! Watches a film the way the screen does, but waits for events instead of drawing frames.

use std::{
    path::Path,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use pingfeng_media::film::{Audio, Film, FilmBackend, FilmState, Frame, OpenOptions, Pace, gst::GstFilms};

use super::make::number_of;

/// Longer than any film here and than every limit of the crate.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// An open film and everything it has shown.
pub(crate) struct Watched {
    pub(crate) film: Box<dyn Film>,
    pub(crate) numbers: Vec<u32>,
    pub(crate) last: Option<Frame>,
    bell: Arc<(Mutex<u64>, Condvar)>,
    heard: u64,
}

impl Watched {
    pub(crate) fn open(path: &Path) -> Self {
        Self::open_with(path, Audio::Silent)
    }

    pub(crate) fn open_with(path: &Path, audio: Audio) -> Self {
        let bell = Arc::new((Mutex::new(0), Condvar::new()));
        let ring = bell.clone();
        let wake = Arc::new(move || {
            *ring.0.lock().unwrap() += 1;
            ring.1.notify_all();
        });
        let film = GstFilms.open(path, OpenOptions { pace: Pace::Clock, audio, wake: Some(wake) });
        Self { film, numbers: Vec::new(), last: None, bell, heard: 0 }
    }

    /// Polls on every wake-up until `done`. False if `within` was not enough.
    pub(crate) fn until_within(&mut self, within: Duration, mut done: impl FnMut(&Self) -> bool) -> bool {
        loop {
            if let Some(frame) = self.film.poll(Duration::ZERO) {
                self.numbers.push(number_of(&frame));
                self.last = Some(frame);
            }
            if done(self) {
                return true;
            }
            let count = self.bell.0.lock().unwrap();
            let heard = self.heard;
            let (count, timeout) = self.bell.1.wait_timeout_while(count, within, |count| *count == heard).unwrap();
            self.heard = *count;
            if timeout.timed_out() {
                return false;
            }
        }
    }

    #[track_caller]
    pub(crate) fn until(&mut self, done: impl FnMut(&Self) -> bool) {
        let reached = self.until_within(PATIENCE, done);
        assert!(reached, "still {:?} at {:?} after {:?}", self.film.state(), self.film.position(), self.numbers);
    }

    #[track_caller]
    pub(crate) fn until_state(&mut self, state: FilmState) {
        self.until(|watched| watched.film.state() == state);
    }

    /// The first frame that shows this number.
    #[track_caller]
    pub(crate) fn until_number(&mut self, number: u32) {
        self.until(|watched| watched.numbers.last() == Some(&number));
    }

    #[track_caller]
    pub(crate) fn close(self) {
        assert!(self.film.close(PATIENCE), "the film did not go");
    }
}
