//! The machine, stepped by hand: one test per transition. A `Desk` plays the hub, the disk and the screen.

mod delivery;
mod outside;
mod said;
mod ways;

use std::collections::BTreeMap;

use pingfeng_release::chunk::{ChunkName, Entry};
use pingfeng_release::store::{Plan, Wanted};
use pingfeng_release::{EXHIBITION_FILE, FileEntry, Manifest, PICTURES_FILE};
use pingfeng_wire::{
    Activation, CheckInWay, Command, Delivery as Rules, Order, Origin, Outcome, Progress, Receipt, RecordBody, Records, ReleaseRef, Report, Want, Way, Window,
};
use serde::de::DeserializeOwned;

use super::*;
use crate::api::CONFIRM_WITHIN_MS;

const DEVICE: &str = "hall-1";
/// Bytes of a piece in these tests.
const PIECE: u32 = 8 * 1024;

fn release(version: u64) -> (Offer, OpenRelease) {
    let entry = |text: String| FileEntry::of(EXHIBITION_FILE, text.as_bytes());
    let files = BTreeMap::from([
        (EXHIBITION_FILE.to_owned(), entry(format!("exhibition {version}"))),
        (PICTURES_FILE.to_owned(), entry("{}".into())),
    ]);
    let manifest = Manifest::of("sample", version, 0, files);
    let bytes = serde_json::to_vec(&manifest).unwrap();
    let id = BlobHash::of(&bytes);
    let reference =
        ReleaseRef { id: id.0.clone(), exhibition: "sample".into(), version, manifest_size_bytes: bytes.len() as u64 };
    let wanted = Wanted::of(&bytes);
    let offer = Offer {
        release: reference,
        manifest_root: wanted.manifest_root.to_string(),
        manifest_depth: wanted.manifest_depth,
        approval: None,
    };
    (offer, OpenRelease::over(std::path::Path::new("/nowhere"), id, manifest))
}

struct Desk {
    machine: Machine,
    now: Now,
    outputs: Vec<Output>,
}

impl Desk {
    fn new(start: Start) -> Self {
        let now = Now { mono_ms: 1_000, wall_ms: 1_800_000_000_000, zone_min: 480 };
        let start = Start { device: DEVICE.into(), site: "main".into(), program: "test".into(), starts: 1, ..start };
        Self { machine: Machine::new(start, now), now, outputs: Vec::new() }
    }

    /// Connected, with the greetings out of the way.
    fn online(start: Start) -> Self {
        let mut desk = Self::new(start);
        desk.give(Input::Connected);
        desk.outputs.clear();
        desk
    }

    fn give(&mut self, input: Input) -> &mut Self {
        let outputs = self.machine.handle(input, self.now);
        self.outputs.extend(outputs);
        self
    }

    fn pass(&mut self, ms: u64) -> &mut Self {
        self.now.mono_ms += ms;
        self.now.wall_ms += ms;
        self.give(Input::Tick)
    }

    fn message(&mut self, to: DeviceTopic, body: &impl serde::Serialize) -> &mut Self {
        let payload = Bytes::from(serde_json::to_vec(body).unwrap());
        self.give(Input::Message { topic: topic::device(DEVICE, to), payload })
    }

    fn target(&mut self, revision: u64, offer: Option<&Offer>) -> &mut Self {
        self.target_with(revision, offer, |_| {})
    }

    fn target_with(&mut self, revision: u64, offer: Option<&Offer>, change: impl Fn(&mut Target)) -> &mut Self {
        let mut target = Target {
            v: VERSION,
            revision,
            release: offer.cloned(),
            site: "党群服务中心".to_owned(),
            delivery: Rules::default(),
            activation: Activation::default(),
            blank: false,
            notice: None,
            trust: None,
        };
        change(&mut target);
        self.message(DeviceTopic::Target, &target)
    }

    /// A parcel arrives, and the disk says that these pieces were in it.
    fn parcel(&mut self, entries: &[Entry]) -> &mut Self {
        let parcel = Bytes::from(entries.iter().flat_map(|entry| entry.name.0).collect::<Vec<_>>());
        self.give(Input::Message { topic: topic::device(DEVICE, DeviceTopic::Chunk), payload: parcel });
        self.taken(entries)
    }

    fn taken(&mut self, entries: &[Entry]) -> &mut Self {
        let bytes = entries.iter().map(|entry| u64::from(entry.len)).sum();
        let names: Vec<_> = entries.iter().map(|entry| entry.name).collect();
        let foreign = usize::from(names.is_empty());
        self.give(Input::Disk(DiskDone::Taken { result: Ok(Taken { names, bytes, foreign }) }))
    }

