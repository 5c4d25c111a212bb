//! Ids and what they refer to.

use std::{collections::BTreeSet, fmt::Display};

use crate::{
    Media, MediaId, PieceId, SceneId, SourceId,
    compile::Document,
    finding::both,
    id_is_valid,
    shape::{short, suggest},
};

use super::{Sheet, World};

/// An id must be ASCII: it appears in topics, file names and addresses.
pub(crate) fn id(sheet: &mut Sheet, path: &str, id: &str) {
    if !id_is_valid(id) {
        sheet.error(
            path,
            "id_invalid",
            both(format!("名称 `{}` 不合规", short(id)), format!("the name `{}` is not valid", short(id))),
            Some(both(
                "用 1 到 64 个小写字母、数字、- 或 _，以字母或数字开头",
                "use 1 to 64 of a-z, 0-9, `-` and `_`, starting with a letter or digit",
            )),
        );
    }
}

/// An id names one thing.
pub(crate) fn once(sheet: &mut Sheet, path: &str, id: &str, first: Option<&Document>) {
    if let Some(first) = first {
        sheet.error(
            path,
            "id_duplicate",
            both(
                format!("`{}` 已在 `{}` 用过", short(id), first.file),
                format!("`{}` is already used in `{}`", short(id), first.file),
            ),
            Some(both("换一个名称", "choose another name")),
        );
    }
}

/// Checks that ids of pieces are valid and that none is used twice; each with its path.
pub(crate) fn piece_ids<'a>(sheet: &mut Sheet, ids: impl Iterator<Item = (String, &'a PieceId)>) {
    let mut seen = BTreeSet::new();
    for (path, piece) in ids {
        id(sheet, &path, piece.as_str());
        if !seen.insert(piece) {
            sheet.error(
                &path,
                "id_duplicate",
                both(format!("`{piece}` 在这一列里用了两次"), format!("`{piece}` is used twice in this list")),
                Some(both("换一个名称", "choose another name")),
            );
        }
    }
}

fn missing<'k>(
    sheet: &mut Sheet,
    path: &str,
    code: &str,
    (zh, en): (&str, &str),
    id: impl Display,
    known: impl Iterator<Item = &'k str>,
) {
    let id = id.to_string();
    let word = short(&id);
    let known: Vec<&str> = if sheet.is_full() { Vec::new() } else { known.collect() };
    sheet.error(path, code, both(format!("没有{zh} `{word}`"), format!("no {en} `{word}`")), suggest(&id, known));
}

/// `id` must be a scene.
pub(crate) fn scene(world: &World, sheet: &mut Sheet, path: &str, id: &SceneId) {
    if !world.scenes.contains_key(id) && !world.unreadable {
        missing(sheet, path, "scene_missing", ("场景", "scene"), id, world.scenes.keys().map(|id| id.as_str()));
    }
}

/// At least one source, and each must be listed.
pub(crate) fn sources(world: &World, sheet: &mut Sheet, path: &str, ids: &[SourceId]) {
    if ids.is_empty() {
        sheet.error(
            path,
            "source_none",
            both("没有写出处", "no source is given"),
            Some(both(
                "每条内容至少写一个出处：`sources: [dashiji]`",
                "every statement names at least one source: `sources: [dashiji]`",
            )),
        );
    }
    sources_listed(world, sheet, path, ids);
}

/// Each source must be listed.
pub(crate) fn sources_listed(world: &World, sheet: &mut Sheet, path: &str, ids: &[SourceId]) {
    for (index, id) in ids.iter().enumerate() {
        if !world.sources.contains_key(id) && !world.unreadable {
            let known = world.sources.keys().map(|id| id.as_str());
            missing(sheet, &format!("{path}[{index}]"), "source_missing", ("出处", "source"), id, known);
        }
    }
}

/// `id` must be a media entry; returns it.
pub(crate) fn media<'d>(
    world: &World<'d>,
    sheet: &mut Sheet,
    path: &str,
    id: &MediaId,
    kind: &str,
) -> Option<&'d Media> {
    let Some((_, media)) = world.media.get(id) else {
        if !world.unreadable {
            let known = world.media.iter().filter(|(_, (_, media))| word(media) == kind).map(|(id, _)| id.as_str());
            missing(sheet, path, "media_missing", ("素材", "media entry"), id, known);
        }
        return None;
    };
    if word(media) != kind {
        let (is_zh, is_en) = names(word(media));
        let (want_zh, want_en) = names(kind);
        let hint = suggest(
            id.as_str(),
            world.media.iter().filter(|(_, (_, media))| word(media) == kind).map(|(id, _)| id.as_str()),
        );
        sheet.error(
            path,
            "media_wrong_type",
            both(
                format!("`{id}` 是{is_zh}，这里要用{want_zh}"),
                format!("`{id}` is a {is_en}; a {want_en} belongs here"),
            ),
            hint,
        );
        return None;
    }
    Some(media)
}

fn word(media: &Media) -> &'static str {
    match media {
        Media::Picture(_) => "picture",
        Media::Film(_) => "film",
        Media::Sound(_) => "sound",
    }
}

fn names(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "picture" => ("图片", "picture"),
        "film" => ("影片", "film"),
        _ => ("声音", "sound"),
    }
}

/// `id` must be a picture; returns it.
pub(crate) fn picture<'d>(
    world: &World<'d>,
    sheet: &mut Sheet,
    path: &str,
    id: &MediaId,
) -> Option<&'d crate::Picture> {
    match media(world, sheet, path, id, "picture") {
        Some(Media::Picture(picture)) => Some(picture),
        _ => None,
    }
}
