//! A folder becomes a release: checked, pictures prepared, every file a blob named by its hash, and a manifest that
//! lists them. The same folder, version and time give the same bytes.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use pingfeng_content::{Compilation, Compiled, Findings, Media, MediaId, compile};
use serde::{Deserialize, Serialize};

use crate::{
    BlobHash, BlobSink, DirSink, EXHIBITION_FILE, FileEntry, Manifest, PICTURES_FILE, PictureIndex, PreparedLayer,
    PreparedPicture, PreparedSize,
    chunk::{self, Grain, Tree},
    folder::{ExhibitionFolder, FolderError},
    prepare::{Cache, KeptPicture, KeptSize, PictureError, prepare_pictures, replace_file},
    probe,
    sink::Hashed,
    store::{OpenRelease, TIME_MS_MAX},
};

/// How far a build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildStep {
    /// Documents are being read and checked.
    Check,
    /// Pictures are being prepared.
    Pictures,
    /// Blobs are being hashed and stored.
    Blobs,
}

impl BuildStep {
    /// As it stands in a job: `check`, `pictures`, `blobs`.
    pub fn word(self) -> &'static str {
        match self {
            BuildStep::Check => "check",
            BuildStep::Pictures => "pictures",
            BuildStep::Blobs => "blobs",
        }
    }
}

/// Hears how far a build is: step, done, total. Called from several threads; must return at once.
pub type Progress<'a> = &'a (dyn Fn(BuildStep, usize, usize) + Sync);

/// Why no release was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The exhibition has errors; they are in the findings. Show them to the editor.
    #[error("the exhibition has {} errors", .0.count(pingfeng_content::Severity::Error))]
    Findings(Findings),
    /// The folder was refused. Show it to the editor.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A file went away or changed while it was read, or the disk failed. Try again.
    #[error("cannot read or write {path}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> BuildError {
    let path = path.to_owned();
    move |error| BuildError::Io { path, error }
}

/// A folder that has been looked into completely: documents, pictures, films, captions and sounds.
#[derive(Debug)]
pub struct Checked {
    /// Documents, with the exhibition if there is no error anywhere.
    pub compiled: Option<Compiled>,
    /// Everything that was found.
    pub findings: Findings,
    pictures: BTreeMap<MediaId, KeptPicture>,
}

/// Looks into everything and prepares the pictures. This is what "validate" means.
pub fn check(folder: &ExhibitionFolder, cache: &Cache, progress: Progress) -> Result<Checked, BuildError> {
    progress(BuildStep::Check, 0, 1);
    let mut compilation: Compilation = compile(&folder.documents, &folder.files);
    let mut findings = std::mem::take(&mut compilation.findings);
    probe::probe_media(folder, &compilation, &mut findings).map_err(|(path, error)| BuildError::Io { path, error })?;
    progress(BuildStep::Check, 1, 1);
    let pictures = prepare_pictures(folder, &compilation, cache, &mut findings, &|done, total| {
        progress(BuildStep::Pictures, done, total);
    })
    .map_err(|error| match error {
        PictureError::Io { path, error } => BuildError::Io { path, error },
        error => BuildError::Io { path: folder.root().to_owned(), error: io::Error::other(error) },
    })?;
    findings.settle();
    let compiled = if findings.has_errors() { None } else { compilation.compiled };
    Ok(Checked { compiled, findings, pictures })
}

/// What is written into the manifest.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Version that only rises.
    pub version: u64,
    /// Milliseconds since 1970.
    pub created_at_ms: u64,
}

/// A release that is complete in its sink.
#[derive(Clone, Debug)]
pub struct Built {
    /// BLAKE3 of `manifest_bytes`: the name of the release. The manifest is in the sink as the blob of that name.
    pub id: BlobHash,
    /// What it consists of.
    pub manifest: Manifest,
    /// The manifest as it travels.
    pub manifest_bytes: Vec<u8>,
    /// Warnings and notes; no errors.
    pub findings: Findings,
}

