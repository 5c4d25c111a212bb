//! An exhibition's folder, read with limits: documents as bytes, everything else by path and size. A zip is unpacked
//! into a folder first. Paths that leave the folder, links, bombs and names that are not UTF-8 are refused; nothing is
//! written outside of the folder that the caller names.

use std::{
    cell::Cell,
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    rc::Rc,
};

use pingfeng_content::{Text, limits::DOCUMENT_BYTES_MAX};
use zip::ZipArchive;

/// Files in a folder or zip.
pub const FILES_MAX: usize = 20_000;
/// Bytes of all files together, unpacked.
pub const FOLDER_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;
/// Bytes of all documents together.
pub const DOCUMENTS_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Bytes of a path below the folder.
pub const PATH_BYTES_MAX: usize = 200;
/// Folders inside folders.
pub const PATH_DEPTH_MAX: usize = 12;
/// Unpacked bytes for one packed byte. Text packs 10 times, an empty film perhaps 100 times, a bomb 1000 times.
pub const ZIP_RATIO_MAX: u64 = 200;
/// Below this many bytes an entry's ratio is of no interest: a page of one letter is no bomb.
pub const ZIP_RATIO_FROM_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes of the list of files inside a zip.
pub const ZIP_DIRECTORY_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// An exhibition's folder.
#[derive(Clone, Debug)]
pub struct ExhibitionFolder {
    root: PathBuf,
    /// Bytes of every `*.yaml` and `*.yml` by path; a document over its limit is cut one byte past it, so that the
    /// check finds it too large.
    pub documents: BTreeMap<String, Vec<u8>>,
    /// Size in bytes of every other file by path.
    pub files: BTreeMap<String, u64>,
}

/// Why a folder or zip was refused. Every variant is for the person who made it, except `Io`, which is for the
/// operator: nothing is wrong with the exhibition.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The disk failed or is full, or the folder does not exist. Try again after looking at the disk.
    #[error("cannot read or write {path}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// A path that is absolute, has `..`, a backslash or a control character, or is too long or too deep.
    #[error("the path `{path}` is refused: {reason}")]
    Path {
        /// As written, cut when long.
        path: String,
        /// The rule it breaks.
        reason: &'static str,
    },
    /// A symbolic link, socket or device.
    #[error("`{path}` is a link or special file; only plain files and folders are accepted")]
    Special {
        /// Below the folder.
        path: String,
    },
    /// A file name that is not UTF-8. Zips packed by old Windows tools have GBK names.
    #[error("the name `{path}` is not UTF-8")]
    NameEncoding {
        /// With replacement characters.
        path: String,
    },
    /// More files than [`FILES_MAX`].
    #[error("more than {FILES_MAX} files")]
    TooManyFiles,
    /// More bytes than [`FOLDER_BYTES_MAX`], or documents over [`DOCUMENTS_BYTES_MAX`].
    #[error("more than {limit_bytes} bytes{}", if *.documents { " of documents" } else { "" })]
    TooLarge {
        /// The limit reached.
        limit_bytes: u64,
        /// Whether it is the limit of the documents alone.
        documents: bool,
    },
    /// An entry that unpacks to more than [`ZIP_RATIO_MAX`] times its size.
    #[error("`{path}` in the zip unpacks to more than {ZIP_RATIO_MAX} times its size: a bomb")]
    ZipBomb {
        /// Name of the entry.
        path: String,
    },
    /// Not a zip, damaged, encrypted, or packed in a way that is not supported.
    #[error("not a zip that can be unpacked: {reason}")]
    Zip {
        /// In English, from the reader.
        reason: String,
    },
}

impl FolderError {
    /// Stable name, for pages and tests.
    pub fn code(&self) -> &'static str {
        match self {
            FolderError::Io { .. } => "io",
            FolderError::Path { .. } => "path_refused",
            FolderError::Special { .. } => "special_file",
            FolderError::NameEncoding { .. } => "name_encoding",
            FolderError::TooManyFiles => "too_many_files",
            FolderError::TooLarge { .. } => "too_large",
            FolderError::ZipBomb { .. } => "zip_bomb",
            FolderError::Zip { .. } => "zip_invalid",
        }
    }

    /// For the person who made the folder or zip, in both languages.
    pub fn text(&self) -> Text {
        let zh = match self {
            FolderError::Io { path, error } => format!("读写 {} 失败：{error}", path.display()),
            FolderError::Path { path, .. } => {
                format!("路径 `{path}` 不被接受：不能是绝对路径，不能含 ..、反斜杠或控制字符，不能过长或过深")
            }
            FolderError::Special { path } => {
                format!("`{path}` 是链接或特殊文件，只接受普通文件和文件夹")
            }
            FolderError::NameEncoding { path } => {
                format!("文件名 `{path}` 不是 UTF-8；请用较新的压缩工具重新打包，或改用英文文件名")
            }
            FolderError::TooManyFiles => format!("文件超过 {FILES_MAX} 个"),
            FolderError::TooLarge { limit_bytes, documents } => {
                format!("{}超过 {limit_bytes} 字节", if *documents { "文档总量" } else { "文件总量" })
            }
            FolderError::ZipBomb { path } => {
                format!("压缩包里的 `{path}` 解开后超过原大小的 {ZIP_RATIO_MAX} 倍，已拒绝")
            }
            FolderError::Zip { reason } => format!("不是可以解开的 zip（{reason}）"),
        };
        Text { zh, other: [(pingfeng_content::Lang::En, self.to_string())].into() }
    }
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |error| FolderError::Io { path, error }
}

