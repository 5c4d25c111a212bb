//! PNG, JPEG and WebP.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, metadata::Orientation};
use pingfeng_content::limits::PICTURE_EDGE_PX_MAX;

use super::{Drawn, OUTPUT_PIXELS_MAX, PictureError, PictureRemark, WIDTHS_PX, all_sizes};

/// Bytes of a decoded picture: a scan of 134 megapixels with transparency.
pub(super) const DECODED_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Narrower pictures look soft.
const SMALL_WIDTH_PX: u32 = 1200;
/// Longer or narrower than this is no picture for a screen.
const RATIO_MAX: u32 = 20;

pub(super) fn draw(bytes: &[u8], layers: bool) -> Result<Drawn, PictureError> {
    if layers {
        return Err(PictureError::NoLayers);
    }
    let picture = decode(bytes)?;
    let size_px = [picture.width(), picture.height()];
    too_narrow(size_px)?;
    // The widths below the source's own, then its own, at most 3840.
    let mut widths: Vec<u32> = WIDTHS_PX.into_iter().filter(|width| *width < size_px[0]).collect();
    if widths.len() < WIDTHS_PX.len() {
        widths.push(size_px[0]);
    }
    let fits = |width: u32| {
        u64::from(width) * u64::from(width) * u64::from(size_px[1]) / u64::from(size_px[0]) <= OUTPUT_PIXELS_MAX
    };
    let narrowest = widths[0];
    let sizes = all_sizes(picture, widths.into_iter().filter(|width| *width == narrowest || fits(*width)))?;
    let remarks = if size_px[0] < SMALL_WIDTH_PX { vec![PictureRemark::Small] } else { Vec::new() };
    Ok(Drawn { size_px, sizes, layers: Vec::new(), remarks })
}

pub(super) fn too_narrow([width_px, height_px]: [u32; 2]) -> Result<(), PictureError> {
    if width_px == 0 || height_px == 0 || width_px / height_px >= RATIO_MAX || height_px / width_px >= RATIO_MAX {
        return Err(PictureError::TooNarrow { width_px, height_px });
    }
    Ok(())
}

/// Upright, with 8 bits per channel.
fn decode(bytes: &[u8]) -> Result<DynamicImage, PictureError> {
    let broken = |error: image::ImageError| PictureError::Broken { reason: error.to_string() };
    let format = image::guess_format(bytes).map_err(|_| PictureError::UnknownFormat)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(PictureError::UnknownFormat);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    // The edges are checked below, where the finding can name them; the allocation limit holds for what a decoder takes
    // beside the picture, such as a profile or a comment that unpacks to a gigabyte.
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(2 * DECODED_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let (width_px, height_px) = (u64::from(width), u64::from(height));
    if width > PICTURE_EDGE_PX_MAX || height > PICTURE_EDGE_PX_MAX {
        return Err(PictureError::EdgeTooLong { width_px, height_px });
    }
    let decoded_bytes = decoder.total_bytes();
    if decoded_bytes > DECODED_BYTES_MAX {
        return Err(PictureError::TooManyPixels { width_px, height_px, decoded_bytes });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    Ok(if picture.color().has_alpha() {
        DynamicImage::ImageRgba8(picture.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(picture.into_rgb8())
    })
}
