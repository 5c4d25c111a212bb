//! Frames as images: for `render`, golden tests, and pictures that the hub asks for.

use std::sync::{Arc, Mutex, PoisonError};

use bevy::{
    prelude::*,
    render::view::screenshot::{Screenshot, ScreenshotCaptured},
};
use image::RgbImage;

/// Where a captured frame is put.
#[derive(Resource, Clone, Default)]
pub struct Captured(Arc<Mutex<Option<RgbImage>>>);

impl Captured {
    /// The frame, once it is there.
    pub fn take(&self) -> Option<RgbImage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Takes a picture of the next frame of `target`.
pub fn capture(commands: &mut Commands, target: Screenshot) {
    commands.spawn(target).observe(|shot: On<ScreenshotCaptured>, captured: Res<Captured>| {
        if let Ok(picture) = shot.image.clone().try_into_dynamic() {
            *captured.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(picture.into_rgb8());
        }
    });
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Captured>();
}
