//! Questions: an answer that exists, that can be given, and that is the only one.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Ask, Bank, FillPad, Pair, Piece, PieceId, Question, Quiz, Text,
    finding::both,
    limits::{
        ITEMS_MAX, LINE_CHARS_MAX, OPTIONS_MAX, PAD_CHARACTERS_MAX, PIECES_MAX, QUESTIONS_MAX, QUIZ_QUESTIONS_MAX,
        TITLE_CHARS_MAX, TOPIC_CHARS_MAX,
    },
    shape::{short, suggest},
};

use super::{Sheet, World, count, refs, text};

/// `kind: bank`.
pub(super) fn bank(world: &World, sheet: &mut Sheet, bank: &Bank) {
    text::title(world, sheet, "title", &bank.title);
    count(sheet, "questions", bank.questions.len(), 1, QUESTIONS_MAX);
    for (index, question) in bank.questions.iter().enumerate() {
        check(world, sheet, &format!("questions[{index}]"), question);
    }
}

fn check(world: &World, sheet: &mut Sheet, at: &str, question: &Question) {
    text::paragraph(world, sheet, &format!("{at}.stem"), &question.stem);
    text::paragraph(world, sheet, &format!("{at}.explain"), &question.explain);
    if let Some(topic) = &question.topic {
        text::check(world, sheet, &format!("{at}.topic"), topic, TOPIC_CHARS_MAX);
    }
    refs::sources(world, sheet, &format!("{at}.sources"), &question.sources);
    if let Some(picture) = &question.picture {
        refs::picture(world, sheet, &format!("{at}.picture"), picture);
    }
    if !(1..=3).contains(&question.difficulty) {
        sheet.error(
            &format!("{at}.difficulty"),
            "difficulty",
            both("难度写 1、2 或 3", "the difficulty is 1, 2 or 3"),
            None,
        );
    }
    if let Some(chapter) = &question.chapter {
        refs::id(sheet, &format!("{at}.chapter"), chapter);
    }
    let answer = format!("{at}.answer");
    match &question.ask {
        Ask::Single { options, answer: right } => {
            check_options(world, sheet, at, options);
            letter(sheet, &answer, right, options);
        }
        Ask::Multiple { options, answer: right } => {
            check_options(world, sheet, at, options);
            for (index, letter_) in right.iter().enumerate().take(OPTIONS_MAX) {
                let path = format!("{answer}[{index}]");
                letter(sheet, &path, letter_, options);
                if right[..index].contains(letter_) {
                    sheet.error(
                        &path,
                        "answer_twice",
                        both(format!("`{letter_}` 写了两次"), format!("`{letter_}` is given twice")),
                        Some(both("只留一个", "keep one")),
                    );
                }
            }
            if right.len() < 2 {
                sheet.error(
                    &answer,
                    "answer_not_multiple",
                    both("多选题至少要有两个正确答案", "a multiple question has at least two right answers"),
                    Some(both("只有一个时改用 `type: single`", "use `type: single` where there is one")),
                );
            }
        }
        Ask::TrueFalse { .. } => {}
        Ask::Fill { pad, answer: accepted } => fill(sheet, at, question, pad, accepted),
        Ask::Order { pieces } => {
            let path = format!("{at}.pieces");
            count(sheet, &path, pieces.len(), 3, PIECES_MAX);
            ids(sheet, &path, pieces.iter().map(|Piece { id, .. }| id));
            for (index, piece) in pieces.iter().enumerate() {
                text::check(world, sheet, &format!("{path}[{index}].text"), &piece.text, TITLE_CHARS_MAX);
            }
            distinct(sheet, &path, "text", pieces.iter().map(|piece| &piece.text));
        }
        Ask::Match { pairs } => {
            let path = format!("{at}.pairs");
            count(sheet, &path, pairs.len(), 2, PIECES_MAX);
            ids(sheet, &path, pairs.iter().map(|Pair { id, .. }| id));
            for (index, pair) in pairs.iter().enumerate() {
                text::check(world, sheet, &format!("{path}[{index}].left"), &pair.left, TITLE_CHARS_MAX);
                text::check(world, sheet, &format!("{path}[{index}].right"), &pair.right, TITLE_CHARS_MAX);
            }
            distinct(sheet, &path, "left", pairs.iter().map(|pair| &pair.left));
            distinct(sheet, &path, "right", pairs.iter().map(|pair| &pair.right));
        }
        Ask::Hotspot { image, answer: right } => {
            let Some(picture) = refs::picture(world, sheet, &format!("{at}.image"), image) else { return };
            if picture.regions.is_empty() {
                sheet.error(
                    &format!("{at}.image"),
                    "regions_missing",
                    both(format!("图片 `{image}` 没有热区"), format!("the picture `{image}` has no regions")),
                    Some(both("在素材里写 `regions`", "give it `regions` in the media list")),
                );
            } else if !picture.regions.contains_key(right) {
                sheet.error(
                    &answer,
                    "answer_missing",
                    both(
                        format!("图片 `{image}` 没有热区 `{}`", short(right)),
                        format!("the picture `{image}` has no region `{}`", short(right)),
                    ),
                    suggest(right, picture.regions.keys().map(String::as_str)),
                );
            }
        }
        Ask::Map { image, at: [lat, lon], tolerance_km } => {
            let Some(picture) = refs::picture(world, sheet, &format!("{at}.image"), image) else { return };
            let Some(frame) = &picture.map else {
                sheet.error(
                    &format!("{at}.image"),
                    "map_frame_missing",
                    both(format!("图片 `{image}` 没有地图范围"), format!("the picture `{image}` has no map frame")),
                    Some(both(
                        "在素材里写 `map: { lon: […], lat: […] }`",
                        "give it `map: { lon: […], lat: […] }` in the media list",
                    )),
                );
                return;
            };
            let inside = |value: f64, [low, high]: [f64; 2]| (low..=high).contains(&value);
            let frame_possible = frame.lat[0] < frame.lat[1] && frame.lon[0] < frame.lon[1];
            if frame_possible && (!inside(*lat, frame.lat) || !inside(*lon, frame.lon)) {
                let swapped = inside(*lon, frame.lat) && inside(*lat, frame.lon);
                sheet.error(
                    &format!("{at}.at"),
                    "answer_outside_map",
                    both(
                        format!("[{lat}, {lon}] 不在地图 `{image}` 上"),
                        format!("[{lat}, {lon}] is not on the map `{image}`"),
                    ),
                    Some(if swapped {
                        both(
                            "像是把经纬度写反了：先纬度，后经度",
                            "latitude and longitude seem to be swapped: latitude comes first",
                        )
                    } else {
                        both("先纬度，后经度，单位是度", "latitude first, then longitude, in degrees")
                    }),
                );
            }
            if !(*tolerance_km > 0.0 && *tolerance_km <= 1_000.0) {
                sheet.error(
                    &format!("{at}.tolerance_km"),
                    "tolerance",
                    both(
                        "允许误差要大于 0，不超过 1000 公里",
                        "the tolerance is more than 0 and at most 1000 kilometres",
                    ),
                    None,
                );
            }
        }
    }
}

