//! Touch and mouse become one stream of pointers, in logical page pixels.

use bevy::{
    input::{
        ButtonState,
        mouse::MouseButtonInput,
        touch::{TouchInput, TouchPhase},
    },
    prelude::*,
    window::{CursorMoved, PrimaryWindow},
};

use crate::{ScreenSystems, theme::Surface};

/// Tells fingers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PointerId {
    /// The left mouse button.
    Mouse,
    /// A finger, as the display numbers it.
    Touch(u64),
    /// A recorded finger.
    Recorded(u8),
}

/// What a pointer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointerPhase {
    /// It touched.
    Down,
    /// It moved while touching.
    Moved,
    /// It was lifted.
    Up,
    /// The system took it away: nothing is to happen.
    Cancelled,
}

/// One change of one pointer.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct PointerEvent {
    /// Which.
    pub id: PointerId,
    /// What.
    pub phase: PointerPhase,
    /// Where, logical page px.
    pub at: Vec2,
}

pub(super) fn plugin(app: &mut App) {
    app.add_message::<PointerEvent>().add_systems(PreUpdate, read_pointers.in_set(ScreenSystems::Pointer));
}

fn read_pointers(
    mut touches: MessageReader<TouchInput>,
    mut moves: MessageReader<CursorMoved>,
    mut buttons: MessageReader<MouseButtonInput>,
    window: Query<&Window, With<PrimaryWindow>>,
    surface: Res<Surface>,
    mut mouse_at: Local<Vec2>,
    mut mouse_down: Local<bool>,
    mut out: MessageWriter<PointerEvent>,
) {
    let factor = window.iter().next().map_or(1.0, Window::scale_factor);
    let page = |point: Vec2| surface.page_from_physical(point * factor);
    for touch in touches.read() {
        let phase = match touch.phase {
            TouchPhase::Started => PointerPhase::Down,
            TouchPhase::Moved => PointerPhase::Moved,
            TouchPhase::Ended => PointerPhase::Up,
            TouchPhase::Canceled => PointerPhase::Cancelled,
        };
        out.write(PointerEvent { id: PointerId::Touch(touch.id), phase, at: page(touch.position) });
    }
    for moved in moves.read() {
        *mouse_at = page(moved.position);
        if *mouse_down {
            out.write(PointerEvent { id: PointerId::Mouse, phase: PointerPhase::Moved, at: *mouse_at });
        }
    }
    for button in buttons.read().filter(|button| button.button == MouseButton::Left) {
        let phase = match button.state {
            ButtonState::Pressed => PointerPhase::Down,
            ButtonState::Released => PointerPhase::Up,
        };
        *mouse_down = phase == PointerPhase::Down;
        out.write(PointerEvent { id: PointerId::Mouse, phase, at: *mouse_at });
    }
}
