//! Where every piece of a release lies among the hub's blobs, so that any can be handed out by its name.
//!
//! Made when a release is first asked for: its files are cut as the build cut them. The list of a large file's chunks is
//! kept in the data folder, so that the next release with the same film, and the next start, need not read it again.

use std::{
    collections::HashMap,
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use pingfeng_release::{
    BlobHash, Manifest,
    chunk::{self, ChunkName, Entry, Grain, Tree},
    store::{MANIFEST_BYTES_MAX, accept_manifest},
};
use tokio::{runtime::Handle, sync::OnceCell};

use crate::{
    blobs::{BlobError, Blobs},
    limits::SHELVES_MAX,
};

/// Bytes read at a time while a file is cut.
const READ_BYTES: u64 = 1024 * 1024;

/// The pieces of one release.
#[derive(Debug)]
pub struct Shelf {
    /// The manifest first.
    files: Vec<Filed>,
    by_path: HashMap<String, u32>,
    places: HashMap<ChunkName, Place>,
    /// Nodes, and the chunks of the manifest.
    small: HashMap<ChunkName, Small>,
    /// Of each file's topmost piece, how many levels of nodes are above its chunks.
    depths: HashMap<ChunkName, u8>,
    /// The manifest's own tree.
    pub manifest_tree: Tree,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    file: u32,
    len: u32,
    offset: u64,
}

#[derive(Clone, Debug)]
struct Small {
    file: u32,
    level: u8,
    offset: u32,
    bytes: Bytes,
}

/// A file of a release, each blob once.
#[derive(Debug)]
pub struct Filed {
    /// In the manifest; the manifest itself has none.
    pub path: String,
    /// Its blob.
    pub blob: String,
    /// Bytes of it.
    pub size_bytes: u64,
    /// How it is cut.
    pub tree: Tree,
    /// The nodes of each level of its tree, one after the other, from level 1 on.
    pub levels: Vec<Bytes>,
}

impl Filed {
    /// Bytes of all pieces of a level; `None` when the tree is not so deep.
    pub fn level_bytes(&self, level: u8) -> Option<u64> {
        match level.checked_sub(1) {
            None => Some(self.size_bytes),
            Some(at) => self.levels.get(usize::from(at)).map(|nodes| nodes.len() as u64),
        }
    }
}

/// Where a piece lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whereabouts {
    /// Which file of the shelf.
    pub file: u32,
    /// 0: a chunk of it, else a node of this level.
    pub level: u8,
    /// Where it begins among the pieces of its level.
    pub offset: u64,
    /// Bytes.
    pub len: u32,
}

/// Why the pieces of a release cannot be handed out.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// A blob is missing or the store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// Its manifest is none, or was built without chunks.
    #[error("release {release}: {why}")]
    Manifest {
        /// Which.
        release: String,
        /// What is wrong.
        why: String,
    },
    /// A file has other bytes than when it was built, or the data folder cannot be written.
    #[error("`{path}` of a release cannot be cut: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
}

impl Shelf {
    /// The length of a piece, if there is one of that name.
    pub fn len_of(&self, name: &ChunkName) -> Option<usize> {
        let small = self.small.get(name).map(|small| small.bytes.len());
        small.or_else(|| self.places.get(name).map(|place| place.len as usize))
    }

    /// How many pieces there are.
    pub fn count(&self) -> usize {
        self.small.len() + self.places.len()
    }

    /// How deep the tree of a file is; `None`: no file has this topmost piece.
    pub fn depth_of(&self, root: &ChunkName) -> Option<u8> {
        self.depths.get(root).copied()
    }

    /// A node.
    pub fn node(&self, name: &ChunkName) -> Option<&Bytes> {
        self.small.get(name).map(|small| &small.bytes)
    }

    /// Where a piece lies, if there is one of that name.
    pub fn whereabouts(&self, name: &ChunkName) -> Option<Whereabouts> {
        if let Some(Small { file, level, offset, bytes }) = self.small.get(name) {
            let len = u32::try_from(bytes.len()).ok()?;
            return Some(Whereabouts { file: *file, level: *level, offset: u64::from(*offset), len });
        }
        let Place { file, len, offset } = *self.places.get(name)?;
        Some(Whereabouts { file, level: 0, offset, len })
    }

    /// A file by its number.
    pub fn file(&self, number: u32) -> Option<&Filed> {
        self.files.get(number as usize)
    }

    /// Bytes of the nodes of a level of a file's tree.
    pub fn nodes_at(&self, tree: &Tree, level: u8, offset: u64, len: u32) -> Option<Bytes> {
        let file = self.files.iter().find(|file| file.tree == *tree)?;
        let nodes = file.levels.get(usize::from(level.checked_sub(1)?))?;
        let from = usize::try_from(offset).ok()?;
        let to = from.checked_add(len as usize)?;
        (to <= nodes.len()).then(|| nodes.slice(from..to))
    }

