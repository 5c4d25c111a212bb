//! Tokens, type, colour, words: what every page is drawn with. Values live in `assets/theme/` and `assets/locale/`.
//!
//! [`Kit`] is all of it for the present visitor and display. It changes as a whole (language, text size, theme, display,
//! exhibition), and every page is built again from it.

mod fonts;
mod kit;
mod motion;
mod setting;
mod surface;
mod tokens;
mod words;

use bevy::prelude::*;

pub use fonts::{Face, Fonts};
pub use kit::{Kit, KitContents, ThemeOverride};
pub use motion::{Easing, Motion, ease};
pub use setting::set_text;
pub use surface::{Class, FINGER_MM, Surface};
pub use tokens::{Elevation, OverPalette, OverTokens, Palette, Role, Style, Tokens, TypeSpec};
pub use words::Words;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ThemeOverride>()
        .init_resource::<Motion>()
        .add_plugins((fonts::plugin, kit::plugin));
}
