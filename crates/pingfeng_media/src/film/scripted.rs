//! A film made of arithmetic. The same script and the same time give the same bytes on every machine.

use std::{path::Path, time::Duration};

use super::{
    ColourMatrix, ColourRange, Film, FilmBackend, FilmError, FilmState, Frame, OpenOptions, PixelFormat, Probe,
    RATE_RANGE, Seek, frame::OwnedPlane,
};

/// What every film of a [`ScriptedFilms`] does, whatever its path.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bytes that are added to every row, so that stride differs from width.
    pub padding: u32,
    /// How the planes lie.
    pub format: PixelFormat,
    /// Which weights.
    pub matrix: ColourMatrix,
    /// Which range.
    pub range: ColourRange,
    /// From one frame to the next.
    pub frame: Duration,
    /// Length.
    pub duration: Duration,
    /// How long it stays in [`FilmState::Opening`].
    pub opens_after: Duration,
    /// Fails once its position reaches this time.
    pub fails_at: Option<(Duration, FilmError)>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            width: 64,
            height: 36,
            padding: 0,
            format: PixelFormat::I420,
            matrix: ColourMatrix::Bt709,
            range: ColourRange::Limited,
            frame: Duration::from_millis(40),
            duration: Duration::from_secs(180),
            opens_after: Duration::ZERO,
            fails_at: None,
        }
    }
}

impl Script {
    /// The frame at `at`: its number as black and white cells along the top, then ramps of light and colour that move
    /// with it.
    pub fn frame_at(&self, at: Duration) -> Frame {
        let number = at.as_nanos() / self.frame.as_nanos().max(1);
        // A film that would run for 136 years per frame counter wraps; pictures only need to differ.
        let number = (number & u128::from(u32::MAX)) as u32;
        let planes = (0..self.format.planes()).map(|index| self.plane(index, number)).collect();
        let pts = self.frame * number;
        Frame::owned(
            (self.width, self.height),
            self.format,
            (self.matrix, self.range),
            (pts, Some(self.frame)),
            planes,
        )
    }

    fn plane(&self, index: usize, number: u32) -> OwnedPlane {
        let (width, height, texel_bytes) = self.format.plane_size(index, self.width, self.height);
        let stride = width * texel_bytes + self.padding;
        let mut bytes = vec![0xEE; (stride * height) as usize];
        for y in 0..height {
            for x in 0..width {
                for channel in 0..texel_bytes {
                    let component = if index == 0 { 0 } else { index as u32 + channel };
                    let value = self.texel(component, (x, y), (width, height), number);
                    bytes[(y * stride + x * texel_bytes + channel) as usize] = value;
                }
            }
        }
        OwnedPlane { bytes, stride }
    }

    /// Component 0 is luma, 1 and 2 are chroma.
    fn texel(&self, component: u32, (x, y): (u32, u32), (width, height): (u32, u32), number: u32) -> u8 {
        let (least, most) = match (self.range, component) {
            (ColourRange::Full, _) => (0, 255),
            (ColourRange::Limited, 0) => (16, 235),
            (ColourRange::Limited, _) => (16, 240),
        };
        let ramp = |part: u32, whole: u32| least + part % whole * (most - least) / (whole - 1).max(1);
        let value = match component {
            0 if y < height / 8 => {
                let cell = 31 - (x * 32 / width).min(31);
                if number >> cell & 1 == 1 { most } else { least }
            }
            0 => ramp(x + number, width),
            1 => ramp(y, height),
            _ => ramp(width - 1 - x, width),
        };
        // `ramp` stays between `least` and `most`, both at most 255.
        value as u8
    }
}

/// A film whose time is the `now` that it is polled with.
#[derive(Debug)]
pub struct ScriptedFilm {
    script: Script,
    state: FilmState,
    position: Duration,
    opened_at: Option<Duration>,
    polled_at: Duration,
    /// What was asked for while opening.
    wants_play: bool,
    rate: f64,
    shown: Option<u128>,
    /// Loudness as last set; muted counts as 0.
    pub volume: f64,
    /// Whether it is muted.
    pub mute: bool,
}

impl ScriptedFilm {
    /// A film that follows `script`.
    pub fn new(script: Script) -> Self {
        Self {
            script,
            state: FilmState::Opening,
            position: Duration::ZERO,
            opened_at: None,
            polled_at: Duration::ZERO,
            wants_play: false,
            rate: 1.0,
            shown: None,
            volume: 1.0,
            mute: false,
        }
    }
}

impl Film for ScriptedFilm {
    fn poll(&mut self, now: Duration) -> Option<Frame> {
        let opened_at = *self.opened_at.get_or_insert(now);
        let step = now.saturating_sub(self.polled_at.max(opened_at));
        self.polled_at = now;
        match self.state {
            FilmState::Opening if now.saturating_sub(opened_at) < self.script.opens_after => return None,
            FilmState::Opening => {
                self.state = if self.wants_play { FilmState::Playing } else { FilmState::Prerolled };
            }
            FilmState::Playing => {
                self.position += step.mul_f64(self.rate);
                if self.position >= self.script.duration {
                    self.position = self.script.duration;
                    self.state = FilmState::Ended;
                }
            }
            FilmState::Failed(_) => return None,
            FilmState::Prerolled | FilmState::Paused | FilmState::Ended => {}
        }
        if let Some((at, error)) = &self.script.fails_at
            && self.position >= *at
        {
            self.state = FilmState::Failed(error.clone());
            return None;
        }
        let last = self.script.duration.saturating_sub(self.script.frame);
        let at = self.position.min(last);
        let number = at.as_nanos() / self.script.frame.as_nanos().max(1);
        (self.shown.replace(number) != Some(number)).then(|| self.script.frame_at(at))
    }

    fn state(&self) -> FilmState {
        self.state.clone()
    }

    fn position(&self) -> Duration {
        self.position
    }

    fn duration(&self) -> Option<Duration> {
        (self.state != FilmState::Opening).then_some(self.script.duration)
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
        self.position = to.min(self.script.duration);
        if self.state == FilmState::Ended {
            self.state = if self.wants_play { FilmState::Playing } else { FilmState::Paused };
        }
    }

    fn set_rate(&mut self, rate: f64) {
        self.rate = rate.clamp(*RATE_RANGE.start(), *RATE_RANGE.end());
    }

    fn set_volume(&mut self, volume: f64) {
        self.volume = volume;
    }

    fn set_mute(&mut self, mute: bool) {
        self.mute = mute;
    }

    fn close(self: Box<Self>, _: Duration) -> bool {
        true
    }
}

/// Opens a [`ScriptedFilm`] for every path.
#[derive(Clone, Debug, Default)]
pub struct ScriptedFilms(pub Script);

impl FilmBackend for ScriptedFilms {
    fn open(&self, _: &Path, _: OpenOptions) -> Box<dyn Film> {
        Box::new(ScriptedFilm::new(self.0.clone()))
    }

    fn probe(&self, _: &Path) -> Result<Probe, FilmError> {
        if let Some((Duration::ZERO, error)) = &self.0.fails_at {
            return Err(error.clone());
        }
        Ok(Probe {
            duration: Some(self.0.duration),
            width: self.0.width,
            height: self.0.height,
            video_codec: "scripted".to_owned(),
            audio_codec: None,
        })
    }
}
