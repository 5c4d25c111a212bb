//! A still screen draws nothing.
//!
//! The window sleeps until a finger, the link, or the next thing that is due by the clock wakes it. While something moves
//! it asks for the next frame itself.

use std::time::Duration;

use bevy::{
    prelude::*,
    window::RequestRedraw,
    winit::{UpdateMode, WinitSettings},
};

use crate::{input::{IdleClock, PointerEvent}, phase::Phase, stage::{Pictures, Stage}};

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

/// Added where there is a window; an offscreen app is stepped by hand.
pub(super) fn window_plugin(app: &mut App) {
    app.add_systems(Last, decide);
}

#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it touches")]
fn decide(
    mut settings: ResMut<WinitSettings>,
    mut redraw: MessageWriter<RequestRedraw>,
    mut pointers: MessageReader<PointerEvent>,
    mut moves: MessageReader<Moves>,
    moving: Query<(), With<Animates>>,
    stage: Res<Stage>,
    pictures: Res<Pictures>,
    phase: Res<State<Phase>>,
    idle: Res<IdleClock>,
    mut wake: ResMut<WakeIn>,
    mut settle: Local<u32>,
) {
    let busy = !moving.is_empty()
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
    let mode = UpdateMode::Reactive {
        wait: Duration::from_secs_f32(wake.0.max(0.01)),
        // Raw mouse motion outside the window is of no interest; touches and the link's wake-up are.
        react_to_device_events: false,
        react_to_user_events: true,
        react_to_window_events: true,
    };
    if settings.focused_mode != mode {
        settings.focused_mode = mode;
        settings.unfocused_mode = mode;
    }
}
