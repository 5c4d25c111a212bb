//! `kind: attract`: what the screen shows while nobody touches it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers};
use crate::{
    MediaId, SceneId, SourceId, Text,
    check::{Sheet, World, count, refs, text},
    finding::both,
    limits::{ATTRACT_COLUMN_CHARS_MAX, ITEMS_MAX},
};

/// The attract loop: a picture whose layers drift, a stacked title, one dated fact at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attract {
    /// ASCII name.
    pub id: SceneId,
    /// Picture with `layers: true`.
    pub picture: MediaId,
    /// Columns of the stacked title from right to left, at most two of at most six characters.
    pub title_columns: Vec<String>,
    /// One quiet line.
    pub subtitle: Text,
    /// Facts of certainty A, shown one after another.
    pub facts: Vec<Fact>,
}

/// A dated fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// When, as on the screen: `1935年5月29日`.
    pub when: Text,
    /// What, one sentence.
    pub text: Text,
    /// At least one.
    pub sources: Vec<SourceId>,
}

impl Kind for Attract {
    fn title(&self) -> Option<&Text> {
        None
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        if let Some(picture) = refs::picture(world, sheet, "picture", &self.picture)
            && !picture.layers
        {
            sheet.error(
                "picture",
                "layers_missing",
                both(
                    format!("待机画面 `{}` 没有分层", self.picture),
                    format!("the picture `{}` of the attract loop has no layers", self.picture),
                ),
                Some(both(
                    "在素材里写 `layers: true`，用分组的 SVG",
                    "write `layers: true` in the media list and use an SVG with groups",
                )),
            );
        }
        count(sheet, "title_columns", self.title_columns.len(), 1, 2);
        for (index, column) in self.title_columns.iter().enumerate() {
            let chars = column.chars().count();
            if !(1..=ATTRACT_COLUMN_CHARS_MAX).contains(&chars) {
                sheet.error(
                    &format!("title_columns[{index}]"),
                    "text_too_long",
                    both(
                        format!("竖排一列 1 到 {ATTRACT_COLUMN_CHARS_MAX} 字，这里 {chars} 字"),
                        format!("a column has 1 to {ATTRACT_COLUMN_CHARS_MAX} characters, not {chars}"),
                    ),
                    Some(both("分成两列，或缩短", "use two columns, or shorten it")),
                );
            }
        }
        text::line(world, sheet, "subtitle", &self.subtitle);
        count(sheet, "facts", self.facts.len(), 1, ITEMS_MAX);
        for (index, fact) in self.facts.iter().enumerate() {
            let at = format!("facts[{index}]");
            text::line(world, sheet, &format!("{at}.when"), &fact.when);
            text::line(world, sheet, &format!("{at}.text"), &fact.text);
            refs::sources(world, sheet, &format!("{at}.sources"), &fact.sources);
        }
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        to.media.insert(&self.picture);
        to.sources.extend(self.facts.iter().flat_map(|fact| &fact.sources));
    }
}
