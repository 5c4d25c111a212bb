//! The link's state machine. Pure: inputs → outputs, no IO, the time is an argument.
//!
//! `delivery` brings the target onto the disk and onto the glass; `fetch` is its window of pieces, `ways` says where they
//! come from, and `sharing` gives them to other devices of the site; `authority` asks
//! whose word counts; `imports` takes what somebody brings
//! on a stick; `records` empties the
//! outbox; `orders` acts once on each order; `report` says what is going on. This file takes inputs to them.

mod authority;
mod delivery;
mod fetch;
mod imports;
mod orders;
mod records;
mod renewal;
mod report;
mod sharing;
#[cfg(test)]
mod tests;
mod ways;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use pingfeng_release::BlobHash;
use pingfeng_release::run::Run;
use pingfeng_release::store::{Larder, OpenRelease, Plan, Rejected, Taken};
use pingfeng_release::trust::Notice;
use pingfeng_wire::topic::{self, DeviceTopic};
use pingfeng_wire::{
    Ack, Offer, Order, Outcome, Presence, Record, Refusal, Renewed, Target, TrustDocuments, TrustReport, VERSION, Welcome,
    limits,
};

use self::authority::Authority;
use self::delivery::Delivery;
pub(crate) use self::fetch::TAKING_MAX;
use self::imports::Imports;
use self::orders::Orders;
use self::records::Sender;
use self::renewal::Renewals;
pub(crate) use self::renewal::Validity;
use self::report::Reporter;
use self::sharing::Sharing;
pub(crate) use self::sharing::Share;
pub(crate) use self::ways::{Neighbour, Said, Source, Transfer, TransferError};
use crate::api::{Glass, Ignored, LinkCommand, LinkEvent};
use crate::clock::Now;
use crate::identity::Identity;
use crate::outbox::{Over, Seq};
use crate::stick::{ImportStep, Stick};

/// Welcomes whose ids are remembered, so that each check-in is shown once.
const WELCOMES_REMEMBERED: usize = 64;
/// Bytes of a packet that are not payload: topic, properties, header.
const PACKET_OVERHEAD_BYTES: usize = 1024;

/// What the machine is told.
#[derive(Debug)]
pub(crate) enum Input {
    /// The broker has taken us.
    Connected,
    /// It is gone, or could not be reached.
    Disconnected { why: String, retry_in_ms: u64 },
    /// Something arrived.
    Message { topic: String, payload: Bytes },
    /// From the screen.
    Command(LinkCommand),
    /// From the disk worker.
    Disk(DiskDone),
    /// The disk worker is gone, and with it the store.
    StoreLost,
    /// A record was committed to the outbox.
    Appended { seq: Seq, id: String },
    /// Something of ours, or for us, was not taken by the driver.
    Ignored(Ignored),
    /// Answer to [`OutboxJob::Load`].
    Loaded { lane: Lane, records: Vec<(Seq, Record)>, waiting: u64 },
    /// Answer to [`OutboxJob::Settle`].
    Settled { refused: Vec<Refusal>, waiting: u64 },
    /// Somebody brought a stick, or took it away.
    Stick(Stick),
    /// Answer to [`RenewalJob::MakeKey`]: a request for a certificate.
    KeyMade { csr_pem: String },
    /// Answer to [`RenewalJob::Take`]: this is the certificate from now on.
    Renewed { validity: Validity },
    /// What a transfer says that the machine has begun.
    Transfer { id: u64, said: Said },
    /// Answer to [`Output::LookAround`]: who has that release.
    Neighbours(Vec<Neighbour>),
    /// Time has passed.
    Tick,
}

/// What the machine wants done, in this order.
#[derive(Debug)]
pub(crate) enum Output {
    Subscribe(Vec<String>),
    Unsubscribe(String),
    Publish(Publish),
    Disk(DiskJob),
    Outbox(OutboxJob),
    Renewal(RenewalJob),
    /// Ask somebody for pieces; one at a time.
    Transfer(Transfer),
    /// Nobody waits any more for what a transfer brings. It says nothing after this.
    EndTransfer(u64),
    /// Which devices of the site have that release? `key` is that of the site.
    LookAround { key: String, release: String },
    /// Give other devices of the site what they ask for; `None`: nothing any more.
    Share(Option<Share>),
    Event(LinkEvent),
}

