//! `kind: gallery`: pictures with captions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers, headings};
use crate::{
    MediaId, SceneId, SourceId, Text,
    check::{Sheet, World, count, refs, text},
    limits::ITEMS_MAX,
};

/// Pictures on paper mounts, with zoom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gallery {
    /// ASCII name.
    pub id: SceneId,
    /// Name of the gallery.
    pub title: Text,
    /// Such as 第四章.
    pub chapter: Option<Text>,
    /// In order.
    pub items: Vec<GalleryItem>,
}

/// One picture of a gallery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GalleryItem {
    /// The picture.
    pub picture: MediaId,
    /// Its name.
    pub title: Text,
    /// Place and year it shows.
    pub when: Text,
    /// One paragraph.
    pub text: Text,
    /// At least one.
    pub sources: Vec<SourceId>,
}

impl Kind for Gallery {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        headings(world, sheet, &self.title, &self.chapter);
        count(sheet, "items", self.items.len(), 1, ITEMS_MAX);
        for (index, item) in self.items.iter().enumerate() {
            let at = format!("items[{index}]");
            refs::picture(world, sheet, &format!("{at}.picture"), &item.picture);
            text::title(world, sheet, &format!("{at}.title"), &item.title);
            text::line(world, sheet, &format!("{at}.when"), &item.when);
            text::paragraph(world, sheet, &format!("{at}.text"), &item.text);
            refs::sources(world, sheet, &format!("{at}.sources"), &item.sources);
        }
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        for item in &self.items {
            to.media.insert(&item.picture);
            to.sources.extend(&item.sources);
        }
    }
}
