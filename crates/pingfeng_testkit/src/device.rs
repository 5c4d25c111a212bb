//! A device without a screen: link, store and outbox in a temporary folder, played by the test.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pingfeng_link::{
    Clock, Glass, Identity, Link, LinkCommand, LinkConfig, LinkEvent, LinkHandle, Outbox, SystemClock,
};
use pingfeng_link::neighbour::NeighbourConfig;
use pingfeng_release::store::{Disk, RealDisk, Store, StoreOptions};
use pingfeng_release::trust::{Accept, TrustState};
use pingfeng_wire::Origin;

/// A test that waits for an event longer than this has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A device that the test plays the screen of.
#[derive(Debug)]
pub struct TestDevice {
    /// Who it is; change it before a restart.
    pub identity: Option<Identity>,
    /// Whom it believes without a root; change it before a restart.
    pub accept: Accept,
    /// Where it looks for sticks; change it before a restart.
    pub import: Vec<PathBuf>,
    /// How it meets other devices; change it before a restart.
    pub neighbours: Option<NeighbourConfig>,
    folder: tempfile::TempDir,
    clock: Arc<dyn ClockAndDebug>,
    disk: Arc<dyn Disk>,
    link: Option<LinkHandle>,
    /// Every event so far, for the message of a test that failed.
    seen: Vec<String>,
}

/// What a test device needs of a clock.
pub trait ClockAndDebug: Clock + std::fmt::Debug {}
impl<C: Clock + std::fmt::Debug> ClockAndDebug for C {}

impl TestDevice {
    /// Starts the link of a device with an empty disk.
    pub fn start(identity: Option<Identity>) -> Self {
        Self::start_with(identity, Arc::new(SystemClock::new()), Arc::new(RealDisk))
    }

    /// With a clock or a disk of the test's making.
    pub fn start_with(identity: Option<Identity>, clock: Arc<dyn ClockAndDebug>, disk: Arc<dyn Disk>) -> Self {
        #[expect(clippy::expect_used, reason = "a test cannot go on without a folder")]
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut device = Self {
            identity,
            accept: Accept::Hub,
            import: Vec::new(),
            neighbours: None,
            folder,
            clock,
            disk,
            link: None,
            seen: Vec::new(),
        };
        device.switch_on();
        device
    }

    /// A device that shows only what was signed. `roots`: envelopes of its site, oldest first, as enrolment brings them.
    #[expect(clippy::expect_used, reason = "a test cannot go on without its device")]
    pub fn start_signed(identity: Option<Identity>, roots: &[String]) -> Self {
        let mut device = Self::start(None);
        device.switch_off();
        let mut roots = roots.iter();
        if let Some(first) = roots.next() {
            let mut trust = TrustState::new(first.as_bytes()).expect("a root");
            for root in roots {
                trust.take_root(root.as_bytes()).expect("the next root");
            }
            let options = StoreOptions { reserve_bytes: 0 };
            let mut store =
                Store::open(&device.folder().join("store"), options, device.disk.clone()).expect("the store opens");
            store.set_trust(&trust).expect("the store keeps it");
        }
        (device.identity, device.accept) = (identity, Accept::Signed);
        device.switch_on();
        device
    }

    /// Where the link keeps who it is; a renewal changes it.
    pub fn identity_file(&self) -> PathBuf {
        self.folder().join("identity.json")
    }

    /// Where its store and outbox are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The running link.
    #[track_caller]
    pub fn link(&self) -> &LinkHandle {
        #[expect(clippy::expect_used, reason = "the test has switched it off itself")]
        self.link.as_ref().expect("the device is switched off")
    }

    /// Ends the link cleanly.
    pub fn switch_off(&mut self) {
        if let Some(link) = self.link.take() {
            link.shutdown();
        }
    }

    /// Starts the link on what is on the disk.
    #[expect(clippy::expect_used, reason = "a test cannot go on without its device")]
    pub fn switch_on(&mut self) {
        let options = StoreOptions { reserve_bytes: 0 };
        let store = Store::open(&self.folder().join("store"), options, self.disk.clone()).expect("the store opens");
        let outbox = Outbox::open(&self.folder().join("outbox.sqlite")).expect("the outbox opens");
        let identity_file = self.identity_file();
        if let Some(identity) = &self.identity
            && !identity_file.exists()
        {
            identity.save(&identity_file).expect("the identity is kept");
        }
        let config = LinkConfig {
            identity_file: Some(identity_file),
            identity: self.identity.clone(),
            program: "test".into(),
            accept: self.accept,
            import: self.import.clone(),
            neighbours: self.neighbours.clone(),
            seed: 1,
            wake: None,
        };
        let clock: Arc<dyn Clock> = self.clock.clone();
        self.link = Some(Link::start(config, clock, Some(store), Some(outbox)).expect("the link starts"));
    }

    /// Enrols it with a root, as somebody does at the screen who has compared the fingerprint; a roster comes later.
    #[expect(clippy::expect_used, reason = "a test cannot go on without its device")]
    pub fn trust(&mut self, state: &TrustState) {
        self.switch_off();
        let options = StoreOptions { reserve_bytes: 0 };
        let mut store = Store::open(&self.folder().join("store"), options, self.disk.clone()).expect("the store opens");
        store.set_trust(state).expect("the store keeps whom the device believes");
        drop(store);
        self.accept = Accept::Signed;
        self.switch_on();
    }

    /// Gives the link a command.
    #[track_caller]
    pub fn send(&self, command: LinkCommand) {
        #[expect(clippy::expect_used, reason = "a link that takes no command has failed the test")]
        self.link().send(command).expect("the link takes the command");
    }

    /// Waits for the first event that `wanted` turns into something; others are passed over.
    #[track_caller]
    pub fn wait_for<T>(&mut self, what: &str, mut wanted: impl FnMut(LinkEvent) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.link().wait_event(left) {
                Some(event) => {
                    self.seen.push(format!("{event:?}").chars().take(200).collect());
                    if let Some(found) = wanted(event) {
                        return found;
                    }
                }
                None => panic!("waited for {what}; events so far:\n{}", self.seen.join("\n")),
            }
        }
    }

    /// Plays a screen that takes up the next release at once and likes it. Returns its version.
    #[track_caller]
    pub fn take_up_release(&mut self) -> u64 {
        let release = self.wait_for("a release that is ready", |event| match event {
            LinkEvent::ReadyToActivate { release, .. } => Some(release.id().clone()),
            _ => None,
        });
        self.send(LinkCommand::Activate { release });
        let active = self.wait_for("the activation", |event| match event {
            LinkEvent::Activated { release } => Some(release),
            _ => None,
        });
        self.send(LinkCommand::Glass(Glass {
            phase: "attract".into(),
            origin: Origin::Release,
            release: Some(active.id().clone()),
            display: Some([1080, 1920]),
            ..Glass::default()
        }));
        self.send(LinkCommand::FramesGood { release: active.id().clone() });
        self.wait_for("the confirmation", |event| matches!(event, LinkEvent::Confirmed { .. }).then_some(()));
        active.manifest().version
    }

    /// Waits until the hub is reached.
    #[track_caller]
    pub fn wait_connected(&mut self) {
        self.wait_for("a connection", |event| matches!(event, LinkEvent::Connected).then_some(()));
    }
}
