//! The journal of promises, kept on another disk than the one that fails: what was begun, and what had been promised
//! when the disk had taken how many writes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::life::{Expected, Step};

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Entries that the disk's log had; 0 where there is no log.
    pub at: u64,
    /// What happened.
    pub note: Note,
}

/// What happened. The `…ing` of each pair is written before the disk is touched, the other after it was promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Note {
    /// What a start found on the disk; later steps build on it.
    Found(Expected),
    Begin {
        step: Step,
    },
    Done {
        step: Step,
    },
    Saving {
        record: u64,
    },
    Saved {
        record: u64,
    },
    Settling {
        records: Vec<u64>,
    },
    Settled {
        records: Vec<u64>,
    },
    Refusing {
        record: u64,
    },
    Refused {
        record: u64,
    },
    Ordering {
        order: u64,
    },
    Ordered {
        order: u64,
    },
    /// The outbox has counted a start.
    Started {
        count: u64,
    },
}

/// Writes the journal; two threads share it.
#[derive(Debug)]
pub(crate) struct Marks {
    /// `None`: nobody asks later.
    file: Option<Mutex<File>>,
    log: Option<File>,
}

impl Marks {
    /// Goes on with the journal at `path`. `log`: the log of the disk that the life is on, where it has one.
    pub(crate) fn open(path: &Path, log: Option<&Path>) -> Result<Self> {
        let file = File::options().create(true).append(true).open(path).with_context(|| path.display().to_string())?;
        let log = log.map(|log| File::open(log).with_context(|| log.display().to_string())).transpose()?;
        Ok(Self { file: Some(Mutex::new(file)), log })
    }

    /// Keeps no journal.
    pub(crate) fn nowhere() -> Self {
        Self { file: None, log: None }
    }

    /// Adds a line. One write: a program that is killed leaves whole lines.
    pub(crate) fn note(&self, note: Note) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut file = file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Inside the lock, so that the lines are in the order of the log.
        let at = match &self.log {
            Some(log) => crate::disk_log::entries(log)?,
            None => 0,
        };
        let line = serde_json::to_string(&Mark { at, note })? + "\n";
        file.write_all(line.as_bytes())?;
        Ok(())
    }

    /// Every line of a journal.
    pub(crate) fn read(path: &Path) -> Result<Vec<Mark>> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        text.lines().map(|line| serde_json::from_str(line).with_context(|| format!("mark `{line}`"))).collect()
    }
}

/// What must, may and must not be on the disk after a fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Promised {
    /// What the pointer said before the step that was under way, and what it says after it. Equal when none was.
    pub before: Expected,
    /// See `before`.
    pub after: Expected,
    /// Every record that was begun.
    pub records: BTreeMap<u64, Promise>,
    /// Orders that must be remembered.
    pub orders: Vec<u64>,
    /// Starts that were counted.
    pub starts: u64,
    /// The disk had failed before the power was gone: a start on it shows the release although it cannot be counted.
    pub count_may_be_short: bool,
}

/// How far a record was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    /// Being saved: there or not.
    Saving,
    /// The visitor was told: there.
    Saved,
    /// On its way out: there or not.
    Settling,
    /// The hub has it, and the disk has forgotten it: gone.
    Settled,
    /// Being set aside: waiting, or refused.
    Refusing,
    /// Set aside.
    Refused,
}

impl Promised {
    /// Takes the next line in. `cut_at`: entries of the log that the disk had been given when the power was cut; for a
    /// fault of another kind every line counts, and any number does.
    pub(crate) fn take(&mut self, mark: &Mark, cut_at: u64) {
        // What was promised at entry `at` had been written before it. What began at `at` wrote nothing before it.
        let done = mark.at <= cut_at;
        let began = mark.at < cut_at || (mark.at == 0 && cut_at == 0);
        match &mark.note {
            Note::Found(expected) => {
                if done {
                    self.before = expected.clone();
                    self.after = expected.clone();
                }
            }
            Note::Begin { step } => {
                if began {
                    self.after = self.before.after(*step);
                }
            }
            Note::Done { step } => {
                if done {
                    self.before = self.before.after(*step);
                    self.after = self.before.clone();
                }
            }
            Note::Saving { record } => self.raise(began, &[*record], Promise::Saving),
            Note::Saved { record } => self.raise(done, &[*record], Promise::Saved),
            Note::Settling { records } => self.raise(began, records, Promise::Settling),
            Note::Settled { records } => self.raise(done, records, Promise::Settled),
            Note::Refusing { record } => self.raise(began, &[*record], Promise::Refusing),
            Note::Refused { record } => self.raise(done, &[*record], Promise::Refused),
            Note::Ordering { .. } => {}
            Note::Ordered { order } => {
                if done {
                    self.orders.push(*order);
                }
            }
            Note::Started { count } => {
                if done {
                    self.starts = self.starts.max(*count);
                }
            }
        }
    }

    /// Of a whole journal.
    pub(crate) fn of(marks: &[Mark], cut_at: u64) -> Self {
        let mut promised = Self::default();
        for mark in marks {
            promised.take(mark, cut_at);
        }
        promised
    }

    fn raise(&mut self, happened: bool, records: &[u64], to: Promise) {
        if happened {
            for record in records {
                let now = self.records.entry(*record).or_insert(to);
                // What was killed while it was being saved may not be there to be set aside.
                if !(*now == Promise::Saving && matches!(to, Promise::Refusing | Promise::Refused)) {
                    *now = to;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(at: u64, note: Note) -> Mark {
        Mark { at, note }
    }

    #[test]
    fn a_promise_holds_from_the_entry_on_at_which_it_was_given() {
        let marks = [
            mark(10, Note::Saving { record: 1 }),
            mark(14, Note::Saved { record: 1 }),
            mark(14, Note::Settling { records: vec![1] }),
            mark(18, Note::Settled { records: vec![1] }),
        ];
        let at = |cut_at| Promised::of(&marks, cut_at).records.get(&1).copied();
        assert_eq!(at(10), None, "the first write of it is entry 10, which is the eleventh");
        assert_eq!(at(11), Some(Promise::Saving));
        assert_eq!(at(14), Some(Promise::Saved));
        assert_eq!(at(15), Some(Promise::Settling));
        assert_eq!(at(18), Some(Promise::Settled));
    }

    #[test]
    fn a_record_that_nobody_called_saved_need_not_be_set_aside() {
        let marks = [Note::Saving { record: 1 }, Note::Refusing { record: 1 }, Note::Refused { record: 1 }];
        let marks = marks.map(|note| mark(0, note));
        assert_eq!(Promised::of(&marks, 0).records[&1], Promise::Saving);
    }

    #[test]
    fn a_step_under_way_leaves_two_possibilities() {
        let step = Step::Fetch(1);
        let marks = [mark(3, Note::Begin { step }), mark(9, Note::Done { step })];
        assert_eq!(Promised::of(&marks, 3), Promised::default());
        let between = Promised::of(&marks, 5);
        assert_ne!(between.before, between.after);
        let done = Promised::of(&marks, 9);
        assert_eq!((done.before.newest, done.before == done.after), (1, true));
    }
}
