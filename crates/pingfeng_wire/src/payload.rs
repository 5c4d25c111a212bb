//! JSON payloads. Times are milliseconds since 1970 in UTC, by the sender's clock. Receivers ignore unknown fields,
//! so that a device may be one version behind the hub.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the device should run. Retained; a device ignores a revision that is not higher than the last one it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Payload version.
    pub v: u32,
    /// Rises with every change the hub makes for this device.
    pub revision: u64,
    /// The release to run; `None`: keep what is there.
    pub release: Option<Offer>,
    /// Name of the site, for the welcome strip.
    pub site: String,
    /// How the release may come.
    #[serde(default)]
    pub delivery: Delivery,
    /// When it may be shown.
    #[serde(default)]
    pub activation: Activation,
    /// Show nothing: a dark page, until a target says otherwise. Whoever has the hub can hide, not speak.
    #[serde(default)]
    pub blank: bool,
    /// A notice with words of its own: the envelope that a duty officer has signed. The device checks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// What the hub has of the site's root and roster. A device that knows less asks for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<TrustVersions>,
}

/// A release as the hub offers it: what to fetch, and who has signed for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Offer {
    /// Which.
    #[serde(flatten)]
    pub release: ReleaseRef,
    /// Name of the topmost piece of the manifest, 64 hex digits.
    pub manifest_root: String,
    /// Levels of nodes above the manifest's chunks.
    pub manifest_depth: u8,
    /// The signatures: an envelope (DSSE, JSON). Without one only a device that takes the hub's word shows the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
}

/// How a release may come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delivery {
    /// Ask for nothing until a target says otherwise; what has arrived stays.
    #[serde(default)]
    pub paused: bool,
    /// Parts of the day, by the device's clock and zone, in which pieces may be asked for; none: always.
    /// At most [`crate::limits::WINDOWS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    /// Bytes a second of pieces, on average over some seconds; `None`: as fast as the line carries without delay to others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap_bytes_s: Option<u64>,
    /// Other devices of the site are fetching the same release: pieces may come on the topic of the site.
    #[serde(default)]
    pub together: bool,
    /// Where the hub can be reached over HTTPS as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub https: Option<Https>,
    /// Devices of the site may be asked before the hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neighbours: Option<Neighbours>,
}

/// A part of the day. Minutes after midnight, 0 to 1439; one that ends before it begins reaches over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    /// First minute.
    pub from_min: u16,
    /// First minute after it.
    pub until_min: u16,
}

/// The hub over HTTPS: `POST <url>` with a [`Want`] of up to [`crate::limits::PIECES_NAMES_MAX`] names and
/// [`crate::limits::RUNS_MAX`] runs. The answer is a row of parcels: before each its length in 4 bytes (little-endian),
/// after the last a length of 0.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Https {
    /// Address, `https://…`, of a server with a certificate of the hub's authority.
    pub url: String,
    /// For this device and for pieces of this release only, as `Authorization: Bearer …`.
    pub token: String,
}

impl std::fmt::Debug for Https {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Https").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Devices of the site may ask each other for pieces.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Neighbours {
    /// Known to the devices of the site and to the hub: proves on the local network that somebody belongs to the site.
    /// Base64 of 32 bytes. It gives nobody the right to change anything: pieces are checked by their names.
    pub key: String,
}

impl std::fmt::Debug for Neighbours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Neighbours").finish_non_exhaustive()
    }
}

/// When a release that is on disk may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "when", rename_all = "snake_case")]
pub enum Activation {
    /// As soon as nobody is visiting.
    #[default]
    BetweenVisits,
    /// At that time by the device's clock and zone, or as soon after it as nobody is visiting.
    At {
        /// `2026-12-01T08:30`, without a zone.
        local: String,
    },
}

/// Versions of the documents that say whose signature counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrustVersions {
    /// Of the newest root; 0: none.
    pub root: u64,
    /// Of the roster; 0: none.
    pub roster: u64,
}

/// Documents of trust, in answer to a [`Want`] that asks for them. The device checks them; the hub cannot make them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrustDocuments {
    /// Payload version.
    pub v: u32,
    /// Envelopes of roots above the one that was named, oldest first; at most [`crate::limits::ROOTS_MAX`].
    pub roots: Vec<String>,
    /// The envelope of the newest roster.
    pub roster: Option<String>,
}

/// Names a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseRef {
    /// BLAKE3 of the canonical manifest, 64 hex digits. The manifest is the blob of that name.
    pub id: String,
    /// Exhibition it is of.
    pub exhibition: String,
    /// Version that only rises.
    pub version: u64,
    /// Bytes of the manifest.
    pub manifest_size_bytes: u64,
}

