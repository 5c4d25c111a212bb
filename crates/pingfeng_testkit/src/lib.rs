#![doc = include_str!("../README.md")]

mod clock;
mod device;
mod hall;
mod images;
mod proxy;
mod release;

pub use self::{
    clock::{ManualClock, ShiftedClock},
    device::{ClockAndDebug, PATIENCE, TestDevice},
    hall::TestHall,
    images::{Difference, Tolerance, compare},
    proxy::{ChaosProxy, Passed, Weather},
    release::TestRelease,
};
