//! What several kinds of scenes have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MediaId, SceneId, Text};

/// One choice on a home page or at the end of a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    /// Where it leads.
    pub scene: SceneId,
    /// Its name; a newline is a break by hand in landscape.
    pub title: Text,
    /// Quiet facts, joined by a full-width space: `[第一章, 1915—1921]`.
    #[serde(default)]
    pub labels: Vec<Text>,
    /// A small picture.
    pub picture: Option<MediaId>,
}

/// How sure a date or number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Certainty {
    /// As in official chronologies, no dispute known.
    A,
    /// Official, but sources round or phrase it differently.
    B,
    /// Plausible or disputed: not in attract loops, not in quizzes.
    C,
}