/// What the device really runs, with the reason. Retained; published on every change and at least once a minute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Payload version.
    pub v: u32,
    /// Rises with every report of this device.
    pub revision: u64,
    /// Revision of the target that this report answers; 0: none seen.
    pub target_revision: u64,
    /// Release on the glass; `None`: the folder's exhibition or the fallback.
    pub running: Option<ReleaseRef>,
    /// Where what is on the glass comes from.
    pub origin: Origin,
    /// How far the way from running to target is.
    pub progress: Progress,
    /// `boot`, `loading`, `attract`, `visit` or `fault`.
    pub phase: String,
    /// Scene on the glass.
    pub scene: Option<String>,
    /// Device clock when this was written.
    pub at_ms: u64,
    /// When the last frame was presented; `None` before the first.
    pub last_frame_at_ms: Option<u64>,
    /// Records waiting in the outbox.
    pub outbox: u64,
    /// Program version.
    pub program: String,
    /// Display size in pixels.
    pub display: Option<[u32; 2]>,
    /// Whose word this device takes.
    #[serde(default)]
    pub trust: TrustReport,
    /// The glass is dark because the hub says so.
    #[serde(default)]
    pub blank: bool,
    /// Id of the notice that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// When the device's certificate ends, by its own reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_until_ms: Option<u64>,
}

/// Whose word a device takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrustReport {
    /// What a release needs before this device shows it.
    pub mode: TrustMode,
    /// What it knows.
    pub versions: TrustVersions,
    /// What an operator should see to, machine-readable: `release_expired`, `no_roster`, `roster_expired`,
    /// `roster_expires_soon`, `root_expired`, `root_expires_soon`, `clock_behind`, `documents_refused`,
    /// `notice_refused`, and `neighbour_wrong`: a device of the site gave out pieces that were not what their names say.
    pub warnings: Vec<String>,
}

/// What a release needs before a device shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrustMode {
    /// The signatures that the site's roster asks for.
    #[default]
    Signed,
    /// Nothing but the hub's word: its configuration says so.
    Hub,
    /// Nothing new is shown: it knows no root, and its configuration asks for signatures.
    NoRoot,
    /// Nothing new is shown: what it trusted cannot be read any more. Enrol it again.
    Damaged,
}

/// Where what is on the glass comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A release of the store.
    Release,
    /// The exhibition in the device's folder.
    Folder,
    /// The built-in fallback.
    #[default]
    Fallback,
}

/// The way from running to target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Progress {
    /// Running is the target, or there is no target.
    #[default]
    Settled,
    /// Bytes are on their way.
    Fetching {
        /// Verified so far.
        done_bytes: u64,
        /// In all, without what the device had already.
        total_bytes: u64,
        /// Over the last seconds.
        #[serde(default)]
        bytes_s: u64,
        /// Why nothing comes just now: `paused`, `window`, `offline`, `no_answer`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waits: Option<String>,
        /// How they come.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        way: Option<Way>,
    },
    /// Everything is on disk; waits for the visitor to go.
    WaitingForVisit,
    /// Everything is on disk; waits for the stated time.
    WaitingForTime,
    /// Switched; waits for good frames.
    Confirming,
    /// Stopped; the old release keeps playing.
    Failed {
        /// Machine-readable: `disk_full`, `hash_mismatch`, `manifest_invalid`, `too_new`, `no_frames`, `io`, or the
        /// reason why the release is not trusted.
        code: String,
        /// For the operator, in English; the console translates by code.
        message: String,
        /// When the device tries again; `None`: only a new target helps.
        retry_at_ms: Option<u64>,
    },
}

/// How pieces come to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// From the hub, through the broker.
    Mqtt,
    /// From the hub, over HTTPS.
    Https,
    /// From another device of the site.
    Neighbour,
}

/// Asks for pieces of a release, or for the documents of trust. The hub answers with parcels on `chunk`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Want {
    /// Payload version.
    pub v: u32,
    /// The release that the pieces are of: BLAKE3 of its manifest, hex.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub release: String,
    /// Names of the pieces, 32 bytes each, one after the other, in base64; at most [`crate::limits::WANT_NAMES_MAX`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub names: String,
    /// Not over MQTT. Runs of chunks that follow each other in a file, 40 bytes each, one after the other, in base64: the
    /// name of the topmost piece of the file (32), which chunk of the file is the first (4, little-endian), how many (4).
    /// At most [`crate::limits::RUNS_MAX`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub runs: String,
    /// No parcel should be larger than this, but for one that holds a single piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_bytes: Option<u32>,
    /// The device listens on the topic of the site as well.
    #[serde(default)]
    pub together: bool,
    /// A release that is whole on the device: parcels may be packed with places of its files as a dictionary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Send the roots above, and the roster unless it is this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<TrustVersions>,
}

