//! Roots, rosters, review and notices over HTTP, with a device that asks for them over MQTT.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use pingfeng_release::trust::{
    Approval, ApprovalKind, Envelope, PayloadKind, Signature, Statement as _,
    rehearsal::{RehearsalSite, Softkey},
};
use pingfeng_release::{BlobHash, Manifest};
use pingfeng_wire::{
    Origin, Progress, ReleaseRef, Report, Target, TrustDocuments, TrustVersions, Want, topic::DeviceTopic,
};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::harness::{Browser, TestHub, told};

const SITE: &str = "hall";
const GROUP: &str = "front";

fn text(envelope: &Envelope) -> String {
    String::from_utf8(envelope.to_bytes()).unwrap()
}

fn now_ms(hub: &TestHub) -> u64 {
    u64::try_from(hub.running().hub.now_ms()).unwrap()
}

/// A hub whose site has a root and a roster, and a release that nobody has signed.
struct Hall {
    hub: TestHub,
    admin: Browser,
    site: RehearsalSite,
    release: String,
}

impl Hall {
    async fn start() -> Self {
        let hub = TestHub::start().await;
        let admin = hub.admin().await;
        let release = hub.release(&admin).await;
        hub.running().hub.site_called(SITE).await.unwrap();
        let site = RehearsalSite::new(SITE, now_ms(&hub));
        let hall = Self { hub, admin, site, release };
        hall.bring(&hall.site.root_envelope()).await.expect(StatusCode::OK).await;
        hall.bring(&hall.site.roster_envelope()).await.expect(StatusCode::OK).await;
        hall
    }

    async fn bring(&self, envelope: &Envelope) -> crate::harness::Answer {
        self.admin.post(&format!("sites/{SITE}/trust"), json!({ "envelope": text(envelope) })).await
    }

    async fn review(&self, release: &str) -> Value {
        let review = self.admin.get(&format!("releases/{release}/review")).await.expect(StatusCode::OK).await;
        review["sites"].as_array().unwrap().iter().find(|site| site["site"]["id"] == SITE).unwrap().clone()
    }

    async fn statement(&self, release: &str, back: bool) -> Envelope {
        let path = format!("releases/{release}/review/{SITE}?back={back}");
        let answer = self.admin.get(&path).await.expect(StatusCode::OK).await;
        Envelope::parse(answer.to_string().as_bytes(), PayloadKind::Approval).unwrap()
    }

    async fn sign(&self, release: &str, back: bool, people: &[&str]) -> crate::harness::Answer {
        let signed = self.site.sign(self.statement(release, back).await, people);
        self.admin.post(&format!("releases/{release}/review"), json!({ "envelope": text(&signed) })).await
    }

    async fn publish(&self, release: &str) -> crate::harness::Answer {
        self.admin.post(&format!("releases/{release}/publish"), json!({ "groups": [GROUP] })).await
    }

    async fn notice(&self, zh: &str) -> Value {
        let draft = json!({ "site": SITE, "zh": zh, "severity": "warning", "minutes": 30 });
        self.admin.post("notices", draft).await.expect(StatusCode::CREATED).await
    }
}

