//! Under `/api/v1`.

mod accounts;
mod content;
mod devices;
mod enrol;
mod fleet;
mod hub;
mod rollouts;
mod trust;
mod visitors;
