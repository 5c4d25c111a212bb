//! One module per kind of scene: document → state → entities, its systems, its tests.

pub mod attract;
pub mod home;

use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins((attract::plugin, home::plugin));
}
