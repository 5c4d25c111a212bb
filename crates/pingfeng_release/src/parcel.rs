//! Pieces on their way: several in one message, compressed together, so that what they have in common travels once.
//!
//! ```text
//! 1 byte       0: as it is, 1: zstd, 2: zstd with a dictionary
//! for each     length 4 (little-endian), bytes
//! ```
//!
//! A dictionary is made of what the device has already: places of files of an older release, which the new pieces
//! resemble. It does not travel; in front of the zstd frame stands what it is made of, one after the other:
//!
//! ```text
//! 1 byte       how many places
//! for each     1 byte: 0 = of a blob, else of the nodes of that level of a file's tree
//!              BLAKE3 of the blob 32, and of the tree, if it is that, root 32, depth 1, grain 1 (0: fine, 1: coarse)
//!              offset 8, length 4 (little-endian)
//! ```
//!
//! Names do not travel: whoever takes a parcel hashes each piece and looks whether it is one of those that were sought.
//! So a dictionary need not be trusted either: with a wrong one there is nothing in the parcel that was sought.
//!
//! On a connection that has no messages, parcels come in a row: before each its length in 4 bytes (little-endian), after
//! the last a length of 0, so that a row that was cut off is not taken for a whole one.

use std::io::{self, Read, Write};

use crate::BlobHash;
use crate::chunk::{CHUNK_BYTES_MAX, ChunkName, DEPTH_MAX, Grain, Tree};

/// Bytes that a parcel unpacks to at most: pieces, and 4 for the length of each.
pub const PARCEL_UNPACKED_MAX: usize = 192 * 1024;
/// Bytes of a dictionary.
pub const DICTIONARY_BYTES_MAX: usize = 384 * 1024;
/// Places that a dictionary is made of.
pub const DICTIONARY_PLACES_MAX: usize = 32;
/// Level 3 is zstd's own default; documents gain little from more, films nothing.
const ZSTD_LEVEL: i32 = 3;
/// With a dictionary the search is what matters: a changed picture takes 2 % less than at level 3.
const ZSTD_DICTIONARY_LEVEL: i32 = 9;
/// Bytes, as a power of two, that hold a dictionary and a parcel: how far back a match may lie.
const ZSTD_WINDOW_LOG: u32 = 20;
const LEN_BYTES: usize = 4;
/// Bytes of a parcel at most: of its pieces as they are, and one that says so.
pub const PARCEL_BYTES_LIMIT: usize = PARCEL_UNPACKED_MAX + 1;
/// What ends a row of parcels.
pub const ROW_END: [u8; LEN_BYTES] = [0; LEN_BYTES];

/// A place of a file that the device has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub blob: BlobHash,
    /// `None`: its own bytes. Else all nodes of this level of its tree, one after the other; at least level 1.
    pub nodes: Option<(Tree, u8)>,
    /// Where it begins there.
    pub offset: u64,
    /// Bytes.
    pub len: u32,
}

/// Why bytes are no parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParcelError {
    /// Empty, or packed in a way that this program does not know.
    #[error("a parcel of an unknown kind")]
    Kind,
    /// More than [`PARCEL_UNPACKED_MAX`], or no zstd.
    #[error("a parcel that cannot be unpacked, or is larger than {PARCEL_UNPACKED_MAX} bytes")]
    Unpack,
    /// A piece that is cut off, or longer than any.
    #[error("a parcel with a broken piece")]
    Piece,
    /// Its dictionary is not here, is too large, or cannot be one. Asked for without one, the pieces will come.
    #[error("a parcel whose dictionary is not here")]
    Dictionary,
}

/// Packs pieces.
///
/// # Errors
/// When they are more than a parcel holds.
pub fn pack<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> io::Result<Vec<u8>> {
    let plain = line_up(pieces)?;
    let mut packed = vec![1];
    packed.extend(zstd::bulk::compress(&plain[1..], ZSTD_LEVEL)?);
    Ok(if packed.len() < plain.len() { packed } else { plain })
}

/// Packs pieces for a device that has `dictionary`, the bytes of `places` one after the other. Shorter without it, the
/// parcel is one as of [`pack`].
///
/// # Errors
/// When the pieces are more than a parcel holds, or the dictionary is more than one may be.
pub fn pack_with<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    places: &[Place],
    dictionary: &[u8],
) -> io::Result<Vec<u8>> {
    let plain = line_up(pieces)?;
    if dictionary.len() > DICTIONARY_BYTES_MAX || places.len() > DICTIONARY_PLACES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "more than a dictionary may be"));
    }
    let mut packed = vec![2, u8::try_from(places.len()).map_err(io::Error::other)?];
    for place in places {
        place.write(&mut packed)?;
    }
    let mut encoder = zstd::stream::Encoder::with_ref_prefix(&mut packed, ZSTD_DICTIONARY_LEVEL, dictionary)?;
    encoder.window_log(ZSTD_WINDOW_LOG)?;
    // Whoever has other bytes than these must notice.
    encoder.include_checksum(true)?;
    encoder.write_all(&plain[1..])?;
    encoder.finish()?;
    let mut bare = vec![1];
    bare.extend(zstd::bulk::compress(&plain[1..], ZSTD_LEVEL)?);
    Ok([packed, bare, plain].into_iter().min_by_key(Vec::len).unwrap_or_default())
}

