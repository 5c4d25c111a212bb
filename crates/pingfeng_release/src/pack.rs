//! A release as one file: to be carried on a stick, kept, compared, or served piece by piece.
//!
//! ```text
//! 8 bytes        b"PFPACK\x01\n"
//! pieces         each once: the files of the manifest in the order of their paths, cut into chunks, each file's nodes
//!                after its chunks; then the manifest's own. Compressed (zstd) where that makes them shorter
//! index          an entry for each piece, in the order of names: name 32, offset 8, stored 4, length 4
//! footer         release 32 (the manifest's BLAKE3), manifest's length 8, its tree's root 32 and depth 1, 7 zeros,
//!                offset of the index 8, its entries 8, BLAKE3 of the index 32, b"PFPACK\x01\n"
//! ```
//!
//! Numbers are little-endian. The same release gives the same bytes. A pack is not trusted: every piece is checked against
//! its name, every file against its hash, and the manifest against the release that somebody asked for.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::File,
    io::{self, BufReader, Read, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use crate::{
    BlobHash, BlobSink, Manifest,
    chunk::{self, CHUNK_BYTES_MAX, ChunkName, Entry, Grain, Piece, Step, Tree, Walk, WalkError},
    sink::Hashed,
    store::{MANIFEST_BYTES_MAX, ManifestError, OpenRelease, accept_manifest},
};

const MAGIC: &[u8; 8] = b"PFPACK\x01\n";
const INDEX_ENTRY_BYTES: usize = 48;
const FOOTER_BYTES: usize = 136;
/// zstd's own default. Higher levels cost a build much and save a chunk of 8 KiB little.
const ZSTD_LEVEL: i32 = 3;
/// More pieces than a release of the largest size has, and a bound on the memory that an index takes.
pub const PIECES_MAX: u64 = 8 * 1024 * 1024;

/// Why a pack could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The system says no.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is no pack, or its end is missing.
    #[error("this is not a pack, or its end is missing: {0}")]
    NotAPack(&'static str),
    /// A piece of that name is not in the pack.
    #[error("piece {0} is missing")]
    Missing(ChunkName),
    /// A piece has other bytes than its name says.
    #[error("piece {0} is damaged")]
    Damaged(ChunkName),
    /// A tree leads nowhere.
    #[error("{path}: {error}")]
    Walk {
        /// Which file.
        path: String,
        /// Why.
        error: WalkError,
    },
    /// The manifest is none.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The manifest is not the one that the pack is named after.
    #[error("the manifest is not that of release {0}")]
    OtherManifest(BlobHash),
    /// A file put together from its chunks has other bytes than the manifest says.
    #[error("{0} has other bytes than the manifest lists")]
    OtherBytes(String),
    /// The manifest lists no such path.
    #[error("the release has no file `{0}`")]
    NotListed(String),
    /// The release was built without chunks.
    #[error("{0} was built without chunks: build the release again")]
    NoTree(String),
}

/// What a pack came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// Pieces, each counted once.
    pub pieces: u64,
    /// Bytes of all of them, as they are.
    pub piece_bytes: u64,
    /// Bytes of the pack.
    pub pack_bytes: u64,
}

/// A piece as it travels: compressed where that makes it shorter. One of the length of the piece is the piece itself.
///
/// # Errors
/// When the compressor has no memory.
pub fn compress(piece: &[u8]) -> io::Result<Vec<u8>> {
    let packed = zstd::bulk::compress(piece, ZSTD_LEVEL)?;
    Ok(if packed.len() < piece.len() { packed } else { piece.to_vec() })
}

/// The opposite of [`compress`], for a piece of `len` bytes that is named `name`.
///
/// # Errors
/// When it is another one. Never takes more memory than the piece.
pub fn expand(name: ChunkName, len: u32, stored: Vec<u8>) -> Result<Vec<u8>, PackError> {
    let len = len as usize;
    if len > CHUNK_BYTES_MAX || stored.len() > len {
        return Err(PackError::Damaged(name));
    }
    let piece = if stored.len() == len { stored } else { zstd::bulk::decompress(&stored, len).map_err(|_| PackError::Damaged(name))? };
    if ChunkName::of(&piece) != name || piece.len() != len {
        return Err(PackError::Damaged(name));
    }
    Ok(piece)
}

