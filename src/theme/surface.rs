//! The page in logical pixels, whatever the display is.
//!
//! Layouts are written for 1080 × 1920 (portrait) and 1920 × 1080 (landscape). Another display gets the same layout,
//! scaled so that the whole page fits; what is left over lengthens the page, never cuts it.

use bevy::prelude::*;

/// Which layout a display gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Higher than wide.
    Portrait,
    /// Wider than high.
    Landscape,
}

/// The display as pages see it.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Surface {
    /// Real pixels.
    pub physical: UVec2,
    /// Layout.
    pub class: Class,
    /// Real pixels per logical pixel.
    pub scale: f32,
    /// The page, logical px; at least the size that the layout is written for.
    pub size: Vec2,
    /// Diagonal of the panel, inches, where it is known.
    pub diagonal_in: Option<f32>,
    /// By how much the foot bar rises, logical px; `None`: what suits the panel.
    pub lift: Option<f32>,
    /// Real pixels above the page that are not the page's: a band with a notice lies there, and covers nothing of it.
    pub top: f32,
}

/// The least a finger needs, mm.
pub const FINGER_MM: f32 = 15.0;
/// The largest part of the display's height that a band may take from the page.
const TOP_MAX: f32 = 0.5;
/// Millimetres in an inch.
const INCH_MM: f32 = 25.4;

impl Surface {
    /// The surface of a display of `physical` pixels.
    pub fn new(physical: UVec2) -> Self {
        let physical = physical.max(UVec2::splat(64));
        Self::below_at(physical, 0.0)
    }

    fn below_at(physical: UVec2, top: f32) -> Self {
        let top = top.round().clamp(0.0, physical.y as f32 * TOP_MAX);
        let real = physical.as_vec2() - Vec2::new(0.0, top);
        let (class, written_for) = if real.y > real.x {
            (Class::Portrait, Vec2::new(1080.0, 1920.0))
        } else {
            (Class::Landscape, Vec2::new(1920.0, 1080.0))
        };
        let scale = (real / written_for).min_element();
        Self { physical, class, scale, size: real / scale, diagonal_in: None, lift: None, top }
    }

    /// The same display whose page begins `top` real pixels below the upper edge; at most half of the display is taken
    /// from the page.
    pub fn below(&self, top: f32) -> Self {
        Self { diagonal_in: self.diagonal_in, lift: self.lift, ..Self::below_at(self.physical, top) }
    }

    /// The same on a panel of which something is known.
    pub fn on_panel(physical: UVec2, diagonal_in: Option<f32>, lift: Option<f32>) -> Self {
        Self { diagonal_in, lift, ..Self::new(physical) }
    }

    /// Logical px in a millimetre of a panel with that diagonal.
    pub fn px_per_mm(&self, inches: f32) -> f32 {
        self.physical.as_vec2().length() / self.scale / (inches * INCH_MM)
    }

    /// The least a finger needs, logical px; 0 where the size of the panel is not known.
    pub fn finger(&self) -> f32 {
        self.diagonal_in.map_or(0.0, |inches| FINGER_MM * self.px_per_mm(inches))
    }

    /// True for the portrait layout.
    pub fn portrait(&self) -> bool {
        self.class == Class::Portrait
    }

    /// Logical page coordinates of a point in real pixels.
    pub fn page_from_physical(&self, point: Vec2) -> Vec2 {
        (point - Vec2::new(0.0, self.top)) / self.scale
    }

    /// Real pixels of a point in logical page coordinates.
    pub fn physical_from_page(&self, at: Vec2) -> Vec2 {
        at * self.scale + Vec2::new(0.0, self.top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_4k_display_is_the_landscape_page_twice_as_large() {
        let surface = Surface::new(UVec2::new(3840, 2160));
        assert_eq!((surface.class, surface.scale, surface.size), (Class::Landscape, 2.0, Vec2::new(1920.0, 1080.0)));
    }

    #[test]
    fn a_finger_needs_more_pixels_on_a_smaller_panel() {
        let finger = |inches| Surface::on_panel(UVec2::new(2160, 3840), Some(inches), None).finger();
        assert!((finger(43.0) - 31.0).abs() < 1.0);
        assert!((finger(55.0) - 24.0).abs() < 1.0);
        assert!(finger(10.1) > 120.0);
        assert_eq!(Surface::new(UVec2::new(1080, 1920)).finger(), 0.0);
    }

    #[test]
    fn a_band_above_makes_the_page_smaller_and_covers_nothing() {
        let whole = Surface::on_panel(UVec2::new(1080, 1920), Some(43.0), Some(40.0));
        let below = whole.below(480.0);
        assert_eq!((below.class, below.scale, below.size), (Class::Portrait, 0.75, Vec2::new(1440.0, 1920.0)));
        assert_eq!((below.diagonal_in, below.lift), (whole.diagonal_in, whole.lift));
        assert_eq!(below.page_from_physical(Vec2::new(0.0, 480.0)), Vec2::ZERO);
        assert_eq!(below.physical_from_page(below.size), Vec2::new(1080.0, 1920.0));
        // The glass is as large as before, so a finger needs as many real pixels.
        assert!((below.finger() * below.scale - whole.finger()).abs() < 0.01);
        assert_eq!(below.below(0.0), whole);
    }

    #[test]
    fn half_of_the_display_stays_the_pages() {
        assert_eq!(Surface::new(UVec2::new(1920, 1080)).below(2000.0).size.y, 1080.0);
        assert_eq!(Surface::new(UVec2::new(1920, 1080)).below(2000.0).top, 540.0);
        assert_eq!(Surface::new(UVec2::new(1920, 1080)).below(-5.0).top, 0.0);
    }

    #[test]
    fn an_odd_display_lengthens_the_page_and_cuts_nothing() {
        let tall = Surface::new(UVec2::new(1080, 2400));
        assert_eq!((tall.scale, tall.size), (1.0, Vec2::new(1080.0, 2400.0)));
        let squat = Surface::new(UVec2::new(1200, 1920));
        assert_eq!((squat.scale, squat.size), (1.0, Vec2::new(1200.0, 1920.0)));
        let old = Surface::new(UVec2::new(1280, 1024));
        assert!(old.size.x >= 1919.9 && old.size.y >= 1080.0);
    }
}
