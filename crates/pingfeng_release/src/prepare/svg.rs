//! SVG: drawn once, at the sizes that screens need, whole and layer by layer. No fonts, no embedded pictures, nothing
//! that is read from disk or network.

use std::collections::HashMap;

use image::{DynamicImage, RgbaImage};
use pingfeng_content::limits::PICTURE_EDGE_PX_MAX;
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{self, ImageHrefResolver, roxmltree},
};

use super::{
    Drawn, DrawnFile, DrawnLayer, LAYER_WIDTHS_PX, OUTPUT_PIXELS_MAX, PictureError, PictureRemark, WIDTHS_PX,
    all_sizes, encode, raster::too_narrow,
};

/// XML nodes of a drawing.
const NODES_MAX: u32 = 400_000;
/// Groups inside groups.
const DEPTH_MAX: usize = 64;
/// Elements to draw once every `<use>` has been followed.
const DRAWN_ELEMENTS_MAX: u64 = 400_000;
/// Layers of a picture.
const LAYERS_MAX: usize = 16;
/// How far a layer may reach past the frame, in parts of the picture's width or height. More is cut.
const OVERHANG_MAX: f32 = 0.25;

/// True for what begins like XML with an `<svg` in sight.
pub(super) fn is_svg(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let begins = head.iter().find(|b| !b.is_ascii_whitespace()).is_some_and(|b| *b == b'<');
    begins && head.windows(4).any(|four| four == b"<svg")
}

pub(super) fn draw(bytes: &[u8], layers: bool) -> Result<Drawn, PictureError> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| PictureError::Broken { reason: "the SVG is not UTF-8".into() })?;
    let document = parse(text)?;
    let mut remarks = survey(&document)?;
    let tree = tree(&document)?;
    let size = tree.size();
    // 2³¹ wide drawings are possible; `as` saturates, and the bound below refuses them.
    let size_px = [size.width().round() as u32, size.height().round() as u32];
    too_narrow([size_px[0].max(1), size_px[1].max(1)])?;
    if size.width() < 1.0 || size.height() < 1.0 || size_px[0].max(size_px[1]) > 16 * PICTURE_EDGE_PX_MAX {
        return Err(PictureError::EdgeTooLong { width_px: size_px[0].into(), height_px: size_px[1].into() });
    }

    let widest = WIDTHS_PX
        .into_iter()
        .rev()
        .find(|width| {
            f64::from(*width) * f64::from(*width) * f64::from(size.height()) / f64::from(size.width())
                <= OUTPUT_PIXELS_MAX as f64
        })
        .unwrap_or(WIDTHS_PX[0]);
    let whole = {
        let scale = widest as f32 / size.width();
        let height = (size.height() * scale).round().max(1.0) as u32;
        let mut pixmap = Pixmap::new(widest, height).ok_or_else(|| too_complex("its size"))?;
        resvg::render(&tree, Transform::from_scale(scale, height as f32 / size.height()), &mut pixmap.as_mut());
        picture(pixmap)?
    };
    let sizes = all_sizes(whole, WIDTHS_PX.into_iter().filter(|width| *width <= widest))?;

    let mut drawn = Drawn { size_px, sizes, layers: Vec::new(), remarks: Vec::new() };
    if layers {
        let (found, outside) = split(text, &document);
        if found.is_empty() {
            return Err(PictureError::NoLayers);
        }
        if found.len() > LAYERS_MAX {
            return Err(too_complex(&format!("{} layers, at most {LAYERS_MAX}", found.len())));
        }
        if outside {
            remarks.push(PictureRemark::OutsideLayers);
        }
        for (name, source) in found {
            drawn.layers.extend(layer(name, &source, [size.width(), size.height()])?);
        }
    }
    drawn.remarks = remarks;
    Ok(drawn)
}

fn too_complex(reason: &str) -> PictureError {
    PictureError::TooComplex { reason: reason.to_owned() }
}

fn parse(text: &str) -> Result<roxmltree::Document<'_>, PictureError> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, nodes_limit: NODES_MAX, ..Default::default() };
    roxmltree::Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => too_complex(&format!("more than {NODES_MAX} nodes")),
        error => PictureError::Broken { reason: error.to_string() },
    })
}

