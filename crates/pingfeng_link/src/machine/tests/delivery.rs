//! From the target to the glass: one test per transition.

use super::*;
use crate::machine;

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
    assert_eq!(wants[0].chunks.len(), machine::fetch::WINDOW_CHUNKS);
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
        jobs.iter()
            .filter_map(|job| if let DiskJob::Write { offset, .. } = job { Some(*offset) } else { None })
            .collect()
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
    desk.pass(machine::fetch::RE_ASK_MS - 1);
    assert!(desk.said::<Want>(DeviceTopic::Want).is_empty());
    desk.pass(1);
    assert_eq!(desk.said::<Want>(DeviceTopic::Want)[0].chunks.len(), 3);
    desk.pass(2 * machine::fetch::RE_ASK_MS - 1);
    assert!(desk.said::<Want>(DeviceTopic::Want).is_empty());
    desk.pass(1);
    assert_eq!(desk.said::<Want>(DeviceTopic::Want)[0].chunks.len(), 3);
    desk.chunk(&film.blob, 1, vec![0; CHUNK]).take();
    desk.pass(machine::fetch::RE_ASK_MS);
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
    for attempt in 1..=machine::fetch::MISMATCHES_MAX {
        desk.chunk(&text.blob, 0, vec![0; 10]).take();
        let error = JobError { code: "hash_mismatch", message: "other bytes".into(), passing: true };
        desk.give(Input::Disk(DiskDone::Written { blob: text.blob.clone(), result: Err(error) }));
        let again = !desk.said::<Want>(DeviceTopic::Want).is_empty();
        assert_eq!(again, attempt < machine::fetch::MISMATCHES_MAX);
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
    let retry_at = desk.now.wall_ms + machine::delivery::RETRY_MS;
    assert!(matches!(desk.progress(), Progress::Failed { retry_at_ms: Some(at), .. } if at == retry_at));
    desk.pass(machine::delivery::RETRY_MS);
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
    desk.pass(machine::report::NEWS_GAP_MS);
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
    desk.pass(machine::delivery::VERIFY_EVERY_MS);
    assert_eq!(desk.jobs(), [DiskJob::Verify { blob: blobs[0].clone() }]);
    desk.give(Input::Disk(DiskDone::Verified { blob: blobs[0].clone(), whole: true }));
    desk.give(Input::Command(LinkCommand::Glass(Glass { phase: "visit".into(), ..Glass::default() })));
    desk.pass(10 * machine::delivery::VERIFY_EVERY_MS);
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

#[test]
fn ready_to_failed_when_the_screen_cannot_open_it_and_it_is_offered_again_with_growing_pauses() {
    let mut desk = Desk::online(Start::default());
    let two = release(2);
    let bad = || LinkCommand::FramesBad { release: two.1.id().clone(), reason: "not readable".into() };
    desk.ready(1, &two).take();
    desk.give(Input::Command(bad()));
    let blobs: Vec<_> = two.1.manifest().files.values().map(|file| file.blob.clone()).collect();
    let checks: Vec<_> = blobs.iter().map(|blob| DiskJob::Verify { blob: blob.clone() }).collect();
    assert_eq!(desk.jobs(), checks, "and no pointer is moved");
    for blob in blobs {
        desk.give(Input::Disk(DiskDone::Verified { blob, whole: true }));
    }
    assert!(
        matches!(desk.progress(), Progress::Failed { code, message, .. } if code == "no_frames" && message == "not readable")
    );
    desk.pass(machine::delivery::RETRY_MS);
    assert_eq!(desk.jobs(), [DiskJob::Plan { release: two.0.clone() }]);
    desk.planned(&two.0, Ok(Planned::Staged(two.1.clone())));
    assert_eq!(desk.events(), ["ready 2"]);
    desk.give(Input::Command(bad())).pass(machine::delivery::RETRY_MS).take();
    assert!(matches!(desk.progress(), Progress::Failed { .. }), "the second pause is longer");
    desk.pass(machine::delivery::RETRY_MS);
    assert_eq!(desk.jobs(), [DiskJob::Plan { release: two.0 }]);
}
