//! Every folder of `tests/corpus/attacks`: what somebody sends to a device, one step after another, and what the device
//! makes of it.

mod make;

use std::{collections::BTreeSet, fs, path::Path};

use pingfeng_content::Lang;
use pingfeng_release::trust::{Accept, Guard, StoredTrust, Taken, TrustState};
use pingfeng_release::trust::{Facts, Refusal};
use serde::Deserialize;

/// `case.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the attacker does, or the accident.
    zh: String,
    en: String,
    #[serde(default)]
    device: Device,
    step: Vec<Step>,
    /// Manifest of the release that is on the glass at the end; none: what was there before.
    shows: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Device {
    groups: BTreeSet<String>,
    runtime: String,
    accept: Accept,
}

impl Default for Device {
    fn default() -> Self {
        Self { groups: BTreeSet::from(["east".to_owned()]), runtime: "0.1.0".to_owned(), accept: Accept::Signed }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// `enrol`, `root`, `roster`, `release`, `notice`, or `time` (the clock is looked at, and nothing sent).
    give: String,
    /// The file with the envelope.
    envelope: Option<String>,
    /// The file with the manifest, of a release.
    manifest: Option<String>,
    /// The device's clock.
    now: jiff::Timestamp,
    /// Whether a time server has set it.
    #[serde(default)]
    clock_trusted: bool,
    /// `taken`, `same`, or the code of the refusal.
    expect: String,
    /// Codes of signatures that do not count, in the order of the roster.
    #[serde(default)]
    flaws: Vec<String>,
}

/// The beginning of `docs/attacks.md`.
const TABLE_HEAD: &str = "\
# Attacks, and what a device makes of them

Made from the cases by the tests that run them; `UPDATE_EXPECT=1 cargo test -p pingfeng_release attack` writes this page anew.
How the checks work: [trust](formats/trust.md). Power cuts, disks and clocks: [faults](faults.md).

## What somebody sends to an enrolled device

Each row is a folder of `tests/corpus/attacks`: the files that are sent, and what must come of them. Words are what the operator reads. Cases that end in `taken` or `same` are the honest neighbours of an attack: a device that refuses everything would pass the others.

| case | what somebody does | the last thing sent | the device's words | on the glass afterwards |
|---|---|---|---|---|
";

const STOLEN_HUB_HEAD: &str = "
## A hub whose database and keys are in the wrong hands

Each row is a folder of `tests/corpus/stolen-hub`, sent through a real broker by somebody who has everything that the hub has, to a real link and store that know the site's root. After each one: the release on the glass is the one before, its files are the same byte for byte, and the device knows the same root and roster.

| case | what somebody does | the device reports |
|---|---|---|
";

/// The cases of `tests/corpus/stolen-hub`, which `pingfeng_testkit` runs.
fn stolen_hub() -> Vec<(String, toml::Table)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/stolen-hub");
    let mut cases: Vec<_> = fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path.join("case.toml")).unwrap().parse().unwrap())
        })
        .collect();
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}

/// What the step came to, with the words that an operator reads.
fn outcome(result: &Result<Taken, Refusal>) -> (String, String) {
    match result {
        Ok(Taken::New) => ("taken".to_owned(), String::new()),
        Ok(Taken::Same) => ("same".to_owned(), String::new()),
        Err(refusal) => {
            let text = refusal.text();
            (refusal.code().to_owned(), format!("\n  {}\n  {}", text.get(Lang::ZhCn), text.get(Lang::En)))
        }
    }
}

/// The device after a restart: what it trusts goes through its file after every step.
fn restarted(guard: Guard, accept: Accept) -> Guard {
    let stored = match guard {
        Guard::Signed(state) => {
            let read = TrustState::from_json(&state.to_json()).expect("a state that was written can be read");
            assert_eq!(read, *state);
            StoredTrust::Known(Box::new(read))
        }
        _ => StoredTrust::Absent,
    };
    Guard::new(stored, accept)
}

