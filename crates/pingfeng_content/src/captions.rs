//! WebVTT captions (<https://www.w3.org/TR/webvtt1/>), as far as a line of text under a film needs them: times and words.
//! Regions, styles and positions are read over; the theme decides how captions look.

/// Cues that are read; the rest is a problem.
pub const CUES_MAX: usize = 5_000;
/// Characters of one cue on the screen.
pub const CUE_CHARS_MAX: usize = 160;

/// The captions of one film in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captions {
    /// In the order of their start.
    pub cues: Vec<Cue>,
}

/// Words that are shown for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// Milliseconds from the start of the film.
    pub start_ms: u64,
    /// Milliseconds from the start of the film; later than `start_ms`.
    pub end_ms: u64,
    /// Plain words, lines parted by newlines. Never empty.
    pub text: String,
}

/// Something in a file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptionProblem {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl Captions {
    /// The words at a time: the cue that began last, where several overlap.
    pub fn at(&self, ms: u64) -> Option<&str> {
        let begun = self.cues.partition_point(|cue| cue.start_ms <= ms);
        // Overlaps are short: a look at the last few that have begun is enough and keeps this cheap on every frame.
        let recent = &self.cues[begun.saturating_sub(8)..begun];
        recent.iter().rev().find(|cue| ms < cue.end_ms).map(|cue| cue.text.as_str())
    }

    /// When the words next change after a time, if ever.
    pub fn next_change_ms(&self, ms: u64) -> Option<u64> {
        self.cues.iter().flat_map(|cue| [cue.start_ms, cue.end_ms]).filter(|change| *change > ms).min()
    }

    /// Reads a WebVTT file. Never fails: what cannot be read is left out and reported.
    pub fn parse(text: &str) -> (Self, Vec<CaptionProblem>) {
        let mut problems = Vec::new();
        let mut problem = |line: usize, message: String| problems.push(CaptionProblem { line, message });
        let text = text.trim_start_matches('\u{feff}');
        // `str::lines` knows LF and CRLF; a lone CR is the third line end of WebVTT.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut lines = text.split('\n').enumerate().map(|(index, line)| (index + 1, line)).peekable();
        match lines.next() {
            Some((_, first)) if first == "WEBVTT" || first.starts_with("WEBVTT ") || first.starts_with("WEBVTT\t") => {}
            _ => {
                problem(1, "the first line is not WEBVTT".to_owned());
                return (Self::default(), problems);
            }
        }
        let mut cues: Vec<Cue> = Vec::new();
        loop {
            // A block: the lines up to an empty one.
            while lines.next_if(|(_, line)| line.trim().is_empty()).is_some() {}
            let Some((number, first)) = lines.next() else { break };
            let mut block = vec![first];
            while let Some((_, line)) = lines.next_if(|(_, line)| !line.trim().is_empty()) {
                block.push(line);
            }
            if !block[0].contains("-->") && block.len() > 1 && block[1].contains("-->") {
                // The first line is the name of the cue.
                block.remove(0);
            } else if !block[0].contains("-->") {
                let known = ["NOTE", "STYLE", "REGION", "Kind:", "Language:", "X-TIMESTAMP-MAP"];
                if !known.iter().any(|known| block[0].starts_with(known)) {
                    problem(number, "a block without a time such as 00:01.000 --> 00:04.000".to_owned());
                }
                continue;
            }
            let Some((start_ms, end_ms)) = times(block[0]) else {
                problem(number, format!("`{}` is not a time such as 00:01.000 --> 00:04.000", shorten(block[0])));
                continue;
            };
            if end_ms <= start_ms {
                problem(number, "a cue ends before it begins".to_owned());
                continue;
            }
            let words = plain(&block[1..].join("\n"));
            if words.is_empty() {
                problem(number, "a cue without words".to_owned());
                continue;
            }
            if words.chars().count() > CUE_CHARS_MAX {
                problem(number, format!("a cue of more than {CUE_CHARS_MAX} characters"));
                continue;
            }
            if cues.len() == CUES_MAX {
                problem(number, format!("more than {CUES_MAX} cues"));
                break;
            }
            cues.push(Cue { start_ms, end_ms, text: words });
        }
        cues.sort_by_key(|cue| cue.start_ms);
        (Self { cues }, problems)
    }
}

/// `start --> end`, with settings behind that do not concern us.
fn times(line: &str) -> Option<(u64, u64)> {
    let (start, rest) = line.split_once("-->")?;
    Some((time(start.trim())?, time(rest.split_whitespace().next()?)?))
}