/// Checks `folder` and builds a release of it into `sink`. Only blobs that the sink does not have are sent; the
/// manifest goes last.
pub fn build(
    folder: &ExhibitionFolder,
    stamp: Stamp,
    cache: &Cache,
    sink: &mut dyn BlobSink,
    progress: Progress,
) -> Result<Built, BuildError> {
    let checked = check(folder, cache, progress)?;
    let Some(compiled) = checked.compiled else {
        return Err(BuildError::Findings(checked.findings));
    };
    let mut files = Files { list: BTreeMap::new() };

    let index = picture_index(&checked.pictures, cache, &mut files);
    let mut hashes = FileHashes::read(cache, stamp.created_at_ms);
    let authored = authored_files(&compiled);
    for (done, file) in authored.iter().enumerate() {
        progress(BuildStep::Blobs, done, authored.len());
        // The check has found every file that a media entry names; nothing else may be opened.
        let Some(path) = folder.path_of(file) else {
            return Err(BuildError::Io { path: file.into(), error: io::ErrorKind::NotFound.into() });
        };
        let entry = hashes.entry(&path, Grain::of(file)).map_err(io_at(&path))?;
        files.list.insert(file.clone(), (entry, Origin::Disk(path)));
    }
    // A screen's own folder, version 0, is delivered to nobody.
    for (name, (entry, origin)) in files.list.iter_mut().filter(|_| stamp.version > 0) {
        if let (None, Origin::Disk(path)) = (entry.tree, origin) {
            entry.tree = hashes.entry(path, Grain::of(name)).map_err(io_at(path))?.tree;
        }
    }
    hashes.write(cache).map_err(io_at(cache.root()))?;
    for (name, bytes) in [(EXHIBITION_FILE, serde_json::to_vec(&compiled)), (PICTURES_FILE, serde_json::to_vec(&index))]
    {
        let bytes = bytes.map_err(|error| BuildError::Io { path: name.into(), error: error.into() })?;
        files.memory(name, bytes);
    }

    let listed = files.list.iter().map(|(path, (entry, _))| (path.clone(), entry.clone())).collect();
    let mut manifest = Manifest::of(&compiled.exhibition.id, stamp.version, stamp.created_at_ms, listed);
    manifest.budget = manifest.budget.with_pictures(&index);
    apply_terms(&compiled, &mut manifest);
    let manifest_bytes = manifest.canonical_bytes();
    let id = BlobHash::of(&manifest_bytes);
    let total = files.list.len() + 1;
    for (done, (name, (entry, origin))) in files.list.into_iter().enumerate() {
        progress(BuildStep::Blobs, done, total);
        let name = Path::new(&name);
        if sink.contains(&entry.blob, entry.size_bytes).map_err(io_at(name))? {
            continue;
        }
        match origin {
            Origin::Memory(bytes) => sink.put(&entry.blob, entry.size_bytes, &mut bytes.as_slice()),
            Origin::Disk(path) => {
                File::open(path).and_then(|mut file| sink.put(&entry.blob, entry.size_bytes, &mut file))
            }
        }
        .map_err(io_at(name))?;
    }
    // The manifest goes last: where it is, everything it lists is.
    sink.finish().map_err(io_at(Path::new("blobs")))?;
    let size_bytes = manifest_bytes.len() as u64;
    if !sink.contains(&id, size_bytes).map_err(io_at(Path::new("manifest")))? {
        sink.put(&id, size_bytes, &mut manifest_bytes.as_slice()).map_err(io_at(Path::new("manifest")))?;
        sink.finish().map_err(io_at(Path::new("manifest")))?;
    }
    progress(BuildStep::Blobs, total, total);
    Ok(Built { id, manifest, manifest_bytes, findings: checked.findings })
}

/// Builds the exhibition in `folder` into `cache` and opens it there, as a screen opens a release of its store: for a
/// device without a hub, for `render`, and for authors. Version and time are 0.
pub fn open_folder_for_screen(folder: &Path, cache: &Cache) -> Result<(OpenRelease, Findings), BuildError> {
    let folder = ExhibitionFolder::read(folder)?;
    let mut sink = DirSink::new(cache.blobs());
    let stamp = Stamp { version: 0, created_at_ms: 0 };
    let built = build(&folder, stamp, cache, &mut sink, &|_, _, _| {})?;
    Ok((OpenRelease::over(&cache.blobs(), built.id, built.manifest), built.findings))
}

/// Writes into the manifest what the documents say about who may show the release, and until when.
fn apply_terms(compiled: &Compiled, manifest: &mut Manifest) {
    let terms = &compiled.exhibition.release;
    if let Some(class) = &terms.class {
        manifest.class.clone_from(class);
    }
    manifest.expires_at_ms = terms.expires.as_deref().map(end_of_day_ms);
    manifest.groups = terms.audience.iter().cloned().collect();
    let until = |media: &Media| media.common().licence_until.as_deref().map(end_of_day_ms);
    let rights = compiled.media.iter().filter_map(|(id, media)| Some((id.0.clone(), until(media)?)));
    manifest.rights = rights.collect();
}

/// The first millisecond after a day in China, whose halls have one time. The check has found the days to be days; what
/// no calendar reaches counts as no end, and what lies before 1970 as ended.
fn end_of_day_ms(day: &str) -> u64 {
    let next: Result<jiff::civil::Date, _> = day.parse().and_then(|day: jiff::civil::Date| day.tomorrow());
    let china = jiff::tz::Offset::constant(8);
    let midnight = next.and_then(|next| china.to_timestamp(next.at(0, 0, 0, 0)));
    midnight.map_or(TIME_MS_MAX, |midnight| u64::try_from(midnight.as_millisecond()).unwrap_or(0))
}

