//! Folders, zips and pictures as they come from editors and from attackers, through the public interface.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod attacks;
mod builds;
mod corpus;
mod folders;
mod packs;
mod pictures;
mod sample;
mod zips;
