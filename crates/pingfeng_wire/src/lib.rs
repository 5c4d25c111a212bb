#![doc = include_str!("../README.md")]

pub mod docs;
pub mod enrol;
pub mod limits;
pub mod payload;
pub mod topic;

pub use payload::*;

/// Version of every payload in this crate.
pub const VERSION: u32 = 1;
