//! `kind: film`: a film with chapters and captions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers, headings};
use crate::{
    MediaId, SceneId, SourceId, Text,
    check::{Sheet, World, count, refs, text},
    finding::both,
    limits::ITEMS_MAX,
};

/// A film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilmScene {
    /// ASCII name.
    pub id: SceneId,
    /// Name of the film.
    pub title: Text,
    /// Such as 第四章.
    pub chapter: Option<Text>,
    /// Media of type film.
    pub film: MediaId,
    /// Jumps; the first at 0.
    #[serde(default)]
    pub chapters: Vec<FilmChapter>,
    /// At least one.
    pub sources: Vec<SourceId>,
}

/// A jump inside a film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilmChapter {
    /// Seconds from the start.
    pub at_s: f64,
    /// Its name.
    pub title: Text,
}

impl Kind for FilmScene {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        headings(world, sheet, &self.title, &self.chapter);
        refs::media(world, sheet, "film", &self.film, "film");
        count(sheet, "chapters", self.chapters.len(), 0, ITEMS_MAX);
        let mut before: Option<f64> = None;
        for (index, chapter) in self.chapters.iter().enumerate() {
            let at = format!("chapters[{index}]");
            let right = match before {
                None => chapter.at_s == 0.0,
                Some(before) => chapter.at_s > before,
            };
            if !right {
                sheet.error(
                    &format!("{at}.at_s"),
                    "chapter_order",
                    if index == 0 {
                        both("第一段要从 0 秒开始", "the first chapter begins at 0")
                    } else {
                        both("要比前一段晚", "must be later than the chapter before it")
                    },
                    Some(both("单位是秒", "in seconds")),
                );
            }
            before = Some(chapter.at_s);
            text::title(world, sheet, &format!("{at}.title"), &chapter.title);
        }
        refs::sources(world, sheet, "sources", &self.sources);
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        to.media.insert(&self.film);
        to.sources.extend(&self.sources);
    }
}
