//! Drafts: one folder per exhibition, `exhibitions/<id>/draft`, that the console edits and an upload replaces.
//!
//! Files are replaced by rename and never changed in place, so a build works on a snapshot of hard links
//! (`exhibitions/<id>/snapshot`) that is made in an instant and does not move while editors go on. Every text that a
//! document has had is kept in the database.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use pingfeng_content::{Finding, Findings, Lang, Severity, Text, compile};
use pingfeng_release::ExhibitionFolder;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedMutexGuard;
use utoipa::ToSchema;

use crate::{
    Hub,
    db::entity::document_version,
    disk::{self, Readers},
    error::{ApiError, ApiResult, bad_request, internal, not_found},
    fleet::{ReleaseName, name_of},
    limits::{DOCUMENT_BYTES_MAX, DOCUMENT_VERSIONS_MAX, FINDINGS_MAX},
};

/// One writer at a time for each exhibition.
#[derive(Debug, Default)]
pub struct DraftLocks(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl DraftLocks {
    pub(crate) async fn lock(&self, exhibition: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            locks.entry(exhibition.to_owned()).or_default().clone()
        };
        lock.lock_owned().await
    }
}

/// A text in both languages of the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TwoTexts {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl From<&Text> for TwoTexts {
    fn from(text: &Text) -> Self {
        Self { zh: text.zh.clone(), en: text.get(Lang::En).to_owned() }
    }
}

/// Something that the check found, at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingView {
    /// `error` stops a release; `warning` and `note` do not.
    pub severity: String,
    /// Stable name.
    pub code: String,
    /// Path in the exhibition.
    pub file: String,
    /// From 1; 0: the file as a whole.
    pub line: u32,
    /// In characters from 1.
    pub column: u32,
    /// Characters that it is about.
    pub width: u32,
    /// Where in the document: `events[3].sources[0]`.
    pub path: String,
    /// What is wrong.
    pub message: TwoTexts,
    /// What to do about it.
    pub hint: Option<TwoTexts>,
    /// The line as it stands in the document.
    pub source: Option<String>,
}

/// An exhibition's draft.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Exhibition {
    /// Id.
    pub id: String,
    /// Title in the draft.
    pub title: String,
    /// When it was first uploaded.
    pub created_at_ms: i64,
    /// When the draft was changed last.
    pub changed_at_ms: i64,
    /// Its newest release.
    pub release: Option<ReleaseName>,
}

/// An exhibition's draft with what the check says about it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExhibitionDetail {
    /// The draft.
    #[serde(flatten)]
    pub exhibition: Exhibition,
    /// Documents.
    pub documents: usize,
    /// Other files.
    pub files: usize,
    /// Bytes of those.
    pub files_size_bytes: u64,
    /// What the check of the documents found. Pictures and films are looked into when a release is built.
    pub findings: Vec<FindingView>,
}

/// A document in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Document {
    /// Path in the exhibition.
    pub path: String,
    /// `scenes/home.yaml` says `kind: home`.
    pub kind: Option<String>,
    /// Changes with every change.
    pub etag: String,
    /// Bytes.
    pub size_bytes: usize,
}

/// A document was saved.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Saved {
    /// Of the new text.
    pub etag: String,
    /// What the check of all documents says now.
    pub findings: Vec<FindingView>,
}

/// A text that a document had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Version {
    /// Rises with every change.
    pub seq: i64,
    /// Of that text.
    pub etag: String,
    /// When.
    pub created_at_ms: i64,
    /// By whom.
    pub created_by: String,
    /// Bytes.
    pub size_bytes: usize,
}

/// What a save expects to replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The text of this etag.
    Etag(String),
    /// Nothing: the document is new.
    Absent,
}

impl Hub {
    /// Where an exhibition is. The id has been checked.
    pub(crate) fn exhibition_folder(&self, id: &str) -> PathBuf {
        self.config.data.join("exhibitions").join(id)
    }

    /// Where its draft is.
    pub(crate) fn draft_folder(&self, id: &str) -> PathBuf {
        self.exhibition_folder(id).join("draft")
    }

    /// Finishes what a kill interrupted while a draft was being replaced: a draft that was moved aside and has no
    /// successor comes back.
    pub fn recover_drafts(&self) -> io::Result<()> {
        let all = self.config.data.join("exhibitions");
        fs::create_dir_all(&all)?;
        for entry in fs::read_dir(&all)? {
            let folder = entry?.path();
            let (draft, old) = (folder.join("draft"), folder.join("old"));
            if old.is_dir() {
                if draft.exists() { fs::remove_dir_all(&old)? } else { fs::rename(&old, &draft)? }
                disk::sync_folder(&folder)?;
            }
        }
        Ok(())
    }

