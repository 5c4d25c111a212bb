//! A rollout as a state machine: a release goes to a few devices first, and to the rest when those have shown it well.
//!
//! Pure: what is known of the devices, the time and what an administrator asks for go in; whom to tell what comes out.
//! [`crate::rollouts`] keeps it in the database and carries its decisions out.
//!
//! ```text
//!            ┌── pause ──▶ paused ── resume ──┐
//!  running ──┤                                ├──▶ running ──▶ done
//!            └── trouble or stop ▶ stopped ── go on
//!  running, paused, stopped, done ── roll back ──▶ rolled back
//!  running, paused, stopped ── another release for its groups ──▶ superseded
//! ```

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error::{ApiResult, bad_request},
    limits::{ROLLOUT_STEPS_MAX, SILENT_AFTER_MS, SOAK_MIN_MAX, STEP_MIN_LEAST, STEP_MIN_MAX, STOP_DEVICES_MAX},
};

const MINUTE_MS: i64 = 60_000;

/// How many devices of each group a step takes in, those of the steps before included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// Of the group's devices, 1 to 99; rounded up, so that it is at least one.
    Percent(u32),
    /// So many devices of the group, at least 1.
    Devices(u32),
}

impl Share {
    /// Devices of a group of `size`.
    fn of(self, size: usize) -> usize {
        let count = match self {
            Self::Percent(percent) => (size * percent as usize).div_ceil(100),
            Self::Devices(devices) => devices as usize,
        };
        count.min(size)
    }
}

/// How a release goes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Plan {
    /// Shares before everybody, in rising order; none: everybody at once. At most 5.
    pub steps: Vec<Share>,
    /// Minutes for which a device has to stay well after it has confirmed, before it counts. 0 to 10080.
    pub soak_min: u32,
    /// Minutes in which a step has to be confirmed; then the rollout stops. 5 to 40320.
    pub limit_min: u32,
    /// Devices that may fail without stopping it.
    pub failures_max: u32,
    /// Of the devices of a step, how many have to have confirmed before the next one begins, 1 to 100 percent.
    pub needed_percent: u32,
    /// When devices may show the release, by their own clocks: `2026-12-01T08:30`. None: as soon as nobody is visiting.
    pub activate_at: Option<String>,
}

impl Default for Plan {
    /// Everybody at once, watched for half an hour, with a day to get there.
    fn default() -> Self {
        Self {
            steps: Vec::new(),
            soak_min: 30,
            limit_min: 24 * 60,
            failures_max: 0,
            needed_percent: 100,
            activate_at: None,
        }
    }
}

/// Up to so many devices of a group, the first of them would be the whole experiment: they go at once.
const AT_ONCE_MAX: usize = 3;

impl Plan {
    /// What is proposed where nobody has said how: a tenth first, and everybody at once in small groups.
    pub fn proposed(largest_group: usize) -> Self {
        let steps = if largest_group <= AT_ONCE_MAX { Vec::new() } else { vec![Share::Percent(10)] };
        Self { steps, ..Self::default() }
    }

