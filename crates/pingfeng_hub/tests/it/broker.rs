//! What third-party clients may do: mosquitto's tools with a device's certificate, with none, and at an external broker.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use openssl::{
    pkey::PKey,
    ssl::{SslConnector, SslMethod, SslStream},
    x509::X509,
};
use pingfeng_hub::config::ExternalBroker;
use pingfeng_wire::{Ack, CheckInWay, Record, RecordBody, Records, Target, limits::PACKET_BYTES_MAX, topic::DeviceTopic};
use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{Credentials, PATIENCE, TestHub, told};

/// A mosquitto tool pointed at the hub, with a device's certificate.
pub(crate) fn tool(hub: &TestHub, program: &str, files: &Path) -> Command {
    let port = hub.running().mqtt_addr.unwrap().port();
    tool_at(port, program, files)
}

fn tool_at(port: u16, program: &str, files: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["-V", "mqttv5", "-h", "localhost", "-p", &port.to_string()]);
    command.arg("--cafile").arg(files.join("authority.pem"));
    command.arg("--cert").arg(files.join("device.pem"));
    command.arg("--key").arg(files.join("device.key"));
    command
}

async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().expect("mosquitto-clients are installed")).await.unwrap()
}

/// Publishes with QoS 1, so that the broker has to say whether it may.
async fn publish(hub: &TestHub, credentials: &Credentials, client: &str, topic: &str, payload: &str) -> Result<(), String> {
    let files = credentials.files(hub.dir.path());
    let mut command = tool(hub, "mosquitto_pub", &files);
    command.args(["-q", "1", "-i", client, "-t", topic, "-m", payload]);
    verdict(output(command).await)
}

/// Subscribes and waits for nothing.
async fn subscribe(hub: &TestHub, credentials: &Credentials, client: &str, filter: &str) -> Result<(), String> {
    let files = credentials.files(hub.dir.path());
    let mut command = tool(hub, "mosquitto_sub", &files);
    command.args(["-q", "1", "-i", client, "-t", filter, "-E"]);
    verdict(output(command).await)
}

