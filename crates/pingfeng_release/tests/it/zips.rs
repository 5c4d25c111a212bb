//! Zips: packed by honest people and by others. Bombs are made here, not kept in the tree.

use std::{
    fs,
    io::{Cursor, Write},
};

use pingfeng_release::{ExhibitionFolder, folder::ZIP_DIRECTORY_BYTES_MAX, unpack_zip};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The code of the refusal; nothing may have been written outside of the folder.
#[track_caller]
fn refused(bytes: &[u8]) -> &'static str {
    let work = tempfile::tempdir().unwrap();
    let into = work.path().join("into");
    fs::create_dir(&into).unwrap();
    let error = unpack_zip(Cursor::new(bytes), &into).unwrap_err();
    assert_eq!(fs::read_dir(work.path()).unwrap().count(), 1, "something was written beside the folder");
    error.code()
}

#[test]
fn an_honest_zip_becomes_the_folder_it_was() {
    let bytes =
        zip(&[("展览/exhibition.yaml", b"kind: exhibition\n"), ("展览/art/山.svg", b"<svg/>"), ("__MACOSX/._x", b"x")]);
    let work = tempfile::tempdir().unwrap();
    unpack_zip(Cursor::new(bytes), work.path()).unwrap();
    let folder = ExhibitionFolder::read(work.path()).unwrap();
    assert_eq!(folder.documents["exhibition.yaml"], b"kind: exhibition\n");
    assert_eq!(folder.files["art/山.svg"], 6);
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    for name in [
        "../evil.yaml",
        "a/../../evil.yaml",
        "/etc/evil.yaml",
        "..\\evil.yaml",
        "C:/evil.yaml",
        "a//b.yaml",
        "a/./b.yaml",
        "a\u{7}.yaml",
    ] {
        assert_eq!(refused(&zip(&[("exhibition.yaml", b"x"), (name, b"x")])), "path_refused", "{name:?}");
    }
}

#[test]
fn a_bomb_is_stopped_while_it_unpacks() {
    let zeros = vec![0_u8; 32 * 1024 * 1024];
    assert_eq!(refused(&zip(&[("bomb.yaml", &zeros)])), "zip_bomb");
}

#[test]
fn a_bomb_that_lies_about_its_size_is_stopped_too() {
    let zeros = vec![0_u8; 32 * 1024 * 1024];
    let mut bytes = zip(&[("bomb.yaml", &zeros)]);
    // The size in the directory, 24 bytes after its signature.
    let directory = bytes.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    bytes[directory + 24..directory + 28].copy_from_slice(&1000_u32.to_le_bytes());
    let code = refused(&bytes);
    assert!(["zip_bomb", "zip_invalid"].contains(&code), "{code}");
}

#[test]
fn a_link_in_a_zip_is_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("art", "/etc", SimpleFileOptions::default()).unwrap();
    assert_eq!(refused(&writer.finish().unwrap().into_inner()), "special_file");
}

#[test]
fn names_in_gbk_are_refused_with_a_reason() {
    let mut bytes = zip(&[("AAAA.yaml", b"x")]);
    while let Some(at) = bytes.windows(4).position(|four| four == b"AAAA") {
        bytes[at..at + 4].copy_from_slice(b"\xd5\xb9\xc0\xc0");
    }
    assert_eq!(refused(&bytes), "name_encoding");
}

#[test]
fn what_is_not_a_zip_is_refused() {
    assert_eq!(refused(b""), "zip_invalid");
    assert_eq!(refused(b"kind: exhibition\n"), "zip_invalid");
    let whole = zip(&[("exhibition.yaml", b"kind: exhibition\n")]);
    for cut in [1, 20, whole.len() / 2, whole.len() - 1] {
        assert_eq!(refused(&whole[..cut]), "zip_invalid", "cut at {cut}");
    }
}

#[test]
fn a_list_of_files_without_end_does_not_fill_the_memory() {
    // A directory entry of 46 bytes and one letter, again and again: more than the meter lets through.
    let entry = {
        let mut entry = b"PK\x01\x02".to_vec();
        entry.resize(46, 0);
        entry[28] = 1;
        entry.push(b'a');
        entry
    };
    let count = ZIP_DIRECTORY_BYTES_MAX as usize / entry.len() + 10_000;
    let mut bytes = entry.repeat(count);
    let size = u32::try_from(bytes.len()).unwrap();
    bytes.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff");
    bytes.extend(size.to_le_bytes());
    bytes.extend([0; 6]);
    assert_eq!(refused(&bytes), "zip_invalid");
}