    /// Refuses what makes no sense, with the field that is at fault.
    pub fn check(&self) -> ApiResult<()> {
        let wrong = |at: &str, message: String| Err(bad_request("invalid_plan", message).at(at));
        if self.steps.len() > ROLLOUT_STEPS_MAX {
            return wrong("steps", format!("at most {ROLLOUT_STEPS_MAX} steps before everybody"));
        }
        for (index, step) in self.steps.iter().enumerate() {
            let at = format!("steps[{index}]");
            let valid = match step {
                Share::Percent(percent) => (1..=99).contains(percent),
                Share::Devices(devices) => (1..=100_000).contains(devices),
            };
            if !valid {
                return wrong(&at, "a step is 1 to 99 percent, or at least one device".into());
            }
            let rises = index == 0
                || match (self.steps[index - 1], step) {
                    (Share::Percent(before), Share::Percent(now)) | (Share::Devices(before), Share::Devices(now)) => {
                        before < *now
                    }
                    // Which is more depends on the group; a step that adds nobody passes at once.
                    _ => true,
                };
            if !rises {
                return wrong(&at, "a step has to be larger than the one before".into());
            }
        }
        if self.soak_min > SOAK_MIN_MAX {
            return wrong("soak_min", format!("at most {SOAK_MIN_MAX} minutes"));
        }
        if !(STEP_MIN_LEAST..=STEP_MIN_MAX).contains(&self.limit_min) {
            return wrong("limit_min", format!("{STEP_MIN_LEAST} to {STEP_MIN_MAX} minutes"));
        }
        if self.limit_min <= self.soak_min {
            return wrong("limit_min", "a step needs more time than the devices are watched for".into());
        }
        if !(1..=100).contains(&self.needed_percent) {
            return wrong("needed_percent", "1 to 100 percent".into());
        }
        if let Some(local) = &self.activate_at {
            let minutes = local.len() == "2026-12-01T08:30".len();
            if !minutes || local.parse::<jiff::civil::DateTime>().is_err() {
                return wrong("activate_at", "a time looks like 2026-12-01T08:30".into());
            }
        }
        Ok(())
    }
}

/// Where a rollout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its steps go on by themselves.
    Running,
    /// An administrator holds it: no new step, and devices that are fetching wait.
    Paused,
    /// It stopped, by itself or by hand: devices that were on their way have been told the one before again.
    Stopped,
    /// Every device that could be reached shows the release.
    Done,
    /// Every device has been told the release before.
    RolledBack,
    /// Another release was published to its groups.
    Superseded,
}

impl State {
    /// True while something may still happen by itself or by a step forward.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Stopped)
    }

    /// As in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::RolledBack => "rolled_back",
            Self::Superseded => "superseded",
        }
    }
}

/// Why a rollout stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stop {
    /// `failures`, `time`, `hub_restored` or `asked`.
    pub code: String,
    /// When, hub clock.
    pub at_ms: i64,
    /// Devices that failed or are missing, by id, with the code of each; at most 50 are named.
    pub devices: BTreeMap<String, String>,
    /// How many there are.
    pub count: usize,
}

/// The state that is kept. Everything else is looked up again each time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// How it goes out.
    pub plan: Plan,
    /// Where it stands.
    pub state: State,
    /// Index into the plan's steps; their number: everybody.
    pub step: usize,
    /// When the step began, hub clock; moved on by the time that it was paused.
    pub step_at_ms: i64,
    /// Since when it is paused.
    pub paused_at_ms: Option<i64>,
    /// Why it stopped; kept when it goes on, for the record.
    pub stop: Option<Stop>,
    /// Devices whose failure an administrator has accepted.
    pub excused: BTreeSet<String>,
}

/// What is known of one device of the rollout's groups.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Member {
    /// Device id.
    pub id: String,
    /// Group id.
    pub group: String,
    /// Connected now.
    pub connected: bool,
    /// Last heard of, hub clock.
    pub seen_at_ms: Option<i64>,
    /// When this rollout told it the release; none: not its turn yet.
    pub told_at_ms: Option<i64>,
    /// Since when it shows the release with good frames.
    pub confirmed_at_ms: Option<i64>,
    /// Its last report says so, in answer to what this rollout told it.
    pub said: Said,
    /// The release is its target now, whoever told it.
    pub targeted: bool,
}

/// What a device's last report says about the release.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Said {
    /// Nothing yet, or it is on its way.
    #[default]
    Nothing,
    /// Everything is there; it waits for the stated time.
    WaitsForTime,
    /// Switched; frames are being counted.
    Confirming,
    /// Frames of it were presented and it settled.
    Confirmed,
    /// It could not, by this code.
    Failed(String),
}

/// What an administrator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Hold it.
    Pause,
    /// Let it go on.
    Resume,
    /// Stop it for good or until [`Action::GoOn`].
    Stop,
    /// Go on in spite of the failures so far.
    GoOn,
    /// Tell every device the release before.
    RollBack,
}

