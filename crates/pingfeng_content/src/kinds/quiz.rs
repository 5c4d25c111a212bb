//! `kind: quiz`: a run of questions from a bank.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers};
use crate::{
    BankId, MediaId, QuestionId, SceneId, Text,
    check::{self, Sheet, World},
};

/// A run of questions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quiz {
    /// ASCII name.
    pub id: SceneId,
    /// Name of the quiz.
    pub title: Text,
    /// Fills the upper part where a question has no picture of its own.
    pub picture: MediaId,
    /// The bank.
    pub bank: BankId,
    /// These questions, in this order; empty: those of `chapter`, else all of the bank.
    #[serde(default)]
    pub questions: Vec<QuestionId>,
    /// Only questions of this chapter, such as `ch04`.
    pub chapter: Option<String>,
    /// How many are asked in one run; 0: all.
    #[serde(default)]
    pub ask: usize,
    /// Whether questions are shuffled; options and pieces always are, with the seed of the visit.
    #[serde(default)]
    pub shuffle: bool,
}

impl Kind for Quiz {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        check::quiz(world, sheet, self);
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        to.media.insert(&self.picture);
    }
}
