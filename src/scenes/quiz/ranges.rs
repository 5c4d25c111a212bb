//! The five ranges of a result: sheets of cut paper, those answered well in colour. `assets/quiz/src/ranges.py` draws them.

use std::collections::HashMap;

use bevy::{
    asset::RenderAssetUsages,
    image::{CompressedImageFormats, ImageSampler, ImageType},
    prelude::*,
};
use serde::Deserialize;

use super::rules::RANGES;
use crate::{
    blocks::{Ui, at},
    blocks::fitting::Area,
};

const PLACES: &str = include_str!("../../../assets/quiz/ranges.json");

macro_rules! sheets {
    ($($name:literal),*) => {
        const SHEETS: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!("../../../assets/quiz/", $name, ".png")))),*];
    };
}
sheets!(
    "sky",
    "range-1-on",
    "range-1-off",
    "range-2-on",
    "range-2-off",
    "range-3-on",
    "range-3-off",
    "range-4-on",
    "range-4-off",
    "range-5-on",
    "range-5-off"
);

/// Where the sheets lie, in units of the whole drawing.
#[derive(Deserialize)]
struct Places {
    size: [f32; 2],
    sheets: HashMap<String, [f32; 4]>,
}

/// One sheet; its picture is put in by a system, because it is opened when first seen.
#[derive(Component, Clone, Copy, Debug)]
struct Sheet(usize);

/// Draws the ranges so that they cover an area. Those that are true lie in colour.
pub(super) fn ranges(ui: &mut Ui<'_>, area: Area, lit: [bool; RANGES]) {
    // The file is part of the program; a test reads it.
    let Ok(places) = serde_json::from_str::<Places>(PLACES) else { return };
    let scale = (area.width / places.size[0]).max(area.height / places.size[1]);
    let origin = Vec2::new(area.width - places.size[0] * scale, area.height - places.size[1] * scale) / 2.0;
    ui.spawn(Node { overflow: Overflow::clip(), ..area.node() }).with_children(|ui| {
        let shown = std::iter::once("sky".to_owned()).chain(
            lit.iter().enumerate().map(|(n, lit)| format!("range-{}-{}", n + 1, if *lit { "on" } else { "off" })),
        );
        for name in shown {
            let Some(sheet) = SHEETS.iter().position(|(known, _)| *known == name) else { continue };
            let Some([x, y, width, height]) = places.sheets.get(&name).copied() else { continue };
            ui.spawn((
                at(origin.x + x * scale, origin.y + y * scale, width * scale, height * scale),
                Sheet(sheet),
                ImageNode { image_mode: NodeImageMode::Stretch, ..default() },
            ));
        }
    });
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PostUpdate, open_sheets.before(bevy::ui::UiSystems::Prepare));
}

fn open_sheets(
    mut nodes: Query<(&Sheet, &mut ImageNode), Added<Sheet>>,
    mut images: ResMut<Assets<Image>>,
    mut open: Local<HashMap<usize, AssetId<Image>>>,
) -> Result {
    for (sheet, mut node) in &mut nodes {
        // A page that is built again finds its sheets still open; a page that is left behind lets them go.
        let kept = open.get(&sheet.0).and_then(|id| images.get_strong_handle(*id));
        node.image = match kept {
            Some(handle) => handle,
            None => {
                let image = Image::from_buffer(
                    SHEETS[sheet.0].1,
                    ImageType::Extension("png"),
                    CompressedImageFormats::NONE,
                    true,
                    ImageSampler::Default,
                    RenderAssetUsages::RENDER_WORLD,
                )?;
                let handle = images.add(image);
                open.insert(sheet.0, handle.id());
                handle
            }
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sheet_has_its_place_and_every_place_its_sheet() {
        let places: Places = serde_json::from_str(PLACES).unwrap();
        assert_eq!(SHEETS.len(), 1 + 2 * RANGES);
        assert!(SHEETS.iter().all(|(name, _)| places.sheets.contains_key(*name)));
        assert_eq!(places.sheets.len(), SHEETS.len());
    }
}
