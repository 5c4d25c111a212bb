//! The dark page: the hub wants nothing shown. It hides, and says no more than that it does so on purpose, so that nobody
//! takes the screen for broken.

use bevy::prelude::*;
use pingfeng_content::model::Lang;

use super::desk::Desk;
use crate::{
    blocks::{self, Ui},
    input::Shield,
    theme::Style,
};

/// Covers the glass.
pub(super) fn page(ui: &mut Ui<'_>, desk: &Desk) {
    let dark = desk.kit.tokens.over.dark;
    let centred = Node {
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        justify_content: JustifyContent::FlexEnd,
        padding: UiRect::bottom(desk.len(desk.pick(150.0, 96.0))),
        row_gap: desk.len(10.0),
        ..blocks::fill()
    };
    ui.spawn((centred, BackgroundColor(dark.ground()), Shield)).with_children(|ui| {
        // Two lines low on the glass, where staff look for them and a darkened hall is not lit by them.
        let words = [(Lang::ZhCn, desk.pick(30.0, 27.0)), (Lang::En, desk.pick(25.0, 23.0))];
        for (lang, size) in words {
            let line = format!("{} · {}", desk.word(lang, "over.dark", &[]), desk.word(lang, "notice.ask_staff", &[]));
            desk.lines(ui, Style::Small, size, 1.4, dark.on(), &line).insert(blocks::centred());
        }
    });
}
