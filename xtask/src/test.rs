//! `cargo xtask test`: the tests, in an order that fails early and compiles bevy once.

use std::{process::Command, time::Instant};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::{
    build,
    process::{run as run_command, say},
    root, setup, tidy,
};

/// Which parts to run.
#[derive(Args, Default)]
pub(crate) struct TestArgs {
    /// Only these parts.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
}

/// A part of the tests.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Rules about the tree.
    Tidy,
    /// Every crate with `cargo test`, golden pictures included.
    Rust,
    /// Types, unit tests and the build of the console.
    Console,
    /// The headless demo as an end-to-end test.
    EndToEnd,
}

/// What runs without `--only`.
const ALL: [Part; 4] = [Part::Tidy, Part::Console, Part::Rust, Part::EndToEnd];

pub(crate) fn run(args: &TestArgs) -> Result<()> {
    let parts: Vec<Part> = if args.only.is_empty() { ALL.to_vec() } else { args.only.clone() };
    let began = Instant::now();
    setup::debian(true)?;
    let mut failed = Vec::new();
    for part in parts {
        let (name, result) = match part {
            Part::Tidy => ("tidy", tidy::run()),
            Part::Rust => ("rust", rust()),
            Part::Console => ("console", console()),
            Part::EndToEnd => ("end to end", crate::demo::end_to_end()),
        };
        match result {
            Ok(()) => say(format!("{name}: passed, {} s so far", began.elapsed().as_secs())),
            Err(error) => {
                eprintln!("xtask: {name}: {error:#}");
                failed.push(name);
            }
        }
    }
    println!("\n{} passed, {} failed", (if args.only.is_empty() { ALL.len() } else { args.only.len() }) - failed.len(), failed.len());
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Tests draw on the software rasterizer, wherever they run, so that golden pictures agree to the pixel.
pub(crate) fn on_software_rasterizer(command: &mut Command) {
    for folder in ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"] {
        let lavapipe = format!("{folder}/lvp_icd.{}.json", std::env::consts::ARCH);
        if std::path::Path::new(&lavapipe).exists() {
            command.env("VK_DRIVER_FILES", &lavapipe).env("VK_ICD_FILENAMES", lavapipe);
            break;
        }
    }
    command.env("LIBGL_ALWAYS_SOFTWARE", "1").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
}

fn rust() -> Result<()> {
    let mut command = build::cargo()?;
    command.args(["test", "--workspace", "--no-fail-fast"]);
    on_software_rasterizer(&mut command);
    run_command(&mut command)
}

fn console() -> Result<()> {
    build::console_packages()?;
    let web = root().join("web");
    // The flows walk through the built console in Chromium, against a stand-in for the hub.
    for script in ["check", "test", "build", "flows"] {
        run_command(setup::with_node("npm")?.args(["run", "--silent", script]).current_dir(&web))?;
    }
    Ok(())
}

/// `cargo xtask golden`.
pub(crate) fn golden() -> Result<()> {
    setup::debian(true)?;
    let mut command = build::cargo()?;
    command.args(["test", "-p", "pingfeng", "--test", "it"]).env("PINGFENG_BLESS", "1");
    on_software_rasterizer(&mut command);
    run_command(&mut command)?;
    say("the golden pictures and expectations in tests/corpus were written again: open each of them before you commit");
    Ok(())
}