#[derive(Clone, Copy, Debug)]
struct Place {
    offset: u64,
    stored: u32,
    len: u32,
}

struct Packer<W> {
    out: W,
    at: u64,
    index: BTreeMap<ChunkName, Place>,
    piece_bytes: u64,
}

impl<W: Write> Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn piece(&mut self, piece: Piece<'_>) -> io::Result<()> {
        if self.index.contains_key(&piece.name) {
            return Ok(());
        }
        let packed = compress(piece.bytes)?;
        let place = Place { offset: self.at, stored: narrow(packed.len())?, len: narrow(piece.bytes.len())? };
        self.write(&packed)?;
        self.piece_bytes += piece.bytes.len() as u64;
        self.index.insert(piece.name, place);
        Ok(())
    }
}

fn narrow(len: usize) -> io::Result<u32> {
    u32::try_from(len).map_err(io::Error::other)
}

/// Writes a release as a pack. `manifest_bytes` are those that name the release. `progress` hears how many bytes of the
/// files have been read.
///
/// # Errors
/// When a file of the release is missing or damaged, or `out` takes no more. What was written then is no pack: it has no
/// footer.
pub fn pack(release: &OpenRelease, manifest_bytes: &[u8], out: impl Write, progress: &mut dyn FnMut(u64)) -> Result<Packed, PackError> {
    let mut packer = Packer { out, at: 0, index: BTreeMap::new(), piece_bytes: 0 };
    packer.write(MAGIC)?;
    let mut done_bytes = 0;
    for (path, entry) in &release.manifest().files {
        let tree = entry.tree.ok_or_else(|| PackError::NoTree(path.clone()))?;
        let from = release.path_of(path).ok_or_else(|| PackError::OtherBytes(path.clone()))?;
        let mut whole = Hashed::new(BufReader::new(File::open(from)?));
        let cut = chunk::cut(&mut whole, tree.grain, &mut |piece| packer.piece(piece))?;
        if cut != tree || whole.finish().0 != entry.blob {
            return Err(PackError::OtherBytes(path.clone()));
        }
        done_bytes += entry.size_bytes;
        progress(done_bytes);
    }
    let tree = chunk::cut(manifest_bytes, Grain::Fine, &mut |piece| packer.piece(piece))?;
    let index_at = packer.at;
    let mut hasher = blake3::Hasher::new();
    for (name, place) in std::mem::take(&mut packer.index) {
        let mut entry = [0; INDEX_ENTRY_BYTES];
        entry[..32].copy_from_slice(&name.0);
        entry[32..40].copy_from_slice(&place.offset.to_le_bytes());
        entry[40..44].copy_from_slice(&place.stored.to_le_bytes());
        entry[44..].copy_from_slice(&place.len.to_le_bytes());
        hasher.update(&entry);
        packer.write(&entry)?;
    }
    let pieces = (packer.at - index_at) / INDEX_ENTRY_BYTES as u64;
    let mut footer = Vec::with_capacity(FOOTER_BYTES);
    footer.extend_from_slice(blake3::hash(manifest_bytes).as_bytes());
    footer.extend_from_slice(&(manifest_bytes.len() as u64).to_le_bytes());
    footer.extend_from_slice(&tree.root.0);
    footer.extend_from_slice(&[tree.depth, 0, 0, 0, 0, 0, 0, 0]);
    footer.extend_from_slice(&index_at.to_le_bytes());
    footer.extend_from_slice(&pieces.to_le_bytes());
    footer.extend_from_slice(hasher.finalize().as_bytes());
    footer.extend_from_slice(MAGIC);
    packer.write(&footer)?;
    packer.out.flush()?;
    Ok(Packed { pieces, piece_bytes: packer.piece_bytes, pack_bytes: packer.at })
}

