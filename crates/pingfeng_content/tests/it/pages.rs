//! The pages in `docs/formats`: their examples are one exhibition, which is read here; every field and every finding
//! has its line.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use pingfeng_content::{KINDS, Lang, compile, schema};
use serde_json::Value;

use crate::root;

fn pages() -> Vec<(String, String)> {
    let mut pages: Vec<_> = fs::read_dir(root().join("docs/formats"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    pages.sort();
    pages
}

#[test]
fn the_examples_of_the_pages_are_an_exhibition_without_mistakes() {
    let mut documents = BTreeMap::new();
    for (page, text) in pages() {
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some(name) = line.strip_prefix("```yaml ") else { continue };
            let body: String =
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            assert!(documents.insert(name.to_owned(), body.into_bytes()).is_none(), "{page}: {name} twice");
        }
    }
    let files = ["art/ch04.svg", "art/route.svg", "film/river.mp4", "film/river.zh-CN.vtt", "sound/bell.ogg"];
    let files = files.into_iter().map(|file| (file.to_owned(), 1000)).collect();
    let compilation = compile(&documents, &files);
    let found: Vec<String> = compilation.findings.iter().map(|finding| finding.line(Lang::En)).collect();
    assert_eq!(found, ["media.yaml:31:3: warning[media_unused]: the media entry `bell` is not used"]);
    let kinds: BTreeSet<&str> = KINDS.into_iter().collect();
    let shown: BTreeSet<&str> = documents
        .values()
        .filter_map(|body| std::str::from_utf8(body).unwrap().lines().find_map(|line| line.strip_prefix("kind: ")))
        .collect();
    assert_eq!(shown, kinds, "every kind has an example");
}

#[test]
fn every_field_has_its_line() {
    let text: String = pages().into_iter().map(|(_, text)| text).collect();
    let mut missing = Vec::new();
    fn fields<'s>(value: &'s Value, found: &mut BTreeSet<&'s str>) {
        match value {
            Value::Object(object) => {
                if let Some(Value::Object(properties)) = object.get("properties") {
                    found.extend(properties.keys().map(String::as_str));
                }
                object.values().for_each(|below| fields(below, found));
            }
            Value::Array(items) => items.iter().for_each(|item| fields(item, found)),
            _ => {}
        }
    }
    for kind in KINDS {
        let mut found = BTreeSet::new();
        fields(schema(kind).unwrap(), &mut found);
        missing.extend(
            found
                .into_iter()
                .filter(|field| !text.contains(&format!("`{field}`")))
                .map(|field| format!("{kind}: {field}")),
        );
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_finding_has_its_line() {
    let text = fs::read_to_string(root().join("docs/formats/findings.md")).unwrap();
    let mut missing = BTreeSet::new();
    // Codes that some case of the corpus produces: the page must describe each.
    for case in fs::read_dir(root().join("tests/corpus/content")).unwrap().map(|entry| entry.unwrap().path()) {
        let expected = fs::read_to_string(case.join("expected.txt")).unwrap_or_default();
        for line in expected.lines() {
            let code = line.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(code, _)| code.to_owned());
            missing.extend(code.filter(|code| !text.contains(&format!("`{code}`"))));
        }
    }
    assert_eq!(missing, BTreeSet::new());
}
