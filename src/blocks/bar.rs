//! The foot bar. It belongs to the stage, not to a page, so that it never moves from page to page.

use bevy::prelude::*;

use super::{Icon, Ui, absolute, icon, layout, text_sized};
use crate::{
    input::{Shield, Touchable},
    stage::OnTap,
    theme::{Kit, Role, Style},
};

/// What the foot bar of a scene holds.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub enum Bar {
    /// No bar: the attract loop.
    None,
    /// 返回, 首页 left; 大字, 声音, 重新开始 right.
    #[default]
    Full,
    /// A promise left; 大字, 声音, 重新开始 right: the home page.
    Note(String),
}

/// The keys of the bar, as an entity that the stage owns.
#[derive(Component, Clone, Copy, Debug)]
pub struct BarKeys;

/// Fills the bar.
pub(crate) fn fill_bar(ui: &mut Ui<'_>, kit: &Kit, bar: &Bar) {
    let height = kit.class().bar_height;
    if *bar == Bar::None {
        return;
    }
    ui.spawn((
        Node {
            left: px(0.0),
            right: px(0.0),
            bottom: px(0.0),
            height: px(height + kit.surface.lift),
            padding: UiRect { left: px(kit.margin() - 20.0), right: px(kit.margin() - 20.0), bottom: px(kit.surface.lift), ..default() },
            border: UiRect::top(px(kit.tokens.stroke("hair"))),
            align_items: AlignItems::Center,
            justify_content: JustifyContent::SpaceBetween,
            ..absolute()
        },
        BackgroundColor(kit.colour(Role::Paper2)),
        BorderColor::all(kit.colour(Role::Line)),
        // A touch between two keys does not reach the page below.
        Shield,
    ))
    .with_children(|ui| {
        ui.spawn(layout::row(18.0)).with_children(|ui| match bar {
            Bar::Note(note) => {
                ui.spawn(Node { padding: UiRect::left(px(20.0)), ..default() }).with_children(|ui| {
                    text_sized(ui, kit, Style::Small, 26.0, Role::Ink2, note);
                });
            }
            _ => {
                key(ui, kit, Icon::Back, "bar.back", Role::Ink, OnTap::Back);
                key(ui, kit, Icon::Home, "bar.home", Role::Ink, OnTap::Home);
            }
        });
        ui.spawn(layout::row(18.0)).with_children(|ui| {
            let languages = &kit.exhibition.compiled.exhibition.languages;
            if matches!(bar, Bar::Note(_)) && languages.len() > 1 {
                key(ui, kit, Icon::Language, "bar.language", Role::Ink, OnTap::Language);
            }
            key(ui, kit, Icon::LargeText, "bar.large_text", Role::Ink, OnTap::TextSize);
            if kit.sound {
                key(ui, kit, Icon::Sound, "bar.sound", Role::Ink, OnTap::Sound);
            } else {
                key(ui, kit, Icon::SoundOff, "bar.sound_off", Role::Ink, OnTap::Sound);
            }
            key(ui, kit, Icon::Restart, "bar.restart", Role::AccentText, OnTap::Restart);
        });
    });
}

fn key(ui: &mut Ui<'_>, kit: &Kit, shown: Icon, word: &str, role: Role, tap: OnTap) {
    let quiet = if role == Role::Ink { Role::Ink2 } else { role };
    ui.spawn((
        Node {
            min_width: px(kit.pick(124.0, 0.0)),
            height: px(kit.pick(112.0, 88.0)),
            padding: UiRect::axes(px(kit.pick(0.0, 22.0)), px(0.0)),
            flex_direction: kit.pick(FlexDirection::Column, FlexDirection::Row),
            align_items: AlignItems::Center,
            justify_content: JustifyContent::Center,
            row_gap: px(8.0),
            column_gap: px(14.0),
            border_radius: BorderRadius::all(px(kit.tokens.radius("button"))),
            ..default()
        },
        Touchable,
        BarPress,
        tap,
    ))
    .with_children(|ui| {
        icon(ui, kit, shown, kit.pick(44.0, 38.0), role);
        // The bar keeps its measure at every text size, so that the keys stay where the hand expects them.
        let size = 26.0 / kit.text_scale;
        text_sized(ui, kit, Style::Small, size, quiet, &kit.word(word)).insert(bevy::text::LineHeight::RelativeToFont(1.0));
    });
}

#[derive(Component, Clone, Copy, Debug)]
struct BarPress;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PostUpdate, (press_key, release_key).before(bevy::ui::UiSystems::Prepare));
}

fn press_key(mut commands: Commands, kit: Option<Res<Kit>>, keys: Query<Entity, (With<BarPress>, Added<crate::input::Pressed>)>) {
    let Some(kit) = kit else { return };
    for key in &keys {
        commands.entity(key).insert(BackgroundColor(kit.colour(Role::Line)));
    }
}

fn release_key(mut commands: Commands, mut released: RemovedComponents<crate::input::Pressed>, keys: Query<(), With<BarPress>>) {
    for key in released.read() {
        if keys.contains(key) {
            commands.entity(key).insert(BackgroundColor(Color::NONE));
        }
    }
}