/// Where pieces come from: a pack, or the files of a release that somebody has already.
pub trait Pieces {
    /// A piece, checked against its name; `None` where there is none of that name.
    ///
    /// # Errors
    /// When it is there and cannot be read, or is damaged.
    fn piece(&self, name: &ChunkName) -> Result<Option<Vec<u8>>, PackError>;

    /// The bytes that the piece takes where it comes from, or on its way; `None` where there is none of that name.
    fn stored_bytes(&self, name: &ChunkName) -> Option<u64>;
}

impl<P: Pieces + ?Sized> Pieces for &P {
    fn piece(&self, name: &ChunkName) -> Result<Option<Vec<u8>>, PackError> {
        (**self).piece(name)
    }

    fn stored_bytes(&self, name: &ChunkName) -> Option<u64> {
        (**self).stored_bytes(name)
    }
}

/// A pack that has been opened. Only its index is in memory.
#[derive(Debug)]
pub struct Pack {
    file: File,
    index: HashMap<ChunkName, Place>,
    release: BlobHash,
    manifest_tree: Tree,
    manifest_bytes: u64,
}

impl Pack {
    /// Opens a pack. Its index is checked as a whole; pieces are checked when they are read.
    ///
    /// # Errors
    /// When the file is no whole pack. Any bytes may stand in it.
    pub fn open(path: &Path) -> Result<Self, PackError> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut head = [0; MAGIC.len()];
        let at_footer = size.checked_sub(FOOTER_BYTES as u64).filter(|at| *at >= MAGIC.len() as u64);
        let at_footer = at_footer.ok_or(PackError::NotAPack("it is too short"))?;
        file.read_exact_at(&mut head, 0)?;
        let mut footer = [0; FOOTER_BYTES];
        file.read_exact_at(&mut footer, at_footer)?;
        if head != *MAGIC || !footer.ends_with(MAGIC) || footer[73..80] != [0; 7] {
            return Err(PackError::NotAPack("it does not begin and end like one"));
        }
        let number = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&footer[at..at + 8]);
            u64::from_le_bytes(bytes)
        };
        let name = |at: usize| {
            let mut name = [0; 32];
            name.copy_from_slice(&footer[at..at + 32]);
            name
        };
        let (manifest_bytes, index_at, count) = (number(32), number(80), number(88));
        if manifest_bytes > MANIFEST_BYTES_MAX {
            return Err(ManifestError::TooLarge { size_bytes: manifest_bytes }.into());
        }
        let index_len = count.checked_mul(INDEX_ENTRY_BYTES as u64).filter(|_| count <= PIECES_MAX);
        let fits = index_len.and_then(|len| index_at.checked_add(len)) == Some(at_footer);
        let index_len = index_len.filter(|_| fits).ok_or(PackError::NotAPack("its index is somewhere else"))?;
        let mut bytes = vec![0; usize::try_from(index_len).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, index_at)?;
        if *blake3::hash(&bytes).as_bytes() != name(96) {
            return Err(PackError::NotAPack("its index is damaged"));
        }
        let mut index = HashMap::with_capacity(bytes.len() / INDEX_ENTRY_BYTES);
        for entry in bytes.as_chunks::<INDEX_ENTRY_BYTES>().0 {
            let (mut name, mut offset, mut stored, mut len) = ([0; 32], [0; 8], [0; 4], [0; 4]);
            name.copy_from_slice(&entry[..32]);
            offset.copy_from_slice(&entry[32..40]);
            stored.copy_from_slice(&entry[40..44]);
            len.copy_from_slice(&entry[44..]);
            let place = Place { offset: u64::from_le_bytes(offset), stored: u32::from_le_bytes(stored), len: u32::from_le_bytes(len) };
            if place.len as usize > CHUNK_BYTES_MAX || place.stored > place.len {
                return Err(PackError::NotAPack("a piece is longer than any"));
            }
            index.insert(ChunkName(name), place);
        }
        Ok(Self {
            file,
            index,
            release: BlobHash(hex::encode(name(0))),
            manifest_tree: Tree { root: ChunkName(name(40)), depth: footer[72], grain: Grain::Fine },
            manifest_bytes,
        })
    }

    /// What names the release in it: the hash of its manifest.
    pub fn release(&self) -> &BlobHash {
        &self.release
    }

    /// How many pieces are in it.
    pub fn pieces(&self) -> usize {
        self.index.len()
    }

    /// The manifest's tree and length, bytes.
    pub fn manifest_tree(&self) -> (Tree, u64) {
        (self.manifest_tree, self.manifest_bytes)
    }

    /// The manifest, and the bytes that name the release.
    ///
    /// # Errors
    /// When pieces of it are missing or damaged, or it is not acceptable.
    pub fn manifest(&self) -> Result<(Manifest, Vec<u8>), PackError> {
        let mut bytes = Vec::new();
        assemble("manifest", &self.manifest_tree, self.manifest_bytes, self, &mut bytes)?;
        if BlobHash::of(&bytes) != self.release {
            return Err(PackError::OtherManifest(self.release.clone()));
        }
        Ok((accept_manifest(&bytes)?, bytes))
    }

    /// Reads one file whole and checks its hash.
    ///
    /// # Errors
    /// When there is none of that path, or something of it is missing or damaged.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, PackError> {
        let (manifest, _) = self.manifest()?;
        let entry = manifest.files.get(path).ok_or_else(|| PackError::NotListed(path.to_owned()))?;
        let tree = entry.tree.ok_or_else(|| PackError::NoTree(path.to_owned()))?;
        let mut bytes = Vec::new();
        assemble(path, &tree, entry.size_bytes, self, &mut bytes)?;
        if BlobHash::of(&bytes) == entry.blob { Ok(bytes) } else { Err(PackError::OtherBytes(path.to_owned())) }
    }

    /// Puts every file together and checks it. Those that cannot be had are named, with the reason.
    ///
    /// # Errors
    /// When the manifest itself cannot be had.
    pub fn verify(&self, progress: &mut dyn FnMut(u64)) -> Result<Vec<(String, PackError)>, PackError> {
        let (manifest, _) = self.manifest()?;
        let (mut bad, mut done_bytes) = (Vec::new(), 0);
        for (path, entry) in &manifest.files {
            let mut hasher = blake3::Hasher::new();
            let put = entry
                .tree
                .ok_or_else(|| PackError::NoTree(path.clone()))
                .and_then(|tree| assemble(path, &tree, entry.size_bytes, self, &mut hasher));
            match put {
                Ok(()) if hasher.finalize().to_hex().as_str() == entry.blob.0 => {}
                Ok(()) => bad.push((path.clone(), PackError::OtherBytes(path.clone()))),
                Err(error) => bad.push((path.clone(), error)),
            }
            done_bytes += entry.size_bytes;
            progress(done_bytes);
        }
        Ok(bad)
    }

    /// Puts the release into a sink as blobs, the manifest last.
    ///
    /// # Errors
    /// When something is missing or damaged, or the sink takes no more.
    pub fn unpack(&self, sink: &mut dyn BlobSink, progress: &mut dyn FnMut(u64)) -> Result<Manifest, PackError> {
        let (manifest, bytes) = self.manifest()?;
        let mut done_bytes = 0;
        for (path, entry) in &manifest.files {
            if !sink.contains(&entry.blob, entry.size_bytes)? {
                let tree = entry.tree.ok_or_else(|| PackError::NoTree(path.clone()))?;
                let chunks = walk_down(path, &tree, entry.size_bytes, self)?;
                let mut reader = ChunkReader { pieces: self, chunks: chunks.into_iter(), now: io::Cursor::new(Vec::new()) };
                sink.put(&entry.blob, entry.size_bytes, &mut reader)?;
            }
            done_bytes += entry.size_bytes;
            progress(done_bytes);
        }
        sink.finish()?;
        sink.put(&self.release, bytes.len() as u64, &mut bytes.as_slice())?;
        sink.finish()?;
        Ok(manifest)
    }
}

