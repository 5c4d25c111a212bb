//! A choice: a small picture and a name.

use bevy::prelude::*;
use pingfeng_content::model::{Lang, Tile};

use super::{Mount, PressLook, Ui, fitting, layout, picture, text_sized};
use crate::{
    input::Touchable,
    stage::OnTap,
    theme::{Elevation, Kit, Role, Style},
};

/// Right of the words, px.
const AFTER_WORDS: f32 = 10.0;
/// Between the name and the labels, px.
const ROW_GAP: f32 = 7.0;
/// Between two labels on one line, px.
const LABEL_GAP: f32 = 20.0;
/// Line height of the labels.
const LABEL_LEADING: f32 = 1.25;

/// Choices of `size` px that stand together. Where the words of one would leave it, those of all are set smaller.
pub fn tiles(ui: &mut Ui<'_>, kit: &Kit, tiles: &[Tile], size: Vec2) {
    let (part, label_size) = sizes(kit, tiles, size);
    for tile in tiles {
        card(ui, kit, tile, part, label_size);
    }
}

/// A picture and a name on a sheet that can be pressed.
fn card(ui: &mut Ui<'_>, kit: &Kit, tile: &Tile, part: f32, label_size: f32) {
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
        let side = kit.pick(26.0, 20.0);
        if let Some(shown) = &tile.picture {
            let width = picture_width(kit, tile);
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
            padding: UiRect::left(px(side)),
            justify_content: JustifyContent::Center,
            overflow: Overflow::clip(),
            ..layout::column(ROW_GAP)
        })
        .with_children(|ui| {
            let title = title_of(kit, tile);
            let title_size = wanted(kit, &title) * part;
            text_sized(ui, kit, Style::H3, title_size, Role::Ink, &title);
            ui.spawn(Node {
                flex_direction: kit.pick(FlexDirection::Row, FlexDirection::Column),
                column_gap: px(LABEL_GAP),
                flex_wrap: FlexWrap::Wrap,
                ..default()
            })
            .with_children(|ui| {
                for label in &tile.labels {
                    text_sized(ui, kit, Style::Caption, label_size, Role::Ink2, kit.text(label))
                        .insert((TextLayout::no_wrap(), bevy::text::LineHeight::RelativeToFont(LABEL_LEADING)));
                }
            });
        });
    });
}

/// The part of the wanted sizes at which every one of `tiles` keeps its words, and the size of the labels.
fn sizes(kit: &Kit, tiles: &[Tile], size: Vec2) -> (f32, f32) {
    let mut part = 1.0;
    loop {
        let mut label: f32 = kit.pick(25.0, 23.0) * part;
        for tile in tiles {
            let labels: Vec<&str> = tile.labels.iter().map(|label| kit.text(label)).collect();
            // Upright the labels share a line, across each has its own.
            let gaps = kit.pick(LABEL_GAP * labels.len().saturating_sub(1) as f32, 0.0);
            let joined = labels.concat();
            let shown: Vec<&str> = if kit.portrait() { vec![&joined] } else { labels };
            let width = words_width(kit, tile, size) - gaps;
            label = label.min(fitting::fit_all(kit, Style::Caption, label, shown, width, 1).size);
        }
        let fits = tiles.iter().all(|tile| {
            let title = title_of(kit, tile);
            let name = fitting::fit_lines(kit, Style::H3, wanted(kit, &title) * part, &title, words_width(kit, tile, size), usize::MAX);
            let lines = kit.pick(1, tile.labels.len()) as f32;
            let label_px = label * kit.text_factor(Style::Caption);
            name.lines <= 2 && name.height() + ROW_GAP + lines * label_px * LABEL_LEADING <= size.y - ROW_GAP
        });
        if fits || part <= 0.5 {
            return (part, label);
        }
        part -= 0.05;
    }
}

fn words_width(kit: &Kit, tile: &Tile, size: Vec2) -> f32 {
    size.x - picture_width(kit, tile) - kit.pick(26.0, 20.0) - AFTER_WORDS
}

fn picture_width(kit: &Kit, tile: &Tile) -> f32 {
    if tile.picture.is_some() { kit.pick(150.0, 112.0) } else { 0.0 }
}

/// The name; a break by hand is for the narrow tiles of landscape pages.
fn title_of(kit: &Kit, tile: &Tile) -> String {
    let title = kit.text(&tile.title);
    let joined = if kit.lang == Lang::ZhCn { "" } else { " " };
    if kit.portrait() { title.replace('\n', joined) } else { title.to_owned() }
}

fn wanted(kit: &Kit, title: &str) -> f32 {
    let longest = title.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    kit.pick(if longest > 6 { 32.0 } else { 36.0 }, if title.contains('\n') { 30.0 } else { 32.0 })
}
