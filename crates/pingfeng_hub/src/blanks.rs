//! Dark screens: an administrator hides what a device, a group, a site or the whole hall shows, and brings it back.
//! It needs no signature, because it says nothing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    db::entity::{blank, device},
    error::{ApiResult, conflict, not_found},
    limits::BLANKS_MAX,
};

/// What an entry of darkness is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One device.
    Device,
    /// Every device of a group.
    Group,
    /// Every device of a site.
    Site,
    /// Every device of this hub; its object is `hub`.
    Hub,
}

impl Scope {
    fn word(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Group => "group",
            Self::Site => "site",
            Self::Hub => "hub",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "device" => Self::Device,
            "group" => Self::Group,
            "site" => Self::Site,
            _ => Self::Hub,
        }
    }

    fn covers(self, object: &str, device: &device::Model) -> bool {
        match self {
            Self::Device => device.id == object,
            Self::Group => device.group_id == object,
            Self::Site => device.site_id == object,
            Self::Hub => true,
        }
    }
}

/// Something that is dark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Blank {
    /// What kind of thing.
    pub scope: Scope,
    /// Its id; `hub` for everything.
    pub id: String,
    /// Its name; empty for everything.
    pub name: String,
    /// Since when, hub clock.
    pub at_ms: i64,
    /// By whom.
    pub by: String,
}

impl Blank {
    /// True if it makes this device dark.
    pub(crate) fn covers(&self, device: &device::Model) -> bool {
        self.scope.covers(&self.id, device)
    }
}

impl Hub {
    /// What is dark, oldest first.
    pub async fn list_blanks(&self) -> ApiResult<Vec<Blank>> {
        let rows = self.db.blanks().await?;
        self.named_blanks(&rows).await
    }

    /// Makes something dark. What is dark already stays so, with its first time and name. Returns how many devices.
    pub async fn set_blank(&self, scope: Scope, id: &str, by: &str) -> ApiResult<usize> {
        let devices = self.covered(scope, id).await?;
        if self.db.count_blanks().await? >= BLANKS_MAX {
            return Err(
                conflict("too_many", format!("{BLANKS_MAX} things are dark")).hint("make a group or site dark instead")
            );
        }
        let row = blank::Model {
            scope: scope.word().to_owned(),
            object_id: id.to_owned(),
            at_ms: self.now_ms(),
            actor: by.to_owned(),
        };
        self.db.insert_blank(row).await?;
        self.darkness_changed(devices).await
    }

    /// Takes darkness back. A device that another entry covers stays dark. Returns how many devices it was about.
    pub async fn lift_blank(&self, scope: Scope, id: &str) -> ApiResult<usize> {
        if !self.db.delete_blank(scope.word(), id).await? {
            return Err(not_found("dark screen", id));
        }
        // What was dark may be gone by now; its entry had to be removable all the same.
        let devices = self.covered(scope, id).await.unwrap_or_default();
        self.darkness_changed(devices).await
    }

    /// The entries that cover a device.
    pub(crate) async fn blanks_of(&self, device: &device::Model) -> ApiResult<Vec<blank::Model>> {
        let rows = self.db.blanks().await?;
        Ok(rows.into_iter().filter(|row| Scope::of(&row.scope).covers(&row.object_id, device)).collect())
    }

    /// Entries with the names that people know.
    pub(crate) async fn named_blanks(&self, rows: &[blank::Model]) -> ApiResult<Vec<Blank>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let (sites, groups) = (self.db.sites().await?, self.db.groups().await?);
        let mut named = Vec::with_capacity(rows.len());
        for row in rows {
            let scope = Scope::of(&row.scope);
            let name = match scope {
                Scope::Device => self.db.device(&row.object_id).await?.map(|device| device.name),
                Scope::Group => groups.iter().find(|group| group.id == row.object_id).map(|group| group.name.clone()),
                Scope::Site => sites.iter().find(|site| site.id == row.object_id).map(|site| site.name.clone()),
                Scope::Hub => None,
            };
            named.push(Blank {
                scope,
                id: row.object_id.clone(),
                name: name.unwrap_or_default(),
                at_ms: row.at_ms,
                by: row.actor.clone(),
            });
        }
        Ok(named)
    }

    async fn covered(&self, scope: Scope, id: &str) -> ApiResult<Vec<String>> {
        let exists = match scope {
            Scope::Device => self.db.device(id).await?.is_some(),
            Scope::Group => self.db.group(id).await?.is_some(),
            Scope::Site => self.db.sites().await?.iter().any(|site| site.id == id),
            Scope::Hub => id == "hub",
        };
        if !exists {
            return Err(not_found(scope.word(), id));
        }
        let devices = self.db.devices().await?.into_iter();
        Ok(devices.filter(|device| scope.covers(id, device)).map(|device| device.id).collect())
    }

    async fn darkness_changed(&self, devices: Vec<String>) -> ApiResult<usize> {
        let count = devices.len();
        self.state_again(devices).await?;
        self.tell_fleet().await;
        Ok(count)
    }
}
