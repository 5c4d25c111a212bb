//! The MQTT client: the only file that names rumqttc. One client per connection; a lost one is thrown away with
//! everything it held, so that nothing old is replayed.

use std::time::Duration;

use bytes::Bytes;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::x509::{X509, X509Ref};
use pingfeng_wire::topic::{self, DeviceTopic};
use pingfeng_wire::{Presence, VERSION, limits};
use rumqttc::tokio_native_tls::native_tls::{Certificate, Identity as TlsIdentity, Protocol, TlsConnector};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, LastWill, Packet};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use tokio::sync::mpsc;

use crate::identity::Identity;
use crate::machine::{Publish, Validity};

/// Seconds that the broker keeps what is addressed to a device that is away: check-ins for the welcome strip.
const SESSION_EXPIRY_S: u32 = 3600;
/// Seconds until a connection attempt is given up.
const CONNECT_TIMEOUT_S: u64 = 10;
/// Messages on their way to the socket.
const OUTGOING_MAX: usize = 256;
/// Messages that arrived and were not looked at yet. The socket waits beyond it.
const INCOMING_MAX: usize = 64;

/// What a connection says.
#[derive(Debug)]
pub(crate) enum FromBroker {
    Connected,
    Message {
        topic: Bytes,
        payload: Bytes,
    },
    /// The end: nothing follows.
    Lost {
        why: String,
    },
}

/// A request for the broker.
#[derive(Debug)]
pub(crate) enum ToBroker {
    Subscribe(Vec<String>),
    Unsubscribe(String),
    Publish(Publish),
    Disconnect,
}

/// One connection, being made or standing. Dropping it ends it without a goodbye: the broker sends the will.
#[derive(Debug)]
pub(crate) struct Connection {
    outgoing: mpsc::Sender<ToBroker>,
    pub(crate) incoming: mpsc::Receiver<FromBroker>,
    tasks: [tokio::task::JoinHandle<()>; 2],
}

impl Connection {
    /// Starts to connect; what comes of it is said through `incoming`. `wall_ms`: to tell an expired certificate from
    /// a wrong clock.
    pub(crate) fn start(identity: &Identity, wall_ms: u64) -> Result<Self, String> {
        let mut options = MqttOptions::new(&identity.device, &identity.broker_host, identity.broker_port);
        let presence =
            serde_json::to_vec(&Presence { v: VERSION, online: false }).map_err(|error| error.to_string())?;
        let will = LastWill::new(
            topic::device(&identity.device, DeviceTopic::Presence),
            presence,
            QoS::AtLeastOnce,
            true,
            None,
        );
        options
            .set_last_will(will)
            .set_transport(Transport::Tls(TlsConfiguration::NativeConnector(connector(identity)?)))
            .set_keep_alive(Duration::from_secs(limits::KEEP_ALIVE_S))
            .set_connection_timeout(CONNECT_TIMEOUT_S)
            .set_clean_start(false)
            .set_session_expiry_interval(Some(SESSION_EXPIRY_S))
            .set_max_packet_size(u32::try_from(limits::PACKET_BYTES_MAX).ok())
            .set_receive_maximum(u16::try_from(INCOMING_MAX).ok());
        let (client, event_loop) = AsyncClient::new(options, OUTGOING_MAX);
        let (outgoing, requests) = mpsc::channel(OUTGOING_MAX);
        let (events, incoming) = mpsc::channel(INCOMING_MAX);
        let dates = dates_of(identity, wall_ms);
        // Publishing and polling are two tasks: one that did both could wait for itself.
        let tasks = [tokio::spawn(publish(client, requests)), tokio::spawn(poll(event_loop, events, dates))];
        Ok(Self { outgoing, incoming, tasks })
    }

