//! A real film whose time is the caller's: it stands, and every step seeks to exactly the frame that is due. Slow, and the
//! same on every run: for tests and for `pingfeng render`.

use std::time::Duration;

use super::GstFilm;
use crate::film::{Film, FilmError, FilmState, Frame, OPEN_TIMEOUT, RATE_RANGE, Seek};

#[derive(Debug)]
pub(super) struct SteppedFilm {
    film: GstFilm,
    state: FilmState,
    position: Duration,
    polled_at: Option<Duration>,
    wants_play: bool,
    rate: f64,
    /// From when to when the frame on show is right.
    shown: Option<(Duration, Duration)>,
}

impl SteppedFilm {
    pub(super) fn new(film: GstFilm) -> Self {
        Self {
            film,
            state: FilmState::Opening,
            position: Duration::ZERO,
            polled_at: None,
            wants_play: false,
            rate: 1.0,
            shown: None,
        }
    }

    fn first_frame(&mut self) -> Option<Frame> {
        self.film.shared.wait(OPEN_TIMEOUT, |inner| inner.state != FilmState::Opening);
        let frame = self.film.shared.take_frame();
        self.state = match self.film.state() {
            FilmState::Failed(error) => FilmState::Failed(error),
            _ if frame.is_none() => {
                FilmState::Failed(FilmError::OpenTimeout { path: self.film.path(), after: OPEN_TIMEOUT })
            }
            _ if self.wants_play => FilmState::Playing,
            _ => FilmState::Prerolled,
        };
        frame
    }

    fn frame_at(&mut self, at: Duration) -> Option<Frame> {
        self.film.seek(at, Seek::Exact);
        let arrived = self.film.shared.wait(OPEN_TIMEOUT, |inner| {
            let settled = inner.wishes.seek.is_none() && inner.heading_for.is_none();
            matches!(inner.state, FilmState::Failed(_)) || (settled && inner.frame.is_some())
        });
        if let FilmState::Failed(error) = self.film.state() {
            self.state = FilmState::Failed(error);
        } else if !arrived {
            self.state = FilmState::Failed(FilmError::OpenTimeout { path: self.film.path(), after: OPEN_TIMEOUT });
        }
        self.film.shared.take_frame()
    }

    fn last_frame_at(&self) -> Duration {
        let lasts = self.shown.map_or(Duration::from_millis(40), |(from, to)| to.saturating_sub(from));
        self.film.duration().unwrap_or_default().saturating_sub(lasts / 2)
    }
}

impl Film for SteppedFilm {
    fn poll(&mut self, now: Duration) -> Option<Frame> {
        let step = now.saturating_sub(self.polled_at.replace(now).unwrap_or(now));
        if self.state == FilmState::Opening {
            let frame = self.first_frame();
            self.shown = frame.as_ref().map(span);
            return frame;
        }
        if matches!(self.state, FilmState::Failed(_)) {
            return None;
        }
        if self.state == FilmState::Playing {
            self.position += step.mul_f64(self.rate);
            if self.film.duration().is_some_and(|duration| self.position >= duration) {
                self.position = self.film.duration().unwrap_or_default();
                self.state = FilmState::Ended;
            }
        }
        let due = self.position.min(self.last_frame_at());
        if self.shown.is_some_and(|(from, to)| (from..to).contains(&due)) {
            return None;
        }
        let frame = self.frame_at(due)?;
        // The span that was asked for counts as shown, even if a container's rounding put the frame just beside it.
        let (from, to) = span(&frame);
        self.shown = Some((from.min(due), to.max(due + Duration::from_millis(1))));
        Some(frame)
    }

    fn state(&self) -> FilmState {
        self.state.clone()
    }

    fn position(&self) -> Duration {
        self.position
    }

    fn duration(&self) -> Option<Duration> {
        self.film.duration()
    }

    fn play(&mut self) {
        self.wants_play = true;
        match self.state {
            FilmState::Ended => {
                self.position = Duration::ZERO;
                self.state = FilmState::Playing;
            }
            FilmState::Prerolled | FilmState::Paused => self.state = FilmState::Playing,
            FilmState::Opening | FilmState::Playing | FilmState::Failed(_) => {}
        }
    }

    fn pause(&mut self) {
        self.wants_play = false;
        if self.state == FilmState::Playing {
            self.state = FilmState::Paused;
        }
    }

    fn seek(&mut self, to: Duration, _: Seek) {
        self.position = self.film.duration().map_or(to, |duration| to.min(duration));
        if self.state == FilmState::Ended {
            self.state = if self.wants_play { FilmState::Playing } else { FilmState::Paused };
        }
    }

    fn set_rate(&mut self, rate: f64) {
        self.rate = rate.clamp(*RATE_RANGE.start(), *RATE_RANGE.end());
    }

    fn set_volume(&mut self, _: f64) {}

    fn set_mute(&mut self, _: bool) {}

    fn close(self: Box<Self>, within: Duration) -> bool {
        Box::new(self.film).close(within)
    }
}

fn span(frame: &Frame) -> (Duration, Duration) {
    (frame.pts, frame.pts + frame.lasts.unwrap_or(Duration::from_millis(40)))
}
