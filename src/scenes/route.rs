//! Ways over a map, drawn up to a date: play it, draw the date to and fro, choose a stop on the map or in the list.
//!
//! The map, its lines and the slider are built once and moved in place; what says which stop is chosen – the card, the
//! list, the name on the map – is built again by itself, so that a finger on the slider is never let go.

mod card;
mod page;
mod way;

use bevy::prelude::*;
use pingfeng_content::model::{Route, RouteStop, Scene};

use crate::{
    ScreenSystems,
    blocks::Ui,
    cue::{Happened, PlaySound, UiSound},
    damage::{Moves, WakeIn},
    input::{Busy, PanPhase, Panned, Tapped},
    stage::{Opening, SceneKind, SceneKinds},
    theme::{Easing, Kit, Motion, ease},
};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<RoutePage>(app);
    app.add_systems(Update, (choose, drag, play, page::fill_parts, page::draw).chain().in_set(ScreenSystems::Decide));
}

/// How long the line takes to a stop that was chosen, and to the next one while it plays; seconds.
const GLIDE_S: f32 = 0.6;
const LEG_S: f32 = 0.9;
/// How long a stop stands before the line goes on, seconds: time to read its name and look at its place.
const REST_S: f32 = 2.0;
/// A drag of the list goes on by one stop for each of these, px.
const ROW_PX: f32 = 110.0;

/// A route, the chosen stop, and the day up to which the ways are drawn. What moves (`day`, `chosen`) is changed past
/// change detection.
#[derive(Component)]
pub struct RoutePage {
    document: Route,
    /// Height by width of the map.
    aspect: f32,
    /// All stops in the order of time.
    stops: Vec<Place>,
    /// First and last day of the slider.
    span: [f32; 2],
    chosen: usize,
    day: f32,
    moves: Option<Glide>,
    playing: Playing,
    /// What the parts and lines were last built for.
    shown: Option<(usize, bool)>,
    drawn: Option<f32>,
    /// The list: the stop that was chosen when the finger touched it.
    list_from: usize,
}

/// Where a stop stands in the document, and its days.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    column: usize,
    stop: usize,
    days: [f32; 2],
}

/// The line on its way to a day.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Glide {
    from: f32,
    to: f32,
    elapsed_s: f32,
    length_s: f32,
}

/// Whether the route goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Playing {
    Stands,
    /// The line is on its way to the next stop.
    Walks,
    /// The stop is shown for so long.
    Rests { left_s: f32 },
}

/// On what can be touched.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
enum Control {
    Stop(usize),
    PlayOrPause,
    Slider,
    List,
}

impl SceneKind for RoutePage {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        let Scene::Route(document) = opening.scene else { return None };
        let [width, height] = opening.exhibition.prepared(&document.map).map_or([4.0, 3.0], |map| map.size_px.map(|px| px as f32));
        Some(Self::new(document.clone(), height / width.max(1.0)))
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        page::view(self, ui, kit);
    }
}

impl RoutePage {
    fn new(document: Route, aspect: f32) -> Self {
        let mut stops: Vec<Place> = document
            .columns
            .iter()
            .enumerate()
            .flat_map(|(column, body)| {
                let place = move |(stop, body): (usize, &RouteStop)| {
                    Some(Place { column, stop, days: way::days(&body.date)? })
                };
                body.stops.iter().enumerate().filter_map(place)
            })
            .collect();
        // Stable: the main column comes first where days are the same.
        stops.sort_by(|a, b| a.days[0].total_cmp(&b.days[0]));
        let first = stops.first().map_or(0.0, |place| place.days[0]);
        let last = stops.iter().map(|place| place.days[1]).fold(first, f32::max);
        Self {
            document,
            aspect,
            stops,
            span: [first, last.max(first + 1.0)],
            chosen: 0,
            day: first,
            moves: None,
            playing: Playing::Stands,
            shown: None,
            drawn: None,
            list_from: 0,
        }
    }

    fn stop(&self, index: usize) -> Option<(&Place, &RouteStop)> {
        let place = self.stops.get(index)?;
        Some((place, self.document.columns.get(place.column)?.stops.get(place.stop)?))
    }

    /// Where the slider stands, 0 to 1.
    fn part(&self) -> f32 {
        ((self.day - self.span[0]) / (self.span[1] - self.span[0])).clamp(0.0, 1.0)
    }

