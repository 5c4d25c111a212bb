//! Building: the same bytes twice, little work for a small change, nothing built from what is wrong.

use std::{fs, path::Path};

use pingfeng_content::Compiled;
use pingfeng_release::{BlobSink, Cache, DirSink, PictureIndex, open_folder_for_screen};

use crate::sample::{build_into, edit, refused, write};

fn count(folder: &Path) -> usize {
    walkdir::WalkDir::new(folder).into_iter().filter(|entry| entry.as_ref().unwrap().file_type().is_file()).count()
}

#[test]
fn the_same_folder_gives_the_same_release() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("folder");
    write(&folder);
    let first = build_into(&folder, &work.path().join("c1"), &work.path().join("b1"), 7).unwrap();
    let again = build_into(&folder, &work.path().join("c2"), &work.path().join("b2"), 7).unwrap();
    assert_eq!(first.id, again.id);
    assert_eq!(first.manifest_bytes, again.manifest_bytes);
    assert!(!first.findings.has_errors());
    let blobs = |name: &str| {
        let root = work.path().join(name);
        let mut list: Vec<_> = walkdir::WalkDir::new(&root)
            .into_iter()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| (entry.file_name().to_owned(), fs::read(entry.path()).unwrap()))
            .collect();
        list.sort();
        list
    };
    assert_eq!(blobs("b1"), blobs("b2"));
}

#[test]
fn a_changed_text_sends_two_blobs() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("folder");
    write(&folder);
    let (cache, blobs) = (work.path().join("cache"), work.path().join("blobs"));
    build_into(&folder, &cache, &blobs, 1).unwrap();
    let before = count(&blobs);
    edit(&folder, "scenes/start.yaml", "看什么", "想看什么");
    build_into(&folder, &cache, &blobs, 2).unwrap();
    // exhibition.json and the manifest; pictures.json and the pictures are the same.
    assert_eq!(count(&blobs) - before, 2);
}

#[test]
fn a_screen_opens_a_folder_like_a_release() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("folder");
    write(&folder);
    let (release, findings) = open_folder_for_screen(&folder, &Cache::at(work.path().join("cache"))).unwrap();
    assert!(!findings.has_errors());
    let compiled: Compiled = serde_json::from_slice(&release.read("exhibition.json").unwrap()).unwrap();
    assert_eq!(compiled.exhibition.id, "small");
    assert_eq!(compiled.scenes.len(), 3);
    let index: PictureIndex = serde_json::from_slice(&release.read("pictures.json").unwrap()).unwrap();
    let hills = &index.pictures["hills"];
    assert_eq!(hills.size_px, [400, 300]);
    let widths: Vec<u32> = hills.sizes.iter().map(|size| size.width_px).collect();
    assert_eq!(widths, [480, 960, 1920, 3840]);
    for size in hills.sizes.iter().chain(hills.layers.iter().flat_map(|layer| &layer.sizes)) {
        let picture = image::load_from_memory(&release.read(&size.file).unwrap()).unwrap();
        assert_eq!((picture.width(), picture.height()), (size.width_px, size.height_px), "{}", size.file);
    }
    // The sky reaches past the frame on all sides; the hill begins below the middle.
    let [sky, hill] = hills.layers.as_slice() else { panic!("{:?}", hills.layers) };
    assert_eq!((sky.name.as_str(), hill.name.as_str()), ("l0-sky", "l1-hill"));
    assert!(sky.rect[0] < 0.0 && sky.rect[2] > 400.0, "{:?}", sky.rect);
    assert!(hill.rect[1] >= 149.0 && hill.rect[1] <= 150.0, "{:?}", hill.rect);
}

#[test]
fn a_damaged_cache_is_drawn_again() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("folder");
    write(&folder);
    let cache = work.path().join("cache");
    let first = build_into(&folder, &cache, &work.path().join("b1"), 1).unwrap();
    for entry in
        walkdir::WalkDir::new(&cache).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file())
    {
        fs::write(entry.path(), "short").unwrap();
    }
    let again = build_into(&folder, &cache, &work.path().join("b2"), 1).unwrap();
    assert_eq!(first.id, again.id);
}

