//! Media lists and source lists.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Ask, Media, MediaCommon, MediaId, MediaList, Picture, Region, SourceId, Sources,
    finding::{Findings, both},
    kinds::Refers,
    limits::{FILM_BYTES_MAX, MAP_APPROVAL_CHARS_MAX, PICTURE_BYTES_MAX, SOUND_BYTES_MAX},
    shape::suggest,
};

use super::{Sheet, World, date, exhibition, refs, text};

/// `kind: sources`.
pub(super) fn sources(world: &World, sheet: &mut Sheet, body: &Sources) {
    for (id, source) in &body.sources {
        text::line(world, sheet, &format!("sources.{id}.title"), &source.title);
        if let Some(published) = &source.published
            && date::parse(published).is_none()
        {
            sheet.error(
                &format!("sources.{id}.published"),
                "date_invalid",
                both(format!("`{published}` 不是日期"), format!("`{published}` is not a date")),
                Some(date::hint()),
            );
        }
    }
}

/// `kind: media`.
pub(super) fn media(world: &World, sheet: &mut Sheet, body: &MediaList) {
    for (id, media) in &body.media {
        let at = format!("media.{id}");
        common(world, sheet, &at, media.common());
        match media {
            Media::Picture(picture) => {
                file(
                    world,
                    sheet,
                    &format!("{at}.file"),
                    &picture.common.file,
                    &["svg", "png", "jpg", "jpeg", "webp"],
                    PICTURE_BYTES_MAX,
                );
                picture_rules(sheet, &at, picture);
            }
            Media::Film(film) => {
                file(
                    world,
                    sheet,
                    &format!("{at}.file"),
                    &film.common.file,
                    &["mp4", "m4v", "mov", "webm", "mkv"],
                    FILM_BYTES_MAX,
                );
                refs::picture(world, sheet, &format!("{at}.poster"), &film.poster);
                if film.captions.is_empty() {
                    sheet.warning(
                        &at,
                        "captions_missing",
                        both(format!("影片 `{id}` 没有字幕"), format!("the film `{id}` has no captions")),
                        Some(both(
                            "加 `captions: { zh-CN: ….vtt }`：展厅里常听不清",
                            "add `captions: { zh-CN: ….vtt }`: halls are noisy",
                        )),
                    );
                }
                for (lang, captions) in &film.captions {
                    file(world, sheet, &format!("{at}.captions.{}", lang.tag()), captions, &["vtt"], SOUND_BYTES_MAX);
                }
            }
            Media::Sound(sound) => {
                file(world, sheet, &format!("{at}.file"), &sound.common.file, &["wav", "ogg", "oga"], SOUND_BYTES_MAX);
            }
        }
    }
}

fn common(world: &World, sheet: &mut Sheet, at: &str, common: &MediaCommon) {
    text::line(world, sheet, &format!("{at}.alt"), &common.alt);
    text::line(world, sheet, &format!("{at}.credit"), &common.credit);
    if common.licence.trim().is_empty() {
        sheet.error(
            &format!("{at}.licence"),
            "licence_missing",
            both("没有写授权", "the right to show it is not given"),
            Some(both("写 SPDX 名称，或说明谁准许在此展出", "write an SPDX id, or who permits to show it here")),
        );
    }
    exhibition::day(sheet, &format!("{at}.licence_until"), common.licence_until.as_deref());
    refs::sources_listed(world, sheet, &format!("{at}.sources"), &common.sources);
    let words = format!("{} {}", common.credit.zh, common.licence).to_lowercase();
    let generator = [
        "ai生成",
        "ai 生成",
        "ai绘",
        "人工智能生成",
        "midjourney",
        "stable diffusion",
        "dall-e",
        "dall·e",
        "文生图",
        "即梦",
        "可灵",
    ];
    if !common.ai_generated && generator.iter().any(|name| words.contains(name)) {
        sheet.warning(
            &format!("{at}.credit"),
            "ai_label",
            both(
                "像是模型生成的，却没有标 `ai_generated: true`",
                "this seems to be made by a model, but is not marked `ai_generated: true`",
            ),
            Some(both("生成的内容须有标识", "generated content must be labelled")),
        );
    }
}

