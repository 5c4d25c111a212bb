//! Buttons.

use bevy::{prelude::*, text::LineBreak};

use super::{Icon, Ui, elevation, fitting, icon, text_sized};
use crate::{
    input::{Pressed, Touchable},
    theme::{Elevation, Kit, Role, Style},
};

/// What a button is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// The one main action of a page.
    Main,
    /// Everything else.
    #[default]
    Plain,
    /// In its place, but without effect now.
    Off,
}

/// A button with a label.
#[derive(Clone, Debug, Default)]
pub struct Button<'a> {
    /// A verb: 继续参观.
    pub label: &'a str,
    /// What it is for.
    pub kind: Kind,
    /// Before the label.
    pub before: Option<Icon>,
    /// After the label.
    pub after: Option<Icon>,
    /// Of the label, before the visitor's text scale; for buttons that are to match. Else as large as fits.
    pub size: Option<f32>,
}

/// How a touchable thing looks while a finger lies on it: it moves down, loses its edge, and darkens.
#[derive(Component, Clone, Debug)]
pub struct PressLook {
    /// At rest.
    pub shadow: BoxShadow,
    /// At rest.
    pub ground: Color,
    /// How far it moves down, px.
    pub depth: f32,
    /// What is left of the shadow while pressed.
    pub pressed_shadow: BoxShadow,
    /// Ground while pressed.
    pub pressed_ground: Color,
}

impl PressLook {
    /// The look of a sheet that can be pressed.
    pub fn sheet(kit: &Kit, level: Elevation, ground: Color) -> Self {
        Self {
            shadow: elevation(kit, level),
            ground,
            depth: kit.tokens.press_edge(),
            pressed_shadow: BoxShadow(Vec::new()),
            pressed_ground: darker(ground),
        }
    }
}

/// Six percent darker.
fn darker(colour: Color) -> Color {
    let c = colour.to_srgba();
    Color::srgba(c.red * 0.94, c.green * 0.94, c.blue * 0.94, c.alpha)
}

/// Free space left and right of what stands on a button, as a part of its width; px at least and at most.
const SIDE_PART: f32 = 0.1;
const SIDE_LEAST: f32 = 14.0;
const SIDE_MOST: f32 = 28.0;
/// An icon beside a label is as high as this many letters.
const ICON: f32 = 1.25;
/// Between icon and label, px.
const ICON_GAP: f32 = 18.0;

/// A button that fills `node`. Where the height is `auto`, it is as high as the class of display asks for; where the width
/// is given, a long label is set smaller rather than up to the edge.
/// Insert a marker or an [`OnTap`](crate::stage::OnTap) on what it returns; a button that is `Off` cannot be touched.
pub fn button<'a>(ui: &'a mut Ui<'_>, kit: &Kit, mut node: Node, button: Button<'_>) -> EntityCommands<'a> {
    let (ground, label, border) = match button.kind {
        Kind::Main => (Role::Accent, Role::OnAccent, Role::Accent),
        Kind::Plain => (Role::Sheet, Role::Ink, Role::LineStrong),
        Kind::Off => (Role::Paper2, Role::InkOff, Role::Line),
    };
    if node.height == Val::Auto {
        node.height = px(kit.pick(kit.tokens.touch("button"), 88.0));
    }
    node.border = UiRect::all(px(kit.tokens.stroke("control")));
    node.border_radius = BorderRadius::all(px(kit.tokens.radius("button")));
    node.align_items = AlignItems::Center;
    node.justify_content = JustifyContent::Center;
    node.column_gap = px(ICON_GAP);
    let width = node.width;
    let shadow = match button.kind {
        Kind::Main => {
            let mut shadow = elevation(kit, Elevation::Sheet1);
            shadow.0.push(ShadowStyle {
                color: kit.colour(Role::Deep),
                x_offset: px(0.0),
                y_offset: px(kit.tokens.press_edge()),
                spread_radius: px(0.0),
                blur_radius: px(0.0),
            });
            shadow
        }
        Kind::Plain => elevation(kit, Elevation::Sheet1),
        Kind::Off => BoxShadow(Vec::new()),
    };
    let ground_colour = kit.colour(ground);
    let mut entity = ui.spawn((node, BackgroundColor(ground_colour), BorderColor::all(kit.colour(border)), shadow.clone()));
    if button.kind != Kind::Off {
        entity.insert((Touchable, PressLook { shadow, ..PressLook::sheet(kit, Elevation::Lying, ground_colour) }));
    }
    entity.with_children(|ui| {
        let icons = [button.before, button.after].into_iter().flatten().count();
        let size = match (button.size, width) {
            (Some(size), _) => size,
            (None, Val::Px(width)) => label_size(kit, width, button.label, icons),
            (None, _) => wanted(kit),
        };
        let icon_size = size * kit.text_factor(Style::Button) * ICON;
        if let Some(before) = button.before {
            icon(ui, kit, before, icon_size, label);
        }
        if !button.label.is_empty() {
            text_sized(ui, kit, Style::Button, size, label, button.label)
                .insert(TextLayout::justify(Justify::Center).with_linebreak(LineBreak::NoWrap));
        }
        if let Some(after) = button.after {
            icon(ui, kit, after, icon_size, label);
        }
    });
    entity
}

