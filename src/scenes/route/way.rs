//! Where a column is on a day, and the strokes that its way is drawn with. Nothing here knows an entity.

use bevy::prelude::*;
use jiff::civil::Date;
use pingfeng_content::model::{MapFrame, RouteColumn};

/// Distance of the points that a way is sampled at, logical px.
const SAMPLE_PX: f32 = 6.0;
/// A straight stroke of a solid line is at most so long, and turns by at most so much: radians.
const STROKE_PX_MAX: f32 = 48.0;
const STROKE_TURN_MAX: f32 = 0.14;

/// How a line is broken: dash, gap, dash, gap …, logical px. Empty: not at all.
pub(super) type Dashes = &'static [f32];

/// A straight piece of a way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stroke {
    /// Length of the way up to its beginning and end, logical px.
    pub(super) from: f32,
    pub(super) until: f32,
    /// Where it begins and ends.
    pub(super) a: Vec2,
    pub(super) b: Vec2,
}

/// First and last day of a date, in days since 1 January 1900. A month or a year of which no more is known counts as the
/// day in its middle, which is wrong by the least.
pub(super) fn days(date: &str) -> Option<[f32; 2]> {
    let (from, until) = date.split_once('/').unwrap_or((date, date));
    Some([day(from)?, day(until)?])
}

fn day(date: &str) -> Option<f32> {
    let whole = match date.len() {
        4 => format!("{date}-07-01"),
        7 => format!("{date}-15"),
        _ => date.to_owned(),
    };
    let date: Date = whole.parse().ok()?;
    let days = epoch().until(date).ok()?.get_days();
    // Exact for every year that can be written.
    Some(days as f32)
}

fn epoch() -> Date {
    jiff::civil::date(1900, 1, 1)
}

/// `1935.5.29`
pub(super) fn written(day: f32) -> String {
    let date = epoch().saturating_add(jiff::Span::new().days(day.round() as i64));
    format!("{}.{}.{}", date.year(), date.month(), date.day())
}

/// `1935.5`
pub(super) fn written_month(day: f32) -> String {
    let date = epoch().saturating_add(jiff::Span::new().days(day.round() as i64));
    format!("{}.{}", date.year(), date.month())
}

/// How the world falls on the place of a map on the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Projection {
    lon: [f32; 2],
    lat: [f32; 2],
    /// Of the whole picture, logical px from the corner of the place; a part of it may be cut.
    origin: Vec2,
    size: Vec2,
}

impl Projection {
    /// For a picture of that shape (height by width) that covers `place`, cut away from `focus`.
    pub(super) fn covering(frame: &MapFrame, aspect: f32, focus: Vec2, place: Vec2) -> Self {
        let width = place.x.max(place.y / aspect);
        let size = Vec2::new(width, width * aspect);
        let both = |edges: [f64; 2]| edges.map(|degrees| degrees as f32);
        Self { lon: both(frame.lon), lat: both(frame.lat), origin: (place - size) * focus, size }
    }

    /// Where latitude and longitude lie.
    pub(super) fn place(&self, [lat, lon]: [f64; 2]) -> Vec2 {
        let part = Vec2::new(
            (lon as f32 - self.lon[0]) / (self.lon[1] - self.lon[0]),
            (self.lat[1] - lat as f32) / (self.lat[1] - self.lat[0]),
        );
        self.origin + part * self.size
    }
}

/// The way of a column.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    points: Vec<Vec2>,
    /// Length of the way up to each point.
    along: Vec<f32>,
    /// Length up to each stop, and the days on which the column was there.
    stops: Vec<(f32, [f32; 2])>,
}

impl Way {
    pub(super) fn new(column: &RouteColumn, projection: &Projection) -> Self {
        let mut corners = Vec::new();
        let mut stops = Vec::new();
        for stop in &column.stops {
            // A date that cannot be read does not get past the checks.
            let days = days(&stop.date).unwrap_or_default();
            stops.push((corners.len(), days));
            corners.push(projection.place(stop.at));
            corners.extend(stop.via.iter().map(|at| projection.place(*at)));
        }
        let mut way = Self::default();
        let mut at_corner = Vec::with_capacity(corners.len());
        for index in 0..corners.len() {
            if index == 0 {
                way.push(corners[0]);
            } else {
                way.curve(&corners, index - 1);
            }
            at_corner.push(way.length());
        }
        way.stops = stops.into_iter().map(|(corner, days)| (at_corner[corner], days)).collect();
        way
    }

