//! Films that are whole.

use std::{path::Path, time::Duration};

use pingfeng_media::film::{
    Audio, ColourMatrix, ColourRange, FilmBackend, FilmState, OpenOptions, Pace, Seek, gst::GstFilms,
};

use super::{
    make::{FRAME, KINDS, Kind, film, number_of, one_at_a_time, script},
    watch::Watched,
};

#[test]
fn the_first_frame_is_there_before_playing_and_nothing_moves() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    for kind in KINDS {
        let mut watched = Watched::open(&film(folder.path(), kind, &script(320, 180), 30, false));
        watched.until_state(FilmState::Prerolled);
        watched.until_number(0);
        assert_eq!(watched.film.position(), Duration::ZERO, "{kind:?}");
        let duration = watched.film.duration().unwrap();
        assert!(duration.abs_diff(FRAME * 30) <= Duration::from_millis(80), "{kind:?} {duration:?}");
        watched.close();
    }
}

#[test]
fn odd_sizes_and_wide_strides_keep_every_texel_in_its_place() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    for kind in KINDS {
        // H.264 knows no odd sizes here, but planes of odd sizes: 161 × 89.
        let first = if matches!(kind, Kind::Mp4 | Kind::Mp4Fast) { (322, 178) } else { (321, 241) };
        for (width, height) in [first, (98, 66), (96, 64)] {
            let script = script(width, height);
            let mut watched = Watched::open(&film(folder.path(), kind, &script, 3, false));
            watched.until_number(0);
            let frame = watched.last.take().unwrap();
            assert_eq!((frame.width, frame.height), (width, height), "{kind:?}");
            let drawn = script.frame_at(Duration::ZERO);
            for index in 0..frame.format.planes() {
                // Both sides as one plane per component, whatever the decoder's format is.
                let plane = frame.packed(index).unwrap();
                let (plane_width, plane_height, texel_bytes) = frame.format.plane_size(index, width, height);
                assert_eq!(plane.len() as u32, plane_width * plane_height * texel_bytes, "{kind:?}");
                for channel in 0..texel_bytes as usize {
                    let component = index + channel;
                    let expected = drawn.packed(component).unwrap();
                    let got = plane.iter().skip(channel).step_by(texel_bytes as usize);
                    let off: u32 = got.zip(&expected).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
                    let mean = off as f32 / expected.len() as f32;
                    assert!(mean < 8.0, "{kind:?} {width}×{height} component {component}: off by {mean} on average");
                }
            }
            watched.close();
        }
    }
}

#[test]
fn an_exact_seek_shows_exactly_that_frame() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    for kind in KINDS {
        let mut watched = Watched::open(&film(folder.path(), kind, &script(320, 180), 75, false));
        watched.until_number(0);
        watched.until_state(FilmState::Prerolled);
        for number in [37, 11, 60, 74, 1, 0] {
            // The middle of the frame's time, clear of a container's rounding.
            let to = FRAME * number + FRAME / 2;
            watched.film.seek(to, Seek::Exact);
            assert_eq!(watched.film.position(), to.min(watched.film.duration().unwrap()), "{kind:?}: the goal at once");
            watched.until_number(number);
            let pts = watched.last.as_ref().unwrap().pts;
            // The part of the frame before the goal is cut away, so that its time is the goal.
            assert!(pts.abs_diff(to) < Duration::from_millis(22), "{kind:?} frame {number} at {pts:?}");
        }
        watched.close();
    }
}

#[test]
fn a_hundred_seeks_in_a_row_end_where_the_last_one_said() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let mut watched = Watched::open(&film(folder.path(), Kind::Mp4Fast, &script(320, 180), 75, false));
    watched.until_number(0);
    for step in 0..100 {
        watched.film.seek(FRAME * (step * 7 % 75), Seek::Nearest);
    }
    watched.film.seek(FRAME * 50 + FRAME / 2, Seek::Exact);
    watched.until_number(50);
    watched.until(|watched| watched.film.position().abs_diff(FRAME * 50) < FRAME);
    // Wishes replace each other: a hundred of them cost a few seeks, not a hundred.
    assert!(watched.numbers.len() < 20, "{:?}", watched.numbers);
    watched.close();
}

#[test]
fn pausing_holds_the_frame_and_playing_goes_on_from_it() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let mut watched = Watched::open(&film(folder.path(), Kind::WebM, &script(320, 180), 75, true));
    watched.film.play();
    watched.until(|watched| watched.numbers.last().is_some_and(|number| *number >= 5));
    watched.film.pause();
    watched.until_state(FilmState::Paused);
    // One frame may have been on its way when the pause came; after it there is none.
    watched.until_within(Duration::from_millis(300), |_| false);
    let held = *watched.numbers.last().unwrap();
    let position = watched.film.position();
    assert!(!watched.until_within(Duration::from_millis(300), |watched| *watched.numbers.last().unwrap() != held));
    assert_eq!(watched.film.position(), position);
    watched.film.play();
    watched.until(|watched| *watched.numbers.last().unwrap() != held);
    let next = *watched.numbers.last().unwrap();
    assert!(next > held && next <= held + 3, "held {held}, then {next}");
    watched.close();
}

