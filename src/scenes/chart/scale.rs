//! Numbers as they are written, axes that begin at zero, and the names that find room below one. Nothing here knows an
//! entity.

/// Above its zero, an axis has at most so many marks.
const MARKS_MOST: f64 = 5.0;
/// Distances of marks that are easy to count with, as parts of a power of ten.
const EASY: [f64; 4] = [1.0, 2.0, 2.5, 5.0];
/// Between two names below an axis, px.
const NAME_GAP: f32 = 12.0;

/// Digits after the point that numbers standing together need: 457.2 and 461.0 have one each.
pub(super) fn digits(values: impl Iterator<Item = f64>) -> usize {
    let after_point = |value: f64| value.to_string().split_once('.').map_or(0, |(_, digits)| digits.len());
    values.map(after_point).max().unwrap_or(0)
}

/// A number as the document has it, without an exponent, with so many digits after the point.
pub(super) fn written(value: f64, digits: usize) -> String {
    // Of zero there is a negative one, too.
    format!("{:.digits$}", if value == 0.0 { 0.0 } else { value })
}

/// An axis from zero to its last mark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    step: f64,
    marks: usize,
}

impl Axis {
    /// Up to the first easy mark that is not below `most`.
    pub(super) fn new(most: f64) -> Self {
        if most <= 0.0 || !most.is_finite() {
            return Self { step: 1.0, marks: 1 };
        }
        let power = 10.0_f64.powf((most / MARKS_MOST).log10().floor());
        let easy = EASY.map(|part| part * power).into_iter().find(|step| step * MARKS_MOST >= most);
        let step = easy.unwrap_or(10.0 * power);
        Self { step, marks: (most / step - 1e-9).ceil().max(1.0) as usize }
    }

    /// How far along the axis a number lies, 0 to 1.
    pub(super) fn part(&self, value: f64) -> f32 {
        (value / (self.step * self.marks as f64)).clamp(0.0, 1.0) as f32
    }

    /// The marks from zero on: how far along they lie, and what is written there.
    pub(super) fn marks(&self) -> Vec<(f32, String)> {
        let whole = |digits: &usize| {
            let shifted = self.step * 10.0_f64.powf(*digits as f64);
            (shifted - shifted.round()).abs() < 1e-6
        };
        let digits = (0..9_usize).find(whole).unwrap_or(9);
        let mark = |n: usize| {
            let words = if n == 0 { "0".to_owned() } else { format!("{:.digits$}", self.step * n as f64) };
            (n as f32 / self.marks as f32, words)
        };
        (0..=self.marks).map(mark).collect()
    }
}

/// A name on two lines where it has a space, parted so that the longer one is as short as can be.
pub(super) fn parted(name: &str) -> String {
    let ems = |words: &str| words.chars().map(|c| if c.is_ascii() { 0.56 } else { 1.0 }).sum::<f32>();
    let longer = |(first, second): &(&str, &str)| ems(first).max(ems(second));
    let parts = name.match_indices([' ', '\u{3000}']).map(|(at, space)| (&name[..at], &name[at + space.len()..]));
    let best = parts.min_by(|a, b| longer(a).total_cmp(&longer(b)));
    best.map_or_else(|| name.to_owned(), |(first, second)| format!("{first}\n{second}"))
}

