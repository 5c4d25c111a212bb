//! Dashed frames: round a card or as a ring round a disc. The corners are dashed as well, so they are drawn as pictures,
//! one for each size that occurs.

use std::{collections::HashMap, f32::consts::FRAC_PI_2};

use bevy::{
    asset::RenderAssetUsages,
    prelude::*,
    render::render_resource::{Extent3d, TextureDimension, TextureFormat},
    ui::ComputedNode,
};

use crate::{
    blocks::{Ui, fill},
    theme::{Kit, Role},
};

/// Width of the line, logical px.
const STROKE_PX: f32 = 3.0;
/// A dash and the gap after it, logical px; stretched a little so that they close.
const DASH_PX: f32 = 9.0;
const GAP_PX: f32 = 6.0;
/// Frames of other sizes than these many are drawn again when they are needed.
const KEPT_MAX: usize = 24;

/// A dashed frame that covers its parent.
#[derive(Component, Clone, Copy, Debug)]
struct DashedFrame {
    /// Logical px; larger than half the node makes a ring.
    radius: f32,
    role: Role,
}

/// Draws a dashed frame round the inside of the parent's edge.
pub(super) fn dashed_frame(ui: &mut Ui<'_>, radius: f32, role: Role) {
    ui.spawn((fill(), DashedFrame { radius, role }));
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PostUpdate, draw_frames.in_set(bevy::ui::UiSystems::PostLayout));
}

fn draw_frames(
    mut commands: Commands,
    kit: Option<Res<Kit>>,
    frames: Query<(Entity, &DashedFrame, &ComputedNode), Changed<ComputedNode>>,
    mut images: ResMut<Assets<Image>>,
    mut kept: Local<HashMap<[u32; 4], Handle<Image>>>,
) {
    let Some(kit) = kit else { return };
    for (entity, frame, node) in &frames {
        let size = node.size().round().as_uvec2();
        if size.x == 0 || size.y == 0 {
            continue;
        }
        let scale = kit.surface.scale;
        let key = [size.x, size.y, (frame.radius * scale) as u32, (scale * 100.0) as u32];
        if kept.len() > KEPT_MAX {
            kept.clear();
        }
        let image = kept.entry(key).or_insert_with(|| images.add(drawn(size, frame.radius * scale, scale))).clone();
        commands.entity(entity).insert(ImageNode {
            image,
            color: kit.colour(frame.role),
            image_mode: NodeImageMode::Stretch,
            ..default()
        });
    }
}

/// White on nothing; the node tints it.
fn drawn(size: UVec2, radius: f32, scale: f32) -> Image {
    let mut pixels = vec![255; (size.x * size.y * 4) as usize];
    let line = Line::new(size.as_vec2(), radius, scale);
    for y in 0..size.y {
        for x in 0..size.x {
            let alpha = line.cover(Vec2::new(x as f32 + 0.5, y as f32 + 0.5));
            // `alpha` lies between 0 and 1.
            pixels[((y * size.x + x) * 4 + 3) as usize] = (alpha * 255.0) as u8;
        }
    }
    Image::new(
        Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 },
        TextureDimension::D2,
        pixels,
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::RENDER_WORLD,
    )
}

/// The middle line of a frame: a rounded rectangle, with how far along it every point lies.
struct Line {
    half: Vec2,
    radius: f32,
    stroke: f32,
    dash: f32,
    period: f32,
}

impl Line {
    fn new(size: Vec2, radius: f32, scale: f32) -> Self {
        let stroke = STROKE_PX * scale;
        let half = (size / 2.0 - stroke / 2.0).max(Vec2::splat(1.0));
        let radius = radius.min(half.min_element());
        let length = 4.0 * (half.x + half.y - 2.0 * radius + radius * FRAC_PI_2);
        let (dash, gap) = (DASH_PX * scale, GAP_PX * scale);
        let count = (length / (dash + gap)).round().max(1.0);
        let period = length / count;
        Self { half, radius, stroke, dash: period * dash / (dash + gap), period }
    }

    fn cover(&self, pixel: Vec2) -> f32 {
        let at = pixel - (self.half + self.stroke / 2.0);
        let corner = at.abs() - (self.half - self.radius);
        let outside = corner.max(Vec2::ZERO).length() + corner.max_element().min(0.0) - self.radius;
        let across = (self.stroke / 2.0 + 0.5 - outside.abs()).clamp(0.0, 1.0);
        if across == 0.0 {
            return 0.0;
        }
        let along = self.along(at).rem_euclid(self.period);
        // Both ends of a dash fade over a pixel.
        let begin = (along + 0.5).clamp(0.0, 1.0);
        let end = (self.dash - along + 0.5).clamp(0.0, 1.0);
        across * begin.min(end)
    }

    /// Distance along the line from the middle of the top, clockwise.
    fn along(&self, at: Vec2) -> f32 {
        let straight = self.half - self.radius;
        let quarter = straight.x + straight.y + self.radius * FRAC_PI_2;
        // Every quarter is the same walk: along one side, round the corner, along the next; mirrored in two of them.
        let (place, mirrored, before) = match (at.x >= 0.0, at.y <= 0.0) {
            (true, true) => (at.abs(), false, 0.0),
            (true, false) => (at.abs(), true, quarter),
            (false, false) => (at.abs(), false, 2.0 * quarter),
            (false, true) => (at.abs(), true, 3.0 * quarter),
        };
        let corner = place - straight;
        let walked = if corner.x <= 0.0 {
            place.x
        } else if corner.y <= 0.0 {
            straight.x + self.radius * FRAC_PI_2 + (straight.y - place.y)
        } else {
            straight.x + self.radius * corner.x.atan2(corner.y)
        };
        before + if mirrored { quarter - walked } else { walked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_covers_its_edge_in_dashes_and_nothing_else() {
        let line = Line::new(Vec2::new(120.0, 60.0), 10.0, 1.0);
        assert_eq!(line.cover(Vec2::new(60.0, 30.0)), 0.0, "the middle is empty");
        assert_eq!(line.cover(Vec2::new(0.5, 0.5)), 0.0, "outside the corner is empty");
        let top: Vec<f32> = (12..108).map(|x| line.cover(Vec2::new(x as f32 + 0.5, 1.5))).collect();
        let share = top.iter().sum::<f32>() / top.len() as f32;
        assert!((0.5..0.7).contains(&share), "dashes are longer than gaps: {share}");
        assert!(top.contains(&0.0) && top.contains(&1.0));
    }

    #[test]
    fn a_ring_is_a_frame_whose_corners_meet() {
        let line = Line::new(Vec2::splat(56.0), 999.0, 1.0);
        let ring: f32 = (0..56 * 56).map(|n| line.cover(Vec2::new((n % 56) as f32 + 0.5, (n / 56) as f32 + 0.5))).sum();
        // 3 px wide, three fifths of the circumference.
        let expected = 3.0 * 0.6 * std::f32::consts::TAU * 26.5;
        assert!((ring - expected).abs() < expected * 0.1, "{ring} against {expected}");
    }
}
