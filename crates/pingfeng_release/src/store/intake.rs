//! A release on its way in: what the device has of it already, what is missing, and where each piece goes.
//!
//! Three stages, each of which needs the one before: the manifest, the trees of its files, their chunks. Pieces that an
//! older release of the device has are taken from there. A file is put together at its place in `incoming/`, in
//! whatever order its chunks come; after a restart its chunks are read and compared with their names, so that nothing
//! but the file itself says how far it is.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::disk::{At, DiskError, replace_file};
use super::errors::{PlanError, TakeError};
use super::{
    BlobHash, MANIFEST_BYTES_MAX, Manifest, ManifestError, Store, accept_manifest, blob_is_whole, hash_is_valid,
    manifest_path, view,
};
use crate::chunk::{self, ChunkName, Entry, Grain, Step, Tree, Walk, WalkError};
use crate::parcel;
use crate::run::Run;

/// Bytes of a begun file that a power cut may cost.
const SYNC_EVERY_BYTES: u64 = 8 * 1024 * 1024;
/// Bytes that one call of [`Store::plan`] compares or copies, so that its thread can do something else in between.
const WORK_BYTES: u64 = 32 * 1024 * 1024;
/// Copied chunks that lie side by side are written together up to this.
const COPY_BYTES: usize = 1024 * 1024;

/// A release to bring in, as its offer names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// BLAKE3 of its manifest.
    pub release: BlobHash,
    /// Bytes of the manifest.
    pub manifest_size_bytes: u64,
    /// The topmost piece of the manifest, which is cut finely.
    pub manifest_root: ChunkName,
    /// Levels of nodes above the manifest's chunks.
    pub manifest_depth: u8,
}

impl Wanted {
    /// The release whose manifest these are the bytes of.
    pub fn of(manifest: &[u8]) -> Self {
        let tree = crate::FileEntry::of("manifest.json", manifest).tree;
        Self {
            release: BlobHash::of(manifest),
            manifest_size_bytes: manifest.len() as u64,
            manifest_root: tree.map_or(ChunkName([0; 32]), |tree| tree.root),
            manifest_depth: tree.map_or(0, |tree| tree.depth),
        }
    }
}

/// What stands between a release and being staged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// The device is looking through what it has. Plan again.
    Working {
        /// Bytes looked through.
        done_bytes: u64,
        /// Of the files that are not whole yet.
        total_bytes: u64,
    },
    /// Fetch these and give them to [`Store::take`]; when none is left, plan again. The length of a topmost node is not
    /// known and stands as 0.
    Missing(Vec<Entry>),
    /// Everything is on disk.
    Complete,
}

/// What became of a parcel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Pieces that were sought and are here now.
    pub names: Vec<ChunkName>,
    /// Bytes of them.
    pub bytes: u64,
    /// Pieces that nobody sought, or that had come already.
    pub foreign: usize,
}

#[derive(Debug)]
pub(super) struct Intake {
    wanted: Wanted,
    own: Own,
    /// Nodes, and chunks of the manifest, that have arrived.
    arrived: HashMap<ChunkName, Vec<u8>>,
    sought_nodes: HashSet<ChunkName>,
    stage: Stage,
    unsynced_bytes: u64,
}

#[derive(Debug)]
enum Stage {
    Manifest(Walk),
    Trees(Vec<Growing>),
    Chunks(Chunks),
}

/// A file whose chunks are not all known yet.
#[derive(Debug)]
struct Growing {
    path: String,
    blob: BlobHash,
    size_bytes: u64,
    tree: Tree,
    walk: Walk,
}

#[derive(Debug, Default)]
struct Chunks {
    parts: Vec<Part>,
    /// Where looking through stands: a part, a chunk of it, its offset.
    at: (usize, usize, u64),
    done_bytes: u64,
    total_bytes: u64,
    sought: Sought,
}

/// A file that is being put together.
#[derive(Debug)]
struct Part {
    blob: BlobHash,
    size_bytes: u64,
    root: ChunkName,
    row: Vec<Entry>,
    /// It was there before: what is in it may be right.
    resumed: bool,
    missing: usize,
    unsynced: bool,
    /// All its chunks were looked through once.
    looked_through: bool,
    whole: bool,
}

