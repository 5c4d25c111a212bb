//! Numbered points on a picture: touch a mark, or the same point in the list below, and look closer.
//!
//! The picture and its marks are built once and moved in place; what says which point is chosen – the card, the list, the
//! plate at the mark, the keys – is built again by itself, so that fingers on the picture are never let go.

mod glass;
mod list;
mod page;

use bevy::{ecs::system::SystemParam, prelude::*};
use pingfeng_content::model::{HotspotPoint, Hotspots, Scene};

use crate::{
    ScreenSystems,
    blocks::{Ui, Zoom},
    cue::{Happened, PlaySound, UiSound},
    damage::Moves,
    input::{Panned, Pinched, Tapped},
    stage::{Opening, SceneKind, SceneKinds},
    theme::{Easing, Kit, Motion, ease},
};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<HotspotsPage>(app);
    app.add_systems(
        Update,
        (choose, fingers, glide, page::fill_parts, glass::place, glass::sharpen).chain().in_set(ScreenSystems::Decide),
    );
}

/// A mark answers within this square, px.
const TOUCH_PX: f32 = 76.0;
/// A point that is chosen in the list comes to the middle, unless it lies so far from the edges of the glass, px.
const EDGE_PX: f32 = 110.0;
/// How long the picture takes to where a key sends it, seconds.
const GLIDE_S: f32 = 0.5;

/// A picture with its points, the chosen one, and how closely the picture is looked at. What moves or says which point is
/// chosen is changed past change detection.
#[derive(Component)]
pub struct HotspotsPage {
    document: Hotspots,
    /// Width and height of the picture, in any measure.
    shape: Vec2,
    chosen: usize,
    zoom: Zoom,
    moves: Option<Glide>,
    /// What the parts were last built for, and where the picture was last put.
    shown: Option<Shown>,
    placed: Option<Zoom>,
}

/// The picture on its way to another look.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Glide {
    from: Zoom,
    to: Zoom,
    elapsed_s: f32,
}

/// What the parts of the page say.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shown {
    chosen: usize,
    /// Whether one can look closer, and less closely.
    closer: bool,
    farther: bool,
}

/// On what can be touched.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    /// A mark on the picture.
    Mark(usize),
    /// A point in the list, or the way to the next one.
    Point(usize),
    Closer,
    Farther,
    Whole,
}

/// Where the picture is seen on the page, and its size when it is whole; logical px.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
struct Glass {
    place: Rect,
    drawn: Vec2,
}

impl Glass {
    /// The whole picture, as large as the place allows.
    fn new(place: Rect, shape: Vec2) -> Self {
        Self { place, drawn: shape * (place.size() / shape).min_element() }
    }

    fn size(&self) -> Vec2 {
        self.place.size()
    }

    fn middle(&self) -> Vec2 {
        self.size() / 2.0
    }

    /// The nearest look that is possible here: the glass is another one after a change of the page.
    fn possible(&self, zoom: Zoom) -> Zoom {
        zoom.by(1.0, Vec2::ZERO, Vec2::ZERO, self.size(), self.drawn)
    }

    /// Where a point of the picture lies, px from the corner of the glass.
    fn spot(&self, zoom: Zoom, point: &HotspotPoint) -> Vec2 {
        self.possible(zoom).spot(Vec2::from_array(point.at), self.size(), self.drawn)
    }

    fn holds(&self, spot: Vec2) -> bool {
        spot.cmpge(Vec2::ZERO).all() && spot.cmple(self.size()).all()
    }
}

/// The glasses of the pages, and what lies on which page.
#[derive(SystemParam)]
struct Glasses<'w, 's> {
    all: Query<'w, 's, (Entity, &'static Glass)>,
    parents: Query<'w, 's, &'static ChildOf>,
}

impl Glasses<'_, '_> {
    fn of(&self, page: Entity) -> Option<Glass> {
        self.all.iter().find(|(entity, _)| self.lies_on(*entity, page)).map(|(_, glass)| *glass)
    }

    fn lies_on(&self, entity: Entity, page: Entity) -> bool {
        self.parents.iter_ancestors(entity).any(|ancestor| ancestor == page)
    }
}

impl SceneKind for HotspotsPage {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        let Scene::Hotspots(document) = opening.scene else { return None };
        let picture = opening.exhibition.prepared(&document.picture);
        let shape = picture.map_or(Vec2::new(16.0, 9.0), |picture| Vec2::from_array(picture.size_px.map(|px| px as f32)));
        Some(Self::new(document.clone(), shape))
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        page::view(self, ui, kit);
    }
}

impl HotspotsPage {
    fn new(document: Hotspots, shape: Vec2) -> Self {
        Self {
            document,
            shape: shape.max(Vec2::ONE),
            chosen: 0,
            zoom: Zoom::WHOLE,
            moves: None,
            shown: None,
            placed: None,
        }
    }

    fn point(&self) -> Option<&HotspotPoint> {
        self.document.points.get(self.chosen)
    }

    fn last(&self) -> usize {
        self.document.points.len().saturating_sub(1)
    }

