//! Pictures on paper mounts, each with its name, place and source; larger with two fingers or with keys.

use bevy::prelude::*;
use pingfeng_content::model::{Gallery, GalleryItem, Media, MediaId, Scene};

use super::story::position;
use crate::{
    ScreenSystems,
    blocks::{self, Button, Icon, Kind, Mount, Ui, Zoom, fitting},
    cue::{Happened, PlaySound, UiSound},
    damage::Moves,
    input::{PanPhase, Pannable, Panned, Pinched, Tapped, Touchable},
    stage::{Opening, SceneKind, SceneKinds},
    theme::{Elevation, Kit, Role, Style},
};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<GalleryPage>(app);
    app.add_systems(Update, (choose, swipe, look_closer).chain().in_set(ScreenSystems::Decide));
}

/// A gallery, the chosen picture, and how closely it is looked at.
#[derive(Component)]
pub struct GalleryPage {
    document: Gallery,
    chosen: usize,
    zoom: Option<Zoom>,
}

/// How a picture is first looked at closely.
const CLOSER: Zoom = Zoom { factor: Zoom::STEP, ..Zoom::WHOLE };
/// A swipe shorter than this is none, logical px.
const SWIPE_PX: f32 = 90.0;
/// Small pictures in the strip.
const THUMBS: usize = 5;

/// What a key does.
#[derive(Component, Clone, Copy)]
enum Key {
    Show(usize),
    Closer,
    Farther,
    Open,
    Close,
}

/// Swiped for the next picture.
#[derive(Component)]
struct Turns;

/// The picture that is looked at closely.
#[derive(Component)]
struct Closely {
    place: Vec2,
    drawn: Vec2,
}

/// Where fingers move it.
#[derive(Component)]
struct CloselyBand;

impl SceneKind for GalleryPage {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        match opening.scene {
            Scene::Gallery(document) => Some(Self { document: document.clone(), chosen: 0, zoom: None }),
            _ => None,
        }
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let Some(item) = self.document.items.get(self.chosen) else { return };
        match self.zoom {
            Some(zoom) => self.closely(ui, kit, item, zoom),
            None => self.mounted(ui, kit, item),
        }
    }

    fn ground(&self) -> Role {
        if self.zoom.is_some() { Role::Film } else { Role::Paper2 }
    }
}

impl GalleryPage {
    fn mounted(&self, ui: &mut Ui<'_>, kit: &Kit, item: &GalleryItem) {
        let size = kit.surface.size;
        let margin = kit.margin();
        let gallery = &self.document;
        let wide = kit.pick(size.x - 2.0 * margin, 1180.0);
        let header = blocks::at(margin, kit.pick(60.0, 52.0), wide, 56.0);
        ui.spawn(Node { justify_content: JustifyContent::SpaceBetween, align_items: AlignItems::Center, ..header }).with_children(|ui| {
            let chapter = gallery.chapter.as_ref().map(|chapter| kit.text(chapter));
            blocks::chapter_line(ui, kit, Role::Ink, chapter, kit.text(&gallery.title), wide - 140.0);
            blocks::text_sized(ui, kit, Style::Small, 30.0 / kit.text_scale, Role::Ink2, &position(kit, self.chosen, gallery.items.len()));
        });
        let keys_height = kit.pick(104.0, 88.0);
        let keys_top = kit.bar_top() - kit.pick(186.0, 280.0);
        let (thumbs_top, thumbs_height) = kit.pick((keys_top - 220.0, 150.0), (kit.bar_top() - 188.0, 152.0));
        // One picture has no neighbours to choose from: their room goes to it.
        let thumbs_top = if gallery.items.len() > 1 { thumbs_top } else { thumbs_top + thumbs_height };
        // A visitor who wants larger text gets it from the height of the picture.
        let words_need = self.words_height(kit, item, kit.pick(wide, size.x - 1330.0 - margin), 1.0);
        let frame_top = kit.pick(150.0, 124.0);
        let frame_height = if kit.portrait() { (thumbs_top - 70.0 - words_need - frame_top).clamp(420.0, 740.0) } else { thumbs_top - 36.0 - frame_top };
        self.mount(ui, kit, item, Rect::new(margin, frame_top, margin + wide, frame_top + frame_height));
        let (words_left, words_top, words_width) =
            kit.pick((margin, frame_top + frame_height + 56.0, wide), (1330.0, 116.0, size.x - 1330.0 - margin));
        let words_bottom = kit.pick(thumbs_top - 14.0, keys_top - 24.0);
        ui.spawn(Node { width: px(words_width), left: px(words_left), top: px(words_top), flex_direction: FlexDirection::Column, ..blocks::absolute() })
            .with_children(|ui| self.words(ui, kit, item, Vec2::new(words_width, words_bottom - words_top)));
        if gallery.items.len() > 1 {
            self.thumbs(ui, kit, Rect::new(margin, thumbs_top, margin + wide, thumbs_top + thumbs_height));
        }
        let (left, width) = kit.pick((margin, wide), (1330.0, size.x - 1330.0 - margin));
        self.keys(ui, kit, left, keys_top, width, keys_height);
    }

