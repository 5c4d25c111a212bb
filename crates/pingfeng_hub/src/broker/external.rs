//! An external MQTT 5 broker: the hub is one client among others, with a certificate of its own authority. What
//! devices may do is configured at that broker; `docs/hub/operations.md` says how and a test keeps it true.

use std::{
    collections::HashMap,
    sync::Weak,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use openssl::{pkcs12::Pkcs12, pkey::PKey, x509::X509};
use pingfeng_wire::{
    Presence,
    limits::{KEEP_ALIVE_S, PACKET_BYTES_MAX},
    topic::{self, DeviceTopic},
};
use rumqttc::{
    TlsConfiguration, Transport,
    v5::{
        AsyncClient, ConnectionError, Event, MqttOptions, StateError,
        mqttbytes::{
            QoS,
            v5::{ConnectReturnCode, DisconnectReasonCode, Packet, PublishProperties, SubscribeReasonCode},
        },
    },
};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{Broker, BrokerError, Down, Inbox};
use crate::{limits, rate::backoff};

/// Client id of the hub at an external broker.
pub const CLIENT_ID: &str = "pingfeng-hub";

/// Where the broker is and how the hub proves itself.
pub struct Address {
    /// Host as its certificate has it.
    pub host: String,
    /// Port, TLS.
    pub port: u16,
    /// PEM of the authority that signed the broker's certificate.
    pub authority_pem: String,
    /// The hub's client certificate, PEM.
    pub certificate_pem: String,
    /// Its key, PEM.
    pub key_pem: String,
}

/// The client of an external broker.
pub struct ExternalBroker {
    client: AsyncClient,
    stop: CancellationToken,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl ExternalBroker {
    /// Starts connecting; keeps trying for as long as the hub runs.
    pub fn start(address: &Address, inbox: Weak<dyn Inbox>) -> Result<Self, BrokerError> {
        let mut options = MqttOptions::new(CLIENT_ID, &address.host, address.port);
        let identity = pkcs12(address).map_err(|error| BrokerError(error.to_string()))?;
        options
            .set_transport(Transport::Tls(TlsConfiguration::SimpleNative {
                ca: address.authority_pem.clone().into_bytes(),
                client_auth: Some((identity, String::new())),
            }))
            .set_keep_alive(Duration::from_secs(KEEP_ALIVE_S))
            .set_clean_start(true)
            .set_max_packet_size(Some(u32::try_from(PACKET_BYTES_MAX).unwrap_or(u32::MAX)));
        let (client, eventloop) = AsyncClient::new(options, limits::DOWN_QUEUE_MAX);
        let stop = CancellationToken::new();
        let task = tokio::spawn(poll(eventloop, client.clone(), inbox, stop.clone()));
        Ok(Self { client, stop, task: tokio::sync::Mutex::new(Some(task)) })
    }
}

#[async_trait]
impl Broker for ExternalBroker {
    async fn publish(&self, message: Down) -> Result<(), BrokerError> {
        let qos = if message.assured { QoS::AtLeastOnce } else { QoS::AtMostOnce };
        let properties = PublishProperties { message_expiry_interval: message.expires_s, ..Default::default() };
        // While the broker is away the queue fills; then the message is lost and stated again at the next connection.
        self.client
            .try_publish_with_properties(message.topic, qos, message.retained, message.payload, properties)
            .map_err(|error| BrokerError(error.to_string()))
    }

    async fn disconnect(&self, device: &str) {
        tracing::warn!(device.id = %device, "an external broker keeps this connection until its own list is updated");
    }

    async fn stop(&self) {
        self.stop.cancel();
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

async fn poll(
    mut eventloop: rumqttc::v5::EventLoop,
    client: AsyncClient,
    inbox: Weak<dyn Inbox>,
    stop: CancellationToken,
) {
    let mut failures = 0;
    let mut name = Name::new();
    let mut devices = HashMap::<String, mpsc::Sender<(DeviceTopic, Bytes)>>::new();
    loop {
        let event = tokio::select! {
            () = stop.cancelled() => return,
            event = eventloop.poll() => event,
        };
        match event {
            Ok(Event::Incoming(Packet::ConnAck(ack))) if ack.code == ConnectReturnCode::Success => {
                tracing::info!("connected to the external broker");
                failures = 0;
                // From another task: subscribing from the one that polls can wait for itself.
                let (client, hub) = (client.clone(), name.own.clone());
                tokio::spawn(async move {
                    for up in DeviceTopic::UP {
                        let filter = topic::device("+", up);
                        if let Err(error) = client.subscribe(filter, QoS::AtLeastOnce).await {
                            tracing::error!(%error, "cannot subscribe at the external broker");
                        }
                    }
                    // First who was there, then that we are.
                    let asked = client.subscribe(topic::HUB, QoS::AtLeastOnce).await;
                    if asked.and(client.publish(topic::HUB, QoS::AtLeastOnce, true, hub).await).is_err() {
                        tracing::error!("the hub cannot say at the external broker that it is there");
                    }
                });
            }
            Ok(Event::Incoming(Packet::SubAck(ack))) => {
                if ack.return_codes.iter().any(|code| !matches!(code, SubscribeReasonCode::Success(_))) {
                    tracing::error!("the external broker refuses the hub's subscriptions: check its access list");
                }
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                let Ok(from) = std::str::from_utf8(&publish.topic) else { continue };
                if from == topic::HUB {
                    if name.is_rival(&publish.payload) {
                        told_of(&inbox).await;
                    }
                    continue;
                }
                let Some(up) = topic::parse_up(from) else { continue };
                let message = (up.topic, publish.payload.clone());
                if !devices.contains_key(up.device) {
                    // The access list lets through what looks like a device; beyond the limit nobody new is heard.
                    if devices.len() >= limits::CONNECTIONS_MAX {
                        tracing::warn!(limit = limits::CONNECTIONS_MAX, "too many devices at the external broker");
                        continue;
                    }
                    let (sender, receiver) = mpsc::channel(limits::UP_QUEUE_MAX);
                    devices.insert(up.device.to_owned(), sender);
                    tokio::spawn(hear(up.device.to_owned(), receiver, inbox.clone()));
                }
                // Full: dropped. The device keeps records until they are acknowledged and asks again for chunks.
                if let Some(sender) = devices.get(up.device)
                    && sender.try_send(message).is_err()
                {
                    tracing::warn!(device.id = %up.device, "a device says more than the hub can take");
                }
            }
            Ok(_) => {}
            Err(error) => {
                failures += 1;
                if is_taken_over(&error) {
                    name.contested = true;
                    told_of(&inbox).await;
                }
                // A broker lets one client of a name in and throws the other out. Were both to come back at once, they
                // would throw each other out for ever and devices would hear halves of both.
                let wait = if std::mem::take(&mut name.contested) {
                    limits::RIVAL_WAIT
                } else {
                    tracing::warn!(%error, "no connection to the external broker");
                    backoff(failures)
                };
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(wait) => {}
                }
            }
        }
    }
}

/// Whose broker it is: each hub says once it is connected that it is there, and the broker keeps the last one's word.
/// Brokers also have a code for a client that another one of the same name throws out, but not every client library
/// reads it.
struct Name {
    /// Another one with each start of the hub.
    own: String,
    /// Our own word has come back: what comes now is newer.
    heard: bool,
    /// Somebody else has said the same since.
    contested: bool,
}

impl Name {
    fn new() -> Self {
        Self { own: format!("{:032x}", rand::random::<u128>()), heard: false, contested: false }
    }

    /// True for the word of another hub that came after ours. What the broker has kept of a hub that was stopped, such
    /// as this one before its last start, is older than that.
    fn is_rival(&mut self, said: &[u8]) -> bool {
        let own = said == self.own.as_bytes();
        let rival = self.heard && !own;
        self.heard |= own;
        self.contested |= rival;
        rival
    }
}

async fn told_of(inbox: &Weak<dyn Inbox>) {
    tracing::error!("another hub uses this broker: stop one of the two");
    if let Some(inbox) = inbox.upgrade() {
        inbox.rival().await;
    }
}

fn is_taken_over(error: &ConnectionError) -> bool {
    let taken_over = DisconnectReasonCode::SessionTakenOver;
    matches!(error, ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) if *reason_code == taken_over)
}

/// Takes what one device says, in order.
async fn hear(device: String, mut messages: mpsc::Receiver<(DeviceTopic, Bytes)>, inbox: Weak<dyn Inbox>) {
    while let Some((topic, payload)) = messages.recv().await {
        let Some(inbox) = inbox.upgrade() else { return };
        // An external broker tells nobody who connects; the device's own retained message and its will do.
        if topic == DeviceTopic::Presence
            && let Ok(presence) = serde_json::from_slice::<Presence>(&payload)
        {
            inbox.presence(&device, presence.online).await;
        }
        inbox.message(&device, topic, payload).await;
    }
}

fn pkcs12(address: &Address) -> Result<Vec<u8>, openssl::error::ErrorStack> {
    let certificate = X509::from_pem(address.certificate_pem.as_bytes())?;
    let key = PKey::private_key_from_pem(address.key_pem.as_bytes())?;
    Pkcs12::builder().name(CLIENT_ID).pkey(&key).cert(&certificate).build2("")?.to_der()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_that_speaks_after_us_is_another_one_and_whoever_spoke_before_has_gone() {
        let mut name = Name::new();
        let own = name.own.clone();
        assert!(!name.is_rival(b"before the last start"));
        assert!(!name.is_rival(own.as_bytes()));
        // After a connection that was lost, nobody else having come.
        assert!(!name.is_rival(own.as_bytes()));
        assert!(!name.contested);
        assert!(name.is_rival(b"a copy"));
        assert!(name.contested);
        assert_ne!(Name::new().own, own);
    }
}