impl Pieces for Pack {
    fn piece(&self, name: &ChunkName) -> Result<Option<Vec<u8>>, PackError> {
        let Some(place) = self.index.get(name) else { return Ok(None) };
        let mut stored = vec![0; place.stored as usize];
        match self.file.read_exact_at(&mut stored, place.offset) {
            Ok(()) => expand(*name, place.len, stored).map(Some),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(PackError::Damaged(*name)),
            Err(error) => Err(error.into()),
        }
    }

    fn stored_bytes(&self, name: &ChunkName) -> Option<u64> {
        self.index.get(name).map(|place| u64::from(place.stored))
    }
}

/// The pieces of files that are on this disk whole: cut once, then read where they lie. What a device has of its older
/// releases.
#[derive(Debug, Default)]
pub struct Cuttings {
    places: HashMap<ChunkName, (usize, u64, u32)>,
    files: Vec<PathBuf>,
    nodes: HashMap<ChunkName, Vec<u8>>,
}

impl Cuttings {
    /// Cuts a file, as a release that has it would. Returns its tree.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn add(&mut self, path: &Path, grain: Grain) -> io::Result<Tree> {
        let index = self.files.len();
        self.files.push(path.to_owned());
        let (places, nodes) = (&mut self.places, &mut self.nodes);
        chunk::cut(File::open(path)?, grain, &mut |piece| {
            if piece.level == 0 {
                places.entry(piece.name).or_insert((index, piece.offset, narrow(piece.bytes.len())?));
            } else {
                nodes.entry(piece.name).or_insert_with(|| piece.bytes.to_vec());
            }
            Ok(())
        })
    }

    /// Cuts all files of a release, and its manifest.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn of_release(release: &OpenRelease, manifest_bytes: &[u8]) -> io::Result<Self> {
        let mut all = Self::default();
        let mut seen = BTreeSet::new();
        for (path, entry) in &release.manifest().files {
            let grain = entry.tree.map_or_else(|| Grain::of(path), |tree| tree.grain);
            if let (true, Some(file)) = (seen.insert(&entry.blob), release.path_of(path)) {
                all.add(&file, grain)?;
            }
        }
        chunk::cut(manifest_bytes, Grain::Fine, &mut |piece| {
            all.nodes.entry(piece.name).or_insert_with(|| piece.bytes.to_vec());
            Ok(())
        })?;
        Ok(all)
    }
}

