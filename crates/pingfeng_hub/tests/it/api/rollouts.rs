//! Rollouts over HTTP, with devices on the other side over MQTT. What the steps decide is tested beside the state
//! machine; here is that decisions are kept, carried out and told.

use pingfeng_wire::{
    Activation, Command, Order, Origin, Progress, ReleaseRef, Report, Target, TrustMode, TrustReport,
    topic::DeviceTopic,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Browser, Credentials, Device, TestHub, told};

const MIN: i64 = 60_000;

/// What a device says in answer to a target: `running` is on the glass, and so far is the way.
fn report(target: &Target, running: Option<&str>, progress: Progress) -> Report {
    Report {
        v: 1,
        target_revision: target.revision,
        running: running.map(|id| ReleaseRef {
            id: id.to_owned(),
            exhibition: "base".into(),
            version: 1,
            manifest_size_bytes: 1,
        }),
        origin: Origin::Release,
        progress,
        phase: "attract".into(),
        trust: TrustReport { mode: TrustMode::Hub, ..TrustReport::default() },
        ..Report::default()
    }
}

fn failed(code: &str) -> Progress {
    Progress::Failed { code: code.into(), message: "it did not work".into(), retry_at_ms: None }
}

/// The first target with a revision of at least this.
async fn target_from(screen: &mut Device, revision: u64) -> Target {
    loop {
        let target: Target = screen.next_json("/target").await;
        if target.revision >= revision {
            return target;
        }
    }
}

fn release_of(target: &Target) -> Option<&str> {
    target.release.as_ref().map(|offer| offer.release.id.as_str())
}

/// A group of that many enrolled devices, of which the first is connected.
async fn hall(hub: &TestHub, admin: &Browser, devices: usize) -> (Vec<Credentials>, Device) {
    let mut all = Vec::new();
    for index in 0..devices {
        all.push(hub.device(admin, &format!("屏 {index}"), "s", "hall").await);
    }
    let mut live = hub.listen();
    let screen = all[0].connect(hub).await;
    told(&mut live, "device", |device| device["id"] == all[0].id() && device["connected"] == true).await;
    (all, screen)
}

async fn publish(admin: &Browser, release: &str, plan: Value) -> Value {
    let body = json!({ "groups": ["hall"], "plan": plan });
    admin.post(&format!("releases/{release}/publish"), body).await.expect(StatusCode::OK).await
}