/// `mm:ss.ttt` or `hh:mm:ss.ttt` in milliseconds.
fn time(text: &str) -> Option<u64> {
    let (clock, millis) = text.split_once('.')?;
    let digits = |text: &str, count: std::ops::RangeInclusive<usize>| {
        (count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<u64>().ok())?
    };
    let millis = digits(millis, 3..=3)?;
    let mut parts = clock.split(':').rev();
    let seconds = digits(parts.next()?, 2..=2).filter(|seconds| *seconds < 60)?;
    let minutes = digits(parts.next()?, 2..=2).filter(|minutes| *minutes < 60)?;
    let hours = parts.next().map_or(Some(0), |hours| digits(hours, 2..=4))?;
    parts.next().is_none().then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
}

/// Words without tags, with the characters that entities stand for.
fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        words.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('<') {
            // An unclosed tag goes to the end, as the standard says.
            rest = rest.find('>').map_or("", |end| &rest[end + 1..]);
            continue;
        }
        const ENTITIES: [(&str, &str); 6] =
            [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\u{a0}"), ("&lrm;", ""), ("&rlm;", "")];
        match ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity)) {
            Some((entity, character)) => {
                words.push_str(character);
                rest = &rest[entity.len()..];
            }
            None => {
                words.push('&');
                rest = &rest[1..];
            }
        }
    }
    words.push_str(rest);
    words.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn shorten(line: &str) -> String {
    line.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, cues: &[(u64, u64, &str)], problems: &[(usize, &str)]) {
        let (captions, found) = Captions::parse(text);
        let got: Vec<_> = captions.cues.iter().map(|cue| (cue.start_ms, cue.end_ms, cue.text.as_str())).collect();
        assert_eq!(got, cues);
        let found: Vec<_> = found.iter().map(|problem| (problem.line, problem.message.as_str())).collect();
        assert_eq!(found, problems);
    }

    #[test]
    fn cues_with_names_settings_notes_and_tags_become_plain_words() {
        check(
            "\u{feff}WEBVTT - 一条船的航程\r\n\r\nNOTE made by hand\r\nover two lines\r\n\r\nopening\r\n00:00.000 --> 00:04.500 line:90% align:center\r\n<v 讲解>一九二一年，\r\n<c.year>上海</c>。\r\n\r\n01:00:04.500 --> 01:00:09.000\r\nA &lt;boat&gt; &amp; a lake\r\n",
            &[(0, 4_500, "一九二一年，\n上海。"), (3_604_500, 3_609_000, "A <boat> & a lake")],
            &[],
        );
    }

    #[test]
    fn what_cannot_be_read_is_left_out_with_its_line() {
        check(
            "WEBVTT\n\n00:01 --> 00:02\nno milliseconds\n\n00:05.000 --> 00:04.000\nbackwards\n\n00:06.000 --> 00:07.000\n<b></b>\n\nwords alone\n\n00:61.000 --> 00:62.000\nsixty-one\n\n00:08.000 --> 00:09.000\ngood\n",
            &[(8_000, 9_000, "good")],
            &[
                (3, "`00:01 --> 00:02` is not a time such as 00:01.000 --> 00:04.000"),
                (6, "a cue ends before it begins"),
                (9, "a cue without words"),
                (12, "a block without a time such as 00:01.000 --> 00:04.000"),
                (14, "`00:61.000 --> 00:62.000` is not a time such as 00:01.000 --> 00:04.000"),
            ],
        );
    }

    #[test]
    fn another_file_is_no_captions() {
        for text in ["", "1\n00:00:01,000 --> 00:00:02,000\nSubRip\n", "WEBVTTX\n"] {
            check(text, &[], &[(1, "the first line is not WEBVTT")]);
        }
    }

    #[test]
    fn words_are_found_by_time_and_their_change_is_foreseen() {
        let (captions, _) = Captions::parse(
            "WEBVTT\n\n00:01.000 --> 00:03.000\none\n\n00:02.000 --> 00:04.000\ntwo\n\n00:06.000 --> 00:07.000\nthree\n",
        );
        let at: Vec<_> = [0, 1_000, 1_999, 2_000, 3_500, 4_000, 6_999, 7_000].map(|ms| captions.at(ms)).into();
        assert_eq!(at, [None, Some("one"), Some("one"), Some("two"), Some("two"), None, Some("three"), None]);
        assert_eq!(captions.next_change_ms(0), Some(1_000));
        assert_eq!(captions.next_change_ms(4_000), Some(6_000));
        assert_eq!(captions.next_change_ms(7_000), None);
    }

    #[test]
    fn any_text_is_read_without_a_panic() {
        for text in ["WEBVTT\n\n-->", "WEBVTT\n\n--> -->\n<", "WEBVTT\n\na\n:.-->.:", "WEBVTT\n\n99999999999999999999:00:00.000 --> 1", "WEBVTT\n\n00:00.000 --> 00:01.000\n&<&lt"] {
            Captions::parse(text);
        }
    }
}
