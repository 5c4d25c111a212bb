//! Documents of an exhibition and their rules.
//!
//! An exhibition is a folder of YAML documents, each with a `kind:`. [`model`] holds the types, one document kind a
//! file; [`compile()`] reads them all and applies the rules. This crate knows no clock, disk or network, accepts any
//! bytes without a panic, and gives every finding a file, a line, a column and a hint. Reading folders, decoding
//! pictures and building releases are the business of `pingfeng_release`.
//!
//! The way of a document: bytes → a tree with positions → checked against the schema of its kind, with a stand-in put
//! wherever something is missing, so that one mistake does not hide the next → the typed document → rules that look
//! at all documents together.

pub mod captions;
mod check;
mod compile;
mod finding;
mod kinds;
pub mod limits;
pub mod model;
mod schema;
mod shape;
mod yaml;

pub use compile::{Compilation, compile};
pub use finding::{Finding, Findings, Mark, Severity};
pub use model::*;
pub use schema::{KINDS, schema};
