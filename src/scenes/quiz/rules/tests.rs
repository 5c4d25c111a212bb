//! Every kind of question, from the shuffle to the score.

use std::collections::BTreeMap;

use pingfeng_content::{Bank, Media, MediaId, Quiz};
use serde_json::{Value, json};

use super::{
    answer::{FILL_CHARS_MAX, UNDO_STEPS_MAX},
    *,
};

const SEED: u64 = 7;

fn bank(questions: &[Value]) -> Bank {
    let common = json!({ "difficulty": 1, "stem": "题", "explain": "解", "sources": ["s"], "chapter": "ch04" });
    let questions: Vec<Value> = questions
        .iter()
        .enumerate()
        .map(|(at, question)| {
            let mut whole = common.clone();
            whole["id"] = json!(format!("q{at}"));
            whole.as_object_mut().unwrap().extend(question.as_object().unwrap().clone());
            whole
        })
        .collect();
    serde_json::from_value(json!({ "id": "b", "title": "库", "questions": questions })).unwrap()
}

fn quiz(more: Value) -> Quiz {
    let mut quiz = json!({ "id": "z", "title": "答题", "picture": "p", "bank": "b" });
    quiz.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(quiz).unwrap()
}

fn media() -> BTreeMap<MediaId, Media> {
    let common = json!({ "type": "picture", "file": "a.svg", "alt": "图", "credit": "本项目", "licence": "drawn" });
    let mut all = BTreeMap::new();
    for (id, more) in [
        ("plain", json!({})),
        (
            "bridge",
            json!({ "regions": { "chains": { "rect": [0.2, 0.4, 0.6, 0.2] }, "river": { "rect": [0.1, 0.3, 0.8, 0.6] }, "tower": { "circle": [0.05, 0.1, 0.04] } } }),
        ),
        ("map", json!({ "map": { "lon": [98.0, 118.0], "lat": [24.0, 38.0] } })),
    ] {
        let mut picture = common.clone();
        picture.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all.insert(id.into(), serde_json::from_value(picture).unwrap());
    }
    all
}

fn start(quiz: &Quiz, bank: &Bank, seed: u64, round: u32) -> Started {
    Run::start(quiz, bank, &media(), |id| (id.as_str() != "gone").then_some(0.7), seed, round)
}

fn run_of(question: Value) -> Run {
    start(&quiz(json!({})), &bank(&[question]), SEED, 0).run.unwrap()
}

/// Applies edits and submits: `None` where there was nothing complete to submit.
#[track_caller]
fn outcome(question: Value, edits: &[Edit]) -> Option<bool> {
    let mut run = run_of(question);
    for edit in edits {
        assert!(run.edit(*edit), "{edit:?} changed nothing");
    }
    run.submit()
}

fn choice(run: &Run) -> &Choice {
    match &run.items[0].answer {
        Answer::Choice(choice) => choice,
        other => panic!("{other:?}"),
    }
}

fn order(run: &Run) -> &Order {
    match &run.items[0].answer {
        Answer::Order(order) => order,
        other => panic!("{other:?}"),
    }
}

fn pairs(run: &Run) -> &Match {
    match &run.items[0].answer {
        Answer::Match(pairs) => pairs,
        other => panic!("{other:?}"),
    }
}

fn single() -> Value {
    json!({ "type": "single", "options": { "A": "甲", "B": "乙", "C": "丙", "D": "丁" }, "answer": "B" })
}

fn multiple() -> Value {
    json!({ "type": "multiple", "options": { "A": "甲", "B": "乙", "C": "丙", "D": "丁" }, "answer": ["A", "C"] })
}

fn pieces(count: usize) -> Value {
    let pieces: Vec<Value> = (0..count).map(|n| json!({ "id": format!("p{n}"), "text": format!("第{n}") })).collect();
    json!({ "type": "order", "pieces": pieces })
}

