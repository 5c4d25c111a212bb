//! What is said to the hub: connection, reports, records, receipts.

use super::*;
use crate::machine;

#[test]
fn disconnected_to_connected_subscribes_says_presence_and_reports() {
    let mut desk = Desk::new(Start::default());
    let outputs = desk.give(Input::Connected).take();
    let Output::Subscribe(topics) = &outputs[0] else { panic!("{outputs:?}") };
    assert_eq!(
        topics,
        &[
            "pf/1/dev/hall-1/target",
            "pf/1/dev/hall-1/cmd",
            "pf/1/dev/hall-1/chunk",
            "pf/1/dev/hall-1/ack",
            "pf/1/dev/hall-1/trust",
            "pf/1/dev/hall-1/renewed",
            "pf/1/site/main/welcome"
        ]
    );
    let Output::Publish(presence) = &outputs[1] else { panic!("{outputs:?}") };
    assert!(presence.retain && presence.acknowledged && presence.topic.ends_with("/presence"));
    desk.outputs = outputs;
    assert_eq!(desk.said::<Report>(DeviceTopic::Report).len(), 1);
}

#[test]
fn nothing_is_said_without_a_connection() {
    let mut desk = Desk::new(Start::default());
    let (reference, _) = release(1);
    desk.target(1, Some(&reference)).missing(&reference, &pieces("a", 1)).pass(120_000);
    assert!(!desk.take().iter().any(|output| matches!(output, Output::Publish(_))));
}

#[test]
fn the_report_rises_says_changes_at_once_and_counts_once_a_second() {
    let (one, open) = release(1);
    let mut desk = Desk::new(Start { active: Some(open.clone()), ..Start::default() });
    let first = desk.give(Input::Connected).said::<Report>(DeviceTopic::Report).remove(0);
    assert_eq!((first.phase.as_str(), first.running.as_ref()), ("boot", None), "nothing is on the glass yet");
    let glass = Glass {
        phase: "attract".into(),
        origin: Origin::Release,
        release: Some(open.id().clone()),
        ..Glass::default()
    };
    desk.pass(machine::report::NEWS_GAP_MS).give(Input::Command(LinkCommand::Glass(glass.clone())));
    let second = desk.said::<Report>(DeviceTopic::Report).remove(0);
    assert_eq!(second.running, Some(one.release));
    assert!(second.revision > first.revision && first.revision > 1 << 32, "above every report of an earlier start");
    for n in 0..10 {
        let glass = Glass { scene: Some(format!("scene-{n}")), ..glass.clone() };
        desk.pass(50).give(Input::Command(LinkCommand::Glass(glass)));
    }
    assert_eq!(desk.said::<Report>(DeviceTopic::Report).len(), 0, "half a second of scenes");
    desk.pass(machine::report::COUNT_GAP_MS);
    assert_eq!(desk.said::<Report>(DeviceTopic::Report)[0].scene.as_deref(), Some("scene-9"));
    desk.pass(machine::report::REPORT_EVERY_MS - 1);
    assert!(desk.said::<Report>(DeviceTopic::Report).is_empty());
    desk.pass(1);
    assert_eq!(desk.said::<Report>(DeviceTopic::Report).len(), 1);
}

#[test]
fn the_next_tick_is_never_in_the_past_for_long() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    desk.target(1, Some(&reference)).missing(&reference, &pieces("film", 300));
    for _ in 0..50 {
        let next = desk.machine.next_tick_ms(desk.now).unwrap();
        let step = next.saturating_sub(desk.now.mono_ms);
        desk.pass(step);
        assert!(
            desk.machine.next_tick_ms(desk.now).unwrap() > desk.now.mono_ms,
            "a tick that changes nothing would spin"
        );
    }
}

fn loads(outputs: &[Output]) -> Vec<(Lane, Seq, Seq)> {
    let load = |output: &Output| match output {
        Output::Outbox(OutboxJob::Load { lane, after, up_to }) => Some((*lane, *after, *up_to)),
        _ => None,
    };
    outputs.iter().filter_map(load).collect()
}

