//! A hub in the wrong hands: whoever has its database, its certificate authority and its connections sends what they
//! like, and a real device on the other side changes nothing that a visitor sees. They can hide, not speak.
//!
//! The attacks are folders of `tests/corpus/stolen-hub`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pingfeng_hub::Hub;
use pingfeng_hub::broker::Down;
use pingfeng_link::LinkEvent;
use pingfeng_release::chunk::{self, Grain};
use pingfeng_release::store::{RealDisk, Store, StoreOptions};
use pingfeng_release::trust::rehearsal::RehearsalSite;
use pingfeng_release::trust::{ApprovalKind, Envelope, Notice, Person, Role, SigningKeyOf, Statement as _};
use pingfeng_release::{BlobHash, Manifest, parcel};
use pingfeng_testkit::{TestDevice, TestRelease};
use pingfeng_wire::topic::{self, DeviceTopic};
use pingfeng_wire::{Offer, Order, ReleaseRef, Target, TrustDocuments, TrustVersions};
use serde::Deserialize;
use serde_json::Value;

use crate::hub::{TestHub, now_ms};

/// Site and group with ids that can stand in a statement.
const SITE: &str = "hall";
const GROUP: &str = "front";
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    zh: String,
    en: String,
    expected: String,
    move_to_group: Option<String>,
    release: Option<Release>,
    approval: Option<Signed>,
    documents: Option<Documents>,
    notice: Option<Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    version: u64,
    #[serde(default)]
    film_bytes: usize,
    class: Option<String>,
    #[serde(default)]
    groups: BTreeSet<String>,
    manifest_size_bytes: Option<u64>,
    file_size_bytes: Option<u64>,
    pieces_of_version: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    by: Vec<String>,
    of_version: Option<u64>,
    back_from: Option<u64>,
    site: Option<String>,
    #[serde(default)]
    padding_bytes: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Documents {
    root_version: Option<u64>,
    roster_version: Option<u64>,
    signed_by: Vec<usize>,
    people: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    #[serde(default)]
    zh: String,
    by: Vec<String>,
    #[serde(default)]
    minutes_ago: u64,
    approval_of_version: Option<u64>,
}

fn text(envelope: &Envelope) -> String {
    String::from_utf8(envelope.to_bytes()).unwrap()
}

fn by(people: &[String]) -> Vec<&str> {
    people.iter().map(String::as_str).collect()
}

/// A hub, a device of its that shows release 2, and the people whose signatures it wants.
struct Hall {
    hub: TestHub,
    device: TestDevice,
    id: String,
    site: RehearsalSite,
}

impl Hall {
    fn start() -> Self {
        let hub = TestHub::start();
        hub.does(|hub| hub.site_called(SITE)).unwrap();
        let site = RehearsalSite::new(SITE, now_ms() - 10 * DAY_MS);
        for envelope in [site.root_envelope(), site.roster_envelope()] {
            let envelope = text(&envelope);
            hub.does(|hub| hub.add_trust_document(SITE, &envelope, "test")).unwrap();
        }
        // Its root comes with the enrolment; from then on nobody else names one.
        let enrolled = hub.enrol_into(SITE, GROUP);
        let id = enrolled.identity.device.clone();
        let device = TestDevice::start_signed(Some(enrolled.identity), &enrolled.roots);
        let mut hall = Self { hub, device, id, site };
        // Two releases in the proper way: reviewed, published, fetched, shown.
        for version in [1, 2] {
            let release = TestRelease::new(version, 50_000);
            hall.hub.add(&release);
            let approval = text(&hall.site.approve(&release.manifest_bytes, ApprovalKind::Release, &["chu", "zhong"]));
            hall.hub.does(|hub| hub.add_approval(&release.id.0, &approval)).unwrap();
            hall.hub.does(|hub| hub.set_group_target(GROUP, &release.id.0, "test")).unwrap();
            assert_eq!(hall.device.take_up_release(), version);
            hall.hub.wait_live("the release on the glass", |kind, json| {
                kind == "device"
                    && json["report"]["running"]["version"] == version
                    && json["report"]["progress"]["state"] == "settled"
            });
        }
        hall
    }

