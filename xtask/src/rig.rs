//! What benchmarks of the network stand on: a real hub with an administrator who talks to it as a program would, and
//! processes of `fleet`, devices and lines, that say what happens as lines of JSON.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::{
    build::{self, Profile},
    hub::Hub,
    process::{output, run as run_command, tail},
};

/// Programs are compiled as halls run them.
const PROFILE: Profile = Profile::Release;
/// What the hub's log is asked to tell: every want and every parcel.
const HUB_LOG: &str = "info,pingfeng_hub::wants=debug,mqtt5=error,sqlx=warn,sea_orm=warn,rumqttc=warn";
/// Mebibytes that may be uploaded at once.
const UPLOAD_MIB: u32 = 16 * 1024;
/// How long unpacking, checking and building may take.
const JOB_LIMIT: Duration = Duration::from_secs(900);
/// Where the devices of a bench are.
pub(crate) const SITE: &str = "本馆";
/// What they are managed with.
pub(crate) const GROUP: &str = "大厅";
/// The event of the sample exhibition's check-in page.
pub(crate) const EVENT: &str = "party-day";
/// Lines of a process that nobody has looked at yet.
const HEARD_MAX: usize = 65_536;

/// A hub and its administrator.
pub(crate) struct Rig {
    pub(crate) hub: Hub,
    folder: PathBuf,
    group: String,
}