    /// The file at a path.
    pub fn file_at(&self, path: &str) -> Option<&Filed> {
        self.file(*self.by_path.get(path)?)
    }

    /// A piece.
    pub async fn piece(&self, blobs: &Blobs, name: &ChunkName) -> Result<Option<Bytes>, BlobError> {
        if let Some(small) = self.small.get(name) {
            return Ok(Some(small.bytes.clone()));
        }
        let Some(place) = self.places.get(name) else { return Ok(None) };
        let Some(file) = self.file(place.file) else { return Ok(None) };
        Ok(Some(blobs.read(&file.blob, place.offset, u64::from(place.len)).await?))
    }
}

/// The shelves that are in use.
#[derive(Debug)]
pub struct Shelves {
    blobs: Blobs,
    folder: PathBuf,
    open: Mutex<Vec<(String, Slot)>>,
}

type Slot = Arc<OnceCell<Arc<Shelf>>>;

impl Shelves {
    /// Shelves over a store; lists of chunks are kept in `folder`.
    pub fn new(blobs: Blobs, folder: PathBuf) -> Self {
        Self { blobs, folder, open: Mutex::default() }
    }

    /// The pieces of a release. Whoever asks first waits until they are known; the others wait with it.
    pub async fn of(&self, release: &str) -> Result<Arc<Shelf>, ShelfError> {
        let slot = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = match open.iter().position(|(id, _)| id == release) {
                Some(at) => open.remove(at).1,
                None => Slot::default(),
            };
            open.push((release.to_owned(), slot.clone()));
            if open.len() > SHELVES_MAX {
                // The one that nobody has asked for the longest.
                open.remove(0);
            }
            slot
        };
        slot.get_or_try_init(|| async { self.make(release).await.map(Arc::new) }).await.cloned()
    }

    /// Forgets a release that is gone, and the lists of chunks of its files that went with it.
    pub fn forget(&self, release: &str, roots: &[ChunkName]) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, _)| id != release);
        for root in roots {
            // A small file has no list; a list that stays is only waste.
            let _ = fs::remove_file(self.folder.join(root.to_string()));
        }
    }

    async fn make(&self, release: &str) -> Result<Shelf, ShelfError> {
        let bytes = self.blobs.read(release, 0, MANIFEST_BYTES_MAX).await?;
        let (blobs, folder, release) = (self.blobs.clone(), self.folder.clone(), release.to_owned());
        let runtime = Handle::current();
        let made = tokio::task::spawn_blocking(move || {
            let cannot = |why: String| ShelfError::Manifest { release: release.clone(), why };
            let manifest = accept_manifest(&bytes).map_err(|error| cannot(error.to_string()))?;
            Cutter { blobs, folder, runtime }.shelf(&bytes, manifest).map_err(|(path, source)| match path {
                Some(path) => ShelfError::File { path, source },
                None => cannot(source.to_string()),
            })
        })
        .await;
        made.map_err(|error| ShelfError::File { path: String::new(), source: io::Error::other(error) })?
    }
}

impl Shelf {
    /// Adds a file whose chunks are these.
    fn add(&mut self, path: String, blob: BlobHash, size_bytes: u64, tree: Tree, row: &[Entry]) -> io::Result<u32> {
        let file = u32::try_from(self.files.len()).map_err(io::Error::other)?;
        let mut offset = 0;
        for entry in row {
            self.places.entry(entry.name).or_insert(Place { file, len: entry.len, offset });
            offset += u64::from(entry.len);
        }
        let mut levels = vec![Vec::new(); usize::from(tree.depth)];
        let mut nodes = Vec::new();
        let grown = chunk::grow(row, tree.grain, &mut |piece| {
            let level = usize::from(piece.level).checked_sub(1).and_then(|at| levels.get_mut(at));
            let level = level.ok_or_else(|| io::Error::other("its tree is deeper than the manifest says"))?;
            nodes.push((piece.name, piece.level, level.len(), piece.bytes.len()));
            level.extend_from_slice(piece.bytes);
            Ok(())
        })?;
        if grown != tree {
            return Err(io::Error::other("it has other bytes than when the release was built"));
        }
        let levels: Vec<Bytes> = levels.into_iter().map(Bytes::from).collect();
        for (name, level, from, len) in nodes {
            let bytes = levels[usize::from(level) - 1].slice(from..from + len);
            let offset = u32::try_from(from).map_err(io::Error::other)?;
            self.small.entry(name).or_insert(Small { file, level, offset, bytes });
        }
        self.depths.insert(tree.root, tree.depth);
        self.by_path.insert(path.clone(), file);
        self.files.push(Filed { path, blob: blob.0, size_bytes, tree, levels });
        Ok(file)
    }
}

