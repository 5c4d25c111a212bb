//! Kinds of scenes. Each is one file with the type of its document, the rules that its schema cannot say, and what it
//! refers to.
//!
//! A new kind is a file here, a line in `scenes!`, and a module of the screen that draws it. Everything else – reading,
//! the schema, findings about what is unused or cannot be reached – follows from that line.

mod attract;
mod chart;
mod check_in;
mod compare;
mod film;
mod gallery;
mod home;
mod hotspots;
mod oath;
mod quiz;
mod route;
mod scenario;
mod story;
mod timeline;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Certainty, MediaId, SceneId, SourceId, Text, Tile,
    check::{Sheet, World, date, text},
    finding::both,
    schema::with_kind,
};

pub use self::{
    attract::*, chart::*, check_in::*, compare::*, film::*, gallery::*, home::*, hotspots::*, oath::*, quiz::*, route::*,
    scenario::*, story::*, timeline::*,
};

/// What every kind of scene says of its document, which has an `id`.
pub(crate) trait Kind {
    /// The scene's title, where it has one of its own.
    fn title(&self) -> Option<&Text>;
    /// Applies the rules that the schema cannot say.
    fn check(&self, world: &World, sheet: &mut Sheet);
    /// Names everything that the document refers to.
    fn refers<'d>(&'d self, to: &mut Refers<'d>);
}

/// What scenes refer to.
#[derive(Default)]
pub(crate) struct Refers<'d> {
    pub(crate) media: BTreeSet<&'d MediaId>,
    pub(crate) sources: BTreeSet<&'d SourceId>,
    /// Where a visitor can go from here.
    pub(crate) scenes: Vec<&'d SceneId>,
    /// Names of events, and how sure they are.
    pub(crate) graded: Vec<(&'d Text, Certainty)>,
}

impl<'d> Refers<'d> {
    /// What one scene refers to.
    pub(crate) fn of(scene: &'d Scene) -> Self {
        let mut refers = Self::default();
        scene.body().refers(&mut refers);
        refers
    }

    fn tiles(&mut self, tiles: &'d [Tile]) {
        self.scenes.extend(tiles.iter().map(|tile| &tile.scene));
        self.media.extend(tiles.iter().filter_map(|tile| tile.picture.as_ref()));
    }
}

macro_rules! scenes {
    ($($(#[$doc:meta])* $variant:ident($body:ty) = $word:literal,)+) => {
        /// One thing a visitor sees and touches; one document.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "kind")]
        pub enum Scene {
            $($(#[$doc])* #[serde(rename = $word)] $variant($body),)+
        }

        impl Scene {
            /// Every word that may stand in `kind:` of a scene.
            pub const KINDS: &'static [&'static str] = &[$($word),+];

            /// The word in `kind:`.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Scene::$variant(_) => $word,)+
                }
            }

            /// The scene's id.
            pub fn id(&self) -> &SceneId {
                match self {
                    $(Scene::$variant(body) => &body.id,)+
                }
            }

            pub(crate) fn body(&self) -> &dyn Kind {
                match self {
                    $(Scene::$variant(body) => body,)+
                }
            }
        }

        /// The schema of a kind of scene.
        pub(crate) fn scene_schema(kind: &str) -> Option<Value> {
            match kind {
                $($word => Some(with_kind::<$body>(kind)),)+
                _ => None,
            }
        }
    };
}

scenes! {
    /// Shown while nobody touches the screen.
    Attract(Attract) = "attract",
    /// The first page of a visit.
    Home(Home) = "home",
    /// The opening of a chapter, with ways on.
    Story(Story) = "story",
    /// Events along a rail.
    Timeline(Timeline) = "timeline",
    /// Ways over a map, drawn up to a date.
    Route(Route) = "route",
    /// Pictures with captions.
    Gallery(Gallery) = "gallery",
    /// The same view before and after.
    Compare(Compare) = "compare",
    /// Numbers as bars, a line or a ring, and as a table.
    Chart(ChartScene) = "chart",
    /// Numbered points on a picture.
    Hotspots(Hotspots) = "hotspots",
    /// A film with chapters and captions.
    Film(FilmScene) = "film",
    /// Questions from a bank.
    Quiz(Quiz) = "quiz",
    /// Steps between which the visitor decides.
    Scenario(Scenario) = "scenario",
    /// A group reads an oath after its leader.
    Oath(Oath) = "oath",
    /// A visitor signs in to an event.
    CheckIn(CheckIn) = "check_in",
}

impl Scene {
    /// The scene's title, where it has one of its own.
    pub fn title(&self) -> Option<&Text> {
        self.body().title()
    }
}

/// Checks what stands above a page.
fn headings(world: &World, sheet: &mut Sheet, title: &Text, chapter: &Option<Text>) {
    text::title(world, sheet, "title", title);
    if let Some(chapter) = chapter {
        text::title(world, sheet, "chapter", chapter);
    }
}

/// Checks the date of one of several events in the order of time, and remembers where it begins.
fn date_in_order(
    sheet: &mut Sheet,
    path: &str,
    value: &str,
    before: &mut Option<date::Day>,
) -> Option<(date::Day, date::Day)> {
    let Some((from, to)) = date::parse(value) else {
        let word = crate::shape::short(value);
        sheet.error(
            path,
            "date_invalid",
            both(format!("`{word}` 不是日期"), format!("`{word}` is not a date")),
            Some(date::hint()),
        );
        return None;
    };
    if before.is_some_and(|before| !date::not_after(before, from)) {
        sheet.error(
            path,
            "date_order",
            both("比前一个事件早", "earlier than the event before it"),
            Some(both("按时间先后排列", "put the events in the order of time")),
        );
    }
    *before = Some(from);
    Some((from, to))
}

/// Warns of what is not sure enough to be shown.
fn doubtful(sheet: &mut Sheet, path: &str, certainty: Certainty) {
    if certainty == Certainty::C {
        sheet.warning(
            path,
            "certainty_c",
            both("把握程度是 C：展示前要核实", "of certainty C: to be confirmed before it is shown"),
            Some(both("核实后改成 A 或 B，或暂不展示", "confirm it and write A or B, or leave it out")),
        );
    }
}
