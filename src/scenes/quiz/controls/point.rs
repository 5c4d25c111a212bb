//! A place on a picture or map. In portrait the picture lies below the reach line; in landscape it is large and the arrows
//! below the line move the mark as well.

use super::*;
use crate::{
    blocks::{Mount, picture},
    scenes::quiz::{
        dashed::dashed_frame,
        rules::{Edit, Point},
    },
};
use pingfeng_content::Region;

/// How far an arrow moves the mark, in parts of the picture's width.
const NUDGE: f32 = 0.02;
const MARK: f32 = 64.0;

/// The whole picture, as large as the region allows, at its upper edge in the middle.
pub(in crate::scenes::quiz) fn picture_area(region: Area, aspect: f32) -> Area {
    let width = region.width.min(region.height / aspect);
    Area { x: region.x + (region.width - width) / 2.0, width, height: width * aspect, ..region }
}

/// What the picture and its note need of a region.
pub(in crate::scenes::quiz) fn height(kit: &Kit, region: Area, point: &Point) -> f32 {
    let note = note_height(kit, point);
    picture_area(Area { height: region.height - note, ..region }, point.aspect).height + note
}

/// A map always says that it is schematic.
fn note_height(kit: &Kit, point: &Point) -> f32 {
    if point.frame.is_some() { kit.type_spec(Style::Caption).size * 1.5 + 8.0 } else { 0.0 }
}

pub(in crate::scenes::quiz) fn ask(ui: &mut Ui<'_>, kit: &Kit, region: Area, point: &Point) {
    let area = mounted(ui, kit, region, point);
    ui.spawn((area.node(), Touchable, Does(Act::Point { at: [area.x, area.y], size: [area.width, area.height] })));
    if let Some(mark) = point.mark {
        pin(ui, kit, spot(area, mark));
    }
}

/// Up, down, left, right: the same without reaching the picture.
pub(in crate::scenes::quiz) fn arrows(ui: &mut Ui<'_>, kit: &Kit, row: Area, point: &Point) {
    let down = NUDGE / point.aspect;
    let keys = [
        (Icon::Previous, [-NUDGE, 0.0]),
        (Icon::Next, [NUDGE, 0.0]),
        (Icon::Up, [0.0, -down]),
        (Icon::Down, [0.0, down]),
    ];
    for ((shown, by), place) in keys.into_iter().zip(row.grid(4, 1, GAP)) {
        key(ui, kit, place, Role::Sheet, Act::Edit(Edit::Nudge(by))).with_children(|ui| {
            icon(ui, kit, shown, 44.0, Role::Ink);
        });
    }
}

/// The picture with the right place and the visitor's.
pub(in crate::scenes::quiz) fn graded_picture(ui: &mut Ui<'_>, kit: &Kit, region: Area, point: &Point, right: bool) {
    let area = mounted(ui, kit, region, point);
    let edge = kit.tokens.stroke("selected");
    match point.right_region() {
        Some(Region::Rect([x, y, width, height])) => {
            let frame =
                Area::new(area.x + x * area.width, area.y + y * area.height, width * area.width, height * area.height);
            outline(ui, kit, frame, kit.tokens.radius("card"), edge);
        }
        Some(Region::Circle([x, y, radius])) => {
            let centre = spot(area, [*x, *y]);
            // A small circle is drawn no smaller than a mark, so that it can be found.
            let radius = (radius * area.width).max(MARK * 0.6);
            let frame = Area::new(centre.x - radius, centre.y - radius, radius * 2.0, radius * 2.0);
            outline(ui, kit, frame, frame.width, edge);
        }
        None => {}
    }
    if let Some(at) = point.right_spot() {
        let at = spot(area, at);
        at_centre(ui, at, MARK * 0.75, |ui| {
            circle(ui, kit, MARK * 0.75, kit.colour(Role::Correct), None).with_children(|ui| {
                icon(ui, kit, Icon::Right, MARK * 0.44, Role::OnCorrect);
            });
        });
    }
    if let (Some(mark), false) = (point.mark, right) {
        at_centre(ui, spot(area, mark), MARK, |ui| {
            circle(ui, kit, MARK, kit.colour(Role::Paper), None).with_children(|ui| {
                dashed_frame(ui, MARK, Role::Wrong);
                icon(ui, kit, Icon::Wrong, MARK * 0.5, Role::Wrong);
            });
        });
    }
}

