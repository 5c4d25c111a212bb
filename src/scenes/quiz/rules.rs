//! The run of a quiz as plain data: which questions, how each is laid before the visitor, what has been answered and
//! what it was worth. A seed and edits go in, pages come out; no bevy, no clock. The same seed always gives the same
//! run, so a recorded visit can be played again.

mod answer;
mod grade;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use fastrand::Rng;
use pingfeng_content::{Ask, Bank, Media, MediaId, Question, QuestionId, Quiz, SceneId, limits};
use pingfeng_wire::{QuizAnswer, RecordBody};

pub(crate) use answer::{Answer, Choice, Edit, Fill, Label, Mark, Match, Order, Point, Side, Target};

/// Mountain ranges of the result page.
pub(crate) const RANGES: usize = 5;

/// One visitor's run through a quiz.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// The quiz.
    pub(crate) scene: SceneId,
    /// 0 for the first set of a visit; 再答一组 adds one.
    pub(crate) round: u32,
    /// At least one.
    pub(crate) items: Vec<Item>,
    /// What is on the screen.
    pub(crate) page: Page,
}

/// One question of a run.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// As written.
    pub(crate) question: Question,
    /// As shown, with what the visitor has done to it.
    pub(crate) answer: Answer,
    /// `None` until submitted; then whether it was right, for good.
    pub(crate) outcome: Option<bool>,
}

/// What of a run is on the screen. The numbers are indexes of [`Run::items`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// A question that takes edits.
    Ask(usize),
    /// The same, answered, with its explanation.
    Explain(usize),
    /// How it went.
    Result,
    /// An explanation looked at again from the result.
    Review(usize),
}

/// What [`Run::start`] made.
#[derive(Debug)]
pub(crate) struct Started {
    /// `None` when no question could be asked.
    pub(crate) run: Option<Run>,
    /// Questions that cannot be asked, because their picture, region or map is missing. For the operator.
    pub(crate) left_out: Vec<QuestionId>,
}

