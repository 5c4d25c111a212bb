//! How a film looks: see `look/film-*.png`. Measures are those of the picture.

use std::{collections::BTreeMap, time::Duration};

use bevy::{prelude::*, text::LineHeight, ui_render::prelude::MaterialNode};
use pingfeng_content::{
    captions::Captions,
    model::{FilmScene, Lang, Media, MediaId, Scene},
};

use super::planes::FilmMaterial;
use crate::{
    blocks::{self, Icon, Mount, PressLook, Slider, Ui},
    input::{Shield, Touchable},
    stage::{Opening, SceneKind},
    theme::{Kit, Role, Style, set_text},
};

/// Largest captions file, bytes.
const CAPTIONS_BYTES_MAX: usize = 1024 * 1024;
/// Chapters that find a place; all of them are marks on the slider.
const CHAPTER_KEYS_MAX: usize = 6;
/// Speeds that the speed key goes through.
const RATES: [f64; 3] = [1.0, 1.25, 0.8];

/// A film page. What moves with the film (`position`, `duration`, `scrub`) is changed past change detection.
#[derive(Component)]
pub struct FilmPage {
    document: FilmScene,
    poster: Option<MediaId>,
    captions: BTreeMap<Lang, Captions>,
    pub(super) captions_on: bool,
    rate: usize,
    pub(super) running: Running,
    /// Landscape: the panel covers the lower part of the film, so that it goes while nobody touches.
    pub(super) panel: bool,
    pub(super) chapter: usize,
    pub(super) minutes: Option<u32>,
    pub(super) glass: Option<Glass>,
    pub(super) position: Duration,
    pub(super) duration: Option<Duration>,
    pub(super) scrub: Option<Duration>,
}

/// What the film does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Running {
    Stands,
    Plays,
    Ended,
    Failed,
}

/// Where the film itself is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Glass {
    pub(super) material: Handle<FilmMaterial>,
    /// Width divided by height.
    pub(super) aspect: f32,
    pub(super) poster_below: bool,
}

/// On what can be touched.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub(super) enum Control {
    PlayOrPause,
    Back,
    Forward,
    Chapter(usize),
    Captions,
    Rate,
    Slider,
    /// The film itself: shows or hides the panel in landscape.
    Film,
}

/// On what moves with the film.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub(super) enum Moving {
    /// The part that is over.
    Progress,
    Knob,
    /// The time above the knob, while a finger drags it.
    Bubble,
    BubbleTime,
    Elapsed,
    Total,
    Caption,
    CaptionWords,
}

impl FilmPage {
    pub(super) fn document(&self) -> &FilmScene {
        &self.document
    }

    pub(super) fn rate(&self) -> f64 {
        RATES[self.rate]
    }

    pub(super) fn next_rate(&mut self) {
        self.rate = (self.rate + 1) % RATES.len();
    }

    /// The time that is shown: where the finger is, else where the film is.
    fn at(&self) -> Duration {
        self.scrub.unwrap_or(self.position)
    }

    fn fraction(&self) -> f32 {
        match self.duration {
            Some(duration) if !duration.is_zero() => (self.at().as_secs_f32() / duration.as_secs_f32()).clamp(0.0, 1.0),
            _ => 0.0,
        }
    }

    fn words(&self, lang: Lang) -> &str {
        let captions = self.captions.get(&lang).or(self.captions.get(&Lang::ZhCn));
        let at_ms = u64::try_from(self.position.as_millis()).unwrap_or(u64::MAX);
        captions.filter(|_| self.captions_on).and_then(|captions| captions.at(at_ms)).unwrap_or_default()
    }
}

impl SceneKind for FilmPage {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        let Scene::Film(document) = opening.scene else { return None };
        let media = opening.exhibition.compiled.media.get(&document.film);
        let film = match media {
            Some(Media::Film(film)) => Some(film),
            _ => None,
        };
        let captions = film.map(|film| read_captions(opening, &film.captions)).unwrap_or_default();
        Some(Self {
            document: document.clone(),
            poster: film.map(|film| film.poster.clone()),
            captions,
            captions_on: true,
            rate: 0,
            running: Running::Stands,
            panel: true,
            chapter: 0,
            minutes: None,
            glass: None,
            position: Duration::ZERO,
            duration: None,
            scrub: None,
        })
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        self.picture(ui, kit);
        self.caption(ui, kit);
        if self.panel_hidden(kit) {
            return;
        }
        if !kit.portrait() {
            let top = panel_top(kit);
            // A touch between two keys does nothing to the film below.
            ui.spawn((blocks::at(0.0, top, kit.surface.size.x, kit.surface.size.y - top), ground(kit, 1.0), Shield));
        }
        self.heading(ui, kit);
        self.slider(ui, kit);
        self.keys(ui, kit);
        self.chapters(ui, kit);
        if self.running == Running::Failed {
            slip(ui, kit);
        }
    }

    fn ground(&self) -> Role {
        Role::Film
    }
}

