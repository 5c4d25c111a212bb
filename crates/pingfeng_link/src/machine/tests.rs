//! The machine, stepped by hand: one test per transition. A `Desk` plays the hub, the disk and the screen.

use std::collections::BTreeMap;

use pingfeng_release::store::{MissingBlob, Plan};
use pingfeng_release::{EXHIBITION_FILE, FileEntry, Manifest, PICTURES_FILE};
use pingfeng_wire::{CheckInWay, Command, Order, Origin, Outcome, Progress, Receipt, RecordBody, Records, Report, Want};
use serde::de::DeserializeOwned;

use super::*;
use crate::api::CONFIRM_WITHIN_MS;

const DEVICE: &str = "hall-1";
const CHUNK: usize = limits::CHUNK_BYTES;

fn release(version: u64) -> (ReleaseRef, OpenRelease) {
    let entry = |text: String| FileEntry { blob: BlobHash::of(text.as_bytes()), size_bytes: text.len() as u64 };
    let files = BTreeMap::from([
        (EXHIBITION_FILE.to_owned(), entry(format!("exhibition {version}"))),
        (PICTURES_FILE.to_owned(), entry("{}".into())),
    ]);
    let manifest = Manifest { format: 1, exhibition: "sample".into(), version, created_at_ms: 0, files };
    let bytes = serde_json::to_vec(&manifest).unwrap();
    let id = BlobHash::of(&bytes);
    let reference = ReleaseRef {
        id: id.0.clone(),
        exhibition: "sample".into(),
        version,
        manifest_size_bytes: bytes.len() as u64,
    };
    (reference, OpenRelease::over(std::path::Path::new("/nowhere"), id, manifest))
}

struct Desk {
    machine: Machine,
    now: Now,
    outputs: Vec<Output>,
}

impl Desk {
    fn new(start: Start) -> Self {
        let now = Now { mono_ms: 1_000, wall_ms: 1_800_000_000_000 };
        let start = Start { device: DEVICE.into(), site: "main".into(), program: "test".into(), starts: 1, ..start };
        Self { machine: Machine::new(start, now), now, outputs: Vec::new() }
    }

    /// Connected, with the greetings out of the way.
    fn online(start: Start) -> Self {
        let mut desk = Self::new(start);
        desk.give(Input::Connected);
        desk.outputs.clear();
        desk
    }

    fn give(&mut self, input: Input) -> &mut Self {
        let outputs = self.machine.handle(input, self.now);
        self.outputs.extend(outputs);
        self
    }

    fn pass(&mut self, ms: u64) -> &mut Self {
        self.now.mono_ms += ms;
        self.now.wall_ms += ms;
        self.give(Input::Tick)
    }

    fn message(&mut self, to: DeviceTopic, body: &impl serde::Serialize) -> &mut Self {
        let payload = Bytes::from(serde_json::to_vec(body).unwrap());
        self.give(Input::Message { topic: topic::device(DEVICE, to), payload })
    }

    fn target(&mut self, revision: u64, release: Option<&ReleaseRef>) -> &mut Self {
        let site = "党群服务中心".to_owned();
        self.message(DeviceTopic::Target, &Target { v: VERSION, revision, release: release.cloned(), site })
    }

    fn chunk(&mut self, blob: &BlobHash, index: u32, bytes: Vec<u8>) -> &mut Self {
        self.give(Input::Message { topic: topic::chunk(DEVICE, &blob.0, index), payload: bytes.into() })
    }

    fn planned(&mut self, release: &ReleaseRef, planned: Result<Planned, JobError>) -> &mut Self {
        self.give(Input::Disk(DiskDone::Planned { release: BlobHash(release.id.clone()), result: planned }))
    }

    fn missing(&mut self, release: &ReleaseRef, missing: Vec<MissingBlob>) -> &mut Self {
        let plan = Plan { release: BlobHash(release.id.clone()), manifest_missing: false, missing };
        self.planned(release, Ok(Planned::Missing(plan)))
    }

    fn written(&mut self, blob: &BlobHash, written: Written) -> &mut Self {
        self.give(Input::Disk(DiskDone::Written { blob: blob.clone(), result: Ok(written) }))
    }

