//! What a person would see at a glance in every golden picture, found in the tree that was laid out: words that are cut,
//! covered or outside of the glass, and targets that a finger cannot hit.

use bevy::{
    ecs::system::RunSystemOnce,
    math::{Rect, Vec2},
    prelude::*,
    ui::{CalculatedClip, ComputedStackIndex, UiGlobalTransform},
};
use pingfeng::{
    Offscreen,
    input::{Pannable, Touchable},
    stage::{Layer, UiRoot},
    theme::{FINGER_MM, Surface},
};

use crate::screen;

/// Logical px in a millimetre of the smallest panel that halls hang up: 43 inches, in portrait and across.
const PX_PER_MM: f32 = 2.02;
/// Words may be cut by so much at each edge, px: a box of words is a little larger than they are.
const HAIR_PX: f32 = 3.0;
/// A node that hides words has at least this much colour.
const OPAQUE: f32 = 0.85;
/// This much of the area of words may lie under something: a plate that points at a mark may touch a name beside it.
const COVERED: f32 = 0.12;

/// One node of the page, real px.
#[derive(Clone, Debug)]
struct Found {
    entity: Entity,
    index: u32,
    place: Rect,
    clip: Option<Rect>,
    words: Option<String>,
    hides: bool,
    touchable: bool,
    turned: bool,
}

/// What is wrong on the page that is shown.
pub(crate) fn problems(app: &mut Offscreen) -> Vec<String> {
    app.app().world_mut().run_system_once(look).unwrap_or_else(|error| vec![error.to_string()])
}

#[expect(clippy::type_complexity, reason = "a query's type says what it looks at")]
fn look(
    surface: Res<Surface>,
    nodes: Query<(
        Entity,
        &ComputedNode,
        &ComputedStackIndex,
        &UiGlobalTransform,
        &InheritedVisibility,
        Option<&CalculatedClip>,
        Option<&BackgroundColor>,
        (Option<&Text>, Has<Touchable>, Has<ImageNode>),
    )>,
    parents: Query<&ChildOf>,
    roots: Query<&UiRoot>,
    strips: Query<(), With<Pannable>>,
) -> Vec<String> {
    // The page and its foot bar. What lies over them is meant to hide them.
    let of_the_page = |entity: Entity| {
        let root = std::iter::once(entity).chain(parents.iter_ancestors(entity)).find_map(|entity| roots.get(entity).ok());
        root.is_some_and(|root| matches!(root.0, Layer::Page | Layer::Bar))
    };
    let found: Vec<Found> = nodes
        .iter()
        .filter(|(entity, node, _, _, visible, ..)| visible.get() && node.size().min_element() > 0.0 && of_the_page(*entity))
        .map(|(entity, node, index, transform, _, clip, ground, (text, touchable, picture))| {
            let affine = transform.affine();
            Found {
                entity,
                index: index.0,
                place: Rect::from_center_size(affine.translation, node.size()),
                clip: clip.map(|clip| clip.clip),
                words: text.map(|text| text.0.clone()).filter(|words| !words.trim().is_empty()),
                hides: picture || ground.is_some_and(|ground| ground.0.alpha() >= OPAQUE),
                touchable,
                turned: affine.matrix2.x_axis.y.abs() > 0.01,
            }
        })
        .collect();
    let glass = Rect::from_corners(Vec2::ZERO, surface.physical.as_vec2());
    let hair = HAIR_PX * surface.scale;
    let mut problems = Vec::new();
    for node in &found {
        let at = node.place.center() / surface.scale;
        if node.touchable {
            let least = FINGER_MM * PX_PER_MM * surface.scale;
            // A target at the edge of a strip that moves may be cut there; what counts is how it was made.
            if node.place.size().min_element() < least - 0.5 {
                problems.push(format!("a target of {} px at {at}", node.place.size() / surface.scale));
            }
        }
        let Some(words) = &node.words else { continue };
        let short: String = words.chars().take(16).collect();
        // A strip that a finger moves is cut at its ends.
        let moves = parents.iter_ancestors(node.entity).any(|ancestor| strips.contains(ancestor));
        let room = node.clip.map_or(glass, |clip| clip.intersect(glass));
        let seen = node.place.intersect(room);
        if !moves && (seen.width() < node.place.width() - 2.0 * hair || seen.height() < node.place.height() - 2.0 * hair) {
            problems.push(format!("“{short}” is cut at {at}: {:?} of {:?}", seen.size(), node.place.size()));
        }
        if seen.is_empty() {
            continue;
        }
        let area = (seen.width() * seen.height()).max(1.0);
        let related = |other: &Found| {
            parents.iter_ancestors(node.entity).any(|ancestor| ancestor == other.entity)
                || parents.iter_ancestors(other.entity).any(|ancestor| ancestor == node.entity)
        };
        let over = found.iter().filter(|other| other.index > node.index && other.hides && !other.turned && !related(other));
        for other in over {
            let shown = other.clip.map_or(other.place, |clip| clip.intersect(other.place));
            let covered = shown.intersect(seen);
            if covered.is_empty() || covered.width() < hair || covered.height() < hair {
                continue;
            }
            if covered.width() * covered.height() / area > COVERED {
                problems.push(format!("“{short}” is covered at {at} by a node of {} px", other.place.size() / surface.scale));
                break;
            }
        }
    }
    problems
}

/// A check that finds nothing must be able to.
#[test]
fn words_that_are_cut_or_covered_and_small_targets_are_found() {
    let mut app = screen::start(screen::options(screen::exhibition("none")), screen::size("1080x1920"), Vec::new());
    app.run(0.5);
    assert_eq!(problems(&mut app), Vec::<String>::new());
    let at = |x: f32, y: f32, width: f32, height: f32| Node {
        position_type: PositionType::Absolute,
        left: px(x),
        top: px(y),
        width: px(width),
        height: px(height),
        ..default()
    };
    app.app().world_mut().spawn((UiRoot(Layer::Page), at(0.0, 0.0, 1080.0, 1920.0))).with_children(|ui| {
        ui.spawn((at(100.0, 100.0, 20.0, 60.0), Touchable));
        ui.spawn((at(100.0, 300.0, 400.0, 60.0), Text::new("covered words")));
        ui.spawn((at(90.0, 290.0, 200.0, 80.0), BackgroundColor(Color::BLACK)));
        ui.spawn((at(900.0, 500.0, 400.0, 60.0), Text::new("words past the edge")));
        ui.spawn(Node { overflow: Overflow::clip(), ..at(100.0, 700.0, 300.0, 30.0) }).with_children(|ui| {
            ui.spawn((at(0.0, 10.0, 200.0, 60.0), Text::new("half a line")));
        });
        ui.spawn((at(100.0, 900.0, 400.0, 60.0), Text::new("all is well")));
    });
    app.run(0.2);
    let found = problems(&mut app);
    let kinds: Vec<bool> = ["a target", "“covered words” is covered", "“words past the e” is cut", "“half a line” is cut"]
        .iter()
        .map(|start| found.iter().any(|problem| problem.starts_with(start)))
        .collect();
    assert_eq!((kinds, found.len()), (vec![true; 4], 4), "{found:#?}");
}
