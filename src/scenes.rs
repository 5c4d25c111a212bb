//! One module per kind of scene: document → state → entities, its systems, its tests.

pub mod attract;
pub mod chart;
pub mod check_in;
pub mod compare;
pub mod film;
pub mod gallery;
pub mod home;
pub mod hotspots;
pub mod oath;
pub mod quiz;
pub mod route;
pub mod scenario;
pub mod story;
pub mod timeline;

mod fallback;

use bevy::prelude::*;

pub(crate) use film::FilmMaterial;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins((
        fallback::plugin,
        attract::plugin,
        home::plugin,
        story::plugin,
        timeline::plugin,
        gallery::plugin,
        compare::plugin,
        chart::plugin,
        hotspots::plugin,
        film::plugin,
        route::plugin,
        scenario::plugin,
        oath::plugin,
        quiz::plugin,
        check_in::plugin,
    ));
}
