//! `kind: scenario`: a situation in which the visitor weighs materials and decides, and then sees what happened in fact.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers, headings};
use crate::{
    MediaId, PieceId, SceneId, SourceId, Text,
    check::{Sheet, World, count, refs, text},
    finding::both,
    limits::{SCENARIO_CARDS_MAX, SCENARIO_STEPS_MAX, SCENARIO_OPTION_CHARS_MAX, SCENARIO_OPTIONS_MAX},
    shape::suggest,
};

/// Steps that lead to one another. No choice is right or wrong, and every way ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// ASCII name.
    pub id: SceneId,
    /// Such as 十字路口.
    pub title: Text,
    /// Such as 第四章.
    pub chapter: Option<Text>,
    /// Fills the upper part where a step has no picture of its own.
    pub picture: MediaId,
    /// The step that it opens with.
    pub start: PieceId,
    /// Every step, in any order.
    pub steps: Vec<ScenarioStep>,
    /// Where to go after the end.
    pub next: Option<SceneId>,
}

/// One step: what is said, and the ways on. Without `options` and `to` it is an end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioStep {
    /// ASCII name.
    pub id: PieceId,
    /// A title of its own; a question does without.
    pub title: Option<Text>,
    /// One paragraph, or the question. Real people say nothing that is not on record.
    pub text: Text,
    /// From this step on the picture is this one.
    pub picture: Option<MediaId>,
    /// The name under which the visitor keeps this step as material, to look at again.
    pub card: Option<Text>,
    /// What the visitor can choose, two to four.
    #[serde(default)]
    pub options: Vec<ScenarioOption>,
    /// The step that follows, where there is nothing to choose.
    pub to: Option<PieceId>,
    /// At least one, except for a question.
    #[serde(default)]
    pub sources: Vec<SourceId>,
}

/// A choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioOption {
    /// On its key.
    pub label: Text,
    /// The step that it leads to.
    pub to: PieceId,
}

impl ScenarioStep {
    /// Where one can go from here.
    pub fn ways(&self) -> impl Iterator<Item = &PieceId> {
        self.options.iter().map(|option| &option.to).chain(&self.to)
    }
}

impl Kind for Scenario {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        headings(world, sheet, &self.title, &self.chapter);
        refs::picture(world, sheet, "picture", &self.picture);
        count(sheet, "steps", self.steps.len(), 2, SCENARIO_STEPS_MAX);
        if self.steps.len() > SCENARIO_STEPS_MAX {
            return;
        }
        let steps = self.steps.iter().enumerate();
        refs::piece_ids(sheet, steps.clone().map(|(index, step)| (format!("steps[{index}].id"), &step.id)));
        let at: BTreeMap<&PieceId, usize> = steps.clone().map(|(index, step)| (&step.id, index)).collect();
        let mut whole = known(sheet, &at, "start", &self.start);
        for (index, step) in steps {
            whole &= step.check(world, sheet, &format!("steps[{index}]"), &at);
        }
        let cards: Vec<_> = (0..self.steps.len()).filter(|index| self.steps[*index].card.is_some()).collect();
        if let Some(one_more) = cards.get(SCENARIO_CARDS_MAX) {
            sheet.error(
                &format!("steps[{one_more}].card"),
                "list_too_long",
                both(
                    format!("材料有 {} 份，上限 {SCENARIO_CARDS_MAX} 份", cards.len()),
                    format!("{} materials, at most {SCENARIO_CARDS_MAX}", cards.len()),
                ),
                Some(both("只把最要紧的写成材料", "keep the weightiest")),
            );
        }
        // Where a way leads nowhere, what can be reached is not known.
        if whole {
            self.ways(sheet, &at);
        }
        if let Some(next) = &self.next {
            refs::scene(world, sheet, "next", next);
        }
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        to.media.insert(&self.picture);
        for step in &self.steps {
            to.media.extend(&step.picture);
            to.sources.extend(&step.sources);
        }
        to.scenes.extend(&self.next);
    }
}