    /// The picture, whole, on its mount.
    fn mount(&self, ui: &mut Ui<'_>, kit: &Kit, item: &GalleryItem, place: Rect) {
        let pad = kit.pick(40.0, 32.0);
        let inner = place.size() - Vec2::splat(2.0 * pad);
        blocks::sheet(
            ui,
            kit,
            Elevation::Sheet3,
            Node {
                padding: UiRect::all(px(pad)),
                border_radius: BorderRadius::all(px(2.0)),
                ..blocks::at(place.min.x, place.min.y, place.width(), place.height())
            },
        )
        .insert((Pannable, Turns))
        .with_children(|ui| {
            // Drawings fill their mount; a photograph is shown whole, never cut.
            let drawing = matches!(kit.exhibition.compiled.media.get(&item.picture), Some(Media::Picture(picture)) if picture.drawing);
            let mount = if drawing { Mount::Cover } else { Mount::Whole };
            blocks::picture(ui, kit, &item.picture, inner, mount, Node { width: px(inner.x), height: px(inner.y), ..default() });
        });
    }

    fn source_words(&self, kit: &Kit, item: &GalleryItem) -> String {
        let sources = kit.sources(&item.sources);
        match credit(kit, &item.picture) {
            Some(credit) => format!("{sources}\n{credit}"),
            None => sources,
        }
    }

    /// The name stays on two lines at most.
    fn title(kit: &Kit, item: &GalleryItem, width: f32, part: f32) -> fitting::Fitted {
        fitting::fit(kit, Style::H2, kit.pick(60.0, 54.0) * part, kit.text(&item.title), width, 2)
    }

    /// What the words need where they are set smaller by `part`.
    fn words_height(&self, kit: &Kit, item: &GalleryItem, width: f32, part: f32) -> f32 {
        let height = |style: Style, words: &str| blocks::text_height_at(kit, style, kit.type_spec(style).size * part, words, width);
        Self::title(kit, item, width, part).lines as f32 * kit.type_spec(Style::H2).size * part * 1.35
            + height(Style::Small, kit.text(&item.when))
            + height(Style::Body, kit.text(&item.text))
            + blocks::text_height_at(kit, Style::Caption, blocks::source_px(kit, part), &self.source_words(kit, item), width - 52.0)
            + 54.0
    }

    fn words(&self, ui: &mut Ui<'_>, kit: &Kit, item: &GalleryItem, room: Vec2) {
        let body = kit.tokens.type_spec(kit.surface.class, Style::Body).size;
        // Long words are set smaller before they reach what lies below them, but never below the caption.
        let least = kit.type_spec(Style::Caption).size / kit.type_spec(Style::Body).size / kit.text_scale;
        let mut part = 1.0_f32;
        while self.words_height(kit, item, room.x, part) > room.y && part > least {
            part = (part - 0.04).max(least);
        }
        let title = Self::title(kit, item, room.x, part);
        blocks::text_sized(ui, kit, Style::H2, title.size, Role::Ink, kit.text(&item.title));
        blocks::text_sized(ui, kit, Style::Small, 30.0 * part, Role::Ink2, kit.text(&item.when))
            .insert(Node { margin: UiRect::top(px(8.0)), ..default() });
        blocks::text_sized(ui, kit, Style::Body, body * part, Role::Ink, kit.text(&item.text))
            .insert(Node { margin: UiRect::top(px(18.0)), ..default() });
        ui.spawn(Node { margin: UiRect::top(px(18.0)), ..default() }).with_children(|ui| {
            blocks::source_line_at(ui, kit, Role::Ink2, &self.source_words(kit, item), part);
        });
    }

