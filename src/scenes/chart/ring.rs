//! A ring whose parts are the numbers. It is drawn as two pictures, one for each size that occurs: all parts, which the
//! node tints, and over them the chosen one, a little larger.

use std::{
    collections::HashMap,
    f32::consts::{FRAC_PI_2, TAU},
};

use bevy::{
    asset::RenderAssetUsages,
    prelude::*,
    render::render_resource::{Extent3d, TextureDimension, TextureFormat},
    text::LineHeight,
    ui::ComputedNode,
};
use pingfeng_content::model::Chart;

use super::{
    Control,
    page::{Figure, Shown, fit_in, letters, sizes},
};
use crate::{
    blocks::{self, Ui, fitting},
    input::Touchable,
    theme::{Kit, Role, Style},
};

/// The hole, in parts of the ring's radius.
const HOLE: f32 = 0.58;
/// By so much the chosen part is larger, and so wide are the gaps between parts; logical px.
const SWELL_PX: f32 = 10.0;
const GAP_PX: f32 = 4.0;
/// Round the ring, for the numbers of its parts, px.
const NUMBER_PX: f32 = 42.0;
/// A part that is shorter than this along the ring has no number there, px; its row has it.
const NUMBERED_PX: f32 = 36.0;
/// Every part is so much paler than the one before it.
const PALER: f32 = 0.1;
/// A finger beside the ring means it up to this distance, px.
const BESIDE_PX: f32 = 40.0;
/// Between the ring and the rows, the highest row, and in a row, px.
const ROWS_GAP: f32 = 36.0;
const ROW_MOST_PX: f32 = 104.0;
const ROW_SIDE: f32 = 14.0;
/// The coloured square of a row with its number, px.
const SIGN_PX: f32 = 86.0;
/// Line height of a row.
const LEADING: f32 = 1.18;
/// Pictures of other rings than these many are drawn again when they are needed.
const KEPT_MAX: usize = 16;

/// A ring, or one part of it, that fills its node.
#[derive(Component, Clone, Debug)]
struct Ring {
    shares: Vec<f32>,
    /// Nothing: all of them.
    part: Option<usize>,
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PostUpdate, draw_rings.in_set(bevy::ui::UiSystems::PostLayout));
}

/// The numbers of a chart as shares.
pub(super) fn shares(chart: &Chart) -> Vec<f32> {
    // What is drawn needs no more digits.
    chart.points.iter().map(|point| point.y as f32).collect()
}

/// The part under a point, given from the middle of the ring; `radii` are those of the hole and of the ring.
pub(super) fn part_at(shares: &[f32], at: Vec2, radii: [f32; 2]) -> Option<usize> {
    if !(radii[0] - BESIDE_PX..=radii[1] + BESIDE_PX).contains(&at.length()) {
        return None;
    }
    span_at(&spans(shares), clockwise(at)).map(|span| span.part)
}

/// Draws a ring and its rows. `corner` is where `room` begins on the page.
pub(super) fn view(ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, room: Vec2, corner: Vec2) {
    let shares = shares(figure.chart);
    let rows = Rows::new(kit, figure, room);
    let outer = rows.ring / 2.0 - NUMBER_PX;
    let centre = Vec2::new(rows.ring, room.y) / 2.0;
    let control = Control::Ring { centre: corner + centre, radii: [outer * HOLE, outer] };
    let square = |side: f32| blocks::at(centre.x - side / 2.0, centre.y - side / 2.0, side, side);
    ui.spawn((square(rows.ring), Touchable, control)).with_children(|ui| {
        let face = || blocks::at(NUMBER_PX, NUMBER_PX, 2.0 * outer, 2.0 * outer);
        ui.spawn((face(), Ring { shares: shares.clone(), part: None }));
        ui.spawn((face(), Ring { shares: shares.clone(), part: Some(figure.chosen) }));
        for span in spans(&shares) {
            if (span.to - span.from) * outer < NUMBERED_PX {
                continue;
            }
            let middle = (span.from + span.to) / 2.0;
            let at = Vec2::splat(rows.ring / 2.0) + Vec2::new(middle.sin(), -middle.cos()) * (outer + NUMBER_PX / 2.0);
            let place = blocks::at(at.x - NUMBER_PX / 2.0, at.y - NUMBER_PX / 2.0, NUMBER_PX, NUMBER_PX);
            let (style, role) = letters(span.part == figure.chosen);
            let size = kit.least_px() / kit.text_factor(style);
            blocks::label(ui, kit, style, size, role, &(span.part + 1).to_string(), place);
        }
        hole(ui, kit, figure, rows.ring / 2.0, outer * HOLE);
    });
    for (index, point) in figure.points.iter().enumerate() {
        rows.row(ui, kit, figure, index, point);
    }
}