fn read_captions(opening: &Opening<'_>, files: &BTreeMap<Lang, String>) -> BTreeMap<Lang, Captions> {
    let read = |file: &String| {
        let bytes = opening.exhibition.release.as_ref()?.read(file).ok()?;
        if bytes.len() > CAPTIONS_BYTES_MAX {
            warn!(file, "captions are too large; the film plays without them");
            return None;
        }
        let text = String::from_utf8(bytes).ok()?;
        let (captions, problems) = Captions::parse(&text);
        if let Some(first) = problems.first() {
            warn!(file, line = first.line, problems = problems.len(), "captions: {}", first.message);
        }
        (!captions.cues.is_empty()).then_some(captions)
    };
    files.iter().filter_map(|(lang, file)| Some((*lang, read(file)?))).collect()
}

/// Upper edge of the panel with the controls, landscape.
fn panel_top(kit: &Kit) -> f32 {
    kit.surface.size.y - kit.lift() - 428.0
}

/// Down from here the measures of the picture are used; taller displays get more of the film.
fn shift(kit: &Kit) -> f32 {
    kit.pick(0.0, panel_top(kit) - 652.0)
}

/// The film's ground, `alpha` thick.
fn ground(kit: &Kit, alpha: f32) -> BackgroundColor {
    BackgroundColor(kit.colour(Role::Film).with_alpha(alpha))
}

/// A colour between the film's ground and its quiet text.
fn tint(kit: &Kit, part: f32) -> Color {
    kit.colour(Role::Film).mix(&kit.colour(Role::OnFilm2), part)
}

impl FilmPage {
    fn place(&self, kit: &Kit) -> Rect {
        match kit.portrait() {
            // The source is never given up: at larger text sizes it takes its room from the picture.
            true => {
                let over = (self.source_height(kit) - 76.0).clamp(0.0, 220.0);
                Rect::from_corners(Vec2::new(0.0, 248.0), Vec2::new(kit.surface.size.x, 856.0 - over))
            }
            false => Rect::from_corners(Vec2::ZERO, Vec2::new(kit.surface.size.x, kit.bar_top())),
        }
    }

    fn source_height(&self, kit: &Kit) -> f32 {
        let square = kit.type_spec(Style::Caption).size * 1.5 + 14.0;
        blocks::text_height(kit, Style::Caption, &kit.sources(&self.document.sources), kit.surface.size.x - 2.0 * kit.margin() - square)
    }

    fn panel_hidden(&self, kit: &Kit) -> bool {
        !kit.portrait() && !self.panel
    }

    fn picture(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let place = self.place(kit);
        let node = || Node {
            align_items: AlignItems::Center,
            justify_content: JustifyContent::Center,
            overflow: Overflow::clip(),
            ..blocks::at(place.min.x, place.min.y, place.width(), place.height())
        };
        let poster_below = self.glass.as_ref().is_none_or(|glass| glass.poster_below);
        if let Some(poster) = self.poster.as_ref().filter(|_| poster_below) {
            blocks::picture(ui, kit, poster, place.size(), Mount::Cover, node());
        }
        if !kit.portrait() {
            ui.spawn((blocks::at(place.min.x, place.min.y, place.width(), place.height()), Touchable, Control::Film));
        }
        let Some(glass) = &self.glass else { return };
        // Whole, never cut: what a film shows at its edges was meant to be seen. A hair of difference in shape is filled.
        let whole = place.size().min(Vec2::new(place.height() * glass.aspect, place.width() / glass.aspect));
        let size = Vec2::select((place.size() - whole).cmplt(Vec2::splat(8.0)), place.size(), whole);
        ui.spawn(node()).with_children(|ui| {
            ui.spawn((
                Node { width: px(size.x), height: px(size.y), flex_shrink: 0.0, ..default() },
                MaterialNode(glass.material.clone()),
            ));
        });
    }

