//! A situation to decide: steps, choices, materials that are kept and looked at again, one step back, and what happened
//! in fact. Nothing is right or wrong here, and nothing is counted.

use bevy::prelude::*;
use pingfeng_content::model::{MediaId, PieceId, Scenario, ScenarioStep, Scene};

use super::story::position;
use crate::{
    ScreenSystems,
    blocks::{self, Button, Card, CardPlace, Icon, Kind, Mount, Ui, fitting::Area},
    cue::{Happened, PlaySound, UiSound},
    input::Tapped,
    stage::{OnTap, Opening, SceneKind, SceneKinds},
    theme::Kit,
};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<ScenarioPage>(app);
    app.add_systems(Update, decide.in_set(ScreenSystems::Decide));
}

/// Steps back that are kept. A visitor who goes in circles longer than this cannot go back to the beginning.
const PATH_MAX: usize = 200;
/// Height of a key with a choice, and of the keys for back and materials; px.
const CHOICE_PX: [f32; 2] = [112.0, 92.0];
const KEY_PX: [f32; 2] = [92.0, 84.0];
/// Between keys, px.
const GAP: f32 = 18.0;
/// Left edge of the card in landscape, px.
const CARD_LEFT: f32 = 900.0;

/// A scenario, the way that was taken through it, and the material that is looked at.
#[derive(Component)]
pub struct ScenarioPage {
    document: Scenario,
    /// Steps by their place in the document, the present one last. Never empty.
    path: Vec<usize>,
    /// The material that is looked at, by its place among those that were kept.
    looks_at: Option<usize>,
}

/// What a key does.
#[derive(Component, Clone, Debug, PartialEq)]
enum Key {
    /// Goes to a step.
    To(PieceId),
    Back,
    /// Looks at a material, or closes them.
    Look(Option<usize>),
    Again,
}

/// A key as it stands in the column of choices.
struct Choice {
    label: String,
    kind: Kind,
    after: Option<Icon>,
    does: Does,
}

enum Does {
    Key(Key),
    Leave(OnTap),
}

impl SceneKind for ScenarioPage {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        let Scene::Scenario(document) = opening.scene else { return None };
        Self::new(document.clone())
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let Some(step) = self.shown() else { return };
        let (size, margin) = (kit.surface.size, kit.margin());
        let keys_top = kit.bar_top() - kit.pick(28.0, 24.0) - kit.pick(KEY_PX[0], KEY_PX[1]);
        let choices = self.choices(kit);
        let (place, area) = self.places(kit, keys_top, choices.len());
        let hero = Vec2::new(size.x, kit.pick(place.top + 180.0, kit.bar_top()));
        blocks::picture(ui, kit, self.picture(), hero, Mount::Cover, blocks::at(0.0, 0.0, hero.x, hero.y));
        let plate_width = kit.pick(size.x - 2.0 * margin, CARD_LEFT - margin - 40.0);
        ui.spawn(Node { left: px(margin), top: px(kit.pick(72.0, 60.0)), ..blocks::absolute() }).with_children(|ui| {
            let chapter = self.document.chapter.as_ref().map(|chapter| kit.text(chapter));
            blocks::chapter_plate(ui, kit, chapter, kit.text(&self.document.title), plate_width);
        });
        let sources = kit.sources(&step.sources);
        let kept = step.card.as_ref().map(|card| kit.text(card));
        let (when, title) = match (&step.title, kept) {
            // A material says that it is one.
            (title, Some(card)) => (kit.word("scenario.material"), title.as_ref().map_or(card, |title| kit.text(title))),
            (Some(title), None) => (String::new(), kit.text(title)),
            (None, None) => (String::new(), ""),
        };
        let text = kit.text(&step.text);
        // A short question is what the page is about.
        let (title, text) = if asks_shortly(kit, step) { (text, "") } else { (title, text) };
        let words = Card { when: &when, title, text, sources: &sources, ..default() };
        blocks::card(ui, kit, words, place);
        choice_keys(ui, kit, area, choices);
        self.keys(ui, kit, Area::new(kit.pick(margin, CARD_LEFT), keys_top, kit.pick(size.x - 2.0 * margin, size.x - CARD_LEFT - margin), kit.pick(KEY_PX[0], KEY_PX[1])));
    }
}

impl ScenarioPage {
    fn new(document: Scenario) -> Option<Self> {
        let start = document.steps.iter().position(|step| step.id == document.start)?;
        Some(Self { document, path: vec![start], looks_at: None })
    }

    fn step(&self) -> Option<&ScenarioStep> {
        self.document.steps.get(*self.path.last()?)
    }

    /// The step on the page: a material that is looked at, else the present one.
    fn shown(&self) -> Option<&ScenarioStep> {
        match self.looks_at.and_then(|index| self.materials().get(index).copied()) {
            Some(index) => self.document.steps.get(index),
            None => self.step(),
        }
    }