/// What the console sends: an assertion as the browser hands it out.
fn assertion(signature: &Signature, credential: &str) -> Value {
    let (authenticator_data, client_data) = signature.assertion.clone().unwrap();
    let url = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({
        "credential": credential,
        "authenticator_data": url(&authenticator_data),
        "client_data": url(&client_data),
        "signature": url(&signature.sig),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_without_a_root_says_what_that_means_and_publishes_as_ever() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    hub.device(&admin, "一", SITE, GROUP).await;
    let trust = admin.get(&format!("sites/{SITE}/trust")).await.expect(StatusCode::OK).await;
    assert_eq!(trust["root"], Value::Null);
    assert_eq!(trust["warnings"][0]["code"], "no_root");
    let published = admin.post(&format!("releases/{release}/publish"), json!({ "groups": [GROUP] })).await;
    assert_eq!(published.expect(StatusCode::OK).await["devices"], 1);
    let review = admin.get(&format!("releases/{release}/review")).await.expect(StatusCode::OK).await;
    assert_eq!((&review["sites"][0]["signed"], &review["sites"][0]["forward"]), (&json!(false), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn roots_and_rosters_are_taken_in_their_order_and_by_the_rules_of_a_device() {
    let hall = Hall::start().await;
    let trust = hall.admin.get(&format!("sites/{SITE}/trust")).await.expect(StatusCode::OK).await;
    assert_eq!((&trust["root"]["version"], &trust["root"]["threshold"]), (&json!(1), &json!(2)));
    assert_eq!(trust["root"]["fingerprint"], trust["root"]["first_fingerprint"]);
    let fu = trust["roster"]["people"].as_array().unwrap().iter().find(|person| person["id"] == "fu").unwrap();
    assert_eq!((&fu["roles"][0], &fu["keys"][0]["kind"]), (&json!("second_review"), &json!("passkey")));
    assert_eq!(trust["roster"]["classes"][0]["stages"], json!(["first_review", "final_review"]));
    assert_eq!(trust["history"].as_array().unwrap().len(), 2);

    // What a device would not take.
    let refused = async |envelope: &Envelope| hall.bring(envelope).await.refused(StatusCode::BAD_REQUEST).await;
    let mut roster = RehearsalSite::new(SITE, now_ms(&hall.hub));
    roster.roster.version = 2;
    let one = roster.sign_by_root(roster.roster.envelope(), &[1]);
    assert_eq!(refused(&one).await, "roster_signatures");
    let strangers = roster.sign_by_root(roster.roster.envelope(), &[7, 8]);
    assert_eq!(refused(&strangers).await, "roster_signatures");
    assert_eq!(refused(&RehearsalSite::new("other", 0).root_envelope()).await, "wrong_site");
    let mut gap = RehearsalSite::new(SITE, now_ms(&hall.hub));
    gap.root.version = 3;
    assert_eq!(refused(&gap.root_envelope()).await, "root_gap");
    let approval = hall.site.approve(b"{}", ApprovalKind::Release, &["chu"]);
    assert_eq!(refused(&approval).await, "envelope_type");
    assert_eq!(hall.bring(&hall.site.roster_envelope()).await.refused(StatusCode::CONFLICT).await, "same_document");

    // And what it would.
    hall.bring(&roster.roster_envelope()).await.expect(StatusCode::OK).await;
    assert_eq!(refused(&hall.site.roster_envelope()).await, "roster_rolled_back");
    roster.root.version = 2;
    let trust = hall.bring(&roster.root_envelope()).await.expect(StatusCode::OK).await;
    assert_eq!((&trust["root"]["version"], &trust["roster"]["version"]), (&json!(2), &json!(2)));
    assert_ne!(trust["root"]["fingerprint"], trust["root"]["first_fingerprint"]);

    // As it was brought, for whoever wants to look at it elsewhere.
    let newest = trust["history"][0]["id"].as_str().unwrap();
    let kept = hall.admin.get(&format!("sites/{SITE}/trust/{newest}")).await.expect(StatusCode::OK).await;
    assert_eq!(kept, serde_json::from_slice::<Value>(&roster.root_envelope().to_bytes()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_soon_and_what_has_ended_is_said() {
    let hall = Hall::start().await;
    let codes = async || {
        let trust = hall.admin.get(&format!("sites/{SITE}/trust")).await.expect(StatusCode::OK).await;
        let warnings = trust["warnings"].as_array().unwrap().clone();
        warnings.iter().map(|warning| warning["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes().await, Vec::<String>::new());
    const DAY_MS: i64 = 86_400_000;
    // The session would end long before: the hub itself is asked.
    hall.hub.advance(340 * DAY_MS);
    let trust = hall.hub.running().hub.get_site_trust(SITE).await.unwrap();
    assert_eq!(trust.warnings.iter().map(|why| why.code.as_str()).collect::<Vec<_>>(), ["roster_expires_soon"]);
    hall.hub.advance(30 * DAY_MS);
    let trust = hall.hub.running().hub.get_site_trust(SITE).await.unwrap();
    assert_eq!(trust.warnings.iter().map(|why| why.code.as_str()).collect::<Vec<_>>(), ["roster_expired"]);
    assert!(trust.roster.is_some(), "who was in it is still shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_root_leaves_the_site_without_one() {
    let hall = Hall::start().await;
    let trust = hall.admin.delete(&format!("sites/{SITE}/trust")).await.expect(StatusCode::OK).await;
    assert_eq!((&trust["root"], &trust["warnings"][0]["code"]), (&Value::Null, &json!("no_root")));
    hall.admin.delete(&format!("sites/{SITE}/trust")).await.refused(StatusCode::NOT_FOUND).await;
    hall.bring(&hall.site.root_envelope()).await.expect(StatusCode::OK).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_published_when_every_stage_has_signed_and_not_before() {
    let hall = Hall::start().await;
    let credentials = hall.hub.device(&hall.admin, "一", SITE, GROUP).await;
    assert_eq!(credentials.enrolled.roots, [text(&hall.site.root_envelope())]);
    let release = hall.release.as_str();

    let review = hall.review(release).await;
    assert_eq!(review["forward"]["stages"].as_array().unwrap().len(), 2);
    assert_eq!(review["forward"]["refusal"]["code"], "stage_missing");
    let answer = hall.publish(release).await.expect(StatusCode::CONFLICT).await;
    assert_eq!(answer["error"]["code"], "not_signed");
    assert!(answer["error"]["message"].as_str().unwrap().contains("first review, final review"), "{answer}");
    assert!(answer["error"]["hint"].as_str().unwrap().contains("初审、终审"), "{answer}");

    // First review: a key file, elsewhere.
    hall.sign(release, false, &["chu"]).await.expect(StatusCode::OK).await;
    assert_eq!(hall.sign(release, false, &["chu"]).await.refused(StatusCode::CONFLICT).await, "same_signature");
    let answer = hall.publish(release).await.expect(StatusCode::CONFLICT).await;
    assert!(answer["error"]["message"].as_str().unwrap().contains("final review"), "{answer}");

    // Final review: a passkey, in the browser.
    let zhong = Softkey::new(SITE, "zhong");
    let statement = hall.statement(release, false).await;
    let review = hall.review(release).await;
    assert_eq!(review["forward"]["challenge"], URL_SAFE_NO_PAD.encode(statement.challenge()));
    let passkey = review["forward"]["passkeys"].as_array().unwrap().iter().find(|key| key["person"] == "zhong").unwrap();
    let signed = assertion(&zhong.assertion(&statement).sign(), passkey["credential"].as_str().unwrap());
    let path = format!("releases/{release}/review/{SITE}");
    hall.admin.post(&path, signed).await.expect(StatusCode::OK).await;
    let review = hall.review(release).await;
    assert_eq!((&review["forward"]["complete"], &review["forward"]["refusal"]), (&json!(true), &Value::Null));
    assert_eq!(review["forward"]["stages"][0]["person"], "chu");
    assert_eq!(review["forward"]["stages"][1]["person"], "zhong");

    // And now it goes out with its signatures.
    hall.publish(release).await.expect(StatusCode::OK).await;
    let mut screen = credentials.connect(&hall.hub).await;
    let target: Target = screen.next_json("/target").await;
    assert_eq!(target.trust, Some(TrustVersions { root: 1, roster: 1 }));
    let approval = target.release.unwrap().approval.unwrap();
    let approval = Envelope::parse(approval.as_bytes(), PayloadKind::Approval).unwrap();
    assert_eq!(approval.signatures().len(), 2);

    // The device asks for what it lacks.
    let want = Want { v: 1, trust: Some(TrustVersions::default()), ..Want::default() };
    screen.publish(DeviceTopic::Want, &want).await;
    let documents: TrustDocuments = screen.next_json("/trust").await;
    assert_eq!(documents.roots, [text(&hall.site.root_envelope())]);
    assert_eq!(documents.roster, Some(text(&hall.site.roster_envelope())));
    let want = Want { v: 1, trust: Some(TrustVersions { root: 1, roster: 1 }), ..Want::default() };
    screen.publish(DeviceTopic::Want, &want).await;
    let documents: TrustDocuments = screen.next_json("/trust").await;
    assert_eq!((documents.roots.len(), documents.roster), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_a_device_would_not_count_is_not_kept() {
    let hall = Hall::start().await;
    let release = hall.release.as_str();
    let statement = hall.statement(release, false).await;
    let path = format!("releases/{release}/review/{SITE}");
    let review = hall.review(release).await;
    let credential = review["forward"]["passkeys"][0]["credential"].as_str().unwrap().to_owned();
    assert_eq!(review["forward"]["passkeys"].as_array().unwrap().len(), 1, "second review is not asked for");
    let zhong = Softkey::new(SITE, "zhong");
    let refused = async |body: Value| hall.admin.post(&path, body).await.refused(StatusCode::BAD_REQUEST).await;

    let mut unverified = zhong.assertion(&statement);
    unverified.flags = 1;
    assert_eq!(refused(assertion(&unverified.sign(), &credential)).await, "assertion_unverified");
    let mut elsewhere = zhong.assertion(&statement);
    elsewhere.origin = "https://hub.example.com".into();
    assert_eq!(refused(assertion(&elsewhere.sign(), &credential)).await, "assertion_origin");
    let other = hall.site.approve(b"{}", ApprovalKind::Release, &[]);
    assert_eq!(refused(assertion(&zhong.assertion(&other).sign(), &credential)).await, "assertion_challenge");
    let fu = Softkey::new(SITE, "fu");
    assert_eq!(refused(assertion(&fu.assertion(&statement).sign(), &credential)).await, "signature_wrong");
    assert_eq!(refused(assertion(&zhong.assertion(&statement).sign(), "AAAA")).await, "key_unknown");
    let garbage = json!({ "credential": credential, "authenticator_data": "展厅", "client_data": "", "signature": "" });
    assert_eq!(refused(garbage).await, "invalid_body");
    // Second review is no stage of the ordinary class.
    let fu_key = fu.key().credential.unwrap();
    assert_eq!(refused(assertion(&fu.assertion(&statement).sign(), &fu_key)).await, "not_a_reviewer");

    let upload = async |envelope: &Envelope| {
        let path = format!("releases/{release}/review");
        hall.admin.post(&path, json!({ "envelope": text(envelope) })).await.refused(StatusCode::BAD_REQUEST).await
    };
    assert_eq!(upload(&hall.site.sign(statement.clone(), &["nobody"])).await, "key_unknown");
    assert_eq!(upload(&hall.site.sign(statement.clone(), &["zhi"])).await, "not_a_reviewer");
    assert_eq!(upload(&hall.site.approve(b"{}", ApprovalKind::Release, &["chu"])).await, "release_mixed");
    let other_site = RehearsalSite::new("elsewhere", now_ms(&hall.hub));
    let approval = Approval::of(&statement).unwrap();
    let elsewhere = Approval { site: "elsewhere".into(), ..approval };
    let path = format!("releases/{release}/review");
    let elsewhere = text(&other_site.sign(elsewhere.envelope(), &["chu"]));
    hall.admin.post(&path, json!({ "envelope": elsewhere })).await.refused(StatusCode::NOT_FOUND).await;
    assert_eq!(hall.review(release).await["forward"]["signatures"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_is_named_as_everywhere_else() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let key = Softkey::new(SITE, "fu").key().key;
    let named = admin.post("keys", json!({ "key": key.to_string() })).await.expect(StatusCode::OK).await;
    assert_eq!(named["id"], key.id().0);
    let wrong = admin.post("keys", json!({ "key": "es256:AAAA" })).await;
    assert_eq!(wrong.refused(StatusCode::BAD_REQUEST).await, "key_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_left_the_roster_no_longer_counts() {
    let hall = Hall::start().await;
    hall.hub.device(&hall.admin, "一", SITE, GROUP).await;
    hall.sign(&hall.release, false, &["chu", "zong"]).await.expect(StatusCode::OK).await;
    hall.publish(&hall.release).await.expect(StatusCode::OK).await;
    let mut next = RehearsalSite::new(SITE, now_ms(&hall.hub));
    next.roster.version = 2;
    next.roster.people.retain(|person| person.id != "zong");
    hall.bring(&next.roster_envelope()).await.expect(StatusCode::OK).await;
    let review = hall.review(&hall.release).await;
    assert_eq!(review["forward"]["complete"], false);
    let signatures = review["forward"]["signatures"].as_array().unwrap();
    assert_eq!(signatures.iter().filter(|signature| signature["person"] == Value::Null).count(), 1);
    assert_eq!(hall.publish(&hall.release).await.refused(StatusCode::CONFLICT).await, "not_signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_is_signed_for_itself_and_only_where_something_newer_was_shown() {
    let hall = Hall::start().await;
    let credentials = hall.hub.device(&hall.admin, "一", SITE, GROUP).await;
    let first = hall.release.clone();
    assert_eq!(hall.review(&first).await["back"], Value::Null, "nothing is newer");
    hall.sign(&first, false, &["chu", "zhong"]).await.expect(StatusCode::OK).await;
    hall.publish(&first).await.expect(StatusCode::OK).await;
    let second = hall.hub.build(&hall.admin, "base").await;
    hall.sign(&second, false, &["chu", "zhong"]).await.expect(StatusCode::OK).await;
    let rollout = hall.publish(&second).await.expect(StatusCode::OK).await["rollout"].as_str().unwrap().to_owned();

    let mut live = hall.hub.listen();
    let mut screen = credentials.connect(&hall.hub).await;
    let target: Target = screen.next_json("/target").await;
    let running = target.release.map(|offer| offer.release);
    let report = Report {
        v: 1,
        target_revision: target.revision,
        running,
        origin: Origin::Release,
        progress: Progress::Settled,
        phase: "attract".into(),
        ..Report::default()
    };
    screen.publish(DeviceTopic::Report, &report).await;
    told(&mut live, "device", |device| device["report"]["running"]["version"] == 2).await;

    // The first release has been approved, but as something new.
    let answer = hall.publish(&first).await.expect(StatusCode::CONFLICT).await;
    assert_eq!(answer["error"]["at"], "review.back");
    // Nor does rolling back need fewer signatures.
    let path = format!("rollouts/{rollout}/actions");
    let back = hall.admin.post(&path, json!({ "do": "roll_back", "at_once": false })).await;
    assert_eq!(back.refused(StatusCode::CONFLICT).await, "not_signed");
    hall.sign(&first, true, &["chu", "zhong"]).await.expect(StatusCode::OK).await;
    let review = hall.review(&first).await;
    assert_eq!((&review["back"]["from_version"], &review["back"]["complete"]), (&json!(2), &json!(true)));
    hall.publish(&first).await.expect(StatusCode::OK).await;
    let offer = loop {
        let target: Target = screen.next_json("/target").await;
        if let Some(offer) = target.release.filter(|offer| offer.release.id == first) {
            break offer;
        }
    };
    let approval = Envelope::parse(offer.approval.unwrap().as_bytes(), PayloadKind::Approval).unwrap();
    assert_eq!(Approval::of(&approval).unwrap().kind, ApprovalKind::Rollback { from_version: 2 });

    // Something newer makes the way back worthless.
    let third = hall.hub.build(&hall.admin, "base").await;
    assert_eq!(hall.review(&first).await["back"]["complete"], false);
    let running = ReleaseRef { id: third, exhibition: "base".into(), version: 3, manifest_size_bytes: 1 };
    screen.publish(DeviceTopic::Report, &Report { revision: 2, running: Some(running), ..report }).await;
    told(&mut live, "device", |device| device["report"]["running"]["version"] == 3).await;
    assert_eq!(hall.publish(&first).await.refused(StatusCode::CONFLICT).await, "not_signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_sees_what_a_release_changes() {
    let hall = Hall::start().await;
    let first = hall.admin.get(&format!("releases/{}/changes", hall.release)).await.expect(StatusCode::OK).await;
    assert_eq!(first["against"], Value::Null);
    assert!(!first["fields"].as_array().unwrap().is_empty());

    let path = "exhibitions/base/documents/exhibition.yaml";
    let document = hall.admin.get(path).await.response;
    let etag = document.headers()[header::ETAG].clone();
    let edited = document.text().await.unwrap().replace("zh-CN: 小展", "zh-CN: 新的");
    let put = |request: reqwest::RequestBuilder| request.header(header::IF_MATCH, etag).body(edited);
    hall.admin.send(Method::PUT, path, put).await.expect(StatusCode::OK).await;
    let second = hall.hub.build(&hall.admin, "base").await;
    let changes = hall.admin.get(&format!("releases/{second}/changes")).await.expect(StatusCode::OK).await;
    assert_eq!(changes["against"]["version"], 1);
    let fields = changes["fields"].as_array().unwrap();
    assert!(fields.iter().any(|field| field["after"] == "新的"), "{changes:#}");
    assert_eq!(changes["files"], json!([]));

    // The bytes that people sign for.
    let manifest = hall.admin.get(&format!("releases/{second}/manifest")).await;
    let manifest = manifest.response.bytes().await.unwrap();
    assert_eq!(BlobHash::of(&manifest).0, second);
    let manifest: Manifest = serde_json::from_slice(&manifest).unwrap();
    let path = manifest.files.keys().find(|path| !path.ends_with(".json")).unwrap();
    let file = hall.admin.get(&format!("releases/{second}/files/{path}")).await;
    assert_eq!(file.response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(BlobHash::of(&file.response.bytes().await.unwrap()), manifest.files[path].blob);
    hall.admin.get(&format!("releases/{second}/files/nothing.png")).await.refused(StatusCode::NOT_FOUND).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_shown_when_a_duty_officer_has_signed_and_until_it_is_withdrawn() {
    let hall = Hall::start().await;
    let credentials = hall.hub.device(&hall.admin, "一", SITE, GROUP).await;
    let mut screen = credentials.connect(&hall.hub).await;
    let target: Target = screen.next_json("/target").await;
    let notice = hall.notice("三层展厅\n临时关闭").await;
    let id = notice["id"].as_str().unwrap();
    assert_eq!((&notice["state"], &notice["refusal"]["code"]), (&json!("draft"), &json!("stage_missing")));
    assert!(screen.is_quiet("/target"), "a draft is nobody's business");

    let statement = hall.admin.get(&format!("notices/{id}")).await.expect(StatusCode::OK).await.to_string();
    let statement = Envelope::parse(statement.as_bytes(), PayloadKind::Notice).unwrap();
    let reviewer = text(&hall.site.sign(statement.clone(), &["zong"]));
    let refused = hall.admin.post("notices/signed", json!({ "envelope": reviewer })).await;
    assert_eq!(refused.refused(StatusCode::BAD_REQUEST).await, "not_a_reviewer");
    let signed = text(&hall.site.sign(statement, &["zhi"]));
    let shown = hall.admin.post("notices/signed", json!({ "envelope": signed })).await.expect(StatusCode::OK).await;
    assert_eq!((&shown["state"], &shown["meant"]), (&json!("shown"), &json!(1)));
    let told: Target = screen.next_json("/target").await;
    assert_eq!((told.revision, told.notice), (target.revision + 1, Some(signed)));

    // A more urgent one goes first, whichever is newer; ended, the other is back.
    let urgent = hall.site.notice("n-urgent", "请立即从最近出口离开", now_ms(&hall.hub));
    let urgent = pingfeng_release::trust::Notice { severity: pingfeng_release::trust::Severity::Danger, ..urgent };
    let urgent = text(&hall.site.sign(urgent.envelope(), &["zhi"]));
    hall.admin.post("notices/signed", json!({ "envelope": urgent })).await.expect(StatusCode::OK).await;
    let told: Target = screen.next_json("/target").await;
    assert_eq!(told.notice.as_ref(), Some(&urgent));
    hall.admin.delete("notices/n-urgent").await.expect(StatusCode::NO_CONTENT).await;
    let told: Target = screen.next_json("/target").await;
    assert_ne!(told.notice, Some(urgent.clone()));
    assert!(told.notice.is_some());
    hall.admin.delete(&format!("notices/{id}")).await.expect(StatusCode::NO_CONTENT).await;
    let told: Target = screen.next_json("/target").await;
    assert_eq!(told.notice, None);
    let again = hall.admin.post("notices/signed", json!({ "envelope": urgent })).await;
    assert_eq!(again.refused(StatusCode::CONFLICT).await, "withdrawn");
    let listed = hall.admin.get("notices").await.expect(StatusCode::OK).await;
    let states: Vec<_> = listed["notices"].as_array().unwrap().iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["withdrawn", "withdrawn"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_keeps_to_its_limits_and_to_its_groups() {
    let hall = Hall::start().await;
    let draft = async |change: Value| {
        let mut body = json!({ "site": SITE, "zh": "开放时间有变", "severity": "info", "minutes": 30 });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        hall.admin.post("notices", body).await
    };
    for change in [
        json!({ "zh": "字".repeat(121) }),
        json!({ "zh": "一\n二\n三\n四" }),
        json!({ "zh": "\u{202e}反过来" }),
        json!({ "zh": " " }),
        json!({ "minutes": 1441 }),
        json!({ "minutes": 0 }),
        json!({ "en": "x".repeat(361) }),
    ] {
        assert_eq!(draft(change.clone()).await.refused(StatusCode::BAD_REQUEST).await, "statement_invalid", "{change}");
    }
    assert_eq!(draft(json!({ "severity": "party" })).await.refused(StatusCode::BAD_REQUEST).await, "invalid_body");
    draft(json!({ "groups": ["nowhere"] })).await.refused(StatusCode::NOT_FOUND).await;

    let credentials = hall.hub.device(&hall.admin, "一", SITE, GROUP).await;
    hall.hub.running().hub.group_called("back").await.unwrap();
    let mut screen = credentials.connect(&hall.hub).await;
    let _: Target = screen.next_json("/target").await;
    let notice = draft(json!({ "groups": ["back"] })).await.expect(StatusCode::CREATED).await;
    let id = notice["id"].as_str().unwrap();
    let statement = hall.admin.get(&format!("notices/{id}")).await.expect(StatusCode::OK).await.to_string();
    let statement = Envelope::parse(statement.as_bytes(), PayloadKind::Notice).unwrap();
    let signed = text(&hall.site.sign(statement, &["zhi"]));
    hall.admin.post("notices/signed", json!({ "envelope": signed })).await.expect(StatusCode::OK).await;
    let told: Target = screen.next_json("/target").await;
    assert_eq!(told.notice, None, "it is for another group");
}