fn matching(count: usize) -> Value {
    let pairs: Vec<Value> = (0..count)
        .map(|n| json!({ "id": format!("p{n}"), "left": format!("左{n}"), "right": format!("右{n}") }))
        .collect();
    json!({ "type": "match", "pairs": pairs })
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_round_another() {
    let bank = bank(&vec![single(); 12]);
    let quiz = quiz(json!({ "ask": 5, "shuffle": true }));
    let ids = |seed, round| -> Vec<String> {
        start(&quiz, &bank, seed, round).run.unwrap().items.iter().map(|i| i.question.id.0.clone()).collect()
    };
    assert_eq!(ids(1, 0), ids(1, 0));
    assert_ne!(ids(1, 0), ids(2, 0));
    assert_ne!(ids(1, 0), ids(1, 1));
    assert_eq!(ids(1, 0).len(), 5);
}

#[test]
fn without_a_shuffle_the_next_set_goes_on_where_the_last_ended() {
    let bank = bank(&vec![single(); 5]);
    let quiz = quiz(json!({ "ask": 2 }));
    let ids = |round| -> Vec<String> {
        start(&quiz, &bank, SEED, round).run.unwrap().items.iter().map(|i| i.question.id.0.clone()).collect()
    };
    assert_eq!([ids(0), ids(1), ids(2)], [["q0", "q1"], ["q2", "q3"], ["q4", "q0"]]);
}

#[test]
fn questions_are_taken_by_name_before_chapter_before_all() {
    let mut bank = bank(&vec![single(); 4]);
    bank.questions[3].chapter = Some("ch01".into());
    let ids = |more| -> Vec<String> {
        start(&quiz(more), &bank, SEED, 0).run.unwrap().items.iter().map(|i| i.question.id.0.clone()).collect()
    };
    assert_eq!(ids(json!({ "questions": ["q2", "q0"], "chapter": "ch01" })), ["q2", "q0"]);
    assert_eq!(ids(json!({ "chapter": "ch01" })), ["q3"]);
    assert_eq!(ids(json!({})), ["q0", "q1", "q2", "q3"]);
}

#[test]
fn a_question_without_its_picture_region_or_map_is_left_out_and_named() {
    let hotspot = |image: &str, answer: &str| json!({ "type": "hotspot", "image": image, "answer": answer });
    let place = |image: &str| json!({ "type": "map", "image": image, "at": [30.0, 100.0], "tolerance_km": 90.0 });
    let bank = bank(&[
        hotspot("gone", "x"),
        hotspot("bridge", "no-such"),
        place("plain"),
        hotspot("bridge", "river"),
        place("map"),
    ]);
    let started = start(&quiz(json!({})), &bank, SEED, 0);
    assert_eq!(started.left_out, ["q0".into(), "q1".into(), "q2".into()]);
    assert_eq!(started.run.unwrap().items.len(), 2);
    let started = start(&quiz(json!({ "questions": ["q0"] })), &bank, SEED, 0);
    assert!(started.run.is_none());
}

#[test]
fn a_single_choice_keeps_one_option_and_gives_it_back() {
    let mut run = run_of(single());
    assert!(!run.can_submit());
    assert!(run.edit(Edit::Tap(0)));
    assert!(run.edit(Edit::Tap(2)));
    assert_eq!(choice(&run).picked, [2].into());
    assert!(run.edit(Edit::Tap(2)));
    assert!(!run.can_submit());
    assert!(!run.edit(Edit::Tap(4)), "there are four options");
}

#[test]
fn options_are_shuffled_and_marked_after_grading() {
    let run = run_of(single());
    let places: Vec<usize> = (0..4).filter(|place| choice(&run).options[*place].right).collect();
    assert_eq!(places.len(), 1);
    let wrong = (places[0] + 1) % 4;
    assert_eq!(outcome(single(), &[Edit::Tap(places[0])]), Some(true));
    assert_eq!(outcome(single(), &[Edit::Tap(wrong)]), Some(false));
    let mut run = run;
    run.edit(Edit::Tap(wrong));
    run.submit();
    assert_eq!(choice(&run).mark(wrong), Mark::Wrong);
    assert_eq!(choice(&run).mark(places[0]), Mark::Right);
    assert_eq!(choice(&run).mark((places[0] + 2) % 4), Mark::Rest);
    let orders: std::collections::BTreeSet<usize> = (0..20)
        .map(|seed| {
            let run = start(&quiz(json!({})), &bank(&[single()]), seed, 0).run.unwrap();
            choice(&run).options.iter().position(|o| o.right).unwrap()
        })
        .collect();
    assert_eq!(orders.len(), 4, "the right option turns up in every place");
}

#[test]
fn several_options_count_only_when_exactly_right() {
    let run = run_of(multiple());
    let (right, wrong): (Vec<usize>, Vec<usize>) = (0..4).partition(|place| choice(&run).options[*place].right);
    let taps = |places: &[usize]| places.iter().map(|p| Edit::Tap(*p)).collect::<Vec<_>>();
    assert_eq!(outcome(multiple(), &taps(&right)), Some(true));
    assert_eq!(outcome(multiple(), &taps(&right[..1])), Some(false));
    assert_eq!(outcome(multiple(), &taps(&[right[0], right[1], wrong[0]])), Some(false));
}

#[test]
fn true_and_false_keep_their_places() {
    let ask = |answer| json!({ "type": "truefalse", "answer": answer });
    assert_eq!(choice(&run_of(ask(true))).options[0].label, Label::Yes);
    assert_eq!(outcome(ask(true), &[Edit::Tap(0)]), Some(true));
    assert_eq!(outcome(ask(false), &[Edit::Tap(0)]), Some(false));
    assert_eq!(outcome(ask(false), &[Edit::Tap(1)]), Some(true));
}

#[test]
fn a_blank_takes_the_pads_keys_and_no_others() {
    let mut run = run_of(json!({ "type": "fill", "pad": "digits", "answer": [["76", "七十六"]] }));
    assert!(!run.edit(Edit::Key('a')));
    assert!(run.edit(Edit::Key('7')));
    assert!(!run.edit(Edit::NextBlank), "there is one blank");
    for _ in 1..FILL_CHARS_MAX {
        assert!(run.edit(Edit::Key('6')));
    }
    assert!(!run.edit(Edit::Key('6')), "the blank is full");
    for _ in 0..FILL_CHARS_MAX {
        assert!(run.edit(Edit::Delete));
    }
    assert!(!run.edit(Edit::Delete) && !run.edit(Edit::Clear));
    assert!(run.edit(Edit::Key('7')) && run.edit(Edit::Key('6')) && run.edit(Edit::Clear));
    assert!(!run.can_submit());
}

#[test]
fn two_blanks_are_filled_one_after_the_other() {
    let ask = json!({ "type": "fill", "pad": "digits", "answer": [["8", "八"], ["1", "一"]] });
    assert_eq!(outcome(ask.clone(), &[Edit::Key('8')]), None);
    assert_eq!(outcome(ask.clone(), &[Edit::Key('8'), Edit::NextBlank, Edit::Key('1')]), Some(true));
    assert_eq!(outcome(ask.clone(), &[Edit::Tap(1), Edit::Key('1'), Edit::NextBlank, Edit::Key('8')]), Some(true));
    assert_eq!(outcome(ask.clone(), &[Edit::Key('1'), Edit::NextBlank, Edit::Key('8')]), Some(false));
    // An empty blank hands 删除 to the one before it.
    let back =
        [Edit::Key('9'), Edit::NextBlank, Edit::Delete, Edit::Delete, Edit::Key('8'), Edit::NextBlank, Edit::Key('1')];
    assert_eq!(outcome(ask, &back), Some(true));
}

#[test]
fn full_width_figures_and_spaces_are_folded() {
    let ask = |pad: &str| json!({ "type": "fill", "pad": { "characters": pad }, "answer": [["25000", "二万五千"]] });
    let type_in = |text: &str| outcome(ask(text), &text.chars().map(Edit::Key).collect::<Vec<_>>());
    assert_eq!(type_in("２５０００"), Some(true));
    assert_eq!(type_in("二万　五千"), Some(true));
    assert_eq!(type_in("二万"), Some(false));
}

#[test]
fn cards_never_begin_in_the_right_order() {
    for count in 2..=8 {
        for seed in 0..200 {
            let run = start(&quiz(json!({})), &bank(&[pieces(count)]), seed, 0).run.unwrap();
            assert!(!order(&run).row.is_sorted(), "{count} pieces, seed {seed}");
            let run = start(&quiz(json!({})), &bank(&[matching(count)]), seed, 0).run.unwrap();
            assert_ne!(pairs(&run).lefts, pairs(&run).rights, "{count} pairs, seed {seed}");
        }
    }
}

/// Moves that sort a row, as a visitor would make them from left to right.
fn sorting(row: &[usize]) -> Vec<(usize, usize)> {
    let mut row = row.to_vec();
    let mut moves = Vec::new();
    for to in 0..row.len() {
        let from = row.iter().position(|piece| *piece == to).unwrap();
        if from != to {
            let piece = row.remove(from);
            row.insert(to, piece);
            moves.push((from, to));
        }
    }
    moves
}

#[test]
fn taps_steps_and_drags_order_alike() {
    let run = run_of(pieces(8));
    let moves = sorting(&order(&run).row);
    assert!(!run.can_submit(), "an untouched row is no answer");
    let drags: Vec<Edit> = moves.iter().map(|&(from, to)| Edit::Move { from, to }).collect();
    let taps: Vec<Edit> = moves.iter().flat_map(|&(from, to)| [Edit::Tap(from), Edit::Tap(to)]).collect();
    let steps: Vec<Edit> = moves
        .iter()
        .flat_map(|&(from, to)| {
            let mut edits = vec![Edit::Tap(from)];
            edits.extend(vec![Edit::Step(-1); from - to]);
            edits.push(Edit::Tap(to));
            edits
        })
        .collect();
    assert_eq!(outcome(pieces(8), &drags), Some(true));
    assert_eq!(outcome(pieces(8), &taps), Some(true));
    assert_eq!(outcome(pieces(8), &steps), Some(true));
    assert_eq!(outcome(pieces(8), &drags[..drags.len() - 1]), Some(false));
}

#[test]
fn undo_takes_back_move_after_move() {
    let mut run = run_of(pieces(5));
    let first = order(&run).row.clone();
    assert!(!run.edit(Edit::Undo));
    assert!(!run.edit(Edit::Step(1)), "no card is picked up");
    run.edit(Edit::Move { from: 0, to: 4 });
    run.edit(Edit::Move { from: 2, to: 1 });
    assert!(!run.edit(Edit::Move { from: 2, to: 2 }));
    assert!(run.edit(Edit::Undo) && run.edit(Edit::Undo));
    assert_eq!(order(&run).row, first);
    for _ in 0..UNDO_STEPS_MAX + 5 {
        run.edit(Edit::Move { from: 0, to: 1 });
    }
    assert_eq!(order(&run).undo.len(), UNDO_STEPS_MAX);
}

#[test]
fn cards_are_joined_from_either_side_and_parted_again() {
    let mut run = run_of(matching(3));
    assert!(run.edit(Edit::Left(0)) && run.edit(Edit::Right(1)));
    assert_eq!(pairs(&run).links, [Some(1), None, None]);
    assert!(run.edit(Edit::Right(1)), "picking a joined card up parts it");
    assert_eq!(pairs(&run).links, [None, None, None]);
    assert!(run.edit(Edit::Left(2)));
    assert_eq!(pairs(&run).links, [None, None, Some(1)]);
    assert_eq!(pairs(&run).linked_left(1), Some(2));
    assert!(run.edit(Edit::Left(0)) && run.edit(Edit::Left(1)), "another card of the same side is picked up instead");
    assert_eq!(pairs(&run).held, Some(Side::Left(1)));
    assert!(run.edit(Edit::Right(1)), "joining takes a card from its old partner");
    assert_eq!(pairs(&run).links, [None, Some(1), None]);
    assert!(!run.can_submit());
}

#[test]
fn every_pair_must_be_right() {
    let run = run_of(matching(5));
    let partner = |left: usize| pairs(&run).rights.iter().position(|pair| *pair == pairs(&run).lefts[left]).unwrap();
    let links: Vec<(usize, usize)> = (0..5).map(|left| (left, partner(left))).collect();
    let edits = |links: &[(usize, usize)]| -> Vec<Edit> {
        links.iter().flat_map(|&(left, right)| [Edit::Right(right), Edit::Left(left)]).collect()
    };
    assert_eq!(outcome(matching(5), &edits(&links)), Some(true));
    assert_eq!(outcome(matching(5), &edits(&links[..4])), None);
    let mut crossed = links.clone();
    (crossed[0].1, crossed[1].1) = (crossed[1].1, crossed[0].1);
    assert_eq!(outcome(matching(5), &edits(&crossed)), Some(false));
}

#[test]
fn of_regions_under_a_finger_the_smallest_is_meant() {
    let ask = |answer: &str| json!({ "type": "hotspot", "image": "bridge", "answer": answer });
    assert_eq!(outcome(ask("chains"), &[Edit::Touch([0.5, 0.5])]), Some(true));
    assert_eq!(outcome(ask("river"), &[Edit::Touch([0.5, 0.5])]), Some(false));
    assert_eq!(outcome(ask("river"), &[Edit::Touch([0.5, 0.8])]), Some(true));
    // A circle's radius is in parts of the width, and the picture is 0.7 as high as it is wide.
    assert_eq!(outcome(ask("tower"), &[Edit::Touch([0.05, 0.1 + 0.039 / 0.7])]), Some(true));
    assert_eq!(outcome(ask("tower"), &[Edit::Touch([0.05, 0.1 + 0.056 / 0.7])]), Some(false));
    // A finger may land a little beside, where nothing else lies.
    assert_eq!(outcome(ask("tower"), &[Edit::Touch([0.05, 0.1 + 0.050 / 0.7])]), Some(true));
}

#[test]
fn a_place_counts_within_its_tolerance_along_the_great_circle() {
    let ask = json!({ "type": "map", "image": "map", "at": [29.914, 102.23], "tolerance_km": 90.0 });
    let at = |lat: f64, lon: f64| Edit::Touch([((lon - 98.0) / 20.0) as f32, ((38.0 - lat) / 14.0) as f32]);
    assert_eq!(outcome(ask.clone(), &[at(29.914, 102.23)]), Some(true));
    // 0.9 degrees of longitude at 30° north are 87 km, 0.9 of latitude are 100 km.
    assert_eq!(outcome(ask.clone(), &[at(29.914, 103.13)]), Some(true));
    assert_eq!(outcome(ask.clone(), &[at(30.814, 102.23)]), Some(false));
    let mut run = run_of(ask);
    run.edit(at(39.9, 116.4));
    let Answer::Point(point) = &run.items[0].answer else { panic!() };
    assert_eq!(point.mark.unwrap()[1], 0.0, "touches stay on the picture");
    let spot = point.right_spot().unwrap();
    assert!((spot[0] - 0.2115).abs() < 1e-3 && (spot[1] - 0.5776).abs() < 1e-3, "{spot:?}");
}

#[test]
fn arrows_move_the_mark_from_the_middle() {
    let mut run = run_of(json!({ "type": "hotspot", "image": "bridge", "answer": "chains" }));
    assert!(!run.edit(Edit::Touch([f32::NAN, 0.5])));
    assert!(run.edit(Edit::Nudge([0.025, 0.0])));
    let Answer::Point(point) = &run.items[0].answer else { panic!() };
    assert_eq!(point.mark, Some([0.525, 0.5]));
    assert_eq!(run.submit(), Some(true));
}

#[test]
fn a_run_goes_question_explanation_question_result_review_result() {
    let bank = bank(&[json!({ "type": "truefalse", "answer": true }), json!({ "type": "truefalse", "answer": true })]);
    let mut run = start(&quiz(json!({})), &bank, SEED, 0).run.unwrap();
    assert_eq!(run.advance(), None, "a question is not skipped");
    run.edit(Edit::Tap(0));
    assert_eq!(run.submit(), Some(true));
    assert_eq!(run.submit(), None, "an answer counts once");
    assert!(!run.edit(Edit::Tap(1)), "and stays as it was");
    assert_eq!(run.advance(), Some(Page::Ask(1)));
    assert!(run.record().is_none(), "an unfinished run leaves nothing");
    run.edit(Edit::Tap(1));
    assert_eq!(run.submit(), Some(false));
    assert_eq!(run.advance(), Some(Page::Result));
    assert!(run.review(1) && !run.review(0));
    assert_eq!(run.page, Page::Review(1));
    assert_eq!(run.advance(), Some(Page::Result));
    assert_eq!(run.right(), 1);
    expect_test::expect![[
        r#"{"kind":"quiz_result","scene":"z","asked":2,"right":1,"answers":[{"question":"q0","right":true},{"question":"q1","right":false}]}"#
    ]]
    .assert_eq(&serde_json::to_string(&run.record().unwrap()).unwrap());
}

#[test]
fn each_range_stands_for_a_fifth_of_the_questions() {
    let ranges = |outcomes: &str| -> String {
        let bank = bank(&vec![json!({ "type": "truefalse", "answer": true }); outcomes.len()]);
        let mut run = start(&quiz(json!({})), &bank, SEED, 0).run.unwrap();
        for outcome in outcomes.chars() {
            run.edit(Edit::Tap(usize::from(outcome == '0')));
            run.submit();
            run.advance();
        }
        run.ranges().iter().map(|coloured| if *coloured { '1' } else { '0' }).collect()
    };
    assert_eq!(ranges("11011"), "11011");
    assert_eq!(ranges("1"), "11111");
    assert_eq!(ranges("10"), "11100");
    // Two of three are enough, one of two is not.
    assert_eq!(ranges("1111101010"), "11000");
    assert_eq!(ranges("100011111111111"), "01111");
}
