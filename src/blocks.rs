//! What pages are made of.
//!
//! A block is a function: it spawns its entities below `ui` and returns the outermost one, so that the caller can add its
//! own components (`.insert(…)`), such as the marker that its systems look for. All sizes are logical pixels.

mod bar;
mod button;
mod card;
mod dialog;
mod fit;
pub(crate) mod fitting;
mod icon;
mod layout;
mod lettering;
mod line;
mod picture;
mod plate;
mod sheet;
mod slider;
mod text;
mod tile;
mod zoom;

use bevy::prelude::*;

pub use bar::{Bar, BarKeys};
pub(crate) use bar::fill_bar;
pub use button::{Button, Kind, PressLook, button, label_size, round_key};
pub use card::{Card, CardPlace, card};
pub use dialog::{DialogAction, dialog};
pub use fit::text_height;
pub(crate) use fit::text_height_at;
pub use icon::{Edge, Icon, cut_sheet, icon};
pub use tile::tiles;
pub use layout::{absolute, at, column, fill, row};
pub use lettering::{chapter_line, chapter_plate, dashes, seal, stacked};
pub use line::line;
pub use picture::{CoverCrop, Mount, Side, mist, picture, picture_layers};
pub(crate) use plate::{SIDES, plate_at, tip, tip_at};
pub use sheet::{elevation, sheet};
pub use slider::{Slider, slider};
pub(crate) use text::{source_line_at, source_px};
pub use text::{centred, label, paragraph, source_line, text, text_sized};
pub use zoom::Zoom;

/// Where blocks spawn their entities.
pub type Ui<'w> = ChildSpawnerCommands<'w>;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins((icon::plugin, picture::plugin, button::plugin, bar::plugin));
}
