//! What people see of a rollout.

use std::collections::HashMap;

use pingfeng_wire::TrustMode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Kept, Scene};
use crate::{
    Hub,
    error::{ApiResult, not_found},
    fleet::{ReleaseName, name_of},
    limits::ROLLOUTS_LISTED_MAX,
    rollout::{Member, Plan, Said, State, Stop},
    targets::report_of,
};

/// A release on its way to groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolloutView {
    /// Id.
    pub id: String,
    /// The release.
    pub release: ReleaseName,
    /// To which groups.
    pub groups: Vec<RolloutGroup>,
    /// How.
    pub plan: Plan,
    /// Where it stands.
    pub state: State,
    /// Why it stopped, if it ever did.
    #[schema(nullable)]
    pub stop: Option<Stop>,
    /// Index of the step, from 0; the number of the plan's steps: everybody.
    pub step: usize,
    /// When the step began, hub clock.
    pub step_at_ms: i64,
    /// When the step ends for want of confirmations; none: nothing is waited for.
    pub limit_at_ms: Option<i64>,
    /// When it began, hub clock.
    pub created_at_ms: i64,
    /// By whom.
    pub created_by: String,
    /// When anything about it changed last.
    pub changed_at_ms: i64,
    /// How many devices are how far.
    pub counts: RolloutCounts,
    /// Devices that go back only with signatures for it: the hub's word is not enough for them.
    pub approval_needed: usize,
    /// Its devices; only where one rollout is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<RolloutDevice>,
}

/// A group of a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolloutGroup {
    /// Group id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it ran before.
    pub previous: Option<ReleaseName>,
    /// Another release was published to it meanwhile.
    pub left: bool,
}

/// How many devices of a rollout are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolloutCounts {
    /// Devices in its groups.
    pub devices: usize,
    /// Told the release.
    pub told: usize,
    /// Of these, showing it with good frames.
    pub confirmed: usize,
    /// Of these, failed and not excused.
    pub failed: usize,
}

/// A device of a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolloutDevice {
    /// Device id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Group id.
    pub group: String,
    /// The step it was told in; none: not its turn yet.
    pub step: Option<usize>,
    /// When it was told, hub clock.
    pub told_at_ms: Option<i64>,
    /// Since when it shows the release with good frames.
    pub confirmed_at_ms: Option<i64>,
    /// `waiting`: not its turn; `told`; `waits_for_time`; `confirming`; `confirmed`; `failed`.
    pub stage: String,
    /// Why it failed.
    pub code: Option<String>,
    /// Its failure was accepted.
    pub excused: bool,
}

impl Hub {
    /// Rollouts, newest first: every open one, and the newest of those that have ended.
    pub async fn list_rollouts(&self, release: Option<&str>) -> ApiResult<Vec<RolloutView>> {
        let mut views = Vec::new();
        let mut ended = 0;
        for row in self.db.rollouts(None).await? {
            if release.is_some_and(|release| release != row.release_id) {
                continue;
            }
            let kept = Kept::read(row)?;
            if !kept.machine.state.is_open() {
                ended += 1;
                if ended > ROLLOUTS_LISTED_MAX {
                    continue;
                }
            }
            let scene = self.scene(&kept).await?;
            views.push(self.rollout_view(&kept, &scene).await?);
        }
        Ok(views)
    }

    /// One rollout with its devices.
    pub async fn get_rollout(&self, id: &str) -> ApiResult<RolloutView> {
        let row = self.db.rollout(id).await?.ok_or_else(|| not_found("rollout", id))?;
        let kept = Kept::read(row)?;
        let scene = self.scene(&kept).await?;
        let mut view = self.rollout_view(&kept, &scene).await?;
        let names: HashMap<_, _> = scene.devices.iter().map(|device| (&device.id, &device.name)).collect();
        view.devices = scene
            .members
            .iter()
            .map(|member| {
                let told = member.told_at_ms.is_some();
                let (stage, code) = match &member.said {
                    _ if !told => ("waiting", None),
                    Said::Nothing => ("told", None),
                    Said::WaitsForTime => ("waits_for_time", None),
                    Said::Confirming => ("confirming", None),
                    Said::Confirmed => ("confirmed", None),
                    Said::Failed(code) => ("failed", Some(code.clone())),
                };
                let step = scene.rows.get(&member.id).and_then(|row| usize::try_from(row.step).ok());
                RolloutDevice {
                    name: names.get(&member.id).map(|name| (*name).clone()).unwrap_or_default(),
                    group: member.group.clone(),
                    step: step.filter(|_| told),
                    told_at_ms: member.told_at_ms,
                    confirmed_at_ms: member.confirmed_at_ms,
                    stage: stage.to_owned(),
                    code,
                    excused: kept.machine.excused.contains(&member.id),
                    id: member.id.clone(),
                }
            })
            .collect();
        Ok(view)
    }

    pub(super) async fn rollout_view(&self, kept: &Kept, scene: &Scene) -> ApiResult<RolloutView> {
        let machine = &kept.machine;
        let groups = self.db.groups().await?;
        let mut parts = Vec::new();
        for part in &kept.parts {
            let previous = match &part.previous {
                Some(release) => self.db.release(release).await?.as_ref().map(name_of),
                None => None,
            };
            let name = groups.iter().find(|group| group.id == part.group).map(|group| group.name.clone());
            parts.push(RolloutGroup {
                name: name.unwrap_or_else(|| part.group.clone()),
                id: part.group.clone(),
                previous,
                left: part.left,
            });
        }
        let release = self.db.release(&kept.row.release_id).await?;
        let told = || scene.members.iter().filter(|member| member.told_at_ms.is_some());
        let failed = |member: &&Member| matches!(member.said, Said::Failed(_)) && !machine.excused.contains(&member.id);
        let by_signature = scene
            .devices
            .iter()
            .zip(&scene.members)
            .filter(|(device, member)| {
                let strict = report_of(device).is_some_and(|report| report.trust.mode == TrustMode::Signed);
                strict && (member.targeted || member.shows())
            })
            .count();
        Ok(RolloutView {
            id: kept.row.id.clone(),
            release: release.as_ref().map(name_of).unwrap_or_else(|| ReleaseName {
                id: kept.row.release_id.clone(),
                exhibition: String::new(),
                version: 0,
            }),
            groups: parts,
            plan: machine.plan.clone(),
            state: machine.state,
            stop: machine.stop.clone(),
            step: machine.step,
            step_at_ms: machine.step_at_ms,
            limit_at_ms: (machine.state == State::Running).then(|| machine.limit_at_ms()),
            created_at_ms: kept.row.created_at_ms,
            created_by: kept.row.created_by.clone(),
            changed_at_ms: kept.row.changed_at_ms,
            counts: RolloutCounts {
                devices: scene.members.len(),
                told: told().count(),
                confirmed: told().filter(|member| member.confirmed_at_ms.is_some()).count(),
                failed: told().filter(failed).count(),
            },
            approval_needed: by_signature,
            devices: Vec::new(),
        })
    }
}
