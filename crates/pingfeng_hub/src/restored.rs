//! A hub that was restored from an older backup. It notices by a device that has seen a later target than the hub
//! remembers stating. From then on it names no release to anybody, because the one that it remembers may be an old one,
//! until an administrator has decided what holds.

use std::sync::atomic::Ordering;

use pingfeng_wire::Report;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    blanks::Blank,
    error::{ApiResult, conflict, internal},
    fleet::Named,
    limits::{REVISION_GAP, RIVAL_SHOWN_MS, STOP_DEVICES_MAX},
    targets::report_of,
};

/// Name of the fact in the database.
const FACT: &str = "restored";
/// In whose name the audit log has it.
const BY: &str = "hub";
/// A device that says it has seen a revision beyond this is not believed: no hub states so many.
const REVISION_MAX: i64 = 1 << 40;

/// What is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Restored {
    at_ms: i64,
    /// By what devices it was noticed; at most [`STOP_DEVICES_MAX`].
    devices: Vec<String>,
}

/// The hub was restored from an older backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RestoredView {
    /// When it was noticed, hub clock.
    pub at_ms: i64,
    /// By what devices; at most 50 are named.
    pub devices: Vec<Named>,
}

/// What concerns the whole fleet and everybody has to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FleetState {
    /// The hub was restored, and names no release until somebody decides.
    pub restored: Option<RestoredView>,
    /// When another hub was last noticed at the same broker, hub clock; `None`: not in the last ten minutes.
    pub rival_at_ms: Option<i64>,
    /// What is dark.
    pub blanks: Vec<Blank>,
}

/// What holds after the hub was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// What the devices run: it becomes their target where the hub still has it.
    Devices,
    /// What the hub remembers. Devices may go back to an older release.
    Hub,
}

impl Hub {
    /// What concerns the whole fleet.
    pub async fn fleet_state(&self) -> ApiResult<FleetState> {
        let restored = match self.restored().await? {
            Some(restored) => {
                let mut devices = Vec::new();
                for id in restored.devices {
                    let name = self.db.device(&id).await?.map_or_else(|| id.clone(), |device| device.name);
                    devices.push(Named { id, name });
                }
                Some(RestoredView { at_ms: restored.at_ms, devices })
            }
            None => None,
        };
        let rival_at_ms = Some(self.fleet.rival_at_ms.load(Ordering::Relaxed))
            .filter(|at_ms| *at_ms > 0 && self.now_ms() - *at_ms < RIVAL_SHOWN_MS);
        Ok(FleetState { restored, rival_at_ms, blanks: self.list_blanks().await? })
    }

    /// Another hub has connected to the broker under this one's name.
    pub(crate) async fn note_rival(&self) {
        self.fleet.rival_at_ms.store(self.now_ms(), Ordering::Relaxed);
        self.tell_fleet().await;
    }

    /// Tells the consoles what concerns the whole fleet.
    pub(crate) async fn tell_fleet(&self) {
        match self.fleet_state().await {
            Ok(state) => self.live.tell("fleet", &state),
            Err(_) => tracing::warn!("consoles were not told of the fleet"),
        }
    }

    /// Whether the hub was restored and nobody has decided yet.
    pub(crate) async fn restored(&self) -> ApiResult<Option<Restored>> {
        match self.db.fact(FACT).await? {
            // A fact that cannot be read is a fact all the same.
            Some(json) => Ok(Some(serde_json::from_str(&json).unwrap_or_default())),
            None => Ok(None),
        }
    }

    /// Refuses to go on while nobody has decided.
    pub(crate) async fn refuse_while_restored(&self) -> ApiResult<()> {
        match self.restored().await? {
            None => Ok(()),
            Some(_) => Err(conflict("hub_restored", "the hub was restored from an older backup")
                .hint("decide first what the devices should run")),
        }
    }

    /// A device answers a target later than the hub remembers.
    pub(crate) async fn note_later_revision(&self, id: &str, seen: u64) -> ApiResult<()> {
        let Some(seen) = i64::try_from(seen).ok().filter(|seen| *seen <= REVISION_MAX) else {
            tracing::warn!(device.id = %id, seen, "a device names an impossible revision; it is not believed");
            return Ok(());
        };
        self.db.raise_above(id, seen).await?;
        let known = self.restored().await?;
        let new = known.is_none();
        let mut restored = known.unwrap_or_else(|| Restored { at_ms: self.now_ms(), devices: Vec::new() });
        if restored.devices.len() < STOP_DEVICES_MAX && !restored.devices.iter().any(|known| known == id) {
            restored.devices.push(id.to_owned());
        }
        self.db.store_fact(FACT, &serde_json::to_string(&restored).map_err(internal)?).await?;
        if new {
            tracing::error!(
                device.id = %id,
                "a device has seen a later target than this hub has stated: the hub was restored from a backup. No \
                 release is named to devices until an administrator decides in the console what they should run"
            );
            self.audit(BY, "restored", id).await;
            self.stop_rollouts("hub_restored").await?;
        }
        self.state_target(id).await;
        self.tell_fleet().await;
        Ok(())
    }

    /// Decides what holds after the hub was restored. Every revision rises far above whatever was stated in the time
    /// that is lost, and every target is stated. Returns how many devices got another target.
    pub async fn settle_restored(&self, holds: Holds) -> ApiResult<usize> {
        let _turn = self.fleet.deciding.lock().await;
        if self.restored().await?.is_none() {
            return Err(conflict("not_restored", "there is nothing to decide"));
        }
        let devices = self.db.devices().await?;
        let mut targets = Vec::new();
        if holds == Holds::Devices {
            for device in &devices {
                let running = report_of(device).and_then(|report: Report| report.running).map(|running| running.id);
                let known = match &running {
                    Some(release) => self.db.release(release).await?.map(|release| release.id),
                    None => None,
                };
                // A release that the hub has lost cannot be named: the device keeps it without a target.
                if known != device.target_release_id {
                    targets.push((device.id.clone(), known));
                }
            }
        }
        let changed = targets.len();
        self.db.settle_restored(FACT, targets, REVISION_GAP, self.now_ms()).await?;
        for device in &devices {
            self.state_target(&device.id).await;
            self.tell_device(&device.id).await;
        }
        self.tell_fleet().await;
        Ok(changed)
    }
}