fn tree(document: &roxmltree::Document) -> Result<usvg::Tree, PictureError> {
    let options = usvg::Options {
        // The default would read any file of this machine that the drawing names.
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Default::default()
    };
    usvg::Tree::from_xmltree(document, &options).map_err(|error| match error {
        usvg::Error::ElementsLimitReached => too_complex("too many elements"),
        error => PictureError::Broken { reason: error.to_string() },
    })
}

/// Bounds what drawing would cost before anything is drawn, and looks for what will not be drawn.
fn survey(document: &roxmltree::Document) -> Result<Vec<PictureRemark>, PictureError> {
    let mut ids = HashMap::new();
    let mut remarks = Vec::new();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        if let Some(id) = node.attribute("id") {
            ids.insert(id, node);
        }
        let remark = match node.tag_name().name() {
            "text" => PictureRemark::SvgText,
            "image" => PictureRemark::SvgImage,
            _ => continue,
        };
        if !remarks.contains(&remark) {
            remarks.push(remark);
        }
    }
    let mut costs = HashMap::new();
    let mut open = Vec::new();
    let cost = cost(document.root_element(), &ids, &mut costs, &mut open)?;
    if cost > DRAWN_ELEMENTS_MAX {
        return Err(too_complex(&format!("more than {DRAWN_ELEMENTS_MAX} elements once `<use>` is followed")));
    }
    Ok(remarks)
}

/// Elements drawn for `node`, with everything that `<use>`, patterns, masks and clips refer to.
fn cost<'a, 'i>(
    node: roxmltree::Node<'a, 'i>,
    ids: &HashMap<&'a str, roxmltree::Node<'a, 'i>>,
    costs: &mut HashMap<roxmltree::NodeId, u64>,
    open: &mut Vec<roxmltree::NodeId>,
) -> Result<u64, PictureError> {
    if let Some(cost) = costs.get(&node.id()) {
        return Ok(*cost);
    }
    if open.contains(&node.id()) {
        // A circle of references; the renderer breaks it.
        return Ok(0);
    }
    if open.len() > DEPTH_MAX {
        return Err(too_complex(&format!("nested deeper than {DEPTH_MAX} levels")));
    }
    open.push(node.id());
    let mut sum = 1_u64;
    for child in node.children().filter(roxmltree::Node::is_element) {
        sum = sum.saturating_add(cost(child, ids, costs, open)?);
    }
    for attribute in node.attributes() {
        let value = attribute.value();
        let target = match attribute.name() {
            "href" if node.tag_name().name() == "use" => value.strip_prefix('#'),
            "fill" | "stroke" | "mask" | "clip-path" | "filter" | "style" => {
                value.split_once("url(#").and_then(|(_, rest)| rest.split_once(')')).map(|(id, _)| id)
            }
            _ => None,
        };
        if let Some(target) = target.and_then(|id| ids.get(id.trim())) {
            sum = sum.saturating_add(cost(*target, ids, costs, open)?);
        }
    }
    open.pop();
    costs.insert(node.id(), sum);
    Ok(sum)
}

/// The groups below the root as drawings of their own, far to near, and whether something drawable stands beside them.
/// The pieces are cut from the source text, so definitions, styles and attributes of the root come along as written.
fn split(text: &str, document: &roxmltree::Document) -> (Vec<(String, String)>, bool) {
    let root = document.root_element();
    let Some(first) = root.first_child() else {
        return (Vec::new(), false);
    };
    let opening = &text[root.range().start..first.range().start];
    let mut shared = String::new();
    let mut groups = Vec::new();
    let mut outside = false;
    for child in root.children().filter(roxmltree::Node::is_element) {
        let source = &text[child.range()];
        match (child.tag_name().name(), child.attribute("id")) {
            ("g", Some(id)) => groups.push((id.to_owned(), source)),
            (
                "defs" | "style" | "linearGradient" | "radialGradient" | "pattern" | "clipPath" | "mask" | "filter"
                | "symbol",
                _,
            ) => {
                shared.push_str(source);
            }
            ("title" | "desc" | "metadata", _) => {}
            _ => outside = true,
        }
    }
    let layers = groups.into_iter().map(|(id, group)| (id, format!("{opening}{shared}{group}</svg>"))).collect();
    (layers, outside)
}

