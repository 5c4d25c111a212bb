//! Scripted visitors: touches by time in, what happened out.
//!
//! A case is a folder in `tests/corpus/visits`: `case.toml`, `input.json`, `expected.txt` (one line an event, with its
//! second), and a PNG for each picture that `case.toml` asks for. `PINGFENG_BLESS=1` writes what happened as expected.

use std::fs;

use bevy::prelude::*;
use pingfeng::{cue::Happened, phase::Phase, visit::Visit};

use crate::{screen, walk::Walk};

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
        let case = Walk::read(&folder);
        let mut app = case.start(screen::size(&case.size));
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
