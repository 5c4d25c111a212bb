//! The embedded broker: `mqtt5`, used as a library inside the hub, behind the TLS front.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, OnceLock, Weak},
};

use async_trait::async_trait;
use mqtt5::{
    QoS,
    broker::{
        AuthProvider, AuthResult, BrokerConfig, BrokerEventHandler, BrokerShutdownHandle, ClientConnectEvent,
        ClientDisconnectEvent, ClientPublishEvent, MqttBroker, PublishAction, StorageBackendType, StorageConfig,
        router::MessageRouter,
    },
    packet::{connect::ConnectPacket, publish::PublishPacket},
    protocol::v5::reason_codes::ReasonCode,
};
use pingfeng_wire::{limits::PACKET_BYTES_MAX, topic};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{
    Broker, BrokerError, Down, Inbox,
    front::{self, Front, Known},
    permission::{self, Directory},
};
use crate::limits;

type Future<'a, T> = Pin<Box<dyn std::future::Future<Output = T> + Send + 'a>>;

/// Messages that wait for a device that is away, with its session.
const QUEUED_MESSAGES_MAX: usize = 200;
/// Bytes that wait for a device that is away.
const QUEUED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long the broker remembers a device's session; everything in it would be stated again anyway.
const SESSION_S: u64 = 3_600;

/// The embedded broker.
pub struct EmbeddedBroker {
    router: Arc<MessageRouter>,
    known: Arc<Known>,
    stop: CancellationToken,
    shutdown: BrokerShutdownHandle,
    tasks: tokio::sync::Mutex<Vec<JoinHandle<()>>>,
}

impl EmbeddedBroker {
    /// Starts on `listener`. What devices say goes to `inbox`, held weakly: the hub owns the broker.
    pub async fn start(
        listener: std::net::TcpListener,
        acceptor: TlsAcceptor,
        directory: Directory,
        inbox: Weak<dyn Inbox>,
    ) -> Result<Self, BrokerError> {
        let failed = |error: &dyn std::fmt::Display| BrokerError(error.to_string());
        let known = Arc::new(Known::default());
        let events = Arc::new(Events { inbox, router: OnceLock::new() });
        let config = BrokerConfig::new()
            .with_bind_addresses(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
            .with_max_clients(limits::CONNECTIONS_MAX)
            .with_max_packet_size(PACKET_BYTES_MAX)
            .with_maximum_qos(1)
            .with_client_channel_capacity(limits::DOWN_QUEUE_MAX)
            .with_session_expiry(std::time::Duration::from_secs(SESSION_S))
            .with_max_subscriptions_per_client(16)
            .with_max_retained_messages(4 * limits::CONNECTIONS_MAX)
            .with_max_retained_message_size(160 * 1024)
            .with_sys_topics_enabled(false)
            .with_storage(
                StorageConfig::new()
                    .with_backend(StorageBackendType::Memory)
                    .with_max_queued_messages_per_client(QUEUED_MESSAGES_MAX)
                    .with_max_queued_bytes_per_client(QUEUED_BYTES_MAX),
            )
            .with_event_handler(events.clone());
        let mut broker = MqttBroker::with_config(config)
            .await
            .map_err(|error| failed(&error))?
            .with_auth_provider(Arc::new(Permissions { known: known.clone(), directory: directory.clone() }));
        let inner = broker.local_addr().ok_or_else(|| BrokerError("no inner listener".into()))?;
        let router = broker.router();
        // Set once, before the first connection can arrive.
        let _ = events.router.set(router.clone());
        let shutdown = broker.shutdown_handle();
        let mut ready = broker.ready_receiver();
        let broker_task = tokio::spawn(async move {
            if let Err(error) = broker.run().await {
                tracing::error!(%error, "mqtt: the embedded broker ended");
            }
        });
        ready.wait_for(|ready| *ready).await.map_err(|error| failed(&error))?;

        listener.set_nonblocking(true).map_err(|error| failed(&error))?;
        let listener = TcpListener::from_std(listener).map_err(|error| failed(&error))?;
        let stop = CancellationToken::new();
        let front = Front { acceptor, directory, known: known.clone(), inner, stop: stop.clone() };
        let front_task = tokio::spawn(front::run(Arc::new(front), listener));
        Ok(Self { router, known, stop, shutdown, tasks: tokio::sync::Mutex::new(vec![front_task, broker_task]) })
    }
}

#[async_trait]
impl Broker for EmbeddedBroker {
    async fn publish(&self, message: Down) -> Result<(), BrokerError> {
        let qos = if message.assured { QoS::AtLeastOnce } else { QoS::AtMostOnce };
        let mut packet = PublishPacket::new(message.topic, message.payload, qos).with_retain(message.retained);
        if let Some(seconds) = message.expires_s {
            packet = packet.with_message_expiry_interval(seconds);
        }
        self.router.route_message(&packet, None).await;
        Ok(())
    }

