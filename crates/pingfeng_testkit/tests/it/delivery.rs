//! Target → fetch → stage → activate → confirm, in good and in bad weather.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pingfeng_hub::broker::Down;
use pingfeng_link::{Identity, Ignored, LinkCommand, LinkEvent, SystemClock};
use pingfeng_release::store::{RealDisk, fault::FaultDisk};
use pingfeng_testkit::{ChaosProxy, ShiftedClock, TestDevice, TestRelease, Weather};
use pingfeng_wire::topic::{self, DeviceTopic};
use pingfeng_wire::{Order, limits};
use serde_json::Value;

use crate::hub::TestHub;

fn behind(proxy: &ChaosProxy, identity: Identity) -> Identity {
    Identity { broker_port: proxy.address().port(), ..identity }
}

fn runs(version: u64) -> impl FnMut(&str, &Value) -> bool {
    move |kind, json| {
        kind == "device"
            && json["report"]["running"]["version"] == version
            && json["report"]["progress"]["state"] == "settled"
    }
}

fn failed(code: &str) -> impl FnMut(&str, &Value) -> bool {
    move |kind, json| kind == "device" && json["report"]["progress"]["code"] == code
}

#[test]
fn a_release_reaches_the_glass_and_the_hub_hears_of_it() {
    let mut hub = TestHub::start();
    let mut device = TestDevice::start(Some(hub.enrol()));
    let (one, two) = (TestRelease::new(1, 700_000), TestRelease::new(2, 700_000));
    hub.add(&one);
    hub.publish(&one);
    assert_eq!(device.take_up_release(), 1);
    hub.wait_live("the report", runs(1));
    hub.add(&two);
    let published = Instant::now();
    hub.publish(&two);
    assert_eq!(device.take_up_release(), 2);
    // Only a document changed: what is left of the two seconds to the first frame belongs to the screen.
    let taken = published.elapsed();
    println!("publish to confirmation: {taken:?}");
    assert!(taken < Duration::from_secs(1), "{taken:?}");
    hub.wait_live("the second report", runs(2));
    device.switch_off();
    device.switch_on();
    device.wait_connected();
    device.send(LinkCommand::FramesGood { release: two.id });
}

#[test]
fn a_film_with_a_byte_changed_in_every_chunk_travels_as_its_changes() {
    let hub = TestHub::start();
    let proxy = ChaosProxy::to(hub.mqtt()).unwrap();
    let mut device = TestDevice::start(Some(behind(&proxy, hub.enrol())));
    let film_bytes = 2_000_000;
    let (one, two) = (TestRelease::new(1, film_bytes), TestRelease::with_changes(2, film_bytes, 4_000));
    hub.add(&one);
    hub.publish(&one);
    assert_eq!(device.take_up_release(), 1);
    let before = proxy.passed_bytes();
    hub.add(&two);
    hub.publish(&two);
    assert_eq!(device.take_up_release(), 2);
    let passed_bytes = proxy.passed_bytes() - before;
    assert!(passed_bytes < 200_000, "{passed_bytes} bytes passed for 500 changed bytes");
}

#[test]
fn a_device_whose_old_release_is_damaged_gets_the_next_one_whole() {
    let hub = TestHub::start();
    let mut device = TestDevice::start(Some(hub.enrol()));
    let (one, two) = (TestRelease::new(1, 300_000), TestRelease::with_changes(2, 300_000, 4_000));
    hub.add(&one);
    hub.publish(&one);
    assert_eq!(device.take_up_release(), 1);
    // The medium has forgotten some of it: what the hub packs with it cannot be read, and is asked for without it.
    let film = walk(&device.folder().join("store/blobs")).into_iter().find(|path| path.ends_with(&one.film().0)).unwrap();
    let mut damaged = fs::read(&film).unwrap();
    damaged.iter_mut().step_by(1_000).for_each(|byte| *byte ^= 0x55);
    fs::write(&film, damaged).unwrap();
    hub.add(&two);
    hub.publish(&two);
    assert_eq!(device.take_up_release(), 2);
}

#[test]
fn a_release_published_while_the_device_was_away_is_taken_up_when_it_is_back() {
    let hub = TestHub::start();
    let mut device = TestDevice::start(Some(hub.enrol()));
    device.wait_connected();
    device.switch_off();
    let one = TestRelease::new(1, 10);
    hub.add(&one);
    hub.publish(&one);
    device.switch_on();
    assert_eq!(device.take_up_release(), 1);
}