struct Cutter {
    blobs: Blobs,
    folder: PathBuf,
    runtime: Handle,
}

impl Cutter {
    fn shelf(&self, bytes: &[u8], manifest: Manifest) -> Result<Shelf, (Option<String>, io::Error)> {
        let cannot = |error| (None, error);
        let mut row = Vec::new();
        let manifest_tree = chunk::cut(bytes, Grain::Fine, &mut |piece| {
            if piece.level == 0 {
                row.push(Entry { name: piece.name, len: u32::try_from(piece.bytes.len()).map_err(io::Error::other)? });
            }
            Ok(())
        })
        .map_err(cannot)?;
        let mut shelf = Shelf {
            files: Vec::new(),
            by_path: HashMap::new(),
            places: HashMap::new(),
            small: HashMap::new(),
            depths: HashMap::new(),
            manifest_tree,
        };
        let own = BlobHash::of(bytes);
        shelf.add(String::new(), own, bytes.len() as u64, manifest_tree, &row).map_err(cannot)?;
        // Its chunks are handed out from memory: it is small, and asked for by every device.
        let whole = Bytes::copy_from_slice(bytes);
        let mut offset = 0;
        for entry in &row {
            let end = offset + entry.len;
            let bytes = whole.slice(offset as usize..end as usize);
            shelf.small.entry(entry.name).or_insert(Small { file: 0, level: 0, offset, bytes });
            offset = end;
        }
        let mut seen: HashMap<BlobHash, u32> = HashMap::new();
        for (path, file) in manifest.files {
            if let Some(number) = seen.get(&file.blob) {
                shelf.by_path.insert(path, *number);
                continue;
            }
            let at = |error| (Some(path.clone()), error);
            let tree = file.tree.ok_or_else(|| at(io::Error::other("it was built without chunks: build it again")))?;
            let row = self.row(&file.blob, file.size_bytes, &tree).map_err(at)?;
            let number = shelf.add(path.clone(), file.blob.clone(), file.size_bytes, tree, &row).map_err(at)?;
            seen.insert(file.blob, number);
        }
        Ok(shelf)
    }

    /// The chunks of a blob: those that were kept, or those of cutting it now.
    fn row(&self, blob: &BlobHash, size_bytes: u64, tree: &Tree) -> io::Result<Vec<Entry>> {
        if tree.depth == 0 {
            return Ok(vec![Entry { name: tree.root, len: u32::try_from(size_bytes).map_err(io::Error::other)? }]);
        }
        let path = self.folder.join(tree.root.to_string());
        let kept = fs::read(&path).ok().and_then(|bytes| chunk::read_entries(&bytes).ok());
        let is_right = |row: &Vec<Entry>| chunk::grow(row, tree.grain, &mut |_| Ok(())).is_ok_and(|grown| grown == *tree);
        if let Some(row) = kept.filter(is_right) {
            return Ok(row);
        }
        let mut row = Vec::new();
        let file = BlobReader { cutter: self, blob, at: 0, now: Bytes::new() };
        chunk::cut(file, tree.grain, &mut |piece| {
            if piece.level == 0 {
                row.push(Entry { name: piece.name, len: u32::try_from(piece.bytes.len()).map_err(io::Error::other)? });
            }
            Ok(())
        })?;
        let kept = fs::create_dir_all(&self.folder).and_then(|()| fs::write(&path, chunk::write_entries(&row)));
        if let Err(error) = kept {
            tracing::warn!(%error, "a list of chunks could not be kept; the file is cut again at the next start");
        }
        Ok(row)
    }
}

/// A blob from its beginning to its end, for a thread that may wait.
struct BlobReader<'a> {
    cutter: &'a Cutter,
    blob: &'a BlobHash,
    at: u64,
    now: Bytes,
}

impl io::Read for BlobReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.now.is_empty() {
            let read = self.cutter.runtime.block_on(self.cutter.blobs.read(&self.blob.0, self.at, READ_BYTES));
            match read {
                Ok(bytes) => self.now = bytes,
                Err(BlobError::NotFound(_)) if self.at > 0 => return Ok(0),
                Err(error) => return Err(io::Error::other(error)),
            }
            self.at += self.now.len() as u64;
        }
        let len = into.len().min(self.now.len());
        into[..len].copy_from_slice(&self.now.split_to(len));
        Ok(len)
    }
}
