//! A device without a screen: it takes up whatever it is given, and checks somebody in now and then.
//!
//! How long a record takes is measured here, from the moment at which a screen would hand it to the link until the link
//! has heard that the hub has it. The link says that in its log and nowhere else: a visitor need not know.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use pingfeng_link::enrol::{HubTrust, Invitation, enrol};
use pingfeng_link::{
    Clock, Glass, Identity, Link, LinkCommand, LinkConfig, LinkEvent, LinkHandle, Outbox, SystemClock,
};
use pingfeng_release::BlobHash;
use pingfeng_release::store::{RealDisk, Store, StoreOptions};
use pingfeng_release::trust::Accept;
use pingfeng_wire::{CheckInWay, Origin, Record, RecordBody};
use serde_json::json;
use tracing::Event;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context as LayerContext, SubscriberExt};
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::{orders, say};

/// Acknowledgements that were not looked at yet; more are not measured.
const ACKNOWLEDGED_MAX: usize = 4_096;
/// How long it waits for an event of the link before it looks for other things to do.
const LOOK: Duration = Duration::from_millis(20);
/// Pixels of the screen that is not there.
const DISPLAY: [u32; 2] = [1080, 1920];

/// Who it is and what it does.
#[derive(Args)]
pub(crate) struct DeviceArgs {
    /// Store, outbox and identity.
    #[arg(long)]
    folder: PathBuf,
    /// `https://localhost:…`, to enrol a device that is nobody yet.
    #[arg(long)]
    hub: Option<String>,
    /// One-time code.
    #[arg(long, default_value = "")]
    code: String,
    /// SHA-256 of the hub's authority, hex.
    #[arg(long, default_value = "")]
    fingerprint: String,
    /// Connect to this port of this machine instead of the hub's: a line stands there.
    #[arg(long)]
    through: Option<u16>,
    /// A record every so many milliseconds; 0: none.
    #[arg(long, default_value_t = 0)]
    record_every_ms: u64,
    /// Event that people check in to.
    #[arg(long, default_value = "opening")]
    event: String,
    /// Code that they type.
    #[arg(long, default_value = "204601")]
    person: String,
    /// Stay with the present release when another one is ready.
    #[arg(long)]
    hold: bool,
}

pub(crate) fn run(args: &DeviceArgs) -> Result<()> {
    let (acknowledge, acknowledged) = sync_channel(ACKNOWLEDGED_MAX);
    listen_to_the_log(acknowledge)?;
    fs::create_dir_all(&args.folder).with_context(|| args.folder.display().to_string())?;
    let clock = Arc::new(SystemClock::new());
    let mut identity = who(args, &*clock)?;
    if let Some(port) = args.through {
        identity.broker_port = port;
    }
    let store_folder = args.folder.join("store");
    let store = Store::open(&store_folder, StoreOptions { reserve_bytes: 0 }, Arc::new(RealDisk))?;
    let outbox = Outbox::open(&args.folder.join("outbox.sqlite"))?;
    let seed = u64::from(std::process::id());
    let config = LinkConfig {
        identity: Some(identity.clone()),
        identity_file: None,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        accept: Accept::Hub,
        import: Vec::new(),
        seed,
        wake: None,
        neighbours: None,
    };
    let showing = store.active().map(|release| release.id().clone());
    let link = Link::start(config, clock.clone(), Some(store), Some(outbox))?;
    say(&json!({ "event": "started", "device": identity.device, "pid": std::process::id() }));
    let mut device = Device { args, link, clock, made: HashMap::new(), records: 0, seed };
    if let Some(release) = showing {
        device.show(&release);
    }
    let forget = device.live(&orders(), &acknowledged);
    device.link.shutdown();
    if forget {
        fs::remove_dir_all(&store_folder).with_context(|| store_folder.display().to_string())?;
    }
    say(&json!({ "event": "ended" }));
    Ok(())
}

fn who(args: &DeviceArgs, clock: &dyn Clock) -> Result<Identity> {
    let file = args.folder.join("identity.json");
    if let Some(identity) = Identity::load(&file)? {
        return Ok(identity);
    }
    let invitation = Invitation {
        hub: args.hub.clone().context("this device is nobody yet: name a hub and a code")?,
        code: args.code.clone(),
        trust: HubTrust::Fingerprint(args.fingerprint.clone()),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        host: "fleet".to_owned(),
    };
    let identity = enrol(&invitation, clock.wall_ms())?.identity;
    identity.save(&file)?;
    Ok(identity)
}

struct Device<'a> {
    args: &'a DeviceArgs,
    link: LinkHandle,
    clock: Arc<SystemClock>,
    /// Records of which the link has not heard yet that the hub has them, and when they were made.
    made: HashMap<String, Instant>,
    records: u64,
    seed: u64,
}

