//! The exhibition in the device's own folder, opened beside everything else: the first time its pictures are prepared,
//! which takes a minute, and nobody should look at a black screen for so long.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError, mpsc},
    thread,
    time::Duration,
};

use bevy::prelude::*;
use pingfeng_wire::Origin;

use super::{Exhibition, ExhibitionReplaced};
use crate::damage::Waker;

/// A folder that is being opened.
pub struct FolderComing {
    coming: mpsc::Receiver<Exhibition>,
    waker: Arc<OnceLock<Waker>>,
}

/// The folder's exhibition is open. It stands behind the release, for when there is none.
#[derive(Message, Clone, Debug)]
pub struct FolderOpened(pub Exhibition);

#[derive(Resource)]
struct Waiting(Mutex<mpsc::Receiver<Exhibition>>);

impl FolderComing {
    /// Begins to open `folder`; its prepared pictures are kept in `cache`. A folder that cannot be opened never comes, and
    /// the log says why.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn begin(folder: PathBuf, cache: PathBuf) -> std::io::Result<Self> {
        let (done, coming) = mpsc::sync_channel(1);
        let waker: Arc<OnceLock<Waker>> = Arc::default();
        let wake = waker.clone();
        thread::Builder::new().name("pingfeng-folder".into()).spawn(move || {
            match Exhibition::open_folder(&folder, &cache) {
                // Nobody waits any more when the screen has ended.
                Ok(exhibition) => drop(done.send(exhibition)),
                Err(error) => error!(folder = %folder.display(), %error, "the exhibition cannot be opened"),
            }
            if let Some(wake) = wake.get() {
                wake();
            }
        })?;
        Ok(Self { coming, waker })
    }

    /// The exhibition, if it is there within `time`.
    pub fn within(&self, time: Duration) -> Option<Exhibition> {
        self.coming.recv_timeout(time).ok()
    }

    /// Lets the app take it up when it comes.
    pub fn follow(self, app: &mut App) {
        if let Some(waker) = crate::damage::waker(app) {
            // Set once, here.
            let _ = self.waker.set(waker);
        }
        app.insert_resource(Waiting(Mutex::new(self.coming))).add_systems(PreUpdate, take.before(crate::ScreenSystems::Pointer));
    }
}

fn take(
    mut waiting: ResMut<Waiting>,
    mut exhibition: ResMut<Exhibition>,
    mut replaced: MessageWriter<ExhibitionReplaced>,
    mut opened: MessageWriter<FolderOpened>,
) {
    let Ok(coming) = waiting.0.get_mut().unwrap_or_else(PoisonError::into_inner).try_recv() else { return };
    if exhibition.origin == Origin::Fallback {
        *exhibition = coming.clone();
        replaced.write(ExhibitionReplaced);
    }
    opened.write(FolderOpened(coming));
}
