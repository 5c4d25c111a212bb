//! Films through GStreamer: `playbin` into an `appsink`, one worker thread per film.
//!
//! ```text
//! handle (screen) ──wishes──► Shared ◄──frames── appsink callback (streaming thread)
//!                                ▲ │
//!                          state │ ▼ wishes
//!                              worker ◄── the pipeline's bus
//! ```
//!
//! The worker is the only one that touches the pipeline, because state changes and seeks may block on a decoder. The
//! handle only writes wishes into [`Shared`] and posts a message that wakes the worker. Streaming threads hold weak
//! references, and nothing watches a main loop, so that a closed film leaves nothing behind.

mod faults;
mod shared;
mod sniff;
mod stepped;
mod worker;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use gstreamer::{self as gst, prelude::*};

use self::{shared::Shared, stepped::SteppedFilm};
use super::{
    Audio, FILMS_MAX, Film, FilmBackend, FilmError, FilmState, Frame, OPEN_TIMEOUT, OpenOptions, Pace, Probe, RATE_RANGE,
    Seek, null::FailedFilm,
};

/// Opens films with GStreamer.
#[derive(Clone, Copy, Debug, Default)]
pub struct GstFilms;

impl FilmBackend for GstFilms {
    fn open(&self, path: &Path, options: OpenOptions) -> Box<dyn Film> {
        match GstFilm::open(path, &options) {
            Ok(film) if options.pace == Pace::Stepped => Box::new(SteppedFilm::new(film)),
            Ok(film) => Box::new(film),
            Err(error) => Box::new(FailedFilm(error)),
        }
    }

    fn probe(&self, path: &Path) -> Result<Probe, FilmError> {
        let options = OpenOptions { audio: Audio::Silent, ..OpenOptions::default() };
        let mut film = GstFilm::open(path, &options)?;
        film.shared.wait(OPEN_TIMEOUT, |inner| inner.state != FilmState::Opening);
        let frame = film.poll(Duration::ZERO);
        let probe = match (film.state(), frame) {
            (FilmState::Failed(error), _) => Err(error),
            (_, Some(frame)) => {
                let (video_codec, audio_codec) = film.shared.codecs();
                let (width, height) = (frame.width, frame.height);
                Ok(Probe { duration: film.duration(), width, height, video_codec, audio_codec })
            }
            (_, None) => Err(FilmError::OpenTimeout { path: path.to_owned(), after: OPEN_TIMEOUT }),
        };
        // The worker takes the pipeline down by itself; a probe that failed must not wait for a decoder that hangs.
        film.take_down(Duration::from_secs(2));
        probe
    }
}

/// Films whose pipeline exists, those still closing included.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// A place among [`FILMS_MAX`]; given back when dropped.
#[derive(Debug)]
struct Place;

impl Place {
    fn take() -> Result<Self, FilmError> {
        LIVE.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |live| (live < FILMS_MAX).then_some(live + 1))
            .map(|_| Place)
            .map_err(|_| FilmError::TooMany)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A film that plays by the pipeline's clock.
#[derive(Debug)]
pub(crate) struct GstFilm {
    shared: Arc<Shared>,
    worker: Option<JoinHandle<()>>,
}

impl GstFilm {
    fn open(path: &Path, options: &OpenOptions) -> Result<Self, FilmError> {
        init()?;
        let path = sniff::local_film(path)?;
        let place = Place::take()?;
        let shared = Arc::new(Shared::new(path, options.wake.clone()));
        let worker = {
            // Stepped time has no sound.
            let audio = if options.pace == Pace::Stepped { Audio::Silent } else { options.audio };
            let shared = shared.clone();
            std::thread::Builder::new()
                .name("film".to_owned())
                .spawn(move || worker::run(&shared, audio, place))
                .map_err(|error| FilmError::Engine { detail: error.to_string() })?
        };
        Ok(Self { shared, worker: Some(worker) })
    }

    fn take_down(&mut self, within: Duration) -> bool {
        self.shared.wish(|wishes| wishes.close = true);
        let gone = self.shared.wait(within, |inner| inner.gone);
        if gone && let Some(worker) = self.worker.take() {
            // `gone` is the worker's last word, so this waits for no more than the thread's own end.
            return worker.join().is_ok();
        }
        gone
    }

    fn path(&self) -> PathBuf {
        self.shared.path.clone()
    }
}

impl Film for GstFilm {
    fn poll(&mut self, _: Duration) -> Option<Frame> {
        self.shared.take_frame()
    }

    fn state(&self) -> FilmState {
        self.shared.state()
    }

    fn position(&self) -> Duration {
        self.shared.position()
    }

    fn duration(&self) -> Option<Duration> {
        self.shared.duration()
    }

    fn play(&mut self) {
        let again = self.shared.state() == FilmState::Ended;
        self.shared.wish(|wishes| {
            wishes.play = true;
            if again && wishes.seek.is_none() {
                wishes.seek = Some((Duration::ZERO, Seek::Exact));
            }
        });
    }

    fn pause(&mut self) {
        self.shared.wish(|wishes| wishes.play = false);
    }

    fn seek(&mut self, to: Duration, how: Seek) {
        self.shared.wish(|wishes| wishes.seek = Some((to, how)));
    }

    fn set_rate(&mut self, rate: f64) {
        self.shared.wish(|wishes| wishes.rate = rate.clamp(*RATE_RANGE.start(), *RATE_RANGE.end()));
    }

    fn set_volume(&mut self, volume: f64) {
        self.shared.wish(|wishes| wishes.volume = volume.clamp(0.0, 1.0));
    }

    fn set_mute(&mut self, mute: bool) {
        self.shared.wish(|wishes| wishes.mute = mute);
    }

    fn close(mut self: Box<Self>, within: Duration) -> bool {
        self.take_down(within)
    }
}

impl Drop for GstFilm {
    fn drop(&mut self) {
        self.shared.wish(|wishes| wishes.close = true);
    }
}

/// Starts GStreamer once for the process and takes away what could reach the network.
fn init() -> Result<(), FilmError> {
    static READY: OnceLock<Result<(), String>> = OnceLock::new();
    READY
        .get_or_init(|| {
            gst::init().map_err(|error| error.to_string())?;
            // A playlist inside a local file may name addresses. Nothing here may follow them, so that whatever
            // fetches is never chosen by the automatic plugging.
            let registry = gst::Registry::get();
            for feature in registry.features(gst::ElementFactory::static_type()) {
                let Some(factory) = feature.downcast_ref::<gst::ElementFactory>() else { continue };
                let class = factory.metadata("klass").unwrap_or_default();
                if class.contains("Network") || class.contains("Adaptive") || class.contains("Protocol") {
                    factory.set_rank(gst::Rank::NONE);
                }
            }
            Ok(())
        })
        .clone()
        .map_err(|detail| FilmError::Engine { detail })
}
