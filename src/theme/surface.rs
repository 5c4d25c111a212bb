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
}

/// The least a finger needs, mm.
pub const FINGER_MM: f32 = 15.0;
/// Millimetres in an inch.
const INCH_MM: f32 = 25.4;

impl Surface {
    /// The surface of a display of `physical` pixels.
    pub fn new(physical: UVec2) -> Self {
        let physical = physical.max(UVec2::splat(64));
        let real = physical.as_vec2();
        let (class, written_for) = if real.y > real.x {
            (Class::Portrait, Vec2::new(1080.0, 1920.0))
        } else {
            (Class::Landscape, Vec2::new(1920.0, 1080.0))
        };
        let scale = (real / written_for).min_element();
        Self { physical, class, scale, size: real / scale, diagonal_in: None, lift: None }
    }

    /// The same on a panel of which something is known.
    pub fn on_panel(physical: UVec2, diagonal_in: Option<f32>, lift: Option<f32>) -> Self {
        Self { diagonal_in, lift, ..Self::new(physical) }
    }

    /// Logical px in a millimetre of a panel with that diagonal.
    pub fn px_per_mm(&self, inches: f32) -> f32 {
        self.size.length() / (inches * INCH_MM)
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
        point / self.scale
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
    fn an_odd_display_lengthens_the_page_and_cuts_nothing() {
        let tall = Surface::new(UVec2::new(1080, 2400));
        assert_eq!((tall.scale, tall.size), (1.0, Vec2::new(1080.0, 2400.0)));
        let squat = Surface::new(UVec2::new(1200, 1920));
        assert_eq!((squat.scale, squat.size), (1.0, Vec2::new(1200.0, 1920.0)));
        let old = Surface::new(UVec2::new(1280, 1024));
        assert!(old.size.x >= 1919.9 && old.size.y >= 1080.0);
    }
}