#[test]
fn a_blob_that_the_hub_has_damaged_is_reported_and_what_is_shown_stays() {
    let mut hub = TestHub::start();
    let mut device = TestDevice::start(Some(hub.enrol()));
    let (one, two) = (TestRelease::new(1, 10), TestRelease::new(2, 300_000));
    hub.add(&one);
    hub.publish(&one);
    device.take_up_release();
    hub.add(&two);
    let file = walk(&hub.data().join("blobs")).into_iter().find(|path| path.ends_with(&two.film().0)).unwrap();
    let whole = fs::read(&file).unwrap();
    let mut damaged = whole.clone();
    damaged[200_000] ^= 1;
    fs::write(&file, damaged).unwrap();
    hub.publish(&two);
    // The hub gives nobody a piece that is not what its name says.
    let report = hub.wait_live("the silence", |kind, json| {
        kind == "device" && json["report"]["progress"]["waits"] == "no_answer"
    });
    assert_eq!(report["report"]["running"]["version"], 1, "{report}");
    fs::write(&file, whole).unwrap();
    hub.publish(&two);
    assert_eq!(device.take_up_release(), 2);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn a_hub_killed_in_the_middle_of_a_transfer_costs_only_what_was_on_its_way() {
    let mut hub = TestHub::start();
    let proxy = ChaosProxy::to(hub.mqtt()).unwrap();
    let mut device = TestDevice::start(Some(behind(&proxy, hub.enrol())));
    let size_bytes = 6_000_000;
    let release = TestRelease::new(1, size_bytes);
    hub.add(&release);
    proxy.set(Weather { bandwidth_bytes_s: 3_000_000, ..Weather::default() });
    hub.publish(&release);
    hub.wait_live("half of it", |kind, json| {
        kind == "device" && json["report"]["progress"]["done_bytes"].as_u64().is_some_and(|done| done > 2_000_000)
    });
    hub.kill();
    proxy.cut();
    device.wait_for("the loss", |event| matches!(event, LinkEvent::Disconnected { .. }).then_some(()));
    hub.switch_on();
    proxy.set_upstream(hub.mqtt());
    proxy.set(Weather::default());
    assert_eq!(device.take_up_release(), 1);
    let passed_bytes = proxy.passed_bytes();
    assert!(passed_bytes < size_bytes as u64 * 3 / 2, "{passed_bytes} bytes passed for a film of {size_bytes}");
}

#[test]
fn a_device_switched_off_in_the_middle_of_a_transfer_goes_on_where_it_was() {
    let mut hub = TestHub::start();
    let proxy = ChaosProxy::to(hub.mqtt()).unwrap();
    let mut device = TestDevice::start(Some(behind(&proxy, hub.enrol())));
    let size_bytes = 6_000_000;
    let release = TestRelease::new(1, size_bytes);
    hub.add(&release);
    proxy.set(Weather { bandwidth_bytes_s: 3_000_000, ..Weather::default() });
    hub.publish(&release);
    hub.wait_live("half of it", |kind, json| {
        kind == "device" && json["report"]["progress"]["done_bytes"].as_u64().is_some_and(|done| done > 2_000_000)
    });
    device.switch_off();
    proxy.set(Weather::default());
    device.switch_on();
    assert_eq!(device.take_up_release(), 1);
    let passed_bytes = proxy.passed_bytes();
    assert!(passed_bytes < size_bytes as u64 * 3 / 2, "{passed_bytes} bytes passed for a film of {size_bytes}");
}

#[test]
fn a_bad_line_with_cuts_and_flipped_bits_delivers_in_the_end() {
    let hub = TestHub::start();
    let proxy = ChaosProxy::to(hub.mqtt()).unwrap();
    let mut device = TestDevice::start(Some(behind(&proxy, hub.enrol())));
    device.wait_connected();
    let release = TestRelease::new(1, 2_000_000);
    hub.add(&release);
    hub.publish(&release);
    // TLS notices the flipped bit and ends the connection; the next one is cut by hand.
    proxy.set(Weather { corrupt_pieces: 1, ..Weather::default() });
    for _ in 0..2 {
        device.wait_for("the loss", |event| matches!(event, LinkEvent::Disconnected { .. }).then_some(()));
        device.wait_connected();
        proxy.cut();
    }
    assert_eq!(device.take_up_release(), 1);
}

#[test]
fn a_disk_that_is_full_is_reported_and_the_old_release_stays() {
    let mut hub = TestHub::start();
    let disk = Arc::new(FaultDisk::with_free_bytes(500_000));
    let mut device = TestDevice::start_with(Some(hub.enrol()), Arc::new(SystemClock::new()), disk.clone());
    let (one, two) = (TestRelease::new(1, 1_000), TestRelease::new(2, 5_000_000));
    hub.add(&one);
    hub.publish(&one);
    device.take_up_release();
    hub.add(&two);
    hub.publish(&two);
    let report = hub.wait_live("the failure", failed("disk_full"));
    assert_eq!(report["report"]["running"]["version"], 1, "{report}");
    disk.set_free_bytes(1_000_000_000);
    hub.publish(&two);
    assert_eq!(device.take_up_release(), 2);
}

#[test]
fn a_release_with_bad_frames_goes_back_and_the_hub_hears_why() {
    let mut hub = TestHub::start();
    let mut device = TestDevice::start(Some(hub.enrol()));
    let (one, two) = (TestRelease::new(1, 10), TestRelease::new(2, 10));
    hub.add(&one);
    hub.publish(&one);
    device.take_up_release();
    hub.add(&two);
    hub.publish(&two);
    let ready = |event| match event {
        LinkEvent::ReadyToActivate { release, .. } => Some(release.id().clone()),
        _ => None,
    };
    let release = device.wait_for("the second release", ready);
    device.send(LinkCommand::Activate { release: release.clone() });
    device.wait_for("the activation", |event| matches!(event, LinkEvent::Activated { .. }).then_some(()));
    device.send(LinkCommand::FramesBad { release, reason: "the first page stayed black".into() });
    let back = device.wait_for("the way back", |event| match event {
        LinkEvent::RolledBack { to, .. } => Some(to.unwrap().manifest().version),
        _ => None,
    });
    assert_eq!(back, 1);
    let report = hub.wait_live("the failure", failed("no_frames"));
    assert_eq!(report["report"]["progress"]["message"], "the first page stayed black");
    device.switch_off();
    device.switch_on();
    hub.wait_live("the failure, again, after a restart", failed("no_frames"));
}

#[test]
fn a_clock_set_back_ten_years_stops_nothing() {
    let mut hub = TestHub::start();
    let clock = Arc::new(ShiftedClock::by(0));
    let mut device = TestDevice::start_with(Some(hub.enrol()), clock.clone(), Arc::new(RealDisk));
    device.wait_connected();
    clock.shift(-10 * 365 * 86_400_000);
    let one = TestRelease::new(1, 200_000);
    hub.add(&one);
    hub.publish(&one);
    assert_eq!(device.take_up_release(), 1);
    let report = hub.wait_live("the report", runs(1));
    let id = report["id"].as_str().unwrap().to_owned();
    let order = hub.does(|hub| hub.order(&id, Order::Screenshot, "test")).unwrap();
    let asked = device.wait_for("the order", |event| match event {
        LinkEvent::Order { id, order: Order::Screenshot } => Some(id),
        _ => None,
    });
    assert_eq!(asked, order);
}

#[test]
fn an_oversized_packet_is_dropped_and_the_next_one_arrives() {
    let hub = TestHub::start();
    let mut device = TestDevice::start(Some(hub.enrol()));
    let id = device.identity.clone().unwrap().device;
    device.wait_for("the site's name", |event| matches!(event, LinkEvent::Site { .. }).then_some(()));
    let send = |bytes: usize| {
        let topic = topic::device(&id, DeviceTopic::Cmd);
        let payload = vec![b' '; bytes].into();
        hub.does(|hub| hub.send(Down { topic, payload, retained: false, assured: true, expires_s: None }));
    };
    // With its topic and header this one is a little smaller than the limit, the other larger.
    send(limits::PACKET_BYTES_MAX + 1);
    send(limits::PACKET_BYTES_MAX - 200);
    let count = device.wait_for("the one that fits", |event| match event {
        LinkEvent::Ignored { what: Ignored::Payload, count } => Some(count),
        LinkEvent::Disconnected { why, .. } => panic!("the connection was lost: {why}"),
        _ => None,
    });
    assert_eq!(count, 1);
    hub.does(|hub| hub.order(&id, Order::Screenshot, "test")).unwrap();
    device.wait_for("an order", |event| matches!(event, LinkEvent::Order { .. }).then_some(()));
}
