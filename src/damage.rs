//! A still screen draws nothing.
//!
//! The window sleeps until a finger, the link, or the next thing that is due by the clock wakes it. While something moves
//! it asks for the next frame itself. Without a GPU, a frame draws only what has changed: see [`partial`].

mod direct;
mod partial;

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use bevy::{
    platform::time::Instant,
    prelude::*,
    time::{TimeSystems, TimeUpdateStrategy},
    window::RequestRedraw,
    winit::{EventLoopProxyWrapper, UpdateMode, WinitSettings, WinitUserEvent},
};

use crate::{input::{IdleClock, PointerEvent}, phase::Phase, stage::{Pictures, Stage}, theme::Kit};

pub(crate) use direct::DirectWindow;
pub(crate) use partial::{plugin as draw_what_changed, processor_draws};

/// On any entity: something moves, so frames are drawn one after another. Remove it to let the screen rest.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Animates;

/// Written by a system in every frame in which it has moved something: then the next frame is drawn too.
#[derive(Message, Clone, Copy, Debug)]
pub struct Moves;

/// When a still screen has to wake up by itself, seconds from now. The smallest wish of a frame counts.
#[derive(Resource, Clone, Copy, Debug)]
pub struct WakeIn(pub f32);

impl WakeIn {
    /// Wake up in `seconds`, or earlier.
    pub fn at_most(&mut self, seconds: f32) {
        self.0 = self.0.min(seconds.max(0.0));
    }
}

/// Without any wish the screen wakes up this often, to say that it is alive.
const REST_S: f32 = 30.0;
/// After a change this many more frames are drawn, so that what depends on a layout settles.
const SETTLE_FRAMES: u32 = 3;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Moves>()
        .insert_resource(WakeIn(REST_S))
        .add_systems(First, |mut wake: ResMut<WakeIn>| wake.0 = REST_S);
}

/// Where the system stands that decides whether the next frame is drawn: after everything that may wish for one.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DecideSleep;

/// Wakes the sleeping window, from any thread.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// A waker of the app's window; `None` where there is none.
pub fn waker(app: &App) -> Option<Waker> {
    let proxy = (**app.world().get_resource::<EventLoopProxyWrapper>()?).clone();
    // Once the event loop has ended there is nobody to wake.
    Some(Arc::new(move || {
        let _ = proxy.send_event(WinitUserEvent::WakeUp);
    }))
}

/// Wakes the sleeping window when something is due.
///
/// Not by bevy's own waiting time: every change of it draws a frame, and what is due comes nearer in each frame.
#[derive(Resource)]
struct Alarm {
    set: mpsc::SyncSender<Duration>,
    /// When it rings, on the clock of [`Time<Real>`].
    due: Option<Duration>,
}

/// An alarm is moved only if the new time is earlier than the old one by at least this much. A later wish than the one
/// set costs a frame that shows nothing new.
const NEARLY: Duration = Duration::from_millis(5);
/// The shortest sleep.
const BLINK: Duration = Duration::from_millis(10);

impl Alarm {
    fn start(waker: Waker) -> std::io::Result<Self> {
        let (set, settings) = mpsc::sync_channel(16);
        std::thread::Builder::new().name("pingfeng-alarm".into()).spawn(move || ring(&settings, &*waker))?;
        Ok(Self { set, due: None })
    }

    /// `now`: when this frame began.
    fn at_most(&mut self, now: Duration, wait: Duration) {
        let wait = wait.max(BLINK);
        let stands = self.due.is_some_and(|due| due > now && due <= now + wait + NEARLY);
        // A full queue means that the thread is about to ring anyway.
        if !stands && self.set.try_send(wait).is_ok() {
            self.due = Some(now + wait);
        }
    }
}

fn ring(settings: &mpsc::Receiver<Duration>, waker: &dyn Fn()) {
    let mut wait = None;
    loop {
        let said = match wait {
            Some(wait) => settings.recv_timeout(wait),
            None => settings.recv().map_err(mpsc::RecvTimeoutError::from),
        };
        wait = match said {
            Ok(wait) => Some(wait),
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                waker();
                None
            }
        };
    }
}

/// Added where there is a window; an offscreen app is stepped by hand.
pub(super) fn window_plugin(app: &mut App) {
    let mode = UpdateMode::Reactive {
        // Should an alarm be missed, this is how long the screen sleeps at most.
        wait: Duration::from_secs_f32(2.0 * REST_S),
        // Raw mouse motion outside the window is of no interest; touches, the alarm and the link's wake-up are.
        react_to_device_events: false,
        react_to_user_events: true,
        react_to_window_events: true,
    };
    app.insert_resource(WinitSettings { focused_mode: mode, unfocused_mode: mode });
    match waker(app).map(Alarm::start).transpose() {
        Ok(Some(alarm)) => {
            app.insert_resource(alarm);
        }
        Ok(None) => {}
        Err(error) => error!(%error, "no alarm: what is due is drawn when something else wakes the screen"),
    }
    app.add_systems(First, wake_to_the_present.before(TimeSystems))
        .add_systems(Last, decide.in_set(DecideSleep))
        .add_plugins((draw_what_changed, partial::hold_back, direct::plugin));
}

/// Left to itself, the engine gives a frame the time at which the frame before was drawn. After a sleep that is long ago:
/// what was due would be found not to be, and slept over once more.
fn wake_to_the_present(mut strategy: ResMut<TimeUpdateStrategy>) {
    *strategy = TimeUpdateStrategy::ManualInstant(Instant::now());
}

#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it touches")]
fn decide(
    alarm: Option<ResMut<Alarm>>,
    mut redraw: MessageWriter<RequestRedraw>,
    mut pointers: MessageReader<PointerEvent>,
    mut moves: MessageReader<Moves>,
    moving: Query<(), With<Animates>>,
    stage: Res<Stage>,
    pictures: Res<Pictures>,
    phase: Res<State<Phase>>,
    idle: Res<IdleClock>,
    mut wake: ResMut<WakeIn>,
    time: Res<Time<Real>>,
    kit: Option<Res<Kit>>,
    mut settle: Local<u32>,
) {
    // Under an emergency what drifts stands still: nobody sees it, or nobody should look at it.
    let hushed = kit.is_some_and(|kit| kit.hushed);
    let busy = (!moving.is_empty() && !hushed)
        || stage.in_transition()
        || pictures.pending() > 0
        || matches!(phase.get(), Phase::Boot | Phase::Loading)
        || moves.read().count() > 0
        || pointers.read().count() > 0;
    if busy {
        *settle = SETTLE_FRAMES;
    }
    if *settle > 0 {
        *settle -= 1;
        redraw.write(RequestRedraw);
    }
    if *phase.get() == Phase::Visit {
        wake.at_most(idle.next_change_s());
    }
    if let Some(mut alarm) = alarm {
        alarm.at_most(time.elapsed(), Duration::from_secs_f32(wake.0));
    }
}
