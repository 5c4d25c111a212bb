//! How the check-in page looks: the event, the welcome strip, the boxes of the code, the pad.

use bevy::prelude::*;
use pingfeng_content::Lang;

use super::{
    CheckInScene, PadKey,
    rules::{Key, Stage},
};
use crate::{
    blocks::{self, Icon, Mount, PressLook, Ui, elevation, icon, picture, text_sized},
    input::Touchable,
    record::Connection,
    blocks::fitting::{Area, Fitted, fit},
    theme::{Elevation, Kit, Role, Style},
};

/// Between boxes and between keys, px.
const GAP: f32 = 18.0;

pub(super) fn view(ui: &mut Ui<'_>, kit: &Kit, scene: &CheckInScene) {
    let (margin, page, bar) = (kit.margin(), kit.surface.size, kit.bar_top());
    let left = 900.0;
    let x = kit.pick(margin, left + 80.0);
    let width = page.x - margin - x;
    let words = Heading::of(kit, scene, width);
    // Larger words take their room from the picture.
    let head_height = words.height().max(110.0);
    let head_bottom = bar - kit.pick(958.0, 680.0);
    let head = Area::new(x, head_bottom - head_height, width, head_height);
    let strip = kit.pick(Area::new(0.0, head.y - 152.0, page.x, 132.0), Area::new(0.0, bar - 150.0, left, 150.0));
    let hero = Area::new(0.0, 0.0, strip.width, strip.y);
    let boxes = Area::new(x, bar - kit.pick(944.0, 652.0), width, kit.pick(132.0, 150.0));
    let pad = Area::new(x, bar - kit.pick(770.0, 408.0), width, kit.pick(738.0, 376.0));

    picture(ui, kit, &scene.document.picture, Vec2::new(hero.width, hero.height), Mount::Cover, hero.node());
    if kit.portrait() {
        // The title stands on mist, whatever rises in the picture behind it.
        ui.spawn(Node { overflow: Overflow::clip(), ..hero.node() })
            .with_children(|ui| blocks::mist(ui, kit, blocks::Side::Top, 340.0));
    }
    event(ui, kit, scene, hero);
    welcome(ui, kit, scene, strip);
    heading(ui, kit, &words, head);
    code(ui, kit, scene, boxes);
    keys(ui, kit, scene, pad);
}

fn event(ui: &mut Ui<'_>, kit: &Kit, scene: &CheckInScene, hero: Area) {
    let width = hero.width - 2.0 * kit.margin();
    let (when, title) = (kit.text(&scene.document.when), kit.text(&scene.document.event_title));
    ui.spawn(Node {
        left: px(kit.margin()),
        top: px(kit.pick(84.0, 64.0)),
        width: px(width),
        flex_direction: FlexDirection::Column,
        row_gap: px(4.0),
        ..blocks::absolute()
    })
    .with_children(|ui| {
        let size = fit(kit, Style::Lead, 32.0, when, width, 2).size;
        text_sized(ui, kit, Style::Lead, size, Role::Ink2, when);
        let size = fit(kit, Style::H1, kit.pick(84.0, 68.0), title, width, 2).size;
        text_sized(ui, kit, Style::H1, size, Role::Ink, title);
    });
}

/// 欢迎, the last names, and how many there are. Before the first word from the hub it only welcomes.
fn welcome(ui: &mut Ui<'_>, kit: &Kit, scene: &CheckInScene, area: Area) {
    ui.spawn((
        Node {
            align_items: AlignItems::Center,
            padding: UiRect::axes(px(kit.margin()), px(0.0)),
            column_gap: px(kit.pick(44.0, 40.0)),
            overflow: Overflow::clip(),
            ..area.node()
        },
        BackgroundColor(kit.colour(Role::Deep)),
    ))
    .with_children(|ui| {
        let plain = |ui: &mut Ui<'_>, style: Style, size: f32, role: Role, words: &str| {
            text_sized(ui, kit, style, size / kit.text_scale.min(1.15), role, words).insert((
                bevy::text::LineHeight::RelativeToFont(1.2),
                TextLayout::linebreak(bevy::text::LineBreak::NoWrap),
            ));
        };
        plain(ui, Style::H3, kit.pick(38.0, 34.0), Role::OnDeep2, &kit.word("check_in.welcome"));
        // Three names fit beside the count on every page.
        for name in &scene.strip.names {
            plain(ui, Style::H3, kit.pick(36.0, 32.0), Role::OnDeep, name);
        }
        ui.spawn(Node { flex_grow: 1.0, ..default() });
        if let Some(count) = scene.strip.count {
            let words = kit.word_with("check_in.count", &[("n", &count.to_string())]);
            plain(ui, Style::Small, kit.pick(28.0, 26.0), Role::OnDeep, &words);
        }
    });
}

