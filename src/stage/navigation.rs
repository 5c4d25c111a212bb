//! From page to page.
//!
//! The next page is built hidden and its pictures opened while the present one still shows. Only when it is whole are
//! they exchanged, behind a veil of paper, so that nobody ever sees half a page.

use bevy::prelude::*;
use pingfeng_content::model::{Lang, SceneId};

use super::{
    Exhibition, Layer, Page, Pictures, SceneKinds, UiRoot,
    page::{Frame, open_page},
};
use crate::{
    ScreenSystems,
    blocks::{self, Bar, BarKeys},
    cue::{Happened, PlaySound, UiSound},
    input::Tapped,
    phase::Phase,
    theme::{Easing, Kit, Motion, Role, ease},
    visit::{Visit, VisitSeed},
};

/// Shows a scene.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct Go(pub SceneId);

/// Ends the visit.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart;

/// Begins a visit with this scene; only while nobody is visiting.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct ShowScene(pub SceneId);

/// Another exhibition is to be shown from the next page on. Written by the bridge, between visits only.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExhibitionReplaced;

/// On a [`Touchable`](crate::input::Touchable): what a tap does, where it is one of these.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub enum OnTap {
    /// Shows a scene.
    Go(SceneId),
    /// The page before, or home.
    Back,
    /// The first page of a visit.
    Home,
    /// Ends the visit.
    Restart,
    /// The next text size.
    TextSize,
    /// Sound on or off.
    Sound,
    /// The next language.
    Language,
}

/// The scene that is opened first, where it is not the attract loop.
#[derive(Resource, Clone, Debug, Default)]
pub struct FirstScene {
    /// Else the exhibition's attract scene.
    pub scene: Option<SceneId>,
    /// Whether a visit is under way from the start.
    pub starts_visit: bool,
}

/// Whether touches reach pages.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct InputGate {
    closed: bool,
}

impl InputGate {
    /// True while a page can be touched.
    pub fn open(&self) -> bool {
        !self.closed
    }

    /// Until the next page shows.
    pub(crate) fn close_for_transition(&mut self) {
        self.closed = true;
    }
}

/// What is on the glass.
#[derive(Resource, Debug, Default)]
pub struct Stage {
    shown: Option<(Entity, SceneId)>,
    coming: Option<Coming>,
    history: Vec<SceneId>,
    /// Going back is not itself a step that can be gone back from.
    going_back: bool,
    /// Seconds since the shown page appeared, while it still moves in.
    entering_s: Option<f32>,
    /// What the bar holds now; `None` before it was first filled.
    bar: Option<Bar>,
    /// The scene that the next visit begins with, where it is not home.
    wanted: Option<SceneId>,
}

#[derive(Debug)]
struct Coming {
    entity: Entity,
    scene: SceneId,
    waited_s: f32,
    /// One frame builds the page, and only then is it known what pictures it needs.
    frames: u32,
}

impl Stage {
    /// True once a page is shown and none is awaited.
    pub fn page_ready(&self) -> bool {
        self.shown.is_some() && self.coming.is_none()
    }

    /// True while something moves from page to page.
    pub fn in_transition(&self) -> bool {
        self.coming.is_some() || self.entering_s.is_some()
    }

    /// The next visit begins with `scene`.
    pub(crate) fn begin_with(&mut self, scene: SceneId) {
        self.wanted = Some(scene);
    }

    /// The page on the glass.
    pub fn page(&self) -> Option<Entity> {
        self.shown.as_ref().map(|(entity, _)| *entity)
    }

    /// The scene on the glass.
    pub fn scene(&self) -> Option<&SceneId> {
        self.shown.as_ref().map(|(_, scene)| scene)
    }
}

/// A page whose pictures take longer is shown without them, seconds. They appear when they are there.
const PICTURES_WAIT_S: f32 = 3.0;
/// The fade to paper, seconds.
const LEAVE_S: f32 = 0.12;
/// Pages slide in by this much, logical px.
const SLIDE_PX: f32 = 40.0;
/// Pages of a visit that 返回 remembers.
const HISTORY_MAX: usize = 32;

