//! `kind: route`: ways of several columns over a map, drawn up to a date.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers, date_in_order, doubtful, headings};
use crate::{
    Certainty, MapFrame, Media, MediaId, PieceId, SceneId, SourceId, Text,
    check::{Sheet, World, count, refs, text},
    finding::both,
    limits::{ITEMS_MAX, ROUTE_COLUMNS_MAX, ROUTE_LABEL_CHARS_MAX, ROUTE_VIA_MAX},
};

/// Ways over a map. The visitor plays them, draws the date to and fro, or chooses a stop on the map or in the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// ASCII name.
    pub id: SceneId,
    /// Such as 万里长征.
    pub title: Text,
    /// Such as 第四章.
    pub chapter: Option<Text>,
    /// Beside the title: `1934年10月—1936年10月`.
    pub years: Text,
    /// A picture with `map`.
    pub map: MediaId,
    /// Who went, the main column first; each has a colour and a dash of its own.
    pub columns: Vec<RouteColumn>,
    /// A part of the map that is drawn larger in its upper right corner.
    pub inset: Option<RouteInset>,
    /// Where to go after the last stop.
    pub next: Option<SceneId>,
}

/// One column and its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteColumn {
    /// ASCII name.
    pub id: PieceId,
    /// In the legend: `红一方面军`.
    pub title: Text,
    /// In the order of time.
    pub stops: Vec<RouteStop>,
}

/// A place on the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteStop {
    /// ASCII name, used once in the whole route.
    pub id: PieceId,
    /// Latitude and longitude in degrees, WGS-84. A schematic map: good for some kilometres.
    pub at: [f64; 2],
    /// ISO 8601: a year, month, day, or a range with `/`. A string, always quoted in YAML.
    pub date: String,
    /// The place: `泸定桥`.
    pub title: Text,
    /// Day and present place: `5月29日　四川泸定`. The year is put before it.
    pub when: Text,
    /// One or two sentences.
    pub text: Text,
    /// A picture of the place; the page does without where there is none.
    pub picture: Option<MediaId>,
    /// On which side of its dot the name stands on the map; without it, only while the stop is chosen.
    pub label: Option<LabelSide>,
    /// The name on the map, where the title is too long for it.
    pub label_text: Option<Text>,
    /// Points that the way goes through after this stop, as `at`.
    #[serde(default)]
    pub via: Vec<[f64; 2]>,
    /// How sure date and place are.
    pub certainty: Certainty,
    /// At least one.
    pub sources: Vec<SourceId>,
    /// A note for editors; never on the screen.
    pub note: Option<String>,
}

/// A side of a dot on a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelSide {
    /// Over it.
    Above,
    /// Under it.
    Below,
    /// Left of it.
    Left,
    /// Right of it.
    Right,
}

/// A part of the map, larger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteInset {
    /// Over it: `四渡赤水`.
    pub title: Text,
    /// Drawn for it, about 6 : 5.
    pub picture: MediaId,
    /// Latitude and longitude of what it shows; a thin line leads there.
    pub at: [f64; 2],
}

impl Kind for Route {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        headings(world, sheet, &self.title, &self.chapter);
        text::title(world, sheet, "years", &self.years);
        refs::picture(world, sheet, "map", &self.map);
        let frame = map_frame(world, sheet, &self.map);
        count(sheet, "columns", self.columns.len(), 1, ROUTE_COLUMNS_MAX);
        if self.columns.len() > ROUTE_COLUMNS_MAX || self.columns.iter().any(|column| column.stops.len() > ITEMS_MAX) {
            for (index, column) in self.columns.iter().enumerate().take(ITEMS_MAX) {
                count(sheet, &format!("columns[{index}].stops"), column.stops.len(), 0, ITEMS_MAX);
            }
            return;
        }
        let columns = self.columns.iter().enumerate();
        refs::piece_ids(sheet, columns.clone().map(|(index, column)| (format!("columns[{index}].id"), &column.id)));
        let stops = columns.clone().flat_map(|(column, body)| {
            let path = move |stop| format!("columns[{column}].stops[{stop}].id");
            body.stops.iter().enumerate().map(move |(index, stop)| (path(index), &stop.id))
        });
        refs::piece_ids(sheet, stops);
        for (index, column) in columns {
            let at = format!("columns[{index}]");
            text::title(world, sheet, &format!("{at}.title"), &column.title);
            // One stop is a place and not a way.
            count(sheet, &format!("{at}.stops"), column.stops.len(), 2, ITEMS_MAX);
            let mut before = None;
            for (index, stop) in column.stops.iter().enumerate() {
                let at = format!("{at}.stops[{index}]");
                date_in_order(sheet, &format!("{at}.date"), &stop.date, &mut before);
                stop.check(world, sheet, &at, frame);
            }
        }
        if let Some(inset) = &self.inset {
            text::title(world, sheet, "inset.title", &inset.title);
            refs::picture(world, sheet, "inset.picture", &inset.picture);
            on_map(sheet, "inset.at", inset.at, frame);
        }
        if let Some(next) = &self.next {
            refs::scene(world, sheet, "next", next);
        }
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        to.media.insert(&self.map);
        to.media.extend(self.inset.as_ref().map(|inset| &inset.picture));
        for stop in self.columns.iter().flat_map(|column| &column.stops) {
            to.media.extend(&stop.picture);
            to.sources.extend(&stop.sources);
        }
        to.scenes.extend(&self.next);
    }
}

