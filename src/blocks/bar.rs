//! The foot bar. It belongs to the stage, not to a page, so that it never moves from page to page.

use bevy::prelude::*;

use super::{Icon, Ui, absolute, fitting, icon, layout, text_sized};
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

/// Colours of the bar: those of paper, or those of a film's dark room.
#[derive(Clone, Copy)]
struct BarColours {
    ground: Color,
    line: Color,
    pressed: Color,
    icon: Role,
    word: Role,
    restart: Role,
}

impl BarColours {
    fn on(kit: &Kit, ground: Role) -> Self {
        if ground != Role::Film {
            let (ground, line) = (kit.colour(Role::Paper2), kit.colour(Role::Line));
            return Self { ground, line, pressed: line, icon: Role::Ink, word: Role::Ink2, restart: Role::AccentText };
        }
        let tint = |part: f32| kit.colour(Role::Film).mix(&kit.colour(Role::OnFilm2), part);
        let (ground, line) = (tint(0.04), tint(0.22));
        Self { ground, line, pressed: tint(0.14), icon: Role::OnFilm, word: Role::OnFilm2, restart: Role::GoldLight }
    }
}

/// Fills the bar under a page of this ground.
pub(crate) fn fill_bar(ui: &mut Ui<'_>, kit: &Kit, bar: &Bar, ground: Role) {
    let colours = BarColours::on(kit, ground);
    let height = kit.class().bar_height;
    if *bar == Bar::None {
        return;
    }
    ui.spawn((
        Node {
            left: px(0.0),
            right: px(0.0),
            bottom: px(0.0),
            height: px(height + kit.lift()),
            padding: UiRect { left: px(kit.margin() - 20.0), right: px(kit.margin() - 20.0), bottom: px(kit.lift()), ..default() },
            border: UiRect::top(px(kit.tokens.stroke("hair"))),
            align_items: AlignItems::Center,
            justify_content: JustifyContent::SpaceBetween,
            ..absolute()
        },
        BackgroundColor(colours.ground),
        BorderColor::all(colours.line),
        // A touch between two keys does not reach the page below.
        Shield,
    ))
    .with_children(|ui| {
        ui.spawn(layout::row(18.0)).with_children(|ui| match bar {
            Bar::Note(note) => {
                ui.spawn(Node { padding: UiRect::left(px(20.0)), ..default() }).with_children(|ui| {
                    // Beside the keys there is room for two lines upright, for one across.
                    let size = fitting::fit(kit, Style::Small, 26.0, note, kit.pick(380.0, 760.0), kit.pick(2, 1)).size;
                    text_sized(ui, kit, Style::Small, size, colours.word, note);
                });
            }
            _ => {
                key(ui, kit, Icon::Back, "bar.back", colours.icon, colours, OnTap::Back);
                key(ui, kit, Icon::Home, "bar.home", colours.icon, colours, OnTap::Home);
            }
        });
        ui.spawn(layout::row(18.0)).with_children(|ui| {
            let languages = &kit.exhibition.compiled.exhibition.languages;
            if matches!(bar, Bar::Note(_)) && languages.len() > 1 {
                key(ui, kit, Icon::Language, "bar.language", colours.icon, colours, OnTap::Language);
            }
            key(ui, kit, Icon::LargeText, "bar.large_text", colours.icon, colours, OnTap::TextSize);
            if kit.sound {
                key(ui, kit, Icon::Sound, "bar.sound", colours.icon, colours, OnTap::Sound);
            } else {
                key(ui, kit, Icon::SoundOff, "bar.sound_off", colours.icon, colours, OnTap::Sound);
            }
            key(ui, kit, Icon::Restart, "bar.restart", colours.restart, colours, OnTap::Restart);
        });
    });
}

fn key(ui: &mut Ui<'_>, kit: &Kit, shown: Icon, word: &str, role: Role, colours: BarColours, tap: OnTap) {
    let quiet = if role == colours.icon { colours.word } else { role };
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
        BarPress(colours.pressed),
        tap,
    ))
    .with_children(|ui| {
        icon(ui, kit, shown, kit.pick(44.0, 38.0), role);
        // The bar keeps its measure at every text size, so that the keys stay where the hand expects them.
        let size = 26.0 / kit.text_scale;
        text_sized(ui, kit, Style::Small, size, quiet, &kit.word(word)).insert(bevy::text::LineHeight::RelativeToFont(1.0));
    });
}

/// Ground while pressed.
#[derive(Component, Clone, Copy, Debug)]
struct BarPress(Color);

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PostUpdate, (press_key, release_key).before(bevy::ui::UiSystems::Prepare));
}

fn press_key(mut commands: Commands, keys: Query<(Entity, &BarPress), Added<crate::input::Pressed>>) {
    for (key, press) in &keys {
        commands.entity(key).insert(BackgroundColor(press.0));
    }
}

fn release_key(mut commands: Commands, mut released: RemovedComponents<crate::input::Pressed>, keys: Query<(), With<BarPress>>) {
    for key in released.read() {
        if keys.contains(key) {
            commands.entity(key).insert(BackgroundColor(Color::NONE));
        }
    }
}
