//! Sheets of paper and their shadows.

use bevy::prelude::*;

use super::Ui;
use crate::theme::{Elevation, Kit, Role};

/// The shadows of a level.
pub fn elevation(kit: &Kit, level: Elevation) -> BoxShadow {
    let shadow = kit.colour(Role::Shadow);
    BoxShadow(
        kit.tokens
            .shadows(level)
            .iter()
            // The last in the list is drawn first, so the fall lies under the edge.
            .rev()
            .map(|[y, blur, alpha]| ShadowStyle {
                color: shadow.with_alpha(*alpha),
                x_offset: px(0.0),
                y_offset: px(*y),
                spread_radius: px(0.0),
                // CSS blurs with a standard deviation of half the radius, as this shadow does.
                blur_radius: px(*blur),
            })
            .collect(),
    )
}

/// A sheet of paper. `node` says where it lies and how its children flow.
pub fn sheet<'a>(ui: &'a mut Ui<'_>, kit: &Kit, level: Elevation, mut node: Node) -> EntityCommands<'a> {
    if node.border_radius == BorderRadius::default() {
        node.border_radius = BorderRadius::all(px(kit.tokens.radius("button")));
    }
    ui.spawn((node, BackgroundColor(kit.colour(Role::Sheet)), elevation(kit, level)))
}
