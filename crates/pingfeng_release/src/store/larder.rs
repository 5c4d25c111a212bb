//! What a device can give to others: every piece of the releases on its disk, by name. It is read only, so that another
//! thread can hand pieces out while the store works; a piece whose file is gone or damaged is simply not there.

use super::disk::DiskError;
use super::intake::Own;
use super::{BlobHash, Store};
use crate::chunk::ChunkName;

/// Pieces of the releases that were on the disk when it was made. Takes about 100 bytes of memory for each piece.
#[derive(Debug)]
pub struct Larder {
    own: Own,
    releases: Vec<BlobHash>,
}

impl Larder {
    /// The releases that are whole.
    pub fn releases(&self) -> &[BlobHash] {
        &self.releases
    }

    /// A piece, if it is there and still what its name says.
    pub fn piece(&self, name: &ChunkName) -> Option<Vec<u8>> {
        self.own.chunk(name).or_else(|| self.own.node(name))
    }
}

impl Store {
    /// What can be given to others now. Reads the lists of chunks of every release on the disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn larder(&self) -> Result<Larder, DiskError> {
        Ok(Larder { own: self.own_pieces()?, releases: self.staged_ids() })
    }
}
