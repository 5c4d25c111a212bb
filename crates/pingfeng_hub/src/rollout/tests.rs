//! The state machine, by stepping time.

use super::*;

const MIN: i64 = 60_000;

/// A fleet that does as it is told, and a clock that a test moves.
struct Bench {
    rollout: Rollout,
    members: Vec<Member>,
    now_ms: i64,
}

impl Bench {
    /// So many connected devices `d00`, `d01`, … in one group.
    fn new(plan: Plan, devices: usize) -> Self {
        plan.check().unwrap();
        let member = |index| Member {
            id: format!("d{index:02}"),
            group: "hall".into(),
            connected: true,
            seen_at_ms: Some(0),
            ..Member::default()
        };
        Self { rollout: Rollout::new(plan, 0), members: (0..devices).map(member).collect(), now_ms: 0 }
    }

    fn advance(&mut self) -> Decision {
        self.rollout.advance(&mut self.members, self.now_ms)
    }

    fn wait(&mut self, ms: i64) -> Decision {
        self.now_ms += ms;
        for member in self.members.iter_mut().filter(|member| member.connected) {
            member.seen_at_ms = Some(self.now_ms);
        }
        self.advance()
    }

    #[track_caller]
    fn act(&mut self, action: Action) -> Decision {
        self.rollout.act(action, &mut self.members, self.now_ms).unwrap()
    }

    fn say(&mut self, ids: &[String], said: &Said) {
        for member in self.members.iter_mut().filter(|member| ids.contains(&member.id)) {
            member.said = said.clone();
        }
    }

    fn fail(&mut self, id: &str, code: &str) {
        self.say(&[id.to_owned()], &Said::Failed(code.into()));
    }

    fn member(&mut self, id: &str) -> &mut Member {
        self.members.iter_mut().find(|member| member.id == id).unwrap()
    }

    fn told(&self) -> usize {
        self.members.iter().filter(|member| member.told_at_ms.is_some()).count()
    }

    #[track_caller]
    fn stopped_for(&self, code: &str, devices: &[(&str, &str)]) {
        assert_eq!(self.rollout.state, State::Stopped);
        let stop = self.rollout.stop.as_ref().unwrap();
        let named: Vec<_> = stop.devices.iter().map(|(id, code)| (id.as_str(), code.as_str())).collect();
        assert_eq!((stop.code.as_str(), named.as_slice(), stop.count), (code, devices, devices.len()));
    }
}

fn canary() -> Plan {
    Plan { steps: vec![Share::Percent(10)], ..Plan::default() }
}

#[test]
fn a_small_group_is_told_at_once() {
    for devices in 0..=3 {
        assert_eq!(Plan::proposed(devices).steps, []);
    }
    assert_eq!(Plan::proposed(4).steps, [Share::Percent(10)]);
    let mut bench = Bench::new(Plan::proposed(3), 3);
    assert_eq!(bench.advance().tell.len(), 3);
    assert_eq!(bench.rollout.state, State::Running, "they have to confirm");
    assert!(bench.rollout.reaches_all());
}

#[test]
fn an_empty_group_is_done_at_once() {
    let mut bench = Bench::new(canary(), 0);
    assert_eq!(bench.advance(), Decision::default());
    assert_eq!(bench.rollout.state, State::Done);
}

#[test]
fn running_to_done_through_a_tenth_that_has_to_stay_well() {
    let mut bench = Bench::new(canary(), 20);
    let first = bench.advance().tell;
    assert_eq!(first.len(), 2);
    assert!(!bench.rollout.reaches_all());
    assert!(bench.wait(10 * MIN).tell.is_empty(), "nobody has confirmed");
    bench.say(&first, &Said::Confirming);
    assert!(bench.wait(MIN).tell.is_empty(), "frames are being counted");
    bench.say(&first, &Said::Confirmed);
    assert_eq!(bench.wait(0).confirmed.len(), 2);
    assert!(bench.wait(30 * MIN - 1).tell.is_empty(), "the soak has not ended");
    let rest = bench.wait(1).tell;
    assert_eq!(rest.len(), 18);
    assert!(bench.rollout.reaches_all());
    bench.say(&rest, &Said::Confirmed);
    bench.wait(0);
    bench.wait(30 * MIN);
    assert_eq!(bench.rollout.state, State::Done);
}