    /// Takes the outputs so far.
    fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    fn said<T: DeserializeOwned>(&mut self, to: DeviceTopic) -> Vec<T> {
        let topic = topic::device(DEVICE, to);
        let said = |output: Output| match output {
            Output::Publish(publish) if publish.topic == topic => Some(serde_json::from_slice(&publish.payload).unwrap()),
            _ => None,
        };
        self.take().into_iter().filter_map(said).collect()
    }

    fn jobs(&mut self) -> Vec<DiskJob> {
        let job = |output: Output| if let Output::Disk(job) = output { Some(job) } else { None };
        self.take().into_iter().filter_map(job).collect()
    }

    /// Events in short, for comparison.
    fn events(&mut self) -> Vec<String> {
        let event = |output: Output| match output {
            Output::Event(LinkEvent::ReadyToActivate { release, .. }) => Some(format!("ready {}", release.manifest().version)),
            Output::Event(LinkEvent::Activated { release }) => Some(format!("activated {}", release.manifest().version)),
            Output::Event(LinkEvent::NoLongerReady { .. }) => Some("no longer ready".into()),
            Output::Event(LinkEvent::ActivationFailed { reason, .. }) => Some(format!("activation failed: {reason}")),
            Output::Event(LinkEvent::Confirmed { .. }) => Some("confirmed".into()),
            Output::Event(LinkEvent::RolledBack { to, reason }) => {
                Some(format!("rolled back to {:?}: {reason}", to.map(|to| to.manifest().version)))
            }
            Output::Event(LinkEvent::Order { order, .. }) => Some(format!("{order:?}")),
            Output::Event(LinkEvent::Welcome(welcome)) => Some(format!("welcome {}", welcome.name)),
            Output::Event(LinkEvent::Saved { record }) => Some(format!("saved {record}")),
            Output::Event(LinkEvent::RecordRefused { record, code }) => Some(format!("refused {record}: {code}")),
            Output::Event(LinkEvent::Ignored { what, count }) => Some(format!("{what:?} {count}")),
            Output::Event(LinkEvent::Site { name }) => Some(format!("site {name}")),
            _ => None,
        };
        self.take().into_iter().filter_map(event).collect()
    }

    fn progress(&self) -> Progress {
        self.machine.delivery.progress()
    }

    /// Brings a release to the point where the screen is asked.
    fn ready(&mut self, revision: u64, (reference, open): &(ReleaseRef, OpenRelease)) -> &mut Self {
        self.target(revision, Some(reference)).planned(reference, Ok(Planned::Staged(open.clone())))
    }

    fn activated(&mut self, revision: u64, release: &(ReleaseRef, OpenRelease)) -> &mut Self {
        let id = release.1.id().clone();
        self.ready(revision, release).give(Input::Command(LinkCommand::Activate { release: id.clone() }));
        self.give(Input::Disk(DiskDone::Activated { release: id, result: Ok(release.1.clone()) }))
    }
}

fn blob(name: &str, size_bytes: usize) -> MissingBlob {
    MissingBlob { blob: BlobHash::of(name.as_bytes()), size_bytes: size_bytes as u64, have_bytes: 0 }
}

fn record(id: &str) -> Record {
    let body = RecordBody::CheckIn { event: "opening".into(), way: CheckInWay::Code, code: "123456".into() };
    Record { id: id.into(), at_ms: 5, body }
}

// ── Connection ──

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
            "pf/1/dev/hall-1/ack",
            "pf/1/dev/hall-1/chunk/#",
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
    desk.target(1, Some(&reference)).missing(&reference, vec![blob("a", 10)]).pass(120_000);
    assert!(!desk.take().iter().any(|output| matches!(output, Output::Publish(_))));
}

// ── Delivery, one test per transition ──

#[test]
fn settled_to_planning_when_a_target_names_another_release() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    desk.target(1, Some(&reference));
    assert_eq!(desk.jobs(), [DiskJob::Plan { release: reference }]);
}

