//! Scenes: `kind: attract | home | story | timeline | gallery | film | quiz | check_in`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BankId, MediaId, PieceId, QuestionId, SceneId, SourceId, Text};

/// One thing a visitor sees and touches; one document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Scene {
    /// Shown while nobody touches the screen.
    Attract(Attract),
    /// The first page of a visit.
    Home(Home),
    /// The opening of a chapter, with ways on.
    Story(Story),
    /// Events along a rail.
    Timeline(Timeline),
    /// Pictures with captions.
    Gallery(Gallery),
    /// A film with chapters and captions.
    Film(FilmScene),
    /// Questions from a bank.
    Quiz(Quiz),
    /// A visitor signs in to an event.
    CheckIn(CheckIn),
}

impl Scene {
    /// The scene's id.
    pub fn id(&self) -> &SceneId {
        match self {
            Scene::Attract(s) => &s.id,
            Scene::Home(s) => &s.id,
            Scene::Story(s) => &s.id,
            Scene::Timeline(s) => &s.id,
            Scene::Gallery(s) => &s.id,
            Scene::Film(s) => &s.id,
            Scene::Quiz(s) => &s.id,
            Scene::CheckIn(s) => &s.id,
        }
    }

    /// The scene's title, where it has one of its own.
    pub fn title(&self) -> Option<&Text> {
        match self {
            Scene::Attract(_) => None,
            Scene::Home(s) => Some(&s.title),
            Scene::Story(s) => Some(&s.title),
            Scene::Timeline(s) => Some(&s.title),
            Scene::Gallery(s) => Some(&s.title),
            Scene::Film(s) => Some(&s.title),
            Scene::Quiz(s) => Some(&s.title),
            Scene::CheckIn(s) => Some(&s.title),
        }
    }

    /// The word in `kind:`.
    pub fn kind(&self) -> &'static str {
        match self {
            Scene::Attract(_) => "attract",
            Scene::Home(_) => "home",
            Scene::Story(_) => "story",
            Scene::Timeline(_) => "timeline",
            Scene::Gallery(_) => "gallery",
            Scene::Film(_) => "film",
            Scene::Quiz(_) => "quiz",
            Scene::CheckIn(_) => "check_in",
        }
    }
}

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
    /// Ways on, at most four.
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

/// Events along a rail, with era jumps and a card for the chosen one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// ASCII name.
    pub id: SceneId,
    /// Such as 万里长征.
    pub title: Text,
    /// Such as 第四章.
    pub chapter: Option<Text>,
    /// Jumps; empty for a timeline of one era.
    #[serde(default)]
    pub eras: Vec<Era>,
    /// In the order of time.
    pub events: Vec<Event>,
    /// Where to go after the last event.
    pub next: Option<SceneId>,
}

/// A named stretch of a timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Era {
    /// Named by events.
    pub id: PieceId,
    /// On its tab, at most six characters.
    pub title: Text,
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

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// ASCII name.
    pub id: PieceId,
    /// ISO 8601: a year, month, day, or a range with `/`. A string, always quoted in YAML.
    pub date: String,
    /// On the rail: `1935.1`.
    pub mark: Text,
    /// Day and place on the card: `1月15日至17日　贵州遵义`.
    pub when: Text,
    /// Such as 遵义会议.
    pub title: Text,
    /// One paragraph.
    pub text: Text,
    /// Behind the card; the scene keeps the last one when absent.
    pub picture: Option<MediaId>,
    /// The era it belongs to.
    pub era: Option<PieceId>,
    /// How sure the date and numbers are.
    pub certainty: Certainty,
    /// At least one.
    pub sources: Vec<SourceId>,
    /// A note for editors; never on the screen.
    pub note: Option<String>,
}

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

/// Check-in by short code or by a scanner that types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    /// ASCII name.
    pub id: SceneId,
    /// Name of the page.
    pub title: Text,
    /// ASCII name of the event at the hub.
    pub event: String,
    /// Name of the event.
    pub event_title: Text,
    /// Day, hour and place of the event.
    pub when: Text,
    /// Digits of the short code, 4 to 8.
    pub code_digits: u8,
    /// Fills the upper part.
    pub picture: MediaId,
    /// What happens to what a visitor types, said before asking.
    pub privacy: Text,
}
