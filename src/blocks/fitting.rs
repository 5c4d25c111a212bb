//! How large words can be in their place, reckoned before they are laid out.
//!
//! The page gives every kind of question the same room; what an author wrote must fit into it at every text size, so
//! sizes are chosen by counting characters. The reckoning errs on the wide side.

use bevy::prelude::*;

use super::layout;
use crate::theme::{Face, Kit, Style};

/// A box on the page, logical px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

impl Area {
    pub(crate) const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    /// A node that lies here.
    pub(crate) fn node(self) -> Node {
        layout::at(self.x, self.y, self.width, self.height)
    }

    pub(crate) fn centre(self) -> Vec2 {
        Vec2::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    pub(crate) fn bottom(self) -> f32 {
        self.y + self.height
    }

    /// Equal cells in rows, from left to right.
    pub(crate) fn grid(self, columns: usize, rows: usize, gap: f32) -> Vec<Area> {
        let (columns, rows) = (columns.max(1), rows.max(1));
        let width = (self.width - gap * (columns - 1) as f32) / columns as f32;
        let height = (self.height - gap * (rows - 1) as f32) / rows as f32;
        (0..columns * rows)
            .map(|n| {
                let (column, row) = ((n % columns) as f32, (n / columns) as f32);
                Area::new(self.x + column * (width + gap), self.y + row * (height + gap), width, height)
            })
            .collect()
    }
}

/// A size and what it comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fitted {
    /// To be given to `blocks::text_sized`.
    pub(crate) size: f32,
    /// Lines that the words take.
    pub(crate) lines: usize,
    /// Height of a line, px.
    pub(crate) line_px: f32,
}

impl Fitted {
    pub(crate) fn height(&self) -> f32 {
        self.lines as f32 * self.line_px
    }
}

/// Below this share of the wanted size a second line is better than small letters.
const SMALLER_BEFORE_WRAPPING: f32 = 0.8;
/// Lines are filled by so much at most, so that the reckoning errs on the safe side.
const FILL: f32 = 0.98;

/// Width of a line that holds all of `words` at `size` px, before the visitor's text scale.
pub(crate) fn width(kit: &Kit, style: Style, size: f32, words: &str) -> f32 {
    let spec = kit.type_spec(style);
    let real = size * kit.text_factor(style);
    let chars: Vec<char> = words.chars().collect();
    (0..chars.len()).map(|at| width_at(&chars, at, letters(spec.face))).sum::<f32>() * real * (1.0 + spec.tracking_em) / FILL
}

/// The largest size up to `wanted` at which `words` take at most `lines` lines, whether or not one line would do with
/// somewhat smaller letters.
pub(crate) fn fit_lines(kit: &Kit, style: Style, wanted: f32, words: &str, width: f32, lines: usize) -> Fitted {
    let spec = kit.type_spec(style);
    let factor = kit.text_factor(style);
    let real = wanted * factor;
    let count = lines_of(words, width * FILL / (real * (1.0 + spec.tracking_em)), letters(spec.face));
    if count <= lines {
        return Fitted { size: wanted, lines: count, line_px: real * spec.leading };
    }
    fit(kit, style, wanted, words, width, lines)
}

/// The largest size up to `wanted` at which `words` take at most `lines` lines of `width` px. Never below the caption.
pub(crate) fn fit(kit: &Kit, style: Style, wanted: f32, words: &str, width: f32, lines: usize) -> Fitted {
    fit_all(kit, style, wanted, [words], width, lines)
}

/// The same for words that stand side by side and are to have one size. The lines are those of the longest.
pub(crate) fn fit_all<'a>(
    kit: &Kit,
    style: Style,
    wanted: f32,
    all: impl IntoIterator<Item = &'a str>,
    width: f32,
    lines: usize,
) -> Fitted {
    let all: Vec<&str> = all.into_iter().collect();
    let spec = kit.type_spec(style);
    let factor = kit.text_factor(style);
    let least = kit.least_px();
    let need = |real: f32| {
        let em = width * FILL / (real * (1.0 + spec.tracking_em));
        all.iter().map(|words| lines_of(words, em, letters(spec.face))).max().unwrap_or(1)
    };
    let fitted = |real: f32, lines: usize| Fitted { size: real / factor, lines, line_px: real * spec.leading };
    let sizes = |floor: f32| {
        let top = wanted * factor;
        (0..).map(move |step| top - step as f32).take_while(move |real| *real >= floor)
    };
    for real in sizes((wanted * factor * SMALLER_BEFORE_WRAPPING).max(least)) {
        if need(real) <= 1 {
            return fitted(real, 1);
        }
    }
    for real in sizes(least) {
        let count = need(real);
        if count <= lines {
            return fitted(real, count);
        }
    }
    fitted(least, need(least))
}