#[test]
fn settled_stays_when_the_target_is_what_runs_or_names_nothing() {
    let (reference, open) = release(1);
    let mut desk = Desk::online(Start { active: Some(open), ..Start::default() });
    desk.target(1, Some(&reference)).target(2, None);
    assert_eq!(desk.jobs(), []);
    assert_eq!(desk.progress(), Progress::Settled);
}

#[test]
fn an_older_or_equal_revision_changes_nothing() {
    let mut desk = Desk::online(Start::default());
    let (one, _) = release(1);
    let (two, _) = release(2);
    desk.target(5, Some(&one)).take();
    desk.target(5, Some(&two)).target(4, Some(&two));
    assert_eq!(desk.jobs(), []);
}

#[test]
fn planning_to_fetching_asks_for_a_window_of_chunks() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    desk.target(1, Some(&reference)).missing(&reference, vec![blob("film", 100 * CHUNK), blob("text", 10)]);
    let wants = desk.said::<Want>(DeviceTopic::Want);
    assert_eq!(wants.len(), 1);
    assert_eq!(wants[0].chunks.len(), fetch::WINDOW_CHUNKS);
    assert_eq!(wants[0].chunks[0].blob, BlobHash::of(b"text").0, "small ones first");
    assert_eq!(desk.progress(), Progress::Fetching { done_bytes: 0, total_bytes: 100 * CHUNK as u64 + 10 });
}

#[test]
fn fetching_writes_in_order_whatever_the_order_of_arrival() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    let film = blob("film", 2 * CHUNK + 5);
    desk.target(1, Some(&reference)).missing(&reference, vec![film.clone()]).take();
    desk.chunk(&film.blob, 2, vec![2; 5]).chunk(&film.blob, 1, vec![1; CHUNK]);
    assert_eq!(desk.jobs(), []);
    desk.chunk(&film.blob, 0, vec![0; CHUNK]);
    let offsets = |jobs: Vec<DiskJob>| -> Vec<u64> {
        jobs.iter().filter_map(|job| if let DiskJob::Write { offset, .. } = job { Some(*offset) } else { None }).collect()
    };
    assert_eq!(offsets(desk.jobs()), [0]);
    desk.written(&film.blob, Written::More { next_offset: CHUNK as u64 });
    assert_eq!(offsets(desk.jobs()), [CHUNK as u64]);
    desk.written(&film.blob, Written::More { next_offset: 2 * CHUNK as u64 });
    assert_eq!(offsets(desk.jobs()), [2 * CHUNK as u64]);
    assert_eq!(desk.progress(), Progress::Fetching { done_bytes: 2 * CHUNK as u64, total_bytes: 2 * CHUNK as u64 + 5 });
    desk.written(&film.blob, Written::Whole);
    assert_eq!(desk.jobs(), [DiskJob::Plan { release: reference }], "the plan decides what comes next");
}

#[test]
fn fetching_goes_on_where_an_earlier_run_stopped() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    let film = MissingBlob { have_bytes: 3 * CHUNK as u64, ..blob("film", 4 * CHUNK) };
    desk.target(1, Some(&reference)).missing(&reference, vec![film]);
    let wants = desk.said::<Want>(DeviceTopic::Want);
    assert_eq!(wants[0].chunks.iter().map(|chunk| chunk.index).collect::<Vec<_>>(), [3]);
    assert_eq!(desk.progress(), Progress::Fetching { done_bytes: 0, total_bytes: CHUNK as u64 });
}

#[test]
fn fetching_refills_the_window_by_halves() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    let film = blob("film", 100 * CHUNK);
    desk.target(1, Some(&reference)).missing(&reference, vec![film.clone()]).take();
    let mut asked = 0;
    for index in 0..16 {
        desk.chunk(&film.blob, index, vec![0; CHUNK]);
        desk.written(&film.blob, Written::More { next_offset: u64::from(index + 1) * CHUNK as u64 });
        let wants = desk.said::<Want>(DeviceTopic::Want);
        asked += wants.iter().map(|want| want.chunks.len()).sum::<usize>();
        assert!(wants.len() <= 1);
    }
    assert_eq!(asked, 16, "as many as were written, in two messages");
}