    fn caption(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let words = self.words(kit.lang);
        let visibility = if words.is_empty() { Visibility::Hidden } else { Visibility::Inherited };
        let place = self.place(kit);
        let lower_edge = if kit.portrait() || self.panel_hidden(kit) { place.max.y } else { panel_top(kit) };
        let bottom = kit.surface.size.y - lower_edge + kit.pick(0.0, 20.0);
        let mut line = ui.spawn((
            Node {
                left: px(0.0),
                right: px(0.0),
                bottom: px(bottom),
                padding: kit.pick(UiRect { left: px(60.0), right: px(60.0), top: px(60.0), bottom: px(34.0) }, UiRect::ZERO),
                justify_content: JustifyContent::Center,
                ..blocks::absolute()
            },
            visibility,
            Moving::Caption,
        ));
        let dark = kit.colour(Role::Film);
        if kit.portrait() {
            let stops = vec![ColorStop::percent(dark.with_alpha(0.0), 0.0), ColorStop::percent(dark.with_alpha(0.92), 55.0)];
            line.insert(BackgroundGradient::from(LinearGradient::to_bottom(stops)));
        }
        line.with_children(|ui| {
            let mut slip = ui.spawn(Node { max_width: px(kit.pick(960.0, 1500.0)), ..default() });
            if !kit.portrait() {
                slip.insert((
                    Node {
                        max_width: px(1500.0),
                        padding: UiRect::axes(px(34.0), px(10.0)),
                        border_radius: BorderRadius::all(px(kit.tokens.radius("seal"))),
                        ..default()
                    },
                    ground(kit, 0.9),
                ));
            }
            slip.with_children(|ui| {
                blocks::text_sized(ui, kit, Style::Strong, kit.pick(36.0, 34.0), Role::OnFilm, words)
                    .insert((blocks::centred(), LineHeight::RelativeToFont(1.5), Moving::CaptionWords));
            });
        });
    }

    fn heading(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let mut facts: Vec<String> = self.document.chapter.iter().map(|text| kit.text(text).to_owned()).collect();
        facts.extend(self.minutes.map(|minutes| kit.word_with("film.minutes", &[("n", &minutes.to_string())])));
        let facts = facts.join("\u{3000}");
        let title = kit.text(&self.document.title);
        let (wanted, width) = kit.pick((64.0 / kit.text_scale.sqrt(), kit.surface.size.x - 2.0 * kit.margin()), (54.0, 1136.0));
        let size = blocks::fitting::fit(kit, Style::H1, wanted, title, width, 1).size;
        if kit.portrait() {
            ui.spawn(Node { left: px(kit.margin()), right: px(kit.margin()), top: px(72.0), ..blocks::absolute() }).with_children(|ui| {
                ui.spawn(blocks::column(2.0)).with_children(|ui| {
                    blocks::text_sized(ui, kit, Style::Small, 30.0 / kit.text_scale.sqrt(), Role::GoldLight, &facts);
                    blocks::text_sized(ui, kit, Style::H1, size, Role::OnFilm, title);
                });
            });
            return;
        }
        // On a dark slip of its own: nobody knows what a film shows behind its title.
        ui.spawn((
            Node {
                left: px(kit.margin() - 28.0),
                top: px(44.0),
                max_width: px(1200.0),
                padding: UiRect { left: px(28.0), right: px(36.0), top: px(12.0), bottom: px(18.0) },
                border_radius: BorderRadius::all(px(kit.tokens.radius("card"))),
                ..blocks::absolute()
            },
            ground(kit, 0.9),
        ))
        .with_children(|ui| {
            ui.spawn(blocks::column(0.0)).with_children(|ui| {
                blocks::text_sized(ui, kit, Style::Small, 27.0, Role::GoldLight, &facts);
                blocks::text_sized(ui, kit, Style::H1, size, Role::OnFilm, title);
            });
        });
    }

