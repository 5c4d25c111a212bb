//! A disk for tests: it cuts the power at change N, or fills up at byte N. After a cut, [`FaultDisk::lose_power`] does
//! to the files what the medium is allowed to do: what was never synced may be there, be torn, or be gone.

use std::collections::HashMap;
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

#[derive(Debug, Default)]
struct State {
    changes: u64,
    cut_at: Option<u64>,
    free_bytes: Option<u64>,
    read_only: bool,
    /// Bytes of each file that are certainly on the medium.
    synced_len: HashMap<PathBuf, u64>,
    /// Changes of names since their folder was last synced, oldest first.
    names: Vec<NameChange>,
}

/// How to undo a change of names.
#[derive(Debug)]
struct NameChange {
    folder: PathBuf,
    undo: Undo,
}

#[derive(Debug)]
enum Undo {
    /// Moves `to` back to `from` and puts back what `to` held before.
    Rename { from: PathBuf, to: PathBuf, replaced: Option<Vec<u8>> },
    /// Puts a removed file back.
    Remove { path: PathBuf, held: Vec<u8> },
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
    /// The first half of the names and half of the bytes.
    Half,
}

impl Survives {
    /// Every outcome that a test should try.
    pub const EACH: [Self; 4] = [Self::All, Self::Nothing, Self::NamesOnly, Self::Half];
}

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
        let names_kept = match survives {
            Survives::All | Survives::NamesOnly => state.names.len(),
            Survives::Nothing => 0,
            Survives::Half => state.names.len() / 2,
        };
        if survives != Survives::All {
            for (path, synced_len) in &state.synced_len {
                let Ok(metadata) = fs::metadata(path) else { continue };
                let len = match survives {
                    Survives::Half => synced_len + metadata.len().saturating_sub(*synced_len) / 2,
                    _ => *synced_len,
                };
                fs::File::options().write(true).open(path)?.set_len(len.min(metadata.len()))?;
            }
        }
        for change in state.names.split_off(names_kept).into_iter().rev() {
            match change.undo {
                Undo::Rename { from, to, replaced } => {
                    fs::rename(&to, &from)?;
                    if let Some(held) = replaced {
                        fs::write(&to, held)?;
                    }
                }
                Undo::Remove { path, held } => fs::write(&path, held)?,
            }
        }
        state.names.clear();
        state.synced_len.clear();
        Ok(())
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

fn gone() -> io::Error {
    io::Error::other("the power is gone")
}

impl Disk for FaultDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        if Self::change(&mut self.locked())? {
            return Err(gone());
        }
        RealDisk.create_dir(path)
    }

    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.locked();
        let cut = Self::change(&mut state)?;
        state.synced_len.entry(path.to_owned()).or_insert(0);
        if let Some(free_bytes) = &mut state.free_bytes {
            match free_bytes.checked_sub(bytes.len() as u64) {
                Some(left) => *free_bytes = left,
                None => return Err(io::ErrorKind::StorageFull.into()),
            }
        }
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
        let synced_len = state.synced_len.entry(path.to_owned()).or_insert(0);
        *synced_len = len.min(*synced_len);
        RealDisk.set_len(path, len)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.locked();
        if Self::change(&mut state)? {
            return Err(gone());
        }
        state.synced_len.remove(path);
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
        if let Some(synced_len) = state.synced_len.remove(from) {
            state.synced_len.insert(to.to_owned(), synced_len);
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
        state.synced_len.remove(path);
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
