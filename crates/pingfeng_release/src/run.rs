//! Runs of chunks: a long stretch of a file asked for in 40 bytes, where a list of names would take 32 for each chunk.
//!
//! ```text
//! for each     name of the file's topmost piece 32, which chunk is the first 4, how many 4 (little-endian)
//! ```

use crate::chunk::{ChunkName, Entry, NodeError, entries};

/// Bytes of a run.
const RUN_BYTES: usize = 40;
/// Bytes of an entry in a node: how many entries a node has is known from its length.
const ENTRY_BYTES: u64 = 36;

/// Chunks that follow each other in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The topmost piece of the file.
    pub root: ChunkName,
    /// Which chunk of the file is the first, from 0.
    pub from: u32,
    /// How many; at least 1.
    pub count: u32,
}

/// Runs as they travel.
pub fn write(runs: &[Run]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(runs.len() * RUN_BYTES);
    for run in runs {
        bytes.extend_from_slice(&run.root.0);
        bytes.extend_from_slice(&run.from.to_le_bytes());
        bytes.extend_from_slice(&run.count.to_le_bytes());
    }
    bytes
}

/// Reads what [`write`] has written. Any bytes may come; `None` when they are not whole runs.
pub fn read(bytes: &[u8]) -> Option<Vec<Run>> {
    let (runs, rest) = bytes.as_chunks::<RUN_BYTES>();
    let run = |bytes: &[u8; RUN_BYTES]| {
        let (mut root, mut from, mut count) = ([0; 32], [0; 4], [0; 4]);
        root.copy_from_slice(&bytes[..32]);
        from.copy_from_slice(&bytes[32..36]);
        count.copy_from_slice(&bytes[36..]);
        Run { root: ChunkName(root), from: u32::from_le_bytes(from), count: u32::from_le_bytes(count) }
    };
    rest.is_empty().then(|| runs.iter().map(run).collect())
}

/// The chunks of a run, one after the other, found on the way down the tree. Takes the memory of one node for each level.
#[derive(Debug)]
pub struct Chunks {
    /// What is left of the nodes above, each with the level of its entries.
    rows: Vec<(std::vec::IntoIter<Entry>, u8)>,
    skip: u64,
    left: u64,
}

impl Chunks {
    /// Of a file with so many levels of nodes above its chunks.
    pub fn of(run: Run, depth: u8) -> Self {
        let top = vec![Entry { name: run.root, len: 0 }];
        Self { rows: vec![(top.into_iter(), depth)], skip: u64::from(run.from), left: u64::from(run.count) }
    }

    /// The next chunk; `None` after the last one of the run or of the file. `node` gives the bytes of a node.
    ///
    /// # Errors
    /// When a node is missing, or is none.
    pub fn next<B: AsRef<[u8]>>(&mut self, node: impl Fn(&ChunkName) -> Option<B>) -> Result<Option<Entry>, NodeError> {
        while let Some((row, level)) = self.rows.last_mut().filter(|_| self.left > 0) {
            let level = *level;
            let Some(entry) = row.next() else {
                self.rows.pop();
                continue;
            };
            match level {
                0 if self.skip > 0 => self.skip -= 1,
                0 => {
                    self.left -= 1;
                    return Ok(Some(entry));
                }
                // A node that is passed over need not be read. The length of the topmost one is not known.
                1 if entry.len > 0 && u64::from(entry.len) / ENTRY_BYTES <= self.skip => {
                    self.skip -= u64::from(entry.len) / ENTRY_BYTES;
                }
                _ => {
                    let bytes = node(&entry.name).ok_or(NodeError::Length(0))?;
                    self.rows.push((entries(bytes.as_ref())?.into_iter(), level - 1));
                }
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::chunk::{Grain, cut};

    fn named(run: Run, depth: u8, pieces: &HashMap<ChunkName, Vec<u8>>) -> Vec<ChunkName> {
        let mut chunks = Chunks::of(run, depth);
        std::iter::from_fn(|| chunks.next(|name| pieces.get(name)).unwrap()).map(|entry| entry.name).collect()
    }

    #[test]
    fn a_run_names_the_chunks_in_their_order_wherever_it_begins() {
        for len in [10, 40_000, 9_000_000] {
            let mut bytes = vec![0; len];
            blake3::Hasher::new().finalize_xof().fill(&mut bytes);
            let (mut pieces, mut row) = (HashMap::new(), Vec::new());
            let tree = cut(bytes.as_slice(), Grain::Coarse, &mut |piece| {
                if piece.level == 0 {
                    row.push(piece.name);
                }
                pieces.insert(piece.name, piece.bytes.to_vec());
                Ok(())
            })
            .unwrap();
            let all = row.len() as u32;
            for from in [0, 1, all / 3, all - 1, all, all + 5] {
                for count in [1, all / 2 + 1, all, u32::MAX] {
                    let expected: Vec<_> = row.iter().copied().skip(from as usize).take(count as usize).collect();
                    assert_eq!(
                        named(Run { root: tree.root, from, count }, tree.depth, &pieces),
                        expected,
                        "{from}+{count}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_node_that_is_missing_or_none_ends_it() {
        let run = Run { root: ChunkName([7; 32]), from: 0, count: 1 };
        assert!(Chunks::of(run, 1).next(|_| None::<Vec<u8>>).is_err());
        assert!(Chunks::of(run, 1).next(|_| Some([0; 35])).is_err());
        assert_eq!(Chunks::of(run, 0).next(|_| None::<Vec<u8>>).unwrap().unwrap().name, run.root);
    }

    #[test]
    fn runs_come_back_and_other_bytes_are_refused() {
        let runs = [
            Run { root: ChunkName([1; 32]), from: 5, count: 70_000 },
            Run { root: ChunkName([2; 32]), from: 0, count: 1 },
        ];
        assert_eq!(read(&write(&runs)).unwrap(), runs);
        assert!(read(&[0; 41]).is_none());
        assert_eq!(read(&[]).unwrap(), []);
    }
}
