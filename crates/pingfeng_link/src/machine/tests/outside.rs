//! What comes from outside, good and bad.

use super::*;
use crate::machine;

/// Every folder of `tests/corpus/delivery/messages`: a topic, a payload, and what the screen hears of it.
#[test]
fn each_message_of_the_corpus_leads_to_what_it_says() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/delivery/messages");
    let mut cases = 0;
    for case in std::fs::read_dir(&corpus).unwrap() {
        let case = case.unwrap().path();
        let read = |name: &str| {
            std::fs::read(case.join(name)).unwrap_or_else(|error| panic!("{}: {error}", case.join(name).display()))
        };
        let line = |name: &str| String::from_utf8(read(name)).unwrap().trim_end().to_owned();
        let mut desk = Desk::online(Start::default());
        desk.give(Input::Message { topic: line("topic.txt"), payload: read("payload.json").into() });
        let outputs = desk.take();
        let receipts = outputs
            .iter()
            .filter(|output| matches!(output, Output::Publish(publish) if publish.topic.ends_with("/receipt")))
            .count();
        desk.outputs = outputs;
        let mut heard = desk.events();
        heard.extend((receipts > 0).then(|| format!("{receipts} receipt")));
        assert_eq!(heard.join("\n"), line("expected.txt"), "{}", case.display());
        cases += 1;
    }
    assert!(cases > 8, "only {cases} cases in {}", corpus.display());
}

#[test]
fn topics_and_payloads_from_anybody_are_counted_and_never_a_panic() {
    let mut desk = Desk::online(Start::default());
    let topics = [
        "展厅/一号",
        "",
        "/",
        "pf/1/dev/hall-1",
        "pf/1/dev/hall-2/cmd",
        "pf/1/dev/hall-1/target/展",
        "pf/1/dev/hall-1/chunk/x",
        "pf/1/site/main/chunk/0123456789abcdef0123456789abcdef",
    ];
    for topic in topics {
        desk.give(Input::Message { topic: topic.into(), payload: Bytes::from_static(b"{}") });
    }
    assert_eq!(desk.events(), (1..=topics.len()).map(|n| format!("Topic {n}")).collect::<Vec<_>>());
    let deep = "[".repeat(100_000);
    for payload in ["", "{", "null", "[]", "{\"v\":1}", "{\"v\":-1}", "展厅", deep.as_str()] {
        for of in DeviceTopic::DOWN {
            let payload = Bytes::from(payload.to_owned());
            desk.give(Input::Message { topic: topic::device(DEVICE, of), payload: payload.clone() });
            desk.give(Input::Message { topic: topic::site_welcome("main"), payload });
        }
    }
    let events = desk.events();
    assert!(
        !events.is_empty() && events.iter().all(|event| event.starts_with("Topic") || event.starts_with("Payload")),
        "{events:?}"
    );
    desk.message(DeviceTopic::Ack, &Ack { v: 2, stored: vec![], refused: vec![], unlisted: vec![] });
    assert_eq!(desk.events(), ["Version 1"]);
}

#[test]
fn unknown_fields_of_a_later_hub_are_ignored() {
    let mut desk = Desk::online(Start::default());
    let later = serde_json::json!({ "v": 1, "revision": 3, "release": null, "site": "s", "volume": 4 });
    desk.message(DeviceTopic::Target, &later);
    assert_eq!(desk.events(), ["site s"]);
    assert_eq!(desk.machine.delivery.target_revision(), 3);
}

#[test]
fn a_welcome_is_shown_once() {
    let mut desk = Desk::online(Start::default());
    let welcome =
        Welcome { v: VERSION, id: "r1".into(), event: "opening".into(), name: "王＊明".into(), at_ms: 1, count: 5 };
    let payload = Bytes::from(serde_json::to_vec(&welcome).unwrap());
    for _ in 0..2 {
        desk.give(Input::Message { topic: topic::site_welcome("main"), payload: payload.clone() });
    }
    assert_eq!(desk.events(), ["welcome 王＊明"]);
}

#[test]
fn a_wall_clock_set_back_disturbs_no_timeout_and_no_order_of_reports() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    desk.target(1, Some(&reference)).missing(&reference, &pieces("a", 1)).take();
    desk.now.wall_ms = 3;
    desk.now.mono_ms += machine::fetch::RE_ASK_MS;
    desk.give(Input::Tick);
    let outputs = desk.take();
    desk.outputs = outputs;
    assert_eq!(desk.said::<Want>(DeviceTopic::Want).len(), 1);
    desk.now.mono_ms += machine::report::REPORT_EVERY_MS;
    let first = desk.give(Input::Tick).said::<Report>(DeviceTopic::Report).remove(0);
    desk.now.mono_ms += machine::report::REPORT_EVERY_MS;
    let second = desk.give(Input::Tick).said::<Report>(DeviceTopic::Report).remove(0);
    assert!(second.revision > first.revision && second.at_ms == 3);
}