fn file(world: &World, sheet: &mut Sheet, path: &str, file: &str, extensions: &[&str], bytes_max: u64) {
    let inside = !file.is_empty()
        && !file.contains('\\')
        && !file.contains(':')
        && file.split('/').all(|step| !step.is_empty() && step != "." && step != "..");
    if !inside {
        sheet.error(
            path,
            "file_path",
            both(
                format!("`{file}` 不是本文件夹内的路径"),
                format!("`{file}` is not a path inside the exhibition's folder"),
            ),
            Some(both(
                "写展览文件夹以下的路径，用 / 分隔，如 art/ch04.svg",
                "write the path below the folder, with `/`, such as art/ch04.svg",
            )),
        );
        return;
    }
    let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default();
    if !extensions.contains(&extension.as_str()) {
        sheet.error(
            path,
            "file_type",
            both(format!("这里不能用 .{extension} 文件"), format!("a .{extension} file cannot be used here")),
            Some(both(format!("可用：{}", extensions.join("、")), format!("possible: {}", extensions.join(", ")))),
        );
        return;
    }
    match world.files.get(file) {
        None => {
            let fits = |known: &&str| {
                known.rsplit_once('.').is_some_and(|(_, found)| extensions.contains(&found.to_lowercase().as_str()))
            };
            let known: Vec<&str> = match sheet.is_full() {
                true => Vec::new(),
                false => world.files.keys().map(String::as_str).filter(fits).collect(),
            };
            sheet.error(
                path,
                "file_missing",
                both(format!("没有文件 `{file}`"), format!("no file `{file}`")),
                suggest(file, known),
            );
        }
        Some(0) => sheet.error(
            path,
            "file_empty",
            both(format!("文件 `{file}` 是空的"), format!("the file `{file}` is empty")),
            Some(both("重新复制这个文件", "copy the file again")),
        ),
        Some(bytes) if *bytes > bytes_max => sheet.error(
            path,
            "file_too_large",
            both(
                format!("文件有 {bytes} 字节，上限 {bytes_max} 字节"),
                format!("the file has {bytes} bytes, at most {bytes_max} are accepted"),
            ),
            Some(both("压缩或裁短", "compress or shorten it")),
        ),
        Some(_) => {}
    }
}

