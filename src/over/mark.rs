//! The mark of a screen for whose content nobody signs: small, quiet, and always in the same place, so that whoever looks
//! after the hall sees at a glance that anybody who has the hub has this screen.

use bevy::prelude::*;
use pingfeng_wire::TrustMode;

use super::desk::Desk;
use crate::{
    blocks::{Icon, Ui},
    theme::{Role, Style},
};

/// The mark of a mode; none where content is signed, which is how it should be.
pub(super) fn word(mode: TrustMode) -> Option<&'static str> {
    match mode {
        TrustMode::Signed => None,
        TrustMode::Hub => Some("over.mark_hub"),
        TrustMode::NoRoot => Some("over.mark_no_root"),
        TrustMode::Damaged => Some("over.mark_damaged"),
    }
}

/// Hangs a slip of paper from the upper edge, left, above anything that the first pages put there.
pub(super) fn slip(ui: &mut Ui<'_>, desk: &Desk, key: &str, top: f32) {
    let size = desk.kit.least_px();
    let radius = desk.len(8.0);
    let node = Node {
        left: desk.len(desk.margin()),
        top: desk.len(top),
        padding: UiRect::axes(desk.len(16.0), desk.len(6.0)),
        border_radius: BorderRadius { bottom_left: radius, bottom_right: radius, ..default() },
        position_type: PositionType::Absolute,
        ..desk.row(10.0)
    };
    ui.spawn((node, BackgroundColor(desk.colour(Role::Paper2).with_alpha(0.94)))).with_children(|ui| {
        desk.icon(ui, Icon::Info, size, desk.colour(Role::Ink2));
        desk.lines(ui, Style::Caption, size, 1.2, desk.colour(Role::Ink2), &desk.word(desk.kit.lang, key, &[]))
            .insert(TextLayout::no_wrap());
    });
}
