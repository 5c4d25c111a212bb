//! Scripted visitors: touches by time in, what happened out.
//!
//! A case is a folder in `tests/corpus/visits`: `case.toml`, `input.json`, `expected.txt` (one line an event, with its
//! second), and a PNG for each picture that `case.toml` asks for. `PINGFENG_BLESS=1` writes what happened as expected.

use std::fs;

use bevy::prelude::*;
use pingfeng::{cue::Happened, input::RecordedStep, phase::Phase, visit::Visit};
use serde::Deserialize;

use crate::screen;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default = "paper")]
    exhibition: String,
    size: String,
    /// How long the case runs.
    seconds: f32,
    /// First scene, where it is not the attract loop.
    scene: Option<String>,
    /// Diagonal of the panel, inches.
    diagonal_in: Option<f32>,
    /// Pictures, in order of time.
    #[serde(default)]
    pictures: Vec<Shot>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shot {
    at_s: f32,
    name: String,
}

fn paper() -> String {
    "paper".into()
}

/// What happened, a line each.
#[derive(Resource, Default)]
struct Lines(Vec<String>);

fn write_down(
    mut lines: ResMut<Lines>,
    mut happened: MessageReader<Happened>,
    phase: Res<State<Phase>>,
    visit: Res<Visit>,
    time: Res<Time<Real>>,
    mut last: Local<String>,
) {
    let now = time.elapsed_secs();
    let state = format!("{} {} x{:.1}", phase.get().word(), visit.lang.tag(), visit.text_scale);
    if *last != state {
        lines.0.push(format!("{now:7.2} {state}"));
        *last = state;
    }
    lines.0.extend(happened.read().map(|event| format!("{now:7.2} {}", event.0)));
}

#[test]
fn visits_go_as_they_should() {
    let mut wrong = Vec::new();
    for folder in screen::cases("visits") {
        let name = screen::name_of(&folder);
        let text = fs::read_to_string(folder.join("case.toml")).unwrap();
        let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let input: Vec<RecordedStep> = serde_json::from_slice(&fs::read(folder.join("input.json")).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut options = screen::options(screen::exhibition(&case.exhibition));
        options.scene = case.scene.as_deref().map(Into::into);
        options.panel.diagonal_in = case.diagonal_in;
        let mut app = screen::start(options, screen::size(&case.size), input);
        app.app().init_resource::<Lines>().add_systems(Last, write_down);
        let mut now_s = 0.0;
        for shot in &case.pictures {
            app.run(shot.at_s - now_s);
            now_s = shot.at_s;
            let picture = app.picture().unwrap_or_else(|| panic!("{name}: no picture"));
            let file = folder.join(format!("expected-{}.png", shot.name));
            if let Err(error) = screen::check_picture(&file, &format!("{name}-{}", shot.name), &picture) {
                wrong.push(error);
            }
        }
        app.run(case.seconds - now_s);
        let actual = app.app().world().resource::<Lines>().0.join("\n") + "\n";
        let expected = folder.join("expected.txt");
        if std::env::var_os("PINGFENG_BLESS").is_some() {
            screen::write(&expected, &actual);
        } else {
            let kept = fs::read_to_string(&expected).unwrap_or_default();
            if kept != actual {
                wrong.push(format!("{name}: expected\n{kept}\nbut this happened\n{actual}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
