//! What tests of several crates need: clocks in the test's hand, a bad network, a device without a screen, and the
//! comparison of pictures. For tests only: nothing here is part of the product.

mod clock;
mod device;
mod images;
mod proxy;
mod release;

pub use self::{
    clock::{ManualClock, ShiftedClock},
    device::{ClockAndDebug, PATIENCE, TestDevice},
    images::{Difference, Tolerance, compare},
    proxy::{ChaosProxy, Weather},
    release::TestRelease,
};
