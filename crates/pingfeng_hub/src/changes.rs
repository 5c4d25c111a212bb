//! What a release changes, in a form that a reviewer can read: which words, which pictures, which films. Documents are
//! compared field by field; entries of a list that have an id are compared with the entry of that id, wherever it stands.

use std::collections::{BTreeMap, BTreeSet};

use pingfeng_release::{EXHIBITION_FILE, Manifest, PICTURES_FILE};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    Hub,
    db::entity::release,
    error::{ApiResult, bad_request, internal, not_found},
    fleet::{ReleaseName, name_of},
    limits::{CHANGE_CHARS_MAX, CHANGES_MAX, COMPARED_BYTES_MAX, ROWS_MAX},
};

/// What is different between two releases of an exhibition.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Changes {
    /// Compared with this one; none: there is no earlier one, everything is new.
    pub against: Option<ReleaseName>,
    /// Words and settings, in the order of the document.
    pub fields: Vec<FieldChange>,
    /// Changes of words and settings that are too many to list.
    pub fields_left_out: usize,
    /// Pictures, films, sounds and captions.
    pub files: Vec<FileChange>,
    /// Changes of files that are too many to list.
    pub files_left_out: usize,
    /// Files that are the same.
    pub files_same: usize,
}

/// A field that was added, removed or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// Where, as a path of keys.
    pub at: String,
    /// What stood there.
    pub before: Option<String>,
    /// What stands there.
    pub after: Option<String>,
}

/// A file that was added, removed or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileChange {
    /// Path in the release.
    pub path: String,
    /// Bytes before.
    pub before_bytes: Option<u64>,
    /// Bytes now.
    pub after_bytes: Option<u64>,
}

impl Hub {
    /// What a release changes against the one before it.
    pub async fn get_changes(&self, id: &str, against: Option<&str>) -> ApiResult<Changes> {
        let release = self.db.release(id).await?.ok_or_else(|| not_found("release", id))?;
        let earlier = match against {
            Some(other) => {
                let other = self.db.release(other).await?.ok_or_else(|| not_found("release", other))?;
                if other.exhibition_id != release.exhibition_id {
                    return Err(bad_request("other_exhibition", "the two are releases of different exhibitions"));
                }
                Some(other)
            }
            None => self.earlier_than(&release).await?,
        };
        let (manifest, _) = self.manifest_of(&release).await?;
        let document = self.document_of(&manifest).await?;
        let (before, document_before) = match &earlier {
            Some(earlier) => {
                let (manifest, _) = self.manifest_of(earlier).await?;
                let document = self.document_of(&manifest).await?;
                (Some(manifest), document)
            }
            None => (None, Value::Null),
        };
        let mut fields = compare(&document_before, &document);
        let fields_left_out = fields.len().saturating_sub(CHANGES_MAX);
        fields.truncate(CHANGES_MAX);
        let (mut files, files_same) = compare_files(before.as_ref(), &manifest);
        let files_left_out = files.len().saturating_sub(CHANGES_MAX);
        files.truncate(CHANGES_MAX);
        Ok(Changes {
            against: earlier.as_ref().map(name_of),
            fields,
            fields_left_out,
            files,
            files_left_out,
            files_same,
        })
    }

    /// A file of a release: its bytes, if they are few enough to be shown.
    pub async fn get_release_file(&self, id: &str, path: &str) -> ApiResult<Vec<u8>> {
        let release = self.db.release(id).await?.ok_or_else(|| not_found("release", id))?;
        let (manifest, _) = self.manifest_of(&release).await?;
        let file = manifest.files.get(path).ok_or_else(|| not_found("file", path))?;
        if file.size_bytes > COMPARED_BYTES_MAX {
            return Err(bad_request("too_large", format!("only files of up to {COMPARED_BYTES_MAX} bytes are shown here")));
        }
        Ok(self.blobs.read(&file.blob.0, 0, file.size_bytes).await.map_err(internal)?.to_vec())
    }

    /// The manifest: the bytes whose hash names the release.
    pub async fn get_manifest(&self, id: &str) -> ApiResult<Vec<u8>> {
        let release = self.db.release(id).await?.ok_or_else(|| not_found("release", id))?;
        Ok(self.manifest_of(&release).await?.1)
    }

    async fn earlier_than(&self, release: &release::Model) -> ApiResult<Option<release::Model>> {
        let all = self.db.releases(Some(&release.exhibition_id), ROWS_MAX).await?;
        Ok(all.into_iter().filter(|other| other.version < release.version).max_by_key(|other| other.version))
    }

    async fn document_of(&self, manifest: &Manifest) -> ApiResult<Value> {
        let Some(file) = manifest.files.get(EXHIBITION_FILE) else { return Ok(Value::Null) };
        if file.size_bytes > COMPARED_BYTES_MAX {
            return Err(bad_request("too_large", "the document of this release is too large to be compared here")
                .hint("文档太大，无法在此比较：请用 `pingfengctl diff` 比较两个版本"));
        }
        let bytes = self.blobs.read(&file.blob.0, 0, file.size_bytes).await.map_err(internal)?;
        serde_json::from_slice(&bytes).map_err(internal)
    }
}

