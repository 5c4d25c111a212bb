//! The ways on which pieces come: over HTTPS, from neighbours, and back to the broker when those fail.

use pingfeng_release::run;
use pingfeng_wire::{Https, Neighbours};

use super::super::ways::{
    HTTPS_CAP_LEAST, HTTPS_FAILURES_MAX, HTTPS_REST_MS, LOOK_AGAIN_MS, NEIGHBOUR_AVOID_MS, NEIGHBOUR_REST_MS,
};
use super::*;

fn https() -> Option<Https> {
    Some(Https { url: "https://hub.local:8443/api/v1/pieces".into(), token: "hall-1.seal".into() })
}

fn with_https(target: &mut Target) {
    target.delivery.https = https();
}

fn with_neighbours(target: &mut Target) {
    target.delivery.neighbours = Some(Neighbours { key: "a key".into() });
}

fn broken() -> Result<(), TransferError> {
    Err(TransferError::Broken("cut".into()))
}

impl Desk {
    /// Has a release to fetch on other ways than through the broker.
    fn fetching_on(&mut self, missing: &[Entry], ways: impl Fn(&mut Target)) -> Offer {
        let (offer, _) = release(1);
        self.target_with(1, Some(&offer), ways).take();
        self.missing_in_runs(&offer, missing);
        offer
    }

    /// The disk says what is missing: a part of one file.
    fn missing_in_runs(&mut self, offer: &Offer, missing: &[Entry]) -> &mut Self {
        let release = BlobHash(offer.release.id.clone());
        let runs = vec![Run { root: ChunkName::of(b"film"), from: 7, count: missing.len() as u32 }];
        let result = Ok(Planned::Not(Plan::Missing(missing.to_vec())));
        self.give(Input::Disk(DiskDone::Planned { release, result, runs }))
    }

    fn transfers(&mut self) -> Vec<Transfer> {
        let outputs = self.take();
        let (transfers, others) = outputs.into_iter().partition(|output| matches!(output, Output::Transfer(_)));
        self.outputs = others;
        let transfer = |output| if let Output::Transfer(transfer) = output { Some(transfer) } else { None };
        <Vec<Output>>::into_iter(transfers).filter_map(transfer).collect()
    }

    #[track_caller]
    fn transfer(&mut self) -> Transfer {
        let mut transfers = self.transfers();
        assert_eq!(transfers.len(), 1, "{transfers:?}");
        transfers.remove(0)
    }

    fn flows(&mut self, id: u64, entries: &[Entry]) -> &mut Self {
        self.give(Input::Transfer { id, said: Said::Parcel(Bytes::from_static(b"parcel")) }).taken(entries)
    }

    fn ends(&mut self, id: u64, result: Result<(), TransferError>) -> &mut Self {
        self.give(Input::Transfer { id, said: Said::Ended(result) })
    }

    fn looks_around(&mut self) -> bool {
        self.take().iter().any(|output| matches!(output, Output::LookAround { .. }))
    }

    /// These devices of the site have the release.
    fn sees(&mut self, ids: &[&str]) -> &mut Self {
        let neighbour = |id: &&str| Neighbour { id: (*id).to_owned(), address: ([127, 0, 0, 1], 1).into() };
        self.give(Input::Neighbours(ids.iter().map(neighbour).collect()))
    }

    fn way(&self) -> Option<Way> {
        if let Progress::Fetching { way, .. } = self.progress() { way } else { None }
    }
}

fn runs_of(transfer: &Transfer) -> Vec<Run> {
    run::read(&openssl::base64::decode_block(&transfer.want.runs).unwrap()).unwrap()
}

fn names_of(transfer: &Transfer) -> Vec<ChunkName> {
    match &transfer.from {
        Source::Neighbour { names, .. } => names.clone(),
        Source::Https(_) => {
            let bytes = openssl::base64::decode_block(&transfer.want.names).unwrap();
            bytes.as_chunks::<32>().0.iter().copied().map(ChunkName).collect()
        }
    }
}

