//! A hub in this process, on free ports, in a temporary folder.

use std::net::SocketAddr;
use std::time::Duration;

use pingfeng_hub::delivery::DeliveryRules;
use pingfeng_hub::live::LiveEvent;
use pingfeng_hub::{Clock, Config, Hub, Running, Settings, serve};
use pingfeng_link::Identity;
use pingfeng_link::enrol::{Enrolled, HubTrust, Invitation, enrol};
use pingfeng_testkit::{PATIENCE, TestRelease};
use tokio::runtime::Runtime;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

pub(crate) const SITE: &str = "一层大厅";
pub(crate) const GROUP: &str = "试点";

pub(crate) struct TestHub {
    data: tempfile::TempDir,
    running: Option<(Runtime, Running)>,
    live: Option<broadcast::Receiver<LiveEvent>>,
    set: Set,
}

/// Changes the settings before each start.
type Set = Box<dyn Fn(&mut Settings)>;

impl TestHub {
    pub(crate) fn start() -> Self {
        Self::start_with(Box::new(|_| {}))
    }

    /// One whose devices get certificates that are good for so many days.
    pub(crate) fn start_with_certificates_of(days: u32) -> Self {
        Self::start_with(Box::new(move |settings| settings.enrolment.certificate_days = days))
    }

    pub(crate) fn start_with(set: Set) -> Self {
        let mut hub = Self { data: tempfile::tempdir().unwrap(), running: None, live: None, set };
        hub.switch_on();
        hub
    }

    pub(crate) fn switch_on(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut config = Config::local(self.data.path(), Clock::system());
        (self.set)(&mut config.settings);
        let running = runtime.block_on(serve(config)).unwrap();
        self.live = Some(running.hub.live.listen());
        self.running = Some((runtime, running));
    }

    /// Ends it cleanly.
    pub(crate) fn switch_off(&mut self) {
        if let Some((runtime, running)) = self.running.take() {
            runtime.block_on(running.shutdown());
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }

    /// Ends it without a word, in the middle of whatever it was doing.
    pub(crate) fn kill(&mut self) {
        if let Some((runtime, running)) = self.running.take() {
            runtime.shutdown_background();
            drop(running);
        }
    }

    pub(crate) fn running(&self) -> &Running {
        &self.running.as_ref().expect("the hub is switched off").1
    }

    pub(crate) fn mqtt(&self) -> SocketAddr {
        self.running().mqtt_addr.unwrap()
    }

    /// Lets a service of the hub do something.
    pub(crate) fn does<'h, T, F: Future<Output = T>>(&'h self, what: impl FnOnce(&'h std::sync::Arc<Hub>) -> F) -> T {
        let (runtime, running) = self.running.as_ref().expect("the hub is switched off");
        runtime.block_on(what(&running.hub))
    }

    pub(crate) fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    pub(crate) fn invitation(&self) -> Invitation {
        self.invitation_into(SITE, GROUP)
    }

    fn invitation_into(&self, site: &str, group: &str) -> Invitation {
        let code = self.does(|hub| hub.create_enrol_code("一号屏", site, group, "test")).unwrap();
        Invitation {
            hub: format!("https://localhost:{}", self.running().https_addr.port()),
            code: code.code,
            trust: HubTrust::Fingerprint(code.fingerprint),
            program: "test".into(),
            host: "kiosk".into(),
        }
    }

    pub(crate) fn enrol(&self) -> Identity {
        enrol(&self.invitation(), now_ms()).unwrap().identity
    }

    /// Into a site and group of these ids.
    pub(crate) fn enrol_into(&self, site: &str, group: &str) -> Enrolled {
        enrol(&self.invitation_into(site, group), now_ms()).unwrap()
    }

    /// Puts a release into the hub without building it.
    pub(crate) fn add(&self, release: &TestRelease) {
        self.does(async |hub| {
            for (name, bytes) in &release.blobs {
                hub.blobs.put(name, bytes.clone().into()).await.unwrap();
            }
            hub.blobs.put(&release.id, release.manifest_bytes.clone().into()).await.unwrap();
            hub.add_release(&release.manifest, &release.manifest_bytes, "样例", "", "test").await.unwrap();
        });
    }

    /// Makes a release the target of every device.
    pub(crate) fn publish(&self, release: &TestRelease) {
        let groups = self.does(|hub| hub.list_groups()).unwrap();
        let group = groups.into_iter().find(|group| group.name == GROUP).unwrap();
        self.does(|hub| hub.set_group_target(&group.id, &release.id.0, "test")).unwrap();
    }

    /// Lets the devices of the group ask each other.
    pub(crate) fn allow_neighbours(&self) {
        self.set_delivery(DeliveryRules { neighbours: true, ..DeliveryRules::default() });
    }

    /// Takes that back.
    pub(crate) fn forbid_neighbours(&self) {
        self.set_delivery(DeliveryRules::default());
    }

    fn set_delivery(&self, rules: DeliveryRules) {
        let groups = self.does(|hub| hub.list_groups()).unwrap();
        let group = groups.into_iter().find(|group| group.name == GROUP).unwrap();
        self.does(|hub| hub.set_delivery(&group.id, &rules)).unwrap();
    }

    /// What the devices of a site know each other by.
    pub(crate) fn site_key_of(&self, identity: &Identity) -> String {
        let name = format!("neighbours {}", identity.site);
        let key = self.does(|hub| hub.db.secret(&name, [0; 32], 0)).unwrap();
        openssl::base64::encode_block(&key)
    }

    /// Waits for something that the hub tells its consoles.
    #[track_caller]
    pub(crate) fn wait_live(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&str, &serde_json::Value) -> bool,
    ) -> serde_json::Value {
        let (runtime, _) = self.running.as_ref().expect("the hub is switched off");
        let live = self.live.as_mut().unwrap();
        let mut seen = Vec::new();
        let listen = async {
            loop {
                match live.recv().await {
                    Ok(event) => {
                        let json = serde_json::from_str(&event.json).unwrap();
                        if wanted(event.kind, &json) {
                            return json;
                        }
                        seen.push(event.json.chars().take(600).collect::<String>());
                    }
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => panic!("the hub has ended"),
                }
            }
        };
        let found = runtime.block_on(async { tokio::time::timeout(PATIENCE, listen).await });
        match found {
            Ok(found) => found,
            Err(_) => panic!("waited for {what}; the hub told:\n{}", seen.join("\n")),
        }
    }
}

impl Drop for TestHub {
    fn drop(&mut self) {
        self.switch_off();
    }
}

pub(crate) fn now_ms() -> u64 {
    use pingfeng_link::Clock as _;
    pingfeng_link::SystemClock::new().wall_ms()
}
