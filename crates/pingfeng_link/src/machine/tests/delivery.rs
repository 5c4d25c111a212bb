//! From the target to the glass: one test per transition.

use super::*;
use crate::machine;

#[test]
fn settled_to_planning_when_a_target_names_another_release() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    desk.target(1, Some(&reference));
    assert_eq!(desk.jobs(), [DiskJob::Plan { offer: reference }]);
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

/// Pieces that fill the window at the beginning.
const FIRST: usize = (machine::fetch::WINDOW_BYTES / PIECE as u64) as usize;

/// Online, with those pieces missing of release 1.
fn fetching(missing: &[Entry]) -> (Desk, Offer) {
    let mut desk = Desk::online(Start::default());
    let (offer, _) = release(1);
    desk.target(1, Some(&offer)).missing(&offer, missing);
    (desk, offer)
}

#[test]
fn planning_to_fetching_asks_for_a_window_of_pieces() {
    let film = pieces("film", 100);
    let (mut desk, offer) = fetching(&film);
    let wants = desk.said::<Want>(DeviceTopic::Want);
    assert_eq!((wants.len(), &wants[0].release), (1, &offer.release.id));
    assert_eq!(wants[0].parcel_bytes, u32::try_from(machine::fetch::WINDOW_BYTES / 2).ok());
    let total_bytes = 100 * u64::from(PIECE);
    assert_eq!(desk.progress(), Progress::Fetching { done_bytes: 0, total_bytes, bytes_s: 0, waits: None, way: Some(Way::Mqtt) });
    let (mut desk, _) = fetching(&film);
    assert_eq!(desk.wants(), [names(&film[..FIRST])]);
}

#[test]
fn planning_goes_on_while_the_disk_has_more_to_look_through() {
    let mut desk = Desk::online(Start::default());
    let (offer, _) = release(1);
    desk.target(1, Some(&offer)).take();
    desk.planned(&offer, Ok(Planned::Not(Plan::Working { done_bytes: 5, total_bytes: 10 })));
    assert_eq!(desk.jobs(), [DiskJob::Plan { offer }]);
}

#[test]
fn fetching_gives_parcels_to_the_disk_and_plans_again_when_all_is_there() {
    let film = pieces("film", 3);
    let (mut desk, offer) = fetching(&film);
    desk.take();
    desk.parcel(&film[1..]);
    assert_eq!(desk.jobs().len(), 1, "the parcel");
    let (done_bytes, total_bytes) = (2 * u64::from(PIECE), 3 * u64::from(PIECE));
    assert!(
        matches!(desk.progress(), Progress::Fetching { done_bytes: done, total_bytes: total, .. } if (done, total) == (done_bytes, total_bytes))
    );
    desk.parcel(&film[..1]);
    assert_eq!(desk.jobs().pop(), Some(DiskJob::Plan { offer: offer.clone() }), "the plan decides what comes next");
    // The next stage counts on.
    desk.missing(&offer, &pieces("chunks", 2));
    let total = 5 * u64::from(PIECE);
    assert!(matches!(desk.progress(), Progress::Fetching { total_bytes, .. } if total_bytes == total));
}

#[test]
fn the_window_grows_on_a_quick_line_and_shrinks_on_a_slow_one() {
    let film = pieces("film", 4_000);
    let (mut desk, _) = fetching(&film);
    let mut at = 0;
    let mut round = |desk: &mut Desk, ms: u64| {
        let asked: usize = desk.wants().iter().map(Vec::len).sum();
        desk.now.mono_ms += ms;
        desk.parcel(&film[at..at + asked]);
        at += asked;
        asked
    };
    assert_eq!([(); 4].map(|()| round(&mut desk, 50)), [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]);
    let slow = [(); 9].map(|()| round(&mut desk, 3_000));
    assert_eq!(slow[..3], [16 * FIRST, 8 * FIRST, 4 * FIRST]);
    assert_eq!(slow[8], 1, "a piece at a time, and never none");
}