#[test]
fn over_https_one_question_brings_all_that_is_missing() {
    let mut desk = Desk::online(Start::default());
    let film = pieces("film", 5_000);
    let offer = desk.fetching_on(&film, with_https);
    let question = desk.transfer();
    assert_eq!(question.from, Source::Https(https().unwrap()));
    assert_eq!((question.want.release.as_str(), runs_of(&question)[0].count), (offer.release.id.as_str(), 5_000));
    assert!(desk.wants().is_empty(), "nothing is asked through the broker");
    assert_eq!(desk.way(), Some(Way::Https));
    desk.flows(question.id, &film[..2_000]).flows(question.id, &film[2_000..]);
    assert_eq!(desk.jobs().pop(), Some(DiskJob::Plan { offer: offer.clone() }));
    // Its end comes after the last piece was taken; the next stage asks again, by names where there is no file yet.
    desk.ends(question.id, Ok(()));
    let nodes = pieces("nodes", 3);
    desk.missing(&offer, &nodes);
    assert_eq!(names_of(&desk.transfer()), names(&nodes));
}

#[test]
fn over_https_the_next_question_waits_for_the_end_of_the_answer() {
    let mut desk = Desk::online(Start::default());
    let film = pieces("film", 10);
    let offer = desk.fetching_on(&film, with_https);
    let question = desk.transfer();
    desk.flows(question.id, &film);
    desk.missing(&offer, &pieces("nodes", 3));
    assert!(desk.transfers().is_empty());
    desk.ends(question.id, Ok(()));
    desk.transfer();
}

#[test]
fn https_that_breaks_is_tried_again_and_then_rests_while_the_broker_brings_what_is_missing() {
    let mut desk = Desk::online(Start::default());
    let film = pieces("film", 400);
    let offer = desk.fetching_on(&film, with_https);
    let mut came = 0;
    for failure in 1..=HTTPS_FAILURES_MAX {
        let question = desk.transfer();
        desk.flows(question.id, &film[came..came + 10]).ends(question.id, broken());
        came += 10;
        assert!(desk.wants().is_empty() || failure == HTTPS_FAILURES_MAX);
        if failure < HTTPS_FAILURES_MAX {
            desk.missing_in_runs(&offer, &film[came..]);
        }
    }
    assert_eq!(desk.way(), Some(Way::Mqtt));
    desk.disconnect_and_back();
    let asked = desk.wants().concat();
    assert!(
        !asked.is_empty() && asked.iter().all(|name| names(&film[came..]).contains(name)),
        "only what has not come"
    );
    // The rest is over, and much is missing.
    desk.pass(HTTPS_REST_MS).take();
    desk.give(Input::Tick).take();
    desk.missing_in_runs(&offer, &film[came..]);
    assert_eq!(desk.way(), Some(Way::Https));
}

impl Desk {
    /// What was asked for is asked for again.
    fn disconnect_and_back(&mut self) {
        self.give(Input::Disconnected { why: "cable".into(), retry_in_ms: 0 }).give(Input::Connected);
    }
}

#[test]
fn https_that_refuses_rests_at_once_and_a_new_token_ends_the_rest() {
    let mut desk = Desk::online(Start::default());
    let film = pieces("film", 400);
    let offer = desk.fetching_on(&film, with_https);
    let question = desk.transfer();
    desk.ends(question.id, Err(TransferError::Refused("401".into())));
    assert_eq!((desk.transfers().len(), desk.way()), (0, Some(Way::Mqtt)));
    desk.target_with(2, Some(&offer), |target| {
        target.delivery.https = Some(Https { token: "hall-1.another".into(), ..https().unwrap() });
    });
    desk.missing_in_runs(&offer, &film);
    desk.transfer();
}

#[test]
fn an_answer_that_brings_nothing_of_what_is_missing_is_not_asked_for_for_ever() {
    let mut desk = Desk::online(Start::default());
    desk.fetching_on(&pieces("film", 400), with_https);
    let question = desk.transfer();
    desk.flows(question.id, &[]).ends(question.id, Ok(()));
    assert_eq!((desk.transfers().len(), desk.way()), (0, Some(Way::Mqtt)));
}

