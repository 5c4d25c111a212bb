//! A choice: a small picture and a name.

use bevy::prelude::*;
use pingfeng_content::model::Tile;

use super::{Mount, PressLook, Ui, layout, picture, text_sized};
use crate::{
    input::Touchable,
    stage::OnTap,
    theme::{Elevation, Kit, Role, Style},
};

/// A picture and a name on a sheet that can be pressed.
pub fn tile_card(ui: &mut Ui<'_>, kit: &Kit, tile: &Tile) {
    let ground = kit.colour(Role::Sheet);
    let look = PressLook::sheet(kit, Elevation::Sheet1, ground);
    ui.spawn((
        Node {
            min_width: px(0.0),
            min_height: px(0.0),
            border_radius: BorderRadius::all(px(kit.tokens.radius("card"))),
            ..default()
        },
        BackgroundColor(ground),
        look.shadow.clone(),
        look,
        Touchable,
        OnTap::Go(tile.scene.clone()),
    ))
    .with_children(|ui| {
        if let Some(shown) = &tile.picture {
            let width = kit.pick(150.0, 112.0);
            let radius = px(kit.tokens.radius("card"));
            picture(
                ui,
                kit,
                shown,
                Vec2::new(width, 180.0),
                Mount::Cover,
                Node {
                    width: px(width),
                    height: percent(100.0),
                    flex_shrink: 0.0,
                    border_radius: BorderRadius { top_left: radius, bottom_left: radius, ..default() },
                    ..default()
                },
            );
        }
        ui.spawn(Node {
            flex_grow: 1.0,
            flex_shrink: 1.0,
            min_width: px(0.0),
            padding: UiRect::left(px(kit.pick(26.0, 20.0))),
            justify_content: JustifyContent::Center,
            overflow: Overflow::clip(),
            ..layout::column(7.0)
        })
        .with_children(|ui| {
            let title = kit.text(&tile.title);
            // A break by hand is for the narrow tiles of landscape pages.
            let title = if kit.portrait() { title.replace('\n', "") } else { title.to_owned() };
            let longest = title.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            let size = kit.pick(if longest > 6 { 32.0 } else { 36.0 }, if title.contains('\n') { 30.0 } else { 32.0 });
            text_sized(ui, kit, Style::H3, size, Role::Ink, &title);
            ui.spawn(Node {
                flex_direction: kit.pick(FlexDirection::Row, FlexDirection::Column),
                column_gap: px(20.0),
                flex_wrap: FlexWrap::Wrap,
                ..default()
            })
            .with_children(|ui| {
                for label in &tile.labels {
                    text_sized(ui, kit, Style::Caption, kit.pick(25.0, 23.0), Role::Ink2, kit.text(label))
                        .insert((TextLayout::no_wrap(), bevy::text::LineHeight::RelativeToFont(1.25)));
                }
            });
        });
    });
}
