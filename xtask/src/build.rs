//! Compiling, always with the same selections so that nothing is compiled twice.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    process::{run, say},
    root, setup,
};

/// How to compile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// The one profile of development, tests and the demo.
    Dev,
    /// Optimised, for benchmarks and for halls.
    Release,
}

/// The target folder: outside the checkout, shared by every clone on this machine.
pub(crate) fn target() -> Result<PathBuf> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => Ok(setup::cache()?.join("target")),
    }
}

/// A cargo command with the project's target folder.
pub(crate) fn cargo() -> Result<Command> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).env("CARGO_TARGET_DIR", target()?);
    // `cargo xtask` describes its own package to us in variables. Build scripts that watch them (ring's, for one) would
    // compile again what a plain `cargo build` has compiled, and the other way round.
    for (name, _) in std::env::vars_os() {
        let ours = name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if ours {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// Compiles the screen, the hub and the command-line tool.
pub(crate) fn programs(profile: Profile) -> Result<()> {
    say(match profile {
        Profile::Dev => "compiling (the first time takes about ten minutes on two cores; later runs re-use it)",
        Profile::Release => "compiling with optimisation (the first time takes half an hour on two cores)",
    });
    let mut command = cargo()?;
    command.args(["build", "--workspace", "--bins", "--exclude", "xtask"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    run(&mut command).context("compiling failed; the messages above say where")
}

/// Compiles what benchmarks of the network run: hub, command-line tool and test programs, but not the screen.
pub(crate) fn network_programs() -> Result<()> {
    say("compiling hub and devices with optimisation (the first time takes ten minutes on two cores)");
    let mut command = cargo()?;
    command.args(["build", "--quiet", "--release", "--bins"]);
    command.args(["-p", "pingfeng_hub", "-p", "pingfeng_ctl", "-p", "pingfeng_testkit"]);
    run(&mut command).context("compiling failed; the messages above say where")
}

/// The path of a compiled program.
pub(crate) fn program(name: &str, profile: Profile) -> Result<PathBuf> {
    Ok(target()?.join(if profile == Profile::Release { "release" } else { "debug" }).join(name))
}

/// Builds the console when its sources are newer than what was built, and returns the folder the hub serves.
pub(crate) fn console() -> Result<PathBuf> {
    let web = root().join("web");
    let dist = web.join("dist");
    let stamp = dist.join("index.html");
    if newest(&web)? <= modified(&stamp) {
        return Ok(dist);
    }
    console_packages()?;
    say("building the console");
    run(setup::with_node("npm")?.args(["run", "--silent", "build"]).current_dir(&web)).context("building the console failed")?;
    Ok(dist)
}

/// Installs the console's packages when the lock file is newer than what was installed.
pub(crate) fn console_packages() -> Result<()> {
    let web = root().join("web");
    if modified(&web.join("node_modules/.package-lock.json")) >= modified(&web.join("package-lock.json")) {
        return Ok(());
    }
    say("installing the console's packages");
    // Not `npm ci`: it refuses a lock file without the builds of optional packages for platforms we do not run on.
    // `--no-save` keeps to the locked versions and leaves the lock file as it is.
    let mut install = setup::with_node("npm")?;
    install.args(["install", "--no-save", "--silent", "--no-audit", "--no-fund"]).current_dir(&web);
    run(&mut install).context("`npm install` failed; is the npm registry reachable?")
}

fn modified(path: &Path) -> u128 {
    let time = fs::metadata(path).and_then(|meta| meta.modified()).ok();
    time.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).map_or(0, |age| age.as_nanos())
}

fn newest(folder: &Path) -> Result<u128> {
    let mut latest = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if [OsStr::new("node_modules"), OsStr::new("dist"), OsStr::new("e2e")].contains(&name.as_os_str()) {
            continue;
        }
        let path = entry.path();
        latest = latest.max(if path.is_dir() { newest(&path)? } else { modified(&path) });
    }
    Ok(latest)
}
