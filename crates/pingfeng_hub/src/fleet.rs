//! The fleet: sites, groups and devices, what they should run, what they say, and orders to them.

use std::{
    cmp::Ordering,
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicI64},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use pingfeng_wire::{
    Command, Order, Outcome, Progress, Receipt, Report,
    limits::PICTURE_BYTES_MAX,
    topic::{self, DeviceTopic},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    blanks::Blank,
    broker::Down,
    db::entity::{device, group, order, release, site},
    delivery::DeliveryRules,
    disk::{self, Readers},
    error::{ApiResult, bad_request, conflict, internal, not_found},
    limits::{NAME_CHARS_MAX, OFFLINE_AFTER_MS, ORDER_EXPIRY_MS},
    routes::schema,
    status::{self, Known, Status, Why},
};

/// Which devices are connected, by the broker's word. Lost with the process, and rebuilt as devices come back.
#[derive(Debug, Default)]
pub struct Fleet {
    online: Mutex<HashMap<String, i64>>,
    /// Held while a target is looked up and stated.
    pub(crate) stating: tokio::sync::Mutex<()>,
    /// Held while a rollout is looked at and its decision carried out.
    pub(crate) deciding: tokio::sync::Mutex<()>,
    /// Whether each device was told last that others fetch the same.
    pub(crate) together: Mutex<HashMap<String, bool>>,
    /// When another hub was last noticed at the external broker; 0: never.
    pub(crate) rival_at_ms: AtomicI64,
    /// Read while a release is built, written while blobs are removed: a build relies on blobs that it finds.
    pub(crate) collecting: tokio::sync::RwLock<()>,
}

impl Fleet {
    fn set(&self, device: &str, online: bool, now_ms: i64) {
        let mut map = self.online.lock().unwrap_or_else(PoisonError::into_inner);
        if online { map.insert(device.to_owned(), now_ms) } else { map.remove(device) };
    }

    /// True if the device is connected.
    pub fn is_online(&self, device: &str) -> bool {
        self.online.lock().unwrap_or_else(PoisonError::into_inner).contains_key(device)
    }
}

/// An id and the name that people gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Named {
    /// ASCII id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A group of devices and what it should run.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Group {
    /// ASCII id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Devices in it.
    pub devices: usize,
    /// The release that its devices should run; while a rollout has not reached everybody, the one before.
    pub release: Option<ReleaseName>,
    /// How releases may come.
    pub delivery: DeliveryRules,
    /// When it was made.
    pub created_at_ms: i64,
}

/// Names a release to people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseName {
    /// BLAKE3 of its manifest.
    pub id: String,
    /// Exhibition.
    pub exhibition: String,
    /// Version.
    pub version: i64,
}

/// What a device should run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceTarget {
    /// The release; none: keep what is there.
    pub release: Option<ReleaseName>,
    /// Rises with every change.
    pub revision: i64,
    /// When it was set, hub clock.
    pub at_ms: i64,
}

/// A device with everything that the console shows in a row.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// Device id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where it stands.
    pub site: Named,
    /// With whom it is managed.
    pub group: Named,
    /// One word.
    pub status: Status,
    /// Why: first what is on the glass, then what stops it.
    pub why: Vec<Why>,
    /// Connected at this moment.
    pub connected: bool,
    /// Last heard of, hub clock.
    pub seen_at_ms: Option<i64>,
    /// What it should run.
    pub target: DeviceTarget,
    /// What it said last.
    #[schema(schema_with = schema::report)]
    pub report: Option<Report>,
    /// When it said so, hub clock.
    pub report_at_ms: Option<i64>,
    /// How far its clock was ahead of the hub's at its last report.
    pub clock_ahead_ms: Option<i64>,
    /// When its last picture came; `GET …/picture` has it.
    pub picture_at_ms: Option<i64>,
    /// Why its glass should be dark: an entry for itself, its group, its site or everything.
    pub blanks: Vec<Blank>,
    /// Records that were refused for good.
    pub refused_records: u64,
    /// Host name at enrolment.
    pub host: String,
    /// Program version.
    pub program: String,
    /// When it was enrolled.
    pub created_at_ms: i64,
    /// Until when its certificate is good.
    pub certificate_expires_at_ms: i64,
}

