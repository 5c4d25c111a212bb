//! Touch, mouse and recorded input as one pointer model; presses, pans and pinches; waiting.
//!
//! A press is seen at once and acts on release; sliding off cancels it. A second finger does not disturb the first: it only
//! ever zooms. Everything downstream reads [`Tapped`], [`Panned`] and [`Pinched`] and never knows what made them.

mod gesture;
mod idle;
mod pointer;
mod press;
mod recorded;
mod scanner;

use bevy::prelude::*;

pub use gesture::{PanPhase, Pannable, Panned, Pinched};
pub use idle::{Busy, IdleClock, IdleState};
pub use pointer::{PointerEvent, PointerId, PointerPhase};
pub use press::{LetGo, Pressed, Shield, Tapped, Touchable};
pub use scanner::{Scanned, ScannerDevices};
pub use recorded::{Recorded, RecordedAct, RecordedStep};

pub(super) fn plugin(app: &mut App) {
    app.add_plugins((pointer::plugin, recorded::plugin, press::plugin, gesture::plugin, idle::plugin, scanner::plugin));
}
