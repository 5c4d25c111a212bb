//! Everything a page is drawn with, for the present visitor, display and exhibition.

use std::{ops::Deref, sync::Arc};

use bevy::prelude::*;
use pingfeng_content::model::{Lang, MapFrame, SourceId, Text, ThemeName};

use super::{Class, Fonts, Motion, Role, Style, Surface, Tokens, TypeSpec, Words, tokens::ClassTokens};
use crate::{
    ScreenSystems,
    over::Over,
    stage::{Exhibition, Pictures},
    visit::Visit,
};

/// Set by `--theme` and by solemn days; wins over the exhibition's own.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThemeOverride(pub Option<ThemeName>);

/// Everything a page is drawn with. Cheap to clone; replaced as a whole when a part of it changes.
#[derive(Resource, Clone)]
pub struct Kit(Arc<KitContents>);

/// See [`Kit`].
#[derive(Clone)]
pub struct KitContents {
    /// Values of the look.
    pub tokens: Arc<Tokens>,
    /// Colour set.
    pub theme: ThemeName,
    /// The display.
    pub surface: Surface,
    /// The visitor's language.
    pub lang: Lang,
    /// 1.0, 1.3 or 1.6.
    pub text_scale: f32,
    /// Whether there is sound: the visitor wants it, and neither the day nor an emergency forbids it.
    pub sound: bool,
    /// An emergency covers the page: nothing is heard, and nothing moves.
    pub hushed: bool,
    /// How much moves.
    pub motion: Motion,
    /// Words of the interface.
    pub words: Arc<Words>,
    /// Fonts.
    pub fonts: Fonts,
    /// Pictures of the exhibition.
    pub pictures: Pictures,
    /// What is shown.
    pub exhibition: Exhibition,
}

impl Deref for Kit {
    type Target = KitContents;
    fn deref(&self) -> &KitContents {
        &self.0
    }
}

impl Kit {
    /// The same with something changed.
    pub(crate) fn with(&self, change: impl FnOnce(&mut KitContents)) -> Self {
        let mut contents = KitContents::clone(&self.0);
        change(&mut contents);
        Self(Arc::new(contents))
    }
}

impl KitContents {
    /// A colour.
    pub fn colour(&self, role: Role) -> Color {
        self.tokens.palette(self.theme).colour(role)
    }

    /// The theme of what stands on a picture or a map: those are daylight in every theme, and letters of the dark one would be
    /// lost on them.
    pub fn daylight(&self) -> ThemeName {
        if self.theme == ThemeName::Yezhan { ThemeName::Zhusha } else { self.theme }
    }

    /// How a style is set here, with the visitor's text scale. Titles grow by half as much: they are large already.
    pub fn type_spec(&self, style: Style) -> TypeSpec {
        let mut spec = self.tokens.type_spec(self.surface.class, style);
        spec.size *= self.text_factor(style);
        spec
    }

    /// What the visitor's text scale makes of a size of that style: 1 at its usual size.
    pub fn text_factor(&self, style: Style) -> f32 {
        match style {
            Style::Display | Style::Numeral => 1.0,
            Style::H1 | Style::H2 | Style::H3 => 1.0 + (self.text_scale - 1.0) / 2.0,
            _ => self.text_scale,
        }
    }

    /// The smallest size at which anything is set, px.
    pub fn least_px(&self) -> f32 {
        self.tokens.type_spec(self.surface.class, Style::Caption).size
    }

    /// Sizes of this class of display.
    pub fn class(&self) -> &ClassTokens {
        self.tokens.class(self.surface.class)
    }

    /// True for the portrait layout.
    pub fn portrait(&self) -> bool {
        self.surface.class == Class::Portrait
    }

    /// `portrait` on a portrait display, else `landscape`.
    pub fn pick<T>(&self, portrait: T, landscape: T) -> T {
        if self.portrait() { portrait } else { landscape }
    }

