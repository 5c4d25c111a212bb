//! One module per kind of scene: document → state → entities, its systems, its tests.

pub mod attract;
pub mod check_in;
pub mod home;
pub mod quiz;

mod fitting;

use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins((attract::plugin, home::plugin, quiz::plugin, check_in::plugin));
}