fn check_options(world: &World, sheet: &mut Sheet, at: &str, options: &BTreeMap<String, Text>) {
    let path = format!("{at}.options");
    count(sheet, &path, options.len(), 2, OPTIONS_MAX);
    for (index, (letter, option)) in options.iter().enumerate() {
        let here = format!("{path}.{letter}");
        let expected = char::from(b'A' + u8::try_from(index.min(25)).unwrap_or(0));
        if letter.len() != 1 || !letter.starts_with(expected) {
            sheet.error(
                &here,
                "option_letter",
                both(
                    format!("选项 `{}` 应为 `{expected}`", short(letter)),
                    format!("the option `{}` should be `{expected}`", short(letter)),
                ),
                Some(both("选项依次写 A、B、C……", "options are A, B, C and so on")),
            );
        }
        text::check(world, sheet, &here, option, LINE_CHARS_MAX);
    }
    distinct_at(sheet, options.iter().map(|(letter, option)| (format!("{path}.{letter}"), option)));
}

fn letter(sheet: &mut Sheet, path: &str, letter: &str, options: &BTreeMap<String, Text>) {
    if !options.contains_key(letter) {
        sheet.error(
            path,
            "answer_missing",
            both(format!("没有选项 `{}`", short(letter)), format!("there is no option `{}`", short(letter))),
            suggest(letter, options.keys().map(String::as_str)),
        );
    }
}

fn ids<'a>(sheet: &mut Sheet, path: &str, ids: impl Iterator<Item = &'a PieceId>) {
    refs::piece_ids(sheet, ids.enumerate().map(|(index, id)| (format!("{path}[{index}].id"), id)));
}

fn distinct<'a>(sheet: &mut Sheet, path: &str, key: &str, texts: impl Iterator<Item = &'a Text>) {
    distinct_at(sheet, texts.enumerate().map(|(index, text)| (format!("{path}[{index}].{key}"), text)));
}

fn distinct_at<'a>(sheet: &mut Sheet, texts: impl Iterator<Item = (String, &'a Text)>) {
    let mut seen = BTreeSet::new();
    for (path, text) in texts {
        if !text.is_empty() && !seen.insert(text.zh.trim()) {
            sheet.error(
                &path,
                "answer_ambiguous",
                both(
                    format!("“{}”出现两次，答案不唯一", short(text.zh.trim())),
                    format!("“{}” stands twice: the answer is not unique", short(text.zh.trim())),
                ),
                Some(both("改写其中一个", "change one of them")),
            );
        }
    }
}

/// What a visitor types, as it is compared: without spaces, full-width digits as ASCII.
fn folded(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
            c => c,
        })
        .collect()
}

