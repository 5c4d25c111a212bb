//! `kind: chart`: numbers as bars, a line or a ring, and as a table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers, doubtful, headings};
use crate::{
    Certainty, PieceId, SceneId, SourceId, Text,
    check::{Sheet, World, count, refs, text},
    finding::both,
    limits::{
        CHART_LABEL_CHARS_MAX, CHART_NAME_CHARS_MAX, CHART_PARTS_MAX, CHART_POINTS_MAX, CHART_TAB_CHARS_MAX,
        CHART_TEXT_CHARS_MAX, CHART_UNIT_CHARS_MAX, CHARTS_MAX,
    },
};

/// Numbers that a visitor compares. Every axis begins at zero, and a table says the same numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChartScene {
    /// ASCII name.
    pub id: SceneId,
    /// Such as 数字里的变化.
    pub title: Text,
    /// Such as 第十章.
    pub chapter: Option<Text>,
    /// One to six; where there are several, each has a tab.
    pub charts: Vec<Chart>,
    /// Where to go from here.
    pub next: Option<SceneId>,
}

/// One row of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// ASCII name.
    pub id: PieceId,
    /// What the numbers are: `农村贫困人口（年末）`.
    pub title: Text,
    /// A name of at most eight characters for the tab, where the title is longer.
    pub tab: Option<Text>,
    /// How the numbers are drawn.
    pub form: ChartForm,
    /// What is counted, with its measure: `万人`. Numbers are written as they are given.
    pub unit: Text,
    /// In order. Two to 24, of a ring at most six.
    pub points: Vec<ChartPoint>,
    /// One or two sentences, at most a hundred characters.
    pub text: Option<Text>,
    /// At least one.
    pub sources: Vec<SourceId>,
    /// The day of the figures, shown beside the unit: `2024年12月31日`.
    pub as_of: Option<Text>,
    /// A note for editors; never on the screen.
    pub note: Option<String>,
}

/// How numbers are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartForm {
    /// A bar for each.
    Bars,
    /// A line through all of them, in even steps.
    Line,
    /// A ring whose parts are the numbers.
    Pie,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChartPoint {
    /// Its name, at most twelve characters: a year, a group.
    pub x: Text,
    /// The number, not below zero.
    pub y: f64,
    /// Shown instead of the number, with its own unit: `五十多名`.
    pub label: Option<Text>,
    /// How sure the number is.
    pub certainty: Certainty,
}

impl Kind for ChartScene {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        headings(world, sheet, &self.title, &self.chapter);
        count(sheet, "charts", self.charts.len(), 1, CHARTS_MAX);
        let charts = self.charts.iter().enumerate().take(CHARTS_MAX);
        refs::piece_ids(sheet, charts.clone().map(|(index, chart)| (format!("charts[{index}].id"), &chart.id)));
        let tabs = self.charts.len() > 1;
        for (index, chart) in charts {
            chart.check(world, sheet, &format!("charts[{index}]"), tabs);
        }
        if let Some(next) = &self.next {
            refs::scene(world, sheet, "next", next);
        }
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        // Names of points are years and groups, which other texts use freely: they are not graded as events are.
        for chart in &self.charts {
            to.sources.extend(&chart.sources);
        }
        to.scenes.extend(&self.next);
    }
}

impl Chart {
    fn check(&self, world: &World, sheet: &mut Sheet, at: &str, tabs: bool) {
        text::title(world, sheet, &format!("{at}.title"), &self.title);
        if let Some(tab) = &self.tab {
            text::title(world, sheet, &format!("{at}.tab"), tab);
        }
        let (key, name) = self.tab.as_ref().map_or(("title", &self.title), |tab| ("tab", tab));
        let chars = name.zh.chars().count();
        if tabs && chars > CHART_TAB_CHARS_MAX {
            sheet.error(
                &format!("{at}.{key}"),
                "label_too_long",
                both(
                    format!("写在标签上的名称有 {chars} 字，上限 {CHART_TAB_CHARS_MAX} 字"),
                    format!("the name on the tab has {chars} characters, at most {CHART_TAB_CHARS_MAX} fit"),
                ),
                Some(both("用 `tab` 写一个短名", "give a shorter one as `tab`")),
            );
        }
        text::check(world, sheet, &format!("{at}.unit"), &self.unit, CHART_UNIT_CHARS_MAX);
        if let Some(as_of) = &self.as_of {
            text::title(world, sheet, &format!("{at}.as_of"), as_of);
        }
        if let Some(words) = &self.text {
            text::check(world, sheet, &format!("{at}.text"), words, CHART_TEXT_CHARS_MAX);
        }
        let most = if self.form == ChartForm::Pie { CHART_PARTS_MAX } else { CHART_POINTS_MAX };
        count(sheet, &format!("{at}.points"), self.points.len(), 2, most);
        for (index, point) in self.points.iter().enumerate().take(CHART_POINTS_MAX) {
            point.check(world, sheet, &format!("{at}.points[{index}]"));
        }
        let points = format!("{at}.points");
        // A number that could not be read stands as zero, which has been said.
        let parts = self.form == ChartForm::Pie && !self.points.is_empty() && !sheet.made_up(&points);
        if parts && self.points.iter().all(|point| point.y == 0.0) {
            sheet.error(
                &points,
                "pie_empty",
                both("各部分都是 0，画不成环", "every part is 0: there is no ring to draw"),
                Some(both("写上各部分的数，或改用 `form: bars`", "give the parts, or use `form: bars`")),
            );
        }
        refs::sources(world, sheet, &format!("{at}.sources"), &self.sources);
    }
}

impl ChartPoint {
    fn check(&self, world: &World, sheet: &mut Sheet, at: &str) {
        text::check(world, sheet, &format!("{at}.x"), &self.x, CHART_NAME_CHARS_MAX);
        if !self.y.is_finite() || self.y < 0.0 {
            sheet.error(
                &format!("{at}.y"),
                "value_negative",
                both(format!("{} 小于 0", self.y), format!("{} is below 0", self.y)),
                Some(both(
                    "图从 0 画起：写不小于 0 的数",
                    "charts begin at zero: give a number that is not below it",
                )),
            );
        }
        if let Some(label) = &self.label {
            text::check(world, sheet, &format!("{at}.label"), label, CHART_LABEL_CHARS_MAX);
        }
        doubtful(sheet, &format!("{at}.certainty"), self.certainty);
    }
}