fn layer(name: String, source: &str, size: [f32; 2]) -> Result<Option<DrawnLayer>, PictureError> {
    let document = parse(source)?;
    let tree = tree(&document)?;
    if !tree.root().has_children() {
        return Ok(None);
    }
    // Two pixels of the largest scale are one of the smaller: corners on even pixels lie exactly at both.
    let finest = LAYER_WIDTHS_PX[LAYER_WIDTHS_PX.len() - 1];
    let step = 2.0 * size[0] / finest as f32;
    let covered = tree.root().abs_layer_bounding_box();
    let clamp = |low: f32, high: f32, length: f32| {
        let low = (low.max(-OVERHANG_MAX * length) / step).floor() * step;
        let high = (high.min((1.0 + OVERHANG_MAX) * length) / step).ceil() * step;
        (low, high - low)
    };
    let (x, width) = clamp(covered.left(), covered.right(), size[0]);
    let (y, height) = clamp(covered.top(), covered.bottom(), size[1]);
    if width < step || height < step {
        return Ok(None);
    }
    let mut sizes: Vec<DrawnFile> = Vec::new();
    for whole_width in LAYER_WIDTHS_PX {
        let scale = whole_width as f32 / size[0];
        let (width_px, height_px) = ((width * scale).round().max(1.0) as u32, (height * scale).round().max(1.0) as u32);
        if !sizes.is_empty() && u64::from(width_px) * u64::from(height_px) > OUTPUT_PIXELS_MAX {
            continue;
        }
        let mut pixmap = Pixmap::new(width_px, height_px).ok_or_else(|| too_complex("the size of a layer"))?;
        resvg::render(&tree, Transform::from_scale(scale, scale).pre_translate(-x, -y), &mut pixmap.as_mut());
        sizes.push(encode(&bled(picture(pixmap)?))?);
    }
    Ok(Some(DrawnLayer { name, rect: [x, y, width, height], sizes }))
}

fn picture(pixmap: Pixmap) -> Result<DynamicImage, PictureError> {
    let (width, height) = (pixmap.width(), pixmap.height());
    RgbaImage::from_raw(width, height, pixmap.take_demultiplied())
        .map(DynamicImage::ImageRgba8)
        .ok_or_else(|| too_complex("its size"))
}

/// Gives clear pixels beside drawn ones the colour of those: a screen that reads between pixels would mix in black.
fn bled(picture: DynamicImage) -> DynamicImage {
    let DynamicImage::ImageRgba8(drawn) = picture else { return picture };
    let (width, height) = (drawn.width() as usize, drawn.height() as usize);
    let pixels = drawn.as_raw();
    let mut bled = pixels.clone();
    // For each column whether anything is drawn in this row or the ones beside it; most clear pixels are far from all.
    let mut near = vec![0_u8; width];
    for y in 0..height {
        let rows = y.saturating_sub(1)..=(y + 1).min(height - 1);
        near.fill(0);
        for row in rows.clone() {
            for (x, pixel) in pixels[row * width * 4..(row + 1) * width * 4].chunks_exact(4).enumerate() {
                near[x] |= pixel[3];
            }
        }
        for x in 0..width {
            let columns = x.saturating_sub(1)..=(x + 1).min(width - 1);
            let at = (y * width + x) * 4;
            if pixels[at + 3] > 0 || near[columns.clone()].iter().all(|drawn| *drawn == 0) {
                continue;
            }
            let (mut sum, mut count) = ([0_u32; 3], 0);
            for neighbour in rows.clone().flat_map(|row| columns.clone().map(move |column| (row * width + column) * 4))
            {
                if pixels[neighbour + 3] > 0 {
                    count += 1;
                    for channel in 0..3 {
                        sum[channel] += u32::from(pixels[neighbour + channel]);
                    }
                }
            }
            for channel in 0..3 {
                // A mean of bytes is a byte; the neighbourhood has at least one drawn pixel.
                bled[at + channel] = (sum[channel] / count.max(1)) as u8;
            }
        }
    }
    RgbaImage::from_raw(drawn.width(), drawn.height(), bled)
        .map_or(DynamicImage::ImageRgba8(drawn), DynamicImage::ImageRgba8)
}
