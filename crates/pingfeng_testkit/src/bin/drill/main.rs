//! `drill`: breaks real disks under the real store and outbox, and counts what is lost. `cargo xtask powercut` and
//! `cargo xtask faults` run it; `docs/faults.md` says what is tried and what came of it.
//!
//! - `life` is what a device does, and what its disk must say after each step.
//! - `marks` is the journal of promises, `judge` compares it with what is found.
//! - `disks` makes file systems that fail; `disk_log` and `states` tell what a power cut may leave of one.
//! - `powercut` and `faults` try, `report` counts.

mod disk_log;
mod disks;
mod faults;
mod judge;
mod life;
mod marks;
mod powercut;
mod report;
mod states;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::report::Row;

/// States of the control.
const CONTROL_STATES_MAX: usize = 2_000;

#[derive(Parser)]
#[command(name = "drill", about = "Breaks disks under the store and the outbox and counts what is lost")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Cuts the power block by block.
    Powercut {
        /// Where the recording is put, to look at again.
        #[arg(long)]
        folder: PathBuf,
        /// How many states are tried.
        #[arg(long, default_value_t = 1_000)]
        states: usize,
        /// The same seed tries the same states of the same recording.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Processes at work. Unmounting waits, so more than there are cores are of use.
        #[arg(long, default_value_t = 4)]
        workers: usize,
        /// Where the result is put as JSON.
        #[arg(long)]
        json: Option<PathBuf>,
    },
    /// Every other fault: full, read-only and dead disks, flipped bits, kills, wrong clocks.
    Faults {
        /// Where the devices of the kills and clocks live.
        #[arg(long)]
        folder: PathBuf,
        /// How many times the program is killed.
        #[arg(long, default_value_t = 300)]
        kills: u32,
        /// Decides the moments.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Only these rows: full, read-only, dead, rot, kill, clock.
        #[arg(long, value_delimiter = ',')]
        only: Vec<String>,
        /// Where the result is put as JSON.
        #[arg(long)]
        json: Option<PathBuf>,
    },
    /// Tries a part of the states of a recording, or those of one entry again.
    Replay {
        /// The folder of the recording.
        #[arg(long)]
        recording: PathBuf,
        /// Where images and mount points are made; best in memory.
        #[arg(long)]
        scratch: PathBuf,
        /// Of all parts together.
        #[arg(long, default_value_t = 1_000)]
        states: usize,
        /// As when the states were chosen.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Which part.
        #[arg(long, default_value_t = 0)]
        share: usize,
        /// Of how many.
        #[arg(long, default_value_t = 1)]
        shares: usize,
        /// Only the states cut at this entry.
        #[arg(long)]
        only: Option<usize>,
        /// Where the result is put as JSON.
        #[arg(long)]
        json: Option<PathBuf>,
    },
    /// Lives on a device until it is killed, or for some versions. For the other subcommands.
    Live(faults::LiveArgs),
}

fn main() -> ExitCode {
    match run(Cli::parse().what) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(error) => {
            eprintln!("drill: {error:#}");
            if error.is::<Lacking>() { ExitCode::from(LACKING) } else { ExitCode::FAILURE }
        }
    }
}

/// Exit code on a machine that cannot be used for this.
const LACKING: u8 = 3;

/// Programs, devices or rights that are not there.
#[derive(Debug, thiserror::Error)]
#[error("this machine lacks: {0}")]
struct Lacking(String);

/// True when nothing was found wrong.
fn run(what: What) -> Result<bool> {
    if let What::Live(args) = what {
        return faults::live(&args).map(|()| true);
    }
    let missing = disks::missing();
    if !missing.is_empty() {
        return Err(Lacking(missing.join("; ")).into());
    }
    disks::sweep(Path::new(MEMORY));
    match what {
        What::Powercut { folder, states, seed, workers, json } => {
            let scratch = scratch()?;
            // The control is small: what it is to find, it finds soon.
            let control = states.min(CONTROL_STATES_MAX);
            let rows = [
                powercut::run(&folder.join("control"), scratch.path(), true, control, seed, workers)?,
                powercut::run(&folder, scratch.path(), false, states, seed, workers)?,
            ];
            finish(&rows, json.as_deref(), true)
        }
        What::Faults { folder, kills, seed, only, json } => {
            let scratch = scratch()?;
            let rows = faults::run(&folder, scratch.path(), kills, seed, &only)?;
            finish(&rows, json.as_deref(), true)
        }
        What::Replay { recording, scratch, states, seed, share, shares, only, json } => {
            let part = powercut::Part { states, seed, share, shares, only };
            let row = powercut::replay(&recording, &scratch, &part)?;
            // The one who started the parts looks at their findings together.
            let shown = json.is_none();
            finish(&[row], json.as_deref(), shown).map(|clean| clean || !shown)
        }
        What::Live(_) => Ok(true),
    }
}

/// Where images and mount points are made: copying disks is what takes the time.
const MEMORY: &str = "/dev/shm";

fn scratch() -> Result<tempfile::TempDir> {
    let name = disks::scratch_prefix(std::process::id());
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix(&name);
    Ok(if Path::new(MEMORY).is_dir() { builder.tempdir_in(MEMORY)? } else { builder.tempdir()? })
}

fn finish(rows: &[Row], json: Option<&Path>, shown: bool) -> Result<bool> {
    if let Some(path) = json {
        std::fs::write(path, serde_json::to_vec_pretty(rows)?)?;
    }
    if shown {
        println!("\n{}", report::table(rows));
    }
    Ok(rows.iter().all(Row::is_as_it_should))
}
