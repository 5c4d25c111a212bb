//! The sound desk: effects and narration. Film sound is not here, it stays with its film's clock.
//!
//! A thread owns the device, because opening one may take seconds. A desk without a device is silent and tries again;
//! nothing that plays a sound ever waits or fails.

mod rodio_output;

use std::{
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError, SyncSender, TrySendError},
    },
    time::Duration,
};

pub use rodio_output::RodioOutputs;

/// Orders that may wait for the sound thread; one more is dropped and counted.
pub const ORDERS_MAX: usize = 64;
/// Effects that sound at once; one more ends the oldest.
pub const EFFECTS_MAX: usize = 8;
/// Largest sound file, bytes: ten minutes of good Vorbis.
pub const SOUND_BYTES_MAX: usize = 20 * 1024 * 1024;
/// How long to wait before a missing device is asked for again.
pub const RETRY_AFTER: Duration = Duration::from_secs(5);

/// What a sound is for; each kind has its own gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bus {
    /// Answers to a touch: short, many at once.
    Effects,
    /// A voice: one at a time, the newer ends the older.
    Narration,
}

/// A sound whose bytes were found to be playable. Cheap to clone.
#[derive(Clone)]
pub struct Sound {
    bytes: Arc<[u8]>,
}

impl Sound {
    /// Accepts WAV and Ogg Vorbis.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Result<Self, SoundError> {
        let bytes = bytes.into();
        if bytes.len() > SOUND_BYTES_MAX {
            return Err(SoundError::TooLarge { size_bytes: bytes.len() });
        }
        let sound = Self { bytes };
        rodio_output::check(&sound)?;
        Ok(sound)
    }
}

impl AsRef<[u8]> for Sound {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sound({} bytes)", self.bytes.len())
    }
}

/// Why a sound cannot be played. The author gives another file.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// Larger than [`SOUND_BYTES_MAX`].
    #[error("a sound of {size_bytes} bytes; the most is {SOUND_BYTES_MAX}")]
    TooLarge {
        /// Its size.
        size_bytes: usize,
    },
    /// Neither WAV nor Ogg Vorbis, or broken.
    #[error("not a sound that can be played (use WAV or Ogg Vorbis): {detail}")]
    NotASound {
        /// What the decoder said.
        detail: String,
    },
}

/// Opens sound devices.
pub trait SoundOutputs: Send + 'static {
    /// Opens the default device. `lost` is to be called, from any thread, when it goes away.
    fn open(&mut self, lost: Arc<dyn Fn() + Send + Sync>) -> Result<Box<dyn SoundOutput>, String>;
}

/// An open sound device. Lives on the sound thread.
pub trait SoundOutput {
    /// Starts a sound. `gain` is linear, 0 to 1.
    fn start(&mut self, sound: &Sound, bus: Bus, gain: f32);
    /// Changes the gain of what sounds on a bus.
    fn set_gain(&mut self, bus: Bus, gain: f32);
    /// Ends what sounds on a bus.
    fn stop(&mut self, bus: Bus);
}

/// No sound at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOutputs;

impl SoundOutputs for NoOutputs {
    fn open(&mut self, _: Arc<dyn Fn() + Send + Sync>) -> Result<Box<dyn SoundOutput>, String> {
        Ok(Box::new(NoOutput))
    }
}

struct NoOutput;

impl SoundOutput for NoOutput {
    fn start(&mut self, _: &Sound, _: Bus, _: f32) {}
    fn set_gain(&mut self, _: Bus, _: f32) {}
    fn stop(&mut self, _: Bus) {}
}

enum Order {
    Play(Sound, Bus, f32),
    Gain(Bus, f32),
    Mute(bool),
    Stop(Bus),
    DeviceLost,
    /// Answered once everything before it is done.
    Flush(mpsc::SyncSender<()>),
}

/// Where sounds are asked for. Cheap to clone; the thread ends with the last clone.
#[derive(Clone)]
pub struct SoundDesk {
    orders: Arc<SyncSender<Order>>,
    health: Arc<Health>,
}

#[derive(Debug, Default)]
struct Health {
    device: AtomicBool,
    dropped: AtomicU64,
    opened: AtomicU64,
}

impl SoundDesk {
    /// Starts the desk. The device is opened in the background.
    pub fn start(outputs: impl SoundOutputs) -> io::Result<Self> {
        let (orders, inbox) = mpsc::sync_channel(ORDERS_MAX);
        let health = Arc::new(Health::default());
        let orders = Arc::new(orders);
        // Weak, so that the thread ends with the last desk even while a device is open.
        let lost = {
            let orders = Arc::downgrade(&orders);
            move || {
                if let Some(orders) = orders.upgrade() {
                    // Full: then the desk is not reading, and the device says so again when it is used.
                    orders.try_send(Order::DeviceLost).ok();
                }
            }
        };
        let lost: Arc<dyn Fn() + Send + Sync> = Arc::new(lost);
        let on_thread = health.clone();
        std::thread::Builder::new().name("sound".to_owned()).spawn(move || {
            // Made here because a device never leaves its thread.
            let outputs = Box::new(outputs);
            Desk { outputs, lost, output: None, gains: [1.0, 1.0], mute: false, health: on_thread }.run(&inbox);
        })?;
        Ok(Self { orders, health })
    }