#[test]
fn fetching_asks_again_after_a_silence_and_waits_longer_each_time() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    let film = blob("film", 3 * CHUNK);
    desk.target(1, Some(&reference)).missing(&reference, vec![film.clone()]).take();
    desk.pass(fetch::RE_ASK_MS - 1);
    assert!(desk.said::<Want>(DeviceTopic::Want).is_empty());
    desk.pass(1);
    assert_eq!(desk.said::<Want>(DeviceTopic::Want)[0].chunks.len(), 3);
    desk.pass(2 * fetch::RE_ASK_MS - 1);
    assert!(desk.said::<Want>(DeviceTopic::Want).is_empty());
    desk.pass(1);
    assert_eq!(desk.said::<Want>(DeviceTopic::Want)[0].chunks.len(), 3);
    desk.chunk(&film.blob, 1, vec![0; CHUNK]).take();
    desk.pass(fetch::RE_ASK_MS);
    let indices: Vec<_> = desk.said::<Want>(DeviceTopic::Want)[0].chunks.iter().map(|chunk| chunk.index).collect();
    assert_eq!(indices, [0, 2], "only what did not arrive, and the pause is short again");
}

#[test]
fn fetching_asks_again_at_once_after_a_reconnection() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    let film = blob("film", 3 * CHUNK);
    desk.target(1, Some(&reference)).missing(&reference, vec![film.clone()]);
    desk.chunk(&film.blob, 0, vec![0; CHUNK]);
    desk.give(Input::Disconnected { why: "cable".into(), retry_in_ms: 500 }).take();
    desk.written(&film.blob, Written::More { next_offset: CHUNK as u64 });
    desk.give(Input::Connected);
    let wants = desk.said::<Want>(DeviceTopic::Want);
    assert_eq!(wants[0].chunks.iter().map(|chunk| chunk.index).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_chunk_of_a_wrong_length_or_of_nothing_we_want_is_not_written() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    let film = blob("film", CHUNK + 5);
    desk.target(1, Some(&reference)).missing(&reference, vec![film.clone()]).take();
    desk.chunk(&film.blob, 0, vec![0; 7]).chunk(&film.blob, 1, vec![0; CHUNK]);
    desk.chunk(&film.blob, 77, vec![0; 5]).chunk(&BlobHash("展厅".into()), 0, vec![0; 5]);
    assert_eq!(desk.events(), ["Chunk 1", "Chunk 2"]);
    desk.chunk(&film.blob, 0, vec![0; CHUNK]);
    assert_eq!(desk.jobs().len(), 1);
}

#[test]
fn a_blob_with_other_bytes_is_fetched_again_and_given_up_after_three_times() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    let text = blob("text", 10);
    desk.target(1, Some(&reference)).missing(&reference, vec![text.clone()]).take();
    for attempt in 1..=fetch::MISMATCHES_MAX {
        desk.chunk(&text.blob, 0, vec![0; 10]).take();
        let error = JobError { code: "hash_mismatch", message: "other bytes".into(), passing: true };
        desk.give(Input::Disk(DiskDone::Written { blob: text.blob.clone(), result: Err(error) }));
        let again = !desk.said::<Want>(DeviceTopic::Want).is_empty();
        assert_eq!(again, attempt < fetch::MISMATCHES_MAX);
    }
    assert!(matches!(desk.progress(), Progress::Failed { code, retry_at_ms: Some(_), .. } if code == "hash_mismatch"));
}

#[test]
fn planning_to_failed_when_the_manifest_is_no_good_and_only_a_new_target_helps() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    let error = JobError { code: "too_new", message: "format 2".into(), passing: false };
    desk.target(1, Some(&reference)).planned(&reference, Err(error)).pass(3_600_000).take();
    assert!(matches!(desk.progress(), Progress::Failed { code, retry_at_ms: None, .. } if code == "too_new"));
    desk.target(2, Some(&reference));
    assert_eq!(desk.jobs(), [DiskJob::Plan { release: reference }]);
}

