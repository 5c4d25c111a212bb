//! Check-ins, events and quiz results, from devices and from integrators.

use std::time::{Duration, Instant};

use pingfeng_wire::{Ack, CheckInWay, QuizAnswer, Record, RecordBody, Welcome};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Browser, TestHub};

const FIRST: &str = "01JD0000000000000000000001";
const SECOND: &str = "01JD0000000000000000000002";
const THIRD: &str = "01JD0000000000000000000003";

fn check_in(id: &str, event: &str, code: &str) -> Record {
    let body = RecordBody::CheckIn { event: event.into(), way: CheckInWay::Code, code: code.into() };
    Record { id: id.into(), at_ms: 1_000, body }
}

async fn day(admin: &Browser) {
    admin.post("events", json!({ "id": "day", "name": "主题党日" })).await.expect(StatusCode::CREATED).await;
    let list = json!([{ "code": "100001", "name": "王小明" }, { "code": "a2", "name": "李雷" }]);
    let count = admin.put("events/day/attendees", list).await.expect(StatusCode::OK).await;
    assert_eq!(count["attendees"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_stored_once_and_acknowledged_each_time() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    day(&admin).await;
    let mut screen = hub.device(&admin, "一", "s", "g").await.connect(&hub).await;
    for _ in 0..3 {
        screen.records(vec![check_in(FIRST, "day", "100001")]).await;
        let ack: Ack = screen.next_json("/ack").await;
        assert_eq!((ack.stored, ack.refused), (vec![FIRST.to_owned()], vec![]));
    }
    let rows = admin.get("check-ins?event=day").await.expect(StatusCode::OK).await;
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(rows[0]["name"], "王小明");
    assert_eq!(rows[0]["way"], "code");

    let welcome: Welcome = screen.next_json("/welcome").await;
    assert_eq!((welcome.id.as_str(), welcome.name.as_str(), welcome.count), (FIRST, "王＊明", 1));
    // The next welcome is of the next person: the repetitions made none.
    screen.records(vec![check_in(SECOND, "day", " A2\r")]).await;
    let welcome: Welcome = screen.next_json("/welcome").await;
    assert_eq!((welcome.id.as_str(), welcome.name.as_str(), welcome.count), (SECOND, "李＊", 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_not_on_the_list_is_kept_told_to_the_screen_and_not_welcomed() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    day(&admin).await;
    admin.post("events", json!({ "id": "open-day", "name": "开放日" })).await.expect(StatusCode::CREATED).await;
    let mut screen = hub.device(&admin, "一", "s", "g").await.connect(&hub).await;
    screen.records(vec![check_in(FIRST, "day", "999999")]).await;
    let ack: Ack = screen.next_json("/ack").await;
    assert_eq!((ack.stored, ack.unlisted), (vec![FIRST.to_owned()], vec![FIRST.to_owned()]));
    let rows = admin.get("check-ins?event=day").await.expect(StatusCode::OK).await;
    assert_eq!((&rows[0]["code"], &rows[0]["name"]), (&json!("999999"), &Value::Null));

    // An event without a list takes whoever comes; the first welcome is of this one.
    screen.records(vec![check_in(SECOND, "open-day", "999999")]).await;
    let ack: Ack = screen.next_json("/ack").await;
    assert_eq!((ack.stored, ack.unlisted), (vec![SECOND.to_owned()], vec![]));
    let welcome: Welcome = screen.next_json("/welcome").await;
    assert_eq!((welcome.id.as_str(), welcome.event.as_str()), (SECOND, "open-day"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_made_elsewhere_appears_on_the_screens_within_a_second() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    day(&admin).await;
    let mut screen = hub.device(&admin, "一", "s", "g").await.connect(&hub).await;
    let began = Instant::now();
    let body = json!({ "id": FIRST, "event": "day", "code": "100001" });
    let made = admin.post("check-ins", body.clone()).await.expect(StatusCode::CREATED).await;
    let welcome: Welcome = screen.next_json("/welcome").await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(welcome.name, "王＊明");
    assert_eq!((&made["masked"], &made["count"]), (&json!("王＊明"), &json!(1)));
    let again = admin.post("check-ins", body).await.expect(StatusCode::CREATED).await;
    assert_eq!(again["id"], FIRST);

    // The same person once more, by hand and under another id: one person.
    screen.records(vec![check_in(SECOND, "day", "100001")]).await;
    let _: Ack = screen.next_json("/ack").await;
    let events = admin.get("events").await.expect(StatusCode::OK).await;
    assert_eq!((&events[0]["came"], &events[0]["expected"]), (&json!(1), &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_can_never_be_stored_are_refused_and_the_rest_is_kept() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    day(&admin).await;
    let mut screen = hub.device(&admin, "一", "s", "g").await.connect(&hub).await;
    let quiz = |id: &str, asked: u32, right: u32| Record {
        id: id.into(),
        at_ms: 2_000,
        body: RecordBody::QuizResult {
            scene: "quiz".into(),
            asked,
            right,
            answers: vec![
                QuizAnswer { question: "q1".into(), right: true },
                QuizAnswer { question: "q2".into(), right: false },
            ],
        },
    };
    let long = "9".repeat(9_000);
    screen
        .records(vec![
            check_in(FIRST, "nowhere", "100001"),
            check_in("not-a-ulid", "day", "100001"),
            check_in(SECOND, "day", &long),
            quiz(THIRD, 2, 1),
        ])
        .await;
    let ack: Ack = screen.next_json("/ack").await;
    assert_eq!(ack.stored, [THIRD]);
    let refused: Vec<_> = ack.refused.iter().map(|refusal| (refusal.id.as_str(), refusal.code.as_str())).collect();
    assert_eq!(refused, [(FIRST, "unknown_event"), ("not-a-ulid", "malformed"), (SECOND, "too_large")]);

    screen.records(vec![quiz("01JD0000000000000000000004", 2, 2), quiz(THIRD, 2, 1)]).await;
    let _: Ack = screen.next_json("/ack").await;
    let results = admin.get("quiz-results?scene=quiz").await.expect(StatusCode::OK).await;
    assert_eq!(
        results,
        json!([{
            "scene": "quiz", "finished": 2, "asked": 4, "right": 3,
            "questions": [{ "question": "q1", "asked": 2, "right": 2 }, { "question": "q2", "asked": 2, "right": 0 }],
        }])
    );
    let devices = admin.get("devices").await.expect(StatusCode::OK).await;
    assert_eq!(devices[0]["refused_records"], 2, "one had no id to keep it by");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_ins_that_make_no_sense_are_told_why() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    day(&admin).await;
    let refused = |body: Value, status: StatusCode| {
        let admin = admin.clone();
        async move { admin.post("check-ins", body).await.refused(status).await }
    };
    assert_eq!(refused(json!({ "event": "day" }), StatusCode::BAD_REQUEST).await, "code_or_name");
    let both = json!({ "event": "day", "code": "1", "name": "x" });
    assert_eq!(refused(both, StatusCode::BAD_REQUEST).await, "code_or_name");
    assert_eq!(refused(json!({ "event": "day", "code": "9" }), StatusCode::BAD_REQUEST).await, "unknown_code");
    assert_eq!(refused(json!({ "event": "other", "name": "x" }), StatusCode::NOT_FOUND).await, "not_found");
    let id = json!({ "event": "day", "name": "x", "id": "1" });
    assert_eq!(refused(id, StatusCode::BAD_REQUEST).await, "invalid_id");
    let twice = json!([{ "code": "a 1", "name": "x" }, { "code": "A1", "name": "y" }]);
    let answer = admin.put("events/day/attendees", twice).await.expect(StatusCode::BAD_REQUEST).await;
    assert_eq!((&answer["error"]["code"], &answer["error"]["at"]), (&json!("duplicate_code"), &json!("row 2")));

    let answer = admin.post("events", json!({ "id": "day", "name": "again" })).await;
    assert_eq!(answer.refused(StatusCode::CONFLICT).await, "id_taken");
    admin.send(reqwest::Method::PATCH, "events/day", |request| request.json(&json!({ "closed": true }))).await;
    assert_eq!(refused(json!({ "event": "day", "name": "x" }), StatusCode::CONFLICT).await, "event_closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_screen_stored_while_the_event_was_open_is_taken_after_it_was_closed() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    day(&admin).await;
    let mut screen = hub.device(&admin, "一", "s", "g").await.connect(&hub).await;
    admin.send(reqwest::Method::PATCH, "events/day", |request| request.json(&json!({ "closed": true }))).await;
    screen.records(vec![check_in(FIRST, "day", "100001")]).await;
    let ack: Ack = screen.next_json("/ack").await;
    assert_eq!(ack.stored, [FIRST]);
}
