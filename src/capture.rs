//! Frames as images: for `render`, golden tests, and pictures that the hub asks for.

use std::sync::{Arc, Mutex, PoisonError};

use bevy::{
    prelude::*,
    render::view::screenshot::{Screenshot, ScreenshotCaptured},
};
use image::RgbImage;

use crate::damage::DirectWindow;

/// Where a captured frame is put.
#[derive(Resource, Clone, Default)]
pub struct Captured(Arc<Mutex<Option<RgbImage>>>);

impl Captured {
    /// The frame, once it is there.
    pub fn take(&self) -> Option<RgbImage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Puts a frame there.
    pub(crate) fn put(&self, picture: RgbImage) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(picture);
    }
}

/// Takes a picture of the next frame of the window; a command.
pub(crate) fn capture_window(world: &mut World) {
    match world.get_resource::<DirectWindow>() {
        Some(window) => window.capture(world.resource::<Captured>().clone()),
        None => capture(&mut world.commands(), Screenshot::primary_window()),
    }
}

/// Takes a picture of the next frame of `target`.
pub fn capture(commands: &mut Commands, target: Screenshot) {
    commands.spawn(target).observe(|shot: On<ScreenshotCaptured>, captured: Res<Captured>| {
        if let Ok(picture) = shot.image.clone().try_into_dynamic() {
            captured.put(picture.into_rgb8());
        }
    });
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Captured>();
}
