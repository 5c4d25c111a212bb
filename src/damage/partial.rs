//! Where the processor draws, only what has changed is drawn.
//!
//! Without a GPU a whole page of full HD takes some 50 ms, and a finger waits that long for its answer. So the picture of
//! the frame before is kept, and drawing is confined to the rectangle in which this frame's nodes differ from it:
//!
//! 1. Everything that the engine is about to draw becomes a list in drawing order: a fingerprint of what it is, and the
//!    rectangle it covers.
//! 2. Two lists are compared place by place; whatever differs is damage, in its old and in its new place.
//! 3. The camera keeps its picture instead of clearing it, and the first item of its phase sets the scissor. A node in the
//!    colour of the ground lies under everything, as nothing else wipes away what was there.
//!
//! When anything is in doubt – the first frame, another size, a shader that is still being compiled, a frame that was not
//! drawn – the whole page is drawn.

use std::{
    hash::{BuildHasher, Hash, Hasher},
    sync::atomic::{AtomicBool, Ordering},
};

use bevy::{
    asset::AssetId,
    camera::ClearColorConfig,
    ecs::entity::Entity,
    math::{Affine2, FloatOrd},
    platform::hash::FixedHasher,
    prelude::*,
    render::{
        Extract, Render, RenderApp, RenderSystems,
        camera::ExtractedCamera,
        extract_resource::{ExtractResource, ExtractResourcePlugin},
        render_asset::RenderAssets,
        render_phase::{Draw, DrawError, DrawFunctions, PhaseItemExtraIndex, TrackedRenderPass, ViewSortedRenderPhases},
        render_resource::{CachedRenderPipelineId, PipelineCache},
        renderer::RenderAdapterInfo,
        sync_world::MainEntity,
        texture::GpuImage,
        view::prepare_view_targets,
    },
    ui::{CalculatedClip, ComputedStackIndex, UiGlobalTransform, UiSystems},
    ui_render::{
        ExtractedUiItem, ExtractedUiMaterialNodes, ExtractedUiNodes, NodeType, TransparentUi, box_shadow::ExtractedBoxShadows,
        stack_z_offsets, ui_texture_slice_pipeline::ExtractedUiTextureSlices,
    },
};

use super::{DecideSleep, WakeIn};
use crate::{phase::Phase, scenes::FilmMaterial};

/// Antialiased edges reach this far beyond their node, px.
const EDGE_PX: f32 = 2.0;

/// Something that is about to be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Drawn {
    /// Drawing order.
    z: f32,
    /// What it is; never twice the same for what is drawn anew in each frame.
    print: u64,
    /// What it covers, physical px.
    covers: Rect,
}

/// The rectangle to draw in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Damage {
    #[default]
    Whole,
    Part(URect),
    /// Nothing: the screen has just started, and its first page is not there yet.
    Held,
}

/// Until the first page is there, nothing is drawn: to draw an empty page takes the processor from making the first one
/// ready. Shaders are compiled all the same.
#[derive(Resource, Clone, Copy, Default, ExtractResource)]
struct Hold(bool);

/// After so long something is drawn, whatever it is.
const HOLD_S: f32 = 1.0;

/// Draws nothing until the first page is there.
pub(super) fn hold_back(app: &mut App) {
    app.insert_resource(Hold(true))
        .add_plugins(ExtractResourcePlugin::<Hold>::default())
        .add_systems(Last, hold.before(DecideSleep));
}

fn hold(mut hold: ResMut<Hold>, phase: Res<State<Phase>>, time: Res<Time<Real>>, mut wake: ResMut<WakeIn>) {
    if hold.0 {
        hold.0 = matches!(phase.get(), Phase::Boot | Phase::Loading) && time.elapsed_secs() < HOLD_S;
        wake.at_most(HOLD_S);
    }
}

/// What the frame before looked like, and what of this one differs.
#[derive(Resource, Default)]
pub(super) struct Partial {
    before: Vec<Drawn>,
    size: UVec2,
    pub(super) damage: Damage,
    /// The frame before went through the drawing of its phase.
    went: AtomicBool,
    /// Frames so far: a fingerprint for what is new each time.
    frame: u64,
}

/// Gradients that are about to be drawn: the engine keeps its own list to itself.
#[derive(Resource, Default)]
struct Gradients(Vec<Drawn>);

