//! The same view before and after: a line that a finger draws over two pictures which lie on one another.

use bevy::prelude::*;
use pingfeng_content::model::{Compare, ComparePair, CompareSide, Scene};

use super::story::position;
use crate::{
    ScreenSystems,
    blocks::{self, Button, Card, CardPlace, Icon, Kind, Mount, Slider, Ui, fitting},
    cue::{Happened, PlaySound, UiSound},
    damage::Moves,
    input::{PanPhase, Pannable, Panned, Tapped},
    stage::{OnTap, Opening, SceneKind, SceneKinds},
    theme::{Easing, Elevation, Kit, Motion, Role, Style, ease},
};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<ComparePage>(app);
    app.add_systems(Update, (choose, drag, glide, place).chain().in_set(ScreenSystems::Decide));
}

/// How long the line takes to where a key sends it, seconds.
const GLIDE_S: f32 = 0.5;
/// Across, the card may cover so much of the picture, px.
const CARD_OVER_PX: f32 = 90.0;
/// Thickness of the line and diameter of its handle, px.
const LINE_PX: f32 = 6.0;
const HANDLE_PX: f32 = 84.0;

/// Pairs of pictures, the one that is shown, and where the line stands. `at` is changed past change detection.
#[derive(Component)]
pub struct ComparePage {
    document: Compare,
    shown: usize,
    /// How much of the picture before is seen, 0 to 1 from the left.
    at: f32,
    moves: Option<Glide>,
}

/// The line on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Glide {
    from: f32,
    to: f32,
    elapsed_s: f32,
}

/// On what can be touched.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
enum Control {
    /// Sends the line there.
    To(f32),
    /// Shows another pair.
    Pair(usize),
    /// The line follows a finger here: left edge and width on the page, px.
    Band { left: f32, width: f32 },
}

/// What moves with the line.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
enum Moving {
    /// The box that cuts the picture before.
    Cut,
    Line,
    Done,
    Knob,
}

impl SceneKind for ComparePage {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        match opening.scene {
            Scene::Compare(document) => Some(Self { document: document.clone(), shown: 0, at: 0.5, moves: None }),
            _ => None,
        }
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let Some(pair) = self.document.pairs.get(self.shown) else { return };
        let size = kit.surface.size;
        let extra = kit.bar_top() - kit.pick(1780.0, 968.0);
        let glass = Rect::new(0.0, 0.0, size.x, kit.pick(920.0, 620.0) + extra);
        self.pictures(ui, kit, pair, glass);
        let plate_width = kit.pick(size.x - 2.0 * kit.margin(), 900.0);
        ui.spawn(Node { left: px(kit.margin()), top: px(kit.pick(72.0, 48.0)), ..blocks::absolute() }).with_children(|ui| {
            let chapter = self.document.chapter.as_ref().map(|chapter| kit.text(chapter));
            blocks::chapter_plate(ui, kit, chapter, kit.text(&self.document.title), plate_width);
        });
        self.controls(ui, kit, pair, glass.max.y);
    }
}

impl ComparePage {
    fn pictures(&self, ui: &mut Ui<'_>, kit: &Kit, pair: &ComparePair, glass: Rect) {
        let size = glass.size();
        let band = Control::Band { left: glass.min.x, width: size.x };
        ui.spawn((blocks::at(glass.min.x, glass.min.y, size.x, size.y), Pannable, band)).with_children(|ui| {
            blocks::picture(ui, kit, &pair.after.picture, size, Mount::Cover, blocks::fill());
            // The picture before lies on it and is cut at the line.
            ui.spawn((
                Node {
                    left: px(0.0),
                    top: px(0.0),
                    bottom: px(0.0),
                    width: percent(self.at * 100.0),
                    overflow: Overflow::clip(),
                    ..blocks::absolute()
                },
                Moving::Cut,
            ))
            .with_children(|ui| {
                blocks::picture(ui, kit, &pair.before.picture, size, Mount::Cover, blocks::at(0.0, 0.0, size.x, size.y));
            });
            let paper = kit.colour(Role::Sheet);
            ui.spawn((
                Node {
                    left: percent(self.at * 100.0),
                    top: px(0.0),
                    bottom: px(0.0),
                    width: px(LINE_PX),
                    margin: UiRect::left(px(-LINE_PX / 2.0)),
                    align_items: AlignItems::Center,
                    justify_content: JustifyContent::Center,
                    ..blocks::absolute()
                },
                BackgroundColor(paper),
                blocks::elevation(kit, Elevation::Sheet1),
                Moving::Line,
            ))
            .with_children(|ui| {
                ui.spawn((
                    Node {
                        width: px(HANDLE_PX),
                        height: px(HANDLE_PX),
                        flex_shrink: 0.0,
                        border_radius: BorderRadius::MAX,
                        align_items: AlignItems::Center,
                        justify_content: JustifyContent::Center,
                        column_gap: px(2.0),
                        ..default()
                    },
                    BackgroundColor(paper),
                    blocks::elevation(kit, Elevation::Sheet1),
                ))
                .with_children(|ui| {
                    blocks::icon(ui, kit, Icon::Previous, 34.0, Role::Ink);
                    blocks::icon(ui, kit, Icon::Next, 34.0, Role::Ink);
                });
            });
            for (side, left) in [(&pair.before, true), (&pair.after, false)] {
                date(ui, kit, side, left, size.x);
            }
        });
    }

