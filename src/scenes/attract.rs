//! The attract loop: what the screen shows while nobody touches it.
//!
//! The layers of the picture drift apart and back, near ones more; a stacked title; one dated fact at a time.

use std::f32::consts::TAU;

use bevy::prelude::*;
use pingfeng_content::model::{Attract, Scene};

use crate::{
    ScreenSystems,
    blocks::{self, Bar, Edge, Icon, Mount, Side, Ui, fitting},
    damage::{Animates, WakeIn},
    stage::{Opening, SceneKind, SceneKinds},
    theme::{Face, Kit, Motion, Role, Style},
};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<AttractPage>(app);
    app.add_systems(Update, (turn_facts, drift).in_set(ScreenSystems::Decide));
}

/// An attract loop and the fact it shows.
#[derive(Component)]
pub struct AttractPage {
    document: Attract,
    fact: usize,
    shown_s: f32,
}

/// A layer that drifts. 0 is the farthest, 1 the nearest.
#[derive(Component, Clone, Copy)]
struct Drifts {
    nearness: f32,
}

/// How far the nearest layer moves from its place, logical px.
const DRIFT_PX: f32 = 24.0;

impl SceneKind for AttractPage {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        match opening.scene {
            Scene::Attract(document) => Some(Self { document: document.clone(), fact: 0, shown_s: 0.0 }),
            _ => None,
        }
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let kit = &kit.with(|kit| kit.theme = kit.daylight());
        let attract = &self.document;
        let size = kit.surface.size;
        // The fact stands on sheets of its own; the picture moves up by what they cover, so that nothing of it is lost.
        let raised = kit.pick(212.0, 70.0);
        ui.spawn(blocks::at(0.0, -raised, size.x, size.y)).with_children(|ui| {
            let layered = kit.motion == Motion::Full
                && blocks::picture_layers(ui, kit, &attract.picture, size, |layer, index, count| {
                    let nearness = index as f32 / (count.max(2) - 1) as f32;
                    layer.insert((Drifts { nearness }, UiTransform::IDENTITY));
                });
            if layered {
                ui.spawn((Node { display: Display::None, ..default() }, Animates));
            } else {
                blocks::picture(ui, kit, &attract.picture, size, Mount::Cover, blocks::fill());
            }
        });
        if !kit.portrait() {
            // In landscape the title stands over the right of the picture, where the near trees are.
            ui.spawn(Node { overflow: Overflow::clip(), ..blocks::at(0.0, 0.0, size.x, size.y - 150.0) })
                .with_children(|ui| blocks::mist(ui, kit, Side::Right, 640.0));
        }
        for (edge, role, height) in [
            (Edge::Far, Role::Accent, kit.pick(292.0, 206.0)),
            (Edge::Near, Role::Deep, kit.pick(252.0, 172.0)),
        ] {
            blocks::cut_sheet(ui, kit, edge, role, blocks::at(0.0, size.y - height, size.x, height));
        }
        lettering(ui, kit, attract);
        self.fact(ui, kit);
        start_button(ui, kit);
        ui.spawn(Node { left: px(kit.margin()), top: px(kit.pick(84.0, 64.0)), ..blocks::absolute() }).with_children(|ui| {
            blocks::text_sized(ui, kit, Style::Small, kit.pick(26.0, 23.0), Role::Ink2, &kit.word("attract.note"));
        });
    }

    fn bar(&self, _: &Kit) -> Bar {
        Bar::None
    }
}

impl AttractPage {
    fn fact(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let Some(fact) = self.document.facts.get(self.fact) else { return };
        let words = format!("{}，{}", kit.text(&fact.when), kit.text(&fact.text));
        let words = if kit.lang == pingfeng_content::model::Lang::En { words.replacen('，', ": ", 1) } else { words };
        let words = words.trim_end_matches('。').to_owned();
        let node = if kit.portrait() {
            Node {
                left: px(kit.margin()),
                right: px(kit.margin()),
                bottom: px(58.0),
                align_items: AlignItems::Center,
                flex_direction: FlexDirection::Column,
                row_gap: px(14.0),
                ..blocks::absolute()
            }
        } else {
            Node {
                left: px(kit.margin()),
                width: px(1180.0),
                bottom: px(28.0),
                align_items: AlignItems::FlexStart,
                flex_direction: FlexDirection::Column,
                row_gap: px(6.0),
                ..blocks::absolute()
            }
        };
        ui.spawn(node).with_children(|ui| {
            // Two lines stand on the sheet without reaching its cut edge.
            let width = kit.pick(kit.surface.size.x - 2.0 * kit.margin(), 1180.0);
            let one = fitting::fit(kit, Style::H2, 48.0, &words, width, 1);
            let fitted = if one.size >= 38.0 { one } else { fitting::fit(kit, Style::H2, 40.0, &words, width, 2) };
            let mut line = blocks::text_sized(ui, kit, Style::H2, fitted.size, Role::OnDeep, &words);
            if kit.portrait() {
                line.insert(blocks::centred());
            }
            let mut source = blocks::text_sized(
                ui,
                kit,
                Style::Caption,
                kit.pick(26.0, 23.0),
                Role::OnDeep2,
                &format!("{}{}", kit.word("page.source"), kit.sources(&fact.sources)),
            );
            if kit.portrait() {
                source.insert(blocks::centred());
            }
        });
    }
}

