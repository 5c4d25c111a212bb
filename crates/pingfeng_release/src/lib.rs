//! Blobs, manifests and the device store: an exhibition folder becomes an immutable release; a release becomes what is
//! on the glass, or the one before it stays.
//!
//! - `folder` reads an exhibition folder or zip, with limits, and refuses paths that leave it.
//! - `prepare` turns pictures into textures: the only place that decodes what an editor uploaded.
//! - `build` makes the manifest and its blobs. Building the same folder twice gives the same bytes.
//! - `chunk` cuts files where their content says so, and names what is in a file by a tree.
//! - `pack` is a release as one file, and tells what somebody who has an older one lacks of it.
//! - `parcel` is some pieces on their way; `run` names a stretch of a file in few bytes.
//! - `store` is the device's disk: incoming, staged, active, previous.
//! - `trust` says who may speak through a screen, and is how a device finds out by itself.

pub mod build;
pub mod chunk;
pub mod folder;
pub mod manifest;
pub mod pack;
pub mod parcel;
pub mod prepare;
pub mod probe;
pub mod run;
mod sink;
pub mod store;
pub mod trust;

pub use build::{BuildError, BuildStep, Built, Stamp, build, open_folder_for_screen};
pub use folder::{ExhibitionFolder, FolderError, unpack_zip};
pub use manifest::*;
pub use prepare::Cache;
pub use sink::{BlobSink, DirSink};
