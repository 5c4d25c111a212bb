//! An administrator in a real browser: `web/e2e/admin.mjs steps` keeps one Chromium open and takes one step a line.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Stdio},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{root, setup, transcript::Transcript};

/// The open browser.
pub(crate) struct Admin {
    child: Child,
    say: ChildStdin,
    hear: BufReader<ChildStdout>,
}

/// What a step answered.
pub(crate) struct Answer {
    /// The line that ended it.
    pub(crate) done: Value,
    /// When the button that matters was pressed, for steps that say so.
    pub(crate) pressed: Option<Instant>,
}

impl Admin {
    /// Opens Chromium; nothing is done yet. Screenshots go to `folder`.
    pub(crate) fn start(folder: &Path, address: &str, password: &str) -> Result<Self> {
        let mut command = setup::with_node("node")?;
        let mut child = command
            .args(["e2e/admin.mjs", "steps", "--hub", address, "--shots"])
            .arg(folder.canonicalize()?)
            .env("PINGFENG_PASSWORD", password)
            .current_dir(root().join("web"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("could not start the administrator's browser")?;
        let say = child.stdin.take().context("no way to talk to the browser")?;
        let hear = BufReader::new(child.stdout.take().context("no way to hear the browser")?);
        Ok(Self { child, say, hear })
    }

    /// One step with its options; a failure names the step and what the page said.
    pub(crate) fn step(&mut self, transcript: &mut Transcript, step: &str, options: &[(&str, &str)]) -> Result<Answer> {
        let began = Instant::now();
        let mut line = step.to_owned();
        for (name, value) in options {
            line.push_str(&format!(" --{name} \"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")));
        }
        writeln!(self.say, "{line}").and_then(|()| self.say.flush()).context("the administrator's browser has ended")?;
        let mut pressed = None;
        loop {
            let said = self.hear()?;
            let event = said["event"].as_str().unwrap_or_default();
            match event {
                "pressed" => pressed = said["pressed_at_ms"].as_u64().and_then(instant_of),
                "failed" | "error" => bail!("the administrator's step `{step}` failed: {}", said["message"].as_str().unwrap_or("no reason given")),
                "done" if said["step"] == step => {
                    transcript.line(format!("administrator: {step}, {:.1} s", began.elapsed().as_secs_f64()))?;
                    return Ok(Answer { done: said, pressed });
                }
                _ => {}
            }
        }
    }

    fn hear(&mut self) -> Result<Value> {
        let mut heard = String::new();
        if self.hear.read_line(&mut heard).context("the administrator's browser cannot be heard")? == 0 {
            bail!("the administrator's browser has ended; is Chromium installed?");
        }
        serde_json::from_str(&heard).with_context(|| format!("the browser said: {heard}"))
    }
}

impl Answer {
    /// A text that the page showed.
    pub(crate) fn text(&self, key: &str) -> Result<String> {
        self.done[key].as_str().map(str::to_owned).with_context(|| format!("the page showed no {key}"))
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The moment that lies as long ago as `at_ms`, milliseconds since 1970, does.
fn instant_of(at_ms: u64) -> Option<Instant> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Instant::now().checked_sub(now.checked_sub(std::time::Duration::from_millis(at_ms))?)
}
