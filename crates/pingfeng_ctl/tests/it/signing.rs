//! From a new key to a release that a device would show, and what stops on the way.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A desk with a passphrase, on which files come to lie.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(desk.path("passphrase"), "eight horses, one bridge\n").unwrap();
        // A release that is known well, so that no exhibition has to be built.
        fs::copy(corpus("attacks/honest/manifest-1.json"), desk.path("manifest.json")).unwrap();
        fs::copy(corpus("attacks/honest/manifest-2.json"), desk.path("manifest-2.json")).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, line: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_pingfengctl"))
            .args(line.split_whitespace().map(|word| word.replace('~', " ")))
            .current_dir(self.folder.path())
            .env("PINGFENG_LANG", "en")
            .env("PINGFENG_PASSPHRASE_FILE", self.path("passphrase"))
            .env("PINGFENG_CACHE", self.path("cache"))
            .output()
            .unwrap()
    }

    /// What it prints when all goes well.
    #[track_caller]
    fn ok(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {}", told(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What it says when it does not.
    #[track_caller]
    fn fails(&self, code: i32, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(code), "{line}: {}", told(&output));
        told(&output)
    }

    /// A new key; its public half.
    fn key(&self, name: &str) -> String {
        self.ok(&format!("key new --out {name}.pem")).lines().next().unwrap().to_owned()
    }

    /// A site with two root keys, a roster of two reviewers, and everything signed.
    fn site() -> Self {
        let desk = Self::new();
        let (one, two) = (desk.key("root-1"), desk.key("root-2"));
        desk.ok(&format!(
            "root new --site main --public {one} --public {two} --threshold 2 --expires 2060-01-01 --out root.json"
        ));
        desk.ok("root sign root.json --key root-1.pem");
        desk.ok("root sign root.json --key root-2.pem");
        desk.roster(1, &desk.key("chu"), &desk.key("zhong"));
        desk.ok("roster make roster-1.toml --out roster-1.json");
        desk.ok("roster sign roster-1.json --key root-1.pem");
        desk.ok("roster sign roster-1.json --key root-2.pem");
        desk
    }

    fn roster(&self, version: u64, first: &str, last: &str) {
        let text = format!(
            r#"
site = "main"
version = {version}
expires = 2059-01-01

[[people]]
id = "chu"
roles = ["first_review"]
keys = ["{first}"]

[[people]]
id = "zhong"
roles = ["final_review", "duty_officer"]
keys = [{{ key = "{last}" }}]

[classes]
ordinary = ["first_review", "final_review"]
"#
        );
        fs::write(self.path(&format!("roster-{version}.toml")), text).unwrap();
    }

    fn check(&self, manifest: &str, envelope: &str) -> String {
        format!("check {manifest} --root root.json --roster roster-1.json --envelope {envelope}")
    }
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus").join(name)
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_key_is_its_owners_alone_and_never_written_over() {
    let desk = Desk::new();
    let public = desk.key("chu");
    assert!(public.starts_with("ed25519:"), "{public}");
    let path = desk.path("chu.pem");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&path).unwrap().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert_eq!(desk.ok("key show chu.pem").lines().next(), Some(public.as_str()));
    let before = fs::read(&path).unwrap();
    assert!(desk.fails(2, "key new --out chu.pem").contains("there already"));
    assert_eq!(fs::read(&path).unwrap(), before);

    fs::write(desk.path("other"), "a wrong passphrase\n").unwrap();
    let told = desk.fails(2, "key show chu.pem --passphrase-file other");
    assert!(told.contains("the passphrase does not open this key"), "{told}");
    fs::write(desk.path("other"), "short\n").unwrap();
    assert!(desk.fails(2, "key new --out b.pem --passphrase-file other").contains("5 characters"));
    assert!(!desk.path("b.pem").exists());
}

#[test]
fn openssl_opens_our_keys() {
    let desk = Desk::new();
    desk.key("chu");
    let opened = Command::new("openssl")
        .args(["pkey", "-in", "chu.pem", "-passin", "file:passphrase", "-noout", "-text"])
        .current_dir(desk.folder.path())
        .output()
        .unwrap();
    assert!(told(&opened).contains("ED25519 Private-Key"), "{}", told(&opened));
}

#[test]
fn a_release_that_two_people_signed_would_be_shown() {
    let desk = Desk::site();
    let signed = desk.ok("approve manifest.json --site main --key chu.pem --out approval.json");
    assert!(signed.contains("main: party-history version 1, class ordinary"), "{signed}");
    let told = desk.fails(1, &desk.check("manifest.json", "approval.json"));
    assert!(told.contains("nobody has signed for: final review [stage_missing]"), "{told}");
    desk.ok("approve manifest.json --envelope approval.json --key zhong.pem");
    let told = desk.ok(&desk.check("manifest.json", "approval.json"));
    assert!(told.contains("may be shown: party-history version 1, class ordinary"), "{told}");
    assert!(told.contains("first review  chu\nfinal review  zhong\n"), "{told}");

    let told = desk.fails(1, &desk.check("manifest-2.json", "approval.json"));
    assert!(told.contains("[release_mixed]"), "{told}");
    let told = desk.fails(1, &format!("{} --at 2059-06-01", desk.check("manifest.json", "approval.json")));
    assert!(told.contains("the roster expired on 2059-01-01 00:00 UTC"), "{told}");
    let told = desk.fails(2, "approve manifest-2.json --envelope approval.json --key chu.pem");
    assert!(told.contains("is about another release"), "{told}");
    let told = desk.fails(2, "approve manifest.json --site main --key chu.pem --out approval.json");
    assert!(told.contains("is there already"), "{told}");
}