impl Rig {
    /// A hub in an empty folder whose devices are to run `exhibition`, and the release that was made of it.
    pub(crate) fn start(folder: &Path, exhibition: &Path) -> Result<(Self, String)> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        fs::create_dir_all(folder)?;
        let mut hub = Hub::new(folder, &folder.join("no-console"), PROFILE)?;
        hub.log_as_json(HUB_LOG);
        hub.configure(&format!("[upload]\nsize_mib = {UPLOAD_MIB}\n"))?;
        hub.import(exhibition, GROUP, SITE, "first")?;
        hub.start()?;
        let mut rig = Self { hub, folder: folder.to_owned(), group: String::new() };
        rig.set_up()?;
        let groups = rig.ask("GET", "/groups", None)?;
        let group = groups.as_array().into_iter().flatten().find(|group| group["name"] == GROUP).context("the hub has lost its group")?;
        rig.group = text(group, "id")?;
        let release = text(group, "release").or_else(|_| text(&group["target"], "id")).or_else(|_| rig.newest())?;
        Ok((rig, release))
    }

    fn set_up(&self) -> Result<()> {
        let mut bytes = [0_u8; 18];
        std::io::Read::read_exact(&mut File::open("/dev/urandom")?, &mut bytes).context("no random numbers")?;
        let password: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let token = self.hub.setup_token()?.context("a new hub gave no set-up token")?;
        self.ask("POST", "/setup", Some(&json!({ "token": token, "user": "bench", "password": password }))).map(drop)
    }

    fn newest(&self) -> Result<String> {
        let releases = self.ask("GET", "/releases?limit=1", None)?;
        text(releases.get(0).context("the hub has no release")?, "id")
    }

    /// A request of the administrator.
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let cookies = self.folder.join("cookies");
        let cookies = cookies.to_string_lossy();
        self.hub.ask(&["-X", method, "-H", "x-pingfeng: 1", "-b", &cookies, "-c", &cookies], &format!("/api/v1{path}"), body)
    }

    /// A one-time code for a new device.
    pub(crate) fn code(&self, name: &str) -> Result<String> {
        text(&self.ask("POST", "/enrol-codes", Some(&json!({ "name": name, "site": SITE, "group": GROUP })))?, "code")
    }

    /// Uploads an exhibition and builds a release of it.
    pub(crate) fn build(&self, exhibition: &Path) -> Result<String> {
        let zip = self.folder.join("upload.zip");
        let _ = fs::remove_file(&zip);
        // Pictures and films are packed already.
        run_command(Command::new("zip").args(["-0", "-q", "-r", "-X"]).arg(&zip).arg(".").current_dir(exhibition))?;
        let cookies = self.folder.join("cookies");
        let mut upload = Command::new("curl");
        upload.args(["--silent", "--show-error", "--fail-with-body", "-X", "POST", "-H", "x-pingfeng: 1", "--cacert"]);
        upload.arg(self.hub.authority()?).arg("-b").arg(&cookies).arg("-T").arg(&zip);
        let said = output(upload.arg(format!("{}/api/v1/uploads", self.hub.address)));
        fs::remove_file(&zip)?;
        let job: Value = serde_json::from_str(&said?).context("the upload was not answered with JSON")?;
        let uploaded = self.ended(&job)?;
        let exhibition = text(&uploaded, "exhibition")?;
        let job = self.ask("POST", &format!("/exhibitions/{exhibition}/releases"), Some(&json!({})))?;
        text(&self.ended(&job)?, "release")
    }

    fn ended(&self, job: &Value) -> Result<Value> {
        let id = text(job, "id")?;
        let deadline = Instant::now() + JOB_LIMIT;
        loop {
            let job = self.ask("GET", &format!("/jobs/{id}"), None)?;
            match job["state"].as_str() {
                Some("done") => return Ok(job),
                Some("failed") => bail!("the hub's job failed: {}", job["error"]["message"]),
                _ => ensure!(Instant::now() < deadline, "the hub's job takes longer than {} s", JOB_LIMIT.as_secs()),
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Makes a release the target of all devices at once. Returns the moment before the hub was told.
    pub(crate) fn publish(&self, release: &str) -> Result<Instant> {
        let began = Instant::now();
        self.ask("PUT", &format!("/groups/{}/target", self.group), Some(&json!({ "release": release })))?;
        Ok(began)
    }

    /// What the hub's log tells of wants and parcels since `from`, a length of the log.
    pub(crate) fn sent(&self, from: u64) -> Result<Sent> {
        let mut file = File::open(self.hub.log())?;
        std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(from))?;
        let mut sent = Sent::default();
        for line in BufReader::new(file).lines() {
            let Ok(said) = serde_json::from_str::<Value>(&line?) else { continue };
            let fields = &said["fields"];
            let number = |name: &str| fields[name].as_u64().unwrap_or(0);
            match fields["message"].as_str() {
                Some("pieces wanted") => {
                    sent.wants += 1;
                    sent.wanted += number("names");
                }
                Some("parcel sent") => {
                    sent.parcels += 1;
                    sent.bytes += number("bytes");
                    sent.plain_bytes += number("plain_bytes");
                    if fields["together"] == true {
                        sent.together_bytes += number("bytes");
                    }
                }
                _ => {}
            }
        }
        Ok(sent)
    }

    /// How long the hub's log is now.
    pub(crate) fn log_bytes(&self) -> u64 {
        fs::metadata(self.hub.log()).map_or(0, |log| log.len())
    }

    /// A command that starts a device of this hub. `code`: for one that is nobody yet.
    pub(crate) fn device(&self, folder: &Path, code: Option<&str>) -> Result<Command> {
        let mut command = fleet()?;
        command.args(["device", "--event", EVENT, "--folder"]).arg(folder);
        if let Some(code) = code {
            command.args(["--hub", &self.hub.address, "--code", code, "--fingerprint", &self.hub.fingerprint()?]);
        }
        Ok(command)
    }

    /// A line to where devices connect.
    pub(crate) fn line(&self) -> Result<Line> {
        let mut command = fleet()?;
        command.args(["line", "--to", &self.hub.mqtt()?]);
        let process = Speaking::start("the line", &mut command, &self.folder.join("line.log"))?;
        let (_, started) = process.wait_for("started", Duration::from_secs(10))?;
        let port = started["port"].as_u64().and_then(|port| u16::try_from(port).ok()).context("a line without a port")?;
        Ok(Line { process, port })
    }
}

/// What the hub handed to the broker.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    /// Messages that asked for pieces.
    pub(crate) wants: u64,
    /// Pieces asked for.
    pub(crate) wanted: u64,
    pub(crate) parcels: u64,
    /// Of parcels, as they travel.
    pub(crate) bytes: u64,
    /// Of the pieces in them.
    pub(crate) plain_bytes: u64,
    /// Of parcels to all devices of a site.
    pub(crate) together_bytes: u64,
}

fn fleet() -> Result<Command> {
    Ok(Command::new(build::program("fleet", PROFILE)?))
}

/// Text of a field.
pub(crate) fn text(json: &Value, key: &str) -> Result<String> {
    json[key].as_str().map(str::to_owned).with_context(|| format!("the hub named no {key}: {json}"))
}

/// A process that says what happens. Dropping it ends it.
pub(crate) struct Speaking {
    name: String,
    child: Child,
    say: Option<ChildStdin>,
    heard: Receiver<(Instant, Value)>,
    log: PathBuf,
}

