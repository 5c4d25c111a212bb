//! ISO 8601 dates as far as history knows them: a year, a month, a day, or a range.

use crate::{Text, finding::both};

/// Year, month, day; 0 where not known.
pub(crate) type Day = (u16, u8, u8);

/// First and last day of `1935`, `1935-01`, `1935-01-15` or two of them with `/` between.
pub(crate) fn parse(text: &str) -> Option<(Day, Day)> {
    match text.split_once('/') {
        Some((from, to)) => {
            let (from, to) = (day(from)?, day(to)?);
            not_after(from, to).then_some((from, to))
        }
        None => day(text).map(|day| (day, day)),
    }
}

/// True if `a` is not later than `b`, as far as both are known.
pub(crate) fn not_after(a: Day, b: Day) -> bool {
    if a.0 != b.0 || a.1 == 0 || b.1 == 0 {
        return a.0 <= b.0;
    }
    if a.1 != b.1 || a.2 == 0 || b.2 == 0 {
        return a.1 <= b.1;
    }
    a.2 <= b.2
}

/// How a date is written.
pub(crate) fn hint() -> Text {
    both(
        "写成 1935、1935-01、1935-01-15，或用 / 连接的起止：1935-01-15/1935-01-17",
        "write 1935, 1935-01, 1935-01-15, or a range: 1935-01-15/1935-01-17",
    )
}

fn day(text: &str) -> Option<Day> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4)?;
    let month = match parts.next() {
        Some(part) => u8::try_from(number(part, 2)?).ok().filter(|month| (1..=12).contains(month))?,
        None => 0,
    };
    let day = match parts.next() {
        Some(part) => u8::try_from(number(part, 2)?).ok().filter(|day| (1..=month_days(year, month)).contains(day))?,
        None => 0,
    };
    (year > 0 && parts.next().is_none()).then_some((year, month, day))
}

fn number(part: &str, digits: usize) -> Option<u16> {
    (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok()).flatten()
}

fn month_days(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::{not_after, parse};

    #[test]
    fn what_history_knows_is_a_date_and_nothing_else_is() {
        for good in ["1935", "1935-01", "1935-01-15", "1935-01-15/1935-01-17", "1934-10/1936-10", "1936-02-29"] {
            assert!(parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "35",
            "1935-1",
            "1935-13",
            "1935-02-29",
            "1935-01-15/1934",
            "1935/",
            "1935-01-15-1",
            "一九三五",
            "-001",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_year_is_not_out_of_order_with_its_own_months() {
        assert!(not_after((1935, 5, 1), (1935, 0, 0)));
        assert!(not_after((1935, 0, 0), (1935, 5, 1)));
        assert!(!not_after((1935, 5, 2), (1935, 5, 1)));
        assert!(!not_after((1936, 0, 0), (1935, 12, 31)));
    }
}