/// A round key of `side` px with the main action's colours: play, pause, play again.
pub fn round_key<'a>(ui: &'a mut Ui<'_>, kit: &Kit, side: f32, shown: Icon) -> EntityCommands<'a> {
    let accent = kit.colour(Role::Accent);
    let depth = kit.tokens.press_edge() + 1.0;
    let edge = BoxShadow::new(kit.colour(Role::Deep), px(0.0), px(depth), px(0.0), px(0.0));
    let look = PressLook { shadow: edge.clone(), depth, ..PressLook::sheet(kit, Elevation::Lying, accent) };
    let mut key = ui.spawn((
        Node {
            width: px(side),
            height: px(side),
            flex_shrink: 0.0,
            border_radius: BorderRadius::MAX,
            align_items: AlignItems::Center,
            justify_content: JustifyContent::Center,
            ..default()
        },
        BackgroundColor(accent),
        edge,
        Touchable,
        look,
    ));
    key.with_children(|ui| {
        icon(ui, kit, shown, side * 0.48, Role::OnAccent);
    });
    key
}

fn wanted(kit: &Kit) -> f32 {
    kit.pick(38.0, 32.0)
}

/// The size, before the visitor's text scale, at which `label` stands on a button of `width` px beside so many icons.
pub fn label_size(kit: &Kit, width: f32, label: &str, icons: usize) -> f32 {
    let factor = kit.text_factor(Style::Button);
    let side = (width * SIDE_PART).clamp(SIDE_LEAST, SIDE_MOST) + kit.tokens.stroke("control");
    // Icons shrink with the label, so that the room for it grows as it gets smaller.
    let mut size = wanted(kit);
    while size > 1.0 {
        let room = width - 2.0 * side - icons as f32 * (size * factor * ICON + ICON_GAP);
        if fitting::width(kit, Style::Button, size, label) <= room || size * factor <= kit.least_px() {
            break;
        }
        size -= 1.0 / factor;
    }
    size
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PostUpdate, (press, release).before(bevy::ui::UiSystems::Prepare));
}

fn press(
    mut pressed: Query<(&PressLook, &mut BackgroundColor, &mut BoxShadow, &mut UiTransform), Added<Pressed>>,
) {
    for (look, mut ground, mut shadow, mut transform) in &mut pressed {
        ground.0 = look.pressed_ground;
        *shadow = look.pressed_shadow.clone();
        transform.translation = Val2::px(0.0, look.depth);
    }
}

fn release(
    mut released: RemovedComponents<Pressed>,
    mut nodes: Query<(&PressLook, &mut BackgroundColor, &mut BoxShadow, &mut UiTransform)>,
) {
    for entity in released.read() {
        if let Ok((look, mut ground, mut shadow, mut transform)) = nodes.get_mut(entity) {
            ground.0 = look.ground;
            *shadow = look.shadow.clone();
            transform.translation = Val2::ZERO;
        }
    }
}