impl Speaking {
    /// Starts it; what it writes to the standard error goes to `log`.
    pub(crate) fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        let log_file = File::options().create(true).append(true).open(log).with_context(|| log.display().to_string())?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file)
            .spawn()
            .with_context(|| format!("could not start {name}"))?;
        let say = child.stdin.take();
        let hear = BufReader::new(child.stdout.take().context("no way to hear it")?);
        let (give, heard) = sync_channel(HEARD_MAX);
        std::thread::spawn(move || {
            for line in hear.lines().map_while(Result::ok) {
                let Ok(said) = serde_json::from_str(&line) else { continue };
                if give.send((Instant::now(), said)).is_err() {
                    break;
                }
            }
        });
        Ok(Self { name: name.to_owned(), child, say, heard, log: log.to_owned() })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Gives it an order.
    pub(crate) fn tell(&mut self, order: &str) -> Result<()> {
        let say = self.say.as_mut().context("it was ended")?;
        writeln!(say, "{order}").and_then(|()| say.flush()).with_context(|| format!("{} has ended:\n{}", self.name, tail(&self.log, 10)))
    }

    /// The next thing it says, if it says something in time.
    pub(crate) fn next(&self, limit: Duration) -> Result<Option<(Instant, Value)>> {
        match self.heard.recv_timeout(limit) {
            Ok(heard) => Ok(Some(heard)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("{} has ended:\n{}", self.name, tail(&self.log, 10)),
        }
    }

    /// Passes over everything until that event, and says when it came.
    pub(crate) fn wait_for(&self, event: &str, limit: Duration) -> Result<(Instant, Value)> {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some((at, said)) = self.next(left)? else {
                bail!("waited {} s for {} to be {event}:\n{}", limit.as_secs(), self.name, tail(&self.log, 10));
            };
            if said["event"] == "failed" {
                bail!("{}: {}", self.name, said["why"]);
            }
            if said["event"] == event {
                return Ok((at, said));
            }
        }
    }

    /// Ends it with an order, and waits until it has ended.
    pub(crate) fn end(mut self, order: &str) -> Result<()> {
        self.tell(order)?;
        self.say = None;
        let status = self.child.wait()?;
        ensure!(status.success(), "{} ended with {status}:\n{}", self.name, tail(&self.log, 10));
        Ok(())
    }
}

impl Drop for Speaking {
    fn drop(&mut self) {
        // The end of its input is its end; one that does not hear it is ended for good.
        self.say = None;
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Counts what passes between devices and the hub, below TLS.
pub(crate) struct Line {
    process: Speaking,
    /// Where devices connect.
    pub(crate) port: u16,
}

/// What passed a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) up_bytes: u64,
    pub(crate) down_bytes: u64,
    pub(crate) connections: u64,
}

impl Passed {
    pub(crate) fn bytes(self) -> u64 {
        self.up_bytes + self.down_bytes
    }

    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            up_bytes: self.up_bytes - before.up_bytes,
            down_bytes: self.down_bytes - before.down_bytes,
            connections: self.connections - before.connections,
        }
    }
}

impl Line {
    pub(crate) fn count(&mut self) -> Result<Passed> {
        self.process.tell("count")?;
        let (_, said) = self.process.wait_for("count", Duration::from_secs(10))?;
        let number = |name: &str| said[name].as_u64().with_context(|| format!("the line did not count {name}"));
        Ok(Passed { up_bytes: number("up_bytes")?, down_bytes: number("down_bytes")?, connections: number("connections")? })
    }

    /// Waits until nothing has passed for `quiet`.
    pub(crate) fn settle(&mut self, quiet: Duration) -> Result<Passed> {
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut last = (self.count()?, Instant::now());
        while last.1.elapsed() < quiet {
            ensure!(Instant::now() < deadline, "the line does not become quiet");
            std::thread::sleep(Duration::from_millis(50));
            let now = self.count()?;
            if now != last.0 {
                last = (now, Instant::now());
            }
        }
        Ok(last.0)
    }

    /// The weather from now on.
    pub(crate) fn weather(&mut self, weather: &Value) -> Result<()> {
        self.process.tell(&weather.to_string())
    }

    /// Cuts every standing connection.
    pub(crate) fn cut(&mut self) -> Result<()> {
        self.process.tell("cut")
    }
}

/// Memory and processor time of a process, as the kernel counts them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Resident now, bytes.
    pub(crate) rss: u64,
    /// Resident at most since [`forget_peak`], bytes.
    pub(crate) peak_rss: u64,
    /// Processor seconds so far.
    pub(crate) cpu_s: f64,
}

pub(crate) fn usage(pid: u32) -> Result<Usage> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let bytes = |key: &str| -> u64 {
        let line = status.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
    };
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // After the name, which may hold anything but ends with the last bracket.
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    // The kernel's unit for programs is a hundredth of a second everywhere that Debian runs.
    Ok(Usage { rss: bytes("VmRSS:"), peak_rss: bytes("VmHWM:"), cpu_s: (ticks(11) + ticks(12)) / 100.0 })
}

/// The peak is counted anew from now on.
pub(crate) fn forget_peak(pid: u32) -> Result<()> {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").context("the peak of a process cannot be reset")
}
