//! A line between devices and a server: it counts what passes below TLS, and does to it what the weather says.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use pingfeng_testkit::{ChaosProxy, Weather};
use serde::Deserialize;
use serde_json::json;

use crate::{orders, say};

/// Where it leads.
#[derive(Args)]
pub(crate) struct LineArgs {
    /// Address and port of the server.
    #[arg(long)]
    to: SocketAddr,
}

/// The weather as an order has it; what is not named is fine.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Said {
    /// Added each way.
    latency_ms: u64,
    /// Each way; 0: no limit.
    bandwidth_bytes_s: u64,
    /// Nothing passes.
    stalled: bool,
}

pub(crate) fn run(args: &LineArgs) -> Result<()> {
    let line = ChaosProxy::to(args.to)?;
    say(&json!({ "event": "started", "port": line.address().port() }));
    for order in orders() {
        match order.as_str() {
            "count" => {
                let passed = line.passed();
                say(&json!({
                    "event": "count",
                    "up_bytes": passed.up_bytes,
                    "down_bytes": passed.down_bytes,
                    "connections": passed.connections,
                }));
            }
            "cut" => line.cut(),
            weather => {
                let said: Said = serde_json::from_str(weather).with_context(|| format!("`{weather}` is no weather"))?;
                line.set(Weather {
                    latency: Duration::from_millis(said.latency_ms),
                    bandwidth_bytes_s: said.bandwidth_bytes_s,
                    stalled: said.stalled,
                    ..Weather::default()
                });
            }
        }
    }
    Ok(())
}