#[test]
fn each_attack_of_the_corpus_is_met_as_its_case_says() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/attacks");
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    make::all(&corpus, update);
    let mut folders: Vec<_> =
        fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    let mut wrong = Vec::new();
    let mut table = String::from(TABLE_HEAD);
    for folder in &folders {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let case: Case = toml::from_str(&fs::read_to_string(folder.join("case.toml")).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!case.zh.is_empty() && !case.en.is_empty(), "{name}");
        let read = |file: &Option<String>| file.as_ref().map(|file| fs::read(folder.join(file)).unwrap());
        let mut guard = Guard::new(StoredTrust::Absent, case.device.accept);
        let runtime = semver::Version::parse(&case.device.runtime).unwrap();
        let mut shows = None;
        let mut told = String::new();
        let (mut answers, mut words_of_the_last) = (Vec::new(), String::new());
        for (number, step) in case.step.iter().enumerate() {
            let (envelope, manifest) = (read(&step.envelope), read(&step.manifest));
            let sent = envelope.as_deref().unwrap_or_default();
            let now_ms = u64::try_from(step.now.as_millisecond()).unwrap();
            let facts =
                Facts { groups: &case.device.groups, runtime: &runtime, now_ms, clock_trusted: step.clock_trusted };
            let before = guard.clone();
            let result = match (step.give.as_str(), &mut guard) {
                ("enrol", guard) => TrustState::new(sent).map(|state| {
                    *guard = Guard::new(StoredTrust::Known(Box::new(state)), case.device.accept);
                    Taken::New
                }),
                ("root", Guard::Signed(state)) => state.take_root(sent),
                ("roster", Guard::Signed(state)) => state.take_roster(sent, &facts),
                ("time", Guard::Signed(state)) => {
                    Ok(if state.see_time(now_ms, step.clock_trusted) { Taken::New } else { Taken::Same })
                }
                ("release", guard) => {
                    let manifest = manifest.as_deref().expect("a release has a manifest");
                    guard.accept_release(envelope.as_deref(), manifest, &facts).map(|_| {
                        shows.clone_from(&step.manifest);
                        Taken::New
                    })
                }
                ("notice", guard) => guard.accept_notice(sent, &facts).map(|_| Taken::New),
                (other, _) => panic!("{name}: `{other}` cannot be given to this device"),
            };
            let (code, words) = outcome(&result);
            answers.push(format!("{} → `{code}`", step.give));
            words_of_the_last = words.trim().replace("\n  ", "<br>");
            let flaws: Vec<&str> =
                result.as_ref().err().map_or(&[][..], Refusal::flaws).iter().map(|flaw| flaw.flaw.code()).collect();
            if result.is_err() {
                assert_eq!(guard, before, "{name}, step {number}: a refusal changed what the device knows");
            }
            if code != step.expect || flaws != step.flaws {
                wrong.push(format!(
                    "{name}, step {number}: {code} {flaws:?} instead of {} {:?}{words}",
                    step.expect, step.flaws
                ));
            }
            let file = step.envelope.as_deref().or(step.manifest.as_deref()).unwrap_or_default();
            told += &format!("{} {file}: {code}{words}\n", step.give);
            guard = restarted(guard, case.device.accept);
        }
        // What prepares a case is the same for nearly all of them: the last thing that is sent is the attack.
        let answer = answers.pop().unwrap_or_default();
        let glass = shows.as_deref().map_or("what was there before 原画面".to_owned(), |file| format!("`{file}`"));
        table += &format!(
            "| [`{name}`](../tests/corpus/attacks/{name}) | {}<br>{} | {answer} | {words_of_the_last} | {glass} |\n",
            case.zh, case.en
        );
        if shows != case.shows {
            wrong.push(format!("{name}: shows {shows:?} instead of {:?}", case.shows));
        }
        let expected = folder.join("expected.txt");
        if update {
            fs::write(&expected, &told).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != told {
            wrong.push(format!("── {name} says:\n{told}"));
        }
    }
    table += STOLEN_HUB_HEAD;
    for (name, case) in stolen_hub() {
        let said = |key: &str| case[key].as_str().unwrap_or_else(|| panic!("{name}: `{key}` is missing"));
        table += &format!(
            "| [`{name}`](../tests/corpus/stolen-hub/{name}) | {}<br>{} | `{}` |\n",
            said("zh"),
            said("en"),
            said("expected")
        );
    }
    let document = corpus.join("../../../docs/attacks.md");
    if update {
        fs::write(&document, &table).unwrap();
    } else if fs::read_to_string(&document).unwrap_or_default() != table {
        wrong.push("docs/attacks.md is not what the cases say; UPDATE_EXPECT=1 writes it".to_owned());
    }
    assert!(folders.len() > 60, "only {} cases in {}", folders.len(), corpus.display());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
