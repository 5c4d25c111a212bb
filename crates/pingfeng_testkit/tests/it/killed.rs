//! A device's process killed without warning, again and again, while it fetches, activates and saves.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use pingfeng_link::{Glass, Identity, Link, LinkCommand, LinkConfig, LinkEvent, Outbox, SystemClock};
use pingfeng_release::trust::Accept;
use pingfeng_release::store::{RealDisk, Store, StoreOptions};
use pingfeng_testkit::{PATIENCE, TestRelease};
use pingfeng_wire::{CheckInWay, Origin, Record, RecordBody};

use crate::hub::{TestHub, now_ms};
use crate::records::{EVENT, with_event};

/// Folder of the child process; its presence makes this test the child.
const CHILD: &str = "PINGFENG_TEST_DEVICE_CHILD";
const ROUND: &str = "PINGFENG_TEST_DEVICE_ROUND";
const KILLS: u32 = 12;
/// Check-ins that a child makes at most.
const SAVES: u32 = 40;

#[test]
fn a_device_killed_at_any_moment_loses_no_record_and_always_has_a_whole_release() {
    if let (Some(folder), Ok(round)) = (std::env::var_os(CHILD), std::env::var(ROUND)) {
        return play_device(Path::new(&folder), round.parse().unwrap());
    }
    let mut hub = with_event();
    let folder = tempfile::tempdir().unwrap();
    hub.enrol().save(&folder.path().join("identity.json")).unwrap();

    let mut saved = HashSet::new();
    for round in 1..=KILLS {
        let release = TestRelease::new(u64::from(round), 400_000);
        hub.add(&release);
        hub.publish(&release);
        let mut child = spawn(folder.path(), round);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // Another moment each time: while connecting, fetching, staging, activating, confirming, sending.
        let before_kill: Vec<_> = lines.by_ref().take(round as usize * 3).collect();
        child.kill().unwrap();
        let after_kill: Vec<_> = lines.collect();
        child.wait().unwrap();
        for line in before_kill.iter().chain(&after_kill) {
            saved.extend(line.strip_prefix("saved ").map(str::to_owned));
        }
        let store = Store::open(&folder.path().join("store"), StoreOptions::default(), Arc::new(RealDisk)).unwrap();
        assert_eq!(store.repaired(), [], "round {round}");
        if let Some(active) = store.active() {
            for file in active.manifest().files.keys() {
                active.read(file).unwrap();
            }
        }
    }
    assert!(saved.len() > KILLS as usize, "only {} records were saved", saved.len());

    // Left alone, it finishes everything.
    let mut child = spawn(folder.path(), KILLS + 1);
    hub.wait_live("everything to be settled", |kind, json| {
        let report = &json["report"];
        kind == "device"
            && report["running"]["version"] == KILLS
            && report["progress"]["state"] == "settled"
            && report["outbox"] == 0
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let stored = stored_ids(&hub);
    let distinct: HashSet<_> = stored.iter().cloned().collect();
    assert_eq!(stored.len(), distinct.len(), "a record was stored twice");
    let lost: Vec<_> = saved.difference(&distinct).collect();
    assert!(lost.is_empty(), "told saved, and lost: {lost:?}");
}

fn stored_ids(hub: &TestHub) -> Vec<String> {
    let check_ins = hub.does(|hub| hub.list_check_ins(Some(EVENT), Some(1000))).unwrap();
    check_ins.into_iter().map(|check_in| check_in.id).collect()
}

fn spawn(folder: &Path, round: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "killed::a_device_killed_at_any_moment_loses_no_record_and_always_has_a_whole_release",
            "--nocapture",
        ])
        .env(CHILD, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The child: a device whose screen takes up everything at once and saves one check-in after the other.
fn play_device(folder: &Path, round: u32) {
    let options = StoreOptions { reserve_bytes: 0 };
    let store = Store::open(&folder.join("store"), options, Arc::new(RealDisk)).unwrap();
    let outbox = Outbox::open(&folder.join("outbox.sqlite")).unwrap();
    let identity = Identity::load(&folder.join("identity.json")).unwrap();
    let shown = store.active().map(|active| active.id().clone());
    let config = LinkConfig { identity, identity_file: None, program: "test".into(), accept: Accept::Hub, import: Vec::new(), neighbours: None, seed: 1, wake: None };
    let link = Link::start(config, Arc::new(SystemClock::new()), Some(store), Some(outbox)).unwrap();
    let say = |line: String| {
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{line}").unwrap();
        stdout.flush().unwrap();
    };
    let mut saves = 0;
    let mut save_next = || {
        saves += 1;
        if saves <= SAVES && round <= KILLS {
            let body = RecordBody::CheckIn { event: EVENT.into(), way: CheckInWay::Scanner, code: "100001".into() };
            let record = Record { id: format!("01JC0000000000{round:06}{saves:06}"), at_ms: now_ms(), body };
            link.send(LinkCommand::Save(record)).unwrap();
        }
    };
    let show = |release: pingfeng_release::BlobHash| {
        let glass = Glass {
            phase: "attract".into(),
            origin: Origin::Release,
            release: Some(release.clone()),
            ..Glass::default()
        };
        link.send(LinkCommand::Glass(glass)).unwrap();
        link.send(LinkCommand::FramesGood { release }).unwrap();
    };
    if let Some(release) = shown {
        show(release);
    }
    save_next();
    // Ends when it is killed, or when the test has forgotten it.
    while let Some(event) = link.wait_event(PATIENCE) {
        match event {
            LinkEvent::Saved { record } => {
                say(format!("saved {record}"));
                save_next();
            }
            LinkEvent::ReadyToActivate { release, .. } => {
                say("ready".into());
                link.send(LinkCommand::Activate { release: release.id().clone() }).unwrap();
            }
            LinkEvent::Activated { release } => {
                say("activated".into());
                show(release.id().clone());
            }
            LinkEvent::Confirmed { .. } => say("confirmed".into()),
            LinkEvent::Connected => say("connected".into()),
            _ => {}
        }
    }
}
