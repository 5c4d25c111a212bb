//! A real hub, a real link and a real store, with a bad network between them.

mod delivery;
mod enrolment;
mod faults;
mod hub;
mod killed;
mod records;
mod renewal;
mod stick;
mod stolen_hub;
mod ways;
