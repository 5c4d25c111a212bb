#![doc = include_str!("../README.md")]

pub mod film;
pub mod sound;
