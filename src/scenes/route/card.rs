//! What a route says of the chosen stop: its card, and the list of its neighbours.

use bevy::prelude::*;
use pingfeng_content::model::RouteStop;

use super::{
    Control, Place, RoutePage,
    page::{ROW, rows},
};
use crate::{
    blocks::{self, Button, Icon, Kind, Mount, PressLook, Ui, fitting, source_line_at, text_height_at},
    input::Touchable,
    stage::OnTap,
    theme::{Elevation, Kit, Role, Style},
};

/// `第 22 站　1935年5月29日　四川泸定`
fn facts(page: &RoutePage, kit: &Kit, stop: &RouteStop, place: &Place) -> Vec<String> {
    let column = &page.document.columns[place.column];
    let number = kit.word_with("route.stop", &[("n", &(place.stop + 1).to_string())]);
    let year = stop.date.get(..4).unwrap_or_default();
    let when = kit.word_with("route.when", &[("year", year), ("when", kit.text(&stop.when))]);
    // The main column is what the page is about; the others say who they are.
    let who = (place.column > 0).then(|| kit.text(&column.title).to_owned());
    who.into_iter().chain([number]).chain(when.split('\u{3000}').map(str::to_owned)).collect()
}

/// Where the picture of a stop stands on its card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PictureAt {
    /// Left of all words: upright, where they are short.
    Beside,
    /// Smaller, right of the name.
    Head,
    Nowhere,
}

impl PictureAt {
    fn size(self, kit: &Kit) -> Vec2 {
        match self {
            PictureAt::Beside => Vec2::new(372.0, 268.0),
            PictureAt::Head => kit.pick(Vec2::new(176.0, 104.0), Vec2::new(200.0, 150.0)),
            PictureAt::Nowhere => Vec2::ZERO,
        }
    }
}

/// Picture, name, when and where, what happened, source. Its parts are set smaller until all of it fits.
pub(super) fn card(page: &RoutePage, ui: &mut Ui<'_>, kit: &Kit, room: Vec2) {
    let Some((place, stop)) = page.stop(page.chosen) else { return };
    let (title, text) = (kit.text(&stop.title), kit.text(&stop.text));
    let facts = facts(page, kit, stop, place);
    // Beside a picture across, each has a line of its own.
    let facts = |at: PictureAt| facts.join(if at == PictureAt::Head && !kit.portrait() { "\n" } else { "\u{3000}" });
    let sources = kit.sources(&stop.sources);
    let sizes = kit.pick([56.0, 28.0, 33.0], [46.0, 26.0, 29.0]);
    let square = kit.type_spec(Style::Caption).size * 1.5 + 14.0;
    let reckon = |part: f32, at: PictureAt| {
        let picture = at.size(kit);
        let aside = if at == PictureAt::Nowhere { 0.0 } else { picture.x + 34.0 };
        let text_room = room.x - if at == PictureAt::Beside { aside } else { 0.0 };
        let title = fitting::fit(kit, Style::H2, sizes[0] * part, title, room.x - aside, 2);
        let facts = fitting::fit_lines(kit, Style::Small, sizes[1] * part, &facts(at), room.x - aside, 4);
        let text_px = (sizes[2] * part * kit.text_factor(Style::Body)).max(kit.least_px());
        let text_height = text_height_at(kit, Style::Body, text_px, text, text_room);
        let source_height = text_height_at(kit, Style::Caption, kit.least_px(), &sources, text_room - square);
        let head = title.lines as f32 * title.line_px * 0.9 + 6.0 + facts.height();
        let height = if kit.portrait() && at != PictureAt::Head {
            (head + 12.0 + text_height + 12.0 + source_height).max(picture.y)
        } else {
            head.max(picture.y) + 14.0 + text_height + 14.0 + source_height
        };
        (height, title.size, facts.size, text_px)
    };
    // First the letters give up a little, then the picture its size, then its place, then the letters as much as they must.
    let tries = [1.0, 0.94, 0.88].map(|part| (part, PictureAt::Beside)).into_iter().filter(|_| kit.portrait());
    let tries = tries.chain([1.0, 0.94, 0.88].map(|part| (part, PictureAt::Head)));
    let mut tries = tries.filter(|_| stop.picture.is_some()).chain([1.0, 0.92, 0.84, 0.76].map(|part| (part, PictureAt::Nowhere)));
    let (part, at) = tries.find(|(part, at)| reckon(*part, *at).0 <= room.y).unwrap_or((0.68, PictureAt::Nowhere));
    let (_, title_size, facts_size, text_px) = reckon(part, at);
    let shown = stop.picture.as_ref().filter(|_| at != PictureAt::Nowhere);
    let mount = |ui: &mut Ui<'_>| {
        if let Some(id) = shown {
            let size = at.size(kit);
            let node = Node {
                width: px(size.x),
                height: px(size.y),
                flex_shrink: 0.0,
                border_radius: BorderRadius::all(px(kit.tokens.radius("picture"))),
                ..default()
            };
            blocks::picture(ui, kit, id, size, Mount::Cover, node).insert(blocks::elevation(kit, Elevation::Sheet1));
        }
    };
    let head = |ui: &mut Ui<'_>| {
        ui.spawn(Node { flex_shrink: 1.0, min_width: px(0.0), ..blocks::column(6.0) }).with_children(|ui| {
            blocks::text_sized(ui, kit, Style::H2, title_size, Role::Ink, title)
                .insert(bevy::text::LineHeight::RelativeToFont(1.15));
            blocks::text_sized(ui, kit, Style::Small, facts_size, Role::Ink2, &whole_parts(&facts(at)))
                .insert(bevy::text::LineHeight::RelativeToFont(1.36));
        });
    };
    let words = |ui: &mut Ui<'_>| {
        blocks::text_sized(ui, kit, Style::Body, text_px / kit.text_factor(Style::Body), Role::Ink, text);
        source_line_at(ui, kit, Role::Ink2, &sources, 0.0);
    };
    if kit.portrait() && at != PictureAt::Head {
        ui.spawn(Node { column_gap: px(34.0), ..blocks::fill() }).with_children(|ui| {
            mount(ui);
            ui.spawn(Node { flex_grow: 1.0, flex_shrink: 1.0, min_width: px(0.0), ..blocks::column(12.0) }).with_children(|ui| {
                head(ui);
                words(ui);
            });
        });
        return;
    }
    ui.spawn(Node { flex_direction: FlexDirection::Column, row_gap: px(14.0), ..blocks::fill() }).with_children(|ui| {
        ui.spawn(Node { column_gap: px(30.0), align_items: AlignItems::Center, ..default() }).with_children(|ui| {
            head(ui);
            if shown.is_some() {
                ui.spawn(Node { flex_grow: 1.0, ..default() });
            }
            mount(ui);
        });
        words(ui);
    });
}