#[test]
fn steps_rise_and_every_group_has_its_share() {
    let plan = Plan { steps: vec![Share::Devices(1), Share::Percent(50)], soak_min: 0, ..Plan::default() };
    let mut bench = Bench::new(plan, 10);
    for member in bench.members.iter_mut().skip(4) {
        member.group = "yard".into();
    }
    let mut sizes = Vec::new();
    loop {
        let told = bench.wait(MIN).tell;
        if told.is_empty() {
            break;
        }
        sizes.push(told.len());
        bench.say(&told, &Said::Confirmed);
    }
    // One of each, then half of four and half of six.
    assert_eq!(sizes, [2, 3, 5]);
    assert_eq!(bench.rollout.state, State::Done);
}

#[test]
fn connected_devices_go_first_and_the_choice_is_the_same_again() {
    let chosen = |away: &[&str]| {
        let mut bench = Bench::new(canary(), 10);
        for id in away {
            bench.member(id).connected = false;
        }
        bench.members.reverse();
        bench.advance().tell
    };
    let first = chosen(&[]);
    assert_eq!(chosen(&[]), first);
    assert_ne!(chosen(&[first[0].as_str()]), first);
}

#[test]
fn running_to_stopped_by_a_failure() {
    for code in ["no_frames", "hash_mismatch", "manifest_invalid", "disk_full"] {
        let mut bench = Bench::new(canary(), 20);
        let first = bench.advance().tell;
        bench.say(&first[1..], &Said::Confirmed);
        bench.fail(&first[0], code);
        let decision = bench.wait(MIN);
        bench.stopped_for("failures", &[(&first[0], code)]);
        assert_eq!(decision.withdraw, [""; 0], "one shows it and keeps it, the other keeps its reason");
        assert_eq!(bench.wait(1_000 * MIN), Decision::default(), "nothing goes on by itself");
    }
}

#[test]
fn allowed_failures_do_not_stop_it() {
    let plan =
        Plan { steps: vec![Share::Devices(4)], failures_max: 1, needed_percent: 75, soak_min: 0, ..Plan::default() };
    let mut bench = Bench::new(plan, 8);
    let first = bench.advance().tell;
    bench.fail(&first[0], "io");
    bench.say(&first[1..], &Said::Confirmed);
    assert_eq!(bench.wait(MIN).tell.len(), 4, "three of four are enough");
    let second = bench.members.iter().find(|member| !first.contains(&member.id)).unwrap().id.clone();
    bench.fail(&second, "io");
    bench.wait(MIN);
    assert_eq!(bench.rollout.state, State::Stopped);
    assert_eq!(bench.rollout.stop.as_ref().unwrap().count, 2);
}

#[test]
fn running_to_stopped_by_time() {
    let mut bench = Bench::new(Plan { limit_min: 60, ..canary() }, 20);
    let first = bench.advance().tell;
    bench.say(&first[..1], &Said::Confirmed);
    bench.member(&first[1]).connected = false;
    bench.wait(60 * MIN - 1);
    assert_eq!(bench.rollout.state, State::Running);
    let decision = bench.wait(1);
    bench.stopped_for("time", &[(&first[1], "offline")]);
    assert_eq!(decision.withdraw, first[1..], "it should not begin to show it now");
}

#[test]
fn a_device_that_waits_for_the_stated_hour_is_not_late() {
    let plan = Plan { activate_at: Some("2026-12-01T08:30".into()), limit_min: 60, ..canary() };
    let mut bench = Bench::new(plan, 20);
    let first = bench.advance().tell;
    bench.say(&first, &Said::WaitsForTime);
    bench.wait(600 * MIN);
    assert_eq!(bench.rollout.state, State::Running);
    assert_eq!(bench.told(), 2, "and nobody follows it yet");
}

#[test]
fn a_confirmed_device_that_goes_silent_while_it_is_watched_stops_it() {
    let mut bench = Bench::new(canary(), 20);
    let first = bench.advance().tell;
    bench.say(&first, &Said::Confirmed);
    bench.wait(MIN);
    bench.member(&first[0]).connected = false;
    bench.wait(SILENT_AFTER_MS - 1);
    assert_eq!(bench.rollout.state, State::Running);
    bench.wait(1);
    bench.stopped_for("failures", &[(&first[0], "silent")]);
}

#[test]
fn a_device_that_is_switched_off_after_its_soak_stops_nothing() {
    let plan = Plan { needed_percent: 100, ..canary() };
    let mut bench = Bench::new(plan, 20);
    let first = bench.advance().tell;
    bench.say(&first, &Said::Confirmed);
    bench.wait(0);
    bench.wait(30 * MIN);
    assert_eq!(bench.told(), 20);
    bench.member(&first[0]).connected = false;
    bench.wait(60 * MIN);
    assert_eq!(bench.rollout.state, State::Running);
}

