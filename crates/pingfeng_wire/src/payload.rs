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
    pub release: Option<ReleaseRef>,
    /// Name of the site, for the welcome strip.
    pub site: String,
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
    },
    /// Everything is on disk; waits for the visitor to go.
    WaitingForVisit,
    /// Switched; waits for good frames.
    Confirming,
    /// Stopped; the old release keeps playing.
    Failed {
        /// Machine-readable: `disk_full`, `hash_mismatch`, `manifest_invalid`, `too_new`, `no_frames`, `io`.
        code: String,
        /// For the operator, in English; the console translates by code.
        message: String,
        /// When the device tries again; `None`: only a new target helps.
        retry_at_ms: Option<u64>,
    },
}

/// Asks for chunks of blobs. The hub answers each on `chunk/<blob>/<index>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Want {
    /// Payload version.
    pub v: u32,
    /// At most [`crate::limits::WANT_CHUNKS_MAX`] in all.
    pub chunks: Vec<WantChunk>,
}

/// One chunk of a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WantChunk {
    /// BLAKE3 of the blob, hex.
    pub blob: String,
    /// From 0; each chunk is [`crate::limits::CHUNK_BYTES`] long but the last.
    pub index: u32,
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
        /// `visiting`, `no_scene`, `unknown`.
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
