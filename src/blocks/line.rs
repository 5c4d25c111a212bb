//! A straight line between two points.

use bevy::prelude::*;

use super::layout;

/// Where a line with round ends from `a` to `b` lies, `thick` px wide: a thin box, turned about its middle.
pub fn line(a: Vec2, b: Vec2, thick: f32) -> (Node, UiTransform) {
    let (middle, length) = ((a + b) / 2.0, a.distance(b) + thick);
    let node = Node {
        border_radius: BorderRadius::MAX,
        ..layout::at(middle.x - length / 2.0, middle.y - thick / 2.0, length, thick)
    };
    (node, UiTransform::from_rotation(Rot2::radians((b - a).to_angle())))
}