/// An order and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderView {
    /// Order id.
    pub id: String,
    /// What.
    #[schema(schema_with = schema::order)]
    pub order: Order,
    /// By whom.
    pub created_by: String,
    /// When.
    pub created_at_ms: i64,
    /// Not to be acted on later.
    pub expires_at_ms: i64,
    /// What the device said; none: nothing yet.
    #[schema(schema_with = schema::outcome)]
    pub outcome: Option<Outcome>,
    /// When it said so, hub clock.
    pub outcome_at_ms: Option<i64>,
}

impl Hub {
    /// Makes the broker's list of devices from the database.
    pub async fn load_directory(&self) -> ApiResult<()> {
        for row in self.db.devices().await? {
            self.admit(&row).await?;
        }
        Ok(())
    }

    /// Every device.
    pub async fn list_devices(&self) -> ApiResult<Vec<Device>> {
        let rows = self.db.devices().await?;
        self.views(rows).await
    }

    /// One device.
    pub async fn get_device(&self, id: &str) -> ApiResult<Device> {
        let row = self.db.device(id).await?.ok_or_else(|| not_found("device", id))?;
        let mut views = self.views(vec![row]).await?;
        views.pop().ok_or_else(|| not_found("device", id))
    }

    /// Renames a device or moves it. Its permissions and its target follow at once.
    pub async fn change_device(
        &self,
        id: &str,
        name: Option<&str>,
        site: Option<&str>,
        group: Option<&str>,
    ) -> ApiResult<Device> {
        let name = name.map(|name| text("name", name)).transpose()?;
        let site = match site {
            Some(site) => Some(self.site_called(site).await?),
            None => None,
        };
        let group = match group {
            Some(group) => Some(self.group_called(group).await?),
            None => None,
        };
        let site = site.map(|site| site.id);
        let row = self
            .db
            .change_device(id, name.as_deref(), site.as_deref(), group.as_ref(), self.now_ms())
            .await?
            .ok_or_else(|| not_found("device", id))?;
        self.admit(&row).await?;
        self.state_target(&row.id).await;
        let view = self.get_device(id).await?;
        self.live.tell("device", &view);
        Ok(view)
    }

    /// Takes a device out: its certificate is worthless from this moment.
    pub async fn delete_device(&self, id: &str) -> ApiResult<()> {
        let row = self.db.device(id).await?;
        if !self.db.delete_device(id).await? {
            return Err(not_found("device", id));
        }
        self.db.revoke_certificates(id, self.now_ms()).await?;
        self.directory.remove(id);
        self.disconnect(id).await;
        self.db.delete_blank("device", id).await?;
        self.fleet.set(id, false, self.now_ms());
        // What was retained for it would otherwise wait for a device that takes the id again.
        self.send(Down {
            topic: topic::device(id, DeviceTopic::Target),
            payload: bytes::Bytes::new(),
            retained: true,
            assured: true,
            expires_s: None,
        })
        .await;
        if let Some(row) = row {
            self.renew_site_key(&row.site_id).await?;
        }
        self.live.tell("device_removed", &serde_json::json!({ "id": id }));
        Ok(())
    }

    /// Every site.
    pub async fn list_sites(&self) -> ApiResult<Vec<Named>> {
        let rows = self.db.sites().await?;
        Ok(rows.into_iter().map(|row| Named { id: row.id, name: row.name }).collect())
    }

    /// Every group.
    pub async fn list_groups(&self) -> ApiResult<Vec<Group>> {
        let devices = self.db.devices().await?;
        let mut groups = Vec::new();
        for row in self.db.groups().await? {
            let release = match &row.release_id {
                Some(id) => self.db.release(id).await?.as_ref().map(name_of),
                None => None,
            };
            let devices = devices.iter().filter(|device| device.group_id == row.id).count();
            let delivery = DeliveryRules::of(&row);
            groups.push(Group {
                id: row.id,
                name: row.name,
                devices,
                release,
                delivery,
                created_at_ms: row.created_at_ms,
            });
        }
        Ok(groups)
    }

