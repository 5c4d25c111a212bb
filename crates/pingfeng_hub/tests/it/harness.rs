//! A hub on free ports in a temporary folder, an administrator, and devices that speak MQTT.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use openssl::{
    ec::{EcGroup, EcKey},
    nid::Nid,
    pkcs12::Pkcs12,
    pkey::PKey,
    x509::{X509, X509ReqBuilder},
};
use pingfeng_hub::{Clock, Config, Running, Settings, live::LiveEvent, serve};
use pingfeng_wire::{
    Record, Records,
    enrol::EnrolResponse,
    limits::PACKET_BYTES_MAX,
    topic::{self, DeviceTopic},
};
use reqwest::{Method, Response, StatusCode};
use rumqttc::{
    TlsConfiguration, Transport,
    v5::{
        AsyncClient, Event, MqttOptions,
        mqttbytes::{
            QoS,
            v5::{Packet, Publish, SubAck, SubscribeReasonCode},
        },
    },
};
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc};

/// Long enough for a loaded machine; a test that is right never waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
pub(crate) const USER: &str = "admin";
pub(crate) const PASSWORD: &str = "a long sentence for tests";

pub(crate) struct TestHub {
    running: Option<Running>,
    pub(crate) dir: Arc<tempfile::TempDir>,
    now_ms: Arc<AtomicI64>,
    settings: Settings,
}

impl TestHub {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        // TLS libraries look at the machine's clock, so the hub's begins there; tests move it on.
        let now_ms = Arc::new(AtomicI64::new(jiff::Timestamp::now().as_millisecond()));
        let mut settings = Config::local(dir.path(), Clock::new(|| 0)).settings;
        settings.database.url = fresh_postgres().await;
        change(&mut settings);
        let mut hub = Self { running: None, dir, now_ms, settings };
        hub.start_again().await;
        hub
    }

    pub(crate) fn config(&self) -> Config {
        let now_ms = self.now_ms.clone();
        let clock = Clock::new(move || now_ms.load(Ordering::SeqCst));
        Config { data: self.dir.path().join("data"), console: None, settings: self.settings.clone(), clock }
    }

    /// Starts again in the same folder, on other ports.
    pub(crate) async fn start_again(&mut self) {
        assert!(self.running.is_none(), "stop it first");
        self.running = Some(serve(self.config()).await.unwrap());
    }

    pub(crate) async fn stop(&mut self) {
        self.running.take().unwrap().shutdown().await;
    }

    /// Changes the configuration of the next start.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
    }

    pub(crate) fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<LiveEvent> {
        self.running().hub.live.listen()
    }

    /// A browser that nobody has signed in with.
    pub(crate) fn browser(&self) -> Browser {
        self.browser_of(self.running())
    }

    pub(crate) fn browser_of(&self, running: &Running) -> Browser {
        // The first of many wins; all are the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authority = reqwest::Certificate::from_pem(running.authority_pem.as_bytes()).unwrap();
        let client = reqwest::Client::builder()
            .tls_certs_only([authority])
            .cookie_store(true)
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Browser { client, base: format!("https://localhost:{}", running.https_addr.port()), csrf: true }
    }

    /// The first administrator, signed in.
    pub(crate) async fn admin(&self) -> Browser {
        let browser = self.browser();
        let token = self.running().setup_token.as_ref().expect("nobody has been set up");
        let body = json!({ "token": token, "user": USER, "password": PASSWORD });
        browser.post("setup", body).await.expect(StatusCode::CREATED).await;
        browser
    }

    /// The same administrator in another browser.
    pub(crate) async fn admin_again(&self) -> Browser {
        let browser = self.browser();
        browser.post("session", json!({ "user": USER, "password": PASSWORD })).await.expect(StatusCode::CREATED).await;
        browser
    }

    /// A device of that name, enrolled.
    pub(crate) async fn device(&self, admin: &Browser, name: &str, site: &str, group: &str) -> Credentials {
        let code = admin.post("enrol-codes", json!({ "name": name, "site": site, "group": group })).await;
        let code = code.expect(StatusCode::CREATED).await["code"].as_str().unwrap().to_owned();
        let (csr_pem, key_pem) = request();
        let body = json!({ "code": code, "csr_pem": csr_pem, "program": "test", "host": "test" });
        let answer = self.browser().post("enrol", body).await.expect(StatusCode::CREATED).await;
        Credentials { enrolled: serde_json::from_value(answer).unwrap(), key_pem }
    }

    /// The exhibition of the corpus as the draft `base`, and a release of it; returns the release's id.
    pub(crate) async fn release(&self, admin: &Browser) -> String {
        self.upload(admin, pack(&corpus())).await;
        self.build(admin, "base").await
    }

    pub(crate) async fn upload(&self, admin: &Browser, zip: Vec<u8>) -> Value {
        let mut live = self.listen();
        let job = admin.send(Method::POST, "uploads", |request| request.body(zip)).await;
        let job = job.expect(StatusCode::ACCEPTED).await;
        ended(&mut live, job["id"].as_str().unwrap()).await
    }

    pub(crate) async fn build(&self, admin: &Browser, exhibition: &str) -> String {
        let mut live = self.listen();
        let job = admin.post(&format!("exhibitions/{exhibition}/releases"), json!({ "note": "test" })).await;
        let job = job.expect(StatusCode::ACCEPTED).await;
        let job = ended(&mut live, job["id"].as_str().unwrap()).await;
        assert_eq!(job["state"], "done", "{job:#}");
        job["release"].as_str().unwrap().to_owned()
    }
}

