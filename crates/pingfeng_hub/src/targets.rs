//! What each device is told to run and how: one message, made afresh from the database each time.

use std::{
    collections::{BTreeSet, HashMap},
    sync::PoisonError,
};

use pingfeng_wire::{
    Activation, Delivery, Offer, ReleaseRef, Report, Target,
    topic::{self, DeviceTopic},
};
use sea_orm::DbErr;

use crate::{
    Hub,
    db::entity::{device, release},
    delivery::DeliveryRules,
    error::{ApiResult, internal},
    rollout::{self, State},
};

impl Hub {
    /// States the target of every device again, because a broker may have lost everything.
    pub async fn state_all_targets(&self) -> Result<(), DbErr> {
        for device in self.db.devices().await? {
            self.state_target(&device.id).await;
        }
        Ok(())
    }

    /// Something that devices are told besides their release has changed: each is told under its next revision.
    pub async fn state_again(&self, ids: Vec<String>) -> ApiResult<()> {
        self.db.raise_devices(&ids).await?;
        for id in &ids {
            self.state_target(id).await;
        }
        self.tell_devices(&ids).await;
        Ok(())
    }

    /// States a device's target as it stands now. What cannot be looked up is logged, and stated at the next occasion.
    ///
    /// One after another, each from a fresh row: the broker keeps the last word, so a word that was overtaken on its way
    /// would hide a newer target from every device that subscribes later.
    pub async fn state_target(&self, id: &str) {
        let _turn = self.fleet.stating.lock().await;
        if let Err(error) = self.state_target_now(id).await {
            tracing::error!(code = error.detail().code, device.id = %id, "target not stated");
        }
    }

    async fn state_target_now(&self, id: &str) -> ApiResult<()> {
        let Some(device) = self.db.device(id).await? else { return Ok(()) };
        // A hub that was restored from a backup does not know what it said last: devices keep what they have.
        let held = self.restored().await?.is_some();
        let release = match &device.target_release_id {
            Some(release) if !held => self.db.release(release).await?,
            _ => None,
        };
        let site = self.db.sites().await?.into_iter().find(|site| site.id == device.site_id).map(|site| site.name);
        let (delivery, activation) = match &release {
            Some(release) => self.ways(&device, release).await?,
            None => Default::default(),
        };
        let signed = self.trust_of_target(&device, release.as_ref()).await?;
        let release = match release {
            Some(release) => self.offer(release, signed.approval).await,
            None => None,
        };
        let target = Target {
            v: pingfeng_wire::VERSION,
            revision: u64::try_from(device.target_revision).unwrap_or(0),
            release,
            site: site.unwrap_or_default(),
            delivery,
            activation,
            blank: !self.blanks_of(&device).await?.is_empty(),
            notice: signed.notice,
            trust: signed.trust,
        };
        self.fleet.note_together(id, target.delivery.together);
        self.send_json(topic::device(&device.id, DeviceTopic::Target), &target, true, None).await;
        Ok(())
    }

    /// A release as a device is offered it. One whose pieces the hub itself has lost is offered to nobody.
    async fn offer(&self, release: release::Model, approval: Option<String>) -> Option<Offer> {
        let tree = match self.wants.shelves.of(&release.id).await {
            Ok(shelf) => shelf.manifest_tree,
            Err(error) => {
                tracing::error!(%error, release.id = %release.id, "a release cannot be offered");
                return None;
            }
        };
        Some(Offer {
            release: ReleaseRef {
                id: release.id,
                exhibition: release.exhibition_id,
                version: u64::try_from(release.version).unwrap_or(0),
                manifest_size_bytes: u64::try_from(release.manifest_size_bytes).unwrap_or(0),
            },
            manifest_root: tree.root.to_string(),
            manifest_depth: tree.depth,
            approval,
        })
    }

    /// How a release may come to a device, and when it may be shown: the rules of its group, and of the rollout that
    /// told it.
    async fn ways(&self, device: &device::Model, release: &release::Model) -> ApiResult<(Delivery, Activation)> {
        let group = self.db.group(&device.group_id).await?;
        let rules = group.as_ref().map(DeliveryRules::of).unwrap_or_default();
        let mut delivery = rules.on_the_wire();
        if rules.neighbours {
            delivery.neighbours = Some(self.neighbours_of(&device.site_id).await?);
        }
        let mut activation = Activation::BetweenVisits;
        if let Some(row) = self.db.telling_rollout(&device.id, &release.id).await? {
            let machine: rollout::Rollout = serde_json::from_str(&row.machine_json).map_err(internal)?;
            delivery.paused |= machine.state == State::Paused && !runs(device, &release.id);
            if let Some(local) = machine.plan.activate_at {
                activation = Activation::At { local };
            }
        }
        delivery.together = !runs(device, &release.id) && {
            let beside = self.db.devices_of_site_with_target(&device.site_id, &release.id).await?;
            // Two are enough to know, and reading every report of a large site is not.
            beside.iter().filter(|device| !runs(device, &release.id)).take(2).count() == 2
        };
        // What several devices fetch travels once over the broker, and once for each over HTTPS.
        if !delivery.together {
            delivery.https = self.https_way(&device.id, &release.id).await?;
        }
        Ok((delivery, activation))
    }

    /// Devices that began to fetch alone and now have company at their site are told so, or every piece would travel
    /// once for each of them.
    pub(crate) async fn state_company(&self, told: &[String], release: &str) -> ApiResult<()> {
        let mut sites = BTreeSet::new();
        for id in told {
            sites.extend(self.db.device(id).await?.map(|device| device.site_id));
        }
        let mut alone = Vec::new();
        for site in sites {
            let fetching = self.db.devices_of_site_with_target(&site, release).await?;
            let fetching: Vec<_> = fetching.into_iter().filter(|device| !runs(device, release)).collect();
            if fetching.len() >= 2 {
                alone.extend(fetching.into_iter().map(|device| device.id).filter(|id| self.fleet.is_told_alone(id)));
            }
        }
        if alone.is_empty() { Ok(()) } else { self.state_again(alone).await }
    }

    /// Tells the consoles how these devices are now.
    pub(crate) async fn tell_devices(&self, ids: &[String]) {
        for id in ids {
            self.tell_device(id).await;
        }
    }
}

impl crate::fleet::Fleet {
    fn note_together(&self, id: &str, together: bool) {
        self.together().insert(id.to_owned(), together);
    }

    /// True if the last word to this device, by this run of the hub, was that it fetches alone.
    fn is_told_alone(&self, id: &str) -> bool {
        self.together().get(id) == Some(&false)
    }

    fn together(&self) -> std::sync::MutexGuard<'_, HashMap<String, bool>> {
        self.together.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last report of a device, if it can be read.
pub(crate) fn report_of(device: &device::Model) -> Option<Report> {
    device.report_json.as_deref().and_then(|json| serde_json::from_str(json).ok())
}

/// True if a device said that this release is on its glass.
fn runs(device: &device::Model, release: &str) -> bool {
    report_of(device).and_then(|report| report.running).is_some_and(|running| running.id == release)
}