    /// Tells the device what the attacker wants, under the next revision, which the database says as well.
    fn state(&self, change: impl FnOnce(&mut Target)) -> u64 {
        self.hub.does(|hub| hub.db.raise_devices(std::slice::from_ref(&self.id))).unwrap();
        let row = self.hub.does(|hub| hub.db.device(&self.id)).unwrap().unwrap();
        let mut target = Target {
            v: pingfeng_wire::VERSION,
            revision: u64::try_from(row.target_revision).unwrap(),
            release: None,
            site: "大厅".into(),
            delivery: Default::default(),
            activation: Default::default(),
            blank: false,
            notice: None,
            trust: Some(TrustVersions { root: 1, roster: 1 }),
        };
        change(&mut target);
        self.send(DeviceTopic::Target, &target);
        target.revision
    }

    fn send(&self, to: DeviceTopic, payload: &impl serde::Serialize) {
        let topic = topic::device(&self.id, to);
        self.hub.does(async |hub| hub.send_json(topic, payload, to == DeviceTopic::Target, None).await);
    }

    /// Sends the pieces of a manifest to the device, whether the hub would or not.
    fn push(&self, manifest: &[u8]) {
        let mut pieces = Vec::new();
        let mut give = |piece: chunk::Piece<'_>| {
            pieces.push(piece.bytes.to_vec());
            Ok(())
        };
        chunk::cut(manifest, Grain::Fine, &mut give).unwrap();
        let payload = parcel::pack(pieces.iter().map(Vec::as_slice)).unwrap().into();
        let topic = topic::device(&self.id, DeviceTopic::Chunk);
        let down = Down { topic, payload, retained: false, assured: true, expires_s: None };
        self.hub.does(|hub| hub.send(down));
    }

    /// Puts a release into the hub, as its new owner likes it, and says how it would be offered.
    fn offer(&self, wanted: &Release, approval: Option<&Signed>) -> Offer {
        let release = made(wanted);
        self.hub.does(|hub| give(hub, &release));
        let named = named(wanted);
        self.hub.does(|hub| give(hub, &named));
        let tree = chunk::cut(named.manifest_bytes.as_slice(), Grain::Fine, &mut |_| Ok(())).unwrap();
        Offer {
            release: ReleaseRef {
                id: release.id.0.clone(),
                exhibition: release.manifest.exhibition.clone(),
                version: release.manifest.version,
                manifest_size_bytes: wanted.manifest_size_bytes.unwrap_or(release.manifest_bytes.len() as u64),
            },
            manifest_root: tree.root.to_string(),
            manifest_depth: tree.depth,
            approval: approval.map(|approval| self.approval(approval, &release)),
        }
    }

    fn approval(&self, wanted: &Signed, release: &TestRelease) -> String {
        let other = wanted.of_version.map(|version| TestRelease::new(version, 50_000));
        let manifest = other.as_ref().map_or(&release.manifest_bytes, |other| &other.manifest_bytes);
        let kind = wanted.back_from.map_or(ApprovalKind::Release, |from_version| ApprovalKind::Rollback { from_version });
        let elsewhere = wanted.site.as_ref().map(|site| RehearsalSite::new(site, now_ms() - DAY_MS));
        let site = elsewhere.as_ref().unwrap_or(&self.site);
        let mut envelope = text(&site.approve(manifest, kind, &by(&wanted.by)));
        envelope.push_str(&" ".repeat(wanted.padding_bytes));
        envelope
    }

    fn documents(&self, wanted: &Documents) -> TrustDocuments {
        let mut forged = RehearsalSite::new(SITE, now_ms() - DAY_MS);
        for name in &wanted.people {
            forged.roster.people.push(Person {
                id: name.clone(),
                roles: Role::ALL.into_iter().collect(),
                keys: vec![SigningKeyOf::file(pingfeng_release::trust::rehearsal::file_key(SITE, name).public())],
            });
        }
        let roots = wanted.root_version.map(|version| {
            forged.root.version = version;
            forged.root.keys = wanted
                .signed_by
                .iter()
                .map(|n| pingfeng_release::trust::rehearsal::root_key(SITE, *n).public())
                .collect();
            text(&forged.sign_by_root(forged.root.envelope(), &wanted.signed_by))
        });
        let roster = wanted.roster_version.map(|version| {
            forged.roster.version = version;
            text(&forged.sign_by_root(forged.roster.envelope(), &wanted.signed_by))
        });
        TrustDocuments { v: pingfeng_wire::VERSION, roots: roots.into_iter().collect(), roster }
    }

    fn notice(&self, wanted: &Words) -> String {
        if let Some(version) = wanted.approval_of_version {
            let manifest = TestRelease::new(version, 50_000).manifest_bytes;
            return text(&self.site.approve(&manifest, ApprovalKind::Release, &by(&wanted.by)));
        }
        let at_ms = now_ms() - wanted.minutes_ago * 60_000;
        let notice: Notice = self.site.notice("n-1", &wanted.zh, at_ms);
        text(&self.site.sign(notice.envelope(), &by(&wanted.by)))
    }

    /// The real documents and a real notice end a warning, so that the next case has to raise its own. They also show
    /// that a refusal was about what was sent, and not about everything.
    fn clear_warnings(&mut self, case: &Case) {
        if case.documents.is_some() {
            let roster = Some(text(&self.site.roster_envelope()));
            let real = TrustDocuments { v: pingfeng_wire::VERSION, roots: Vec::new(), roster };
            self.send(DeviceTopic::Trust, &real);
            self.hub.wait_live("the real documents", |kind, json| kind == "device" && !warns(json, "documents_refused"));
        }
        if case.notice.is_some() {
            let notice = self.site.notice("n-real", "真的通知", now_ms());
            let notice = Some(text(&self.site.sign(notice.envelope(), &["zhi"])));
            self.state(|target| target.notice = notice);
            self.device.wait_for("the real notice", |event| matches!(event, LinkEvent::Notice(Some(_))).then_some(()));
            self.hub.wait_live("the real notice", |kind, json| kind == "device" && !warns(json, "notice_refused"));
            self.state(|_| {});
            self.device.wait_for("its end", |event| matches!(event, LinkEvent::Notice(None)).then_some(()));
        }
    }

    /// What the device has on its disk and believes, without what is only on its way.
    fn kept(&self) -> BTreeSet<(PathBuf, BlobHash)> {
        let store = self.device.folder().join("store");
        let mut found = Vec::new();
        walk(&store, &mut found);
        let incoming = store.join("incoming");
        // The time of the last look is remembered in steps of an hour, within the file of what is believed; a test
        // that runs over such a step would see it change. It is compared by what it says instead.
        found.retain(|path| !path.starts_with(&incoming) && !path.ends_with("trust"));
        found.into_iter().map(|path| (path.clone(), BlobHash::of(&fs::read(path).unwrap()))).collect()
    }

    /// Nothing that the screen would act on may have been said to it.
    fn screen_was_left_alone(&self, case: &str) {
        while let Some(event) = self.device.link().wait_event(Duration::from_millis(1)) {
            let harmless = matches!(
                event,
                LinkEvent::Site { .. } | LinkEvent::Connected | LinkEvent::Disconnected { .. } | LinkEvent::Ignored { .. }
            );
            assert!(harmless, "{case}: the screen was told {event:?}");
        }
    }
}