    fn controls(&self, ui: &mut Ui<'_>, kit: &Kit, pair: &ComparePair, top: f32) {
        let (margin, size) = (kit.margin(), kit.surface.size);
        let wide = kit.pick(size.x - 2.0 * margin, 760.0);
        ui.spawn((blocks::at(0.0, top, size.x, kit.bar_top() - top), BackgroundColor(kit.colour(Role::Paper))));
        let (left, width) = (margin + 26.0, wide - 52.0);
        let look = Slider {
            left,
            middle: top + kit.pick(76.0, 50.0),
            width,
            at: self.at,
            line: kit.colour(Role::Line),
            done: kit.colour(Role::LineStrong),
            knob: kit.colour(Role::Sheet),
            ring: kit.colour(Role::Accent),
            ring_px: 7.0,
            marks: vec![0.5],
            mark: kit.colour(Role::LineStrong),
            works: true,
        };
        blocks::slider(ui, kit, &look, Moving::Done, Moving::Knob, |_| {}).insert(Control::Band { left, width });
        let gap = 18.0;
        let keys = blocks::at(margin, top + kit.pick(138.0, 104.0), wide, kit.pick(104.0, 84.0));
        let key_width = (wide - 2.0 * gap) / 3.0;
        let words = [("compare.before", 1.0), ("compare.half", 0.5), ("compare.after", 0.0)].map(|(word, to)| (kit.word(word), to));
        let label = words.iter().map(|(word, _)| blocks::label_size(kit, key_width, word, 0)).fold(f32::MAX, f32::min);
        ui.spawn(Node { column_gap: px(gap), ..keys }).with_children(|ui| {
            for (word, to) in &words {
                let node = Node { width: px(key_width), height: percent(100.0), ..default() };
                blocks::button(ui, kit, node, Button { label: word, size: Some(label), ..default() }).insert(Control::To(*to));
            }
        });
        let sources = kit.sources(&pair.sources);
        let words = Card { title: kit.text(&pair.title), text: kit.text(&pair.text), sources: &sources, ..default() };
        let pairs = self.document.pairs.len() > 1 || self.document.next.is_some();
        let place = if kit.portrait() {
            let bottom = kit.bar_top() - if pairs { 164.0 } else { 40.0 };
            CardPlace { left: margin, width: wide, top: top + 270.0, top_min: top + 270.0, bottom }
        } else {
            let left = margin + wide + 60.0;
            CardPlace { left, width: size.x - left - margin, top: top - 40.0, top_min: top - CARD_OVER_PX, bottom: kit.bar_top() - 24.0 }
        };
        blocks::card(ui, kit, words, place);
        if pairs {
            self.ways_on(ui, kit, wide);
        }
    }

    /// To the pair before and after, and onwards after the last.
    fn ways_on(&self, ui: &mut Ui<'_>, kit: &Kit, wide: f32) {
        let height = kit.pick(104.0, 84.0);
        let middle = 150.0;
        let gap = 18.0;
        let width = (wide - middle - 2.0 * gap) / 2.0;
        let last = self.shown + 1 == self.document.pairs.len();
        let row = blocks::at(kit.margin(), kit.bar_top() - height - kit.pick(32.0, 20.0), wide, height);
        let (previous, next, onward) = (kit.word("gallery.previous"), kit.word("gallery.next"), kit.word("timeline.go_on"));
        if let (1, Some(scene)) = (self.document.pairs.len(), &self.document.next) {
            let way = Button { label: &onward, kind: Kind::Main, after: Some(Icon::Next), ..default() };
            blocks::button(ui, kit, row, way).insert(OnTap::Go(scene.clone()));
            return;
        }
        ui.spawn(Node { column_gap: px(gap), align_items: AlignItems::Center, ..row }).with_children(|ui| {
            let node = || Node { width: px(width), height: px(height), ..default() };
            let kind = |there: bool| if there { Kind::Plain } else { Kind::Off };
            let before = Button { label: &previous, kind: kind(self.shown > 0), before: Some(Icon::Previous), ..default() };
            let mut key = blocks::button(ui, kit, node(), before);
            if self.shown > 0 {
                key.insert(Control::Pair(self.shown - 1));
            }
            let at = position(kit, self.shown, self.document.pairs.len());
            blocks::label(ui, kit, Style::H3, 34.0, Role::Ink2, &at, Node { width: px(middle), ..default() });
            match (&self.document.next, last) {
                (Some(scene), true) => {
                    let way = Button { label: &onward, kind: Kind::Main, after: Some(Icon::Next), ..default() };
                    blocks::button(ui, kit, node(), way).insert(OnTap::Go(scene.clone()));
                }
                (_, last) => {
                    let way = Button { label: &next, kind: kind(!last), after: Some(Icon::Next), ..default() };
                    let mut key = blocks::button(ui, kit, node(), way);
                    if !last {
                        key.insert(Control::Pair(self.shown + 1));
                    }
                }
            }
        });
    }