    /// Free space left and right of a page, px.
    pub fn margin(&self) -> f32 {
        self.class().margin
    }

    /// By how much the foot bar rises, px: as stated, else what suits a portrait panel of that size.
    pub fn lift(&self) -> f32 {
        let suits = || self.surface.diagonal_in.filter(|_| self.portrait()).map_or(0.0, |inches| self.tokens.lift(inches));
        self.surface.lift.unwrap_or_else(suits)
    }

    /// Upper edge of the foot bar, px from the top.
    pub fn bar_top(&self) -> f32 {
        self.surface.size.y - self.class().bar_height - self.lift()
    }

    /// Words of a document in the visitor's language.
    pub fn text<'a>(&self, text: &'a Text) -> &'a str {
        text.get(self.lang)
    }

    /// A word of the interface.
    pub fn word(&self, key: &str) -> String {
        self.words.get(self.lang, key).to_owned()
    }

    /// A sentence of the interface with `{name}` filled in.
    pub fn word_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        values.iter().fold(self.word(key), |word, (name, value)| word.replace(&format!("{{{name}}}"), value))
    }

    /// What a map must say of itself: the number under which it was approved, else that it is schematic.
    pub fn map_note(&self, map: &MapFrame) -> String {
        match map.approval_no.as_deref().map(str::trim).filter(|number| !number.is_empty()) {
            Some(number) => self.word_with("page.map_approved", &[("number", number)]),
            None => self.word("page.map_notice"),
        }
    }

    /// Titles of sources, as one line: works are parted by a full-width semicolon.
    pub fn sources(&self, sources: &[SourceId]) -> String {
        let titles: Vec<&str> = sources
            .iter()
            .filter_map(|id| self.exhibition.compiled.sources.get(id))
            .map(|source| self.text(&source.title))
            .collect();
        titles.join(if self.lang == Lang::En { "; " } else { "；" })
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PreUpdate, refresh_kit.in_set(ScreenSystems::Kit));
}

/// Replaces the kit when something it is made of has changed.
#[expect(clippy::too_many_arguments, reason = "these are the parts of a kit")]
fn refresh_kit(
    mut commands: Commands,
    mut ui_scale: ResMut<UiScale>,
    kit: Option<Res<Kit>>,
    surface: Res<Surface>,
    exhibition: Res<Exhibition>,
    visit: Res<Visit>,
    theme: Res<ThemeOverride>,
    motion: Res<Motion>,
    fonts: Res<Fonts>,
    pictures: Res<Pictures>,
    over: Res<Over>,
    mut files: Local<Option<(Arc<Tokens>, Arc<Words>)>>,
) -> Result {
    let changed = kit.is_none()
        || surface.is_changed()
        || exhibition.is_changed()
        || visit.is_changed()
        || theme.is_changed()
        || motion.is_changed()
        || over.is_changed() && kit.as_ref().is_some_and(|kit| kit.hushed != over.hides_pages());
    if !changed {
        return Ok(());
    }
    let (tokens, words) = match &*files {
        Some(files) => files.clone(),
        None => files.insert((Arc::new(Tokens::load()?), Arc::new(Words::load()?))).clone(),
    };
    let theme = theme.0.unwrap_or(exhibition.compiled.exhibition.theme);
    let motion = if theme == ThemeName::Su && *motion == Motion::Full { Motion::Reduced } else { *motion };
    ui_scale.0 = surface.scale;
    let kit = KitContents {
        tokens,
        theme,
        surface: *surface,
        lang: visit.lang,
        text_scale: visit.text_scale,
        sound: visit.sound && theme != ThemeName::Su && !over.hides_pages(),
        hushed: over.hides_pages(),
        motion,
        words,
        fonts: fonts.clone(),
        pictures: pictures.clone(),
        exhibition: exhibition.clone(),
    };
    commands.insert_resource(ClearColor(kit.colour(Role::Paper)));
    commands.insert_resource(Kit(Arc::new(kit)));
    Ok(())
}
