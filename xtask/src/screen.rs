//! A screen of this run: enrolled at the hub of this run, drawing on a display of this run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    build::{self, Profile},
    hub::Hub,
    process::{Running, run},
};

/// A device's state and how it is started.
pub(crate) struct Screen {
    program: PathBuf,
    config: PathBuf,
    state: PathBuf,
    log: PathBuf,
    running: Option<Running>,
}

impl Screen {
    /// Prepares a screen that keeps its state in `folder`.
    pub(crate) fn new(folder: &Path, profile: Profile) -> Result<Self> {
        let state = folder.join("screen");
        fs::create_dir_all(&state).with_context(|| format!("cannot create {}", state.display()))?;
        let config = folder.join("device.toml");
        // Nobody signs in a run that nobody watches; the first page says so.
        fs::write(&config, "# Made by the demo: this machine only.\nstate = \"screen\"\naccept = \"hub\"\n")?;
        Ok(Self { program: build::program("pingfeng", profile)?, config, state, log: folder.join("screen.log"), running: None })
    }

    /// True once it has a certificate.
    pub(crate) fn is_enrolled(&self) -> bool {
        self.state.join("identity.json").exists()
    }

    /// Makes it known to the hub with a one-time code.
    pub(crate) fn enrol(&self, hub: &Hub, code: &str) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.arg("enrol").arg("--config").arg(&self.config).args(["--hub", &hub.address, "--code", code]);
        run(command.args(["--fingerprint", &hub.fingerprint()?])).context("the screen could not be enrolled")
    }

    /// Starts it. `display` names a virtual display; without it the screen opens on the present one.
    pub(crate) fn start(&mut self, display: Option<&str>, windowed: Option<(u32, u32)>) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.arg("run").arg("--config").arg(&self.config).current_dir(crate::root());
        if let Some((width, height)) = windowed {
            command.args(["--windowed", &format!("{width}x{height}")]);
        }
        if let Some(display) = display {
            // A scripted visitor meets the same questions every time.
            command.args(["--seed", "1"]);
            command.env("DISPLAY", display).env_remove("WAYLAND_DISPLAY");
        }
        self.running = Some(Running::start("the screen", &mut command, &self.log)?);
        Ok(())
    }

    /// An error if it has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        match &mut self.running {
            Some(running) => running.check(&self.log),
            None => anyhow::bail!("the screen is not running"),
        }
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }

    /// Ends it politely.
    pub(crate) fn stop(&mut self) {
        self.running = None;
    }

    /// Its log.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Its outbox.
    pub(crate) fn outbox(&self) -> PathBuf {
        self.state.join("outbox.sqlite")
    }
}