    /// Plays a sound at `gain_db` below or above the bus.
    pub fn play(&self, sound: &Sound, bus: Bus, gain_db: f32) {
        self.order(Order::Play(sound.clone(), bus, linear(gain_db)));
    }

    /// Sets a bus's gain in dB, at most 0.
    pub fn set_gain(&self, bus: Bus, gain_db: f32) {
        self.order(Order::Gain(bus, linear(gain_db).min(1.0)));
    }

    /// Silences everything, or lets it sound again.
    pub fn set_mute(&self, mute: bool) {
        self.order(Order::Mute(mute));
    }

    /// Ends what sounds on a bus.
    pub fn stop(&self, bus: Bus) {
        self.order(Order::Stop(bus));
    }

    /// Waits until everything ordered before is done, at most `within`. For tests and shutdown.
    pub fn flush(&self, within: Duration) -> bool {
        let (done, wait) = mpsc::sync_channel(1);
        self.orders.try_send(Order::Flush(done)).is_ok() && wait.recv_timeout(within).is_ok()
    }

    /// True while a device is open.
    pub fn has_device(&self) -> bool {
        self.health.device.load(Ordering::Relaxed)
    }

    /// How often a device was opened since the start: more than 1 means that one was lost.
    pub fn devices_opened(&self) -> u64 {
        self.health.opened.load(Ordering::Relaxed)
    }

    /// Orders that found [`ORDERS_MAX`] others waiting and were dropped.
    pub fn orders_dropped(&self) -> u64 {
        self.health.dropped.load(Ordering::Relaxed)
    }

    fn order(&self, order: Order) {
        match self.orders.try_send(order) {
            Ok(()) => {}
            // A sound that comes late is worse than one that does not come.
            Err(TrySendError::Full(_)) => {
                self.health.dropped.fetch_add(1, Ordering::Relaxed);
            }
            Err(TrySendError::Disconnected(_)) => {}
        }
    }
}

impl fmt::Debug for SoundDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoundDesk").field("health", &self.health).finish_non_exhaustive()
    }
}

fn linear(db: f32) -> f32 {
    10f32.powf(db / 20.0)
}

struct Desk {
    outputs: Box<dyn SoundOutputs>,
    lost: Arc<dyn Fn() + Send + Sync>,
    output: Option<Box<dyn SoundOutput>>,
    gains: [f32; 2],
    mute: bool,
    health: Arc<Health>,
}

impl Desk {
    fn run(mut self, inbox: &mpsc::Receiver<Order>) {
        self.open();
        loop {
            let order = if self.output.is_some() {
                inbox.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                inbox.recv_timeout(RETRY_AFTER)
            };
            match order {
                Ok(order) => self.carry_out(order),
                Err(RecvTimeoutError::Timeout) => self.open(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn open(&mut self) {
        self.output = match self.outputs.open(self.lost.clone()) {
            Ok(output) => Some(output),
            Err(detail) => {
                tracing::debug!(sound.detail = detail, "no sound device; silent, trying again later");
                None
            }
        };
        if self.output.is_some() {
            self.health.opened.fetch_add(1, Ordering::Relaxed);
        }
        self.health.device.store(self.output.is_some(), Ordering::Relaxed);
    }

    fn gain(&self, bus: Bus) -> f32 {
        if self.mute { 0.0 } else { self.gains[bus as usize] }
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Play(sound, bus, gain) => {
                let gain = gain * self.gain(bus);
                // A muted effect is over before anyone could unmute it; a muted voice goes on being spoken.
                if (gain > 0.0 || bus == Bus::Narration)
                    && let Some(output) = &mut self.output
                {
                    output.start(&sound, bus, gain.min(1.0));
                }
            }
            Order::Gain(bus, gain) => {
                self.gains[bus as usize] = gain;
                self.spread_gains();
            }
            Order::Mute(mute) => {
                self.mute = mute;
                self.spread_gains();
            }
            Order::Stop(bus) => {
                if let Some(output) = &mut self.output {
                    output.stop(bus);
                }
            }
            Order::DeviceLost => {
                tracing::warn!("the sound device went away; opening another one");
                // The old one first: some systems give a device to one owner only.
                self.output = None;
                self.open();
            }
            // The asker may have stopped waiting.
            Order::Flush(done) => {
                done.try_send(()).ok();
            }
        }
    }

    fn spread_gains(&mut self) {
        for bus in [Bus::Effects, Bus::Narration] {
            let gain = self.gain(bus);
            if let Some(output) = &mut self.output {
                output.set_gain(bus, gain);
            }
        }
    }
}

#[cfg(test)]
mod tests;