    fn slider(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let (margin, width) = (kit.margin(), kit.surface.size.x - 2.0 * kit.margin());
        let middle = kit.pick(1004.0, 704.0) + shift(kit);
        let failed = self.running == Running::Failed;
        if kit.portrait() {
            ui.spawn(Node { left: px(margin), right: px(margin), top: px(self.place(kit).max.y + 20.0), ..blocks::absolute() })
                .with_children(|ui| {
                    blocks::source_line(ui, kit, Role::OnFilm2, &kit.sources(&self.document.sources));
                });
        }
        let duration_s = self.duration.map_or(0.0, |duration| duration.as_secs_f64());
        let chapters = self.document.chapters.iter().map(|chapter| chapter.at_s);
        let marks = chapters.filter(|at_s| *at_s > 0.5 && *at_s < duration_s).map(|at_s| (at_s / duration_s) as f32).collect();
        let look = Slider {
            left: margin,
            middle,
            width,
            at: self.fraction(),
            line: tint(kit, 0.31),
            done: kit.colour(Role::GoldLight),
            knob: kit.colour(Role::OnFilm),
            ring: kit.colour(Role::GoldLight),
            ring_px: 0.0,
            marks,
            mark: kit.colour(Role::Film),
            works: !failed,
        };
        blocks::slider(ui, kit, &look, Moving::Progress, Moving::Knob, |ui| self.bubble(ui, kit)).insert(Control::Slider);
        let (size, top) = kit.pick((28.0, 1050.0), (25.0, 732.0 + shift(kit)));
        ui.spawn(Node {
            left: px(margin),
            right: px(margin),
            top: px(top),
            height: px(44.0),
            justify_content: JustifyContent::SpaceBetween,
            align_items: AlignItems::Center,
            ..blocks::absolute()
        })
        .with_children(|ui| {
            let size = size / kit.text_scale.sqrt();
            blocks::text_sized(ui, kit, Style::Small, size, Role::OnFilm2, &clock(self.at())).insert(Moving::Elapsed);
            if !kit.portrait() {
                // Between two times there is room for two lines of the smallest text: it keeps that size.
                let titles = kit.sources(&self.document.sources);
                let size = kit.least_px() / kit.text_scale;
                let line = format!("{}{titles}", kit.word("page.source"));
                ui.spawn(Node { max_width: px(1560.0), justify_content: JustifyContent::Center, ..default() }).with_children(|ui| {
                    blocks::text_sized(ui, kit, Style::Caption, size, Role::OnFilm2, &line)
                        .insert((blocks::centred(), LineHeight::RelativeToFont(1.15)));
                });
            }
            let total = self.duration.map(clock).unwrap_or_default();
            blocks::text_sized(ui, kit, Style::Small, size, Role::OnFilm2, &total).insert(Moving::Total);
        });
    }

    /// The time above the knob, while a finger drags it.
    fn bubble(&self, ui: &mut Ui<'_>, kit: &Kit) {
        ui.spawn((
            Node {
                bottom: px(72.0),
                padding: UiRect::axes(px(20.0), px(6.0)),
                border_radius: BorderRadius::all(px(kit.tokens.radius("card"))),
                ..blocks::absolute()
            },
            BackgroundColor(kit.colour(Role::OnFilm)),
            Visibility::Hidden,
            Moving::Bubble,
        ))
        .with_children(|ui| {
            blocks::text_sized(ui, kit, Style::Strong, kit.pick(34.0, 30.0), Role::Film, &clock(self.at()))
                .insert((TextLayout::no_wrap(), Moving::BubbleTime));
        });
    }

    fn keys(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let failed = self.running == Running::Failed;
        let place = kit.pick(
            blocks::at(kit.margin(), 1104.0, kit.surface.size.x - 2.0 * kit.margin(), 176.0),
            blocks::at(kit.margin(), 780.0 + shift(kit), 880.0, 138.0),
        );
        ui.spawn(Node { justify_content: JustifyContent::SpaceBetween, align_items: AlignItems::Center, ..place }).with_children(|ui| {
            let captions = if self.captions_on { "film.captions_on" } else { "film.captions_off" };
            key(ui, kit, Face::Icon(Icon::Captions), captions, Control::Captions, !self.captions.is_empty() && !failed);
            key(ui, kit, Face::Icon(Icon::Back10), "film.back_10", Control::Back, !failed);
            self.play_key(ui, kit, !failed);
            key(ui, kit, Face::Icon(Icon::Forward10), "film.forward_10", Control::Forward, !failed);
            let rate = match self.rate() {
                rate if (rate * 10.0).fract() == 0.0 => format!("{rate:.1}"),
                rate => format!("{rate:.2}"),
            };
            key(ui, kit, Face::Words(rate), "film.rate", Control::Rate, !failed);
        });
    }

