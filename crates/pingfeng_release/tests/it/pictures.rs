//! Pictures that are bombs, pictures that are not pictures, and what honest ones become.

use std::{fs, io::Cursor, path::Path};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use pingfeng_release::{
    Cache,
    prepare::{KeptPicture, PictureError, PictureRemark, prepare},
};

use crate::sample::{edit, refused, write};

fn prepared(name: &str, bytes: &[u8], layers: bool) -> Result<KeptPicture, PictureError> {
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join(name);
    fs::write(&path, bytes).unwrap();
    prepare(&path, layers, &Cache::at(work.path().join("cache")))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// A PNG that claims a size and has almost nothing in it.
fn claiming_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], body: &[u8]| {
        bytes.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        let covered = [kind.as_slice(), body].concat();
        bytes.extend(&covered);
        bytes.extend(crc(&covered).to_be_bytes());
    };
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    chunk(b"IHDR", &head);
    chunk(b"IDAT", &[0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]);
    chunk(b"IEND", &[]);
    bytes
}

#[test]
fn a_picture_claiming_100000_by_100000_is_refused_at_its_place() {
    let work = tempfile::tempdir().unwrap();
    write(work.path());
    fs::write(work.path().join("art/huge.png"), claiming_png(100_000, 100_000)).unwrap();
    edit(work.path(), "media.yaml", "art/hills.svg", "art/huge.png");
    edit(work.path(), "media.yaml", "    layers: true\n", "");
    assert!(refused(work.path()).contains(
        "media.yaml:5:11: error[picture_too_large]: the picture claims 100000 × 100000 pixels; at most 16384 on an edge are accepted\n"
    ));
}

#[test]
fn a_picture_within_the_edges_that_would_fill_the_memory_is_refused() {
    let error = prepared("a.png", &claiming_png(16_384, 16_384), false).unwrap_err();
    assert!(matches!(error, PictureError::TooManyPixels { decoded_bytes: 1_073_741_824, .. }), "{error}");
}

#[test]
fn a_jpeg_that_claims_a_size_and_has_no_scan_is_refused() {
    let mut bytes = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    bytes.extend(b"\xff\xc0\0\x11\x08\xff\xdc\xff\xdc\x03\x01\x11\0\x02\x11\0\x03\x11\0\xff\xd9");
    // Refused by the decoder or by our bound, whichever looks first.
    let code = prepared("a.jpg", &bytes, false).unwrap_err().code();
    assert!(["picture_too_large", "picture_broken"].contains(&code), "{code}");
}

#[test]
fn what_is_no_picture_is_refused_whatever_its_name() {
    assert_eq!(prepared("a.png", b"hello", false).unwrap_err().code(), "picture_format");
    assert_eq!(prepared("a.png", b"GIF89a\x01\0\x01\0\0\0\0;", false).unwrap_err().code(), "picture_format");
    assert_eq!(prepared("a.png", b"", false).unwrap_err().code(), "picture_format");
    assert_eq!(prepared("a.svg", b"<svg", false).unwrap_err().code(), "picture_broken");
    let whole = encoded(&DynamicImage::ImageRgb8(RgbImage::from_pixel(640, 480, Rgb([9, 9, 9]))), ImageFormat::Png);
    assert_eq!(prepared("a.png", &whole[..whole.len() / 2], false).unwrap_err().code(), "picture_broken");
}

#[test]
fn a_photograph_is_scaled_down_and_never_up() {
    let photo = RgbImage::from_fn(2000, 1000, |x, y| Rgb([(x % 256) as u8, (y % 256) as u8, 90]));
    let kept = prepared("a.png", &encoded(&DynamicImage::ImageRgb8(photo), ImageFormat::Png), false).unwrap();
    let sizes: Vec<_> =
        kept.sizes.iter().map(|size| (size.width_px, size.height_px, size.extension.as_str())).collect();
    assert_eq!(sizes, [(480, 240, "jpg"), (960, 480, "jpg"), (1920, 960, "jpg"), (2000, 1000, "jpg")]);
    assert_eq!(kept.remarks, []);
}

#[test]
fn a_small_picture_is_kept_as_it_is_with_a_remark() {
    let photo = RgbImage::from_pixel(300, 200, Rgb([200, 10, 10]));
    let kept = prepared("a.png", &encoded(&DynamicImage::ImageRgb8(photo), ImageFormat::WebP), false).unwrap();
    assert_eq!(kept.sizes.iter().map(|size| size.width_px).collect::<Vec<_>>(), [300]);
    assert_eq!(kept.remarks, [PictureRemark::Small]);
}

