//! Small messages between parts: sounds to play, and what happened, for the record of a visit.

use bevy::prelude::*;

/// A sound of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UiSound {
    /// A finger touches something that answers.
    Touch,
    /// A page turns.
    Turn,
    /// Something is kept, or right.
    Confirm,
    /// Checked in.
    CheckedIn,
}

/// Asks the sound desk to play.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaySound(pub UiSound);

/// Something happened that a visitor case can expect, as one line: `scene home`, `quiz answer luding right`.
/// Never holds what a visitor typed.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct Happened(pub String);

/// Messages in the order they were written.
pub(super) fn plugin(app: &mut App) {
    app.add_message::<PlaySound>().add_message::<Happened>();
}
