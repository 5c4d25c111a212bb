//! `kind: exhibition` – the manifest at the root of the folder – and `kind: sources`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Lang, SceneId, SourceId, Text};

/// `exhibition.yaml`: what the exhibition is called and where a visitor begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exhibition {
    /// Version of the content format. Now 1.
    pub format: u32,
    /// ASCII name of the exhibition, stable over its releases.
    pub id: String,
    /// Shown on attract and home.
    pub title: Text,
    /// One quiet line below the title.
    pub subtitle: Text,
    /// Characters of the seal, read down the right column, then the left: two or four.
    pub seal: String,
    /// Languages that a visitor may choose. The first is the one a visit begins with.
    pub languages: Vec<Lang>,
    /// Theme that a visit begins with.
    pub theme: ThemeName,
    /// The scene shown while nobody touches the screen; of kind `attract`.
    pub attract: SceneId,
    /// The first scene of a visit; of kind `home`.
    pub home: SceneId,
    /// What is shown when. Placeholder: read and checked for shape, not acted on before format 2.
    #[serde(default)]
    pub schedule: Vec<ScheduleRule>,
    /// What holds for its releases.
    #[serde(default, skip_serializing_if = "ReleaseTerms::is_empty")]
    pub release: ReleaseTerms,
}

/// What holds for the releases of an exhibition: who must agree, and where and until when it may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseTerms {
    /// Class of review, one of those in the site's roster; without it, `ordinary`.
    pub class: Option<String>,
    /// The last day on which screens take it up, ISO 8601, in China's time.
    pub expires: Option<String>,
    /// Groups of devices that may show it; none: all.
    #[serde(default)]
    pub audience: Vec<String>,
}

impl ReleaseTerms {
    /// True if nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One of the colour sets in `assets/theme/tokens.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ThemeName {
    /// 朱砂: red and gold on rice paper.
    #[default]
    Zhusha,
    /// 晨光: for bright campus halls.
    Chenguang,
    /// 夜展: for dark rooms and film.
    Yezhan,
    /// 素: for solemn days.
    Su,
}

/// One line of a schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleRule {
    /// The scene to show.
    pub scene: SceneId,
    /// First day, ISO 8601, in the device's zone.
    pub from: Option<String>,
    /// Last day, ISO 8601, in the device's zone.
    pub until: Option<String>,
    /// The higher wins.
    #[serde(default)]
    pub priority: i32,
}

/// `kind: sources`: where statements come from. A scene names them by id; the screen shows `据` and the title.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// Sources by id.
    pub sources: BTreeMap<SourceId, Source>,
}

/// One source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// As it stands on the screen, works in 《》.
    pub title: Text,
    /// Who published it.
    pub publisher: Option<String>,
    /// When it was published, ISO 8601 or a year.
    pub published: Option<String>,
    /// A note for editors; never on the screen.
    pub note: Option<String>,
}

/// A whole exhibition, read and checked: what a release carries as `exhibition.json` and what the screen opens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compiled {
    /// The manifest.
    pub exhibition: Exhibition,
    /// Sources by id.
    pub sources: BTreeMap<SourceId, Source>,
    /// Media by id.
    pub media: BTreeMap<super::MediaId, super::Media>,
    /// Scenes by id.
    pub scenes: BTreeMap<SceneId, super::Scene>,
    /// Banks by id.
    pub banks: BTreeMap<super::BankId, super::Bank>,
}
