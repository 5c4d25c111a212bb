//! Between the screen and its link: commands one way, events the other, both bounded; nothing else crosses.
//!
//! How a release reaches the glass, seen from here:
//!
//! 1. `ReadyToActivate`: everything is on disk. The documents are opened in another thread while the old release plays.
//! 2. When nobody is visiting, `Activate` is sent; `Activated` says that the pointer has moved.
//! 3. The exhibition is replaced. The stage opens its first page hidden and exchanges it when it is whole.
//! 4. After [`GOOD_FRAMES`] frames with that page and all its pictures, `FramesGood`; the old release may go.
//!    A page that cannot be opened is `FramesBad`, and the old release is shown again.

use std::{
    collections::VecDeque,
    io::Cursor,
    sync::{Arc, Mutex, PoisonError, mpsc},
};

use bevy::{prelude::*, tasks::AsyncComputeTaskPool};
use image::{RgbImage, codecs::jpeg::JpegEncoder, imageops::FilterType};
use pingfeng_content::model::SceneId;
use pingfeng_link::{Clock, Glass, LinkCommand, LinkEvent, LinkHandle};
use pingfeng_release::{BlobHash, store::OpenRelease};
use pingfeng_wire::{Order, Origin, Outcome, Record};

use crate::{
    ScreenSystems,
    capture::{Captured, capture_window},
    damage::{DecideSleep, WakeIn},
    over::Over,
    phase::Phase,
    record::{Connection, Fate, Keep, Kept, Welcomed},
    stage::{Exhibition, ExhibitionReplaced, FolderOpened, Page, PictureDamaged, Pictures, ShowScene, Stage},
    theme::Surface,
};

/// Records that are remembered after they were saved.
const SAVED_MAX: usize = 8;
/// Frames with a whole first page before a release counts as good.
pub const GOOD_FRAMES: u32 = 10;
/// Frames in `Phase::Fault` after which a release that has been taken up counts as bad.
const FAULT_FRAMES: u32 = 10;
/// The report says at least this often that the glass is alive, seconds.
const GLASS_EVERY_S: f32 = 55.0;
/// Commands that wait because the link's queue is full.
const HELD_MAX: usize = 512;
/// Longest edge of a picture for the hub, px.
const SHOT_EDGE_PX: u32 = 960;
/// JPEG quality of a picture for the hub.
const SHOT_QUALITY: u8 = 82;

/// The screen's end of the link.
#[derive(Resource)]
pub struct Bridge {
    link: LinkHandle,
    clock: Arc<dyn Clock>,
    /// What is shown when the store has nothing: the folder's exhibition or the built-in page.
    without_release: Exhibition,
    opening: mpsc::SyncSender<Opened>,
    opened: Mutex<mpsc::Receiver<Opened>>,
    /// Opened and waiting for the visitor to go.
    ready: Option<(BlobHash, Exhibition)>,
    /// How many are being opened; while there are any, or one waits for its turn, frames go on being asked for.
    opening_now: u32,
    /// On the glass and not yet proved: frames so far.
    proving: Option<(BlobHash, u32)>,
    /// Frames that the release being proved has stood in `Phase::Fault`.
    fault_frames: u32,
    held: Vec<LinkCommand>,
    waiting: Vec<(String, u64)>,
    /// Saved lately: the hub may have something to say about them.
    saved: VecDeque<(String, u64)>,
    glass_said: Option<Glass>,
    since_glass_s: f32,
    shot: Option<String>,
}

type Opened = (BlobHash, Result<Exhibition, String>);

impl Bridge {
    /// A bridge over `link`.
    pub fn new(link: LinkHandle, clock: Arc<dyn Clock>) -> Self {
        // One is opened at a time; a few more may be on their way when targets change quickly.
        let (opening, opened) = mpsc::sync_channel(8);
        Self {
            link,
            clock,
            without_release: Exhibition::fallback(),
            opening,
            opened: Mutex::new(opened),
            ready: None,
            opening_now: 0,
            proving: None,
            fault_frames: 0,
            held: Vec::new(),
            waiting: Vec::new(),
            saved: VecDeque::new(),
            glass_said: None,
            since_glass_s: 0.0,
            shot: None,
        }
    }

    fn send(&mut self, command: LinkCommand) {
        self.held.push(command);
        self.flush();
    }

    /// Gives the link what it has room for; the rest waits in order for the next frame.
    fn flush(&mut self) {
        let mut held = std::mem::take(&mut self.held).into_iter();
        for command in held.by_ref() {
            match self.link.send(command) {
                Ok(()) => {}
                Err(pingfeng_link::SendError::Full(command)) => {
                    self.held.push(command);
                    break;
                }
                Err(error) => {
                    error_once!(%error, "the link is gone; the screen goes on by itself");
                    break;
                }
            }
        }
        self.held.extend(held);
        if self.held.len() > HELD_MAX {
            // What the glass shows is said again anyway; records are never among the oldest for this long.
            warn!(dropped = self.held.len() - HELD_MAX, "the link does not keep up");
            self.held.drain(..self.held.len() - HELD_MAX);
        }
    }
}

