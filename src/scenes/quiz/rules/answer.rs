//! One answer while it is being made: every touch is an [`Edit`], every edit can be seen in the state at once.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use pingfeng_content::{FillPad, MapFrame, MediaId, Pair, Piece, Region, Text};

/// Characters that one blank takes.
pub(crate) const FILL_CHARS_MAX: usize = 8;
/// Steps that 撤销 goes back in an order question; older ones are forgotten.
pub(crate) const UNDO_STEPS_MAX: usize = 32;

/// What a touch does to an answer. Indexes are places on the screen, not places in the document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Edit {
    /// An option is chosen or given back; a card of an order question is picked up, or the one picked up moves here.
    Tap(usize),
    /// A card was dragged from one place to another; those between make room.
    Move { from: usize, to: usize },
    /// The card picked up goes this many places on (or back).
    Step(isize),
    /// The last move is taken back.
    Undo,
    /// A card of the left side of a match question.
    Left(usize),
    /// A card of the right side.
    Right(usize),
    /// A key of the pad.
    Key(char),
    /// The key that deletes.
    Delete,
    /// The key that empties the blank.
    Clear,
    /// The key that goes to the next blank, the first after the last.
    NextBlank,
    /// A place on the picture, in parts of its width and height.
    Touch([f32; 2]),
    /// The mark moves by parts of the picture's width and height; from the middle where there is none yet.
    Nudge([f32; 2]),
}

/// An answer in the making.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Single, multiple, true or false.
    Choice(Choice),
    /// Blanks.
    Fill(Fill),
    /// Pieces in a row.
    Order(Order),
    /// Pairs.
    Match(Match),
    /// A place on a picture or map.
    Point(Point),
}

impl Answer {
    /// Applies an edit; false if it changes nothing or is meant for another kind of question.
    pub(crate) fn apply(&mut self, edit: Edit) -> bool {
        match self {
            Answer::Choice(choice) => choice.apply(edit),
            Answer::Fill(fill) => fill.apply(edit),
            Answer::Order(order) => order.apply(edit),
            Answer::Match(pairs) => pairs.apply(edit),
            Answer::Point(point) => point.apply(edit),
        }
    }

    /// True if there is enough to submit.
    pub(crate) fn is_complete(&self) -> bool {
        match self {
            Answer::Choice(choice) => !choice.picked.is_empty(),
            Answer::Fill(fill) => fill.typed.iter().all(|typed| !typed.is_empty()),
            // It never begins in the right order, so an untouched row is no answer.
            Answer::Order(order) => !order.undo.is_empty(),
            Answer::Match(pairs) => pairs.links.iter().all(Option::is_some),
            Answer::Point(point) => point.mark.is_some(),
        }
    }
}

/// How an option or card stands after grading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// 正确答案.
    Right,
    /// 您的选择, and not right.
    Wrong,
    /// Neither.
    Rest,
}

/// Options to choose from.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// In the order of the screen.
    pub(crate) options: Vec<Opt>,
    /// More than one may be chosen.
    pub(crate) many: bool,
    /// Places of those chosen.
    pub(crate) picked: BTreeSet<usize>,
}

/// One option.
#[derive(Clone, Debug)]
pub(crate) struct Opt {
    /// What it says.
    pub(crate) label: Label,
    /// Whether it belongs to the answer.
    pub(crate) right: bool,
}

/// What an option says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Label {
    /// The author's words.
    Written(Text),
    /// 对, in the interface's words.
    Yes,
    /// 不对, in the interface's words.
    No,
}

impl Choice {
    pub(super) fn new(options: &BTreeMap<String, Text>, answer: &[String], many: bool, random: &mut Rng) -> Self {
        let mut options: Vec<Opt> = options
            .iter()
            .map(|(letter, text)| Opt { label: Label::Written(text.clone()), right: answer.contains(letter) })
            .collect();
        random.shuffle(&mut options);
        Self { options, many, picked: BTreeSet::new() }
    }

    /// 对 and 不对 keep their places.
    pub(super) fn yes_or_no(answer: bool) -> Self {
        let options = vec![Opt { label: Label::Yes, right: answer }, Opt { label: Label::No, right: !answer }];
        Self { options, many: false, picked: BTreeSet::new() }
    }