fn verdict(output: Output) -> Result<(), String> {
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let refused = !output.status.success() || said.to_lowercase().contains("not authori") || said.contains("denied");
    if refused { Err(said) } else { Ok(()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_certificate_opens_the_topics_of_that_device_and_nothing_else() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let one = hub.device(&admin, "一", "here", "g").await;
    let two = hub.device(&admin, "二", "there", "g").await;
    let tool_name = format!("{}.tool", one.id());
    let own = |level: &str| format!("pf/1/dev/{}/{level}", one.id());
    let other = |level: &str| format!("pf/1/dev/{}/{level}", two.id());

    for level in ["report", "rec", "want", "receipt", "presence"] {
        publish(&hub, &one, &tool_name, &own(level), "{}").await.unwrap();
    }
    for level in ["target", "cmd", "ack", "chunk", "trust", "renewed"] {
        subscribe(&hub, &one, &tool_name, &own(level)).await.unwrap();
    }
    subscribe(&hub, &one, &tool_name, "pf/1/site/here/welcome").await.unwrap();

    for topic in [
        other("report"),
        other("rec"),
        own("target"),
        own("cmd"),
        own("ack"),
        "pf/1/site/here/welcome".into(),
        "展厅/一号".into(),
        "pf/1/dev/展厅/rec".into(),
        "anything".into(),
    ] {
        publish(&hub, &one, &tool_name, &topic, "{}").await.expect_err(&topic);
    }
    for filter in [
        "#".into(),
        "pf/1/#".into(),
        "pf/1/dev/+/target".into(),
        other("target"),
        own("#"),
        own("rec"),
        "pf/1/site/there/welcome".into(),
        "pf/1/site/+/welcome".into(),
        "$SYS/#".into(),
        format!("$share/g/{}", own("target")),
        "展厅/#".into(),
    ] {
        subscribe(&hub, &one, &tool_name, &filter).await.expect_err(&filter);
    }

    // Another's name is not a way to its session.
    publish(&hub, &one, two.id(), &own("report"), "{}").await.expect_err("the client id of another device");
    publish(&hub, &one, "anything", &own("report"), "{}").await.expect_err("a client id of its own");
    // Nor is a will, which the broker would publish in its name.
    let files = one.files(hub.dir.path());
    let mut will = tool(&hub, "mosquitto_pub", &files);
    will.args(["-q", "1", "-i", one.id(), "-t", &own("report"), "-m", "{}"]);
    will.args(["--will-topic", &other("presence"), "--will-payload", "{}"]);
    verdict(output(will).await).expect_err("a will on a topic of another device");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_a_certificate_of_this_hub_is_refused() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let device = hub.device(&admin, "一", "s", "g").await;
    let topic = format!("pf/1/dev/{}/report", device.id());
    let port = hub.running().mqtt_addr.unwrap().port().to_string();
    let files = device.files(hub.dir.path());

    let mut none = Command::new("mosquitto_pub");
    none.args(["-V", "mqttv5", "-h", "localhost", "-p", &port, "-q", "1", "-i", device.id(), "-t", &topic, "-m", "{}"]);
    none.arg("--cafile").arg(files.join("authority.pem"));
    assert!(!output(none).await.status.success(), "no certificate");

    let mut plain = Command::new("mosquitto_pub");
    plain.args(["-V", "mqttv5", "-h", "localhost", "-p", &port, "-i", device.id(), "-t", &topic, "-m", "{}"]);
    assert!(!output(plain).await.status.success(), "no TLS");

    // The same name, certified by another hub.
    let other_hub = TestHub::start().await;
    let other_admin = other_hub.admin().await;
    let stranger = other_hub.device(&other_admin, "一", "s", "g").await;
    let stranger_files = stranger.files(other_hub.dir.path());
    fs::copy(files.join("authority.pem"), stranger_files.join("authority.pem")).unwrap();
    let mut command = tool(&hub, "mosquitto_pub", &stranger_files);
    command.args(["-q", "1", "-i", stranger.id(), "-t", &format!("pf/1/dev/{}/report", stranger.id()), "-m", "{}"]);
    assert!(!output(command).await.status.success(), "a certificate of another hub");

    // The inner listener of the embedded broker knows only connections that came through TLS.
    publish(&hub, &device, device.id(), &topic, "{}").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_refused() {
    let hub = TestHub::start_with(|settings| settings.enrolment.certificate_days = 0).await;
    let admin = hub.admin().await;
    // Valid from two days ago to the midnight before now.
    let device = hub.device(&admin, "一", "s", "g").await;
    let topic = format!("pf/1/dev/{}/report", device.id());
    publish(&hub, &device, device.id(), &topic, "{}").await.expect_err("expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_packet_ends_its_own_connection_and_no_other() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let one = hub.device(&admin, "一", "s", "g").await;
    let mut other = hub.device(&admin, "二", "s", "g").await.connect(&hub).await;
    let _: Target = other.next_json("/target").await;
    // Written by hand: decent clients do not send more than the broker told them to.
    let port = hub.running().mqtt_addr.unwrap().port();
    tokio::task::spawn_blocking(move || {
        let mut stream = tls(&one, port);
        let mut connect = vec![0, 4, b'M', b'Q', b'T', b'T', 5, 2, 0, 60, 0, 0, u8::try_from(one.id().len()).unwrap()];
        connect.extend_from_slice(one.id().as_bytes());
        stream.write_all(&[0x10, u8::try_from(connect.len()).unwrap()]).unwrap();
        stream.write_all(&connect).unwrap();
        let mut accepted = [0; 4];
        stream.read_exact(&mut accepted).unwrap();
        assert_eq!((accepted[0], accepted[3]), (0x20, 0), "the connection was accepted");
        let mut header = vec![0x30];
        let mut length = PACKET_BYTES_MAX + 1;
        while length > 0 {
            let more = if length > 0x7f { 0x80 } else { 0 };
            header.push(u8::try_from(length & 0x7f).unwrap() | more);
            length >>= 7;
        }
        stream.write_all(&header).unwrap();
        // The head is enough: the broker does not wait for the rest, and says goodbye.
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest).map_err(|error| error.kind());
        assert!(!matches!(ended, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "still open: {ended:?}");
    })
    .await
    .unwrap();

    // Garbage is dropped, the connection and everybody else's stay.
    other.publish_bytes(DeviceTopic::Report, b"\xff\xfe{".to_vec()).await;
    other.publish_bytes(DeviceTopic::Rec, b"[[[[".to_vec()).await;
    other.records(vec![]).await;
    let ack: Ack = other.next_json("/ack").await;
    assert!(ack.stored.is_empty() && ack.refused.is_empty());
}

/// TLS with a device's certificate, for bytes that no client would send.
fn tls(device: &Credentials, port: u16) -> SslStream<TcpStream> {
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    let authority = X509::from_pem(device.enrolled.authority_pem.as_bytes()).unwrap();
    connector.cert_store_mut().add_cert(authority).unwrap();
    connector.set_certificate(&X509::from_pem(device.enrolled.certificate_pem.as_bytes()).unwrap()).unwrap();
    connector.set_private_key(&PKey::private_key_from_pem(device.key_pem.as_bytes()).unwrap()).unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    connector.build().connect("localhost", stream).unwrap()
}

/// A mosquitto that is ended with the test.
struct Mosquitto(Child);

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The blocks of code of the operators' page that say how mosquitto is set up.
fn documented() -> (String, String) {
    let page = include_str!("../../../../docs/hub/operations.md");
    let blocks: Vec<&str> = page.split("\n```").skip(1).step_by(2).map(|block| block.trim_start_matches('\n')).collect();
    let find = |word: &str| (*blocks.iter().find(|block| block.contains(word)).unwrap()).to_owned();
    (find("require_certificate"), find("user pingfeng-hub"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_broker_set_up_as_documented_does_what_the_embedded_one_does() {
    // Certificates first: a hub that never meets a device makes the authority in the data folder.
    let mut hub = TestHub::start().await;
    let admin = hub.admin().await;
    admin.post("events", json!({ "id": "day", "name": "日" })).await.expect(StatusCode::CREATED).await;
    let one = hub.device(&admin, "一", "s", "g").await;
    let two = hub.device(&admin, "二", "s", "g").await;
    hub.stop().await;

    let folder = hub.dir.path().join("mosquitto");
    fs::create_dir_all(&folder).unwrap();
    let ca = hub.dir.path().join("data/ca");
    for name in ["authority.pem", "server.pem", "server.key"] {
        fs::copy(ca.join(name), folder.join(name)).unwrap();
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let at = |name: &str| folder.join(name).display().to_string();
    let (conf, acl) = documented();
    let conf = conf
        .replace("listener 8883", &format!("listener {port} 127.0.0.1"))
        .replace("/var/lib/pingfeng-hub/ca/authority.pem", &at("authority.pem"))
        .replace("/etc/mosquitto/broker.pem", &at("server.pem"))
        .replace("/etc/mosquitto/broker.key", &at("server.key"))
        .replace("/etc/mosquitto/pingfeng.acl", &at("pingfeng.acl"));
    // Started by root it would become a user that cannot read the test's folder.
    fs::write(folder.join("mosquitto.conf"), format!("{conf}\nuser root\n")).unwrap();
    fs::write(folder.join("pingfeng.acl"), acl).unwrap();
    let program = if Path::new("/usr/sbin/mosquitto").exists() { "/usr/sbin/mosquitto" } else { "mosquitto" };
    let mosquitto = Command::new(program)
        .arg("-c")
        .arg(folder.join("mosquitto.conf"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("mosquitto is installed");
    let _mosquitto = Mosquitto(mosquitto);

    hub.change(|settings| {
        settings.broker.external = Some(ExternalBroker { host: "localhost".into(), port, authority: None });
    });
    hub.start_again().await;
    let admin = hub.admin_again().await;
    let mut live = hub.listen();

    let mut screen = one.connect_at(port).await;
    screen.publish(DeviceTopic::Presence, &json!({ "v": 1, "online": true })).await;
    told(&mut live, "device", |device| device["id"] == one.id() && device["connected"] == true).await;
    let target: Target = screen.next_json("/target").await;
    assert_eq!(target.revision, 1);
    let record = Record {
        id: "01JD0000000000000000000001".into(),
        at_ms: 1,
        body: RecordBody::CheckIn { event: "day".into(), way: CheckInWay::Scanner, code: "1".into() },
    };
    screen.publish(DeviceTopic::Rec, &Records { v: 1, records: vec![record] }).await;
    let ack: Ack = screen.next_json("/ack").await;
    assert_eq!(ack.stored.len(), 1);
    assert_eq!(admin.get("check-ins").await.expect(StatusCode::OK).await.as_array().unwrap().len(), 1);

    let files = one.files(hub.dir.path());
    let mut command = tool_at(port, "mosquitto_pub", &files);
    command.args(["-q", "1", "-t", &format!("pf/1/dev/{}/report", two.id()), "-m", "{}"]);
    verdict(output(command).await).expect_err("a topic of another device");

    // Somebody starts a copy of the hub beside it. It says so, and does not fight for the name.
    let authority = &hub.running().hub.authority;
    let (certificate, key) = authority.client("pingfeng-hub", hub.running().hub.now_ms()).unwrap();
    let files = hub.dir.path().join("copy");
    fs::create_dir_all(&files).unwrap();
    fs::write(files.join("authority.pem"), authority.pem()).unwrap();
    fs::write(files.join("device.pem"), certificate).unwrap();
    fs::write(files.join("device.key"), key).unwrap();
    let mut command = tool_at(port, "mosquitto_pub", &files);
    command.args(["-q", "1", "-r", "-t", "pf/1/hub", "-m", "a copy"]);
    let copy = async { verdict(output(command).await).expect("a hub may say that it is there") };
    let told = told(&mut live, "fleet", |state| state["rival_at_ms"].is_i64());
    let (_, state) = tokio::join!(copy, told);
    let shown = admin.get("fleet").await.expect(StatusCode::OK).await;
    assert_eq!(shown["rival_at_ms"], state["rival_at_ms"]);
    hub.advance(11 * 60 * 1000);
    assert_eq!(hub.running().hub.fleet_state().await.unwrap().rival_at_ms, None, "it is not spoken of for ever");
    hub.stop().await;
}
