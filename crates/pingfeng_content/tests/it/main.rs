//! The format as its pages describe it, its schemas as files, and bytes that are no documents.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod bytes;
mod pages;
mod schemas;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The top of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Documents and files of an exhibition's folder.
fn read(folder: &Path) -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, u64>) {
    let (mut documents, mut files) = (BTreeMap::new(), BTreeMap::new());
    let mut open = vec![folder.to_owned()];
    while let Some(here) = open.pop() {
        for entry in fs::read_dir(&here).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let below = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                open.push(path);
            } else if below.ends_with(".yaml") {
                documents.insert(below, fs::read(&path).unwrap());
            } else {
                files.insert(below, entry.metadata().unwrap().len());
            }
        }
    }
    (documents, files)
}
