//! Documents of an exhibition and their rules.
//!
//! An exhibition is a folder of YAML documents, each with a `kind:`. [`model`] holds the types, one document kind a
//! file; `check` holds the rules. This crate knows no clock, disk or network, accepts any bytes without a panic, and
//! gives every finding a file, a line, a column and a hint. Reading folders, decoding pictures and building releases
//! are the business of `pingfeng_release`.

pub mod limits;
pub mod model;

pub use model::*;