    fn thumbs(&self, ui: &mut Ui<'_>, kit: &Kit, place: Rect) {
        let items = &self.document.items;
        let first = self.chosen.saturating_sub(THUMBS / 2).min(items.len().saturating_sub(THUMBS));
        let gap = 18.0;
        let width = (place.width() - gap * (THUMBS as f32 - 1.0)) / THUMBS as f32;
        ui.spawn((
            Node { column_gap: px(gap), ..blocks::at(place.min.x, place.min.y, place.width(), place.height()) },
            Pannable,
            Turns,
        ))
        .with_children(|ui| {
            for (index, item) in items.iter().enumerate().skip(first).take(THUMBS) {
                let on = index == self.chosen;
                let mut thumb = blocks::picture(
                    ui,
                    kit,
                    &item.picture,
                    Vec2::new(width, place.height()),
                    Mount::Cover,
                    Node {
                        width: px(width),
                        height: px(place.height()),
                        border_radius: BorderRadius::all(px(kit.tokens.radius("picture"))),
                        ..default()
                    },
                );
                thumb.insert((Touchable, Key::Show(index), blocks::elevation(kit, Elevation::Sheet1)));
                if on {
                    thumb.insert(Outline::new(px(kit.tokens.stroke("selected")), px(5.0), kit.colour(Role::Accent)));
                }
            }
        });
    }

    fn keys(&self, ui: &mut Ui<'_>, kit: &Kit, left: f32, top: f32, width: f32, height: f32) {
        let last = self.document.items.len().saturating_sub(1);
        let (before, closer, after) = (kit.word("gallery.previous"), kit.word("gallery.zoom"), kit.word("gallery.next"));
        let kind = |there: bool| if there { Kind::Plain } else { Kind::Off };
        // Keys that stand side by side have letters of one size.
        let narrow = kit.pick((width - 48.0) / 3.2, (width - 20.0) / 2.0);
        let wide = kit.pick(narrow * 1.2, width);
        let size = blocks::label_size(kit, narrow, &before, 1).min(blocks::label_size(kit, narrow, &after, 1));
        let size = size.min(blocks::label_size(kit, wide, &closer, 1));
        let size = Some(size);
        let previous = Button { label: &before, kind: kind(self.chosen > 0), before: Some(Icon::Previous), size, ..default() };
        let next = Button { label: &after, kind: kind(self.chosen < last), after: Some(Icon::Next), size, ..default() };
        let zoom = Button { label: &closer, before: Some(Icon::ZoomIn), size, ..default() };
        if kit.portrait() {
            let side = (width - 48.0) / 3.2;
            blocks::button(ui, kit, blocks::at(left, top, side, height), previous).insert(Key::Show(self.chosen.saturating_sub(1)));
            blocks::button(ui, kit, blocks::at(left + side + 24.0, top, side * 1.2, height), zoom).insert(Key::Open);
            blocks::button(ui, kit, blocks::at(left + width - side, top, side, height), next).insert(Key::Show(self.chosen + 1));
        } else {
            let side = (width - 20.0) / 2.0;
            blocks::button(ui, kit, blocks::at(left, top, width, height), zoom).insert(Key::Open);
            blocks::button(ui, kit, blocks::at(left, top + height + 20.0, side, height), previous).insert(Key::Show(self.chosen.saturating_sub(1)));
            blocks::button(ui, kit, blocks::at(left + side + 20.0, top + height + 20.0, side, height), next).insert(Key::Show(self.chosen + 1));
        }
    }

    /// The picture alone, as large as the page, to be moved and enlarged.
    fn closely(&self, ui: &mut Ui<'_>, kit: &Kit, item: &GalleryItem, zoom: Zoom) {
        let size = kit.surface.size;
        let keys_height = kit.pick(104.0, 88.0);
        let keys_top = kit.pick(kit.bar_top() - 186.0, kit.bar_top() - keys_height - 24.0);
        let place = Vec2::new(size.x, keys_top - 28.0);
        let source = kit
            .exhibition
            .pictures
            .pictures
            .get(item.picture.as_str())
            .map_or(Vec2::new(16.0, 9.0), |prepared| Vec2::new(prepared.size_px[0] as f32, prepared.size_px[1] as f32));
        let drawn = source * (place / source).min_element();
        ui.spawn((Node { overflow: Overflow::clip(), ..blocks::at(0.0, 0.0, place.x, place.y) }, Pannable, CloselyBand))
            .with_children(|ui| {
                let (corner, size) = zoom.lies(place, drawn);
                // Twice the pixels of the whole view: enough to look into it.
                blocks::picture(ui, kit, &item.picture, drawn * 2.0, Mount::Cover, blocks::at(corner.x, corner.y, size.x, size.y))
                    .insert(Closely { place, drawn });
            });
        let (farther, whole, closer) = (kit.word("gallery.zoom_out"), kit.word("gallery.fit"), kit.word("gallery.zoom_in"));
        let left = kit.pick(kit.margin(), (size.x - 1080.0) / 2.0);
        let width = kit.pick(size.x - 2.0 * kit.margin(), 1080.0);
        let side = (width - 48.0) / 3.0;
        let x = |i: f32| left + i * (side + 24.0);
        blocks::button(ui, kit, blocks::at(x(0.0), keys_top, side, keys_height), Button { label: &farther, before: Some(Icon::ZoomOut), ..default() })
            .insert(Key::Farther);
        blocks::button(ui, kit, blocks::at(x(1.0), keys_top, side, keys_height), Button { label: &whole, ..default() }).insert(Key::Close);
        blocks::button(ui, kit, blocks::at(x(2.0), keys_top, side, keys_height), Button { label: &closer, before: Some(Icon::ZoomIn), ..default() })
            .insert(Key::Closer);
    }
}

