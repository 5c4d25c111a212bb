//! Pictures to textures: the only place that decodes what an editor uploaded. Each picture is opened with limits, drawn
//! or scaled to a few widths, and kept in a cache under the hash of its bytes, so that an edit of a text does not draw
//! anything again. The same bytes give the same files.

mod cache;
mod raster;
mod svg;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use image::{DynamicImage, ImageEncoder, codecs::jpeg::JpegEncoder, codecs::png};
use pingfeng_content::{
    Compilation, Lang, Media, MediaId, Scene, Severity, Text,
    limits::{PICTURE_BYTES_MAX, PICTURE_EDGE_PX_MAX},
};

pub(crate) use self::cache::replace_file;
pub use self::cache::{Cache, KeptLayer, KeptPicture, KeptSize};
use crate::folder::ExhibitionFolder;

/// Rises when the same source would give other files, so that caches are drawn again.
const SETTINGS_VERSION: u32 = 2;
/// Widths that a picture is prepared in.
const WIDTHS_PX: [u32; 4] = [480, 960, 1920, 3840];
/// Widths of the whole picture for which layers are drawn.
const LAYER_WIDTHS_PX: [u32; 2] = [1920, 3840];
/// Largest prepared picture: 33 megapixels, which is 7680 × 4320.
const OUTPUT_PIXELS_MAX: u64 = 7680 * 4320;
/// 0 to 100. At 92 the woodcut gouges keep their edges.
const JPEG_QUALITY: u8 = 92;
/// Pictures that are decoded at the same time: each may take half a gigabyte.
const WORKERS: usize = 2;

/// Why a picture was refused. All are for the editor but `Io`.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Neither SVG, PNG, JPEG nor WebP, whatever its name says.
    #[error("the file is not an SVG, PNG, JPEG or WebP picture")]
    UnknownFormat,
    /// Begins like a picture and then is not one.
    #[error("the picture cannot be decoded: {reason}")]
    Broken {
        /// In English, from the decoder.
        reason: String,
    },
    /// Wider or higher than [`PICTURE_EDGE_PX_MAX`].
    #[error(
        "the picture claims {width_px} × {height_px} pixels; at most {PICTURE_EDGE_PX_MAX} on an edge are accepted"
    )]
    EdgeTooLong {
        /// As the file claims.
        width_px: u64,
        /// As the file claims.
        height_px: u64,
    },
    /// Would take more than half a gigabyte of memory.
    #[error("the picture of {width_px} × {height_px} pixels would take {decoded_bytes} bytes of memory")]
    TooManyPixels {
        /// As the file claims.
        width_px: u64,
        /// As the file claims.
        height_px: u64,
        /// When decoded.
        decoded_bytes: u64,
    },
    /// More bytes than [`PICTURE_BYTES_MAX`].
    #[error("the file has {size_bytes} bytes, at most {PICTURE_BYTES_MAX}")]
    TooManyBytes {
        /// Of the file.
        size_bytes: u64,
    },
    /// An SVG that would take for ever to draw.
    #[error("the drawing is too complex: {reason}")]
    TooComplex {
        /// Which limit.
        reason: String,
    },
    /// More than 20 times as long as wide, or the reverse.
    #[error("the picture of {width_px} × {height_px} is too narrow to be shown")]
    TooNarrow {
        /// Source units.
        width_px: u32,
        /// Source units.
        height_px: u32,
    },
    /// `layers: true` for something that has none.
    #[error("the picture has no layers: its root has no `<g id=…>`")]
    NoLayers,
    /// The disk failed.
    #[error("cannot read or write {path}")]
    Io {
        /// Where.
        path: std::path::PathBuf,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
}