    /// Steps that the visitor keeps as materials, in the order in which they were first come to.
    fn materials(&self) -> Vec<usize> {
        let mut kept = Vec::new();
        for index in &self.path {
            let is_one = self.document.steps.get(*index).is_some_and(|step| step.card.is_some());
            if is_one && !kept.contains(index) {
                kept.push(*index);
            }
        }
        kept
    }

    /// That of the shown step, else the last one on the way.
    fn picture(&self) -> &MediaId {
        let own = self.shown().and_then(|step| step.picture.as_ref());
        let before = || self.path.iter().rev().find_map(|index| self.document.steps.get(*index)?.picture.as_ref());
        own.or_else(before).unwrap_or(&self.document.picture)
    }

    /// Goes to a step.
    fn go(&mut self, to: &PieceId) -> bool {
        let Some(index) = self.document.steps.iter().position(|step| step.id == *to) else { return false };
        if self.path.len() >= PATH_MAX {
            self.path.remove(0);
        }
        self.path.push(index);
        self.looks_at = None;
        true
    }

    fn back(&mut self) -> bool {
        self.looks_at = None;
        if self.path.len() < 2 {
            return false;
        }
        self.path.pop();
        true
    }

    fn choices(&self, kit: &Kit) -> Vec<Choice> {
        if let Some(index) = self.looks_at {
            let all = self.materials().len();
            let mut keys = vec![Choice {
                label: kit.word("scenario.go_back_to_it"),
                kind: Kind::Main,
                after: None,
                does: Does::Key(Key::Look(None)),
            }];
            if all > 1 {
                let label = format!("{}　{}", kit.word("scenario.next_material"), position(kit, index, all));
                let next = Key::Look(Some((index + 1) % all));
                keys.insert(0, Choice { label, kind: Kind::Plain, after: Some(Icon::Next), does: Does::Key(next) });
            }
            return keys;
        }
        let Some(step) = self.step() else { return Vec::new() };
        let key = |label: String, kind: Kind, to: &PieceId| Choice {
            label,
            kind,
            after: (kind == Kind::Main).then_some(Icon::Next),
            does: Does::Key(Key::To(to.clone())),
        };
        if !step.options.is_empty() {
            return step.options.iter().map(|option| key(kit.text(&option.label).to_owned(), Kind::Plain, &option.to)).collect();
        }
        if let Some(to) = &step.to {
            return vec![key(kit.word("scenario.go_on"), Kind::Main, to)];
        }
        let again = Choice { label: kit.word("scenario.again"), kind: Kind::Plain, after: None, does: Does::Key(Key::Again) };
        let next = self.document.next.as_ref().map(|next| Choice {
            label: kit.word("timeline.go_on"),
            kind: Kind::Main,
            after: Some(Icon::Next),
            does: Does::Leave(OnTap::Go(next.clone())),
        });
        next.into_iter().chain([again]).collect()
    }

    /// Where the card may lie, and the choices. In portrait they stand above the lowest keys and the card above them, across
    /// they stand below the picture and the card beside them.
    fn places(&self, kit: &Kit, keys_top: f32, choices: usize) -> (CardPlace, Area) {
        let (size, margin) = (kit.surface.size, kit.margin());
        let pitch = kit.pick(CHOICE_PX[0], CHOICE_PX[1]) + GAP;
        let height = choices as f32 * pitch - GAP;
        if kit.portrait() {
            let top = keys_top - 30.0 - height;
            // The card stands over the choices, and the picture has what is left.
            let bottom = top - 40.0;
            let needs = if self.shown().is_some_and(|step| asks_shortly(kit, step)) { 260.0 } else { 520.0 };
            let card_top = (bottom - needs).clamp(640.0, 940.0);
            let place = CardPlace { left: margin, width: size.x - 2.0 * margin, top: card_top, top_min: 170.0, bottom };
            return (place, Area::new(margin, top, size.x - 2.0 * margin, height));
        }
        let place = CardPlace { left: CARD_LEFT, width: size.x - CARD_LEFT - margin, top: 72.0, top_min: 40.0, bottom: keys_top - 24.0 };
        let bottom = kit.bar_top() - 24.0;
        let top = (bottom - height).max(566.0);
        (place, Area::new(margin, top, CARD_LEFT - 60.0 - margin, bottom - top))
    }