fn compare_files(before: Option<&Manifest>, after: &Manifest) -> (Vec<FileChange>, usize) {
    let none = BTreeMap::new();
    let before = before.map_or(&none, |manifest| &manifest.files);
    let paths: BTreeSet<_> = before.keys().chain(after.files.keys()).collect();
    let (mut changes, mut same) = (Vec::new(), 0);
    for path in paths {
        // What the document says is told word by word; the index of pictures follows from the pictures.
        if path == EXHIBITION_FILE || path == PICTURES_FILE {
            continue;
        }
        let (old, new) = (before.get(path), after.files.get(path));
        if old.map(|file| &file.blob) == new.map(|file| &file.blob) {
            same += 1;
            continue;
        }
        changes.push(FileChange {
            path: path.clone(),
            before_bytes: old.map(|file| file.size_bytes),
            after_bytes: new.map(|file| file.size_bytes),
        });
    }
    (changes, same)
}

/// Every single value that differs.
fn compare(before: &Value, after: &Value) -> Vec<FieldChange> {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    flatten(String::new(), before, &mut old);
    flatten(String::new(), after, &mut new);
    let known: BTreeMap<&str, &str> = old.iter().map(|(at, value)| (at.as_str(), value.as_str())).collect();
    let now: BTreeSet<&str> = new.iter().map(|(at, _)| at.as_str()).collect();
    let mut changes = Vec::new();
    for (at, value) in &new {
        let before = known.get(at.as_str()).copied();
        if before != Some(value.as_str()) {
            changes.push(FieldChange { at: at.clone(), before: before.map(shown), after: Some(shown(value)) });
        }
    }
    for (at, value) in &old {
        if !now.contains(at.as_str()) {
            changes.push(FieldChange { at: at.clone(), before: Some(shown(value)), after: None });
        }
    }
    changes
}

/// Single values with where they stand.
fn flatten(at: String, value: &Value, into: &mut Vec<(String, String)>) {
    let below = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at} › {key}") };
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                flatten(below(key), value, into);
            }
        }
        Value::Array(entries) => {
            let ids: Vec<_> = entries.iter().map(|entry| entry.get("id").and_then(Value::as_str)).collect();
            let named = ids.iter().all(Option::is_some) && ids.iter().collect::<BTreeSet<_>>().len() == ids.len();
            for (index, entry) in entries.iter().enumerate() {
                let key = match ids[index] {
                    Some(id) if named => id.to_owned(),
                    _ => format!("{}", index + 1),
                };
                flatten(below(&key), entry, into);
            }
        }
        Value::Null => {}
        Value::String(text) => into.push((at, text.clone())),
        Value::Bool(_) | Value::Number(_) => into.push((at, value.to_string())),
    }
}

fn shown(text: &str) -> String {
    if text.chars().count() <= CHANGE_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(CHANGE_CHARS_MAX).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(before: Value, after: Value, expected: &[(&str, Option<&str>, Option<&str>)]) {
        let found = compare(&before, &after);
        let found: Vec<_> =
            found.iter().map(|change| (change.at.as_str(), change.before.as_deref(), change.after.as_deref())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_word_is_told_with_what_it_was() {
        check(
            json!({ "scenes": [{ "id": "home", "title": "旧" }] }),
            json!({ "scenes": [{ "id": "home", "title": "新" }] }),
            &[("scenes › home › title", Some("旧"), Some("新"))],
        );
    }

    #[test]
    fn an_entry_that_was_put_in_front_changes_nothing_behind_it() {
        check(
            json!({ "scenes": [{ "id": "home", "n": 1 }, { "id": "quiz", "n": 2 }] }),
            json!({ "scenes": [{ "id": "new", "n": 3 }, { "id": "home", "n": 1 }, { "id": "quiz", "n": 2 }] }),
            &[("scenes › new › id", None, Some("new")), ("scenes › new › n", None, Some("3"))],
        );
    }

    #[test]
    fn what_is_gone_is_told_last() {
        check(json!({ "a": true, "b": 1 }), json!({ "b": 2 }), &[("b", Some("1"), Some("2")), ("a", Some("true"), None)]);
    }

    #[test]
    fn entries_without_different_ids_are_compared_by_their_place() {
        check(json!(["a", "b"]), json!(["a", "c"]), &[("2", Some("b"), Some("c"))]);
        let twice = json!([{ "id": "x", "n": 1 }, { "id": "x", "n": 2 }]);
        check(twice, json!([{ "id": "x", "n": 1 }, { "id": "x", "n": 3 }]), &[("2 › n", Some("2"), Some("3"))]);
    }

    #[test]
    fn the_first_release_is_all_new() {
        check(Value::Null, json!({ "title": "样例" }), &[("title", None, Some("样例"))]);
    }
}