    fn apply(&mut self, edit: Edit) -> bool {
        let Edit::Tap(place) = edit else { return false };
        if place >= self.options.len() {
            return false;
        }
        if self.picked.remove(&place) {
            return true;
        }
        if !self.many {
            self.picked.clear();
        }
        self.picked.insert(place)
    }

    /// How an option stands after grading.
    pub(crate) fn mark(&self, place: usize) -> Mark {
        match (self.options.get(place).is_some_and(|o| o.right), self.picked.contains(&place)) {
            (true, _) => Mark::Right,
            (false, true) => Mark::Wrong,
            (false, false) => Mark::Rest,
        }
    }
}

/// Blanks and what has been typed into them.
#[derive(Clone, Debug)]
pub(crate) struct Fill {
    /// Keys of the pad, in order.
    pub(crate) keys: Vec<char>,
    /// What each blank holds.
    pub(crate) typed: Vec<String>,
    /// The blank that takes the next key.
    pub(crate) at: usize,
    /// What each blank accepts.
    pub(crate) accepted: Vec<Vec<String>>,
}

impl Fill {
    pub(super) fn new(pad: &FillPad, accepted: Vec<Vec<String>>) -> Self {
        let keys = match pad {
            FillPad::Digits => "1234567890".chars().collect(),
            FillPad::Characters(characters) => characters.chars().collect(),
        };
        Self { keys, typed: vec![String::new(); accepted.len()], at: 0, accepted }
    }

    fn apply(&mut self, edit: Edit) -> bool {
        let blanks = self.typed.len();
        match edit {
            Edit::Key(key) => {
                let known = self.keys.contains(&key);
                match self.typed.get_mut(self.at) {
                    Some(typed) if known && typed.chars().count() < FILL_CHARS_MAX => typed.push(key),
                    _ => return false,
                }
            }
            Edit::Delete => {
                // An empty blank hands the key to the one before it.
                if self.typed.get(self.at).is_some_and(String::is_empty) && self.at > 0 {
                    self.at -= 1;
                    return true;
                }
                return self.typed.get_mut(self.at).is_some_and(|typed| typed.pop().is_some());
            }
            Edit::Clear => {
                return self.typed.get_mut(self.at).is_some_and(|typed| !std::mem::take(typed).is_empty());
            }
            Edit::NextBlank if blanks > 1 => self.at = (self.at + 1) % blanks,
            Edit::Tap(blank) if blank < blanks && blank != self.at => self.at = blank,
            _ => return false,
        }
        true
    }
}

/// Cards in a row that are to be put in order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// In the right order.
    pub(crate) pieces: Vec<Piece>,
    /// For each place on the screen the piece that lies there.
    pub(crate) row: Vec<usize>,
    /// The place whose card is picked up.
    pub(crate) held: Option<usize>,
    /// Earlier rows, the last one last; at most [`UNDO_STEPS_MAX`].
    pub(crate) undo: Vec<Vec<usize>>,
}

impl Order {
    pub(super) fn new(pieces: Vec<Piece>, random: &mut Rng) -> Self {
        let row = shuffled(pieces.len(), random);
        Self { pieces, row, held: None, undo: Vec::new() }
    }

    fn apply(&mut self, edit: Edit) -> bool {
        match edit {
            Edit::Tap(place) if place < self.row.len() => match self.held.take() {
                // The second tap on the same card puts it down.
                Some(held) if held == place => true,
                Some(held) => self.move_card(held, place),
                None => {
                    self.held = Some(place);
                    true
                }
            },
            Edit::Move { from, to } => {
                self.held = None;
                self.move_card(from, to)
            }
            Edit::Step(by) => {
                let Some(held) = self.held else { return false };
                let Some(to) = held.checked_add_signed(by).filter(|to| *to < self.row.len()) else { return false };
                let moved = self.move_card(held, to);
                if moved {
                    self.held = Some(to);
                }
                moved
            }
            Edit::Undo => {
                let Some(row) = self.undo.pop() else { return false };
                self.row = row;
                self.held = None;
                true
            }
            _ => false,
        }
    }

    fn move_card(&mut self, from: usize, to: usize) -> bool {
        let count = self.row.len();
        if from == to || from >= count || to >= count {
            return false;
        }
        if self.undo.len() == UNDO_STEPS_MAX {
            self.undo.remove(0);
        }
        self.undo.push(self.row.clone());
        let piece = self.row.remove(from);
        self.row.insert(to, piece);
        true
    }

