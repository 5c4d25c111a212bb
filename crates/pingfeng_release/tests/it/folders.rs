//! Reading folders.

use std::{fs, os::unix::fs::symlink};

use pingfeng_release::{ExhibitionFolder, folder::PATH_DEPTH_MAX};

use crate::sample::write;

#[test]
fn documents_and_files_are_told_apart_and_litter_is_passed_over() {
    let work = tempfile::tempdir().unwrap();
    write(work.path());
    for litter in [".DS_Store", "Thumbs.db", ".git/config", "scenes/start.yaml~"] {
        fs::create_dir_all(work.path().join(litter).parent().unwrap()).unwrap();
        fs::write(work.path().join(litter), "x").unwrap();
    }
    let folder = ExhibitionFolder::read(work.path()).unwrap();
    assert_eq!(
        folder.documents.keys().collect::<Vec<_>>(),
        ["exhibition.yaml", "media.yaml", "scenes/calm.yaml", "scenes/one.yaml", "scenes/start.yaml", "sources.yaml"]
    );
    assert_eq!(folder.files.keys().collect::<Vec<_>>(), ["art/hills.svg"]);
    assert!(folder.path_of("../secret").is_none());
}

#[test]
fn a_folder_inside_an_empty_one_is_found() {
    let work = tempfile::tempdir().unwrap();
    write(&work.path().join("展览"));
    let folder = ExhibitionFolder::read(work.path()).unwrap();
    assert!(folder.documents.contains_key("exhibition.yaml"));
}

#[test]
fn a_link_is_refused_even_inside() {
    let work = tempfile::tempdir().unwrap();
    write(work.path());
    symlink("/etc/passwd", work.path().join("art/passwd.svg")).unwrap();
    let error = ExhibitionFolder::read(work.path()).unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("special_file", "`art/passwd.svg` is a link or special file; only plain files and folders are accepted")
    );
}

#[test]
fn a_folder_too_deep_is_refused() {
    let work = tempfile::tempdir().unwrap();
    write(work.path());
    let deep = work.path().join("a/".repeat(PATH_DEPTH_MAX));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("b.svg"), "x").unwrap();
    assert_eq!(ExhibitionFolder::read(work.path()).unwrap_err().code(), "path_refused");
}

#[test]
fn a_name_that_is_not_utf8_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let work = tempfile::tempdir().unwrap();
    write(work.path());
    fs::write(work.path().join(std::ffi::OsStr::from_bytes(b"\xd5\xb9\xc0\xc0.png")), "x").unwrap();
    assert_eq!(ExhibitionFolder::read(work.path()).unwrap_err().code(), "name_encoding");
}

#[test]
fn a_folder_that_does_not_exist_is_an_io_error() {
    let work = tempfile::tempdir().unwrap();
    assert_eq!(ExhibitionFolder::read(&work.path().join("nowhere")).unwrap_err().code(), "io");
}