impl Scenario {
    /// Every step can be come to, and from every step an end can be reached.
    fn ways(&self, sheet: &mut Sheet, at: &BTreeMap<&PieceId, usize>) {
        let ways: Vec<Vec<usize>> =
            self.steps.iter().map(|step| step.ways().filter_map(|to| at.get(to).copied()).collect()).collect();
        let mut back: Vec<Vec<usize>> = vec![Vec::new(); ways.len()];
        for (from, to) in ways.iter().enumerate().flat_map(|(from, all)| all.iter().map(move |to| (from, *to))) {
            back[to].push(from);
        }
        let reached = walk(&ways, at.get(&self.start).copied());
        let ends = walk(&back, (0..ways.len()).filter(|index| ways[*index].is_empty()));
        for (index, step) in self.steps.iter().enumerate() {
            if !reached.contains(&index) {
                sheet.warning(
                    &format!("steps[{index}].id"),
                    "step_unreachable",
                    both(format!("走不到 `{}`", step.id), format!("no way leads to `{}`", step.id)),
                    Some(both("从别的步骤连过来，或删去它", "lead to it from another step, or remove it")),
                );
            } else if !ends.contains(&index) {
                sheet.error(
                    &format!("steps[{index}].id"),
                    "step_endless",
                    both(format!("从 `{}` 走不到结尾", step.id), format!("no way from `{}` comes to an end", step.id)),
                    Some(both(
                        "让一条路走到没有 options 也没有 to 的步骤",
                        "let one way lead to a step without options and without `to`",
                    )),
                );
            }
        }
    }
}

/// Everything that can be come to from `from`.
fn walk(ways: &[Vec<usize>], from: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
    let mut open: Vec<usize> = from.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(index) = open.pop() {
        if seen.insert(index) {
            open.extend(&ways[index]);
        }
    }
    seen
}

/// True if there is such a step.
fn known(sheet: &mut Sheet, at: &BTreeMap<&PieceId, usize>, path: &str, to: &PieceId) -> bool {
    let known = at.contains_key(to);
    if !known {
        sheet.error(
            path,
            "step_missing",
            both(format!("没有步骤 `{to}`"), format!("no step `{to}`")),
            suggest(to.as_str(), at.keys().map(|id| id.as_str())),
        );
    }
    known
}

impl ScenarioStep {
    /// False if a way leads nowhere.
    fn check(&self, world: &World, sheet: &mut Sheet, at: &str, steps: &BTreeMap<&PieceId, usize>) -> bool {
        if let Some(title) = &self.title {
            text::title(world, sheet, &format!("{at}.title"), title);
        }
        text::paragraph(world, sheet, &format!("{at}.text"), &self.text);
        if let Some(card) = &self.card {
            text::check(world, sheet, &format!("{at}.card"), card, SCENARIO_OPTION_CHARS_MAX);
        }
        if let Some(picture) = &self.picture {
            refs::picture(world, sheet, &format!("{at}.picture"), picture);
        }
        if self.options.is_empty() {
            refs::sources(world, sheet, &format!("{at}.sources"), &self.sources);
        } else {
            count(sheet, &format!("{at}.options"), self.options.len(), 2, SCENARIO_OPTIONS_MAX);
            refs::sources_listed(world, sheet, &format!("{at}.sources"), &self.sources);
        }
        if self.to.is_some() && !self.options.is_empty() {
            sheet.error(
                &format!("{at}.to"),
                "step_two_ways",
                both("既有 options 又有 to", "both `options` and `to` are given"),
                Some(both("要选择就只留 options", "where there is something to choose, keep `options`")),
            );
        }
        let mut whole = self.to.as_ref().is_none_or(|to| known(sheet, steps, &format!("{at}.to"), to));
        for (index, option) in self.options.iter().enumerate().take(SCENARIO_OPTIONS_MAX) {
            let at = format!("{at}.options[{index}]");
            text::check(world, sheet, &format!("{at}.label"), &option.label, SCENARIO_OPTION_CHARS_MAX);
            whole &= known(sheet, steps, &format!("{at}.to"), &option.to);
        }
        whole
    }
}
