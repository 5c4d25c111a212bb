//! Releases: immutable builds, and which groups should run them.

use std::collections::{BTreeMap, BTreeSet};

use pingfeng_release::{BlobHash, Manifest, chunk::ChunkName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    db::entity::release,
    error::{ApiResult, bad_request, conflict, internal, not_found},
    fleet::Device,
    limits::{NOTE_CHARS_MAX, ROWS_MAX},
};

/// A release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Release {
    /// BLAKE3 of its manifest.
    pub id: String,
    /// Exhibition.
    pub exhibition: String,
    /// Title of the exhibition when it was built.
    pub title: String,
    /// Rises with every release of the exhibition.
    pub version: i64,
    /// What is new, in the words of who built it.
    pub note: String,
    /// When it was built.
    pub created_at_ms: i64,
    /// By whom.
    pub created_by: String,
    /// Bytes of all its files.
    pub size_bytes: i64,
    /// How many files.
    pub files: i64,
    /// Groups that should run it.
    pub groups: Vec<String>,
    /// Devices whose target it is.
    pub devices: usize,
    /// Of these, how many run it by their own report.
    pub running: usize,
    /// Why it cannot be taken out; empty: it can.
    pub in_use: Vec<InUse>,
}

/// Somebody needs a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InUse {
    /// `target`: a device should run it; `running`: a device runs it; `group`: new devices of a group get it;
    /// `previous`: a group goes back to it when its last rollout is rolled back.
    pub code: String,
    /// Name of the device or group.
    pub name: String,
}

/// What taking a release out has freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Freed {
    /// Bytes.
    pub size_bytes: u64,
    /// Blobs.
    pub blobs: usize,
}

impl Hub {
    /// Notes a release whose manifest and blobs are all in the store. Nothing about it changes from then on.
    pub async fn add_release(
        &self,
        manifest: &Manifest,
        manifest_bytes: &[u8],
        title: &str,
        note: &str,
        by: &str,
    ) -> ApiResult<Release> {
        let id = BlobHash::of(manifest_bytes);
        if !self.blobs.has(&id, manifest_bytes.len() as u64).await.map_err(internal)? {
            return Err(internal(format!("the manifest of release {id} is not in the store")));
        }
        // Cut it now, so that the first device that asks need not wait; what cannot be cut can be offered to nobody.
        self.wants.shelves.of(&id.0).await.map_err(internal)?;
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let row = release::Model {
            id: id.0,
            exhibition_id: manifest.exhibition.clone(),
            title: title.to_owned(),
            version: number(manifest.version),
            note: note.to_owned(),
            created_at_ms: number(manifest.created_at_ms),
            created_by: by.to_owned(),
            manifest_size_bytes: number(manifest_bytes.len() as u64),
            size_bytes: number(manifest.files.values().map(|file| file.size_bytes).sum()),
            files: number(manifest.files.len() as u64),
        };
        self.db.insert_release(row.clone()).await?;
        let view = self.get_release(&row.id).await?;
        self.live.tell("release", &view);
        Ok(view)
    }

    /// Releases, newest first.
    pub async fn list_releases(&self, exhibition: Option<&str>, limit: Option<u64>) -> ApiResult<Vec<Release>> {
        let rows = self.db.releases(exhibition, limit.unwrap_or(100).min(ROWS_MAX)).await?;
        let devices = self.list_devices().await?;
        let groups = self.db.groups().await?;
        let to_go_back_to = self.releases_to_go_back_to().await?;
        let used = |code: &str, name: &str| InUse { code: code.to_owned(), name: name.to_owned() };
        let group_name = |id: &String| groups.iter().find(|group| group.id == *id).map(|group| group.name.as_str());
        Ok(rows
            .into_iter()
            .map(|row| {
                let runs = |device: &&Device| {
                    let running = device.report.as_ref().and_then(|report| report.running.as_ref());
                    running.is_some_and(|running| running.id == row.id)
                };
                let targeted: Vec<_> = devices
                    .iter()
                    .filter(|device| device.target.release.as_ref().is_some_and(|release| release.id == row.id))
                    .collect();
                let running = targeted.iter().filter(|device| runs(device)).count();
                let mut in_use: Vec<_> = targeted.iter().map(|device| used("target", &device.name)).collect();
                in_use.extend(devices.iter().filter(runs).map(|device| used("running", &device.name)));
                let groups_of = groups.iter().filter(|group| group.release_id.as_deref() == Some(&row.id));
                in_use.extend(groups_of.map(|group| used("group", &group.name)));
                let previous = to_go_back_to.get(&row.id).into_iter().flatten();
                in_use.extend(previous.map(|group| used("previous", group_name(group).unwrap_or(group))));
                let groups = groups
                    .iter()
                    .filter(|group| group.release_id.as_deref() == Some(&row.id))
                    .map(|group| group.id.clone())
                    .collect();
                Release {
                    devices: targeted.len(),
                    running,
                    groups,
                    in_use,
                    id: row.id,
                    exhibition: row.exhibition_id,
                    title: row.title,
                    version: row.version,
                    note: row.note,
                    created_at_ms: row.created_at_ms,
                    created_by: row.created_by,
                    size_bytes: row.size_bytes,
                    files: row.files,
                }
            })
            .collect())
    }

