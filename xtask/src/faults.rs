//! `cargo xtask powercut` and `cargo xtask faults`: real disks are broken under the real store and outbox, and what is
//! lost is counted. The program that does it is `drill` of `pingfeng_testkit`; `docs/faults.md` explains the method.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::{
    build::{self, Profile},
    process::{exists, output, run as run_command, say},
    root, setup,
};

/// How many states of the disk, and which.
#[derive(Args)]
pub(crate) struct PowercutArgs {
    /// States that a power cut may leave: every prefix of the writes, then random ones.
    #[arg(long, default_value_t = 10_000)]
    states: u32,
    /// The same seed tries the same states of the same recording.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Processes at work. Unmounting waits, so more than there are cores are of use.
    #[arg(long, default_value_t = 6)]
    workers: u32,
}

/// How often.
#[derive(Args)]
pub(crate) struct FaultsArgs {
    /// How many times the program is killed.
    #[arg(long, default_value_t = 1_000)]
    kills: u32,
    /// Decides the moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only these: full, read-only, dead, rot, kill, clock.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

pub(crate) fn powercut(args: &PowercutArgs) -> Result<()> {
    let (mut drill, folder) = drill("powercut")?;
    drill.args(["powercut", "--states", &args.states.to_string(), "--seed", &args.seed.to_string()]);
    drill.args(["--workers", &args.workers.to_string()]);
    drill.arg("--folder").arg(&folder).arg("--json").arg(folder.join("result.json"));
    finish(&mut drill, &folder)
}

pub(crate) fn faults(args: &FaultsArgs) -> Result<()> {
    let (mut drill, folder) = drill("faults")?;
    drill.args(["faults", "--kills", &args.kills.to_string(), "--seed", &args.seed.to_string()]);
    if !args.only.is_empty() {
        drill.args(["--only", &args.only.join(",")]);
    }
    drill.arg("--folder").arg(&folder).arg("--json").arg(folder.join("result.json"));
    finish(&mut drill, &folder)
}

/// The program, built, on a machine that has what it needs; and the folder for what it leaves.
fn drill(name: &str) -> Result<(Command, PathBuf)> {
    ensure!(
        output(Command::new("id").arg("-u"))?.trim() == "0",
        "file systems are mounted for this: run it as root, on a machine or container with loop devices and FUSE"
    );
    setup::packages(&["e2fsprogs", "mount", "faketime"])?;
    if !exists("qemu-storage-daemon") {
        // Where Debian 12 has it; later releases moved it to qemu-utils.
        setup::packages(&["qemu-system-common"]).or_else(|_| setup::packages(&["qemu-utils"]))?;
    }
    ensure!(exists("qemu-storage-daemon"), "install qemu-storage-daemon (Debian: qemu-utils or qemu-system-common)");
    say("compiling the drill");
    let mut build = build::cargo()?;
    run_command(build.args(["build", "--quiet", "--package", "pingfeng_testkit", "--bin", "drill"]))?;
    let folder = root().join("out").join(name);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok((Command::new(build::program("drill", Profile::Dev)?), folder))
}

fn finish(drill: &mut Command, folder: &std::path::Path) -> Result<()> {
    let status = drill.status().context("could not start drill")?;
    ensure!(status.code() != Some(2), "something was lost, or the control lost nothing; what is needed to look at it again is in {}", folder.display());
    ensure!(status.success(), "drill ended with {status}");
    say(format!("the same as JSON: {}", folder.join("result.json").display()));
    Ok(())
}
