//! A dialogue: a sheet over a darkened page, with two ways out.

use bevy::prelude::*;

use super::{Button, Kind, Ui, absolute, button, elevation, fill};
use crate::{
    input::Shield,
    theme::{Elevation, Kit, Role},
};

/// The two buttons of a dialogue.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogAction {
    /// The main one, right.
    Main,
    /// The other one, left.
    Other,
}

/// Left and right of what a dialogue says, px.
const SIDE: f32 = 64.0;
/// Between its two buttons, px.
const GAP: f32 = 24.0;

/// Darkens the page and spawns a sheet; `content` fills it above the two buttons. Watch for
/// [`Tapped`](crate::input::Tapped) on entities with [`DialogAction`].
pub fn dialog<'a>(
    ui: &'a mut Ui<'_>,
    kit: &Kit,
    main: &str,
    other: &str,
    content: impl FnOnce(&mut Ui<'_>),
) -> EntityCommands<'a> {
    let mut scrim = ui.spawn((fill(), BackgroundColor(kit.colour(Role::Scrim)), Shield));
    scrim.with_children(|ui| {
        let margin = kit.pick(kit.margin(), (kit.surface.size.x - 1200.0) / 2.0);
        ui.spawn((
            Node {
                left: px(margin),
                right: px(margin),
                bottom: px(kit.pick(0.085, 0.13) * kit.surface.size.y + kit.class().bar_height),
                padding: UiRect::axes(px(SIDE), px(kit.pick(68.0, 52.0))),
                flex_direction: FlexDirection::Column,
                border_radius: BorderRadius::all(px(kit.tokens.radius("button"))),
                ..absolute()
            },
            BackgroundColor(kit.colour(Role::Sheet)),
            elevation(kit, Elevation::Sheet3),
        ))
        .with_children(|ui| {
            content(ui);
            ui.spawn(Node { column_gap: px(GAP), margin: UiRect::top(px(44.0)), ..default() }).with_children(|ui| {
                let height = px(kit.pick(120.0, 112.0));
                let inner = kit.surface.size.x - 2.0 * margin - 2.0 * SIDE - GAP;
                let node = |part: f32| Node { width: px(inner * part), height, ..default() };
                button(ui, kit, node(1.0 / 2.4), Button { label: other, ..default() }).insert(DialogAction::Other);
                button(ui, kit, node(1.4 / 2.4), Button { label: main, kind: Kind::Main, ..default() }).insert(DialogAction::Main);
            });
        });
    });
    scrim
}