#[test]
fn a_full_disk_is_first_made_room_on_then_reported_and_tried_again_later() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    let full = || JobError { code: "disk_full", message: "no room".into(), passing: true };
    desk.target(1, Some(&reference)).take();
    desk.planned(&reference, Err(full()));
    let id = BlobHash(reference.id.clone());
    let plan = DiskJob::Plan { release: reference.clone() };
    assert_eq!(desk.jobs(), [DiskJob::Collect { coming: Some(id) }, plan.clone()]);
    desk.planned(&reference, Err(full()));
    assert_eq!(desk.jobs(), []);
    let retry_at = desk.now.wall_ms + delivery::RETRY_MS;
    assert!(matches!(desk.progress(), Progress::Failed { retry_at_ms: Some(at), .. } if at == retry_at));
    desk.pass(delivery::RETRY_MS);
    assert_eq!(desk.jobs(), [plan]);
}

#[test]
fn fetching_to_failed_when_the_disk_fills_up_meanwhile() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    let text = blob("text", 10);
    desk.target(1, Some(&reference)).missing(&reference, vec![text.clone()]).chunk(&text.blob, 0, vec![0; 10]).take();
    let error = JobError { code: "disk_full", message: "no room".into(), passing: true };
    desk.give(Input::Disk(DiskDone::Written { blob: text.blob, result: Err(error) }));
    desk.pass(report::NEWS_GAP_MS);
    let reports = desk.said::<Report>(DeviceTopic::Report);
    assert!(matches!(&reports[0].progress, Progress::Failed { code, .. } if code == "disk_full"), "{reports:?}");
}

#[test]
fn planning_to_ready_asks_the_screen_and_waits_for_as_long_as_it_takes() {
    let mut desk = Desk::online(Start::default());
    desk.ready(1, &release(3));
    assert_eq!(desk.events(), ["site 党群服务中心", "ready 3"]);
    assert_eq!(desk.pass(86_400_000).progress(), Progress::WaitingForVisit);
}

#[test]
fn ready_to_activating_to_confirming_to_settled() {
    let mut desk = Desk::online(Start::default());
    let two = release(2);
    let id = two.1.id().clone();
    desk.ready(4, &two).take();
    desk.give(Input::Command(LinkCommand::Activate { release: id.clone() }));
    assert_eq!(desk.jobs(), [DiskJob::Activate { release: id.clone(), revision: 4 }]);
    desk.give(Input::Disk(DiskDone::Activated { release: id.clone(), result: Ok(two.1.clone()) }));
    assert_eq!(desk.progress(), Progress::Confirming);
    assert_eq!(desk.events(), ["activated 2"]);
    desk.give(Input::Command(LinkCommand::FramesGood { release: id.clone() }));
    assert_eq!(desk.jobs(), [DiskJob::Confirm { release: id.clone() }]);
    desk.give(Input::Disk(DiskDone::Confirmed { release: id.clone(), result: Ok(()) }));
    assert_eq!(desk.progress(), Progress::Settled);
    assert_eq!(desk.jobs(), [DiskJob::Collect { coming: Some(id) }]);
}

#[test]
fn ready_to_planning_when_a_newer_target_comes_before_the_visitor_has_gone() {
    let mut desk = Desk::online(Start::default());
    let (two, three) = (release(2), release(3));
    desk.ready(1, &two).take();
    desk.target(2, Some(&three.0));
    assert_eq!(desk.events(), ["no longer ready"]);
    desk.give(Input::Command(LinkCommand::Activate { release: two.1.id().clone() }));
    assert_eq!(desk.events(), ["activation failed: it is no longer the one to activate"]);
}

#[test]
fn activating_to_failed_keeps_what_is_shown() {
    let mut desk = Desk::online(Start::default());
    let two = release(2);
    let id = two.1.id().clone();
    desk.ready(1, &two).give(Input::Command(LinkCommand::Activate { release: id.clone() })).take();
    let error = JobError { code: "disk_read_only", message: "read-only".into(), passing: true };
    desk.give(Input::Disk(DiskDone::Activated { release: id, result: Err(error) }));
    assert_eq!(desk.events(), ["activation failed: read-only"]);
    assert!(matches!(desk.progress(), Progress::Failed { retry_at_ms: Some(_), .. }));
}

