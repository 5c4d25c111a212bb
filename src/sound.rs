//! The sound desk of the screen: what a touch sounds like. Film sound stays with its film.

use bevy::prelude::*;
use pingfeng_media::sound::{Bus, RodioOutputs, Sound, SoundDesk};

use crate::{
    cue::{PlaySound, UiSound},
    theme::Kit,
};

/// Added where there is a window; an offscreen screen has no ears to play for.
pub(super) fn plugin(app: &mut App) {
    app.add_systems(Startup, open).add_systems(PostUpdate, play.run_if(resource_exists::<UiSounds>));
}

#[derive(Resource, Debug)]
struct UiSounds {
    desk: SoundDesk,
    touch: Sound,
    turn: Sound,
    confirm: Sound,
    checked_in: Sound,
}

/// A screen without a sound thread is silent, and otherwise whole.
fn open(mut commands: Commands) {
    let open = || -> Result<UiSounds> {
        Ok(UiSounds {
            desk: SoundDesk::start(RodioOutputs)?,
            touch: Sound::new(&include_bytes!("../assets/sounds/touch.wav")[..])?,
            turn: Sound::new(&include_bytes!("../assets/sounds/turn.wav")[..])?,
            confirm: Sound::new(&include_bytes!("../assets/sounds/confirm.wav")[..])?,
            checked_in: Sound::new(&include_bytes!("../assets/sounds/saved.wav")[..])?,
        })
    };
    match open() {
        Ok(sounds) => commands.insert_resource(sounds),
        Err(error) => warn!("no sounds of the interface: {error}"),
    }
}

/// Silent while the visit's sound is off, and on solemn days: [`Kit`] knows both.
fn play(mut cues: MessageReader<PlaySound>, sounds: Res<UiSounds>, kit: Option<Res<Kit>>) {
    let Some(kit) = kit else { return };
    for PlaySound(cue) in cues.read() {
        if !kit.sound {
            continue;
        }
        let (sound, level) = match cue {
            UiSound::Touch => (&sounds.touch, "touch"),
            UiSound::Turn => (&sounds.turn, "turn"),
            UiSound::Confirm => (&sounds.confirm, "confirm"),
            UiSound::CheckedIn => (&sounds.checked_in, "confirm"),
        };
        sounds.desk.play(sound, Bus::Effects, kit.tokens.sound_db(level));
    }
}