#[test]
fn a_pause_ends_a_transfer_and_what_is_missing_comes_on_the_same_way_afterwards() {
    let mut desk = Desk::online(Start::default());
    let film = pieces("film", 400);
    let offer = desk.fetching_on(&film, with_https);
    let question = desk.transfer();
    desk.flows(question.id, &film[..100]).take();
    desk.target_with(2, Some(&offer), |target| {
        with_https(target);
        target.delivery.paused = true;
    });
    assert!(desk.take().iter().any(|output| matches!(output, Output::EndTransfer(id) if *id == question.id)));
    assert!(matches!(desk.progress(), Progress::Fetching { waits: Some(why), .. } if why == "paused"));
    desk.give(Input::Transfer { id: question.id, said: Said::Parcel(Bytes::new()) });
    assert_eq!(desk.jobs(), [], "nobody hears it any more");
    desk.target_with(3, Some(&offer), with_https);
    assert_eq!(desk.jobs(), [DiskJob::Plan { offer: offer.clone() }], "what is missing is looked at afresh");
    desk.missing_in_runs(&offer, &film[100..]);
    desk.transfer();
}

#[test]
fn another_release_ends_the_transfer_of_the_one_before() {
    let mut desk = Desk::online(Start::default());
    desk.fetching_on(&pieces("film", 40), with_https);
    let question = desk.transfer();
    let (two, _) = release(2);
    desk.target_with(2, Some(&two), with_https);
    assert!(desk.take().iter().any(|output| matches!(output, Output::EndTransfer(id) if *id == question.id)));
    desk.missing_in_runs(&two, &pieces("other", 5));
    assert_eq!(desk.transfer().want.release, two.release.id);
}

#[test]
fn a_capped_transfer_carries_what_it_may_and_no_more() {
    let mut desk = Desk::online(Start::default());
    let film = pieces("film", 20_000);
    let cap = 100_000;
    desk.fetching_on(&film, |target| {
        with_https(target);
        target.delivery.cap_bytes_s = Some(cap);
    });
    let question = desk.transfer();
    let (mut came, seconds) = (0_u64, 120);
    for _ in 0..seconds * 10 {
        while desk.machine.has_room() {
            let said = Said::Parcel(Bytes::from(vec![0; 128 * 1024]));
            desk.give(Input::Transfer { id: question.id, said }).taken(&film[came as usize..=came as usize]);
            came += 1;
        }
        desk.pass(100).take();
        let next = desk.machine.next_tick_ms(desk.now).unwrap();
        assert!(next > desk.now.mono_ms, "it wakes when there is room again, and not before");
    }
    let bytes_s = came * 128 * 1024 / seconds;
    assert!((cap * 9 / 10..=cap * 11 / 10).contains(&bytes_s), "{bytes_s} bytes a second of {cap}");
}

#[test]
fn a_low_cap_comes_through_the_broker() {
    let mut desk = Desk::online(Start::default());
    desk.fetching_on(&pieces("film", 40), |target| {
        with_https(target);
        target.delivery.cap_bytes_s = Some(HTTPS_CAP_LEAST - 1);
    });
    assert_eq!((desk.transfers().len(), desk.way()), (0, Some(Way::Mqtt)));
}

#[test]
fn parcels_of_a_transfer_wait_for_a_slow_disk() {
    let mut desk = Desk::online(Start::default());
    desk.fetching_on(&pieces("film", 400), with_https);
    let question = desk.transfer();
    let mut given = 0;
    while desk.machine.has_room() {
        desk.give(Input::Transfer { id: question.id, said: Said::Parcel(Bytes::new()) });
        given += 1;
    }
    assert_eq!(given, 8);
    desk.taken(&[]);
    assert!(desk.machine.has_room());
}