#[test]
fn a_confirmed_device_that_falls_back_is_no_longer_confirmed() {
    let mut bench = Bench::new(Plan { failures_max: 5, ..canary() }, 20);
    let first = bench.advance().tell;
    bench.say(&first, &Said::Confirmed);
    bench.wait(MIN);
    bench.fail(&first[0], "no_frames");
    assert_eq!(bench.wait(MIN).confirmed, [(first[0].clone(), None)]);
    bench.wait(40 * MIN);
    assert_eq!(bench.told(), 2, "half of a step is not enough");
}

#[test]
fn the_last_step_waits_for_nobody_who_stays_away() {
    let mut bench = Bench::new(Plan { limit_min: 60, ..Plan::default() }, 3);
    bench.member("d00").connected = false;
    let all = bench.advance().tell;
    assert_eq!(all.len(), 3, "it finds its target when it comes back");
    bench.say(&["d01".to_owned(), "d02".to_owned()], &Said::Confirmed);
    bench.wait(MIN);
    bench.wait(58 * MIN);
    assert_eq!(bench.rollout.state, State::Running);
    bench.wait(MIN);
    assert_eq!(bench.rollout.state, State::Done);
}

#[test]
fn a_hall_that_is_switched_off_altogether_is_waited_for() {
    let mut bench = Bench::new(Plan::default(), 2);
    for member in &mut bench.members {
        member.connected = false;
    }
    bench.advance();
    bench.wait(100_000 * MIN);
    assert_eq!(bench.rollout.state, State::Running);
}

#[test]
fn paused_to_running_does_not_count_the_pause() {
    let mut bench = Bench::new(Plan { limit_min: 60, ..canary() }, 20);
    let first = bench.advance().tell;
    bench.wait(30 * MIN);
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    let first = sorted(first);
    assert_eq!(sorted(bench.act(Action::Pause).restate), first, "they are told to wait");
    assert_eq!(bench.wait(600 * MIN), Decision::default());
    assert_eq!(sorted(bench.act(Action::Resume).restate), first);
    bench.wait(29 * MIN);
    assert_eq!(bench.rollout.state, State::Running);
    bench.wait(MIN);
    assert_eq!(bench.rollout.state, State::Stopped);
}

#[test]
fn stopped_by_hand_withdraws_only_what_is_not_shown_yet() {
    let mut bench = Bench::new(Plan::default(), 3);
    bench.advance();
    bench.say(&["d00".to_owned()], &Said::Confirmed);
    bench.say(&["d01".to_owned()], &Said::Confirming);
    bench.wait(MIN);
    assert_eq!(bench.act(Action::Stop).withdraw, ["d02"]);
    bench.stopped_for("asked", &[]);
    assert!(!bench.rollout.reaches_all(), "new devices do not get it");
}

#[test]
fn stopped_to_running_excuses_what_failed_and_tells_it_once_more() {
    let mut bench = Bench::new(Plan { steps: vec![Share::Devices(2)], soak_min: 0, ..Plan::default() }, 6);
    let first = bench.advance().tell;
    bench.say(&first[1..], &Said::Confirmed);
    bench.fail(&first[0], "no_frames");
    bench.wait(MIN);
    bench.stopped_for("failures", &[(&first[0], "no_frames")]);
    let decision = bench.act(Action::GoOn);
    assert_eq!(decision.tell.len(), 5, "the one that failed, and everybody else: {decision:?}");
    assert_eq!(bench.rollout.state, State::Running);
    bench.fail(&first[0], "no_frames");
    bench.wait(MIN);
    assert_eq!(bench.rollout.state, State::Running, "it is excused");
    let another = bench.members.iter().find(|member| !first.contains(&member.id)).unwrap().id.clone();
    bench.fail(&another, "no_frames");
    bench.wait(MIN);
    bench.stopped_for("failures", &[(&another, "no_frames")]);
}

#[test]
fn rolled_back_gives_every_device_that_has_it_the_one_before() {
    let mut bench = Bench::new(canary(), 20);
    let mut first = bench.advance().tell;
    bench.say(&first[..1], &Said::Confirmed);
    bench.wait(MIN);
    let mut back = bench.act(Action::RollBack).give_back;
    back.sort();
    first.sort();
    assert_eq!(back, first, "also the one that was still fetching");
    assert_eq!(bench.rollout.state, State::RolledBack);
    assert!(!bench.rollout.reaches_all());
    assert_eq!(bench.wait(1_000 * MIN), Decision::default());
}

