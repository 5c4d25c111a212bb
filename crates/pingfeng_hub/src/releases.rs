//! Releases: immutable builds, and which groups should run them.

use pingfeng_release::{BlobHash, Manifest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    db::entity::release,
    error::{ApiResult, bad_request, internal, not_found},
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
        Ok(rows
            .into_iter()
            .map(|row| {
                let targeted: Vec<_> = devices
                    .iter()
                    .filter(|device| device.target.release.as_ref().is_some_and(|release| release.id == row.id))
                    .collect();
                let running = targeted
                    .iter()
                    .filter(|device| {
                        let report = device.report.as_ref();
                        let running = report.and_then(|report| report.running.as_ref());
                        running.is_some_and(|running| running.id == row.id)
                    })
                    .count();
                let groups = groups
                    .iter()
                    .filter(|group| group.release_id.as_deref() == Some(&row.id))
                    .map(|group| group.id.clone())
                    .collect();
                Release {
                    devices: targeted.len(),
                    running,
                    groups,
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

    /// Makes a release the target of groups. Every group is looked up before the first is changed.
    pub async fn publish_release(&self, id: &str, groups: &[String]) -> ApiResult<usize> {
        if groups.is_empty() {
            return Err(bad_request("no_group", "at least one group is needed").at("groups"));
        }
        self.db.release(id).await?.ok_or_else(|| not_found("release", id))?;
        for group in groups {
            self.db.group(group).await?.ok_or_else(|| not_found("group", group))?;
        }
        let mut devices = 0;
        for group in groups {
            devices += self.set_group_target(group, id).await?;
        }
        let view = self.get_release(id).await?;
        self.live.tell("release", &view);
        Ok(devices)
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
