//! Input from a list: what `render --tap` and visitor cases play.

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use super::{PointerEvent, PointerId, PointerPhase};
use crate::ScreenSystems;

/// One step of recorded input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedStep {
    /// Seconds since the start.
    pub at_s: f32,
    /// The finger; 0 where one is enough.
    #[serde(default)]
    pub finger: u8,
    /// `down`, `move`, `up`, `cancel`, or `tap`: down, and up a moment later.
    pub act: RecordedAct,
    /// Logical page px.
    pub x: f32,
    /// Logical page px.
    pub y: f32,
}

/// See [`RecordedStep::act`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordedAct {
    /// The finger touches.
    Down,
    /// It moves.
    Move,
    /// It is lifted.
    Up,
    /// The system takes it away.
    Cancel,
    /// Down, and up [`TAP_S`] later.
    Tap,
}

/// How long a recorded tap lasts, seconds.
const TAP_S: f32 = 0.1;

/// Input still to be played.
#[derive(Resource, Clone, Debug, Default)]
pub struct Recorded {
    steps: Vec<RecordedStep>,
    next: usize,
    elapsed_s: f32,
}

impl Recorded {
    /// Plays `steps`, in the order of their times; taps become down and up.
    pub fn new(steps: impl IntoIterator<Item = RecordedStep>) -> Self {
        let mut all = Vec::new();
        for step in steps {
            if step.act == RecordedAct::Tap {
                all.push(RecordedStep { act: RecordedAct::Down, ..step });
                all.push(RecordedStep { act: RecordedAct::Up, at_s: step.at_s + TAP_S, ..step });
            } else {
                all.push(step);
            }
        }
        all.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        Self { steps: all, next: 0, elapsed_s: 0.0 }
    }

    /// True once everything has been played.
    pub fn done(&self) -> bool {
        self.next >= self.steps.len()
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Recorded>()
        .add_systems(PreUpdate, play.in_set(ScreenSystems::Pointer).run_if(|recorded: Res<Recorded>| !recorded.done()));
}

fn play(mut recorded: ResMut<Recorded>, time: Res<Time<Real>>, mut out: MessageWriter<PointerEvent>) {
    recorded.elapsed_s += time.delta_secs();
    while let Some(step) = recorded.steps.get(recorded.next).copied()
        // A rounding error of the sum of ticks must not put a step one tick later.
        && step.at_s <= recorded.elapsed_s + 1e-4
    {
        recorded.next += 1;
        let phase = match step.act {
            RecordedAct::Down | RecordedAct::Tap => PointerPhase::Down,
            RecordedAct::Move => PointerPhase::Moved,
            RecordedAct::Up => PointerPhase::Up,
            RecordedAct::Cancel => PointerPhase::Cancelled,
        };
        out.write(PointerEvent { id: PointerId::Recorded(step.finger), phase, at: Vec2::new(step.x, step.y) });
    }
}
