//! A device's whole life, with the power cut at every single change that it makes to the disk, and every kind of loss.
//! `cargo test -p pingfeng_release cuts -- --nocapture` prints how many were tried. Block by block, on a real file
//! system, the same is done by `cargo xtask powercut`.

use std::collections::BTreeSet;

use super::*;
use crate::trust::{Facts, rehearsal::RehearsalSite};

/// Random losses that are tried at each cut, besides those of [`Survives::EACH`].
const SOME: u64 = 3;

/// What is done, one after the other.
#[derive(Clone, Copy, Debug)]
enum Act {
    Fetch(u64),
    Activate(u64),
    Confirm,
    RollBack,
    StepBack,
    Collect,
    /// Another state of trust is stored: see [`Versions::trust`].
    Believe(usize),
    /// The program ends and starts again.
    Restart,
}

impl Act {
    /// What is found tells whether it was done.
    fn shows(self) -> bool {
        matches!(self, Activate(_) | Believe(_) | Confirm | RollBack | StepBack)
    }
}

use Act::{Activate, Believe, Collect, Confirm, Fetch, Restart, RollBack, StepBack};

/// Two releases that are good, one that is not, one that is good again but not wanted.
const LIFE: [Act; 22] = [
    Fetch(1),
    Activate(1),
    Confirm,
    Fetch(2),
    Activate(2),
    Restart,
    Confirm,
    Collect,
    Fetch(3),
    Activate(3),
    RollBack,
    Collect,
    Fetch(4),
    Restart,
    Believe(0),
    Activate(4),
    Confirm,
    Collect,
    Believe(1),
    StepBack,
    Restart,
    Collect,
];

/// What must be found.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shown {
    active: Option<u64>,
    previous: Option<u64>,
    confirmed: bool,
    /// The last one that went back.
    rejected: Option<u64>,
    /// Which state of trust.
    believed: Option<usize>,
}

const NOTHING: Shown = Shown { active: None, previous: None, confirmed: true, rejected: None, believed: None };

fn after(shown: Shown, act: Act) -> Shown {
    match act {
        Activate(version) => Shown {
            active: Some(version),
            previous: if shown.confirmed { shown.active } else { shown.previous },
            confirmed: false,
            ..shown
        },
        Confirm => Shown { confirmed: true, ..shown },
        RollBack | StepBack => {
            Shown { active: shown.previous, previous: None, confirmed: true, rejected: shown.active, ..shown }
        }
        Believe(number) => Shown { believed: Some(number), ..shown },
        Fetch(_) | Collect | Restart => shown,
    }
}

/// The versions, made once.
struct Versions {
    releases: Vec<Made>,
    /// A root alone, and a root with a roster.
    trust: [TrustState; 2],
}

impl Versions {
    fn new() -> Self {
        let one = |version: u64| {
            // Long enough for a tree, and each a little longer than the one before.
            let film = noise(60_000 + 3_000 * version as usize);
            made_of(
                version,
                [
                    (EXHIBITION_FILE, format!("version {version}").into_bytes()),
                    (PICTURES_FILE, b"{}".to_vec()),
                    ("films/a.mp4", film),
                ],
            )
        };
        let now_ms = 1_800_000_000_000;
        let site = RehearsalSite::new("hall", now_ms);
        let root = TrustState::new(&site.root_envelope().to_bytes()).unwrap();
        let (groups, runtime) = (BTreeSet::new(), this_runtime());
        let facts = Facts { groups: &groups, runtime: &runtime, now_ms, clock_trusted: false };
        let mut with_roster = root.clone();
        with_roster.take_roster(&site.roster_envelope().to_bytes(), &facts).unwrap();
        Self { releases: (0..=4).map(one).collect(), trust: [root, with_roster] }
    }

    fn get(&self, version: u64) -> &Made {
        &self.releases[version as usize]
    }

    fn of(&self, id: &BlobHash) -> u64 {
        self.releases.iter().position(|made| made.id == *id).unwrap() as u64
    }

    fn shown(&self, store: &Store) -> Shown {
        let pointer = store.pointer();
        let of = |id: &Option<BlobHash>| id.as_ref().map(|id| self.of(id));
        let rejected = pointer.rejected.last().map(|rejected| self.of(&rejected.release));
        let believed = match store.trust() {
            StoredTrust::Known(state) => Some(self.trust.iter().position(|trust| *trust == **state).unwrap()),
            StoredTrust::Absent => None,
            StoredTrust::Damaged => panic!("whom the device believes is unreadable"),
        };
        Shown {
            active: of(&pointer.active),
            previous: of(&pointer.previous),
            confirmed: pointer.trust == Trust::Confirmed,
            rejected,
            believed,
        }
    }