    fn says(&self) -> Shown {
        let factor = self.aim().factor;
        Shown { chosen: self.chosen, closer: factor < Zoom::MAX - 0.01, farther: factor > 1.01 }
    }

    /// How closely the picture is looked at once it stands.
    fn aim(&self) -> Zoom {
        self.moves.map_or(self.zoom, |glide| glide.to)
    }

    fn send(&mut self, to: Zoom, motion: Motion) {
        self.moves = None;
        if motion == Motion::Full && to != self.zoom {
            self.moves = Some(Glide { from: self.zoom, to, elapsed_s: 0.0 });
        } else {
            self.zoom = to;
        }
    }

    /// What a finger on the glass means: the nearest of the marks that it reaches.
    fn meant(&self, glass: &Glass, at: Vec2) -> Option<usize> {
        let away = self.document.points.iter().map(|point| glass.spot(self.zoom, point) - at).enumerate();
        away.filter(|(_, away)| away.abs().max_element() <= TOUCH_PX / 2.0)
            .min_by(|(_, a), (_, b)| a.length_squared().total_cmp(&b.length_squared()))
            .map(|(index, _)| index)
    }

    /// Chooses a point and brings it into view.
    fn go_to(&mut self, index: usize, glass: &Glass, motion: Motion) {
        self.chosen = index.min(self.last());
        let Some(at) = self.point().map(|point| Vec2::from_array(point.at)) else { return };
        let to = glass.possible(self.aim()).showing(at, EDGE_PX, glass.size(), glass.drawn);
        self.send(to, motion);
    }

    /// Looks closer, or less closely: at the chosen point while it is in view.
    fn look(&mut self, factor: f32, glass: &Glass, motion: Motion) {
        let from = glass.possible(self.aim());
        let spot = self.point().map(|point| glass.spot(from, point)).filter(|spot| glass.holds(*spot));
        let to = from.by(factor, spot.unwrap_or(glass.middle()), Vec2::ZERO, glass.size(), glass.drawn);
        self.send(to, motion);
    }
}

fn choose(
    mut taps: MessageReader<Tapped>,
    controls: Query<&Control>,
    glasses: Glasses,
    mut pages: Query<(Entity, &mut HotspotsPage)>,
    kit: Option<Res<Kit>>,
    mut sound: MessageWriter<PlaySound>,
    mut happened: MessageWriter<Happened>,
) {
    let Some(kit) = kit else { return };
    for tap in taps.read() {
        let Ok(control) = controls.get(tap.entity) else { continue };
        for (entity, mut page) in &mut pages {
            let Some(glass) = glasses.of(entity).filter(|_| glasses.lies_on(tap.entity, entity)) else { continue };
            let now = page.bypass_change_detection();
            let before = now.chosen;
            match *control {
                Control::Mark(index) => {
                    // Marks may lie nearer to one another than a finger is wide.
                    now.chosen = now.meant(&glass, tap.at - glass.place.min).unwrap_or(index);
                }
                Control::Point(index) => now.go_to(index, &glass, kit.motion),
                Control::Closer => {
                    now.look(Zoom::STEP, &glass, kit.motion);
                    happened.write(Happened("hotspots closer".into()));
                }
                Control::Farther => {
                    now.look(1.0 / Zoom::STEP, &glass, kit.motion);
                    happened.write(Happened("hotspots farther".into()));
                }
                Control::Whole => {
                    now.send(Zoom::WHOLE, kit.motion);
                    happened.write(Happened("hotspots whole".into()));
                }
            }
            if now.chosen != before
                && let Some(point) = now.point()
            {
                sound.write(PlaySound(UiSound::Turn));
                happened.write(Happened(format!("hotspots {}", point.id)));
            }
        }
    }
}

/// Fingers move and enlarge the picture.
fn fingers(
    mut pans: MessageReader<Panned>,
    mut pinches: MessageReader<Pinched>,
    glasses: Glasses,
    mut pages: Query<(Entity, &mut HotspotsPage)>,
    mut moves: MessageWriter<Moves>,
) {
    let pans = pans.read().map(|pan| (pan.entity, 1.0, Vec2::ZERO, pan.delta));
    let pinches = pinches.read().map(|pinch| (pinch.entity, pinch.factor, pinch.centre, pinch.delta));
    for (on, factor, centre, moved) in pans.chain(pinches) {
        let Ok((_, glass)) = glasses.all.get(on) else { continue };
        for (entity, mut page) in &mut pages {
            if !glasses.lies_on(on, entity) {
                continue;
            }
            let now = page.bypass_change_detection();
            let zoom = now.zoom.by(factor, centre - glass.place.min, moved, glass.size(), glass.drawn);
            now.moves = None;
            if zoom != now.zoom {
                now.zoom = zoom;
                moves.write(Moves);
            }
        }
    }
}

