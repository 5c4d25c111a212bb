//! Events along a rail: swipe it, jump by era, read the card of the chosen one.

use bevy::prelude::*;
use pingfeng_content::model::{Event, PieceId, Scene, Timeline};

use super::story::position;
use crate::{
    ScreenSystems,
    blocks::{self, Button, Card, CardPlace, Icon, Kind, Mount, PressLook, Ui, fitting},
    cue::{Happened, PlaySound, UiSound},
    damage::Moves,
    input::{PanPhase, Pannable, Panned, Tapped, Touchable},
    stage::{OnTap, Opening, SceneKind, SceneKinds},
    theme::{Elevation, Kit, Role, Style},
};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<TimelinePage>(app);
    app.add_systems(Update, (choose, swipe, settle).chain().in_set(ScreenSystems::Decide));
}

/// A timeline, the chosen event, and where the rail stands.
#[derive(Component)]
pub struct TimelinePage {
    document: Timeline,
    chosen: usize,
    /// The event under the middle of the display, with a fraction while the rail moves.
    rail: f32,
}

/// Left edge of the card in landscape, px.
const CARD_LEFT: f32 = 900.0;
/// Left and right of the name of an era on its tab, px.
const TAB_SIDE: f32 = 10.0;
/// Marks on either side of the chosen one that are built. A swipe cannot go further at once.
const MARKS_AROUND: usize = 7;
/// How long a released rail would run, seconds of its speed.
const MOMENTUM_S: f32 = 0.22;
/// The rail comes to rest with this time constant, seconds.
const SETTLE_S: f32 = 0.09;

/// Leads to an event.
#[derive(Component, Clone, Copy)]
struct Choose(usize);

/// The strip of marks, which moves.
#[derive(Component)]
struct RailStrip;

/// Where a finger can swipe.
#[derive(Component)]
struct RailBand;

/// The finger has left and the rail runs to the chosen event.
#[derive(Component)]
struct Running;

impl TimelinePage {
    fn event(&self) -> Option<&Event> {
        self.document.events.get(self.chosen)
    }

    /// The picture of the chosen event, else the last one before it.
    fn picture(&self) -> Option<&pingfeng_content::model::MediaId> {
        let events = &self.document.events;
        let upto = events.get(..=self.chosen)?;
        upto.iter().rev().find_map(|event| event.picture.as_ref()).or_else(|| events.iter().find_map(|event| event.picture.as_ref()))
    }

    fn first_of(&self, era: &PieceId) -> Option<usize> {
        self.document.events.iter().position(|event| event.era.as_ref() == Some(era))
    }
}

/// Distance of two marks on the rail, logical px.
fn spacing(kit: &Kit) -> f32 {
    kit.pick(kit.surface.size.x / 5.0, (kit.surface.size.x - 400.0) / 5.0)
}

impl SceneKind for TimelinePage {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        match opening.scene {
            Scene::Timeline(document) => Some(Self { document: document.clone(), chosen: 0, rail: 0.0 }),
            _ => None,
        }
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let Some(event) = self.event() else { return };
        let size = kit.surface.size;
        let margin = kit.margin();
        let eras = !self.document.eras.is_empty();
        let shift = size.y - kit.pick(1920.0, 1080.0) - kit.lift();
        let hero = Vec2::new(size.x, kit.pick(820.0, 676.0 + shift));
        if let Some(picture) = self.picture() {
            ui.spawn((blocks::at(0.0, 0.0, hero.x, hero.y), Pannable, RailBand)).with_children(|ui| {
                blocks::picture(ui, kit, picture, hero, Mount::Cover, blocks::fill());
            });
        }
        let plate_width = kit.pick(size.x - 2.0 * margin, CARD_LEFT - 40.0 - margin);
        ui.spawn(Node { left: px(margin), top: px(kit.pick(72.0, 60.0)), ..blocks::absolute() }).with_children(|ui| {
            let chapter = self.document.chapter.as_ref().map(|chapter| kit.text(chapter));
            blocks::chapter_plate(ui, kit, chapter, kit.text(&self.document.title), plate_width);
        });
        let rail_top = shift + kit.pick(if eras { 1338.0 } else { 1296.0 }, 706.0);
        let place = if kit.portrait() {
            CardPlace {
                left: margin,
                width: size.x - 2.0 * margin,
                top: if eras { 600.0 } else { 640.0 },
                top_min: 170.0,
                bottom: rail_top - if eras { 138.0 } else { 56.0 },
            }
        } else {
            CardPlace { left: CARD_LEFT, width: size.x - CARD_LEFT - margin, top: 72.0, top_min: 40.0, bottom: rail_top - 40.0 }
        };
        let sources = kit.sources(&event.sources);
        let year = event.date.get(..4).unwrap_or_default();
        let words = Card {
            year,
            when: kit.text(&event.when),
            title: kit.text(&event.title),
            text: kit.text(&event.text),
            sources: &sources,
        };
        blocks::card(ui, kit, words, place);
        if eras {
            self.eras(ui, kit, rail_top, event);
        }
        self.rail(ui, kit, rail_top);
        self.keys(ui, kit, rail_top);
    }
}