    fn act(
        &self,
        bench: &Bench,
        disk: &Arc<FaultDisk>,
        store: &mut Option<Store>,
        act: Act,
    ) -> Result<(), Box<dyn std::error::Error>> {
        if matches!(act, Restart) || store.is_none() {
            *store = None;
            *store = Some(bench.open_on(disk.clone())?);
        }
        let store = store.as_mut().unwrap();
        match act {
            Fetch(version) => drop(self.get(version).fetch(store)?),
            Activate(version) => drop(store.activate(&self.get(version).id, version)?),
            Confirm => store.confirm()?,
            RollBack => drop(store.roll_back("no good frames")?),
            StepBack => drop(store.step_back("not wanted", 9)?),
            Collect => drop(store.collect(None)?),
            Believe(number) => store.set_trust(&self.trust[number])?,
            Restart => {}
        }
        Ok(())
    }
}

/// How a life with one cut began.
struct Cut {
    /// What was promised, and the act that was under way.
    shown: Shown,
    act: Option<usize>,
    disk: Arc<FaultDisk>,
}

/// Lives until change `cuts`.
fn live_until(versions: &Versions, bench: &Bench, cuts: u64) -> Cut {
    let disk = Arc::new(FaultDisk::cut_at(cuts));
    let mut store = None;
    let mut shown = NOTHING;
    let act = LIFE.iter().position(|act| {
        let done = versions.act(bench, &disk, &mut store, *act).is_ok();
        if done {
            shown = after(shown, *act);
            assert_eq!(versions.shown(store.as_ref().unwrap()), shown, "cut {cuts}: after {act:?}");
        }
        !done
    });
    assert_eq!(act.is_some(), disk.is_cut(), "cut {cuts}: stopped in {act:?}");
    Cut { shown, act, disk }
}

/// Starts again after the power was lost, compares, and goes on: to the end of the life, or only to what was interrupted.
#[track_caller]
fn start_again(versions: &Versions, bench: &Bench, cut: &Cut, to_the_end: bool, which: &str) {
    let disk = Arc::new(FaultDisk::default());
    let mut store = Some(bench.open_on(disk.clone()).unwrap());
    let open = store.as_ref().unwrap();
    let found = versions.shown(open);
    let next = cut.act.unwrap_or(LIFE.len());
    let then = LIFE.get(next).map_or(cut.shown, |act| after(cut.shown, *act));
    assert!(found == cut.shown || found == then, "{which}: {found:?} in act {next}, {:?} was promised", cut.shown);
    assert_eq!(open.repaired(), [], "{which}");
    let active = open.active();
    assert_eq!(active.map(|release| release.manifest().version), found.active, "{which}");
    if let Some(release) = active {
        assert_whole(release);
    }
    // What was done is not done again; what was not, is.
    let is_done = found == then && LIFE.get(next).is_some_and(|act| act.shows());
    // This start was the one that was interrupted; another would be one more that nobody confirms.
    let is_done = is_done || matches!(LIFE.get(next), Some(Restart));
    let begin = if is_done { next + 1 } else { next };
    let end = if to_the_end { LIFE.len() } else { LIFE.len().min(begin + 2) };
    let mut shown = found;
    for act in &LIFE[begin.min(end)..end] {
        versions.act(bench, &disk, &mut store, *act).unwrap_or_else(|error| panic!("{which}: {act:?}: {error}"));
        shown = after(shown, *act);
    }
    let store = store.unwrap();
    assert_eq!(versions.shown(&store), shown, "{which}");
    if let Some(release) = store.active() {
        assert_whole(release);
    }
    if to_the_end {
        let end = Shown { active: Some(2), rejected: Some(4), believed: Some(1), ..NOTHING };
        assert_eq!(shown, end, "{which}");
    }
}

#[test]
fn a_power_cut_at_any_change_of_a_life_breaks_no_promise() {
    let versions = Versions::new();
    // In memory where that can be: nothing here depends on the machine's own disk.
    let folder = || tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let (bench, kept) = (Bench { folder: folder() }, folder());
    let (mut cuts, mut states) = (0, 0);
    loop {
        empty(bench.folder.path());
        let cut = live_until(&versions, &bench, cuts);
        empty(kept.path());
        copy_tree(bench.folder.path(), kept.path());
        // Another random loss at each cut.
        let some = (0..SOME).map(|number| Survives::Some(cuts * SOME + number));
        for survives in Survives::EACH.into_iter().chain(some) {
            empty(bench.folder.path());
            copy_tree(kept.path(), bench.folder.path());
            cut.disk.as_it_is().lose_power(survives).unwrap();
            let to_the_end = survives == Survives::Nothing;
            start_again(&versions, &bench, &cut, to_the_end, &format!("cut {cuts}, {survives:?}"));
            states += 1;
        }
        if !cut.disk.is_cut() {
            break;
        }
        cuts += 1;
    }
    println!("{cuts} changes of a life, {states} states after a cut at each of them: nothing lost");
    assert!(cuts > 150, "the life made only {cuts} changes");
}

fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }
}

fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir(&to).unwrap();
            copy_tree(&path, &to);
        } else {
            fs::copy(&path, to).unwrap();
        }
    }
}