    /// The site of that id or name; made if there is none.
    pub async fn site_called(&self, called: &str) -> ApiResult<site::Model> {
        let called = text("site", called)?;
        let found = self.db.sites().await?.into_iter().find(|site| site.id == called || site.name == called);
        if let Some(site) = found {
            return Ok(site);
        }
        let site = site::Model { id: id_for("site", &called), name: called, created_at_ms: self.now_ms() };
        self.db.insert_site(site.clone()).await?;
        Ok(site)
    }

    /// The group of that id or name; made if there is none.
    pub async fn group_called(&self, called: &str) -> ApiResult<group::Model> {
        let called = text("group", called)?;
        let found = self.db.groups().await?.into_iter().find(|group| group.id == called || group.name == called);
        if let Some(group) = found {
            return Ok(group);
        }
        let group = group::Model {
            id: id_for("group", &called),
            name: called,
            release_id: None,
            created_at_ms: self.now_ms(),
            delivery_json: None,
        };
        self.db.insert_group(group.clone()).await?;
        Ok(group)
    }

    /// Sends JSON with delivery at least once.
    pub async fn send_json(&self, topic: String, payload: &impl Serialize, retained: bool, expires_s: Option<u32>) {
        match serde_json::to_vec(payload) {
            Ok(payload) => {
                self.send(Down { topic, payload: payload.into(), retained, assured: true, expires_s }).await;
            }
            Err(error) => tracing::error!(%error, topic, "message not sent"),
        }
    }

    /// A device connected or went away.
    pub async fn take_presence(self: &Arc<Self>, id: &str, online: bool) -> ApiResult<()> {
        let now_ms = self.now_ms();
        let Some(row) = self.db.device(id).await? else { return Ok(()) };
        if online {
            self.note_certificate(&row).await?;
        }
        self.fleet.set(id, online, now_ms);
        self.db.store_seen(id, now_ms).await?;
        tracing::info!(device.id = %id, online, "device");
        if online {
            self.state_target(id).await;
        } else {
            // Its word changes to offline by time alone, so the consoles are told when that time has come.
            let hub = self.clone();
            let id = id.to_owned();
            self.tasks.spawn(async move {
                let wait = std::time::Duration::from_millis(OFFLINE_AFTER_MS.unsigned_abs() + 200);
                tokio::select! {
                    () = hub.stop.cancelled() => {}
                    () = tokio::time::sleep(wait) => hub.tell_device(&id).await,
                }
            });
        }
        self.tell_device(id).await;
        Ok(())
    }

    /// A device says what it runs.
    pub async fn take_report(&self, id: &str, report: Report) -> ApiResult<()> {
        let now_ms = self.now_ms();
        let Some(row) = self.db.device(id).await? else { return Ok(()) };
        self.note_certificate_end(id, report.certificate_until_ms).await?;
        let before = row.report_json.as_deref().and_then(|json| serde_json::from_str::<Report>(json).ok());
        let same = before.as_ref().is_some_and(|before| {
            std::mem::discriminant(&before.progress) == std::mem::discriminant(&report.progress)
                && before.target_revision == report.target_revision
        });
        let since_ms = row.progress_since_ms.filter(|_| same).unwrap_or(now_ms);
        if let Progress::Failed { code, .. } = &report.progress
            && !same
        {
            tracing::warn!(device.id = %id, code, "device could not take its target up");
        }
        let json = serde_json::to_string(&report).map_err(internal)?;
        self.db.store_report(id, &json, &report.program, since_ms, now_ms).await?;
        match i64::try_from(report.target_revision).unwrap_or(i64::MAX).cmp(&row.target_revision) {
            // It has not heard of the newest target, or this report crossed it on the way.
            Ordering::Less => self.state_target(id).await,
            Ordering::Equal => {}
            Ordering::Greater => self.note_later_revision(id, report.target_revision).await?,
        }
        self.tell_device(id).await;
        if before.as_ref().is_none_or(|before| matters(before) != matters(&report)) {
            self.consider_rollouts(Some(&row.group_id)).await?;
        }
        Ok(())
    }