fn glide(
    mut pages: Query<&mut HotspotsPage>,
    kit: Option<Res<Kit>>,
    time: Res<Time>,
    mut moves: MessageWriter<Moves>,
) {
    if kit.is_none_or(|kit| kit.hushed) {
        return;
    }
    for mut page in &mut pages {
        let Some(mut glide) = page.moves else { continue };
        let now = page.bypass_change_detection();
        glide.elapsed_s += time.delta_secs();
        let part = (glide.elapsed_s / GLIDE_S).min(1.0);
        now.zoom = if part < 1.0 { glide.from.between(glide.to, ease(Easing::Move, part)) } else { glide.to };
        now.moves = (part < 1.0).then_some(glide);
        moves.write(Moves);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four points: in the middle, two near one another, and one at the right edge.
    fn page() -> HotspotsPage {
        let point = |id: &str, at: [f32; 2]| {
            serde_json::json!({ "id": id, "at": at, "title": "处", "text": "事", "sources": ["a"] })
        };
        let document = serde_json::json!({
            "id": "p", "title": "画", "picture": "m",
            "points": [point("middle", [0.5, 0.5]), point("a", [0.2, 0.2]), point("b", [0.24, 0.2]), point("edge", [1.0, 0.9])],
        });
        HotspotsPage::new(serde_json::from_value(document).unwrap(), Vec2::new(1600.0, 900.0))
    }

    fn glass() -> Glass {
        Glass::new(Rect::new(0.0, 180.0, 1000.0, 780.0), Vec2::new(1600.0, 900.0))
    }

    #[test]
    fn the_whole_picture_stands_in_the_middle_of_its_place() {
        let (page, glass) = (page(), glass());
        assert_eq!(glass.drawn, Vec2::new(1000.0, 562.5));
        assert_eq!(glass.spot(page.zoom, &page.document.points[0]), Vec2::new(500.0, 300.0));
        assert_eq!(glass.spot(page.zoom, &page.document.points[3]), Vec2::new(1000.0, 18.75 + 0.9 * 562.5));
    }

    #[test]
    fn a_finger_means_the_nearest_mark_that_it_reaches() {
        let (page, glass) = (page(), glass());
        let mark = |index: usize| glass.spot(page.zoom, &page.document.points[index]);
        assert_eq!(page.meant(&glass, mark(0)), Some(0));
        assert_eq!(page.meant(&glass, mark(0) + Vec2::new(37.0, -37.0)), Some(0));
        for away in [Vec2::new(40.0, 0.0), Vec2::new(0.0, -40.0), Vec2::new(-40.0, 5.0)] {
            assert_eq!(page.meant(&glass, mark(0) + away), None, "{away}");
        }
        // Two marks 40 px from one another: the finger lies on both, and is nearer to one.
        assert_eq!(page.meant(&glass, mark(1) + Vec2::new(18.0, 0.0)), Some(1));
        assert_eq!(page.meant(&glass, mark(1) + Vec2::new(22.0, 0.0)), Some(2));
    }

    #[test]
    fn marks_stay_on_their_places_while_the_picture_grows() {
        let (mut page, glass) = (page(), glass());
        let before = glass.spot(page.zoom, &page.document.points[0]);
        page.look(Zoom::STEP, &glass, Motion::Still);
        assert_eq!(page.zoom.factor, Zoom::STEP);
        // The chosen point is what one looks closer at.
        assert!((glass.spot(page.zoom, &page.document.points[0]) - before).length() < 1e-2);
        let apart = |page: &HotspotsPage| {
            glass.spot(page.zoom, &page.document.points[1]).distance(glass.spot(page.zoom, &page.document.points[2]))
        };
        assert!((apart(&page) - 60.0).abs() < 1e-2);
        page.look(1.0 / Zoom::STEP, &glass, Motion::Still);
        assert!((apart(&page) - 40.0).abs() < 1e-2);
    }

    #[test]
    fn a_point_that_is_chosen_in_the_list_comes_into_view() {
        let (mut page, glass) = (page(), glass());
        page.go_to(3, &glass, Motion::Still);
        assert_eq!((page.chosen, page.zoom), (3, Zoom::WHOLE), "the whole picture shows every point");
        page.zoom = Zoom { factor: 3.0, away: Vec2::ZERO };
        page.go_to(1, &glass, Motion::Still);
        assert!((glass.spot(page.zoom, &page.document.points[1]) - glass.middle()).length() < 1e-2);
        page.go_to(3, &glass, Motion::Full);
        assert!(page.moves.is_some() && page.aim() != page.zoom);
        let aim = page.aim();
        assert!(glass.holds(glass.spot(aim, &page.document.points[3])));
        page.go_to(99, &glass, Motion::Still);
        assert_eq!(page.chosen, 3, "there is no such point");
    }

    #[test]
    fn keys_know_how_far_they_can_go() {
        let (mut page, glass) = (page(), glass());
        assert_eq!(page.says(), Shown { chosen: 0, closer: true, farther: false });
        for _ in 0..5 {
            page.look(Zoom::STEP, &glass, Motion::Full);
        }
        // Each press counts from where the one before it leads.
        assert_eq!(page.says(), Shown { chosen: 0, closer: false, farther: true });
        page.send(Zoom::WHOLE, Motion::Reduced);
        assert_eq!((page.zoom, page.moves), (Zoom::WHOLE, None));
    }
}