    /// The last stop that has been reached on a day.
    fn reached(&self, day: f32) -> usize {
        // A day drawn to within half a day of a stop has reached it.
        self.stops.partition_point(|place| place.days[0] <= day + 0.5).saturating_sub(1)
    }

    /// Chooses a stop; the line glides to its day, or jumps where nothing moves.
    fn go_to(&mut self, index: usize, length_s: f32, motion: Motion) {
        let Some(place) = self.stops.get(index) else { return };
        self.chosen = index;
        self.glide(place.days[0], length_s, motion);
    }

    fn glide(&mut self, to: f32, length_s: f32, motion: Motion) {
        self.moves = None;
        if motion == Motion::Full && to != self.day {
            self.moves = Some(Glide { from: self.day, to, elapsed_s: 0.0, length_s });
        } else {
            self.day = to;
        }
    }

    fn last(&self) -> usize {
        self.stops.len().saturating_sub(1)
    }

    fn plays(&self) -> bool {
        self.playing != Playing::Stands
    }
}

fn choose(
    mut commands: Commands,
    mut taps: MessageReader<Tapped>,
    controls: Query<(&Control, Option<&page::Band>)>,
    mut pages: Query<(Entity, &mut RoutePage)>,
    kit: Option<Res<Kit>>,
    mut sound: MessageWriter<PlaySound>,
    mut happened: MessageWriter<Happened>,
) {
    let Some(kit) = kit else { return };
    for tap in taps.read() {
        let Ok((control, band)) = controls.get(tap.entity) else { continue };
        for (entity, mut page) in &mut pages {
            match control {
                Control::Stop(index) => {
                    let now = page.bypass_change_detection();
                    now.playing = Playing::Stands;
                    let other = now.chosen != *index;
                    now.go_to(*index, GLIDE_S, kit.motion);
                    if other {
                        sound.write(PlaySound(UiSound::Turn));
                        tell(now, &mut happened);
                    }
                }
                Control::PlayOrPause => {
                    let now = page.bypass_change_detection();
                    if now.plays() {
                        now.playing = Playing::Stands;
                        now.moves = None;
                    } else {
                        if now.chosen == now.last() {
                            now.chosen = 0;
                            now.day = now.span[0];
                        }
                        now.playing = Playing::Rests { left_s: REST_S / 2.0 };
                    }
                    let word = if now.plays() { "route plays" } else { "route stands" };
                    happened.write(Happened(word.into()));
                }
                Control::Slider => {
                    let part = band.map_or(0.0, |band| band.part(tap.at.x));
                    let now = page.bypass_change_detection();
                    now.playing = Playing::Stands;
                    let day = now.span[0] + part * (now.span[1] - now.span[0]);
                    now.chosen = now.reached(day);
                    now.glide(day, GLIDE_S, kit.motion);
                    tell(now, &mut happened);
                }
                Control::List => continue,
            }
            busy(&mut commands, entity, &page);
        }
    }
}

fn tell(page: &RoutePage, happened: &mut MessageWriter<Happened>) {
    if let Some((_, stop)) = page.stop(page.chosen) {
        happened.write(Happened(format!("route {}", stop.id)));
    }
}

/// A visitor who watches a route that plays is not gone.
fn busy(commands: &mut Commands, entity: Entity, page: &RoutePage) {
    if page.plays() {
        commands.entity(entity).insert(Busy);
    } else {
        commands.entity(entity).remove::<Busy>();
    }
}

fn drag(
    mut commands: Commands,
    mut pans: MessageReader<Panned>,
    controls: Query<(&Control, Option<&page::Band>)>,
    mut pages: Query<(Entity, &mut RoutePage)>,
    mut happened: MessageWriter<Happened>,
    mut moves: MessageWriter<Moves>,
) {
    for pan in pans.read() {
        let Ok((control, band)) = controls.get(pan.entity) else { continue };
        for (entity, mut page) in &mut pages {
            let now = page.bypass_change_detection();
            match (control, band) {
                (Control::Slider, Some(band)) => {
                    let days = now.span[1] - now.span[0];
                    now.day = (now.day + pan.delta.x / band.width.max(1.0) * days).clamp(now.span[0], now.span[1]);
                    now.chosen = now.reached(now.day);
                }
                (Control::List, _) => {
                    if pan.phase == PanPhase::Began {
                        now.list_from = now.chosen;
                    }
                    let by = (-pan.total.y / ROW_PX).round();
                    let to = (now.list_from as f32 + by).clamp(0.0, now.last() as f32);
                    now.go_to(to as usize, 0.0, Motion::Still);
                }
                _ => continue,
            }
            now.playing = Playing::Stands;
            now.moves = None;
            if pan.phase == PanPhase::Ended {
                tell(now, &mut happened);
            }
            moves.write(Moves);
            busy(&mut commands, entity, &page);
        }
    }
}

