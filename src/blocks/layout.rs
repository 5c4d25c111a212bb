//! Boxes.

use bevy::prelude::*;

/// A box at a place of the page or its parent.
pub fn at(x: f32, y: f32, width: f32, height: f32) -> Node {
    Node { left: px(x), top: px(y), width: px(width), height: px(height), ..absolute() }
}

/// A box taken out of the flow; the caller says where its edges lie.
pub fn absolute() -> Node {
    Node { position_type: PositionType::Absolute, ..default() }
}

/// A box that covers its parent.
pub fn fill() -> Node {
    Node { left: px(0.0), right: px(0.0), top: px(0.0), bottom: px(0.0), ..absolute() }
}

/// Children side by side, centred on one line.
pub fn row(gap: f32) -> Node {
    Node { flex_direction: FlexDirection::Row, align_items: AlignItems::Center, column_gap: px(gap), ..default() }
}

/// Children one below the other.
pub fn column(gap: f32) -> Node {
    Node { flex_direction: FlexDirection::Column, row_gap: px(gap), ..default() }
}