    /// One step back, and what was kept.
    fn keys(&self, ui: &mut Ui<'_>, kit: &Kit, area: Area) {
        let kept = self.materials().len();
        let width = (area.width - GAP) / 2.0;
        let (back, look) = (kit.word("scenario.back"), kit.word_with("scenario.materials", &[("n", &kept.to_string())]));
        let size = blocks::label_size(kit, width, &back, 1).min(blocks::label_size(kit, width, &look, 1));
        let kind = |works: bool| if works { Kind::Plain } else { Kind::Off };
        let can_go_back = self.path.len() > 1 && self.looks_at.is_none();
        let can_look = kept > 0 && self.looks_at.is_none();
        ui.spawn(Node { column_gap: px(GAP), ..area.node() }).with_children(|ui| {
            let node = || Node { width: px(width), height: px(area.height), ..default() };
            let key = Button { label: &back, kind: kind(can_go_back), before: Some(Icon::Undo), size: Some(size), ..default() };
            let mut key = blocks::button(ui, kit, node(), key);
            if can_go_back {
                key.insert(Key::Back);
            }
            let key = Button { label: &look, kind: kind(can_look), before: Some(Icon::List), size: Some(size), ..default() };
            let mut key = blocks::button(ui, kit, node(), key);
            if can_look {
                key.insert(Key::Look(Some(0)));
            }
        });
    }
}

/// A question without a title that is short enough to be one.
fn asks_shortly(kit: &Kit, step: &ScenarioStep) -> bool {
    let chars = kit.text(&step.text).chars().count();
    step.title.is_none() && step.card.is_none() && !step.options.is_empty() && chars <= kit.pick(36, 48)
}

/// The choices, one below the other, with letters of one size.
fn choice_keys(ui: &mut Ui<'_>, kit: &Kit, area: Area, choices: Vec<Choice>) {
    let height = (area.height + GAP) / choices.len().max(1) as f32 - GAP;
    let sizes = choices.iter().map(|choice| blocks::label_size(kit, area.width, &choice.label, choice.after.iter().count()));
    let size = Some(sizes.fold(f32::MAX, f32::min));
    for (row, choice) in choices.into_iter().enumerate() {
        let node = blocks::at(area.x, area.y + row as f32 * (height + GAP), area.width, height);
        let button = Button { label: &choice.label, kind: choice.kind, after: choice.after, size, ..default() };
        let mut key = blocks::button(ui, kit, node, button);
        match choice.does {
            Does::Key(does) => key.insert(does),
            Does::Leave(tap) => key.insert(tap),
        };
    }
}

fn decide(
    mut taps: MessageReader<Tapped>,
    keys: Query<&Key>,
    mut pages: Query<&mut ScenarioPage>,
    mut sound: MessageWriter<PlaySound>,
    mut happened: MessageWriter<Happened>,
) {
    let Some(key) = taps.read().filter_map(|tap| keys.get(tap.entity).ok()).last() else { return };
    for mut page in &mut pages {
        let did = match key {
            Key::To(to) => page.go(to),
            Key::Back => page.back(),
            Key::Again => {
                page.looks_at = None;
                let start = page.document.steps.iter().position(|step| step.id == page.document.start);
                page.path = start.into_iter().collect();
                true
            }
            Key::Look(index) => {
                page.looks_at = *index;
                true
            }
        };
        if did {
            sound.write(PlaySound(UiSound::Turn));
            if let Some(step) = page.shown() {
                happened.write(Happened(format!("scenario {}", step.id)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> ScenarioPage {
        let document = serde_json::json!({
            "id": "s", "title": "题", "picture": "p", "start": "a",
            "steps": [
                { "id": "a", "text": "问", "options": [{ "label": "一", "to": "b" }, { "label": "二", "to": "c" }] },
                { "id": "b", "text": "材料一", "card": "一", "to": "a", "sources": ["x"] },
                { "id": "c", "text": "材料二", "card": "二", "to": "d", "picture": "q", "sources": ["x"] },
                { "id": "d", "text": "完", "sources": ["x"] },
            ],
        });
        ScenarioPage::new(serde_json::from_value(document).unwrap()).unwrap()
    }

    fn id(text: &str) -> PieceId {
        serde_json::from_value(text.into()).unwrap()
    }

    #[test]
    fn materials_are_kept_once_and_given_back_with_the_step() {
        let mut page = page();
        for to in ["b", "a", "b", "a", "c"] {
            assert!(page.go(&id(to)));
        }
        assert_eq!(page.materials(), [1, 2]);
        assert!(page.back());
        assert_eq!(page.materials(), [1], "one step back, and it was never seen");
    }

    #[test]
    fn one_cannot_go_back_before_the_beginning_nor_to_a_step_that_is_not_there() {
        let mut page = page();
        assert!(!page.back() && !page.go(&id("nowhere")));
        assert_eq!(page.step().map(|step| step.id.to_string()), Some("a".into()));
    }

    #[test]
    fn circles_are_bounded() {
        let mut page = page();
        for round in 0..2 * PATH_MAX {
            page.go(&id(if round % 2 == 0 { "b" } else { "a" }));
        }
        assert_eq!(page.path.len(), PATH_MAX);
    }

    #[test]
    fn a_picture_stays_until_another_step_has_one() {
        let mut page = page();
        assert_eq!(page.picture().to_string(), "p");
        page.go(&id("c"));
        page.go(&id("d"));
        assert_eq!(page.picture().to_string(), "q");
    }
}
