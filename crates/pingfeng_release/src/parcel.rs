//! Pieces on their way: several in one message, compressed together, so that what they have in common travels once.
//!
//! ```text
//! 1 byte       0: as it is, 1: zstd
//! for each     length 4 (little-endian), bytes
//! ```
//!
//! Names do not travel: whoever takes a parcel hashes each piece and looks whether it is one of those that were sought.
//!
//! On a connection that has no messages, parcels come in a row: before each its length in 4 bytes (little-endian), after
//! the last a length of 0, so that a row that was cut off is not taken for a whole one.

use std::io::{self, Read};

use crate::chunk::CHUNK_BYTES_MAX;

/// Bytes that a parcel unpacks to at most: pieces, and 4 for the length of each.
pub const PARCEL_UNPACKED_MAX: usize = 192 * 1024;
/// Level 3 is zstd's own default; documents gain little from more, films nothing.
const ZSTD_LEVEL: i32 = 3;
const LEN_BYTES: usize = 4;
/// Bytes of a parcel at most: of its pieces as they are, and one that says so.
pub const PARCEL_BYTES_LIMIT: usize = PARCEL_UNPACKED_MAX + 1;
/// What ends a row of parcels.
pub const ROW_END: [u8; LEN_BYTES] = [0; LEN_BYTES];

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
}

/// Packs pieces.
///
/// # Errors
/// When they are more than a parcel holds.
pub fn pack<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> io::Result<Vec<u8>> {
    let mut plain = vec![0];
    for piece in pieces {
        let len = u32::try_from(piece.len()).map_err(io::Error::other)?;
        plain.extend_from_slice(&len.to_le_bytes());
        plain.extend_from_slice(piece);
    }
    if plain.len() > PARCEL_UNPACKED_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "more than a parcel holds"));
    }
    let mut packed = vec![1];
    packed.extend(zstd::bulk::compress(&plain[1..], ZSTD_LEVEL)?);
    Ok(if packed.len() < plain.len() { packed } else { plain })
}

/// The pieces in a parcel. Any bytes may come; none take more memory than [`PARCEL_UNPACKED_MAX`].
///
/// # Errors
/// When they are no parcel.
pub fn unpack(parcel: &[u8]) -> Result<Vec<Vec<u8>>, ParcelError> {
    let unpacked;
    let mut rest = match parcel {
        [0, plain @ ..] if plain.len() <= PARCEL_UNPACKED_MAX => plain,
        [1, packed @ ..] => {
            unpacked = zstd::bulk::decompress(packed, PARCEL_UNPACKED_MAX).map_err(|_| ParcelError::Unpack)?;
            unpacked.as_slice()
        }
        [0, ..] => return Err(ParcelError::Unpack),
        _ => return Err(ParcelError::Kind),
    };
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
        assert_eq!(unpack(&[2, 0, 0, 0, 0]), Err(ParcelError::Kind));
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
}