/// Which names of these widths stand below an axis of equal slots that begins at `left`, and where their left edges lie:
/// the chosen one, and of the others every one, or every second, and so on, so that none touches another. The last one is
/// the newest and is kept. All lie between 0 and `room`.
pub(super) fn names_shown(widths: &[f32], slot: f32, left: f32, room: f32, chosen: usize) -> Vec<(usize, f32)> {
    let count = widths.len();
    let edges = |index: usize| {
        let width = widths[index];
        let from = (left + (index as f32 + 0.5) * slot - width / 2.0).min(room - width).max(0.0);
        [from, from + width]
    };
    let apart = |a: usize, b: usize| {
        let (a, b) = (edges(a), edges(b));
        a[1] + NAME_GAP <= b[0] || b[1] + NAME_GAP <= a[0]
    };
    let every = |step: usize| (0..count).filter(move |index| (count - 1 - index) % step == 0).collect::<Vec<usize>>();
    let kept = (1..=count).map(every).find(|shown| shown.windows(2).all(|pair| apart(pair[0], pair[1])));
    let mut shown = kept.unwrap_or_default();
    if chosen < count {
        shown.retain(|index| *index != chosen && apart(*index, chosen));
        shown.push(chosen);
    }
    shown.into_iter().map(|index| (index, edges(index)[0])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_were_given() {
        let written_of = |numbers: &[f64]| {
            let digits = digits(numbers.iter().copied());
            numbers.iter().map(|number| written(*number, digits)).collect::<Vec<_>>()
        };
        assert_eq!(written_of(&[9899.0, 551.0, 0.0, 1e9]), ["9899", "551", "0", "1000000000"]);
        assert_eq!(written_of(&[457.2, 461.0, -0.0]), ["457.2", "461.0", "0.0"]);
        assert_eq!(written_of(&[0.0195, 5.7967]), ["0.0195", "5.7967"]);
        assert_eq!(digits(std::iter::empty()), 0);
    }

    #[test]
    fn an_axis_begins_at_zero_and_ends_at_an_easy_number() {
        let words = |most: f64| Axis::new(most).marks().into_iter().map(|(_, words)| words).collect::<Vec<_>>();
        assert_eq!(words(9899.0), ["0", "2000", "4000", "6000", "8000", "10000"]);
        assert_eq!(words(10027.1), ["0", "2500", "5000", "7500", "10000", "12500"]);
        assert_eq!(words(0.6), ["0", "0.2", "0.4", "0.6"]);
        assert_eq!(words(10.0), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(words(0.0), ["0", "1"]);
        for most in [1e-9, 0.07, 1.0, 3.3, 57.6, 525.0, 99_999.0, 1e9] {
            let axis = Axis::new(most);
            let top = axis.part(most);
            assert!((0.5..=1.0).contains(&top), "{most} reaches {top} of its axis");
            assert!((1..=5).contains(&axis.marks), "{most} has {} marks", axis.marks);
            assert_eq!((axis.part(0.0), axis.part(-1.0), axis.part(most * 9.0)), (0.0, 0.0, 1.0));
        }
    }

    #[test]
    fn a_name_is_parted_in_its_middle() {
        assert_eq!(parted("二十大　2022"), "二十大\n2022");
        assert_eq!(parted("6th congress 1928"), "6th congress\n1928");
        assert_eq!(parted("2022"), "2022");
        assert_eq!(parted(""), "");
    }

    #[test]
    fn names_below_an_axis_never_touch_and_the_chosen_one_is_among_them() {
        for count in [1, 2, 7, 19, 24] {
            for width in [10.0, 57.0, 140.0, 900.0] {
                let widths = vec![width; count];
                for chosen in 0..count {
                    let shown = names_shown(&widths, 860.0 / count as f32, 80.0, 960.0, chosen);
                    assert_eq!(shown.iter().filter(|(index, _)| *index == chosen).count(), 1);
                    for (at, (_, a)) in shown.iter().enumerate() {
                        assert!(*a >= 0.0 && a + width <= 960.0);
                        for (_, b) in &shown[at + 1..] {
                            assert!((a - b).abs() >= width, "{count} names of {width} px, {chosen} chosen: {shown:?}");
                        }
                    }
                }
            }
        }
        let all = names_shown(&[57.0; 9], 100.0, 60.0, 960.0, 3);
        assert_eq!(all.len(), 9, "names that fit are all there");
        assert!(names_shown(&[], 10.0, 0.0, 100.0, 0).is_empty());
    }
}