#[test]
fn a_film_ends_with_its_last_frame_and_plays_again_from_the_start() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    for kind in [Kind::Mp4, Kind::WebM, Kind::Ogg] {
        let mut watched = Watched::open(&film(folder.path(), kind, &script(320, 180), 25, true));
        watched.film.play();
        watched.until_state(FilmState::Ended);
        watched.until_number(24);
        assert_eq!(Some(watched.film.position()), watched.film.duration(), "{kind:?}");
        assert!(watched.numbers.is_sorted(), "{kind:?} {:?}", watched.numbers);
        let shown = watched.numbers.len();
        assert!(!watched.until_within(Duration::from_millis(300), |watched| watched.numbers.len() > shown));
        watched.film.play();
        watched.until(|watched| watched.numbers[shown..].first() == Some(&0));
        watched.until_state(FilmState::Playing);
        watched.until_state(FilmState::Ended);
        watched.until_number(24);
        watched.close();
    }
}

#[test]
fn a_seek_after_the_end_goes_on_playing() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let mut watched = Watched::open(&film(folder.path(), Kind::Mp4, &script(320, 180), 25, true));
    watched.film.play();
    watched.until_state(FilmState::Ended);
    watched.film.seek(FRAME * 10 + FRAME / 2, Seek::Exact);
    watched.until_number(10);
    watched.until_number(24);
    watched.until_state(FilmState::Ended);
    watched.close();
}

#[test]
fn a_film_plays_to_its_end_without_a_sound_device_and_at_double_speed() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let mut watched = Watched::open_with(&film(folder.path(), Kind::Mp4, &script(320, 180), 50, true), Audio::Default);
    watched.film.set_rate(2.0);
    watched.film.set_volume(0.4);
    watched.film.set_mute(true);
    watched.film.play();
    watched.until_state(FilmState::Ended);
    watched.until_number(49);
    watched.close();
}

#[test]
fn colours_say_which_matrix_and_range_they_mean() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let mut small = Watched::open(&film(folder.path(), Kind::Mp4, &script(320, 180), 3, false));
    small.until_number(0);
    let frame = small.last.take().unwrap();
    assert_eq!((frame.matrix, frame.range), (ColourMatrix::Bt601, ColourRange::Limited));
    small.close();
    let mut large = Watched::open(&film(folder.path(), Kind::Mp4, &script(1280, 720), 3, false));
    large.until_number(0);
    let frame = large.last.take().unwrap();
    assert_eq!((frame.matrix, frame.range), (ColourMatrix::Bt709, ColourRange::Limited));
    large.close();
}

#[test]
fn a_stepped_film_shows_the_same_frames_on_every_run() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let path = film(folder.path(), Kind::Mp4, &script(320, 180), 50, true);
    let run = || {
        let mut film = GstFilms.open(&path, OpenOptions { pace: Pace::Stepped, ..OpenOptions::default() });
        let mut shown = Vec::new();
        for step in 0..30u32 {
            let now = Duration::from_millis(100) * step;
            if step == 2 {
                film.play();
            }
            if let Some(frame) = film.poll(now) {
                shown.push((step, number_of(&frame)));
            }
        }
        assert_eq!(film.state(), FilmState::Ended);
        // The end may show the last frame once more: the sound is a little longer.
        shown.dedup_by_key(|(_, number)| *number);
        assert!(film.close(super::watch::PATIENCE));
        shown
    };
    let first = run();
    // Played from behind step 1, so that step n shows the frame at (n − 1) × 0.1 s, and in the end the last one.
    let expected: Vec<_> = (0..30).filter_map(|step| match step {
        0 => Some((0, 0)),
        2..=21 => Some((step, ((step - 1) * 100 / 40).min(49))),
        _ => None,
    }).collect();
    assert_eq!(first, expected);
    assert_eq!(run(), first);
}

#[test]
fn a_probe_names_size_length_and_codecs() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let probe = GstFilms.probe(&film(folder.path(), Kind::WebM, &script(320, 180), 50, true)).unwrap();
    assert_eq!((probe.width, probe.height), (320, 180));
    assert!(probe.duration.unwrap().abs_diff(FRAME * 50) < Duration::from_millis(80));
    assert!(probe.video_codec.contains("VP8"), "{}", probe.video_codec);
    assert!(probe.audio_codec.unwrap().contains("Vorbis"));
}

#[test]
fn thirty_films_leave_no_thread_and_no_file_behind() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let path = film(folder.path(), Kind::Mp4, &script(320, 180), 25, true);
    let cycle = |cycle: u32| {
        let mut watched = Watched::open(&path);
        watched.film.play();
        watched.until(|watched| watched.numbers.len() >= 3);
        if cycle % 3 == 0 {
            watched.film.seek(FRAME * 20, Seek::Exact);
        }
        watched.close();
    };
    // GStreamer keeps a few pools of its own after the first films.
    (0..3).for_each(cycle);
    let before = (entries("/proc/self/task"), entries("/proc/self/fd"));
    (0..30).for_each(cycle);
    let after = (entries("/proc/self/task"), entries("/proc/self/fd"));
    assert!(after.0 <= before.0 && after.1 <= before.1, "threads and files: before {before:?}, after {after:?}");
}

#[test]
fn films_beyond_the_limit_are_refused_until_others_have_gone() {
    let _one = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let path = film(folder.path(), Kind::Ogg, &script(96, 64), 25, false);
    let mut open: Vec<_> = (0..pingfeng_media::film::FILMS_MAX).map(|_| Watched::open(&path)).collect();
    let refused = Watched::open(&path);
    assert!(matches!(refused.film.state(), FilmState::Failed(error) if error.code() == "film_too_many"));
    open.pop().unwrap().close();
    let mut welcome = Watched::open(&path);
    welcome.until_number(0);
    welcome.close();
    open.into_iter().for_each(Watched::close);
}

fn entries(folder: impl AsRef<Path>) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}
