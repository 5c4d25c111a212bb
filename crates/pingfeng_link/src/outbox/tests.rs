//! The outbox over restarts, refusals and limits.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use pingfeng_wire::{CheckInWay, QuizAnswer, RecordBody};

use super::*;

fn record(n: usize) -> Record {
    let body = RecordBody::CheckIn { event: "opening".into(), way: CheckInWay::Code, code: format!("{n:06}") };
    Record { id: format!("01J{n:023}"), at_ms: 1_700_000_000_000 + n as u64, body }
}

fn ids(records: &[(Seq, Record)]) -> Vec<&str> {
    records.iter().map(|(_, record)| record.id.as_str()).collect()
}

#[test]
fn outbox_keeps_a_record_until_the_hub_acknowledges() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.sqlite");
    let mut outbox = Outbox::open(&path).unwrap();
    for n in 0..3 {
        outbox.append(&record(n)).unwrap();
    }
    assert_eq!(outbox.load(0, Seq::MAX).unwrap().len(), 3, "loading deletes nothing");
    drop(outbox);
    let mut outbox = Outbox::open(&path).unwrap();
    assert_eq!(outbox.waiting(), 3);
    assert_eq!(outbox.forget(&[record(1).id]).unwrap(), 1);
    assert_eq!(outbox.forget(&[record(1).id]).unwrap(), 0, "an acknowledgement may come twice");
    drop(outbox);
    let outbox = Outbox::open(&path).unwrap();
    assert_eq!(ids(&outbox.load(0, Seq::MAX).unwrap()), [record(0).id, record(2).id]);
}

#[test]
fn a_record_given_twice_is_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = Outbox::open(&folder.path().join("outbox.sqlite")).unwrap();
    let first = outbox.append(&record(1)).unwrap();
    assert_eq!(outbox.append(&record(1)).unwrap(), first);
    assert_eq!(outbox.waiting(), 1);
}

#[test]
fn a_place_is_never_given_twice_even_when_the_outbox_was_empty_between() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.sqlite");
    let mut outbox = Outbox::open(&path).unwrap();
    let first = outbox.append(&record(1)).unwrap();
    outbox.forget(&[record(1).id]).unwrap();
    drop(outbox);
    assert!(Outbox::open(&path).unwrap().append(&record(2)).unwrap() > first);
}

#[test]
fn a_batch_holds_what_fits_in_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = Outbox::open(&folder.path().join("outbox.sqlite")).unwrap();
    for n in 0..120 {
        outbox.append(&record(n)).unwrap();
    }
    let batch = outbox.load(0, Seq::MAX).unwrap();
    assert_eq!(batch.len(), limits::RECORDS_MAX);
    let next = outbox.load(batch.last().unwrap().0, Seq::MAX).unwrap();
    assert_eq!(next[0].1.id, record(limits::RECORDS_MAX).id);
    assert_eq!(outbox.load(10, 12).unwrap().len(), 2);
}

#[test]
fn large_records_make_smaller_batches_and_too_large_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = Outbox::open(&folder.path().join("outbox.sqlite")).unwrap();
    let with_answers = |id: usize, count: usize| {
        let answer = |n| QuizAnswer { question: format!("question-{n:04}"), right: true };
        let answers = (0..count).map(answer).collect();
        let body = RecordBody::QuizResult { scene: "quiz".into(), asked: 1, right: 1, answers };
        Record { body, ..record(id) }
    };
    for n in 0..limits::RECORDS_MAX {
        outbox.append(&with_answers(n, 180)).unwrap();
    }
    let batch = outbox.load(0, Seq::MAX).unwrap();
    let bytes: usize = batch.iter().map(|(_, record)| serde_json::to_vec(record).unwrap().len()).sum();
    assert!(batch.len() < limits::RECORDS_MAX && bytes > limits::PACKET_BYTES_MAX / 4, "{} of {bytes}", batch.len());
    assert!(matches!(outbox.append(&with_answers(999, 300)), Err(AppendError::TooLarge(_))));
}

#[test]
fn a_refused_record_is_kept_aside_and_no_longer_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.sqlite");
    let mut outbox = Outbox::open(&path).unwrap();
    outbox.append(&record(1)).unwrap();
    outbox.append(&record(2)).unwrap();
    let refusal = Refusal { id: record(1).id, code: "unknown_event".into() };
    let unknown = Refusal { id: record(7).id, code: "malformed".into() };
    assert_eq!(outbox.refuse(&[refusal.clone(), unknown]).unwrap(), [refusal.clone()]);
    assert_eq!(outbox.refuse(std::slice::from_ref(&refusal)).unwrap(), []);
    drop(outbox);
    let outbox = Outbox::open(&path).unwrap();
    assert_eq!(outbox.waiting(), 1);
    assert_eq!(ids(&outbox.load(0, Seq::MAX).unwrap()), [record(2).id]);
    assert_eq!(outbox.refused().unwrap(), [refusal]);
}