/// Added where there is a link.
pub fn plugin(app: &mut App) {
    app.add_systems(Startup, prove_first)
        .add_systems(PreUpdate, (take_folder, listen, take_opened, activate).chain().before(ScreenSystems::Pointer))
        .add_systems(Last, (keep, damaged, prove, say_glass, send_shot).chain().before(DecideSleep));
}

fn take_folder(mut bridge: ResMut<Bridge>, mut opened: MessageReader<FolderOpened>) {
    for FolderOpened(exhibition) in opened.read() {
        bridge.without_release = exhibition.clone();
    }
}

#[expect(clippy::too_many_arguments, reason = "every kind of event goes somewhere else")]
fn listen(
    mut commands: Commands,
    mut bridge: ResMut<Bridge>,
    mut exhibition: ResMut<Exhibition>,
    mut replaced: MessageWriter<ExhibitionReplaced>,
    mut kept: MessageWriter<Kept>,
    mut welcomed: MessageWriter<Welcomed>,
    mut show: MessageWriter<ShowScene>,
    mut connection: ResMut<Connection>,
    mut exit: MessageWriter<AppExit>,
    phase: Res<State<Phase>>,
    windows: Query<(), With<bevy::window::PrimaryWindow>>,
    mut over: ResMut<Over>,
) {
    bridge.flush();
    while let Some(event) = bridge.link.try_event() {
        match event {
            LinkEvent::Connected => {
                connection.set_if_neq(Connection::Online);
            }
            LinkEvent::Disconnected { why, retry_in_ms } => {
                debug!(why, retry_in_ms, "the hub cannot be reached");
                connection.set_if_neq(Connection::Offline);
            }
            LinkEvent::ReadyToActivate { release, reference } => {
                info!(release.version = reference.version, "a release is ready");
                bridge.opening_now += 1;
                open_elsewhere(&bridge, release, Origin::Release);
            }
            LinkEvent::NoLongerReady { release } => {
                bridge.ready.take_if(|(ready, _)| *ready == release);
            }
            LinkEvent::Activated { release } => {
                let id = release.id().clone();
                let coming = match bridge.ready.take() {
                    Some((ready, coming)) if ready == id => Ok(coming),
                    _ => Exhibition::open(release, Origin::Release),
                };
                match coming {
                    Ok(coming) => {
                        *exhibition = coming;
                        replaced.write(ExhibitionReplaced);
                        bridge.proving = Some((id, 0));
                    }
                    Err(error) => bridge.send(LinkCommand::FramesBad { release: id, reason: error.to_string() }),
                }
            }
            LinkEvent::ActivationFailed { release, reason } => {
                warn!(reason, "the new release was not activated");
                bridge.ready.take_if(|(ready, _)| *ready == release);
            }
            LinkEvent::Confirmed { release } => info!(release.id = %release, "the release stays"),
            LinkEvent::RolledBack { to, reason } => {
                warn!(reason, "back to the release before");
                bridge.proving = None;
                let to = to.and_then(|release| {
                    let id = release.id().clone();
                    Exhibition::open(release, Origin::Release).inspect_err(|error| error!(%error, "it cannot be opened either")).ok().map(|e| (id, e))
                });
                *exhibition = match to {
                    Some((id, exhibition)) => {
                        bridge.proving = Some((id, 0));
                        exhibition
                    }
                    None => bridge.without_release.clone(),
                };
                replaced.write(ExhibitionReplaced);
            }
            LinkEvent::Saved { record } => {
                info!(record.id = record, "a record is on disk");
                answer(&mut bridge, &mut kept, &record, Fate::Saved);
            }
            LinkEvent::SaveFailed { record, reason } => {
                error!(record.id = record, reason, "a record could not be saved");
                answer(&mut bridge, &mut kept, &record, Fate::NotSaved);
            }
            LinkEvent::Unlisted { record } => {
                info!(record.id = record, "a check-in with a code that is not on the list");
                if let Some((_, ticket)) = bridge.saved.iter().find(|(id, _)| *id == record) {
                    kept.write(Kept { ticket: *ticket, fate: Fate::Unlisted });
                }
            }
            LinkEvent::Order { id, order } => match order {
                Order::Screenshot if windows.is_empty() || bridge.shot.is_some() => {
                    let outcome = Outcome::Refused { code: "unknown".into() };
                    bridge.send(LinkCommand::OrderDone { id, outcome, picture_jpeg: None });
                }
                Order::Screenshot => {
                    bridge.shot = Some(id);
                    commands.queue(capture_window);
                }
                Order::ShowScene { scene } => {
                    let scene = SceneId(scene);
                    let outcome = if over.hides_pages() {
                        Outcome::Refused { code: "covered".into() }
                    } else if *phase.get() == Phase::Visit {
                        Outcome::Refused { code: "visiting".into() }
                    } else if !exhibition.compiled.scenes.contains_key(&scene) {
                        Outcome::Refused { code: "no_scene".into() }
                    } else {
                        show.write(ShowScene(scene));
                        Outcome::Done
                    };
                    bridge.send(LinkCommand::OrderDone { id, outcome, picture_jpeg: None });
                }
                Order::Restart => {
                    bridge.send(LinkCommand::OrderDone { id, outcome: Outcome::Done, picture_jpeg: None });
                    exit.write(AppExit::Success);
                }
                // The link does this by itself; the screen hears of it as `RolledBack`.
                Order::ReturnToLastGood => {
                    let outcome = Outcome::Refused { code: "unknown".into() };
                    bridge.send(LinkCommand::OrderDone { id, outcome, picture_jpeg: None });
                }
            },
            LinkEvent::Welcome(welcome) => {
                welcomed.write(Welcomed(welcome));
            }
            LinkEvent::Blank { on } => over.blank = on,
            LinkEvent::Notice(notice) => over.notice = notice.map(|notice| *notice),
            LinkEvent::Trust(mode) => over.trust = Some(mode),
            LinkEvent::Import(news) => over.import_says(news),
            LinkEvent::Site { .. } | LinkEvent::RecordRefused { .. } | LinkEvent::Ignored { .. } => {}
        }
    }
}

