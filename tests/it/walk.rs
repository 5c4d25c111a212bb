//! A scripted visitor: a case of `tests/corpus/visits`.

use std::{fs, path::Path};

use bevy::math::UVec2;
use pingfeng::{Offscreen, input::RecordedStep};
use serde::Deserialize;

use crate::screen;

/// `case.toml`, and the touches beside it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Walk {
    #[serde(default = "paper")]
    exhibition: String,
    /// Real pixels, `1080x1920`.
    pub(crate) size: String,
    /// How long the case runs.
    pub(crate) seconds: f32,
    /// First scene, where it is not the attract loop.
    scene: Option<String>,
    /// Diagonal of the panel, inches.
    diagonal_in: Option<f32>,
    /// Pictures, in order of time.
    #[serde(default)]
    pub(crate) pictures: Vec<Shot>,
    #[serde(skip)]
    input: Vec<RecordedStep>,
}

/// A picture that a case asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shot {
    pub(crate) at_s: f32,
    pub(crate) name: String,
}

fn paper() -> String {
    "paper".into()
}

impl Walk {
    pub(crate) fn read(folder: &Path) -> Self {
        let wrong = |error: &dyn std::fmt::Display| -> ! { panic!("{}: {error}", folder.display()) };
        let text = fs::read_to_string(folder.join("case.toml")).unwrap_or_else(|error| wrong(&error));
        let case: Self = toml::from_str(&text).unwrap_or_else(|error| wrong(&error));
        let input = fs::read(folder.join("input.json")).unwrap_or_else(|error| wrong(&error));
        Self { input: serde_json::from_slice(&input).unwrap_or_else(|error| wrong(&error)), ..case }
    }

    /// A screen of `size` with the case before it.
    pub(crate) fn start(&self, size: UVec2) -> Offscreen {
        let mut options = screen::options(screen::exhibition(&self.exhibition));
        options.scene = self.scene.as_deref().map(Into::into);
        options.panel.diagonal_in = self.diagonal_in;
        screen::start(options, size, self.input.clone())
    }
}