/// Confines drawing to what has changed, where the processor draws.
pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Startup, lay_ground.run_if(processor_draws))
        .add_systems(PostUpdate, colour_ground.run_if(resource_changed::<ClearColor>).before(UiSystems::Layout));
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .init_resource::<Partial>()
        .init_resource::<Gradients>()
        .add_systems(ExtractSchedule, extract_gradients.run_if(processor_draws))
        .add_systems(
            Render,
            (
                find_damage
                    .in_set(RenderSystems::PrepareViews)
                    .after(bevy::render::render_asset::prepare_assets::<GpuImage>)
                    .before(prepare_view_targets),
                confine.in_set(RenderSystems::Queue),
            )
                .run_if(processor_draws),
        );
    render.world_mut().resource::<DrawFunctions<TransparentUi>>().write().add(Scissor);
}

/// Lies under everything. What is drawn again is drawn onto it: nothing is cleared there.
#[derive(Component)]
struct Ground;

fn lay_ground(mut commands: Commands, colour: Res<ClearColor>) {
    let whole = Node { position_type: PositionType::Absolute, width: percent(100.0), height: percent(100.0), ..default() };
    commands.spawn((Ground, Name::new("ground"), GlobalZIndex(i32::MIN), whole, BackgroundColor(colour.0)));
}

fn colour_ground(mut ground: Query<&mut BackgroundColor, With<Ground>>, colour: Res<ClearColor>) {
    for mut background in &mut ground {
        background.set_if_neq(BackgroundColor(colour.0));
    }
}

/// True where there is no GPU: the adapter is the processor itself.
pub(crate) fn processor_draws(adapter: Option<Res<RenderAdapterInfo>>) -> bool {
    // The type itself is named by no crate that this one depends on.
    adapter.is_some_and(|adapter| format!("{:?}", adapter.device_type) == "Cpu")
}

fn extract_gradients(
    mut gradients: ResMut<Gradients>,
    nodes: Extract<
        Query<(
            &ComputedNode,
            &ComputedStackIndex,
            &UiGlobalTransform,
            &InheritedVisibility,
            Option<&CalculatedClip>,
            &BackgroundGradient,
        )>,
    >,
) {
    gradients.0.clear();
    for (node, index, transform, visible, clip, gradient) in &nodes {
        if visible.get() {
            let mut print = Print::new(2);
            print.text(&format!("{gradient:?}"));
            print.place(transform.affine(), node.size(), clip.map(|clip| clip.clip));
            gradients.0.push(print.drawn(
                index.0 as f32 + stack_z_offsets::GRADIENT,
                covered(&transform.affine(), node.size(), clip.map(|clip| clip.clip)),
            ));
        }
    }
}

/// Makes a fingerprint.
struct Print(<FixedHasher as BuildHasher>::Hasher);

impl Print {
    fn new(kind: u8) -> Self {
        let mut hasher = FixedHasher.build_hasher();
        kind.hash(&mut hasher);
        Self(hasher)
    }

    fn numbers(&mut self, numbers: impl IntoIterator<Item = f32>) {
        for number in numbers {
            number.to_bits().hash(&mut self.0);
        }
    }

    fn text(&mut self, text: &str) {
        text.hash(&mut self.0);
    }

    fn place(&mut self, transform: Affine2, size: Vec2, clip: Option<Rect>) {
        self.numbers(transform.to_cols_array());
        self.numbers(size.to_array());
        if let Some(clip) = clip {
            self.numbers([clip.min.x, clip.min.y, clip.max.x, clip.max.y]);
        }
    }

    /// A picture, and whether it has arrived.
    fn image(&mut self, id: AssetId<Image>, images: &RenderAssets<GpuImage>) {
        id.hash(&mut self.0);
        images.get(id).map(|image| image.texture.id()).hash(&mut self.0);
    }

    fn drawn(self, z: f32, covers: Rect) -> Drawn {
        Drawn { z, print: self.0.finish(), covers }
    }
}

/// The rectangle around a node of `size` about the origin of `transform`.
fn covered(transform: &Affine2, size: Vec2, clip: Option<Rect>) -> Rect {
    let half = size / 2.0;
    let corners = [half, -half, Vec2::new(half.x, -half.y), Vec2::new(-half.x, half.y)].map(|corner| transform.transform_point2(corner));
    let around = corners.iter().fold(Rect::EMPTY, |rect, corner| rect.union_point(*corner));
    clip.map_or(around, |clip| around.intersect(clip))
}