fn answer(bridge: &mut Bridge, kept: &mut MessageWriter<Kept>, record: &str, fate: Fate) {
    if let Some(index) = bridge.waiting.iter().position(|(id, _)| id == record) {
        let (id, ticket) = bridge.waiting.swap_remove(index);
        kept.write(Kept { ticket, fate });
        bridge.saved.push_front((id, ticket));
        bridge.saved.truncate(SAVED_MAX);
    }
}

/// Reads the documents of a release without holding up a frame.
fn open_elsewhere(bridge: &Bridge, release: OpenRelease, origin: Origin) {
    let done = bridge.opening.clone();
    AsyncComputeTaskPool::get()
        .spawn(async move {
            let id = release.id().clone();
            // The screen is going down if nobody listens.
            let _ = done.send((id, Exhibition::open(release, origin).map_err(|error| error.to_string())));
        })
        .detach();
}

fn take_opened(mut bridge: ResMut<Bridge>, phase: Res<State<Phase>>, mut wake: ResMut<WakeIn>) {
    let all: Vec<Opened> = bridge.opened.get_mut().unwrap_or_else(PoisonError::into_inner).try_iter().collect();
    for (id, opened) in all {
        bridge.opening_now = bridge.opening_now.saturating_sub(1);
        match opened {
            Ok(exhibition) => bridge.ready = Some((id, exhibition)),
            // What is on the glass stays, also under a visitor's finger; the link says why and offers it again.
            Err(error) => {
                warn!(release.id = %id, error, "the new release cannot be opened");
                bridge.send(LinkCommand::FramesBad { release: id, reason: error });
            }
        }
    }
    // A still page draws no frames, and nothing else would look whether the reading is done.
    if bridge.opening_now > 0 || (bridge.ready.is_some() && *phase.get() != Phase::Visit) {
        wake.at_most(0.02);
    }
}

/// Takes up what is ready, between visits only.
fn activate(mut bridge: ResMut<Bridge>, phase: Res<State<Phase>>, stage: Res<Stage>, mut asked: Local<Option<BlobHash>>) {
    if bridge.ready.is_none() {
        // What was asked has been answered. The same release may come again: after a failure, or published once more
        // after a way back.
        *asked = None;
    }
    let free = matches!(phase.get(), Phase::Attract | Phase::Fault) && !stage.in_transition();
    let Some((id, _)) = bridge.ready.as_ref().filter(|_| free) else { return };
    if asked.as_ref() != Some(id) {
        let id = id.clone();
        *asked = Some(id.clone());
        bridge.send(LinkCommand::Activate { release: id });
    }
}

/// Hands records to the outbox.
fn keep(mut bridge: ResMut<Bridge>, mut keeps: MessageReader<Keep>) {
    for Keep { ticket, body } in keeps.read() {
        let at_ms = bridge.clock.wall_ms();
        let record = Record { id: new_id(at_ms), at_ms, body: body.clone() };
        if let Some(ticket) = ticket {
            bridge.waiting.push((record.id.clone(), *ticket));
        }
        bridge.send(LinkCommand::Save(record));
    }
}

