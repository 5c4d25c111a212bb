//! What devices say: read, bounded, handed to the service it concerns. Whatever cannot be read is counted in the log
//! and dropped; a device that is a version ahead must not stop the others.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use pingfeng_wire::{Receipt, Records, Renewal, Report, Want, topic::DeviceTopic};
use serde::de::DeserializeOwned;

use crate::{Hub, broker::Inbox, error::ApiResult};

#[async_trait]
impl Inbox for Listener {
    async fn presence(&self, device: &str, online: bool) {
        log(device, "presence", self.0.take_presence(device, online).await);
    }

    async fn rival(&self) {
        self.0.note_rival().await;
    }

    async fn message(&self, device: &str, topic: DeviceTopic, payload: Bytes) {
        let hub = &self.0;
        match topic {
            DeviceTopic::Rec => {
                if let Some(records) = read::<Records>(device, topic, &payload) {
                    log(device, "records", hub.take_records(device, records).await);
                }
            }
            DeviceTopic::Want => {
                if let Some(want) = read::<Want>(device, topic, &payload) {
                    if let Some(knows) = want.trust {
                        log(device, "trust", hub.send_trust(device, knows).await);
                    }
                    hub.take_want(device, &want);
                }
            }
            DeviceTopic::Report => {
                if let Some(report) = read::<Report>(device, topic, &payload) {
                    log(device, "report", hub.take_report(device, report).await);
                }
            }
            DeviceTopic::Receipt => {
                if let Some(receipt) = read::<Receipt>(device, topic, &payload) {
                    log(device, "receipt", hub.take_receipt(device, receipt).await);
                }
            }
            DeviceTopic::Renew => {
                if let Some(renewal) = read::<Renewal>(device, topic, &payload) {
                    log(device, "renewal", hub.take_renewal(device, &renewal).await);
                }
            }
            // The broker's own word counts; the message is for whoever else listens to an external broker.
            DeviceTopic::Presence
            | DeviceTopic::Target
            | DeviceTopic::Cmd
            | DeviceTopic::Chunk
            | DeviceTopic::Ack
            | DeviceTopic::Trust
            | DeviceTopic::Renewed => {}
        }
    }
}

/// The hub as the broker sees it.
pub(crate) struct Listener(pub(crate) Arc<Hub>);

fn read<T: DeserializeOwned>(device: &str, topic: DeviceTopic, payload: &[u8]) -> Option<T> {
    match serde_json::from_slice(payload) {
        Ok(read) => Some(read),
        Err(error) => {
            // Where it stopped, not what it says: payloads may carry what a visitor typed.
            let (line, column) = (error.line(), error.column());
            tracing::warn!(device.id = %device, topic = topic.name(), line, column, "unreadable message dropped");
            None
        }
    }
}

/// The cause was logged where it happened; here is only whose message it was.
fn log(device: &str, what: &str, result: ApiResult<()>) {
    if let Err(error) = result {
        tracing::warn!(device.id = %device, what, code = error.detail().code, "message not taken");
    }
}