async fn targets(admin: &Browser) -> Vec<Option<String>> {
    let devices = admin.get("devices").await.expect(StatusCode::OK).await;
    let release = |device: &Value| device["target"]["release"]["id"].as_str().map(str::to_owned);
    devices.as_array().unwrap().iter().map(release).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_reaches_the_rest_when_the_first_has_stayed_well() {
    let mut hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    let (all, mut screen) = hall(&hub, &admin, 4).await;

    // Nobody said how: a tenth first, which is one of four, and the one that is connected.
    let published = admin.post(&format!("releases/{release}/publish"), json!({ "groups": ["hall"] })).await;
    let started = published.expect(StatusCode::OK).await;
    assert_eq!((&started["devices"], &started["told"]), (&json!(4), &json!(1)));
    let path = format!("rollouts/{}", started["rollout"].as_str().unwrap());
    let target = target_from(&mut screen, 2).await;
    assert_eq!(release_of(&target), Some(release.as_str()));
    let groups = admin.get("groups").await.expect(StatusCode::OK).await;
    assert_eq!(groups[0]["release"], Value::Null, "a device that joins now gets what the group ran before");

    let mut live = hub.listen();
    screen.publish(DeviceTopic::Report, &report(&target, Some(&release), Progress::Confirming)).await;
    screen.publish(DeviceTopic::Report, &report(&target, Some(&release), Progress::Settled)).await;
    let seen = told(&mut live, "rollout", |rollout| rollout["counts"]["confirmed"] == 1).await;
    assert_eq!((&seen["state"], &seen["step"], &seen["counts"]["told"]), (&json!("running"), &json!(0), &json!(1)));

    // The state is in the database: another run of the hub goes on where this one was.
    hub.stop().await;
    hub.start_again().await;
    let admin = hub.admin_again().await;
    let mut live = hub.listen();
    let mut screen = all[0].connect(&hub).await;
    told(&mut live, "device", |device| device["id"] == all[0].id() && device["connected"] == true).await;
    hub.advance(29 * MIN);
    hub.running().hub.tick_rollouts().await;
    assert_eq!(targets(&admin).await.iter().flatten().count(), 1);
    hub.advance(MIN);
    hub.running().hub.tick_rollouts().await;
    let rollout = admin.get(&path).await.expect(StatusCode::OK).await;
    assert_eq!((&rollout["step"], &rollout["counts"]["told"]), (&json!(1), &json!(4)));
    assert_eq!(targets(&admin).await, vec![Some(release.clone()); 4]);
    let groups = admin.get("groups").await.expect(StatusCode::OK).await;
    assert_eq!(groups[0]["release"]["id"], json!(release));

    // Three are switched off: at the limit they are waited for no longer, and find their target when they come back.
    assert_eq!(target_from(&mut screen, 2).await.revision, 2, "who has it is not told again");
    hub.advance(24 * 60 * MIN);
    hub.running().hub.tick_rollouts().await;
    let admin = hub.admin_again().await;
    let rollout = admin.get(&path).await.expect(StatusCode::OK).await;
    assert_eq!(rollout["state"], "done", "{rollout:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_stops_it_and_somebody_may_go_on_all_the_same() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    let (all, mut screen) = hall(&hub, &admin, 4).await;
    let started = publish(&admin, &release, json!({ "steps": [{ "percent": 10 }], "soak_min": 0 })).await;
    let path = format!("rollouts/{}", started["rollout"].as_str().unwrap());
    let target = target_from(&mut screen, 2).await;

    let mut live = hub.listen();
    screen.publish(DeviceTopic::Report, &report(&target, None, failed("no_frames"))).await;
    let stopped = told(&mut live, "rollout", |rollout| rollout["state"] == "stopped").await;
    assert_eq!(stopped["stop"]["code"], "failures");
    assert_eq!(stopped["stop"]["devices"], json!({ all[0].id(): "no_frames" }));
    // It keeps its target, so that its page says why; nobody else is told anything.
    let devices = admin.get("devices").await.expect(StatusCode::OK).await;
    assert_eq!((&devices[0]["status"], &devices[0]["why"][1]["code"]), (&json!("fault"), &json!("no_frames")));
    assert_eq!(targets(&admin).await.iter().flatten().count(), 1);

    let act = async |what: &str| admin.post(&format!("{path}/actions"), json!({ "do": what })).await;
    assert_eq!(act("resume").await.refused(StatusCode::CONFLICT).await, "wrong_state");
    let gone_on = act("go_on").await.expect(StatusCode::OK).await;
    assert_eq!((&gone_on["state"], &gone_on["counts"]["told"]), (&json!("running"), &json!(4)));
    let excused: Vec<_> = gone_on["devices"].as_array().unwrap().iter().map(|device| &device["excused"]).collect();
    assert_eq!(excused, [true, false, false, false]);
    let again = target_from(&mut screen, 3).await;
    assert_eq!(release_of(&again), Some(release.as_str()));
    let audit = admin.get("audit").await.expect(StatusCode::OK).await;
    assert!(audit.as_array().unwrap().iter().any(|entry| entry["action"] == "go_on_rollout"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_action_takes_a_release_back_everywhere() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let first = hub.release(&admin).await;
    let second = hub.build(&admin, "base").await;
    let (all, mut screen) = hall(&hub, &admin, 2).await;
    let at_once = json!({ "soak_min": 0 });

    let started = publish(&admin, &first, at_once.clone()).await;
    let nothing_before = format!("rollouts/{}/actions", started["rollout"].as_str().unwrap());
    let refused = admin.post(&nothing_before, json!({ "do": "roll_back" })).await;
    assert_eq!(refused.refused(StatusCode::CONFLICT).await, "no_previous");
    let started = publish(&admin, &second, at_once).await;
    let path = format!("rollouts/{}", started["rollout"].as_str().unwrap());
    let superseded = admin.get("rollouts").await.expect(StatusCode::OK).await;
    assert_eq!((&superseded[0]["state"], &superseded[1]["state"]), (&json!("running"), &json!("superseded")));

    let target = target_from(&mut screen, 3).await;
    assert_eq!(release_of(&target), Some(second.as_str()));
    let mut live = hub.listen();
    let mut strict = report(&target, Some(&second), Progress::Settled);
    strict.trust.mode = TrustMode::Signed;
    screen.publish(DeviceTopic::Report, &strict).await;
    let seen = told(&mut live, "rollout", |rollout| rollout["counts"]["confirmed"] == 1).await;
    assert_eq!(seen["approval_needed"], 1, "the hub's word is not enough for this one");
    assert_eq!(seen["groups"][0]["previous"]["id"], json!(first));

    let back = json!({ "do": "roll_back", "at_once": true });
    let rolled = admin.post(&format!("{path}/actions"), back.clone()).await.expect(StatusCode::OK).await;
    assert_eq!(rolled["state"], "rolled_back");
    let target = target_from(&mut screen, 4).await;
    assert_eq!((release_of(&target), &target.activation), (Some(first.as_str()), &Activation::BetweenVisits));
    let command: Command = screen.next_json("/cmd").await;
    assert_eq!(command.order, Order::ReturnToLastGood);
    assert_eq!(targets(&admin).await, vec![Some(first.clone()); 2], "also the one that is away");
    let groups = admin.get("groups").await.expect(StatusCode::OK).await;
    assert_eq!(groups[0]["release"]["id"], json!(first));
    let again = admin.post(&format!("{path}/actions"), back).await;
    assert_eq!(again.refused(StatusCode::CONFLICT).await, "wrong_state");
    drop(all);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_release_takes_the_groups_of_one_that_is_under_way() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let first = hub.release(&admin).await;
    let second = hub.build(&admin, "base").await;
    let third = hub.build(&admin, "base").await;
    let (_all, mut screen) = hall(&hub, &admin, 4).await;
    publish(&admin, &first, json!({})).await;
    let canary = json!({ "steps": [{ "devices": 1 }] });
    publish(&admin, &second, canary.clone()).await;
    assert_eq!(release_of(&target_from(&mut screen, 3).await), Some(second.as_str()));
    screen.leave().await;

    // The canary of the second is away, so another one is chosen; the first canary should not show the second now.
    let mut live = hub.listen();
    told(&mut live, "device", |device| device["connected"] == false).await;
    let started = publish(&admin, &third, canary).await;
    let now = targets(&admin).await;
    let count = |release: &String| now.iter().flatten().filter(|target| *target == release).count();
    assert_eq!((count(&first), count(&second), count(&third)), (3, 0, 1));
    // Back means what the hall really ran, not what never reached everybody.
    let path = format!("rollouts/{}", started["rollout"].as_str().unwrap());
    let rollout = admin.get(&path).await.expect(StatusCode::OK).await;
    assert_eq!(rollout["groups"][0]["previous"]["id"], json!(first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_rollout_lets_nobody_fetch() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    let (_all, mut screen) = hall(&hub, &admin, 2).await;
    let plan = json!({ "activate_at": "2026-12-01T08:30" });
    let started = publish(&admin, &release, plan).await;
    let path = format!("rollouts/{}/actions", started["rollout"].as_str().unwrap());
    let target = target_from(&mut screen, 2).await;
    assert_eq!(target.activation, Activation::At { local: "2026-12-01T08:30".into() });
    assert!(target.delivery.together, "two of one site fetch the same");
    assert!(!target.delivery.paused);
    admin.post(&path, json!({ "do": "pause" })).await.expect(StatusCode::OK).await;
    assert!(target_from(&mut screen, 3).await.delivery.paused);
    admin.post(&path, json!({ "do": "resume" })).await.expect(StatusCode::OK).await;
    assert!(!target_from(&mut screen, 4).await.delivery.paused);
    admin.post(&path, json!({ "do": "stop" })).await.expect(StatusCode::OK).await;
    assert_eq!(release_of(&target_from(&mut screen, 5).await), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_began_alone_is_told_when_others_fetch_the_same() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    let (_all, mut screen) = hall(&hub, &admin, 4).await;
    let started = publish(&admin, &release, json!({ "steps": [{ "devices": 1 }] })).await;
    let path = format!("rollouts/{}/actions", started["rollout"].as_str().unwrap());
    assert!(!target_from(&mut screen, 2).await.delivery.together);
    admin.post(&path, json!({ "do": "stop" })).await.expect(StatusCode::OK).await;
    // Going on tells the same one first; then a group target tells everybody.
    admin.put("groups/hall/target", json!({ "release": release })).await.expect(StatusCode::OK).await;
    let target = loop {
        let target = target_from(&mut screen, 3).await;
        if target.release.is_some() {
            break target;
        }
    };
    assert!(target.delivery.together);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_makes_no_sense_changes_nothing() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    hub.device(&admin, "一", "s", "hall").await;
    let path = format!("releases/{release}/publish");
    let wrong = json!({ "groups": ["hall"], "plan": { "steps": [{ "percent": 100 }] } });
    let answer = admin.post(&path, wrong).await.expect(StatusCode::BAD_REQUEST).await;
    assert_eq!((&answer["error"]["code"], &answer["error"]["at"]), (&json!("invalid_plan"), &json!("steps[0]")));
    let unknown = admin.post(&path, json!({ "groups": ["hall"], "plan": { "canary": 1 } })).await;
    assert_eq!(unknown.refused(StatusCode::BAD_REQUEST).await, "invalid_body");
    let nobody = admin.post(&path, json!({ "groups": ["hall", "yard"] })).await;
    assert_eq!(nobody.refused(StatusCode::NOT_FOUND).await, "not_found");
    assert_eq!(admin.get("rollouts").await.expect(StatusCode::OK).await, json!([]));
    assert_eq!(targets(&admin).await, [None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_goes_when_nobody_needs_it_and_takes_only_its_own_files() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let first = hub.release(&admin).await;
    let second = hub.build(&admin, "base").await;
    let third = hub.build(&admin, "base").await;
    hub.device(&admin, "一", "s", "hall").await;
    publish(&admin, &first, json!({})).await;
    publish(&admin, &second, json!({})).await;
    let releases = admin.get("releases").await.expect(StatusCode::OK).await;
    let uses = |release: &str| {
        let found = releases.as_array().unwrap().iter().find(|one| one["id"] == release).unwrap();
        found["in_use"]
            .as_array()
            .unwrap()
            .iter()
            .map(|used| used["code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(uses(&first), ["previous"]);
    assert!(uses(&second).iter().any(|code| code == "target"));
    assert_eq!(uses(&third), [""; 0]);
    for needed in [&first, &second] {
        let refused = admin.delete(&format!("releases/{needed}")).await;
        assert_eq!(refused.refused(StatusCode::CONFLICT).await, "in_use");
    }

    let blobs = || {
        walkdir::WalkDir::new(hub.dir.path().join("data/blobs"))
            .into_iter()
            .flatten()
            .filter(|entry| entry.file_type().is_file())
    };
    let before: u64 = blobs().map(|entry| entry.metadata().unwrap().len()).sum();
    let freed = admin.delete(&format!("releases/{third}")).await.expect(StatusCode::OK).await;
    let after: u64 = blobs().map(|entry| entry.metadata().unwrap().len()).sum();
    // The three were built from one draft: they share everything but what names their versions.
    assert_eq!(freed["size_bytes"], before - after);
    assert!(freed["blobs"].as_u64().unwrap() >= 1);
    assert!(!blobs().any(|entry| entry.file_name().to_str() == Some(&third)));
    assert!(blobs().any(|entry| entry.file_name().to_str() == Some(&second)));
    assert_eq!(admin.get(&format!("releases/{third}")).await.refused(StatusCode::NOT_FOUND).await, "not_found");
    // What is left can still be published.
    publish(&admin, &second, json!({})).await;
}
