//! Check-ins on their way up, welcomes and orders on their way down.

use std::time::{Duration, Instant};

use pingfeng_hub::records::{Attendee, NewCheckIn};
use pingfeng_link::{LinkCommand, LinkEvent};
use pingfeng_testkit::{ChaosProxy, TestDevice, Weather};
use pingfeng_wire::{CheckInWay, Order, Outcome, Record, RecordBody, Records, VERSION};

use crate::hub::{SITE, TestHub, now_ms};

pub(crate) const EVENT: &str = "opening";

pub(crate) fn with_event() -> TestHub {
    let hub = TestHub::start();
    hub.does(|hub| hub.site_called(SITE)).unwrap();
    hub.does(|hub| hub.create_event(Some(EVENT.into()), "开馆日", Some(SITE))).unwrap();
    let list = vec![
        Attendee { code: "100001".into(), name: "王小明".into() },
        Attendee { code: "100002".into(), name: "李四".into() },
    ];
    hub.does(|hub| hub.replace_attendees(EVENT, list)).unwrap();
    hub
}

fn check_in(n: u32, event: &str) -> Record {
    let body = RecordBody::CheckIn { event: event.into(), way: CheckInWay::Code, code: "100001".into() };
    Record { id: format!("01JB0000000000000000{n:06}"), at_ms: now_ms(), body }
}

fn stored(hub: &TestHub) -> usize {
    hub.does(|hub| hub.list_check_ins(Some(EVENT), None)).unwrap().len()
}

fn save(device: &mut TestDevice, record: &Record) {
    device.send(LinkCommand::Save(record.clone()));
    let id = record.id.clone();
    device.wait_for("the record to be saved", |event| {
        matches!(event, LinkEvent::Saved { record } if record == id).then_some(())
    });
}

fn is_check_in(record: &Record) -> impl FnMut(&str, &serde_json::Value) -> bool {
    move |kind, json| kind == "check_in" && json["id"] == record.id
}

fn outbox_is(waiting: u64) -> impl FnMut(&str, &serde_json::Value) -> bool {
    move |kind, json| kind == "device" && json["report"]["outbox"] == waiting
}

#[test]
fn a_check_in_is_stored_once_however_often_it_is_sent() {
    let mut hub = with_event();
    let mut device = TestDevice::start(Some(hub.enrol()));
    let id = device.identity.clone().unwrap().device;
    device.wait_connected();
    let record = check_in(1, EVENT);
    // The hub has it, but its acknowledgement was lost: the device knows nothing and sends.
    hub.does(|hub| hub.take_records(&id, Records { v: VERSION, records: vec![record.clone()] })).unwrap();
    save(&mut device, &record);
    save(&mut device, &record);
    hub.wait_live("an empty outbox", outbox_is(0));
    assert_eq!(stored(&hub), 1);
}

#[test]
fn check_ins_made_while_the_hub_is_away_arrive_once_when_it_is_back() {
    let mut hub = with_event();
    let proxy = ChaosProxy::to(hub.mqtt()).unwrap();
    let mut identity = hub.enrol();
    identity.broker_port = proxy.address().port();
    let mut device = TestDevice::start(Some(identity));
    device.wait_connected();
    hub.switch_off();
    for n in 0..120 {
        save(&mut device, &check_in(n, EVENT));
    }
    device.switch_off();
    device.switch_on();
    hub.switch_on();
    proxy.set_upstream(hub.mqtt());
    let last = check_in(119, EVENT);
    hub.wait_live("the last check-in", is_check_in(&last));
    hub.wait_live("an empty outbox", outbox_is(0));
    assert_eq!(stored(&hub), 120);
}

#[test]
fn a_half_open_line_is_noticed_and_its_records_are_sent_again() {
    let mut hub = with_event();
    let proxy = ChaosProxy::to(hub.mqtt()).unwrap();
    let mut identity = hub.enrol();
    identity.broker_port = proxy.address().port();
    let mut device = TestDevice::start(Some(identity));
    device.wait_connected();
    proxy.set(Weather { stalled: true, ..Weather::default() });
    let record = check_in(1, EVENT);
    save(&mut device, &record);
    device.wait_for("the keep-alive to notice", |event| matches!(event, LinkEvent::Disconnected { .. }).then_some(()));
    assert_eq!(stored(&hub), 0);
    proxy.cut();
    proxy.set(Weather::default());
    hub.wait_live("the check-in", is_check_in(&record));
    assert_eq!(stored(&hub), 1);
}

#[test]
fn a_check_in_for_an_unknown_event_is_refused_kept_aside_and_the_next_one_arrives() {
    let mut hub = with_event();
    let mut device = TestDevice::start(Some(hub.enrol()));
    device.wait_connected();
    save(&mut device, &check_in(1, "no-such-event"));
    let code = device.wait_for("the refusal", |event| match event {
        LinkEvent::RecordRefused { code, .. } => Some(code),
        _ => None,
    });
    assert_eq!(code, "unknown_event");
    let record = check_in(2, EVENT);
    save(&mut device, &record);
    hub.wait_live("the check-in", is_check_in(&record));
}

#[test]
fn a_check_in_made_elsewhere_is_welcomed_within_a_second_with_its_name_masked() {
    let hub = with_event();
    let mut device = TestDevice::start(Some(hub.enrol()));
    device.wait_connected();
    // The subscription stands once a first message came through: the target is retained.
    device.wait_for("the site's name", |event| matches!(event, LinkEvent::Site { name } if name == SITE).then_some(()));
    let made = Instant::now();
    let new = NewCheckIn { id: None, event: EVENT.into(), code: Some("100001".into()), name: None };
    hub.does(|hub| hub.check_in(new)).unwrap();
    let welcome = device.wait_for("the welcome", |event| match event {
        LinkEvent::Welcome(welcome) => Some(welcome),
        _ => None,
    });
    assert!(made.elapsed() < Duration::from_secs(1), "{:?}", made.elapsed());
    assert_eq!((welcome.name.as_str(), welcome.count), ("王＊明", 1));
}

#[test]
fn an_order_is_carried_out_and_its_picture_comes_back() {
    let mut hub = with_event();
    let mut device = TestDevice::start(Some(hub.enrol()));
    let id = device.identity.clone().unwrap().device;
    device.wait_connected();
    device.wait_for("the site's name", |event| matches!(event, LinkEvent::Site { .. }).then_some(()));
    hub.does(|hub| hub.order(&id, Order::Screenshot, "test")).unwrap();
    let order = device.wait_for("the order", |event| match event {
        LinkEvent::Order { id, .. } => Some(id),
        _ => None,
    });
    // The smallest that begins and ends like a JPEG; the hub keeps it as it came.
    let picture = vec![0xff, 0xd8, 0xff, 0xe0, 0x00, 0xff, 0xd9];
    device.send(LinkCommand::OrderDone { id: order, outcome: Outcome::Done, picture_jpeg: Some(picture.clone()) });
    hub.wait_live("the picture", |kind, json| kind == "device" && !json["picture_at_ms"].is_null());
    let path = hub.does(async |hub| hub.picture_path(&id));
    assert_eq!(std::fs::read(path).unwrap(), picture);
}