/// True for a parcel that was packed with a dictionary.
pub fn has_dictionary(parcel: &[u8]) -> bool {
    parcel.first() == Some(&2)
}

/// Pieces one after the other, as a parcel that is not compressed.
fn line_up<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> io::Result<Vec<u8>> {
    let mut plain = vec![0];
    for piece in pieces {
        let len = u32::try_from(piece.len()).map_err(io::Error::other)?;
        plain.extend_from_slice(&len.to_le_bytes());
        plain.extend_from_slice(piece);
    }
    if plain.len() > PARCEL_UNPACKED_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "more than a parcel holds"));
    }
    Ok(plain)
}

impl Place {
    fn write(&self, to: &mut Vec<u8>) -> io::Result<()> {
        let blob: ChunkName = self.blob.0.parse().map_err(io::Error::other)?;
        to.push(self.nodes.map_or(0, |(_, level)| level));
        to.extend_from_slice(&blob.0);
        if let Some((tree, _)) = &self.nodes {
            to.extend_from_slice(&tree.root.0);
            to.extend_from_slice(&[tree.depth, u8::from(tree.grain == Grain::Coarse)]);
        }
        to.extend_from_slice(&self.offset.to_le_bytes());
        to.extend_from_slice(&self.len.to_le_bytes());
        Ok(())
    }

    /// A place and what follows it.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let ([level], rest) = bytes.split_first_chunk()?;
        let (blob, mut rest) = rest.split_first_chunk::<32>()?;
        let mut nodes = None;
        if *level > 0 {
            let (root, after) = rest.split_first_chunk()?;
            let ([depth, grain], after) = after.split_first_chunk()?;
            let grain = match grain {
                0 => Grain::Fine,
                1 => Grain::Coarse,
                _ => return None,
            };
            if *depth > DEPTH_MAX || level > depth {
                return None;
            }
            nodes = Some((Tree { root: ChunkName(*root), depth: *depth, grain }, *level));
            rest = after;
        }
        let (offset, rest) = rest.split_first_chunk()?;
        let (len, rest) = rest.split_first_chunk()?;
        let blob = BlobHash(ChunkName(*blob).to_string());
        Some((Self { blob, nodes, offset: u64::from_le_bytes(*offset), len: u32::from_le_bytes(*len) }, rest))
    }
}

/// The pieces in a parcel without a dictionary. Any bytes may come; none take more memory than [`PARCEL_UNPACKED_MAX`].
///
/// # Errors
/// When they are no parcel.
pub fn unpack(parcel: &[u8]) -> Result<Vec<Vec<u8>>, ParcelError> {
    unpack_with(parcel, &mut |_| None)
}

/// The pieces in a parcel. `have` gives the bytes of a place of a dictionary, exactly as many as it has, or nothing when
/// they are not here. Any bytes may come; none take more memory than [`PARCEL_UNPACKED_MAX`] and
/// [`DICTIONARY_BYTES_MAX`].
///
/// # Errors
/// When they are no parcel, or the dictionary is not here.
pub fn unpack_with(
    parcel: &[u8],
    have: &mut dyn FnMut(&Place) -> Option<Vec<u8>>,
) -> Result<Vec<Vec<u8>>, ParcelError> {
    let unpacked;
    let rest = match parcel {
        [0, plain @ ..] if plain.len() <= PARCEL_UNPACKED_MAX => plain,
        [1, packed @ ..] => {
            unpacked = zstd::bulk::decompress(packed, PARCEL_UNPACKED_MAX).map_err(|_| ParcelError::Unpack)?;
            unpacked.as_slice()
        }
        [2, count, rest @ ..] => {
            let (dictionary, packed) = dictionary(usize::from(*count), rest, have)?;
            unpacked = decompress_with(packed, &dictionary).map_err(|_| ParcelError::Unpack)?;
            unpacked.as_slice()
        }
        [0, ..] => return Err(ParcelError::Unpack),
        _ => return Err(ParcelError::Kind),
    };
    split(rest)
}