#[test]
fn done_to_rolled_back_takes_everybody() {
    let mut bench = Bench::new(Plan { soak_min: 0, ..Plan::default() }, 3);
    let all = bench.advance().tell;
    bench.say(&all, &Said::Confirmed);
    bench.wait(MIN);
    assert_eq!(bench.rollout.state, State::Done);
    assert_eq!(bench.act(Action::RollBack).give_back.len(), 3);
}

#[test]
fn actions_that_do_not_fit_are_refused() {
    for (state, fit) in [
        (State::Running, &[Action::Pause, Action::Stop, Action::RollBack][..]),
        (State::Paused, &[Action::Resume, Action::Stop, Action::RollBack]),
        (State::Stopped, &[Action::GoOn, Action::RollBack]),
        (State::Done, &[Action::RollBack]),
        (State::RolledBack, &[]),
        (State::Superseded, &[]),
    ] {
        for action in [Action::Pause, Action::Resume, Action::Stop, Action::GoOn, Action::RollBack] {
            let mut bench = Bench::new(canary(), 4);
            bench.rollout.state = state;
            let done = bench.rollout.act(action, &mut bench.members, 0);
            assert_eq!(done.is_ok(), fit.contains(&action), "{action:?} while {state:?}");
        }
    }
}

#[test]
fn a_device_that_joins_late_is_told_with_everybody() {
    let mut bench = Bench::new(Plan { soak_min: 0, ..Plan::default() }, 2);
    bench.advance();
    bench.members.push(Member { id: "new".into(), group: "hall".into(), connected: true, ..Member::default() });
    assert_eq!(bench.wait(MIN).tell, ["new"]);
}

#[test]
fn a_canary_that_is_taken_out_is_replaced() {
    let mut bench = Bench::new(canary(), 10);
    let first = bench.advance().tell;
    bench.members.retain(|member| !first.contains(&member.id));
    assert_eq!(bench.wait(MIN).tell.len(), 1);
}

#[test]
fn a_clock_that_goes_back_neither_stops_nor_hurries_it() {
    let mut bench = Bench::new(Plan { limit_min: 60, ..canary() }, 20);
    let first = bench.advance().tell;
    bench.say(&first, &Said::Confirmed);
    bench.wait(MIN);
    bench.wait(-1_000 * MIN);
    assert_eq!((bench.rollout.state, bench.told()), (State::Running, 2));
    bench.act(Action::Pause);
    bench.wait(-MIN);
    bench.act(Action::Resume);
    assert_eq!(bench.rollout.step_at_ms, 0);
}

#[test]
fn the_state_reads_back_as_it_was_kept() {
    let mut bench = Bench::new(canary(), 20);
    let first = bench.advance().tell;
    bench.fail(&first[0], "io");
    bench.wait(MIN);
    bench.act(Action::GoOn);
    let kept = serde_json::to_string(&bench.rollout).unwrap();
    assert_eq!(serde_json::from_str::<Rollout>(&kept).unwrap(), bench.rollout);
}

#[test]
fn plans_that_make_no_sense_name_the_field() {
    let check = |change: &dyn Fn(&mut Plan), at: &str| {
        let mut plan = canary();
        change(&mut plan);
        assert_eq!(plan.check().unwrap_err().detail().at.as_deref(), Some(at));
    };
    check(&|plan| plan.steps = vec![Share::Percent(0)], "steps[0]");
    check(&|plan| plan.steps = vec![Share::Percent(100)], "steps[0]");
    check(&|plan| plan.steps = vec![Share::Devices(0)], "steps[0]");
    check(&|plan| plan.steps = vec![Share::Percent(20), Share::Percent(20)], "steps[1]");
    check(&|plan| plan.steps = (1..=6).map(Share::Percent).collect(), "steps");
    check(&|plan| plan.soak_min = 10_081, "soak_min");
    check(&|plan| plan.limit_min = 4, "limit_min");
    check(&|plan| plan.limit_min = 30, "limit_min");
    check(&|plan| plan.needed_percent = 0, "needed_percent");
    check(&|plan| plan.needed_percent = 101, "needed_percent");
    for time in ["2026-12-01", "2026-12-01T25:30", "2026-12-01T08:30Z", "tomorrow"] {
        check(&|plan| plan.activate_at = Some(time.into()), "activate_at");
    }
    canary().check().unwrap();
    Plan { activate_at: Some("2026-12-01T08:30".into()), ..Plan::default() }.check().unwrap();
}
