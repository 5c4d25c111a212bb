//! Comparing pictures, for golden tests.

use image::{Rgba, RgbaImage};

/// How different two pictures may be and still count as the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Difference of a pixel, per channel, that nobody sees: 0 to 255.
    pub channel: u8,
    /// Share of pixels that may differ by more: 0.0 to 1.0.
    pub pixels: f64,
}

impl Tolerance {
    /// For the software rasterizer, which gives the same picture every time but for the last bit of a blend.
    pub const STRICT: Self = Self { channel: 2, pixels: 0.0 };
    /// For other adapters: edges of letters may fall differently.
    pub const LENIENT: Self = Self { channel: 12, pixels: 0.01 };
}

/// Two pictures that are not the same.
#[derive(Debug)]
pub enum Difference {
    /// Not even the same size.
    Size {
        /// Width and height.
        actual: [u32; 2],
        /// Width and height.
        expected: [u32; 2],
    },
    /// Pixels that differ.
    Pixels {
        /// How many.
        count: u64,
        /// Of how many.
        of: u64,
        /// Largest difference of a channel.
        largest: u8,
        /// Left, top, right and bottom of all of them; right and bottom are one past the last.
        within: [u32; 4],
        /// The expected picture in pale grey with the pixels that differ in red.
        picture: Box<RgbaImage>,
    },
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Size { actual: [aw, ah], expected: [ew, eh] } => {
                write!(f, "the picture is {aw}×{ah}, {ew}×{eh} was expected")
            }
            Self::Pixels { count, of, largest, within: [left, top, right, bottom], .. } => write!(
                f,
                "{count} of {of} pixels differ, by up to {largest}, all within x {left}..{right}, y {top}..{bottom}"
            ),
        }
    }
}

/// Compares two pictures. The error holds a picture of the difference, to be written beside the case.
pub fn compare(actual: &RgbaImage, expected: &RgbaImage, tolerance: Tolerance) -> Result<(), Difference> {
    let (width, height) = expected.dimensions();
    if actual.dimensions() != (width, height) {
        return Err(Difference::Size { actual: actual.dimensions().into(), expected: [width, height] });
    }
    let mut count = 0_u64;
    let mut largest = 0;
    let mut within = [u32::MAX, u32::MAX, 0, 0];
    for ((x, y, a), e) in actual.enumerate_pixels().zip(expected.pixels()) {
        let difference = a.0.iter().zip(e.0).map(|(a, e)| a.abs_diff(e)).max().unwrap_or(0);
        largest = largest.max(difference);
        if difference > tolerance.channel {
            count += 1;
            let [left, top, right, bottom] = within;
            within = [left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)];
        }
    }
    let of = u64::from(width) * u64::from(height);
    if count as f64 <= tolerance.pixels * of as f64 {
        return Ok(());
    }
    let mut picture = RgbaImage::new(width, height);
    for (out, (a, e)) in picture.pixels_mut().zip(actual.pixels().zip(expected.pixels())) {
        let difference = a.0.iter().zip(e.0).map(|(a, e)| a.abs_diff(e)).max().unwrap_or(0);
        let [red, green, blue, _] = e.0.map(u16::from);
        let pale = 160 + u8::try_from((red + green + blue) / 3 / 3).unwrap_or(95);
        *out = if difference > tolerance.channel { Rgba([220, 0, 30, 255]) } else { Rgba([pale, pale, pale, 255]) };
    }
    Err(Difference::Pixels { count, of, largest, within, picture: Box::new(picture) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(shade: u8) -> RgbaImage {
        RgbaImage::from_pixel(10, 8, Rgba([shade, shade, shade, 255]))
    }

    #[test]
    fn the_same_picture_is_the_same_and_the_last_bit_does_not_count() {
        compare(&plain(100), &plain(100), Tolerance { channel: 0, pixels: 0.0 }).unwrap();
        compare(&plain(102), &plain(100), Tolerance::STRICT).unwrap();
        assert!(compare(&plain(103), &plain(100), Tolerance::STRICT).is_err());
    }

    #[test]
    fn a_difference_says_where_it_is_and_shows_it() {
        let mut actual = plain(100);
        actual.put_pixel(3, 2, Rgba([160, 100, 100, 255]));
        actual.put_pixel(6, 5, Rgba([100, 100, 100, 0]));
        let Err(difference) = compare(&actual, &plain(100), Tolerance::STRICT) else { panic!("they differ") };
        assert_eq!(difference.to_string(), "2 of 80 pixels differ, by up to 255, all within x 3..7, y 2..6");
        let Difference::Pixels { picture, .. } = difference else { panic!("of one size") };
        assert_eq!(picture.get_pixel(3, 2), &Rgba([220, 0, 30, 255]));
        assert_eq!(picture.get_pixel(0, 0), &Rgba([193, 193, 193, 255]));
    }

    #[test]
    fn a_share_of_pixels_may_differ_and_no_more() {
        let mut actual = plain(100);
        actual.put_pixel(0, 0, Rgba([0, 0, 0, 255]));
        let one_of_80 = Tolerance { channel: 2, pixels: 1.0 / 80.0 };
        compare(&actual, &plain(100), one_of_80).unwrap();
        actual.put_pixel(1, 0, Rgba([0, 0, 0, 255]));
        assert!(compare(&actual, &plain(100), one_of_80).is_err());
    }

    #[test]
    fn pictures_of_different_sizes_are_different() {
        let difference = compare(&RgbaImage::new(4, 4), &plain(0), Tolerance::LENIENT).unwrap_err();
        assert_eq!(difference.to_string(), "the picture is 4×4, 10×8 was expected");
    }
}
