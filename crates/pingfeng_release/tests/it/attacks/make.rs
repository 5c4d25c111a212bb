//! Makes the cases of `tests/corpus/attacks` that need signatures, from keys that follow from names. The same every
//! time; a case that somebody adds by hand is left alone.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pingfeng_release::trust::rehearsal::{RehearsalSite, SoftAssertion, Softkey, file_key, root_key};
use pingfeng_release::trust::{Approval, ApprovalKind, Envelope, Pin, Role, Root, Roster, Statement as _};
use pingfeng_release::{BlobHash, EXHIBITION_FILE, FileEntry, Manifest, PICTURES_FILE};
use serde_json::{Value, json};

/// 2026-11-01 08:00 UTC.
const T0_MS: u64 = 1_793_520_000_000;
const T0: &str = "2026-11-01T08:00:00Z";
const LATER: &str = "2026-11-02T08:00:00Z";
/// After the end of the roster.
const TOO_LATE: &str = "2028-01-01T00:00:00Z";

struct Case {
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    device: String,
    steps: String,
    shows: Option<String>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Case {
    fn new(name: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { name, zh, en, device: String::new(), steps: String::new(), shows: None, files: BTreeMap::new() }
    }

    fn device(mut self, lines: &str) -> Self {
        self.device = format!("\n[device]\n{lines}\n");
        self
    }

    fn step(&mut self, give: &str, now: &str, files: &[(&str, &str, Vec<u8>)], expect: &str, more: &str) {
        let _ = write!(self.steps, "\n[[step]]\ngive = {give:?}\n");
        for (key, file, bytes) in files {
            let _ = writeln!(self.steps, "{key} = {file:?}");
            if let Some(other) = self.files.insert((*file).to_owned(), bytes.clone()) {
                assert_eq!(&other, bytes, "{}: two files named {file}", self.name);
            }
            if give == "release" && expect == "taken" && *key == "manifest" {
                self.shows = Some((*file).to_owned());
            }
        }
        let _ = writeln!(self.steps, "now = {now:?}");
        if !more.is_empty() {
            let _ = writeln!(self.steps, "{more}");
        }
        let _ = writeln!(self.steps, "expect = {expect:?}");
    }

    fn give(mut self, give: &str, now: &str, file: &str, envelope: &Envelope, expect: &str) -> Self {
        self.step(give, now, &[("envelope", file, envelope.to_bytes())], expect, "");
        self
    }

    fn raw(mut self, give: &str, file: &str, bytes: &[u8], expect: &str) -> Self {
        self.step(give, LATER, &[("envelope", file, bytes.to_vec())], expect, "");
        self
    }

    /// Enrolled with the site's root, and with its roster.
    fn enrolled(self, site: &RehearsalSite) -> Self {
        self.give("enrol", T0, "root-1.json", &site.root_envelope(), "taken").give(
            "roster",
            T0,
            &format!("roster-{}.json", site.roster.version),
            &site.roster_envelope(),
            "taken",
        )
    }

    fn release(self, envelope: &Envelope, manifest: &Manifest, expect: &str) -> Self {
        self.release_at(LATER, "", envelope, manifest, expect)
    }

    fn release_at(mut self, now: &str, more: &str, envelope: &Envelope, manifest: &Manifest, expect: &str) -> Self {
        let approval: Value = serde_json::from_slice(envelope.payload()).unwrap_or_default();
        let back = if approval["kind"] == "release" { "" } else { "-back" };
        let signers = envelope.signatures().len();
        let file = format!("approval-{}{back}-by-{signers}.json", approval["version"]);
        let envelope = ("envelope", file.as_str(), envelope.to_bytes());
        let file = format!("manifest-{}.json", manifest.version);
        let manifest = ("manifest", file.as_str(), manifest.canonical_bytes());
        self.step("release", now, &[envelope, manifest], expect, more);
        self
    }

    fn write(&self, corpus: &Path, update: bool) {
        let folder = corpus.join(self.name);
        let shows = self.shows.as_ref().map_or(String::new(), |file| format!("shows = {file:?}\n"));
        let case = format!("zh = {:?}\nen = {:?}\n{shows}{}{}", self.zh, self.en, self.device, self.steps);
        let mut files = self.files.clone();
        files.insert("case.toml".to_owned(), case.into_bytes());
        if update {
            fs::create_dir_all(&folder).unwrap();
        }
        for (file, bytes) in files {
            let path = folder.join(&file);
            if update {
                fs::write(&path, &bytes).unwrap();
            } else {
                let there = fs::read(&path).unwrap_or_default();
                assert!(there == bytes, "{} is not what is made today: UPDATE_EXPECT=1", path.display());
            }
        }
    }
}

fn manifest(version: u64) -> Manifest {
    let document = format!("{{\"version\":{version}}}");
    let files = [(EXHIBITION_FILE, document.as_str()), (PICTURES_FILE, "{\"pictures\":{}}")];
    let files = files.map(|(path, text)| (path.to_owned(), FileEntry::of(path, text.as_bytes())));
    Manifest::of("party-history", version, T0_MS, files.into())
}

fn site() -> RehearsalSite {
    RehearsalSite::new("main", T0_MS)
}

const FORWARD: ApprovalKind = ApprovalKind::Release;

fn approve(version: u64, people: &[&str]) -> Envelope {
    site().approve(&manifest(version).canonical_bytes(), FORWARD, people)
}

fn way_back(version: u64, from_version: u64) -> Envelope {
    let kind = ApprovalKind::Rollback { from_version };
    site().approve(&manifest(version).canonical_bytes(), kind, &["chu", "zong"])
}

const BOTH: [&str; 2] = ["chu", "zong"];

pub(super) fn all(corpus: &Path, update: bool) {
    let mut cases = honest();
    cases.extend(signatures());
    cases.extend(versions());
    cases.extend(roots_and_rosters());
    cases.extend(clocks());
    cases.extend(passkeys());
    cases.extend(passkey_flaws());
    cases.extend(notices());
    cases.extend(bytes());
    for case in &cases {
        case.write(corpus, update);
    }
}

fn honest() -> Vec<Case> {
    let site = site();
    let mut solemn = manifest(1);
    solemn.class = "solemn".into();
    let by_three = site.approve(&solemn.canonical_bytes(), FORWARD, &["chu", "fu", "zhong"]);
    let mut ours = manifest(1);
    ours.groups = ["east".to_owned(), "west".to_owned()].into();
    let ours_approved = site.approve(&ours.canonical_bytes(), FORWARD, &BOTH);
    vec![
        Case::new("honest", "两人签名的普通版本，正常上屏", "An ordinary release signed by two people is shown")
            .enrolled(&site)
            .release(&approve(1, &BOTH), &manifest(1), "taken")
            .release(&approve(1, &BOTH), &manifest(1), "taken")
            .release(&approve(2, &BOTH), &manifest(2), "taken"),
        Case::new(
            "honest-solemn",
            "庄重类须三人签名，其中两人用通行密钥",
            "A solemn release is signed by three people, two of them with passkeys",
        )
        .enrolled(&site)
        .release(&by_three, &solemn, "taken"),
        Case::new("honest-group", "本终端所在分组的版本", "A release for the group of this device")
            .enrolled(&site)
            .release(&ours_approved, &ours, "taken"),
        Case::new(
            "honest-one-of-two-keys",
            "同一人的两把密钥各签一次，另有一人终审：算两人",
            "One person signs with both keys and another for the final review: two people",
        )
        .enrolled(&site)
        .release(&approve(1, &["duo", "duo-2", "zong"]), &manifest(1), "taken"),
    ]
}

fn signatures() -> Vec<Case> {
    let site = site();
    let mut flipped = serde_json::to_value(approve(1, &BOTH)).unwrap();
    let mut sig = STANDARD.decode(flipped["signatures"][1]["sig"].as_str().unwrap()).unwrap();
    sig[0] ^= 1;
    flipped["signatures"][1]["sig"] = json!(STANDARD.encode(sig));
    let mut swapped = serde_json::to_value(approve(1, &BOTH)).unwrap();
    swapped["payload"] = serde_json::to_value(approve(2, &[])).unwrap()["payload"].take();
    let mut noisy = serde_json::to_value(approve(1, &BOTH)).unwrap();
    for n in 0..30 {
        let noise = json!({ "keyid": format!("{n:032}"), "sig": "AAAA", "comment": "not signed, so it says nothing" });
        noisy["signatures"].as_array_mut().unwrap().push(noise);
    }
    let read = |value: &Value| -> Envelope { serde_json::from_value(value.clone()).unwrap() };
    let others = RehearsalSite::new("annex", T0_MS);
    let mut of_annex = Approval::new("annex", &id(1), &manifest(1), FORWARD);
    of_annex.site = "annex".into();
    let of_annex = site.sign(of_annex.envelope(), &BOTH);
    let mut solemn = manifest(1);
    solemn.class = "solemn".into();
    let mut says_ordinary = Approval::new("main", &BlobHash::of(&solemn.canonical_bytes()), &solemn, FORWARD);
    says_ordinary.class = "ordinary".into();
    let says_ordinary = site.sign(says_ordinary.envelope(), &BOTH);
    let mut pinned = RehearsalSite::new("main", T0_MS);
    let pin = Pin { class: Some("solemn".into()), least_version: None };
    pinned.roster.exhibitions.insert("party-history".into(), pin);
    let mut unknown = manifest(1);
    unknown.class = "trifle".into();
    let unknown_approved = site.approve(&unknown.canonical_bytes(), FORWARD, &BOTH);
    let mut west = manifest(1);
    west.groups = ["west".to_owned()].into();
    let west_approved = site.approve(&west.canonical_bytes(), FORWARD, &BOTH);
    let (mut late, mut new) = (manifest(1), manifest(1));
    late.expires_at_ms = Some(T0_MS + 1);
    let late_approved = site.approve(&late.canonical_bytes(), FORWARD, &BOTH);
    new.min_runtime = "9.0.0".into();
    let new_approved = site.approve(&new.canonical_bytes(), FORWARD, &BOTH);
    let mut unsigned = Case::new("unsigned", "中枢下发没有签名的版本", "The hub sends a release without signatures");
    unsigned = unsigned.enrolled(&site);
    unsigned.step("release", LATER, &[("manifest", "manifest-1.json", manifest(1).canonical_bytes())], "unsigned", "");
    let mut unenrolled = Case::new(
        "no-root",
        "未登记根密钥的终端收到签名齐全的版本",
        "A device without a root gets a release that is well signed",
    );
    unenrolled.step(
        "release",
        LATER,
        &[
            ("envelope", "approval-1-by-2.json", approve(1, &BOTH).to_bytes()),
            ("manifest", "manifest-1.json", manifest(1).canonical_bytes()),
        ],
        "no_root",
        "",
    );
    let mut hub = Case::new(
        "hub-alone",
        "配置明写只信中枢的终端：无签名的版本可以上屏，通知仍不行",
        "A device configured to believe its hub alone shows an unsigned release, but no notice",
    )
    .device("accept = \"hub\"");
    hub.step("release", LATER, &[("manifest", "manifest-1.json", manifest(1).canonical_bytes())], "taken", "");
    let notice = site.sign(site.notice("closing", "十分钟后闭馆", T0_MS).envelope(), &["zhi"]);
    hub = hub.give("notice", T0, "notice.json", &notice, "no_root");
    let mut hub_then_root = Case::new(
        "hub-alone-ends-with-a-root",
        "登记了根密钥，配置再写只信中枢也无效",
        "Once a root is enrolled, a configuration that believes the hub alone has no effect",
    )
    .device("accept = \"hub\"")
    .enrolled(&site);
    hub_then_root.step(
        "release",
        LATER,
        &[("manifest", "manifest-1.json", manifest(1).canonical_bytes())],
        "unsigned",
        "",
    );
    vec![
        unsigned,
        unenrolled,
        hub,
        hub_then_root,
        Case::new("forged-signature", "终审签名被改动一位", "One bit of the final review's signature is changed")
            .enrolled(&site)
            .flawed(&read(&flipped), &manifest(1), &["signature_wrong"]),
        Case::new(
            "forged-statement",
            "把真签名搬到另一个版本的声明上",
            "True signatures are moved to the statement about another release",
        )
        .enrolled(&site)
        .flawed(&read(&swapped), &manifest(2), &["signature_wrong", "signature_wrong"]),
        Case::new("forged-by-strangers", "名册之外的人签名", "People who are in no roster sign")
            .enrolled(&site)
            .release(&approve(1, &["mo", "sheng"]), &manifest(1), "stage_missing"),
        Case::new("forged-by-another-site", "另一场馆的名册和签名", "Roster and signatures of another site")
            .enrolled(&site)
            .give("roster", LATER, "roster-annex.json", &others.roster_envelope(), "roster_signatures")
            .release(&of_annex, &manifest(1), "wrong_site"),
        Case::new(
            "noise-among-signatures",
            "两份真签名之间夹着三十份无关签名：照常上屏",
            "Thirty signatures of nobody around two true ones do no harm",
        )
        .enrolled(&site)
        .release_at(LATER, "", &read(&noisy), &manifest(1), "taken"),
        Case::new("threshold-not-met", "只有初审签名", "Only the first review has signed").enrolled(&site).release(
            &approve(1, &["chu"]),
            &manifest(1),
            "stage_missing",
        ),
        Case::new(
            "threshold-wrong-stages",
            "两人签名，但都只能终审",
            "Two people have signed, both for the final review",
        )
        .enrolled(&site)
        .release(&approve(1, &["zhong", "zong"]), &manifest(1), "stage_missing"),
        Case::new(
            "same-person-twice",
            "一人用两把密钥冒充两人",
            "One person signs with two keys to pass for two people",
        )
        .enrolled(&site)
        .release(&approve(1, &["duo", "duo-2"]), &manifest(1), "same_person"),
        Case::new(
            "same-person-two-stages",
            "一人兼初审、终审，一份签名想算两个环节",
            "One signature is to count for both stages of somebody who may do either",
        )
        .enrolled(&site)
        .release(&approve(1, &["duo"]), &manifest(1), "same_person"),
        Case::new(
            "mixed-release",
            "拿第 2 版的签名配第 3 版的清单",
            "The approval of version 2 comes with the manifest of version 3",
        )
        .enrolled(&site)
        .release(&approve(1, &BOTH), &manifest(1), "taken")
        .release(&approve(2, &BOTH), &manifest(3), "release_mixed"),
        Case::new(
            "mixed-class",
            "声明写普通类，清单写庄重类，只找两人签",
            "The statement says ordinary where the manifest says solemn, and two people sign",
        )
        .enrolled(&site)
        .release(&says_ordinary, &solemn, "release_mixed"),
        Case::new(
            "class-too-weak",
            "编辑给党史展选了环节少的类别",
            "An author picks a class with fewer stages than the exhibition needs",
        )
        .enrolled(&pinned)
        .release(&approve(1, &BOTH), &manifest(1), "class_too_weak"),
        Case::new("class-unknown", "清单写了名册没有的类别", "The class is one that the roster does not know")
            .enrolled(&site)
            .release(&unknown_approved, &unknown, "class_unknown"),
        Case::new("wrong-group", "给西厅的版本发到东厅终端", "A release for the west hall is sent to the east")
            .enrolled(&site)
            .release(&west_approved, &west, "wrong_group"),
        Case::new("release-expired", "已过有效期的版本", "A release past its end").enrolled(&site).release(
            &late_approved,
            &late,
            "expired",
        ),
        Case::new(
            "runtime-too-old",
            "版本需要更新的终端程序",
            "The release needs a later program than this device has",
        )
        .enrolled(&site)
        .release(&new_approved, &new, "runtime_too_old"),
    ]
}

impl Case {
    /// Refused because of these signatures.
    fn flawed(self, envelope: &Envelope, manifest: &Manifest, flaws: &[&str]) -> Self {
        self.release_at(LATER, &format!("flaws = {flaws:?}"), envelope, manifest, "stage_missing")
    }