impl TimelinePage {
    /// Tabs that jump to the first event of an era.
    fn eras(&self, ui: &mut Ui<'_>, kit: &Kit, rail_top: f32, event: &Event) {
        let height = kit.tokens.touch("min");
        let (top, left, width) = kit.pick(
            (rail_top - 24.0 - height, kit.margin(), kit.surface.size.x - 2.0 * kit.margin()),
            (rail_top - 40.0 - height, kit.margin(), CARD_LEFT - kit.margin() - 40.0),
        );
        let gap = kit.pick(12.0, 10.0);
        let shown: Vec<_> = self.document.eras.iter().filter_map(|era| Some((era, self.first_of(&era.id)?))).collect();
        let tabs = Tabs::new(kit, shown.iter().map(|(era, _)| kit.text(&era.title)), width, gap);
        ui.spawn(Node { column_gap: px(gap), ..blocks::at(left, top, width, height) }).with_children(|ui| {
            for (era, first) in shown {
                let here = event.era.as_ref() == Some(&era.id);
                let ground = kit.colour(if here { Role::LineStrong } else { Role::Sheet });
                let look = PressLook::sheet(kit, Elevation::Sheet1, ground);
                ui.spawn((
                    Node {
                        flex_grow: 1.0,
                        // Tabs are as wide as their names ask for, or all alike where names take two lines.
                        flex_basis: if tabs.lines > 1 { px(0.0) } else { auto() },
                        min_width: px(0.0),
                        height: percent(100.0),
                        padding: UiRect::axes(px(TAB_SIDE), px(0.0)),
                        align_items: AlignItems::Center,
                        justify_content: JustifyContent::Center,
                        border_radius: BorderRadius::all(px(kit.tokens.radius("card"))),
                        ..default()
                    },
                    BackgroundColor(ground),
                    look.shadow.clone(),
                    look,
                    Touchable,
                    Choose(first),
                ))
                .with_children(|ui| {
                    let role = if here { Role::Paper } else { Role::Ink };
                    let mut name = blocks::text_sized(ui, kit, Style::Small, tabs.size, role, kit.text(&era.title));
                    if tabs.lines > 1 {
                        name.insert((blocks::centred(), bevy::text::LineHeight::RelativeToFont(1.15)));
                    } else {
                        name.insert(TextLayout::no_wrap());
                    }
                });
            }
        });
    }

