//! Starting and stopping the hub.

use std::{
    collections::BTreeSet,
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use axum_server::{Handle, tls_rustls::RustlsConfig};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::{
    Config, Hub,
    blobs::Blobs,
    broker::{
        Broker, BrokerError, Inbox,
        embedded::EmbeddedBroker,
        external::{Address, CLIENT_ID, ExternalBroker},
        permission::Directory,
    },
    ca::{Authority, AuthorityError},
    db::Db,
    inbox::Listener,
    shelf::Shelves,
    wants::Wants,
    routes,
};

/// How long open requests get at a shutdown.
const GRACE: Duration = Duration::from_secs(5);

/// Why the hub did not start. Show it and exit.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A folder or file of the data folder.
    #[error("{path}: {source}")]
    Data {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another hub works in this data folder.
    #[error("{path}: another hub is using this folder")]
    Locked {
        /// Which.
        path: PathBuf,
    },
    /// The certificate authority.
    #[error("certificates: {0}")]
    Authority(#[from] AuthorityError),
    /// The database.
    #[error("database: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// The blob store.
    #[error("blobs: {0}")]
    Blobs(#[from] object_store::Error),
    /// A port is taken, or the address is not this machine's.
    #[error("cannot listen on {address} ({what}): {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// For what.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The broker.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// A service failed; its cause was logged.
    #[error("{0}")]
    Service(String),
}

impl From<crate::error::ApiError> for ServeError {
    fn from(error: crate::error::ApiError) -> Self {
        Self::Service(error.detail().message.clone())
    }
}

/// A running hub. Call [`Running::shutdown`]; dropping it leaves the tasks to their runtime.
pub struct Running {
    /// Where the console and the REST interface are.
    pub https_addr: SocketAddr,
    /// Where devices connect; `None` with an external broker.
    pub mqtt_addr: Option<SocketAddr>,
    /// Token of the one-time set-up link, while nobody can sign in.
    pub setup_token: Option<String>,
    /// SHA-256 of the authority's certificate, hex.
    pub fingerprint: String,
    /// The authority's certificate, PEM.
    pub authority_pem: String,
    /// The services, for tests and tools in the same process.
    pub hub: Arc<Hub>,
    handle: Handle<SocketAddr>,
    server: JoinHandle<std::io::Result<()>>,
    // The broker holds it weakly.
    _inbox: Arc<Listener>,
    // Held for as long as the hub works in the folder.
    _lock: fs::File,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("https_addr", &self.https_addr)
            .field("mqtt_addr", &self.mqtt_addr)
            .finish_non_exhaustive()
    }
}

impl Running {
    /// The address of the set-up page with its token, while nobody can sign in.
    pub fn setup_url(&self) -> Option<String> {
        let host = self.host();
        self.setup_token.as_ref().map(|token| format!("https://{host}/setup?token={token}"))
    }

    /// The address of the console.
    pub fn console_url(&self) -> String {
        format!("https://{}/", self.host())
    }

    fn host(&self) -> String {
        let public = self.hub.config.settings.listen.public_host.as_deref().unwrap_or("localhost");
        format!("{public}:{}", self.https_addr.port())
    }

    /// Stops: no new requests, open ones get a moment, devices are disconnected, work in the background ends, the
    /// database is closed.
    pub async fn shutdown(self) {
        self.hub.stop.cancel();
        self.handle.graceful_shutdown(Some(GRACE));
        let _ = self.server.await;
        if let Some(broker) = self.hub.broker.get() {
            broker.stop().await;
        }
        // A build in progress cannot be stopped in the middle; it is marked as interrupted at the next start.
        if tokio::time::timeout(GRACE, self.hub.tasks.wait()).await.is_err() {
            tracing::warn!("work in the background did not end in time");
        }
        if let Err(error) = self.hub.db.clone().close().await {
            tracing::warn!(%error, "database");
        }
    }
}

/// Starts a hub. Returns when it accepts requests and devices.
pub async fn serve(config: Config) -> Result<Running, ServeError> {
    // 1. The data folder, for one hub at a time and for nobody else's eyes.
    let data = config.data.clone();
    let at = |path: &std::path::Path| {
        let path = path.to_owned();
        move |source| ServeError::Data { path, source }
    };
    for folder in [data.clone(), data.join("blobs"), data.join("ca"), data.join("pictures")] {
        fs::create_dir_all(&folder).map_err(at(&folder))?;
    }
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).map_err(at(&data))?;
    }
    let lock_path = data.join("lock");
    let lock = fs::File::create(&lock_path).map_err(at(&lock_path))?;
    if lock.try_lock().is_err() {
        return Err(ServeError::Locked { path: data });
    }

    // 2. Ports, before anything that takes time: a taken port is the most common mistake.
    let bind = |address: SocketAddr, what: &'static str| {
        let failed = |source| ServeError::Listen { address, what, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        Ok::<_, ServeError>((listener, bound))
    };
    let listen = &config.settings.listen;
    let (https, https_addr) = bind(listen.https, "https")?;
    let mqtt = match &config.settings.broker.external {
        Some(_) => None,
        None => Some(bind(listen.mqtt, "mqtt")?),
    };

    // 3. Certificates, database, blobs.
    let now_ms = config.clock.now_ms();
    let authority = Authority::open(&data.join("ca"), now_ms)?;
    let names = names(&config);
    let identity = authority.server(&names, now_ms)?;
    let https_config = authority.https_config(&identity)?;
    let mqtt_config = authority.mqtt_config(&identity)?;
    let db = Db::open(config.settings.database.url.as_deref(), &data).await?;
    let blobs = Blobs::in_folder(&data.join("blobs"))?;
    let wants = Wants::new(Shelves::new(blobs.clone(), data.join("chunks")));
    let hub = Arc::new(Hub {
        config,
        db,
        authority,
        blobs,
        directory: Directory::default(),
        fleet: Default::default(),
        wants,
        streams: Default::default(),
        jobs: Default::default(),
        live: Default::default(),
        trust: Default::default(),
        attempts: Default::default(),
        names,
        mqtt_port: OnceLock::new(),
        https_port: OnceLock::from(https_addr.port()),
        broker: OnceLock::new(),
        stop: CancellationToken::new(),
        tasks: Default::default(),
    });

    let settings = &hub.config.settings;
    if settings.delivery.https
        && settings.delivery.url.is_none()
        && settings.listen.public_host.is_none()
        && settings.listen.names.is_empty()
    {
        tracing::warn!("delivery.https needs delivery.url or listen.public_host: other machines cannot reach `localhost`");
    }

    // 4. What the last run left unfinished.
    hub.recover_drafts().map_err(at(&data))?;
    hub.recover_jobs().await?;
    hub.load_directory().await?;
    hub.start_jobs();

    // 5. The broker, and every target stated again: it may have lost everything.
    let inbox = Arc::new(Listener(hub.clone()));
    let weak: Weak<dyn Inbox> = Arc::downgrade(&(inbox.clone() as Arc<dyn Inbox>));
    let mqtt_addr = mqtt.as_ref().map(|(_, address)| *address);
    let broker: Arc<dyn Broker> = match mqtt {
        Some((listener, address)) => {
            // Set once, here.
            let _ = hub.mqtt_port.set(address.port());
            let acceptor = TlsAcceptor::from(Arc::new(mqtt_config));
            Arc::new(EmbeddedBroker::start(listener, acceptor, hub.directory.clone(), weak).await?)
        }
        None => Arc::new(ExternalBroker::start(&external_address(&hub, now_ms)?, weak)?),
    };
    let _ = hub.broker.set(broker);
    hub.state_all_targets().await?;
    hub.start_rollouts();

    // 6. The set-up link, then requests.
    let setup_token = hub.setup_token().await?;
    let handle = Handle::new();
    let service = routes::router(hub.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum_server::from_tcp_rustls(https, RustlsConfig::from_config(Arc::new(https_config)))
        .map_err(|source| ServeError::Listen { address: https_addr, what: "https", source })?
        .handle(handle.clone());
    let server = tokio::spawn(server.serve(service));
    handle.listening().await;
    tracing::info!(%https_addr, ?mqtt_addr, "hub is running");
    Ok(Running {
        https_addr,
        mqtt_addr,
        setup_token,
        fingerprint: hub.authority.fingerprint(),
        authority_pem: hub.authority.pem().to_owned(),
        hub,
        handle,
        server,
        _inbox: inbox,
        _lock: lock,
    })
}

/// Names that the server's certificate is good for: this machine's, those of the configuration, no doubles.
fn names(config: &Config) -> Vec<String> {
    let listen = &config.settings.listen;
    let own = machine_name();
    let fixed = [listen.https.ip(), listen.mqtt.ip()].into_iter().filter(|ip| !ip.is_unspecified());
    let mut seen = BTreeSet::new();
    ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()]
        .into_iter()
        .chain(own)
        .chain(listen.public_host.clone())
        .chain(listen.names.iter().cloned())
        .chain(fixed.map(|ip| ip.to_string()))
        .filter(|name| seen.insert(name.to_lowercase()))
        .collect()
}

fn machine_name() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?.trim().to_owned();
    // A name that is no host name would make the certificate invalid as a whole.
    let valid = !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
    valid.then_some(name)
}

fn external_address(hub: &Hub, now_ms: i64) -> Result<Address, ServeError> {
    let Some(external) = &hub.config.settings.broker.external else {
        return Err(ServeError::Broker(BrokerError("no external broker is configured".into())));
    };
    let authority_pem = match &external.authority {
        Some(path) => {
            fs::read_to_string(path).map_err(|source| ServeError::Data { path: path.clone(), source })?
        }
        None => hub.authority.pem().to_owned(),
    };
    let (certificate_pem, key_pem) = hub.authority.client(CLIENT_ID, now_ms)?;
    Ok(Address { host: external.host.clone(), port: external.port, authority_pem, certificate_pem, key_pem })
}