    /// A device says what became of an order.
    pub async fn take_receipt(&self, id: &str, receipt: Receipt) -> ApiResult<()> {
        let now_ms = self.now_ms();
        let outcome = serde_json::to_string(&receipt.outcome).map_err(internal)?;
        if !self.db.store_outcome(&receipt.id, id, &outcome, now_ms).await? {
            tracing::warn!(device.id = %id, "a receipt for an order that this device was not given");
            return Ok(());
        }
        if let Some(picture) = &receipt.picture_jpeg_base64 {
            match STANDARD.decode(picture) {
                // Only looked at, never decoded: the console's browser does that.
                Ok(jpeg) if jpeg.len() <= PICTURE_BYTES_MAX && jpeg.starts_with(&[0xff, 0xd8, 0xff]) => {
                    let path = self.picture_path(id);
                    tokio::task::spawn_blocking(move || disk::write(&path, &jpeg, Readers::Owner))
                        .await
                        .map_err(internal)?
                        .map_err(internal)?;
                    self.db.store_picture_time(id, now_ms).await?;
                }
                _ => tracing::warn!(device.id = %id, "a picture that is no JPEG or too large was dropped"),
            }
        }
        self.tell_device(id).await;
        Ok(())
    }

    /// Where the last picture of a device is.
    pub fn picture_path(&self, id: &str) -> PathBuf {
        self.config.data.join("pictures").join(format!("{id}.jpg"))
    }

    /// Sends an order to a device that is connected. Returns its id.
    pub async fn order(&self, id: &str, order: Order, by: &str) -> ApiResult<String> {
        self.db.device(id).await?.ok_or_else(|| not_found("device", id))?;
        if !self.fleet.is_online(id) {
            return Err(conflict("offline", "the device is not connected").hint("try again when it is online"));
        }
        let now_ms = self.now_ms();
        let command = Command {
            v: pingfeng_wire::VERSION,
            id: crate::new_id(now_ms),
            expires_at_ms: u64::try_from(now_ms + ORDER_EXPIRY_MS).unwrap_or(0),
            order,
        };
        self.db
            .insert_order(order::Model {
                id: command.id.clone(),
                device_id: id.to_owned(),
                order_json: serde_json::to_string(&command.order).map_err(internal)?,
                created_at_ms: now_ms,
                created_by: by.to_owned(),
                expires_at_ms: now_ms + ORDER_EXPIRY_MS,
                outcome_json: None,
                outcome_at_ms: None,
            })
            .await?;
        let seconds = u32::try_from(ORDER_EXPIRY_MS / 1000).unwrap_or(60);
        self.send_json(topic::device(id, DeviceTopic::Cmd), &command, false, Some(seconds)).await;
        Ok(command.id)
    }

    /// The newest orders of a device.
    pub async fn list_orders(&self, id: &str) -> ApiResult<Vec<OrderView>> {
        self.db.device(id).await?.ok_or_else(|| not_found("device", id))?;
        let rows = self.db.orders(id, 50).await?;
        rows.into_iter()
            .map(|row| {
                Ok(OrderView {
                    order: serde_json::from_str(&row.order_json).map_err(internal)?,
                    outcome: row.outcome_json.as_deref().and_then(|json| serde_json::from_str(json).ok()),
                    id: row.id,
                    created_by: row.created_by,
                    created_at_ms: row.created_at_ms,
                    expires_at_ms: row.expires_at_ms,
                    outcome_at_ms: row.outcome_at_ms,
                })
            })
            .collect()
    }

    /// Tells the consoles how a device is now.
    pub async fn tell_device(&self, id: &str) {
        match self.get_device(id).await {
            Ok(view) => self.live.tell("device", &view),
            // Taken out in the meantime.
            Err(error) if error.status() == axum::http::StatusCode::NOT_FOUND => {}
            Err(_) => tracing::warn!(device.id = %id, "consoles were not told of a change"),
        }
    }