impl Device<'_> {
    /// Until somebody says that it is enough. True when the store is to go.
    fn live(&mut self, orders: &Receiver<String>, acknowledged: &Receiver<(String, Instant)>) -> bool {
        let mut every = Duration::from_millis(self.args.record_every_ms);
        let mut next_record = Instant::now() + every;
        loop {
            if let Some(event) = self.link.wait_event(LOOK) {
                self.hear(event);
            }
            while let Ok((id, at)) = acknowledged.try_recv() {
                if let Some(made) = self.made.remove(&id) {
                    let ms = at.duration_since(made).as_secs_f64() * 1000.0;
                    say(&json!({ "event": "record", "ms": ms, "open": self.made.len() }));
                }
            }
            if !every.is_zero() && Instant::now() >= next_record {
                next_record += every;
                self.check_in();
            }
            match orders.try_recv() {
                Ok(order) if order == "forget" => return true,
                Ok(order) if order == "quit" => return false,
                Ok(order) if order == "rest" => {
                    every = Duration::ZERO;
                    say(&json!({ "event": "resting", "open": self.made.len() }));
                }
                Ok(order) => eprintln!("fleet: a device does not know how to `{order}`"),
                Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => {}
            }
        }
    }

    fn hear(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Connected => say(&json!({ "event": "connected" })),
            LinkEvent::Disconnected { why, .. } => say(&json!({ "event": "disconnected", "why": why })),
            LinkEvent::Site { .. } => say(&json!({ "event": "told" })),
            LinkEvent::ReadyToActivate { release, .. } => {
                let id = release.id().clone();
                say(&json!({ "event": "ready", "release": id.0, "version": release.manifest().version }));
                if !self.args.hold {
                    self.tell(LinkCommand::Activate { release: id });
                }
            }
            LinkEvent::Activated { release } => {
                let id = release.id().clone();
                self.show(&id);
                self.tell(LinkCommand::FramesGood { release: id });
            }
            LinkEvent::Confirmed { release } => say(&json!({ "event": "confirmed", "release": release.0 })),
            LinkEvent::ActivationFailed { reason, .. } | LinkEvent::RolledBack { reason, .. } => {
                say(&json!({ "event": "failed", "why": reason }));
            }
            LinkEvent::SaveFailed { reason, .. } => say(&json!({ "event": "failed", "why": reason })),
            LinkEvent::RecordRefused { code, .. } => say(&json!({ "event": "failed", "why": code })),
            LinkEvent::Ignored { what, count } => {
                say(&json!({ "event": "ignored", "what": format!("{what:?}"), "count": count }));
            }
            _ => {}
        }
    }

    fn show(&mut self, release: &BlobHash) {
        self.tell(LinkCommand::Glass(Glass {
            phase: "attract".into(),
            origin: Origin::Release,
            release: Some(release.clone()),
            display: Some(DISPLAY),
            ..Glass::default()
        }));
    }

    fn check_in(&mut self) {
        self.records += 1;
        let at_ms = self.clock.wall_ms();
        // Crockford's letters as a ULID has them: the time, who it is, and a number of its own.
        let id = ulid::Ulid::from_parts(at_ms, (u128::from(self.seed) << 32) | u128::from(self.records)).to_string();
        let body = RecordBody::CheckIn {
            event: self.args.event.clone(),
            way: CheckInWay::Code,
            code: self.args.person.clone(),
        };
        self.made.insert(id.clone(), Instant::now());
        self.tell(LinkCommand::Save(Record { id, at_ms, body }));
    }

    fn tell(&self, command: LinkCommand) {
        if let Err(error) = self.link.send(command) {
            say(&json!({ "event": "failed", "why": error.to_string() }));
        }
    }
}

/// The link's log on the standard error, and of it what it says of acknowledged records in a queue.
fn listen_to_the_log(acknowledge: SyncSender<(String, Instant)>) -> Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let words = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    let subscriber = Registry::default().with(words).with(Acknowledged(acknowledge));
    tracing::subscriber::set_global_default(subscriber).context("somebody listens to the log already")
}

struct Acknowledged(SyncSender<(String, Instant)>);

impl<S: tracing::Subscriber> Layer<S> for Acknowledged {
    fn on_event(&self, event: &Event<'_>, _: LayerContext<'_, S>) {
        if event.metadata().target() != pingfeng_link::ACKNOWLEDGED_TARGET {
            return;
        }
        let mut record = RecordId(None);
        event.record(&mut record);
        if let Some(id) = record.0 {
            // Beyond the limit a delay is not measured; nothing else is lost.
            let _ = self.0.try_send((id, Instant::now()));
        }
    }
}

struct RecordId(Option<String>);

impl Visit for RecordId {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "record" {
            self.0 = Some(format!("{value:?}"));
        }
    }
}