/// What is chosen, in the middle.
fn hole(ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, centre: f32, radius: f32) {
    let Some(point) = figure.points.get(figure.chosen) else { return };
    // Two lines of words in a circle: a box that is wider than high.
    let half = Vec2::new(radius * 0.84, radius * 0.5);
    let line = Vec2::new(half.x * 2.0, half.y);
    let name = fit_in(kit, Style::Small, 26.0, &point.name, line, LEADING);
    let value = fit_in(kit, Style::H3, 44.0, &point.value, line, LEADING);
    ui.spawn(Node {
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        justify_content: JustifyContent::Center,
        ..blocks::at(centre - half.x, centre - half.y, half.x * 2.0, half.y * 2.0)
    })
    .with_children(|ui| {
        for (style, size, role, words) in
            [(Style::Small, name, Role::Ink2, &point.name), (Style::H3, value, Role::AccentText, &point.value)]
        {
            blocks::text_sized(ui, kit, style, size, role, words).insert((blocks::centred(), LineHeight::RelativeToFont(LEADING)));
        }
    });
}

/// The rows beside a ring, and the ring's room that they leave.
struct Rows {
    ring: f32,
    left: f32,
    top: f32,
    width: f32,
    pitch: f32,
    /// Width of the values.
    values: f32,
    /// Of the letters, before the visitor's text scale.
    size: f32,
}

impl Rows {
    /// The ring gives way to its rows before their letters get much smaller.
    fn new(kit: &Kit, figure: &Figure<'_>, room: Vec2) -> Self {
        let wanted = kit.pick(30.0, 28.0);
        let most = room.y.min(room.x * 0.52);
        let sides = [1.0, 0.85, 0.72, 0.6, 0.5].map(|part| most * part);
        let fits = |ring: f32| Self::beside(kit, figure, room, ring, wanted);
        let good = sides.into_iter().map(fits).find(|rows| rows.size >= 0.8 * wanted);
        good.unwrap_or_else(|| fits(sides[4]))
    }

    fn beside(kit: &Kit, figure: &Figure<'_>, room: Vec2, ring: f32, wanted: f32) -> Self {
        let count = figure.points.len().max(1) as f32;
        let pitch = (room.y / count).min(ROW_MOST_PX);
        let width = room.x - ring - ROWS_GAP;
        let factor = kit.text_factor(Style::Strong);
        let values = |size: f32| figure.widest(kit, size)[1].min(width * 0.5);
        let fits = |size: &f32| {
            let rooms = [width - SIGN_PX - values(*size) - 3.0 * ROW_SIDE, values(*size)];
            let on_a_line = |words: &str, room: f32| fitting::width(kit, Style::Strong, *size, words) <= room;
            let low = size * factor * LEADING <= pitch - 10.0;
            low && figure.points.iter().all(|point| on_a_line(&point.name, rooms[0]) && on_a_line(&point.value, rooms[1]))
        };
        let size = sizes(kit, Style::Strong, wanted).find(fits).unwrap_or(kit.least_px() / factor);
        Self { ring, left: ring + ROWS_GAP, top: (room.y - pitch * count) / 2.0, width, pitch, values: values(size), size }
    }

    fn row(&self, ui: &mut Ui<'_>, kit: &Kit, figure: &Figure<'_>, index: usize, point: &Shown) {
        let on = index == figure.chosen;
        let (style, role) = letters(on);
        let ground = if on { kit.colour(Role::Paper2) } else { Color::NONE };
        // Tinted as the ring is: by what shows through.
        let colour = if on { kit.colour(Role::Accent) } else { kit.colour(Role::Info).with_alpha(strength(index)) };
        ui.spawn((
            Node {
                padding: UiRect::axes(px(ROW_SIDE), px(0.0)),
                column_gap: px(ROW_SIDE),
                align_items: AlignItems::Center,
                border_radius: BorderRadius::all(px(kit.tokens.radius("card"))),
                ..blocks::at(self.left, self.top + index as f32 * self.pitch, self.width, self.pitch)
            },
            BackgroundColor(ground),
            Touchable,
            Control::Point(index),
        ))
        .with_children(|ui| {
            let sign = Node { width: px(SIGN_PX - ROW_SIDE), flex_shrink: 0.0, ..blocks::row(12.0) };
            ui.spawn(sign).with_children(|ui| {
                ui.spawn((
                    Node {
                        width: px(32.0),
                        height: px(32.0),
                        flex_shrink: 0.0,
                        border_radius: BorderRadius::all(px(kit.tokens.radius("picture"))),
                        ..default()
                    },
                    BackgroundColor(colour),
                ));
                let size = kit.least_px() / kit.text_factor(style);
                blocks::text_sized(ui, kit, style, size, role, &(index + 1).to_string()).insert(TextLayout::no_wrap());
            });
            let name = Node { flex_grow: 1.0, flex_basis: px(0.0), min_width: px(0.0), ..default() };
            ui.spawn(name).with_children(|ui| {
                blocks::text_sized(ui, kit, style, self.size, role, &point.name)
                    .insert((TextLayout::no_wrap(), LineHeight::RelativeToFont(LEADING)));
            });
            let value = Node { width: px(self.values), flex_shrink: 0.0, justify_content: JustifyContent::FlexEnd, ..default() };
            ui.spawn(value).with_children(|ui| {
                blocks::text_sized(ui, kit, style, self.size, role, &point.value)
                    .insert((TextLayout::justify(Justify::Right), LineHeight::RelativeToFont(LEADING)));
            });
        });
    }
}