#[test]
fn the_window_grows_on_a_long_line_as_well() {
    let film = pieces("film", 4_000);
    let (mut desk, _) = fetching(&film);
    let mut at = 0;
    let asked = [(); 4].map(|()| {
        let asked: usize = desk.wants().iter().map(Vec::len).sum();
        desk.now.mono_ms += 4_000;
        desk.parcel(&film[at..at + asked]);
        at += asked;
        asked
    });
    assert_eq!(asked, [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]);
}

#[test]
fn fetching_asks_again_after_a_silence_and_waits_longer_each_time() {
    let film = pieces("film", 3);
    let (mut desk, _) = fetching(&film);
    desk.take();
    desk.pass(machine::fetch::RE_ASK_MS - 1);
    assert!(desk.wants().is_empty());
    desk.pass(1);
    assert_eq!(desk.wants(), [names(&film)]);
    desk.pass(2 * machine::fetch::RE_ASK_MS - 1);
    assert!(desk.wants().is_empty());
    desk.pass(1);
    let asked: Vec<_> = desk.wants().concat();
    assert_eq!(asked.len(), 2, "the window is smaller after two silences");
    desk.parcel(&film[1..2]).take();
    desk.pass(machine::fetch::RE_ASK_MS);
    let asked = desk.wants().concat();
    assert!(!asked.is_empty() && !asked.contains(&film[1].name), "only what did not arrive, and the pause is short again");
}

#[test]
fn a_want_that_was_overtaken_is_asked_again_although_others_arrive() {
    let film = pieces("film", 400);
    let (mut desk, _) = fetching(&film);
    desk.parcel(&film[..FIRST]).take();
    // Of the second want nothing ever comes; the third is answered.
    desk.pass(machine::fetch::RE_ASK_MS).take();
    let second = names(&film[FIRST..FIRST + 2]);
    desk.parcel(&film[FIRST + 2..3 * FIRST]);
    desk.pass(machine::fetch::RE_ASK_MS);
    let again = desk.wants().concat();
    assert!(second.iter().all(|name| again.contains(name)), "{} asked again", again.len());
}

#[test]
fn fetching_asks_again_at_once_after_a_reconnection() {
    let film = pieces("film", 3);
    let (mut desk, _) = fetching(&film);
    desk.parcel(&film[..1]);
    desk.give(Input::Disconnected { why: "cable".into(), retry_in_ms: 500 }).take();
    assert!(matches!(desk.progress(), Progress::Fetching { waits: Some(why), .. } if why == "offline"));
    desk.give(Input::Connected);
    let mut asked = desk.wants().concat();
    asked.sort();
    let mut missing = names(&film[1..]);
    missing.sort();
    assert_eq!(asked, missing);
}

#[test]
fn a_parcel_of_nothing_we_want_is_counted_and_dropped() {
    let film = pieces("film", 2);
    let (mut desk, _) = fetching(&film);
    desk.take();
    desk.parcel(&[]);
    let error = JobError { code: "parcel", message: "a parcel of an unknown kind".into(), passing: true };
    desk.give(Input::Disk(DiskDone::Taken { result: Err(error) }));
    assert_eq!(desk.events(), ["Chunk 1", "Chunk 2"]);
    assert!(matches!(desk.progress(), Progress::Fetching { .. }), "the fetch goes on");
}

#[test]
fn a_flood_of_parcels_does_not_fill_the_queue_of_the_disk() {
    let film = pieces("film", 2);
    let (mut desk, _) = fetching(&film);
    desk.take();
    for _ in 0..500 {
        let topic = topic::device(DEVICE, DeviceTopic::Chunk);
        desk.give(Input::Message { topic, payload: Bytes::from_static(b"?") });
    }
    let outputs = desk.take();
    let jobs = outputs.iter().filter(|output| matches!(output, Output::Disk(_))).count();
    assert_eq!(jobs, machine::TAKING_MAX, "what is no parcel still finds room in the queue");
    let dropped = 500 - machine::TAKING_MAX as u64;
    let told = |output: &Output| matches!(output, Output::Event(LinkEvent::Ignored { what: Ignored::DiskBusy, count }) if *count == dropped);
    assert!(outputs.iter().any(told), "how many were dropped is told");
}