/// Places of the chunks that are missing. Nearly all have one place; the others are in `more` as well.
#[derive(Debug, Default)]
struct Sought {
    places: HashMap<ChunkName, (u32, u64)>,
    more: HashMap<ChunkName, Vec<(u32, u64)>>,
    /// In the order in which they stand in the files; with each its part, and which chunk of it it is.
    order: Vec<(Entry, u32, u32)>,
}

impl Sought {
    fn add(&mut self, entry: Entry, (part, index): (usize, usize), offset: u64) {
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        let place = (number(part), offset);
        if self.places.contains_key(&entry.name) {
            self.more.entry(entry.name).or_default().push(place);
        } else {
            self.places.insert(entry.name, place);
            self.order.push((entry, place.0, number(index)));
        }
    }

    fn missing(&self) -> impl Iterator<Item = &(Entry, u32, u32)> {
        self.order.iter().filter(|(entry, _, _)| self.places.contains_key(&entry.name))
    }

    fn remove(&mut self, name: &ChunkName) -> Vec<(u32, u64)> {
        let Some(place) = self.places.remove(name) else { return Vec::new() };
        let mut places = vec![place];
        places.extend(self.more.remove(name).into_iter().flatten());
        places
    }
}

/// Pieces of the releases that the device has.
#[derive(Debug, Default)]
pub(super) struct Own {
    files: Vec<PathBuf>,
    places: HashMap<ChunkName, (u32, u64, u32)>,
    nodes: HashMap<ChunkName, Vec<u8>>,
}

impl Own {
    /// A chunk, if it is there and still what it was.
    pub(super) fn chunk(&self, name: &ChunkName) -> Option<Vec<u8>> {
        let (file, offset, len) = *self.places.get(name)?;
        let mut bytes = vec![0; len as usize];
        let file = File::open(self.files.get(file as usize)?).ok()?;
        file.read_exact_at(&mut bytes, offset).ok()?;
        (ChunkName::of(&bytes) == *name).then_some(bytes)
    }

    /// A node, or a chunk of a manifest.
    pub(super) fn node(&self, name: &ChunkName) -> Option<Vec<u8>> {
        self.nodes.get(name).cloned()
    }

    fn add_file(&mut self, path: PathBuf, row: &[Entry], grain: Grain) {
        let file = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        self.files.push(path);
        let mut offset = 0;
        for entry in row {
            self.places.entry(entry.name).or_insert((file, offset, entry.len));
            offset += u64::from(entry.len);
        }
        let nodes = &mut self.nodes;
        // The list is not empty and memory takes what it is given: this cannot fail.
        let _ = chunk::grow(row, grain, &mut |piece| {
            nodes.entry(piece.name).or_insert_with(|| piece.bytes.to_vec());
            Ok(())
        });
    }
}

impl Store {
    /// Says what must be fetched before the release can be staged, having checked that it will fit on the disk. What
    /// the device has of it is put in its place; that takes several calls for a large release.
    ///
    /// # Errors
    /// When the release cannot be one, does not fit, or the disk refuses. What is active is untouched.
    pub fn plan(&mut self, wanted: &Wanted) -> Result<Plan, PlanError> {
        let planned = self.plan_intake(wanted);
        if planned.is_err() {
            // What is known of the files may no longer be so: the next plan looks again.
            self.intake = None;
        }
        planned
    }

    fn plan_intake(&mut self, wanted: &Wanted) -> Result<Plan, PlanError> {
        if self.intake.as_ref().is_none_or(|intake| intake.wanted != *wanted) {
            self.intake = None;
            if !hash_is_valid(&wanted.release) {
                return Err(PlanError::NotAHash(wanted.release.0.clone()));
            }
            if wanted.manifest_size_bytes > MANIFEST_BYTES_MAX {
                return Err(ManifestError::TooLarge { size_bytes: wanted.manifest_size_bytes }.into());
            }
            self.intake = Some(self.begin_intake(wanted)?);
        }
        let Some(mut intake) = self.intake.take() else { return Ok(Plan::Complete) };
        let mut budget = WORK_BYTES;
        let plan = loop {
            if let Some(plan) = self.advance(&mut intake, &mut budget)? {
                break plan;
            }
        };
        if plan != Plan::Complete {
            self.intake = Some(intake);
        }
        Ok(plan)
    }

