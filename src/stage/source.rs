//! What is shown, and where its files lie.

use std::{
    collections::BTreeMap,
    fs,
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
};

use bevy::prelude::*;
use pingfeng_content::model::{Compiled, Exhibition as Manifesto, Lang, Text, ThemeName};
use pingfeng_release::{EXHIBITION_FILE, PICTURES_FILE, PictureIndex};
use pingfeng_wire::payload::{Origin, ReleaseRef};

/// The exhibition on the glass. Cheap to clone; replaced as a whole.
#[derive(Resource, Clone, Debug)]
pub struct Exhibition(Arc<ExhibitionContents>);

/// See [`Exhibition`].
#[derive(Clone, Debug)]
pub struct ExhibitionContents {
    /// Documents.
    pub compiled: Compiled,
    /// Prepared pictures.
    pub pictures: PictureIndex,
    /// Where files lie.
    pub files: Files,
    /// Where it comes from.
    pub origin: Origin,
    /// The release, where it is one.
    pub release: Option<ReleaseRef>,
}

impl Deref for Exhibition {
    type Target = ExhibitionContents;
    fn deref(&self) -> &ExhibitionContents {
        &self.0
    }
}

impl Exhibition {
    /// An exhibition from its parts.
    pub fn new(contents: ExhibitionContents) -> Self {
        Self(Arc::new(contents))
    }

    /// True if `other` is the very same, not only equal.
    pub fn is(&self, other: &Exhibition) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The built-in page, for a device that has nothing else.
    pub fn fallback() -> Self {
        let exhibition = Manifesto {
            format: 1,
            id: "fallback".into(),
            title: Text::default(),
            subtitle: Text::default(),
            seal: String::new(),
            languages: vec![Lang::ZhCn],
            theme: ThemeName::Zhusha,
            attract: "".into(),
            home: "".into(),
            schedule: Vec::new(),
        };
        Self::new(ExhibitionContents {
            compiled: Compiled {
                exhibition,
                sources: BTreeMap::new(),
                media: BTreeMap::new(),
                scenes: BTreeMap::new(),
                banks: BTreeMap::new(),
            },
            pictures: PictureIndex::default(),
            files: Files::Folder(PathBuf::new()),
            origin: Origin::Fallback,
            release: None,
        })
    }

    /// Opens the files of a release that lie in `files`.
    ///
    /// # Errors
    /// When a document is missing or is not what a release carries; the caller falls back to what it had.
    pub fn open(files: Files, origin: Origin, release: Option<ReleaseRef>) -> Result<Self, OpenError> {
        let compiled: Compiled = read_json(&files, EXHIBITION_FILE)?;
        let pictures = read_json(&files, PICTURES_FILE)?;
        for scene in [&compiled.exhibition.attract, &compiled.exhibition.home] {
            if !compiled.scenes.contains_key(scene) {
                return Err(OpenError::NoScene(scene.to_string()));
            }
        }
        Ok(Self::new(ExhibitionContents { compiled, pictures, files, origin, release }))
    }
}

/// Where the files of a release lie.
#[derive(Clone, Debug)]
pub enum Files {
    /// By their paths below a folder.
    Folder(PathBuf),
    /// As blobs of the device store: path in the release to path on the disk.
    Blobs(BTreeMap<String, PathBuf>),
}

impl Files {
    /// Where a file of the release lies. It may be missing.
    pub fn path_of(&self, file: &str) -> Option<PathBuf> {
        match self {
            Files::Folder(root) => Some(root.join(file)),
            Files::Blobs(blobs) => blobs.get(file).cloned(),
        }
    }
}

/// Why an exhibition cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file is not there or cannot be read.
    #[error("{file}: {error}")]
    Read {
        /// Path in the release.
        file: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{file}: {error}")]
    Parse {
        /// Path in the release.
        file: String,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// The attract or home scene is missing.
    #[error("there is no scene `{0}`")]
    NoScene(String),
}

fn read_json<T: serde::de::DeserializeOwned>(files: &Files, file: &str) -> Result<T, OpenError> {
    let path = files.path_of(file).unwrap_or_else(|| PathBuf::from(file));
    let bytes = fs::read(Path::new(&path)).map_err(|error| OpenError::Read { file: file.into(), error })?;
    serde_json::from_slice(&bytes).map_err(|error| OpenError::Parse { file: file.into(), error })
}