/// The chosen stop between its neighbours in time.
pub(super) fn list(page: &RoutePage, ui: &mut Ui<'_>, kit: &Kit, room: Vec2) {
    let last = page.last();
    let shown: Vec<usize> = match rows(kit) {
        2 => page.chosen.checked_sub(1).into_iter().chain((page.chosen < last).then_some(page.chosen + 1)).collect(),
        rows => {
            let first = page.chosen.saturating_sub(1).min((last + 1).saturating_sub(rows));
            (first..=last).take(rows).collect()
        }
    };
    // At the first stop its neighbour stays where it always is.
    let missing = usize::from(rows(kit) == 2 && page.chosen == 0);
    for (row, index) in shown.into_iter().enumerate() {
        let row = row + missing;
        let Some((place, stop)) = page.stop(index) else { continue };
        let on = index == page.chosen;
        let ground = kit.colour(Role::Sheet);
        let look = PressLook::sheet(kit, Elevation::Sheet1, ground);
        let mut entity = ui.spawn((
            Node {
                padding: UiRect::axes(px(kit.pick(28.0, 22.0)), px(0.0)),
                column_gap: px(kit.pick(26.0, 18.0)),
                align_items: AlignItems::Center,
                border_radius: BorderRadius::all(px(kit.tokens.radius("card"))),
                ..blocks::at(0.0, row as f32 * (ROW[0] + ROW[1]), room.x, ROW[0])
            },
            BackgroundColor(ground),
            look.shadow.clone(),
            look,
            Touchable,
            Control::Stop(index),
        ));
        if on {
            entity.insert(Outline { width: px(4.0), offset: px(0.0), color: kit.colour(Role::Accent) });
        }
        entity.with_children(|ui| row_words(page, ui, kit, stop, place, on, room.x));
    }
    if page.chosen == last
        && let Some(next) = &page.document.next
    {
        // The last stop leads on: its row makes room for the way there.
        let key = match rows(kit) {
            2 => blocks::at(0.0, ROW[0] + ROW[1], room.x, ROW[0]),
            rows => blocks::at(room.x - 300.0, (rows - 1) as f32 * (ROW[0] + ROW[1]) + 4.0, 292.0, ROW[0] - 8.0),
        };
        let label = kit.word("timeline.go_on");
        blocks::button(ui, kit, key, Button { label: &label, kind: Kind::Main, after: Some(Icon::Next), ..default() })
            .insert(OnTap::Go(next.clone()));
    }
}