    /// The chunks that the last [`Store::plan`] named as missing, as runs, in the same order. Empty when nodes are missing,
    /// which stand in no file.
    pub fn missing_runs(&self) -> Vec<Run> {
        let Some(Intake { stage: Stage::Chunks(chunks), .. }) = &self.intake else { return Vec::new() };
        let mut runs: Vec<(Run, u32)> = Vec::new();
        for (_, part, index) in chunks.sought.missing() {
            match runs.last_mut() {
                Some((run, of)) if of == part && run.from + run.count == *index => run.count += 1,
                _ => {
                    let Some(root) = chunks.parts.get(*part as usize).map(|part| part.root) else { continue };
                    runs.push((Run { root, from: *index, count: 1 }, *part));
                }
            }
        }
        runs.into_iter().map(|(run, _)| run).collect()
    }

    /// The manifest of a release that is being brought in or is here, as the bytes that name it; `None` before it is
    /// known.
    pub fn incoming_manifest_bytes(&mut self, release: &BlobHash) -> Option<Vec<u8>> {
        let bytes = fs::read(view::blob_path(&self.blobs(), release)).ok()?;
        (hash_is_valid(release) && BlobHash::of(&bytes) == *release).then_some(bytes)
    }

    fn begin_intake(&mut self, wanted: &Wanted) -> Result<Intake, PlanError> {
        let tree = Tree { root: wanted.manifest_root, depth: wanted.manifest_depth, grain: Grain::Fine };
        let walk = Walk::new(&tree, wanted.manifest_size_bytes)
            .map_err(|error| PlanError::Tree { path: "manifest".to_owned(), error })?;
        Ok(Intake {
            wanted: wanted.clone(),
            own: Own::default(),
            arrived: HashMap::new(),
            sought_nodes: HashSet::new(),
            stage: Stage::Manifest(walk),
            unsynced_bytes: 0,
        })
    }

    /// One stage further, or what stops it.
    fn advance(&mut self, intake: &mut Intake, budget: &mut u64) -> Result<Option<Plan>, PlanError> {
        match &mut intake.stage {
            Stage::Manifest(walk) => {
                let release = intake.wanted.release.clone();
                let manifest = match self.read_manifest(&release)? {
                    Some(manifest) => manifest,
                    None => {
                        if intake.own.files.is_empty() && intake.own.nodes.is_empty() {
                            intake.own = self.own_pieces()?;
                        }
                        let (own, arrived) = (&intake.own, &intake.arrived);
                        let have = |name: &ChunkName| arrived.get(name).or_else(|| own.nodes.get(name));
                        let tree_error = |error| PlanError::Tree { path: "manifest".to_owned(), error };
                        let missing = match descend(walk, &have).map_err(tree_error)? {
                            Some(missing) => missing,
                            None => {
                                let row = walk.chunks().unwrap_or_default();
                                let mut seen = HashSet::new();
                                row.iter().filter(|entry| have(&entry.name).is_none() && seen.insert(entry.name)).copied().collect()
                            }
                        };
                        if !missing.is_empty() {
                            intake.sought_nodes = missing.iter().map(|entry| entry.name).collect();
                            return Ok(Some(Plan::Missing(missing)));
                        }
                        let row = walk.chunks().unwrap_or_default();
                        let bytes: Vec<u8> = row.iter().filter_map(|entry| have(&entry.name)).flatten().copied().collect();
                        if BlobHash::of(&bytes) != release {
                            return Err(PlanError::OtherManifest(release));
                        }
                        let manifest = accept_manifest(&bytes)?;
                        self.keep(&release, &bytes)?;
                        manifest
                    }
                };
                intake.arrived.clear();
                intake.stage = Stage::Trees(self.growing(manifest)?);
                Ok(None)
            }
            Stage::Trees(growing) => {
                if !growing.is_empty() && intake.own.files.is_empty() {
                    intake.own = self.own_pieces()?;
                }
                let (own, arrived) = (&intake.own, &intake.arrived);
                let have = |name: &ChunkName| arrived.get(name).or_else(|| own.nodes.get(name));
                let mut missing = Vec::new();
                let mut seen = HashSet::new();
                for file in growing.iter_mut() {
                    let lacking = descend(&mut file.walk, &have)
                        .map_err(|error| PlanError::Tree { path: file.path.clone(), error })?;
                    missing.extend(lacking.into_iter().flatten().filter(|entry| seen.insert(entry.name)));
                }
                if !missing.is_empty() {
                    intake.sought_nodes = seen;
                    return Ok(Some(Plan::Missing(missing)));
                }
                let growing = std::mem::take(growing);
                intake.arrived.clear();
                intake.stage = Stage::Chunks(self.begin_chunks(growing)?);
                Ok(None)
            }
            Stage::Chunks(chunks) => {
                let done = self.look_through(chunks, &intake.own, budget);
                if let Err(PlanError::Disk(DiskError::Full { .. })) = &done {
                    self.give_room_back(chunks);
                }
                if !done? {
                    let (done_bytes, total_bytes) = (chunks.done_bytes, chunks.total_bytes);
                    return Ok(Some(Plan::Working { done_bytes, total_bytes }));
                }
                let missing: Vec<_> = chunks.sought.missing().map(|(entry, _, _)| *entry).collect();
                Ok(Some(if missing.is_empty() { Plan::Complete } else { Plan::Missing(missing) }))
            }
        }
    }

