//! Waiting: when nobody has touched the screen for a while, it asks, counts down, and begins again for the next visitor.

use bevy::prelude::*;

use super::{PointerEvent, Tapped};
use crate::{
    ScreenSystems,
    blocks::{self, DialogAction},
    phase::Phase,
    stage::{Layer, Restart, UiRoot},
    theme::{Kit, Role, Style},
};

/// On any entity: the visitor is watching, not idle. A film carries it while it plays.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Busy;

/// Seconds without a touch before the question.
pub(super) const IDLE_S: f32 = 60.0;
/// Seconds of countdown.
pub(super) const COUNTDOWN_S: f32 = 15.0;

/// Where waiting stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum IdleState {
    /// Somebody is here.
    #[default]
    Active,
    /// The dialogue is open.
    Asking,
}

/// How long nobody has touched the screen.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct IdleClock {
    /// Seconds since the last touch, or since the dialogue opened.
    pub quiet_s: f32,
    /// Where waiting stands.
    pub state: IdleState,
}

impl IdleClock {
    /// Seconds until something is to happen, so that a still screen can sleep until then.
    pub fn next_change_s(&self) -> f32 {
        match self.state {
            IdleState::Active => IDLE_S - self.quiet_s,
            IdleState::Asking => 1.0 - self.quiet_s.fract(),
        }
        .max(0.0)
    }

    fn left_s(&self) -> u32 {
        (COUNTDOWN_S - self.quiet_s).ceil().max(0.0) as u32
    }
}

#[derive(Component)]
struct IdleDialog;

#[derive(Component)]
struct Countdown;

#[derive(Component)]
struct Tick(u32);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<IdleClock>()
        .add_systems(OnEnter(Phase::Visit), |mut clock: ResMut<IdleClock>| *clock = IdleClock::default())
        .add_systems(OnExit(Phase::Visit), close)
        .add_systems(
            Update,
            // After taps have been read by the scenes: the tap that closes the dialogue is never also a press below it.
            (wait, answer, count).chain().in_set(ScreenSystems::Decide).run_if(in_state(Phase::Visit)),
        );
}

fn wait(
    mut commands: Commands,
    mut clock: ResMut<IdleClock>,
    mut touches: MessageReader<PointerEvent>,
    busy: Query<(), With<Busy>>,
    time: Res<Time<Real>>,
    kit: Res<Kit>,
    mut restart: MessageWriter<Restart>,
) {
    let touched = touches.read().count() > 0;
    match clock.state {
        IdleState::Active => {
            if touched || !busy.is_empty() {
                clock.quiet_s = 0.0;
            } else {
                clock.quiet_s += time.delta_secs();
            }
            if clock.quiet_s >= IDLE_S {
                *clock = IdleClock { quiet_s: 0.0, state: IdleState::Asking };
                open(&mut commands, &kit);
            }
        }
        IdleState::Asking => {
            clock.quiet_s += time.delta_secs();
            if clock.quiet_s >= COUNTDOWN_S {
                restart.write(Restart);
            }
        }
    }
}

fn open(commands: &mut Commands, kit: &Kit) {
    commands.spawn((UiRoot(Layer::Dialog), IdleDialog, blocks::fill(), Name::new("idle dialogue"))).with_children(|ui| {
        blocks::dialog(ui, kit, &kit.word("idle.go_on"), &kit.word("idle.restart"), |ui| {
            ui.spawn(Node {
                flex_direction: kit.pick(FlexDirection::Column, FlexDirection::Row),
                align_items: AlignItems::Center,
                justify_content: kit.pick(JustifyContent::Center, JustifyContent::SpaceBetween),
                ..default()
            })
            .with_children(|ui| {
                ui.spawn(Node { align_items: kit.pick(AlignItems::Center, AlignItems::FlexStart), ..blocks::column(14.0) })
                    .with_children(|ui| {
                        blocks::text_sized(ui, kit, Style::H2, 64.0, Role::Ink, &kit.word("idle.question"));
                        if !kit.portrait() {
                            blocks::text(ui, kit, Style::Body, Role::Ink2, &kit.word("idle.note"));
                        }
                    });
                ui.spawn(Node { align_items: AlignItems::Baseline, ..blocks::row(14.0) }).with_children(|ui| {
                    blocks::text_sized(ui, kit, Style::Numeral, kit.pick(260.0, 150.0), Role::AccentText, &(COUNTDOWN_S as u32).to_string())
                        .insert(Countdown);
                    blocks::text_sized(ui, kit, Style::H2, 56.0, Role::Ink2, &kit.word("idle.seconds"));
                });
                if kit.portrait() {
                    blocks::text(ui, kit, Style::Body, Role::Ink2, &kit.word("idle.note")).insert(blocks::centred());
                }
            });
            ui.spawn(Node { margin: UiRect::top(px(36.0)), ..blocks::row(10.0) }).with_children(|ui| {
                for i in 0..COUNTDOWN_S as u32 {
                    ui.spawn((
                        Node { flex_grow: 1.0, height: px(16.0), border_radius: BorderRadius::all(px(2.0)), ..default() },
                        BackgroundColor(kit.colour(Role::Accent)),
                        Tick(i),
                    ));
                }
            });
        });
    });
}

fn answer(
    mut commands: Commands,
    mut taps: MessageReader<Tapped>,
    mut clock: ResMut<IdleClock>,
    dialogs: Query<Entity, With<IdleDialog>>,
    actions: Query<&DialogAction>,
    mut restart: MessageWriter<Restart>,
) {
    if clock.state != IdleState::Asking {
        return;
    }
    for tap in taps.read() {
        match actions.get(tap.entity) {
            Ok(DialogAction::Main) => {
                *clock = IdleClock::default();
                for dialog in &dialogs {
                    commands.entity(dialog).despawn();
                }
            }
            Ok(DialogAction::Other) => {
                restart.write(Restart);
            }
            Err(_) => {}
        }
    }
}

fn count(
    clock: Res<IdleClock>,
    kit: Res<Kit>,
    mut numbers: Query<&mut Text, With<Countdown>>,
    mut ticks: Query<(&Tick, &mut BackgroundColor)>,
    mut shown: Local<u32>,
) {
    if clock.state != IdleState::Asking || *shown == clock.left_s() {
        return;
    }
    *shown = clock.left_s();
    for mut number in &mut numbers {
        number.0 = shown.to_string();
    }
    for (tick, mut ground) in &mut ticks {
        ground.0 = kit.colour(if tick.0 < *shown { Role::Accent } else { Role::Line });
    }
}

fn close(mut commands: Commands, dialogs: Query<Entity, With<IdleDialog>>, mut clock: ResMut<IdleClock>) {
    *clock = IdleClock::default();
    for dialog in &dialogs {
        commands.entity(dialog).despawn();
    }
}
