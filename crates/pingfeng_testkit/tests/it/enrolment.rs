//! From a code to a device that the broker lets in.

use pingfeng_link::enrol::{EnrolError, enrol};
use pingfeng_link::{Identity, LinkEvent};
use pingfeng_testkit::TestDevice;

use crate::hub::{TestHub, now_ms};

#[test]
fn a_code_is_good_once_and_a_wrong_one_never() {
    let hub = TestHub::start();
    let invitation = hub.invitation();
    let identity = enrol(&invitation, now_ms()).unwrap().identity;
    assert_eq!(identity.name, "一号屏");
    assert!(matches!(enrol(&invitation, now_ms()).unwrap_err(), EnrolError::CodeUsed));
    let mut wrong = hub.invitation();
    wrong.code = "0000-0000".into();
    assert!(matches!(enrol(&wrong, now_ms()).unwrap_err(), EnrolError::CodeUnknown));
}

#[test]
fn an_enrolled_device_is_online_and_says_goodbye_when_it_is_switched_off() {
    let mut hub = TestHub::start();
    let mut device = TestDevice::start(Some(hub.enrol()));
    device.wait_connected();
    hub.wait_live("the device to be online", |kind, json| kind == "device" && json["connected"] == true);
    device.switch_off();
    hub.wait_live("the device to be gone", |kind, json| kind == "device" && json["connected"] == false);
    device.switch_on();
    device.wait_connected();
}

#[test]
fn a_device_that_the_hub_has_not_enrolled_is_refused_and_says_so() {
    let (hub, other) = (TestHub::start(), TestHub::start());
    let stranger = Identity { broker_port: hub.mqtt().port(), ..other.enrol() };
    let mut device = TestDevice::start(Some(stranger));
    let why = device.wait_for("the refusal", |event| match event {
        LinkEvent::Disconnected { why, .. } => Some(why),
        LinkEvent::Connected => panic!("a stranger was let in"),
        _ => None,
    });
    assert!(why.contains("certificate"), "{why}");
}