impl PictureError {
    /// The name of its finding.
    pub fn code(&self) -> &'static str {
        match self {
            PictureError::UnknownFormat => "picture_format",
            PictureError::Broken { .. } => "picture_broken",
            PictureError::EdgeTooLong { .. }
            | PictureError::TooManyPixels { .. }
            | PictureError::TooManyBytes { .. }
            | PictureError::TooComplex { .. } => "picture_too_large",
            PictureError::TooNarrow { .. } => "picture_too_narrow",
            PictureError::NoLayers => "picture_no_layers",
            PictureError::Io { .. } => "io",
        }
    }

    fn text(&self) -> Text {
        let zh = match self {
            PictureError::UnknownFormat => "不是 SVG、PNG、JPEG 或 WebP 图片".to_owned(),
            PictureError::Broken { reason } => format!("图片无法解码（{reason}）"),
            PictureError::EdgeTooLong { width_px, height_px } => {
                format!("图片自称 {width_px} × {height_px} 像素，边长上限 {PICTURE_EDGE_PX_MAX} 像素")
            }
            PictureError::TooManyPixels { width_px, height_px, decoded_bytes } => {
                format!("图片 {width_px} × {height_px} 像素，解码要占 {decoded_bytes} 字节内存，太大")
            }
            PictureError::TooManyBytes { size_bytes } => {
                format!("文件有 {size_bytes} 字节，上限 {PICTURE_BYTES_MAX} 字节")
            }
            PictureError::TooComplex { reason } => format!("图形过于复杂（{reason}）"),
            PictureError::TooNarrow { width_px, height_px } => format!("图片 {width_px} × {height_px} 太窄，无法展示"),
            PictureError::NoLayers => "图片没有分层：根元素下没有 `<g id=…>`".to_owned(),
            PictureError::Io { path, error } => format!("读写 {} 失败：{error}", path.display()),
        };
        both(zh, self.to_string())
    }

    fn hint(&self) -> Option<Text> {
        Some(match self {
            PictureError::UnknownFormat => {
                both("另存为 PNG、JPEG 或 WebP；改扩展名没有用", "save it as PNG, JPEG or WebP; renaming does not help")
            }
            PictureError::Broken { .. } => both("用看图软件打开，再另存一次", "open it in a viewer and save it again"),
            PictureError::EdgeTooLong { .. }
            | PictureError::TooManyPixels { .. }
            | PictureError::TooManyBytes { .. } => {
                both("缩小到边长 8000 像素以内", "make it smaller: 8000 pixels on the longer edge are plenty")
            }
            PictureError::TooComplex { .. } => both("简化图形，或导出为 PNG", "simplify it, or export it as PNG"),
            PictureError::TooNarrow { .. } => both("裁成常见比例", "crop it to a common ratio"),
            PictureError::NoLayers => both(
                "给根元素下的每层加 `<g id=\"…\">`，或删去 `layers: true`",
                "put each layer into a `<g id=\"…\">` below the root, or remove `layers: true`",
            ),
            PictureError::Io { .. } => return None,
        })
    }
}

/// What an editor should know about a picture that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureRemark {
    /// `<text>` in an SVG is not drawn: no font is the same everywhere.
    SvgText,
    /// `<image>` in an SVG is not drawn.
    SvgImage,
    /// With `layers: true`, something stands outside of the groups and is in no layer.
    OutsideLayers,
    /// Fewer than 1200 pixels wide: will look soft on a large screen.
    Small,
}

impl PictureRemark {
    fn words(self) -> (&'static str, Text, Text) {
        match self {
            PictureRemark::SvgText => (
                "svg_text",
                both("SVG 里的文字不会画出", "text inside the SVG is not drawn"),
                both("在绘图软件里把文字转为路径", "convert the text to paths in the drawing program"),
            ),
            PictureRemark::SvgImage => (
                "svg_image",
                both("SVG 里嵌的位图不会画出", "pictures embedded in the SVG are not drawn"),
                both("改用 PNG 或 JPEG", "use a PNG or JPEG instead"),
            ),
            PictureRemark::OutsideLayers => (
                "svg_outside_layers",
                both("有图形不在任何一层里，分层时看不到", "something stands outside of all layers and is in none"),
                both("把它移进某个 `<g id=…>`", "move it into one of the `<g id=…>`"),
            ),
            PictureRemark::Small => (
                "picture_small",
                both(
                    "图片宽度不足 1200 像素，大屏上会发虚",
                    "the picture is less than 1200 pixels wide and will look soft",
                ),
                both("换更大的原图", "use a larger original"),
            ),
        }
    }
}

fn both(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text { zh: zh.into(), other: [(Lang::En, en.into())].into() }
}

