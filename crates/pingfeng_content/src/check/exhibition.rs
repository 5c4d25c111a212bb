//! The manifest and the scenes.

use std::collections::BTreeSet;

use crate::{
    Attract, Certainty, CheckIn, Exhibition, FilmScene, Gallery, Home, PieceId, ReleaseTerms, Scene, SceneId, Story,
    Text, Tile, Timeline,
    finding::{Findings, both},
    limits::{
        ATTRACT_COLUMN_CHARS_MAX, AUDIENCE_MAX, CODE_DIGITS, ERA_CHARS_MAX, FORMAT, HOME_TILES_MAX, ITEMS_MAX,
        STORY_LINKS_MAX,
    },
    shape::suggest,
};

use super::{Sheet, World, date, media::date_hint, quiz, quiz::count, refs, text};

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

/// Every other document.
pub(super) fn scene(world: &World, sheet: &mut Sheet, scene: &Scene) {
    match scene {
        Scene::Attract(body) => attract(world, sheet, body),
        Scene::Home(body) => home(world, sheet, body),
        Scene::Story(body) => story(world, sheet, body),
        Scene::Timeline(body) => timeline(world, sheet, body),
        Scene::Gallery(body) => gallery(world, sheet, body),
        Scene::Film(body) => film(world, sheet, body),
        Scene::Quiz(body) => quiz::quiz(world, sheet, body),
        Scene::CheckIn(body) => check_in(world, sheet, body),
    }
}

fn attract(world: &World, sheet: &mut Sheet, body: &Attract) {
    if let Some(picture) = refs::picture(world, sheet, "picture", &body.picture)
        && !picture.layers
    {
        sheet.error(
            "picture",
            "layers_missing",
            both(
                format!("待机画面 `{}` 没有分层", body.picture),
                format!("the picture `{}` of the attract loop has no layers", body.picture),
            ),
            Some(both(
                "在素材里写 `layers: true`，用分组的 SVG",
                "write `layers: true` in the media list and use an SVG with groups",
            )),
        );
    }
    count(sheet, "title_columns", body.title_columns.len(), 1, 2);
    for (index, column) in body.title_columns.iter().enumerate() {
        let chars = column.chars().count();
        if !(1..=ATTRACT_COLUMN_CHARS_MAX).contains(&chars) {
            sheet.error(
                &format!("title_columns[{index}]"),
                "text_too_long",
                both(
                    format!("竖排一列 1 到 {ATTRACT_COLUMN_CHARS_MAX} 字，这里 {chars} 字"),
                    format!("a column has 1 to {ATTRACT_COLUMN_CHARS_MAX} characters, not {chars}"),
                ),
                Some(both("分成两列，或缩短", "use two columns, or shorten it")),
            );
        }
    }
    text::line(world, sheet, "subtitle", &body.subtitle);
    count(sheet, "facts", body.facts.len(), 1, ITEMS_MAX);
    for (index, fact) in body.facts.iter().enumerate() {
        let at = format!("facts[{index}]");
        text::line(world, sheet, &format!("{at}.when"), &fact.when);
        text::line(world, sheet, &format!("{at}.text"), &fact.text);
        refs::sources(world, sheet, &format!("{at}.sources"), &fact.sources);
    }
}

