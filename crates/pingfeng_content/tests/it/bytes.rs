//! Any bytes are accepted: the corpus bent at random places, the same places in every run.

use std::collections::BTreeMap;

use pingfeng_content::{
    Severity, compile,
    limits::{DOCUMENT_BYTES_MAX, DOCUMENT_DEPTH_MAX, FINDINGS_MAX},
};

use crate::{read, root};

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// Pieces that mean something to YAML or to the format.
const PIECES: [&str; 28] = [
    ": ",
    "- ",
    "\n",
    "\n  ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "|",
    ">",
    "&a",
    "*a",
    "!x",
    "#",
    "---\n",
    "...",
    "%YAML 1.2\n",
    "? ",
    "kind: ",
    "type: ",
    "\u{feff}",
    "\u{0}",
    "：",
    "~",
    "99999999999999999999",
];

#[test]
fn bent_documents_never_panic_and_every_finding_has_its_place() {
    let (documents, files) = read(&root().join("tests/corpus/content/base"));
    let names: Vec<&String> = documents.keys().collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..500 {
        let mut bent = documents.clone();
        let name = names[dice.below(names.len())];
        let bytes = bent.get_mut(name).unwrap();
        for _ in 0..=dice.below(4) {
            let at = dice.below(bytes.len());
            match dice.below(5) {
                0 => bytes[at] = dice.below(256) as u8,
                1 => bytes.truncate(at.max(1)),
                2 => {
                    let until = (at + dice.below(40)).min(bytes.len());
                    bytes.drain(at..until);
                    if bytes.is_empty() {
                        bytes.push(b'x');
                    }
                }
                3 => {
                    let piece = PIECES[dice.below(PIECES.len())].bytes();
                    bytes.splice(at..at, piece);
                }
                _ => {
                    let until = (at + dice.below(200)).min(bytes.len());
                    let copied = bytes[at..until].to_vec();
                    bytes.extend(copied);
                }
            }
        }
        let compilation = compile(&bent, &files);
        assert_eq!(compilation.compiled.is_none(), compilation.findings.has_errors());
        for finding in &compilation.findings {
            let lines = bent.get(&finding.file).map_or(0, |bytes| String::from_utf8_lossy(bytes).lines().count());
            assert!(finding.at.line as usize <= lines + 1, "{finding:?} in {lines} lines");
            assert!(finding.at.line == 0 || finding.at.column > 0, "{finding:?}");
        }
    }
}

#[test]
fn the_sample_exhibition_has_no_errors() {
    let (documents, files) = read(&root().join("scenes/shanhe"));
    let compilation = compile(&documents, &files);
    let errors: Vec<String> = compilation
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.line(pingfeng_content::Lang::En))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[track_caller]
fn codes(bytes: Vec<u8>) -> Vec<String> {
    let compilation = compile(&BTreeMap::from([("a.yaml".to_owned(), bytes)]), &BTreeMap::new());
    assert!(compilation.compiled.is_none());
    compilation.findings.iter().filter(|finding| finding.file == "a.yaml").map(|finding| finding.code.clone()).collect()
}

#[test]
fn bombs_are_refused_in_no_time() {
    assert_eq!(codes(vec![b'x'; DOCUMENT_BYTES_MAX + 1]), ["document_too_large"]);
    for open in ["[", "{a: ", "- ", "? "] {
        let code = codes(open.repeat(1_000_000 / open.len()).into_bytes());
        assert!(["yaml_too_deep", "yaml_syntax"].contains(&code[0].as_str()), "{open:?}: {code:?}");
    }
    let nested: String = (0..DOCUMENT_DEPTH_MAX + 8).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert_eq!(codes(nested.into_bytes()), ["yaml_too_deep"]);
    // Each line doubles what the one before it stands for; nothing is expanded, each is a finding.
    let mut laughs = String::from("a0: &a0 [x, x]\n");
    for level in 1..40 {
        laughs += &format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1);
    }
    let found = codes(laughs.into_bytes());
    assert!(found.iter().all(|code| code == "yaml_alias" || code == "kind_missing") && found.len() > 40, "{found:?}");
    // Half a million keys, each a mistake.
    let keys: String = (0..200_000).map(|key| format!("k{key}: 1\n")).collect();
    let found = codes(format!("kind: sources\n{keys}").into_bytes());
    assert!(found.len() <= FINDINGS_MAX + 1, "{}", found.len());
}

#[test]
fn long_lists_of_mistakes_are_refused_in_no_time() {
    let media: String = (0..4_000)
        .map(|id| {
            format!(
                " m{id}: {{ type: picture, file: a{id}.png, alt: 图, credit: 人, licence: CC0, sources: [s{id}] }}\n"
            )
        })
        .collect();
    let found = codes(format!("kind: media\nmedia:\n{media}").into_bytes());
    assert!(found.contains(&"file_missing".to_owned()) && found.len() <= FINDINGS_MAX + 1, "{}", found.len());
    let eras: String = (0..20_000).map(|id| format!(" - {{ id: e{id}, title: 时期 }}\n")).collect();
    let found = codes(format!("kind: timeline\nid: t\ntitle: 题\neras:\n{eras}events: []\n").into_bytes());
    assert!(found.contains(&"list_too_long".to_owned()), "{found:?}");
}
