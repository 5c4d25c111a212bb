//! The machine, stepped by hand: one test per transition. A `Desk` plays the hub, the disk and the screen.

mod delivery;
mod outside;
mod said;

use std::collections::BTreeMap;

use pingfeng_release::store::{MissingBlob, Plan};
use pingfeng_release::{EXHIBITION_FILE, FileEntry, Manifest, PICTURES_FILE};
use pingfeng_wire::{
    CheckInWay, Command, Order, Origin, Outcome, Progress, Receipt, RecordBody, Records, Report, Want,
};
use serde::de::DeserializeOwned;

use super::*;
use crate::api::CONFIRM_WITHIN_MS;

const DEVICE: &str = "hall-1";
const CHUNK: usize = limits::CHUNK_BYTES;

fn release(version: u64) -> (ReleaseRef, OpenRelease) {
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
    (reference, OpenRelease::over(std::path::Path::new("/nowhere"), id, manifest))
}

struct Desk {
    machine: Machine,
    now: Now,
    outputs: Vec<Output>,
}

impl Desk {
    fn new(start: Start) -> Self {
        let now = Now { mono_ms: 1_000, wall_ms: 1_800_000_000_000 };
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

    fn target(&mut self, revision: u64, release: Option<&ReleaseRef>) -> &mut Self {
        let site = "党群服务中心".to_owned();
        self.message(DeviceTopic::Target, &Target { v: VERSION, revision, release: release.cloned(), site })
    }

    fn chunk(&mut self, blob: &BlobHash, index: u32, bytes: Vec<u8>) -> &mut Self {
        self.give(Input::Message { topic: topic::chunk(DEVICE, &blob.0, index), payload: bytes.into() })
    }

    fn planned(&mut self, release: &ReleaseRef, planned: Result<Planned, JobError>) -> &mut Self {
        self.give(Input::Disk(DiskDone::Planned { release: BlobHash(release.id.clone()), result: planned }))
    }

    fn missing(&mut self, release: &ReleaseRef, missing: Vec<MissingBlob>) -> &mut Self {
        let plan = Plan { release: BlobHash(release.id.clone()), manifest_missing: false, missing };
        self.planned(release, Ok(Planned::Missing(plan)))
    }

    fn written(&mut self, blob: &BlobHash, written: Written) -> &mut Self {
        self.give(Input::Disk(DiskDone::Written { blob: blob.clone(), result: Ok(written) }))
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
            Output::Event(LinkEvent::Site { name }) => Some(format!("site {name}")),
            _ => None,
        };
        self.take().into_iter().filter_map(event).collect()
    }

    fn progress(&self) -> Progress {
        self.machine.delivery.progress()
    }

    /// Brings a release to the point where the screen is asked.
    fn ready(&mut self, revision: u64, (reference, open): &(ReleaseRef, OpenRelease)) -> &mut Self {
        self.target(revision, Some(reference)).planned(reference, Ok(Planned::Staged(open.clone())))
    }

    fn activated(&mut self, revision: u64, release: &(ReleaseRef, OpenRelease)) -> &mut Self {
        let id = release.1.id().clone();
        self.ready(revision, release).give(Input::Command(LinkCommand::Activate { release: id.clone() }));
        self.give(Input::Disk(DiskDone::Activated { release: id, result: Ok(release.1.clone()) }))
    }
}

fn blob(name: &str, size_bytes: usize) -> MissingBlob {
    MissingBlob { blob: BlobHash::of(name.as_bytes()), size_bytes: size_bytes as u64, have_bytes: 0 }
}

fn record(id: &str) -> Record {
    let body = RecordBody::CheckIn { event: "opening".into(), way: CheckInWay::Code, code: "123456".into() };
    Record { id: id.into(), at_ms: 5, body }
}
