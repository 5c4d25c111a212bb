//! The server: broker, fleet, content, check-ins, console.
//!
//! Map of the crate:
//! - [`serve`] starts everything and returns [`Running`]; `main.rs` is only arguments and signals.
//! - [`ca`] is the hub's own certificate authority; [`broker`] carries messages and holds devices to their topics.
//! - [`db`] has all the SQL; [`blobs`] the bytes of releases; drafts are folders on disk ([`drafts`]).
//! - Services decide: [`accounts`], [`enrolment`], [`certificates`], [`fleet`], [`wants`], [`records`], [`carried`], [`drafts`], [`jobs`],
//!   [`pieces`], [`neighbours`], [`releases`], [`targets`], [`rollouts`], [`delivery`], [`blanks`], [`restored`]. They know no HTTP.
//! - [`rollout`] and [`status`] are pure: what is known and the time go in, decisions and words come out.
//! - What was signed elsewhere: [`trust`] keeps roots and rosters, [`review`] collects signatures for releases and
//!   [`changes`] says what they are for, [`notices`] are words of a duty officer. The hub has none of these keys.
//! - [`routes`] turns HTTP into calls of services, and describes itself as OpenAPI.
//!
//! What the hub deliberately does not do: it runs no scripts, it decodes pictures only inside `pingfeng_release`, it
//! never trusts a device's clock for order, and it keeps no secret that it can keep a hash of.

pub mod accounts;
pub mod blanks;
pub mod blobs;
pub mod broker;
pub mod ca;
pub mod carried;
pub mod certificates;
pub mod changes;
pub mod clock;
pub mod config;
pub mod db;
pub mod delivery;
pub mod disk;
pub mod drafts;
pub mod enrolment;
pub mod error;
pub mod fleet;
pub mod import;
mod inbox;
pub mod jobs;
mod likeness;
pub mod limits;
pub mod live;
pub mod neighbours;
pub mod notices;
pub mod pieces;
pub mod rate;
pub mod records;
pub mod releases;
pub mod restored;
pub mod rollout;
pub mod rollouts;
pub mod review;
pub mod routes;
mod serve;
pub mod shelf;
pub mod status;
pub mod targets;
pub mod tasks;
pub mod trust;
pub mod wants;

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use self::{
    blobs::Blobs, broker::Broker, broker::permission::Directory, ca::Authority, db::Db, fleet::Fleet, jobs::Jobs,
    live::Live, pieces::Streams, rate::Attempts, tasks::Tasks, trust::Trusts, wants::Wants,
};
pub use self::{
    clock::Clock,
    config::{Config, Settings},
    serve::{Running, ServeError, serve},
};

/// Everything that services share. Always behind an `Arc`.
pub struct Hub {
    /// How it was started.
    pub config: Config,
    /// Rows.
    pub db: Db,
    /// Certificates.
    pub authority: Authority,
    /// Bytes of releases.
    pub blobs: Blobs,
    /// Which devices may connect.
    pub directory: Directory,
    /// Which devices are connected.
    pub fleet: Fleet,
    /// Pieces that devices asked for.
    pub wants: Wants,
    /// Pieces that devices are being given over HTTPS.
    pub streams: Streams,
    /// Uploads and builds.
    pub jobs: Jobs,
    /// What open consoles are told.
    pub live: Live,
    /// Roots and rosters of sites.
    pub trust: Trusts,
    /// Tries of secrets.
    pub attempts: Attempts,
    /// Names in the server's certificate.
    pub names: Vec<String>,
    /// Where devices connect; set when the hub listens.
    pub mqtt_port: OnceLock<u16>,
    /// Where the web service is; set when the hub listens.
    pub https_port: OnceLock<u16>,
    broker: OnceLock<Arc<dyn Broker>>,
    /// Ends background work.
    pub stop: CancellationToken,
    /// Background work that has to end before the hub has ended.
    pub tasks: Tasks,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("data", &self.config.data).finish_non_exhaustive()
    }
}

impl Hub {
    /// Milliseconds since 1970 by the hub's clock.
    pub fn now_ms(&self) -> i64 {
        self.config.clock.now_ms()
    }

    /// Hands a message to the broker. A message that it does not take is logged: whatever it said is stated again at
    /// the next connection or asked for again.
    pub async fn send(&self, message: broker::Down) {
        let Some(broker) = self.broker.get() else { return };
        let topic = message.topic.clone();
        if let Err(error) = broker.publish(message).await {
            tracing::warn!(%error, topic, "message not sent");
        }
    }

    /// Ends the connections of a device.
    pub async fn disconnect(&self, device: &str) {
        if let Some(broker) = self.broker.get() {
            broker.disconnect(device).await;
        }
    }

    /// Notes who did what. A log that cannot be written must not undo what was done, so a failure is only logged.
    pub async fn audit(&self, actor: &str, action: &str, object: &str) {
        if let Err(error) = self.db.audit(self.now_ms(), actor, action, object).await {
            tracing::error!(%error, action, "the audit log could not be written");
        }
    }
}

/// A new id that sorts by time: ULID of `now_ms`.
pub fn new_id(now_ms: i64) -> String {
    ulid::Ulid::from_parts(u64::try_from(now_ms).unwrap_or(0), rand::random::<u128>() >> 48).to_string()
}

/// A secret for a cookie, a token or a link: 256 random bits.
pub fn new_secret() -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What is kept of a secret with much randomness. Looking it up by hash compares no secret bytes.
pub fn hash_secret(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_hex().to_string()
}