    /// Adds a straight way, for samples and leads.
    pub(super) fn straight(&mut self, from: Vec2, to: Vec2) {
        self.push(from);
        self.push(to);
    }

    fn push(&mut self, point: Vec2) {
        let length = self.points.last().map_or(0.0, |last| self.length() + last.distance(point));
        self.points.push(point);
        self.along.push(length);
    }

    fn length(&self) -> f32 {
        self.along.last().copied().unwrap_or_default()
    }

    /// The curve from one corner to the next: a Catmull-Rom spline with centripetal knots, which makes no loops of its own
    /// (Yuksel, Schaefer, Keyser: Parameterization and applications of Catmull-Rom curves, 2011).
    fn curve(&mut self, corners: &[Vec2], index: usize) {
        let (b, c) = (corners[index], corners[index + 1]);
        let a = if index == 0 { b - (c - b) } else { corners[index - 1] };
        let d = corners.get(index + 2).copied().unwrap_or(c + (c - b));
        let knot = |from: Vec2, to: Vec2| from.distance(to).sqrt().max(1e-3);
        let (ta, tb, tc) = (knot(a, b), knot(b, c), knot(c, d));
        // The same curve as a cubic with these tangents.
        let tangent = |before: Vec2, here: Vec2, after: Vec2, t0: f32, t1: f32| {
            (here - before) / t0 - (after - before) / (t0 + t1) + (after - here) / t1
        };
        let (m0, m1) = (tangent(a, b, c, ta, tb) * tb, tangent(b, c, d, tb, tc) * tb);
        let samples = (b.distance(c) / SAMPLE_PX).ceil().max(1.0) as usize;
        for sample in 1..=samples {
            let t = sample as f32 / samples as f32;
            let (t2, t3) = (t * t, t * t * t);
            let point = (2.0 * t3 - 3.0 * t2 + 1.0) * b
                + (t3 - 2.0 * t2 + t) * m0
                + (-2.0 * t3 + 3.0 * t2) * c
                + (t3 - t2) * m1;
            self.push(point);
        }
    }

    /// How much of the way was behind the column on that day, logical px.
    pub(super) fn walked(&self, day: f32) -> f32 {
        let Some(next) = self.stops.iter().position(|(_, [from, _])| *from > day) else { return self.length() };
        let Some((before, [_, left])) = next.checked_sub(1).map(|index| self.stops[index]) else { return 0.0 };
        let (reached, [arrives, _]) = self.stops[next];
        if day <= left {
            return before;
        }
        before + (reached - before) * ((day - left) / (arrives - left).max(1e-3)).clamp(0.0, 1.0)
    }

    /// The point after that length.
    pub(super) fn at(&self, length: f32) -> Vec2 {
        let after = self.along.partition_point(|along| *along < length);
        match (after.checked_sub(1), self.points.get(after)) {
            (Some(before), Some(point)) => {
                let (from, to) = (self.along[before], self.along[after]);
                self.points[before].lerp(*point, (length - from) / (to - from).max(1e-6))
            }
            (None, Some(point)) => *point,
            (_, None) => self.points.last().copied().unwrap_or_default(),
        }
    }

