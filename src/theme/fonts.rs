//! The three fonts. They are part of the program: a page can be set with nothing on the disk.

use std::sync::Arc;

use bevy::prelude::*;
use linebender_resource_handle::Blob;

const SERIF_BOLD: &[u8] = include_bytes!("../../assets/fonts/PingfengSerif-Bold.otf");
const SANS_REGULAR: &[u8] = include_bytes!("../../assets/fonts/PingfengSans-Regular.otf");
const SANS_BOLD: &[u8] = include_bytes!("../../assets/fonts/PingfengSans-Bold.otf");

/// A font of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Titles, years, names, options.
    Serif,
    /// Running text.
    Sans,
    /// Labels of buttons, emphasis.
    SansBold,
}

/// Handles of the fonts.
#[derive(Resource, Clone, Debug)]
pub struct Fonts {
    serif: Handle<Font>,
    sans: Handle<Font>,
    sans_bold: Handle<Font>,
}

impl Fonts {
    /// The font of a face.
    pub fn get(&self, face: Face) -> Handle<Font> {
        match face {
            Face::Serif => &self.serif,
            Face::Sans => &self.sans,
            Face::SansBold => &self.sans_bold,
        }
        .clone()
    }
}

pub(super) fn plugin(app: &mut App) {
    let mut fonts = app.world_mut().resource_mut::<Assets<Font>>();
    // The bytes stay in the program's file and are paged in as glyphs are needed: nothing is copied to the heap.
    let mut add = |bytes: &'static [u8]| fonts.add(Font { data: Blob::new(Arc::new(bytes)), alias: String::new() });
    let fonts = Fonts { serif: add(SERIF_BOLD), sans: add(SANS_REGULAR), sans_bold: add(SANS_BOLD) };
    app.insert_resource(fonts);
}
