//! Codes typed, scanned, doubled and refused.

use super::*;

fn typed(desk: &mut Desk, digits: &str) {
    for digit in digits.chars() {
        assert_eq!(desk.press(Key::Digit(digit), &Seen::new(1), 0), None);
    }
}

#[test]
fn a_code_has_as_many_digits_as_the_page_says() {
    let mut desk = Desk::new("e", 6);
    typed(&mut desk, "74219");
    assert!(!desk.can_confirm());
    assert_eq!(desk.press(Key::Confirm, &Seen::new(1), 0), None);
    typed(&mut desk, "35");
    assert_eq!(desk.typed, "742193", "a seventh digit is not taken");
    desk.press(Key::Delete, &Seen::new(1), 0);
    desk.press(Key::Digit('x'), &Seen::new(1), 0);
    assert_eq!(desk.typed, "74219");
    typed(&mut desk, "8");
    assert_eq!(desk.press(Key::Confirm, &Seen::new(1), 0), Some(Wanted { code: "742198".into(), way: Way::Typed }));
}

#[test]
fn typing_to_saving_to_saved_to_typing() {
    let mut desk = Desk::new("e", 4);
    typed(&mut desk, "1234");
    desk.press(Key::Confirm, &Seen::new(1), 10);
    assert_eq!(desk.stage, Stage::Saving { since_ms: 10 });
    assert_eq!(desk.press(Key::Confirm, &Seen::new(1), 11), None, "a record on its way is not sent again");
    desk.saved(&mut Seen::new(1), 20);
    assert_eq!(desk.stage, Stage::Saved { since_ms: 20 });
    assert_eq!(desk.typed, "");
    assert!(!desk.tick(20 + OUTCOME_MS - 1));
    assert!(desk.tick(20 + OUTCOME_MS));
    assert_eq!(desk.stage, Stage::Typing);
}

#[test]
fn saved_is_said_only_after_the_disk_has_said_so() {
    let mut desk = Desk::new("e", 4);
    typed(&mut desk, "1234");
    desk.press(Key::Confirm, &Seen::new(1), 0);
    assert!(desk.tick(SAVE_MS_MAX));
    assert_eq!(desk.stage, Stage::NotSaved { since_ms: SAVE_MS_MAX });
    assert_eq!(desk.typed, "1234", "the code stays, to try again");
    assert!(desk.can_confirm());
    desk.saved(&mut Seen::new(1), SAVE_MS_MAX + 1);
    assert_eq!(desk.stage, Stage::Saved { since_ms: SAVE_MS_MAX + 1 }, "a late word from the disk still counts");
    desk.clear();
    desk.saved(&mut Seen::new(1), SAVE_MS_MAX + 2);
    assert_eq!(desk.stage, Stage::Typing, "but not for the next visitor");
}

#[test]
fn saving_to_not_saved_to_saving() {
    let mut desk = Desk::new("e", 4);
    typed(&mut desk, "1234");
    desk.press(Key::Confirm, &Seen::new(1), 0);
    desk.not_saved(5);
    assert_eq!(desk.stage, Stage::NotSaved { since_ms: 5 });
    assert!(desk.press(Key::Confirm, &Seen::new(1), 6).is_some(), "what was not saved may be tried again");
}

#[test]
fn the_same_code_is_recorded_once() {
    let (mut desk, mut seen) = (Desk::new("e", 4), Seen::new(1));
    assert!(desk.scan("A-1234", &seen, 0).is_some());
    desk.saved(&mut seen, 1);
    assert_eq!(desk.scan("A-1234", &seen, 2), None);
    assert_eq!(desk.stage, Stage::Already { since_ms: 2 });
    assert!(desk.scan("A-1235", &seen, 3).is_some(), "the next visitor need not wait");
    desk.saved(&mut seen, 4);
    assert!(Desk::new("another", 4).scan("A-1234", &seen, 4).is_some(), "another event has its own codes");
    for code in 0..SEEN_MAX {
        assert!(desk.scan(&format!("B{code}"), &seen, 5).is_some());
        desk.saved(&mut seen, 5);
    }
    assert!(desk.scan("A-1234", &seen, 6).is_some(), "only so many are remembered");
}

#[test]
fn the_next_visitor_types_over_the_last_outcome() {
    let mut desk = Desk::new("e", 4);
    desk.scan("A-1234", &Seen::new(1), 0);
    desk.saved(&mut Seen::new(1), 0);
    typed(&mut desk, "5");
    assert_eq!((desk.typed.as_str(), desk.stage), ("5", Stage::Typing));
}

#[test]
fn the_strip_shows_each_check_in_once_and_the_newest_first() {
    let mut strip = Strip::default();
    for (id, name, count) in
        [("a", "王＊明", 1), ("b", "李＊", 2), ("c", "陈＊华", 3), ("a", "王＊明", 1), ("d", "赵＊", 3)]
    {
        strip.welcome(id, name, count);
    }
    assert_eq!(strip.names, ["赵＊", "陈＊华", "李＊"]);
    assert_eq!(strip.count, Some(3));
    assert!(!strip.welcome("d", "赵＊", 9));
}

#[test]
fn a_code_that_nobody_has_is_said_so_and_may_be_tried_again() {
    let (mut desk, mut seen) = (Desk::new("e", 4), Seen::new(1));
    typed(&mut desk, "1234");
    assert!(desk.press(Key::Confirm, &seen, 0).is_some());
    desk.saved(&mut seen, 10);
    desk.unlisted(&mut seen, 90);
    assert_eq!(desk.stage, Stage::Unlisted { since_ms: 90 });
    assert!(!desk.tick(90 + OUTCOME_MS - 1));
    assert!(desk.tick(90 + OUTCOME_MS));
    typed(&mut desk, "1234");
    assert!(desk.press(Key::Confirm, &seen, 9_000).is_some(), "the administrator may have added it meanwhile");
}

#[test]
fn the_next_visitor_is_not_told_of_the_last_ones_code() {
    let (mut desk, mut seen) = (Desk::new("e", 4), Seen::new(1));
    typed(&mut desk, "1234");
    desk.press(Key::Confirm, &seen, 0);
    desk.saved(&mut seen, 10);
    typed(&mut desk, "5");
    desk.unlisted(&mut seen, 90);
    assert_eq!((desk.stage, desk.typed.as_str()), (Stage::Typing, "5"));
}
