//! Sound through rodio. The only file that names it.

use std::{collections::VecDeque, io::Cursor, sync::Arc};

use rodio::{CpalErrorKind, Decoder, DeviceSinkBuilder, MixerDeviceSink, Player};

use super::{Bus, EFFECTS_MAX, Sound, SoundError, SoundOutput, SoundOutputs};

/// Whether a decoder takes it.
pub(super) fn check(sound: &Sound) -> Result<(), SoundError> {
    let source = Decoder::new(Cursor::new(sound.clone())).map_err(|error| SoundError::NotASound { detail: error.to_string() })?;
    // A header without a single sample is no sound.
    match source.take(1).count() {
        0 => Err(SoundError::NotASound { detail: "it has no samples".to_owned() }),
        _ => Ok(()),
    }
}

/// The system's sound devices.
#[derive(Clone, Copy, Debug, Default)]
pub struct RodioOutputs;

impl SoundOutputs for RodioOutputs {
    fn open(&mut self, lost: Arc<dyn Fn() + Send + Sync>) -> Result<Box<dyn SoundOutput>, String> {
        let builder = DeviceSinkBuilder::from_default_device().map_err(|error| error.to_string())?;
        let mut device = builder
            .with_error_callback(move |error| match error.kind() {
                // Rebuilt only when the stream is dead for good: an underrun is over by the next buffer.
                CpalErrorKind::DeviceNotAvailable | CpalErrorKind::HostUnavailable | CpalErrorKind::StreamInvalidated => lost(),
                kind => tracing::debug!(?kind, "sound stream: {error}"),
            })
            .open_stream()
            .map_err(|error| error.to_string())?;
        device.log_on_drop(false);
        Ok(Box::new(RodioOutput { device, effects: VecDeque::new(), narration: None }))
    }
}

struct RodioOutput {
    device: MixerDeviceSink,
    /// Oldest first, with the gain each was started with.
    effects: VecDeque<Player>,
    narration: Option<Player>,
}

impl SoundOutput for RodioOutput {
    fn start(&mut self, sound: &Sound, bus: Bus, gain: f32) {
        // Checked when the sound was made; a decoder that changes its mind costs one sound.
        let Ok(source) = Decoder::new(Cursor::new(sound.clone())) else { return };
        let player = Player::connect_new(self.device.mixer());
        player.set_volume(gain);
        player.append(source);
        match bus {
            Bus::Narration => self.narration = Some(player),
            Bus::Effects => {
                self.effects.retain(|effect| !effect.empty());
                if self.effects.len() >= EFFECTS_MAX {
                    self.effects.pop_front();
                }
                self.effects.push_back(player);
            }
        }
    }

    fn set_gain(&mut self, bus: Bus, gain: f32) {
        match bus {
            Bus::Narration => self.narration.iter().for_each(|player| player.set_volume(gain)),
            // Effects are over in a moment; only silence must not wait for that.
            Bus::Effects if gain == 0.0 => self.effects.clear(),
            Bus::Effects => {}
        }
    }

    fn stop(&mut self, bus: Bus) {
        match bus {
            Bus::Narration => self.narration = None,
            Bus::Effects => self.effects.clear(),
        }
    }
}