#[test]
fn a_paused_delivery_asks_for_nothing_and_goes_on_when_it_may() {
    let film = pieces("film", 100);
    let (mut desk, offer) = fetching(&film);
    desk.take();
    desk.target_with(2, Some(&offer), |target| target.delivery.paused = true);
    desk.parcel(&film[..FIRST]);
    assert!(desk.wants().is_empty());
    assert!(matches!(desk.progress(), Progress::Fetching { waits: Some(why), .. } if why == "paused"));
    desk.target(3, Some(&offer));
    assert_eq!(desk.wants().len(), 1);
}

#[test]
fn a_download_window_is_read_by_the_zone_of_the_device() {
    let mut desk = Desk::online(Start::default());
    let (offer, _) = release(1);
    // 2027-01-15 16:00 in Beijing. The window begins at 22:00 and ends at 6:00.
    let window = Window { from_min: 22 * 60, until_min: 6 * 60 };
    desk.target_with(1, Some(&offer), |target| target.delivery.windows = vec![window]);
    desk.missing(&offer, &pieces("film", 2));
    assert!(desk.wants().is_empty());
    assert!(matches!(desk.progress(), Progress::Fetching { waits: Some(why), .. } if why == "window"));
    let hours_ms = 6 * 3_600_000;
    desk.pass(hours_ms - 1);
    assert!(desk.wants().is_empty());
    desk.pass(1);
    assert_eq!(desk.wants().len(), 1);
    assert!(matches!(desk.progress(), Progress::Fetching { waits: None, .. }));
}

#[test]
fn a_capped_line_carries_what_it_may_and_no_more() {
    let film = pieces("film", 1_000);
    let mut desk = Desk::online(Start::default());
    let (offer, _) = release(1);
    let cap = 20 * 1024;
    desk.target_with(1, Some(&offer), |target| target.delivery.cap_bytes_s = Some(cap));
    desk.missing(&offer, &film);
    let mut asked = Vec::new();
    for _ in 0..600 {
        let now = desk.wants().concat();
        let entries: Vec<_> = film.iter().filter(|entry| now.contains(&entry.name)).copied().collect();
        asked.extend(now);
        if !entries.is_empty() {
            desk.parcel(&entries);
        }
        desk.pass(100);
    }
    let bytes_s = asked.len() as u64 * u64::from(PIECE) / 60;
    assert!((cap * 9 / 10..=cap * 11 / 10).contains(&bytes_s), "{bytes_s} bytes a second of {cap}");
    let Progress::Fetching { bytes_s, .. } = desk.progress() else { panic!() };
    assert!((cap / 2..=cap * 2).contains(&bytes_s), "told {bytes_s}");
}

#[test]
fn devices_that_fetch_the_same_listen_together_and_leave_when_it_is_too_much() {
    let mut desk = Desk::online(Start::default());
    let (offer, _) = release(1);
    let film = pieces("film", 300);
    desk.target_with(1, Some(&offer), |target| target.delivery.together = true);
    desk.missing(&offer, &film);
    let shared = topic::site_chunk("main", &offer.release.id);
    let outputs = desk.take();
    let subscribed = outputs.iter().position(|output| matches!(output, Output::Subscribe(topics) if *topics == [shared.clone()]));
    let wanted = outputs.iter().position(|output| matches!(output, Output::Publish(publish) if publish.topic.ends_with("/want")));
    assert!(subscribed.unwrap() < wanted.unwrap(), "it listens before it asks");
    desk.outputs = outputs;
    let want = desk.said::<Want>(DeviceTopic::Want).remove(0);
    assert!(want.together);
    // What others asked for is taken as well, and not asked for again.
    desk.give(Input::Message { topic: shared.clone(), payload: Bytes::from_static(b"parcel") });
    assert!(matches!(desk.jobs()[..], [DiskJob::Take { .. }]));
    desk.taken(&film[..200]);
    for _ in 0..3 {
        desk.pass(machine::fetch::RE_ASK_MAX_MS);
    }
    let left = desk.take().into_iter().any(|output| matches!(output, Output::Unsubscribe(topic) if topic == shared));
    assert!(left, "its line does not carry it");
    desk.give(Input::Message { topic: shared, payload: Bytes::new() });
    assert_eq!(desk.events(), ["Topic 1"]);
}

