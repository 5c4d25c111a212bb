//! `kind: quiz` – a run of questions. `rules` knows what is right; the rest shows it.
//!
//! | file | what |
//! |---|---|
//! | `rules` | the run as plain data: choosing, shuffling, answering, grading |
//! | `ask`, `explain`, `result` | the three pages |
//! | `controls` | what a visitor answers with, one module per kind of question |
//! | `dashed`, `ranges` | dashed frames, the picture of the result |

mod ask;
mod controls;
mod dashed;
mod explain;
mod ranges;
mod result;
pub(crate) mod rules;

use std::collections::BTreeSet;

use bevy::prelude::*;
use pingfeng_content::{MediaId, Quiz, Scene};

use crate::{
    ScreenSystems,
    blocks::Ui,
    cue::{Happened, PlaySound, UiSound},
    input::{PanPhase, Panned, Tapped},
    phase::Phase,
    record::Keep,
    stage::{Exhibition, Go, Opening, Page, SceneKind, SceneKinds},
    theme::Kit,
};

use ask::AskLayout;
use controls::order::Draggable;
use explain::Onward;
use rules::{Answer, Edit, Run};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<QuizScene>(app);
    app.add_plugins((dashed::plugin, ranges::plugin))
        .add_systems(Update, (drag, act).chain().in_set(ScreenSystems::Decide).run_if(in_state(Phase::Visit)));
}

/// A quiz page: its document and one visitor's run.
#[derive(Component, Clone, Debug)]
pub struct QuizScene {
    quiz: Quiz,
    /// `None` if nothing of it can be asked.
    run: Option<Run>,
    seed: u64,
    /// Page of the list of results.
    list_page: usize,
    /// Questions whose explanation has been looked at again.
    reviewed: BTreeSet<usize>,
}

/// On what can be touched: what it does.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
struct Does(Act);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    /// Changes the answer.
    Edit(Edit),
    /// A touch on a picture that lies here, logical page px.
    Point {
        at: [f32; 2],
        size: [f32; 2],
    },
    Submit,
    /// On from an explanation.
    Next,
    /// Shows the explanation of a question again.
    Review(usize),
    /// Turns the list of results.
    ListPage(usize),
    /// Another set of questions.
    Again,
    /// Leaves the quiz.
    GoOn,
}

impl SceneKind for QuizScene {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        let Scene::Quiz(quiz) = opening.scene else { return None };
        let run = start(quiz, opening.exhibition, opening.seed, 0);
        Some(Self { quiz: quiz.clone(), run, seed: opening.seed, list_page: 0, reviewed: BTreeSet::new() })
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let Some(run) = &self.run else { return explain::nothing_to_ask(ui, kit, self) };
        let (Some(index), Some(item)) = (run.index(), run.item()) else { return result::view(ui, kit, self, run) };
        match run.page {
            rules::Page::Ask(_) => ask::view(ui, kit, self, index, item, run.can_submit()),
            rules::Page::Explain(_) => {
                let onward = if index + 1 < run.items.len() { Onward::Next } else { Onward::Result };
                explain::view(ui, kit, self, index, item, onward);
            }
            rules::Page::Review(_) => explain::view(ui, kit, self, index, item, Onward::Back),
            rules::Page::Result => {}
        }
    }
}

/// Starts a run; tells the operator of questions that cannot be asked.
fn start(quiz: &Quiz, exhibition: &Exhibition, seed: u64, round: u32) -> Option<Run> {
    let Some(bank) = exhibition.compiled.banks.get(&quiz.bank) else {
        warn!(scene = %quiz.id, bank = %quiz.bank, "the quiz names a bank that is not there");
        return None;
    };
    let aspect = |id: &MediaId| {
        let [width, height] = exhibition.prepared(id)?.size_px.map(|px| px as f32);
        (width > 0.0).then(|| height / width)
    };
    let started = Run::start(quiz, bank, &exhibition.compiled.media, aspect, seed, round);
    for question in &started.left_out {
        warn!(scene = %quiz.id, %question, "a question is left out: its picture, region or map is missing");
    }
    started.run
}

