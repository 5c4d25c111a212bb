//! Presses: seen at once, acting on release, cancelled by sliding off.

use bevy::{
    prelude::*,
    ui::{UiGlobalTransform, UiStack, clip_check_recursive},
};

use super::{PointerEvent, PointerId, PointerPhase};
use crate::{ScreenSystems, cue::{PlaySound, UiSound}, stage::InputGate, theme::Surface};

/// Can be pressed.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Touchable;

/// Stops touches from reaching what lies below, without being pressed itself.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Shield;

/// A finger lies on it.
#[derive(Component, Clone, Copy, Debug)]
pub struct Pressed;

/// Was pressed and released.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct Tapped {
    /// What.
    pub entity: Entity,
    /// Where the finger was lifted, logical page px.
    pub at: Vec2,
}

/// What a key does while it is held has been done: the finger that holds it presses nothing any more, so that its release
/// does not tap what lies there now.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetGo;

/// A finger that moves further than this is panning, not pressing; logical px.
pub(super) const SLOP_PX: f32 = 18.0;

/// The press under way. Only the first finger presses.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub(super) struct PressState {
    finger: Option<Press>,
}

#[derive(Clone, Copy, Debug)]
struct Press {
    id: PointerId,
    entity: Entity,
    from: Vec2,
}

impl PressState {
    /// A pan has begun: the press is over.
    pub(super) fn cancel(&mut self) -> Option<Entity> {
        self.finger.take().map(|press| press.entity)
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Tapped>().add_message::<LetGo>().init_resource::<PressState>().add_systems(PreUpdate, press.in_set(ScreenSystems::Press));
}

/// What can be touched at a point.
#[derive(bevy::ecs::system::SystemParam)]
pub(super) struct Glass<'w, 's> {
    stack: Res<'w, UiStack>,
    surface: Res<'w, Surface>,
    nodes: Query<
        'w,
        's,
        (&'static ComputedNode, &'static UiGlobalTransform, &'static InheritedVisibility, Has<Touchable>, Has<Shield>),
    >,
    clips: Query<'w, 's, (&'static ComputedNode, &'static UiGlobalTransform, &'static Node)>,
    parents: Query<'w, 's, &'static ChildOf, Without<OverrideClip>>,
}

impl Glass<'_, '_> {
    /// True if the entity still exists and holds the point, or is smaller than a finger and holds the finger.
    fn holds(&self, entity: Entity, at: Vec2) -> bool {
        let point = self.surface.physical_from_page(at);
        self.nodes.get(entity).is_ok_and(|(node, transform, ..)| self.beside(node, transform, point).is_some())
    }

    /// How far a point lies beside a node that is at least as large as a finger, real px: 0 within what is drawn.
    fn beside(&self, node: &ComputedNode, transform: &UiGlobalTransform, point: Vec2) -> Option<f32> {
        let local = transform.try_inverse()?.transform_point2(point).abs();
        let half = node.size() / 2.0;
        let reach = half.max(Vec2::splat(self.surface.finger() * self.surface.scale / 2.0));
        local.cmple(reach).all().then(|| (local - half).max(Vec2::ZERO).length())
    }

    /// What a finger that lands at a point means: what lies there, else the nearest target that is drawn smaller than a
    /// finger and reaches so far.
    pub(super) fn pressed_at(&self, at: Vec2) -> Option<Entity> {
        let exactly = self.topmost(at, |_, touchable| touchable);
        if exactly.is_some() || self.surface.finger() <= 0.0 {
            return exactly;
        }
        let point = self.surface.physical_from_page(at);
        let mut near: Option<(f32, Entity)> = None;
        for &entity in self.stack.uinodes.iter().rev() {
            let Ok((node, transform, visible, touchable, shield)) = self.nodes.get(entity) else { continue };
            if !visible.get() {
                continue;
            }
            // What lies below a dialogue, a sheet or the foot bar is not reached.
            if shield && node.contains_point(*transform, point) {
                break;
            }
            let Some(distance) = self.beside(node, transform, point).filter(|_| touchable) else { continue };
            let nearer = near.is_none_or(|(least, _)| distance < least);
            if nearer && clip_check_recursive(point, entity, &self.clips, &self.parents) {
                near = Some((distance, entity));
            }
        }
        near.map(|(_, entity)| entity)
    }

    /// The topmost entity at a point that `wanted` accepts, unless a shield lies above it.
    pub(super) fn topmost(&self, at: Vec2, wanted: impl Fn(Entity, bool) -> bool) -> Option<Entity> {
        let point = self.surface.physical_from_page(at);
        for &entity in self.stack.uinodes.iter().rev() {
            let Ok((node, transform, visible, touchable, shield)) = self.nodes.get(entity) else { continue };
            if !visible.get()
                || !node.contains_point(*transform, point)
                || !clip_check_recursive(point, entity, &self.clips, &self.parents)
            {
                continue;
            }
            if wanted(entity, touchable) {
                return Some(entity);
            }
            if shield {
                return None;
            }
        }
        None
    }
}

use bevy::ui::OverrideClip;

#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it touches")]
fn press(
    mut commands: Commands,
    mut events: MessageReader<PointerEvent>,
    mut let_go: MessageReader<LetGo>,
    mut state: ResMut<PressState>,
    gate: Res<InputGate>,
    glass: Glass,
    mut tapped: MessageWriter<Tapped>,
    mut sound: MessageWriter<PlaySound>,
) {
    if let_go.read().last().is_some()
        && let Some(press) = state.finger.take()
    {
        release(&mut commands, press.entity);
    }
    for event in events.read() {
        match event.phase {
            PointerPhase::Down => {
                if state.finger.is_some() || !gate.open() {
                    continue;
                }
                if let Some(entity) = glass.pressed_at(event.at) {
                    commands.entity(entity).insert(Pressed);
                    sound.write(PlaySound(UiSound::Touch));
                    state.finger = Some(Press { id: event.id, entity, from: event.at });
                }
            }
            PointerPhase::Moved => {
                if let Some(press) = state.finger.filter(|press| press.id == event.id)
                    && !glass.holds(press.entity, event.at)
                    && press.from.distance(event.at) > SLOP_PX
                {
                    state.finger = None;
                    release(&mut commands, press.entity);
                }
            }
            PointerPhase::Up | PointerPhase::Cancelled => {
                let Some(press) = state.finger.filter(|press| press.id == event.id) else { continue };
                state.finger = None;
                release(&mut commands, press.entity);
                if event.phase == PointerPhase::Cancelled || !gate.open() {
                    continue;
                }
                // The page may have been built again under the finger: then what lies there now is what was meant.
                let entity = if glass.nodes.contains(press.entity) {
                    glass.holds(press.entity, event.at).then_some(press.entity)
                } else if press.from.distance(event.at) <= SLOP_PX {
                    glass.pressed_at(event.at)
                } else {
                    None
                };
                if let Some(entity) = entity {
                    tapped.write(Tapped { entity, at: event.at });
                }
            }
        }
    }
}

fn release(commands: &mut Commands, entity: Entity) {
    if let Ok(mut entity) = commands.get_entity(entity) {
        entity.try_remove::<Pressed>();
    }
}