#[test]
fn a_backlog_is_sent_when_the_connection_stands_one_message_at_a_time() {
    let mut desk = Desk::new(Start { newest_seq: 9, waiting: 3, ..Start::default() });
    let outputs = desk.give(Input::Connected).take();
    assert_eq!(loads(&outputs), [(Lane::Backlog, 0, 9)]);
    let records = vec![(4, record("a")), (7, record("b"))];
    desk.give(Input::Loaded { lane: Lane::Backlog, records, waiting: 3 });
    let sent = desk.said::<Records>(DeviceTopic::Rec);
    assert_eq!(sent[0].records.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let ack = Ack { v: VERSION, stored: vec!["a".into()], refused: vec![], unlisted: vec![] };
    let outputs = desk.message(DeviceTopic::Ack, &ack).take();
    assert_eq!(loads(&outputs), [], "b is still on its way");
    let refusal = Refusal { id: "b".into(), code: "unknown_event".into() };
    let ack = Ack { v: VERSION, stored: vec![], refused: vec![refusal.clone()], unlisted: vec![] };
    let outputs = desk.message(DeviceTopic::Ack, &ack).take();
    assert_eq!(loads(&outputs), [(Lane::Backlog, 7, 9)]);
    desk.give(Input::Settled { refused: vec![refusal], waiting: 1 });
    assert_eq!(desk.events(), ["refused b: unknown_event"]);
}

#[test]
fn a_code_that_is_not_on_the_list_is_told_after_its_record_is_stored() {
    let mut desk = Desk::new(Start { newest_seq: 9, waiting: 1, ..Start::default() });
    desk.give(Input::Connected);
    desk.give(Input::Loaded { lane: Lane::Backlog, records: vec![(4, record("a"))], waiting: 1 });
    let ack = Ack { v: VERSION, stored: vec!["a".into()], refused: vec![], unlisted: vec!["a".into()] };
    desk.message(DeviceTopic::Ack, &ack);
    assert!(desk.events().contains(&"unlisted a".to_owned()));
    // A hub that knows nothing of lists says nothing of them.
    let older: Ack = serde_json::from_str(r#"{"v":1,"stored":["a"],"refused":[]}"#).unwrap();
    assert!(older.unlisted.is_empty());
}

#[test]
fn live_records_do_not_wait_for_the_backlog() {
    let mut desk = Desk::new(Start { newest_seq: 9, waiting: 3, ..Start::default() });
    desk.give(Input::Connected);
    desk.give(Input::Loaded { lane: Lane::Backlog, records: vec![(4, record("a"))], waiting: 3 }).take();
    let outputs = desk.give(Input::Appended { seq: 10, id: "live".into() }).take();
    assert_eq!(loads(&outputs), [(Lane::Live, 9, 10)]);
    assert!(matches!(&outputs[0], Output::Event(LinkEvent::Saved { record }) if record == "live"), "{outputs:?}");
}

#[test]
fn a_record_saved_while_offline_is_backlog_of_the_next_connection() {
    let mut desk = Desk::new(Start::default());
    let outputs = desk.give(Input::Appended { seq: 1, id: "a".into() }).take();
    assert_eq!(loads(&outputs), []);
    assert_eq!(loads(&desk.give(Input::Connected).take()), [(Lane::Backlog, 0, 1)]);
}

#[test]
fn records_without_an_acknowledgement_are_sent_again() {
    let mut desk = Desk::new(Start { newest_seq: 1, waiting: 1, ..Start::default() });
    desk.give(Input::Connected);
    desk.give(Input::Loaded { lane: Lane::Backlog, records: vec![(1, record("a"))], waiting: 1 }).take();
    assert_eq!(loads(&desk.pass(machine::records::RESEND_MS - 1).take()), []);
    assert_eq!(loads(&desk.pass(1).take()), [(Lane::Backlog, 0, 1)], "loaded afresh from the disk");
}

#[test]
fn a_lost_connection_sends_everything_unacknowledged_again() {
    let mut desk = Desk::new(Start { newest_seq: 1, waiting: 1, ..Start::default() });
    desk.give(Input::Connected);
    desk.give(Input::Loaded { lane: Lane::Backlog, records: vec![(1, record("a"))], waiting: 1 });
    desk.give(Input::Disconnected { why: "cable".into(), retry_in_ms: 1 }).take();
    assert_eq!(loads(&desk.give(Input::Connected).take()), [(Lane::Backlog, 0, 1)]);
}

fn command(id: &str, expires_at_ms: u64) -> Command {
    Command { v: VERSION, id: id.into(), expires_at_ms, order: Order::Screenshot }
}

#[test]
fn an_order_is_carried_out_once_remembered_first_and_answered() {
    let mut desk = Desk::online(Start::default());
    let order = command("o1", desk.now.wall_ms + 1000);
    let outputs = desk.message(DeviceTopic::Cmd, &order).take();
    assert!(matches!(&outputs[0], Output::Outbox(OutboxJob::RememberOrder { id }) if id == "o1"), "{outputs:?}");
    assert!(matches!(&outputs[2], Output::Event(LinkEvent::Order { .. })), "{outputs:?}");
    desk.message(DeviceTopic::Cmd, &order);
    assert_eq!(desk.events(), Vec::<String>::new(), "delivered twice, done once");
    let picture_jpeg = Some(vec![0xff, 0xd8]);
    desk.give(Input::Command(LinkCommand::OrderDone { id: "o1".into(), outcome: Outcome::Done, picture_jpeg }));
    let receipts = desk.said::<Receipt>(DeviceTopic::Receipt);
    assert_eq!((&receipts[0].outcome, receipts[0].picture_jpeg_base64.as_deref()), (&Outcome::Done, Some("/9g=")));
}

#[test]
fn an_order_of_an_earlier_start_is_not_carried_out_again() {
    let mut desk = Desk::online(Start { orders: vec!["o1".into()], ..Start::default() });
    let order = Command { order: Order::Restart, ..command("o1", u64::MAX) };
    desk.message(DeviceTopic::Cmd, &order);
    assert_eq!(desk.events(), Vec::<String>::new());
}

#[test]
fn an_expired_order_is_refused_with_a_receipt_and_not_carried_out() {
    let mut desk = Desk::online(Start::default());
    let order = command("o1", desk.now.wall_ms - 1);
    desk.message(DeviceTopic::Cmd, &order);
    assert_eq!(desk.said::<Receipt>(DeviceTopic::Receipt)[0].outcome, Outcome::Expired);
}

#[test]
fn an_order_of_a_later_hub_is_refused_by_its_id() {
    let mut desk = Desk::online(Start::default());
    let later = serde_json::json!({ "v": 1, "id": "o9", "expires_at_ms": u64::MAX, "order": { "do": "dance" } });
    desk.message(DeviceTopic::Cmd, &later);
    let receipts = desk.said::<Receipt>(DeviceTopic::Receipt);
    assert_eq!((receipts[0].id.as_str(), &receipts[0].outcome), ("o9", &Outcome::Refused { code: "unknown".into() }));
}

#[test]
fn a_picture_that_fits_no_packet_is_refused_and_a_receipt_waits_for_the_connection() {
    let mut desk = Desk::online(Start::default());
    desk.give(Input::Disconnected { why: "cable".into(), retry_in_ms: 1 }).take();
    let picture_jpeg = Some(vec![0; limits::PICTURE_BYTES_MAX + 1]);
    desk.give(Input::Command(LinkCommand::OrderDone { id: "o1".into(), outcome: Outcome::Done, picture_jpeg }));
    desk.give(Input::Connected);
    let receipts = desk.said::<Receipt>(DeviceTopic::Receipt);
    assert_eq!(receipts[0].outcome, Outcome::Refused { code: "too_large".into() });
    let picture_jpeg = Some(vec![0xa5; limits::PICTURE_BYTES_MAX]);
    desk.give(Input::Command(LinkCommand::OrderDone { id: "o2".into(), outcome: Outcome::Done, picture_jpeg }));
    assert_eq!(desk.said::<Receipt>(DeviceTopic::Receipt).len(), 1, "the largest one allowed fits");
}
