//! Pieces on other ways than through the broker: over HTTPS, and from devices of the site.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use pingfeng_link::Identity;
use pingfeng_link::neighbour::{Seen, accept_as_neighbour, connect_as_neighbour};
use pingfeng_release::chunk::ChunkName;
use pingfeng_release::store::Wanted;
use pingfeng_release::{BlobHash, parcel};
use pingfeng_testkit::{ChaosProxy, PATIENCE, TestDevice, TestHall, TestRelease, Weather};
use pingfeng_wire::Want;

use crate::hub::TestHub;

fn with_https() -> TestHub {
    TestHub::start_with(Box::new(|settings| settings.delivery.https = true))
}

/// A hub whose devices find its web service behind a proxy, and through the other proxy its broker.
fn behind_proxies() -> (TestHub, ChaosProxy, ChaosProxy, TestDevice) {
    let https = ChaosProxy::to(([127, 0, 0, 1], 1).into()).unwrap();
    let port = https.address().port();
    let hub = TestHub::start_with(Box::new(move |settings| {
        settings.delivery.https = true;
        settings.delivery.url = Some(format!("https://localhost:{port}"));
    }));
    https.set_upstream(hub.running().https_addr);
    let mqtt = ChaosProxy::to(hub.mqtt()).unwrap();
    let mut identity = hub.enrol();
    identity.broker_port = mqtt.address().port();
    let device = TestDevice::start(Some(identity));
    (hub, https, mqtt, device)
}

fn requests(hub: &TestHub, device: &TestDevice) -> usize {
    let id = &device.identity.as_ref().unwrap().device;
    hub.running().hub.streams.requests_of(id)
}

#[test]
fn over_https_each_kind_of_refresh_takes_at_most_eight_requests() {
    let hub = with_https();
    let mut device = TestDevice::start(Some(hub.enrol()));
    device.wait_connected();
    let film = TestRelease::noise(9_000_000);
    let recut = [&film[..8_500_000], &TestRelease::noise(700_000)[200_000..]].concat();
    let releases = [
        ("everything new", TestRelease::with_film(1, film.clone())),
        ("one word changed", TestRelease::with_film(2, film)),
        ("a film re-cut at its end", TestRelease::with_film(3, recut)),
    ];
    let mut before = 0;
    for (what, release) in releases {
        hub.add(&release);
        hub.publish(&release);
        assert_eq!(device.take_up_release(), release.manifest.version);
        let asked = requests(&hub, &device) - before;
        before += asked;
        println!("{what}: {asked} requests");
        assert!((1..=8).contains(&asked), "{what}: {asked} requests");
    }
}

#[test]
fn an_answer_that_breaks_in_the_middle_costs_what_was_on_its_way_and_the_broker_brings_the_rest() {
    let (mut hub, https, mqtt, mut device) = behind_proxies();
    let size_bytes = 12_000_000_u64;
    let release = TestRelease::new(1, size_bytes as usize);
    hub.add(&release);
    https.set(Weather { bandwidth_bytes_s: 4_000_000, ..Weather::default() });
    hub.publish(&release);
    hub.wait_live("half of it over HTTPS", |kind, json| {
        let progress = &json["report"]["progress"];
        kind == "device"
            && progress["way"] == "https"
            && progress["done_bytes"].as_u64().is_some_and(|done| done > 4_000_000)
    });
    https.set(Weather { refusing: true, ..Weather::default() });
    https.cut();
    assert_eq!(device.take_up_release(), 1);
    let (over_https, over_mqtt) = (https.passed_bytes(), mqtt.passed_bytes());
    println!("{over_https} bytes over HTTPS, {over_mqtt} over MQTT");
    assert!(over_https > 4_000_000 && over_mqtt > 1_000_000, "{over_https} and {over_mqtt}");
    // Buffers of the system on both sides of the proxy hold some more than a window.
    assert!(over_https + over_mqtt < size_bytes + 4_000_000, "{over_https} and {over_mqtt} for {size_bytes}");
}

#[test]
fn a_web_service_that_is_somebody_else_is_told_nothing_and_the_broker_brings_the_release() {
    let other = TestHub::start();
    let (hub, https, mqtt, mut device) = behind_proxies();
    https.set_upstream(other.running().https_addr);
    let release = TestRelease::new(1, 400_000);
    hub.add(&release);
    hub.publish(&release);
    assert_eq!(device.take_up_release(), 1);
    assert!(https.passed_bytes() > 0, "it was tried");
    assert!(mqtt.passed_bytes() > 400_000);
    assert_eq!(requests(&other, &device), 0);
}

