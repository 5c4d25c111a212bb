//! What of a device's present release the pieces of the next one are like: places that make a dictionary, so that a
//! parcel holds little more than what differs.
//!
//! A changed file mostly has what it had before, and where it had it: as far from its beginning as its new length has
//! grown. So a dictionary is the same place of the file with the same path and some bytes around it, and of large files
//! the beginning and the end besides, where films keep their index.

use bytes::Bytes;
use pingfeng_release::{
    BlobHash,
    chunk::{ChunkName, Grain},
    parcel::{DICTIONARY_BYTES_MAX, DICTIONARY_PLACES_MAX, Place},
};

use crate::{
    blobs::{BlobError, Blobs},
    shelf::{Filed, Shelf, Whereabouts},
};

/// Bytes before and after a place that are taken as well.
const AROUND_BYTES: u64 = 48 * 1024;
/// Bytes of the beginning and the end of a large file.
const ENDS_BYTES: u64 = 32 * 1024;

/// Places of `old` that these pieces of `new` may be like.
pub(crate) fn places(new: &Shelf, old: &Shelf, names: &[ChunkName]) -> Vec<Place> {
    let mut wanted: Vec<Whereabouts> = names.iter().filter_map(|name| new.whereabouts(name)).collect();
    wanted.sort_unstable();
    let mut ranges: Vec<Range> = Vec::new();
    for at in wanted {
        let Some(file) = new.file(at.file) else { continue };
        let Some(before) = old.file_at(&file.path) else { continue };
        let (Some(bytes), Some(bytes_before)) = (file.level_bytes(at.level), before.level_bytes(at.level)) else {
            continue;
        };
        // Without a byte there is nothing to be like.
        if bytes == 0 || bytes_before == 0 {
            continue;
        }
        let moved = |offset: u64| u128::from(offset) * u128::from(bytes_before) / u128::from(bytes);
        let moved = |offset: u64| u64::try_from(moved(offset)).unwrap_or(bytes_before).min(bytes_before);
        let (from, to) = (moved(at.offset), moved(at.offset + u64::from(at.len)));
        let range = |from: u64, to: u64| Range { file: before, level: at.level, from, to: to.min(bytes_before) };
        ranges.push(range(from.saturating_sub(AROUND_BYTES), to + AROUND_BYTES));
        if at.level == 0 && before.tree.grain == Grain::Coarse {
            ranges.push(range(0, ENDS_BYTES));
            ranges.push(range(bytes_before.saturating_sub(ENDS_BYTES), bytes_before));
        }
    }
    let mut room = DICTIONARY_BYTES_MAX as u64;
    let mut places = Vec::new();
    for range in merged(ranges) {
        let len = range.to - range.from;
        if len > room || places.len() == DICTIONARY_PLACES_MAX {
            continue;
        }
        room -= len;
        let nodes = (range.level > 0).then_some((range.file.tree, range.level));
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        places.push(Place { blob: BlobHash(range.file.blob.clone()), nodes, offset: range.from, len });
    }
    places
}

/// The bytes of places of a shelf, one after the other.
///
/// # Errors
/// When a blob cannot be read.
pub(crate) async fn dictionary(old: &Shelf, blobs: &Blobs, places: &[Place]) -> Result<Vec<u8>, BlobError> {
    let mut dictionary = Vec::new();
    for place in places {
        let bytes = match place.nodes {
            None => blobs.read(&place.blob.0, place.offset, u64::from(place.len)).await?,
            Some((tree, level)) => old.nodes_at(&tree, level, place.offset, place.len).unwrap_or_else(Bytes::new),
        };
        dictionary.extend_from_slice(&bytes);
    }
    Ok(dictionary)
}

/// A part of a file, or of the nodes of a level of its tree.
#[derive(Clone, Copy)]
struct Range<'a> {
    file: &'a Filed,
    level: u8,
    from: u64,
    to: u64,
}

/// The same without what overlaps, in the order in which they were found first.
fn merged(ranges: Vec<Range<'_>>) -> Vec<Range<'_>> {
    let mut merged: Vec<Range<'_>> = Vec::new();
    for mut range in ranges {
        let mut place = merged.len();
        // Each one that it touches becomes part of it.
        while let Some(at) = merged.iter().position(|other| {
            std::ptr::eq(other.file, range.file)
                && other.level == range.level
                && other.from <= range.to
                && range.from <= other.to
        }) {
            let other = merged.remove(at);
            (range.from, range.to) = (range.from.min(other.from), range.to.max(other.to));
            place = place.min(at);
        }
        merged.insert(place.min(merged.len()), range);
    }
    merged
}
