//! `assets/theme/tokens.toml`, read once at start. The file is part of the program, so a wrong one fails the tests.

use std::collections::BTreeMap;

use bevy::prelude::*;
use pingfeng_content::model::ThemeName;
use serde::Deserialize;

use super::{Class, Face};

const TOKENS_TOML: &str = include_str!("../../assets/theme/tokens.toml");

macro_rules! palette {
    ($($(#[$doc:meta])* $role:ident = $field:ident),* $(,)?) => {
        /// What a colour is for. A scene names a role, never a colour.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Role { $($(#[$doc])* $role),* }

        /// One colour set.
        #[derive(Clone, Debug, Deserialize)]
        pub struct Palette {
            /// As an operator reads it.
            pub name: String,
            $($field: HexColour),*
        }

        impl Palette {
            /// The colour of a role.
            pub fn colour(&self, role: Role) -> Color {
                match role { $(Role::$role => self.$field.0),* }
            }

            #[cfg(test)]
            fn named(&self, name: &str) -> Option<Color> {
                match name { $(stringify!($field) => Some(self.$field.0),)* _ => None }
            }
        }
    };
}

palette! {
    /// The ground of a page.
    Paper = paper,
    /// A second ground: the foot bar, the gallery.
    Paper2 = paper_2,
    /// A sheet that lies on the paper.
    Sheet = sheet,
    /// Separates; never a control.
    Line = line,
    /// Edges of controls.
    LineStrong = line_strong,
    /// Running text and titles.
    Ink = ink,
    /// Quiet text.
    Ink2 = ink_2,
    /// The label of what cannot be pressed.
    InkOff = ink_off,
    /// The one main action, the chosen point.
    Accent = accent,
    /// Text on accent.
    OnAccent = on_accent,
    /// The accent as text: the year.
    AccentText = accent_text,
    /// Deep sheets and the lower edge of main buttons.
    Deep = deep,
    /// Text on deep.
    OnDeep = on_deep,
    /// Source lines on deep.
    OnDeep2 = on_deep_2,
    /// The foot of pictures.
    Darkest = darkest,
    /// Ornament; never text.
    Gold = gold,
    /// Ornament; never text on accent.
    GoldLight = gold_light,
    /// A right answer.
    Correct = correct,
    /// Text on correct.
    OnCorrect = on_correct,
    /// The visitor's other answer.
    Wrong = wrong,
    /// Notes.
    Info = info,
    /// The ring of keyboard focus.
    Focus = focus,
    /// The ground of a film.
    Film = film,
    /// Text on film.
    OnFilm = on_film,
    /// Quiet text on film.
    OnFilm2 = on_film_2,
    /// Shadows.
    Shadow = shadow,
    /// What darkens a page under a dialogue.
    Scrim = scrim,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct HexColour(Color);

impl TryFrom<String> for HexColour {
    type Error = String;
    fn try_from(hex: String) -> Result<Self, String> {
        Srgba::hex(&hex).map(|colour| Self(colour.into())).map_err(|error| format!("`{hex}`: {error}"))
    }
}

/// Colours of one thing that lies over the pages.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct OverPalette {
    ground: HexColour,
    on: HexColour,
    on_2: HexColour,
}

impl OverPalette {
    /// Its ground.
    pub fn ground(&self) -> Color {
        self.ground.0
    }

    /// What is written on it.
    pub fn on(&self) -> Color {
        self.on.0
    }

    /// Quiet words on it.
    pub fn on_2(&self) -> Color {
        self.on_2.0
    }
}

/// Colours of what lies over the pages, the same in every theme.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct OverTokens {
    /// A notice to know.
    pub info: OverPalette,
    /// A notice to mind.
    pub warning: OverPalette,
    /// A notice to obey.
    pub danger: OverPalette,
    /// The dark page.
    pub dark: OverPalette,
    veil: HexColour,
}

impl OverTokens {
    /// Over a page while there is danger.
    pub fn veil(&self) -> Color {
        self.veil.0
    }
}

/// Sizes of one class of display, in logical px.
#[derive(Clone, Debug, Deserialize)]
pub struct ClassTokens {
    /// Page for which the values are written.
    pub size: [f32; 2],
    /// Free space left and right.
    pub margin: f32,
    /// Between columns.
    pub gutter: f32,
    /// Nothing is touched above this line.
    pub reach_top: f32,
    /// Height of the foot bar.
    pub bar_height: f32,
    /// Type sizes by name.
    #[serde(rename = "type")]
    sizes: BTreeMap<String, f32>,
}

#[derive(Clone, Debug, Deserialize)]
struct TypeTokens {
    leading: BTreeMap<String, f32>,
    tracking_em: BTreeMap<String, f32>,
    scale_visit: Vec<f32>,
}

/// Milliseconds.
#[derive(Clone, Debug, Deserialize)]
pub struct MotionTokens {
    /// A press.
    pub press: f32,
    /// A change of state.
    pub state: f32,
    /// From page to page.
    pub page: f32,
    /// A sheet comes or goes.
    pub sheet: f32,
    /// One drift of the layers of a picture.
    pub picture_drift: f32,
    /// One attract loop.
    pub attract_loop: f32,
    /// One fact of the attract loop.
    pub attract_page: f32,
}

/// Seconds.
#[derive(Clone, Debug, Deserialize)]
pub struct IdleTokens {
    /// Without a touch on a page with input.
    pub form: f32,
    /// Without a touch on a page that is read.
    pub reading: f32,
    /// Of countdown after that.
    pub warn: f32,
}

#[derive(Clone, Debug, Deserialize)]
struct ElevationTokens {
    sheet_1: Vec<[f32; 3]>,
    sheet_2: Vec<[f32; 3]>,
    sheet_3: Vec<[f32; 3]>,
    press_edge: f32,
}

/// Every value of the look.
#[derive(Clone, Debug, Deserialize)]
pub struct Tokens {
    class: BTreeMap<String, ClassTokens>,
    #[serde(rename = "type")]
    types: TypeTokens,
    elevation: ElevationTokens,
    /// Durations.
    pub motion: MotionTokens,
    /// Waiting.
    pub idle: IdleTokens,
    radius: BTreeMap<String, f32>,
    stroke: BTreeMap<String, f32>,
    touch: toml::Table,
    lift: BTreeMap<String, f32>,
    sound: BTreeMap<String, f32>,
    theme: BTreeMap<String, Palette>,
    /// What lies over the pages.
    pub over: OverTokens,
    #[cfg(test)]
    contrast: ContrastTokens,
}

#[cfg(test)]
#[derive(Clone, Debug, Deserialize)]
struct ContrastTokens {
    pairs: Vec<(String, String, f32)>,
}

/// A named style of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Stacked titles.
    Display,
    /// Years and results.
    Numeral,
    /// The title of a page.
    H1,
    /// The title of a card.
    H2,
    /// Chapter lines, names in lists.
    H3,
    /// A paragraph that opens.
    Lead,
    /// Running text.
    Body,
    /// Running text, bold.
    Strong,
    /// The label of a button.
    Button,
    /// Labels.
    Small,
    /// Source lines; the smallest text there is.
    Caption,
}

