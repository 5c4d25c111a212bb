//! The same question for every device – may this be shown? – whatever it knows.

use super::{
    Accepted, AcceptedNotice, ApprovalKind, Facts, Refusal, TrustState,
    state::{check_audience, check_manifest_expiry},
};
use crate::BlobHash;
use crate::store::{accept_manifest, check_runtime};

/// Whom a device without a root believes; the key `accept` of its configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Accept {
    /// Nobody: it shows what it has until it is enrolled with a root.
    #[default]
    Signed,
    /// Its hub alone. For trying things out, and for halls where nobody signs: whoever has the hub has the screens.
    Hub,
}

/// What a device's disk says about trust.
#[derive(Clone, Debug, PartialEq)]
pub enum StoredTrust {
    /// Never enrolled with a root.
    Absent,
    /// Enrolled.
    Known(Box<TrustState>),
    /// Written once and not readable any more.
    Damaged,
}

/// What stands before a screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Guard {
    /// Everything must be signed.
    Signed(Box<TrustState>),
    /// The hub's word is enough, because the configuration says so and there is no root.
    HubAlone,
    /// Nothing new is taken: no root, and no word about what to do then.
    NoRoot,
    /// Nothing new is taken: what was trusted cannot be read.
    Damaged,
}

impl Guard {
    /// A device that knows a root never falls back to its hub, whatever its configuration says: neither does one whose
    /// record is damaged, or damaging it would be a way in.
    pub fn new(stored: StoredTrust, accept: Accept) -> Self {
        match (stored, accept) {
            (StoredTrust::Known(state), _) => Self::Signed(state),
            (StoredTrust::Damaged, _) => Self::Damaged,
            (StoredTrust::Absent, Accept::Hub) => Self::HubAlone,
            (StoredTrust::Absent, Accept::Signed) => Self::NoRoot,
        }
    }

    /// The word that travels in a report: `signed`, `hub`, `no_root` or `damaged`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Signed(_) => "signed",
            Self::HubAlone => "hub",
            Self::NoRoot => "no_root",
            Self::Damaged => "damaged",
        }
    }

    /// May this release be shown? `approval` is the envelope, where there is one; `manifest` the bytes whose hash names
    /// the release. After `Ok` of a [`Guard::Signed`] its state has changed and must be stored before the release is
    /// activated.
    pub fn accept_release(
        &mut self,
        approval: Option<&[u8]>,
        manifest: &[u8],
        facts: &Facts<'_>,
    ) -> Result<Accepted, Refusal> {
        match self {
            Self::Signed(state) => state.accept_release(approval.ok_or(Refusal::Unsigned)?, manifest, facts),
            Self::HubAlone => {
                let release = BlobHash::of(manifest);
                let manifest = accept_manifest(manifest)?;
                check_runtime(&manifest, facts.runtime)?;
                check_audience(&manifest.groups, facts)?;
                check_manifest_expiry(&manifest, facts.now_ms)?;
                Ok(Accepted { release, manifest, kind: ApprovalKind::Release, signed_by: Vec::new() })
            }
            Self::NoRoot => Err(Refusal::NoRoot),
            Self::Damaged => Err(Refusal::StateDamaged),
        }
    }

    /// May these words be shown? They always need a signature: the hub alone cannot speak.
    pub fn accept_notice(&mut self, envelope: &[u8], facts: &Facts<'_>) -> Result<AcceptedNotice, Refusal> {
        match self {
            Self::Signed(state) => state.accept_notice(envelope, facts),
            Self::HubAlone | Self::NoRoot => Err(Refusal::NoRoot),
            Self::Damaged => Err(Refusal::StateDamaged),
        }
    }
}