    async fn disconnect(&self, device: &str) {
        self.known.end(device);
    }

    async fn stop(&self) {
        self.stop.cancel();
        self.shutdown.shutdown();
        for task in self.tasks.lock().await.drain(..) {
            let _ = task.await;
        }
    }
}

/// Who may connect, publish and subscribe.
struct Permissions {
    known: Arc<Known>,
    directory: Directory,
}

impl AuthProvider for Permissions {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        client_addr: SocketAddr,
    ) -> Future<'a, mqtt5::error::Result<AuthResult>> {
        Box::pin(async move {
            let Some(device) = self.known.device(client_addr) else {
                return Ok(AuthResult::fail(ReasonCode::NotAuthorized));
            };
            if !permission::may_be_called(&device, &connect.client_id) {
                tracing::warn!(device.id = %device, "mqtt: connection refused: its client id is not its device id");
                return Ok(AuthResult::fail_with_reason(
                    ReasonCode::ClientIdentifierNotValid,
                    "the client id must be the device id",
                ));
            }
            // The broker does not ask again when it publishes a will.
            if let Some(will) = &connect.will
                && !permission::may_publish(&device, &will.topic)
            {
                tracing::warn!(device.id = %device, "mqtt: connection refused: its will is not on its own topics");
                return Ok(AuthResult::fail_with_reason(ReasonCode::NotAuthorized, "the will is not on an own topic"));
            }
            Ok(AuthResult::success_with_user(device))
        })
    }

    fn authorize_publish<'a>(&'a self, _: &str, user_id: Option<&'a str>, topic: &'a str) -> Future<'a, bool> {
        let allowed = user_id.is_some_and(|device| permission::may_publish(device, topic));
        Box::pin(async move { allowed })
    }

    fn authorize_subscribe<'a>(&'a self, _: &str, user_id: Option<&'a str>, filter: &'a str) -> Future<'a, bool> {
        let allowed = user_id.is_some_and(|device| {
            let site = self.directory.get(device).map(|member| member.site);
            site.is_some_and(|site| permission::may_subscribe(device, &site, filter))
        });
        Box::pin(async move { allowed })
    }
}

/// Hands what devices say to the hub, in the task of their connection: a device that says more than the hub can take
/// waits, and nobody else does.
struct Events {
    inbox: Weak<dyn Inbox>,
    router: OnceLock<Arc<MessageRouter>>,
}

impl BrokerEventHandler for Events {
    fn on_client_connect<'a>(&'a self, event: ClientConnectEvent) -> Future<'a, ()> {
        Box::pin(async move {
            // A connection with a suffix is somebody's tool, not the screen.
            if let (Some(inbox), true) = (self.inbox.upgrade(), is_device(&event.client_id, event.user_id.as_deref())) {
                inbox.presence(&event.client_id, true).await;
            }
        })
    }

    fn on_client_disconnect<'a>(&'a self, event: ClientDisconnectEvent) -> Future<'a, ()> {
        Box::pin(async move {
            if !is_device(&event.client_id, event.user_id.as_deref()) {
                return;
            }
            // The end of an old connection may be told after the begin of the one that replaced it.
            if let Some(router) = self.router.get()
                && router.is_connected(&event.client_id).await
            {
                return;
            }
            if let Some(inbox) = self.inbox.upgrade() {
                inbox.presence(&event.client_id, false).await;
            }
        })
    }

    fn on_client_publish<'a>(&'a self, event: ClientPublishEvent) -> Future<'a, PublishAction> {
        Box::pin(async move {
            // Nobody but the hub listens to up-topics, so the message ends here. The topic was authorised before.
            if let (Some(inbox), Some(up)) = (self.inbox.upgrade(), topic::parse_up(&event.topic)) {
                inbox.message(up.device, up.topic, event.payload.clone()).await;
            }
            PublishAction::Handled
        })
    }
}

fn is_device(client_id: &str, user_id: Option<&str>) -> bool {
    user_id == Some(client_id)
}