/// How a style is set.
#[derive(Clone, Copy, Debug)]
pub struct TypeSpec {
    /// Font.
    pub face: Face,
    /// Logical px at text scale 1.
    pub size: f32,
    /// Line height as a multiple of the size.
    pub leading: f32,
    /// Letter spacing in em.
    pub tracking_em: f32,
}

/// How far a sheet lies above what is below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elevation {
    /// No shadow.
    Lying,
    /// List rows, keys.
    Sheet1,
    /// The open card, the chosen row.
    Sheet2,
    /// Dialogues, framed pictures. One a page.
    Sheet3,
}

impl Tokens {
    /// The tokens of the program.
    pub fn load() -> Result<Self, toml::de::Error> {
        toml::from_str(TOKENS_TOML)
    }

    /// Sizes of a class.
    pub fn class(&self, class: Class) -> &ClassTokens {
        // Both keys are in the file that is compiled in; `tokens_load` holds it so.
        &self.class[match class {
            Class::Portrait => "portrait",
            Class::Landscape => "landscape",
        }]
    }

    /// How `style` is set on a display of `class`.
    pub fn type_spec(&self, class: Class, style: Style) -> TypeSpec {
        let (face, size, leading, tracking) = match style {
            Style::Display => (Face::Serif, "display", "stacked", "stacked"),
            Style::Numeral => (Face::Serif, "numeral", "stacked", "body"),
            Style::H1 => (Face::Serif, "h1", "title", "title"),
            Style::H2 => (Face::Serif, "h2", "title", "title"),
            Style::H3 => (Face::Serif, "h3", "title", "title"),
            Style::Lead => (Face::Sans, "lead", "lead", "body"),
            Style::Body => (Face::Sans, "body", "body", "body"),
            Style::Strong => (Face::SansBold, "body", "body", "body"),
            Style::Button => (Face::SansBold, "lead", "title", "button"),
            Style::Small => (Face::Sans, "small", "caption", "body"),
            Style::Caption => (Face::Sans, "caption", "caption", "body"),
        };
        TypeSpec {
            face,
            size: self.class(class).sizes[size],
            leading: self.types.leading[leading],
            tracking_em: self.types.tracking_em[tracking],
        }
    }