/// How strongly a part is coloured, 0 to 1.
fn strength(part: usize) -> f32 {
    (1.0 - PALER * part as f32).max(0.4)
}

/// Where a part lies, clockwise from the top, radians.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    part: usize,
    from: f32,
    to: f32,
}

/// The parts that are not zero.
fn spans(shares: &[f32]) -> Vec<Span> {
    let sum: f32 = shares.iter().sum();
    if sum <= 0.0 {
        return Vec::new();
    }
    let mut before = 0.0;
    let mut spans = Vec::new();
    for (part, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        let from = before / sum * TAU;
        before += share;
        spans.push(Span { part, from, to: before / sum * TAU });
    }
    if let Some(last) = spans.last_mut() {
        // Sums of fractions end a little off: the ring closes.
        last.to = TAU;
    }
    spans
}

/// The part at an angle. A whole turn, to which a little less than nothing is rounded, is still in the last one.
fn span_at(spans: &[Span], angle: f32) -> Option<&Span> {
    spans.iter().find(|span| angle < span.to).or(spans.last())
}

/// The angle of a point seen from the middle, clockwise from the top, radians.
fn clockwise(at: Vec2) -> f32 {
    let angle = at.x.atan2(-at.y);
    if angle < 0.0 { angle + TAU } else { angle }
}

/// A picture that is kept: size, scale, shares, part.
type Kept = (u32, u32, Vec<u32>, Option<usize>);

fn draw_rings(
    mut commands: Commands,
    kit: Option<Res<Kit>>,
    rings: Query<(Entity, &Ring, &ComputedNode), Changed<ComputedNode>>,
    mut images: ResMut<Assets<Image>>,
    mut kept: Local<HashMap<Kept, Handle<Image>>>,
) {
    let Some(kit) = kit else { return };
    for (entity, ring, node) in &rings {
        let side = node.size().min_element().round() as u32;
        if side == 0 {
            continue;
        }
        let scale = kit.surface.scale;
        let shares = ring.shares.iter().map(|share| share.to_bits()).collect();
        let key = (side, (scale * 100.0) as u32, shares, ring.part);
        if kept.len() > KEPT_MAX {
            kept.clear();
        }
        let image = kept.entry(key).or_insert_with(|| images.add(Face::new(ring, side, scale).drawn())).clone();
        let role = if ring.part.is_some() { Role::Accent } else { Role::Info };
        commands.entity(entity).insert(ImageNode {
            image,
            color: kit.colour(role),
            image_mode: NodeImageMode::Stretch,
            ..default()
        });
    }
}

/// A ring in the pixels of its picture.
struct Face {
    side: u32,
    spans: Vec<Span>,
    part: Option<usize>,
    /// Radii of the hole and of the ring, and the gap between parts.
    radii: [f32; 2],
    gap: f32,
}

impl Face {
    fn new(ring: &Ring, side: u32, scale: f32) -> Self {
        let outer = side as f32 / 2.0;
        // The chosen part has all of the picture; the others stay back.
        let back = if ring.part.is_some() { 0.0 } else { SWELL_PX * scale };
        let radii = [outer * HOLE, (outer - back).max(outer * HOLE)];
        Self { side, spans: spans(&ring.shares), part: ring.part, radii, gap: GAP_PX * scale }
    }