#[test]
fn a_neighbour_is_asked_before_the_hub() {
    let mut desk = Desk::online(Start::default());
    let film = pieces("film", 5_000);
    desk.fetching_on(&film, |target| {
        with_https(target);
        with_neighbours(target);
    });
    assert!(desk.transfers().is_empty() && desk.looks_around());
    desk.sees(&["n-1"]);
    let first = desk.transfer();
    let asked = names_of(&first);
    assert_eq!((asked.len(), desk.way()), (limits::NEIGHBOUR_NAMES_MAX, Some(Way::Neighbour)));
    desk.flows(first.id, &film[..asked.len()]).ends(first.id, Ok(()));
    let second = desk.transfer();
    assert_eq!(names_of(&second), names(&film[asked.len()..]), "it had everything: it is asked for the rest");
    // It has not all of it: the hub is asked for what is left, after another look at what that is.
    desk.flows(second.id, &film[asked.len()..4_900]).ends(second.id, Ok(()));
    assert!(desk.transfers().is_empty());
    let (offer, _) = release(1);
    assert_eq!(desk.jobs().pop(), Some(DiskJob::Plan { offer: offer.clone() }));
    desk.missing_in_runs(&offer, &film[4_900..]);
    assert!(matches!(desk.transfer().from, Source::Https(_)));
}

#[test]
fn neighbours_that_do_not_answer_are_left_alone_for_a_while_and_the_hub_is_asked() {
    let mut desk = Desk::online(Start::default());
    let film = pieces("film", 400);
    let offer = desk.fetching_on(&film, with_neighbours);
    desk.sees(&["n-1", "n-2", "n-3"]);
    let first = desk.transfer();
    desk.ends(first.id, broken());
    let second = desk.transfer();
    desk.ends(second.id, broken());
    assert_eq!((desk.transfers().len(), desk.way()), (0, Some(Way::Mqtt)), "two were asked in vain");
    // The third may have it when somebody looks again.
    desk.pass(LOOK_AGAIN_MS);
    assert!(desk.looks_around());
    desk.sees(&["n-1", "n-2", "n-3"]);
    desk.missing_in_runs(&offer, &film);
    let third = desk.transfer();
    desk.ends(third.id, broken());
    assert_eq!(desk.way(), Some(Way::Mqtt));
    desk.pass(NEIGHBOUR_REST_MS).take();
    desk.sees(&["n-1"]).missing_in_runs(&offer, &film);
    desk.transfer();
}

#[test]
fn a_neighbour_that_lies_is_avoided_and_the_hub_hears_of_it() {
    let mut desk = Desk::online(Start::default());
    let film = pieces("film", 400);
    desk.fetching_on(&film, with_neighbours);
    desk.sees(&["n-1"]);
    let question = desk.transfer();
    desk.said::<Report>(DeviceTopic::Report);
    desk.ends(question.id, Err(TransferError::Wrong("a piece that was not asked for".into())));
    assert_eq!((desk.transfers().len(), desk.way()), (0, Some(Way::Mqtt)));
    let warnings = |desk: &mut Desk| desk.said::<Report>(DeviceTopic::Report).pop().unwrap().trust.warnings;
    desk.pass(1_000);
    assert_eq!(warnings(&mut desk), ["neighbour_wrong"]);
    desk.pass(NEIGHBOUR_REST_MS).take();
    desk.sees(&["n-1"]);
    assert_eq!(desk.way(), Some(Way::Mqtt), "it is not asked again so soon");
    desk.pass(NEIGHBOUR_AVOID_MS);
    assert_eq!(warnings(&mut desk), [""; 0]);
}

#[test]
fn without_the_hubs_leave_nobody_is_asked_and_nothing_is_given() {
    let mut desk = Desk::online(Start::default());
    desk.fetching_on(&pieces("film", 400), |_| {});
    let outputs = desk.take();
    assert!(!outputs.iter().any(|output| matches!(output, Output::LookAround { .. } | Output::Share(_))));
    assert_eq!(desk.way(), Some(Way::Mqtt));
}
