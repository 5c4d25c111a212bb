//! The document types. Each is plain data: what an editor writes in YAML is what serde reads here and what travels as
//! JSON. Unknown keys are errors everywhere. Positions are found by path in `check`, so that these types stay free
//! of spans.

mod bank;
mod exhibition;
mod ids;
mod media;
mod tile;
mod text;

pub use crate::kinds::{
    Attract, Chart, ChartForm, ChartPoint, ChartScene, CheckIn, Compare, ComparePair, CompareSide, Era, Event, Fact,
    FilmChapter, FilmScene, Gallery, GalleryItem, Home, HotspotPoint, Hotspots, LabelSide, Oath, OathWords, Quiz, Route,
    RouteColumn, RouteInset, RouteStop, Scenario, ScenarioOption, ScenarioStep, Scene, Story, StoryPage, Timeline,
};
pub use bank::*;
pub use exhibition::*;
pub use ids::*;
pub use media::*;
pub use tile::*;
pub use text::*;