    /// The files of a manifest that are not whole, each blob once.
    fn growing(&mut self, manifest: Manifest) -> Result<Vec<Growing>, PlanError> {
        let mut growing: Vec<Growing> = Vec::new();
        let mut seen = HashSet::new();
        for (path, file) in manifest.files {
            if !seen.insert(file.blob.clone()) || self.has_blob(&file.blob, file.size_bytes)? {
                continue;
            }
            let tree = file.tree.ok_or_else(|| ManifestError::Malformed(format!("`{path}` has no chunks")))?;
            let walk =
                Walk::new(&tree, file.size_bytes).map_err(|error| PlanError::Tree { path: path.clone(), error })?;
            growing.push(Growing { path, blob: file.blob, size_bytes: file.size_bytes, tree, walk });
        }
        // Small ones first: the documents are there early.
        growing.sort_by_key(|file| file.size_bytes);
        Ok(growing)
    }

    /// All trees are known: keeps them, and checks that the files will fit.
    fn begin_chunks(&mut self, growing: Vec<Growing>) -> Result<Chunks, PlanError> {
        let mut chunks = Chunks::default();
        let mut needed_bytes = 0;
        for file in growing {
            let row = file.walk.chunks().unwrap_or_default().to_vec();
            self.keep_tree(&file.tree, &row)?;
            let path = self.partial_path(&file.blob);
            let found = fs::metadata(&path).ok().filter(|found| found.len() == file.size_bytes);
            let there_bytes = found.as_ref().map_or(0, |found| (found.blocks() * 512).min(file.size_bytes));
            needed_bytes += file.size_bytes - there_bytes;
            chunks.total_bytes += file.size_bytes;
            let (resumed, missing) = (found.is_some(), row.len());
            chunks.parts.push(Part {
                blob: file.blob,
                size_bytes: file.size_bytes,
                root: file.tree.root,
                row,
                resumed,
                missing,
                unsynced: false,
                looked_through: false,
                whole: false,
            });
        }
        if needed_bytes > 0 {
            let free_bytes = self.disk.free_bytes(&self.root).at(&self.root)?;
            let reserve_bytes = self.options.reserve_bytes;
            if needed_bytes.saturating_add(reserve_bytes) > free_bytes {
                return Err(PlanError::NoRoom { needed_bytes, reserve_bytes, free_bytes });
            }
        }
        Ok(chunks)
    }

