//! Scanners and card readers that type like a keyboard. They are read as devices and grabbed, so that what they type can
//! never land in a text box; where a scanner cannot be opened as a device, its burst of keys is recognised by its speed.
//!
//! A scan becomes [`Scanned`]. What is typed by a person never does.

#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use bevy::{
    input::{
        ButtonState,
        keyboard::{Key, KeyboardInput},
    },
    prelude::{
        App, IntoScheduleConfigs, Message, MessageReader, MessageWriter, PreUpdate, Real, Res, Resource, Startup, Time,
        World, warn,
    },
    winit::{EventLoopProxyWrapper, WinitUserEvent},
};
use evdev::{Device, EventSummary, KeyCode};

use crate::ScreenSystems;

/// Longest gap between two keys of a scanner. People are slower, scanners are three times as fast.
const BURST_GAP_MS: u64 = 50;
/// Fewest characters of a scan.
const SCAN_CHARS_MIN: usize = 4;
/// Most characters of a scan; a longer burst is dropped whole.
const SCAN_CHARS_MAX: usize = 64;

/// A code was read by a scanner. Held in memory only, and in no log.
#[derive(Message, Clone, PartialEq, Eq)]
pub struct Scanned(pub String);

/// Device files of scanners, such as `/dev/input/by-id/usb-…-event-kbd`. Set by `main` before the app starts.
#[derive(Resource, Clone, Debug, Default)]
pub struct ScannerDevices(pub Vec<PathBuf>);

/// Scans that wait for the next frame; more are dropped, with a word in the log.
const WAITING_MAX: usize = 8;
/// How long to wait before a device that is not there, or has gone, is tried again.
const REOPEN_AFTER: Duration = Duration::from_secs(2);

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Scanned>()
        .init_resource::<ScannerDevices>()
        .add_systems(Startup, open_devices)
        .add_systems(PreUpdate, (receive, read_keyboard).in_set(ScreenSystems::Pointer));
}

/// The frame's end of the readers.
#[derive(Resource)]
struct Readers(Mutex<Receiver<String>>);

fn open_devices(world: &mut World) {
    let devices = world.resource::<ScannerDevices>().0.clone();
    if devices.is_empty() {
        return;
    }
    let (scans, received) = sync_channel(WAITING_MAX);
    world.insert_resource(Readers(Mutex::new(received)));
    let proxy = world.get_resource::<EventLoopProxyWrapper>().map(|proxy| (**proxy).clone());
    for path in devices {
        let (scans, proxy) = (scans.clone(), proxy.clone());
        let wake = move || {
            if let Some(proxy) = &proxy {
                // The window is closing when nobody listens any more.
                let _closing = proxy.send_event(WinitUserEvent::WakeUp);
            }
        };
        // The thread ends with the program: it spends its life waiting for a device.
        let started = thread::Builder::new().name("scanner".into()).spawn(move || read_for_ever(&path, &scans, &wake));
        if let Err(error) = started {
            warn!(%error, "a scanner cannot be read: no thread");
        }
    }
}

fn read_for_ever(path: &Path, scans: &SyncSender<String>, wake: &dyn Fn()) {
    let began = Instant::now();
    let mut said = false;
    loop {
        let outcome = read_device(path, scans, wake, began);
        if !said {
            // Once: a scanner that is unplugged for a week is one line.
            warn!(device = %path.display(), error = %outcome, "the scanner is not there; trying again until it is");
            said = true;
        }
        thread::park_timeout(REOPEN_AFTER);
    }
}

/// Reads until the device goes away; returns why.
fn read_device(path: &Path, scans: &SyncSender<String>, wake: &dyn Fn(), began: Instant) -> std::io::Error {
    let mut device = match Device::open(path) {
        Ok(device) => device,
        Err(error) => return error,
    };
    // Without the grab the keys would also reach whatever has the focus.
    if let Err(error) = device.grab() {
        return error;
    }
    let mut reader = KeyReader::default();
    loop {
        let events = match device.fetch_events() {
            Ok(events) => events,
            Err(error) => return error,
        };
        for event in events {
            let EventSummary::Key(_, key, value) = event.destructure() else { continue };
            let at_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            // 0 is released, 1 pressed, 2 repeated by holding, which no scanner does.
            if value == 2 {
                continue;
            }
            if let Some(scan) = reader.key(key, value == 1, at_ms) {
                match scans.try_send(scan) {
                    Ok(()) => wake(),
                    Err(TrySendError::Full(_)) => {
                        warn!("a scan is dropped: the screen has not taken the last ones yet")
                    }
                    Err(TrySendError::Disconnected(_)) => return std::io::Error::other("the screen has ended"),
                }
            }
        }
    }
}