fn picture_rules(sheet: &mut Sheet, at: &str, picture: &Picture) {
    let part = |value: &f32| (0.0..=1.0).contains(value);
    if !picture.focus.iter().all(part) {
        sheet.error(
            &format!("{at}.focus"),
            "focus_outside",
            both("焦点在画面之外", "the focus lies outside of the picture"),
            Some(both("横、纵各写 0 到 1，左上角是 [0, 0]", "x and y from 0 to 1; the top left is [0, 0]")),
        );
    }
    if picture.layers && !picture.common.file.to_lowercase().ends_with(".svg") {
        sheet.error(
            &format!("{at}.layers"),
            "layers_not_svg",
            both("只有 SVG 能分层", "only an SVG has layers"),
            Some(both("删去 `layers`，或改用 SVG", "remove `layers`, or use an SVG")),
        );
    }
    for (name, region) in &picture.regions {
        let path = format!("{at}.regions.{name}");
        refs::id(sheet, &path, name);
        let inside = match region {
            Region::Rect([x, y, width, height]) => {
                [x, y].into_iter().all(part)
                    && *width > 0.0
                    && *height > 0.0
                    && x + width <= 1.001
                    && y + height <= 1.001
            }
            Region::Circle([x, y, radius]) => part(x) && part(y) && *radius > 0.0 && *radius <= 0.5,
        };
        if !inside && !sheet.made_up(&path) {
            sheet.error(
                &path,
                "region_outside",
                both(format!("区域 `{name}` 超出画面"), format!("the region `{name}` leaves the picture")),
                Some(both(
                    "数值是画宽、画高的比例，0 到 1",
                    "values are parts of the picture's width and height, 0 to 1",
                )),
            );
        }
    }
    if let Some(map) = &picture.map {
        if !map.is_possible() && !sheet.made_up(&format!("{at}.map")) {
            sheet.error(
                &format!("{at}.map"),
                "map_frame",
                both("地图范围不成立", "the frame of the map is impossible"),
                Some(both(
                    "lon 写 [西, 东]，lat 写 [南, 北]，单位是度",
                    "lon is [west, east], lat is [south, north], in degrees",
                )),
            );
        }
        let number = map.approval_no.as_deref().map(str::trim).unwrap_or_default();
        if map.boundaries && number.is_empty() {
            sheet.error(
                &format!("{at}.map.boundaries"),
                "map_unapproved",
                both("画有境界线的地图没有审图号", "a map that shows boundaries has no number of approval"),
                Some(both(
                    "用标准地图并写 `approval_no`，或换成不画境界线的示意图",
                    "use an approved map and write its `approval_no`, or a schematic one without boundaries",
                )),
            );
        }
        let chars = number.chars().count();
        if chars > MAP_APPROVAL_CHARS_MAX {
            sheet.error(
                &format!("{at}.map.approval_no"),
                "text_too_long",
                both(
                    format!("审图号有 {chars} 字，上限 {MAP_APPROVAL_CHARS_MAX} 字"),
                    format!("the number has {chars} characters, at most {MAP_APPROVAL_CHARS_MAX} fit"),
                ),
                None,
            );
        }
    }
}

/// Media and sources that nothing uses.
pub(super) fn unused(world: &World, findings: &mut Findings) {
    if world.unreadable {
        return;
    }
    let mut media = BTreeSet::new();
    let mut sources = BTreeSet::new();
    for (_, scene) in world.scenes.values() {
        let refers = Refers::of(scene);
        media.extend(refers.media);
        sources.extend(refers.sources);
    }
    for (_, question) in world.questions.values() {
        media.extend(&question.picture);
        match &question.ask {
            Ask::Hotspot { image, .. } | Ask::Map { image, .. } => {
                media.insert(image);
            }
            _ => {}
        }
        sources.extend(&question.sources);
    }
    for (_, entry) in world.media.values() {
        sources.extend(&entry.common().sources);
        if let Media::Film(film) = entry {
            media.insert(&film.poster);
        }
    }
    report(
        world.media.iter().map(|(id, (document, _))| (*id, *document)),
        &media,
        "media",
        |path, sheet, id: &MediaId| {
            sheet.warning(
                path,
                "media_unused",
                both(format!("素材 `{id}` 没有用到"), format!("the media entry `{id}` is not used")),
                Some(both("删去它，发布会更小", "remove it: the release gets smaller")),
            );
        },
        findings,
    );
    report(
        world.sources.iter().map(|(id, (document, _))| (*id, *document)),
        &sources,
        "sources",
        |path, sheet, id: &SourceId| {
            sheet.note(
                path,
                "source_unused",
                both(format!("出处 `{id}` 没有用到"), format!("the source `{id}` is not used")),
                None,
            );
        },
        findings,
    );
}

fn report<'d, Id: Ord + std::fmt::Display + 'd>(
    all: impl Iterator<Item = (&'d Id, &'d crate::compile::Document)>,
    used: &BTreeSet<&Id>,
    list: &str,
    mut say: impl FnMut(&str, &mut Sheet, &Id),
    findings: &mut Findings,
) {
    let mut sheets: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (id, document) in all.filter(|(id, _)| !used.contains(id)) {
        sheets.entry(&document.file).or_default().push((id, document));
    }
    for (id, document) in sheets.into_values().flatten() {
        say(&format!("{list}.{id}"), &mut Sheet::new(document, findings), id);
    }
}