    /// Every exhibition.
    pub async fn list_exhibitions(&self) -> ApiResult<Vec<Exhibition>> {
        let mut list = Vec::new();
        for row in self.db.exhibitions().await? {
            let newest = self.db.releases(Some(&row.id), 1).await?;
            list.push(Exhibition {
                release: newest.first().map(name_of),
                id: row.id,
                title: row.title,
                created_at_ms: row.created_at_ms,
                changed_at_ms: row.changed_at_ms,
            });
        }
        Ok(list)
    }

    /// One exhibition, checked.
    pub async fn get_exhibition(&self, id: &str) -> ApiResult<ExhibitionDetail> {
        let list = self.list_exhibitions().await?;
        let exhibition = list.into_iter().find(|row| row.id == id).ok_or_else(|| not_found("exhibition", id))?;
        let _lock = self.jobs.drafts.lock(id).await;
        let folder = self.draft_folder(id);
        blocking(move || {
            let folder = read_folder(&folder)?;
            Ok(ExhibitionDetail {
                exhibition,
                documents: folder.documents.len(),
                files: folder.files.len(),
                files_size_bytes: folder.files.values().sum(),
                findings: check_documents(&folder),
            })
        })
        .await
    }

    /// Its documents.
    pub async fn list_documents(&self, id: &str) -> ApiResult<Vec<Document>> {
        self.db.exhibition(id).await?.ok_or_else(|| not_found("exhibition", id))?;
        let _lock = self.jobs.drafts.lock(id).await;
        let folder = self.draft_folder(id);
        blocking(move || {
            let folder = read_folder(&folder)?;
            Ok(folder
                .documents
                .into_iter()
                .map(|(path, bytes)| Document {
                    kind: top_value(&bytes, "kind"),
                    etag: etag_of(&bytes),
                    size_bytes: bytes.len(),
                    path,
                })
                .collect())
        })
        .await
    }

    /// A document's text, as it is or as it was.
    pub async fn get_document(&self, id: &str, path: &str, seq: Option<i64>) -> ApiResult<(String, Vec<u8>)> {
        self.db.exhibition(id).await?.ok_or_else(|| not_found("exhibition", id))?;
        check_document_path(path)?;
        if let Some(seq) = seq {
            let versions = self.db.versions(id, path).await?;
            let version = versions.into_iter().find(|version| version.seq == seq);
            let version = version.ok_or_else(|| not_found("version", &seq.to_string()))?;
            return Ok((version.etag, version.body.into_bytes()));
        }
        let _lock = self.jobs.drafts.lock(id).await;
        let bytes = self.read_document(id, path).await?.ok_or_else(|| not_found("document", path))?;
        Ok((etag_of(&bytes), bytes))
    }

    /// Replaces a document's text if it is still the one expected. A text with mistakes is kept too: the findings say
    /// what is wrong, and only a release has to be without errors.
    pub async fn put_document(
        &self,
        id: &str,
        path: &str,
        text: String,
        expected: Expected,
        by: &str,
    ) -> ApiResult<Saved> {
        let row = self.db.exhibition(id).await?.ok_or_else(|| not_found("exhibition", id))?;
        check_document_path(path)?;
        if text.len() > DOCUMENT_BYTES_MAX {
            return Err(bad_request("too_large", format!("a document has at most {DOCUMENT_BYTES_MAX} bytes")));
        }
        let _lock = self.jobs.drafts.lock(id).await;
        let before = self.read_document(id, path).await?;
        let changed = |etag: Option<&str>| {
            ApiError::new(
                axum::http::StatusCode::PRECONDITION_FAILED,
                "document_changed",
                "somebody has changed this document in the meantime",
            )
            .hint("load it again and put your change into the new text")
            .at(etag.unwrap_or("absent"))
        };
        match (&expected, &before) {
            (Expected::Etag(etag), Some(bytes)) if *etag == etag_of(bytes) => {}
            (Expected::Absent, None) => {}
            (_, before) => return Err(changed(before.as_deref().map(etag_of).as_deref())),
        }
        // The old text first, so that a power cut between the two loses neither.
        if let Some(before) = before.and_then(|bytes| String::from_utf8(bytes).ok()) {
            self.keep_version(id, path, before, by).await?;
        }
        self.keep_version(id, path, text.clone(), by).await?;
        let etag = etag_of(text.as_bytes());
        let draft = self.draft_folder(id);
        let file = draft.join(path);
        let findings = blocking(move || {
            disk::write(&file, text.as_bytes(), Readers::Folder).map_err(internal)?;
            let folder = read_folder(&draft)?;
            let title = folder.documents.get("exhibition.yaml").and_then(|bytes| top_value(bytes, "title"));
            Ok((check_documents(&folder), title))
        })
        .await?;
        let (findings, title) = findings;
        self.db.touch_exhibition(id, title.as_deref().unwrap_or(&row.title), self.now_ms()).await?;
        Ok(Saved { etag, findings })
    }

