//! `kind: hotspots`: numbered points on a picture, each with what is to be known of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers, doubtful, headings};
use crate::{
    Certainty, MediaId, PieceId, SceneId, SourceId, Text,
    check::{Sheet, World, count, refs, text},
    finding::both,
    limits::{POINT_TEXT_CHARS_MAX, POINT_TITLE_CHARS_MAX, POINTS_APART_MIN, POINTS_MAX},
};

/// Points on a picture. The visitor touches a mark on it, or the same point in the list below, and may look closer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hotspots {
    /// ASCII name.
    pub id: SceneId,
    /// Such as 开会的客厅.
    pub title: Text,
    /// Such as 第一章.
    pub chapter: Option<Text>,
    /// It is shown whole, and grows up to four times.
    pub picture: MediaId,
    /// One to twelve, in the order of their numbers.
    pub points: Vec<HotspotPoint>,
    /// Where to go after the last point.
    pub next: Option<SceneId>,
}

/// A point on a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HotspotPoint {
    /// ASCII name.
    pub id: PieceId,
    /// Where its mark stands: x and y in parts of the picture's width and height, 0 to 1 from the top left.
    pub at: [f32; 2],
    /// Its name, at most twelve characters: it stands at the mark and in the list.
    pub title: Text,
    /// What is to be known of it, at most 120 characters.
    pub text: Text,
    /// At least one.
    pub sources: Vec<SourceId>,
    /// How sure it is.
    pub certainty: Option<Certainty>,
}

/// Two numbers that are written so far apart are not quite so when they are subtracted.
const ROUNDING: f32 = 1e-4;

impl Kind for Hotspots {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        headings(world, sheet, &self.title, &self.chapter);
        refs::picture(world, sheet, "picture", &self.picture);
        count(sheet, "points", self.points.len(), 1, POINTS_MAX);
        let points = self.points.iter().enumerate();
        refs::piece_ids(sheet, points.map(|(index, point)| (format!("points[{index}].id"), &point.id)));
        // Every point is compared with those before it: not in a list that has been refused for its length.
        for (index, point) in self.points.iter().enumerate().take(POINTS_MAX) {
            let at = format!("points[{index}]");
            self.place(sheet, index, point);
            text::check(world, sheet, &format!("{at}.title"), &point.title, POINT_TITLE_CHARS_MAX);
            text::check(world, sheet, &format!("{at}.text"), &point.text, POINT_TEXT_CHARS_MAX);
            refs::sources(world, sheet, &format!("{at}.sources"), &point.sources);
            if let Some(certainty) = point.certainty {
                doubtful(sheet, &format!("{at}.certainty"), certainty);
            }
        }
        if let Some(next) = &self.next {
            refs::scene(world, sheet, "next", next);
        }
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        to.media.insert(&self.picture);
        for point in &self.points {
            to.sources.extend(&point.sources);
        }
        to.scenes.extend(&self.next);
    }
}

impl Hotspots {
    /// A mark lies on the picture, and not on another mark.
    fn place(&self, sheet: &mut Sheet, index: usize, point: &HotspotPoint) {
        let path = format!("points[{index}].at");
        if sheet.made_up(&path) {
            return;
        }
        if !point.is_inside() {
            let [x, y] = point.at;
            sheet.error(
                &path,
                "point_outside",
                both(format!("[{x}, {y}] 在画面之外"), format!("[{x}, {y}] lies outside of the picture")),
                Some(both("横、纵各写 0 到 1，左上角是 [0, 0]", "x and y from 0 to 1; the top left is [0, 0]")),
            );
            return;
        }
        let before = self.points.iter().enumerate().take(index);
        let near = before.map(|(other, body)| (format!("points[{other}].at"), body)).find(|(path, body)| {
            body.is_inside() && !sheet.made_up(path) && apart(point.at, body.at) < POINTS_APART_MIN - ROUNDING
        });
        if let Some((_, near)) = near {
            sheet.error(
                &path,
                "points_too_close",
                both(
                    format!("离 `{}` 太近，两个标记叠在一起", near.id),
                    format!("too near to `{}`: the two marks lie on one another", near.id),
                ),
                Some(both(
                    format!("至少相距画宽的 {POINTS_APART_MIN}，或并成一处"),
                    format!("move it at least {POINTS_APART_MIN} of the width away, or make one point of both"),
                )),
            );
        }
    }
}

impl HotspotPoint {
    fn is_inside(&self) -> bool {
        self.at.iter().all(|part| (0.0..=1.0).contains(part))
    }
}

/// Distance of two points in parts of the picture's width. The documents do not know the shape of a picture; on the screen
/// every picture stands in a place that is about 16 : 9.
fn apart([x1, y1]: [f32; 2], [x2, y2]: [f32; 2]) -> f32 {
    (x1 - x2).hypot((y1 - y2) * 9.0 / 16.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_widths() {
        assert!((apart([0.2, 0.5], [0.23, 0.5]) - 0.03).abs() < 1e-6);
        assert!((apart([0.2, 0.5], [0.2, 0.58]) - 0.045).abs() < 1e-6);
        // What is no number lies nowhere, and near nothing.
        let point = |at| HotspotPoint {
            id: "p".into(),
            at,
            title: Text::default(),
            text: Text::default(),
            sources: Vec::new(),
            certainty: None,
        };
        assert!(!point([f32::NAN, 0.5]).is_inside());
        assert!(point([0.0, 1.0]).is_inside());
    }
}