fn tiles(world: &World, sheet: &mut Sheet, list: &str, tiles: &[Tile]) {
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

fn home(world: &World, sheet: &mut Sheet, body: &Home) {
    text::title(world, sheet, "title", &body.title);
    for (path, words) in
        [("subtitle", &body.subtitle), ("heading", &body.heading), ("hint", &body.hint), ("note", &body.note)]
    {
        text::line(world, sheet, path, words);
    }
    refs::picture(world, sheet, "picture", &body.picture);
    count(sheet, "tiles", body.tiles.len(), 1, HOME_TILES_MAX);
    tiles(world, sheet, "tiles", &body.tiles);
}

fn headings(world: &World, sheet: &mut Sheet, title: &Text, chapter: &Option<Text>) {
    text::title(world, sheet, "title", title);
    if let Some(chapter) = chapter {
        text::title(world, sheet, "chapter", chapter);
    }
}

fn story(world: &World, sheet: &mut Sheet, body: &Story) {
    headings(world, sheet, &body.title, &body.chapter);
    if let Some(years) = &body.years {
        text::title(world, sheet, "years", years);
    }
    count(sheet, "pages", body.pages.len(), 1, ITEMS_MAX);
    for (index, page) in body.pages.iter().enumerate() {
        let at = format!("pages[{index}]");
        refs::picture(world, sheet, &format!("{at}.picture"), &page.picture);
        if let Some(heading) = &page.heading {
            text::title(world, sheet, &format!("{at}.heading"), heading);
        }
        text::paragraph(world, sheet, &format!("{at}.text"), &page.text);
        refs::sources(world, sheet, &format!("{at}.sources"), &page.sources);
    }
    count(sheet, "links", body.links.len(), 0, STORY_LINKS_MAX);
    tiles(world, sheet, "links", &body.links);
}

fn piece_ids<'a>(sheet: &mut Sheet, list: &str, ids: impl Iterator<Item = &'a PieceId>) {
    let mut seen = BTreeSet::new();
    for (index, id) in ids.enumerate() {
        let path = format!("{list}[{index}].id");
        refs::id(sheet, &path, id.as_str());
        if !seen.insert(id) {
            sheet.error(
                &path,
                "id_duplicate",
                both(format!("`{id}` 在这一列里用了两次"), format!("`{id}` is used twice in this list")),
                Some(both("换一个名称", "choose another name")),
            );
        }
    }
}

fn timeline(world: &World, sheet: &mut Sheet, body: &Timeline) {
    headings(world, sheet, &body.title, &body.chapter);
    count(sheet, "eras", body.eras.len(), 0, ITEMS_MAX);
    count(sheet, "events", body.events.len(), 1, ITEMS_MAX);
    if body.eras.len() > ITEMS_MAX || body.events.len() > ITEMS_MAX {
        // Every era is looked for in every event: not in lists that have been refused for their length.
        return;
    }
    piece_ids(sheet, "eras", body.eras.iter().map(|era| &era.id));
    for (index, era) in body.eras.iter().enumerate() {
        let path = format!("eras[{index}]");
        text::check(world, sheet, &format!("{path}.title"), &era.title, ERA_CHARS_MAX);
        if !body.events.iter().any(|event| event.era.as_ref() == Some(&era.id)) {
            sheet.warning(
                &format!("{path}.id"),
                "era_empty",
                both(format!("时期 `{}` 没有事件", era.id), format!("the era `{}` has no event", era.id)),
                Some(both("删去，或给事件写上 `era`", "remove it, or give events this `era`")),
            );
        }
    }
    piece_ids(sheet, "events", body.events.iter().map(|event| &event.id));
    let mut before: Option<date::Day> = None;
    for (index, event) in body.events.iter().enumerate() {
        let at = format!("events[{index}]");
        match date::parse(&event.date) {
            None => sheet.error(
                &format!("{at}.date"),
                "date_invalid",
                both(
                    format!("`{}` 不是日期", crate::shape::short(&event.date)),
                    format!("`{}` is not a date", crate::shape::short(&event.date)),
                ),
                Some(date_hint()),
            ),
            Some((from, to)) => {
                if before.is_some_and(|before| !date::not_after(before, from)) {
                    sheet.error(
                        &format!("{at}.date"),
                        "date_order",
                        both("比前一个事件早", "earlier than the event before it"),
                        Some(both("按时间先后排列", "put the events in the order of time")),
                    );
                }
                before = Some(from);
                mark_year(sheet, &format!("{at}.mark"), &event.mark, from.0, to.0);
            }
        }
        text::title(world, sheet, &format!("{at}.mark"), &event.mark);
        text::line(world, sheet, &format!("{at}.when"), &event.when);
        text::title(world, sheet, &format!("{at}.title"), &event.title);
        text::paragraph(world, sheet, &format!("{at}.text"), &event.text);
        if let Some(picture) = &event.picture {
            refs::picture(world, sheet, &format!("{at}.picture"), picture);
        }
        match &event.era {
            Some(era) if !body.eras.iter().any(|known| known.id == *era) => sheet.error(
                &format!("{at}.era"),
                "era_missing",
                both(format!("没有时期 `{era}`"), format!("no era `{era}`")),
                suggest(era.as_str(), body.eras.iter().map(|era| era.id.as_str())),
            ),
            None if !body.eras.is_empty() => sheet.warning(
                &at,
                "era_none",
                both(
                    format!("事件 `{}` 不属于任何时期", event.id),
                    format!("the event `{}` belongs to no era", event.id),
                ),
                suggest("", body.eras.iter().map(|era| era.id.as_str())),
            ),
            _ => {}
        }
        if event.certainty == Certainty::C {
            sheet.warning(
                &format!("{at}.certainty"),
                "certainty_c",
                both("把握程度是 C：展示前要核实", "of certainty C: to be confirmed before it is shown"),
                Some(both("核实后改成 A 或 B，或暂不展示", "confirm it and write A or B, or leave it out")),
            );
        }
        refs::sources(world, sheet, &format!("{at}.sources"), &event.sources);
    }
    if let Some(next) = &body.next {
        refs::scene(world, sheet, "next", next);
    }
}

