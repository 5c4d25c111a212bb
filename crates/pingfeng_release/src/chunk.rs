//! Files as trees of chunks, so that a small change costs a small transfer.
//!
//! A file is cut where its content says so (FastCDC), so that the same bytes give the same chunks wherever they stand. The
//! list of its chunks is cut in the same manner, and the list of those pieces again, until one piece is left: its name,
//! the root, stands for the whole file. Who has most of a file already walks down only where names differ.
//!
//! ```text
//! depth 2          [ root ]                       a node: names and lengths of what is below it
//! depth 1     [ node ]   [ node ]
//! depth 0   ▯▯▯▯▯ ▯▯▯▯▯▯▯ ▯▯▯▯▯                 chunks of the file
//! ```
//!
//! A chunk is named by the BLAKE3 of its own bytes, whatever the level. Nothing here is secret or trusted: the file as a
//! whole is checked against its own hash when all chunks are there.

use std::{
    fmt,
    io::{self, Read},
    str::FromStr,
};

use fastcdc::v2020::StreamCDC;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// BLAKE3 of a chunk's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkName(pub [u8; 32]);

impl ChunkName {
    /// The name of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl fmt::Display for ChunkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ChunkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:.12}…", self = hex::encode(self.0))
    }
}

impl FromStr for ChunkName {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut name = [0; 32];
        hex::decode_to_slice(text, &mut name)?;
        Ok(Self(name))
    }
}

impl Serialize for ChunkName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ChunkName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// How finely a file is cut. Fine pieces find more that is the same, and cost more names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    /// Documents and manifests, where one word changes: about 1 KiB.
    Fine,
    /// Pictures, films and sounds: about 8 KiB.
    Coarse,
}

impl Grain {
    /// All of them.
    const ALL: [Self; 2] = [Grain::Fine, Grain::Coarse];

    /// What suits a file of that path.
    pub fn of(path: &str) -> Self {
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension.to_ascii_lowercase().as_str() {
            "json" | "yaml" | "vtt" | "srt" | "svg" | "txt" | "gltf" => Grain::Fine,
            _ => Grain::Coarse,
        }
    }

    /// Least, average and most bytes of a chunk. Part of the format: other numbers cut everything anew.
    fn sizes(self) -> (usize, usize, usize) {
        match self {
            Grain::Fine => (256, 1024, 4 * 1024),
            Grain::Coarse => (2 * 1024, 8 * 1024, CHUNK_BYTES_MAX),
        }
    }
}

/// No chunk is larger, of whatever level.
pub const CHUNK_BYTES_MAX: usize = 32 * 1024;
/// Nodes end, on average, after so many entries: where the last name's first byte is below [`NODE_ENDS_BELOW`].
const NODE_ENDS_BELOW: u8 = 4;
/// A node has no fewer entries, but for the last one.
const NODE_ENTRIES_MIN: usize = 16;
/// A node has no more entries.
pub const NODE_ENTRIES_MAX: usize = 512;
/// No file needs a deeper tree: nodes of 64 entries name 16 million chunks at depth 4.
pub const DEPTH_MAX: u8 = 6;
/// Bytes of an entry: a name, and the length of what it names.
const ENTRY_BYTES: usize = 32 + 4;

/// The rules of cutting as a text: trees made under other rules are not comparable.
pub(crate) fn rules() -> String {
    format!("{:?} {NODE_ENTRIES_MIN} {NODE_ENTRIES_MAX} {NODE_ENDS_BELOW}", Grain::ALL.map(Grain::sizes))
}

/// Stands for a file, cut up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    /// The name of the topmost piece; of the only chunk at depth 0. An empty file is one empty chunk.
    pub root: ChunkName,
    /// How many levels of nodes are above the chunks.
    pub depth: u8,
    /// How the file was cut.
    pub grain: Grain,
}

