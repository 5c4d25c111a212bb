//! What travels between a device and the hub: topics, payloads, REST bodies, limits.
//!
//! Two families of down-topics: **state** (`target`: retained, with a revision that only rises, idempotent) and
//! **orders** (`cmd`: QoS 1, message expiry, order id, receipt). Payloads are JSON with `v`; chunk payloads are raw
//! bytes. Ids in topics are ASCII; names travel in payloads. This crate only names things: connecting is the business
//! of `pingfeng_link` and `pingfeng_hub`.

pub mod docs;
pub mod enrol;
pub mod limits;
pub mod payload;
pub mod topic;

pub use payload::*;

/// Version of every payload in this crate.
pub const VERSION: u32 = 1;