#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it touches")]
fn act(
    mut taps: MessageReader<Tapped>,
    actions: Query<&Does>,
    parents: Query<&ChildOf>,
    mut pages: Query<(&Page, &mut QuizScene)>,
    mut happened: MessageWriter<Happened>,
    mut sounds: MessageWriter<PlaySound>,
    mut keep: MessageWriter<Keep>,
    mut go: MessageWriter<Go>,
) {
    for tap in taps.read() {
        let Ok(Does(act)) = actions.get(tap.entity) else { continue };
        let Some(root) = parents.iter_ancestors(tap.entity).find(|entity| pages.contains(*entity)) else { continue };
        let Ok((page, mut scene)) = pages.get_mut(root) else { continue };
        match *act {
            Act::Edit(edit) => change(&mut scene, edit),
            Act::Point { at, size } => {
                let part = (tap.at - Vec2::from_array(at)) / Vec2::from_array(size);
                change(&mut scene, Edit::Touch(part.to_array()));
            }
            Act::Submit => {
                let Some(run) = &mut scene.run else { continue };
                let Some(right) = run.submit() else { continue };
                if right {
                    sounds.write(PlaySound(UiSound::Confirm));
                }
                if let Some(item) = run.item() {
                    let word = if right { "right" } else { "other" };
                    happened.write(Happened(format!("quiz answer {} {word}", item.question.id)));
                }
            }
            Act::Next => {
                let Some(run) = &mut scene.run else { continue };
                let from_review = matches!(run.page, rules::Page::Review(_));
                let Some(page) = run.advance() else { continue };
                sounds.write(PlaySound(UiSound::Turn));
                if page == rules::Page::Result && !from_review {
                    happened.write(Happened(format!("quiz result {} of {}", run.right(), run.items.len())));
                    if let Some(body) = run.record() {
                        keep.write(Keep { ticket: None, body });
                    }
                }
            }
            Act::Review(index) => {
                let scene = &mut *scene;
                if scene.run.as_mut().is_some_and(|run| run.review(index)) {
                    scene.reviewed.insert(index);
                    sounds.write(PlaySound(UiSound::Turn));
                    happened.write(Happened(format!("quiz review {}", index + 1)));
                }
            }
            Act::ListPage(list_page) => {
                let pages = scene.run.as_ref().map_or(1, |run| result::list_pages(run.items.len()));
                if list_page < pages {
                    scene.list_page = list_page;
                }
            }
            Act::Again => {
                let round = scene.run.as_ref().map_or(0, |run| run.round.wrapping_add(1));
                let run = start(&scene.quiz, &page.exhibition, scene.seed, round);
                scene.run = run;
                scene.list_page = 0;
                scene.reviewed.clear();
                sounds.write(PlaySound(UiSound::Turn));
                happened.write(Happened("quiz again".into()));
            }
            Act::GoOn => {
                go.write(Go(page.exhibition.compiled.exhibition.home.clone()));
            }
        }
    }
}

/// Applies an edit; the page is built again only if something changed.
fn change(scene: &mut Mut<'_, QuizScene>, edit: Edit) {
    let changed = scene.bypass_change_detection().run.as_mut().is_some_and(|run| run.edit(edit));
    if changed {
        scene.set_changed();
    }
}

/// A card of an order question follows the finger and goes to the place nearest to where it is let go.
fn drag(
    mut pans: MessageReader<Panned>,
    cards: Query<&Draggable>,
    mut moved: Query<(&mut UiTransform, &mut ZIndex)>,
    parents: Query<&ChildOf>,
    mut pages: Query<&mut QuizScene>,
    kit: Res<Kit>,
    mut commands: Commands,
) {
    for pan in pans.read() {
        let Ok(card) = cards.get(pan.entity) else { continue };
        match pan.phase {
            PanPhase::Began | PanPhase::Moved => match moved.get_mut(pan.entity) {
                Ok((mut transform, mut above)) => {
                    transform.translation = Val2::px(pan.total.x, pan.total.y);
                    above.set_if_neq(ZIndex(1));
                }
                Err(_) => {
                    commands
                        .entity(pan.entity)
                        .insert((UiTransform::from_translation(Val2::px(pan.total.x, pan.total.y)), ZIndex(1)));
                }
            },
            PanPhase::Ended => {
                let Some(root) = parents.iter_ancestors(pan.entity).find(|entity| pages.contains(*entity)) else {
                    continue;
                };
                let Ok(mut scene) = pages.get_mut(root) else { continue };
                let Some(to) = dropped_at(&kit, &scene, card.place, pan.total) else { continue };
                change(&mut scene, Edit::Move { from: card.place, to });
                // The page is built again even if the card went nowhere: it has to lie down in its place.
                scene.set_changed();
            }
        }
    }
}

fn dropped_at(kit: &Kit, scene: &QuizScene, from: usize, by: Vec2) -> Option<usize> {
    let item = scene.run.as_ref()?.item()?;
    let Answer::Order(order) = &item.answer else { return None };
    let layout = AskLayout::new(kit, &item.answer, &ask::stem_of(kit, item));
    let places = controls::order::places(kit, layout.region, order.row.len());
    let centre = places.get(from)?.centre() + by;
    controls::order::nearest(&places, order.row.len(), centre)
}
