//! Who may speak through a screen, and how a device finds out by itself.
//!
//! The hub carries content, and it may one day be in the wrong hands. So a device believes nobody but the holders of the
//! site's root keys, which it learnt at enrolment, and whom these have named since:
//!
//! ```text
//! root    ── signs ──▶ roster   ── names ──▶ people ── sign ──▶ approval ── names ──▶ manifest ── lists ──▶ blobs
//! (kept offline)       (roles, keys, stages of each class)      (one statement, several signatures)
//! ```
//!
//! - [`PublicKey`], [`FileKey`]: Ed25519 keys in files; passkeys (WebAuthn, ES256), whose assertions the device checks.
//! - [`Envelope`]: DSSE, a statement with several signatures.
//! - [`Root`], [`Roster`], [`Approval`], [`Notice`]: what is signed.
//! - [`TrustState`]: what a device knows, and the way from an envelope to "this may be shown", step by step after The
//!   Update Framework's client workflow.
//! - [`Guard`]: the same for every device, also for one that has no root.
//! - [`Review`]: how far the signing of something is, for those who wait for it.
//!
//! - [`rehearsal`]: invented people with keys that everybody can make, for tests.
//!
//! Nothing here reads a clock, a file or a random source. `docs/formats/trust.md` describes every byte.

mod documents;
mod envelope;
mod guard;
mod key;
mod keyfile;
mod quorum;
mod refusal;
pub mod rehearsal;
mod review;
mod state;
mod webauthn;

pub use documents::{
    Approval, ApprovalKind, CLASSES_MAX, EVERY_EXHIBITION, KEYS_PER_PERSON_MAX, NOTICE_CHARS_MAX, NOTICE_EN_CHARS_MAX,
    NOTICE_LIFE_MS_MAX, NOTICE_LINES_MAX, Notice, PEOPLE_MAX, PINS_MAX, Person, Pin, ROOT_KEYS_MAX, Role, Root, Roster,
    STAGES_MAX, Severity, Statement,
};
pub use envelope::{
    AUTHORITY_ENVELOPE_BYTES_MAX, ENVELOPE_BYTES_MAX, Envelope, EnvelopeError, PAYLOAD_BYTES_MAX, PayloadKind,
    SIGNATURES_MAX, Signature,
};
pub use guard::{Accept, Guard, StoredTrust};
pub use key::{KeyError, KeyId, PublicKey, SigningKeyOf};
pub use keyfile::{FileKey, KEY_FILE_BYTES_MAX, KeyFileError};
pub use quorum::{Flaw, SignatureFlaw};
pub use refusal::Refusal;
pub use review::Review;
pub use state::{
    Accepted, AcceptedNotice, CLOCK_LEAP_MS_MAX, EXHIBITIONS_MAX, EXPIRES_SOON_MS, Facts, STATE_BYTES_MAX, Taken,
    TrustState, TrustWarning,
};
pub use webauthn::{AUTHENTICATOR_DATA_BYTES_MAX, AssertionFlaw, CLIENT_DATA_BYTES_MAX, challenge, verify_assertion};
