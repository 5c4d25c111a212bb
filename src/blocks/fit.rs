//! How much room a text needs, before it is laid out: enough to decide how large its picture may be.

use crate::theme::{Kit, Style};

/// Height of running text in a column of `width`, logical px. It errs on the high side.
pub fn text_height(kit: &Kit, style: Style, words: &str, width: f32) -> f32 {
    text_height_at(kit, style, kit.type_spec(style).size, words, width)
}

/// The same for letters of `real` px, the visitor's text scale included.
pub(crate) fn text_height_at(kit: &Kit, style: Style, real: f32, words: &str, width: f32) -> f32 {
    lines(words, width / real) as f32 * real * kit.type_spec(style).leading
}

/// Lines of `words` where a line holds `em_per_line` Han characters.
fn lines(words: &str, em_per_line: f32) -> usize {
    words
        .split('\n')
        .map(|paragraph| {
            let em: f32 = paragraph.chars().map(|c| if c.is_ascii() { 0.56 } else { 1.0 }).sum();
            // What must stay together and closing punctuation leave a line short by up to two characters.
            (em / (em_per_line - 1.5).max(1.0)).ceil().max(1.0) as usize
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_never_counted_too_few() {
        assert_eq!(lines("", 20.0), 1);
        assert_eq!(lines(&"字".repeat(40), 21.5), 2);
        assert_eq!(lines(&"字".repeat(41), 21.5), 3);
        assert_eq!(lines("一段\n又一段", 20.0), 2);
    }
}
