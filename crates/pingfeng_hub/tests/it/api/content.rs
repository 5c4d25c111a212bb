//! Uploads, drafts, builds and releases over HTTP.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use pingfeng_release::{
    BlobHash, Manifest,
    chunk::{ChunkName, Entry, Grain, Step, Tree, Walk, WalkError},
    parcel,
};
use pingfeng_wire::{
    Target, Want,
    topic::{self, DeviceTopic},
};
use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::harness::{Answer, Browser, Device, TestHub, corpus, pack, pack_files};

const HOME: &str = "exhibitions/base/documents/scenes/start.yaml";

fn want(release: &str, names: &[ChunkName]) -> Want {
    let names: Vec<u8> = names.iter().flat_map(|name| name.0).collect();
    Want { v: 1, release: release.to_owned(), names: STANDARD.encode(names), ..Want::default() }
}

/// Asks for pieces until all are there.
async fn ask(screen: &mut Device, release: &str, missing: &[Entry], pieces: &mut HashMap<ChunkName, Vec<u8>>) {
    let names: Vec<_> = missing.iter().map(|entry| entry.name).collect();
    screen.publish(DeviceTopic::Want, &want(release, &names)).await;
    while !names.iter().all(|name| pieces.contains_key(name)) {
        for piece in parcel::unpack(&screen.next("/chunk").await).unwrap() {
            pieces.insert(ChunkName::of(&piece), piece);
        }
    }
}

