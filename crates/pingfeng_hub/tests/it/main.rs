//! The hub through HTTP and MQTT, with real clients. Folders mirror the addresses. With `PINGFENG_TEST_POSTGRES` set to
//! the URL of a server, the same tests run on PostgreSQL, each in a database of its own.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails should say where")]

mod api;
mod broker;
mod harness;
mod lifecycle;
