//! What the screen and the link say to each other.

use std::path::PathBuf;
use std::sync::Arc;

use pingfeng_content::model::Text;
use pingfeng_release::BlobHash;
use pingfeng_release::store::OpenRelease;
use pingfeng_release::trust::{Accept, Notice};
use pingfeng_wire::{Order, Origin, Outcome, Record, ReleaseRef, TrustMode, Welcome};

use crate::identity::Identity;
use crate::neighbour::NeighbourConfig;

/// Commands of the screen that wait to be taken; one more is given back to it.
pub const COMMANDS_MAX: usize = 256;
/// Events that wait for the screen in the channel.
pub const EVENTS_MAX: usize = 256;
/// Events beyond [`EVENTS_MAX`] that the link holds back. Past it the oldest welcome, then the oldest event, is dropped.
pub const EVENTS_HELD_MAX: usize = 1024;
/// How long an activated release may take to show good frames.
pub const CONFIRM_WITHIN_MS: u64 = 120_000;

/// How the link is set up.
#[derive(Clone)]
pub struct LinkConfig {
    /// Who the device is; `None`: not enrolled. Then nothing is connected, and records are kept on disk.
    pub identity: Option<Identity>,
    /// Where the identity lies, so that it can be renewed; `None`: it stays as it is until its certificate ends.
    pub identity_file: Option<PathBuf>,
    /// Version of the program, for reports.
    pub program: String,
    /// Whom a device without a root believes.
    pub accept: Accept,
    /// Folders below which sticks appear, such as `/media`; a folder `pingfeng` in them is read. Empty: none are looked for.
    pub import: Vec<PathBuf>,
    /// How it meets other devices of its site, when the hub allows that; `None`: never.
    pub neighbours: Option<NeighbourConfig>,
    /// Feeds the jitter of reconnecting, so that a hall of screens does not come back in one instant.
    pub seed: u64,
    /// Called after each event, from the link's thread. Must not wait.
    pub wake: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl std::fmt::Debug for LinkConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { identity, identity_file, program, accept, import, neighbours, seed, wake } = self;
        f.debug_struct("LinkConfig")
            .field("identity", identity)
            .field("identity_file", identity_file)
            .field("program", program)
            .field("accept", accept)
            .field("import", import)
            .field("neighbours", neighbours)
            .field("seed", seed)
            .field("wake", &wake.is_some())
            .finish()
    }
}

/// From the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkCommand {
    /// Nobody is visiting and the first page is loaded: make this release the active one.
    Activate {
        /// As named by [`LinkEvent::ReadyToActivate`].
        release: BlobHash,
    },
    /// This release has shown good frames. Harmless when nobody asked.
    FramesGood {
        /// What is on the glass.
        release: BlobHash,
    },
    /// This release shows nothing right. Also for one that is ready and cannot be opened: then what is shown stays.
    FramesBad {
        /// What should have been on the glass.
        release: BlobHash,
        /// For the operator.
        reason: String,
    },
    /// What is on the glass now, for the report.
    Glass(Glass),
    /// What became of an order.
    OrderDone {
        /// Order id.
        id: String,
        /// Outcome.
        outcome: Outcome,
        /// For a screenshot; at most `pingfeng_wire::limits::PICTURE_BYTES_MAX`.
        picture_jpeg: Option<Vec<u8>>,
    },
    /// Keep this record until the hub has it.
    Save(Record),
    /// Reading a file of the active release found other bytes.
    BlobDamaged {
        /// Which blob.
        blob: BlobHash,
    },
}

/// What is on the glass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Glass {
    /// `boot`, `loading`, `attract`, `visit` or `fault`.
    pub phase: String,
    /// Scene on the glass.
    pub scene: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// The release it is of, when `origin` is [`Origin::Release`].
    pub release: Option<BlobHash>,
    /// When the last frame was presented, by the wall clock.
    pub last_frame_at_ms: Option<u64>,
    /// Pixels.
    pub display: Option<[u32; 2]>,
}

