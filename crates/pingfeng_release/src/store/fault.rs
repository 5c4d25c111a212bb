//! A disk for tests: it cuts the power at change N, or fills up at byte N. After a cut, [`FaultDisk::lose_power`] does
//! to the files what the medium is allowed to do: what was never synced may be there, be torn, or be gone.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::disk::{Disk, RealDisk};

/// Wraps the machine's disk.
#[derive(Debug, Default)]
pub struct FaultDisk {
    state: Mutex<State>,
}

#[derive(Clone, Debug, Default)]
struct State {
    changes: u64,
    cut_at: Option<u64>,
    free_bytes: Option<u64>,
    read_only: bool,
    /// What each file held when it was last synced, for files that were written since; nothing for new ones.
    unsynced: BTreeMap<PathBuf, Vec<u8>>,
    /// Changes of names since their folder was last synced, oldest first.
    names: Vec<NameChange>,
}

/// How to undo a change of names.
#[derive(Clone, Debug)]
struct NameChange {
    folder: PathBuf,
    undo: Undo,
}

#[derive(Clone, Debug)]
enum Undo {
    /// Moves `to` back to `from` and puts back what `to` held before.
    Rename { from: PathBuf, to: PathBuf, replaced: Option<Vec<u8>> },
    /// Puts a removed file back.
    Remove { path: PathBuf, held: Vec<u8> },
    /// Removes a file that was made.
    File { path: PathBuf },
    /// Removes a folder that was made, with whatever is in it.
    Folder { path: PathBuf },
}

/// What survives of the changes that were never synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survives {
    /// Everything.
    All,
    /// Nothing.
    Nothing,
    /// Names survive, the bytes behind them do not: what a file system without ordering may do.
    NamesOnly,
    /// The first half of the names, and of each file the first half of what was written.
    Half,
    /// In each folder the names up to some change; of each file any of the sectors that were written, and its old
    /// length or its new one. The number decides.
    Some(u64),
}

impl Survives {
    /// Outcomes that a test should try besides some of [`Survives::Some`].
    pub const EACH: [Self; 4] = [Self::All, Self::Nothing, Self::NamesOnly, Self::Half];
}

/// What a medium writes at once.
const SECTOR_BYTES: usize = 512;

impl FaultDisk {
    /// Every change from the `change`-th on (from 0) fails, and a write that is cut is half done.
    pub fn cut_at(change: u64) -> Self {
        Self { state: Mutex::new(State { cut_at: Some(change), ..State::default() }) }
    }

    /// A disk on which `free_bytes` may still be written.
    pub fn with_free_bytes(free_bytes: u64) -> Self {
        Self { state: Mutex::new(State { free_bytes: Some(free_bytes), ..State::default() }) }
    }

    /// A disk that takes no change, as one that is mounted read-only.
    pub fn read_only() -> Self {
        Self { state: Mutex::new(State { read_only: true, ..State::default() }) }
    }

    /// The same disk at the same moment, for another outcome of the same cut.
    pub fn as_it_is(&self) -> Self {
        Self { state: Mutex::new(self.locked().clone()) }
    }

    /// Frees room, or takes it.
    pub fn set_free_bytes(&self, free_bytes: u64) {
        self.locked().free_bytes = Some(free_bytes);
    }

    /// Changes made so far.
    pub fn changes(&self) -> u64 {
        self.locked().changes
    }

    /// True once the power is gone.
    pub fn is_cut(&self) -> bool {
        let state = self.locked();
        state.cut_at.is_some_and(|at| state.changes > at)
    }