/// What a parcel's dictionary is, and the frame behind it.
fn dictionary<'a>(
    count: usize,
    mut rest: &'a [u8],
    have: &mut dyn FnMut(&Place) -> Option<Vec<u8>>,
) -> Result<(Vec<u8>, &'a [u8]), ParcelError> {
    if count > DICTIONARY_PLACES_MAX {
        return Err(ParcelError::Dictionary);
    }
    let mut places = Vec::new();
    let mut bytes = 0;
    for _ in 0..count {
        let (place, after) = Place::read(rest).ok_or(ParcelError::Dictionary)?;
        bytes += place.len as usize;
        places.push(place);
        rest = after;
    }
    // Before anything is read of a disk.
    if bytes > DICTIONARY_BYTES_MAX {
        return Err(ParcelError::Dictionary);
    }
    let mut dictionary = Vec::with_capacity(bytes);
    for place in &places {
        let found = have(place).filter(|found| found.len() == place.len as usize);
        dictionary.extend(found.ok_or(ParcelError::Dictionary)?);
    }
    Ok((dictionary, rest))
}

fn decompress_with(packed: &[u8], dictionary: &[u8]) -> io::Result<Vec<u8>> {
    let mut decoder = zstd::stream::Decoder::with_ref_prefix(packed, dictionary)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    let mut unpacked = Vec::new();
    decoder.take(PARCEL_UNPACKED_MAX as u64 + 1).read_to_end(&mut unpacked)?;
    if unpacked.len() > PARCEL_UNPACKED_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "more than a parcel holds"));
    }
    Ok(unpacked)
}

fn split(mut rest: &[u8]) -> Result<Vec<Vec<u8>>, ParcelError> {
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let (len, after) = rest.split_first_chunk::<LEN_BYTES>().ok_or(ParcelError::Piece)?;
        let len = u32::from_le_bytes(*len) as usize;
        if len > CHUNK_BYTES_MAX || len > after.len() {
            return Err(ParcelError::Piece);
        }
        let (piece, after) = after.split_at(len);
        pieces.push(piece.to_vec());
        rest = after;
    }
    Ok(pieces)
}

/// What stands before a parcel in a row of them.
pub fn row_header(parcel: &[u8]) -> [u8; LEN_BYTES] {
    // A parcel is never as long as this; a length that is no parcel's ends the row for whoever reads it.
    u32::try_from(parcel.len()).unwrap_or(u32::MAX).to_le_bytes()
}

