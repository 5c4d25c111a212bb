//! The fleet over HTTP, with devices on the other side over MQTT.

use base64::{Engine, engine::general_purpose::STANDARD};
use pingfeng_wire::{Command, Order, Origin, Outcome, Progress, Receipt, ReleaseRef, Report, Target, topic::DeviceTopic};
use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::harness::{TestHub, told};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_screen_reports_becomes_one_word_and_its_reasons() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    let credentials = hub.device(&admin, "一", "s", "hall").await;
    let published = admin.post(&format!("releases/{release}/publish"), json!({ "groups": ["hall"] })).await;
    assert_eq!(published.expect(StatusCode::OK).await["devices"], 1);

    let mut live = hub.listen();
    let mut screen = credentials.connect(&hub).await;
    let target: Target = screen.next_json("/target").await;
    let target = target.release.unwrap().release;
    assert_eq!((&target.id, target.exhibition.as_str(), target.version), (&release, "base", 1));

    let report = |running: Option<ReleaseRef>, progress: Progress| Report {
        v: 1,
        target_revision: 2,
        running,
        origin: Origin::Release,
        progress,
        phase: "attract".into(),
        scene: Some("calm".into()),
        program: "test 2".into(),
        ..Report::default()
    };
    let fetching = Progress::Fetching { done_bytes: 1, total_bytes: 4, bytes_s: 1, waits: None, way: None };
    screen.publish(DeviceTopic::Report, &report(None, fetching)).await;
    let device = told(&mut live, "device", |device| device["status"] == "updating" && device["report"].is_object()).await;
    assert_eq!(device["why"][1]["code"], "fetching");
    assert_eq!(device["program"], "test 2");

    let full = Progress::Failed { code: "disk_full".into(), message: "no space".into(), retry_at_ms: None };
    screen.publish(DeviceTopic::Report, &report(None, full)).await;
    let device = told(&mut live, "device", |device| device["status"] == "fault").await;
    assert_eq!(device["why"][1]["code"], "disk_full");

    screen.publish(DeviceTopic::Report, &report(Some(target), Progress::Settled)).await;
    told(&mut live, "device", |device| device["status"] == "online").await;
    let releases = admin.get("releases").await.expect(StatusCode::OK).await;
    assert_eq!((&releases[0]["devices"], &releases[0]["running"]), (&json!(1), &json!(1)));

    screen.leave().await;
    told(&mut live, "device", |device| device["connected"] == false).await;
    hub.advance(15_000);
    let devices = admin.get("devices").await.expect(StatusCode::OK).await;
    assert_eq!(devices[0]["status"], "offline");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_answers_an_older_target_is_told_the_newest_again() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    let credentials = hub.device(&admin, "一", "s", "hall").await;
    admin.post(&format!("releases/{release}/publish"), json!({ "groups": ["hall"] })).await.expect(StatusCode::OK).await;
    let mut live = hub.listen();
    let mut screen = credentials.connect(&hub).await;
    told(&mut live, "device", |device| device["connected"] == true).await;
    // What the connection brings by itself has come once an order has.
    admin.post(&format!("devices/{}/commands", credentials.id()), json!({ "do": "screenshot" })).await;
    screen.next("/cmd").await;
    screen.forget();

    screen.publish(DeviceTopic::Report, &Report { v: 1, target_revision: 1, ..Report::default() }).await;
    let target: Target = screen.next_json("/target").await;
    assert_eq!((target.revision, target.release.map(|told| told.release.id)), (2, Some(release)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_the_glass_is_ordered_and_kept() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let credentials = hub.device(&admin, "一", "s", "g").await;
    let commands = format!("devices/{}/commands", credentials.id());
    let picture = format!("devices/{}/picture", credentials.id());
    let answer = admin.post(&commands, json!({ "do": "screenshot" })).await;
    assert_eq!(answer.refused(StatusCode::CONFLICT).await, "offline");
    assert_eq!(admin.get(&picture).await.refused(StatusCode::NOT_FOUND).await, "not_found");

    let mut live = hub.listen();
    let mut screen = credentials.connect(&hub).await;
    let answer = admin.post(&commands, json!({ "do": "run", "what": "rm" })).await;
    assert_eq!(answer.refused(StatusCode::BAD_REQUEST).await, "invalid_body");
    let sent = admin.post(&commands, json!({ "do": "screenshot" })).await.expect(StatusCode::ACCEPTED).await;
    let command: Command = screen.next_json("/cmd").await;
    assert_eq!(command.order, Order::Screenshot);
    assert_eq!(sent["id"], command.id.as_str());

    let receipt = |picture: &[u8]| Receipt {
        v: 1,
        id: command.id.clone(),
        at_ms: 1,
        outcome: Outcome::Done,
        picture_jpeg_base64: Some(STANDARD.encode(picture)),
    };
    screen.publish(DeviceTopic::Receipt, &receipt(b"<svg onload=alert(1)>")).await;
    screen.publish(DeviceTopic::Receipt, &receipt(&[0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])).await;
    told(&mut live, "device", |device| device["picture_at_ms"].is_i64()).await;
    hub.advance(7_000);
    let answer = admin.get(&picture).await;
    assert_eq!(answer.response.headers()[header::CONTENT_TYPE], "image/jpeg");
    assert_eq!(answer.response.headers()[header::AGE], "7");
    assert_eq!(answer.response.bytes().await.unwrap().as_ref(), [0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
    let orders = admin.get(&commands).await.expect(StatusCode::OK).await;
    assert_eq!(orders[0]["outcome"], json!({ "state": "done" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_moves_gets_the_target_of_its_new_group() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    admin.post("groups", json!({ "name": "hall" })).await.expect(StatusCode::CREATED).await;
    let nobody = admin.put("groups/hall/target", json!({ "release": release })).await;
    assert_eq!(nobody.expect(StatusCode::OK).await["devices"], 0);
    let credentials = hub.device(&admin, "一", "s", "other").await;
    let mut screen = credentials.connect(&hub).await;
    let target: Target = screen.next_json("/target").await;
    assert_eq!((target.release, target.revision), (None, 1));

    let path = format!("devices/{}", credentials.id());
    let change = json!({ "group": "hall", "name": "门厅", "site": "新馆" });
    let changed = admin.send(Method::PATCH, &path, |request| request.json(&change)).await;
    assert_eq!(changed.expect(StatusCode::OK).await["group"]["id"], "hall");
    // Connecting stated the first target once more; what counts is the revision.
    let target = loop {
        let target: Target = screen.next_json("/target").await;
        if target.revision == 2 {
            break target;
        }
    };
    assert_eq!(target.release.map(|offer| offer.release.id), Some(release));
    assert_eq!(target.site, "新馆");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_is_taken_out_is_out_at_once() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let credentials = hub.device(&admin, "一", "s", "g").await;
    let screen = credentials.connect(&hub).await;
    admin.delete(&format!("devices/{}", credentials.id())).await.expect(StatusCode::NO_CONTENT).await;
    screen.thrown_out().await;
    let files = credentials.files(hub.dir.path());
    let refused = crate::broker::tool(&hub, "mosquitto_pub", &files)
        .args(["-i", credentials.id(), "-t", &format!("pf/1/dev/{}/presence", credentials.id()), "-n"])
        .output()
        .unwrap();
    assert!(!refused.status.success());
}