/// Waits until a job has ended and returns it.
pub(crate) async fn ended(live: &mut broadcast::Receiver<LiveEvent>, id: &str) -> Value {
    told(live, "job", |job| job["id"] == id && (job["state"] == "done" || job["state"] == "failed")).await
}

/// Waits until consoles are told something of this kind that is so.
pub(crate) async fn told(live: &mut broadcast::Receiver<LiveEvent>, kind: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            match live.recv().await {
                Ok(event) if event.kind == kind => {
                    let value: Value = serde_json::from_str(&event.json).unwrap();
                    if is_so(&value) {
                        return value;
                    }
                }
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => panic!("the hub has ended"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("no {kind} of this sort was told"))
}

#[derive(Clone)]
pub(crate) struct Browser {
    client: reqwest::Client,
    pub(crate) base: String,
    pub(crate) csrf: bool,
}

impl Browser {
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Answer {
        self.try_send(method, path, change).await.unwrap()
    }

    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> reqwest::Result<Answer> {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { format!("{}/api/v1/{path}", self.base) };
        let mut request = self.client.request(method, url);
        if self.csrf {
            request = request.header("x-pingfeng", "1");
        }
        Ok(Answer { path: path.to_owned(), response: change(request).send().await? })
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, |request| request).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, |request| request.json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, |request| request.json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, |request| request).await
    }
}

pub(crate) struct Answer {
    path: String,
    pub(crate) response: Response,
}

impl Answer {
    /// The JSON of an answer that must have this status; `Null` if there is none.
    #[track_caller]
    pub(crate) fn expect(self, status: StatusCode) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let found = self.response.status();
            let text = self.response.text().await.unwrap();
            assert_eq!(found, status, "{caller}: {}: {text}", self.path);
            serde_json::from_str(&text).unwrap_or(Value::Null)
        }
    }

    /// The code of an error that must have this status.
    #[track_caller]
    pub(crate) fn refused(self, status: StatusCode) -> impl Future<Output = String> {
        let body = self.expect(status);
        async move { body.await["error"]["code"].as_str().unwrap_or_default().to_owned() }
    }
}

pub(crate) struct Credentials {
    pub(crate) enrolled: EnrolResponse,
    pub(crate) key_pem: String,
}

impl Credentials {
    pub(crate) fn id(&self) -> &str {
        &self.enrolled.device
    }

    /// Connects as the screen does.
    pub(crate) async fn connect(&self, hub: &TestHub) -> Device {
        self.connect_at(hub.running().mqtt_addr.unwrap().port()).await
    }

    pub(crate) async fn connect_at(&self, port: u16) -> Device {
        let mut options = MqttOptions::new(self.id(), "localhost", port);
        let certificate = X509::from_pem(self.enrolled.certificate_pem.as_bytes()).unwrap();
        let key = PKey::private_key_from_pem(self.key_pem.as_bytes()).unwrap();
        let identity = Pkcs12::builder().name("device").pkey(&key).cert(&certificate).build2("").unwrap();
        options
            .set_transport(Transport::Tls(TlsConfiguration::SimpleNative {
                ca: self.enrolled.authority_pem.clone().into_bytes(),
                client_auth: Some((identity.to_der().unwrap(), String::new())),
            }))
            .set_keep_alive(Duration::from_secs(5))
            .set_max_packet_size(Some(u32::try_from(PACKET_BYTES_MAX).unwrap()));
        let (client, mut eventloop) = AsyncClient::new(options, 64);
        let (sender, inbox) = mpsc::channel(1_024);
        let (granted, mut grants) = mpsc::channel(8);
        let poll = tokio::spawn(async move {
            loop {
                match eventloop.poll().await {
                    Ok(Event::Incoming(Packet::Publish(publish))) => {
                        if sender.send(publish).await.is_err() {
                            return;
                        }
                    }
                    Ok(Event::Incoming(Packet::SubAck(ack))) => granted.send(ack).await.unwrap(),
                    Ok(_) => {}
                    Err(_) => return,
                }
            }
        });
        for down in DeviceTopic::DOWN {
            client.subscribe(topic::device(self.id(), down), QoS::AtLeastOnce).await.unwrap();
        }
        client.subscribe(topic::site_welcome(&self.enrolled.site), QoS::AtLeastOnce).await.unwrap();
        for _ in 0..=DeviceTopic::DOWN.len() {
            granted_all(&mut grants).await;
        }
        Device { id: self.id().to_owned(), site: self.enrolled.site.clone(), client, inbox, grants, poll, aside: Vec::new() }
    }

