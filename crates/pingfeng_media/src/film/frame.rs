//! One picture of a film, with everything a shader needs to show it right.

use std::{fmt, time::Duration};

use gstreamer_video::{self as gst_video, prelude::*};

/// How the planes lie. Chroma has half the width and half the height of luma, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelFormat {
    /// Y, U, V: three planes of one byte each.
    I420,
    /// Y, then U and V in turn: two planes.
    Nv12,
}

impl PixelFormat {
    /// Number of planes.
    pub fn planes(self) -> usize {
        match self {
            PixelFormat::I420 => 3,
            PixelFormat::Nv12 => 2,
        }
    }

    /// Texels and bytes per texel of plane `index` of a picture of `width` × `height`.
    pub fn plane_size(self, index: usize, width: u32, height: u32) -> (u32, u32, u32) {
        let half = (width.div_ceil(2), height.div_ceil(2));
        match (self, index) {
            (_, 0) => (width, height, 1),
            (PixelFormat::I420, _) => (half.0, half.1, 1),
            (PixelFormat::Nv12, _) => (half.0, half.1, 2),
        }
    }
}

/// Which weights turn YUV into RGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourMatrix {
    /// Standard definition.
    Bt601,
    /// High definition.
    Bt709,
}

/// Which part of 0–255 is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourRange {
    /// Luma 16–235, chroma 16–240.
    Limited,
    /// 0–255.
    Full,
}

/// One plane's bytes.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    /// At least `stride × (rows − 1) + row bytes` long.
    pub bytes: &'a [u8],
    /// Bytes from one row to the next: at least the row's bytes, often more.
    pub stride: u32,
    /// Texels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bytes of a texel: 1, or 2 for interleaved chroma.
    pub texel_bytes: u32,
}

/// One picture. Holds the decoder's own buffer: nothing is copied until it goes to the GPU. Size and format may differ
/// from the frame before.
pub struct Frame {
    /// Pixels, 1 to [`super::FRAME_SIDE_MAX`].
    pub width: u32,
    /// Pixels, 1 to [`super::FRAME_SIDE_MAX`].
    pub height: u32,
    /// Width of a pixel divided by its height; 1.0 almost always.
    pub pixel_aspect: f32,
    /// How the planes lie.
    pub format: PixelFormat,
    /// Which weights.
    pub matrix: ColourMatrix,
    /// Which range.
    pub range: ColourRange,
    /// Time in the film.
    pub pts: Duration,
    /// How long it is meant to stay, where known.
    pub lasts: Option<Duration>,
    store: Store,
}

enum Store {
    Decoder(gst_video::VideoFrame<gst_video::video_frame::Readable>),
    Owned(Vec<OwnedPlane>),
}

pub(super) struct OwnedPlane {
    pub(super) bytes: Vec<u8>,
    pub(super) stride: u32,
}

impl Frame {
    /// Plane `index`, counted from luma. None past the last one.
    pub fn plane(&self, index: usize) -> Option<Plane<'_>> {
        if index >= self.format.planes() {
            return None;
        }
        let (bytes, stride) = match &self.store {
            Store::Decoder(frame) => {
                let stride = *frame.plane_stride().get(index)?;
                (frame.plane_data(u32::try_from(index).ok()?).ok()?, u32::try_from(stride).ok()?)
            }
            Store::Owned(planes) => {
                let plane = planes.get(index)?;
                (plane.bytes.as_slice(), plane.stride)
            }
        };
        let (width, height, texel_bytes) = self.format.plane_size(index, self.width, self.height);
        // A decoder that lies about its strides is refused here, so that nobody downstream slices out of bounds.
        let need = u64::from(stride) * u64::from(height - 1) + u64::from(width) * u64::from(texel_bytes);
        (need <= bytes.len() as u64 && stride >= width * texel_bytes)
            .then_some(Plane { bytes, stride, width, height, texel_bytes })
    }

    /// Texels of plane `index` row by row without padding: for tests and pictures, not for the frame loop.
    pub fn packed(&self, index: usize) -> Option<Vec<u8>> {
        let plane = self.plane(index)?;
        let row_bytes = (plane.width * plane.texel_bytes) as usize;
        let rows = plane.bytes.chunks(plane.stride as usize).take(plane.height as usize);
        Some(rows.flat_map(|row| &row[..row_bytes]).copied().collect())
    }

    /// The brightness at a texel, 0 to 255. None outside.
    pub fn luma_at(&self, x: u32, y: u32) -> Option<u8> {
        let plane = self.plane(0)?;
        (x < plane.width && y < plane.height).then(|| plane.bytes[(y * plane.stride + x) as usize])
    }

    pub(super) fn owned(
        size: (u32, u32),
        format: PixelFormat,
        colour: (ColourMatrix, ColourRange),
        time: (Duration, Option<Duration>),
        planes: Vec<OwnedPlane>,
    ) -> Self {
        Self {
            width: size.0,
            height: size.1,
            pixel_aspect: 1.0,
            format,
            matrix: colour.0,
            range: colour.1,
            pts: time.0,
            lasts: time.1,
            store: Store::Owned(planes),
        }
    }

    /// A frame around a decoder's buffer. None for a format that the pipeline should never have let through.
    pub(super) fn from_decoder(
        frame: gst_video::VideoFrame<gst_video::video_frame::Readable>,
        pts: Duration,
        lasts: Option<Duration>,
    ) -> Option<Self> {
        let info = frame.info();
        let format = match info.format() {
            gst_video::VideoFormat::I420 => PixelFormat::I420,
            gst_video::VideoFormat::Nv12 => PixelFormat::Nv12,
            _ => return None,
        };
        let (width, height) = (info.width(), info.height());
        let colour = info.colorimetry();
        let matrix = match colour.matrix() {
            gst_video::VideoColorMatrix::Bt709 => ColourMatrix::Bt709,
            gst_video::VideoColorMatrix::Bt601 => ColourMatrix::Bt601,
            // Untagged: the convention of players, which also decides what authors expect to see.
            _ if height >= 720 => ColourMatrix::Bt709,
            _ => ColourMatrix::Bt601,
        };
        let range = match colour.range() {
            gst_video::VideoColorRange::Range0_255 => ColourRange::Full,
            _ => ColourRange::Limited,
        };
        let par = info.par();
        let pixel_aspect = match (par.numer(), par.denom()) {
            (n, d) if n > 0 && d > 0 => n as f32 / d as f32,
            _ => 1.0,
        };
        Some(Self {
            width,
            height,
            pixel_aspect,
            format,
            matrix,
            range,
            pts,
            lasts,
            store: Store::Decoder(frame),
        })
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({}×{} {:?} {:?} {:?} at {:?})", self.width, self.height, self.format, self.matrix, self.range, self.pts)
    }
}
