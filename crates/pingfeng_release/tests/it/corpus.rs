//! Every folder of `tests/corpus/content`: the base with some files changed, and what is found then.

use std::{fs, path::Path};

use pingfeng_content::Lang;
use pingfeng_release::{Cache, ExhibitionFolder, build::check};

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().map(Result::unwrap) {
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).unwrap();
        } else if !["expected.txt", "remove.txt"].contains(&entry.file_name().to_str().unwrap()) {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

#[test]
fn every_case_of_the_corpus_finds_what_it_expects() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/content");
    let work = tempfile::tempdir().unwrap();
    let cache = Cache::at(work.path().join("cache"));
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut cases: Vec<_> =
        fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    let mut wrong = Vec::new();
    for case in &cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        if name == "base" {
            continue;
        }
        let folder = work.path().join(name);
        copy(&corpus.join("base"), &folder);
        for removed in fs::read_to_string(case.join("remove.txt")).unwrap_or_default().lines() {
            fs::remove_file(folder.join(removed)).unwrap();
        }
        copy(case, &folder);
        let read = ExhibitionFolder::read(&folder).unwrap();
        let checked = check(&read, &cache, &|_, _, _| {}).unwrap();
        assert_eq!(checked.compiled.is_some(), !checked.findings.has_errors(), "{name}");
        let mut found = String::new();
        for finding in &checked.findings {
            found += &finding.line(Lang::En);
            if let Some(hint) = &finding.hint {
                found += &format!(" — {}", hint.get(Lang::En));
            }
            found += "\n";
            assert!(
                !finding.message.zh.is_empty() && finding.message.other.contains_key(&Lang::En),
                "{name}: {finding:?}"
            );
        }
        let expected = case.join("expected.txt");
        if update {
            fs::write(&expected, &found).unwrap();
        } else if fs::read_to_string(&expected).unwrap() != found {
            wrong.push(format!("── {name} found:\n{found}"));
        }
    }
    assert!(cases.len() > 30, "the corpus is not where it should be");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
