//! Every chore of the project as a program: `cargo xtask demo`, `test`, `ci`, `bench`, `golden`, `tidy`, `doctor`.
//!
//! Nothing heavy is compiled to run it. Each chore sets up what it needs (see [`setup`]), says what it does, can be run
//! again at any time, and ends with one clear line when something cannot be had.

mod admin;
mod bench;
mod build;
mod delivery;
mod demo;
mod display;
mod faults;
mod fleet;
mod gallery;
mod hub;
mod process;
mod rig;
mod screen;
mod setup;
mod test;
mod tidy;
mod torture;
mod transcript;
mod visitor;
mod weather;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the Pingfeng project")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// A hub, a screen and the sample exhibition on this machine.
    Demo(demo::DemoArgs),
    /// Every test. `--only` picks parts.
    Test(test::TestArgs),
    /// What continuous integration runs: the same as `test`.
    Ci,
    /// Timings beside a Chromium kiosk, in an optimised build.
    Bench(bench::BenchArgs),
    /// Kill the screen and the hub at random moments while a visitor checks in; nothing may be lost or doubled.
    Torture(torture::TortureArgs),
    /// Cut the power of a real disk at every write, and count what is lost.
    Powercut(faults::PowercutArgs),
    /// Full, read-only and dead disks, flipped bits, kills and wrong clocks, and count what is lost.
    Faults(faults::FaultsArgs),
    /// Render the golden pictures again after a deliberate change, then look at them.
    Golden,
    /// Draw every kind of scene into a page of the docs.
    Gallery(gallery::GalleryArgs),
    /// Rules about the tree itself: module docs, forbidden dependencies, generated files.
    Tidy,
    /// Install what is missing and say what this machine has.
    Doctor,
}

/// The folder of the checkout.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap_or_else(|_| PathBuf::from("."))
}

fn main() -> ExitCode {
    let result = match Cli::parse().chore {
        Chore::Demo(args) => demo::run(&args),
        Chore::Test(args) => test::run(&args),
        Chore::Ci => test::run(&test::TestArgs::default()),
        Chore::Bench(args) => bench::run(&args),
        Chore::Torture(args) => torture::run(&args),
        Chore::Powercut(args) => faults::powercut(&args),
        Chore::Faults(args) => faults::faults(&args),
        Chore::Golden => test::golden(),
        Chore::Gallery(args) => gallery::run(&args),
        Chore::Tidy => tidy::run(),
        Chore::Doctor => setup::doctor(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
