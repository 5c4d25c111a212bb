//! A device without a network, and what somebody brings it on a stick.

use std::fs;
use std::path::Path;

use pingfeng_content::model::Text;
use pingfeng_link::{Import, LinkCommand, LinkEvent};
use pingfeng_release::DirSink;
use pingfeng_release::pack::pack;
use pingfeng_release::store::OpenRelease;
use pingfeng_release::trust::rehearsal::RehearsalSite;
use pingfeng_release::trust::{ApprovalKind, TrustState};
use pingfeng_release::{BlobHash, BlobSink};
use pingfeng_testkit::{TestDevice, TestRelease};
use pingfeng_wire::{Record, RecordBody};

use crate::hub::{TestHub, now_ms};

/// A device that was enrolled, whose hub is far away now, and that looks for sticks in `media`.
fn lonely(hub: &mut TestHub, site: &RehearsalSite, media: &Path) -> TestDevice {
    let mut device = TestDevice::start(Some(hub.enrol()));
    device.import = vec![media.to_owned()];
    device.trust(&TrustState::new(&site.root_envelope().to_bytes()).unwrap());
    device.wait_connected();
    hub.switch_off();
    device
}

/// Puts a release onto a stick, as `pingfengctl pack` does.
fn put(stick: &Path, release: &TestRelease, approval: Option<&[u8]>) {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = DirSink::new(folder.path());
    for (name, bytes) in &release.blobs {
        sink.put(name, bytes.len() as u64, &mut bytes.as_slice()).unwrap();
    }
    let open = OpenRelease::over(folder.path(), release.id.clone(), release.manifest.clone());
    fs::create_dir_all(stick).unwrap();
    let name = format!("v{}", release.manifest.version);
    let file = fs::File::create(stick.join(format!("{name}.pfr"))).unwrap();
    pack(&open, &release.manifest_bytes, file, &mut |_| {}).unwrap();
    if let Some(approval) = approval {
        fs::write(stick.join(format!("{name}.approval.json")), approval).unwrap();
    }
}

/// Puts a stick in at once, as a system mounts it.
fn plug(media: &Path, fill: impl FnOnce(&Path)) {
    let elsewhere = tempfile::tempdir_in(media.parent().unwrap()).unwrap().keep();
    fill(&elsewhere.join("pingfeng"));
    fs::rename(&elsewhere, media.join("stick")).unwrap();
}

fn ended(device: &mut TestDevice) -> Result<(Option<u64>, u64), Text> {
    device.wait_for("the end of the import", |event| match event {
        LinkEvent::Import(Import::Done { version, records }) => Some(Ok((version, records))),
        LinkEvent::Import(Import::Failed(text)) => Some(Err(text)),
        _ => None,
    })
}

fn record(n: u32) -> Record {
    let body = RecordBody::QuizResult { scene: "quiz".into(), asked: 5, right: n % 6, answers: Vec::new() };
    Record { id: ulid(n), at_ms: 1_800_000_000_000, body }
}

fn ulid(n: u32) -> String {
    format!("01JZZZZZZZZZZZZZZZZZZ{n:05}")
}

