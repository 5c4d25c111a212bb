//! Rollouts in the database: each decision of [`crate::rollout`] is kept in one transaction and then carried out. When
//! the hub dies between the two, the targets are stated again at its next start.

mod view;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use pingfeng_wire::{Order, Progress, Report};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    db::{
        entity::{device, group, rollout as row, rollout_device},
        rollouts::RolloutChange,
    },
    error::{ApiResult, bad_request, conflict, internal, not_found},
    fleet::Named,
    limits::ROLLOUT_TICK,
    rollout::{Action, Decision, Member, Plan, Rollout, Said, State},
    targets::report_of,
};
pub use view::{RolloutCounts, RolloutDevice, RolloutGroup, RolloutView};

/// A group of a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    group: String,
    /// What it ran before: what devices are told when they go back.
    previous: Option<String>,
    /// Another release was published to it meanwhile.
    left: bool,
}

/// A rollout as its row says.
struct Kept {
    row: row::Model,
    parts: Vec<Part>,
    machine: Rollout,
}

/// What belongs to it at this moment.
struct Scene {
    devices: Vec<device::Model>,
    rows: HashMap<String, rollout_device::Model>,
    members: Vec<Member>,
}

/// A rollout began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Started {
    /// Its id.
    pub rollout: String,
    /// Devices in its groups.
    pub devices: usize,
    /// Devices that were told at once.
    pub told: usize,
}

