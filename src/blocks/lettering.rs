//! Lettering: stacked titles, the seal, chapter lines, progress dashes.

use bevy::{prelude::*, text::LineBreak};

use super::{Ui, fitting, layout, text};
use crate::theme::{Face, Kit, Role, Style, TypeSpec};

/// One character per line. `pitch` is the distance of lines in multiples of `size`.
pub fn stacked<'a>(
    ui: &'a mut Ui<'_>,
    kit: &Kit,
    face: Face,
    size: f32,
    pitch: f32,
    role: Role,
    words: &str,
) -> EntityCommands<'a> {
    let mut column = ui.spawn(Node { align_items: AlignItems::Center, ..layout::column(0.0) });
    column.with_children(|ui| {
        for c in words.chars() {
            let spec = TypeSpec { face, size, leading: pitch, tracking_em: 0.0 };
            text::spawn(ui, kit, spec, role, &c.to_string()).insert(TextLayout::linebreak(LineBreak::NoWrap));
        }
    });
    column
}

/// The seal of the exhibition: two or four characters, read down the right column, then the left.
pub fn seal<'a>(ui: &'a mut Ui<'_>, kit: &Kit, size: f32, words: &str) -> EntityCommands<'a> {
    let chars: Vec<char> = words.chars().collect();
    let (ground, line, letters) = (kit.colour(Role::Accent), kit.colour(Role::OnAccent), Role::OnAccent);
    let mut seal = ui.spawn((
        Node {
            width: px(size),
            height: px(size),
            padding: UiRect::all(px(4.0)),
            border_radius: BorderRadius::all(px(kit.tokens.radius("seal"))),
            ..layout::absolute()
        },
        BackgroundColor(ground),
    ));
    seal.with_children(|ui| {
        ui.spawn((
            Node {
                flex_grow: 1.0,
                flex_direction: FlexDirection::RowReverse,
                justify_content: JustifyContent::Center,
                border: UiRect::all(px(kit.tokens.stroke("hair"))),
                border_radius: BorderRadius::all(px(2.0)),
                padding: UiRect::all(px(3.0)),
                ..default()
            },
            BorderColor::all(line.with_alpha(0.8)),
        ))
        .with_children(|ui| {
            let per_column = chars.len().div_ceil(2).max(1);
            for part in chars.chunks(if chars.len() <= 2 { chars.len().max(1) } else { per_column }) {
                let word: String = part.iter().collect();
                ui.spawn(Node { flex_grow: 1.0, justify_content: JustifyContent::Center, align_items: AlignItems::Center, ..default() })
                    .with_children(|ui| {
                        stacked(ui, kit, Face::Serif, size * 0.365, 1.14, letters, &word);
                    });
            }
        });
    });
    seal
}

/// The cinnabar rule with chapter and title, on one line of `width` px: `第四章　万里长征`.
pub fn chapter_line<'a>(ui: &'a mut Ui<'_>, kit: &Kit, role: Role, chapter: Option<&str>, title: &str, width: f32) -> EntityCommands<'a> {
    let words = match chapter {
        Some(chapter) => format!("{chapter}　{title}"),
        None => title.to_owned(),
    };
    let size = fitting::fit(kit, Style::H3, 36.0, &words, width - 28.0, 1).size;
    let mut line = ui.spawn(Node { max_width: px(width), ..layout::row(22.0) });
    line.with_children(|ui| {
        ui.spawn((
            Node { width: px(6.0), height: px(56.0), flex_shrink: 0.0, ..default() },
            BackgroundColor(kit.colour(Role::Accent)),
        ));
        text::text_sized(ui, kit, Style::H3, size, role, &words);
    });
    line
}

/// A chapter line on a picture: it lies on a slip of paper, so that it can be read on any sky.
/// The slip is at most `width` px wide.
pub fn chapter_plate<'a>(ui: &'a mut Ui<'_>, kit: &Kit, chapter: Option<&str>, title: &str, width: f32) -> EntityCommands<'a> {
    let mut slip = super::sheet(
        ui,
        kit,
        crate::theme::Elevation::Sheet1,
        Node { padding: UiRect { left: px(22.0), right: px(30.0), top: px(14.0), bottom: px(14.0) }, border_radius: BorderRadius::all(px(kit.tokens.radius("picture"))), ..default() },
    );
    slip.with_children(|ui| {
        chapter_line(ui, kit, Role::Ink, chapter, title, width - 52.0);
    });
    slip
}

/// Progress as a row of dashes: done, the present one, to come.
pub fn dashes<'a>(ui: &'a mut Ui<'_>, kit: &Kit, now: usize, total: usize) -> EntityCommands<'a> {
    let mut row = ui.spawn(layout::row(12.0));
    // Many dashes get shorter so that the row stays within the space of eight.
    let width = (608.0 / total.max(1) as f32 - 12.0).clamp(10.0, 64.0);
    row.with_children(|ui| {
        for i in 0..total {
            let role = match i.cmp(&now) {
                std::cmp::Ordering::Less => Role::Ink2,
                std::cmp::Ordering::Equal => Role::Accent,
                std::cmp::Ordering::Greater => Role::Line,
            };
            ui.spawn((
                Node { width: px(width), height: px(14.0), border_radius: BorderRadius::all(px(2.0)), ..default() },
                BackgroundColor(kit.colour(role)),
            ));
        }
    });
    row
}
