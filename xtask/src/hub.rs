//! A hub of this run: started on free ports of this machine, asked over its REST interface with `curl`, as an
//! integrator would.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    build::{self, Profile},
    process::{Running, output, tail, wait_for},
};

/// Invented people whose codes open the sample event.
pub(crate) const ATTENDEES: [&str; 3] = ["204601,王小明", "204602,李红", "204603,欧阳建国"];

/// A hub and where it listens.
pub(crate) struct Hub {
    /// Its folder.
    pub(crate) data: PathBuf,
    /// `https://localhost:…`
    pub(crate) address: String,
    log: PathBuf,
    start: Start,
    running: Option<Running>,
}

struct Start {
    program: PathBuf,
    config: PathBuf,
    console: PathBuf,
    /// What the log tells, as lines of JSON; `None`: the usual, as text.
    log: Option<String>,
}

impl Hub {
    /// Prepares a hub in `folder`; its ports stay the same over restarts, as those of a real hub do.
    pub(crate) fn new(folder: &Path, console: &Path, profile: Profile) -> Result<Self> {
        let data = folder.join("hub");
        fs::create_dir_all(&data).with_context(|| format!("cannot create {}", data.display()))?;
        let config = folder.join("hub.toml");
        let ports = folder.join("hub-ports");
        let (https, mqtt) = match fs::read_to_string(&ports).ok().and_then(|text| {
            let (https, mqtt) = text.trim().split_once(' ')?;
            Some((https.parse::<u16>().ok()?, mqtt.parse::<u16>().ok()?))
        }) {
            Some(kept) => kept,
            None => (free_port()?, free_port()?),
        };
        fs::write(&ports, format!("{https} {mqtt}\n"))?;
        fs::write(
            &config,
            format!("# Made by the demo: this machine only.\n[listen]\nhttps = \"127.0.0.1:{https}\"\nmqtt = \"127.0.0.1:{mqtt}\"\n"),
        )?;
        Ok(Self {
            address: format!("https://localhost:{https}"),
            log: folder.join("hub.log"),
            start: Start { program: build::program("pingfeng-hub", profile)?, config, console: console.to_owned(), log: None },
            running: None,
            data,
        })
    }

    /// From the next start on the log is lines of JSON and tells what `filter` says.
    pub(crate) fn log_as_json(&mut self, filter: &str) {
        self.start.log = Some(filter.to_owned());
    }

    /// Where its log is.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Adds to its configuration, before it is started.
    pub(crate) fn configure(&self, toml: &str) -> Result<()> {
        let text = fs::read_to_string(&self.start.config)? + toml;
        fs::write(&self.start.config, text).with_context(|| self.start.config.display().to_string())
    }

    /// Process id.
    pub(crate) fn pid(&self) -> Result<u32> {
        self.running.as_ref().map(Running::pid).context("the hub is not running")
    }

    /// Starts it and waits until it answers.
    pub(crate) fn start(&mut self) -> Result<()> {
        let mut command = Command::new(&self.start.program);
        command.arg("serve").arg("--data").arg(&self.data).arg("--config").arg(&self.start.config);
        let ready = self.ready_file();
        let _ = fs::remove_file(&ready);
        command.arg("--console").arg(&self.start.console).arg("--ready-file").arg(&ready);
        if let Some(filter) = &self.start.log {
            command.arg("--log-json").env("RUST_LOG", filter);
        }
        let mut running = Running::start("the hub", &mut command, &self.log)?;
        wait_for("the hub to answer", Duration::from_secs(60), || {
            running.check(&self.log)?;
            Ok(ready.exists().then_some(()))
        })
        .with_context(|| format!("the hub did not start:\n{}", tail(&self.log, 15)))?;
        self.running = Some(running);
        Ok(())
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }

    /// An error if it has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        match &mut self.running {
            Some(running) => running.check(&self.log),
            None => bail!("the hub is not running"),
        }
    }

    /// What the hub wrote when it was ready.
    fn ready(&self, key: &str) -> Result<Value> {
        let text = fs::read_to_string(self.ready_file()).context("the hub has not said that it is ready")?;
        let ready: Value = serde_json::from_str(&text)?;
        Ok(ready[key].clone())
    }

    fn ready_file(&self) -> PathBuf {
        self.data.with_file_name("hub-ready.json")
    }

    /// Fingerprint of the hub's authority, which a screen checks before it says anything.
    pub(crate) fn fingerprint(&self) -> Result<String> {
        self.ready("fingerprint")?.as_str().map(str::to_owned).context("the hub names no fingerprint")
    }

    /// The one-time link for the first administrator; `None` once there is one.
    pub(crate) fn setup_link(&self) -> Result<Option<String>> {
        Ok(self.ready("setup_url")?.as_str().map(str::to_owned))
    }

    /// The token of that link.
    pub(crate) fn setup_token(&self) -> Result<Option<String>> {
        Ok(self.ready("setup_token")?.as_str().map(str::to_owned))
    }

    /// Address and port where devices connect.
    pub(crate) fn mqtt(&self) -> Result<String> {
        self.ready("mqtt")?.as_str().map(str::to_owned).context("the hub names no address for devices")
    }

    /// The hub's authority in a file, for clients.
    pub(crate) fn authority(&self) -> Result<PathBuf> {
        let path = self.data.with_file_name("hub-authority.pem");
        let pem = self.ready("authority_pem")?;
        fs::write(&path, pem.as_str().context("the hub names no authority")?)?;
        Ok(path)
    }

    /// Puts an exhibition into a hub that is not running, as the target of a group, and returns a one-time code for a
    /// screen of that group.
    pub(crate) fn import(&self, exhibition: &Path, group: &str, site: &str, screen: &str) -> Result<String> {
        let mut command = Command::new(&self.start.program);
        command.arg("import").arg("--data").arg(&self.data).arg("--config").arg(&self.start.config);
        command.arg("--exhibition").arg(exhibition).args(["--group", group, "--site", site, "--enrol", screen]);
        for attendee in ATTENDEES {
            command.args(["--attendee", attendee]);
        }
        let text = output(&mut command).context("the hub could not take the exhibition")?;
        let said: Value = serde_json::from_str(text.lines().last().unwrap_or_default()).context("`pingfeng-hub import` did not answer with JSON")?;
        said["enrol_code"].as_str().map(str::to_owned).context("`pingfeng-hub import` gave no code")
    }

    /// A request with an integrator's token.
    pub(crate) fn post_as(&self, token: &str, path: &str, body: &Value) -> Result<Value> {
        let bearer = format!("authorization: Bearer {token}");
        self.ask(&["-X", "POST", "-H", &bearer], path, Some(body))
    }

    /// A request with `curl`'s `args`.
    pub(crate) fn ask(&self, args: &[&str], path: &str, body: Option<&Value>) -> Result<Value> {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--fail-with-body", "--max-time", "20", "--cacert"]).arg(self.authority()?).args(args);
        if let Some(body) = body {
            command.args(["-H", "content-type: application/json", "--data", &body.to_string()]);
        }
        let text = output(command.arg(format!("{}{path}", self.address)))?;
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("{path} did not answer with JSON"))
    }

}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).context("no free port on this machine")?.local_addr()?.port())
}