    fn rail(&self, ui: &mut Ui<'_>, kit: &Kit, top: f32) {
        let width = kit.surface.size.x;
        let step = spacing(kit);
        let height = 224.0;
        let inset = kit.pick(0.0, 200.0);
        ui.spawn((blocks::at(0.0, top + 92.0, width, 6.0), BackgroundColor(kit.colour(Role::LineStrong))));
        ui.spawn((
            Node { overflow: Overflow::clip_x(), ..blocks::at(inset, top, width - 2.0 * inset, height) },
            Pannable,
            RailBand,
        ))
        .with_children(|ui| {
            let middle = width / 2.0 - inset;
            ui.spawn((
                Node { left: px(middle), top: px(0.0), width: px(0.0), height: px(height), ..blocks::absolute() },
                UiTransform::from_translation(Val2::px(-self.rail * step, 0.0)),
                RailStrip,
            ))
            .with_children(|ui| {
                let first = self.chosen.saturating_sub(MARKS_AROUND);
                for (index, event) in self.document.events.iter().enumerate().skip(first).take(2 * MARKS_AROUND + 1) {
                    self.mark(ui, kit, index, event, step);
                }
            });
        });
    }

    fn mark(&self, ui: &mut Ui<'_>, kit: &Kit, index: usize, event: &Event, step: f32) {
        let on = index == self.chosen;
        let width = step - 12.0;
        let (dot, border, dot_border) = if on { (60.0, Role::Paper, 8.0) } else { (28.0, Role::LineStrong, 6.0) };
        ui.spawn((blocks::at(index as f32 * step - width / 2.0, 0.0, width, 224.0), Touchable, Choose(index))).with_children(|ui| {
            let middle = |top: f32, height: f32| Node {
                left: px(0.0),
                right: px(0.0),
                top: px(top),
                height: px(height),
                justify_content: JustifyContent::Center,
                align_items: AlignItems::Center,
                ..blocks::absolute()
            };
            ui.spawn(middle(if on { 4.0 } else { 26.0 }, 46.0)).with_children(|ui| {
                // The rail keeps its measure at every text size; what it says stands large on the card.
                let size = if on { 40.0 } else { 34.0 };
                let mark = kit.text(&event.mark);
                let size = size * (0.92 * width / (mark.chars().count().max(1) as f32 * size * 0.6)).min(1.0) / half_scale(kit);
                blocks::text_sized(ui, kit, Style::H3, size, if on { Role::AccentText } else { Role::Ink }, mark).insert(TextLayout::no_wrap());
            });
            let ring = if on { 5.0 } else { 0.0 };
            ui.spawn((
                Node {
                    padding: UiRect::all(px(ring)),
                    border_radius: BorderRadius::MAX,
                    ..blocks::at((width - dot) / 2.0 - ring, 95.0 - dot / 2.0 - ring, dot + 2.0 * ring, dot + 2.0 * ring)
                },
                BackgroundColor(if on { kit.colour(Role::Accent) } else { Color::NONE }),
            ))
            .with_children(|ui| {
                ui.spawn((
                    Node { flex_grow: 1.0, border: UiRect::all(px(dot_border)), border_radius: BorderRadius::MAX, ..default() },
                    BackgroundColor(kit.colour(if on { Role::Accent } else { Role::Paper })),
                    BorderColor::all(kit.colour(border)),
                ));
            });
            ui.spawn(Node { align_items: AlignItems::FlexStart, ..middle(if on { 144.0 } else { 130.0 }, 80.0) }).with_children(|ui| {
                let (style, role, size) = if on { (Style::Strong, Role::Ink, 30.0_f32) } else { (Style::Small, Role::Ink2, 27.0) };
                let title = kit.text(&event.title).replace('\n', "");
                let size = size.min(2.0 * width / (ems(&title) + 1.0)) / kit.text_scale;
                blocks::text_sized(ui, kit, style, size, role, &title)
                    .insert((blocks::centred(), bevy::text::LineHeight::RelativeToFont(1.3)));
            });
        });
    }

