//! The screen.
//!
//! A map of the plugins, in the order in which they are added, and of the order in which a frame runs. `src/README.md`
//! says how to add a scene.
//!
//! | plugin | what it does |
//! |---|---|
//! | [`cue`] | small messages: sounds to play, what happened |
//! | [`record`] | what must reach the hub, and the word that it is on the disk |
//! | [`theme`] | tokens, fonts, words; the [`Kit`](theme::Kit) that pages are drawn with |
//! | [`blocks`] | what pages are made of |
//! | [`input`] | pointers, presses, gestures, waiting |
//! | [`visit`] | what the present visitor has chosen |
//! | [`stage`] | the exhibition, its pictures, from page to page |
//! | [`record`] | what must reach the hub, on its way to the disk |
//! | [`phase`] | Boot → Loading → Attract ⇄ Visit, Fault |
//! | [`scenes`] | one module per kind of scene |
//! | [`over`] | what lies over every page: the dark page, notices, a stick being read, the mark of a screen that nobody signs for |
//! | [`sound`] | answers to touches, where there is a window and a loudspeaker |
//! | [`capture`] | frames as images |
//! | [`damage`] | a still screen draws nothing |
//! | [`bridge`] | between the screen and its link; only where there is one |

pub mod blocks;
pub mod bridge;
pub mod capture;
pub mod config;
pub mod cue;
pub mod damage;
pub mod doctor;
pub mod enrolment;
pub mod input;
pub mod over;
pub mod phase;
pub mod record;
pub mod scenes;
pub mod sound;
pub mod stage;
pub mod theme;
pub mod visit;

mod app;

use bevy::prelude::*;

pub use app::{Offscreen, ScreenOptions, offscreen_app, window_app};

/// The order of a frame. `PreUpdate` reads the fingers, `Update` decides and builds, `PostUpdate` lays out.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub enum ScreenSystems {
    /// The display and the visitor's choices become a [`Kit`](theme::Kit).
    Kit,
    /// Touches become pointers.
    Pointer,
    /// Pointers become pans and pinches, which cancel presses.
    Gesture,
    /// Pointers become presses and taps.
    Press,
    /// Scenes decide what a tap means.
    Decide,
    /// The stage decides which page comes next.
    Navigate,
    /// Phases change.
    Phase,
    /// Scenes whose state changed are built again.
    Build,
    /// Pages are exchanged.
    Exchange,
    /// What is no longer needed is let go.
    Tidy,
}

/// Everything but the window: the parts that `run`, `render` and the tests share.
pub(crate) fn screen_plugin(app: &mut App) {
    app.configure_sets(
        PreUpdate,
        (ScreenSystems::Pointer, ScreenSystems::Gesture, ScreenSystems::Press, ScreenSystems::Kit)
            .chain()
            .after(bevy::input::InputSystems),
    )
    .configure_sets(
        Update,
        (
            ScreenSystems::Decide,
            ScreenSystems::Navigate,
            ScreenSystems::Phase,
            ScreenSystems::Build,
            ScreenSystems::Exchange,
        )
            .chain(),
    )
    .add_plugins((
        cue::plugin,
        record::plugin,
        damage::plugin,
        visit::plugin,
        stage::plugin,
        theme::plugin,
        blocks::plugin,
        input::plugin,
        phase::plugin,
        scenes::plugin,
        over::plugin,
        capture::plugin,
    ));
}