/// A message to the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Publish {
    pub topic: String,
    pub payload: Vec<u8>,
    /// QoS 1 instead of 0.
    pub acknowledged: bool,
    pub retain: bool,
}

/// Work for the store's thread.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DiskJob {
    /// Plan, and stage when nothing is missing.
    Plan {
        offer: Offer,
    },
    /// Take a parcel of pieces.
    Take {
        parcel: Bytes,
    },
    /// Ask the guard a last time, and move the pointer.
    Activate {
        offer: Offer,
        revision: u64,
    },
    /// Roots and a roster.
    TakeTrust {
        documents: TrustDocuments,
    },
    /// What has time done to what is trusted?
    LookAtTrust,
    /// May these words be shown?
    CheckNotice {
        envelope: String,
    },
    /// Look what is on a stick.
    Import {
        folder: PathBuf,
    },
    /// Go on with it.
    ImportMore,
    /// Write records onto a stick, and read what the hub has answered.
    Carry {
        folder: PathBuf,
        records: Vec<Record>,
    },
    Confirm {
        release: BlobHash,
    },
    RollBack {
        reason: String,
    },
    /// Back to the release before the confirmed one, because the hub says so.
    StepBack {
        reason: String,
        revision: u64,
    },
    Collect {
        coming: Option<BlobHash>,
    },
    Verify {
        blob: BlobHash,
    },
    /// Who the device is from now on.
    Identify {
        identity: Box<Identity>,
    },
    /// What can be given to other devices of the site?
    Stock,
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum DiskDone {
    Planned { release: BlobHash, result: Result<Planned, JobError>, runs: Vec<Run> },
    Taken { result: Result<Taken, JobError> },
    Activated { release: BlobHash, result: Result<OpenRelease, JobError> },
    Confirmed { release: BlobHash, result: Result<(), JobError> },
    RolledBack { result: Result<(Option<OpenRelease>, Vec<Rejected>), JobError>, reason: String },
    Collected,
    Identified,
    Trust { report: TrustReport },
    Imported { result: Result<ImportStep, JobError> },
    Carried { ack: Option<Ack>, records: Result<u64, String> },
    Notice { envelope: String, result: Result<Notice, JobError> },
    Verified { blob: BlobHash, whole: bool },
    Stocked { larder: Option<Arc<Larder>> },
}

#[derive(Debug)]
pub(crate) enum Planned {
    Not(Plan),
    Staged(OpenRelease),
}

/// Why the store did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobError {
    /// For the report: `disk_full`, `hash_mismatch`, `manifest_invalid`, `too_new`, `parcel`, `io`.
    pub code: &'static str,
    pub message: String,
    /// Trying later may help without a new target.
    pub passing: bool,
}

/// Work for the outbox, done at once by the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OutboxJob {
    Load { lane: Lane, after: Seq, up_to: Seq },
    Settle { stored: Vec<String>, refused: Vec<Refusal> },
    RememberOrder { id: String },
    KeepOver(Over),
    /// Everything that waits goes onto a stick.
    Export { folder: PathBuf },
}

/// Work on the device's key and certificate, done at once by the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RenewalJob {
    /// Make a key, and a request for its certificate.
    MakeKey,
    /// Keep this certificate, and connect with it.
    Take { certificate_pem: String },
}

/// Which records: those of now go before those of an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    Live,
    Backlog,
}

/// What the machine knows at its start.
#[derive(Debug, Default)]
pub(crate) struct Start {
    pub device: String,
    pub site: String,
    pub program: String,
    pub active: Option<OpenRelease>,
    pub confirming: Option<u64>,
    pub rejected: Vec<Rejected>,
    /// The store could be opened.
    pub store_error: Option<String>,
    pub newest_seq: Seq,
    pub waiting: u64,
    pub orders: Vec<String>,
    /// How often the link was started on this device, this one included.
    pub starts: u64,
    /// When the device's certificate is good.
    pub certificate: Option<Validity>,
    /// There is a place to keep a new one.
    pub renewable: bool,
    /// Whose word it takes.
    pub trust: TrustReport,
    /// What the hub wanted over the pages when it last spoke.
    pub over: Over,
}

