//! `fleet`: devices without a screen, and the lines they hang on, each as a process of its own. `cargo xtask bench
//! delivery`, `bench fleet` and `bench weather` start them beside a real hub; `docs/delivery.md` says what is measured.
//!
//! Each says what happens as one line of JSON on its standard output, and is told what to do by lines on its standard
//! input; its end is the end of the process.
//!
//! - `device` is link, store and outbox with a screen that likes everything it is shown.
//! - `line` passes bytes on, counts them, and can be slow, far or broken.

mod device;
mod line;

use std::process::ExitCode;
use std::sync::mpsc::{Receiver, sync_channel};

use clap::{Parser, Subcommand};

/// Lines of the standard input that were not looked at yet. The writer waits beyond it.
const ORDERS_MAX: usize = 16;

#[derive(Parser)]
#[command(name = "fleet", about = "Devices without a screen, and the lines they hang on")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A device. Orders: `rest` (no more records), `forget` (end, and remove the store), `quit`.
    Device(device::DeviceArgs),
    /// A line to a server. Orders: `count`, `cut`, or the weather from now on as JSON.
    Line(line::LineArgs),
}

fn main() -> ExitCode {
    let result = match Cli::parse().what {
        What::Device(args) => device::run(&args),
        What::Line(args) => line::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fleet: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Says something to whoever started this.
fn say(what: &serde_json::Value) {
    println!("{what}");
}

/// What whoever started this wants, line by line; the end of the input is the end of the queue.
fn orders() -> Receiver<String> {
    let (give, take) = sync_channel(ORDERS_MAX);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if give.send(line).is_err() {
                break;
            }
        }
    });
    take
}
