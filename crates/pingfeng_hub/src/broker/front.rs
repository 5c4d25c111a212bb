//! TLS in front of the embedded broker.
//!
//! The embedded broker can demand a client certificate but does not hand its name to the code that grants permissions.
//! So TLS ends here: the certificate is verified, its device looked up, and the bytes are passed on to the broker's
//! listener on the loopback. The broker learns who it is from the address of that inner connection; an inner address
//! that this front did not register is refused, so that a local program gains nothing by connecting to it.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncWriteExt, copy, split},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::permission::Directory;
use crate::{ca, limits};

/// How long the other direction may go on after one has ended.
const DRAIN: Duration = Duration::from_secs(2);

/// Connections that have proved who they are.
#[derive(Debug, Default)]
pub(super) struct Known {
    by_address: Mutex<HashMap<SocketAddr, Connection>>,
}

#[derive(Debug)]
struct Connection {
    device: String,
    end: CancellationToken,
}

impl Known {
    /// The device behind an inner address.
    pub(super) fn device(&self, address: SocketAddr) -> Option<String> {
        let known = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&address).map(|connection| connection.device.clone())
    }

    /// Ends every connection of a device.
    pub(super) fn end(&self, device: &str) {
        let known = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().filter(|connection| connection.device == device).for_each(|connection| connection.end.cancel());
    }

    fn put(&self, address: SocketAddr, connection: Connection) {
        self.by_address.lock().unwrap_or_else(PoisonError::into_inner).insert(address, connection);
    }

    fn remove(&self, address: SocketAddr) {
        self.by_address.lock().unwrap_or_else(PoisonError::into_inner).remove(&address);
    }
}

/// What the front needs for each connection.
pub(super) struct Front {
    pub(super) acceptor: TlsAcceptor,
    pub(super) directory: Directory,
    pub(super) known: Arc<Known>,
    /// The broker's listener on the loopback.
    pub(super) inner: SocketAddr,
    pub(super) stop: CancellationToken,
}

/// Accepts connections until told to stop, then ends them all.
pub(super) async fn run(front: Arc<Front>, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            () = front.stop.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file handles, mostly: wait for some to come free instead of spinning.
                    tracing::error!(%error, "mqtt: cannot accept connections");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
            },
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            tracing::warn!(%peer, limit = limits::CONNECTIONS_MAX, "mqtt: connection refused, the limit is reached");
            continue;
        };
        let front = front.clone();
        connections.spawn(async move {
            let _place = place;
            if let Err(reason) = serve(&front, stream, peer).await {
                tracing::warn!(%peer, "mqtt: connection refused: {reason}");
            }
        });
    }
    connections.shutdown().await;
}

async fn serve(front: &Front, stream: TcpStream, peer: SocketAddr) -> Result<(), String> {
    // Small messages matter more than few packets here.
    let _ = stream.set_nodelay(true);
    let tls = tokio::time::timeout(limits::HANDSHAKE_TIMEOUT, front.acceptor.accept(stream))
        .await
        .map_err(|_| "no TLS handshake in time".to_owned())?
        .map_err(|error| format!("TLS: {error}"))?;
    let certificates = tls.get_ref().1.peer_certificates().unwrap_or_default();
    let (device, serial) = certificates
        .first()
        .and_then(ca::client_of)
        .ok_or_else(|| "the certificate names no device".to_owned())?;
    let member = front.directory.get(&device).ok_or_else(|| format!("device `{device}` is not enrolled here"))?;
    if !member.serials.contains(&serial) {
        return Err(format!("device `{device}` has another certificate by now; this is an old one"));
    }
    front.directory.note_used(&device, &serial);

    let socket = TcpSocket::new_v4().map_err(|error| error.to_string())?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).map_err(|error| error.to_string())?;
    let address = socket.local_addr().map_err(|error| error.to_string())?;
    let end = front.stop.child_token();
    front.known.put(address, Connection { device: device.clone(), end: end.clone() });
    let outcome = match socket.connect(front.inner).await {
        Ok(inner) => {
            let _ = inner.set_nodelay(true);
            tracing::debug!(device.id = %device, %peer, "mqtt: connected");
            tokio::select! {
                () = end.cancelled() => {}
                () = pass(tls, inner) => {}
            }
            Ok(())
        }
        Err(error) => Err(format!("the broker does not answer: {error}")),
    };
    front.known.remove(address);
    outcome
}

/// Passes bytes both ways until one side ends; then the other gets a moment, because a half-open peer would never end.
async fn pass(tls: tokio_rustls::server::TlsStream<TcpStream>, mut inner: TcpStream) {
    let (mut tls_read, mut tls_write) = split(tls);
    let (mut inner_read, mut inner_write) = inner.split();
    let up = async {
        let _ = copy(&mut tls_read, &mut inner_write).await;
        let _ = inner_write.shutdown().await;
    };
    let down = async {
        let _ = copy(&mut inner_read, &mut tls_write).await;
        let _ = tls_write.shutdown().await;
    };
    tokio::pin!(up, down);
    tokio::select! {
        () = &mut up => { let _ = tokio::time::timeout(DRAIN, down).await; }
        () = &mut down => { let _ = tokio::time::timeout(DRAIN, up).await; }
    }
}