    fn keys(&self, ui: &mut Ui<'_>, kit: &Kit, rail_top: f32) {
        let events = &self.document.events;
        let (before, after) = (self.chosen.checked_sub(1), (self.chosen + 1 < events.len()).then_some(self.chosen + 1));
        let name = |index: Option<usize>| index.map(|i| kit.text(&events[i].title).replace('\n', "")).unwrap_or_default();
        let onward = kit.word("timeline.go_on");
        if kit.portrait() {
            let (gap, between) = (24.0, 150.0);
            ui.spawn(Node {
                column_gap: px(gap),
                align_items: AlignItems::Center,
                ..blocks::at(kit.margin(), rail_top + 250.0, kit.surface.size.x - 2.0 * kit.margin(), 104.0)
            })
            .with_children(|ui| {
                let side = || Node { width: px((kit.surface.size.x - 2.0 * kit.margin() - between) / 2.0 - gap), ..default() };
                let kind = |there: bool| if there { Kind::Plain } else { Kind::Off };
                let label = if before.is_some() { name(before) } else { kit.word("timeline.previous") };
                let short = |label: String| if ems(&label) > 6.5 { None } else { Some(label) };
                let label = short(label).unwrap_or_else(|| kit.word("timeline.previous"));
                let mut key = blocks::button(ui, kit, side(), Button { label: &label, kind: kind(before.is_some()), before: Some(Icon::Previous), ..default() });
                if let Some(before) = before {
                    key.insert(Choose(before));
                }
                let at = position(kit, self.chosen, events.len());
                blocks::label(ui, kit, Style::H3, 36.0, Role::Ink2, &at, Node { width: px(between), ..default() });
                match (after, &self.document.next) {
                    (Some(after), _) => {
                        let label = short(name(Some(after))).unwrap_or_else(|| kit.word("timeline.next"));
                        blocks::button(ui, kit, side(), Button { label: &label, after: Some(Icon::Next), ..default() }).insert(Choose(after));
                    }
                    (None, Some(next)) => {
                        blocks::button(ui, kit, side(), Button { label: &onward, kind: Kind::Main, after: Some(Icon::Next), ..default() })
                            .insert(OnTap::Go(next.clone()));
                    }
                    (None, None) => {
                        blocks::button(ui, kit, side(), Button { label: &kit.word("timeline.next"), kind: Kind::Off, after: Some(Icon::Next), ..default() });
                    }
                }
            });
            return;
        }
        let key = |x: f32| Node { ..blocks::at(x, rail_top + 38.0, 104.0, 104.0) };
        let mut left = blocks::button(
            ui,
            kit,
            key(kit.margin()),
            Button { before: Some(Icon::Previous), kind: if before.is_some() { Kind::Plain } else { Kind::Off }, ..default() },
        );
        if let Some(before) = before {
            left.insert(Choose(before));
        }
        let right = kit.surface.size.x - kit.margin() - 104.0;
        match (after, &self.document.next) {
            (Some(after), _) => {
                blocks::button(ui, kit, key(right), Button { after: Some(Icon::Next), ..default() }).insert(Choose(after));
            }
            (None, Some(next)) => {
                // The last event leads on: the key becomes wide and says so.
                blocks::button(ui, kit, blocks::at(right - 196.0, rail_top + 38.0, 300.0, 104.0), Button { label: &onward, kind: Kind::Main, after: Some(Icon::Next), ..default() })
                    .insert(OnTap::Go(next.clone()));
            }
            (None, None) => {
                blocks::button(ui, kit, key(right), Button { after: Some(Icon::Next), kind: Kind::Off, ..default() });
            }
        }
    }
}

/// How the names of eras are set: on one line, or, where many long ones stand side by side, on two.
struct Tabs {
    size: f32,
    lines: usize,
}

impl Tabs {
    fn new<'a>(kit: &Kit, names: impl Iterator<Item = &'a str> + Clone, width: f32, gap: f32) -> Self {
        let wanted = kit.pick(28.0, 26.0);
        let count = names.clone().count().max(1) as f32;
        let room = width - gap * (count - 1.0) - 2.0 * TAB_SIDE * count;
        let needed: f32 = names.clone().map(|name| fitting::width(kit, Style::Small, wanted, name)).sum();
        let least = kit.least_px() / kit.text_scale;
        if needed <= room || wanted * room / needed >= least {
            return Self { size: (wanted * room / needed).min(wanted), lines: 1 };
        }
        let fitted = fitting::fit_all(kit, Style::Small, wanted, names, room / count, 2);
        Self { size: fitted.size, lines: fitted.lines }
    }
}