/// Lets the line go on.
fn play(
    mut commands: Commands,
    mut pages: Query<(Entity, &mut RoutePage)>,
    kit: Option<Res<Kit>>,
    time: Res<Time>,
    mut moves: MessageWriter<Moves>,
    mut wake: ResMut<WakeIn>,
    mut happened: MessageWriter<Happened>,
) {
    let Some(kit) = kit else { return };
    if kit.hushed {
        return;
    }
    let passed_s = time.delta_secs();
    for (entity, mut page) in &mut pages {
        let now = page.bypass_change_detection();
        if let Some(mut glide) = now.moves {
            glide.elapsed_s += passed_s;
            let part = glide.elapsed_s / glide.length_s.max(1e-3);
            now.day = glide.from + (glide.to - glide.from) * ease(Easing::Move, part.min(1.0));
            now.moves = (part < 1.0).then_some(glide);
            moves.write(Moves);
        }
        match &mut now.playing {
            Playing::Stands => {}
            Playing::Rests { left_s } => {
                *left_s -= passed_s;
                if *left_s > 0.0 {
                    wake.at_most(*left_s);
                } else if now.chosen == now.last() {
                    now.playing = Playing::Stands;
                    busy(&mut commands, entity, now);
                } else {
                    let next = now.stops[now.chosen + 1].days[0];
                    now.playing = Playing::Walks;
                    now.glide(next, LEG_S, kit.motion);
                    moves.write(Moves);
                }
            }
            Playing::Walks => {
                if now.moves.is_none() {
                    now.chosen += 1;
                    now.playing = Playing::Rests { left_s: REST_S };
                    tell(now, &mut happened);
                    wake.at_most(REST_S);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route() -> RoutePage {
        let stop = |id: &str, date: &str, lon: f64| {
            serde_json::json!({
                "id": id, "at": [30.0, lon], "date": date, "title": "站", "when": "日", "text": "事", "certainty": "A",
                "sources": ["a"],
            })
        };
        let document = serde_json::json!({
            "id": "r", "title": "路", "years": "年", "map": "m",
            "columns": [
                { "id": "one", "title": "一", "stops": [stop("a", "1935-01-01", 100.0), stop("c", "1935-03-01", 102.0)] },
                { "id": "two", "title": "二", "stops": [stop("b", "1935-02-02", 104.0), stop("d", "1935-03-01", 105.0)] },
            ],
        });
        RoutePage::new(serde_json::from_value(document).unwrap(), 0.75)
    }

    #[test]
    fn stops_of_all_columns_stand_in_the_order_of_time_the_main_column_first() {
        let page = route();
        let ids: Vec<_> = (0..page.stops.len()).filter_map(|index| Some(page.stop(index)?.1.id.to_string())).collect();
        assert_eq!(ids, ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_day_reaches_the_last_stop_that_is_not_later() {
        let page = route();
        let day = |index: usize| page.stops[index].days[0];
        assert_eq!(page.reached(page.span[0] - 100.0), 0);
        assert_eq!(page.reached(day(1) - 1.0), 0);
        assert_eq!(page.reached(day(1)), 1);
        assert_eq!(page.reached(day(3)), 3);
        assert_eq!(page.reached(page.span[1] + 100.0), 3);
    }

    #[test]
    fn without_motion_a_chosen_stop_is_there_at_once() {
        let mut page = route();
        page.go_to(2, GLIDE_S, Motion::Reduced);
        assert_eq!((page.chosen, page.day, page.moves), (2, page.stops[2].days[0], None));
        page.go_to(1, GLIDE_S, Motion::Full);
        assert!(page.moves.is_some() && page.chosen == 1);
        page.go_to(99, GLIDE_S, Motion::Full);
        assert_eq!(page.chosen, 1, "there is no such stop");
    }
}