/// What is said of a picture beside its source: that it is a drawing, else whose it is; and what a model made is said to be.
pub(super) fn credit(kit: &Kit, picture: &MediaId) -> Option<String> {
    let Some(Media::Picture(picture)) = kit.exhibition.compiled.media.get(picture) else { return None };
    let credit = if picture.drawing {
        kit.word("page.drawing")
    } else {
        kit.text(&picture.common.credit).to_owned()
    };
    Some(if picture.common.ai_generated { format!("{credit}\n{}", kit.word("page.ai_generated")) } else { credit })
}

fn choose(
    mut taps: MessageReader<Tapped>,
    keys: Query<&Key>,
    views: Query<&Closely>,
    mut pages: Query<&mut GalleryPage>,
    mut sound: MessageWriter<PlaySound>,
    mut happened: MessageWriter<Happened>,
) {
    let Some(key) = taps.read().filter_map(|tap| keys.get(tap.entity).ok()).last() else { return };
    let (place, drawn) = views.iter().next().map_or((Vec2::ONE, Vec2::ONE), |view| (view.place, view.drawn));
    for mut page in &mut pages {
        match *key {
            Key::Show(index) => show(&mut page, index, &mut sound, &mut happened),
            Key::Open => {
                page.zoom = Some(CLOSER);
                happened.write(Happened("gallery closer".into()));
            }
            Key::Close => page.zoom = None,
            Key::Closer | Key::Farther => {
                let factor = if matches!(key, Key::Closer) { Zoom::STEP } else { 1.0 / Zoom::STEP };
                page.zoom = page.zoom.map(|zoom| zoom.by(factor, place / 2.0, Vec2::ZERO, place, drawn));
            }
        }
    }
}

fn show(page: &mut Mut<'_, GalleryPage>, index: usize, sound: &mut MessageWriter<PlaySound>, happened: &mut MessageWriter<Happened>) {
    let index = index.min(page.document.items.len().saturating_sub(1));
    if index != page.chosen {
        page.chosen = index;
        sound.write(PlaySound(UiSound::Turn));
        happened.write(Happened(format!("gallery picture {}", index + 1)));
    }
}

fn swipe(
    mut pans: MessageReader<Panned>,
    bands: Query<(), With<Turns>>,
    mut pages: Query<&mut GalleryPage>,
    mut sound: MessageWriter<PlaySound>,
    mut happened: MessageWriter<Happened>,
) {
    for pan in pans.read().filter(|pan| pan.phase == PanPhase::Ended && bands.contains(pan.entity)) {
        if pan.total.x.abs() < SWIPE_PX || pan.total.x.abs() < pan.total.y.abs() {
            continue;
        }
        for mut page in &mut pages {
            let to = if pan.total.x < 0.0 { page.chosen + 1 } else { page.chosen.saturating_sub(1) };
            show(&mut page, to, &mut sound, &mut happened);
        }
    }
}

/// Fingers move and enlarge the picture in place; the page is not built again.
fn look_closer(
    mut pans: MessageReader<Panned>,
    mut pinches: MessageReader<Pinched>,
    bands: Query<(), With<CloselyBand>>,
    mut views: Query<(&Closely, &mut Node)>,
    mut pages: Query<&mut GalleryPage>,
    mut moves: MessageWriter<Moves>,
) {
    let steps: Vec<(f32, Vec2, Vec2)> = pans
        .read()
        .filter(|pan| bands.contains(pan.entity))
        .map(|pan| (1.0, Vec2::ZERO, pan.delta))
        .chain(pinches.read().filter(|pinch| bands.contains(pinch.entity)).map(|pinch| (pinch.factor, pinch.centre, pinch.delta)))
        .collect();
    if steps.is_empty() {
        return;
    }
    for mut page in &mut pages {
        let Some(mut zoom) = page.zoom else { continue };
        for (view, mut node) in &mut views {
            for (factor, centre, moved) in &steps {
                zoom = zoom.by(*factor, *centre, *moved, view.place, view.drawn);
            }
            let (corner, size) = zoom.lies(view.place, view.drawn);
            (node.left, node.top, node.width, node.height) = (px(corner.x), px(corner.y), px(size.x), px(size.y));
        }
        page.bypass_change_detection().zoom = Some(zoom);
        moves.write(Moves);
    }
}