#[test]
fn a_release_with_a_stated_time_is_shown_at_that_time_of_the_device() {
    let mut desk = Desk::online(Start::default());
    let two = release(2);
    let at = Activation::At { local: "2027-01-15T16:30".into() };
    desk.target_with(1, Some(&two.0), |target| target.activation = at.clone());
    desk.planned(&two.0, Ok(Planned::Staged(two.1.clone()))).take();
    assert_eq!(desk.progress(), Progress::WaitingForTime);
    desk.pass(30 * 60_000 - 1);
    assert!(desk.events().is_empty());
    desk.pass(1);
    assert_eq!(desk.events(), ["ready 2"]);
    assert_eq!(desk.progress(), Progress::WaitingForVisit);
}

#[test]
fn an_order_to_go_back_is_carried_out_by_the_disk_and_holds_until_a_newer_target() {
    let (one, two) = (release(1), release(2));
    let mut desk = Desk::online(Start { active: Some(two.1.clone()), ..Start::default() });
    desk.target(7, Some(&two.0)).take();
    let command = Command { v: VERSION, id: "o1".into(), expires_at_ms: u64::MAX, order: Order::ReturnToLastGood };
    desk.message(DeviceTopic::Cmd, &command);
    let reason = "the hub asked for the release before".to_owned();
    assert_eq!(desk.jobs(), [DiskJob::StepBack { reason: reason.clone(), revision: 7 }]);
    let rejected = vec![Rejected { release: two.1.id().clone(), reason: reason.clone(), revision: 7 }];
    desk.give(Input::Disk(DiskDone::RolledBack { result: Ok((Some(one.1), rejected)), reason }));
    let outputs = desk.take();
    let receipt = outputs.iter().any(|output| {
        matches!(output, Output::Publish(publish) if publish.topic.ends_with("/receipt") && publish.payload.windows(4).any(|word| word == b"done"))
    });
    assert!(receipt, "{outputs:?}");
    desk.outputs = outputs;
    assert_eq!(desk.jobs(), [], "the release that was left is not fetched again");
    let refused = Command { id: "o2".into(), ..command };
    let mut fresh = Desk::online(Start::default());
    fresh.message(DeviceTopic::Cmd, &refused);
    let receipts = fresh.said::<Receipt>(DeviceTopic::Receipt);
    assert_eq!(receipts.last().unwrap().outcome, Outcome::Refused { code: "no_release".into() });
}

#[test]
fn a_dark_glass_is_a_state_of_the_target() {
    let mut desk = Desk::online(Start::default());
    desk.target_with(1, None, |target| target.blank = true).target_with(2, None, |target| target.blank = true);
    desk.target(3, None);
    assert_eq!(desk.events(), ["site 党群服务中心", "blank true", "blank false"]);
}