    /// The steps of the 大字 button.
    pub fn text_scales(&self) -> &[f32] {
        &self.types.scale_visit
    }

    /// The palette of a theme.
    pub fn palette(&self, theme: ThemeName) -> &Palette {
        &self.theme[match theme {
            ThemeName::Zhusha => "zhusha",
            ThemeName::Chenguang => "chenguang",
            ThemeName::Yezhan => "yezhan",
            ThemeName::Su => "su",
        }]
    }

    /// Shadows of a level: y, blur, alpha; px.
    pub fn shadows(&self, elevation: Elevation) -> &[[f32; 3]] {
        match elevation {
            Elevation::Lying => &[],
            Elevation::Sheet1 => &self.elevation.sheet_1,
            Elevation::Sheet2 => &self.elevation.sheet_2,
            Elevation::Sheet3 => &self.elevation.sheet_3,
        }
    }

    /// Height of the solid lower edge of a main button, px.
    pub fn press_edge(&self) -> f32 {
        self.elevation.press_edge
    }

    /// A corner radius, px.
    pub fn radius(&self, name: &str) -> f32 {
        self.radius[name]
    }

    /// A line width, px.
    pub fn stroke(&self, name: &str) -> f32 {
        self.stroke[name]
    }

    /// How loud a sound of the interface is, dB below the narration.
    pub fn sound_db(&self, name: &str) -> f32 {
        self.sound[name]
    }

    /// By how much the foot bar rises on a portrait panel of that diagonal, px: what is listed for the largest panel
    /// that is not larger.
    pub fn lift(&self, inches: f32) -> f32 {
        let listed = self.lift.iter().filter_map(|(name, px)| Some((name.strip_prefix("in_")?.parse::<f32>().ok()?, *px)));
        listed.filter(|(size, _)| *size <= inches).max_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |(_, px)| px)
    }

    /// A size of a touch target, px.
    pub fn touch(&self, name: &str) -> f32 {
        match &self.touch[name] {
            toml::Value::Integer(px) => *px as f32,
            toml::Value::Float(px) => *px as f32,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_foot_bar_rises_with_the_panel() {
        let tokens = Tokens::load().unwrap();
        assert_eq!([27.0, 43.0, 74.9, 75.0, 98.0].map(|inches| tokens.lift(inches)), [0.0, 0.0, 0.0, 100.0, 240.0]);
    }

    fn luminance(colour: Color) -> f32 {
        let c = colour.to_linear();
        0.2126 * c.red + 0.7152 * c.green + 0.0722 * c.blue
    }

    fn contrast(a: Color, b: Color) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_pair_of_every_theme_has_its_contrast() {
        let tokens = Tokens::load().unwrap();
        let mut low = Vec::new();
        for palette in tokens.theme.values() {
            for (front, ground, least) in &tokens.contrast.pairs {
                let measured = contrast(palette.named(front).unwrap(), palette.named(ground).unwrap());
                if measured < *least {
                    low.push(format!("{}: {front} on {ground} is {measured:.2}, needs {least}", palette.name));
                }
            }
        }
        assert!(low.is_empty(), "{low:#?}");
    }

    #[test]
    fn what_lies_over_the_pages_can_be_read() {
        let over = Tokens::load().unwrap().over;
        for (name, palette, least) in
            [("info", over.info, 7.0), ("warning", over.warning, 7.0), ("danger", over.danger, 7.0), ("dark", over.dark, 4.5)]
        {
            for words in [palette.on(), palette.on_2()] {
                let measured = contrast(words, palette.ground());
                assert!(measured >= least, "{name}: {measured:.2}, needs {least}");
            }
        }
    }

    #[test]
    fn every_style_theme_and_level_is_in_the_file() {
        let tokens = Tokens::load().unwrap();
        for class in [Class::Portrait, Class::Landscape] {
            for style in [
                Style::Display, Style::Numeral, Style::H1, Style::H2, Style::H3, Style::Lead, Style::Body,
                Style::Strong, Style::Button, Style::Small, Style::Caption,
            ] {
                let spec = tokens.type_spec(class, style);
                assert!(spec.size >= tokens.type_spec(class, Style::Caption).size, "{style:?}: nothing is below the caption");
            }
        }
        for theme in [ThemeName::Zhusha, ThemeName::Chenguang, ThemeName::Yezhan, ThemeName::Su] {
            let _ = tokens.palette(theme);
        }
        assert_eq!(tokens.shadows(Elevation::Sheet3).len(), 2);
        assert_eq!(tokens.text_scales(), [1.0, 1.3, 1.6]);
    }
}
