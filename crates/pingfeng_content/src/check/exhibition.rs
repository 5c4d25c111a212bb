//! The manifest, and what holds for all scenes together.

use std::collections::BTreeSet;

use crate::{
    Exhibition, ReleaseTerms, SceneId, Tile,
    finding::{Findings, both},
    kinds::Refers,
    limits::{AUDIENCE_MAX, FORMAT, ITEMS_MAX},
    shape::suggest,
};

use super::{Sheet, World, count, date, refs, text};

/// `kind: exhibition`.
pub(super) fn exhibition(world: &World, sheet: &mut Sheet, body: &Exhibition) {
    if body.format != FORMAT {
        let hint = if body.format > FORMAT {
            both(
                "这份内容是为更新的版本写的：先升级屏风",
                "this was written for a later version: update Pingfeng first",
            )
        } else {
            both(format!("写 `format: {FORMAT}`"), format!("write `format: {FORMAT}`"))
        };
        sheet.error(
            "format",
            "format_unknown",
            both(
                format!("不认识格式 {}，本版本读 {FORMAT}", body.format),
                format!("format {} is not known; this version reads {FORMAT}", body.format),
            ),
            Some(hint),
        );
    }
    refs::id(sheet, "id", &body.id);
    text::title(world, sheet, "title", &body.title);
    text::line(world, sheet, "subtitle", &body.subtitle);
    let seal = body.seal.chars().count();
    if seal != 2 && seal != 4 {
        sheet.error(
            "seal",
            "seal_length",
            both(format!("印章有 {seal} 字"), format!("the seal has {seal} characters")),
            Some(both("写两个字或四个字", "write two or four")),
        );
    }
    if body.languages.is_empty() {
        sheet.error(
            "languages",
            "languages_empty",
            both("没有写语言", "no language is given"),
            Some(both("至少写 `[zh-CN]`", "write at least `[zh-CN]`")),
        );
    }
    for (index, lang) in body.languages.iter().enumerate() {
        if body.languages[..index].contains(lang) {
            let tag = lang.tag();
            sheet.error(
                &format!("languages[{index}]"),
                "language_twice",
                both(format!("语言 `{tag}` 写了两次"), format!("the language `{tag}` is given twice")),
                Some(both("只留一个", "keep one")),
            );
        }
    }
    of_kind(world, sheet, "attract", &body.attract, "attract");
    of_kind(world, sheet, "home", &body.home, "home");
    release_terms(sheet, &body.release);
    count(sheet, "schedule", body.schedule.len(), 0, ITEMS_MAX);
    for (index, rule) in body.schedule.iter().enumerate() {
        let at = format!("schedule[{index}]");
        refs::scene(world, sheet, &format!("{at}.scene"), &rule.scene);
        let from = day(sheet, &format!("{at}.from"), rule.from.as_deref());
        let until = day(sheet, &format!("{at}.until"), rule.until.as_deref());
        if let (Some(from), Some(until)) = (from, until)
            && !date::not_after(from, until)
        {
            sheet.error(
                &format!("{at}.until"),
                "date_order",
                both("结束在开始之前", "the end lies before the beginning"),
                Some(both("对调 from 和 until", "swap from and until")),
            );
        }
    }
}

/// What holds for the releases.
fn release_terms(sheet: &mut Sheet, terms: &ReleaseTerms) {
    if let Some(class) = &terms.class {
        refs::id(sheet, "release.class", class);
    }
    day(sheet, "release.expires", terms.expires.as_deref());
    count(sheet, "release.audience", terms.audience.len(), 0, AUDIENCE_MAX);
    for (index, group) in terms.audience.iter().enumerate() {
        let path = format!("release.audience[{index}]");
        refs::id(sheet, &path, group);
        if terms.audience[..index].contains(group) {
            sheet.error(
                &path,
                "group_twice",
                both(format!("分组 `{group}` 写了两次"), format!("the group `{group}` is given twice")),
                Some(both("只留一个", "keep one")),
            );
        }
    }
}

/// A day, as rules with a beginning or an end have it.
pub(super) fn day(sheet: &mut Sheet, path: &str, value: Option<&str>) -> Option<date::Day> {
    let value = value?;
    let parsed = date::parse(value).filter(|(from, to)| from == to && from.2 > 0);
    if parsed.is_none() {
        sheet.error(
            path,
            "date_invalid",
            both(format!("`{value}` 不是一天"), format!("`{value}` is not a day")),
            Some(both("写成 2026-07-01", "write 2026-07-01")),
        );
    }
    parsed.map(|(day, _)| day)
}

fn of_kind(world: &World, sheet: &mut Sheet, path: &str, id: &SceneId, kind: &str) {
    refs::scene(world, sheet, path, id);
    if let Some((_, scene)) = world.scenes.get(id)
        && scene.kind() != kind
    {
        let known = world.scenes.iter().filter(|(_, (_, scene))| scene.kind() == kind).map(|(id, _)| id.as_str());
        sheet.error(
            path,
            "scene_wrong_kind",
            both(
                format!("`{id}` 是 {} 场景，这里要用 {kind}", scene.kind()),
                format!("`{id}` is a scene of kind {}; {kind} belongs here", scene.kind()),
            ),
            suggest(id.as_str(), known),
        );
    }
}

/// Choices on a page.
pub(crate) fn tiles(world: &World, sheet: &mut Sheet, list: &str, tiles: &[Tile]) {
    let mut seen = BTreeSet::new();
    for (index, tile) in tiles.iter().enumerate() {
        let at = format!("{list}[{index}]");
        refs::scene(world, sheet, &format!("{at}.scene"), &tile.scene);
        if !seen.insert(&tile.scene) {
            sheet.warning(
                &format!("{at}.scene"),
                "tile_twice",
                both(format!("有两个入口都到 `{}`", tile.scene), format!("two tiles lead to `{}`", tile.scene)),
                Some(both("只留一个", "keep one")),
            );
        }
        text::title(world, sheet, &format!("{at}.title"), &tile.title);
        count(sheet, &format!("{at}.labels"), tile.labels.len(), 0, 4);
        for (label, words) in tile.labels.iter().enumerate() {
            text::title(world, sheet, &format!("{at}.labels[{label}]"), words);
        }
        if let Some(picture) = &tile.picture {
            refs::picture(world, sheet, &format!("{at}.picture"), picture);
        }
    }
}

/// Scenes that no visitor can get to.
pub(super) fn reachable(world: &World, findings: &mut Findings) {
    let Some(exhibition) = world.exhibition else { return };
    // Without a home page nothing can be reached, which is one mistake and not one for each scene.
    if world.unreadable || !world.scenes.contains_key(&exhibition.home) {
        return;
    }
    let mut open: Vec<&SceneId> = vec![&exhibition.attract, &exhibition.home];
    open.extend(exhibition.schedule.iter().map(|rule| &rule.scene));
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        let Some((_, scene)) = world.scenes.get(id).filter(|_| seen.insert(id)) else { continue };
        open.extend(Refers::of(scene).scenes);
    }
    for (id, (document, _)) in &world.scenes {
        if !seen.contains(id) {
            Sheet::new(document, findings).warning(
                "id",
                "scene_unreachable",
                both(format!("观众到不了场景 `{id}`"), format!("no visitor can get to the scene `{id}`")),
                Some(both(
                    "在首页、章节或时间线上加一个入口，或删去它",
                    "link to it from the home page, a story or a timeline, or remove it",
                )),
            );
        }
    }
}
