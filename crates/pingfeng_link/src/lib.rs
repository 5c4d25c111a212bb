#![doc = include_str!("../README.md")]

mod api;
mod backoff;
mod clock;
mod disk_worker;
mod driver;
pub mod enrol;
mod identity;
mod machine;
mod mqtt;
pub mod neighbour;
pub mod outbox;
mod renew;
pub mod stick;
mod transfer;
mod watch;

pub use self::{
    api::{
        COMMANDS_MAX, CONFIRM_WITHIN_MS, EVENTS_HELD_MAX, EVENTS_MAX, Glass, Ignored, Import, LinkCommand,
        LinkConfig, LinkEvent,
    },
    clock::{Clock, Now, SystemClock},
    driver::{ACKNOWLEDGED_TARGET, Link, LinkHandle, SendError, StartError},
    identity::{Identity, IdentityError},
    outbox::Outbox,
};