/// An action that does not fit the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit;

/// Whom to tell what. Devices by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// The release.
    pub tell: Vec<String>,
    /// The release before, because they do not show this one yet and should not begin to.
    pub withdraw: Vec<String>,
    /// The release before, whatever they show.
    pub give_back: Vec<String>,
    /// What they were told, again: only whether they may fetch has changed.
    pub restate: Vec<String>,
    /// Since when they show it well, where that has changed.
    pub confirmed: Vec<(String, Option<i64>)>,
}

impl Rollout {
    /// A rollout that begins now. Its first devices are told at the first [`Rollout::advance`].
    pub fn new(plan: Plan, now_ms: i64) -> Self {
        Self {
            plan,
            state: State::Running,
            step: 0,
            step_at_ms: now_ms,
            paused_at_ms: None,
            stop: None,
            excused: BTreeSet::new(),
        }
    }

    /// True once everybody is to be told: from then on the release is what the groups run.
    pub fn reaches_all(&self) -> bool {
        match self.state {
            State::Running | State::Paused => self.step >= self.plan.steps.len(),
            State::Done => true,
            State::Stopped | State::RolledBack | State::Superseded => false,
        }
    }

    /// Moves on as far as reports and time allow. `members` are changed along, so that they show what was decided.
    pub fn advance(&mut self, members: &mut [Member], now_ms: i64) -> Decision {
        let mut decision = Decision::default();
        mark_confirmed(members, now_ms, &mut decision);
        // Each round begins a step at most, so this ends.
        while self.state == State::Running {
            if self.stops(members, now_ms, &mut decision) {
                break;
            }
            self.tell_step(members, now_ms, &mut decision);
            if !self.step_is_well(members, now_ms) {
                break;
            }
            if self.step >= self.plan.steps.len() {
                self.state = State::Done;
            } else {
                self.step += 1;
                self.step_at_ms = now_ms;
            }
        }
        decision
    }

    /// Does what an administrator asks for, and then what follows from it.
    pub fn act(&mut self, action: Action, members: &mut [Member], now_ms: i64) -> Result<Decision, Unfit> {
        let mut decision = Decision::default();
        mark_confirmed(members, now_ms, &mut decision);
        let waiting = |members: &[Member]| {
            let waits = |member: &&Member| member.told_at_ms.is_some() && !member.shows();
            members.iter().filter(waits).map(|member| member.id.clone()).collect()
        };
        match (action, self.state) {
            (Action::Pause, State::Running) => {
                self.state = State::Paused;
                self.paused_at_ms = Some(now_ms);
                decision.restate = waiting(members);
            }
            (Action::Resume, State::Paused) => {
                self.state = State::Running;
                // A clock that went back must not make the step begin in the future.
                self.step_at_ms += self.paused_at_ms.take().map_or(0, |since| (now_ms - since).max(0));
                decision.restate = waiting(members);
                let more = self.advance(members, now_ms);
                decision.absorb(more);
            }
            (Action::Stop, State::Running | State::Paused) => {
                self.stop_now("asked", BTreeMap::new(), 0, members, now_ms, &mut decision);
            }
            (Action::GoOn, State::Stopped) => {
                // Also those that were too many to be named.
                let troubled = self.troubled(members, now_ms);
                self.excused.extend(troubled.into_keys());
                self.excused.extend(self.stop.iter().flat_map(|stop| stop.devices.keys().cloned()));
                self.state = State::Running;
                self.step_at_ms = now_ms;
                // A device that gave up tries again only when it is told again.
                for member in members.iter_mut().filter(|member| matches!(member.said, Said::Failed(_))) {
                    member.told_at_ms = None;
                    member.said = Said::Nothing;
                }
                let more = self.advance(members, now_ms);
                decision.absorb(more);
            }
            (Action::RollBack, State::Running | State::Paused | State::Stopped | State::Done) => {
                self.state = State::RolledBack;
                self.paused_at_ms = None;
                for member in members.iter_mut().filter(|member| member.targeted || member.shows()) {
                    member.told_at_ms = None;
                    member.targeted = false;
                    decision.give_back.push(member.id.clone());
                }
            }
            _ => return Err(Unfit),
        }
        Ok(decision)
    }