impl Run {
    /// Chooses and shuffles. `aspect` is height by width of a picture that the release really holds.
    pub(crate) fn start(
        quiz: &Quiz,
        bank: &Bank,
        media: &BTreeMap<MediaId, Media>,
        aspect: impl Fn(&MediaId) -> Option<f32>,
        seed: u64,
        round: u32,
    ) -> Started {
        let mut random = Rng::with_seed(seed ^ u64::from(round).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut left_out = Vec::new();
        let mut pool: Vec<Item> = Vec::new();
        for question in chosen(quiz, bank) {
            match Answer::lay_out(&question.ask, media, &aspect, &mut random) {
                Some(answer) => pool.push(Item { question: question.clone(), answer, outcome: None }),
                None => left_out.push(question.id.clone()),
            }
        }
        let wanted = if quiz.ask == 0 { pool.len() } else { quiz.ask };
        let wanted = wanted.min(pool.len()).min(limits::QUIZ_QUESTIONS_MAX);
        if quiz.shuffle {
            random.shuffle(&mut pool);
        } else if !pool.is_empty() {
            // Without a shuffle the next set continues where the last one ended.
            let first = (round as usize).wrapping_mul(wanted) % pool.len();
            pool.rotate_left(first);
        }
        pool.truncate(wanted);
        let run = (!pool.is_empty()).then(|| Run { scene: quiz.id.clone(), round, items: pool, page: Page::Ask(0) });
        Started { run, left_out }
    }

    /// The item on the screen; `None` on the result.
    pub(crate) fn item(&self) -> Option<&Item> {
        self.items.get(self.index()?)
    }

    /// Index of the item on the screen.
    pub(crate) fn index(&self) -> Option<usize> {
        match self.page {
            Page::Ask(index) | Page::Explain(index) | Page::Review(index) => Some(index),
            Page::Result => None,
        }
    }

    /// Changes the answer on the screen. True if something changed: only an open question takes edits.
    pub(crate) fn edit(&mut self, edit: Edit) -> bool {
        let Page::Ask(index) = self.page else { return false };
        self.items.get_mut(index).is_some_and(|item| item.answer.apply(edit))
    }

    /// True if the page has a complete answer to submit.
    pub(crate) fn can_submit(&self) -> bool {
        matches!(self.page, Page::Ask(_)) && self.item().is_some_and(|item| item.answer.is_complete())
    }

    /// Grades the answer and shows its explanation. `None` if there is nothing complete to grade.
    pub(crate) fn submit(&mut self) -> Option<bool> {
        if !self.can_submit() {
            return None;
        }
        let index = self.index()?;
        let item = self.items.get_mut(index)?;
        let right = item.answer.is_right();
        item.outcome = Some(right);
        self.page = Page::Explain(index);
        Some(right)
    }

    /// On from an explanation: to the next question, after the last one to the result, from a review back to the result.
    /// Returns the new page; `None` where there is no way on.
    pub(crate) fn advance(&mut self) -> Option<Page> {
        self.page = match self.page {
            Page::Explain(index) if index + 1 < self.items.len() => Page::Ask(index + 1),
            Page::Explain(_) | Page::Review(_) => Page::Result,
            Page::Ask(_) | Page::Result => return None,
        };
        Some(self.page)
    }

    /// From the result to the explanation of one question.
    pub(crate) fn review(&mut self, index: usize) -> bool {
        let possible = self.page == Page::Result && index < self.items.len();
        if possible {
            self.page = Page::Review(index);
        }
        possible
    }

    /// How many were answered right.
    pub(crate) fn right(&self) -> usize {
        self.items.iter().filter(|item| item.outcome == Some(true)).count()
    }

    /// The five ranges of the result, far to near: true for those that stand in colour. A range stands for a fifth of
    /// the questions and for at least one; it is in colour when three fifths of them were answered right.
    pub(crate) fn ranges(&self) -> [bool; RANGES] {
        let count = self.items.len();
        std::array::from_fn(|range| {
            let from = range * count / RANGES;
            let until = ((range + 1) * count / RANGES).max(from + 1).min(count);
            let asked = self.items.get(from..until).unwrap_or_default();
            let right = asked.iter().filter(|item| item.outcome == Some(true)).count();
            !asked.is_empty() && right * 5 >= asked.len() * 3
        })
    }

    /// What the hub learns of a finished run. `None` before the last answer: an abandoned run leaves nothing.
    pub(crate) fn record(&self) -> Option<RecordBody> {
        let answers = self
            .items
            .iter()
            .map(|item| Some(QuizAnswer { question: item.question.id.0.clone(), right: item.outcome? }))
            .collect::<Option<Vec<_>>>()?;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Some(RecordBody::QuizResult {
            scene: self.scene.0.clone(),
            asked: count(self.items.len()),
            right: count(self.right()),
            answers,
        })
    }
}

/// The questions that a quiz may ask, in the bank's or the author's order.
fn chosen<'a>(quiz: &'a Quiz, bank: &'a Bank) -> Vec<&'a Question> {
    if !quiz.questions.is_empty() {
        return quiz.questions.iter().filter_map(|id| bank.questions.iter().find(|q| q.id == *id)).collect();
    }
    bank.questions.iter().filter(|q| quiz.chapter.is_none() || q.chapter == quiz.chapter).collect()
}

impl Answer {
    /// Lays a question before the visitor: shuffled, nothing answered. `None` if it refers to what is not there.
    fn lay_out(
        ask: &Ask,
        media: &BTreeMap<MediaId, Media>,
        aspect: &impl Fn(&MediaId) -> Option<f32>,
        random: &mut Rng,
    ) -> Option<Self> {
        let point = |image: &MediaId, target: Target| {
            let Some(Media::Picture(picture)) = media.get(image) else { return None };
            let point = Point::new(image.clone(), aspect(image)?, picture.regions.clone(), picture.map.clone(), target);
            point.can_be_right().then_some(Answer::Point(point))
        };
        match ask {
            Ask::Single { options, answer } => {
                Some(Answer::Choice(Choice::new(options, std::slice::from_ref(answer), false, random)))
            }
            Ask::Multiple { options, answer } => Some(Answer::Choice(Choice::new(options, answer, true, random))),
            Ask::TrueFalse { answer } => Some(Answer::Choice(Choice::yes_or_no(*answer))),
            Ask::Fill { pad, answer } => Some(Answer::Fill(Fill::new(pad, answer.clone()))),
            Ask::Order { pieces } => Some(Answer::Order(Order::new(pieces.clone(), random))),
            Ask::Match { pairs } => Some(Answer::Match(Match::new(pairs.clone(), random))),
            Ask::Hotspot { image, answer } => point(image, Target::Region(answer.clone())),
            Ask::Map { image, at, tolerance_km } => {
                point(image, Target::Place { at: *at, tolerance_km: *tolerance_km })
            }
        }
    }
}
