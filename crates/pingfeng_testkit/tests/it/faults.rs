//! A small part of what `cargo xtask powercut` and `cargo xtask faults` do, wherever a test may mount file systems.

use std::process::{Command, Output};

/// Exit code of a drill on a machine without root, loop devices, FUSE or the tools; see `docs/faults.md`.
const LACKING: i32 = 3;

/// Runs the drill; `None` where it cannot be.
#[track_caller]
fn drill(args: &[&str]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_drill")).args(args).arg("--folder").arg(folder.path()).output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if status.code() == Some(LACKING) {
        println!("not tried: {errors}");
        return None;
    }
    assert!(status.success(), "{args:?} ended with {status}\n{said}\n{errors}");
    Some(said.into_owned())
}

/// The drill says with its exit code whether anything was lost. It fails as well when the control, a store that never syncs, loses nothing.
#[test]
fn a_disk_cut_at_some_hundred_places_keeps_what_was_promised() {
    if let Some(said) = drill(&["powercut", "--states", "150", "--workers", "3"]) {
        assert!(said.contains("control: ") && said.contains("power cut, block by block"), "{said}");
    }
}

#[test]
fn read_only_disks_flipped_bits_and_kills_cost_nothing() {
    if let Some(said) = drill(&["faults", "--only", "read-only,rot,kill", "--kills", "30"]) {
        for row in ["disk read-only after N steps", "one bit flipped", "kill -9 at a random moment"] {
            assert!(said.contains(row), "{said}");
        }
    }
}