    /// The place that a visitor gave to a piece.
    pub(crate) fn place_of(&self, piece: usize) -> Option<usize> {
        self.row.iter().position(|lying| *lying == piece)
    }
}

/// Two sides whose cards are to be joined.
#[derive(Clone, Debug)]
pub(crate) struct Match {
    /// As written.
    pub(crate) pairs: Vec<Pair>,
    /// For each place on the left the pair it belongs to.
    pub(crate) lefts: Vec<usize>,
    /// For each place on the right the pair it belongs to.
    pub(crate) rights: Vec<usize>,
    /// For each place on the left the place on the right that it is joined with.
    pub(crate) links: Vec<Option<usize>>,
    /// The card picked up.
    pub(crate) held: Option<Side>,
}

/// A place on one side of a match question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Left, or the upper row in landscape.
    Left(usize),
    /// Right, or the lower row.
    Right(usize),
}

impl Match {
    pub(super) fn new(pairs: Vec<Pair>, random: &mut Rng) -> Self {
        let count = pairs.len();
        let mut lefts: Vec<usize> = (0..count).collect();
        random.shuffle(&mut lefts);
        // The right side is the left one shuffled, so that the rows never all stand beside their partners.
        let rights = shuffled(count, random).into_iter().map(|place| lefts[place]).collect();
        Self { pairs, lefts, rights, links: vec![None; count], held: None }
    }

    fn apply(&mut self, edit: Edit) -> bool {
        let count = self.pairs.len();
        let touched = match edit {
            Edit::Left(place) if place < count => Side::Left(place),
            Edit::Right(place) if place < count => Side::Right(place),
            _ => return false,
        };
        match (self.held.take(), touched) {
            // The second tap on the same card puts it down.
            (Some(held), touched) if held == touched => {}
            (Some(Side::Left(left)), Side::Right(right)) | (Some(Side::Right(right)), Side::Left(left)) => {
                self.part(Side::Left(left));
                self.part(Side::Right(right));
                self.links[left] = Some(right);
            }
            // A card that is joined comes free when it is picked up again.
            (_, touched) => {
                self.part(touched);
                self.held = Some(touched);
            }
        }
        true
    }

    fn part(&mut self, side: Side) {
        for (left, link) in self.links.iter_mut().enumerate() {
            let parted = match side {
                Side::Left(place) => place == left,
                Side::Right(place) => *link == Some(place),
            };
            if parted {
                *link = None;
            }
        }
    }

    /// The left place that a right place is joined with.
    pub(crate) fn linked_left(&self, right: usize) -> Option<usize> {
        self.links.iter().position(|link| *link == Some(right))
    }
}

/// A mark on a picture.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// The picture.
    pub(crate) image: MediaId,
    /// Its height by its width.
    pub(crate) aspect: f32,
    /// Its named regions.
    pub(crate) regions: BTreeMap<String, Region>,
    /// How latitude and longitude fall on it.
    pub(crate) frame: Option<MapFrame>,
    /// What is asked for.
    pub(crate) target: Target,
    /// Where the visitor has touched it, in parts of its width and height.
    pub(crate) mark: Option<[f32; 2]>,
}

/// What a point question asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// A named region.
    Region(String),
    /// A place on a map.
    Place {
        /// Latitude and longitude, degrees.
        at: [f64; 2],
        /// Kilometres.
        tolerance_km: f64,
    },
}

impl Point {
    pub(super) fn new(
        image: MediaId,
        aspect: f32,
        regions: BTreeMap<String, Region>,
        frame: Option<MapFrame>,
        target: Target,
    ) -> Self {
        Self { image, aspect, regions, frame, target, mark: None }
    }

    fn apply(&mut self, edit: Edit) -> bool {
        let mark = match edit {
            Edit::Touch(mark) => mark,
            Edit::Nudge([x, y]) => {
                let from = self.mark.unwrap_or([0.5, 0.5]);
                [from[0] + x, from[1] + y]
            }
            _ => return false,
        };
        if !mark.iter().all(|part| part.is_finite()) {
            return false;
        }
        let mark = mark.map(|part| part.clamp(0.0, 1.0));
        let changed = self.mark != Some(mark);
        self.mark = Some(mark);
        changed
    }
}

/// 0 to `count` shuffled, and never in order where that is possible.
fn shuffled(count: usize, random: &mut Rng) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    random.shuffle(&mut places);
    if count > 1 && places.is_sorted() {
        places.rotate_left(1);
    }
    places
}
