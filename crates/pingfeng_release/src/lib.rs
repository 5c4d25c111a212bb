//! Blobs, manifests and the device store: an exhibition folder becomes an immutable release; a release becomes what is
//! on the glass, or the one before it stays.
//!
//! - `folder` reads an exhibition folder or zip, with limits, and refuses paths that leave it.
//! - `prepare` turns pictures into textures: the only place that decodes what an editor uploaded.
//! - `build` makes the manifest and its blobs. Building the same folder twice gives the same bytes.
//! - `store` is the device's disk: incoming, staged, active, previous.
//!
//! Signatures, chunked deltas and USB import belong to a later format; they are deliberately absent.

pub mod build;
pub mod folder;
pub mod manifest;
pub mod prepare;
pub mod probe;
mod sink;
pub mod store;

pub use build::{BuildError, BuildStep, Built, Stamp, build, open_folder_for_screen};
pub use folder::{ExhibitionFolder, FolderError, unpack_zip};
pub use manifest::*;
pub use prepare::Cache;
pub use sink::{BlobSink, DirSink};