impl RouteStop {
    fn check(&self, world: &World, sheet: &mut Sheet, at: &str, frame: Option<&MapFrame>) {
        text::title(world, sheet, &format!("{at}.title"), &self.title);
        text::line(world, sheet, &format!("{at}.when"), &self.when);
        text::paragraph(world, sheet, &format!("{at}.text"), &self.text);
        if let Some(label) = &self.label_text {
            text::title(world, sheet, &format!("{at}.label_text"), label);
        }
        let (key, name) = self.label_text.as_ref().map_or(("title", &self.title), |label| ("label_text", label));
        let chars = name.zh.chars().count();
        if self.label.is_some() && chars > ROUTE_LABEL_CHARS_MAX {
            sheet.error(
                &format!("{at}.{key}"),
                "label_too_long",
                both(
                    format!("写在地图上的名称有 {chars} 字，上限 {ROUTE_LABEL_CHARS_MAX} 字"),
                    format!("the name on the map has {chars} characters, at most {ROUTE_LABEL_CHARS_MAX} fit"),
                ),
                Some(both("用 `label_text` 写一个短名", "give a shorter one as `label_text`")),
            );
        }
        if let Some(picture) = &self.picture {
            refs::picture(world, sheet, &format!("{at}.picture"), picture);
        }
        on_map(sheet, &format!("{at}.at"), self.at, frame);
        count(sheet, &format!("{at}.via"), self.via.len(), 0, ROUTE_VIA_MAX);
        for (index, point) in self.via.iter().enumerate().take(ROUTE_VIA_MAX) {
            on_map(sheet, &format!("{at}.via[{index}]"), *point, frame);
        }
        doubtful(sheet, &format!("{at}.certainty"), self.certainty);
        refs::sources(world, sheet, &format!("{at}.sources"), &self.sources);
    }
}

/// How places fall on the picture; a picture that does not say is no map.
fn map_frame<'w>(world: &World<'w>, sheet: &mut Sheet, id: &MediaId) -> Option<&'w MapFrame> {
    let Some((_, Media::Picture(picture))) = world.media.get(id) else { return None };
    if picture.map.is_none() {
        sheet.error(
            "map",
            "map_frame_missing",
            both(
                format!("`{id}` 没有写地图范围，不知道各站在图上的位置"),
                format!("`{id}` does not say which part of the world it shows"),
            ),
            Some(both(
                "在素材里写 `map: { lon: [西, 东], lat: [南, 北] }`",
                "write `map: { lon: [west, east], lat: [south, north] }` in the media list",
            )),
        );
    }
    // Of an impossible frame the media list says so, once.
    picture.map.as_ref().filter(|map| map.is_possible())
}

/// A place lies on the map.
fn on_map(sheet: &mut Sheet, path: &str, [lat, lon]: [f64; 2], frame: Option<&MapFrame>) {
    let Some(frame) = frame else { return };
    let inside = (frame.lon[0]..=frame.lon[1]).contains(&lon) && (frame.lat[0]..=frame.lat[1]).contains(&lat);
    if inside {
        return;
    }
    let swapped = (frame.lon[0]..=frame.lon[1]).contains(&lat) && (frame.lat[0]..=frame.lat[1]).contains(&lon);
    let hint = if swapped {
        both(format!("纬度在前：[{lon}, {lat}]"), format!("the latitude comes first: [{lon}, {lat}]"))
    } else {
        both(
            format!("纬度 {} 到 {}，经度 {} 到 {}", frame.lat[0], frame.lat[1], frame.lon[0], frame.lon[1]),
            format!(
                "latitudes {} to {}, longitudes {} to {}",
                frame.lat[0], frame.lat[1], frame.lon[0], frame.lon[1]
            ),
        )
    };
    sheet.error(
        path,
        "off_the_map",
        both(format!("[{lat}, {lon}] 不在地图上"), format!("[{lat}, {lon}] does not lie on the map")),
        Some(hint),
    );
}
