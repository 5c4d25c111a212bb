//! Certificates come and go: a new one before the present one ends, none for a device that is lost, and a machine that
//! takes the place of another.

use pingfeng_link::enrol::enrol;
use pingfeng_link::{Glass, Identity, LinkCommand, LinkEvent};
use pingfeng_testkit::TestDevice;

use crate::hub::{TestHub, now_ms};

/// Serials and states of the certificates of a device, the newest first.
fn certificates(hub: &TestHub) -> Vec<(String, String)> {
    let listed = hub.does(|hub| hub.list_certificates()).unwrap();
    listed.into_iter().map(|certificate| (certificate.serial, certificate.state)).collect()
}

/// Says something and waits until the hub has heard it: whatever came before it has been dealt with.
fn heard(hub: &mut TestHub, device: &TestDevice, phase: &str) {
    device.send(LinkCommand::Glass(Glass { phase: phase.into(), ..Glass::default() }));
    hub.wait_live(phase, |kind, json| kind == "device" && json["report"]["phase"] == phase);
}

#[test]
fn a_certificate_is_renewed_in_its_last_third_and_the_old_one_is_worthless_then() {
    let mut hub = TestHub::start_with_certificates_of(1);
    let before = hub.enrol();
    let old_serial = certificates(&hub)[0].0.clone();
    let mut device = TestDevice::start(Some(before.clone()));
    device.wait_connected();
    device.wait_for("the renewal", |event| match event {
        LinkEvent::Disconnected { why, .. } => Some(assert_eq!(why, "the certificate was renewed")),
        _ => None,
    });
    device.wait_connected();
    heard(&mut hub, &device, "attract");
    let known = certificates(&hub);
    assert_eq!(known.iter().map(|(_, state)| state.as_str()).collect::<Vec<_>>(), ["current", "replaced"]);
    assert_eq!(known[1].0, old_serial);
    let after = Identity::load(&device.identity_file()).unwrap().unwrap();
    assert_eq!((&after.device, &after.group), (&before.device, &before.group));
    assert_ne!((&after.certificate_pem, &after.key_pem), (&before.certificate_pem, &before.key_pem));
    assert!(!device.identity_file().with_extension("former.json").exists());

    // A copy of the old key opens nothing.
    device.switch_off();
    let mut thief = TestDevice::start(Some(before));
    let why = refused(&mut thief);
    thief.switch_off();
    // The new one does, after a restart as well.
    device.identity = Some(after);
    device.switch_on();
    device.wait_connected();
    println!("the old certificate: {why}");
}

#[test]
fn a_device_that_lost_the_answer_goes_on_with_the_certificate_that_it_has() {
    let mut hub = TestHub::start_with_certificates_of(90);
    let identity = hub.enrol();
    let mut device = TestDevice::start(Some(identity.clone()));
    device.wait_connected();
    // A certificate that never arrives: asked for by somebody else's hand, as after a crash of the device.
    let csr_pem = pingfeng_link::enrol::certificate_request().unwrap();
    let renewal = pingfeng_wire::Renewal { v: pingfeng_wire::VERSION, csr_pem };
    hub.does(|hub| hub.take_renewal(&identity.device, &renewal)).unwrap();
    assert_eq!(certificates(&hub).len(), 2);
    device.switch_off();
    device.switch_on();
    device.wait_connected();
    heard(&mut hub, &device, "attract");
    let states: Vec<_> = certificates(&hub).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["next", "current"]);
}

#[test]
fn a_revoked_device_is_thrown_out_and_another_machine_can_take_its_place() {
    let mut hub = TestHub::start();
    let identity = hub.enrol();
    let mut device = TestDevice::start(Some(identity.clone()));
    device.wait_connected();
    heard(&mut hub, &device, "attract");
    hub.does(|hub| hub.revoke_device(&identity.device)).unwrap();
    refused(&mut device);
    assert_eq!(certificates(&hub)[0].1, "revoked");
    // Not even after a restart of the hub, which reads who may come in from its database.
    hub.switch_off();
    hub.switch_on();
    let at_new_port = |identity: &Identity| Identity { broker_port: hub.mqtt().port(), ..identity.clone() };
    device.switch_off();
    device.identity = Some(at_new_port(&identity));
    device.switch_on();
    refused(&mut device);

    let code = hub.does(|hub| hub.create_code_for_device(&identity.device, "test")).unwrap();
    let invitation = pingfeng_link::enrol::Invitation { code: code.code, ..hub.invitation() };
    let again = enrol(&invitation, now_ms()).unwrap().identity;
    assert_eq!((&again.device, &again.name, &again.site), (&identity.device, &identity.name, &identity.site));
    let mut replacement = TestDevice::start(Some(again));
    replacement.wait_connected();
    assert_eq!(hub.does(|hub| hub.list_devices()).unwrap().len(), 1);
}

fn refused(device: &mut TestDevice) -> String {
    device.wait_for("the refusal", |event| match event {
        LinkEvent::Disconnected { why, .. } => Some(why),
        _ => None,
    });
    // The end of a connection is no refusal yet: the next try is.
    device.wait_for("the refusal of the next try", |event| match event {
        LinkEvent::Connected => panic!("it was let in"),
        LinkEvent::Disconnected { why, .. } => Some(why),
        _ => None,
    })
}
