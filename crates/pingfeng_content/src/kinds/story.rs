//! `kind: story`: the opening of a chapter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers, headings};
use crate::{
    MediaId, SceneId, SourceId, Text, Tile,
    check::{Sheet, World, count, refs, text, tiles},
    limits::{ITEMS_MAX, STORY_LINKS_MAX},
};

/// The opening of a chapter: one or more pages, then ways on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// ASCII name.
    pub id: SceneId,
    /// Such as 万里长征.
    pub title: Text,
    /// Such as 第四章.
    pub chapter: Option<Text>,
    /// Such as 1934—1936.
    pub years: Option<Text>,
    /// Pages, in order.
    pub pages: Vec<StoryPage>,
    /// Ways on, at most six.
    pub links: Vec<Tile>,
}

/// One page of a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoryPage {
    /// Fills the upper part.
    pub picture: MediaId,
    /// A title of its own.
    pub heading: Option<Text>,
    /// One paragraph.
    pub text: Text,
    /// At least one.
    pub sources: Vec<SourceId>,
}

impl Kind for Story {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        headings(world, sheet, &self.title, &self.chapter);
        if let Some(years) = &self.years {
            text::title(world, sheet, "years", years);
        }
        count(sheet, "pages", self.pages.len(), 1, ITEMS_MAX);
        for (index, page) in self.pages.iter().enumerate() {
            let at = format!("pages[{index}]");
            refs::picture(world, sheet, &format!("{at}.picture"), &page.picture);
            if let Some(heading) = &page.heading {
                text::title(world, sheet, &format!("{at}.heading"), heading);
            }
            text::paragraph(world, sheet, &format!("{at}.text"), &page.text);
            refs::sources(world, sheet, &format!("{at}.sources"), &page.sources);
        }
        count(sheet, "links", self.links.len(), 0, STORY_LINKS_MAX);
        tiles(world, sheet, "links", &self.links);
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        for page in &self.pages {
            to.media.insert(&page.picture);
            to.sources.extend(&page.sources);
        }
        to.tiles(&self.links);
    }
}