    fn planned(&mut self, offer: &Offer, planned: Result<Planned, JobError>) -> &mut Self {
        let release = BlobHash(offer.release.id.clone());
        self.give(Input::Disk(DiskDone::Planned { release, result: planned, runs: Vec::new() }))
    }

    fn missing(&mut self, offer: &Offer, missing: &[Entry]) -> &mut Self {
        self.planned(offer, Ok(Planned::Not(Plan::Missing(missing.to_vec()))))
    }

    /// The names in the wants said since, each want a list.
    fn wants(&mut self) -> Vec<Vec<ChunkName>> {
        let names = |want: &Want| {
            let bytes = openssl::base64::decode_block(&want.names).unwrap();
            bytes.as_chunks::<32>().0.iter().copied().map(ChunkName).collect()
        };
        self.said::<Want>(DeviceTopic::Want).iter().map(names).collect()
    }

    /// Takes the outputs so far.
    fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    fn said<T: DeserializeOwned>(&mut self, to: DeviceTopic) -> Vec<T> {
        let topic = topic::device(DEVICE, to);
        let said = |output: Output| match output {
            Output::Publish(publish) if publish.topic == topic => {
                Some(serde_json::from_slice(&publish.payload).unwrap())
            }
            _ => None,
        };
        self.take().into_iter().filter_map(said).collect()
    }

    fn jobs(&mut self) -> Vec<DiskJob> {
        let job = |output: Output| if let Output::Disk(job) = output { Some(job) } else { None };
        self.take().into_iter().filter_map(job).collect()
    }

    /// Events in short, for comparison.
    fn events(&mut self) -> Vec<String> {
        let event = |output: Output| match output {
            Output::Event(LinkEvent::ReadyToActivate { release, .. }) => {
                Some(format!("ready {}", release.manifest().version))
            }
            Output::Event(LinkEvent::Activated { release }) => {
                Some(format!("activated {}", release.manifest().version))
            }
            Output::Event(LinkEvent::NoLongerReady { .. }) => Some("no longer ready".into()),
            Output::Event(LinkEvent::ActivationFailed { reason, .. }) => Some(format!("activation failed: {reason}")),
            Output::Event(LinkEvent::Confirmed { .. }) => Some("confirmed".into()),
            Output::Event(LinkEvent::RolledBack { to, reason }) => {
                Some(format!("rolled back to {:?}: {reason}", to.map(|to| to.manifest().version)))
            }
            Output::Event(LinkEvent::Order { order, .. }) => Some(format!("{order:?}")),
            Output::Event(LinkEvent::Welcome(welcome)) => Some(format!("welcome {}", welcome.name)),
            Output::Event(LinkEvent::Saved { record }) => Some(format!("saved {record}")),
            Output::Event(LinkEvent::RecordRefused { record, code }) => Some(format!("refused {record}: {code}")),
            Output::Event(LinkEvent::Unlisted { record }) => Some(format!("unlisted {record}")),
            Output::Event(LinkEvent::Ignored { what, count }) => Some(format!("{what:?} {count}")),
            Output::Event(LinkEvent::Blank { on }) => Some(format!("blank {on}")),
            Output::Event(LinkEvent::Site { name }) => Some(format!("site {name}")),
            _ => None,
        };
        self.take().into_iter().filter_map(event).collect()
    }

    fn progress(&self) -> Progress {
        self.machine.delivery.progress()
    }

    /// Brings a release to the point where the screen is asked.
    fn ready(&mut self, revision: u64, (offer, open): &(Offer, OpenRelease)) -> &mut Self {
        self.target(revision, Some(offer)).planned(offer, Ok(Planned::Staged(open.clone())))
    }

    fn activated(&mut self, revision: u64, release: &(Offer, OpenRelease)) -> &mut Self {
        let id = release.1.id().clone();
        self.ready(revision, release).give(Input::Command(LinkCommand::Activate { release: id.clone() }));
        self.give(Input::Disk(DiskDone::Activated { release: id, result: Ok(release.1.clone()) }))
    }
}

/// So many pieces of a file of that name.
fn pieces(of: &str, count: usize) -> Vec<Entry> {
    let piece = |n| Entry { name: ChunkName::of(format!("{of} {n}").as_bytes()), len: PIECE };
    (0..count).map(piece).collect()
}

fn names(entries: &[Entry]) -> Vec<ChunkName> {
    entries.iter().map(|entry| entry.name).collect()
}

fn record(id: &str) -> Record {
    let body = RecordBody::CheckIn { event: "opening".into(), way: CheckInWay::Code, code: "123456".into() };
    Record { id: id.into(), at_ms: 5, body }
}
