//! Pans with momentum, and pinches.

use bevy::prelude::*;

use super::{PointerEvent, PointerId, PointerPhase, Pressed, press::{Glass, PressState, SLOP_PX}};
use crate::{ScreenSystems, stage::InputGate};

/// Answers pans and pinches that begin on it or on something that lies on it.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Pannable;

/// Where a pan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanPhase {
    /// The finger has moved far enough to mean it.
    Began,
    /// It moves.
    Moved,
    /// It was lifted; `velocity` says how fast it was.
    Ended,
}

/// A finger moves over a [`Pannable`].
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct Panned {
    /// What.
    pub entity: Entity,
    /// Where it stands.
    pub phase: PanPhase,
    /// Since the last message, logical px.
    pub delta: Vec2,
    /// Since the finger touched, logical px.
    pub total: Vec2,
    /// Logical px per second, over the last tenth of a second.
    pub velocity: Vec2,
}

/// Two fingers move on a [`Pannable`].
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct Pinched {
    /// What.
    pub entity: Entity,
    /// Between the fingers, logical page px.
    pub centre: Vec2,
    /// How far the centre moved since the last message.
    pub delta: Vec2,
    /// Distance of the fingers now, in parts of their distance at the last message.
    pub factor: f32,
}

/// How long the speed of a finger is measured, seconds.
const SPEED_WINDOW_S: f32 = 0.1;
/// Positions kept to measure the speed.
const TRACK_MAX: usize = 16;

#[derive(Clone, Debug)]
struct Finger {
    id: PointerId,
    at: Vec2,
    from: Vec2,
    track: Vec<(f32, Vec2)>,
}

#[derive(Resource, Default, Debug)]
struct Gestures {
    on: Option<Entity>,
    panning: bool,
    fingers: Vec<Finger>,
}

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Panned>()
        .add_message::<Pinched>()
        .init_resource::<Gestures>()
        .add_systems(PreUpdate, recognise.in_set(ScreenSystems::Gesture));
}

#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it touches")]
fn recognise(
    mut commands: Commands,
    mut events: MessageReader<PointerEvent>,
    mut gestures: ResMut<Gestures>,
    mut press: ResMut<PressState>,
    gate: Res<InputGate>,
    glass: Glass,
    pannable: Query<(), With<Pannable>>,
    time: Res<Time<Real>>,
    mut panned: MessageWriter<Panned>,
    mut pinched: MessageWriter<Pinched>,
) {
    let now = time.elapsed_secs();
    for event in events.read() {
        match event.phase {
            PointerPhase::Down => {
                if gestures.fingers.len() >= 2 || !gate.open() {
                    continue;
                }
                if gestures.fingers.is_empty() {
                    gestures.on = glass.topmost(event.at, |entity, _| pannable.contains(entity));
                    gestures.panning = false;
                }
                if gestures.on.is_some() {
                    gestures.fingers.push(Finger { id: event.id, at: event.at, from: event.at, track: vec![(now, event.at)] });
                    if gestures.fingers.len() == 2 {
                        cancel_press(&mut commands, &mut press);
                    }
                }
            }
            PointerPhase::Moved => {
                let Some(index) = gestures.fingers.iter().position(|finger| finger.id == event.id) else { continue };
                let Some(entity) = gestures.on else { continue };
                if gestures.fingers.len() == 2 {
                    let (a, b) = (gestures.fingers[0].at, gestures.fingers[1].at);
                    gestures.fingers[index].at = event.at;
                    let (c, d) = (gestures.fingers[0].at, gestures.fingers[1].at);
                    pinched.write(Pinched {
                        entity,
                        centre: (c + d) / 2.0,
                        delta: (c + d - a - b) / 2.0,
                        factor: c.distance(d).max(1.0) / a.distance(b).max(1.0),
                    });
                    continue;
                }
                let finger = &mut gestures.fingers[index];
                let delta = event.at - finger.at;
                let total = event.at - finger.from;
                let velocity = track(finger, now, event.at);
                if gestures.panning {
                    panned.write(Panned { entity, phase: PanPhase::Moved, delta, total, velocity });
                } else if total.length() > SLOP_PX {
                    gestures.panning = true;
                    cancel_press(&mut commands, &mut press);
                    panned.write(Panned { entity, phase: PanPhase::Began, delta: total, total, velocity });
                }
            }
            PointerPhase::Up | PointerPhase::Cancelled => {
                let Some(index) = gestures.fingers.iter().position(|finger| finger.id == event.id) else { continue };
                let mut finger = gestures.fingers.remove(index);
                let Some(entity) = gestures.on else { continue };
                if gestures.fingers.is_empty() {
                    if gestures.panning {
                        let delta = event.at - finger.at;
                        let velocity = match event.phase {
                            PointerPhase::Up => track(&mut finger, now, event.at),
                            _ => Vec2::ZERO,
                        };
                        let total = event.at - finger.from;
                        panned.write(Panned { entity, phase: PanPhase::Ended, delta, total, velocity });
                    }
                    gestures.on = None;
                    gestures.panning = false;
                } else {
                    // One of two fingers was lifted: the other goes on as a pan from where it is.
                    gestures.panning = true;
                    if let Some(rest) = gestures.fingers.first_mut() {
                        rest.from = rest.at;
                        rest.track = vec![(now, rest.at)];
                    }
                }
            }
        }
    }
}

/// Adds a position and says how fast the finger is.
fn track(finger: &mut Finger, now: f32, at: Vec2) -> Vec2 {
    finger.at = at;
    finger.track.push((now, at));
    finger.track.retain(|(then, _)| now - then <= SPEED_WINDOW_S);
    if finger.track.len() > TRACK_MAX {
        finger.track.remove(0);
    }
    match finger.track.first() {
        Some((then, from)) if now - then > 0.005 => (at - *from) / (now - then),
        _ => Vec2::ZERO,
    }
}

fn cancel_press(commands: &mut Commands, press: &mut PressState) {
    if let Some(entity) = press.cancel()
        && let Ok(mut entity) = commands.get_entity(entity)
    {
        entity.try_remove::<Pressed>();
    }
}