/// The next parcel of a row; `None` after the last.
///
/// # Errors
/// When reading fails, the row ends before its end, or something is longer than any parcel.
pub fn read_from_row(row: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut len = [0; LEN_BYTES];
    row.read_exact(&mut len)?;
    if len == ROW_END {
        return Ok(None);
    }
    let len = u32::from_le_bytes(len) as usize;
    if len > PARCEL_BYTES_LIMIT {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "longer than any parcel"));
    }
    let mut parcel = vec![0; len];
    row.read_exact(&mut parcel)?;
    Ok(Some(parcel))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let alike = vec![vec![7; 9_000], vec![7; 9_000], Vec::new(), b"text".to_vec()];
        let packed = pack(alike.iter().map(Vec::as_slice)).unwrap();
        assert!(packed.len() < 200, "{} bytes", packed.len());
        assert_eq!(unpack(&packed).unwrap(), alike);
        let noise: Vec<u8> = (0..5_000_u32).flat_map(|n| blake3::hash(&n.to_le_bytes()).as_bytes()[..1].to_vec()).collect();
        let packed = pack([noise.as_slice()]).unwrap();
        assert_eq!(packed.len(), noise.len() + 1 + LEN_BYTES, "not made longer than it is");
        assert_eq!(unpack(&packed).unwrap(), [noise]);
        assert_eq!(unpack(&pack([]).unwrap()).unwrap(), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn what_is_no_parcel_is_refused() {
        assert_eq!(unpack(&[]), Err(ParcelError::Kind));
        assert_eq!(unpack(&[3, 0, 0, 0, 0]), Err(ParcelError::Kind));
        assert_eq!(unpack(&[0, 5, 0, 0, 0, 1]), Err(ParcelError::Piece));
        assert_eq!(unpack(&[0, 5, 0]), Err(ParcelError::Piece));
        assert_eq!(unpack(&[0, 255, 255, 255, 255, 1]), Err(ParcelError::Piece));
        assert_eq!(unpack(&[1, 1, 2, 3]), Err(ParcelError::Unpack));
        let bomb = [&[1][..], &zstd::bulk::compress(&vec![0; 64 * 1024 * 1024], 3).unwrap()].concat();
        assert!(bomb.len() < 10_000);
        assert_eq!(unpack(&bomb), Err(ParcelError::Unpack));
        assert_eq!(unpack(&vec![0; PARCEL_UNPACKED_MAX + 2]), Err(ParcelError::Unpack));
        assert!(pack([vec![0; PARCEL_UNPACKED_MAX].as_slice()]).is_err());
    }

    #[test]
    fn a_row_is_read_to_its_end_and_one_that_was_cut_off_is_not_taken_for_whole() {
        let parcels = [pack([b"one".as_slice()]).unwrap(), pack([[7; 9_000].as_slice()]).unwrap()];
        let mut row: Vec<u8> = parcels.iter().flat_map(|parcel| [&row_header(parcel)[..], parcel].concat()).collect();
        row.extend(ROW_END);
        let mut rest = row.as_slice();
        for parcel in &parcels {
            assert_eq!(read_from_row(&mut rest).unwrap().as_ref(), Some(parcel));
        }
        assert_eq!(read_from_row(&mut rest).unwrap(), None);
        for cut in 0..row.len() {
            let mut rest = &row[..cut];
            let ended = std::iter::from_fn(|| read_from_row(&mut rest).transpose()).find(Result::is_err);
            assert!(ended.is_some(), "cut after {cut} bytes");
        }
        assert!(read_from_row(&mut [255; 8].as_slice()).is_err());
    }

    fn noise(bytes: u32, seed: u32) -> Vec<u8> {
        (0..bytes).flat_map(|n| blake3::hash(&(n ^ seed << 20).to_le_bytes()).as_bytes()[..1].to_vec()).collect()
    }

    fn place(old: &[u8], nodes: Option<(Tree, u8)>) -> Place {
        Place { blob: BlobHash::of(old), nodes, offset: 3, len: u32::try_from(old.len() - 3).unwrap() }
    }

    #[test]
    fn what_resembles_something_old_travels_as_the_difference() {
        let old = noise(20_000, 1);
        let mut new = old.clone();
        new[10_000] ^= 1;
        let tree = Tree { root: ChunkName::of(&old), depth: 2, grain: Grain::Coarse };
        for nodes in [None, Some((tree, 1))] {
            let places = [place(&old, nodes)];
            let parcel = pack_with([new.as_slice()], &places, &old[3..]).unwrap();
            assert!(has_dictionary(&parcel) && parcel.len() < 200, "{} bytes", parcel.len());
            let pieces = unpack_with(&parcel, &mut |asked| {
                assert_eq!(*asked, places[0]);
                Some(old[3..].to_vec())
            });
            assert_eq!(pieces.unwrap(), [new.as_slice()]);
            assert_eq!(unpack(&parcel), Err(ParcelError::Dictionary), "it is not here");
            assert_eq!(unpack_with(&parcel, &mut |_| Some(vec![0; 5])), Err(ParcelError::Dictionary), "too short");
            let other = unpack_with(&parcel, &mut |_| Some(noise(20_000, 2)[3..].to_vec()));
            assert_eq!(other, Err(ParcelError::Unpack), "other bytes are noticed");
        }
        // Nothing alike: as without a dictionary.
        let parcel = pack_with([noise(5_000, 9).as_slice()], &[place(&old, None)], &old[3..]).unwrap();
        assert!(!has_dictionary(&parcel) && unpack(&parcel).is_ok());
    }

    #[test]
    fn a_dictionary_has_limits() {
        let old = noise(4_000, 1);
        let many = vec![place(&old, None); DICTIONARY_PLACES_MAX + 1];
        assert!(pack_with([old.as_slice()], &many, &[]).is_err());
        assert!(pack_with([old.as_slice()], &[], &vec![0; DICTIONARY_BYTES_MAX + 1]).is_err());
        // A place that is larger than any dictionary is not even read.
        let mut parcel = vec![2, 1];
        Place { len: u32::MAX, ..place(&old, None) }.write(&mut parcel).unwrap();
        let never = |_: &Place| -> Option<Vec<u8>> { panic!("nothing is read") };
        assert_eq!(unpack_with(&parcel, &mut { never }), Err(ParcelError::Dictionary));
        for broken in [&parcel[..20], &[2, 255], &[2, 1], &[2]] {
            assert!(unpack_with(broken, &mut |_| None).is_err());
        }
        // A tree that no release can have.
        let tree = Tree { root: ChunkName([0; 32]), depth: DEPTH_MAX + 1, grain: Grain::Fine };
        let mut parcel = vec![2, 1];
        place(&old, Some((tree, 1))).write(&mut parcel).unwrap();
        assert_eq!(unpack_with(&parcel, &mut { never }), Err(ParcelError::Dictionary));
        let bomb_of_zeros = vec![0; 64 * 1024 * 1024];
        let bomb = [&[2, 0][..], &zstd::bulk::compress(&bomb_of_zeros, 3).unwrap()].concat();
        assert_eq!(unpack(&bomb), Err(ParcelError::Unpack));
    }
}