impl Pieces for Cuttings {
    fn piece(&self, name: &ChunkName) -> Result<Option<Vec<u8>>, PackError> {
        if let Some(node) = self.nodes.get(name) {
            return Ok(Some(node.clone()));
        }
        let Some((file, offset, len)) = self.places.get(name) else { return Ok(None) };
        let mut bytes = vec![0; *len as usize];
        File::open(&self.files[*file])?.read_exact_at(&mut bytes, *offset)?;
        // The file may have changed since it was cut.
        if ChunkName::of(&bytes) == *name { Ok(Some(bytes)) } else { Err(PackError::Damaged(*name)) }
    }

    fn stored_bytes(&self, name: &ChunkName) -> Option<u64> {
        let node = self.nodes.get(name).map(|node| node.len() as u64);
        node.or_else(|| self.places.get(name).map(|(_, _, len)| u64::from(*len)))
    }
}

/// One level further down: what is there. `None` at the bottom.
fn step_down(path: &str, walk: &mut Walk, pieces: &dyn Pieces) -> Result<Option<Vec<Entry>>, PackError> {
    enum Stop {
        Walk(WalkError),
        Pack(PackError),
    }
    impl From<WalkError> for Stop {
        fn from(error: WalkError) -> Self {
            Self::Walk(error)
        }
    }
    let step = walk.step(|entry| pieces.piece(&entry.name).map_err(Stop::Pack)).map_err(|stop| match stop {
        Stop::Walk(error) => PackError::Walk { path: path.to_owned(), error },
        Stop::Pack(error) => error,
    })?;
    match step {
        Step::Down => Ok(Some(walk.row().to_vec())),
        Step::Bottom => Ok(None),
        Step::Missing(missing) => Err(missing.first().map_or(PackError::NotAPack("a node is missing"), |entry| PackError::Missing(entry.name))),
    }
}