impl ExhibitionFolder {
    /// Reads the folder at `root`, or the only folder inside it when the documents lie one level down, as in most
    /// zips. Hidden files and what macOS and Windows leave behind are passed over.
    pub fn read(root: &Path) -> Result<Self, FolderError> {
        let root = fs::canonicalize(root).map_err(io_at(root))?;
        let root = one_level_down(&root)?;
        let mut folder = Self { root: root.clone(), documents: BTreeMap::new(), files: BTreeMap::new() };
        let mut total_bytes = 0_u64;
        let mut documents_bytes = 0_u64;
        let walk = walkdir::WalkDir::new(&root).follow_links(false).sort_by_file_name().max_depth(PATH_DEPTH_MAX + 1);
        for entry in walk.into_iter().filter_entry(|entry| entry.depth() == 0 || !is_litter(entry.file_name())) {
            let entry = entry.map_err(|error| FolderError::Io {
                path: error.path().unwrap_or(&root).to_owned(),
                error: error.into(),
            })?;
            if entry.depth() == 0 {
                continue;
            }
            let below = entry.path().strip_prefix(&root).unwrap_or(entry.path());
            let Some(below) = below.to_str() else {
                return Err(FolderError::NameEncoding { path: shown(&below.to_string_lossy()) });
            };
            if entry.file_type().is_dir() {
                continue;
            }
            if !entry.file_type().is_file() {
                return Err(FolderError::Special { path: shown(below) });
            }
            check_path(below)?;
            if folder.documents.len() + folder.files.len() >= FILES_MAX {
                return Err(FolderError::TooManyFiles);
            }
            let metadata = entry
                .metadata()
                .map_err(|error| FolderError::Io { path: entry.path().to_owned(), error: error.into() })?;
            total_bytes = total_bytes.saturating_add(metadata.len());
            if total_bytes > FOLDER_BYTES_MAX {
                return Err(FolderError::TooLarge { limit_bytes: FOLDER_BYTES_MAX, documents: false });
            }
            if below.ends_with(".yaml") || below.ends_with(".yml") {
                let mut bytes = Vec::new();
                let file = File::open(entry.path()).map_err(io_at(entry.path()))?;
                file.take(DOCUMENT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(io_at(entry.path()))?;
                documents_bytes += bytes.len() as u64;
                if documents_bytes > DOCUMENTS_BYTES_MAX {
                    return Err(FolderError::TooLarge { limit_bytes: DOCUMENTS_BYTES_MAX, documents: true });
                }
                folder.documents.insert(below.to_owned(), bytes);
            } else {
                folder.files.insert(below.to_owned(), metadata.len());
            }
        }
        Ok(folder)
    }

    /// Where the folder is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a file of [`ExhibitionFolder::files`] is on disk; `None` for a path that is not listed there, so that no
    /// name in a document can lead outside.
    pub fn path_of(&self, file: &str) -> Option<PathBuf> {
        self.files.contains_key(file).then(|| self.root.join(file))
    }

    /// As [`ExhibitionFolder::path_of`], but `None` for an empty file too: that has been reported.
    pub(crate) fn filled_path_of(&self, file: &str) -> Option<PathBuf> {
        self.path_of(file).filter(|_| self.files.get(file).is_some_and(|size_bytes| *size_bytes > 0))
    }
}

fn one_level_down(root: &Path) -> Result<PathBuf, FolderError> {
    let mut only = None;
    for entry in fs::read_dir(root).map_err(io_at(root))? {
        let entry = entry.map_err(io_at(root))?;
        if is_litter(&entry.file_name()) {
            continue;
        }
        let is_dir = entry.file_type().map_err(io_at(root))?.is_dir();
        if !is_dir || only.is_some() {
            return Ok(root.to_owned());
        }
        only = Some(entry.path());
    }
    Ok(only.unwrap_or_else(|| root.to_owned()))
}

/// What file managers, version control and packers leave behind.
fn is_litter(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.') || name == "__MACOSX" || name == "Thumbs.db" || name == "desktop.ini" || name.ends_with('~')
}

fn shown(path: &str) -> String {
    path.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(120).collect()
}

fn check_path(path: &str) -> Result<(), FolderError> {
    let refuse = |reason| Err(FolderError::Path { path: shown(path), reason });
    if path.len() > PATH_BYTES_MAX {
        return refuse("too long");
    }
    if path.starts_with('/') || path.chars().nth(1) == Some(':') {
        return refuse("it is absolute");
    }
    if path.contains('\\') {
        return refuse("it has a backslash; folders are separated by `/`");
    }
    if path.chars().any(char::is_control) {
        return refuse("it has a control character");
    }
    let steps = path.strip_suffix('/').unwrap_or(path).split('/');
    if steps.clone().count() > PATH_DEPTH_MAX {
        return refuse("too many folders inside each other");
    }
    for step in steps {
        match step {
            ".." => return refuse("it leaves the folder with `..`"),
            "" | "." => return refuse("it has an empty part"),
            _ => {}
        }
    }
    Ok(())
}

/// Unpacks a zip into `into`, an empty folder that the caller made and removes again when this fails. Bytes are counted
/// while they are unpacked: what the zip claims about sizes is not believed.
pub fn unpack_zip(zip: impl Read + Seek, into: &Path) -> Result<(), FolderError> {
    unpack_zip_bounded(zip, into, FOLDER_BYTES_MAX)
}

fn unpack_zip_bounded(zip: impl Read + Seek, into: &Path, total_bytes_max: u64) -> Result<(), FolderError> {
    let invalid = |error: zip::result::ZipError| FolderError::Zip { reason: error.to_string() };
    let left_bytes = Rc::new(Cell::new(Some(ZIP_DIRECTORY_BYTES_MAX)));
    let mut archive = ZipArchive::new(Metered { inner: zip, left_bytes: left_bytes.clone() }).map_err(invalid)?;
    // The list of files has been read; entries are counted one by one below.
    left_bytes.set(None);
    if archive.len() > FILES_MAX {
        return Err(FolderError::TooManyFiles);
    }
    if archive.has_duplicate_names() {
        return Err(FolderError::Zip { reason: "two entries have the same name".into() });
    }
    if archive.has_overlapping_files().map_err(invalid)? {
        return Err(FolderError::Zip { reason: "entries overlap".into() });
    }
    let mut total_bytes = 0_u64;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(invalid)?;
        let name = match std::str::from_utf8(entry.name_raw()) {
            Ok(name) => name.to_owned(),
            Err(_) => {
                return Err(FolderError::NameEncoding { path: shown(&String::from_utf8_lossy(entry.name_raw())) });
            }
        };
        check_path(&name)?;
        if entry.is_symlink() {
            return Err(FolderError::Special { path: shown(&name) });
        }
        let path = into.join(&name);
        if entry.is_dir() {
            fs::create_dir_all(&path).map_err(io_at(&path))?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io_at(parent))?;
        }
        let packed_bytes = entry.compressed_size();
        let mut file = File::create_new(&path).map_err(io_at(&path))?;
        let mut buffer = vec![0; 128 * 1024];
        let mut entry_bytes = 0_u64;
        loop {
            let read = entry
                .read(&mut buffer)
                .map_err(|error| FolderError::Zip { reason: format!("`{}`: {error}", shown(&name)) })?;
            if read == 0 {
                break;
            }
            entry_bytes += read as u64;
            total_bytes += read as u64;
            if total_bytes > total_bytes_max {
                return Err(FolderError::TooLarge { limit_bytes: total_bytes_max, documents: false });
            }
            if entry_bytes > ZIP_RATIO_FROM_BYTES && entry_bytes / ZIP_RATIO_MAX > packed_bytes {
                return Err(FolderError::ZipBomb { path: shown(&name) });
            }
            file.write_all(&buffer[..read]).map_err(io_at(&path))?;
        }
    }
    Ok(())
}

/// A reader that gives up after so many bytes, so that a zip whose list of files is larger than all its files cannot
/// fill the memory. `None` turns the meter off.
struct Metered<R> {
    inner: R,
    left_bytes: Rc<Cell<Option<u64>>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if let Some(left) = self.left_bytes.get() {
            let left =
                left.checked_sub(read as u64).ok_or_else(|| io::Error::other("the list of files is too long"))?;
            self.left_bytes.set(Some(left));
        }
        Ok(read)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