fn receive(readers: Option<Res<Readers>>, mut scanned: MessageWriter<Scanned>) {
    // A poisoned lock would mean that this system has panicked before.
    let Some(Ok(received)) = readers.as_ref().map(|readers| readers.0.lock()) else { return };
    for scan in received.try_iter().take(WAITING_MAX) {
        scanned.write(Scanned(scan));
    }
}

/// Keys that reach the window: a scanner that is not configured as a device.
fn read_keyboard(
    mut keys: MessageReader<KeyboardInput>,
    mut burst: bevy::prelude::Local<Burst>,
    time: Res<Time<Real>>,
    mut scanned: MessageWriter<Scanned>,
) {
    let now_ms = u64::try_from(time.elapsed().as_millis()).unwrap_or(u64::MAX);
    for key in keys.read().filter(|key| key.state == ButtonState::Pressed && !key.repeat) {
        match &key.logical_key {
            Key::Character(text) => text.chars().for_each(|character| burst.key(character, now_ms)),
            Key::Enter => scanned.write_batch(burst.enter(now_ms).map(Scanned)).for_each(drop),
            _ => {}
        }
    }
}

/// Turns the keys of a device into scans, by the layout that scanners use unless told otherwise (US).
#[derive(Debug, Default)]
struct KeyReader {
    burst: Burst,
    shift: bool,
}

impl KeyReader {
    fn key(&mut self, key: KeyCode, pressed: bool, at_ms: u64) -> Option<String> {
        match key {
            KeyCode::KEY_LEFTSHIFT | KeyCode::KEY_RIGHTSHIFT => self.shift = pressed,
            KeyCode::KEY_ENTER | KeyCode::KEY_KPENTER if pressed => return self.burst.enter(at_ms),
            _ if pressed => {
                if let Some(character) = character_of(key, self.shift) {
                    self.burst.key(character, at_ms);
                }
            }
            _ => {}
        }
        None
    }
}

/// Rows of the US layout: key codes in order, characters without and with shift.
const ROWS: [(u16, &str, &str); 4] = [
    (KeyCode::KEY_1.0, "1234567890-=", "!@#$%^&*()_+"),
    (KeyCode::KEY_Q.0, "qwertyuiop[]", "QWERTYUIOP{}"),
    (KeyCode::KEY_A.0, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
    (KeyCode::KEY_BACKSLASH.0, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
];
/// The number pad, in the order of its key codes.
const PAD: (u16, &str) = (KeyCode::KEY_KP7.0, "789-456+1230.");

fn character_of(key: KeyCode, shift: bool) -> Option<char> {
    let in_row = |first: u16, characters: &str| {
        let place = key.0.checked_sub(first)?;
        characters.chars().nth(usize::from(place))
    };
    ROWS.iter()
        .find_map(|(first, plain, shifted)| in_row(*first, if shift { shifted } else { plain }))
        .or_else(|| in_row(PAD.0, PAD.1))
}

/// Finds scans in a stream of keys: characters at most [`BURST_GAP_MS`] apart that end in Enter. What people type is
/// too slow and falls through, so a scanner never writes into a text box and a keyboard never checks anyone in.
#[derive(Clone, Debug, Default)]
struct Burst {
    typed: String,
    last_ms: Option<u64>,
    overlong: bool,
}

impl Burst {
    /// A character at a time.
    fn key(&mut self, character: char, now_ms: u64) {
        self.begin_anew_after_a_gap(now_ms);
        if self.typed.chars().count() == SCAN_CHARS_MAX {
            self.overlong = true;
        } else if !character.is_control() {
            self.typed.push(character);
        }
    }

    /// Enter: the scan, if what went before was one.
    fn enter(&mut self, now_ms: u64) -> Option<String> {
        self.begin_anew_after_a_gap(now_ms);
        let overlong = std::mem::take(&mut self.overlong);
        let typed = std::mem::take(&mut self.typed);
        self.last_ms = None;
        (!overlong && typed.chars().count() >= SCAN_CHARS_MIN).then_some(typed)
    }

    fn begin_anew_after_a_gap(&mut self, now_ms: u64) {
        // A clock that went back counts as a gap.
        let close = self.last_ms.is_some_and(|last| now_ms.checked_sub(last).is_some_and(|gap| gap <= BURST_GAP_MS));
        if !close {
            self.typed.clear();
            self.overlong = false;
        }
        self.last_ms = Some(now_ms);
    }
}
