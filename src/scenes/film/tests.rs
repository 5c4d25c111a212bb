//! A film on a screen whose time is stepped, with a film made of arithmetic.

use std::{collections::BTreeMap, time::Duration};

use bevy::math::UVec2;
use pingfeng_content::model::{Compiled, Exhibition as Manifesto, FilmChapter, FilmScene, Lang, Scene, SceneId, Text, ThemeName};
use pingfeng_media::film::{FilmError, scripted::{Script, ScriptedFilms}};
use pingfeng_release::PictureIndex;
use pingfeng_wire::payload::Origin;

use super::{Films, page::Running, *};
use crate::{
    Offscreen, ScreenOptions,
    input::{Busy, RecordedAct, RecordedStep},
    offscreen_app,
    stage::{Exhibition, ExhibitionContents},
};

fn screen(script: Script, steps: Vec<RecordedStep>) -> Offscreen {
    let id = SceneId::from("film");
    let chapter = |at_s, title: &str| FilmChapter { at_s, title: Text::zh(title) };
    let film = FilmScene {
        id: id.clone(),
        title: Text::zh("一条船的航程"),
        chapter: None,
        film: "film".into(),
        chapters: vec![chapter(0.0, "南湖游船"), chapter(5.0, "石库门")],
        sources: Vec::new(),
    };
    let exhibition = Exhibition::new(ExhibitionContents {
        compiled: Compiled {
            exhibition: Manifesto {
                format: 1,
                id: "test".into(),
                title: Text::zh("山河为证"),
                subtitle: Text::default(),
                seal: String::new(),
                languages: vec![Lang::ZhCn],
                theme: ThemeName::Zhusha,
                // Another scene than the film, so that a visit is under way from the start.
                attract: "attract".into(),
                home: id.clone(),
                schedule: Vec::new(),
                release: Default::default(),
            },
            sources: BTreeMap::new(),
            media: BTreeMap::new(),
            scenes: BTreeMap::from([(id.clone(), Scene::Film(film))]),
            banks: BTreeMap::new(),
        },
        pictures: PictureIndex::default(),
        release: None,
        origin: Origin::Fallback,
        withheld: Default::default(),
    });
    let mut options = ScreenOptions::new(exhibition);
    options.scene = Some(id);
    let mut screen = offscreen_app(options, UVec2::new(1080, 1920), steps);
    screen.app().insert_resource(Films::playing(ScriptedFilms(script)));
    screen
}

fn step(at_s: f32, act: RecordedAct, x: f32, y: f32) -> RecordedStep {
    RecordedStep { at_s, finger: 0, act, x, y }
}

/// What the film does, where it is, and whether the visitor counts as watching.
fn now(screen: &mut Offscreen) -> (Running, Duration, bool) {
    let world = screen.app().world_mut();
    let busy = world.query::<&Busy>().iter(world).count() > 0;
    let page = world.query::<&FilmPage>().single(world).unwrap();
    (page.running, page.position, busy)
}

fn script(seconds: u64) -> Script {
    Script { duration: Duration::from_secs(seconds), ..Script::default() }
}

#[test]
fn a_film_plays_by_itself_and_its_last_frame_stays() {
    let mut screen = screen(script(2), Vec::new());
    screen.run(1.0);
    let (running, position, busy) = now(&mut screen);
    assert_eq!((running, busy), (Running::Plays, true));
    assert!(position > Duration::from_millis(700), "{position:?}");
    screen.run(3.0);
    let (running, position, busy) = now(&mut screen);
    assert_eq!((running, position, busy), (Running::Ended, Duration::from_secs(2), false));
    // A line through the middle of the film: the ramp of its last frame, from dark to bright, and nothing like black.
    let picture = screen.picture().unwrap();
    let bright = (0..1080).step_by(20).filter(|x| picture.get_pixel(*x, 552).0.iter().any(|part| *part > 100)).count();
    assert!(bright > 20, "{bright} of 54 points are bright");
}

#[test]
fn the_play_key_holds_the_film_and_a_chapter_key_jumps() {
    let steps = vec![step(1.0, RecordedAct::Tap, 540.0, 1192.0), step(2.0, RecordedAct::Tap, 800.0, 1388.0)];
    let mut screen = screen(script(10), steps);
    screen.run(1.8);
    let (running, held, busy) = now(&mut screen);
    assert_eq!((running, busy), (Running::Stands, false));
    screen.run(0.1);
    assert_eq!(now(&mut screen).1, held);
    screen.run(0.6);
    let (running, position, busy) = now(&mut screen);
    assert_eq!((running, busy), (Running::Plays, true));
    assert!((5.0..6.0).contains(&position.as_secs_f32()), "{position:?}");
}

#[test]
fn a_drag_on_the_slider_follows_the_finger_and_the_film_plays_on() {
    // The slider reaches from 72 to 1008.
    let steps = vec![
        step(1.0, RecordedAct::Down, 120.0, 1004.0),
        step(1.1, RecordedAct::Move, 300.0, 1004.0),
        step(1.2, RecordedAct::Move, 540.0, 1004.0),
        step(1.6, RecordedAct::Up, 540.0, 1004.0),
    ];
    let mut screen = screen(script(10), steps);
    screen.run(1.5);
    let (running, position, _) = now(&mut screen);
    assert_eq!((running, position), (Running::Plays, Duration::from_secs(5)), "the film waits for the finger");
    screen.run(0.6);
    let (running, position, busy) = now(&mut screen);
    assert_eq!((running, busy), (Running::Plays, true));
    assert!((5.3..5.7).contains(&position.as_secs_f32()), "{position:?}");
}

#[test]
fn a_film_that_cannot_play_says_so_and_lets_waiting_count() {
    let error = FilmError::Engine { detail: "pulled out".to_owned() };
    let mut screen = screen(Script { fails_at: Some((Duration::from_secs(1), error)), ..script(10) }, Vec::new());
    screen.run(2.0);
    let (running, _, busy) = now(&mut screen);
    assert_eq!((running, busy), (Running::Failed, false));
}