#[test]
fn confirming_to_failed_when_the_screen_says_so() {
    let mut desk = Desk::online(Start::default());
    let (one, two) = (release(1), release(2));
    desk.activated(7, &two).take();
    desk.give(Input::Command(LinkCommand::FramesBad { release: two.1.id().clone(), reason: "black".into() }));
    assert_eq!(desk.jobs(), [DiskJob::RollBack { reason: "black".into() }]);
    let rejected = vec![Rejected { release: two.1.id().clone(), reason: "black".into(), revision: 7 }];
    desk.give(Input::Disk(DiskDone::RolledBack { result: Ok((Some(one.1), rejected)), reason: "black".into() }));
    assert_eq!(desk.events(), ["rolled back to Some(1): black"]);
    assert!(matches!(desk.progress(), Progress::Failed { code, retry_at_ms: None, .. } if code == "no_frames"));
    desk.target(8, Some(&two.0));
    assert_eq!(desk.jobs(), [DiskJob::Plan { release: two.0 }], "a new revision may try again");
}

#[test]
fn confirming_to_rolling_back_when_the_screen_says_nothing() {
    let mut desk = Desk::online(Start::default());
    desk.activated(7, &release(2)).pass(CONFIRM_WITHIN_MS - 1).take();
    desk.pass(1);
    assert_eq!(desk.jobs(), [DiskJob::RollBack { reason: "no good frame within 120 s".into() }]);
}

#[test]
fn confirming_finishes_before_a_newer_target_is_taken_up() {
    let mut desk = Desk::online(Start::default());
    let (two, three) = (release(2), release(3));
    desk.activated(1, &two).take();
    desk.target(2, Some(&three.0));
    assert_eq!(desk.jobs(), []);
    let id = two.1.id().clone();
    desk.give(Input::Command(LinkCommand::FramesGood { release: id.clone() }));
    desk.give(Input::Disk(DiskDone::Confirmed { release: id, result: Ok(()) }));
    assert!(desk.jobs().contains(&DiskJob::Plan { release: three.0 }));
}

#[test]
fn a_release_that_was_rejected_before_the_restart_is_not_tried_again_for_the_same_target() {
    let two = release(2);
    let rejected = vec![Rejected { release: two.1.id().clone(), reason: "black".into(), revision: 7 }];
    let mut desk = Desk::online(Start { rejected, ..Start::default() });
    desk.target(7, Some(&two.0));
    assert_eq!(desk.jobs(), []);
    assert!(matches!(desk.progress(), Progress::Failed { code, .. } if code == "no_frames"));
}

#[test]
fn a_start_on_an_unconfirmed_release_waits_for_its_frames() {
    let two = release(2);
    let mut desk = Desk::online(Start { active: Some(two.1.clone()), confirming: Some(7), ..Start::default() });
    assert_eq!(desk.progress(), Progress::Confirming);
    desk.give(Input::Command(LinkCommand::FramesGood { release: two.1.id().clone() }));
    assert_eq!(desk.jobs(), [DiskJob::Confirm { release: two.1.id().clone() }]);
}

#[test]
fn a_damaged_blob_of_the_active_release_is_fetched_again_without_asking_the_screen() {
    let two = release(2);
    let mut desk = Desk::online(Start { active: Some(two.1.clone()), ..Start::default() });
    desk.target(1, Some(&two.0)).take();
    let damaged = BlobHash::of(b"{}");
    desk.give(Input::Command(LinkCommand::BlobDamaged { blob: damaged.clone() }));
    assert_eq!(desk.jobs(), [DiskJob::Verify { blob: damaged.clone() }]);
    desk.give(Input::Command(LinkCommand::BlobDamaged { blob: damaged.clone() }));
    assert_eq!(desk.jobs(), [], "said twice, checked once");
    desk.give(Input::Disk(DiskDone::Verified { blob: damaged, whole: false }));
    assert_eq!(desk.jobs(), [DiskJob::Plan { release: two.0.clone() }]);
    desk.planned(&two.0, Ok(Planned::Staged(two.1)));
    assert_eq!(desk.progress(), Progress::Settled);
    assert_eq!(desk.events(), Vec::<String>::new());
}