/// Asks the hub as a device would, with any token; its status and its answer.
fn ask(hub: &TestHub, token: &str, release: &TestRelease, names: &[ChunkName]) -> (u16, Vec<u8>) {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authority = reqwest::Certificate::from_pem(hub.running().authority_pem.as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([authority]).build().unwrap();
    let names: Vec<u8> = names.iter().flat_map(|name| name.0).collect();
    let want =
        Want { v: 1, release: release.id.0.clone(), names: openssl::base64::encode_block(&names), ..Want::default() };
    let url = format!("https://localhost:{}/api/v1/pieces", hub.running().https_addr.port());
    hub.does(async |_| {
        let answer = client.post(url).bearer_auth(token).json(&want).send().await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    })
}

#[test]
fn a_token_is_good_for_its_device_and_the_release_that_it_should_run() {
    let hub = with_https();
    let (one, two) = (TestRelease::new(1, 100_000), TestRelease::new(2, 200_000));
    let (mine, theirs) = (hub.enrol(), hub.enrol());
    hub.add(&one);
    hub.add(&two);
    hub.publish(&one);
    let token_for =
        |release: &TestRelease| hub.does(|hub| hub.https_way(&mine.device, &release.id.0)).unwrap().unwrap().token;
    let token = token_for(&one);
    let root = [Wanted::of(&one.manifest_bytes).manifest_root];
    let (status, row) = ask(&hub, &token, &one, &root);
    assert_eq!(status, 200);
    let (header, rest) = row.split_first_chunk::<4>().unwrap();
    let (sent, end) = rest.split_at(u32::from_le_bytes(*header) as usize);
    assert_eq!((ChunkName::of(&parcel::unpack(sent).unwrap()[0]), end), (root[0], &parcel::ROW_END[..]));
    for (what, token, release, expected) in [
        ("no token", String::new(), &one, 401),
        ("of another release", token.clone(), &two, 401),
        ("for a release that it should not run", token_for(&two), &two, 403),
        ("with the name of another device", token.replace(&mine.device, &theirs.device), &one, 401),
        ("with a wrong seal", format!("{}.{}", mine.device, "0".repeat(64)), &one, 401),
        ("with no seal", mine.device.clone(), &one, 401),
    ] {
        assert_eq!(ask(&hub, &token, release, &root).0, expected, "{what}");
    }
    assert_eq!(ask(&hub, &token, &one, &[]).0, 400, "it names nothing");
    hub.does(|hub| hub.revoke_device(&mine.device)).unwrap();
    assert_eq!(ask(&hub, &token, &one, &root).0, 401, "its certificate was revoked");
}

/// A hub whose group lets devices ask each other.
fn with_neighbours() -> TestHub {
    let hub = TestHub::start();
    // The group exists as soon as a device is expected.
    let _ = hub.invitation();
    hub.allow_neighbours();
    hub
}

/// A device with a place in the hall, behind a proxy that counts what the hub sends it.
fn device_in(hall: &TestHall, hub: &TestHub, name: &str) -> (TestDevice, ChaosProxy) {
    let mqtt = ChaosProxy::to(hub.mqtt()).unwrap();
    let mut device = TestDevice::start(None);
    device.switch_off();
    let identity = hub.enrol();
    device.identity = Some(Identity { broker_port: mqtt.address().port(), ..identity });
    device.neighbours = Some(hall.place(name));
    device.switch_on();
    (device, mqtt)
}

/// Waits until so many devices of the hall say that they have a release.
fn wait_shared(hall: &TestHall, devices: usize) -> Vec<Seen> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen: Vec<_> = hall.seen().into_iter().filter(|seen| !seen.has.is_empty()).collect();
        if seen.len() >= devices {
            return seen;
        }
        assert!(Instant::now() < deadline, "{:?}", hall.seen());
        std::thread::yield_now();
    }
}

#[test]
fn what_one_device_of_a_site_has_the_others_do_not_fetch_from_the_hub() {
    let hub = with_neighbours();
    let hall = TestHall::default();
    let size_bytes = 6_000_000;
    let release = TestRelease::new(1, size_bytes);
    hub.add(&release);
    let (mut first, first_line) = device_in(&hall, &hub, "first");
    hub.publish(&release);
    assert_eq!(first.take_up_release(), 1);
    wait_shared(&hall, 1);
    assert!(first_line.passed_bytes() > size_bytes as u64);
    for name in ["second", "third"] {
        let (mut device, line) = device_in(&hall, &hub, name);
        hub.publish(&release);
        assert_eq!(device.take_up_release(), 1);
        println!("{name}: {} bytes from the hub for a release of {size_bytes}", line.passed_bytes());
        assert!(line.passed_bytes() < 100_000, "{} bytes from the hub", line.passed_bytes());
    }
}