fn row_words(page: &RoutePage, ui: &mut Ui<'_>, kit: &Kit, stop: &RouteStop, place: &Place, on: bool, width: f32) {
    const DISC: f32 = 56.0;
    let colour = if place.column == 0 { kit.colour(Role::Accent) } else { kit.colour(Role::Ink2) };
    let (ground, number, edge) = if on {
        (kit.colour(Role::Accent), Role::OnAccent, kit.colour(Role::Accent))
    } else {
        (Color::NONE, Role::Ink2, colour)
    };
    blocks::label(
        ui,
        kit,
        Style::Strong,
        25.0 / kit.text_factor(Style::Strong),
        number,
        &(place.stop + 1).to_string(),
        Node {
            width: px(DISC),
            height: px(DISC),
            flex_shrink: 0.0,
            border: UiRect::all(px(3.0)),
            border_radius: BorderRadius::MAX,
            ..default()
        },
    )
    .insert((BackgroundColor(ground), BorderColor::all(edge)));
    let title = kit.text(&stop.title);
    let last_with_key = page.chosen == page.last() && on && page.document.next.is_some();
    let who = (place.column > 0).then(|| kit.text(&page.document.columns[place.column].title));
    let facts: Vec<&str> = if last_with_key { Vec::new() } else { who.into_iter().chain([kit.text(&stop.when)]).collect() };
    let facts = facts.join("\u{3000}");
    let room = width - 2.0 * kit.pick(28.0, 22.0) - DISC - 2.0 * kit.pick(26.0, 18.0);
    let facts_px = kit.pick(27.0, 24.0) / kit.text_scale.sqrt();
    if kit.portrait() {
        let title_size = fitting::fit(kit, Style::H3, 34.0, title, room * 0.55, 1).size;
        let left = room - fitting::width(kit, Style::H3, title_size, title);
        let size = fitting::fit(kit, Style::Small, facts_px, &facts, left, 2).size;
        blocks::text_sized(ui, kit, Style::H3, title_size, Role::Ink, title).insert(TextLayout::no_wrap());
        let rest = Node { flex_grow: 1.0, flex_shrink: 1.0, min_width: px(0.0), justify_content: JustifyContent::FlexEnd, ..default() };
        ui.spawn(rest).with_children(|ui| {
            blocks::text_sized(ui, kit, Style::Small, size, Role::Ink2, &whole_parts(&facts))
                .insert((TextLayout::justify(Justify::Right), bevy::text::LineHeight::RelativeToFont(1.25)));
        });
        return;
    }
    // Across a row is half as wide: the facts stand below the name, as many as find room; the card has all of them.
    let room = if last_with_key { room - 300.0 } else { room };
    let title_size = fitting::fit(kit, Style::H3, 30.0 / kit.text_factor(Style::H3).sqrt(), title, room, 1).size;
    ui.spawn(blocks::column(2.0)).with_children(|ui| {
        blocks::text_sized(ui, kit, Style::H3, title_size, Role::Ink, title)
            .insert((TextLayout::no_wrap(), bevy::text::LineHeight::RelativeToFont(1.2)));
        if !facts.is_empty() {
            let facts = cut_to(kit, facts_px, &facts, room);
            blocks::text_sized(ui, kit, Style::Small, facts_px, Role::Ink2, &facts)
                .insert((TextLayout::no_wrap(), bevy::text::LineHeight::RelativeToFont(1.2)));
        }
    });
}

/// Parts between full-width spaces are broken between each other, never within.
fn whole_parts(words: &str) -> String {
    let whole = |part: &str| {
        if part.is_ascii() || part.contains(' ') {
            return part.to_owned();
        }
        part.chars().map(String::from).collect::<Vec<_>>().join("\u{2060}")
    };
    words.split('\u{3000}').map(whole).collect::<Vec<_>>().join("\u{3000}")
}

/// As much of `words` as stands on a line, up to a place where one may stop.
fn cut_to(kit: &Kit, size: f32, words: &str, room: f32) -> String {
    let fits = |words: &str| fitting::width(kit, Style::Small, size, words) <= room;
    if fits(words) {
        return words.to_owned();
    }
    let stops = words.char_indices().rev().filter(|(_, c)| ['\u{3000}', '、', '，', ','].contains(c)).map(|(at, _)| at);
    let shorter = stops.map(|at| format!("{}…", &words[..at])).find(|words| fits(words));
    shorter.unwrap_or_else(|| words.to_owned())
}