    /// Writes what command-line clients need; returns the folder.
    pub(crate) fn files(&self, folder: &Path) -> PathBuf {
        let folder = folder.join(self.id());
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("authority.pem"), &self.enrolled.authority_pem).unwrap();
        std::fs::write(folder.join("device.pem"), &self.enrolled.certificate_pem).unwrap();
        std::fs::write(folder.join("device.key"), &self.key_pem).unwrap();
        folder
    }
}

async fn granted_all(grants: &mut mpsc::Receiver<SubAck>) {
    let ack = tokio::time::timeout(PATIENCE, grants.recv()).await.unwrap().expect("the broker let us in");
    assert!(ack.return_codes.iter().all(|code| matches!(code, SubscribeReasonCode::Success(_))), "{ack:?}");
}

/// A screen, as far as the network sees it.
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) site: String,
    client: AsyncClient,
    inbox: mpsc::Receiver<Publish>,
    grants: mpsc::Receiver<SubAck>,
    poll: tokio::task::JoinHandle<()>,
    aside: Vec<Publish>,
}

impl Device {
    pub(crate) async fn publish(&self, up: DeviceTopic, payload: &impl serde::Serialize) {
        let payload = serde_json::to_vec(payload).unwrap();
        // As devices do: a hub that comes back to an external broker later still learns who is there.
        let retain = up == DeviceTopic::Presence;
        self.client.publish(topic::device(&self.id, up), QoS::AtLeastOnce, retain, payload).await.unwrap();
    }

    pub(crate) async fn publish_bytes(&self, up: DeviceTopic, payload: impl Into<bytes::Bytes>) {
        self.client.publish(topic::device(&self.id, up), QoS::AtLeastOnce, false, payload.into()).await.unwrap();
    }

    pub(crate) async fn records(&self, records: Vec<Record>) {
        self.publish(DeviceTopic::Rec, &Records { v: 1, records }).await;
    }

    /// Listens on one more topic.
    pub(crate) async fn subscribe(&mut self, filter: &str) {
        self.client.subscribe(filter, QoS::AtMostOnce).await.unwrap();
        granted_all(&mut self.grants).await;
    }

    /// True if nothing has come on a topic that ends so.
    pub(crate) fn is_quiet(&mut self, ending: &str) -> bool {
        while let Ok(publish) = self.inbox.try_recv() {
            self.aside.push(publish);
        }
        !self.aside.iter().any(|publish| publish.topic.ends_with(ending.as_bytes()))
    }

    /// The next message on a topic that ends so; others stay for later.
    pub(crate) async fn next(&mut self, ending: &str) -> bytes::Bytes {
        let ends = |publish: &Publish| publish.topic.ends_with(ending.as_bytes());
        if let Some(index) = self.aside.iter().position(ends) {
            return self.aside.remove(index).payload;
        }
        loop {
            let next = tokio::time::timeout(PATIENCE, self.inbox.recv()).await;
            let publish = next.unwrap_or_else(|_| panic!("nothing came on …{ending}")).expect("still connected");
            if ends(&publish) {
                return publish.payload;
            }
            self.aside.push(publish);
        }
    }

    pub(crate) async fn next_json<T: serde::de::DeserializeOwned>(&mut self, ending: &str) -> T {
        serde_json::from_slice(&self.next(ending).await).unwrap()
    }

    /// Forgets what was put aside.
    pub(crate) fn forget(&mut self) {
        self.aside.clear();
    }

    /// Waits until the broker has ended the connection.
    pub(crate) async fn thrown_out(self) {
        tokio::time::timeout(PATIENCE, self.poll).await.expect("still connected").unwrap();
    }

    pub(crate) async fn leave(self) {
        self.client.disconnect().await.unwrap();
        self.thrown_out().await;
    }
}

/// A certificate request with a fresh key, both PEM.
pub(crate) fn request() -> (String, String) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut request = X509ReqBuilder::new().unwrap();
    request.set_pubkey(&key).unwrap();
    request.sign(&key, openssl::hash::MessageDigest::sha256()).unwrap();
    let csr = String::from_utf8(request.build().to_pem().unwrap()).unwrap();
    (csr, String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap())
}

/// A small exhibition without mistakes: what the content tests start from.
pub(crate) fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/content/base")
}

/// A folder as a zip.
pub(crate) fn pack(folder: &Path) -> Vec<u8> {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file()).map(|entry| {
        let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read(entry.path()).unwrap())
    });
    pack_files(files.collect())
}

/// Files as a zip.
pub(crate) fn pack_files(files: Vec<(String, Vec<u8>)>) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A database of its own on the server of `PINGFENG_TEST_POSTGRES`.
async fn fresh_postgres() -> Option<String> {
    use sea_orm::ConnectionTrait;
    let server = std::env::var("PINGFENG_TEST_POSTGRES").ok()?;
    let name = format!("pingfeng_test_{:016x}", rand::random::<u64>());
    let connection = sea_orm::Database::connect(&server).await.expect("PINGFENG_TEST_POSTGRES");
    connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    Some(format!("{base}/{name}"))
}