/// To the screen.
#[derive(Clone, Debug)]
pub enum LinkEvent {
    /// The hub can be reached.
    Connected,
    /// It cannot.
    Disconnected {
        /// For the operator.
        why: String,
        /// When it is tried again.
        retry_in_ms: u64,
    },
    /// Name of the site, for the welcome strip.
    Site {
        /// As the hub has it.
        name: String,
    },
    /// Everything is on disk. Answer with [`LinkCommand::Activate`] when nobody is visiting.
    ReadyToActivate {
        /// To load the first page from.
        release: OpenRelease,
        /// How the hub names it.
        reference: ReleaseRef,
    },
    /// A newer target replaces the one that was ready: forget it.
    NoLongerReady {
        /// The one to forget.
        release: BlobHash,
    },
    /// The pointer says so: swap now, then judge the frames.
    Activated {
        /// What to show.
        release: OpenRelease,
    },
    /// The pointer could not be moved: stay as you are.
    ActivationFailed {
        /// The one that was asked for.
        release: BlobHash,
        /// For the operator.
        reason: String,
    },
    /// It stays.
    Confirmed {
        /// Which.
        release: BlobHash,
    },
    /// The release did not prove itself.
    RolledBack {
        /// What to show now; `None`: the folder's exhibition or the fallback.
        to: Option<OpenRelease>,
        /// For the operator.
        reason: String,
    },
    /// The record is on disk. Only now may a visitor be told so.
    Saved {
        /// Record id.
        record: String,
    },
    /// The record is not on disk: tell the visitor to try at the desk.
    SaveFailed {
        /// Record id.
        record: String,
        /// For the operator.
        reason: String,
    },
    /// The hub will never take this record; it is kept aside on disk.
    RecordRefused {
        /// Record id.
        record: String,
        /// `unknown_event`, `malformed`, `too_large`.
        code: String,
    },
    /// The hub has stored this check-in, but its code is not on the event's list.
    Unlisted {
        /// Record id.
        record: String,
    },
    /// Do this and answer with [`LinkCommand::OrderDone`].
    Order {
        /// Order id.
        id: String,
        /// What to do.
        order: Order,
    },
    /// The hub wants the glass dark, or light again. Said at the start as well when it is dark.
    Blank {
        /// Dark.
        on: bool,
    },
    /// A notice that a duty officer has signed, to be shown over everything until its end; `None`: none any more.
    Notice(Option<Box<Notice>>),
    /// Whose word this device takes. Anything but signatures is an explicit mode that the glass shows.
    Trust(TrustMode),
    /// How far it is with a stick or folder that somebody brought.
    Import(Import),
    /// Somebody checked in on this site.
    Welcome(Welcome),
    /// Something from outside was not taken.
    Ignored {
        /// What.
        what: Ignored,
        /// How often since the link was started.
        count: u64,
    },
}

/// What becomes of a stick or folder that somebody brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Import {
    /// It is being read. Do not pull it out.
    Reading {
        /// Bytes looked at and taken.
        done_bytes: u64,
        /// In all.
        total_bytes: u64,
    },
    /// It may be pulled out. The release, if there was a new one, follows as [`LinkEvent::ReadyToActivate`].
    Done {
        /// Version of the release that was on it; `None`: nothing new.
        version: Option<u64>,
        /// Records that were copied to it, encrypted to the hub.
        records: u64,
    },
    /// Nothing was taken from it, and why: for the person who stands there.
    Failed(Text),
    /// It was pulled out.
    Gone,
}

/// What the link does not take from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ignored {
    /// A topic that this device has not asked for, in whatever script.
    Topic,
    /// A payload that is not what its topic promises.
    Payload,
    /// A payload of a version that this program does not know.
    Version,
    /// A parcel that is none, or of which nothing was sought.
    Chunk,
    /// A parcel that came while the disk had as many as it may wait with. What was in it is asked for again.
    DiskBusy,
    /// Something of ours that was too large for a packet.
    TooLarge,
    /// Something of ours that found the way out full.
    OutgoingFull,
    /// An event that the screen did not fetch in time.
    EventDropped,
}