#[derive(Debug)]
pub(crate) struct Machine {
    device: String,
    site: String,
    connected: bool,
    site_name: Option<String>,
    welcomes: VecDeque<String>,
    ignored: HashMap<Ignored, u64>,
    glass: Glass,
    delivery: Delivery,
    authority: Authority,
    imports: Imports,
    orders: Orders,
    sender: Sender,
    reporter: Reporter,
    renewals: Renewals,
    sharing: Sharing,
    outputs: Vec<Output>,
}

/// Collects outputs; knows how a message becomes a packet.
#[derive(Debug)]
struct Out<'a> {
    device: &'a str,
    connected: bool,
    ignored: &'a mut HashMap<Ignored, u64>,
    outputs: &'a mut Vec<Output>,
}

impl Out<'_> {
    fn event(&mut self, event: LinkEvent) {
        self.outputs.push(Output::Event(event));
    }

    fn disk(&mut self, job: DiskJob) {
        self.outputs.push(Output::Disk(job));
    }

    fn outbox(&mut self, job: OutboxJob) {
        self.outputs.push(Output::Outbox(job));
    }

    fn ignore(&mut self, what: Ignored) {
        let count = self.ignored.entry(what).or_default();
        *count += 1;
        let count = *count;
        self.event(LinkEvent::Ignored { what, count });
    }

    /// Says something to the hub. False when it cannot be said: no connection, or larger than a packet.
    fn publish(&mut self, to: DeviceTopic, body: &impl serde::Serialize) -> bool {
        // Every payload is a plain struct with string keys, which always becomes JSON.
        let Ok(payload) = serde_json::to_vec(body) else { return false };
        if payload.len() + PACKET_OVERHEAD_BYTES > limits::PACKET_BYTES_MAX {
            self.ignore(Ignored::TooLarge);
            return false;
        }
        if !self.connected {
            return false;
        }
        self.outputs.push(Output::Publish(Publish {
            topic: topic::device(self.device, to),
            payload,
            acknowledged: to != DeviceTopic::Want,
            retain: matches!(to, DeviceTopic::Report | DeviceTopic::Presence),
        }));
        true
    }
}

macro_rules! out {
    ($machine:ident) => {
        &mut Out {
            device: &$machine.device,
            connected: $machine.connected,
            ignored: &mut $machine.ignored,
            outputs: &mut $machine.outputs,
        }
    };
}

impl Machine {
    pub(crate) fn new(start: Start, now: Now) -> Self {
        Self {
            delivery: Delivery::new(start.active, start.confirming, start.rejected, start.store_error, now),
            authority: Authority::new(start.trust, start.over, now),
            imports: Imports::default(),
            orders: Orders::new(start.orders),
            sender: Sender::new(start.newest_seq, start.waiting),
            reporter: Reporter::new(start.starts, start.program),
            renewals: Renewals::new(start.certificate, start.renewable),
            sharing: Sharing::default(),
            device: start.device,
            site: start.site,
            connected: false,
            site_name: None,
            welcomes: VecDeque::new(),
            ignored: HashMap::new(),
            glass: Glass { phase: "boot".into(), ..Glass::default() },
            outputs: Vec::new(),
        }
    }

