//! The one place of these tests that knows how a screen is started.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bevy::math::UVec2;
use image::{ImageBuffer, Pixel, PixelWithColorType, RgbImage, RgbaImage, imageops::FilterType};
use pingfeng::{Offscreen, ScreenOptions, input::RecordedStep, offscreen_app, stage::Exhibition, theme::Motion};
use pingfeng_testkit::{Difference, Tolerance, compare};

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where pictures of failed cases and prepared textures go.
pub(crate) fn scratch() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// An exhibition by name: a folder below `tests/fixtures`, `scenes/…`, or `none`.
pub(crate) fn exhibition(name: &str) -> Exhibition {
    if name == "none" {
        return Exhibition::fallback();
    }
    let folder = if name.starts_with("scenes/") { root().join(name) } else { root().join("tests/fixtures").join(name) };
    Exhibition::open_folder(&folder, &scratch().join("prepared")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn options(exhibition: Exhibition) -> ScreenOptions {
    let mut options = ScreenOptions::new(exhibition);
    options.motion = Some(Motion::Full);
    // The same rasterizer everywhere: pictures must not depend on the machine's graphics.
    options.software = true;
    options.zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    options
}

pub(crate) fn start(options: ScreenOptions, size: UVec2, input: Vec<RecordedStep>) -> Offscreen {
    offscreen_app(options, size, input)
}

pub(crate) fn size(text: &str) -> UVec2 {
    let (width, height) = text.split_once('x').unwrap();
    UVec2::new(width.parse().unwrap(), height.parse().unwrap())
}

/// Compares a picture of the glass with the one beside the case, at half size (a quarter for 4K), so that the tree stays
/// small. With `PINGFENG_BLESS=1` the picture is taken as right.
pub(crate) fn check_picture(expected: &Path, name: &str, picture: &RgbImage) -> Result<(), String> {
    let (width, height) = picture.dimensions();
    let shrink = if width.max(height) > 2000 { 4 } else { 2 };
    let small = image::imageops::resize(picture, width / shrink, height / shrink, FilterType::Triangle);
    if std::env::var_os("PINGFENG_BLESS").is_some() {
        small.save(expected).map_err(|error| error.to_string())?;
        return Ok(());
    }
    let actual = RgbaImage::from_fn(small.width(), small.height(), |x, y| {
        let [r, g, b] = small.get_pixel(x, y).0;
        image::Rgba([r, g, b, 255])
    });
    let right = image::open(expected).map_err(|error| format!("{name}: {}: {error}", expected.display()))?.into_rgba8();
    // The rasterizer is the same, but not its version everywhere: a few pixels at the edges of letters may differ.
    compare(&actual, &right, Tolerance { channel: 6, pixels: 0.001 }).map_err(|difference| {
        keep(&format!("{name}-actual"), &actual);
        if let Difference::Pixels { picture, .. } = &difference {
            keep(&format!("{name}-difference"), picture);
        }
        format!("{name}: {difference}; see {}", kept().display())
    })
}

/// Where pictures of failed cases are kept.
pub(crate) fn kept() -> PathBuf {
    scratch().join("failed")
}

/// Keeps a picture of a failed case for whoever looks into it.
pub(crate) fn keep<P>(name: &str, picture: &ImageBuffer<P, Vec<u8>>)
where
    P: PixelWithColorType + Pixel<Subpixel = u8>,
{
    fs::create_dir_all(kept()).unwrap();
    picture.save(kept().join(format!("{name}.png"))).unwrap();
}

/// Folders of cases, in order. `PINGFENG_CASES=route,compare` takes only those whose names begin so: all of them take
/// minutes, and one who draws a page looks at its pictures often.
pub(crate) fn cases(kind: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(root().join("tests/corpus").join(kind))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("case.toml").is_file())
        .collect();
    all.sort();
    assert!(!all.is_empty());
    if let Ok(only) = std::env::var("PINGFENG_CASES") {
        all.retain(|path| only.split(',').any(|start| name_of(path).starts_with(start)));
    }
    all
}

pub(crate) fn name_of(case: &Path) -> String {
    case.file_name().unwrap().to_string_lossy().into_owned()
}

/// Writes a file of a case.
pub(crate) fn write(path: &Path, text: &str) {
    use std::io::Write;
    fs::File::create(path).and_then(|mut file| file.write_all(text.as_bytes())).unwrap();
}