    /// Compares what is in the parts, copies what the device has elsewhere, and notes what is missing. False when there
    /// is more to do.
    fn look_through(&mut self, chunks: &mut Chunks, own: &Own, budget: &mut u64) -> Result<bool, PlanError> {
        while let Some(part) = chunks.parts.get_mut(chunks.at.0) {
            let path = self.partial_path(&part.blob);
            if chunks.at.1 == 0 && !part.resumed {
                // Whatever lies there has another length: nothing of it is where it should be.
                self.disk.set_len(&path, 0).at(&path)?;
                self.disk.set_len(&path, part.size_bytes).at(&path)?;
            }
            let there = if part.resumed { Some(File::open(&path).at(&path)?) } else { None };
            let mut copied: (u64, Vec<u8>) = (0, Vec::new());
            while let Some(entry) = part.row.get(chunks.at.1).copied() {
                let offset = chunks.at.2;
                let is_there = entry.len == 0
                    || there.as_ref().is_some_and(|file| {
                        let mut bytes = vec![0; entry.len as usize];
                        file.read_exact_at(&mut bytes, offset).is_ok() && ChunkName::of(&bytes) == entry.name
                    });
                if is_there {
                    part.missing -= 1;
                } else if let Some(bytes) = own.chunk(&entry.name).filter(|bytes| bytes.len() == entry.len as usize) {
                    part.missing -= 1;
                    if copied.0 + copied.1.len() as u64 != offset || copied.1.len() + bytes.len() > COPY_BYTES {
                        write_copied(&*self.disk, &path, &mut copied)?;
                        copied.0 = offset;
                    }
                    copied.1.extend_from_slice(&bytes);
                    part.unsynced = true;
                } else {
                    chunks.sought.add(entry, (chunks.at.0, chunks.at.1), offset);
                }
                chunks.at.1 += 1;
                chunks.at.2 += u64::from(entry.len);
                chunks.done_bytes += u64::from(entry.len);
                *budget = budget.saturating_sub(u64::from(entry.len));
                if *budget == 0 {
                    break;
                }
            }
            write_copied(&*self.disk, &path, &mut copied)?;
            if chunks.at.1 < part.row.len() {
                return Ok(false);
            }
            part.looked_through = true;
            if part.missing == 0 {
                self.finish_part(part)?;
            }
            chunks.at = (chunks.at.0 + 1, 0, 0);
            if *budget == 0 && chunks.at.0 < chunks.parts.len() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes a parcel: each piece that is sought goes to its place, anything else is counted and dropped.
    ///
    /// # Errors
    /// When the parcel is none, a file put together is not what the manifest says, or the disk refuses. What is active
    /// is untouched; plan again.
    pub fn take(&mut self, parcel: &[u8]) -> Result<Taken, TakeError> {
        let pieces = parcel::unpack_with(parcel, &mut |place| self.at_place(place))?;
        self.take_pieces(pieces)
    }

    /// What the device has at a place of a dictionary. Whether it is what the hub means, the pieces will show.
    fn at_place(&self, place: &parcel::Place) -> Option<Vec<u8>> {
        let path = view::blob_path(&self.blobs(), &place.blob);
        let Some((tree, level)) = &place.nodes else {
            let mut bytes = vec![0; place.len as usize];
            File::open(path).ok()?.read_exact_at(&mut bytes, place.offset).ok()?;
            return Some(bytes);
        };
        let row = self.row_of(&path, fs::metadata(&path).ok()?.len(), tree)?;
        let mut nodes = Vec::new();
        chunk::grow(&row, tree.grain, &mut |piece| {
            if piece.level == *level {
                nodes.extend_from_slice(piece.bytes);
            }
            Ok(())
        })
        .ok()?;
        let from = usize::try_from(place.offset).ok()?;
        nodes.get(from..from.checked_add(place.len as usize)?).map(<[u8]>::to_vec)
    }

    /// Takes pieces that were not packed: from a stick, or a neighbour. See [`Store::take`].
    ///
    /// # Errors
    /// As [`Store::take`].
    pub fn take_pieces(&mut self, pieces: Vec<Vec<u8>>) -> Result<Taken, TakeError> {
        let Some(mut intake) = self.intake.take() else {
            return Ok(Taken { foreign: pieces.len(), ..Taken::default() });
        };
        let taken = self.take_into(&mut intake, pieces);
        match &taken {
            Ok(_) => self.intake = Some(intake),
            Err(TakeError::Disk(DiskError::Full { .. })) => {
                if let Stage::Chunks(chunks) = &mut intake.stage {
                    self.give_room_back(chunks);
                }
            }
            Err(_) => {}
        }
        taken
    }

    fn take_into(&mut self, intake: &mut Intake, pieces: Vec<Vec<u8>>) -> Result<Taken, TakeError> {
        let mut taken = Taken::default();
        for bytes in pieces {
            let name = ChunkName::of(&bytes);
            let len = bytes.len() as u64;
            match &mut intake.stage {
                Stage::Manifest(_) | Stage::Trees(_) => {
                    if !intake.sought_nodes.remove(&name) {
                        taken.foreign += 1;
                        continue;
                    }
                    intake.arrived.insert(name, bytes);
                }
                Stage::Chunks(chunks) => {
                    let places = chunks.sought.remove(&name);
                    if places.is_empty() {
                        taken.foreign += 1;
                        continue;
                    }
                    for (index, offset) in places {
                        let Some(part) = chunks.parts.get_mut(index as usize) else { continue };
                        let path = self.partial_path(&part.blob);
                        self.disk.write_at(&path, offset, &bytes).at(&path)?;
                        part.unsynced = true;
                        part.missing -= 1;
                        // Chunks that were not looked at yet may be missing as well.
                        if part.missing == 0 && part.looked_through {
                            self.finish_part(part)?;
                        }
                    }
                    intake.unsynced_bytes += len;
                    if intake.unsynced_bytes >= SYNC_EVERY_BYTES {
                        intake.unsynced_bytes = 0;
                        for part in chunks.parts.iter_mut().filter(|part| part.unsynced && !part.whole) {
                            let path = self.partial_path(&part.blob);
                            self.disk.sync_file(&path).at(&path)?;
                            part.unsynced = false;
                        }
                    }
                }
            }
            taken.bytes += len;
            taken.names.push(name);
        }
        Ok(taken)
    }

    /// Every chunk is in its place: the file is checked as a whole and gets its name.
    fn finish_part(&mut self, part: &mut Part) -> Result<(), FinishError> {
        let path = self.partial_path(&part.blob);
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(&path).at(&path)?).at(&path)?;
        if hasher.finalize().to_hex().as_str() != part.blob.0 {
            // The medium forgot something, or the manifest's tree is not that of the file. From the beginning.
            let _ = self.disk.remove_file(&path);
            return Err(FinishError::OtherBytes(part.blob.clone()));
        }
        if let Err(error) = self.disk.sync_file(&path).at(&path) {
            // The system may have dropped the pages and would call the next sync a success.
            let _ = self.disk.remove_file(&path);
            return Err(error.into());
        }
        self.shelve(&part.blob)?;
        part.whole = true;
        Ok(())
    }

    /// Keeps a small blob whose bytes are at hand.
    fn keep(&mut self, blob: &BlobHash, bytes: &[u8]) -> Result<(), DiskError> {
        let path = self.partial_path(blob);
        let written = (|| {
            self.disk.set_len(&path, 0).at(&path)?;
            self.disk.write_at(&path, 0, bytes).at(&path)?;
            self.disk.sync_file(&path).at(&path)
        })();
        if written.is_err() {
            // When even this fails, the next opening finds the file and does not need it.
            let _ = self.disk.remove_file(&path);
        }
        written?;
        self.shelve(blob)
    }

    /// A full disk wants the room back that half a release takes.
    fn give_room_back(&mut self, chunks: &Chunks) {
        for part in chunks.parts.iter().filter(|part| !part.whole) {
            let _ = self.disk.remove_file(&self.partial_path(&part.blob));
        }
    }

    fn tree_path(&self, root: &ChunkName) -> PathBuf {
        self.root.join("trees").join(root.to_string())
    }

    /// Keeps the list of a file's chunks, so that it need not be cut again when the next release comes.
    fn keep_tree(&self, tree: &Tree, row: &[Entry]) -> Result<(), DiskError> {
        let path = self.tree_path(&tree.root);
        if tree.depth == 0 || path.exists() {
            return Ok(());
        }
        replace_file(&*self.disk, &path, &chunk::write_entries(row))
    }

    /// The chunks of a file that is here: from the list that was kept, or by cutting it again.
    fn row_of(&self, path: &Path, size_bytes: u64, tree: &Tree) -> Option<Vec<Entry>> {
        if tree.depth == 0 {
            return Some(vec![Entry { name: tree.root, len: u32::try_from(size_bytes).ok()? }]);
        }
        let kept = fs::read(self.tree_path(&tree.root)).ok().and_then(|bytes| chunk::read_entries(&bytes).ok());
        let is_right = |row: &Vec<Entry>| {
            chunk::grow(row, tree.grain, &mut |_| Ok(())).is_ok_and(|grown| grown == *tree)
        };
        if let Some(row) = kept.filter(is_right) {
            return Some(row);
        }
        let mut row = Vec::new();
        let file = File::open(path).ok()?;
        let cut = chunk::cut(io::BufReader::new(file), tree.grain, &mut |piece| {
            if piece.level == 0 {
                row.push(Entry { name: piece.name, len: u32::try_from(piece.bytes.len()).map_err(io::Error::other)? });
            }
            Ok(())
        })
        .ok()?;
        if cut == *tree {
            // A disk that takes no more costs the next plan another reading, no more.
            let _ = replace_file(&*self.disk, &self.tree_path(&tree.root), &chunk::write_entries(&row));
        }
        Some(row)
    }

    /// Everything that the releases on this device consist of.
    pub(super) fn own_pieces(&self) -> Result<Own, DiskError> {
        let mut own = Own::default();
        let mut seen = HashSet::new();
        for release in self.staged_ids() {
            let path = manifest_path(&self.root, &release);
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(DiskError::new(&path, error)),
            };
            let Ok(manifest) = accept_manifest(&bytes) else { continue };
            let nodes = &mut own.nodes;
            // Memory does not fail to be read.
            let _ = chunk::cut(bytes.as_slice(), Grain::Fine, &mut |piece| {
                nodes.entry(piece.name).or_insert_with(|| piece.bytes.to_vec());
                Ok(())
            });
            for file in manifest.files.into_values() {
                let (Some(tree), true) = (file.tree, seen.insert(file.blob.clone())) else { continue };
                // Of a damaged file all chunks but a few are what they were: each is compared with its name.
                let aside = self.root.join("quarantine").join(&file.blob.0);
                let path = if blob_is_whole(&self.blobs(), &file.blob, file.size_bytes) {
                    view::blob_path(&self.blobs(), &file.blob)
                } else if fs::metadata(&aside).is_ok_and(|found| found.len() == file.size_bytes) {
                    aside
                } else {
                    continue;
                };
                if let Some(row) = self.row_of(&path, file.size_bytes, &tree) {
                    own.add_file(path, &row, tree.grain);
                }
            }
        }
        Ok(own)
    }
}