/// Prepares every picture of `compilation`. Findings go to `findings`; a picture that was refused is absent from the
/// result. Pictures whose file is missing were reported by the check of the documents. `progress` hears how many of how
/// many are done, from any thread.
pub fn prepare_pictures(
    folder: &ExhibitionFolder,
    compilation: &Compilation,
    cache: &Cache,
    findings: &mut pingfeng_content::Findings,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<std::collections::BTreeMap<MediaId, KeptPicture>, PictureError> {
    let wanted: Vec<(&MediaId, &pingfeng_content::Picture, std::path::PathBuf)> = compilation
        .media
        .iter()
        .filter_map(|(id, media)| match media {
            Media::Picture(picture) => Some((id, picture, folder.filled_path_of(&picture.common.file)?)),
            _ => None,
        })
        .collect();
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(wanted.len()));
    let work = || {
        while let Some((_, picture, path)) = wanted.get(next.fetch_add(1, Ordering::Relaxed)).map(|w| (w.0, w.1, &w.2))
        {
            let result = prepare(path, picture.layers, cache);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((path.clone(), picture.layers, result));
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, wanted.len());
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..WORKERS.min(wanted.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut kept = std::collections::BTreeMap::new();
    for (id, picture, path) in &wanted {
        let Some(at) = results.iter().position(|(p, layers, _)| p == path && *layers == picture.layers) else {
            continue;
        };
        match results.swap_remove(at).2 {
            Ok(ready) => {
                for remark in &ready.remarks {
                    let (code, message, hint) = remark.words();
                    findings.push(compilation.media_finding(id, "file", Severity::Warning, code, message, Some(hint)));
                }
                kept.insert((*id).clone(), ready);
            }
            Err(error @ PictureError::Io { .. }) => return Err(error),
            Err(error) => {
                let key = if matches!(error, PictureError::NoLayers) { "layers" } else { "file" };
                findings.push(compilation.media_finding(
                    id,
                    key,
                    Severity::Error,
                    error.code(),
                    error.text(),
                    error.hint(),
                ));
            }
        }
    }
    compare_shapes(compilation, &kept, findings);
    Ok(kept)
}

/// Pictures that lie on one another must have one shape, or the same place would not lie on itself: after scaling to one
/// width, their heights differ by a pixel at most.
fn compare_shapes(
    compilation: &Compilation,
    kept: &std::collections::BTreeMap<MediaId, KeptPicture>,
    findings: &mut pingfeng_content::Findings,
) {
    let scenes = compilation.compiled.iter().flat_map(|compiled| compiled.scenes.values());
    let pairs = scenes.filter_map(|scene| if let Scene::Compare(scene) = scene { Some(&scene.pairs) } else { None });
    for pair in pairs.flatten() {
        let size = |id| kept.get(id).map(|picture| picture.size_px);
        let (Some([w1, h1]), Some([w2, h2])) = (size(&pair.before.picture), size(&pair.after.picture)) else { continue };
        if (f64::from(h1) - f64::from(h2) * f64::from(w1) / f64::from(w2.max(1))).abs() > 1.0 {
            findings.push(compilation.media_finding(
                &pair.after.picture,
                "file",
                Severity::Error,
                "compare_shape",
                both(
                    format!("与 `{}` 前后对比，宽高却不同：{w1} × {h1} 和 {w2} × {h2}", pair.before.picture),
                    format!("compared with `{}`, and of another shape: {w1} × {h1} and {w2} × {h2}", pair.before.picture),
                ),
                Some(both("把两幅图裁成同样的宽高，画面对齐", "crop both to one shape, so that the same place lies on itself")),
            ));
        }
    }
}

/// Prepares one picture, or finds it in the cache.
pub fn prepare(path: &Path, layers: bool, cache: &Cache) -> Result<KeptPicture, PictureError> {
    let io_at = |error| PictureError::Io { path: path.to_owned(), error };
    let size_bytes = std::fs::metadata(path).map_err(io_at)?.len();
    if size_bytes > PICTURE_BYTES_MAX {
        return Err(PictureError::TooManyBytes { size_bytes });
    }
    let bytes = std::fs::read(path).map_err(io_at)?;
    let key = cache.key(SETTINGS_VERSION, layers, &bytes);
    if let Some(kept) = cache.find(&key) {
        return Ok(kept);
    }
    // Decoders panic on some malicious input; here that is one picture refused, not a program gone.
    let drawn = catch_unwind(AssertUnwindSafe(|| {
        if svg::is_svg(&bytes) { svg::draw(&bytes, layers) } else { raster::draw(&bytes, layers) }
    }))
    .unwrap_or_else(|_| Err(PictureError::Broken { reason: "the decoder gave up".into() }))?;
    cache.keep(&key, drawn).map_err(|(path, error)| PictureError::Io { path, error })
}

/// A picture as drawn, before it has a place in the cache.
struct Drawn {
    size_px: [u32; 2],
    sizes: Vec<DrawnFile>,
    layers: Vec<DrawnLayer>,
    remarks: Vec<PictureRemark>,
}

struct DrawnLayer {
    name: String,
    rect: [f32; 4],
    sizes: Vec<DrawnFile>,
}

struct DrawnFile {
    extension: &'static str,
    width_px: u32,
    height_px: u32,
    bytes: Vec<u8>,
}

/// `whole` at these widths, which are given smallest first and are at most its own. Each is made from the next larger
/// one: that is much less work than from the whole, and cannot be told from it.
fn all_sizes(
    whole: DynamicImage,
    widths: impl DoubleEndedIterator<Item = u32>,
) -> Result<Vec<DrawnFile>, PictureError> {
    let mut picture = if is_opaque(&whole) { DynamicImage::ImageRgb8(whole.into_rgb8()) } else { whole };
    let mut sizes = Vec::new();
    for width in widths.rev() {
        if width != picture.width() {
            picture = scaled(&picture, width);
        }
        sizes.push(encode(&picture)?);
    }
    sizes.reverse();
    Ok(sizes)
}

fn is_opaque(picture: &DynamicImage) -> bool {
    picture.as_rgba8().is_none_or(|pixels| pixels.as_raw().chunks_exact(4).all(|pixel| pixel[3] == u8::MAX))
}

/// JPEG where opaque, PNG where not.
fn encode(picture: &DynamicImage) -> Result<DrawnFile, PictureError> {
    let broken = |error: image::ImageError| PictureError::Broken { reason: error.to_string() };
    let (width_px, height_px) = (picture.width(), picture.height());
    let mut bytes = Vec::new();
    let extension = if is_opaque(picture) {
        let rgb = picture.to_rgb8();
        JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
            .write_image(rgb.as_raw(), width_px, height_px, image::ExtendedColorType::Rgb8)
            .map_err(broken)?;
        "jpg"
    } else {
        let rgba = picture.to_rgba8();
        png::PngEncoder::new_with_quality(&mut bytes, png::CompressionType::Default, png::FilterType::Adaptive)
            .write_image(rgba.as_raw(), width_px, height_px, image::ExtendedColorType::Rgba8)
            .map_err(broken)?;
        "png"
    };
    Ok(DrawnFile { extension, width_px, height_px, bytes })
}

/// Scales down, keeping the ratio. Height is at least one pixel.
fn scaled(picture: &DynamicImage, width_px: u32) -> DynamicImage {
    let height = u64::from(picture.height()) * u64::from(width_px) / u64::from(picture.width().max(1));
    // `width_px` is at most the picture's own width, so the height is at most its own height.
    let height_px = u32::try_from(height).unwrap_or(u32::MAX).max(1);
    let filter = image::imageops::FilterType::Lanczos3;
    let Some(pixels) = picture.as_rgba8() else {
        return picture.resize_exact(width_px, height_px, filter);
    };
    // Colours are weighed by how much of them is there, or the hidden colour of clear pixels darkens the edges.
    let mut weighed = pixels.clone();
    for pixel in weighed.pixels_mut() {
        let alpha = u16::from(pixel[3]);
        for channel in 0..3 {
            pixel[channel] = ((u16::from(pixel[channel]) * alpha + 127) / 255) as u8;
        }
    }
    let mut small = DynamicImage::ImageRgba8(weighed).resize_exact(width_px, height_px, filter).into_rgba8();
    for pixel in small.pixels_mut() {
        let alpha = u16::from(pixel[3]);
        for channel in 0..3 {
            let full = if alpha == 0 { 0 } else { (u16::from(pixel[channel]) * 255 + alpha / 2) / alpha };
            pixel[channel] = full.min(255) as u8;
        }
    }
    DynamicImage::ImageRgba8(small)
}