    /// False when too much is on its way already.
    pub(crate) fn send(&self, request: ToBroker) -> bool {
        self.outgoing.try_send(request).is_ok()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn publish(client: AsyncClient, mut requests: mpsc::Receiver<ToBroker>) {
    while let Some(request) = requests.recv().await {
        let sent = match request {
            ToBroker::Subscribe(topics) => {
                client.subscribe_many(topics.into_iter().map(|topic| Filter::new(topic, QoS::AtLeastOnce))).await
            }
            ToBroker::Unsubscribe(topic) => client.unsubscribe(topic).await,
            ToBroker::Publish(Publish { topic, payload, acknowledged, retain }) => {
                let quality = if acknowledged { QoS::AtLeastOnce } else { QoS::AtMostOnce };
                client.publish(topic, quality, retain, payload).await
            }
            ToBroker::Disconnect => client.disconnect().await,
        };
        if sent.is_err() {
            // The polling task has ended and has said why.
            break;
        }
    }
    // The polling task may still be writing: it ends when this client is dropped with the connection.
    std::future::pending::<()>().await;
}

async fn poll(mut event_loop: EventLoop, events: mpsc::Sender<FromBroker>, dates: Option<String>) {
    loop {
        let event = match event_loop.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => FromBroker::Connected,
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                FromBroker::Message { topic: publish.topic, payload: publish.payload }
            }
            Ok(Event::Incoming(Packet::Disconnect(disconnect))) => {
                FromBroker::Lost { why: format!("the broker ended it: {:?}", disconnect.reason_code) }
            }
            Ok(_) => continue,
            Err(error) => {
                // A certificate that is out of date explains a failed handshake better than the handshake does.
                FromBroker::Lost { why: dates.clone().unwrap_or_else(|| error.to_string()) }
            }
        };
        let lost = matches!(event, FromBroker::Lost { .. });
        if events.send(event).await.is_err() || lost {
            break;
        }
    }
}

fn connector(identity: &Identity) -> Result<TlsConnector, String> {
    let explain = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}; enrol this device again");
    let client = TlsIdentity::from_pkcs8(identity.certificate_pem.as_bytes(), identity.key_pem.as_bytes())
        .map_err(|error| explain("the device's certificate or key", &error))?;
    let authority = Certificate::from_pem(identity.authority_pem.as_bytes())
        .map_err(|error| explain("the hub's authority", &error))?;
    TlsConnector::builder()
        .identity(client)
        .add_root_certificate(authority)
        // The hub's own authority and no other: a certificate of a public one proves nothing here.
        .disable_built_in_roots(true)
        .min_protocol_version(Some(Protocol::Tlsv12))
        .build()
        .map_err(|error| explain("TLS", &error))
}

/// The first and last moment of a device's certificate.
pub(crate) fn validity_of(identity: &Identity) -> Option<Validity> {
    let certificate = X509::from_pem(identity.certificate_pem.as_bytes()).ok()?;
    let ms = |at: &Asn1TimeRef| {
        let since = Asn1Time::from_unix(0).ok()?.diff(at).ok()?;
        u64::try_from((i64::from(since.days) * 86_400 + i64::from(since.secs)) * 1000).ok()
    };
    Some(Validity { from_ms: ms(certificate.not_before())?, until_ms: ms(certificate.not_after())? })
}

/// The last moment of a device's certificate.
pub(crate) fn valid_until_ms(identity: &Identity) -> Option<u64> {
    validity_of(identity).map(|validity| validity.until_ms)
}

/// Why the dates of the certificates forbid a connection now; `None`: they do not.
pub(crate) fn dates_of(identity: &Identity, wall_ms: u64) -> Option<String> {
    [("this device's certificate", &identity.certificate_pem), ("the hub's authority", &identity.authority_pem)]
        .into_iter()
        .find_map(|(what, pem)| dates_forbid(what, X509::from_pem(pem.as_bytes()).ok()?.as_ref(), wall_ms))
}

/// Why a certificate's dates forbid its use now.
pub(crate) fn dates_forbid(what: &str, certificate: &X509Ref, wall_ms: u64) -> Option<String> {
    let now = Asn1Time::from_unix(i64::try_from(wall_ms / 1000).ok()?).ok()?;
    let now: &Asn1TimeRef = &now;
    let (from, until) = (certificate.not_before(), certificate.not_after());
    if now < from {
        return Some(format!("{what} is valid only from {from}, and this device's clock says {now}: set the clock"));
    }
    (now > until)
        .then(|| format!("{what} expired on {until}: enrol this device again, or set its clock, which says {now}"))
}