/// What a node says of something below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What.
    pub name: ChunkName,
    /// Its length, bytes; of a node, the length of the node itself.
    pub len: u32,
}

/// Why bytes are no node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    /// Not a whole number of entries, none, or too many.
    #[error("{0} bytes are not a list of chunks")]
    Length(usize),
    /// An entry names something larger than any chunk.
    #[error("a chunk of {0} bytes is longer than {CHUNK_BYTES_MAX}")]
    ChunkLength(u32),
}

/// Reads a node. Any bytes may come; none make it panic.
pub fn entries(node: &[u8]) -> Result<Vec<Entry>, NodeError> {
    let entries = read_entries(node)?;
    if entries.is_empty() || entries.len() > NODE_ENTRIES_MAX {
        return Err(NodeError::Length(node.len()));
    }
    Ok(entries)
}

/// A piece that cutting has made: a chunk of the file (level 0), or a node.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Its name.
    pub name: ChunkName,
    /// 0 for a chunk of the file, 1 for a node over chunks, and so on.
    pub level: u8,
    /// Where it begins in the file; 0 for nodes.
    pub offset: u64,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Cuts a file and gives away each piece, those of the file in their order, nodes after what they name.
///
/// The same bytes and grain give the same pieces, on any machine.
///
/// # Errors
/// What reading or `give` says.
pub fn cut(file: impl Read, grain: Grain, give: &mut dyn FnMut(Piece<'_>) -> io::Result<()>) -> io::Result<Tree> {
    let (least, average, most) = grain.sizes();
    let mut grower = Grower::new(grain);
    for chunk in StreamCDC::new(file, least, average, most) {
        let chunk = chunk.map_err(io::Error::from)?;
        let name = ChunkName::of(&chunk.data);
        give(Piece { name, level: 0, offset: chunk.offset, bytes: &chunk.data })?;
        grower.leaf(Entry { name, len: u32::try_from(chunk.data.len()).map_err(io::Error::other)? }, give)?;
    }
    if grower.leaves == 0 {
        let name = ChunkName::of(&[]);
        give(Piece { name, level: 0, offset: 0, bytes: &[] })?;
        grower.leaf(Entry { name, len: 0 }, give)?;
    }
    grower.finish(give)
}

/// Makes the nodes over the chunks of a file, as [`cut`] would, from the list of them. Who has kept that list need not
/// read the file again to know its tree.
///
/// # Errors
/// What `give` says, and when there is no chunk.
pub fn grow(chunks: &[Entry], grain: Grain, give: &mut dyn FnMut(Piece<'_>) -> io::Result<()>) -> io::Result<Tree> {
    if chunks.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a file has at least one chunk"));
    }
    let mut grower = Grower::new(grain);
    for chunk in chunks {
        grower.leaf(*chunk, give)?;
    }
    grower.finish(give)
}

/// Entries as they stand in a node: of any number, one after the other.
pub fn write_entries(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * ENTRY_BYTES);
    for entry in entries {
        bytes.extend_from_slice(&entry.name.0);
        bytes.extend_from_slice(&entry.len.to_le_bytes());
    }
    bytes
}

/// Reads what [`write_entries`] has written. Any bytes may come.
///
/// # Errors
/// When they are not whole entries of possible chunks.
pub fn read_entries(bytes: &[u8]) -> Result<Vec<Entry>, NodeError> {
    let (entries, rest) = bytes.as_chunks::<ENTRY_BYTES>();
    if !rest.is_empty() {
        return Err(NodeError::Length(bytes.len()));
    }
    entries
        .iter()
        .map(|bytes| {
            let (mut name, mut len) = ([0; 32], [0; 4]);
            name.copy_from_slice(&bytes[..32]);
            len.copy_from_slice(&bytes[32..]);
            let len = u32::from_le_bytes(len);
            if len as usize > CHUNK_BYTES_MAX {
                return Err(NodeError::ChunkLength(len));
            }
            Ok(Entry { name: ChunkName(name), len })
        })
        .collect()
}

