//! Whether a path may be opened at all: a regular local file that begins like a container we play and is not cut off.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use crate::film::FilmError;

/// Top-level boxes of an MP4 that are looked at. Fragmented films have two per fragment, so that this is hours.
const BOXES_MAX: usize = 100_000;

/// The absolute path of a film, or why it is none. Anything else than these containers – a playlist, a subtitle, a text
/// file with the wrong name – never reaches GStreamer, which would pick a reader by content.
pub(super) fn local_film(path: &Path) -> Result<PathBuf, FilmError> {
    let unreadable = |detail: String| FilmError::Unreadable { path: path.to_owned(), detail };
    let failed = |error: std::io::Error| unreadable(error.to_string());
    let real = path.canonicalize().map_err(failed)?;
    // Looked at before it is opened: opening a pipe would wait for a writer.
    let found = real.metadata().map_err(failed)?;
    if !found.is_file() {
        return Err(unreadable("not a regular file".to_owned()));
    }
    let mut file = File::open(&real).map_err(failed)?;
    let mut head = Vec::new();
    file.by_ref().take(64).read_to_end(&mut head).map_err(failed)?;
    let cut = match container(&head) {
        None => return Err(FilmError::NotAFilm { path: path.to_owned() }),
        Some(Container::Iso) => iso_fault(&mut file, found.len()).map_err(failed)?,
        Some(Container::Matroska) => matroska_fault(&head, found.len()),
        // Pages carry no length of the whole: the player notices at the end.
        Some(Container::Ogg) => None,
    };
    match cut {
        None => Ok(real),
        Some(detail) => Err(FilmError::Damaged { path: path.to_owned(), detail }),
    }
}

enum Container {
    Iso,
    Matroska,
    Ogg,
}

fn container(head: &[u8]) -> Option<Container> {
    // ISO 14496-12: size, then the type of the first box. Old QuickTime files may begin with the movie or its data.
    let box_type = head.get(4..8).unwrap_or_default();
    if matches!(box_type, b"ftyp" | b"moov" | b"mdat" | b"wide" | b"free" | b"skip") {
        Some(Container::Iso)
    } else if head.starts_with(&EBML) {
        Some(Container::Matroska)
    } else {
        head.starts_with(b"OggS").then_some(Container::Ogg)
    }
}

const EBML: [u8; 4] = [0x1A, 0x45, 0xDF, 0xA3];
const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];

/// Walks the top-level boxes. A cut-off film would otherwise play, or hang, up to the cut.
fn iso_fault(file: &mut File, size_bytes: u64) -> std::io::Result<Option<String>> {
    let mut at = 0;
    let mut has_index = false;
    for _ in 0..BOXES_MAX {
        if at >= size_bytes {
            break;
        }
        let mut head = [0; 16];
        file.seek(SeekFrom::Start(at))?;
        let got = file.by_ref().take(16).read(&mut head)?;
        let short = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
        let length = match short {
            // Up to the end of the file.
            0 => size_bytes - at,
            1 if got == 16 => head[8..16].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
            _ => short,
        };
        let kind = &head[4..8];
        if got < 8 || length < 8 || !kind.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ' || *byte == 0xA9) {
            // Rubbish behind the last box is common and harmless; before the index it is not.
            break;
        }
        has_index |= kind == b"moov";
        match at.checked_add(length) {
            Some(end) if end <= size_bytes => at = end,
            _ => return Ok(Some(format!("it is cut off after {size_bytes} bytes"))),
        }
    }
    Ok((!has_index).then(|| "it has no index (moov), as if it had been cut off".to_owned()))
}

/// Compares the stated length of the segment with the file. Live recordings state none.
fn matroska_fault(head: &[u8], size_bytes: u64) -> Option<String> {
    let (header, width) = ebml_length(head.get(4..)?)?;
    let segment = 4 + width + usize::try_from(header?).ok()?;
    if head.get(segment..segment + 4)? != SEGMENT {
        return None;
    }
    let (length, width) = ebml_length(head.get(segment + 4..)?)?;
    let end = (segment + 4 + width) as u64 + length?;
    (end > size_bytes).then(|| format!("it is cut off: {size_bytes} of {end} bytes are there"))
}

/// A length of variable width, none if it is stated as unknown, and its width.
fn ebml_length(bytes: &[u8]) -> Option<(Option<u64>, usize)> {
    let first = *bytes.first()?;
    let width = first.leading_zeros() as usize + 1;
    if width > 8 {
        return None;
    }
    let mask = if width == 8 { 0 } else { 0xFF >> width };
    let value = bytes.get(1..width)?.iter().fold(u64::from(first & mask), |value, byte| value << 8 | u64::from(*byte));
    let unknown = (1u64 << (7 * width)) - 1;
    Some(((value != unknown).then_some(value), width))
}
