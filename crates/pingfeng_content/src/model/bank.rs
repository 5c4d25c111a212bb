//! `kind: bank` – questions for quizzes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BankId, MediaId, PieceId, QuestionId, SourceId, Text};

/// A bank of questions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    /// ASCII name.
    pub id: BankId,
    /// For editors.
    pub title: Text,
    /// Questions; ids are unique over all banks.
    pub questions: Vec<Question>,
}

/// One question with its explanation and source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Question {
    /// ASCII name.
    pub id: QuestionId,
    /// Such as `ch04`.
    pub chapter: Option<String>,
    /// 1 easy, 2, 3 hard.
    pub difficulty: u8,
    /// The question. A newline is a break by hand on portrait screens.
    pub stem: Text,
    /// What it is about in a few words, at most 14 characters, for the list of results: 大渡河上的铁索桥. Without it
    /// the list shows the stem.
    pub topic: Option<Text>,
    /// Shown after the answer.
    pub explain: Text,
    /// At least one.
    pub sources: Vec<SourceId>,
    /// Fills the upper part; else the quiz's picture.
    pub picture: Option<MediaId>,
    /// The kind of question and its answer.
    #[serde(flatten)]
    pub ask: Ask,
}

/// The kinds of question. `type:` in YAML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Ask {
    /// One option is right.
    Single {
        /// Options by letter, in the order of the letters.
        options: BTreeMap<String, Text>,
        /// The right letter.
        answer: String,
    },
    /// Exactly these options are right.
    Multiple {
        /// Options by letter.
        options: BTreeMap<String, Text>,
        /// The right letters.
        answer: Vec<String>,
    },
    /// 对 or 不对.
    TrueFalse {
        /// True if the stem is right.
        answer: bool,
    },
    /// Blanks, written （　） in the stem, filled on an on-screen pad.
    Fill {
        /// What may be typed.
        pad: FillPad,
        /// For each blank the accepted strings. Full-width digits and spaces are folded before comparing.
        answer: Vec<Vec<String>>,
    },
    /// Pieces to be put in order.
    Order {
        /// Pieces in the right order; the screen shuffles them with the seed of the visit.
        pieces: Vec<Piece>,
    },
    /// Pairs to be found.
    Match {
        /// Right pairs; the screen shuffles both sides.
        pairs: Vec<Pair>,
    },
    /// A region of a picture is to be touched.
    Hotspot {
        /// Picture with `regions`.
        image: MediaId,
        /// The right region.
        answer: String,
    },
    /// A place on a schematic map is to be touched.
    Map {
        /// Picture with `map`.
        image: MediaId,
        /// Latitude and longitude, degrees, nominal WGS-84.
        at: [f64; 2],
        /// How far off still counts, kilometres.
        tolerance_km: f64,
    },
}

impl Ask {
    /// The word in `type:`.
    pub fn kind(&self) -> &'static str {
        match self {
            Ask::Single { .. } => "single",
            Ask::Multiple { .. } => "multiple",
            Ask::TrueFalse { .. } => "truefalse",
            Ask::Fill { .. } => "fill",
            Ask::Order { .. } => "order",
            Ask::Match { .. } => "match",
            Ask::Hotspot { .. } => "hotspot",
            Ask::Map { .. } => "map",
        }
    }
}

/// What a fill-in question offers to type with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FillPad {
    /// Digits 0–9.
    Digits,
    /// These characters, at most 12, in this order: the answer's and some others.
    Characters(String),
}

/// A piece of an order question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Named in records.
    pub id: PieceId,
    /// On its card.
    pub text: Text,
}

/// A pair of a match question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Named in records.
    pub id: PieceId,
    /// Left card.
    pub left: Text,
    /// Right card.
    pub right: Text,
}
