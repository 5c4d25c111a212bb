//! An exhibition becomes entities: where it comes from, what is on the glass, and how one page follows another.

mod folder;
mod navigation;
mod page;
mod pictures;
mod rights;
mod source;

use bevy::prelude::*;

pub use folder::{FolderComing, FolderOpened};
pub use navigation::{ExhibitionReplaced, FirstScene, Go, InputGate, OnTap, Restart, ShowScene, Stage};
pub use page::{Layer, Opening, Page, SceneKind, SceneKinds, UiRoot};
pub use pictures::{OpenPicture, PictureDamaged, Pictures};
pub(crate) use pictures::image_from_bytes;
pub use source::{Exhibition, ExhibitionContents, OpenError};

pub(super) fn plugin(app: &mut App) {
    app.add_message::<FolderOpened>().add_plugins((pictures::plugin, page::plugin, navigation::plugin, rights::plugin));
}