    fn play_key(&self, ui: &mut Ui<'_>, kit: &Kit, works: bool) {
        let side = kit.pick(176.0, 132.0);
        let shown = match self.running {
            Running::Plays => Icon::Pause,
            Running::Ended => Icon::Restart,
            Running::Stands | Running::Failed => Icon::Play,
        };
        if works {
            blocks::round_key(ui, kit, side, shown).insert(Control::PlayOrPause);
            return;
        }
        ui.spawn((
            Node {
                width: px(side),
                height: px(side),
                border_radius: BorderRadius::MAX,
                align_items: AlignItems::Center,
                justify_content: JustifyContent::Center,
                ..default()
            },
            BackgroundColor(tint(kit, 0.12)),
        ))
        .with_children(|ui| {
            blocks::icon(ui, kit, shown, side * 0.48, Role::OnFilm2);
        });
    }

    fn chapters(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let count = self.document.chapters.len().min(CHAPTER_KEYS_MAX);
        if count < 2 {
            return;
        }
        let (columns, gap) = kit.pick((2, 18.0), (3, 16.0));
        let (left, top) = kit.pick((kit.margin(), 1328.0), (1020.0, 774.0 + shift(kit)));
        ui.spawn(Node {
            display: Display::Grid,
            left: px(left),
            right: px(kit.margin()),
            top: px(top),
            grid_template_columns: vec![RepeatedGridTrack::flex(columns, 1.0)],
            column_gap: px(gap),
            row_gap: px(gap),
            ..blocks::absolute()
        })
        .with_children(|ui| {
            for (index, chapter) in self.document.chapters.iter().take(count).enumerate() {
                let chosen = index == self.chapter && self.running != Running::Failed;
                let colour = if chosen { kit.colour(Role::OnFilm) } else { tint(kit, 0.09) };
                let (words, quiet) = if chosen { (Role::Film, Role::Film) } else { (Role::OnFilm, Role::OnFilm2) };
                let mut row = ui.spawn((
                    Node {
                        height: px(kit.pick(120.0, 78.0)),
                        min_width: px(0.0),
                        padding: UiRect::axes(px(kit.pick(26.0, 16.0)), px(0.0)),
                        column_gap: px(20.0),
                        align_items: AlignItems::Center,
                        justify_content: JustifyContent::SpaceBetween,
                        border_radius: BorderRadius::all(px(kit.tokens.radius("card"))),
                        overflow: Overflow::clip(),
                        ..default()
                    },
                    BackgroundColor(colour),
                    BoxShadow(Vec::new()),
                ));
                if self.running != Running::Failed {
                    row.insert((Touchable, Control::Chapter(index), PressLook::sheet(kit, crate::theme::Elevation::Lying, colour)));
                }
                row.with_children(|ui| {
                    let style = if chosen { Style::Strong } else { Style::Body };
                    let title = kit.text(&chapter.title);
                    ui.spawn(Node { flex_shrink: 1.0, min_width: px(0.0), ..default() }).with_children(|ui| {
                        blocks::text_sized(ui, kit, style, fitting(title, kit), words, title).insert(LineHeight::RelativeToFont(1.25));
                    });
                    if kit.portrait() {
                        let at = Duration::try_from_secs_f64(chapter.at_s).unwrap_or_default();
                        blocks::text_sized(ui, kit, Style::Small, 27.0 / kit.text_scale.sqrt(), quiet, &clock(at))
                            .insert(TextLayout::no_wrap());
                    }
                });
            }
        });
    }
}

/// The size of a chapter's name, before the visitor's text scale, at which it stays on its key.
fn fitting(title: &str, kit: &Kit) -> f32 {
    let wide: f32 = title.chars().map(|c| if c.is_ascii() { 0.56 } else { 1.0 }).sum();
    let (wanted, room, height) = kit.pick((30.0, 300.0, 112.0), (25.0, 222.0, 72.0));
    // Two lines of 1.25 fit on a key.
    let (most, lines) = if wide > 9.0 { (room / (wide / 1.6), 2.0) } else { (room / wide.max(1.0), 1.0) };
    let most = most.min(height / 1.25 / lines);
    (wanted * kit.text_scale).min(most).max(kit.least_px()) / kit.text_scale
}

/// What stands on a key above its word.
enum Face {
    Icon(Icon),
    Words(String),
}

