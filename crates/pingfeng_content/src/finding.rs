//! What the rules found: a place, a sentence in both languages, and what to do about it.

use serde::{Deserialize, Serialize};

use crate::{Lang, Text, limits::FINDINGS_MAX};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Will work, but an editor should look at it before a review.
    Warning,
    /// A release cannot be built.
    Error,
}

impl Severity {
    /// As it stands before a message.
    pub fn word(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Severity::Note, Lang::ZhCn) => "提示",
            (Severity::Warning, Lang::ZhCn) => "注意",
            (Severity::Error, Lang::ZhCn) => "错误",
            (Severity::Note, Lang::En) => "note",
            (Severity::Warning, Lang::En) => "warning",
            (Severity::Error, Lang::En) => "error",
        }
    }
}

/// A place in a document. Lines and columns count from 1, columns in characters; 0 means the file as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mark {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Characters that the finding is about, on this line; at least 1.
    pub width: u32,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Stable name, such as `scene_missing`; `docs/formats/findings.md` describes each.
    pub code: String,
    /// Path below the exhibition's folder.
    pub file: String,
    /// Where in the file.
    #[serde(flatten)]
    pub at: Mark,
    /// Where in the document: `events[3].sources[0]`; empty for the document itself.
    #[serde(default)]
    pub path: String,
    /// What is wrong.
    pub message: Text,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
}

impl Finding {
    /// One line: `scenes/home.yaml:3:8: error: …` – the form that editors know how to jump to.
    pub fn line(&self, lang: Lang) -> String {
        let mut line = self.file.clone();
        if self.at.line > 0 {
            line.push_str(&format!(":{}:{}", self.at.line, self.at.column));
        }
        line.push_str(&format!(": {}[{}]: {}", self.severity.word(lang), self.code, self.message.get(lang)));
        line
    }
}

/// Words in both languages.
pub(crate) fn both(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text { zh: zh.into(), other: [(Lang::En, en.into())].into() }
}

/// Every finding of one reading, in the order of files and places. Never more than [`FINDINGS_MAX`] of each severity
/// while it is filled, and [`FINDINGS_MAX`] plus one that says so in the end; errors push notes and warnings out, not the
/// other way round.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Findings {
    list: Vec<Finding>,
    /// How many of each severity there are, and how many found no room.
    #[serde(skip)]
    counts: [usize; 3],
    #[serde(skip)]
    dropped: usize,
}

impl PartialEq for Findings {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Eq for Findings {}

impl Findings {
    /// Adds one, if there is room for its severity.
    pub fn push(&mut self, finding: Finding) {
        if self.is_full(finding.severity) {
            self.dropped += 1;
            return;
        }
        self.counts[finding.severity as usize] += 1;
        self.list.push(finding);
    }

    /// True if another finding of this severity would be dropped: no need to work out its place and hint.
    pub(crate) fn is_full(&self, severity: Severity) -> bool {
        self.counts[severity as usize] >= FINDINGS_MAX
    }

    /// Counts one that was not worked out.
    pub(crate) fn drop_one(&mut self) {
        self.dropped += 1;
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: Findings) {
        self.dropped += other.dropped;
        other.list.into_iter().for_each(|finding| self.push(finding));
    }

    /// True if nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// In order.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.list.iter()
    }

    /// True if a release cannot be built.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Puts them in order of file and place, drops repetitions, and cuts the list at its limit.
    pub fn settle(&mut self) {
        self.list.sort_by(|a, b| {
            (&a.file, a.at.line, a.at.column, std::cmp::Reverse(a.severity), &a.code, &a.message.zh).cmp(&(
                &b.file,
                b.at.line,
                b.at.column,
                std::cmp::Reverse(b.severity),
                &b.code,
                &b.message.zh,
            ))
        });
        self.list.dedup();
        let dropped = std::mem::take(&mut self.dropped) + self.list.len().saturating_sub(FINDINGS_MAX);
        if dropped > 0 {
            // Worst first, so that the cut takes notes before errors; then back to the order of places.
            self.list.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
            self.list.truncate(FINDINGS_MAX);
            self.list.sort_by(|a, b| (&a.file, a.at.line, a.at.column).cmp(&(&b.file, b.at.line, b.at.column)));
            self.list.push(Finding {
                severity: Severity::Warning,
                code: "more_findings".into(),
                file: String::new(),
                at: Mark::default(),
                path: String::new(),
                message: both(format!("另有 {dropped} 条未列出"), format!("{dropped} more findings are not listed")),
                hint: Some(both("先改好已列出的", "fix the listed ones first")),
            });
        }
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;
    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;
    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}