#[test]
fn clear_parts_stay_clear_and_do_not_darken_the_edges() {
    // White where something is, black where nothing is.
    let badge =
        RgbaImage::from_fn(1300, 1300, |x, _| if x < 650 { Rgba([255, 255, 255, 255]) } else { Rgba([0, 0, 0, 0]) });
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("a.png");
    fs::write(&path, encoded(&DynamicImage::ImageRgba8(badge), ImageFormat::Png)).unwrap();
    let cache = Cache::at(work.path().join("cache"));
    let kept = prepare(&path, false, &cache).unwrap();
    assert_eq!(kept.sizes[0].extension, "png");
    let hash = &kept.sizes[0].blob.0;
    let small =
        image::load_from_memory(&fs::read(cache.blobs().join(&hash[..2]).join(hash)).unwrap()).unwrap().into_rgba8();
    assert_eq!(small.get_pixel(small.width() - 1, 0)[3], 0);
    for pixel in small.pixels().filter(|pixel| pixel[3] > 32) {
        assert!(pixel[0] > 240, "a dark edge: {pixel:?}");
    }
}

#[test]
fn a_drawing_opens_no_file_and_says_what_it_leaves_out() {
    let work = tempfile::tempdir().unwrap();
    let secret = work.path().join("secret.png");
    fs::write(
        &secret,
        encoded(&DynamicImage::ImageRgb8(RgbImage::from_pixel(8, 8, Rgb([255, 0, 0]))), ImageFormat::Png),
    )
    .unwrap();
    let svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50"><rect width="100" height="50" fill="#00ff00"/><image href="{}" width="100" height="50"/><text x="5" y="30">字</text></svg>"##,
        secret.display()
    );
    let kept = prepared("a.svg", svg.as_bytes(), false).unwrap();
    assert_eq!(kept.remarks, [PictureRemark::SvgImage, PictureRemark::SvgText]);
}

#[test]
fn drawings_that_would_take_for_ever_are_refused() {
    // Each group uses the one before it ten times: 10^12 rectangles.
    let mut laughs = String::from(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><defs><rect id="g0" width="1" height="1"/>"##,
    );
    for level in 1..=12 {
        laughs += &format!(r##"<g id="g{level}">{}</g>"##, format!(r##"<use href="#g{}"/>"##, level - 1).repeat(10));
    }
    laughs += r##"</defs><use href="#g12"/></svg>"##;
    assert_eq!(prepared("a.svg", laughs.as_bytes(), false).unwrap_err().code(), "picture_too_large");

    let deep = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">{}{}</svg>",
        "<g>".repeat(100_000),
        "</g>".repeat(100_000)
    );
    let code = prepared("a.svg", deep.as_bytes(), false).unwrap_err().code();
    assert!(["picture_too_large", "picture_broken"].contains(&code), "{code}");

    let circle = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g></svg>"##;
    prepared("a.svg", circle.as_bytes(), false)
        .map(|_| ())
        .or_else(|error| if error.code() == "picture_broken" { Ok(()) } else { Err(error) })
        .unwrap();

    let long = r##"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="100000"><rect width="1" height="100000"/></svg>"##;
    assert_eq!(prepared("a.svg", long.as_bytes(), false).unwrap_err().code(), "picture_too_narrow");
}

#[test]
fn layers_of_something_flat_are_refused() {
    let flat =
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50"><rect width="100" height="50"/></svg>"##;
    assert_eq!(prepared("a.svg", flat.as_bytes(), true).unwrap_err().code(), "picture_no_layers");
}

#[test]
fn damaged_pictures_never_panic() {
    // Deterministic damage: every file cut and bent at many places.
    let photo = DynamicImage::ImageRgb8(RgbImage::from_fn(64, 48, |x, y| Rgb([x as u8, y as u8, 7])));
    let work = tempfile::tempdir().unwrap();
    let cache = Cache::at(work.path().join("cache"));
    let path: &Path = &work.path().join("a");
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let whole = encoded(&photo, format);
        for _ in 0..60 {
            let mut bent = whole.clone();
            for _ in 0..1 + random() % 6 {
                let at = (random() % bent.len() as u64) as usize;
                bent[at] = random() as u8;
            }
            bent.truncate(bent.len() - (random() % 20) as usize);
            fs::write(path, &bent).unwrap();
            let _ = prepare(path, false, &cache);
        }
    }
}