/// The stacked title, the quiet line beside it, and the seal that closes the column.
fn lettering(ui: &mut Ui<'_>, kit: &Kit, attract: &Attract) {
    let display = kit.type_spec(Style::Display).size;
    let (right, top) = kit.pick((104.0, 132.0), (116.0, 68.0));
    let pitch = 1.14;
    let columns = attract.title_columns.len().max(1) as f32;
    ui.spawn(Node {
        right: px(right),
        top: px(top),
        flex_direction: FlexDirection::RowReverse,
        column_gap: px(display * 0.2),
        ..blocks::absolute()
    })
    .with_children(|ui| {
        for column in &attract.title_columns {
            blocks::stacked(ui, kit, Face::Serif, display, pitch, Role::Ink, column);
        }
    });
    let quiet = kit.pick(36.0, 30.0);
    let title_width = columns * display + (columns - 1.0) * display * 0.2;
    let subtitle = kit.text(&attract.subtitle);
    let right_of_quiet = right + title_width + kit.pick(58.0, 56.0);
    // Latin letters are not stacked: another language sets the line below the promise instead.
    if subtitle.is_ascii() {
        ui.spawn(Node { left: px(kit.margin()), top: px(kit.pick(132.0, 108.0)), max_width: px(620.0), ..blocks::absolute() })
            .with_children(|ui| {
                blocks::text_sized(ui, kit, Style::Lead, quiet, Role::Ink2, subtitle);
            });
    } else {
        ui.spawn(Node { right: px(right_of_quiet), top: px(top + 10.0), ..blocks::absolute() }).with_children(|ui| {
            blocks::stacked(ui, kit, Face::Sans, quiet, 1.36, Role::Ink2, subtitle);
        });
    }
    let seal = &kit.exhibition.compiled.exhibition.seal;
    if !seal.is_empty() {
        let side = kit.pick(96.0, 84.0);
        let letters = subtitle.chars().count() as f32;
        let below = if subtitle.is_ascii() { top } else { top + 10.0 + letters * quiet * 1.36 + 40.0 };
        ui.spawn(blocks::at(kit.surface.size.x - right_of_quiet - quiet / 2.0 - side / 2.0, below, side, side)).with_children(|ui| {
            blocks::seal(ui, kit, side, seal);
        });
    }
}

fn start_button(ui: &mut Ui<'_>, kit: &Kit) {
    let (width, height) = kit.pick((470.0_f32, 124.0), (440.0, 112.0));
    let (icon, gap, label) = (62.0, 24.0, kit.word("attract.start"));
    // Another language may ask for a longer button; its letters keep clear of the round ends.
    let ends = height * 0.8;
    let width = width.max((fitting::width(kit, Style::Button, 46.0, &label) + icon + gap + ends).min(580.0));
    let label_size = fitting::fit(kit, Style::Button, 46.0, &label, width - icon - gap - ends, 1).size;
    let (left, bottom) = kit.pick(((kit.surface.size.x - width) / 2.0, 276.0), (kit.surface.size.x - 120.0 - width, 64.0));
    let ring = 10.0;
    ui.spawn((
        Node {
            width: px(width + 2.0 * ring),
            height: px(height + 2.0 * ring),
            left: px(left - ring),
            bottom: px(bottom - ring),
            padding: UiRect::all(px(ring)),
            border_radius: BorderRadius::MAX,
            ..blocks::absolute()
        },
        BackgroundColor(kit.colour(Role::OnDeep).with_alpha(0.22)),
    ))
    .with_children(|ui| {
        ui.spawn((
            Node {
                flex_grow: 1.0,
                border_radius: BorderRadius::MAX,
                align_items: AlignItems::Center,
                justify_content: JustifyContent::Center,
                column_gap: px(gap),
                ..default()
            },
            BackgroundColor(kit.colour(Role::OnDeep)),
            BoxShadow::new(Color::BLACK.with_alpha(0.45), px(0.0), px(14.0), px(0.0), px(40.0)),
        ))
        .with_children(|ui| {
            blocks::icon(ui, kit, Icon::Touch, icon, Role::Deep);
            blocks::text_sized(ui, kit, Style::Button, label_size, Role::Deep, &label).insert(TextLayout::no_wrap());
        });
    });
}

fn turn_facts(
    mut pages: Query<&mut AttractPage>,
    kit: Option<Res<Kit>>,
    // Real time: while the page rests no frames are drawn, and the other clock hardly moves.
    time: Res<Time<Real>>,
    mut wake: ResMut<WakeIn>,
) {
    let Some(kit) = kit else { return };
    let page_s = kit.tokens.motion.attract_page / 1000.0;
    for mut page in &mut pages {
        let count = page.document.facts.len();
        // The page is built again only when the fact changes, not when time goes by.
        let page_now = page.bypass_change_detection();
        page_now.shown_s += time.delta_secs();
        if count < 2 {
            continue;
        }
        if page_now.shown_s >= page_s {
            page.shown_s = 0.0;
            page.fact = (page.fact + 1) % count;
        }
        wake.at_most(page_s - page.shown_s);
    }
}

fn drift(mut layers: Query<(&Drifts, &mut UiTransform)>, kit: Option<Res<Kit>>, time: Res<Time>) {
    let Some(kit) = kit else { return };
    let turn = time.elapsed_secs() * 1000.0 / kit.tokens.motion.picture_drift;
    // There and back in one drift, starting from rest.
    let away = (1.0 - (turn * TAU).cos()) / 2.0;
    for (layer, mut transform) in &mut layers {
        transform.translation = Val2::px(-DRIFT_PX * layer.nearness * away, DRIFT_PX * 0.25 * layer.nearness * away);
    }
}
