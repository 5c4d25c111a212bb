//! Findings with the line they are about, and progress while pictures are drawn.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{IsTerminal, Write as _},
    sync::Mutex,
};

use pingfeng_content::{Finding, Findings, Lang, Severity};
use pingfeng_release::BuildStep;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a source line that are shown; a paragraph on one line is cut around the finding.
const SHOWN_COLUMNS: usize = 100;

/// One paragraph a finding, then the sum.
pub(crate) fn findings(findings: &Findings, documents: &BTreeMap<String, Vec<u8>>, lang: Lang, colour: bool) -> String {
    let mut out = String::new();
    for finding in findings {
        one(&mut out, finding, documents, lang, colour);
    }
    let (errors, warnings, notes) =
        (findings.count(Severity::Error), findings.count(Severity::Warning), findings.count(Severity::Note));
    match lang {
        Lang::ZhCn => out.push_str(&format!("{errors} 处错误，{warnings} 处注意，{notes} 处提示\n")),
        Lang::En => out.push_str(&format!("{errors} errors, {warnings} warnings, {notes} notes\n")),
    }
    out
}

fn one(out: &mut String, finding: &Finding, documents: &BTreeMap<String, Vec<u8>>, lang: Lang, colour: bool) {
    let (paint, bold, plain) = match (colour, finding.severity) {
        (false, _) => ("", "", ""),
        (true, Severity::Error) => ("\x1b[1;31m", "\x1b[1m", "\x1b[0m"),
        (true, Severity::Warning) => ("\x1b[1;33m", "\x1b[1m", "\x1b[0m"),
        (true, Severity::Note) => ("\x1b[1;36m", "\x1b[1m", "\x1b[0m"),
    };
    let word = finding.severity.word(lang);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{paint}{word}[{}]{plain}: {bold}{}{plain}", finding.code, finding.message.get(lang));
    let number = if finding.at.line > 0 { finding.at.line.to_string() } else { String::new() };
    let margin = " ".repeat(number.len());
    if finding.at.line == 0 {
        if !finding.file.is_empty() {
            let _ = writeln!(out, "{margin} --> {}", finding.file);
        }
    } else {
        let _ = writeln!(out, "{margin} --> {}:{}:{}", finding.file, finding.at.line, finding.at.column);
        let text = documents.get(&finding.file).map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
        if let Some(line) = text.lines().nth(finding.at.line as usize - 1) {
            let (shown, before, width) = cut(line, finding.at.column as usize, finding.at.width as usize);
            let _ = writeln!(out, "{margin} |");
            let _ = writeln!(out, "{number} | {shown}");
            let _ = writeln!(out, "{margin} | {}{paint}{}{plain}", " ".repeat(before), "^".repeat(width));
        }
    }
    if let Some(hint) = &finding.hint {
        let label = if lang == Lang::ZhCn { "建议" } else { "hint" };
        let _ = writeln!(out, "{margin} = {label}: {}", hint.get(lang));
    }
    out.push('\n');
}

/// The part of `line` around the finding, and where in it the finding stands, in columns of the terminal: a Chinese
/// character takes two.
fn cut(line: &str, column: usize, width: usize) -> (String, usize, usize) {
    let clean: Vec<char> = line
        .trim_start_matches('\u{feff}')
        .chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect();
    let columns = |chars: &[char]| chars.iter().map(|c| c.width().unwrap_or(1)).sum::<usize>();
    let from = (column.max(1) - 1).min(clean.len());
    let to = (from + width.max(1)).min(clean.len()).max(from);
    let mut start = 0;
    while columns(&clean[start..from]) > SHOWN_COLUMNS / 2 {
        start += 1;
    }
    let mut end = clean.len();
    while columns(&clean[start..end]) > SHOWN_COLUMNS && end > from + 1 {
        end -= 1;
    }
    let mut shown: String = clean[start..end].iter().collect();
    let mut before = columns(&clean[start..from]);
    if start > 0 {
        shown.insert(0, '…');
        before += "…".width();
    }
    let marked = columns(&clean[from..to.min(end).max(from)]).max(1);
    if end < clean.len() {
        shown.push('…');
    }
    (shown, before, marked)
}

/// One line on a terminal that says how far a build is; nothing elsewhere.
pub(crate) struct Progress {
    lang: Lang,
    shown: Option<Mutex<()>>,
}

impl Progress {
    pub(crate) fn new(lang: Lang) -> Self {
        Self { lang, shown: std::io::stderr().is_terminal().then(|| Mutex::new(())) }
    }

    pub(crate) fn step(&self, step: BuildStep, done: usize, total: usize) {
        let Some(Ok(_alone)) = self.shown.as_ref().map(Mutex::lock) else { return };
        let word = match (step, self.lang) {
            (BuildStep::Check, Lang::ZhCn) => "检查文档",
            (BuildStep::Pictures, Lang::ZhCn) => "处理图片",
            (BuildStep::Blobs, Lang::ZhCn) => "写入文件",
            (BuildStep::Check, Lang::En) => "checking documents",
            (BuildStep::Pictures, Lang::En) => "preparing pictures",
            (BuildStep::Blobs, Lang::En) => "storing files",
        };
        // A terminal that is gone is no reason to stop.
        let _ = write!(std::io::stderr(), "\r\x1b[K{word} {done}/{total}");
    }

    /// Bytes of a release that have been gone through.
    pub(crate) fn bytes(&self, done: u64, total: u64) {
        let Some(Ok(_alone)) = self.shown.as_ref().map(Mutex::lock) else { return };
        let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100);
        let _ = write!(std::io::stderr(), "\r\x1b[K{percent} %");
    }

    pub(crate) fn clear(&self) {
        if self.shown.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn the_caret_stands_below_chinese_characters() {
        assert_eq!(cut("title: 遵义会议", 8, 4), ("title: 遵义会议".into(), 7, 8));
        assert_eq!(cut("标题：遵义", 4, 2), ("标题：遵义".into(), 6, 4));
    }

    #[test]
    fn a_long_line_is_cut_around_the_finding() {
        let line = format!("text: {}错{}", "长".repeat(300), "文".repeat(300));
        let (shown, before, width) = cut(&line, 307, 1);
        assert_eq!(width, 2);
        let at: String = shown
            .chars()
            .scan(0, |columns, c| {
                let here = *columns;
                *columns += unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
                Some((here, c))
            })
            .filter(|(columns, _)| *columns == before)
            .map(|(_, c)| c)
            .collect();
        assert_eq!(at, "错");
    }

    #[test]
    fn places_past_the_end_do_not_panic() {
        assert_eq!(cut("", 9, 9), (String::new(), 0, 1));
        assert_eq!(cut("ab", 3, 5), ("ab".into(), 2, 1));
    }
}