#[test]
fn the_active_release_is_read_through_between_visits_one_blob_a_minute() {
    let two = release(2);
    let mut desk = Desk::online(Start { active: Some(two.1.clone()), ..Start::default() });
    let blobs: Vec<_> = two.1.manifest().files.values().map(|file| file.blob.clone()).collect();
    desk.pass(delivery::VERIFY_EVERY_MS);
    assert_eq!(desk.jobs(), [DiskJob::Verify { blob: blobs[0].clone() }]);
    desk.give(Input::Disk(DiskDone::Verified { blob: blobs[0].clone(), whole: true }));
    desk.give(Input::Command(LinkCommand::Glass(Glass { phase: "visit".into(), ..Glass::default() })));
    desk.pass(10 * delivery::VERIFY_EVERY_MS);
    assert_eq!(desk.jobs(), [], "not while somebody is visiting");
    desk.give(Input::Command(LinkCommand::Glass(Glass::default())));
    assert_eq!(desk.jobs(), [DiskJob::Verify { blob: blobs[1].clone() }]);
}

#[test]
fn without_a_store_the_report_says_so() {
    let mut desk = Desk::online(Start { store_error: Some("in use".into()), ..Start::default() });
    desk.target(1, Some(&release(1).0)).pass(1_000);
    assert_eq!(desk.jobs(), []);
    assert!(matches!(desk.progress(), Progress::Failed { code, .. } if code == "io"));
}

#[test]
fn a_screen_that_doubts_everything_does_not_fill_the_queue_of_the_disk() {
    let mut desk = Desk::online(Start::default());
    for n in 0..200_u32 {
        desk.give(Input::Command(LinkCommand::BlobDamaged { blob: BlobHash::of(&n.to_le_bytes()) }));
    }
    assert_eq!(desk.jobs().len(), 8);
}

#[test]
fn a_store_that_is_lost_is_reported_and_nothing_more_is_asked_of_it() {
    let mut desk = Desk::online(Start::default());
    desk.target(1, Some(&release(1).0)).give(Input::StoreLost).take();
    desk.target(2, Some(&release(2).0)).pass(3_600_000);
    assert_eq!(desk.jobs(), []);
    assert!(matches!(desk.progress(), Progress::Failed { code, retry_at_ms: None, .. } if code == "io"));
}

// ── Report ──

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
    desk.pass(report::NEWS_GAP_MS).give(Input::Command(LinkCommand::Glass(glass.clone())));
    let second = desk.said::<Report>(DeviceTopic::Report).remove(0);
    assert_eq!(second.running, Some(one));
    assert!(second.revision > first.revision && first.revision > 1 << 32, "above every report of an earlier start");
    for n in 0..10 {
        let glass = Glass { scene: Some(format!("scene-{n}")), ..glass.clone() };
        desk.pass(50).give(Input::Command(LinkCommand::Glass(glass)));
    }
    assert_eq!(desk.said::<Report>(DeviceTopic::Report).len(), 0, "half a second of scenes");
    desk.pass(report::COUNT_GAP_MS);
    assert_eq!(desk.said::<Report>(DeviceTopic::Report)[0].scene.as_deref(), Some("scene-9"));
    desk.pass(report::REPORT_EVERY_MS - 1);
    assert!(desk.said::<Report>(DeviceTopic::Report).is_empty());
    desk.pass(1);
    assert_eq!(desk.said::<Report>(DeviceTopic::Report).len(), 1);
}

#[test]
fn the_next_tick_is_never_in_the_past_for_long() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    desk.target(1, Some(&reference)).missing(&reference, vec![blob("film", 20 * CHUNK)]);
    for _ in 0..50 {
        let next = desk.machine.next_tick_ms(desk.now).unwrap();
        let step = next.saturating_sub(desk.now.mono_ms);
        desk.pass(step);
        assert!(desk.machine.next_tick_ms(desk.now).unwrap() > desk.now.mono_ms, "a tick that changes nothing would spin");
    }
}