#[test]
fn nothing_is_sent_from_a_folder_with_errors() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("folder");
    write(&folder);
    edit(&folder, "scenes/start.yaml", "kind: home", "kind: hoem");
    assert!(build_into(&folder, &work.path().join("cache"), &work.path().join("blobs"), 1).is_err());
    assert!(!work.path().join("blobs").exists());
}

#[test]
fn a_sink_refuses_bytes_of_another_hash() {
    let work = tempfile::tempdir().unwrap();
    let mut sink = DirSink::new(work.path().join("blobs"));
    let blob = pingfeng_release::BlobHash::of(b"one");
    assert!(sink.put(&blob, 3, &mut b"two".as_slice()).is_err());
    assert!(!sink.contains(&blob, 3).unwrap());
    assert_eq!(count(work.path()), 0, "a part was left behind");
}

#[test]
fn a_film_that_is_not_one_is_refused() {
    let work = tempfile::tempdir().unwrap();
    write(work.path());
    fs::write(work.path().join("film.mp4"), "not a film at all, only words").unwrap();
    edit(
        work.path(),
        "media.yaml",
        "media:\n",
        "media:\n  film:\n    type: film\n    file: film.mp4\n    alt: 片\n    credit: 屏风\n    licence: CC0-1.0\n    poster: hills\n    captions: {}\n",
    );
    assert!(refused(work.path()).contains("[film_broken]: `film.mp4` is not a film: neither MP4 nor WebM"));
}

#[test]
fn the_manifest_says_what_the_documents_say_about_their_release() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("folder");
    write(&folder);
    let (cache, blobs) = (work.path().join("cache"), work.path().join("blobs"));
    let plain = build_into(&folder, &cache, &blobs, 1).unwrap().manifest;
    assert_eq!((plain.class.as_str(), plain.min_runtime.as_str()), ("ordinary", "0.1.0"));
    assert!(plain.groups.is_empty() && plain.rights.is_empty() && plain.expires_at_ms.is_none());
    let sizes = plain.files.values().map(|file| file.size_bytes);
    assert_eq!(plain.budget.total_bytes, sizes.clone().sum::<u64>());
    assert_eq!(plain.budget.largest_file_bytes, sizes.max().unwrap());
    // A drawing of 4:3, the whole and two layers that reach past the frame.
    assert!(plain.budget.largest_picture_px >= 3840 * 2880, "{:?}", plain.budget);
    assert!(plain.budget.pictures_decoded_bytes > 2 * 3840 * 2880 * 4, "{:?}", plain.budget);

    let terms = "home: start\nrelease: { class: solemn, expires: 2027-06-30, audience: [west, east] }\n";
    edit(&folder, "exhibition.yaml", "home: start\n", terms);
    let licence = "    licence: drawn for this project\n";
    edit(&folder, "media.yaml", licence, &format!("{licence}    licence_until: 2026-12-31\n"));
    let built = build_into(&folder, &cache, &blobs, 2).unwrap();
    let manifest = pingfeng_release::store::accept_manifest(&built.manifest_bytes).unwrap();
    assert_eq!(manifest, built.manifest);
    assert_eq!(manifest.class, "solemn");
    assert_eq!(manifest.groups.iter().map(String::as_str).collect::<Vec<_>>(), ["east", "west"]);
    let ms = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond() as u64;
    assert_eq!(manifest.expires_at_ms, Some(ms("2027-07-01T00:00:00+08:00")));
    let new_year = ms("2027-01-01T00:00:00+08:00");
    assert_eq!(manifest.rights_ended(new_year - 1).count(), 0);
    assert_eq!(manifest.rights_ended(new_year).collect::<Vec<_>>(), ["hills"]);
}