    /// Takes one input and returns what is to be done, in this order.
    pub(crate) fn handle(&mut self, input: Input, now: Now) -> Vec<Output> {
        match input {
            Input::Connected => self.connected(),
            Input::Disconnected { why, retry_in_ms } => {
                self.connected = false;
                self.delivery.disconnected();
                self.sender.disconnected();
                out!(self).event(LinkEvent::Disconnected { why, retry_in_ms });
            }
            Input::Message { topic, payload } => self.message(&topic, payload, now),
            Input::Command(command) => self.command(command, now),
            Input::Disk(done) => {
                self.disk_done(done, now);
            }
            Input::StoreLost => {
                self.authority.store_lost();
                self.delivery.store_lost();
            }
            Input::Appended { seq, id } => {
                self.sender.appended(seq, self.connected);
                out!(self).event(LinkEvent::Saved { record: id });
            }
            Input::Ignored(what) => out!(self).ignore(what),
            Input::Loaded { lane, records, waiting } => self.sender.loaded(lane, records, waiting, now, out!(self)),
            Input::Settled { refused, waiting } => {
                self.sender.settled(waiting);
                for Refusal { id, code } in refused {
                    out!(self).event(LinkEvent::RecordRefused { record: id, code });
                }
            }
            Input::KeyMade { csr_pem } => self.renewals.key_made(csr_pem, out!(self)),
            Input::Renewed { validity } => self.renewals.uses(validity),
            Input::Stick(stick) => self.imports.stick(stick, out!(self)),
            Input::Transfer { id, said } => self.delivery.transfer(id, said, out!(self)),
            Input::Neighbours(neighbours) => self.delivery.neighbours(neighbours, now),
            Input::Tick => {}
        }
        // Whatever happened, each part looks once at what it can do now.
        let visiting = self.glass.phase == "visit";
        self.authority.poll(now, out!(self));
        self.imports.poll(&mut self.delivery, out!(self));
        self.delivery.poll(now, visiting, &self.site, out!(self));
        self.sharing.poll(self.delivery.site_key(), self.delivery.is_quiet(), out!(self));
        self.sender.poll(now, out!(self));
        self.renewals.poll(now, out!(self));
        let content = report::Content {
            delivery: &self.delivery,
            authority: &self.authority,
            glass: &self.glass,
            outbox: self.sender.waiting(),
            certificate_until_ms: self.renewals.until_ms(),
        };
        self.reporter.poll(now, &content, out!(self));
        std::mem::take(&mut self.outputs)
    }

    /// True while the next parcel of a transfer may be given to the machine; until then it waits on its way.
    pub(crate) fn has_room(&self) -> bool {
        self.delivery.has_room()
    }