    /// Stops a rollout for a reason from outside, if it is going on.
    pub fn stop_for(&mut self, code: &str, members: &mut [Member], now_ms: i64) -> Decision {
        let mut decision = Decision::default();
        if matches!(self.state, State::Running | State::Paused) {
            self.stop_now(code, BTreeMap::new(), 0, members, now_ms, &mut decision);
        }
        decision
    }

    /// When the present step ends for want of confirmations.
    pub fn limit_at_ms(&self) -> i64 {
        self.step_at_ms + i64::from(self.plan.limit_min) * MINUTE_MS
    }

    /// Tells the devices of the present step that have not been told. Connected ones first; among those the order
    /// depends on nothing but the ids, so that a restart or a second look chooses the same.
    fn tell_step(&self, members: &mut [Member], now_ms: i64, decision: &mut Decision) {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, member) in members.iter().enumerate() {
            groups.entry(member.group.clone()).or_default().push(index);
        }
        for mut indices in groups.into_values() {
            let wanted = self.plan.steps.get(self.step).map_or(indices.len(), |share| share.of(indices.len()));
            let told = indices.iter().filter(|index| members[**index].told_at_ms.is_some()).count();
            indices.retain(|index| members[*index].told_at_ms.is_none());
            indices.sort_by_cached_key(|index| {
                let member = &members[*index];
                (!member.connected, *blake3::hash(member.id.as_bytes()).as_bytes())
            });
            for index in indices.into_iter().take(wanted.saturating_sub(told)) {
                let member = &mut members[index];
                member.told_at_ms = Some(now_ms);
                member.targeted = true;
                decision.tell.push(member.id.clone());
            }
        }
    }

    /// Stops if there is a reason to; true if it did.
    fn stops(&mut self, members: &mut [Member], now_ms: i64, decision: &mut Decision) -> bool {
        let troubled = self.troubled(members, now_ms);
        if troubled.len() > self.plan.failures_max as usize {
            let count = troubled.len();
            self.stop_now("failures", troubled, count, members, now_ms, decision);
            return true;
        }
        if now_ms < self.limit_at_ms() {
            return false;
        }
        let missing: BTreeMap<_, _> = self
            .counted(members)
            .filter(|member| !member.shows() && member.said != Said::WaitsForTime)
            .filter(|member| !self.is_last_step() || member.was_heard())
            .map(|member| (member.id.clone(), if member.is_away() { "offline" } else { "late" }.to_owned()))
            .collect();
        let base = self.counted(members).filter(|member| !self.is_last_step() || member.was_heard()).count();
        if base - missing.len() >= self.needed(base) {
            return false;
        }
        let count = missing.len();
        self.stop_now("time", missing, count, members, now_ms, decision);
        true
    }

    fn stop_now(
        &mut self,
        code: &str,
        devices: BTreeMap<String, String>,
        count: usize,
        members: &mut [Member],
        now_ms: i64,
        decision: &mut Decision,
    ) {
        let devices = devices.into_iter().take(STOP_DEVICES_MAX).collect();
        self.stop = Some(Stop { code: code.to_owned(), at_ms: now_ms, devices, count });
        self.state = State::Stopped;
        self.paused_at_ms = None;
        // One that failed keeps its target, and so its reason on the device's page; it plays the one before anyway.
        let on_the_way = |member: &&mut Member| {
            member.told_at_ms.is_some() && !member.shows() && !matches!(member.said, Said::Failed(_))
        };
        for member in members.iter_mut().filter(on_the_way) {
            member.told_at_ms = None;
            member.targeted = false;
            decision.withdraw.push(member.id.clone());
        }
    }

    /// Devices that failed, or went silent while they were being watched, and why; without the excused ones.
    fn troubled(&self, members: &[Member], now_ms: i64) -> BTreeMap<String, String> {
        let trouble = |member: &Member| match (&member.said, member.confirmed_at_ms) {
            (Said::Failed(code), _) => Some(code.clone()),
            // Halls are switched off at night: what a device does after it has been watched is no sign.
            (_, Some(since)) if member.is_silent(now_ms) && member.watched_until(since, &self.plan, now_ms) => {
                Some("silent".to_owned())
            }
            _ => None,
        };
        self.counted(members).filter_map(|member| Some((member.id.clone(), trouble(member)?))).collect()
    }

    /// Devices whose fate says whether the rollout goes on.
    fn counted<'a>(&'a self, members: &'a [Member]) -> impl Iterator<Item = &'a Member> {
        members.iter().filter(|member| member.told_at_ms.is_some() && !self.excused.contains(&member.id))
    }

    fn step_is_well(&self, members: &[Member], now_ms: i64) -> bool {
        let soak_ms = i64::from(self.plan.soak_min) * MINUTE_MS;
        let well = |member: &&Member| member.confirmed_at_ms.is_some_and(|since| now_ms - since >= soak_ms);
        let told = self.counted(members).count();
        let confirmed = self.counted(members).filter(well).count();
        if !self.is_last_step() {
            return confirmed >= self.needed(told);
        }
        // Nothing is held back any more, so it ends when all have confirmed, or at the limit with enough of those that
        // were there at all. A device that stays away finds its target when it comes back.
        let heard = self.counted(members).filter(|member| member.was_heard()).count();
        confirmed == told || (now_ms >= self.limit_at_ms() && heard > 0 && confirmed >= self.needed(heard))
    }

    fn is_last_step(&self) -> bool {
        self.step >= self.plan.steps.len()
    }

    /// Of `devices`, how many have to have confirmed.
    fn needed(&self, devices: usize) -> usize {
        (devices * self.plan.needed_percent as usize).div_ceil(100)
    }
}

