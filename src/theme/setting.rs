//! Chinese setting: what must stay on one line is joined before the text is laid out.
//!
//! The line breaker already keeps closing punctuation off the start of a line and opening punctuation off its end.
//! It would still break inside `1月15日` and `十三根`, because any two Han characters may part; the rules here join those.

/// U+2060, a joiner without width.
const JOIN: char = '\u{2060}';

/// `text` with joiners inside dates, numbers and their units, at dashes of spans, and before the end of a paragraph.
pub fn set_text(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 16);
    for (i, &c) in chars.iter().enumerate() {
        out.push(c);
        let Some(&next) = chars.get(i + 1) else { break };
        if stays_together(&chars, i, c, next) {
            out.push(JOIN);
        }
    }
    out
}

fn stays_together(chars: &[char], i: usize, c: char, next: char) -> bool {
    // 1月15日, 1935年5月: the unit stays with its figure, and the day with its month.
    let unit = |c: char| matches!(c, '年' | '月' | '日' | '时' | '分');
    if c.is_ascii_digit() && (unit(next) || is_measure(next)) {
        return true;
    }
    if c == '月' && next.is_ascii_digit() && i > 0 && chars[i - 1].is_ascii_digit() {
        return true;
    }
    // 1935年5月29日.
    if c == '年' && next.is_ascii_digit() && i > 0 && chars[i - 1].is_ascii_digit() {
        return true;
    }
    // No line begins with the dash of a span. 1934—1936 stays whole; 1921年7月—2021年6月 may part after its dash.
    if next == '—' && c.is_alphanumeric() {
        return true;
    }
    if c == '—' && next.is_ascii_digit() && i > 0 && chars[i - 1].is_ascii_digit() {
        return true;
    }
    // 黄土高原。: no paragraph ends with a line of one character.
    if is_han(c) && is_han(next) && matches!(chars.get(i + 2), Some('。' | '？' | '；')) && matches!(chars.get(i + 3), None | Some('\n')) {
        return true;
    }
    // 十三根, 二十二名, 二万五千里, 第四章.
    if is_han_figure(c) && (is_han_figure(next) || is_measure(next)) {
        return true;
    }
    if c == '第' && (is_han_figure(next) || next.is_ascii_digit()) {
        return true;
    }
    // 大渡河, 泸定桥, 吴起镇, 望志路106号: no line begins with the last character of a place.
    is_place_end(next) && (c.is_alphanumeric() || c == JOIN)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

fn is_place_end(c: char) -> bool {
    matches!(c, '河' | '江' | '湖' | '山' | '桥' | '镇' | '村' | '县' | '省' | '市' | '州' | '堡' | '关' | '路' | '号')
}

fn is_han_figure(c: char) -> bool {
    matches!(c, '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '百' | '千' | '万' | '亿' | '两' | '〇')
}

fn is_measure(c: char) -> bool {
    matches!(
        c,
        '根' | '名' | '里' | '章' | '个' | '人' | '位' | '次' | '座' | '届' | '条' | '米' | '天' | '岁' | '万' | '亿' | '余' | '多' | '％' | '%'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, joined: &str) {
        assert_eq!(set_text(text).replace(JOIN, "|"), joined);
    }

    #[test]
    fn dates_numbers_and_their_units_stay_whole() {
        check("1935年5月29日，红军", "1935|年|5|月|29|日，红军");
        check("1月15日至17日　贵州遵义", "1|月|15|日至17|日　贵|州遵义");
        check("1934—1936", "1934|—|1936");
        check("（1921年7月—2021年6月）", "（1921|年|7|月|—2021|年|6|月）");
        check("走到西北的黄土高原。", "走到西北的黄土高|原。");
        check("桥上有十三根铁索", "桥上有十|三|根铁索");
        check("第四章　万里长征", "第|四|章　万|里长征");
        check("夺取大渡河上的泸定桥", "夺取大渡|河上的泸定|桥");
        check("望志路106号（今兴业路76号）", "望志|路106|号（今兴业|路76|号）");
        check("plain text", "plain text");
    }
}
