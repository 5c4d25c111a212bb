//! What drives a film: it opens with the page, starts when the page is shown, obeys its controls, and keeps the visitor
//! from counting as idle only while it moves.

use std::time::Duration;

use bevy::{
    prelude::*,
    winit::{EventLoopProxyWrapper, WinitUserEvent},
};
use pingfeng_content::model::{FilmScene, Media};
use pingfeng_media::film::{Audio, Film, FilmState, OpenOptions, Seek};

use super::{
    Films,
    page::{Control, FilmPage, Glass, Running},
    planes::{FilmMaterial, FilmUploads, Planes},
};
use crate::{
    cue::Happened,
    input::{Busy, PanPhase, Panned, PointerEvent, Tapped},
    stage::Page,
    theme::Kit,
};

/// How far the two jump keys go.
const JUMP: Duration = Duration::from_secs(10);
/// Without a touch for this long the panel goes, where it covers a part of the film.
const PANEL_S: f32 = 5.0;
/// The poster lies below the film until this many frames have been sent: the first ones may still wait for a shader.
const POSTER_FRAMES: u32 = 8;

/// The film of a page.
#[derive(Component)]
pub(super) struct FilmPlayer {
    film: Box<dyn Film>,
    planes: Option<Planes>,
    frames: u32,
    started: bool,
    mute: Option<bool>,
    /// A finger drags the slider: whether the film was playing before.
    dragged_from: Option<bool>,
    told: Option<Running>,
}

pub(super) fn open_films(
    mut commands: Commands,
    pages: Query<(Entity, &Page, &FilmPage), Without<FilmPlayer>>,
    films: Res<Films>,
    proxy: Option<Res<EventLoopProxyWrapper>>,
) {
    for (entity, page, state) in &pages {
        let id = &state.document().film;
        let path = match page.exhibition.compiled.media.get(id) {
            Some(Media::Film(film)) if !page.exhibition.is_withheld(id) => page.exhibition.path_of(&film.common.file),
            _ => None,
        };
        let mut options = OpenOptions { pace: films.pace, audio: Audio::Default, wake: None };
        if let Some(proxy) = &proxy {
            let proxy = (***proxy).clone();
            options.wake = Some(std::sync::Arc::new(move || {
                // Refused only when the window has gone.
                proxy.send_event(WinitUserEvent::WakeUp).ok();
            }));
        }
        // A release lists every file it names; a path that is missing all the same fails like a file that is missing.
        let film = films.backend.open(&path.unwrap_or_default(), options);
        commands.entity(entity).insert(FilmPlayer {
            film,
            planes: None,
            frames: 0,
            started: false,
            mute: None,
            dragged_from: None,
            told: None,
        });
    }
}

/// Touches on the controls.
pub(super) fn obey(
    mut taps: MessageReader<Tapped>,
    controls: Query<&Control>,
    kit: Option<Res<Kit>>,
    mut pages: FilmPages,
    mut happened: MessageWriter<Happened>,
) {
    let Some(kit) = kit else { return };
    for tap in taps.read() {
        let Ok(control) = controls.get(tap.entity) else { continue };
        let Some((mut page, mut player, _)) = shown(&mut pages) else { continue };
        let film = &mut player.film;
        match *control {
            Control::PlayOrPause if film.state().moves() => film.pause(),
            Control::PlayOrPause => film.play(),
            Control::Back => film.seek(film.position().saturating_sub(JUMP), Seek::Exact),
            Control::Forward => film.seek(film.position() + JUMP, Seek::Exact),
            Control::Chapter(index) => {
                if let Some(chapter) = page.document().chapters.get(index) {
                    film.seek(seconds(chapter.at_s), Seek::Exact);
                    film.play();
                    happened.write(Happened(format!("film {} chapter {index}", page.document().id)));
                }
            }
            Control::Film => page.panel = !page.panel,
            Control::Captions => page.captions_on = !page.captions_on,
            Control::Rate => {
                page.next_rate();
                film.set_rate(page.rate());
            }
            Control::Slider => {
                if let Some(duration) = film.duration() {
                    film.seek(duration.mul_f32(fraction(tap.at.x, &kit)), Seek::Exact);
                }
            }
        }
    }
}

/// A finger drags the slider.
pub(super) fn scrub(
    mut pans: MessageReader<Panned>,
    mut pointers: MessageReader<PointerEvent>,
    mut finger: Local<Vec2>,
    controls: Query<&Control>,
    kit: Option<Res<Kit>>,
    mut pages: FilmPages,
) {
    if let Some(last) = pointers.read().last() {
        *finger = last.at;
    }
    let Some(kit) = kit else { return };
    for pan in pans.read() {
        let Some((mut page, mut player, _)) = shown(&mut pages) else { continue };
        // A drag goes on although the page, and with it the slider, is built again under the finger.
        if player.dragged_from.is_none() && controls.get(pan.entity) != Ok(&Control::Slider) {
            continue;
        }
        let Some(duration) = player.film.duration() else { continue };
        let to = duration.mul_f32(fraction(finger.x, &kit));
        match pan.phase {
            PanPhase::Began | PanPhase::Moved => {
                if player.dragged_from.is_none() {
                    player.dragged_from = Some(player.film.state().moves());
                    player.film.pause();
                }
                player.film.seek(to, Seek::Nearest);
                page.bypass_change_detection().scrub = Some(to);
            }
            PanPhase::Ended => {
                player.film.seek(to, Seek::Exact);
                if player.dragged_from.take() == Some(true) {
                    player.film.play();
                }
                page.bypass_change_detection().scrub = None;
            }
        }
    }
}

