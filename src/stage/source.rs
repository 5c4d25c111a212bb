//! What is shown, and where its files lie.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
};

use bevy::prelude::*;
use pingfeng_content::model::{Compiled, Exhibition as Manifesto, Lang, MediaId, Text, ThemeName};
use pingfeng_release::{
    BuildError, Cache, EXHIBITION_FILE, PICTURES_FILE, PictureIndex, PreparedPicture, open_folder_for_screen,
    store::{OpenRelease, ReadError},
};
use pingfeng_wire::Origin;

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
    /// Its files; `None` for the built-in page, which has none.
    pub release: Option<OpenRelease>,
    /// Where it comes from.
    pub origin: Origin,
    /// Media whose rights have ended. They are in the release and are not shown.
    pub withheld: BTreeSet<String>,
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
            release: Default::default(),
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
            release: None,
            origin: Origin::Fallback,
            withheld: BTreeSet::new(),
        })
    }

    /// Opens a release.
    ///
    /// # Errors
    /// When a document is missing, damaged, or not what a release carries; the caller falls back to what it had.
    pub fn open(release: OpenRelease, origin: Origin) -> Result<Self, OpenError> {
        let compiled: Compiled = read_json(&release, EXHIBITION_FILE)?;
        let pictures = read_json(&release, PICTURES_FILE)?;
        for scene in [&compiled.exhibition.attract, &compiled.exhibition.home] {
            if !compiled.scenes.contains_key(scene) {
                return Err(OpenError::NoScene(scene.to_string()));
            }
        }
        let withheld = withheld(&release, super::rights::now_ms());
        Ok(Self::new(ExhibitionContents { compiled, pictures, release: Some(release), origin, withheld }))
    }

    /// The same as it may be shown at another time; `None` when nothing has changed since.
    pub fn as_of(&self, now_ms: u64) -> Option<Self> {
        let withheld = withheld(self.release.as_ref()?, now_ms);
        (withheld != self.withheld).then(|| Self::new(ExhibitionContents { withheld, ..(*self.0).clone() }))
    }

    /// A picture that may be shown.
    pub fn prepared(&self, id: &MediaId) -> Option<&PreparedPicture> {
        self.pictures.pictures.get(id.as_str()).filter(|_| !self.is_withheld(id))
    }

    /// True for a medium whose rights have ended.
    pub fn is_withheld(&self, id: &MediaId) -> bool {
        self.withheld.contains(id.as_str())
    }

    /// Opens a folder of documents as an editor writes them, built into `cache`.
    ///
    /// # Errors
    /// When the folder cannot be built; the findings say where it is wrong.
    pub fn open_folder(folder: &Path, cache: &Path) -> Result<Self, OpenError> {
        let (release, _) = open_folder_for_screen(folder, &Cache::at(cache))?;
        Self::open(release, Origin::Folder)
    }

    /// Where a file lies, for those who open it themselves (films).
    pub fn path_of(&self, file: &str) -> Option<PathBuf> {
        self.release.as_ref()?.path_of(file)
    }
}

/// Why an exhibition cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A file is not there, cannot be read, or is damaged.
    #[error(transparent)]
    Read(#[from] ReadError),
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

fn withheld(release: &OpenRelease, now_ms: u64) -> BTreeSet<String> {
    release.manifest().rights_ended(now_ms).map(str::to_owned).collect()
}

fn read_json<T: serde::de::DeserializeOwned>(release: &OpenRelease, file: &str) -> Result<T, OpenError> {
    serde_json::from_slice(&release.read(file)?).map_err(|error| OpenError::Parse { file: file.into(), error })
}