#[expect(clippy::too_many_arguments, reason = "every list of what is drawn")]
fn find_damage(
    mut partial: ResMut<Partial>,
    mut cameras: Query<&mut ExtractedCamera>,
    nodes: Res<ExtractedUiNodes>,
    shadows: Res<ExtractedBoxShadows>,
    slices: Res<ExtractedUiTextureSlices>,
    films: Option<Res<ExtractedUiMaterialNodes<FilmMaterial>>>,
    gradients: Res<Gradients>,
    images: Res<RenderAssets<GpuImage>>,
    pipelines: Res<PipelineCache>,
    hold: Option<Res<Hold>>,
) {
    let partial = &mut *partial;
    partial.frame += 1;
    if hold.is_some_and(|hold| hold.0) {
        partial.damage = Damage::Held;
        return;
    }
    let size = cameras.iter().filter_map(|camera| camera.physical_target_size).fold(UVec2::ZERO, UVec2::max);
    let mut now = list(&nodes, &shadows, &images);
    now.extend_from_slice(&gradients.0);
    for film in films.iter().flat_map(|films| &films.uinodes) {
        let mut print = Print::new(3);
        partial.frame.hash(&mut print.0);
        now.push(print.drawn(
            film.stack_index as f32 + stack_z_offsets::MATERIAL,
            covered(&film.transform, film.rect.size(), film.clip),
        ));
    }
    now.sort_by_key(|drawn| FloatOrd(drawn.z));
    let went = partial.went.swap(false, Ordering::Relaxed);
    let sure = went
        && partial.size == size
        && cameras.iter().len() == 1
        && slices.slices.is_empty()
        && pipelines.waiting_pipelines().next().is_none();
    partial.damage = if sure { Damage::Part(pixels(difference(&partial.before, &now), size)) } else { Damage::Whole };
    if sure {
        for mut camera in &mut cameras {
            camera.clear_color = ClearColorConfig::None;
        }
    }
    partial.before = now;
    partial.size = size;
}

fn list(nodes: &ExtractedUiNodes, shadows: &ExtractedBoxShadows, images: &RenderAssets<GpuImage>) -> Vec<Drawn> {
    let mut drawn = Vec::with_capacity(nodes.uinodes.len() + shadows.box_shadows.len());
    for node in &nodes.uinodes {
        let mut print = Print::new(0);
        print.image(node.image, images);
        let covers = match &node.item {
            ExtractedUiItem::Node { color, rect, atlas_scaling, flip_x, flip_y, border_radius, border, node_type } => {
                print.place(node.transform, rect.size(), node.clip);
                print.numbers(color.to_f32_array());
                print.numbers([rect.min.x, rect.min.y]);
                print.numbers(atlas_scaling.iter().flat_map(Vec2::to_array));
                print.numbers(<[f32; 4]>::from(*border_radius));
                print.numbers(border.min_inset.to_array().into_iter().chain(border.max_inset.to_array()));
                let kind = match node_type {
                    NodeType::Rect => 0,
                    NodeType::Inverted => 1,
                    NodeType::Border(flags) => 2 + flags,
                };
                (flip_x, flip_y, kind).hash(&mut print.0);
                covered(&node.transform, rect.size(), node.clip)
            }
            ExtractedUiItem::Glyphs { range } => {
                let mut covers = Rect::EMPTY;
                print.place(node.transform, Vec2::ZERO, node.clip);
                for glyph in &nodes.glyphs[range.clone()] {
                    print.numbers(glyph.color.to_f32_array());
                    print.numbers([glyph.translation.x, glyph.translation.y]);
                    print.numbers([glyph.rect.min.x, glyph.rect.min.y, glyph.rect.max.x, glyph.rect.max.y]);
                    let place = node.transform * Affine2::from_translation(glyph.translation);
                    covers = covers.union(covered(&place, glyph.rect.size(), None));
                }
                node.clip.map_or(covers, |clip| covers.intersect(clip))
            }
        };
        drawn.push(print.drawn(node.z_order, covers));
    }
    for shadow in &shadows.box_shadows {
        let mut print = Print::new(1);
        print.place(shadow.transform, shadow.bounds, shadow.clip);
        print.numbers(shadow.color.to_f32_array());
        print.numbers(shadow.size.to_array().into_iter().chain([shadow.blur_radius]));
        print.numbers(<[f32; 4]>::from(shadow.radius));
        drawn.push(print.drawn(
            shadow.stack_index as f32 + stack_z_offsets::BOX_SHADOW,
            covered(&shadow.transform, shadow.bounds, shadow.clip),
        ));
    }
    drawn
}

