//! The desk against a device that can be pulled out.

use std::sync::{Mutex, mpsc};

use super::*;

type Log = Arc<Mutex<Vec<String>>>;
type Lost = Arc<Mutex<Option<Arc<dyn Fn() + Send + Sync>>>>;

/// Devices as a test wants them: each `open` takes the next answer.
struct FakeOutputs {
    log: Log,
    lost: Lost,
    answers: mpsc::Receiver<bool>,
}

struct FakeOutput(Log);

impl SoundOutputs for FakeOutputs {
    fn open(&mut self, lost: Arc<dyn Fn() + Send + Sync>) -> Result<Box<dyn SoundOutput>, String> {
        let present = self.answers.recv().unwrap_or(false);
        self.log.lock().unwrap().push(format!("open {}", if present { "ok" } else { "none" }));
        *self.lost.lock().unwrap() = Some(lost);
        if present { Ok(Box::new(FakeOutput(self.log.clone()))) } else { Err("nothing there".to_owned()) }
    }
}

impl SoundOutput for FakeOutput {
    fn start(&mut self, _: &Sound, bus: Bus, gain: f32) {
        self.0.lock().unwrap().push(format!("{bus:?} at {gain:.2}"));
    }
    fn set_gain(&mut self, bus: Bus, gain: f32) {
        self.0.lock().unwrap().push(format!("{bus:?} gain {gain:.2}"));
    }
    fn stop(&mut self, bus: Bus) {
        self.0.lock().unwrap().push(format!("{bus:?} stop"));
    }
}

fn desk(answers: &[bool]) -> (SoundDesk, Log, Lost) {
    let (send, receive) = mpsc::sync_channel(16);
    for answer in answers {
        send.send(*answer).unwrap();
    }
    let (log, lost) = (Log::default(), Lost::default());
    let desk = SoundDesk::start(FakeOutputs { log: log.clone(), lost: lost.clone(), answers: receive }).unwrap();
    (desk, log, lost)
}

fn drain(desk: &SoundDesk, log: &Log) -> Vec<String> {
    assert!(desk.flush(Duration::from_secs(5)));
    std::mem::take(&mut *log.lock().unwrap())
}

/// A tenth of a second of a 440 Hz tone, 16 bit mono.
pub(crate) fn wav() -> Vec<u8> {
    let samples: Vec<u8> = (0..4410u32)
        .map(|n| ((f64::from(n) * 440.0 / 44100.0 * std::f64::consts::TAU).sin() * 12000.0) as i16)
        .flat_map(i16::to_le_bytes)
        .collect();
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + samples.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    file.extend([1, 0, 1, 0]);
    file.extend(44100u32.to_le_bytes());
    file.extend(88200u32.to_le_bytes());
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend((samples.len() as u32).to_le_bytes());
    file.extend(samples);
    file
}

fn tap() -> Sound {
    Sound::new(wav()).unwrap()
}

#[test]
fn gains_multiply_and_mute_silences_effects_but_lets_a_voice_go_on() {
    let (desk, log, _) = desk(&[true]);
    desk.set_gain(Bus::Effects, -6.0);
    desk.play(&tap(), Bus::Effects, -6.0);
    desk.set_mute(true);
    desk.play(&tap(), Bus::Effects, 0.0);
    desk.play(&tap(), Bus::Narration, 0.0);
    desk.set_mute(false);
    desk.stop(Bus::Narration);
    assert_eq!(
        drain(&desk, &log),
        [
            "open ok",
            "Effects gain 0.50",
            "Narration gain 1.00",
            "Effects at 0.25",
            "Effects gain 0.00",
            "Narration gain 0.00",
            "Narration at 0.00",
            "Effects gain 0.50",
            "Narration gain 1.00",
            "Narration stop",
        ]
    );
}

#[test]
fn a_lost_device_is_rebuilt_at_once_and_silence_lasts_while_there_is_none() {
    let (desk, log, lost) = desk(&[true, false]);
    desk.play(&tap(), Bus::Effects, 0.0);
    assert_eq!(drain(&desk, &log), ["open ok", "Effects at 1.00"]);
    let pull_out = lost.lock().unwrap().clone().unwrap();
    pull_out();
    desk.play(&tap(), Bus::Effects, 0.0);
    assert_eq!(drain(&desk, &log), ["open none"]);
    assert!(!desk.has_device());
    assert_eq!(desk.devices_opened(), 1);
}

#[test]
fn a_replugged_device_sounds_again() {
    let (desk, log, lost) = desk(&[true, true]);
    assert!(desk.flush(Duration::from_secs(5)));
    let pull_out = lost.lock().unwrap().clone().unwrap();
    pull_out();
    desk.play(&tap(), Bus::Effects, 0.0);
    assert_eq!(drain(&desk, &log), ["open ok", "open ok", "Effects at 1.00"]);
    assert!(desk.has_device());
    assert_eq!(desk.devices_opened(), 2);
}

#[test]
fn orders_beyond_the_limit_are_dropped_and_counted() {
    // The device never answers, so that nothing is carried out.
    let (send, receive) = mpsc::sync_channel::<bool>(1);
    let (log, lost) = (Log::default(), Lost::default());
    let desk = SoundDesk::start(FakeOutputs { log, lost, answers: receive }).unwrap();
    for _ in 0..ORDERS_MAX + 3 {
        desk.play(&tap(), Bus::Effects, 0.0);
    }
    assert_eq!(desk.orders_dropped(), 3);
    drop(send);
}

#[test]
fn what_is_no_sound_is_refused() {
    for bytes in [&b""[..], b"RIFF", b"not a sound at all", &wav()[..44]] {
        assert!(matches!(Sound::new(bytes), Err(SoundError::NotASound { .. })), "{bytes:?}");
    }
    assert!(matches!(Sound::new(vec![0; SOUND_BYTES_MAX + 1]), Err(SoundError::TooLarge { .. })));
}