/// What is asked for, or what has become of it.
struct Heading {
    title: String,
    title_fit: Fitted,
    note: String,
    note_fit: Fitted,
    role: Role,
    mark: Option<Icon>,
}

impl Heading {
    fn of(kit: &Kit, scene: &CheckInScene, width: f32) -> Self {
        let digits = figure(kit, scene.desk.digits_max);
        let asks = kit.word_with("check_in.enter_code", &[("digits", &digits)]);
        let offline = scene.connection == Connection::Offline;
        let privacy = kit.text(&scene.document.privacy).to_owned();
        let (title, role, note, mark) = match scene.desk.stage {
            Stage::Typing => (asks, Role::Ink, privacy, None),
            Stage::Saving { .. } => (kit.word("check_in.checking"), Role::Ink, privacy, None),
            Stage::Saved { .. } => {
                let note = if offline { "check_in.offline" } else { "check_in.saved_detail" };
                (kit.word("check_in.saved"), Role::Correct, kit.word(note), Some(Icon::Right))
            }
            Stage::Already { .. } => (kit.word("check_in.already"), Role::Ink, privacy, Some(Icon::Notice)),
            Stage::Unlisted { .. } => (kit.word("check_in.unlisted"), Role::Ink, kit.word("check_in.unlisted_detail"), Some(Icon::Notice)),
            Stage::NotSaved { .. } => (kit.word("check_in.failed"), Role::Ink, privacy, Some(Icon::Notice)),
        };
        let room = width - if mark.is_some() { MARK + 18.0 } else { 0.0 };
        let title_fit = fit(kit, Style::H3, 46.0, &title, room, 1);
        let note_fit = fit(kit, Style::Caption, kit.pick(26.0, 25.0), &note, width, 2);
        Self { title, title_fit, note, note_fit, role, mark }
    }

    fn height(&self) -> f32 {
        self.title_fit.height().max(MARK) + 8.0 + self.note_fit.height()
    }
}

/// The disc beside an outcome, px.
const MARK: f32 = 52.0;

fn heading(ui: &mut Ui<'_>, kit: &Kit, words: &Heading, area: Area) {
    let Heading { title, title_fit, note, note_fit, role, mark } = words;
    let centred = kit.portrait();
    let align = if centred { AlignItems::Center } else { AlignItems::FlexStart };
    ui.spawn(Node {
        flex_direction: FlexDirection::Column,
        justify_content: JustifyContent::FlexEnd,
        align_items: align,
        row_gap: px(8.0),
        ..area.node()
    })
    .with_children(|ui| {
        ui.spawn(blocks::row(18.0)).with_children(|ui| {
            if let Some(mark) = *mark {
                let (ground, ink) =
                    if mark == Icon::Right { (Role::Correct, Role::OnCorrect) } else { (Role::Paper2, Role::Ink) };
                ui.spawn((
                    Node {
                        width: px(MARK),
                        height: px(MARK),
                        align_items: AlignItems::Center,
                        justify_content: JustifyContent::Center,
                        border_radius: BorderRadius::MAX,
                        ..default()
                    },
                    BackgroundColor(kit.colour(ground)),
                ))
                .with_children(|ui| {
                    icon(ui, kit, mark, MARK * 0.58, ink);
                });
            }
            text_sized(ui, kit, Style::H3, title_fit.size, *role, title)
                .insert(TextLayout::linebreak(bevy::text::LineBreak::NoWrap));
        });
        let mut note = text_sized(ui, kit, Style::Caption, note_fit.size, Role::Ink2, note);
        if centred {
            note.insert(blocks::centred());
        }
    });
}

