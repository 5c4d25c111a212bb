//! A film: its poster until the first frame is there, then the film, with chapters, captions and a slider.
//!
//! The player is a component of the page, so that it goes when the page goes. The page draws nothing between two frames of
//! the film, and at its end the last frame stays.

mod page;
mod planes;
mod player;

use std::{fmt, sync::Arc};

use bevy::prelude::*;
use pingfeng_media::film::{FilmBackend, Pace, gst::GstFilms};

pub use page::FilmPage;
pub(crate) use planes::FilmMaterial;

use crate::{ScreenSystems, stage::SceneKinds};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<FilmPage>(app);
    app.add_plugins(planes::plugin).init_resource::<Films>().add_systems(
        Update,
        (
            (player::open_films, player::obey, player::scrub, player::follow_films)
                .chain()
                .in_set(ScreenSystems::Decide),
            // After the page was built again, so that what moves is never a frame behind.
            page::move_in_place.after(ScreenSystems::Build),
        ),
    );
}

/// Who opens films, and who moves their time.
#[derive(Resource, Clone)]
pub struct Films {
    backend: Arc<dyn FilmBackend>,
    pace: Pace,
}

impl Films {
    /// Films from `backend` by their own clock.
    pub fn playing(backend: impl FilmBackend + 'static) -> Self {
        Self { backend: Arc::new(backend), pace: Pace::Clock }
    }

    /// Films from `backend` by the time of the screen, which waits for each frame: for pictures and tests.
    pub fn stepped(backend: impl FilmBackend + 'static) -> Self {
        Self { backend: Arc::new(backend), pace: Pace::Stepped }
    }
}

impl Default for Films {
    fn default() -> Self {
        Self::playing(GstFilms)
    }
}

impl fmt::Debug for Films {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Films").field("backend", &self.backend).field("pace", &self.pace).finish()
    }
}

#[cfg(test)]
mod tests;