struct Files {
    list: BTreeMap<String, (FileEntry, Origin)>,
}

enum Origin {
    Memory(Vec<u8>),
    Disk(PathBuf),
}

impl Files {
    fn memory(&mut self, name: &str, bytes: Vec<u8>) {
        let entry = FileEntry::of(name, &bytes);
        self.list.insert(name.to_owned(), (entry, Origin::Memory(bytes)));
    }

    fn kept(&mut self, name: String, size: &KeptSize, cache: &Cache) -> PreparedSize {
        let entry = FileEntry { blob: size.blob.clone(), size_bytes: size.size_bytes, tree: None };
        self.list.insert(name.clone(), (entry, Origin::Disk(cache.blob_path(&size.blob))));
        PreparedSize { file: name, width_px: size.width_px, height_px: size.height_px }
    }
}

fn picture_index(pictures: &BTreeMap<MediaId, KeptPicture>, cache: &Cache, files: &mut Files) -> PictureIndex {
    let mut index = PictureIndex::default();
    for (id, kept) in pictures {
        let sizes = kept
            .sizes
            .iter()
            .map(|size| files.kept(format!("pictures/{id}/{}.{}", size.width_px, size.extension), size, cache))
            .collect();
        let layers = kept
            .layers
            .iter()
            .enumerate()
            .map(|(depth, layer)| PreparedLayer {
                name: layer.name.clone(),
                rect: layer.rect,
                sizes: layer
                    .sizes
                    .iter()
                    .enumerate()
                    // Names of groups may be anything; numbers make safe file names.
                    .map(|(step, size)| {
                        files.kept(format!("pictures/{id}/layer-{depth}-{step}.{}", size.extension), size, cache)
                    })
                    .collect(),
            })
            .collect();
        index.pictures.insert(id.0.clone(), PreparedPicture { size_px: kept.size_px, sizes, layers });
    }
    index
}

/// Files that go into the release as they are: films, captions, sounds.
fn authored_files(compiled: &Compiled) -> Vec<String> {
    let mut files = Vec::new();
    for media in compiled.media.values() {
        match media {
            Media::Picture(_) => {}
            Media::Film(film) => {
                files.push(film.common.file.clone());
                files.extend(film.captions.values().cloned());
            }
            Media::Sound(sound) => files.push(sound.common.file.clone()),
        }
    }
    files.sort();
    files.dedup();
    files
}

/// Hashes of large files by path, size and time of change, so that a film is not read again for a changed comma.
#[derive(Default, Serialize, Deserialize)]
struct FileHashes {
    /// How the trees were cut.
    #[serde(default)]
    rules: String,
    known: BTreeMap<PathBuf, KnownHash>,
    #[serde(skip)]
    now_ms: u64,
    #[serde(skip)]
    changed: bool,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct KnownHash {
    size_bytes: u64,
    modified_ns: u64,
    blob: BlobHash,
    tree: Tree,
}

/// A file changed less than this before the build may change again within one tick of its clock: not remembered.
const SETTLED_AFTER_MS: u64 = 2_000;
/// Hashes remembered; when there are more, all are forgotten.
const HASHES_MAX: usize = 5_000;

impl FileHashes {
    fn path(cache: &Cache) -> PathBuf {
        cache.root().join("hashes.json")
    }

    fn read(cache: &Cache, now_ms: u64) -> Self {
        let read: Option<Self> =
            std::fs::read(Self::path(cache)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let rules = chunk::rules();
        let kept = read.filter(|kept| kept.rules == rules).unwrap_or_default();
        Self { rules, now_ms, changed: false, ..kept }
    }

    fn entry(&mut self, path: &Path, grain: Grain) -> io::Result<FileEntry> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let size_bytes = metadata.len();
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let modified_ns = u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX);
        if let Some(known) = self.known.get(path)
            && (known.size_bytes, known.modified_ns) == (size_bytes, modified_ns)
        {
            return Ok(FileEntry { blob: known.blob.clone(), size_bytes, tree: Some(known.tree) });
        }
        let mut file = Hashed::new(BufReader::new(file));
        let tree = chunk::cut(&mut file, grain, &mut |_| Ok(()))?;
        let (blob, read_bytes) = file.finish();
        if self.now_ms == 0 || modified_ns / 1_000_000 + SETTLED_AFTER_MS < self.now_ms {
            self.known.insert(path.to_owned(), KnownHash { size_bytes, modified_ns, blob: blob.clone(), tree });
            self.changed = true;
        }
        Ok(FileEntry { blob, size_bytes: read_bytes, tree: Some(tree) })
    }

    fn write(mut self, cache: &Cache) -> io::Result<()> {
        if !self.changed {
            return Ok(());
        }
        if self.known.len() > HASHES_MAX {
            self.known.clear();
        }
        replace_file(&Self::path(cache), &serde_json::to_vec(&self)?)
    }
}