    fn send(&mut self, to: f32, motion: Motion) {
        self.moves = None;
        if motion == Motion::Full && to != self.at {
            self.moves = Some(Glide { from: self.at, to, elapsed_s: 0.0 });
        } else {
            self.at = to;
        }
    }
}

/// When a picture was made, on a slip in its corner: before on the left, after on the right.
fn date(ui: &mut Ui<'_>, kit: &Kit, side: &CompareSide, left: bool, width: f32) {
    let words = kit.text(&side.when);
    let size = fitting::fit(kit, Style::H3, 38.0, words, width * 0.36, 1).size;
    let mut node = Node {
        bottom: px(kit.pick(28.0, CARD_OVER_PX + 20.0)),
        padding: UiRect::axes(px(24.0), px(8.0)),
        border_radius: BorderRadius::all(px(kit.tokens.radius("picture"))),
        ..blocks::absolute()
    };
    if left {
        node.left = px(kit.margin());
    } else {
        node.right = px(kit.margin());
    }
    blocks::sheet(ui, kit, Elevation::Sheet1, node).with_children(|ui| {
        blocks::text_sized(ui, kit, Style::H3, size, Role::Ink, words).insert(TextLayout::no_wrap());
    });
}

fn choose(
    mut taps: MessageReader<Tapped>,
    controls: Query<&Control>,
    mut pages: Query<&mut ComparePage>,
    kit: Option<Res<Kit>>,
    mut sound: MessageWriter<PlaySound>,
    mut happened: MessageWriter<Happened>,
) {
    let Some(kit) = kit else { return };
    for tap in taps.read() {
        let Ok(control) = controls.get(tap.entity) else { continue };
        for mut page in &mut pages {
            match *control {
                Control::To(to) => {
                    page.bypass_change_detection().send(to, kit.motion);
                    happened.write(Happened(format!("compare {:.0}%", to * 100.0)));
                }
                Control::Band { left, width } => {
                    let to = ((tap.at.x - left) / width.max(1.0)).clamp(0.0, 1.0);
                    page.bypass_change_detection().send(to, kit.motion);
                    happened.write(Happened(format!("compare {:.0}%", to * 100.0)));
                }
                Control::Pair(index) => {
                    page.shown = index.min(page.document.pairs.len().saturating_sub(1));
                    page.at = 0.5;
                    page.moves = None;
                    sound.write(PlaySound(UiSound::Turn));
                    if let Some(pair) = page.document.pairs.get(page.shown) {
                        happened.write(Happened(format!("compare {}", pair.id)));
                    }
                }
            }
        }
    }
}

/// The line follows the finger, on the pictures and on the slider.
fn drag(
    mut pans: MessageReader<Panned>,
    controls: Query<&Control>,
    mut pages: Query<&mut ComparePage>,
    mut moves: MessageWriter<Moves>,
    mut happened: MessageWriter<Happened>,
) {
    for pan in pans.read() {
        let Ok(Control::Band { width, .. }) = controls.get(pan.entity) else { continue };
        for mut page in &mut pages {
            let now = page.bypass_change_detection();
            now.moves = None;
            now.at = (now.at + pan.delta.x / width.max(1.0)).clamp(0.0, 1.0);
            moves.write(Moves);
            if pan.phase == PanPhase::Ended {
                happened.write(Happened(format!("compare {:.0}%", now.at * 100.0)));
            }
        }
    }
}

fn glide(mut pages: Query<&mut ComparePage>, time: Res<Time>, mut moves: MessageWriter<Moves>) {
    for mut page in &mut pages {
        let Some(mut glide) = page.moves else { continue };
        let now = page.bypass_change_detection();
        glide.elapsed_s += time.delta_secs();
        let part = (glide.elapsed_s / GLIDE_S).min(1.0);
        now.at = glide.from + (glide.to - glide.from) * ease(Easing::Move, part);
        now.moves = (part < 1.0).then_some(glide);
        moves.write(Moves);
    }
}

/// Puts what moves where the line stands.
fn place(pages: Query<&ComparePage>, mut moving: Query<(&Moving, &mut Node)>) {
    for page in &pages {
        let at = percent(page.at * 100.0);
        for (part, mut node) in &mut moving {
            let value = match part {
                Moving::Cut | Moving::Done => &mut node.bypass_change_detection().width,
                Moving::Line | Moving::Knob => &mut node.bypass_change_detection().left,
            };
            if *value != at {
                *value = at;
                node.set_changed();
            }
        }
    }
}