    /// Leaves the files as they may be found after the power cut.
    pub fn lose_power(&self, survives: Survives) -> io::Result<()> {
        let mut state = self.locked();
        let mut dice = Dice::new(survives);
        for (path, held) in std::mem::take(&mut state.unsynced) {
            if let Ok(written) = fs::read(&path) {
                fs::write(&path, left_of(&held, &written, survives, &mut dice))?;
            }
        }
        let names = std::mem::take(&mut state.names);
        let mut kept_in: HashMap<PathBuf, usize> = HashMap::new();
        let count = names.len();
        let mut lost = Vec::new();
        for (number, change) in names.into_iter().enumerate() {
            let kept = match survives {
                Survives::All | Survives::NamesOnly => true,
                Survives::Nothing => false,
                Survives::Half => number < count / 2,
                Survives::Some(_) => {
                    let kept = kept_in.entry(change.folder.clone()).or_insert_with(|| dice.below(count + 1));
                    let is_kept = *kept > 0;
                    *kept = kept.saturating_sub(1);
                    is_kept
                }
            };
            if !kept {
                lost.push(change.undo);
            }
        }
        for undo in lost.into_iter().rev() {
            match undo {
                // Whatever a lost folder held went with it.
                Undo::Rename { from, to, replaced } => {
                    if to.exists() && from.parent().is_some_and(Path::exists) {
                        fs::rename(&to, &from)?;
                    }
                    if let Some(held) = replaced {
                        fs::write(&to, held)?;
                    }
                }
                Undo::Remove { path, held } => {
                    if path.parent().is_some_and(Path::exists) {
                        fs::write(&path, held)?;
                    }
                }
                Undo::File { path } => {
                    if path.is_file() {
                        fs::remove_file(&path)?;
                    }
                }
                Undo::Folder { path } => {
                    if path.is_dir() {
                        fs::remove_dir_all(&path)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes that a file is about to be changed, before it is.
    fn will_change(state: &mut State, path: &Path) {
        if state.unsynced.contains_key(path) {
            return;
        }
        match fs::read(path) {
            Ok(held) => {
                state.unsynced.insert(path.to_owned(), held);
            }
            Err(_) => {
                state.unsynced.insert(path.to_owned(), Vec::new());
                let folder = path.parent().unwrap_or(path).to_owned();
                state.names.push(NameChange { folder, undo: Undo::File { path: path.to_owned() } });
            }
        }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Counts a change; `Err` when the power is gone. `true`: this very change is the one that is cut.
    fn change(state: &mut State) -> io::Result<bool> {
        if state.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let change = state.changes;
        state.changes += 1;
        match state.cut_at {
            Some(at) if change > at => Err(gone()),
            at => Ok(at == Some(change)),
        }
    }
}

/// What is left of a file that held `held` when it was synced and to which `written` was written since.
fn left_of(held: &[u8], written: &[u8], survives: Survives, dice: &mut Dice) -> Vec<u8> {
    match survives {
        Survives::All => written.to_vec(),
        Survives::Nothing | Survives::NamesOnly => held.to_vec(),
        Survives::Half => {
            let half = written.len() / 2;
            let mut left = written[..half].to_vec();
            left.extend_from_slice(held.get(half..).unwrap_or_default());
            left
        }
        Survives::Some(_) => {
            // What was never written is empty.
            let mut left = held.to_vec();
            left.resize(written.len(), 0);
            for (left, written) in left.chunks_mut(SECTOR_BYTES).zip(written.chunks(SECTOR_BYTES)) {
                if dice.below(2) == 0 {
                    left.copy_from_slice(written);
                }
            }
            if dice.below(3) == 0 {
                left.resize(held.len(), 0);
            }
            left
        }
    }
}

/// xorshift64*: enough to choose what is lost, and the same for the same number.
struct Dice(u64);

impl Dice {
    fn new(survives: Survives) -> Self {
        let Survives::Some(seed) = survives else { return Self(1) };
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap_or(0) % limit.max(1)
    }
}

fn gone() -> io::Error {
    io::Error::other("the power is gone")
}

impl Disk for FaultDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.locked();
        if Self::change(&mut state)? {
            return Err(gone());
        }
        if !path.exists() {
            let folder = path.parent().unwrap_or(path).to_owned();
            state.names.push(NameChange { folder, undo: Undo::Folder { path: path.to_owned() } });
        }
        RealDisk.create_dir(path)
    }

    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.locked();
        let cut = Self::change(&mut state)?;
        if let Some(free_bytes) = &mut state.free_bytes {
            match free_bytes.checked_sub(bytes.len() as u64) {
                Some(left) => *free_bytes = left,
                None => return Err(io::ErrorKind::StorageFull.into()),
            }
        }
        Self::will_change(&mut state, path);
        if cut {
            RealDisk.write_at(path, offset, &bytes[..bytes.len() / 2])?;
            return Err(gone());
        }
        RealDisk.write_at(path, offset, bytes)
    }

    fn set_len(&self, path: &Path, len: u64) -> io::Result<()> {
        let mut state = self.locked();
        if Self::change(&mut state)? {
            return Err(gone());
        }
        Self::will_change(&mut state, path);
        RealDisk.set_len(path, len)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.locked();
        if Self::change(&mut state)? {
            return Err(gone());
        }
        state.unsynced.remove(path);
        // What survives is decided here, so that the machine's disk need not be waited for.
        fs::metadata(path).map(drop)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.locked();
        if Self::change(&mut state)? {
            return Err(gone());
        }
        let replaced = fs::read(to).ok();
        RealDisk.rename(from, to)?;
        state.unsynced.remove(to);
        if let Some(held) = state.unsynced.remove(from) {
            state.unsynced.insert(to.to_owned(), held);
        }
        let folder = to.parent().unwrap_or(to).to_owned();
        state
            .names
            .push(NameChange { folder, undo: Undo::Rename { from: from.to_owned(), to: to.to_owned(), replaced } });
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.locked();
        if Self::change(&mut state)? {
            return Err(gone());
        }
        let held = fs::read(path)?;
        RealDisk.remove_file(path)?;
        state.unsynced.remove(path);
        let folder = path.parent().unwrap_or(path).to_owned();
        state.names.push(NameChange { folder, undo: Undo::Remove { path: path.to_owned(), held } });
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.locked();
        if Self::change(&mut state)? {
            return Err(gone());
        }
        state.names.retain(|change| change.folder != path);
        fs::metadata(path).map(drop)
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let free_bytes = self.locked().free_bytes;
        free_bytes.map_or_else(|| RealDisk.free_bytes(path), Ok)
    }
}