/// What differs between two lists in drawing order, and has to be drawn again.
fn difference(before: &[Drawn], now: &[Drawn]) -> Rect {
    let same = |(a, b): &(&Drawn, &Drawn)| a.print == b.print;
    if before.len() == now.len() {
        let changed = before.iter().zip(now).filter(|pair| !same(pair));
        return changed.fold(Rect::EMPTY, |rect, (a, b)| rect.union(a.covers).union(b.covers));
    }
    // Something has come or gone: what lies between the same beginning and the same end.
    let head = before.iter().zip(now).take_while(same).count();
    let tail = before[head..].iter().rev().zip(now[head..].iter().rev()).take_while(same).count();
    let middle = before[head..before.len() - tail].iter().chain(&now[head..now.len() - tail]);
    middle.fold(Rect::EMPTY, |rect, drawn| rect.union(drawn.covers))
}

/// Whole pixels of a page of `size`, with room for soft edges.
fn pixels(rect: Rect, size: UVec2) -> URect {
    if rect.is_empty() {
        return URect::new(0, 0, 0, 0);
    }
    let limit = size.as_vec2();
    let min = (rect.min - EDGE_PX).floor().clamp(Vec2::ZERO, limit);
    let max = (rect.max + EDGE_PX).ceil().clamp(min, limit);
    URect { min: min.as_uvec2(), max: max.as_uvec2() }
}

/// Puts the scissor before everything else that is drawn.
fn confine(mut phases: ResMut<ViewSortedRenderPhases<TransparentUi>>, functions: Res<DrawFunctions<TransparentUi>>) {
    let Some(draw_function) = functions.read().get_id::<Scissor>() else { return };
    for phase in phases.values_mut() {
        phase.add_transient(TransparentUi {
            sort_key: FloatOrd(f32::MIN),
            // No node: the engine finds nothing of its own under this index.
            entity: (Entity::PLACEHOLDER, MainEntity::from(Entity::PLACEHOLDER)),
            pipeline: CachedRenderPipelineId::INVALID,
            draw_function,
            batch_range: 0..1,
            extra_index: PhaseItemExtraIndex::None,
            index: usize::MAX,
            indexed: false,
        });
    }
}

struct Scissor;

impl Draw<TransparentUi> for Scissor {
    fn draw<'w>(&mut self, world: &'w World, pass: &mut TrackedRenderPass<'w>, _: Entity, _: &TransparentUi) -> Result<(), DrawError> {
        let partial = world.resource::<Partial>();
        partial.went.store(true, Ordering::Relaxed);
        match partial.damage {
            Damage::Whole => {}
            Damage::Part(part) => pass.set_scissor_rect(part.min.x, part.min.y, part.width(), part.height()),
            Damage::Held => pass.set_scissor_rect(0, 0, 0, 0),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bevy::math::{Rect, URect, UVec2, Vec2};

    use super::{Drawn, difference, pixels};

    fn drawn(print: u64, x: f32) -> Drawn {
        Drawn { z: 0.0, print, covers: Rect::from_corners(Vec2::new(x, 0.0), Vec2::new(x + 10.0, 10.0)) }
    }

    #[test]
    fn the_same_page_is_not_drawn_again() {
        let page = [drawn(1, 0.0), drawn(2, 20.0)];
        assert_eq!(pixels(difference(&page, &page), UVec2::splat(100)), URect::new(0, 0, 0, 0));
    }

    #[test]
    fn what_moves_is_drawn_where_it_was_and_where_it_is() {
        let before = [drawn(1, 0.0), drawn(2, 20.0), drawn(3, 80.0)];
        let now = [drawn(1, 0.0), drawn(4, 40.0), drawn(3, 80.0)];
        assert_eq!(difference(&before, &now), Rect::new(20.0, 0.0, 50.0, 10.0));
        assert_eq!(pixels(Rect::new(20.0, 0.0, 50.0, 10.0), UVec2::splat(45)), URect::new(18, 0, 45, 12));
    }

    #[test]
    fn what_comes_or_goes_is_drawn_alone() {
        let before = [drawn(1, 0.0), drawn(3, 80.0)];
        let now = [drawn(1, 0.0), drawn(2, 20.0), drawn(3, 80.0)];
        assert_eq!(difference(&before, &now), Rect::new(20.0, 0.0, 30.0, 10.0));
        assert_eq!(difference(&now, &before), Rect::new(20.0, 0.0, 30.0, 10.0));
    }

    #[test]
    fn what_changes_its_place_in_the_order_is_drawn() {
        let before = [drawn(1, 0.0), drawn(2, 5.0)];
        let now = [drawn(2, 5.0), drawn(1, 0.0)];
        assert_eq!(difference(&before, &now), Rect::new(0.0, 0.0, 15.0, 10.0));
    }
}