/// Names a record. Ids of one device sort by time; the rest is random, so that no two devices make the same.
fn new_id(at_ms: u64) -> String {
    ulid::Ulid::from_parts(at_ms, (u128::from(fastrand::u64(..)) << 64) | u128::from(fastrand::u64(..))).to_string()
}

fn damaged(mut bridge: ResMut<Bridge>, mut damaged: MessageReader<PictureDamaged>) {
    for PictureDamaged(blob) in damaged.read() {
        bridge.send(LinkCommand::BlobDamaged { blob: blob.clone() });
    }
}

/// A release that is on the glass after a start has to prove itself too: the start may have been the proof's end.
fn prove_first(mut bridge: ResMut<Bridge>, exhibition: Res<Exhibition>) {
    if exhibition.origin == Origin::Release {
        bridge.proving = exhibition.release.as_ref().map(|release| (release.id().clone(), 0));
    }
}

/// Counts the good frames of a release that has just been taken up.
fn prove(
    mut bridge: ResMut<Bridge>,
    stage: Res<Stage>,
    pages: Query<&Page>,
    exhibition: Res<Exhibition>,
    pictures: Res<Pictures>,
    phase: Res<State<Phase>>,
    mut wake: ResMut<WakeIn>,
) {
    let Some((id, frames)) = bridge.proving.clone() else {
        bridge.fault_frames = 0;
        return;
    };
    if *phase.get() == Phase::Fault {
        // The phase follows an exchange some frames later: what is wrong at first was wrong with what stood here before.
        bridge.fault_frames += 1;
        wake.at_most(0.02);
        if bridge.fault_frames < FAULT_FRAMES {
            return;
        }
        bridge.fault_frames = 0;
        bridge.proving = None;
        bridge.send(LinkCommand::FramesBad { release: id, reason: "its first page cannot be opened".into() });
        return;
    }
    // A still page draws nothing: these few frames are drawn to be counted.
    wake.at_most(0.02);
    let page_is_new = stage.page().and_then(|page| pages.get(page).ok()).is_some_and(|page| page.exhibition.is(&exhibition));
    if !page_is_new || stage.in_transition() || pictures.pending() > 0 {
        return;
    }
    if frames + 1 < GOOD_FRAMES {
        bridge.proving = Some((id, frames + 1));
    } else {
        bridge.proving = None;
        bridge.send(LinkCommand::FramesGood { release: id });
    }
}

fn say_glass(
    mut bridge: ResMut<Bridge>,
    phase: Res<State<Phase>>,
    stage: Res<Stage>,
    exhibition: Res<Exhibition>,
    surface: Res<Surface>,
    time: Res<Time<Real>>,
) {
    bridge.since_glass_s += time.delta_secs();
    let glass = Glass {
        phase: phase.get().word().into(),
        scene: stage.scene().map(ToString::to_string),
        origin: exhibition.origin,
        release: match exhibition.origin {
            Origin::Release => exhibition.release.as_ref().map(|release| release.id().clone()),
            _ => None,
        },
        last_frame_at_ms: None,
        display: Some(surface.physical.to_array()),
    };
    if bridge.glass_said.as_ref() == Some(&glass) && bridge.since_glass_s < GLASS_EVERY_S {
        return;
    }
    bridge.glass_said = Some(glass.clone());
    bridge.since_glass_s = 0.0;
    let last_frame_at_ms = Some(bridge.clock.wall_ms());
    bridge.send(LinkCommand::Glass(Glass { last_frame_at_ms, ..glass }));
}

/// Sends the picture that the hub has asked for.
fn send_shot(mut bridge: ResMut<Bridge>, captured: Res<Captured>, mut wake: ResMut<WakeIn>) {
    if bridge.shot.is_none() {
        return;
    }
    wake.at_most(0.02);
    let Some(picture) = captured.take() else { return };
    let Some(id) = bridge.shot.take() else { return };
    let (outcome, picture_jpeg) = match small_jpeg(&picture) {
        Ok(jpeg) => (Outcome::Done, Some(jpeg)),
        Err(error) => {
            warn!(%error, "the picture could not be packed");
            (Outcome::Refused { code: "unknown".into() }, None)
        }
    };
    bridge.send(LinkCommand::OrderDone { id, outcome, picture_jpeg });
}

/// A picture of the glass as the hub wants it.
pub(crate) fn small_jpeg(picture: &RgbImage) -> image::ImageResult<Vec<u8>> {
    let (width, height) = picture.dimensions();
    let scale = (SHOT_EDGE_PX as f32 / width.max(height) as f32).min(1.0);
    let (w, h) = ((width as f32 * scale).max(1.0) as u32, (height as f32 * scale).max(1.0) as u32);
    let small = image::imageops::resize(picture, w, h, FilterType::Triangle);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(Cursor::new(&mut jpeg), SHOT_QUALITY).encode_image(&small)?;
    Ok(jpeg)
}