fn fill(sheet: &mut Sheet, at: &str, question: &Question, pad: &FillPad, accepted: &[Vec<String>]) {
    let answer = format!("{at}.answer");
    let blanks = question
        .stem
        .zh
        .split('（')
        .skip(1)
        .filter(|rest| rest.split_once('）').is_some_and(|(inside, _)| inside.chars().all(char::is_whitespace)))
        .count();
    if blanks != accepted.len() || blanks == 0 {
        sheet.error(
            &answer,
            "blanks",
            both(
                format!("题干有 {blanks} 个空，答案有 {} 组", accepted.len()),
                format!("the stem has {blanks} blanks, the answer has {}", accepted.len()),
            ),
            Some(both(
                "题干里用（　）表示空，每个空写一组答案",
                "blanks are written （　）; each has one list of accepted answers",
            )),
        );
    }
    let characters: Option<Vec<char>> = match pad {
        FillPad::Digits => None,
        FillPad::Characters(characters) => Some(characters.chars().collect()),
    };
    if let Some(characters) = &characters {
        let path = format!("{at}.pad.characters");
        count(sheet, &path, characters.len(), 2, PAD_CHARACTERS_MAX);
        if characters.iter().collect::<BTreeSet<_>>().len() < characters.len() {
            sheet.warning(
                &path,
                "pad_twice",
                both("有字重复", "a character stands twice"),
                Some(both("每个字只写一次", "write each once")),
            );
        }
    }
    if sheet.made_up(&format!("{at}.pad")) {
        return;
    }
    for (index, accepted) in accepted.iter().enumerate() {
        let typeable = accepted.iter().any(|answer| {
            let answer = folded(answer);
            !answer.is_empty()
                && answer.chars().all(|c| match &characters {
                    None => c.is_ascii_digit(),
                    Some(characters) => characters.contains(&c),
                })
        });
        if !typeable {
            sheet.error(
                &format!("{answer}[{index}]"),
                "answer_not_typeable",
                both("用给出的键打不出这个答案", "the answer cannot be typed on this pad"),
                Some(both(
                    "在 pad 里补上缺的字，或改用 `pad: { characters: … }`",
                    "add the missing characters to the pad, or use `pad: { characters: … }`",
                )),
            );
        }
    }
}

/// `kind: quiz`.
pub(crate) fn quiz(world: &World, sheet: &mut Sheet, quiz: &Quiz) {
    text::title(world, sheet, "title", &quiz.title);
    refs::picture(world, sheet, "picture", &quiz.picture);
    count(sheet, "questions", quiz.questions.len(), 0, ITEMS_MAX);
    let Some((_, bank)) = world.banks.get(&quiz.bank) else {
        if !world.unreadable {
            sheet.error(
                "bank",
                "bank_missing",
                both(format!("没有题库 `{}`", quiz.bank), format!("no bank `{}`", quiz.bank)),
                suggest(quiz.bank.as_str(), world.banks.keys().map(|id| id.as_str())),
            );
        }
        return;
    };
    for (index, id) in quiz.questions.iter().enumerate().take(ITEMS_MAX) {
        if !bank.questions.iter().any(|question| question.id == *id) {
            sheet.error(
                &format!("questions[{index}]"),
                "question_missing",
                both(
                    format!("题库 `{}` 没有题目 `{id}`", quiz.bank),
                    format!("the bank `{}` has no question `{id}`", quiz.bank),
                ),
                suggest(id.as_str(), bank.questions.iter().map(|question| question.id.as_str())),
            );
        }
    }
    let of_chapter = |question: &&Question| quiz.chapter.is_none() || question.chapter == quiz.chapter;
    let available = match quiz.questions.len() {
        0 => bank.questions.iter().filter(of_chapter).count(),
        listed => listed,
    };
    if available == 0 && !bank.questions.is_empty() {
        let chapter = quiz.chapter.as_deref().unwrap_or_default();
        let chapters: BTreeSet<&str> =
            bank.questions.iter().filter_map(|question| question.chapter.as_deref()).collect();
        sheet.error(
            "chapter",
            "quiz_empty",
            both(
                format!("题库 `{}` 没有 `{}` 的题目", quiz.bank, short(chapter)),
                format!("the bank `{}` has no question of `{}`", quiz.bank, short(chapter)),
            ),
            suggest(chapter, chapters),
        );
    } else if quiz.ask > available {
        sheet.error(
            "ask",
            "quiz_too_few",
            both(
                format!("要出 {} 题，只有 {available} 题", quiz.ask),
                format!("{} questions are to be asked, there are {available}", quiz.ask),
            ),
            Some(both("减少 `ask`，或补题", "lower `ask`, or write more questions")),
        );
    }
    let asked = if quiz.ask == 0 { available } else { quiz.ask };
    if asked > QUIZ_QUESTIONS_MAX {
        sheet.error(
            if quiz.ask == 0 { "questions" } else { "ask" },
            "quiz_too_long",
            both(
                format!("一次 {asked} 题，上限 {QUIZ_QUESTIONS_MAX} 题"),
                format!("{asked} questions in a run, at most {QUIZ_QUESTIONS_MAX}"),
            ),
            Some(both("用 `ask` 限定一次出几题", "say with `ask` how many are asked in a run")),
        );
    }
}