#[test]
fn a_way_back_says_from_where() {
    let desk = Desk::site();
    let signed = desk.ok("approve manifest.json --site main --way-back-from 2 --key chu.pem --out back.json");
    assert!(signed.contains("party-history back from version 2 to 1"), "{signed}");
    desk.ok("approve manifest.json --envelope back.json --key zhong.pem");
    desk.ok(&desk.check("manifest.json", "back.json"));
    let told = desk.fails(2, "approve manifest.json --site main --way-back-from 1 --key chu.pem --out b.json");
    assert!(told.contains("`from_version` must be higher"), "{told}");
}

#[test]
fn a_root_is_followed_by_the_next() {
    let desk = Desk::site();
    let (three, four) = (desk.key("root-3"), desk.key("root-4"));
    desk.ok(&format!(
        "root rotate root.json --public {three} --public {four} --threshold 2 --expires 2061-01-01 --out root-2.json"
    ));
    desk.ok("approve manifest.json --site main --key chu.pem --out approval.json");
    desk.ok("approve manifest.json --envelope approval.json --key zhong.pem");
    let check =
        "check manifest.json --root root.json --root root-2.json --roster roster-1.json --envelope approval.json";
    for key in ["root-3", "root-4", "root-1"] {
        desk.ok(&format!("root sign root-2.json --key {key}.pem"));
        let told = desk.fails(1, check);
        assert!(told.contains("keys of root version 1 have signed, 2 must"), "{told}");
    }
    desk.ok("root sign root-2.json --key root-2.pem");
    let told = desk.fails(1, check);
    assert!(told.contains("0 keys of the root have signed the roster"), "the old keys are no more: {told}");
    desk.ok("roster sign roster-1.json --key root-3.pem");
    desk.ok("roster sign roster-1.json --key root-4.pem");
    desk.ok(check);
    let shown = desk.ok("root show root-2.json");
    assert!(shown.starts_with("root of main, version 2, fingerprint "), "{shown}");
}

#[test]
fn a_roster_with_mistakes_says_which() {
    let desk = Desk::new();
    let key = desk.key("chu");
    let check = |text: &str, expected: &str| {
        fs::write(desk.path("roster.toml"), text).unwrap();
        let told = desk.fails(2, "roster validate roster.toml");
        assert!(told.contains(expected), "{told}");
    };
    let head = "site = \"main\"\nversion = 1\nexpires = 2059-01-01\n";
    check(&format!("{head}people = []\nclasses = {{}}\n"), "people: 0, must be 1 to 200");
    check(&format!("{head}peeple = []\n"), "line 4, column 1");
    let alone = format!(
        "{head}[[people]]\nid = \"chu\"\nroles = [\"first_review\", \"final_review\"]\nkeys = [\"{key}\"]\n\
         [classes]\nordinary = [\"first_review\", \"final_review\"]\n"
    );
    check(&alone, "`ordinary` can never be signed: nobody is left for final review");
    check(&alone.replace("final_review", "last_review"), "unknown variant `last_review`");
    check(&alone.replace("ed25519:", ""), "keys");
    desk.roster(1, &key, &key);
    fs::copy(desk.path("roster-1.toml"), desk.path("roster.toml")).unwrap();
    let told = desk.fails(2, "roster make roster.toml --out roster.json");
    assert!(told.contains("`chu` and `zhong` have the same key"), "{told}");
    assert!(!desk.path("roster.json").exists());
}

#[test]
fn a_notice_is_signed_within_its_limits() {
    let desk = Desk::site();
    let order = "notice sign --site main --id closing --key zhong.pem --zh 今日提前闭馆";
    let signed = desk.ok(&format!("{order} --en Closing~early~today --hours 3 --out notice.json"));
    assert!(signed.starts_with("Closing early today\nuntil "), "{signed}");
    let told = desk.fails(2, &format!("{order} --hours 25 --out b.json"));
    assert!(told.contains("by 24 hours at most"), "{told}");
    let told = desk.fails(2, &format!("{} --out b.json", order.replace("今日提前闭馆", &"闭".repeat(121))));
    assert!(told.contains("has 121 characters, at most 120"), "{told}");
    assert!(!desk.path("b.json").exists());
}

#[test]
fn a_pack_is_signed_like_its_manifest() {
    let desk = Desk::site();
    let base = corpus("content/base");
    desk.ok(&format!("build {} --out release --release-version 7", base.display()));
    desk.ok("pack release --out base.pfr");
    let inspected = desk.ok("inspect base.pfr");
    assert!(inspected.contains("review      ordinary, for every group\n"), "{inspected}");
    desk.ok("approve base.pfr --site main --key chu.pem --out approval.json");
    desk.ok("approve release/manifest.json --envelope approval.json --key zhong.pem");
    let told = desk.ok(&desk.check("release", "approval.json"));
    assert!(told.contains("may be shown: base version 7, class ordinary"), "{told}");
    desk.ok(&desk.check("base.pfr", "approval.json"));
}

#[test]
fn the_roster_of_the_documentation_is_one() {
    let desk = Desk::new();
    let page = fs::read_to_string(corpus("../../docs/formats/trust.md")).unwrap();
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let passkey = pingfeng_release::trust::rehearsal::Softkey::new("main", "li").key();
    let example = example
        .replace("ed25519:…", &desk.key("wang"))
        .replace("es256:…", &passkey.key.to_string())
        .replace("credential = \"…\"", &format!("credential = {:?}", passkey.credential.unwrap()));
    // The page's solemn class needs a second reviewer, for whom it has no room.
    let second = format!("[[people]]\nid = \"zhao\"\nroles = [\"second_review\"]\nkeys = [\"{}\"]\n", desk.key("zhao"));
    fs::write(desk.path("roster.toml"), example.replace("[classes]", &format!("{second}\n[classes]"))).unwrap();
    desk.ok("roster validate roster.toml");
}