impl Hub {
    /// Begins to look at rollouts by time alone, until the hub stops.
    pub fn start_rollouts(self: &Arc<Self>) {
        let hub = self.clone();
        self.tasks.spawn(async move {
            let mut ticks = tokio::time::interval(ROLLOUT_TICK);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = hub.stop.cancelled() => return,
                    _ = ticks.tick() => hub.tick_rollouts().await,
                }
            }
        });
    }

    /// Looks at every rollout that is running.
    pub async fn tick_rollouts(&self) {
        if let Err(error) = self.consider_rollouts(None).await {
            tracing::warn!(code = error.detail().code, "rollouts were not looked at");
        }
    }

    /// Looks at the running rollouts of a group, or at all.
    pub(crate) async fn consider_rollouts(&self, group: Option<&str>) -> ApiResult<()> {
        let _turn = self.fleet.deciding.lock().await;
        if self.restored().await?.is_some() {
            return Ok(());
        }
        for row in self.db.rollouts_in(&[State::Running.word()], None).await? {
            let mut kept = Kept::read(row)?;
            if group.is_some_and(|group| !kept.parts.iter().any(|part| !part.left && part.group == group)) {
                continue;
            }
            let mut scene = self.scene(&kept).await?;
            let decision = kept.machine.advance(&mut scene.members, self.now_ms());
            self.carry_out(kept, scene, decision, RolloutChange::default()).await?;
        }
        Ok(())
    }

    /// Publishes a release to groups. Without a plan it goes out as is sensible for groups of their size. Rollouts that
    /// are under way lose these groups to it.
    pub async fn start_rollout(
        &self,
        release: &str,
        groups: &[String],
        plan: Option<Plan>,
        by: &str,
    ) -> ApiResult<Started> {
        let _turn = self.fleet.deciding.lock().await;
        self.refuse_while_restored().await?;
        let release = self.db.release(release).await?.ok_or_else(|| not_found("release", release))?;
        let wanted: BTreeSet<&String> = groups.iter().collect();
        if wanted.is_empty() {
            return Err(bad_request("no_group", "at least one group is needed").at("groups"));
        }
        let mut rows = Vec::new();
        for id in wanted {
            rows.push(self.db.group(id).await?.ok_or_else(|| not_found("group", id))?);
        }
        self.check_signed(&release, groups).await?;
        let now_ms = self.now_ms();
        let ids: Vec<String> = rows.iter().map(|group| group.id.clone()).collect();
        let devices = self.db.devices_of_groups(&ids).await?;
        let largest = ids.iter().map(|id| devices.iter().filter(|device| device.group_id == *id).count()).max();
        let plan = plan.unwrap_or_else(|| Plan::proposed(largest.unwrap_or(0)));
        plan.check()?;

        let mut change = RolloutChange::default();
        let mut parts = Vec::new();
        let earlier = self.earlier(&ids).await?;
        for group in &rows {
            parts.push(Part { group: group.id.clone(), previous: previous(group, &release.id, &earlier), left: false });
        }
        // Whoever still fetches what others had told it should not begin to show it now.
        let mut withdrawn = BTreeMap::new();
        for mut kept in earlier.into_iter().filter(|kept| kept.machine.state.is_open()) {
            let scene = self.scene(&kept).await?;
            for member in &scene.members {
                let part = parts.iter().find(|part| part.group == member.group);
                if let Some(part) = part
                    && member.targeted
                    && !member.shows()
                    && part.previous.as_deref() != Some(&kept.row.release_id)
                {
                    withdrawn.insert(member.id.clone(), part.previous.clone());
                }
            }
            for part in kept.parts.iter_mut().filter(|part| ids.contains(&part.group)) {
                part.left = true;
            }
            if kept.parts.iter().all(|part| part.left) {
                kept.machine.state = State::Superseded;
            }
            change.others.push(kept.write(now_ms)?);
        }
        let id = crate::new_id(now_ms);
        let newest = self.db.rollouts(Some(1)).await?;
        let mut kept = Kept {
            row: row::Model {
                id: id.clone(),
                // One decision at a time, so nobody takes the same.
                seq: newest.first().map_or(1, |row| row.seq + 1),
                release_id: release.id.clone(),
                state: String::new(),
                groups_json: String::new(),
                machine_json: String::new(),
                created_at_ms: now_ms,
                created_by: by.to_owned(),
                changed_at_ms: now_ms,
            },
            parts,
            machine: Rollout::new(plan, now_ms),
        };
        let mut scene = self.scene(&kept).await?;
        let decision = kept.machine.advance(&mut scene.members, now_ms);
        for (device, release) in withdrawn {
            if !decision.tell.contains(&device) {
                change.targets.push((device, release));
            }
        }
        let started = Started { rollout: id, devices: scene.devices.len(), told: decision.tell.len() };
        self.carry_out(kept, scene, decision, change).await?;
        if let Ok(view) = self.get_release(&release.id).await {
            self.live.tell("release", &view);
        }
        Ok(started)
    }

    /// Sets what a group should run, for all its devices at once.
    pub async fn set_group_target(&self, group: &str, release: &str, by: &str) -> ApiResult<Started> {
        self.start_rollout(release, &[group.to_owned()], Some(Plan::default()), by).await
    }

    /// Does what an administrator asks for. `at_once`: devices that go back are ordered to show the last good release
    /// now, which needs nobody's signature.
    pub async fn act_on_rollout(&self, id: &str, action: Action, at_once: bool, by: &str) -> ApiResult<RolloutView> {
        {
            let _turn = self.fleet.deciding.lock().await;
            self.refuse_while_restored().await?;
            let row = self.db.rollout(id).await?.ok_or_else(|| not_found("rollout", id))?;
            let mut kept = Kept::read(row)?;
            if action == Action::RollBack {
                self.check_way_back(&kept, at_once).await?;
            }
            let mut scene = self.scene(&kept).await?;
            let decision = kept.machine.act(action, &mut scene.members, self.now_ms()).map_err(|_| {
                let state = kept.machine.state.word();
                conflict("wrong_state", format!("the rollout is {state}"))
                    .hint("look at it again: it may have moved on")
            })?;
            let orders: Vec<_> = scene
                .devices
                .iter()
                .filter(|device| at_once && decision.give_back.contains(&device.id) && self.fleet.is_online(&device.id))
                .map(|device| device.id.clone())
                .collect();
            self.carry_out(kept, scene, decision, RolloutChange::default()).await?;
            for device in orders {
                // One that has just gone finds its target when it comes back.
                if let Err(error) = self.order(&device, Order::ReturnToLastGood, by).await {
                    tracing::warn!(device.id = %device, code = error.detail().code, "order not sent");
                }
            }
        }
        self.get_rollout(id).await
    }

    /// Stops every rollout for a reason from outside.
    pub(crate) async fn stop_rollouts(&self, code: &str) -> ApiResult<()> {
        let _turn = self.fleet.deciding.lock().await;
        let open = [State::Running.word(), State::Paused.word()];
        for row in self.db.rollouts_in(&open, None).await? {
            let mut kept = Kept::read(row)?;
            let mut scene = self.scene(&kept).await?;
            let decision = kept.machine.stop_for(code, &mut scene.members, self.now_ms());
            self.carry_out(kept, scene, decision, RolloutChange::default()).await?;
        }
        Ok(())
    }

    /// Releases that devices may have to go back to: what the groups ran before their last rollouts.
    pub(crate) async fn releases_to_go_back_to(&self) -> ApiResult<BTreeMap<String, Vec<String>>> {
        let mut seen = BTreeSet::new();
        let mut previous: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in self.db.rollouts(None).await? {
            let kept = Kept::read(row)?;
            for part in kept.parts {
                if seen.insert(part.group.clone()) {
                    if let Some(release) = part.previous {
                        previous.entry(release).or_default().push(part.group.clone());
                    }
                    if kept.machine.state.is_open() {
                        previous.entry(kept.row.release_id.clone()).or_default().push(part.group);
                    }
                }
            }
        }
        Ok(previous)
    }

    /// A rollout that has ended can be undone only while it is what its groups run; and unless screens are ordered back
    /// as well, only by signatures that they take.
    async fn check_way_back(&self, kept: &Kept, at_once: bool) -> ApiResult<()> {
        if kept.parts.iter().all(|part| part.previous.is_none()) {
            return Err(conflict("no_previous", "these groups ran no release before")
                .hint("order the devices to return to their last good release, or make them dark"));
        }
        for part in kept.parts.iter().filter(|_| !at_once) {
            let Some(previous) = &part.previous else { continue };
            // One that has been deleted is reported where its target is made.
            let Some(release) = self.db.release(previous).await? else { continue };
            self.check_signed(&release, std::slice::from_ref(&part.group)).await?;
        }
        if kept.machine.state != State::Done {
            return Ok(());
        }
        for part in &kept.parts {
            let group = self.db.group(&part.group).await?;
            let current = group.is_some_and(|group| group.release_id.as_deref() == Some(&kept.row.release_id));
            let ids = [part.group.clone()];
            let overtaken = self
                .earlier(&ids)
                .await?
                .into_iter()
                .any(|other| other.row.seq > kept.row.seq && other.machine.state.is_open());
            if !current || overtaken {
                return Err(conflict("not_current", "another release was published to its groups since")
                    .hint("roll the newest one back"));
            }
        }
        Ok(())
    }

    /// Rollouts that have one of these groups, newest first.
    async fn earlier(&self, groups: &[String]) -> ApiResult<Vec<Kept>> {
        let mut earlier = Vec::new();
        for row in self.db.rollouts(None).await? {
            let kept = Kept::read(row)?;
            if kept.parts.iter().any(|part| !part.left && groups.contains(&part.group)) {
                earlier.push(kept);
            }
        }
        Ok(earlier)
    }

    async fn scene(&self, kept: &Kept) -> ApiResult<Scene> {
        let groups: Vec<_> = kept.parts.iter().filter(|part| !part.left).map(|part| part.group.clone()).collect();
        let devices = self.db.devices_of_groups(&groups).await?;
        let rows = self.db.rollout_devices(&kept.row.id).await?;
        let rows: HashMap<_, _> = rows.into_iter().map(|row| (row.device_id.clone(), row)).collect();
        let members = devices
            .iter()
            .map(|device| {
                let row = rows.get(&device.id);
                let told = row.filter(|row| row.told_at_ms.is_some());
                Member {
                    id: device.id.clone(),
                    group: device.group_id.clone(),
                    connected: self.fleet.is_online(&device.id),
                    seen_at_ms: device.seen_at_ms,
                    told_at_ms: told.and_then(|row| row.told_at_ms),
                    confirmed_at_ms: told.and_then(|row| row.confirmed_at_ms),
                    said: said(report_of(device).as_ref(), &kept.row.release_id, told.map(|row| row.told_revision)),
                    targeted: device.target_release_id.as_deref() == Some(&kept.row.release_id),
                }
            })
            .collect();
        Ok(Scene { devices, rows, members })
    }

    /// Keeps a decision and tells everybody whom it concerns. `change`: what belongs to the same transaction.
    async fn carry_out(
        &self,
        kept: Kept,
        scene: Scene,
        decision: Decision,
        mut change: RolloutChange,
    ) -> ApiResult<()> {
        let now_ms = self.now_ms();
        let release = kept.row.release_id.clone();
        let row = kept.write_if_changed(now_ms)?;
        if row.is_none() && decision.is_empty() && change.targets.is_empty() && change.others.is_empty() {
            return Ok(());
        }
        let before: HashMap<_, _> = scene.devices.iter().map(|device| (device.id.as_str(), device)).collect();
        for member in &scene.members {
            let old = scene.rows.get(&member.id);
            let told_now = decision.tell.contains(&member.id);
            let changed = old.is_some_and(|old| {
                old.told_at_ms != member.told_at_ms || old.confirmed_at_ms != member.confirmed_at_ms
            });
            if !told_now && !changed {
                continue;
            }
            let revision = before.get(member.id.as_str()).map_or(0, |device| device.target_revision + 1);
            change.devices.push(rollout_device::Model {
                rollout_id: kept.row.id.clone(),
                device_id: member.id.clone(),
                step: match old {
                    Some(old) if !told_now => old.step,
                    _ => i64::try_from(kept.machine.step).unwrap_or(i64::MAX),
                },
                told_at_ms: member.told_at_ms,
                told_revision: match old {
                    Some(old) if !told_now => old.told_revision,
                    _ => revision,
                },
                confirmed_at_ms: member.confirmed_at_ms,
            });
        }
        change.targets.extend(decision.tell.iter().map(|id| (id.clone(), Some(release.clone()))));
        for id in decision.withdraw.iter().chain(&decision.give_back) {
            let previous = before.get(id.as_str()).and_then(|device| kept.previous(&device.group_id));
            change.targets.push((id.clone(), previous));
        }
        change.restated.clone_from(&decision.restate);
        if kept.machine.state != State::Superseded {
            for part in kept.parts.iter().filter(|part| !part.left) {
                let runs = if kept.machine.reaches_all() { Some(release.clone()) } else { part.previous.clone() };
                let group = self.db.group(&part.group).await?;
                if group.is_some_and(|group| group.release_id != runs) {
                    change.groups.push((part.group.clone(), runs));
                }
            }
        }
        if let Some(row) = &row
            && row.state != kept.row.state
        {
            tracing::info!(rollout.id = %row.id, state = %row.state, "rollout");
        }
        change.rollout = row;
        let concerned: Vec<String> = change.targets.iter().map(|(id, _)| id).chain(&change.restated).cloned().collect();
        self.db.apply_rollout(change, now_ms).await?;
        for id in &concerned {
            self.state_target(id).await;
        }
        self.tell_devices(&concerned).await;
        self.state_company(&decision.tell, &release).await?;
        let view = self.rollout_view(&kept, &scene).await?;
        self.live.tell("rollout", &view);
        Ok(())
    }

    /// Sends an order to every connected device of a group. Returns those that got it and those that are away.
    pub async fn order_group(&self, id: &str, order: &Order, by: &str) -> ApiResult<(Vec<Named>, Vec<Named>)> {
        self.db.group(id).await?.ok_or_else(|| not_found("group", id))?;
        let (mut sent, mut away) = (Vec::new(), Vec::new());
        for device in self.db.devices_of_groups(&[id.to_owned()]).await? {
            let named = Named { id: device.id, name: device.name };
            let result = self.order(&named.id, order.clone(), by).await;
            if result.is_ok() { sent.push(named) } else { away.push(named) }
        }
        Ok((sent, away))
    }
}