#[test]
fn what_the_hub_wants_over_the_pages_is_kept_when_it_changes_and_holds_after_a_start_without_a_network() {
    let kept = |desk: &mut Desk| -> Vec<Over> {
        let outputs = desk.take();
        outputs
            .into_iter()
            .filter_map(|output| match output {
                Output::Outbox(OutboxJob::KeepOver(over)) => Some(over),
                _ => None,
            })
            .collect()
    };
    let dark = Over { blank: true, notice: Some("signed".into()) };
    let says_dark = |target: &mut Target| {
        target.blank = true;
        target.notice = Some("signed".into());
    };
    let mut desk = Desk::online(Start::default());
    desk.target_with(1, None, says_dark).target_with(2, None, says_dark);
    assert_eq!(kept(&mut desk), std::slice::from_ref(&dark));

    // The same device after a power cut, and no hub in sight.
    let mut desk = Desk::new(Start { over: dark.clone(), ..Start::default() });
    assert_eq!(desk.machine.next_tick_ms(desk.now), Some(desk.now.mono_ms), "it does not wait for a message");
    desk.give(Input::Tick).give(Input::Tick);
    let outputs = desk.take();
    let checks =
        outputs.iter().filter(|output| matches!(output, Output::Disk(DiskJob::CheckNotice { envelope }) if envelope == "signed"));
    assert_eq!(checks.count(), 1, "words are checked before they are shown, each time");
    desk.outputs = outputs;
    assert_eq!(desk.events(), ["blank true"]);
    // The hub says the same: nothing to keep. Then light.
    desk.give(Input::Connected).target_with(9, None, says_dark);
    assert_eq!(kept(&mut desk), []);
    desk.target(10, None);
    let outputs = desk.take();
    assert!(outputs.iter().any(|output| matches!(output, Output::Outbox(OutboxJob::KeepOver(over)) if *over == Over::default())));
    desk.outputs = outputs;
    assert_eq!(desk.events(), ["blank false"]);
}

#[test]
fn a_file_with_other_bytes_is_reported_and_tried_again_later() {
    let film = pieces("film", 1);
    let (mut desk, offer) = fetching(&film);
    let error = JobError { code: "hash_mismatch", message: "other bytes".into(), passing: true };
    desk.give(Input::Disk(DiskDone::Taken { result: Err(error) })).take();
    assert!(matches!(desk.progress(), Progress::Failed { code, retry_at_ms: Some(_), .. } if code == "hash_mismatch"));
    desk.pass(machine::delivery::RETRY_MS);
    assert_eq!(desk.jobs(), [DiskJob::Plan { offer }]);
}

#[test]
fn planning_to_failed_when_the_manifest_is_no_good_and_only_a_new_target_helps() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    let error = JobError { code: "too_new", message: "format 2".into(), passing: false };
    desk.target(1, Some(&reference)).planned(&reference, Err(error)).pass(3_600_000).take();
    assert!(matches!(desk.progress(), Progress::Failed { code, retry_at_ms: None, .. } if code == "too_new"));
    desk.target(2, Some(&reference));
    assert_eq!(desk.jobs(), [DiskJob::Plan { offer: reference }]);
}

#[test]
fn a_full_disk_is_first_made_room_on_then_reported_and_tried_again_later() {
    let mut desk = Desk::online(Start::default());
    let (reference, _) = release(1);
    let full = || JobError { code: "disk_full", message: "no room".into(), passing: true };
    desk.target(1, Some(&reference)).take();
    desk.planned(&reference, Err(full()));
    let id = BlobHash(reference.release.id.clone());
    let plan = DiskJob::Plan { offer: reference.clone() };
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
    desk.target(1, Some(&reference)).missing(&reference, &pieces("text", 1)).take();
    let error = JobError { code: "disk_full", message: "no room".into(), passing: true };
    desk.give(Input::Disk(DiskDone::Taken { result: Err(error) }));
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
    assert_eq!(desk.jobs(), [DiskJob::Activate { offer: two.0.clone(), revision: 4 }]);
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
    assert_eq!(desk.jobs(), [DiskJob::Plan { offer: two.0 }], "a new revision may try again");
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
    assert!(desk.jobs().contains(&DiskJob::Plan { offer: three.0 }));
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
    assert_eq!(desk.jobs(), [DiskJob::Plan { offer: two.0.clone() }]);
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
    desk.pass(3 * machine::delivery::VERIFY_EVERY_MS);
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
    assert_eq!(desk.jobs(), [DiskJob::Plan { offer: two.0.clone() }]);
    desk.planned(&two.0, Ok(Planned::Staged(two.1.clone())));
    assert_eq!(desk.events(), ["ready 2"]);
    desk.give(Input::Command(bad())).pass(machine::delivery::RETRY_MS).take();
    assert!(matches!(desk.progress(), Progress::Failed { .. }), "the second pause is longer");
    desk.pass(machine::delivery::RETRY_MS);
    assert_eq!(desk.jobs(), [DiskJob::Plan { offer: two.0 }]);
}