/// Why a file could not be finished.
enum FinishError {
    OtherBytes(BlobHash),
    Disk(DiskError),
}

impl From<DiskError> for FinishError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl From<FinishError> for PlanError {
    fn from(error: FinishError) -> Self {
        match error {
            FinishError::OtherBytes(blob) => Self::OtherBytes(blob),
            FinishError::Disk(error) => Self::Disk(error),
        }
    }
}

impl From<FinishError> for TakeError {
    fn from(error: FinishError) -> Self {
        match error {
            FinishError::OtherBytes(blob) => Self::OtherBytes(blob),
            FinishError::Disk(error) => Self::Disk(error),
        }
    }
}

/// Goes down as far as the nodes that are there lead. `None` at the bottom.
fn descend<'a>(
    walk: &mut Walk,
    have: &impl Fn(&ChunkName) -> Option<&'a Vec<u8>>,
) -> Result<Option<Vec<Entry>>, WalkError> {
    loop {
        match walk.step::<WalkError>(|entry| Ok(have(&entry.name).cloned()))? {
            Step::Missing(missing) => return Ok(Some(missing)),
            Step::Bottom => return Ok(None),
            Step::Down => {}
        }
    }
}

fn write_copied(
    disk: &dyn super::Disk,
    path: &Path,
    copied: &mut (u64, Vec<u8>),
) -> Result<(), DiskError> {
    if !copied.1.is_empty() {
        disk.write_at(path, copied.0, &copied.1).at(path)?;
        copied.1.clear();
    }
    Ok(())
}
