//! One visitor: language, text size, sound. Wiped when the visit ends; nothing of it is ever written to the disk.

use bevy::prelude::*;
use pingfeng_content::model::Lang;

use crate::{phase::Phase, stage::Exhibition};

/// What the present visitor has chosen. Changing it builds every page again.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Visit {
    /// Language.
    pub lang: Lang,
    /// 1.0, 1.3 or 1.6.
    pub text_scale: f32,
    /// Whether sound is wanted.
    pub sound: bool,
}

impl Default for Visit {
    fn default() -> Self {
        Self { lang: Lang::default(), text_scale: 1.0, sound: true }
    }
}

/// Where the shuffles of a visit begin. `main` seeds it from the clock, tests from a number.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisitSeed(pub u64);

/// What a visit begins with; set by `--lang` and `--text-scale`.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct VisitDefaults {
    /// Else the first language of the exhibition.
    pub lang: Option<Lang>,
    /// Else 1.0.
    pub text_scale: Option<f32>,
    /// True where the screen is to be silent.
    pub silent: bool,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Visit>()
        .init_resource::<VisitDefaults>()
        .insert_resource(VisitSeed(1))
        .add_systems(OnEnter(Phase::Loading), begin_afresh)
        .add_systems(OnEnter(Phase::Attract), begin_afresh)
        .add_systems(OnEnter(Phase::Visit), next_seed);
}

/// Nothing of a visitor is left for the next one.
pub(crate) fn begin_afresh(mut visit: ResMut<Visit>, defaults: Res<VisitDefaults>, exhibition: Res<Exhibition>) {
    let languages = &exhibition.compiled.exhibition.languages;
    visit.set_if_neq(Visit {
        lang: defaults.lang.or(languages.first().copied()).unwrap_or_default(),
        text_scale: defaults.text_scale.unwrap_or(1.0),
        sound: !defaults.silent,
    });
}

fn next_seed(mut seed: ResMut<VisitSeed>) {
    // An odd multiplier visits every value before one returns.
    seed.0 = seed.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
}
