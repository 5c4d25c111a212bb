//! Files that are not films, or not whole.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pingfeng_media::film::{FilmBackend, FilmState, gst::GstFilms, null::NoFilms};

use super::{
    make::{KINDS, Kind, film, one_at_a_time, script, sound_only},
    watch::Watched,
};

/// Opens and plays `path`; it must fail with `code`, in words that contain `words`.
#[track_caller]
fn fails(path: &Path, code: &str, words: &str) -> Watched {
    let mut watched = Watched::open(path);
    watched.film.play();
    watched.until(|watched| matches!(watched.film.state(), FilmState::Failed(_) | FilmState::Ended));
    let FilmState::Failed(error) = watched.film.state() else {
        panic!("{} played to its end", path.display());
    };
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(words), "{error}");
    watched
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn what_is_no_film_is_refused_by_its_first_bytes() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, bytes) in [
        ("text.mp4", &b"This is not a film.\n"[..]),
        ("empty.mp4", b""),
        // A playlist would be followed to its addresses.
        ("list.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://192.0.2.1/a.ts\n"),
        ("picture.mp4", b"\x89PNG\r\n\x1a\n"),
    ] {
        fails(&write(folder, name, bytes), "film_not_a_film", "use MP4, WebM, Matroska or Ogg").close();
    }
    fails(&folder.join("nothing.mp4"), "film_unreadable", "nothing.mp4").close();
    fails(folder, "film_unreadable", "not a regular file").close();
}

#[test]
fn a_film_that_is_cut_off_is_damaged() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    for (kind, name) in [(Kind::Mp4, "cut.mp4"), (Kind::Mp4Fast, "cut-fast.mp4"), (Kind::WebM, "cut.webm")] {
        let whole = fs::read(film(folder.path(), kind, &script(320, 180), 50, true)).unwrap();
        for part in [64, whole.len() / 3, whole.len() - 1] {
            fails(&write(folder.path(), name, &whole[..part]), "film_damaged", name).close();
        }
    }
}

#[test]
fn a_film_without_a_stated_size_plays_what_is_there_and_then_says_that_it_was_cut_off() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(film(folder.path(), Kind::Mp4Fast, &script(320, 180), 175, false)).unwrap();
    // The data box says "up to the end of the file", so that only the index knows how long the film should be.
    let mut bytes = whole.clone();
    let at = bytes.windows(4).position(|four| four == b"mdat").unwrap();
    bytes[at - 4..at].copy_from_slice(&[0; 4]);
    bytes.truncate(at + (whole.len() - at) / 5);
    let watched = fails(&write(folder.path(), "cut.mp4", bytes), "film_damaged", "of 7.0 s");
    assert!(watched.numbers.len() > 10, "{:?}", watched.numbers);
    assert!(watched.last.is_some() && watched.film.position() < watched.film.duration().unwrap());
    watched.close();
}

#[test]
fn noise_behind_a_good_beginning_is_damaged() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    for (kind, name) in [(Kind::Mp4, "noise.mp4"), (Kind::WebM, "noise.webm"), (Kind::Ogg, "noise.ogg")] {
        let mut bytes = fs::read(film(folder.path(), kind, &script(320, 180), 25, false)).unwrap();
        // A fixed sequence, so that a failure can be repeated.
        let mut seed = 0x2545_F491u32;
        for byte in &mut bytes[48..] {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (seed >> 24) as u8;
        }
        fails(&write(folder.path(), name, bytes), "film_damaged", name).close();
    }
}

#[test]
fn sound_without_a_picture_is_no_film() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    fails(&sound_only(folder.path()), "film_no_picture", "sound but no picture").close();
}

#[test]
fn an_absurd_size_is_refused_before_a_decoder_sees_it() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(film(folder.path(), Kind::WebM, &script(320, 180), 25, false)).unwrap();
    // Matroska's PixelWidth: id B0, a length of 2, then 320.
    let at = bytes.windows(4).position(|four| four == [0xB0, 0x82, 0x01, 0x40]).unwrap();
    bytes[at + 2..at + 4].copy_from_slice(&[0xFF, 0xFF]);
    fails(&write(folder.path(), "huge.webm", bytes), "film_too_large", "65535").close();
}

#[test]
fn a_codec_without_a_decoder_names_a_package() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(film(folder.path(), Kind::Mp4, &script(320, 180), 25, false)).unwrap();
    let at = bytes.windows(4).position(|four| four == b"avc1").unwrap();
    bytes[at..at + 4].copy_from_slice(b"zzzz");
    fails(&write(folder.path(), "unknown.mp4", bytes), "film_missing_plugin", "install the package gstreamer1.0-").close();
}

#[test]
fn a_probe_fails_like_the_film_would() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let text = write(folder.path(), "text.mp4", "no film");
    assert_eq!(GstFilms.probe(&text).unwrap_err().code(), "film_not_a_film");
    assert_eq!(GstFilms.probe(&sound_only(folder.path())).unwrap_err().code(), "film_no_picture");
    assert_eq!(NoFilms.probe(&text).unwrap_err().code(), "film_engine");
}

#[test]
fn every_prefix_length_of_a_film_ends_in_bounded_time() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    for kind in KINDS {
        let whole = fs::read(film(folder.path(), kind, &script(96, 64), 10, true)).unwrap();
        for part in [8, 64, 300, 1000, whole.len() * 2 / 3, whole.len() - 1] {
            let path = write(folder.path(), "prefix", &whole[..part.min(whole.len())]);
            let mut watched = Watched::open(&path);
            watched.film.play();
            watched.until(|watched| matches!(watched.film.state(), FilmState::Failed(_) | FilmState::Ended));
            watched.close();
        }
    }
}