fn open_store(folder: &Path) -> Store {
    let options = StoreOptions { reserve_bytes: 0 };
    Store::open(&folder.join("store"), options, std::sync::Arc::new(RealDisk)).unwrap()
}

fn made(wanted: &Release) -> TestRelease {
    let film_bytes = if wanted.film_bytes == 0 { 50_000 } else { wanted.film_bytes };
    let mut release = TestRelease::new(wanted.version, film_bytes);
    let manifest: &mut Manifest = &mut release.manifest;
    if let Some(class) = &wanted.class {
        manifest.class.clone_from(class);
    }
    manifest.groups.clone_from(&wanted.groups);
    if let Some(size_bytes) = wanted.file_size_bytes {
        manifest.files.get_mut("films/opening.mp4").unwrap().size_bytes = size_bytes;
    }
    release.manifest_bytes = release.manifest.canonical_bytes();
    release.id = BlobHash::of(&release.manifest_bytes);
    release
}

/// Whose pieces the target names.
fn named(wanted: &Release) -> TestRelease {
    wanted.pieces_of_version.map_or_else(|| made(wanted), |version| TestRelease::new(version, 50_000))
}

/// Puts it into the hub, past every check that an honest hub makes: the pieces of its manifest and of its files can be had.
async fn give(hub: &std::sync::Arc<Hub>, release: &TestRelease) {
    for (name, bytes) in &release.blobs {
        hub.blobs.put(name, bytes.clone().into()).await.unwrap();
    }
    hub.blobs.put(&release.id, release.manifest_bytes.clone().into()).await.unwrap();
    // One that it will not list it does not serve either; then the device waits for pieces, and gets none.
    let _ = hub.add_release(&release.manifest, &release.manifest_bytes, "攻击", "", "attacker").await;
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { walk(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

fn cases() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/stolen-hub");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| {
            let case = fs::read_to_string(path.join("case.toml")).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let case = toml::from_str(&case).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, case)
        })
        .collect();
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(cases.len() > 10, "the corpus is there");
    cases
}

