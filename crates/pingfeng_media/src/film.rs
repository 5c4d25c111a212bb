//! A film as the screen sees it: something that is opened, driven, and asked for its newest frame.

mod frame;
pub mod gst;
pub mod null;
pub mod scripted;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

pub use frame::{ColourMatrix, ColourRange, Frame, PixelFormat, Plane};

/// How long a film may take from opening to its first frame.
pub const OPEN_TIMEOUT: Duration = Duration::from_secs(8);
/// How long a playing film may stand still before it counts as broken.
pub const STALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Widest and highest picture that is decoded, in pixels: the largest display we list.
pub const FRAME_SIDE_MAX: u32 = 4096;
/// Films that may be open at once, those still closing included.
pub const FILMS_MAX: usize = 6;
/// Slowest and fastest playback.
pub const RATE_RANGE: std::ops::RangeInclusive<f64> = 0.5..=2.0;

/// Opens films.
pub trait FilmBackend: fmt::Debug + Send + Sync {
    /// Starts to open the film at `path`. Never waits and never fails: what goes wrong becomes [`FilmState::Failed`].
    fn open(&self, path: &Path, options: OpenOptions) -> Box<dyn Film>;

    /// Opens the film, reads what it is, and closes it again. Waits up to [`OPEN_TIMEOUT`]: not for the screen's frame
    /// loop.
    fn probe(&self, path: &Path) -> Result<Probe, FilmError>;
}

/// One open film. Orders are wishes: they are carried out as soon as the film can, the newest wins, none waits.
pub trait Film: fmt::Debug + Send + Sync {
    /// The newest frame that is due and was not handed out before. `now` is the screen's own time since its start; a
    /// film that plays by itself ignores it, a stepped one goes exactly there.
    fn poll(&mut self, now: Duration) -> Option<Frame>;
    /// Where it stands.
    fn state(&self) -> FilmState;
    /// Time of the frame on show; while a seek is under way, its goal.
    fn position(&self) -> Duration;
    /// Length of the film, once known.
    fn duration(&self) -> Option<Duration>;
    /// Plays on; from the start, if it has ended.
    fn play(&mut self);
    /// Holds the frame on show.
    fn pause(&mut self);
    /// Goes to a time, clamped to the film.
    fn seek(&mut self, to: Duration, how: Seek);
    /// Speed of playback, clamped to [`RATE_RANGE`]; the voice keeps its pitch.
    fn set_rate(&mut self, rate: f64);
    /// Loudness of this film, 0 to 1, linear.
    fn set_volume(&mut self, volume: f64);
    /// Silence without forgetting the volume.
    fn set_mute(&mut self, mute: bool);
    /// Takes the film down and waits for it. False if it was not gone in time. Dropping it does the same without waiting.
    fn close(self: Box<Self>, within: Duration) -> bool;
}

/// How to open a film.
#[derive(Clone, Default)]
pub struct OpenOptions {
    /// Who moves time.
    pub pace: Pace,
    /// Where sound goes.
    pub audio: Audio,
    /// Called from any thread when there is something new to poll for. Must not block.
    pub wake: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenOptions").field("pace", &self.pace).field("audio", &self.audio).finish_non_exhaustive()
    }
}

/// Who moves a film's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// The film's own clock.
    #[default]
    Clock,
    /// The `now` given to [`Film::poll`], which then waits for exactly that frame. For tests and pictures.
    Stepped,
}

/// Where a film's sound goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audio {
    /// The system's default output; none there means silence.
    #[default]
    Default,
    /// Nowhere, but in time.
    Silent,
}

/// How exactly to seek.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    /// To the frame at that time.
    Exact,
    /// To the nearest frame that can be decoded by itself: quick enough to follow a finger.
    Nearest,
}

/// Where a film stands.
#[derive(Clone, Debug, PartialEq)]
pub enum FilmState {
    /// No frame yet.
    Opening,
    /// The first frame is there; never played.
    Prerolled,
    /// Time moves.
    Playing,
    /// Time stands.
    Paused,
    /// At the end; the last frame stays.
    Ended,
    /// Cannot go on. The frame on show, if any, stays.
    Failed(FilmError),
}

impl FilmState {
    /// True if a visitor is watching: time moves, or is about to.
    pub fn moves(&self) -> bool {
        matches!(self, FilmState::Playing)
    }
}

/// What a film is.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// Length, where the container says so.
    pub duration: Option<Duration>,
    /// Width of the first frame, pixels.
    pub width: u32,
    /// Height of the first frame, pixels.
    pub height: u32,
    /// Name of the picture's codec, such as `H.264 (High Profile)`.
    pub video_codec: String,
    /// Name of the sound's codec; none for a silent film.
    pub audio_codec: Option<String>,
}

/// Why a film cannot play. Every variant says whose turn it is.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FilmError {
    /// The file is not there or not readable. Fetch the release again.
    #[error("cannot read the film `{}`: {detail}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// The file is something else. The author gives another file.
    #[error("`{}` is not a film that can be played: use MP4, WebM, Matroska or Ogg", path.display())]
    NotAFilm {
        /// The file.
        path: PathBuf,
    },
    /// The container or a stream is broken or cut off. The author exports it again.
    #[error("the film `{}` is damaged: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        detail: String,
    },
    /// Sound only. The author gives a film with pictures, or uses it as a sound.
    #[error("`{}` has sound but no picture", path.display())]
    NoVideo {
        /// The file.
        path: PathBuf,
    },
    /// Larger than [`FRAME_SIDE_MAX`]. The author exports it smaller.
    #[error("the film `{}` claims {width}×{height} pixels, more than {FRAME_SIDE_MAX}×{FRAME_SIDE_MAX}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// A decoder is not installed. The operator installs the package.
    #[error("no decoder for {what}: install the package {package}")]
    MissingPlugin {
        /// What would have been decoded.
        what: String,
        /// Debian package that has it.
        package: &'static str,
    },
    /// No first frame in time. Most often an overloaded machine or a broken file.
    #[error("the film `{}` gave no picture within {} s", path.display(), after.as_secs())]
    OpenTimeout {
        /// The file.
        path: PathBuf,
        /// The limit.
        after: Duration,
    },
    /// Time stood still while playing.
    #[error("the film `{}` stood still for {} s at {:.1} s", path.display(), after.as_secs(), at.as_secs_f64())]
    Stalled {
        /// The file.
        path: PathBuf,
        /// The limit.
        after: Duration,
        /// Where.
        at: Duration,
    },
    /// [`FILMS_MAX`] reached: earlier films have not gone yet.
    #[error("{FILMS_MAX} films are open already")]
    TooMany,
    /// GStreamer itself is not usable, or films are switched off.
    #[error("films cannot play on this machine: {detail}")]
    Engine {
        /// What is missing.
        detail: String,
    },
}

impl FilmError {
    /// Stable short word for reports.
    pub fn code(&self) -> &'static str {
        match self {
            FilmError::Unreadable { .. } => "film_unreadable",
            FilmError::NotAFilm { .. } => "film_not_a_film",
            FilmError::Damaged { .. } => "film_damaged",
            FilmError::NoVideo { .. } => "film_no_picture",
            FilmError::TooLarge { .. } => "film_too_large",
            FilmError::MissingPlugin { .. } => "film_missing_plugin",
            FilmError::OpenTimeout { .. } => "film_open_timeout",
            FilmError::Stalled { .. } => "film_stalled",
            FilmError::TooMany => "film_too_many",
            FilmError::Engine { .. } => "film_engine",
        }
    }
}