#[test]
fn a_file_that_is_no_database_is_set_aside_and_a_new_outbox_begun() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.sqlite");
    fs::write(&path, "不是数据库".repeat(1000)).unwrap();
    let mut outbox = Outbox::open(&path).unwrap();
    assert!(outbox.set_aside().unwrap().ends_with("outbox.sqlite.damaged-1"));
    outbox.append(&record(1)).unwrap();
    drop(outbox);
    let outbox = Outbox::open(&path).unwrap();
    assert_eq!(outbox.set_aside(), None);
    assert_eq!(outbox.waiting(), 1);
}

#[test]
fn what_the_hub_wants_over_the_pages_is_remembered_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.sqlite");
    let mut outbox = Outbox::open(&path).unwrap();
    assert_eq!(outbox.over().unwrap(), Over::default());
    let dark = Over { blank: true, notice: Some("{}".into()) };
    outbox.keep_over(&dark).unwrap();
    drop(outbox);
    let mut outbox = Outbox::open(&path).unwrap();
    assert_eq!(outbox.over().unwrap(), dark);
    outbox.keep_over(&Over::default()).unwrap();
    assert_eq!(Outbox::open(&path).unwrap().over().unwrap(), Over::default());
}

#[test]
fn orders_and_starts_are_remembered_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.sqlite");
    let mut outbox = Outbox::open(&path).unwrap();
    assert_eq!(outbox.count_start().unwrap(), 1);
    for n in 0..ORDERS_MAX + 5 {
        outbox.remember_order(&format!("order-{n}")).unwrap();
    }
    drop(outbox);
    let mut outbox = Outbox::open(&path).unwrap();
    assert_eq!(outbox.count_start().unwrap(), 2);
    let orders = outbox.orders().unwrap();
    assert_eq!((orders.len() as u64, orders[0].as_str()), (ORDERS_MAX, "order-5"));
}

/// Where the child process of the next test finds its outbox.
const CHILD: &str = "PINGFENG_TEST_OUTBOX_CHILD";

/// A real process appends and says "saved" after each record; it is killed without warning. Whatever it called saved
/// must be there afterwards.
/// A disk that fails does so when the transaction is committed; here a rule that is broken until then stands in for it.
#[test]
fn a_start_whose_commit_fails_is_not_called_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.sqlite");
    let mut outbox = Outbox::open(&path).unwrap();
    assert_eq!(outbox.count_start().unwrap(), 1);
    outbox
        .db
        .execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE parent (id INTEGER PRIMARY KEY);
             CREATE TABLE child (id REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER fail AFTER UPDATE ON start BEGIN INSERT INTO child VALUES (1); END;",
        )
        .unwrap();
    assert!(outbox.count_start().is_err());
    outbox.db.execute_batch("DROP TRIGGER fail").unwrap();
    assert_eq!(outbox.count_start().unwrap(), 2, "the failed one left nothing behind");
}

#[test]
fn what_was_called_saved_survives_kill_9() {
    if let Some(path) = std::env::var_os(CHILD) {
        let mut outbox = Outbox::open(Path::new(&path)).unwrap();
        let mut stdout = std::io::stdout();
        for n in 0.. {
            outbox.append(&record(n)).unwrap();
            writeln!(stdout, "saved {}", record(n).id).unwrap();
            stdout.flush().unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    for round in 1..=3 {
        let path_of_round = folder.path().join(format!("outbox-{round}.sqlite"));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "outbox::tests::what_was_called_saved_survives_kill_9", "--nocapture"])
            .env(CHILD, &path_of_round)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut of_round = lines.map_while(Result::ok).filter_map(|line| Some(line.strip_prefix("saved ")?.to_owned()));
        let before_kill: Vec<_> = of_round.by_ref().take(5 * round).collect();
        child.kill().unwrap();
        // What it still had said before it died counts as well.
        let after_kill: Vec<_> = of_round.collect();
        child.wait().unwrap();
        let saved = [before_kill, after_kill].concat();
        assert!(saved.len() >= 5 * round);
        let outbox = Outbox::open(&path_of_round).unwrap();
        let kept = outbox.load(0, Seq::MAX).unwrap();
        let checked = saved.len().min(limits::RECORDS_MAX);
        assert_eq!(ids(&kept)[..checked], saved[..checked]);
        assert!(outbox.waiting() >= saved.len() as u64);
    }
}
