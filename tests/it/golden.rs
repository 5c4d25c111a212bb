//! Every page at every size looks as it did when somebody last looked at it.
//!
//! A case is a folder in `tests/corpus/golden`: `case.toml` and one PNG for each size. After a change that was meant:
//! `PINGFENG_BLESS=1 cargo test -p pingfeng golden`, then look at what changed. `PINGFENG_CASES=route` takes
//! only the cases whose names begin so.

use std::collections::BTreeMap;

use pingfeng::{
    Offscreen,
    input::{RecordedAct, RecordedStep},
    over::Over,
};
use pingfeng_content::model::{Lang, Text, ThemeName};
use pingfeng_link::Import;
use pingfeng_release::trust::{Notice, Severity, Statement};
use pingfeng_wire::TrustMode;
use serde::Deserialize;

use crate::{laid_out, screen};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Folder below `tests/fixtures`; `none`: the built-in page.
    #[serde(default = "paper")]
    exhibition: String,
    scene: String,
    /// When the picture is taken, after the last tap.
    #[serde(default = "one_second")]
    at_s: f32,
    #[serde(default = "all_sizes")]
    sizes: Vec<String>,
    theme: Option<ThemeName>,
    lang: Option<Lang>,
    text_scale: Option<f32>,
    /// What lies over the page.
    over: Option<OverCase>,
    #[serde(default)]
    portrait: Layout,
    #[serde(default)]
    landscape: Layout,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layout {
    /// Taps in logical page pixels, 0.8 s apart.
    taps: Vec<[f32; 2]>,
}

/// See [`Over`].
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OverCase {
    dark: bool,
    notice: Option<NoticeCase>,
    trust: Option<TrustMode>,
    /// What is said of a stick, [`STICK_STEP_S`] apart.
    stick: Vec<StickCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeCase {
    severity: Severity,
    zh: String,
    en: Option<String>,
    /// RFC 3339.
    expires: jiff::Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum StickCase {
    /// Bytes done, and all.
    Reading([u64; 2]),
    Done { version: Option<u64>, records: u64 },
    Failed { zh: String, en: String },
}

/// What an emergency ends takes so long to be replaced.
const OVER_S: f32 = 1.0;
/// Between two words about a stick.
const STICK_STEP_S: f32 = 30.0;

impl OverCase {
    /// Puts it over the page, in the way of a link.
    fn lay(self, app: &mut Offscreen) {
        let notice = self.notice.map(|notice| {
            let expires_at_ms = notice.expires.as_millisecond() as u64;
            let other: BTreeMap<_, _> = notice.en.map(|en| (Lang::En, en)).into_iter().collect();
            let notice = Notice {
                v: 1,
                site: "main".into(),
                id: "golden".into(),
                text: Text { zh: notice.zh, other },
                severity: notice.severity,
                created_at_ms: expires_at_ms - 3_600_000,
                expires_at_ms,
                groups: Default::default(),
            };
            // What cannot be signed is not worth a picture.
            notice.check().expect("a notice that could be signed");
            notice
        });
        app.app().insert_resource(Over { blank: self.dark, notice, trust: self.trust, import: None });
        let mut said = self.stick.into_iter().peekable();
        while let Some(stick) = said.next() {
            let news = match stick {
                StickCase::Reading([done_bytes, total_bytes]) => Import::Reading { done_bytes, total_bytes },
                StickCase::Done { version, records } => Import::Done { version, records },
                StickCase::Failed { zh, en } => Import::Failed(Text { zh, other: [(Lang::En, en)].into() }),
            };
            app.app().world_mut().resource_mut::<Over>().import_says(news);
            app.run(if said.peek().is_some() { STICK_STEP_S } else { 0.1 });
        }
    }
}

fn paper() -> String {
    "paper".into()
}

fn one_second() -> f32 {
    1.0
}

fn all_sizes() -> Vec<String> {
    ["1080x1920", "1920x1080", "3840x2160"].map(String::from).into()
}

fn check_size(wanted: &str) {
    let mut wrong = Vec::new();
    for folder in screen::cases("golden") {
        let name = screen::name_of(&folder);
        let text = std::fs::read_to_string(folder.join("case.toml")).unwrap();
        let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        if !case.sizes.iter().any(|size| size == wanted) {
            continue;
        }
        let mut options = screen::options(screen::exhibition(&case.exhibition));
        options.scene = (!case.scene.is_empty()).then(|| case.scene.as_str().into());
        options.theme = case.theme;
        options.lang = case.lang;
        options.text_scale = case.text_scale;
        let size = screen::size(wanted);
        let layout = if size.y > size.x { &case.portrait } else { &case.landscape };
        let taps: Vec<RecordedStep> = layout
            .taps
            .iter()
            .enumerate()
            .map(|(i, [x, y])| RecordedStep { at_s: 0.8 * (i + 1) as f32, finger: 0, act: RecordedAct::Tap, x: *x, y: *y })
            .collect();
        let last_s = taps.last().map_or(0.0, |tap| tap.at_s);
        let mut app = screen::start(options, size, taps);
        // The page first: what lies over it comes while somebody is there.
        app.run(last_s + case.at_s);
        if let Some(over) = case.over {
            over.lay(&mut app);
            app.run(OVER_S);
        }
        let picture = app.picture().unwrap_or_else(|| panic!("{name}: no picture"));
        wrong.extend(laid_out::problems(&mut app).into_iter().map(|problem| format!("{name} {wanted}: {problem}")));
        if let Err(error) = screen::check_picture(&folder.join(format!("{wanted}.png")), &format!("{name}-{wanted}"), &picture) {
            wrong.push(error);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn golden_portrait_pages_look_as_before() {
    check_size("1080x1920");
}

#[test]
fn golden_landscape_pages_look_as_before() {
    check_size("1920x1080");
}

#[test]
fn golden_4k_pages_look_as_before() {
    check_size("3840x2160");
}