fn key(ui: &mut Ui<'_>, kit: &Kit, face: Face, word: &str, control: Control, works: bool) {
    let size = kit.pick(Vec2::new(144.0, 136.0), Vec2::new(124.0, 112.0));
    let colour = if works { tint(kit, 0.09) } else { kit.colour(Role::Film) };
    let role = if works { Role::OnFilm } else { Role::InkOff };
    let mut entity = ui.spawn((
        Node {
            width: px(size.x),
            height: px(size.y),
            align_items: AlignItems::Center,
            justify_content: JustifyContent::Center,
            border_radius: BorderRadius::all(px(kit.tokens.radius("button"))),
            ..blocks::column(12.0)
        },
        BackgroundColor(colour),
        BoxShadow(Vec::new()),
    ));
    if works {
        entity.insert((Touchable, control, PressLook::sheet(kit, crate::theme::Elevation::Lying, colour)));
    }
    entity.with_children(|ui| {
        let (icon_size, words_size, label_size) = kit.pick((54.0, 44.0, 26.0), (46.0, 38.0, 23.0));
        match face {
            Face::Icon(icon) => {
                blocks::icon(ui, kit, icon, icon_size, role);
            }
            Face::Words(words) => {
                blocks::text_sized(ui, kit, Style::H3, words_size / (1.0 + (kit.text_scale - 1.0) / 2.0), role, &words)
                    .insert((TextLayout::no_wrap(), LineHeight::Px(icon_size)));
            }
        }
        let word = kit.word(word);
        // The keys keep their measure at every text size; their words grow a little, as far as the key is wide.
        let wide: f32 = word.chars().map(|c| if c.is_ascii() { 0.56 } else { 1.0 }).sum();
        let label = (label_size * kit.text_scale.min(1.1)).min((size.x - 12.0) / wide).max(18.0) / kit.text_scale;
        blocks::text_sized(ui, kit, Style::Small, label, role, &word)
            .insert((TextLayout::no_wrap(), LineHeight::RelativeToFont(1.0)));
    });
}

/// In plain words, where the visitor looks for the controls. The poster, or the last frame, stays.
fn slip(ui: &mut Ui<'_>, kit: &Kit) {
    let bottom = kit.surface.size.y - kit.bar_top() + kit.pick(32.0, 24.0);
    ui.spawn(Node {
        left: px(kit.margin()),
        right: px(kit.margin()),
        bottom: px(bottom),
        justify_content: JustifyContent::Center,
        ..blocks::absolute()
    })
    .with_children(|ui| {
        blocks::sheet(ui, kit, crate::theme::Elevation::Sheet2, Node {
            padding: UiRect::axes(px(36.0), px(20.0)),
            column_gap: px(18.0),
            align_items: AlignItems::Center,
            ..default()
        })
        .with_children(|ui| {
            blocks::icon(ui, kit, Icon::Notice, 44.0, Role::Ink2);
            ui.spawn(Node { flex_shrink: 1.0, min_width: px(0.0), ..default() }).with_children(|ui| {
                blocks::text(ui, kit, Style::Body, Role::Ink, &kit.word("film.failed"));
            });
        });
    });
}

/// `0:23`, `1:02:03`.
fn clock(at: Duration) -> String {
    let seconds = at.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Moves what moves with the film. Nothing is touched that is already right, so that nothing is laid out again in vain.
pub(super) fn move_in_place(
    pages: Query<(&FilmPage, &Visibility)>,
    kit: Option<Res<Kit>>,
    mut moving: Query<(&Moving, Option<&mut Node>, Option<&mut Text>, Option<&mut Visibility>), Without<FilmPage>>,
) {
    let Some(kit) = kit else { return };
    let Some((page, _)) = pages.iter().find(|(_, visibility)| **visibility != Visibility::Hidden) else { return };
    let over = percent(page.fraction() * 100.0);
    let words = page.words(kit.lang);
    let show = |visible: bool| if visible { Visibility::Inherited } else { Visibility::Hidden };
    for (part, node, text, visibility) in &mut moving {
        match (part, node, text, visibility) {
            (Moving::Progress, Some(mut node), ..) if node.width != over => node.width = over,
            (Moving::Knob, Some(mut node), ..) if node.left != over => node.left = over,
            (Moving::Bubble, .., Some(mut visibility)) => {
                visibility.set_if_neq(show(page.scrub.is_some()));
            }
            (Moving::Caption, .., Some(mut visibility)) => {
                visibility.set_if_neq(show(!words.is_empty()));
            }
            (Moving::CaptionWords, _, Some(text), _) => write(text, set_text(words)),
            (Moving::Elapsed | Moving::BubbleTime, _, Some(text), _) => write(text, clock(page.at())),
            (Moving::Total, _, Some(text), _) => write(text, page.duration.map(clock).unwrap_or_default()),
            _ => {}
        }
    }
}

fn write(mut text: Mut<'_, Text>, words: String) {
    if text.0 != words {
        text.0 = words;
    }
}