    /// White on nothing; the node tints it.
    fn drawn(&self) -> Image {
        let side = self.side;
        let mut pixels = vec![255; (side * side * 4) as usize];
        for y in 0..side {
            for x in 0..side {
                let alpha = self.cover(Vec2::new(x as f32 + 0.5, y as f32 + 0.5));
                // `alpha` lies between 0 and 1.
                pixels[((y * side + x) * 4 + 3) as usize] = (alpha * 255.0) as u8;
            }
        }
        Image::new(
            Extent3d { width: side, height: side, depth_or_array_layers: 1 },
            TextureDimension::D2,
            pixels,
            TextureFormat::Rgba8UnormSrgb,
            RenderAssetUsages::RENDER_WORLD,
        )
    }

    fn cover(&self, pixel: Vec2) -> f32 {
        let at = pixel - self.side as f32 / 2.0;
        let radius = at.length();
        let [inner, outer] = self.radii;
        let across = (outer - radius + 0.5).clamp(0.0, 1.0) * (radius - inner + 0.5).clamp(0.0, 1.0);
        if across == 0.0 {
            return 0.0;
        }
        let angle = clockwise(at);
        let Some(span) = span_at(&self.spans, angle) else { return 0.0 };
        if self.part.is_some_and(|part| part != span.part) {
            return 0.0;
        }
        // One part alone goes round without a gap.
        let edge = if self.spans.len() > 1 {
            let away = |turn: f32| if turn < FRAC_PI_2 { radius * turn.sin() } else { radius };
            (away(angle - span.from).min(away(span.to - angle)) - self.gap / 2.0 + 0.5).clamp(0.0, 1.0)
        } else {
            1.0
        };
        across * edge * if self.part.is_some() { 1.0 } else { strength(span.part) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(shares: &[f32], part: Option<usize>) -> Face {
        Face::new(&Ring { shares: shares.to_vec(), part }, 200, 1.0)
    }

    #[test]
    fn parts_close_a_ring_and_what_is_zero_has_none() {
        let spans = spans(&[1.0, 0.0, 2.0, 1.0]);
        assert_eq!(spans.iter().map(|span| span.part).collect::<Vec<_>>(), [0, 2, 3]);
        assert!(spans.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert_eq!((spans[0].from, spans[2].to), (0.0, TAU));
        assert!((spans[1].to - spans[1].from - TAU / 2.0).abs() < 1e-5);
        assert!(super::spans(&[0.0, 0.0]).is_empty());
    }

    #[test]
    fn a_finger_on_or_beside_the_ring_means_a_part() {
        let shares = [1.0, 1.0, 2.0];
        let radii = [100.0, 200.0];
        assert_eq!(part_at(&shares, Vec2::new(100.0, -100.0), radii), Some(0), "upper right");
        assert_eq!(part_at(&shares, Vec2::new(100.0, 100.0), radii), Some(1), "lower right");
        assert_eq!(part_at(&shares, Vec2::new(-220.0, 0.0), radii), Some(2), "a little beside it");
        assert_eq!(part_at(&shares, Vec2::new(0.0, 10.0), radii), None, "the hole");
        assert_eq!(part_at(&shares, Vec2::new(0.0, 300.0), radii), None, "far away");
        assert_eq!(part_at(&[0.0], Vec2::new(0.0, 150.0), radii), None);
    }

    #[test]
    fn a_ring_covers_its_parts_and_leaves_hole_gaps_and_corners() {
        let ring = face(&[1.0, 1.0], None);
        assert_eq!(ring.cover(Vec2::new(100.0, 100.0)), 0.0, "the hole");
        assert_eq!(ring.cover(Vec2::new(2.0, 2.0)), 0.0, "a corner");
        assert_eq!(ring.cover(Vec2::new(100.2, 25.0)), 0.0, "the gap at the top");
        assert_eq!(ring.cover(Vec2::new(175.0, 100.0)), 1.0, "the first part, on the right");
        assert!((ring.cover(Vec2::new(25.0, 100.0)) - 0.9).abs() < 1e-5, "the second, paler");
        assert_eq!(ring.cover(Vec2::new(195.0, 100.0)), 0.0, "room for the chosen one");
    }

    #[test]
    fn the_chosen_part_is_larger_and_alone() {
        let chosen = face(&[1.0, 1.0], Some(1));
        assert_eq!(chosen.cover(Vec2::new(5.0, 100.0)), 1.0);
        assert_eq!(chosen.cover(Vec2::new(175.0, 100.0)), 0.0, "the other part");
        let whole = face(&[0.0, 3.0], Some(1));
        assert_eq!(whole.cover(Vec2::new(100.2, 25.0)), 1.0, "one part alone has no gap");
    }
}