#[test]
fn a_signed_release_comes_on_a_stick_and_records_go_back_on_it() {
    let (folder, mut hub) = (tempfile::tempdir().unwrap(), TestHub::start());
    let media = folder.path().join("media");
    fs::create_dir_all(&media).unwrap();
    let site = RehearsalSite::new("hall", now_ms());
    let mut device = lonely(&mut hub, &site, &media);
    for n in 0..120 {
        device.send(LinkCommand::Save(record(n)));
    }
    let release = TestRelease::new(7, 3_000_000);
    let approval = site.approve(&release.manifest_bytes, ApprovalKind::Release, &["chu", "zong"]).to_bytes();
    plug(&media, |stick| {
        put(stick, &release, Some(&approval));
        fs::create_dir_all(stick.join("trust")).unwrap();
        fs::write(stick.join("trust/roster.json"), site.roster_envelope().to_bytes()).unwrap();
    });
    let mut told = Vec::new();
    let ready = device.wait_for("the release", |event| match event {
        LinkEvent::Import(Import::Reading { done_bytes, total_bytes }) => {
            told.push((done_bytes, total_bytes));
            None
        }
        LinkEvent::ReadyToActivate { release, .. } => Some(release.id().clone()),
        _ => None,
    });
    assert_eq!(ready, release.id);
    assert!(told.iter().any(|(done, total)| *done > 0 && done <= total), "{told:?}");
    assert_eq!(ended(&mut device).unwrap(), (Some(7), 120));
    device.send(LinkCommand::Activate { release: ready.clone() });
    device.wait_for("the activation", |event| matches!(event, LinkEvent::Activated { .. }).then_some(()));
    device.send(LinkCommand::FramesGood { release: ready });
    device.wait_for("the confirmation", |event| matches!(event, LinkEvent::Confirmed { .. }).then_some(()));

    // Somebody carries the stick to the hub, and its answer back.
    let records = media.join("stick/pingfeng/records");
    let sealed = fs::read_dir(&records).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect::<Vec<_>>();
    assert_eq!(sealed.len(), 1);
    assert!(!sealed[0].windows(4).any(|word| word == b"quiz"), "nobody reads them on the way");
    hub.switch_on();
    let mut damaged = sealed[0].clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    assert!(hub.does(|hub| hub.take_carried(&damaged)).is_err());
    let carried = hub.does(|hub| hub.take_carried(&sealed[0])).unwrap();
    let again = hub.does(|hub| hub.take_carried(&sealed[0])).unwrap();
    assert_eq!((carried.stored, carried.refused, again.stored), (120, 0, 120));
    assert_eq!(hub.does(|hub| hub.quiz_results(None)).unwrap()[0].finished, 120, "once each");
    hub.switch_off();
    fs::rename(media.join("stick"), folder.path().join("pocket")).unwrap();
    device.wait_for("the stick to be gone", |event| matches!(event, LinkEvent::Import(Import::Gone)).then_some(()));
    let answer = openssl::base64::decode_block(&carried.answer_base64).unwrap();
    let name = format!("pingfeng/records/{}.ack.p7s", carried.device);
    fs::write(folder.path().join("pocket").join(name), answer).unwrap();
    fs::rename(folder.path().join("pocket"), media.join("stick")).unwrap();
    assert_eq!(ended(&mut device).unwrap().0, None, "the same release is no news");
    device.switch_off();
    let outbox = pingfeng_link::Outbox::open(&device.folder().join("outbox.sqlite")).unwrap();
    assert_eq!(outbox.waiting(), 0, "the hub has them, so that the device forgets them");
}

#[test]
fn what_is_not_signed_or_not_whole_is_not_taken_and_the_person_is_told() {
    let (folder, mut hub) = (tempfile::tempdir().unwrap(), TestHub::start());
    let media = folder.path().join("media");
    fs::create_dir_all(&media).unwrap();
    let site = RehearsalSite::new("hall", now_ms());
    let mut device = lonely(&mut hub, &site, &media);
    let release = TestRelease::new(7, 300_000);
    let roster = site.roster_envelope().to_bytes();
    let other = TestRelease::new(8, 10);
    let cases: [(&str, Box<dyn Fn(&Path)>); 4] = [
        ("no approval", Box::new(|stick| put(stick, &release, None))),
        ("an approval of another release", {
            let approval = site.approve(&other.manifest_bytes, ApprovalKind::Release, &["chu", "zong"]).to_bytes();
            let release = release.clone();
            Box::new(move |stick| put(stick, &release, Some(&approval)))
        }),
        ("one person for two stages", {
            let approval = site.approve(&release.manifest_bytes, ApprovalKind::Release, &["duo", "duo-2"]).to_bytes();
            let release = release.clone();
            Box::new(move |stick| put(stick, &release, Some(&approval)))
        }),
        ("a pack that is cut off", {
            let approval = site.approve(&release.manifest_bytes, ApprovalKind::Release, &["chu", "zong"]).to_bytes();
            let release = release.clone();
            Box::new(move |stick| {
                put(stick, &release, Some(&approval));
                let path = stick.join("v7.pfr");
                let bytes = fs::read(&path).unwrap();
                fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
            })
        }),
    ];
    for (what, fill) in cases {
        plug(&media, |stick| {
            fill(stick);
            fs::create_dir_all(stick.join("trust")).unwrap();
            fs::write(stick.join("trust/roster.json"), &roster).unwrap();
        });
        let refused = ended(&mut device).expect_err(what);
        assert!(!refused.zh.is_empty() && !refused.other.is_empty(), "{what}: {refused:?}");
        fs::remove_dir_all(media.join("stick")).unwrap();
        device.wait_for("the stick to be gone", |event| matches!(event, LinkEvent::Import(Import::Gone)).then_some(()));
    }
    device.switch_off();
    let store = device.folder().join("store");
    assert!(pingfeng_release::store::Store::peek(&store).unwrap().is_none(), "nothing became active");
    let film = BlobHash::of(&release.blobs[release.film()]);
    assert!(!store.join("blobs").join(&film.0[..2]).join(&film.0).exists(), "nothing of it was kept");
}
