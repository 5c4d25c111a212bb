//! Records: what happened and must reach the hub. Scenes hand them over here and are told when they are on the disk; the
//! bridge gives each its id and time and passes it to the outbox.

use bevy::prelude::*;
use pingfeng_wire::{RecordBody, Welcome};

/// A record to be kept.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct Keep {
    /// Comes back in [`Kept`]; `None` where nobody waits for it.
    pub ticket: Option<u64>,
    /// What happened.
    pub body: RecordBody,
}

/// What became of a record that somebody waits for.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// As given.
    pub ticket: u64,
    /// What the visitor is told.
    pub fate: Fate,
}

/// How it stands with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// On the disk; only then is a visitor told so.
    Saved,
    /// It could not be written.
    NotSaved,
    /// A check-in that was saved, and whose code the hub does not find on the event's list. Comes after `Saved`, and only
    /// while the hub can be reached.
    Unlisted,
}

/// A check-in made anywhere on the site, for the welcome strip.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct Welcomed(pub Welcome);

/// Whether the hub can be reached. Written by the bridge.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// There is no link: a screen on its own.
    #[default]
    None,
    /// Connected.
    Online,
    /// Not connected; records wait on the disk.
    Offline,
}

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Keep>().add_message::<Kept>().add_message::<Welcomed>().init_resource::<Connection>();
}

/// Without an outbox nothing reaches a disk: `render` and tests take every record as kept in the next frame.
pub(super) fn without_outbox(app: &mut App) {
    app.add_systems(PreUpdate, |mut keeps: MessageReader<Keep>, mut kept: MessageWriter<Kept>| {
        for ticket in keeps.read().filter_map(|keep| keep.ticket) {
            kept.write(Kept { ticket, fate: Fate::Saved });
        }
    });
}