/// The year on the rail must be one of the date's.
fn mark_year(sheet: &mut Sheet, path: &str, mark: &Text, from: u16, to: u16) {
    let digits: String = mark.zh.chars().take_while(char::is_ascii_digit).collect();
    if digits.len() == 4
        && let Ok(year) = digits.parse::<u16>()
        && !(from..=to).contains(&year)
    {
        sheet.error(
            path,
            "mark_year",
            both(format!("轴上写 {year} 年，日期是 {from} 年"), format!("the rail says {year}, the date {from}")),
            Some(both("改成一致", "make them agree")),
        );
    }
}

fn gallery(world: &World, sheet: &mut Sheet, body: &Gallery) {
    headings(world, sheet, &body.title, &body.chapter);
    count(sheet, "items", body.items.len(), 1, ITEMS_MAX);
    for (index, item) in body.items.iter().enumerate() {
        let at = format!("items[{index}]");
        refs::picture(world, sheet, &format!("{at}.picture"), &item.picture);
        text::title(world, sheet, &format!("{at}.title"), &item.title);
        text::line(world, sheet, &format!("{at}.when"), &item.when);
        text::paragraph(world, sheet, &format!("{at}.text"), &item.text);
        refs::sources(world, sheet, &format!("{at}.sources"), &item.sources);
    }
}

fn film(world: &World, sheet: &mut Sheet, body: &FilmScene) {
    headings(world, sheet, &body.title, &body.chapter);
    refs::media(world, sheet, "film", &body.film, "film");
    count(sheet, "chapters", body.chapters.len(), 0, ITEMS_MAX);
    let mut before: Option<f64> = None;
    for (index, chapter) in body.chapters.iter().enumerate() {
        let at = format!("chapters[{index}]");
        let right = match before {
            None => chapter.at_s == 0.0,
            Some(before) => chapter.at_s > before,
        };
        if !right {
            sheet.error(
                &format!("{at}.at_s"),
                "chapter_order",
                if index == 0 {
                    both("第一段要从 0 秒开始", "the first chapter begins at 0")
                } else {
                    both("要比前一段晚", "must be later than the chapter before it")
                },
                Some(both("单位是秒", "in seconds")),
            );
        }
        before = Some(chapter.at_s);
        text::title(world, sheet, &format!("{at}.title"), &chapter.title);
    }
    refs::sources(world, sheet, "sources", &body.sources);
}

fn check_in(world: &World, sheet: &mut Sheet, body: &CheckIn) {
    text::title(world, sheet, "title", &body.title);
    refs::id(sheet, "event", &body.event);
    text::title(world, sheet, "event_title", &body.event_title);
    text::line(world, sheet, "when", &body.when);
    text::paragraph(world, sheet, "privacy", &body.privacy);
    refs::picture(world, sheet, "picture", &body.picture);
    if !CODE_DIGITS.contains(&body.code_digits) {
        let (low, high) = (CODE_DIGITS.start(), CODE_DIGITS.end());
        sheet.error(
            "code_digits",
            "code_digits",
            both(format!("签到码 {low} 到 {high} 位"), format!("the code has {low} to {high} digits")),
            None,
        );
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
        match scene {
            Scene::Home(home) => open.extend(home.tiles.iter().map(|tile| &tile.scene)),
            Scene::Story(story) => open.extend(story.links.iter().map(|tile| &tile.scene)),
            Scene::Timeline(timeline) => open.extend(&timeline.next),
            _ => {}
        }
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