// ── Records ──

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
    let ack = Ack { v: VERSION, stored: vec!["a".into()], refused: vec![] };
    let outputs = desk.message(DeviceTopic::Ack, &ack).take();
    assert_eq!(loads(&outputs), [], "b is still on its way");
    let refusal = Refusal { id: "b".into(), code: "unknown_event".into() };
    let ack = Ack { v: VERSION, stored: vec![], refused: vec![refusal.clone()] };
    let outputs = desk.message(DeviceTopic::Ack, &ack).take();
    assert_eq!(loads(&outputs), [(Lane::Backlog, 7, 9)]);
    desk.give(Input::Settled { refused: vec![refusal], waiting: 1 });
    assert_eq!(desk.events(), ["refused b: unknown_event"]);
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
    assert_eq!(loads(&desk.pass(records::RESEND_MS - 1).take()), []);
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

// ── Orders ──

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

// ── What comes from outside ──

/// Every folder of `tests/corpus/delivery/messages`: a topic, a payload, and what the screen hears of it.
#[test]
fn each_message_of_the_corpus_leads_to_what_it_says() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/delivery/messages");
    let mut cases = 0;
    for case in std::fs::read_dir(&corpus).unwrap() {
        let case = case.unwrap().path();
        let read = |name: &str| std::fs::read(case.join(name)).unwrap_or_else(|error| panic!("{}: {error}", case.join(name).display()));
        let line = |name: &str| String::from_utf8(read(name)).unwrap().trim_end().to_owned();
        let mut desk = Desk::online(Start::default());
        desk.give(Input::Message { topic: line("topic.txt"), payload: read("payload.json").into() });
        let outputs = desk.take();
        let receipts = outputs.iter().filter(|output| matches!(output, Output::Publish(publish) if publish.topic.ends_with("/receipt"))).count();
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
    let topics = ["展厅/一号", "", "/", "pf/1/dev/hall-1", "pf/1/dev/hall-2/cmd", "pf/1/dev/hall-1/target/展", "pf/1/dev/hall-1/chunk"];
    for topic in topics {
        desk.give(Input::Message { topic: topic.into(), payload: Bytes::from_static(b"{}") });
    }
    assert_eq!(desk.events(), (1..=topics.len()).map(|n| format!("Topic {n}")).collect::<Vec<_>>());
    for topic in ["chunk/展厅/一", "chunk//", "chunk/a/4294967296", "chunk/a/-1"] {
        desk.give(Input::Message { topic: format!("pf/1/dev/hall-1/{topic}"), payload: Bytes::new() });
    }
    desk.take();
    let deep = "[".repeat(100_000);
    for payload in ["", "{", "null", "[]", "{\"v\":1}", "{\"v\":-1}", "展厅", deep.as_str()] {
        for of in DeviceTopic::DOWN {
            let payload = Bytes::from(payload.to_owned());
            desk.give(Input::Message { topic: topic::device(DEVICE, of), payload: payload.clone() });
            desk.give(Input::Message { topic: topic::site_welcome("main"), payload });
        }
    }
    let events = desk.events();
    assert!(!events.is_empty() && events.iter().all(|event| event.starts_with("Topic") || event.starts_with("Payload")), "{events:?}");
    desk.message(DeviceTopic::Ack, &Ack { v: 2, stored: vec![], refused: vec![] });
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
    let welcome = Welcome { v: VERSION, id: "r1".into(), event: "opening".into(), name: "王＊明".into(), at_ms: 1, count: 5 };
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
    desk.target(1, Some(&reference)).missing(&reference, vec![blob("a", 10)]).take();
    desk.now.wall_ms = 3;
    desk.now.mono_ms += fetch::RE_ASK_MS;
    desk.give(Input::Tick);
    let outputs = desk.take();
    desk.outputs = outputs;
    assert_eq!(desk.said::<Want>(DeviceTopic::Want).len(), 1);
    desk.now.mono_ms += report::REPORT_EVERY_MS;
    let first = desk.give(Input::Tick).said::<Report>(DeviceTopic::Report).remove(0);
    desk.now.mono_ms += report::REPORT_EVERY_MS;
    let second = desk.give(Input::Tick).said::<Report>(DeviceTopic::Report).remove(0);
    assert!(second.revision > first.revision && second.at_ms == 3);
}
