//! `kind: compare`: the same view twice, before and after, with a line that the visitor moves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers, headings};
use crate::{
    MediaId, PieceId, SceneId, SourceId, Text,
    check::{Sheet, World, count, refs, text},
    finding::both,
    limits::ITEMS_MAX,
};

/// Pairs of pictures that lie on one another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// ASCII name.
    pub id: SceneId,
    /// Such as 渔村与新城.
    pub title: Text,
    /// Such as 第九章.
    pub chapter: Option<Text>,
    /// In order.
    pub pairs: Vec<ComparePair>,
    /// Where to go after the last pair.
    pub next: Option<SceneId>,
}

/// A view at two times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComparePair {
    /// ASCII name.
    pub id: PieceId,
    /// What is seen: `深圳河口`.
    pub title: Text,
    /// How it was.
    pub before: CompareSide,
    /// How it became. Its picture has the same width and height.
    pub after: CompareSide,
    /// One paragraph.
    pub text: Text,
    /// At least one.
    pub sources: Vec<SourceId>,
}

/// One of the two pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareSide {
    /// The picture.
    pub picture: MediaId,
    /// When: `1979年`.
    pub when: Text,
}

impl Kind for Compare {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        headings(world, sheet, &self.title, &self.chapter);
        count(sheet, "pairs", self.pairs.len(), 1, ITEMS_MAX);
        let pairs = self.pairs.iter().enumerate();
        refs::piece_ids(sheet, pairs.map(|(index, pair)| (format!("pairs[{index}].id"), &pair.id)));
        for (index, pair) in self.pairs.iter().enumerate() {
            let at = format!("pairs[{index}]");
            text::title(world, sheet, &format!("{at}.title"), &pair.title);
            for (side, body) in [("before", &pair.before), ("after", &pair.after)] {
                refs::picture(world, sheet, &format!("{at}.{side}.picture"), &body.picture);
                text::title(world, sheet, &format!("{at}.{side}.when"), &body.when);
            }
            if pair.before.picture == pair.after.picture {
                sheet.error(
                    &format!("{at}.after.picture"),
                    "compare_same",
                    both("前后是同一幅图", "before and after are the same picture"),
                    Some(both("换成另一个时间的图", "choose one of another time")),
                );
            }
            text::paragraph(world, sheet, &format!("{at}.text"), &pair.text);
            refs::sources(world, sheet, &format!("{at}.sources"), &pair.sources);
        }
        if let Some(next) = &self.next {
            refs::scene(world, sheet, "next", next);
        }
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        for pair in &self.pairs {
            to.media.extend([&pair.before.picture, &pair.after.picture]);
            to.sources.extend(&pair.sources);
        }
        to.scenes.extend(&self.next);
    }
}