    /// The texts that a document has had, newest first.
    pub async fn document_history(&self, id: &str, path: &str) -> ApiResult<Vec<Version>> {
        check_document_path(path)?;
        let versions = self.db.versions(id, path).await?;
        Ok(versions
            .into_iter()
            .map(|version| Version {
                seq: version.seq,
                etag: version.etag,
                created_at_ms: version.created_at_ms,
                created_by: version.created_by,
                size_bytes: version.body.len(),
            })
            .collect())
    }

    /// Brings back a text that the document had: the one of `seq`, else the one before the present. That is a change
    /// like any other, so undoing it brings the present text back.
    pub async fn undo_document(&self, id: &str, path: &str, seq: Option<i64>, by: &str) -> ApiResult<Saved> {
        let (etag, _) = self.get_document(id, path, None).await?;
        let versions = self.db.versions(id, path).await?;
        let wanted = versions.into_iter().find(|version| match seq {
            Some(seq) => version.seq == seq,
            None => version.etag != etag,
        });
        let version = wanted.ok_or_else(|| not_found("earlier text of", path))?;
        self.put_document(id, path, version.body, Expected::Etag(etag), by).await
    }

    pub(crate) async fn keep_version(&self, id: &str, path: &str, body: String, by: &str) -> ApiResult<()> {
        let now_ms = self.now_ms();
        let version = document_version::Model {
            id: crate::new_id(now_ms),
            exhibition_id: id.to_owned(),
            path: path.to_owned(),
            // Set inside the transaction.
            seq: 0,
            etag: etag_of(body.as_bytes()),
            body,
            created_at_ms: now_ms,
            created_by: by.to_owned(),
        };
        Ok(self.db.keep_version(version, DOCUMENT_VERSIONS_MAX).await?)
    }

    async fn read_document(&self, id: &str, path: &str) -> ApiResult<Option<Vec<u8>>> {
        let file = self.draft_folder(id).join(path);
        match tokio::fs::read(file).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(internal(error)),
        }
    }
}

/// Puts a whole folder in the place of a draft. The old one stays beside it until the new one is there.
pub(crate) fn replace_draft(exhibition: &Path, incoming: &Path) -> io::Result<()> {
    fs::create_dir_all(exhibition)?;
    let (draft, old) = (exhibition.join("draft"), exhibition.join("old"));
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    if draft.exists() {
        fs::rename(&draft, &old)?;
    }
    fs::rename(incoming, &draft)?;
    disk::sync_folder(exhibition)?;
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    Ok(())
}

/// Links every file of the draft into the snapshot, which replaces the last one.
pub(crate) fn snapshot(exhibition: &Path) -> io::Result<PathBuf> {
    let (draft, snapshot) = (exhibition.join("draft"), exhibition.join("snapshot"));
    if snapshot.exists() {
        fs::remove_dir_all(&snapshot)?;
    }
    for entry in walkdir::WalkDir::new(&draft).follow_links(false) {
        let entry = entry.map_err(io::Error::from)?;
        let below = entry.path().strip_prefix(&draft).map_err(io::Error::other)?;
        let to = snapshot.join(below);
        if entry.file_type().is_dir() {
            fs::create_dir_all(&to)?;
        } else {
            fs::hard_link(entry.path(), &to)?;
        }
    }
    Ok(snapshot)
}

/// What the check of the documents says.
pub(crate) fn check_documents(folder: &ExhibitionFolder) -> Vec<FindingView> {
    finding_views(&compile(&folder.documents, &folder.files).findings, &folder.documents)
}

/// Findings as they are told, each with the line that it is about.
pub(crate) fn finding_views(findings: &Findings, documents: &BTreeMap<String, Vec<u8>>) -> Vec<FindingView> {
    let named: BTreeSet<&str> = findings.iter().map(|finding| finding.file.as_str()).collect();
    let lines: HashMap<&str, Vec<&str>> = named
        .into_iter()
        .filter_map(|file| {
            let text = std::str::from_utf8(documents.get(file)?).ok()?;
            Some((file, text.lines().collect()))
        })
        .collect();
    let line = |finding: &Finding| {
        let index = usize::try_from(finding.at.line).ok()?.checked_sub(1)?;
        let line = lines.get(finding.file.as_str())?.get(index)?;
        Some(line.chars().take(400).collect())
    };
    findings
        .iter()
        .take(FINDINGS_MAX)
        .map(|finding| FindingView {
            severity: severity_word(finding.severity).to_owned(),
            code: finding.code.clone(),
            file: finding.file.clone(),
            line: finding.at.line,
            column: finding.at.column,
            width: finding.at.width,
            path: finding.path.clone(),
            message: (&finding.message).into(),
            hint: finding.hint.as_ref().map(Into::into),
            source: line(finding),
        })
        .collect()
}