/// Records on their way to the hub, in the order they happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Records {
    /// Payload version.
    pub v: u32,
    /// At most [`crate::limits::RECORDS_MAX`].
    pub records: Vec<Record>,
}

/// Something that happened and must reach the hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// ULID made on the device; the hub accepts it any number of times.
    pub id: String,
    /// When, by the device's clock.
    pub at_ms: u64,
    /// What.
    pub body: RecordBody,
}

/// The kinds of record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecordBody {
    /// A visitor checked in.
    CheckIn {
        /// Event at the hub.
        event: String,
        /// How.
        way: CheckInWay,
        /// The code or card number, as typed or scanned. The hub resolves it to a name; the device does not know it.
        code: String,
    },
    /// A visitor finished a quiz.
    QuizResult {
        /// Scene.
        scene: String,
        /// Questions asked.
        asked: u32,
        /// Answered right at the first try.
        right: u32,
        /// Question ids with the outcome, for statistics; no visitor is named.
        answers: Vec<QuizAnswer>,
    },
}

/// How a visitor checked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckInWay {
    /// Typed on the glass.
    Code,
    /// Read by a scanner or card reader.
    Scanner,
    /// Through the hub's REST interface (phone, gate).
    Api,
}

/// Outcome of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuizAnswer {
    /// Question.
    pub question: String,
    /// Right at the first try.
    pub right: bool,
}

/// The hub has committed these records, or refuses them for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ack {
    /// Payload version.
    pub v: u32,
    /// Committed, now or earlier.
    pub stored: Vec<String>,
    /// Will never be accepted: the device keeps them aside and reports it.
    pub refused: Vec<Refusal>,
    /// Check-ins among the stored ones whose code is not on the event's list: the visitor may have mistyped it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlisted: Vec<String>,
}

/// A record that the hub refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// Record id.
    pub id: String,
    /// `unknown_event`, `malformed`, `too_large`.
    pub code: String,
}

/// An order. A closed set: there is no "run this".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    /// Payload version.
    pub v: u32,
    /// Order id (ULID); a device acts once on it.
    pub id: String,
    /// Not to be acted on later.
    pub expires_at_ms: u64,
    /// What to do.
    pub order: Order,
}

/// What a device can be told to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Order {
    /// Send a picture of the glass.
    Screenshot,
    /// Show a scene now if nobody is visiting.
    ShowScene {
        /// Scene id.
        scene: String,
    },
    /// End the program; whatever supervises it starts it again.
    Restart,
    /// Show the release that was confirmed before the present one.
    ReturnToLastGood,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// Payload version.
    pub v: u32,
    /// Order id.
    pub id: String,
    /// When.
    pub at_ms: u64,
    /// Outcome.
    pub outcome: Outcome,
    /// JPEG of the glass, base64, for a screenshot.
    pub picture_jpeg_base64: Option<String>,
}

/// Outcome of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Outcome {
    /// The device has it.
    Received,
    /// Done.
    Done,
    /// Arrived after its expiry.
    Expired,
    /// Not done, and why.
    Refused {
        /// `visiting`, `no_scene`, `no_release`, `covered` (by an emergency), `unknown`.
        code: String,
    },
}

/// Whether a device is connected. Retained; the will says `online: false`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Presence {
    /// Payload version.
    pub v: u32,
    /// Connected.
    pub online: bool,
}

/// A check-in made anywhere on the site, for the welcome strip. Message expiry 1 hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Welcome {
    /// Payload version.
    pub v: u32,
    /// Record id, so that a screen shows each check-in once.
    pub id: String,
    /// Event.
    pub event: String,
    /// Masked: `王＊明`.
    pub name: String,
    /// When.
    pub at_ms: u64,
    /// Check-ins of this event so far.
    pub count: u64,
}

/// Asks for a new certificate before the present one ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Renewal {
    /// Payload version.
    pub v: u32,
    /// PKCS #10 in PEM, of a new key. Its subject is ignored.
    pub csr_pem: String,
}

/// The new certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Renewed {
    /// Payload version.
    pub v: u32,
    /// Client certificate, PEM.
    pub certificate_pem: String,
    /// The hub's certificate authority, PEM.
    pub authority_pem: String,
}