fn walk_down(path: &str, tree: &Tree, size_bytes: u64, pieces: &dyn Pieces) -> Result<Vec<Entry>, PackError> {
    let mut walk = Walk::new(tree, size_bytes).map_err(|error| PackError::Walk { path: path.to_owned(), error })?;
    while step_down(path, &mut walk, pieces)?.is_some() {}
    Ok(walk.row().to_vec())
}

fn assemble(path: &str, tree: &Tree, size_bytes: u64, pieces: &dyn Pieces, out: &mut dyn Write) -> Result<(), PackError> {
    for entry in walk_down(path, tree, size_bytes, pieces)? {
        let bytes = pieces.piece(&entry.name)?.ok_or(PackError::Missing(entry.name))?;
        if bytes.len() != entry.len as usize {
            return Err(PackError::Damaged(entry.name));
        }
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// A file read from its chunks.
struct ChunkReader<'a> {
    pieces: &'a dyn Pieces,
    chunks: std::vec::IntoIter<Entry>,
    now: io::Cursor<Vec<u8>>,
}

impl Read for ChunkReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.now.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            let Some(entry) = self.chunks.next() else { return Ok(0) };
            let bytes = self.pieces.piece(&entry.name).map_err(io::Error::other)?;
            self.now = io::Cursor::new(bytes.ok_or_else(|| io::Error::other(PackError::Missing(entry.name)))?);
        }
    }
}

/// What it costs somebody who has some pieces to get a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Cost {
    /// Pieces to fetch.
    pub pieces: u64,
    /// Bytes of them as they travel.
    pub stored_bytes: u64,
    /// Round trips: each is a list of names, answered with their pieces. A tree can only be followed level by level.
    pub rounds: u32,
}

/// Works out what `have` lacks of the release in `pack`.
///
/// # Errors
/// When the pack itself is not whole.
pub fn cost(pack: &Pack, have: &dyn Pieces) -> Result<Cost, PackError> {
    let mut shopping = Shopping { pack, have, fetched: BTreeSet::new(), cost: Cost::default() };
    let (tree, size_bytes) = pack.manifest_tree();
    let mut rounds = shopping.follow("manifest", &tree, size_bytes)?;
    // Files are followed side by side: the deepest one decides.
    let mut deepest = 0;
    for (path, entry) in &pack.manifest()?.0.files {
        let tree = entry.tree.ok_or_else(|| PackError::NoTree(path.clone()))?;
        deepest = deepest.max(shopping.follow(path, &tree, entry.size_bytes)?);
    }
    rounds += deepest;
    Ok(Cost { rounds, ..shopping.cost })
}

struct Shopping<'a> {
    pack: &'a Pack,
    have: &'a dyn Pieces,
    fetched: BTreeSet<ChunkName>,
    cost: Cost,
}

impl Shopping<'_> {
    /// Returns the number of round trips.
    fn follow(&mut self, path: &str, tree: &Tree, size_bytes: u64) -> Result<u32, PackError> {
        // Who has the root has what is below it.
        if self.have.stored_bytes(&tree.root).is_some() {
            return Ok(0);
        }
        let mut levels = vec![vec![tree.root]];
        let mut walk = Walk::new(tree, size_bytes).map_err(|error| PackError::Walk { path: path.to_owned(), error })?;
        loop {
            let row = step_down(path, &mut walk, self.pack)?;
            let Some(row) = row else { break };
            levels.push(row.iter().map(|entry| entry.name).collect());
        }
        let mut rounds = 0;
        for level in levels {
            let before = self.cost.pieces;
            for name in level {
                if self.have.stored_bytes(&name).is_none() && self.fetched.insert(name) {
                    self.cost.pieces += 1;
                    self.cost.stored_bytes += self.pack.stored_bytes(&name).ok_or(PackError::Missing(name))?;
                }
            }
            rounds += u32::from(self.cost.pieces > before);
        }
        Ok(rounds)
    }
}