    /// The strokes of a line along the way.
    pub(super) fn strokes(&self, dashes: Dashes) -> Vec<Stroke> {
        let stroke = |from: f32, until: f32| Stroke { from, until, a: self.at(from), b: self.at(until) };
        let mut strokes = Vec::new();
        if dashes.is_empty() {
            let mut begin = 0;
            for end in 1..self.points.len() {
                let last = end + 1 == self.points.len();
                let heading = |from: usize, to: usize| (self.points[to] - self.points[from]).normalize_or_zero();
                let turned = !last && heading(begin, begin + 1).angle_to(heading(end, end + 1)).abs() > STROKE_TURN_MAX;
                if last || turned || self.along[end] - self.along[begin] >= STROKE_PX_MAX {
                    strokes.push(stroke(self.along[begin], self.along[end]));
                    begin = end;
                }
            }
            return strokes;
        }
        let mut at = 0.0;
        for (index, length) in dashes.iter().cycle().enumerate() {
            if at >= self.length() {
                break;
            }
            let until = at + length.max(0.5);
            if index % 2 == 0 {
                strokes.push(stroke(at, until.min(self.length())));
            }
            at = until;
        }
        strokes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> MapFrame {
        MapFrame { lon: [98.0, 118.0], lat: [24.0, 38.0], boundaries: false, approval_no: None }
    }

    fn way(stops: &[([f64; 2], &str)]) -> Way {
        let stops: Vec<_> = stops
            .iter()
            .enumerate()
            .map(|(index, (at, date))| {
                serde_json::json!({
                    "id": format!("s{index}"), "at": at, "date": date, "title": "站", "when": "日", "text": "事",
                    "certainty": "A", "sources": ["a"],
                })
            })
            .collect();
        let column = serde_json::json!({ "id": "c", "title": "队伍", "stops": stops });
        let projection = Projection::covering(&frame(), 0.75, Vec2::splat(0.5), Vec2::new(1080.0, 728.0));
        Way::new(&serde_json::from_value(column).unwrap(), &projection)
    }

    #[test]
    fn dates_are_days_and_back() {
        assert_eq!(days("1900-01-03"), Some([2.0, 2.0]));
        let [from, until] = days("1935-01-15/1935-01-17").unwrap();
        assert_eq!((until - from, written(from)), (2.0, "1935.1.15".to_owned()));
        assert_eq!(days("1935-06").map(|[day, _]| written(day)), Some("1935.6.15".to_owned()));
        assert_eq!(days("1936").map(|[day, _]| written_month(day)), Some("1936.7".to_owned()));
        assert_eq!(days("1935-02-30"), None);
    }

    #[test]
    fn a_place_falls_where_the_picture_has_it() {
        let projection = Projection::covering(&frame(), 0.75, Vec2::splat(0.5), Vec2::new(1080.0, 728.0));
        assert_eq!(projection.place([31.0, 108.0]), Vec2::new(540.0, 364.0));
        // 810 px high where 728 are shown: 41 are cut above and below.
        assert_eq!(projection.place([38.0, 98.0]), Vec2::new(0.0, -41.0));
        assert_eq!(projection.place([24.0, 118.0]), Vec2::new(1080.0, 769.0));
    }

    #[test]
    fn a_column_stays_while_it_stays_and_walks_evenly_in_between() {
        let way = way(&[([30.0, 100.0], "1935-01-01/1935-01-11"), ([30.0, 110.0], "1935-01-21"), ([30.0, 112.0], "1935-01-22")]);
        let [start, _] = days("1935-01-01").unwrap();
        let (a, b) = (way.stops[1].0, way.length());
        assert!((b - a * 1.2).abs() < 1.0, "the stops lie on one line: {a} of {b}");
        assert_eq!(way.walked(start - 5.0), 0.0, "not before it sets out");
        assert_eq!(way.walked(start + 10.0), 0.0);
        assert!((way.walked(start + 15.0) - a / 2.0).abs() < 0.5);
        assert_eq!(way.walked(start + 20.0), a);
        assert_eq!(way.walked(start + 400.0), b);
        assert!((way.at(a).y - way.at(0.0).y).abs() < 0.01);
    }

    #[test]
    fn strokes_lie_on_the_way_and_cover_what_they_should() {
        let way = way(&[([30.0, 100.0], "1935-01"), ([33.0, 104.0], "1935-02"), ([29.0, 106.0], "1935-03")]);
        let solid = way.strokes(&[]);
        assert!(solid.windows(2).all(|pair| pair[0].until == pair[1].from), "a solid line has no gap");
        assert_eq!((solid[0].from, solid.last().unwrap().until), (0.0, way.length()));
        let dashed = way.strokes(&[18.0, 9.0]);
        let drawn: f32 = dashed.iter().map(|stroke| stroke.until - stroke.from).sum();
        assert!((drawn / way.length() - 2.0 / 3.0).abs() < 0.05);
        for stroke in dashed.iter().chain(&solid) {
            assert!(stroke.a.distance(stroke.b) <= stroke.until - stroke.from + 0.01, "a chord is no longer than its arc");
            assert!(stroke.a.distance(stroke.b) >= (stroke.until - stroke.from) * 0.97, "{stroke:?} leaves the way");
        }
    }

    #[test]
    fn two_stops_at_one_place_are_no_trouble() {
        let way = way(&[([30.0, 100.0], "1935-01-01"), ([30.0, 100.0], "1935-01-02"), ([31.0, 101.0], "1935-01-02")]);
        assert!(way.length().is_finite() && way.points.iter().all(|point| point.is_finite()));
        assert!(way.walked(days("1935-01-02").unwrap()[0]).is_finite());
    }
}
