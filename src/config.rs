//! `device.toml`: what an operator sets. Unknown keys are errors. `kiosk-config/device.toml` explains each.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pingfeng_content::model::{Lang, ThemeName};
use pingfeng_release::trust::Accept;
use serde::Deserialize;

/// How a device is set up.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of what the device keeps: store, outbox, identity, prepared pictures.
    pub state: PathBuf,
    /// Folder of an exhibition that is shown while the store has no release.
    pub exhibition: Option<PathBuf>,
    /// Whom this device believes while it knows no root.
    pub accept: Accept,
    /// Sticks.
    pub import: ImportFrom,
    /// Wins over the exhibition's theme.
    pub theme: Option<ThemeName>,
    /// Wins over the exhibition's first language.
    pub language: Option<Lang>,
    /// How much moves.
    pub motion: MotionChoice,
    /// The display.
    pub display: Display,
    /// Scanners and card readers.
    pub scanner: Scanner,
}

/// See `motion`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MotionChoice {
    /// Full where a graphics processor draws, reduced where the processor does.
    #[default]
    Auto,
    /// Layers drift, pages slide.
    Full,
    /// Pages fade, nothing else.
    Reduced,
}

/// See `[display]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Display {
    /// Diagonal of the panel, inches; 5 to 150. Small targets then answer a finger within 15 mm, and `lift` has a default.
    pub diagonal_in: Option<f32>,
    /// Logical px by which the foot bar rises on tall panels, so that it stays 380 mm above the floor; 0 to 600.
    pub lift: Option<f32>,
    /// `[width, height]` of a window; absent: the whole display.
    pub windowed: Option<[u32; 2]>,
}

/// See `[scanner]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scanner {
    /// Device files that are read as scanners, and by nothing else.
    pub devices: Vec<PathBuf>,
}

/// See `[import]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImportFrom {
    /// Folders below which sticks appear.
    pub folders: Vec<PathBuf>,
}

impl Default for ImportFrom {
    fn default() -> Self {
        Self { folders: ["/media", "/run/media"].map(PathBuf::from).into() }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            state: PathBuf::from("/var/lib/pingfeng"),
            exhibition: None,
            accept: Accept::default(),
            import: ImportFrom::default(),
            theme: None,
            language: None,
            motion: MotionChoice::default(),
            display: Display::default(),
            scanner: Scanner::default(),
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is wrong; the message has the line.
    #[error("{}: {source}", .path.display())]
    Parse {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: toml::de::Error,
    },
    /// A number that cannot be meant.
    #[error("{}: `{key}` is {value}; it goes from {least} to {most}", .path.display())]
    Range {
        /// Which file.
        path: PathBuf,
        /// Which key.
        key: &'static str,
        /// What it is.
        value: f32,
        /// The least it can be.
        least: f32,
        /// The most it can be.
        most: f32,
    },
}

impl Config {
    /// Reads a configuration. Paths in it are taken from the file's own folder.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.into(), source })?;
        let mut config: Self = toml::from_str(&text).map_err(|source| ConfigError::Parse { path: path.into(), source })?;
        let base = path.parent().unwrap_or(Path::new(""));
        config.state = base.join(&config.state);
        config.exhibition = config.exhibition.map(|folder| base.join(folder));
        let within = |key: &'static str, value: Option<f32>, least: f32, most: f32| match value {
            Some(value) if !(least..=most).contains(&value) => {
                Err(ConfigError::Range { path: path.into(), key, value, least, most })
            }
            _ => Ok(()),
        };
        within("display.diagonal_in", config.display.diagonal_in, 5.0, 150.0)?;
        within("display.lift", config.display.lift, 0.0, 600.0)?;
        Ok(config)
    }

    /// The device store.
    pub fn store(&self) -> PathBuf {
        self.state.join("store")
    }

    /// Records on their way to the hub.
    pub fn outbox(&self) -> PathBuf {
        self.state.join("outbox.sqlite")
    }

    /// Who the device is.
    pub fn identity(&self) -> PathBuf {
        self.state.join("identity.json")
    }

    /// Prepared pictures of the folder's exhibition.
    pub fn cache(&self) -> PathBuf {
        self.state.join("cache")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_configuration_loads_and_says_what_the_program_assumes() {
        let config = Config::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/kiosk-config/device.toml"))).unwrap();
        assert_eq!(config.state, Config::default().state);
        assert_eq!(config.motion, MotionChoice::Auto);
        assert_eq!(config.import.folders, ImportFrom::default().folders);
        assert_eq!(config.accept, Accept::Signed, "a device that is only unpacked believes nobody");
    }

    #[test]
    fn whom_to_believe_is_one_of_two_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device.toml");
        let with = |accept: &str| {
            let text = format!("accept = \"{accept}\"\n");
            std::fs::File::create(&path).and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes())).unwrap();
            Config::read(&path)
        };
        assert_eq!(with("hub").unwrap().accept, Accept::Hub);
        assert_eq!(with("signed").unwrap().accept, Accept::Signed);
        let error = with("anybody").unwrap_err().to_string();
        assert!(error.contains("`signed`") && error.contains("`hub`"), "{error}");
    }

    #[test]
    fn a_panel_of_no_size_is_an_error_that_says_the_range() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device.toml");
        std::fs::File::create(&path).and_then(|mut file| std::io::Write::write_all(&mut file, b"[display]\ndiagonal_in = 0\n")).unwrap();
        let error = Config::read(&path).unwrap_err().to_string();
        assert!(error.contains("display.diagonal_in") && error.contains("from 5 to 150"), "{error}");
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device.toml");
        std::fs::File::create(&path).and_then(|mut file| std::io::Write::write_all(&mut file, b"state = \"s\"\nthem = \"su\"\n")).unwrap();
        let error = Config::read(&path).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("them"), "{error}");
    }
}
