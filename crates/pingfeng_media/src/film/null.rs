//! No films: the screen shows posters and says so. For machines without GStreamer's plugins, and for tests.

use std::{path::Path, time::Duration};

use super::{Film, FilmBackend, FilmError, FilmState, Frame, OpenOptions, Probe, Seek};

/// Every film fails at once with [`FilmError::Engine`].
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFilms;

impl FilmBackend for NoFilms {
    fn open(&self, _: &Path, _: OpenOptions) -> Box<dyn Film> {
        Box::new(FailedFilm(switched_off()))
    }

    fn probe(&self, _: &Path) -> Result<Probe, FilmError> {
        Err(switched_off())
    }
}

fn switched_off() -> FilmError {
    FilmError::Engine { detail: "films are switched off".to_owned() }
}

/// A film that failed before it began.
#[derive(Debug)]
pub(super) struct FailedFilm(pub(super) FilmError);

impl Film for FailedFilm {
    fn poll(&mut self, _: Duration) -> Option<Frame> {
        None
    }
    fn state(&self) -> FilmState {
        FilmState::Failed(self.0.clone())
    }
    fn position(&self) -> Duration {
        Duration::ZERO
    }
    fn duration(&self) -> Option<Duration> {
        None
    }
    fn play(&mut self) {}
    fn pause(&mut self) {}
    fn seek(&mut self, _: Duration, _: Seek) {}
    fn set_rate(&mut self, _: f64) {}
    fn set_volume(&mut self, _: f64) {}
    fn set_mute(&mut self, _: bool) {}
    fn close(self: Box<Self>, _: Duration) -> bool {
        true
    }
}