/// Takes frames and keeps the page's state true.
#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it touches")]
pub(super) fn follow_films(
    mut commands: Commands,
    mut pages: Query<(Entity, &mut FilmPage, &mut FilmPlayer, &Visibility, Has<Busy>)>,
    kit: Option<Res<Kit>>,
    time: Res<Time<Real>>,
    mut pointers: MessageReader<PointerEvent>,
    mut quiet_s: Local<f32>,
    mut images: ResMut<Assets<Image>>,
    mut materials: ResMut<Assets<FilmMaterial>>,
    mut uploads: ResMut<FilmUploads>,
    mut happened: MessageWriter<Happened>,
) {
    let Some(kit) = kit else { return };
    *quiet_s = if pointers.read().count() > 0 { 0.0 } else { *quiet_s + time.delta_secs() };
    for (entity, mut page, mut player, visibility, busy) in &mut pages {
        let player = &mut *player;
        if *visibility != Visibility::Hidden && !player.started {
            player.started = true;
            player.film.play();
            *quiet_s = 0.0;
        }
        if player.mute != Some(!kit.sound) {
            player.mute = Some(!kit.sound);
            player.film.set_mute(!kit.sound);
        }
        if let Some(frame) = player.film.poll(time.elapsed()) {
            if !player.planes.as_ref().is_some_and(|planes| planes.fit(&frame)) {
                player.planes = Some(Planes::new(&frame, &mut images, &mut materials));
                player.frames = 0;
            }
            if let Some(planes) = &player.planes {
                planes.show(frame, &mut uploads);
                player.frames += 1;
            }
        }
        let state = player.film.state();
        let position = player.film.position();
        let running = match &state {
            FilmState::Opening | FilmState::Prerolled | FilmState::Paused => Running::Stands,
            FilmState::Playing => Running::Plays,
            FilmState::Ended => Running::Ended,
            FilmState::Failed(_) => Running::Failed,
        };
        // While a finger drags, the film stands only for the finger: its button stays as it was.
        let running = if player.dragged_from == Some(true) && running == Running::Stands { Running::Plays } else { running };
        if player.started && player.told != Some(running) {
            player.told = Some(running);
            let id = &page.document().id;
            let word = match (&state, running) {
                (FilmState::Failed(error), _) => format!("failed {}", error.code()),
                (_, Running::Plays) => "plays".to_owned(),
                (_, Running::Ended) => "ended".to_owned(),
                _ => "stands".to_owned(),
            };
            happened.write(Happened(format!("film {id} {word}")));
        }
        // What moves all the time is moved in place.
        let moving = page.bypass_change_detection();
        moving.position = position;
        moving.duration = player.film.duration();
        // The rest builds the page again, and only when it is different.
        let glass = player.planes.as_ref().map(|planes| Glass {
            material: planes.material.clone(),
            aspect: planes.aspect,
            // A film that ends or stands early has no eighth frame to wait for.
            poster_below: player.frames < POSTER_FRAMES && running == Running::Plays,
        });
        // Not while a finger drags: the page would be built again at every chapter it passes.
        let dragged = player.dragged_from.is_some();
        let chapter = if dragged { page.chapter } else { chapter_at(page.document(), position) };
        let minutes = player.film.duration().map(|duration| (duration.as_secs_f32() / 60.0).round().max(1.0) as u32);
        // The panel comes back by itself when the film stands.
        let panel = (page.panel && *quiet_s < PANEL_S) || running != Running::Plays;
        if page.panel != panel || page.running != running || page.glass != glass || page.chapter != chapter || page.minutes != minutes {
            page.panel = panel;
            page.running = running;
            page.glass = glass;
            page.chapter = chapter;
            page.minutes = minutes;
        }
        // Waiting counts again as soon as nothing moves.
        match (running == Running::Plays && player.started, busy) {
            (true, false) => {
                commands.entity(entity).insert(Busy);
            }
            (false, true) => {
                commands.entity(entity).remove::<Busy>();
            }
            _ => {}
        }
    }
}

type FilmPages<'w, 's> = Query<'w, 's, (&'static mut FilmPage, &'static mut FilmPlayer, &'static Visibility)>;

/// The film that can be touched. Of two pages the one that is not waiting behind the other.
fn shown<'a>(pages: &'a mut FilmPages<'_, '_>) -> Option<(Mut<'a, FilmPage>, Mut<'a, FilmPlayer>, &'a Visibility)> {
    pages.iter_mut().find(|(.., visibility)| **visibility != Visibility::Hidden)
}

fn chapter_at(document: &FilmScene, position: Duration) -> usize {
    // A seek to a chapter may land a few milliseconds before it.
    let at_s = position.as_secs_f64() + 0.05;
    document.chapters.iter().rposition(|chapter| chapter.at_s <= at_s).unwrap_or(0)
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// Where on the slider a point lies.
fn fraction(x: f32, kit: &Kit) -> f32 {
    let width = kit.surface.size.x - 2.0 * kit.margin();
    ((x - kit.margin()) / width).clamp(0.0, 1.0)
}
