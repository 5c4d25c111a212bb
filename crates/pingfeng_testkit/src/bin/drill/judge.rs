//! What a device finds after a fault, compared with what had been promised before it.

use std::collections::BTreeMap;

use anyhow::Result;
use pingfeng_link::Outbox;
use pingfeng_link::outbox::Seq;
use pingfeng_release::store::{OpenRelease, Store, UNCONFIRMED_STARTS_MAX};
use serde::{Deserialize, Serialize};

use crate::life::{self, Device, Expected};
use crate::marks::{Marks, Promise, Promised};

/// Orders that are looked for, newest first: the outbox remembers [`pingfeng_link::outbox::ORDERS_MAX`] of them.
const ORDERS_LOOKED_FOR: usize = 200;

/// Each kind of broken promise, counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// What would be shown is neither the old nor the new release, or not whole.
    WrongPicture,
    /// The store, the outbox or the file system under them does not open.
    Unreadable,
    /// A record that was promised is not there, or not what it was.
    RecordLost,
    /// Something else that was promised is not so: a confirmation, a rollback, an order carried out.
    Forgotten,
    /// A record that had left came back. The hub takes it a second time without harm.
    CameBack,
    /// The store had to repair something, which a power cut must never make necessary.
    Repaired,
    /// The way could not be gone on with.
    Stuck,
}

impl Kind {
    /// As the table calls it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::WrongPicture => "wrong picture",
            Self::Unreadable => "unreadable",
            Self::RecordLost => "record lost",
            Self::Forgotten => "forgotten",
            Self::CameBack => "came back",
            Self::Repaired => "repaired",
            Self::Stuck => "stuck",
        }
    }
}

/// What was found wrong, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Empty: everything is as promised.
    pub findings: Vec<(Kind, String)>,
}

impl Verdict {
    /// Adds one.
    pub(crate) fn find(&mut self, kind: Kind, what: impl Into<String>) {
        self.findings.push((kind, what.into()));
    }

    /// Adds what an operation that must succeed said instead; `None` then.
    pub(crate) fn must<T>(&mut self, kind: Kind, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.find(kind, format!("{error:#}"))).ok()
    }
}

/// Opens what is on the disk as the screen's program does and compares. With `finish`, the way is gone on with: the
/// next release is fetched, shown and confirmed, and a record is saved and settled.
pub(crate) fn judge(device: &Device, promised: &Promised, finish: bool) -> Verdict {
    let mut verdict = Verdict::default();
    let found = judge_store(device, promised, &mut verdict);
    let outbox = judge_outbox(device, promised, &mut verdict);
    if finish && let (Some((store, expected)), Some(outbox)) = (found, outbox) {
        let finished = go_on(device, store, expected, outbox, promised);
        verdict.must(Kind::Stuck, finished);
    }
    verdict
}

/// The store, and which of the possible states it is in.
pub(crate) fn judge_store(device: &Device, promised: &Promised, verdict: &mut Verdict) -> Option<(Store, Expected)> {
    let store = verdict.must(Kind::Unreadable, device.open_store())?;
    if !store.repaired().is_empty() {
        // That a release goes back which nobody confirmed is the rule, not a repair.
        let goes_back = |state: &Expected| state.after(life::Step::Open).rejected != state.rejected;
        let never_confirmed = goes_back(&promised.before) || goes_back(&promised.after);
        if !never_confirmed {
            verdict.find(Kind::Repaired, format!("{:?}", store.repaired()));
        }
    }
    let possible = [&promised.before, &promised.after].map(|state| state.after(life::Step::Open));
    let mut possible = possible.to_vec();
    if promised.count_may_be_short {
        for starts in 1..=UNCONFIRMED_STARTS_MAX {
            let uncounted = |state: &Expected| Expected { starts: Some(starts - 1), ..state.clone() };
            let short = [&promised.before, &promised.after].into_iter().filter(|state| state.starts == Some(starts));
            possible.extend(short.map(|state| uncounted(state).after(life::Step::Open)));
        }
    }
    let active = store.active().map(|release| release.manifest().version);
    if !possible.iter().any(|state| state.active == active) {
        let wanted: Vec<_> = possible.iter().map(|state| state.active).collect();
        verdict.find(Kind::WrongPicture, format!("version {active:?} is active, expected one of {wanted:?}"));
        return None;
    }
    if let Some(release) = store.active() {
        assert_whole(release, Kind::WrongPicture, verdict);
    }
    let Some(state) = possible.iter().find(|state| state.agrees_with(&store)) else {
        verdict.find(Kind::Forgotten, format!("{:?}, expected one of {possible:?}", store.pointer()));
        return None;
    };
    Some((store, state.clone()))
}

