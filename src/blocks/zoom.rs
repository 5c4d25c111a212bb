//! How closely a picture is looked at, and where its parts lie then.

use bevy::prelude::*;

/// A picture looked at closely. `place` is where it is seen, `drawn` its size when it is whole; logical px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zoom {
    /// 1: the whole picture.
    pub factor: f32,
    /// How far the picture's middle lies from the middle of its place, logical px.
    pub away: Vec2,
}

impl Zoom {
    /// Closest look.
    pub const MAX: f32 = 4.0;
    /// One press of a key.
    pub const STEP: f32 = 1.5;
    /// The whole picture.
    pub const WHOLE: Self = Self { factor: 1.0, away: Vec2::ZERO };

    /// Upper left corner and size of the picture in its place. The node itself grows: a scaled node would be clipped
    /// wrongly where it reaches past the place.
    pub fn lies(self, place: Vec2, drawn: Vec2) -> (Vec2, Vec2) {
        let size = drawn * self.factor;
        (place / 2.0 + self.away - size / 2.0, size)
    }

    /// Where a point of the picture lies in its place. `part` is 0 to 1 from the upper left corner of the picture.
    pub fn spot(self, part: Vec2, place: Vec2, drawn: Vec2) -> Vec2 {
        let (corner, size) = self.lies(place, drawn);
        corner + part * size
    }

    /// Enlarges around a point of the place, and keeps the picture from leaving it.
    pub fn by(self, factor: f32, around: Vec2, moved: Vec2, place: Vec2, drawn: Vec2) -> Self {
        let next = (self.factor * factor).clamp(1.0, Self::MAX);
        let around = around - place / 2.0;
        let away = around + (self.away - around) * (next / self.factor) + moved;
        let most = ((drawn * next - place) / 2.0).max(Vec2::ZERO);
        Self { factor: next, away: away.clamp(-most, most) }
    }

    /// Moved so that a point of the picture is seen: to the middle of the place, or as near to it as the picture reaches.
    /// A point that lies at least `edge` px from the edges is seen already.
    pub fn showing(self, part: Vec2, edge: f32, place: Vec2, drawn: Vec2) -> Self {
        let spot = self.spot(part, place, drawn);
        let edge = Vec2::splat(edge).min(place / 2.0);
        if spot.cmpge(edge).all() && spot.cmple(place - edge).all() {
            return self;
        }
        self.by(1.0, Vec2::ZERO, place / 2.0 - spot, place, drawn)
    }

    /// On the way to another look: 0 to 1.
    pub fn between(self, to: Self, part: f32) -> Self {
        Self { factor: self.factor + (to.factor - self.factor) * part, away: self.away.lerp(to.away, part) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSER: Zoom = Zoom { factor: Zoom::STEP, ..Zoom::WHOLE };

    #[test]
    fn a_pinch_keeps_what_lies_between_the_fingers_there() {
        let (place, drawn) = (Vec2::new(1000.0, 1000.0), Vec2::new(1000.0, 1000.0));
        let before = Zoom { factor: 2.0, away: Vec2::ZERO };
        let centre = Vec2::new(700.0, 500.0);
        let after = before.by(1.5, centre, Vec2::ZERO, place, drawn);
        // A point of the picture, in its own measure from its middle, under the fingers before and after.
        let under = |zoom: Zoom| (centre - place / 2.0 - zoom.away) / zoom.factor;
        assert!((under(before) - under(after)).length() < 1e-3);
    }

    #[test]
    fn the_picture_never_leaves_its_place() {
        let (place, drawn) = (Vec2::new(1000.0, 800.0), Vec2::new(1000.0, 562.0));
        let mut zoom = CLOSER;
        for _ in 0..20 {
            zoom = zoom.by(1.1, Vec2::new(900.0, 100.0), Vec2::new(80.0, -60.0), place, drawn);
        }
        assert!(zoom.factor <= Zoom::MAX);
        let edge = zoom.away.abs() + place / 2.0;
        assert!(edge.x <= drawn.x * zoom.factor / 2.0 + 0.1, "{zoom:?}");
        let whole = zoom.by(0.01, place / 2.0, Vec2::ZERO, place, drawn);
        assert_eq!(whole, Zoom::WHOLE);
    }

    #[test]
    fn a_point_that_is_wanted_comes_into_view() {
        let (place, drawn) = (Vec2::new(1000.0, 600.0), Vec2::new(1000.0, 600.0));
        let zoom = Zoom { factor: 3.0, away: Vec2::ZERO };
        // In the middle of the picture nothing moves; beside it the point comes to the middle of the place.
        assert_eq!(zoom.showing(Vec2::new(0.5, 0.5), 100.0, place, drawn), zoom);
        let aside = Vec2::new(0.3, 0.6);
        let shown = zoom.showing(aside, 100.0, place, drawn);
        assert!((shown.spot(aside, place, drawn) - place / 2.0).length() < 1e-2);
        // At a corner of the picture it comes as near to the middle as the picture reaches.
        let corner = Vec2::new(1.0, 0.0);
        let shown = zoom.showing(corner, 100.0, place, drawn);
        assert!((shown.spot(corner, place, drawn) - Vec2::new(1000.0, 0.0)).length() < 1e-2);
        // The whole picture shows every point.
        assert_eq!(Zoom::WHOLE.showing(corner, 100.0, place, drawn), Zoom::WHOLE);
    }

    #[test]
    fn a_spot_stays_at_its_part_of_the_picture() {
        let (place, drawn) = (Vec2::new(1080.0, 700.0), Vec2::new(1080.0, 607.5));
        let part = Vec2::new(0.25, 0.8);
        for zoom in [Zoom::WHOLE, CLOSER, CLOSER.by(2.0, Vec2::new(200.0, 600.0), Vec2::ZERO, place, drawn)] {
            let (corner, size) = zoom.lies(place, drawn);
            let back = (zoom.spot(part, place, drawn) - corner) / size;
            assert!((back - part).length() < 1e-5, "{zoom:?}");
        }
    }

    #[test]
    fn on_the_way_from_look_to_look_both_ends_are_met() {
        let to = Zoom { factor: 2.0, away: Vec2::new(40.0, -20.0) };
        assert_eq!(Zoom::WHOLE.between(to, 0.0), Zoom::WHOLE);
        assert_eq!(Zoom::WHOLE.between(to, 1.0), to);
        assert_eq!(Zoom::WHOLE.between(to, 0.5), Zoom { factor: 1.5, away: Vec2::new(20.0, -10.0) });
    }
}
