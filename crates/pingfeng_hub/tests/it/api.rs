//! Under `/api/v1`.

mod accounts;
mod content;
mod devices;
mod enrol;
mod hub;
mod visitors;