/// A neighbour that knows the key of the site and gives every piece, the sixth of each answer with a wrong byte.
fn liar(key: &str, pieces: HashMap<ChunkName, Vec<u8>>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let (key, counted) = (key.to_owned(), asked.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = accept_as_neighbour(stream.unwrap(), &key) else { continue };
            counted.fetch_add(1, Ordering::SeqCst);
            let mut count = [0; 4];
            stream.read_exact(&mut count).unwrap();
            let mut names = vec![0; u32::from_le_bytes(count) as usize * 32];
            stream.read_exact(&mut names).unwrap();
            let given: Vec<_> =
                names.as_chunks::<32>().0.iter().filter_map(|name| pieces.get(&ChunkName(*name))).collect();
            for (at, piece) in given.into_iter().enumerate() {
                let mut piece = piece.clone();
                if at == 5 {
                    piece[0] ^= 1;
                }
                let parcel = parcel::pack([piece.as_slice()]).unwrap();
                let _ = stream.write_all(&[&parcel::row_header(&parcel)[..], &parcel].concat());
            }
            let _ = stream.write_all(&parcel::ROW_END);
        }
    });
    (address, asked)
}

#[test]
fn a_neighbour_that_lies_is_found_out_avoided_and_reported_and_the_release_is_whole_and_right() {
    let mut hub = with_neighbours();
    let hall = TestHall::default();
    let release = TestRelease::new(1, 2_000_000);
    hub.add(&release);
    let (mut first, _line) = device_in(&hall, &hub, "first");
    hub.publish(&release);
    assert_eq!(first.take_up_release(), 1);
    let honest = wait_shared(&hall, 1).remove(0);
    first.switch_off();
    let key = hub.site_key_of(first.identity.as_ref().unwrap());
    let (address, asked) = liar(&key, release.pieces());
    hall.say(Seen { id: "liar".into(), address, ..honest });
    let (mut second, line) = device_in(&hall, &hub, "second");
    hub.publish(&release);
    assert_eq!(second.take_up_release(), 1);
    hub.wait_live("the warning", |kind, json| {
        kind == "device"
            && json["report"]["trust"]["warnings"].as_array().is_some_and(|all| all.contains(&"neighbour_wrong".into()))
    });
    let told = asked.load(Ordering::SeqCst);
    assert!(
        told > 0 && line.passed_bytes() > 1_000_000,
        "{told} questions, {} bytes from the hub",
        line.passed_bytes()
    );
    // Every file is what the manifest says: the store has checked it, and checks it again here.
    let blobs = second.folder().join("store/blobs");
    for (path, file) in &release.manifest.files {
        let bytes = std::fs::read(blobs.join(&file.blob.0[..2]).join(&file.blob.0)).unwrap();
        assert_eq!(BlobHash::of(&bytes), file.blob, "{path}");
    }
    // A newer release: it says that it has this one as well, and is not even asked.
    let two = TestRelease::new(2, 2_500_000);
    hub.add(&two);
    hub.publish(&two);
    assert_eq!(second.take_up_release(), 2);
    assert_eq!(asked.load(Ordering::SeqCst), told);
}

#[test]
fn a_device_of_another_site_is_given_nothing() {
    let hub = with_neighbours();
    let hall = TestHall::default();
    let release = TestRelease::new(1, 900_000);
    hub.add(&release);
    let (mut first, _line) = device_in(&hall, &hub, "first");
    hub.publish(&release);
    assert_eq!(first.take_up_release(), 1);
    let theirs = wait_shared(&hall, 1).remove(0);
    // Somebody who knows a key, but not that of this site.
    let other = openssl::base64::encode_block(&[7; 32]);
    let stream = TcpStream::connect(theirs.address).unwrap();
    assert!(connect_as_neighbour(stream, &other).is_err());
    // And one with the right key is let in: it is the key that makes the difference.
    let key = hub.site_key_of(first.identity.as_ref().unwrap());
    assert!(connect_as_neighbour(TcpStream::connect(theirs.address).unwrap(), &key).is_ok());
}

#[test]
fn a_device_gives_nothing_while_the_hub_does_not_allow_it() {
    let hub = TestHub::start();
    let hall = TestHall::default();
    let release = TestRelease::new(1, 100_000);
    hub.add(&release);
    let (mut first, _line) = device_in(&hall, &hub, "first");
    hub.publish(&release);
    assert_eq!(first.take_up_release(), 1);
    assert_eq!(hall.seen(), []);
    hub.allow_neighbours();
    let seen = wait_shared(&hall, 1).remove(0);
    hub.forbid_neighbours();
    let deadline = Instant::now() + PATIENCE;
    while !hall.seen().is_empty() {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
    assert!(TcpStream::connect(seen.address).is_err());
}
