//! What concerns the whole fleet: dark screens, delivery rules, orders to groups, and a hub from an old backup.

use pingfeng_wire::{Command, Order, ReleaseRef, Report, Target, Window, topic::DeviceTopic};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Browser, Device, TestHub, told};

async fn target_from(screen: &mut Device, revision: u64) -> Target {
    loop {
        let target: Target = screen.next_json("/target").await;
        if target.revision >= revision {
            return target;
        }
    }
}

async fn device(admin: &Browser, id: &str) -> Value {
    admin.get(&format!("devices/{id}")).await.expect(StatusCode::OK).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_is_dark_for_as_long_as_anything_says_so() {
    let mut hub = TestHub::start().await;
    let admin = hub.admin().await;
    let credentials = hub.device(&admin, "门厅", "s", "hall").await;
    let mut screen = credentials.connect(&hub).await;
    assert!(!target_from(&mut screen, 1).await.blank);
    let blank = async |scope: &str, id: &str| admin.post("blanks", json!({ "scope": scope, "id": id })).await;
    assert_eq!(blank("device", "nobody").await.refused(StatusCode::NOT_FOUND).await, "not_found");
    let dark = blank("device", credentials.id()).await.expect(StatusCode::OK).await;
    assert_eq!(dark["devices"], 1);
    assert!(target_from(&mut screen, 2).await.blank);
    blank("site", "s").await.expect(StatusCode::OK).await;
    blank("hub", "hub").await.expect(StatusCode::OK).await;
    assert_eq!(target_from(&mut screen, 4).await.revision, 4);
    let seen = device(&admin, credentials.id()).await;
    let scopes: Vec<_> =
        seen["blanks"].as_array().unwrap().iter().map(|blank| blank["scope"].as_str().unwrap()).collect();
    assert_eq!(scopes, ["device", "site", "hub"]);

    // Darkness survives the hub.
    hub.stop().await;
    hub.start_again().await;
    let admin = hub.admin_again().await;
    let mut screen = credentials.connect(&hub).await;
    assert!(target_from(&mut screen, 4).await.blank);
    let fleet = admin.get("fleet").await.expect(StatusCode::OK).await;
    assert_eq!((&fleet["blanks"][0]["name"], &fleet["blanks"][0]["by"]), (&json!("门厅"), &json!("admin")));

    admin.delete(&format!("blanks/device/{}", credentials.id())).await.expect(StatusCode::OK).await;
    admin.delete("blanks/hub/hub").await.expect(StatusCode::OK).await;
    assert!(target_from(&mut screen, 6).await.blank, "its site is dark");
    admin.delete("blanks/site/s").await.expect(StatusCode::OK).await;
    assert!(!target_from(&mut screen, 7).await.blank);
    assert_eq!(admin.delete("blanks/site/s").await.refused(StatusCode::NOT_FOUND).await, "not_found");
    let audit = admin.get("audit").await.expect(StatusCode::OK).await;
    let entries = audit.as_array().unwrap();
    assert!(entries.iter().any(|entry| entry["action"] == "unblank" && entry["object"] == "s"));
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_follow_the_delivery_rules_of_their_group() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    let credentials = hub.device(&admin, "一", "s", "hall").await;
    let mut screen = credentials.connect(&hub).await;
    admin.put("groups/hall/target", json!({ "release": release })).await.expect(StatusCode::OK).await;
    let rules = json!({ "paused": false, "windows": [{ "from_min": 1320, "until_min": 360 }], "cap_bytes_s": 250_000 });
    let group = admin.put("groups/hall/delivery", rules.clone()).await.expect(StatusCode::OK).await;
    assert_eq!(group["delivery"], rules);
    let target = target_from(&mut screen, 3).await;
    assert_eq!(target.delivery.windows, [Window { from_min: 1320, until_min: 360 }]);
    assert_eq!(target.delivery.cap_bytes_s, Some(250_000));
    assert!(!target.delivery.together, "it is alone");
    assert!(target.release.is_some());

    let wrong = admin.put("groups/hall/delivery", json!({ "cap_bytes_s": 10 })).await;
    let wrong = wrong.expect(StatusCode::BAD_REQUEST).await;
    assert_eq!((&wrong["error"]["code"], &wrong["error"]["at"]), (&json!("invalid_delivery"), &json!("cap_bytes_s")));
    assert_eq!(admin.put("groups/yard/delivery", json!({})).await.refused(StatusCode::NOT_FOUND).await, "not_found");
    admin.put("groups/hall/delivery", json!({ "paused": true })).await.expect(StatusCode::OK).await;
    assert!(target_from(&mut screen, 4).await.delivery.paused);
    admin.put("groups/hall/delivery", json!({})).await.expect(StatusCode::OK).await;
    let target = target_from(&mut screen, 5).await;
    assert_eq!((target.delivery.paused, target.delivery.windows.len()), (false, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_of_a_site_share_a_key_while_they_may_ask_each_other_and_who_leaves_it_knows_an_old_one() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    let (mut screens, mut ids) = (Vec::new(), Vec::new());
    for (name, site) in [("一", "s"), ("二", "s"), ("三", "other")] {
        let credentials = hub.device(&admin, name, site, "hall").await;
        ids.push(credentials.id().to_owned());
        screens.push(credentials.connect(&hub).await);
    }
    admin.put("groups/hall/target", json!({ "release": release })).await.expect(StatusCode::OK).await;
    for screen in &mut screens {
        assert!(target_from(screen, 2).await.delivery.neighbours.is_none(), "nobody has allowed it");
    }
    let group = admin.put("groups/hall/delivery", json!({ "neighbours": true })).await.expect(StatusCode::OK).await;
    assert_eq!(group["delivery"]["neighbours"], json!(true));
    let mut keys = Vec::new();
    for screen in &mut screens {
        let target = loop {
            let target = target_from(screen, 3).await;
            if target.delivery.neighbours.is_some() {
                break target;
            }
        };
        keys.push(target.delivery.neighbours.unwrap().key);
    }
    assert!(keys[0] == keys[1] && keys[0] != keys[2], "one for each site");
    assert!(!group.to_string().contains(&keys[0]), "no console is told");
    let leaves = admin.post(&format!("devices/{}/revoke", ids[1]), json!({})).await;
    assert_eq!(leaves.response.status(), StatusCode::NO_CONTENT);
    assert_ne!(target_from(&mut screens[0], 4).await.delivery.neighbours.unwrap().key, keys[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_to_a_group_names_who_did_not_hear_it() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let here = hub.device(&admin, "在", "s", "hall").await;
    let away = hub.device(&admin, "不在", "s", "hall").await;
    let mut live = hub.listen();
    let mut screen = here.connect(&hub).await;
    told(&mut live, "device", |device| device["connected"] == true).await;
    let answer = admin.post("groups/hall/commands", json!({ "do": "return_to_last_good" })).await;
    let answer = answer.expect(StatusCode::ACCEPTED).await;
    assert_eq!((&answer["sent"][0]["id"], &answer["away"][0]["id"]), (&json!(here.id()), &json!(away.id())));
    let command: Command = screen.next_json("/cmd").await;
    assert_eq!(command.order, Order::ReturnToLastGood);
    let nobody = admin.post("groups/yard/commands", json!({ "do": "restart" })).await;
    assert_eq!(nobody.refused(StatusCode::NOT_FOUND).await, "not_found");
}

/// A device that answers a target which this hub never stated, as far as it remembers.
async fn restored(hub: &TestHub, admin: &Browser) -> (String, String, Device) {
    let first = hub.release(admin).await;
    let second = hub.build(admin, "base").await;
    let credentials = hub.device(admin, "一", "s", "hall").await;
    let mut live = hub.listen();
    let mut screen = credentials.connect(hub).await;
    admin.put("groups/hall/target", json!({ "release": first })).await.expect(StatusCode::OK).await;
    assert_eq!(target_from(&mut screen, 2).await.revision, 2);
    let report = Report {
        v: 1,
        target_revision: 9,
        running: Some(ReleaseRef { id: second.clone(), exhibition: "base".into(), version: 2, manifest_size_bytes: 1 }),
        ..Report::default()
    };
    screen.publish(DeviceTopic::Report, &report).await;
    let fleet = told(&mut live, "fleet", |fleet| fleet["restored"].is_object()).await;
    assert_eq!(fleet["restored"]["devices"][0]["id"], json!(credentials.id()));
    (first, second, screen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_from_an_old_backup_takes_no_screen_back_by_itself() {
    let mut hub = TestHub::start().await;
    let admin = hub.admin().await;
    let (first, _, mut screen) = restored(&hub, &admin).await;
    let target = target_from(&mut screen, 3).await;
    assert!(target.revision >= 10, "above what it saw: {}", target.revision);
    assert_eq!(target.release, None, "and it names nothing");
    let rollouts = admin.get("rollouts").await.expect(StatusCode::OK).await;
    assert_eq!((&rollouts[0]["state"], &rollouts[0]["stop"]["code"]), (&json!("stopped"), &json!("hub_restored")));
    let publish = admin.put("groups/hall/target", json!({ "release": first })).await;
    assert_eq!(publish.refused(StatusCode::CONFLICT).await, "hub_restored");

    // Darkness needs no decision, and neither does a restart take one.
    admin.post("blanks", json!({ "scope": "hub", "id": "hub" })).await.expect(StatusCode::OK).await;
    let target = loop {
        let target = target_from(&mut screen, 11).await;
        if target.blank {
            break target;
        }
    };
    assert_eq!(target.release, None);
    let id = screen.id.clone();
    hub.stop().await;
    hub.start_again().await;
    let admin = hub.admin_again().await;
    assert!(admin.get("fleet").await.expect(StatusCode::OK).await["restored"].is_object());

    // The administrator says that the backup is right.
    let settled = admin.post("fleet/restored", json!({ "holds": "hub" })).await.expect(StatusCode::OK).await;
    assert_eq!(settled["devices"], 0);
    let seen = device(&admin, &id).await;
    assert!(seen["target"]["revision"].as_i64().unwrap() > 1_000, "far above whatever was stated in between: {seen}");
    assert_eq!(admin.get("fleet").await.expect(StatusCode::OK).await["restored"], Value::Null);
    let again = admin.post("fleet/restored", json!({ "holds": "hub" })).await;
    assert_eq!(again.refused(StatusCode::CONFLICT).await, "not_restored");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restore_the_screens_may_keep_what_they_run() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let (_, second, mut screen) = restored(&hub, &admin).await;
    let settled = admin.post("fleet/restored", json!({ "holds": "devices" })).await.expect(StatusCode::OK).await;
    assert_eq!(settled["devices"], 1);
    let target = target_from(&mut screen, 1_000).await;
    assert_eq!(target.release.map(|offer| offer.release.id), Some(second));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impossible_revision_is_not_believed() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let credentials = hub.device(&admin, "一", "s", "hall").await;
    let mut live = hub.listen();
    let screen = credentials.connect(&hub).await;
    screen.publish(DeviceTopic::Report, &Report { v: 1, target_revision: u64::MAX, ..Report::default() }).await;
    told(&mut live, "device", |device| device["report"].is_object()).await;
    assert_eq!(admin.get("fleet").await.expect(StatusCode::OK).await["restored"], Value::Null);
}