/// Makes nodes while entries come.
struct Grower {
    grain: Grain,
    leaves: u64,
    levels: Vec<Level>,
}

/// Entries that wait for their node to end.
#[derive(Default)]
struct Level {
    entries: Vec<Entry>,
    /// A node of this level has been made already.
    closed: bool,
}

impl Grower {
    fn new(grain: Grain) -> Self {
        Self { grain, leaves: 0, levels: vec![Level::default()] }
    }

    fn leaf(&mut self, entry: Entry, give: &mut dyn FnMut(Piece<'_>) -> io::Result<()>) -> io::Result<()> {
        self.leaves += 1;
        self.push(0, entry, give)
    }

    /// What is left of each level becomes its last node, until one piece names all.
    fn finish(mut self, give: &mut dyn FnMut(Piece<'_>) -> io::Result<()>) -> io::Result<Tree> {
        let mut level = 0;
        loop {
            let open = std::mem::take(&mut self.levels[level]);
            let last = level + 1 == self.levels.len();
            if let (true, false, [only]) = (last, open.closed, open.entries.as_slice()) {
                let depth = u8::try_from(level).map_err(io::Error::other)?;
                return Ok(Tree { root: only.name, depth, grain: self.grain });
            }
            if !open.entries.is_empty() {
                self.close(level, &open.entries, give)?;
            }
            level += 1;
        }
    }

    fn push(&mut self, level: usize, entry: Entry, give: &mut dyn FnMut(Piece<'_>) -> io::Result<()>) -> io::Result<()> {
        let entries = &mut self.levels[level].entries;
        entries.push(entry);
        let count = entries.len();
        if (count >= NODE_ENTRIES_MIN && entry.name.0[0] < NODE_ENDS_BELOW) || count == NODE_ENTRIES_MAX {
            let entries = std::mem::take(entries);
            self.close(level, &entries, give)?;
        }
        Ok(())
    }

    fn close(&mut self, level: usize, entries: &[Entry], give: &mut dyn FnMut(Piece<'_>) -> io::Result<()>) -> io::Result<()> {
        if self.levels.len() == level + 1 {
            self.levels.push(Level::default());
        }
        self.levels[level].closed = true;
        let bytes = write_entries(entries);
        let name = ChunkName::of(&bytes);
        let above = level + 1;
        give(Piece { name, level: u8::try_from(above).map_err(io::Error::other)?, offset: 0, bytes: &bytes })?;
        let len = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.push(above, Entry { name, len }, give)
    }
}

/// The way down a tree, level by level, from its root to the chunks of the file.
///
/// Whoever fetches asks for what [`Walk::step`] names as missing and steps again, as often as the tree is deep.
#[derive(Clone, Debug)]
pub struct Walk {
    size_bytes: u64,
    grain: Grain,
    level: u8,
    row: Vec<Entry>,
}

/// Why a tree leads nowhere. Whoever made it is wrong or lies; fetching again does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalkError {
    /// Deeper than any honest tree.
    #[error("a tree of depth {0} is deeper than {DEPTH_MAX}")]
    Depth(u8),
    /// A node is none.
    #[error("node {name}: {error}")]
    Node {
        /// Which.
        name: ChunkName,
        /// What is wrong.
        error: NodeError,
    },
    /// More chunks than the size of the file allows.
    #[error("more than {0} pieces for a file of that size")]
    TooMany(u64),
    /// The chunks are not as long as the file.
    #[error("the chunks have {chunks_bytes} bytes, the file has {size_bytes}")]
    Size {
        /// Of all chunks.
        chunks_bytes: u64,
        /// As the manifest lists it.
        size_bytes: u64,
    },
}

/// A step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// These nodes are missing, each once.
    Missing(Vec<Entry>),
    /// One level further down.
    Down,
    /// At the bottom: [`Walk::chunks`] has the file's chunks.
    Bottom,
}

impl Walk {
    /// Stands at the root of the tree of a file of that size.
    ///
    /// # Errors
    /// When no such tree can be.
    pub fn new(tree: &Tree, size_bytes: u64) -> Result<Self, WalkError> {
        if tree.depth > DEPTH_MAX {
            return Err(WalkError::Depth(tree.depth));
        }
        // The length of a root node is not known; of a chunk it is that of the file.
        let len = if tree.depth == 0 { size_bytes } else { 0 };
        let len = u32::try_from(len).ok().filter(|len| *len as usize <= CHUNK_BYTES_MAX);
        let len = len.ok_or(WalkError::Size { chunks_bytes: CHUNK_BYTES_MAX as u64, size_bytes })?;
        Ok(Self { size_bytes, grain: tree.grain, level: tree.depth, row: vec![Entry { name: tree.root, len }] })
    }

    /// Goes down one level if all nodes of this one can be read. `read` gives the bytes of a node, checked against its
    /// name, or nothing where it is not there.
    ///
    /// # Errors
    /// What `read` says, and when the tree is none.
    pub fn step<E: From<WalkError>>(&mut self, mut read: impl FnMut(&Entry) -> Result<Option<Vec<u8>>, E>) -> Result<Step, E> {
        if self.level == 0 {
            return Ok(Step::Bottom);
        }
        let pieces_max = self.size_bytes / self.grain.sizes().0 as u64 + 2;
        let (mut below, mut missing) = (Vec::new(), Vec::new());
        for entry in &self.row {
            match read(entry)? {
                Some(bytes) => {
                    below.extend(entries(&bytes).map_err(|error| WalkError::Node { name: entry.name, error })?);
                    if below.len() as u64 > pieces_max {
                        return Err(WalkError::TooMany(pieces_max).into());
                    }
                }
                None if !missing.contains(entry) => missing.push(*entry),
                None => {}
            }
        }
        if !missing.is_empty() {
            return Ok(Step::Missing(missing));
        }
        self.level -= 1;
        self.row = below;
        if self.level == 0 {
            let chunks_bytes = self.row.iter().map(|entry| u64::from(entry.len)).sum();
            if chunks_bytes != self.size_bytes {
                return Err(WalkError::Size { chunks_bytes, size_bytes: self.size_bytes }.into());
            }
        }
        Ok(Step::Down)
    }

    /// What is known of this level, in its order.
    pub fn row(&self) -> &[Entry] {
        &self.row
    }

    /// The chunks of the file in their order; `None` before the bottom.
    pub fn chunks(&self) -> Option<&[Entry]> {
        (self.level == 0).then_some(self.row.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Bytes without a pattern, the same each time.
    fn noise(len: usize, seed: u64) -> Vec<u8> {
        let mut hash = blake3::Hasher::new();
        hash.update(&seed.to_le_bytes());
        let mut bytes = vec![0; len];
        hash.finalize_xof().fill(&mut bytes);
        bytes
    }

    fn plant(bytes: &[u8], grain: Grain) -> (Tree, HashMap<ChunkName, Vec<u8>>) {
        let mut pieces = HashMap::new();
        let tree = cut(bytes, grain, &mut |piece| {
            assert_eq!(piece.name, ChunkName::of(piece.bytes));
            assert!(piece.bytes.len() <= CHUNK_BYTES_MAX);
            pieces.insert(piece.name, piece.bytes.to_vec());
            Ok(())
        })
        .unwrap();
        (tree, pieces)
    }

    fn regrow(tree: &Tree, size: usize, pieces: &HashMap<ChunkName, Vec<u8>>) -> Vec<u8> {
        let mut walk = Walk::new(tree, size as u64).unwrap();
        while walk.step::<WalkError>(|entry| Ok(pieces.get(&entry.name).cloned())).unwrap() == Step::Down {}
        walk.chunks().unwrap().iter().flat_map(|entry| pieces[&entry.name].clone()).collect()
    }

    #[test]
    fn a_file_of_any_length_comes_back_and_is_cut_the_same_twice() {
        for (len, grain) in [(0, Grain::Fine), (1, Grain::Coarse), (4_096, Grain::Fine), (300_000, Grain::Fine), (9_000_000, Grain::Coarse)] {
            let bytes = noise(len, 1);
            let (tree, pieces) = plant(&bytes, grain);
            assert_eq!(regrow(&tree, len, &pieces), bytes, "{len} bytes");
            assert_eq!(plant(&bytes, grain).0, tree);
        }
    }

    #[test]
    fn a_byte_put_in_at_the_front_costs_a_few_pieces() {
        let before = noise(6_000_000, 2);
        let after = [b"x", before.as_slice()].concat();
        let (_, have) = plant(&before, Grain::Coarse);
        let (tree, pieces) = plant(&after, Grain::Coarse);
        assert!(tree.depth >= 2);
        let new: usize = pieces.iter().filter(|(name, _)| !have.contains_key(name)).map(|(_, bytes)| bytes.len()).sum();
        assert!(new < 150_000, "{new} bytes are new");
    }

    #[test]
    fn a_walk_asks_for_what_is_missing_and_for_nothing_else() {
        let (tree, pieces) = plant(&noise(3_000_000, 3), Grain::Coarse);
        let mut walk = Walk::new(&tree, 3_000_000).unwrap();
        let Step::Missing(first) = walk.step::<WalkError>(|_| Ok(None)).unwrap() else { panic!("nothing is there") };
        assert_eq!(first.iter().map(|entry| entry.name).collect::<Vec<_>>(), [tree.root]);
        assert!(walk.chunks().is_none());
        assert_eq!(walk.step::<WalkError>(|entry| Ok(pieces.get(&entry.name).cloned())).unwrap(), Step::Down);
    }

    #[test]
    fn a_tree_that_lies_is_refused() {
        let (tree, mut pieces) = plant(&noise(3_000_000, 4), Grain::Coarse);
        let mut walk = Walk::new(&tree, 2_999_999).unwrap();
        let refused = loop {
            match walk.step::<WalkError>(|entry| Ok(pieces.get(&entry.name).cloned())) {
                Ok(Step::Down) => {}
                other => break other,
            }
        };
        assert_eq!(refused, Err(WalkError::Size { chunks_bytes: 3_000_000, size_bytes: 2_999_999 }));
        assert!(matches!(Walk::new(&Tree { depth: 9, ..tree }, 1), Err(WalkError::Depth(9))));
        assert!(Walk::new(&Tree { depth: 0, ..tree }, u64::MAX).is_err(), "one chunk cannot be so long");
        // A node that names itself ends with the depth, and before that with the size.
        let endless = Entry { name: tree.root, len: 1 };
        let node = [endless.name.0.as_slice(), &endless.len.to_le_bytes()].concat().repeat(NODE_ENTRIES_MAX);
        pieces.insert(tree.root, node);
        let mut walk = Walk::new(&Tree { depth: DEPTH_MAX, ..tree }, 1_000).unwrap();
        let refused = walk.step::<WalkError>(|entry| Ok(pieces.get(&entry.name).cloned()));
        assert!(matches!(refused, Err(WalkError::TooMany(_))), "{refused:?}");
    }

    #[test]
    fn bytes_that_are_no_node_are_refused() {
        for bytes in [&[][..], &[0; 35], &[0; 37], &[0; ENTRY_BYTES * (NODE_ENTRIES_MAX + 1)]] {
            assert_eq!(entries(bytes), Err(NodeError::Length(bytes.len())));
        }
        assert_eq!(entries(&[0xff; ENTRY_BYTES]), Err(NodeError::ChunkLength(u32::MAX)));
    }
}
