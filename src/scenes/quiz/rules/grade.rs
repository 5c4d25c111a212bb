//! What counts as right.

use pingfeng_content::{MapFrame, Region};

use super::answer::{Answer, Fill, Match, Order, Point, Target};

/// How far beside a region a finger may land, in parts of the picture's width, where no region lies under it.
const FINGER_SLACK: f32 = 0.012;
/// Mean radius of the Earth, kilometres.
const EARTH_RADIUS_KM: f64 = 6_371.008_8;

impl Answer {
    /// Whether the answer is right. Several options count only when they are exactly the right ones.
    pub(super) fn is_right(&self) -> bool {
        match self {
            Answer::Choice(choice) => {
                choice.options.iter().enumerate().all(|(place, option)| option.right == choice.picked.contains(&place))
            }
            Answer::Fill(fill) => (0..fill.typed.len()).all(|blank| fill.is_right(blank)),
            Answer::Order(order) => order.row.is_sorted(),
            Answer::Match(pairs) => (0..pairs.pairs.len()).all(|left| pairs.is_right(left)),
            Answer::Point(point) => point.is_right(),
        }
    }
}

impl Fill {
    /// Whether one blank holds one of the accepted strings.
    pub(crate) fn is_right(&self, blank: usize) -> bool {
        let (Some(typed), Some(accepted)) = (self.typed.get(blank), self.accepted.get(blank)) else { return false };
        accepted.iter().any(|accepted| fold(accepted) == fold(typed))
    }
}

impl Order {
    /// Whether a piece lies where it belongs.
    pub(crate) fn is_right(&self, piece: usize) -> bool {
        self.row.get(piece) == Some(&piece)
    }
}

impl Match {
    /// Whether the card at a left place is joined with its partner.
    pub(crate) fn is_right(&self, left: usize) -> bool {
        let linked = self.links.get(left).copied().flatten().and_then(|right| self.rights.get(right));
        linked.is_some() && linked == self.lefts.get(left)
    }
}

impl Point {
    /// False where the picture has no such region or no map: such a question can't be asked.
    pub(super) fn can_be_right(&self) -> bool {
        let target = match &self.target {
            Target::Region(name) => self.regions.contains_key(name),
            Target::Place { .. } => self.frame.as_ref().is_some_and(|f| f.lon[0] != f.lon[1] && f.lat[0] != f.lat[1]),
        };
        target && self.aspect.is_finite() && self.aspect > 0.0
    }

    fn is_right(&self) -> bool {
        match &self.target {
            Target::Region(name) => self.touched_region() == Some(name),
            Target::Place { tolerance_km, .. } => self.distance_km().is_some_and(|distance| distance <= *tolerance_km),
        }
    }

    /// The region under the mark. Of several the smallest, so that a thing in front of a large one can be meant;
    /// beside all of them the nearest within a finger's slack.
    pub(crate) fn touched_region(&self) -> Option<&str> {
        let mark = self.mark?;
        let inside = self
            .regions
            .iter()
            .filter(|(_, region)| distance(region, mark, self.aspect) <= 0.0)
            .min_by(|a, b| area(a.1, self.aspect).total_cmp(&area(b.1, self.aspect)));
        let beside = || {
            let near = self.regions.iter().map(|(name, region)| (name, distance(region, mark, self.aspect)));
            near.filter(|(_, distance)| *distance <= FINGER_SLACK)
                .min_by(|a, b| a.1.total_cmp(&b.1))
                .map(|(name, _)| name)
        };
        inside.map(|(name, _)| name).or_else(beside).map(String::as_str)
    }

    /// How far off a mark on a map still counts, kilometres.
    pub(crate) fn tolerance_km(&self) -> Option<f64> {
        match &self.target {
            Target::Region(_) => None,
            Target::Place { tolerance_km, .. } => Some(*tolerance_km),
        }
    }

    /// How far the mark is from the place asked for, kilometres along the great circle.
    pub(crate) fn distance_km(&self) -> Option<f64> {
        let Target::Place { at, .. } = &self.target else { return None };
        Some(great_circle_km(place_at(self.frame.as_ref()?, self.mark?), *at))
    }

    /// Where the right place lies on the picture: the middle of a region or the place of a map, in parts of its width
    /// and height.
    pub(crate) fn right_spot(&self) -> Option<[f32; 2]> {
        match &self.target {
            Target::Region(name) => Some(match self.regions.get(name)? {
                Region::Rect([x, y, width, height]) => [x + width / 2.0, y + height / 2.0],
                Region::Circle([x, y, _]) => [*x, *y],
            }),
            Target::Place { at, .. } => Some(spot_of(self.frame.as_ref()?, *at)),
        }
    }

    /// The region asked for.
    pub(crate) fn right_region(&self) -> Option<&Region> {
        match &self.target {
            Target::Region(name) => self.regions.get(name),
            Target::Place { .. } => None,
        }
    }
}

/// What is compared: full-width figures and letters become half-width, capitals small, and spaces go.
fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            // U+FF01 to U+FF5E are ASCII's printable characters in the same order.
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFF01 + 0x21).unwrap_or(c),
            _ => c,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Distance from a mark to a region in parts of the picture's width; 0 or less inside.
fn distance(region: &Region, mark: [f32; 2], aspect: f32) -> f32 {
    let [x, y] = [mark[0], mark[1] * aspect];
    match region {
        Region::Rect([left, top, width, height]) => {
            let beside = (left - x).max(x - (left + width)).max(0.0);
            let above = (top * aspect - y).max(y - (top + height) * aspect).max(0.0);
            beside.hypot(above)
        }
        Region::Circle([centre_x, centre_y, radius]) => (x - centre_x).hypot(y - centre_y * aspect) - radius,
    }
}

/// Area of a region in squares of the picture's width.
fn area(region: &Region, aspect: f32) -> f32 {
    match region {
        Region::Rect([_, _, width, height]) => width * height * aspect,
        Region::Circle([_, _, radius]) => std::f32::consts::PI * radius * radius,
    }
}

/// Latitude and longitude of a spot on an equirectangular map.
fn place_at(frame: &MapFrame, spot: [f32; 2]) -> [f64; 2] {
    let [x, y] = spot.map(f64::from);
    [frame.lat[1] + (frame.lat[0] - frame.lat[1]) * y, frame.lon[0] + (frame.lon[1] - frame.lon[0]) * x]
}

/// The spot of a latitude and longitude.
fn spot_of(frame: &MapFrame, [lat, lon]: [f64; 2]) -> [f32; 2] {
    let x = (lon - frame.lon[0]) / (frame.lon[1] - frame.lon[0]);
    let y = (lat - frame.lat[1]) / (frame.lat[0] - frame.lat[1]);
    // A picture has a few thousand pixels at most; f32 resolves them easily.
    [x as f32, y as f32]
}

/// Haversine distance between two places given as latitude and longitude in degrees.
fn great_circle_km(a: [f64; 2], b: [f64; 2]) -> f64 {
    let [lat_a, lon_a, lat_b, lon_b] = [a[0], a[1], b[0], b[1]].map(f64::to_radians);
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let h = half(lat_a, lat_b) + lat_a.cos() * lat_b.cos() * half(lon_a, lon_b);
    2.0 * EARTH_RADIUS_KM * h.clamp(0.0, 1.0).sqrt().asin()
}