    /// With a clock that a time server has set.
    fn clock(mut self, now: &str, expect: &str) -> Self {
        self.step("time", now, &[], expect, "clock_trusted = true");
        self
    }
}

fn id(version: u64) -> BlobHash {
    BlobHash::of(&manifest(version).canonical_bytes())
}

fn versions() -> Vec<Case> {
    let site = site();
    let mut other = manifest(2);
    other.created_at_ms += 1;
    let other_approved = site.approve(&other.canonical_bytes(), FORWARD, &BOTH);
    let mut least = RehearsalSite::new("main", T0_MS);
    least.roster.exhibitions.insert("*".into(), Pin { class: None, least_version: Some(2) });
    let mut of_other_name =
        Case::new("version-reused", "同一版本号配两份不同的内容", "Two different releases have the same version")
            .enrolled(&site)
            .release(&approve(2, &BOTH), &manifest(2), "taken");
    of_other_name.step(
        "release",
        LATER,
        &[
            ("envelope", "approval-of-another-2.json", other_approved.to_bytes()),
            ("manifest", "manifest-another-2.json", other.canonical_bytes()),
        ],
        "version_reused",
        "",
    );
    vec![
        Case::new("release-rolled-back", "重放旧版本的真签名", "The true signatures of an older release are replayed")
            .enrolled(&site)
            .release(&approve(2, &BOTH), &manifest(2), "taken")
            .release(&approve(1, &BOTH), &manifest(1), "release_rolled_back"),
        Case::new(
            "way-back-signed",
            "签了退回声明：可退回旧版，被撤的版本不能再来，更新的可以",
            "A signed way back leads to the older release; the one left behind does not come again, a newer one does",
        )
        .enrolled(&site)
        .release(&approve(2, &BOTH), &manifest(2), "taken")
        .release(&way_back(1, 2), &manifest(1), "taken")
        .release(&approve(2, &BOTH), &manifest(2), "release_rolled_back")
        .release(&approve(3, &BOTH), &manifest(3), "taken"),
        Case::new(
            "way-back-replayed",
            "新版发布后重放旧的退回声明",
            "An old way back is replayed after something newer was published",
        )
        .enrolled(&site)
        .release(&approve(2, &BOTH), &manifest(2), "taken")
        .release(&way_back(1, 2), &manifest(1), "taken")
        .release(&approve(3, &BOTH), &manifest(3), "taken")
        .release(&way_back(1, 2), &manifest(1), "way_back_stale"),
        Case::new(
            "way-back-undone",
            "退到第 1 版后，重放更早那份退到第 2 版的声明",
            "After the way back to version 1, an earlier one to version 2 is replayed",
        )
        .enrolled(&site)
        .release(&approve(3, &BOTH), &manifest(3), "taken")
        .release(&way_back(2, 3), &manifest(2), "taken")
        .release(&way_back(1, 3), &manifest(1), "taken")
        .release(&way_back(2, 3), &manifest(2), "way_back_stale"),
        Case::new(
            "way-back-passes-for-release",
            "普通签名冒充退回声明",
            "The signatures of a release are used for a way back",
        )
        .enrolled(&site)
        .release(&approve(2, &BOTH), &manifest(2), "taken")
        .flawed(
            &moved(&approve(1, &BOTH), &way_back(1, 2)),
            &manifest(1),
            &["signature_wrong", "signature_wrong"],
        ),
        Case::new(
            "below-least-version",
            "新终端收到名册已不许再用的旧版",
            "A new device gets a release that is older than the roster allows",
        )
        .enrolled(&least)
        .release(&approve(1, &BOTH), &manifest(1), "release_rolled_back"),
        of_other_name,
    ]
}

/// The signatures of one envelope with the statement of another.
fn moved(signed: &Envelope, statement: &Envelope) -> Envelope {
    let mut value = serde_json::to_value(statement).unwrap();
    value["signatures"] = serde_json::to_value(signed).unwrap()["signatures"].take();
    serde_json::from_value(value).unwrap()
}

fn next_root(site: &RehearsalSite, keys: &[usize]) -> Root {
    let keys = keys.iter().map(|n| root_key(site.name(), *n).public()).collect();
    Root { version: site.root.version + 1, keys, ..site.root.clone() }
}

fn later_roster(site: &RehearsalSite, version: u64) -> Roster {
    Roster { version, ..site.roster.clone() }
}

fn roots_and_rosters() -> Vec<Case> {
    let site = site();
    let second = next_root(&site, &[4, 5, 6]);
    let two = RehearsalSite { root: second.clone(), roster: later_roster(&site, 2) };
    let third = next_root(&two, &[7, 8, 9]);
    let three = RehearsalSite { root: third.clone(), roster: later_roster(&site, 2) };
    let to_two = site.sign_by_root(second.envelope(), &[1, 3, 4, 6]);
    let to_three = site.sign_by_root(third.envelope(), &[5, 6, 7, 8]);
    let by_new = |roster: &Roster, keys: &[usize]| site.sign_by_root(roster.envelope(), keys);
    let mut fast = site.roster.clone();
    fast.version = (1 << 53) - 1;
    let mut without_zong = later_roster(&site, 2);
    without_zong.people.retain(|person| person.id != "zong");
    let mut shared = later_roster(&site, 2);
    let key = shared.people.iter().find(|person| person.id == "chu").unwrap().keys[0].clone();
    shared.people.iter_mut().find(|person| person.id == "zong").unwrap().keys.push(key);
    let mut changed = site.roster.clone();
    changed.expires_at_ms += 1;
    let mut of_annex = later_roster(&site, 2);
    of_annex.site = "annex".into();
    let mut short = next_root(&site, &[1, 2, 3]);
    short.version = 1;
    short.expires_at_ms = T0_MS + 1000;
    let short_lived = RehearsalSite { root: short, roster: site.roster.clone() };
    let mut greedy = next_root(&site, &[1, 2, 3]);
    greedy.threshold = 9;
    let mut duty_stage = later_roster(&site, 2);
    duty_stage.classes.insert("quick".into(), vec![Role::DutyOfficer]);
    vec![
        Case::new(
            "key-rotated",
            "根密钥连换两次，名册改由新密钥签名：终端逐版跟上",
            "The root keys change twice; the device follows step by step, and the new keys sign the roster",
        )
        .enrolled(&site)
        .release(&approve(1, &BOTH), &manifest(1), "taken")
        .give("root", LATER, "root-3.json", &to_three, "root_gap")
        .give("root", LATER, "root-2.json", &to_two, "taken")
        .give("root", LATER, "root-3.json", &to_three, "taken")
        .give("root", LATER, "root-3.json", &to_three, "same")
        .give("root", LATER, "root-2.json", &to_two, "root_rolled_back")
        .release(&approve(2, &BOTH), &manifest(2), "no_roster")
        .give("roster", LATER, "roster-2.json", &by_new(&three.roster, &[7, 9]), "taken")
        .release(&approve(2, &BOTH), &manifest(2), "taken"),
        Case::new("root-forged", "新根密钥只由自己签名", "A new root is signed by its own keys alone")
            .enrolled(&site)
            .give("root", LATER, "root-2.json", &site.sign_by_root(second.envelope(), &[4, 5, 6]), "root_signatures"),
        Case::new(
            "root-without-its-own-keys",
            "新根密钥没有自己的签名：可能无人持有",
            "A new root lacks its own signatures: perhaps nobody holds its keys",
        )
        .enrolled(&site)
        .give(
            "root",
            LATER,
            "root-2.json",
            &site.sign_by_root(second.envelope(), &[1, 2, 4]),
            "root_signatures",
        ),
        Case::new("root-greedy", "新根密钥要求的人数多过密钥数", "A new root asks for more keys than it has")
            .enrolled(&site)
            .give("root", LATER, "root-2.json", &site.sign_by_root(greedy.envelope(), &[1, 2, 3]), "statement_invalid"),
        Case::new(
            "root-expired",
            "根密钥过期：画面照旧，不收新内容",
            "The root has expired: the screens play on and take nothing new",
        )
        .enrolled_late(&short_lived),
        Case::new(
            "fast-forward",
            "盗走旧根密钥的人把名册版本号签到顶；换根后名册作废，可重新开始",
            "Whoever stole the old root keys signs a roster of the highest version; the next root ends it",
        )
        .enrolled(&site)
        .give("roster", LATER, "roster-highest.json", &by_new(&fast, &[1, 2]), "taken")
        .give("roster", LATER, "roster-2.json", &by_new(&two.roster, &[1, 2]), "roster_rolled_back")
        .give("root", LATER, "root-2.json", &to_two, "taken")
        .give("roster", LATER, "roster-highest.json", &by_new(&fast, &[1, 2]), "roster_signatures")
        .give("roster", LATER, "roster-2-by-new-keys.json", &by_new(&two.roster, &[4, 5]), "taken")
        .release(&approve(1, &BOTH), &manifest(1), "taken"),
        Case::new(
            "key-revoked",
            "终审人员已从名册除名，仍用原密钥签名",
            "A reviewer who is no longer in the roster signs with the old key",
        )
        .enrolled(&site)
        .release(&approve(1, &BOTH), &manifest(1), "taken")
        .give("roster", LATER, "roster-2.json", &by_new(&without_zong, &[1, 2]), "taken")
        .release(&approve(2, &BOTH), &manifest(2), "stage_missing")
        .release(&approve(3, &["chu", "zhong"]), &manifest(3), "taken"),
        Case::new(
            "roster-rolled-back",
            "重放旧名册，想让除名的人回来",
            "The old roster is replayed to bring back who was removed",
        )
        .enrolled(&site)
        .give("roster", LATER, "roster-2.json", &by_new(&without_zong, &[1, 2]), "taken")
        .give("roster", LATER, "roster-1.json", &site.roster_envelope(), "roster_rolled_back")
        .release(&approve(1, &BOTH), &manifest(1), "stage_missing"),
        Case::new("roster-forged", "名册只有一把根密钥签名", "One root key alone signs a roster").enrolled(&site).give(
            "roster",
            LATER,
            "roster-2.json",
            &by_new(&without_zong, &[2]),
            "roster_signatures",
        ),
        Case::new("roster-reused", "同一版本号的两份名册", "Two rosters have the same version")
            .enrolled(&site)
            .give("roster", LATER, "roster-1.json", &site.roster_envelope(), "same")
            .give("roster", LATER, "roster-another-1.json", &by_new(&changed, &[1, 2]), "roster_reused"),
        Case::new(
            "roster-of-another-site",
            "同一批根密钥管两个场馆，名册发错场馆",
            "One set of root keys serves two sites, and the roster of one is sent to the other",
        )
        .enrolled(&site)
        .give("roster", LATER, "roster-2.json", &by_new(&of_annex, &[1, 2]), "wrong_site"),
        Case::new("roster-shares-a-key", "名册里两人共用一把密钥", "Two people of a roster share a key")
            .enrolled(&site)
            .give("roster", LATER, "roster-2.json", &by_new(&shared, &[1, 2]), "statement_invalid"),
        Case::new(
            "roster-stage-is-no-review",
            "名册把值班当作审核环节",
            "A roster takes duty officers for a stage of review",
        )
        .enrolled(&site)
        .give("roster", LATER, "roster-2.json", &by_new(&duty_stage, &[1, 2]), "statement_invalid"),
        Case::new("no-roster", "只登记了根密钥，还没有名册", "A device has a root and no roster yet")
            .give("enrol", T0, "root-1.json", &site.root_envelope(), "taken")
            .release(&approve(1, &BOTH), &manifest(1), "no_roster"),
        Case::new("enrol-unsigned-root", "拿没有签名的根密钥登记", "A root without signatures is enrolled").give(
            "enrol",
            T0,
            "root-1.json",
            &site.sign_by_root(site.root.envelope(), &[1]),
            "root_signatures",
        ),
    ]
}

impl Case {
    fn enrolled_late(self, site: &RehearsalSite) -> Self {
        self.enrolled(site)
            .release_at(T0, "", &approve(1, &BOTH), &manifest(1), "taken")
            .release(&approve(2, &BOTH), &manifest(2), "root_expired")
            .give("roster", LATER, "roster-1.json", &site.roster_envelope(), "root_expired")
    }
}

fn clocks() -> Vec<Case> {
    let site = site();
    let mut next = later_roster(&site, 2);
    next.created_at_ms = T0_MS + 366 * 86_400_000;
    next.expires_at_ms = next.created_at_ms + 365 * 86_400_000;
    let next = site.sign_by_root(next.envelope(), &[1, 2]);
    let expired = RehearsalSite::new("main", T0_MS - 400 * 86_400_000);
    vec![
        Case::new(
            "frozen",
            "中枢不再下发新名册，名册过期：画面照旧，不收新内容，新名册一到就好",
            "The hub keeps the new roster back until the old one expires: the screens play on and take nothing new until it comes",
        )
        .enrolled(&site)
        .release(&approve(1, &BOTH), &manifest(1), "taken")
        .release_at(TOO_LATE, "clock_trusted = true", &approve(2, &BOTH), &manifest(2), "roster_expired")
        .give("roster", "2027-11-20T00:00:00Z", "roster-2.json", &next, "taken")
        .release_at("2027-11-20T00:00:00Z", "clock_trusted = true", &approve(2, &BOTH), &manifest(2), "taken"),
        Case::new("frozen-roster", "下发已过期的名册", "A roster that has expired is sent")
            .give("enrol", T0, "root-1.json", &expired.root_envelope(), "taken")
            .give("roster", T0, "roster-1.json", &expired.roster_envelope(), "roster_expired"),
        Case::new(
            "clock-1970",
            "终端时钟停在 1970 年：照常核验，不会停摆",
            "The clock says 1970: the device takes what is well signed",
        )
        .give("enrol", "1970-01-01T00:00:10Z", "root-1.json", &site.root_envelope(), "taken")
        .give("roster", "1970-01-01T00:00:10Z", "roster-1.json", &site.roster_envelope(), "taken")
        .release_at("1970-01-01T00:00:10Z", "", &approve(1, &BOTH), &manifest(1), "taken"),
        Case::new(
            "clock-set-back",
            "名册过期后把时钟拨回去，想让它重新有效",
            "The clock is set back after the roster expired, to make it young again",
        )
        .enrolled(&site)
        .release(&approve(1, &BOTH), &manifest(1), "taken")
        .clock("2027-06-01T00:00:00Z", "taken")
        .clock("2027-11-02T00:00:00Z", "taken")
        .release_at(LATER, "", &approve(2, &BOTH), &manifest(2), "roster_expired")
        .release_at("1970-01-01T00:00:10Z", "", &approve(2, &BOTH), &manifest(2), "roster_expired"),
        Case::new(
            "clock-2099",
            "未校时的时钟跳到 2099 年：只在此期间不收新内容，校时后恢复",
            "A clock that nobody has set says 2099: nothing new is taken until it is set",
        )
        .enrolled(&site)
        .release(&approve(1, &BOTH), &manifest(1), "taken")
        .release_at("2099-01-01T00:00:00Z", "", &approve(2, &BOTH), &manifest(2), "root_expired")
        .release(&approve(2, &BOTH), &manifest(2), "taken"),
        Case::new(
            "clock-2099-by-a-time-server",
            "时间服务器谎称 2099 年：跳得太远，不记下来",
            "A time server claims 2099: the leap is too far to be remembered",
        )
        .enrolled(&site)
        .clock("2099-01-01T00:00:00Z", "same")
        .release_at("2099-01-01T00:00:00Z", "clock_trusted = true", &approve(1, &BOTH), &manifest(1), "root_expired")
        .release(&approve(1, &BOTH), &manifest(1), "taken"),
        Case::new(
            "clock-creeps-ahead",
            "时间服务器一年一年地往前骗到 2099：旧名册作废，下一份名册即恢复",
            "A time server creeps ahead year by year: the old roster is lost, and the next one ends it",
        )
        .enrolled(&site)
        .clock("2027-10-01T00:00:00Z", "taken")
        .clock("2028-10-01T00:00:00Z", "taken")
        .clock("2029-10-01T00:00:00Z", "same")
        .clock("2099-10-01T00:00:00Z", "same")
        .release(&approve(1, &BOTH), &manifest(1), "roster_expired")
        .give("roster", LATER, "roster-2.json", &next, "taken")
        .release(&approve(1, &BOTH), &manifest(1), "taken"),
    ]
}

/// An approval of release 1 by `chu`, and by the passkey of `zhong` as `change` leaves it.
fn with_passkey(change: impl Fn(&mut SoftAssertion<'_>)) -> Envelope {
    let mut envelope = approve(1, &["chu"]);
    let softkey = Softkey::new("main", "zhong");
    let mut assertion = softkey.assertion(&envelope);
    change(&mut assertion);
    let signature = assertion.sign();
    assert!(envelope.add(signature));
    envelope
}

fn passkeys() -> Vec<Case> {
    let site = site();
    let taken = |name, zh, en, envelope: &Envelope| {
        Case::new(name, zh, en).enrolled(&site).release(envelope, &manifest(1), "taken")
    };
    let mut other_half = approve(1, &["chu"]);
    let softkey = Softkey::new("main", "zhong");
    let mut signature = softkey.assertion(&other_half).sign();
    let ecdsa = p256::ecdsa::Signature::from_der(&signature.sig).unwrap();
    let (r, s) = ecdsa.split_scalars();
    let negated = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    assert_ne!(ecdsa, negated);
    signature.sig = negated.to_der().as_bytes().to_vec();
    assert!(other_half.add(signature));
    vec![
        taken(
            "passkey-high-s",
            "通行密钥的签名是另一半 (r, −s)：规范允许，接受",
            "The passkey's signature is the other half, (r, −s): allowed, and taken",
            &other_half,
        ),
        taken(
            "passkey-synchronised",
            "通行密钥可备份、已备份：接受",
            "The passkey may be backed up and is: taken",
            &with_passkey(|assertion| assertion.flags |= 0b0001_1000),
        ),
        taken(
            "passkey-extensions",
            "验证器附带扩展数据：已签名，接受",
            "The authenticator adds extensions: they are signed, and taken",
            &with_passkey(|assertion| {
                assertion.flags |= 0x80;
                assertion.extensions = vec![0xa0];
            }),
        ),
        taken(
            "passkey-of-a-page-below",
            "签名页在中枢域名的下级：接受",
            "The page stands below the hub's name: taken",
            &with_passkey(|assertion| assertion.origin = "https://console.hub.example.cn:8443".into()),
        ),
    ]
}

fn passkey_flaws() -> Vec<Case> {
    let site = site();
    let flawed = |name, zh, en, envelope: &Envelope, flaw| {
        Case::new(name, zh, en).enrolled(&site).flawed(envelope, &manifest(1), &[flaw])
    };
    let made = |flaw: &dyn Fn(&mut SoftAssertion<'_>)| with_passkey(flaw);
    let tampered = |change: &dyn Fn(&mut pingfeng_release::trust::Signature)| {
        let mut envelope = approve(1, &["chu"]);
        let mut signature = Softkey::new("main", "zhong").assertion(&envelope).sign();
        change(&mut signature);
        assert!(envelope.add(signature));
        envelope
    };
    let mut of_file_key = approve(1, &["zong"]);
    let mut signature = file_key("main", "chu").sign(&of_file_key);
    signature.assertion = Some((vec![0; 37], b"{}".to_vec()));
    assert!(of_file_key.add(signature));
    vec![
        flawed(
            "passkey-wrong-challenge",
            "通行密钥签的是另一个版本",
            "The passkey has signed another release",
            &made(&|assertion| assertion.challenge = approve(2, &[]).challenge().to_vec()),
            "assertion_challenge",
        ),
        flawed(
            "passkey-challenge-is-the-bare-hash",
            "通行密钥直接签清单哈希，而不是声明",
            "The passkey has signed the manifest's bare hash and not the statement",
            &made(&|assertion| {
                assertion.challenge = blake3::hash(&manifest(1).canonical_bytes()).as_bytes().to_vec();
            }),
            "assertion_challenge",
        ),
        flawed(
            "passkey-wrong-host",
            "通行密钥是给另一个域名的",
            "The passkey was used for another host",
            &made(&|assertion| assertion.rp_id = "hub.examp1e.cn".into()),
            "assertion_rp",
        ),
        flawed(
            "passkey-wrong-origin",
            "仿冒页面诱人签名",
            "A page that imitates the console has asked for the signature",
            &made(&|assertion| assertion.origin = "https://hub.example.cn.evil.com".into()),
            "assertion_origin",
        ),
        flawed(
            "passkey-without-tls",
            "签名页没有加密",
            "The page came without TLS",
            &made(&|assertion| assertion.origin = "http://hub.example.cn".into()),
            "assertion_origin",
        ),
        flawed(
            "passkey-in-a-frame",
            "签名框嵌在别人的页面里",
            "The signature was asked for inside somebody else's page",
            &made(&|assertion| assertion.cross_origin = true),
            "assertion_cross_origin",
        ),
        flawed(
            "passkey-nobody-there",
            "没有人触碰验证器",
            "Nobody has touched the authenticator",
            &made(&|assertion| assertion.flags = 0b0000_0100),
            "assertion_absent",
        ),
        flawed(
            "passkey-unverified",
            "捡到密钥的人没有 PIN 或指纹",
            "Whoever found the key has neither PIN nor finger",
            &made(&|assertion| assertion.flags = 0b0000_0001),
            "assertion_unverified",
        ),
        flawed(
            "passkey-of-a-registration",
            "把注册时的签名当作审核签名",
            "The signature of a registration is passed off as a review",
            &made(&|assertion| assertion.kind = "webauthn.create".into()),
            "assertion_type",
        ),
        flawed(
            "passkey-with-a-credential",
            "断言里夹带注册数据",
            "The assertion carries the data of a registration",
            &made(&|assertion| {
                assertion.flags |= 0x40;
                assertion.extensions = vec![0; 20];
            }),
            "assertion_flags",
        ),
        flawed(
            "passkey-bytes-without-flag",
            "验证器数据后面多出字节",
            "Bytes follow the authenticator data that no flag announces",
            &made(&|assertion| assertion.extensions = vec![0; 8]),
            "assertion_flags",
        ),
        flawed(
            "passkey-der-garbage",
            "签名不是 DER",
            "The signature is not DER",
            &tampered(&|signature| signature.sig = vec![0x30, 0x46, 0xff, 0xff]),
            "assertion_encoding",
        ),
        flawed(
            "passkey-der-with-a-tail",
            "DER 签名后面多一个字节",
            "A byte follows the DER signature",
            &tampered(&|signature| signature.sig.push(0)),
            "assertion_encoding",
        ),
        flawed(
            "passkey-client-data-broken",
            "客户端数据不是 JSON",
            "The client data is not JSON",
            &tampered(&|signature| {
                if let Some((_, client)) = &mut signature.assertion {
                    *client = b"{\"type\":\"webauthn.get\"".to_vec();
                }
            }),
            "assertion_client_data",
        ),
        flawed(
            "passkey-client-data-says-it-twice",
            "客户端数据写了两个 challenge",
            "The client data has two challenges",
            &tampered(&|signature| {
                if let Some((_, client)) = &mut signature.assertion {
                    let text = String::from_utf8(client.clone()).unwrap();
                    *client = text.replacen('{', "{\"challenge\":\"AAAA\",", 1).into_bytes();
                }
            }),
            "assertion_client_data",
        ),
        flawed(
            "passkey-of-somebody-else",
            "用复审的通行密钥冒名终审",
            "The passkey of the second reviewer signs in the name of the final one",
            &{
                let mut envelope = approve(1, &["chu"]);
                let mut signature = Softkey::new("main", "fu").assertion(&envelope).sign();
                signature.key = Softkey::new("main", "zhong").key().key.id();
                assert!(envelope.add(signature));
                envelope
            },
            "signature_wrong",
        ),
        flawed(
            "passkey-without-assertion",
            "通行密钥的签名缺验证器数据",
            "The signature of a passkey lacks its assertion",
            &tampered(&|signature| signature.assertion = None),
            "signature_form",
        ),
        flawed(
            "file-key-with-assertion",
            "密钥文件的签名夹带断言",
            "The signature of a key file carries an assertion",
            &of_file_key,
            "signature_form",
        ),
    ]
}

fn notices() -> Vec<Case> {
    let site = site();
    let signed = |change: &dyn Fn(&mut pingfeng_release::trust::Notice), people: &[&str]| {
        let mut notice = site.notice("closing", "今日 17:00 提前闭馆\n请有序离场", T0_MS);
        change(&mut notice);
        site.sign(notice.envelope(), people)
    };
    let one = |name, zh, en, envelope: &Envelope, expect| {
        Case::new(name, zh, en).enrolled(&site).give("notice", T0, "notice.json", envelope, expect)
    };
    let newer = signed(
        &|notice| (notice.created_at_ms, notice.expires_at_ms) = (T0_MS + 9_000_000, T0_MS + 18_000_000),
        &["zhi"],
    );
    let mut replayed = Case::new(
        "notice-replayed",
        "重放昨天的通知，并把时钟拨回去",
        "The notice of yesterday is replayed, and the clock set back",
    )
    .enrolled(&site)
    .give("notice", LATER, "notice.json", &signed(&|_| {}, &["zhi"]), "expired");
    replayed.step(
        "notice",
        "2026-11-01T11:00:00Z",
        &[("envelope", "notice-newer.json", newer.to_bytes())],
        "taken",
        "clock_trusted = true",
    );
    replayed = replayed.give("notice", T0, "notice.json", &signed(&|_| {}, &["zhi"]), "expired");
    let mut early = Case::new("notice-from-tomorrow", "签发时间在明天", "A notice is dated tomorrow").enrolled(&site);
    early.step(
        "notice",
        "2026-10-31T08:00:00Z",
        &[("envelope", "notice.json", signed(&|_| {}, &["zhi"]).to_bytes())],
        "too_early",
        "clock_trusted = true",
    );
    vec![
        one("notice", "值班人员签名的通知", "A notice signed by a duty officer", &signed(&|_| {}, &["zhi"]), "taken"),
        one(
            "notice-by-a-reviewer",
            "没有值班权限的人发通知",
            "Somebody who is no duty officer signs a notice",
            &signed(&|_| {}, &["chu", "zong"]),
            "stage_missing",
        ),
        one(
            "notice-unsigned",
            "中枢自己发通知",
            "The hub makes a notice of its own",
            &signed(&|_| {}, &[]),
            "stage_missing",
        ),
        one(
            "notice-too-long",
            "通知超过 120 字",
            "A notice has more than 120 characters",
            &signed(&|notice| notice.text.zh = "字".repeat(121), &["zhi"]),
            "statement_invalid",
        ),
        one(
            "notice-turned-around",
            "用方向控制字符倒转文字",
            "A notice turns its words around with a direction mark",
            &signed(&|notice| notice.text.zh = "安全\u{202e}险危".into(), &["zhi"]),
            "statement_invalid",
        ),
        one(
            "notice-too-many-lines",
            "用换行把文字挤出画面",
            "A notice pushes its words off the screen with line breaks",
            &signed(&|notice| notice.text.zh = "一\n二\n三\n四".into(), &["zhi"]),
            "statement_invalid",
        ),
        one(
            "notice-for-ever",
            "通知有效期超过一天",
            "A notice is to stay for more than a day",
            &signed(&|notice| notice.expires_at_ms = T0_MS + 24 * 3_600_000 + 1, &["zhi"]),
            "statement_invalid",
        ),
        one(
            "notice-wrong-group",
            "给西厅的通知发到东厅",
            "A notice for the west hall is sent to the east",
            &signed(&|notice| notice.groups = ["west".to_owned()].into(), &["zhi"]),
            "wrong_group",
        ),
        replayed,
        early,
    ]
}

fn bytes() -> Vec<Case> {
    let site = site();
    let good = serde_json::to_value(approve(1, &BOTH)).unwrap();
    let envelope = |change: &dyn Fn(&mut Value)| {
        let mut value = good.clone();
        change(&mut value);
        value.to_string().into_bytes()
    };
    let payload = |change: &dyn Fn(&mut Value)| {
        let mut approval: Value = serde_json::from_slice(approve(1, &[]).payload()).unwrap();
        change(&mut approval);
        let payload = STANDARD.encode(approval.to_string());
        envelope(&|value| value["payload"] = json!(payload))
    };
    let one = |name, zh, en, bytes: Vec<u8>, expect: &str| {
        let mut case = Case::new(name, zh, en).enrolled(&site);
        let manifest = ("manifest", "manifest-1.json", manifest(1).canonical_bytes());
        case.step("release", LATER, &[("envelope", "approval.json", bytes), manifest], expect, "");
        case
    };
    let mut endless = approve(1, &BOTH).to_bytes();
    endless.resize(64 * 1024 + 1, b' ');
    let mut lying = manifest(1);
    lying.budget.total_bytes = 1;
    let lying_approved =
        site.sign(Approval::new("main", &BlobHash::of(&lying.canonical_bytes()), &lying, FORWARD).envelope(), &BOTH);
    vec![
        one("endless-envelope", "封套大得离谱", "The envelope is absurdly large", endless, "envelope_too_large"),
        one(
            "endless-signatures",
            "三十三份签名",
            "The envelope has thirty-three signatures",
            envelope(&|value| value["signatures"] = json!(vec![json!({ "keyid": "a", "sig": "AAAA" }); 33])),
            "envelope_malformed",
        ),
        one(
            "endless-payload",
            "声明超过 32 KiB",
            "The statement has more than 32 KiB",
            envelope(&|value| value["payload"] = json!(STANDARD.encode(vec![b' '; 32 * 1024 + 1]))),
            "envelope_too_large",
        ),
        one(
            "envelope-is-not-json",
            "封套不是 JSON",
            "The envelope is not JSON",
            b"DSSEv1".to_vec(),
            "envelope_malformed",
        ),
        one(
            "envelope-payload-not-base64",
            "声明不是 base64",
            "The statement is not base64",
            envelope(&|value| value["payload"] = json!("第一版")),
            "envelope_malformed",
        ),
        one(
            "envelope-half-an-assertion",
            "只有一半断言",
            "Half of an assertion is there",
            envelope(&|value| value["signatures"][0]["client_data"] = json!("AAAA")),
            "envelope_malformed",
        ),
        one(
            "envelope-of-another-type",
            "把通知当作审核签名下发",
            "A notice is sent in place of an approval",
            site.sign(site.notice("closing", "闭馆", T0_MS).envelope(), &BOTH).to_bytes(),
            "envelope_type",
        ),
        one(
            "type-confusion",
            "改写类型，让通知冒充审核签名",
            "The type is rewritten so that a notice passes for an approval",
            {
                let notice = site.sign(site.notice("closing", "闭馆", T0_MS).envelope(), &BOTH);
                let mut value = serde_json::to_value(notice).unwrap();
                value["payloadType"] = good["payloadType"].clone();
                value.to_string().into_bytes()
            },
            "statement_invalid",
        ),
        one(
            "statement-unknown-key",
            "声明里多出不认识的键",
            "The statement has a key that nobody knows",
            payload(&|approval| approval["urgent"] = json!(true)),
            "statement_invalid",
        ),
        one(
            "statement-of-a-later-format",
            "声明是更新的格式",
            "The statement has a later format",
            payload(&|approval| approval["v"] = json!(2)),
            "statement_invalid",
        ),
        one(
            "statement-version-absurd",
            "声明的版本号离谱",
            "The statement has an absurd version",
            payload(&|approval| approval["version"] = json!(u64::MAX)),
            "statement_invalid",
        ),
        Case::new(
            "manifest-that-lies",
            "签名齐全，但清单的总量是假的",
            "All have signed, but the sums of the manifest are wrong",
        )
        .enrolled(&site)
        .release(&lying_approved, &lying, "manifest_invalid"),
        Case::new("root-is-not-an-envelope", "登记文件是空的", "An empty file is enrolled").raw(
            "enrol",
            "root.json",
            b"",
            "envelope_malformed",
        ),
    ]
}
