//! Where the plate with the name of a point lies on a picture, and the tip that ties it to the point.

use bevy::prelude::*;
use pingfeng_content::model::LabelSide;

use super::layout;

/// Sides of a point, the better ones first.
pub(crate) const SIDES: [LabelSide; 4] = [LabelSide::Right, LabelSide::Left, LabelSide::Above, LabelSide::Below];

/// Between a plate and the edge of the picture, px.
const EDGE: f32 = 10.0;
/// The tip of a plate: a square of so many px on its corner, half of which the plate covers.
const TIP: f32 = 18.0;

/// On which side of a point its plate lies, and its upper left corner: on the wanted side, unless the picture ends there or
/// other names stand there. `away` is the distance from the point to the plate, all px from the corner of the picture.
pub(crate) fn plate_at(
    at: Vec2,
    away: f32,
    plate: Vec2,
    wanted: Option<LabelSide>,
    names: &[Rect],
    picture: Vec2,
) -> (LabelSide, Vec2) {
    let corner = |side: LabelSide| match side {
        LabelSide::Left => Vec2::new(at.x - away - plate.x, at.y - plate.y / 2.0),
        LabelSide::Right => Vec2::new(at.x + away, at.y - plate.y / 2.0),
        LabelSide::Above => Vec2::new(at.x - plate.x / 2.0, at.y - away - plate.y),
        LabelSide::Below => Vec2::new(at.x - plate.x / 2.0, at.y + away),
    };
    let inside = |corner: Vec2| corner.clamp(Vec2::splat(EDGE), (picture - plate - EDGE).max(Vec2::splat(EDGE)));
    let fits = |side: LabelSide| match side {
        LabelSide::Left | LabelSide::Right => corner(side).x == inside(corner(side)).x,
        LabelSide::Above | LabelSide::Below => corner(side).y == inside(corner(side)).y,
    };
    let covered = |side: LabelSide| {
        let place = Rect::from_corners(inside(corner(side)), inside(corner(side)) + plate);
        names.iter().filter(|name| !name.intersect(place).is_empty()).count()
    };
    // Of equals the first counts.
    let side = wanted.into_iter().chain(SIDES).min_by_key(|side| (!fits(*side), covered(*side))).unwrap_or(LabelSide::Right);
    (side, inside(corner(side)))
}

/// Upper left corner of the tip of a plate that lies on a side of a point.
pub(crate) fn tip_at(at: Vec2, side: LabelSide, corner: Vec2, plate: Vec2) -> Vec2 {
    // A plate that the edge of the picture has moved aside keeps its tip on its edge.
    let along = at.clamp(corner + TIP, (corner + plate - TIP).max(corner + TIP));
    let middle = match side {
        LabelSide::Left => Vec2::new(corner.x + plate.x, along.y),
        LabelSide::Right => Vec2::new(corner.x, along.y),
        LabelSide::Above => Vec2::new(along.x, corner.y + plate.y),
        LabelSide::Below => Vec2::new(along.x, corner.y),
    };
    middle - TIP / 2.0
}

/// The tip of a plate with its upper left corner there.
pub(crate) fn tip(corner: Vec2, colour: Color) -> impl Bundle {
    (layout::at(corner.x, corner.y, TIP, TIP), UiTransform::from_rotation(Rot2::FRAC_PI_4), BackgroundColor(colour))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: Vec2 = Vec2::new(1000.0, 600.0);
    const PLATE: Vec2 = Vec2::new(200.0, 60.0);

    fn side(at: Vec2, names: &[Rect]) -> LabelSide {
        plate_at(at, 40.0, PLATE, None, names, PICTURE).0
    }

    #[test]
    fn a_plate_stays_on_the_picture_and_off_other_names() {
        let middle = Vec2::new(500.0, 300.0);
        assert_eq!(side(middle, &[]), LabelSide::Right);
        assert_eq!(side(Vec2::new(900.0, 300.0), &[]), LabelSide::Left);
        let right = Rect::from_center_size(Vec2::new(620.0, 300.0), Vec2::splat(50.0));
        assert_eq!(side(middle, &[right]), LabelSide::Left);
        let left = Rect::from_center_size(Vec2::new(380.0, 300.0), Vec2::splat(50.0));
        assert_eq!(side(middle, &[right, left]), LabelSide::Above);
        for at in [Vec2::ZERO, PICTURE, Vec2::new(500.0, 0.0), Vec2::new(3.0, 598.0)] {
            let (_, corner) = plate_at(at, 40.0, PLATE, None, &[], PICTURE);
            assert!(corner.cmpge(Vec2::splat(EDGE)).all() && (corner + PLATE).cmple(PICTURE - EDGE).all(), "{at}: {corner}");
        }
    }

    #[test]
    fn the_tip_lies_on_the_edge_of_its_plate_and_points_to_the_point() {
        let at = Vec2::new(500.0, 300.0);
        let (side, corner) = plate_at(at, 40.0, PLATE, None, &[], PICTURE);
        assert_eq!(tip_at(at, side, corner, PLATE) + TIP / 2.0, Vec2::new(540.0, 300.0));
        // At the upper edge the plate is pushed down: the tip stays within it.
        let at = Vec2::new(500.0, 0.0);
        let (side, corner) = plate_at(at, 40.0, PLATE, None, &[], PICTURE);
        let tip = tip_at(at, side, corner, PLATE) + TIP / 2.0;
        assert!(tip.y >= corner.y && tip.y <= corner.y + PLATE.y, "{tip}");
    }
}
