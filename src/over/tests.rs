//! What lies over every page: the dark glass, notices, the stick and the mark.

use pingfeng_content::model::{Lang, Text};

use super::*;

fn notice(severity: Severity) -> Notice {
    Notice {
        v: 1,
        site: "main".into(),
        id: "n-1".into(),
        text: Text { zh: "闭馆".into(), other: [(Lang::En, "Closing".into())].into() },
        severity,
        created_at_ms: 0,
        expires_at_ms: 3_600_000,
        groups: Default::default(),
    }
}

fn over(blank: bool, severity: Option<Severity>) -> Over {
    Over { blank, notice: severity.map(notice), trust: Some(TrustMode::Hub), import: None }
}

fn slips(over: &Over, visiting: bool) -> Vec<&'static str> {
    let reading = Some(ImportView::Reading { percent: 1, minutes: None });
    let name = |slip: &Slip| match slip {
        Slip::Dark => "dark",
        Slip::Danger { dark: false, .. } => "danger",
        Slip::Danger { dark: true, .. } => "danger on dark",
        Slip::NoticeBand(_) => "band",
        Slip::ImportBand(_) => "stick above",
        Slip::ImportSheet(_) => "stick",
        Slip::Mark(_) => "mark",
    };
    slips_of(over, &TimeZone::UTC, reading, visiting, true).iter().map(name).collect()
}

#[test]
fn an_emergency_covers_everything_else_and_danger_is_seen_in_the_dark() {
    assert_eq!(slips(&over(true, None), false), ["dark"]);
    assert_eq!(slips(&over(true, Some(Severity::Warning)), false), ["dark"]);
    assert_eq!(slips(&over(true, Some(Severity::Danger)), false), ["danger on dark"]);
    assert_eq!(slips(&over(false, Some(Severity::Danger)), true), ["danger"]);
}

#[test]
fn what_is_not_urgent_leaves_the_page_to_the_visitor() {
    let info = over(false, Some(Severity::Info));
    assert!(!info.hides_pages());
    assert_eq!(slips(&info, true), ["band", "stick above", "mark"]);
    assert_eq!(slips(&info, false), ["band", "stick", "mark"]);
}

#[test]
fn a_screen_whose_content_is_signed_has_no_mark() {
    let signed = Over { trust: Some(TrustMode::Signed), ..Over::default() };
    assert_eq!(slips_of(&signed, &TimeZone::UTC, None, false, true), []);
    assert_eq!(slips_of(&Over::default(), &TimeZone::UTC, None, false, true), [], "without a link nothing new comes");
    let modes = [TrustMode::Hub, TrustMode::NoRoot, TrustMode::Damaged];
    assert_eq!(modes.map(|mode| mark::word(mode).is_some()), [true; 3]);
}

#[test]
fn what_went_wrong_with_a_stick_is_said_after_it_was_pulled_out() {
    let mut over = Over::default();
    let failed = Import::Failed(Text::zh("存储盘被拔出"));
    over.import_says(failed.clone());
    over.import_says(Import::Gone);
    assert_eq!(over.import, Some(failed));
    over.import_says(Import::Done { version: None, records: 0 });
    over.import_says(Import::Gone);
    assert_eq!(over.import, None);
}
