//! The log of a disk's writes, as qemu's `blklogwrites` keeps it: the format of the kernel's dm-log-writes.
//!
//! One sector `{magic, version, entries, sector size}`, then for each entry one sector `{first sector, sectors, flags,
//! length}` and the bytes written. All numbers are little endian.
//! <https://docs.kernel.org/admin-guide/device-mapper/log-writes.html>

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// What a disk writes at once, and the unit of the log.
pub(crate) const SECTOR_BYTES: usize = 512;
const MAGIC: u64 = 0x6a_7366_7773_6872;
const VERSION: u64 = 1;
const FLUSH: u64 = 1;
const FUA: u64 = 2;
const DISCARD: u64 = 4;
/// Entries of a log that are read; a longer one is refused.
const ENTRIES_MAX: u64 = 1_000_000;

/// One request that the disk was given.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Where on the disk, in bytes.
    pub offset: u64,
    /// What; empty for a flush. Always whole sectors.
    pub bytes: Vec<u8>,
    /// Everything before it is on the medium when it is done.
    pub flush: bool,
    /// It is itself on the medium when it is done.
    pub durable: bool,
}

/// Entries that a growing log has.
pub(crate) fn entries(log: &File) -> Result<u64> {
    let mut head = [0; 32];
    log.read_exact_at(&mut head, 0)?;
    ensure!(word(&head, 0) == MAGIC, "the log does not begin with the magic number of dm-log-writes");
    Ok(word(&head, 2))
}

/// Every entry of a log.
pub(crate) fn read(path: &Path) -> Result<Vec<Entry>> {
    let log = File::open(path).with_context(|| path.display().to_string())?;
    let count = entries(&log)?;
    ensure!(count <= ENTRIES_MAX, "the log has {count} entries, more than {ENTRIES_MAX}");
    let mut head = [0; SECTOR_BYTES];
    log.read_exact_at(&mut head, 0)?;
    ensure!(word(&head, 1) == VERSION, "version {} of the log is not known", word(&head, 1));
    let sector_bytes = word(&head, 3) & u64::from(u32::MAX);
    ensure!(sector_bytes == SECTOR_BYTES as u64, "the log has sectors of {sector_bytes} bytes");
    let mut at = sector_bytes;
    let mut found = Vec::new();
    for number in 0..count {
        log.read_exact_at(&mut head, at).with_context(|| format!("entry {number}"))?;
        at += sector_bytes;
        let [sector, sectors, flags] = [word(&head, 0), word(&head, 1), word(&head, 2)];
        let mut bytes = Vec::new();
        // A discarded block may hold anything; here it keeps what it held.
        if flags & DISCARD == 0 {
            bytes.resize(usize::try_from(sectors)?.saturating_mul(SECTOR_BYTES), 0);
            log.read_exact_at(&mut bytes, at).with_context(|| format!("bytes of entry {number}"))?;
            at += bytes.len() as u64;
        }
        found.push(Entry {
            offset: sector.saturating_mul(sector_bytes),
            bytes,
            flush: flags & FLUSH != 0,
            durable: flags & FUA != 0,
        });
    }
    Ok(found)
}

fn word(head: &[u8], number: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&head[number * 8..number * 8 + 8]);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn log_of(words: &[(&[u64], &[u8])]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for (words, bytes) in words {
            let mut sector: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            sector.resize(SECTOR_BYTES, 0);
            file.write_all(&sector).unwrap();
            file.write_all(bytes).unwrap();
        }
        file
    }

    #[test]
    fn a_write_and_a_flush_are_read() {
        let log = log_of(&[(&[MAGIC, VERSION, 2, 512], &[]), (&[3, 2, 0, 0], &[7; 1024]), (&[0, 0, FLUSH, 0], &[])]);
        let found = read(log.path()).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].offset, found[0].bytes.len(), found[0].flush), (1536, 1024, false));
        assert!(found[1].flush && found[1].bytes.is_empty());
    }

    #[test]
    fn a_log_that_is_cut_short_or_none_is_refused() {
        assert!(read(log_of(&[(&[1, VERSION, 0, 512], &[])]).path()).is_err());
        assert!(read(log_of(&[(&[MAGIC, VERSION, 1, 512], &[]), (&[0, 1, 0, 0], &[0; 100])]).path()).is_err());
        assert!(read(log_of(&[(&[MAGIC, 9, 0, 512], &[])]).path()).is_err());
    }
}