impl Kept {
    fn read(row: row::Model) -> ApiResult<Self> {
        let parts = serde_json::from_str(&row.groups_json).map_err(internal)?;
        let machine = serde_json::from_str(&row.machine_json).map_err(internal)?;
        Ok(Self { row, parts, machine })
    }

    fn write(&self, now_ms: i64) -> ApiResult<row::Model> {
        Ok(row::Model {
            state: self.machine.state.word().to_owned(),
            groups_json: serde_json::to_string(&self.parts).map_err(internal)?,
            machine_json: serde_json::to_string(&self.machine).map_err(internal)?,
            changed_at_ms: now_ms,
            ..self.row.clone()
        })
    }

    /// The row as it should be, if it is not so already.
    fn write_if_changed(&self, now_ms: i64) -> ApiResult<Option<row::Model>> {
        let row = self.write(now_ms)?;
        let same = row.groups_json == self.row.groups_json && row.machine_json == self.row.machine_json;
        Ok((!same).then_some(row))
    }

    /// What a group ran before.
    fn previous(&self, group: &str) -> Option<String> {
        self.parts.iter().find(|part| part.group == group).and_then(|part| part.previous.clone())
    }
}

/// What a group goes back to: what all of it should run now, not a release that only some were told.
fn previous(group: &group::Model, release: &str, earlier: &[Kept]) -> Option<String> {
    let last = earlier.iter().find(|kept| kept.parts.iter().any(|part| !part.left && part.group == group.id));
    match last {
        // The same release once more: what was before it is still what was before.
        Some(kept) if group.release_id.as_deref() == Some(release) && kept.row.release_id == release => {
            kept.previous(&group.id)
        }
        _ => group.release_id.clone(),
    }
}

/// What a device's last report says about a release. `told_revision`: the target that named it, if it was told.
fn said(report: Option<&Report>, release: &str, told_revision: Option<i64>) -> Said {
    let Some(report) = report else { return Said::Nothing };
    let shows = report.running.as_ref().is_some_and(|running| running.id == release);
    // What it says in answer to an earlier target is not about this one.
    let answers =
        told_revision.is_some_and(|told| u64::try_from(told).is_ok_and(|told| report.target_revision >= told));
    match &report.progress {
        Progress::Settled if shows => Said::Confirmed,
        Progress::Confirming if shows || answers => Said::Confirming,
        Progress::WaitingForTime if answers => Said::WaitsForTime,
        Progress::Failed { code, .. } if answers => Said::Failed(code.clone()),
        _ => Said::Nothing,
    }
}