    async fn views(&self, rows: Vec<device::Model>) -> ApiResult<Vec<Device>> {
        let sites: HashMap<_, _> = self.db.sites().await?.into_iter().map(|row| (row.id, row.name)).collect();
        let groups: HashMap<_, _> = self.db.groups().await?.into_iter().map(|row| (row.id, row.name)).collect();
        let blanks = self.list_blanks().await?;
        let mut releases = HashMap::new();
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            let release = match &row.target_release_id {
                Some(id) => {
                    if !releases.contains_key(id) {
                        releases.insert(id.clone(), self.db.release(id).await?);
                    }
                    releases.get(id).and_then(Option::as_ref)
                }
                None => None,
            };
            let refused_records = self.db.refused_of(&row.id).await?;
            let blanks = blanks.iter().filter(|blank| blank.covers(&row)).cloned().collect();
            views.push(self.view(row, release, &sites, &groups, refused_records, blanks));
        }
        Ok(views)
    }

    fn view(
        &self,
        row: device::Model,
        release: Option<&release::Model>,
        sites: &HashMap<String, String>,
        groups: &HashMap<String, String>,
        refused_records: u64,
        blanks: Vec<Blank>,
    ) -> Device {
        let report = row.report_json.as_deref().and_then(|json| serde_json::from_str::<Report>(json).ok());
        let connected = self.fleet.is_online(&row.id);
        let known = Known {
            connected,
            seen_at_ms: row.seen_at_ms,
            report: report.as_ref(),
            progress_since_ms: row.progress_since_ms,
            target: row.target_release_id.as_deref(),
            target_version: release.map(|release| release.version),
            target_at_ms: row.target_at_ms,
            refused_records,
        };
        let (status, why) = status::judge(&known, self.now_ms());
        let clock_ahead_ms = report
            .as_ref()
            .zip(row.report_at_ms)
            .and_then(|(report, at)| Some(i64::try_from(report.at_ms).ok()?.saturating_sub(at)));
        let named = |id: String, names: &HashMap<String, String>| Named {
            name: names.get(&id).cloned().unwrap_or_else(|| id.clone()),
            id,
        };
        Device {
            id: row.id,
            name: row.name,
            site: named(row.site_id, sites),
            group: named(row.group_id, groups),
            status,
            why,
            connected,
            seen_at_ms: row.seen_at_ms,
            target: DeviceTarget {
                release: release.map(name_of),
                revision: row.target_revision,
                at_ms: row.target_at_ms,
            },
            report,
            report_at_ms: row.report_at_ms,
            clock_ahead_ms,
            picture_at_ms: row.picture_at_ms,
            blanks,
            refused_records,
            host: row.host,
            program: row.program,
            created_at_ms: row.created_at_ms,
            certificate_expires_at_ms: row.certificate_expires_at_ms,
        }
    }
}

/// What a rollout looks at in a report; everything else changes too often to look each time.
fn matters(report: &Report) -> (Option<&str>, std::mem::Discriminant<Progress>, Option<&str>, u64) {
    let code = match &report.progress {
        Progress::Failed { code, .. } => Some(code.as_str()),
        _ => None,
    };
    let running = report.running.as_ref().map(|running| running.id.as_str());
    (running, std::mem::discriminant(&report.progress), code, report.target_revision)
}

/// Names a release to people.
pub fn name_of(row: &release::Model) -> ReleaseName {
    ReleaseName { id: row.id.clone(), exhibition: row.exhibition_id.clone(), version: row.version }
}

/// A name or note that a person typed, without blanks around it and control characters, within the limit.
pub fn text(field: &str, value: &str) -> ApiResult<String> {
    let value = value.trim();
    if value.is_empty() || value.chars().count() > NAME_CHARS_MAX || value.chars().any(char::is_control) {
        return Err(bad_request("invalid_text", format!("1 to {NAME_CHARS_MAX} characters are needed")).at(field));
    }
    Ok(value.to_owned())
}

/// What is typed if it can be an id, else a made-up one.
fn id_for(kind: &str, called: &str) -> String {
    if topic::id_is_valid(called) { called.to_owned() } else { format!("{kind}-{}", short_id()) }
}

/// Eight letters and digits that are hard to confuse.
pub fn short_id() -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    rand::random::<[u8; 8]>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}
