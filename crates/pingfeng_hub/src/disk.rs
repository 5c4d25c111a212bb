//! Writing files so that they are whole or absent.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Whoever may read the folder.
    Folder,
    /// The hub's user only: keys and other secrets.
    Owner,
}

/// Puts `bytes` at `path`: written beside it, flushed to disk, renamed, the folder flushed. After an error or a power
/// cut the old file is still there.
pub fn write(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:016x}.part", rand::random::<u64>()));
    let part = folder.join(name);
    let mode = match readers {
        Readers::Folder => 0o644,
        Readers::Owner => 0o600,
    };
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    })();
    if let Err(error) = written {
        // The part is useless; that it could not be removed adds nothing to the error.
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    sync_folder(folder)
}

/// Makes renames inside `folder` survive a power cut.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