impl Member {
    /// True if it shows the release, or has just switched to it.
    pub fn shows(&self) -> bool {
        matches!(self.said, Said::Confirmed | Said::Confirming)
    }

    fn is_away(&self) -> bool {
        !self.connected
    }

    /// Heard of since it was told.
    fn was_heard(&self) -> bool {
        self.connected || self.told_at_ms.zip(self.seen_at_ms).is_some_and(|(told, seen)| seen > told)
    }

    fn is_silent(&self, now_ms: i64) -> bool {
        !self.connected && self.seen_at_ms.is_none_or(|seen| now_ms - seen >= SILENT_AFTER_MS)
    }

    /// True if it fell silent before its soak had ended.
    fn watched_until(&self, since_ms: i64, plan: &Plan, now_ms: i64) -> bool {
        self.seen_at_ms.unwrap_or(now_ms) < since_ms + i64::from(plan.soak_min) * MINUTE_MS
    }
}

impl Decision {
    /// True if nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn absorb(&mut self, more: Self) {
        self.tell.extend(more.tell);
        self.withdraw.extend(more.withdraw);
        self.give_back.extend(more.give_back);
        self.confirmed.extend(more.confirmed);
        self.restate.extend(more.restate);
        // Whoever is told something new needs no second word.
        let told: BTreeSet<_> = self.tell.iter().chain(&self.withdraw).chain(&self.give_back).cloned().collect();
        self.restate.retain(|id| !told.contains(id));
    }
}

/// Notes since when each told device shows the release, and forgets it for those that do not any more. A device that has
/// only gone silent keeps the time.
fn mark_confirmed(members: &mut [Member], now_ms: i64, decision: &mut Decision) {
    for member in members.iter_mut().filter(|member| member.told_at_ms.is_some()) {
        let confirmed = match member.said {
            Said::Confirmed => member.confirmed_at_ms.or(Some(now_ms)),
            _ => None,
        };
        if confirmed != member.confirmed_at_ms {
            member.confirmed_at_ms = confirmed;
            decision.confirmed.push((member.id.clone(), confirmed));
        }
    }
}

#[cfg(test)]
mod tests;