/// Every file of a release has the bytes that its manifest promises.
pub(crate) fn assert_whole(release: &OpenRelease, kind: Kind, verdict: &mut Verdict) {
    for file in release.manifest().files.keys() {
        if let Err(error) = release.read(file) {
            verdict.find(kind, error.to_string());
        }
    }
}

/// The outbox against what visitors were told.
pub(crate) fn judge_outbox(device: &Device, promised: &Promised, verdict: &mut Verdict) -> Option<Outbox> {
    let mut outbox = verdict.must(Kind::Unreadable, Outbox::open(&device.outbox).map_err(Into::into))?;
    if let Some(aside) = outbox.set_aside() {
        verdict.find(Kind::Unreadable, format!("the outbox was damaged and put at {}", aside.display()));
        return None;
    }
    let waiting = verdict.must(Kind::Unreadable, waiting(&outbox))?;
    let refused = verdict.must(Kind::Unreadable, outbox.refused().map_err(Into::into))?;
    let refused: Vec<u64> = refused.iter().filter_map(|refusal| life::number_of(&refusal.id)).collect();
    for (number, promise) in &promised.records {
        let (waits, set_aside) = (waiting.contains_key(number), refused.contains(number));
        let right = match promise {
            Promise::Saving | Promise::Settling => true,
            Promise::Saved => waits,
            Promise::Settled => !waits,
            Promise::Refusing => waits || set_aside,
            Promise::Refused => set_aside && !waits,
        };
        if !right {
            let kind = if *promise == Promise::Settled { Kind::CameBack } else { Kind::RecordLost };
            verdict.find(kind, format!("record {number} was {promise:?}: waiting {waits}, refused {set_aside}"));
        }
    }
    for (number, same) in &waiting {
        if !same || !promised.records.contains_key(number) {
            verdict.find(Kind::RecordLost, format!("record {number} is not what was saved"));
        }
    }
    let orders = verdict.must(Kind::Unreadable, outbox.orders().map_err(Into::into))?;
    for order in promised.orders.iter().rev().take(ORDERS_LOOKED_FOR) {
        if !orders.iter().any(|id| life::number_of(id) == Some(*order)) {
            verdict.find(Kind::Forgotten, format!("order {order} would be carried out again"));
        }
    }
    let starts = verdict.must(Kind::Unreadable, outbox.count_start().map_err(Into::into))?;
    if starts <= promised.starts {
        verdict.find(Kind::Forgotten, format!("start {} was counted, now it is {starts}", promised.starts));
    }
    Some(outbox)
}

/// Records that wait, by number, and whether each is what was saved.
fn waiting(outbox: &Outbox) -> Result<BTreeMap<u64, bool>> {
    let mut found = BTreeMap::new();
    let mut after = 0;
    loop {
        let some = outbox.load(after, Seq::MAX)?;
        let Some((last, _)) = some.last() else { return Ok(found) };
        after = *last;
        for (_, record) in some {
            let number = life::number_of(&record.id).unwrap_or(u64::MAX);
            found.insert(number, record == life::record(number));
        }
    }
}

fn go_on(device: &Device, store: Store, expected: Expected, mut outbox: Outbox, promised: &Promised) -> Result<()> {
    drop(store);
    let nowhere = Marks::nowhere();
    let goal = expected.newest.max(expected.active.unwrap_or(0)) + 1;
    // The one after a release that is no good, if that comes first.
    let goal = if goal.is_multiple_of(3) { goal + 1 } else { goal };
    life::live(device, expected, &nowhere, |state| {
        state.active == Some(goal) && state.starts.is_none() && !state.untidy
    })?;
    let next = promised.records.keys().next_back().copied().unwrap_or(0) + 1;
    life::keep_records(&mut outbox, next, &nowhere, |number| number == next + 1)?;
    let store = device.open_store()?;
    let mut verdict = Verdict::default();
    match store.active() {
        Some(release) if release.manifest().version == goal => assert_whole(release, Kind::Stuck, &mut verdict),
        other => {
            anyhow::bail!("{:?} is active at the end, expected {goal}", other.map(|release| release.manifest().version))
        }
    }
    match verdict.findings.first() {
        Some((_, what)) => anyhow::bail!("{what}"),
        None => Ok(()),
    }
}