/// Lines that `words` take at `size` px, before the visitor's text scale, in a column of `width`.
pub(crate) fn lines(kit: &Kit, style: Style, size: f32, words: &str, width: f32) -> usize {
    let spec = kit.type_spec(style);
    let real = size * kit.text_factor(style);
    lines_of(words, width * FILL / (real * (1.0 + spec.tracking_em)), letters(spec.face))
}

/// How wide the Latin letters of a face are beside those of the bold serif.
fn letters(face: Face) -> f32 {
    match face {
        Face::Serif => 1.0,
        Face::SansBold => 0.93,
        Face::Sans => 0.86,
    }
}

/// Lines that words take where a line holds `em` full-width characters.
fn lines_of(words: &str, em: f32, letters: f32) -> usize {
    words
        .split('\n')
        .map(|paragraph| {
            let (mut lines, mut filled) = (1, 0.0);
            let mut word = 0.0;
            let chars: Vec<char> = paragraph.chars().collect();
            for (at, &c) in chars.iter().enumerate() {
                let width = width_at(&chars, at, letters);
                let in_word = c != ' ' && (c.is_ascii() || width < 1.0);
                if !in_word {
                    word = 0.0;
                }
                if filled + width > em {
                    lines += 1;
                    // A Latin word goes to the next line whole.
                    filled = word;
                }
                filled += width;
                if in_word {
                    word += width;
                }
            }
            lines
        })
        .sum()
}

/// Width of a character in em where it stands: quotation marks beside Latin letters are narrow, those of Chinese full.
fn width_at(chars: &[char], at: usize, letters: f32) -> f32 {
    let latin = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_ascii() && *c != ' ');
    match chars[at] {
        '‘' | '’' | '“' | '”' if latin(at.checked_sub(1)) || latin(Some(at + 1)) => 0.5,
        c if c.is_ascii_alphabetic() => width_em(c) * letters,
        c => width_em(c),
    }
}

/// Width of a character in em: full-width ones 1, others about half.
fn width_em(c: char) -> f32 {
    match c {
        '\u{2060}' => 0.0,
        ' ' => 0.28,
        // Measured on the bold serif, the widest of the faces.
        'i' | 'j' | 'l' | 't' | 'f' | '.' | ',' | ':' | ';' | '\'' | '|' => 0.4,
        'm' | 'M' | 'W' => 1.04,
        'w' => 0.88,
        'r' | 's' => 0.52,
        '0'..='9' => 0.57,
        'A'..='Z' => 0.78,
        'a'..='z' => 0.64,
        '!'..='~' => 0.57,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_in_full_width_characters() {
        assert_eq!(lines_of("红军夺取了大渡河上的哪座桥？", 14.0, 1.0), 1);
        assert_eq!(lines_of("红军夺取了大渡河上的哪座桥？", 13.9, 1.0), 2);
        assert_eq!(lines_of("一\n二", 9.0, 1.0), 2);
        assert_eq!(lines_of("", 9.0, 1.0), 1);
    }

    #[test]
    fn a_latin_word_is_not_cut() {
        // The first word takes five em and a half with its space, the second more than two.
        assert_eq!(lines_of("Revolution aaaa", 7.5, 1.0), 2);
        assert_eq!(lines_of("aaaa aaaa", 8.0, 1.0), 1);
    }

    #[test]
    fn quotation_marks_are_as_wide_as_the_words_beside_them() {
        assert_eq!(lines_of("“两个务必”", 5.9, 1.0), 2);
        assert_eq!(lines_of("“aaaa”", 3.6, 1.0), 1);
    }

    #[test]
    fn a_grid_fills_its_area_from_left_to_right() {
        let cells = Area::new(10.0, 20.0, 220.0, 120.0).grid(2, 2, 20.0);
        assert_eq!(cells.len(), 4);
        assert_eq!(cells[0], Area::new(10.0, 20.0, 100.0, 50.0));
        assert_eq!(cells[3], Area::new(130.0, 90.0, 100.0, 50.0));
    }
}