/// The value of a key at the beginning of a line, for what has to be known even of a document with mistakes: its
/// kind, the exhibition's id. Only plain and quoted values on one line; anything else is `None`.
pub(crate) fn top_value(document: &[u8], key: &str) -> Option<String> {
    let text = std::str::from_utf8(document).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    let value = value.split(" #").next()?.trim().trim_matches(['"', '\'']);
    // A map of languages on one line: the Chinese one.
    let value = match value.strip_prefix('{') {
        Some(map) => map.split("zh-CN:").nth(1)?.split([',', '}']).next()?.trim().trim_matches(['"', '\'']),
        None => value,
    };
    (!value.is_empty()).then(|| value.chars().take(200).collect())
}

/// Names the bytes of a document.
pub(crate) fn etag_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().as_str()[..32].to_owned()
}

/// A path that the console may read and write: below the draft, YAML, made of plain names.
fn check_document_path(path: &str) -> ApiResult<()> {
    let plain = |name: &str| {
        !name.is_empty()
            && !name.starts_with('.')
            && !name.chars().any(|c| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|'))
    };
    let yaml = path.ends_with(".yaml") || path.ends_with(".yml");
    if yaml && path.len() <= 200 && path.split('/').count() <= 12 && path.split('/').all(plain) {
        return Ok(());
    }
    Err(bad_request("invalid_path", "a document is a .yaml file inside the exhibition").at("path"))
}

fn severity_word(severity: Severity) -> &'static str {
    severity.word(Lang::En)
}

fn read_folder(path: &Path) -> ApiResult<ExhibitionFolder> {
    ExhibitionFolder::read(path).map_err(|error| internal(format!("{}: {error}", path.display())))
}

/// Runs what reads and writes files where it stops nobody.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> ApiResult<T> + Send + 'static) -> ApiResult<T> {
    tokio::task::spawn_blocking(work).await.map_err(internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_values_are_read_from_documents_with_mistakes_too() {
        let document = "# a comment\nkind: exhibition\nid: shanhe # stable\ntitle: { zh-CN: 山河为证, en: Witness }\n\
                        seal: [broken\n  id: inner\n"
            .as_bytes();
        assert_eq!(top_value(document, "kind").as_deref(), Some("exhibition"));
        assert_eq!(top_value(document, "id").as_deref(), Some("shanhe"));
        assert_eq!(top_value(document, "title").as_deref(), Some("山河为证"));
        assert_eq!(top_value(b"title: \"x y\"", "title").as_deref(), Some("x y"));
        assert_eq!(top_value(b"title:\n  zh-CN: x", "title"), None);
        assert_eq!(top_value(&[0xff, 0xfe], "title"), None);
    }

    #[test]
    fn a_document_path_cannot_leave_the_draft() {
        for good in ["exhibition.yaml", "scenes/home.yaml", "scenes/第一章.yml"] {
            check_document_path(good).unwrap();
        }
        for bad in
            ["", "../x.yaml", "/etc/x.yaml", "a//b.yaml", "a/./b.yaml", ".hidden.yaml", "a\\b.yaml", "home.svg", "a/\0.yaml"]
        {
            assert!(check_document_path(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn replacing_a_draft_and_taking_a_snapshot_leave_whole_folders() {
        let dir = tempfile::tempdir().unwrap();
        let exhibition = dir.path().join("e");
        for text in ["one", "two"] {
            let incoming = dir.path().join("incoming");
            fs::create_dir_all(incoming.join("scenes")).unwrap();
            fs::write(incoming.join("scenes/a.yaml"), text).unwrap();
            replace_draft(&exhibition, &incoming).unwrap();
            let snapshot = snapshot(&exhibition).unwrap();
            assert_eq!(fs::read_to_string(snapshot.join("scenes/a.yaml")).unwrap(), text);
        }
        disk::write(&exhibition.join("draft/scenes/a.yaml"), b"three", Readers::Folder).unwrap();
        assert_eq!(
            fs::read_to_string(exhibition.join("snapshot/scenes/a.yaml")).unwrap(),
            "two",
            "a snapshot does not move with the draft"
        );
        assert!(!exhibition.join("old").exists());
    }
}
