//! The double behaves as the real thing does.

use std::time::Duration;

use pingfeng_media::film::{
    ColourRange, Film, FilmBackend, FilmError, FilmState, OpenOptions, PixelFormat, Seek,
    null::NoFilms,
    scripted::{Script, ScriptedFilm},
};

use super::make::number_of;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn a_scripted_film_follows_the_time_it_is_given() {
    let mut film = ScriptedFilm::new(Script { opens_after: ms(100), duration: ms(400), ..Script::default() });
    assert!(film.poll(ms(1000)).is_none());
    assert_eq!((film.state(), film.duration()), (FilmState::Opening, None));
    assert_eq!(film.poll(ms(1100)).map(|frame| number_of(&frame)), Some(0));
    assert_eq!(film.state(), FilmState::Prerolled);
    film.play();
    assert_eq!(film.poll(ms(1180)).map(|frame| number_of(&frame)), Some(2));
    assert!(film.poll(ms(1190)).is_none());
    film.pause();
    assert!(film.poll(ms(1300)).is_none());
    film.seek(ms(250), Seek::Exact);
    assert_eq!(film.poll(ms(1310)).map(|frame| number_of(&frame)), Some(6));
    film.set_rate(2.0);
    film.play();
    assert_eq!(film.poll(ms(1500)).map(|frame| number_of(&frame)), Some(9));
    assert_eq!((film.state(), film.position()), (FilmState::Ended, ms(400)));
    assert!(film.poll(ms(1600)).is_none(), "the last frame stays");
    film.play();
    assert_eq!(film.poll(ms(1600)).map(|frame| number_of(&frame)), Some(0));
}

#[test]
fn a_script_can_fail_on_the_way() {
    let error = FilmError::Engine { detail: "pulled out".to_owned() };
    let mut film = ScriptedFilm::new(Script { fails_at: Some((ms(200), error.clone())), ..Script::default() });
    film.play();
    assert!(film.poll(ms(0)).is_some());
    assert!(film.poll(ms(160)).is_some());
    assert!(film.poll(ms(240)).is_none());
    assert_eq!(film.state(), FilmState::Failed(error));
}

#[test]
fn frames_of_every_format_and_stride_stay_in_range() {
    for format in [PixelFormat::I420, PixelFormat::Nv12] {
        for (width, height, padding) in [(1, 1, 0), (33, 17, 5), (64, 36, 0)] {
            let script = Script { width, height, padding, format, range: ColourRange::Full, ..Script::default() };
            let frame = script.frame_at(ms(5000));
            for index in 0..format.planes() {
                let (w, h, bytes) = format.plane_size(index, width, height);
                assert_eq!(frame.packed(index).unwrap().len() as u32, w * h * bytes);
                assert_eq!(frame.plane(index).unwrap().stride, w * bytes + padding);
            }
            assert!(frame.plane(format.planes()).is_none());
        }
    }
}

#[test]
fn a_machine_without_films_says_so() {
    let mut film = NoFilms.open("any.mp4".as_ref(), OpenOptions::default());
    film.play();
    assert!(film.poll(ms(0)).is_none());
    assert!(matches!(film.state(), FilmState::Failed(FilmError::Engine { .. })));
}
