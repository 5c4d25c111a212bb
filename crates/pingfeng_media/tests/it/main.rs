//! The media crate against real films, made on the spot.

mod broken;
mod make;
mod playing;
mod scripted;
mod watch;