/// By how much titles grow with the visitor's text scale.
fn half_scale(kit: &Kit) -> f32 {
    1.0 + (kit.text_scale - 1.0) / 2.0
}

/// Width of words in Han characters.
fn ems(words: &str) -> f32 {
    words.chars().map(|c| if c.is_ascii() { 0.56 } else { 1.0 }).sum()
}

fn choose(
    mut commands: Commands,
    mut taps: MessageReader<Tapped>,
    targets: Query<&Choose>,
    mut pages: Query<(Entity, &mut TimelinePage)>,
    mut sound: MessageWriter<PlaySound>,
    mut happened: MessageWriter<Happened>,
) {
    let Some(to) = taps.read().filter_map(|tap| targets.get(tap.entity).ok()).last() else { return };
    for (entity, mut page) in &mut pages {
        take(&mut page, to.0, &mut sound, &mut happened);
        commands.entity(entity).insert(Running);
    }
}

/// Chooses an event. A jump over more marks than are built begins near its end.
fn take(page: &mut Mut<'_, TimelinePage>, to: usize, sound: &mut MessageWriter<PlaySound>, happened: &mut MessageWriter<Happened>) {
    let to = to.min(page.document.events.len().saturating_sub(1));
    if to == page.chosen {
        return;
    }
    let far = MARKS_AROUND as f32 - 2.0;
    page.rail = page.rail.clamp(to as f32 - far, to as f32 + far);
    page.chosen = to;
    sound.write(PlaySound(UiSound::Turn));
    if let Some(event) = page.event() {
        happened.write(Happened(format!("timeline {}", event.id)));
    }
}

fn swipe(
    mut commands: Commands,
    mut pans: MessageReader<Panned>,
    bands: Query<(), With<RailBand>>,
    mut pages: Query<(Entity, &mut TimelinePage)>,
    kit: Option<Res<Kit>>,
    mut sound: MessageWriter<PlaySound>,
    mut happened: MessageWriter<Happened>,
    mut moves: MessageWriter<Moves>,
) {
    let Some(kit) = kit else { return };
    let step = spacing(&kit);
    for pan in pans.read().filter(|pan| bands.contains(pan.entity)) {
        for (entity, mut page) in &mut pages {
            let last = page.document.events.len().saturating_sub(1) as f32;
            commands.entity(entity).remove::<Running>();
            // The ends give a little, so that the finger feels them.
            let (low, high) = ((page.chosen as f32 - 5.0).max(-0.35), (page.chosen as f32 + 5.0).min(last + 0.35));
            let rail = (page.rail - pan.delta.x / step).clamp(low, high);
            page.bypass_change_detection().rail = rail;
            moves.write(Moves);
            if pan.phase == PanPhase::Ended {
                let to = (rail - pan.velocity.x * MOMENTUM_S / step).clamp(low, high).round().clamp(0.0, last);
                take(&mut page, to as usize, &mut sound, &mut happened);
                commands.entity(entity).insert(Running);
            }
        }
    }
}

/// Moves the strip, and lets a released rail run to the chosen event.
fn settle(
    mut commands: Commands,
    mut pages: Query<(Entity, &mut TimelinePage, Has<Running>)>,
    mut strips: Query<&mut UiTransform, With<RailStrip>>,
    kit: Option<Res<Kit>>,
    time: Res<Time>,
    mut moves: MessageWriter<Moves>,
) {
    let Some(kit) = kit else { return };
    for (entity, mut page, running) in &mut pages {
        if running {
            let away = page.chosen as f32 - page.rail;
            let page_now = page.bypass_change_detection();
            if away.abs() < 0.004 {
                page_now.rail = page_now.chosen as f32;
                commands.entity(entity).remove::<Running>();
            } else {
                page_now.rail += away * (1.0 - (-time.delta_secs() / SETTLE_S).exp());
            }
            moves.write(Moves);
        }
        let x = px(-page.rail * spacing(&kit));
        for mut strip in &mut strips {
            if strip.translation.x != x {
                strip.translation.x = x;
            }
        }
    }
}