fn code(ui: &mut Ui<'_>, kit: &Kit, scene: &CheckInScene, area: Area) {
    let typed: Vec<char> = scene.desk.typed.chars().collect();
    let takes_keys = matches!(scene.desk.stage, Stage::Typing | Stage::NotSaved { .. });
    for (place, cell) in area.grid(scene.desk.digits_max, 1, GAP).into_iter().enumerate() {
        let here = takes_keys && place == typed.len();
        ui.spawn((
            Node {
                align_items: AlignItems::Center,
                justify_content: JustifyContent::Center,
                border: UiRect::all(px(if here { 5.0 } else { 3.0 })),
                border_radius: BorderRadius::all(px(kit.tokens.radius("card"))),
                ..cell.node()
            },
            BackgroundColor(kit.colour(Role::Sheet)),
            BorderColor::all(kit.colour(if here { Role::Accent } else { Role::Line })),
        ))
        .with_children(|ui| {
            if let Some(digit) = typed.get(place) {
                figure_text(ui, kit, 76.0, Role::Ink, &digit.to_string());
            } else if here {
                ui.spawn((
                    Node { width: px(5.0), height: px(64.0), ..default() },
                    BackgroundColor(kit.colour(Role::Accent)),
                ));
            }
        });
    }
}

fn keys(ui: &mut Ui<'_>, kit: &Kit, scene: &CheckInScene, area: Area) {
    let gap = kit.pick(GAP, 16.0);
    let order: Vec<Key> = ('1'..='9').map(Key::Digit).chain([Key::Delete, Key::Digit('0'), Key::Confirm]).collect();
    for (key, place) in order.into_iter().zip(area.grid(3, 4, gap)) {
        pad_key(ui, kit, place, key, scene.desk.can_confirm());
    }
}

fn pad_key(ui: &mut Ui<'_>, kit: &Kit, place: Area, key: Key, can_confirm: bool) {
    let (ground, edge, ink) = match key {
        Key::Digit(_) => (Role::Sheet, Role::Line, Role::Ink),
        Key::Delete => (Role::Paper2, Role::Line, Role::Ink),
        Key::Confirm if can_confirm => (Role::Accent, Role::Deep, Role::OnAccent),
        Key::Confirm => (Role::Paper2, Role::Line, Role::InkOff),
    };
    let lies = key == Key::Confirm && !can_confirm;
    let mut node = Node {
        align_items: AlignItems::Center,
        justify_content: JustifyContent::Center,
        column_gap: px(16.0),
        border_radius: BorderRadius::all(px(kit.tokens.radius("button"))),
        ..place.node()
    };
    if lies {
        node.border = UiRect::all(px(kit.tokens.stroke("control")));
    }
    let mut entity = ui.spawn((node, BackgroundColor(kit.colour(ground)), BorderColor::all(kit.colour(edge))));
    if !lies {
        let mut shadow = elevation(kit, Elevation::Sheet1);
        shadow.0.push(ShadowStyle {
            color: kit.colour(edge),
            x_offset: px(0.0),
            y_offset: px(4.0),
            spread_radius: px(0.0),
            blur_radius: px(0.0),
        });
        let look = PressLook {
            shadow: shadow.clone(),
            depth: 4.0,
            ..PressLook::sheet(kit, Elevation::Lying, kit.colour(ground))
        };
        entity.insert((shadow, look, Touchable, PadKey(key)));
    }
    entity.with_children(|ui| match key {
        Key::Digit(digit) => figure_text(ui, kit, kit.pick(62.0, 48.0), ink, &digit.to_string()),
        Key::Delete | Key::Confirm => {
            let deletes = key == Key::Delete;
            let word = kit.word(if deletes { "check_in.delete" } else { "check_in.check_in" });
            let room = place.width - 40.0 - if deletes { 64.0 } else { 0.0 };
            let size = fit(kit, Style::Button, kit.pick(34.0, 30.0), &word, room, 1).size;
            if deletes {
                icon(ui, kit, Icon::Delete, 48.0, ink);
            }
            text_sized(ui, kit, Style::Button, size, ink, &word)
                .insert(TextLayout::linebreak(bevy::text::LineBreak::NoWrap));
        }
    });
}

/// Serif figures that keep their size: boxes and keys are measured for them.
fn figure_text(ui: &mut Ui<'_>, kit: &Kit, size: f32, role: Role, words: &str) {
    let factor = kit.text_factor(Style::H3);
    text_sized(ui, kit, Style::H3, size / factor, role, words)
        .insert((bevy::text::LineHeight::RelativeToFont(1.0), bevy::text::LetterSpacing::Px(0.0)));
}

fn figure(kit: &Kit, n: usize) -> String {
    if kit.lang == Lang::ZhCn && n <= 10 { kit.word(&format!("number.{n}")) } else { n.to_string() }
}
