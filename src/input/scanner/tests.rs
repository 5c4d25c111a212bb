//! Bursts of keys, from scanners and from people.

use super::*;

#[test]
fn fast_keys_with_enter_are_a_scan() {
    let mut burst = Burst::default();
    for (at, character) in "PF-742198".chars().enumerate() {
        burst.key(character, 1_000 + at as u64 * 12);
    }
    assert_eq!(burst.enter(1_110), Some("PF-742198".into()));
    assert_eq!(burst.enter(1_111), None, "Enter alone is nothing");
}

#[test]
fn slow_keys_are_not_a_scan() {
    let mut burst = Burst::default();
    for (at, digit) in "742198".chars().enumerate() {
        burst.key(digit, at as u64 * (BURST_GAP_MS + 1));
    }
    assert_eq!(burst.enter(6 * (BURST_GAP_MS + 1)), None);
    // A person's key just before a scan does not become part of it.
    burst.key('9', 10_000);
    for (at, digit) in "1234".chars().enumerate() {
        burst.key(digit, 10_100 + at as u64 * 10);
    }
    assert_eq!(burst.enter(10_140), Some("1234".into()));
}

#[test]
fn a_burst_too_long_or_too_short_is_dropped_whole() {
    let mut burst = Burst::default();
    for at in 0..=SCAN_CHARS_MAX {
        burst.key('7', at as u64);
    }
    assert_eq!(burst.enter(100), None);
    for _ in 0..SCAN_CHARS_MAX {
        burst.key('7', 200);
    }
    assert_eq!(burst.enter(200).map(|scan| scan.len()), Some(SCAN_CHARS_MAX));
    burst.key('1', 300);
    assert_eq!(burst.enter(301), None);
}

#[test]
fn a_clock_set_back_ends_a_burst() {
    let mut burst = Burst::default();
    burst.key('1', 1_000);
    for digit in "2345".chars() {
        burst.key(digit, 500);
    }
    assert_eq!(burst.enter(500), Some("2345".into()));
}

/// Feeds keys as a keyboard numbers them: (key, pressed).
fn typed(keys: &[(KeyCode, bool)]) -> Vec<String> {
    let mut reader = KeyReader::default();
    keys.iter().enumerate().filter_map(|(at, (key, down))| reader.key(*key, *down, at as u64 * 5)).collect()
}

#[test]
fn keys_of_a_device_become_characters() {
    let tap = |key| [(key, true), (key, false)];
    let mut keys = vec![(KeyCode::KEY_LEFTSHIFT, true)];
    keys.extend(tap(KeyCode::KEY_P));
    keys.extend(tap(KeyCode::KEY_F));
    keys.push((KeyCode::KEY_LEFTSHIFT, false));
    for key in [KeyCode::KEY_MINUS, KeyCode::KEY_7, KeyCode::KEY_KP4, KeyCode::KEY_B, KeyCode::KEY_ENTER] {
        keys.extend(tap(key));
    }
    assert_eq!(typed(&keys), ["PF-74b"]);
}

#[test]
fn keys_without_a_character_are_passed_over() {
    let tap = |key| [(key, true), (key, false)];
    let keys: Vec<(KeyCode, bool)> = [
        KeyCode::KEY_1,
        KeyCode::KEY_F5,
        KeyCode::KEY_2,
        KeyCode::KEY_LEFTCTRL,
        KeyCode::KEY_3,
        KeyCode::KEY_4,
        KeyCode::KEY_KPENTER,
    ]
    .into_iter()
    .flat_map(tap)
    .collect();
    assert_eq!(typed(&keys), ["1234"]);
}