    /// When the machine wants a [`Input::Tick`] at the latest, by the monotonic clock.
    pub(crate) fn next_tick_ms(&self, now: Now) -> Option<u64> {
        [
            self.delivery.next_tick_ms(now),
            self.authority.next_tick_ms(now),
            self.sender.next_tick_ms(),
            self.connected.then(|| self.renewals.next_tick_ms(now)).flatten(),
            self.connected.then(|| self.reporter.next_tick_ms(now)).flatten(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn disk_done(&mut self, done: DiskDone, now: Now) {
        match done {
            DiskDone::Trust { report } => {
                if self.authority.looked(report, out!(self)) {
                    // What was refused may be right now.
                    self.delivery.trust_changed(out!(self));
                }
            }
            DiskDone::Imported { result } => self.imports.step(result, &mut self.delivery, out!(self)),
            DiskDone::Carried { ack, records } => {
                if let Some(ack) = ack {
                    self.sender.acknowledged(ack, out!(self));
                }
                self.imports.carried(records, out!(self));
            }
            DiskDone::Stocked { larder } => self.sharing.stocked(larder, out!(self)),
            DiskDone::Notice { envelope, result } => self.authority.notice_checked(&envelope, result, now, out!(self)),
            done => {
                if matches!(done, DiskDone::Planned { result: Ok(Planned::Staged(_)), .. } | DiskDone::Collected) {
                    self.sharing.changed();
                }
                if let Some((id, outcome)) = self.delivery.disk_done(done, now, out!(self)) {
                    self.orders.done(id, outcome, None, now, out!(self));
                }
            }
        }
    }

    fn connected(&mut self) {
        self.connected = true;
        self.authority.connected();
        self.delivery.connected();
        self.sender.connected();
        self.reporter.connected();
        // Also with a session: a broker that lost half of it would otherwise stay silent for ever.
        let mut topics: Vec<_> = DeviceTopic::DOWN
            .into_iter()
            .map(|of| topic::device(&self.device, of))
            .collect();
        topics.push(topic::site_welcome(&self.site));
        self.outputs.push(Output::Subscribe(topics));
        let out = out!(self);
        out.publish(DeviceTopic::Presence, &Presence { v: VERSION, online: true });
        out.event(LinkEvent::Connected);
        self.orders.connected(out!(self));
    }

    /// Compares topics itself, character by character of nothing: what is not exactly ours is ignored.
    fn message(&mut self, topic: &str, payload: Bytes, now: Now) {
        if topic == topic::site_welcome(&self.site) {
            return self.welcome(&payload);
        }
        let is = |of| topic == topic::device(&self.device, of);
        if is(DeviceTopic::Target) {
            let Some(target) = self.read::<Target>(&payload) else { return };
            if self.site_name.as_ref() != Some(&target.site) {
                self.site_name = Some(target.site.clone());
                out!(self).event(LinkEvent::Site { name: target.site.clone() });
            }
            if self.delivery.is_news(&target) {
                self.authority.target(&target, out!(self));
            }
            self.delivery.target(target, out!(self));
        } else if is(DeviceTopic::Trust) {
            let Some(documents) = self.read::<TrustDocuments>(&payload) else { return };
            out!(self).disk(DiskJob::TakeTrust { documents });
        } else if is(DeviceTopic::Renewed) {
            let Some(renewed) = self.read::<Renewed>(&payload) else { return };
            self.renewals.renewed(renewed, out!(self));
        } else if is(DeviceTopic::Chunk) || self.delivery.listens_on(topic) {
            self.delivery.parcel(payload, now, out!(self));
        } else if is(DeviceTopic::Cmd) {
            if let Some((id, order)) = self.orders.order(&payload, now, out!(self)) {
                self.order(id, order, now);
            }
        } else if is(DeviceTopic::Ack) {
            let Some(ack) = self.read::<Ack>(&payload) else { return };
            self.sender.acknowledged(ack, out!(self));
        } else {
            out!(self).ignore(Ignored::Topic);
        }
    }

    /// Most orders are for the screen; some concern only what is on the disk.
    fn order(&mut self, id: String, order: Order, now: Now) {
        match order {
            Order::ReturnToLastGood => {
                if !self.delivery.return_to_last_good(&id, out!(self)) {
                    let outcome = Outcome::Refused { code: "no_release".into() };
                    self.orders.done(id, outcome, None, now, out!(self));
                }
            }
            order => out!(self).event(LinkEvent::Order { id, order }),
        }
    }

    fn welcome(&mut self, payload: &[u8]) {
        let Some(welcome) = self.read::<Welcome>(payload) else { return };
        if self.welcomes.contains(&welcome.id) {
            return;
        }
        if self.welcomes.len() >= WELCOMES_REMEMBERED {
            self.welcomes.pop_front();
        }
        self.welcomes.push_back(welcome.id.clone());
        out!(self).event(LinkEvent::Welcome(welcome));
    }

    fn command(&mut self, command: LinkCommand, now: Now) {
        match command {
            LinkCommand::Activate { release } => self.delivery.activate(&release, out!(self)),
            LinkCommand::FramesGood { release } => self.delivery.frames_good(&release, out!(self)),
            LinkCommand::FramesBad { release, reason } => self.delivery.frames_bad(&release, reason, now, out!(self)),
            LinkCommand::BlobDamaged { blob } => self.delivery.verify(blob, out!(self)),
            LinkCommand::Glass(glass) => self.glass = glass,
            LinkCommand::OrderDone { id, outcome, picture_jpeg } => {
                self.orders.done(id, outcome, picture_jpeg, now, out!(self));
            }
            // The driver commits it first and then says `Appended`.
            LinkCommand::Save(_) => {}
        }
    }

    /// Reads a payload of this version; anything else is counted and ignored.
    fn read<T: serde::de::DeserializeOwned>(&mut self, payload: &[u8]) -> Option<T> {
        let read = read(payload);
        if let Err(what) = read {
            out!(self).ignore(what);
        }
        read.ok()
    }
}

/// Reads a payload of this version.
fn read<T: serde::de::DeserializeOwned>(payload: &[u8]) -> Result<T, Ignored> {
    #[derive(serde::Deserialize)]
    struct Version {
        v: u32,
    }
    let Version { v } = serde_json::from_slice(payload).map_err(|_| Ignored::Payload)?;
    if v != VERSION {
        return Err(Ignored::Version);
    }
    serde_json::from_slice(payload).map_err(|_| Ignored::Payload)
}