/// What is said below the picture: how far off, and which mark is which.
pub(in crate::scenes::quiz) fn graded(kit: &Kit, point: &Point, right: bool) -> Vec<Graded> {
    let answer = Graded {
        letter: String::new(),
        words: kit.word("quiz.right_place"),
        mark: Mark::Right,
        end: kit.word("quiz.correct_answer"),
    };
    if right {
        return vec![answer];
    }
    let words = match point.distance_km() {
        Some(km) => kit.word_with("quiz.distance", &[("km", &rounded_km(km))]),
        None => kit.word("quiz.other_place"),
    };
    vec![Graded { letter: String::new(), words, mark: Mark::Wrong, end: kit.word("quiz.your_choice") }, answer]
}

/// Two figures are as many as a finger on a schematic map is worth.
fn rounded_km(km: f64) -> String {
    let step = if km < 100.0 { 5.0 } else { 10.0 };
    format!("{}", ((km / step).round() * step).max(step))
}

fn mounted(ui: &mut Ui<'_>, kit: &Kit, region: Area, point: &Point) -> Area {
    let room = Area { height: region.height - note_height(kit, point), ..region };
    let area = picture_area(room, point.aspect);
    let node = Node { border_radius: BorderRadius::all(px(kit.tokens.radius("picture"))), ..area.node() };
    picture(ui, kit, &point.image, Vec2::new(area.width, area.height), Mount::Cover, node)
        .insert(elevation(kit, Elevation::Sheet1));
    if let Some(map) = &point.frame {
        ui.spawn(Node {
            left: px(region.x),
            top: px(area.bottom() + 8.0),
            width: px(region.width),
            justify_content: JustifyContent::Center,
            ..blocks::absolute()
        })
        .with_children(|ui| {
            quiet(ui, kit, &kit.map_note(map));
        });
    }
    area
}

fn spot(area: Area, part: [f32; 2]) -> Vec2 {
    Vec2::new(area.x + part[0] * area.width, area.y + part[1] * area.height)
}

fn at_centre(ui: &mut Ui<'_>, at: Vec2, size: f32, content: impl FnOnce(&mut Ui<'_>)) {
    ui.spawn(blocks::at(at.x - size / 2.0, at.y - size / 2.0, size, size)).with_children(content);
}

/// The visitor's mark: a ring with a point, cinnabar on paper, so that it stands out on any picture.
fn pin(ui: &mut Ui<'_>, kit: &Kit, at: Vec2) {
    at_centre(ui, at, MARK, |ui| {
        ui.spawn((
            Node {
                width: px(MARK),
                height: px(MARK),
                align_items: AlignItems::Center,
                justify_content: JustifyContent::Center,
                border: UiRect::all(px(7.0)),
                border_radius: BorderRadius::MAX,
                ..default()
            },
            BackgroundColor(kit.colour(Role::Paper).with_alpha(0.55)),
            BorderColor::all(kit.colour(Role::Accent)),
            elevation(kit, Elevation::Sheet1),
        ))
        .with_children(|ui| {
            circle(ui, kit, 18.0, kit.colour(Role::Accent), None);
        });
    });
}

fn outline(ui: &mut Ui<'_>, kit: &Kit, frame: Area, radius: f32, edge: f32) {
    ui.spawn((
        Node { border: UiRect::all(px(edge)), border_radius: BorderRadius::all(px(radius)), ..frame.node() },
        BorderColor::all(kit.colour(Role::Correct)),
        Outline { width: px(3.0), offset: px(0.0), color: kit.colour(Role::Paper) },
    ));
}
