//! `kind: media` – pictures, films and sounds, each with its source and rights.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{Lang, MediaId, SourceId, Text};

/// A list of media. An exhibition may have several such documents; ids are unique over all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaList {
    /// Media by id.
    pub media: BTreeMap<MediaId, Media>,
}

/// One picture, film or sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Media {
    /// A still picture: SVG, PNG, JPEG or WebP. Prepared to textures when a release is built.
    Picture(Picture),
    /// A film with sound.
    Film(Film),
    /// A sound: WAV or Ogg Vorbis.
    Sound(Sound),
}

impl Media {
    /// What all media have.
    pub fn common(&self) -> &MediaCommon {
        match self {
            Media::Picture(picture) => &picture.common,
            Media::Film(film) => &film.common,
            Media::Sound(sound) => &sound.common,
        }
    }
}

/// What all media have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MediaCommon {
    /// Path below the exhibition's folder, with `/`.
    pub file: String,
    /// What it shows, for those who cannot see it and for an empty mount when the file is missing.
    pub alt: Text,
    /// Who made it.
    pub credit: Text,
    /// The right to show it: an SPDX id, or words such as `drawn for this project`.
    pub licence: String,
    /// The last day on which it may be shown, ISO 8601, in China's time; none: no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence_until: Option<String>,
    /// What it was made after; may be empty for a free drawing.
    #[serde(default)]
    pub sources: Vec<SourceId>,
    /// Made by a generative model: the label is shown and travels with the file.
    #[serde(default)]
    pub ai_generated: bool,
}

/// A still picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Picture {
    /// What all media have.
    #[serde(flatten)]
    pub common: MediaCommon,
    /// A drawing says that it is a drawing.
    #[serde(default)]
    pub drawing: bool,
    /// The point that stays in view when the picture is cropped: x and y, 0 to 1 from the top left.
    #[serde(default = "centre")]
    pub focus: [f32; 2],
    /// SVG only: its root groups are kept as separate layers, far to near, which drift apart in the attract loop.
    #[serde(default)]
    pub layers: bool,
    /// Named regions for hotspot questions, in parts of the picture's width and height.
    #[serde(default)]
    pub regions: BTreeMap<String, Region>,
    /// Set for a map: how longitude and latitude fall on the picture, and which boundaries it shows.
    pub map: Option<MapFrame>,
}

fn centre() -> [f32; 2] {
    [0.5, 0.5]
}

/// A region of a picture. x and width in parts of the width, y and height in parts of the height, radius in parts of
/// the width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// `[x, y, width, height]`.
    Rect([f32; 4]),
    /// `[centre x, centre y, radius]`.
    Circle([f32; 3]),
}

/// An equirectangular map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MapFrame {
    /// Longitude of the left and right edge, degrees east.
    pub lon: [f64; 2],
    /// Latitude of the bottom and top edge, degrees north.
    pub lat: [f64; 2],
    /// True for a map that shows boundaries of states or provinces. Such a map needs a number of approval.
    #[serde(default)]
    pub boundaries: bool,
    /// The number under which the map was approved for publication, 审图号, shown beside it.
    pub approval_no: Option<String>,
}

impl MapFrame {
    /// True if there is such a part of the world.
    pub fn is_possible(&self) -> bool {
        let ([west, east], [south, north]) = (self.lon, self.lat);
        -180.0 <= west && west < east && east <= 180.0 && -90.0 < south && south < north && north < 90.0
    }
}

/// A film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Film {
    /// What all media have.
    #[serde(flatten)]
    pub common: MediaCommon,
    /// Shown before the first frame and when the film cannot play.
    pub poster: MediaId,
    /// WebVTT files by language.
    #[serde(default)]
    #[schemars(schema_with = "by_language")]
    pub captions: BTreeMap<Lang, String>,
}

fn by_language(_: &mut SchemaGenerator) -> Schema {
    let languages: serde_json::Map<_, _> =
        Lang::ALL.iter().map(|lang| (lang.tag().to_owned(), serde_json::json!({ "type": "string" }))).collect();
    json_schema!({ "type": "object", "properties": languages, "additionalProperties": false, "default": {} })
}

/// A sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sound {
    /// What all media have.
    #[serde(flatten)]
    pub common: MediaCommon,
}
