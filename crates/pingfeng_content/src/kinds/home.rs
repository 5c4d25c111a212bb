//! `kind: home`: the first page of a visit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers};
use crate::{
    MediaId, SceneId, Text, Tile,
    check::{Sheet, World, count, refs, text, tiles},
    limits::HOME_TILES_MAX,
};

/// The home page: a landscape with the title, and up to ten tiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Home {
    /// ASCII name.
    pub id: SceneId,
    /// Shown large on the sky of the picture.
    pub title: Text,
    /// One quiet line below the title.
    pub subtitle: Text,
    /// The landscape.
    pub picture: MediaId,
    /// The question above the tiles.
    pub heading: Text,
    /// A quiet hint beside it.
    pub hint: Text,
    /// The promise in the foot bar, such as 不用注册，不存个人信息.
    pub note: Text,
    /// What a visitor can choose.
    pub tiles: Vec<Tile>,
}

impl Kind for Home {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        text::title(world, sheet, "title", &self.title);
        for (path, words) in
            [("subtitle", &self.subtitle), ("heading", &self.heading), ("hint", &self.hint), ("note", &self.note)]
        {
            text::line(world, sheet, path, words);
        }
        refs::picture(world, sheet, "picture", &self.picture);
        count(sheet, "tiles", self.tiles.len(), 1, HOME_TILES_MAX);
        tiles(world, sheet, "tiles", &self.tiles);
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        to.media.insert(&self.picture);
        to.tiles(&self.tiles);
    }
}