#[test]
fn a_stolen_hub_changes_no_pixel() {
    let mut hall = Hall::start();
    hall.screen_was_left_alone("at the beginning");
    let before = hall.kept();
    let mut tried = 0;
    for (name, case) in cases() {
        if let Some(group) = &case.move_to_group {
            let id = hall.id.clone();
            hall.hub.does(|hub| hub.change_device(&id, None, None, Some(group))).unwrap();
        }
        if let Some(documents) = &case.documents {
            hall.send(DeviceTopic::Trust, &hall.documents(documents));
            hall.hub.wait_live(&format!("{name}: the documents to be refused"), |kind, json| {
                kind == "device" && warns(json, "documents_refused")
            });
        }
        let offer = case.release.as_ref().map(|release| hall.offer(release, case.approval.as_ref()));
        let notice = case.notice.as_ref().map(|words| hall.notice(words));
        let spoken = notice.is_some();
        let revision = hall.state(|target| {
            target.release = offer;
            target.notice = notice;
        });
        // A manifest like this one the program of the hub does not serve: its new owner sends the pieces by hand.
        let by_hand = |release: &&Release| release.file_size_bytes.is_some() || release.pieces_of_version.is_some();
        if let Some(release) = case.release.as_ref().filter(by_hand) {
            hall.hub.wait_live(&format!("{name}: the device to ask"), |kind, json| {
                kind == "device"
                    && json["report"]["target_revision"] == revision
                    && json["report"]["progress"]["state"] == "fetching"
            });
            hall.push(&named(release).manifest_bytes);
        }
        let expected = case.expected.clone();
        let report = hall.hub.wait_live(&format!("{name}: {expected}"), |kind, json| {
            kind == "device"
                && json["report"]["target_revision"] == revision
                && if spoken { warns(json, &expected) } else { json["report"]["progress"]["code"] == expected.as_str() }
        });
        assert_eq!(report["report"]["running"]["version"], 2, "{name}");
        assert_eq!(report["report"]["notice"], Value::Null, "{name}");
        assert_eq!(report["report"]["trust"]["mode"], "signed", "{name}");
        assert_eq!(report["report"]["trust"]["versions"], serde_json::json!({ "root": 1, "roster": 1 }), "{name}");
        hall.screen_was_left_alone(&name);
        let changed: Vec<_> = hall.kept().symmetric_difference(&before).cloned().collect();
        assert_eq!(changed, [], "{name}: {}", case.en);
        println!("{name}: {} → {}", case.zh, case.expected);
        hall.clear_warnings(&case);
        tried += 1;
    }
    println!("{tried} attacks, 0 changed pixels");

    // What it can do: hide, and go back to what was good before.
    hall.state(|target| target.blank = true);
    hall.device.wait_for("the dark", |event| matches!(event, LinkEvent::Blank { on: true }).then_some(()));
    hall.state(|_| {});
    hall.device.wait_for("light again", |event| matches!(event, LinkEvent::Blank { on: false }).then_some(()));
    let id = hall.id.clone();
    hall.hub.does(|hub| hub.order(&id, Order::ReturnToLastGood, "attacker")).unwrap();
    let back = hall.device.wait_for("the release before", |event| match event {
        LinkEvent::RolledBack { to, .. } => Some(to.map(|release| release.manifest().version)),
        _ => None,
    });
    assert_eq!(back, Some(1));
    hall.device.switch_off();
    let store = open_store(hall.device.folder());
    assert_eq!(store.active().map(|release| release.manifest().version), Some(1));
}

fn warns(device: &Value, code: &str) -> bool {
    device["report"]["trust"]["warnings"].as_array().is_some_and(|warnings| warnings.iter().any(|one| one == code))
}