    /// One release.
    pub async fn get_release(&self, id: &str) -> ApiResult<Release> {
        let row = self.db.release(id).await?.ok_or_else(|| not_found("release", id))?;
        let all = self.list_releases(Some(&row.exhibition_id), Some(ROWS_MAX)).await?;
        all.into_iter().find(|release| release.id == id).ok_or_else(|| not_found("release", id))
    }

    /// Takes a release out of the hub, and the blobs that no other release needs. Refused while a device or group needs
    /// it or may have to go back to it.
    pub async fn delete_release(&self, id: &str) -> ApiResult<Freed> {
        // A build relies on blobs that it finds in the store, so none may go while one is at work.
        let Ok(_alone) = self.fleet.collecting.try_write() else {
            return Err(conflict("busy", "a release is being built").hint("wait until it has ended"));
        };
        let _turn = self.fleet.deciding.lock().await;
        let release = self.get_release(id).await?;
        if !release.in_use.is_empty() {
            let uses: Vec<_> = release.in_use.iter().map(|used| format!("{} {}", used.code, used.name)).collect();
            return Err(conflict("in_use", format!("the release is in use: {}", uses.join(", ")))
                .hint("publish another release to them first"));
        }
        let own = self.blobs_of(id).await?;
        // The row first: a blob without a release is only waste, a release without its blobs is a broken promise.
        self.db.delete_release(id).await?;
        let mut needed = BTreeSet::new();
        for other in self.db.releases(None, u64::MAX >> 1).await? {
            needed.extend(self.blobs_of(&other.id).await?.into_keys());
        }
        let mut freed = Freed { size_bytes: 0, blobs: 0 };
        let mut roots = Vec::new();
        for (blob, (size_bytes, root)) in own.into_iter().filter(|(blob, _)| !needed.contains(blob)) {
            self.blobs.delete(&blob).await.map_err(internal)?;
            freed.size_bytes += size_bytes;
            freed.blobs += 1;
            roots.extend(root);
        }
        self.wants.shelves.forget(id, &roots);
        self.live.tell("release_removed", &serde_json::json!({ "id": id }));
        Ok(freed)
    }

    /// The blobs of a release with their sizes and the names of their chunks' trees, its manifest among them.
    async fn blobs_of(&self, id: &str) -> ApiResult<BTreeMap<BlobHash, (u64, Option<ChunkName>)>> {
        let row = self.db.release(id).await?.ok_or_else(|| not_found("release", id))?;
        let size = u64::try_from(row.manifest_size_bytes).unwrap_or(0);
        let bytes = self.blobs.read(id, 0, size).await.map_err(internal)?;
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(internal)?;
        let files = manifest.files.into_values();
        let files = files.map(|file| (file.blob, (file.size_bytes, file.tree.map(|tree| tree.root))));
        Ok(files.chain([(BlobHash(id.to_owned()), (size, None))]).collect())
    }
}

/// A note as it is kept.
pub fn note(typed: &str) -> ApiResult<String> {
    let note = typed.trim();
    if note.chars().count() > NOTE_CHARS_MAX {
        return Err(bad_request("too_long", format!("at most {NOTE_CHARS_MAX} characters")).at("note"));
    }
    Ok(note.to_owned())
}
