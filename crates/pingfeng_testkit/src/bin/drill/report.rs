//! What was tried and what came of it: one row per fault, as a table for people and as JSON for programs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::judge::{Kind, Verdict};

/// Findings of a row that are kept with their words.
const EXAMPLES_MAX: usize = 12;

/// One fault, tried many times.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Which fault.
    pub fault: String,
    /// Something must be found wrong here: it shows that the drill can.
    pub control: bool,
    /// How often it was tried.
    pub tried: u64,
    /// Trials after which something was wrong, by kind; a trial counts once per kind.
    pub wrong: BTreeMap<Kind, u64>,
    /// What was seen beside that, for example how often a promise was at stake.
    pub seen: BTreeMap<String, u64>,
    /// How long it took.
    pub seconds: f64,
    /// Some of what was wrong, in words.
    pub examples: Vec<String>,
}

impl Row {
    /// A row without trials.
    pub(crate) fn new(fault: impl Into<String>) -> Self {
        Self { fault: fault.into(), ..Self::default() }
    }

    /// A row in which something must be found.
    pub(crate) fn control(fault: impl Into<String>) -> Self {
        Self { control: true, ..Self::new(fault) }
    }

    /// Counts a trial. `which` says how to find it again.
    pub(crate) fn add(&mut self, which: impl FnOnce() -> String, verdict: &Verdict) {
        self.tried += 1;
        let mut kinds: Vec<_> = verdict.findings.iter().map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            *self.wrong.entry(kind).or_default() += 1;
        }
        if let Some((kind, what)) = verdict.findings.first()
            && self.examples.len() < EXAMPLES_MAX
        {
            self.examples.push(format!("{}: {}: {what}", which(), kind.words()));
        }
    }

    /// Counts something that is not a fault.
    pub(crate) fn see(&mut self, what: &str) {
        *self.seen.entry(what.to_owned()).or_default() += 1;
    }

    /// Adds another part of the same fault, which ran at the same time.
    pub(crate) fn join(&mut self, other: Self) {
        self.tried += other.tried;
        for (kind, count) in other.wrong {
            *self.wrong.entry(kind).or_default() += count;
        }
        for (what, count) in other.seen {
            *self.seen.entry(what).or_default() += count;
        }
        self.seconds = self.seconds.max(other.seconds);
        self.examples.extend(other.examples);
        self.examples.truncate(EXAMPLES_MAX);
    }

    /// The same, finished.
    pub(crate) fn took(mut self, time: Duration) -> Self {
        self.seconds = time.as_secs_f64();
        self
    }

    /// True when nothing was wrong; for a control, when something was.
    pub(crate) fn is_as_it_should(&self) -> bool {
        self.wrong.is_empty() != self.control
    }
}

/// The table that is printed.
pub(crate) fn table(rows: &[Row]) -> String {
    let count = |row: &Row, kind| row.wrong.get(&kind).copied().unwrap_or(0);
    let mut text = format!(
        "{:<52}{:>9}{:>9}{:>12}{:>9}{:>9}{:>9}\n",
        "fault", "tried", "wrong", "unreadable", "records", "other", "time"
    );
    text += &format!("{:<52}{:>9}{:>9}{:>12}{:>9}{:>9}\n", "", "", "pictures", "stores", "lost", "wrong");
    for row in rows {
        let named = [Kind::WrongPicture, Kind::Unreadable, Kind::RecordLost];
        let other: u64 = row.wrong.iter().filter(|(kind, _)| !named.contains(kind)).map(|(_, count)| count).sum();
        let name = if row.control { format!("control: {}", row.fault) } else { row.fault.clone() };
        text += &format!("{name:<52}{:>9}", row.tried);
        text += &format!("{:>9}{:>12}{:>9}", count(row, named[0]), count(row, named[1]), count(row, named[2]));
        text += &format!("{other:>9}{:>7.0} s\n", row.seconds);
        if !row.seen.is_empty() {
            let seen: Vec<_> = row.seen.iter().map(|(what, count)| format!("{count} {what}")).collect();
            text += &format!("    {}\n", seen.join(", "));
        }
        // A control's findings are wanted, and many.
        for example in row.examples.iter().take(if row.control { 2 } else { EXAMPLES_MAX }) {
            text += &format!("    {example}\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_counts_once_per_kind() {
        let mut verdict = Verdict::default();
        verdict.find(Kind::RecordLost, "record 1");
        verdict.find(Kind::RecordLost, "record 2");
        verdict.find(Kind::Stuck, "no room");
        let mut row = Row::new("a fault");
        row.add(|| "trial 0".into(), &verdict);
        row.add(|| "trial 1".into(), &Verdict::default());
        assert_eq!((row.tried, row.wrong[&Kind::RecordLost], row.wrong[&Kind::Stuck]), (2, 1, 1));
        assert_eq!(row.examples, ["trial 0: record lost: record 1"]);
        assert!(!row.is_as_it_should());
    }
}
