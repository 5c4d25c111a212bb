//! What a visitor reads: there, not too long, in the languages of the exhibition, in the right words.

use crate::{
    Certainty, Lang, Scene, Text,
    finding::{Findings, both},
    kinds::Refers,
    limits::{ITEMS_MAX, LATIN_PER_HAN, LINE_CHARS_MAX, TEXT_CHARS_MAX, TITLE_CHARS_MAX},
};

use super::{Sheet, World};

/// Terms that reviewers send back, with the accepted ones. Checked in zh-CN texts.
const WORDING: [(&str, &str); 9] = [
    ("八年抗战", "十四年抗战（其中全民族抗战八年）"),
    ("香港收回主权", "中国政府对香港恢复行使主权"),
    ("建国后", "新中国成立后"),
    ("解放前", "新中国成立前"),
    ("红军战死", "红军牺牲"),
    ("逃跑路线", "战略转移"),
    ("二万五千公里", "二万五千里"),
    ("七月一日召开一大", "一大 1921年7月23日开幕，七一是纪念日"),
    ("三大战役包括渡江战役", "辽沈、淮海、平津三大战役"),
];

/// A title.
pub(crate) fn title(world: &World, sheet: &mut Sheet, path: &str, text: &Text) {
    check(world, sheet, path, text, TITLE_CHARS_MAX);
}

/// One line.
pub(crate) fn line(world: &World, sheet: &mut Sheet, path: &str, text: &Text) {
    check(world, sheet, path, text, LINE_CHARS_MAX);
}

/// A paragraph.
pub(crate) fn paragraph(world: &World, sheet: &mut Sheet, path: &str, text: &Text) {
    check(world, sheet, path, text, TEXT_CHARS_MAX);
}

/// A text of at most `chars_max` characters.
pub(crate) fn check(world: &World, sheet: &mut Sheet, path: &str, text: &Text, chars_max: usize) {
    if text.is_empty() {
        sheet.error(
            path,
            "text_empty",
            both("文字是空的", "the text is empty"),
            Some(both("写上文字；可以不要时删去这个键", "write something, or remove the key where it may be absent")),
        );
        return;
    }
    too_long(sheet, path, Lang::ZhCn, &text.zh, chars_max);
    for (wrong, right) in WORDING {
        if text.zh.contains(wrong) {
            sheet.warning(
                path,
                "wording",
                both(format!("“{wrong}”不是规范表述"), format!("“{wrong}” is not the accepted wording")),
                Some(both(
                    format!("写“{right}”；引作错例时可以保留"),
                    format!("write “{right}”, unless it is quoted as a mistake"),
                )),
            );
        }
    }
    for (lang, words) in &text.other {
        if words.trim().is_empty() {
            let path = format!("{path}.{}", lang.tag());
            sheet.error(
                &path,
                "text_empty",
                both("译文是空的", "the translation is empty"),
                Some(both("删去这一行，会显示中文", "remove the line: the Chinese text is shown instead")),
            );
        } else {
            // A Han character says about as much as three letters.
            too_long(sheet, path, *lang, words, chars_max * LATIN_PER_HAN);
        }
    }
    // Years and numbers read the same in every language.
    let needs_words = text.zh.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c));
    for lang in world.languages().iter().filter(|_| needs_words) {
        if *lang != Lang::ZhCn && !text.other.contains_key(lang) {
            sheet.untranslated.entry(*lang).or_insert_with(|| (0, path.to_owned())).0 += 1;
        }
    }
}

fn too_long(sheet: &mut Sheet, path: &str, lang: Lang, words: &str, chars_max: usize) {
    // Word joiners and breaks by hand take no room.
    let chars = words.chars().filter(|c| *c != '\u{2060}' && *c != '\n').count();
    if chars > chars_max {
        let by_language = format!("{path}.{}", lang.tag());
        let path = if sheet.document.node.place(&by_language) == sheet.document.node.place(path) {
            path
        } else {
            &by_language
        };
        sheet.error(
            path,
            "text_too_long",
            both(
                format!("文字有 {chars} 字，上限 {chars_max} 字"),
                format!("the text has {chars} characters, at most {chars_max} fit"),
            ),
            Some(both("删短，或分成几页、几条", "shorten it, or split it")),
        );
    }
}

/// One note a document for what has no translation: it falls back to Chinese, so it is no mistake.
pub(crate) fn languages(sheet: &mut Sheet) {
    for (lang, (count, path)) in std::mem::take(&mut sheet.untranslated) {
        let tag = lang.tag();
        sheet.note(
            &path,
            "untranslated",
            both(
                format!("{count} 段文字没有 {tag}，会显示中文；第一处在这里"),
                format!("{count} texts have no {tag} and are shown in Chinese; this is the first"),
            ),
            None,
        );
    }
}

/// Attract loops show facts of certainty A only. A fact has no grade of its own, but an event of the same name has.
pub(crate) fn facts(world: &World, findings: &mut Findings) {
    const NAME_CHARS_MIN: usize = 3;
    const DOUBTFUL_MAX: usize = 1_000;
    let doubtful: Vec<(&str, Certainty)> = world
        .scenes
        .values()
        .flat_map(|(_, scene)| Refers::of(scene).graded)
        .filter(|(title, certainty)| *certainty != Certainty::A && title.zh.chars().count() >= NAME_CHARS_MIN)
        .map(|(title, certainty)| (title.zh.as_str(), certainty))
        .take(DOUBTFUL_MAX)
        .collect();
    for (document, scene) in world.scenes.values() {
        let Scene::Attract(attract) = scene else { continue };
        let mut sheet = Sheet::new(document, findings);
        for (index, fact) in attract.facts.iter().enumerate().take(ITEMS_MAX) {
            let named = doubtful.iter().find(|(title, _)| fact.text.zh.contains(title));
            if let Some((title, certainty)) = named {
                sheet.warning(
                    &format!("facts[{index}].text"),
                    "fact_uncertain",
                    both(
                        format!("时间线里“{title}”的把握程度是 {certainty:?}，待机页只用 A"),
                        format!("the timeline grades “{title}” {certainty:?}; the attract loop shows A only"),
                    ),
                    Some(both("换一条事实，或核实后改等级", "choose another fact, or confirm it and change the grade")),
                );
            }
        }
    }
}
