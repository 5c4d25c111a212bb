//! Who carries messages between hub and devices: a small trait, the embedded broker, and an external one by address.
//!
//! Nothing of the hub depends on a broker keeping anything: targets are stated again on every connection, records are
//! kept by the device until the hub has acknowledged them, chunks are asked for again.

pub mod embedded;
pub mod external;
mod front;
pub mod permission;

use async_trait::async_trait;
use bytes::Bytes;
use pingfeng_wire::topic::DeviceTopic;

/// A message to a device or to the devices of a site.
#[derive(Clone, Debug)]
pub struct Down {
    /// Topic, made by `pingfeng_wire::topic`.
    pub topic: String,
    /// Payload.
    pub payload: Bytes,
    /// Kept by the broker for those who subscribe later.
    pub retained: bool,
    /// Delivered at least once to those connected, and kept for those with a session.
    pub assured: bool,
    /// Seconds after which it is not worth delivering.
    pub expires_s: Option<u32>,
}

/// The message could not be handed to the broker. What it said is stated again at the next connection, or asked for
/// again by the device: the caller logs and goes on.
#[derive(Debug, thiserror::Error)]
#[error("the broker took no message: {0}")]
pub struct BrokerError(pub String);

/// Carries messages.
#[async_trait]
pub trait Broker: Send + Sync {
    /// Hands a message over. Returns when it is queued for delivery.
    async fn publish(&self, message: Down) -> Result<(), BrokerError>;

    /// Ends the connections of a device whose certificate is no longer good.
    async fn disconnect(&self, device: &str);

    /// Ends every connection and stops.
    async fn stop(&self);
}

/// Takes what devices say. Called for one device in order; calls for different devices overlap.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// A device connected or its connection ended.
    async fn presence(&self, device: &str, online: bool);

    /// A device published on one of its up-topics.
    async fn message(&self, device: &str, topic: DeviceTopic, payload: Bytes);

    /// Somebody else has connected under the hub's own name: two hubs use one broker.
    async fn rival(&self);
}