#[derive(Component)]
struct Veil;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Stage>()
        .init_resource::<FirstScene>()
        .init_resource::<InputGate>()
        .add_message::<Go>()
        .add_message::<Restart>()
        .add_message::<ShowScene>()
        .add_message::<ExhibitionReplaced>()
        .add_systems(Startup, spawn_bar)
        .add_systems(OnEnter(Phase::Loading), open_first)
        .add_systems(OnEnter(Phase::Attract), open_attract)
        .add_systems(OnEnter(Phase::Fault), clear)
        .add_systems(OnEnter(Phase::Visit), open_home)
        .add_systems(
            Update,
            (
                (act_on_tap, follow).chain().in_set(ScreenSystems::Navigate),
                (exchange, enter, fill_bar).chain().in_set(ScreenSystems::Exchange),
            ),
        );
}

fn spawn_bar(mut commands: Commands) {
    commands.spawn((UiRoot(Layer::Bar), BarKeys, blocks::fill(), Name::new("foot bar")));
}

#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it touches")]
fn act_on_tap(
    mut taps: MessageReader<Tapped>,
    actions: Query<&OnTap>,
    exhibition: Res<Exhibition>,
    kit: Res<Kit>,
    mut visit: ResMut<Visit>,
    mut stage: ResMut<Stage>,
    phase: Res<State<Phase>>,
    mut go: MessageWriter<Go>,
    mut restart: MessageWriter<Restart>,
) {
    // Read in every phase, so that no tap is left over for the next visit.
    for tap in taps.read() {
        if *phase.get() != Phase::Visit {
            continue;
        }
        let Ok(action) = actions.get(tap.entity) else { continue };
        match action {
            OnTap::Go(scene) => {
                go.write(Go(scene.clone()));
            }
            OnTap::Back => {
                let before = stage.history.pop().unwrap_or_else(|| exhibition.compiled.exhibition.home.clone());
                stage.going_back = true;
                go.write(Go(before));
            }
            OnTap::Home => {
                go.write(Go(exhibition.compiled.exhibition.home.clone()));
            }
            OnTap::Restart => {
                restart.write(Restart);
            }
            OnTap::TextSize => {
                let scales = kit.tokens.text_scales();
                let at = scales.iter().position(|scale| *scale == visit.text_scale).unwrap_or(0);
                visit.text_scale = scales.get(at + 1).or(scales.first()).copied().unwrap_or(1.0);
            }
            OnTap::Sound => visit.sound = !visit.sound,
            OnTap::Language => {
                let languages = &exhibition.compiled.exhibition.languages;
                let at = languages.iter().position(|lang| *lang == visit.lang).unwrap_or(0);
                visit.lang = languages.get(at + 1).or(languages.first()).copied().unwrap_or(Lang::ZhCn);
            }
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it touches")]
fn follow(
    mut commands: Commands,
    mut gos: MessageReader<Go>,
    mut stage: ResMut<Stage>,
    mut gate: ResMut<InputGate>,
    mut sound: MessageWriter<PlaySound>,
    kinds: Res<SceneKinds>,
    exhibition: Res<Exhibition>,
    seed: Res<VisitSeed>,
    phase: Res<State<Phase>>,
) {
    // The last word counts: one finger cannot mean two pages.
    let Some(Go(scene)) = gos.read().last() else { return };
    if *phase.get() != Phase::Visit {
        return;
    }
    let home = &exhibition.compiled.exhibition.home;
    let from = stage.scene().cloned();
    let back = std::mem::take(&mut stage.going_back);
    if from.as_ref() == Some(scene) {
        return;
    }
    if begin(&mut commands, &mut stage, &kinds, &exhibition, *seed, scene) {
        gate.close_for_transition();
        sound.write(PlaySound(UiSound::Turn));
        if scene == home {
            stage.history.clear();
        } else if let Some(from) = from.filter(|_| !back) {
            stage.history.push(from);
            if stage.history.len() > HISTORY_MAX {
                stage.history.remove(0);
            }
        }
    }
}

/// Starts to open a page. False if there is no such scene or no kind takes it; what is shown then stays.
fn begin(
    commands: &mut Commands,
    stage: &mut Stage,
    kinds: &SceneKinds,
    exhibition: &Exhibition,
    seed: VisitSeed,
    scene: &SceneId,
) -> bool {
    let Some(entity) = open_page(commands, kinds, exhibition, seed, scene) else {
        warn!(scene = %scene, "there is no such scene, or none of the known kinds");
        return false;
    };
    if let Some(coming) = stage.coming.take() {
        commands.entity(coming.entity).despawn();
    }
    stage.coming = Some(Coming { entity, scene: scene.clone(), waited_s: 0.0, frames: 0 });
    true
}

fn open_first(
    mut commands: Commands,
    mut stage: ResMut<Stage>,
    first: Res<FirstScene>,
    kinds: Res<SceneKinds>,
    exhibition: Res<Exhibition>,
    seed: Res<VisitSeed>,
    mut next: ResMut<NextState<Phase>>,
) {
    let scene = first.scene.as_ref().unwrap_or(&exhibition.compiled.exhibition.attract);
    stage.history.clear();
    if !begin(&mut commands, &mut stage, &kinds, &exhibition, *seed, scene) {
        next.set(Phase::Fault);
    }
}

/// What is shown belongs to an exhibition that is gone.
fn clear(mut commands: Commands, mut stage: ResMut<Stage>, mut bars: Query<Entity, With<BarKeys>>) {
    for entity in stage.shown.take().map(|(entity, _)| entity).into_iter().chain(stage.coming.take().map(|coming| coming.entity)) {
        commands.entity(entity).despawn();
    }
    for bar in &mut bars {
        commands.entity(bar).despawn_children();
    }
    *stage = Stage::default();
}

fn open_attract(
    mut commands: Commands,
    mut stage: ResMut<Stage>,
    kinds: Res<SceneKinds>,
    exhibition: Res<Exhibition>,
    seed: Res<VisitSeed>,
    pages: Query<&Page>,
    mut next: ResMut<NextState<Phase>>,
) {
    stage.history.clear();
    let scene = &exhibition.compiled.exhibition.attract;
    // From Loading the page is there already.
    let there = stage.shown.as_ref().is_some_and(|(entity, shown)| {
        shown == scene && pages.get(*entity).is_ok_and(|page| page.exhibition.is(&exhibition))
    });
    if !there && !begin(&mut commands, &mut stage, &kinds, &exhibition, *seed, scene) {
        next.set(Phase::Fault);
    }
}

fn open_home(
    mut commands: Commands,
    mut stage: ResMut<Stage>,
    first: Res<FirstScene>,
    kinds: Res<SceneKinds>,
    exhibition: Res<Exhibition>,
    seed: Res<VisitSeed>,
) {
    if first.starts_visit && stage.scene() == first.scene.as_ref() {
        return;
    }
    stage.history.clear();
    let home = &exhibition.compiled.exhibition.home;
    let wanted = stage.wanted.take();
    if !begin(&mut commands, &mut stage, &kinds, &exhibition, *seed, wanted.as_ref().unwrap_or(home)) {
        begin(&mut commands, &mut stage, &kinds, &exhibition, *seed, home);
    }
}

/// Takes the shown page away and shows the coming one, once that is whole.
fn exchange(
    mut commands: Commands,
    mut stage: ResMut<Stage>,
    mut gate: ResMut<InputGate>,
    kit: Option<Res<Kit>>,
    pictures: Res<Pictures>,
    frames: Query<&Frame>,
    veils: Query<Entity, With<Veil>>,
    time: Res<Time>,
    mut happened: MessageWriter<Happened>,
) {
    let Some(kit) = kit else { return };
    let at_once = stage.shown.is_none() || kit.motion == Motion::Still;
    let Some(coming) = &mut stage.coming else { return };
    coming.waited_s += time.delta_secs();
    coming.frames += 1;
    let left = (coming.waited_s / LEAVE_S).min(1.0);
    let whole = coming.frames >= 2 && (pictures.pending() == 0 || coming.waited_s > PICTURES_WAIT_S);
    if !at_once {
        show_veil(&mut commands, &kit, &veils, ease(Easing::Leave, left));
    }
    if !whole || (!at_once && left < 1.0) {
        return;
    }
    let (entity, scene) = (coming.entity, coming.scene.clone());
    stage.coming = None;
    if let Some((old, _)) = stage.shown.replace((entity, scene.clone())) {
        commands.entity(old).despawn();
    }
    commands.entity(entity).insert(Visibility::Inherited);
    if let Ok(frame) = frames.get(entity) {
        commands.insert_resource(ClearColor(kit.colour(frame.ground)));
    }
    stage.entering_s = (!at_once).then_some(0.0);
    gate.closed = false;
    happened.write(Happened(format!("scene {scene}")));
}

/// The veil lifts and the page slides the last bit.
fn enter(
    mut commands: Commands,
    mut stage: ResMut<Stage>,
    kit: Option<Res<Kit>>,
    veils: Query<Entity, With<Veil>>,
    mut transforms: Query<&mut UiTransform, With<Page>>,
    time: Res<Time>,
) {
    let (Some(kit), Some(entering_s)) = (kit, stage.entering_s) else { return };
    let reduced = kit.motion != Motion::Full;
    let length_s = if reduced { 0.12 } else { kit.tokens.motion.page / 1000.0 - LEAVE_S };
    let now = entering_s + time.delta_secs();
    let t = (entering_s / length_s).min(1.0);
    let shown = stage.shown.as_ref().map(|(entity, _)| *entity);
    if let Some(mut transform) = shown.and_then(|entity| transforms.get_mut(entity).ok()) {
        let slide = if reduced { 0.0 } else { SLIDE_PX * (1.0 - ease(Easing::Enter, t)) };
        transform.translation = Val2::px(0.0, slide);
    }
    if t >= 1.0 {
        stage.entering_s = None;
        for veil in &veils {
            commands.entity(veil).despawn();
        }
    } else {
        stage.entering_s = Some(now);
        show_veil(&mut commands, &kit, &veils, 1.0 - ease(Easing::Enter, t));
    }
}

fn show_veil(commands: &mut Commands, kit: &Kit, veils: &Query<Entity, With<Veil>>, alpha: f32) {
    let ground = BackgroundColor(kit.colour(Role::Paper).with_alpha(alpha));
    match veils.iter().next() {
        Some(veil) => {
            commands.entity(veil).insert(ground);
        }
        None => {
            commands.spawn((UiRoot(Layer::Veil), Veil, blocks::fill(), ground, Name::new("veil")));
        }
    }
}

/// Builds the foot bar again when the shown page wants another one.
fn fill_bar(
    mut commands: Commands,
    mut stage: ResMut<Stage>,
    kit: Option<Res<Kit>>,
    frames: Query<Ref<Frame>>,
    bars: Query<Entity, With<BarKeys>>,
    mut ground: Local<Option<Role>>,
) {
    let Some(kit) = kit else { return };
    let Some(frame) = stage.shown.as_ref().and_then(|(entity, _)| frames.get(*entity).ok()) else { return };
    if stage.bar.as_ref() == Some(&frame.bar) && *ground == Some(frame.ground) && !kit.is_changed() {
        return;
    }
    *ground = Some(frame.ground);
    if frame.is_changed() || kit.is_changed() {
        commands.insert_resource(ClearColor(kit.colour(frame.ground)));
    }
    stage.bar = Some(frame.bar.clone());
    for bar in &bars {
        commands.entity(bar).despawn_children().with_children(|ui| blocks::fill_bar(ui, &kit, &frame.bar, frame.ground));
    }
}