/// Fetches a file from its tree down.
async fn fetch(screen: &mut Device, release: &str, tree: &Tree, size_bytes: u64) -> Vec<u8> {
    let mut pieces = HashMap::new();
    let mut walk = Walk::new(tree, size_bytes).unwrap();
    loop {
        match walk.step::<WalkError>(|entry| Ok(pieces.get(&entry.name).cloned())).unwrap() {
            Step::Missing(missing) => ask(screen, release, &missing, &mut pieces).await,
            Step::Down => {}
            Step::Bottom => break,
        }
    }
    let row = walk.chunks().unwrap().to_vec();
    ask(screen, release, &row, &mut pieces).await;
    row.iter().flat_map(|entry| pieces[&entry.name].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_becomes_a_release_that_a_screen_can_fetch_whole() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let job = hub.upload(&admin, pack(&corpus())).await;
    assert_eq!(job["state"], "done", "{job:#}");
    assert_eq!(job["exhibition"], "base");
    let release = hub.build(&admin, "base").await;

    let mut screen = hub.device(&admin, "一", "s", "hall").await.connect(&hub).await;
    admin.post(&format!("releases/{release}/publish"), json!({ "groups": ["hall"] })).await.expect(StatusCode::OK).await;
    let target = loop {
        let target: Target = screen.next_json("/target").await;
        if let Some(release) = target.release {
            break release;
        }
    };
    assert_eq!(target.release.id, release);
    let root = target.manifest_root.parse().unwrap();
    let tree = Tree { root, depth: target.manifest_depth, grain: Grain::Fine };
    let manifest = fetch(&mut screen, &release, &tree, target.release.manifest_size_bytes).await;
    assert_eq!(BlobHash::of(&manifest).0, release);
    let manifest: Manifest = serde_json::from_slice(&manifest).unwrap();
    assert!(manifest.files.contains_key("exhibition.json") && manifest.files.contains_key("pictures.json"));
    for file in manifest.files.values() {
        let bytes = fetch(&mut screen, &release, &file.tree.unwrap(), file.size_bytes).await;
        assert_eq!(BlobHash::of(&bytes), file.blob);
    }

    // What does not exist is not answered, and does not keep what exists from being answered.
    let bogus = ChunkName::of(b"nobody has this");
    screen.publish(DeviceTopic::Want, &want(&"0".repeat(64), &[root])).await;
    screen.publish(DeviceTopic::Want, &want("../../ca/authority.key", &[root])).await;
    screen.publish(DeviceTopic::Want, &Want { names: "%".into(), ..want(&release, &[]) }).await;
    screen.publish(DeviceTopic::Want, &want(&release, &[bogus, root])).await;
    let pieces = parcel::unpack(&screen.next("/chunk").await).unwrap();
    assert_eq!(pieces.iter().map(|piece| ChunkName::of(piece)).collect::<Vec<_>>(), [root]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_screens_that_fetch_the_same_are_answered_once() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    let mut one = hub.device(&admin, "一", "s", "hall").await.connect(&hub).await;
    let mut two = hub.device(&admin, "二", "s", "hall").await.connect(&hub).await;
    admin.post(&format!("releases/{release}/publish"), json!({ "groups": ["hall"] })).await.expect(StatusCode::OK).await;
    let target = loop {
        let target: Target = one.next_json("/target").await;
        if let Some(release) = target.release {
            break release;
        }
    };
    let root: ChunkName = target.manifest_root.parse().unwrap();
    let topic = topic::site_chunk(&one.site, &release);
    one.subscribe(&topic).await;
    two.subscribe(&topic).await;
    let together = Want { together: true, ..want(&release, &[root]) };
    // Alone it is answered alone.
    one.publish(DeviceTopic::Want, &together).await;
    one.next("/chunk").await;
    // The second makes it two: now the answer is for both, and asking again at once brings nothing more.
    two.publish(DeviceTopic::Want, &together).await;
    let level = topic.rsplit('/').next().unwrap().to_owned();
    assert_eq!(one.next(&level).await, two.next(&level).await);
    one.publish(DeviceTopic::Want, &together).await;
    let other = Want { names: String::new(), ..want(&release, &[]) };
    one.publish(DeviceTopic::Want, &other).await;
    two.publish(DeviceTopic::Want, &want(&release, &[root])).await;
    two.next("/chunk").await;
    assert!(one.is_quiet(&level), "it came a second time");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_draft_again_is_the_next_version_with_the_same_files() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let first = hub.release(&admin).await;
    let second = hub.build(&admin, "base").await;
    assert_ne!(first, second);
    // The clock goes far back: the version rises all the same.
    hub.advance(-86_400_000);
    let third = hub.build(&admin, "base").await;
    let release = admin.get(&format!("releases/{third}")).await.expect(StatusCode::OK).await;
    assert_eq!(release["version"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_saved_if_nobody_was_faster_and_its_mistakes_are_told_at_their_place() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    hub.upload(&admin, pack(&corpus())).await;
    let documents = admin.get("exhibitions/base/documents").await.expect(StatusCode::OK).await;
    let home = documents.as_array().unwrap().iter().find(|document| document["path"] == "scenes/start.yaml").unwrap();
    assert_eq!(home["kind"], "home");

    let (etag, text) = read(&admin, HOME).await;
    assert_eq!(home["etag"], etag.trim_matches('"'));
    let edited = text.replace("看什么", "看些什么");
    let saved = write(&admin, HOME, &etag, &edited).await.expect(StatusCode::OK).await;
    assert_eq!(saved["findings"], json!([]));
    let late = write(&admin, HOME, &etag, "kind: home\n").await.expect(StatusCode::PRECONDITION_FAILED).await;
    assert_eq!((&late["error"]["code"], &late["error"]["at"]), (&json!("document_changed"), &saved["etag"]));
    let blind = admin.send(Method::PUT, HOME, |request| request.body("kind: home\n")).await;
    assert_eq!(blind.refused(StatusCode::PRECONDITION_REQUIRED).await, "etag_required");

    let etag = format!("\"{}\"", saved["etag"].as_str().unwrap());
    let broken = edited.replace("scene: quiz", "scene: quizz");
    let saved = write(&admin, HOME, &etag, &broken).await.expect(StatusCode::OK).await;
    let finding = saved["findings"].as_array().unwrap().iter().find(|finding| finding["severity"] == "error").unwrap();
    assert_eq!(finding["file"], "scenes/start.yaml");
    let line = usize::try_from(finding["line"].as_u64().unwrap()).unwrap();
    assert_eq!(finding["source"], broken.lines().nth(line - 1).unwrap());
    assert!(finding["source"].as_str().unwrap().contains("quizz"));

    let mut live = hub.listen();
    let job = admin.post("exhibitions/base/releases", json!({})).await.expect(StatusCode::ACCEPTED).await;
    let job = crate::harness::ended(&mut live, job["id"].as_str().unwrap()).await;
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("has_errors")), "{job:#}");
    assert_eq!(admin.get(&format!("jobs/{}", job["id"].as_str().unwrap())).await.expect(StatusCode::OK).await, job);

    // Undo brings the good text back; undoing that, the broken one.
    admin.post(&format!("{HOME}/undo"), json!({})).await.expect(StatusCode::OK).await;
    assert_eq!(read(&admin, HOME).await.1, edited);
    admin.post(&format!("{HOME}/undo"), json!({})).await.expect(StatusCode::OK).await;
    assert_eq!(read(&admin, HOME).await.1, broken);
    let history = admin.get(&format!("{HOME}/history")).await.expect(StatusCode::OK).await;
    let first = history.as_array().unwrap().last().unwrap()["seq"].as_i64().unwrap();
    assert_eq!(read(&admin, &format!("{HOME}?seq={first}")).await.1, text);
    admin.post(&format!("{HOME}/undo"), json!({ "seq": first })).await.expect(StatusCode::OK).await;
    assert_eq!(read(&admin, HOME).await.1, text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_can_be_anything_but_outside_of_its_exhibition() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    hub.upload(&admin, pack(&corpus())).await;
    let new = |path: &'static str, body: Vec<u8>| {
        let admin = admin.clone();
        async move {
            let path = format!("exhibitions/base/documents/{path}");
            admin.send(Method::PUT, &path, |request| request.header(header::IF_NONE_MATCH, "*").body(body)).await
        }
    };
    for outside in ["..%2Fescape.yaml", "a%2F..%2F..%2Fescape.yaml", "art/hills.svg", "%2Fetc%2Fx.yaml", ".git/x.yaml"] {
        let answer = new(outside, b"kind: home\n".to_vec()).await;
        assert_eq!(answer.refused(StatusCode::BAD_REQUEST).await, "invalid_path", "{outside}");
    }
    assert_eq!(new("x.yaml", vec![0xff, 0xfe]).await.refused(StatusCode::BAD_REQUEST).await, "not_utf8");
    let saved = new("x.yaml", "kind: [".into()).await.expect(StatusCode::OK).await;
    assert!(saved["findings"].as_array().unwrap().iter().any(|finding| finding["file"] == "x.yaml"), "{saved}");
    assert_eq!(new("x.yaml", "kind: home".into()).await.refused(StatusCode::PRECONDITION_FAILED).await, "document_changed");
    assert_eq!(admin.get("exhibitions/none/documents/x.yaml").await.refused(StatusCode::NOT_FOUND).await, "not_found");
    let detail = admin.get("exhibitions/base").await.expect(StatusCode::OK).await;
    assert!(!detail["findings"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_uploads_are_refused_with_a_reason_and_leave_the_draft_alone() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    hub.upload(&admin, pack(&corpus())).await;
    let (_, before) = read(&admin, HOME).await;
    let exhibition = std::fs::read(corpus().join("exhibition.yaml")).unwrap();
    let cases = [
        ("zip_invalid", b"PK this is no zip".to_vec()),
        ("path_refused", pack_files(vec![("../escape.yaml".into(), b"kind: home".to_vec())])),
        ("no_exhibition", pack_files(vec![("scenes/home.yaml".into(), b"kind: home".to_vec())])),
        (
            "zip_bomb",
            pack_files(vec![
                ("exhibition.yaml".into(), exhibition),
                ("bomb.bin".into(), vec![0; 64 * 1024 * 1024]),
            ]),
        ),
    ];
    for (code, zip) in cases {
        let job = hub.upload(&admin, zip).await;
        assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!(code)), "{job:#}");
    }
    let empty = admin.send(Method::POST, "uploads", |request| request.body(Vec::new())).await;
    assert_eq!(empty.refused(StatusCode::BAD_REQUEST).await, "empty");
    assert_eq!(read(&admin, HOME).await.1, before);
    assert!(!hub.dir.path().join("escape.yaml").exists());
    let left: Vec<_> = std::fs::read_dir(hub.dir.path().join("data/uploads")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_over_the_limit_is_refused_while_it_comes() {
    let hub = TestHub::start_with(|settings| settings.upload.size_mib = 1).await;
    let admin = hub.admin().await;
    let large = admin.send(Method::POST, "uploads", |request| request.body(vec![0; 2 * 1024 * 1024])).await;
    assert_eq!(large.refused(StatusCode::PAYLOAD_TOO_LARGE).await, "too_large");
    assert_eq!(admin.get("jobs").await.expect(StatusCode::OK).await, json!([]));
}

async fn read(admin: &Browser, path: &str) -> (String, String) {
    let answer = admin.get(path).await.response;
    assert_eq!(answer.status(), StatusCode::OK);
    let etag = answer.headers()[header::ETAG].to_str().unwrap().to_owned();
    (etag, answer.text().await.unwrap())
}

async fn write(admin: &Browser, path: &str, etag: &str, text: &str) -> Answer {
    let (etag, text): (String, String) = (etag.into(), text.into());
    admin.send(Method::PUT, path, |request| request.header(header::IF_MATCH, etag).body(text)).await
}

