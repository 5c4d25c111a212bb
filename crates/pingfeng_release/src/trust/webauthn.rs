//! A passkey's signature, checked by the device itself: what WebAuthn calls the verification of an assertion, as far as
//! it says who agreed to what. <https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion>
//!
//! Two steps of that procedure are left out on purpose. The signature counter tells cloned keys apart, but synchronised
//! passkeys always say 0, and every device would have to remember its own. The user handle names an account of the
//! website, which a device does not have; the roster says whose key it is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::{DerSignature, VerifyingKey, signature::Verifier as _};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// Bytes of `authenticatorData`: 37, and room for extensions.
pub const AUTHENTICATOR_DATA_BYTES_MAX: usize = 1024;
/// Bytes of `clientDataJSON`; browsers write about 200.
pub const CLIENT_DATA_BYTES_MAX: usize = 2048;
/// Bytes of a DER signature of P-256.
pub(super) const SIGNATURE_BYTES_MAX: usize = 72;

const USER_PRESENT: u8 = 1 << 0;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED_CREDENTIAL: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;
/// Hash of the relying party's id, flags, counter.
const FIXED_BYTES: usize = 32 + 1 + 4;

/// What is wrong with an assertion. Each stops another way of getting a signature that its owner did not mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionFlaw {
    /// Longer than the limits, or too short to be one.
    #[error("its parts have impossible lengths")]
    Size,
    /// Made for another host name: by a page that imitates the console.
    #[error("it was made for another host name")]
    RelyingParty,
    /// Nobody touched the authenticator.
    #[error("nobody was present")]
    UserAbsent,
    /// Neither PIN nor finger: whoever found the key could have signed.
    #[error("the person was not verified by PIN or finger")]
    UserUnverified,
    /// Flags that contradict each other or the length.
    #[error("its flags contradict each other")]
    Flags,
    /// `clientDataJSON` is not what a browser writes.
    #[error("its client data cannot be read")]
    ClientData,
    /// Made while registering a passkey, not while signing.
    #[error("it is of another type than webauthn.get")]
    Type,
    /// Made for another statement, or for nothing.
    #[error("it signs another statement")]
    Challenge,
    /// Made on a page of another origin, or without TLS.
    #[error("it was made on a page of another origin")]
    Origin,
    /// Made inside a frame of somebody else's page.
    #[error("it was made inside a page of another origin")]
    CrossOrigin,
    /// The bytes are no signature.
    #[error("its signature is not DER of two numbers")]
    Encoding,
    /// The signature is not by this key.
    #[error("its signature is not by this key")]
    Signature,
}

impl AssertionFlaw {
    /// The code of the case.
    pub fn code(self) -> &'static str {
        match self {
            Self::Size => "assertion_size",
            Self::RelyingParty => "assertion_rp",
            Self::UserAbsent => "assertion_absent",
            Self::UserUnverified => "assertion_unverified",
            Self::Flags => "assertion_flags",
            Self::ClientData => "assertion_client_data",
            Self::Type => "assertion_type",
            Self::Challenge => "assertion_challenge",
            Self::Origin => "assertion_origin",
            Self::CrossOrigin => "assertion_cross_origin",
            Self::Encoding => "assertion_encoding",
            Self::Signature => "signature_wrong",
        }
    }
}

/// What a browser adds to the challenge. Keys that this program does not know are left alone, as the specification asks.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

/// The challenge for a passkey that is to sign an envelope: SHA-256 of the bytes that other keys sign.
pub fn challenge(signed_bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(signed_bytes).into()
}

/// Checks that the holder of `key`, present and verified, agreed to `challenge` on a page of `rp_id`.
/// Accepts the signature (r, −s) beside (r, s): authenticators make either, and nothing here is named by a signature.
pub fn verify_assertion(
    key: &VerifyingKey,
    rp_id: &str,
    challenge: &[u8; 32],
    authenticator_data: &[u8],
    client_data: &[u8],
    signature: &[u8],
) -> Result<(), AssertionFlaw> {
    let sizes_are_possible = (FIXED_BYTES..=AUTHENTICATOR_DATA_BYTES_MAX).contains(&authenticator_data.len())
        && client_data.len() <= CLIENT_DATA_BYTES_MAX
        && signature.len() <= SIGNATURE_BYTES_MAX;
    if !sizes_are_possible {
        return Err(AssertionFlaw::Size);
    }

    // The statement first: type, challenge, origin.
    let client: ClientData = serde_json::from_slice(client_data).map_err(|_| AssertionFlaw::ClientData)?;
    if client.kind != "webauthn.get" {
        return Err(AssertionFlaw::Type);
    }
    if client.challenge != URL_SAFE_NO_PAD.encode(challenge) {
        return Err(AssertionFlaw::Challenge);
    }
    if !origin_belongs(&client.origin, rp_id) {
        return Err(AssertionFlaw::Origin);
    }
    if client.cross_origin {
        return Err(AssertionFlaw::CrossOrigin);
    }

    // What the authenticator saw.
    let (rp_hash, rest) = authenticator_data.split_at(32);
    if rp_hash != Sha256::digest(rp_id.as_bytes()).as_slice() {
        return Err(AssertionFlaw::RelyingParty);
    }
    let flags = rest[0];
    if flags & USER_PRESENT == 0 {
        return Err(AssertionFlaw::UserAbsent);
    }
    if flags & USER_VERIFIED == 0 {
        return Err(AssertionFlaw::UserUnverified);
    }
    let has_extensions = flags & EXTENSIONS != 0;
    let consistent = flags & ATTESTED_CREDENTIAL == 0
        && (flags & BACKED_UP == 0 || flags & BACKUP_ELIGIBLE != 0)
        && has_extensions == (authenticator_data.len() > FIXED_BYTES);
    if !consistent {
        return Err(AssertionFlaw::Flags);
    }

    // The signature over both.
    let signature = DerSignature::from_bytes(signature).map_err(|_| AssertionFlaw::Encoding)?;
    let mut signed = authenticator_data.to_vec();
    signed.extend_from_slice(&Sha256::digest(client_data));
    key.verify(&signed, &signature).map_err(|_| AssertionFlaw::Signature)
}

/// `https` on the host or one below it, or a page of this very machine.
fn origin_belongs(origin: &str, rp_id: &str) -> bool {
    let (secure, authority) = match origin.split_once("://") {
        Some(("https", authority)) => (true, authority),
        Some(("http", authority)) => (false, authority),
        _ => return false,
    };
    let (host, port) = authority.rsplit_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let port_is_one = port.is_none_or(|port| port.parse::<u16>().is_ok() && port.bytes().all(|b| b.is_ascii_digit()));
    let below = host.strip_suffix(rp_id).is_some_and(|left| left.is_empty() || (left.len() > 1 && left.ends_with('.')));
    let plain = host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
    let is_local = host == "localhost" || host.ends_with(".localhost");
    port_is_one && below && plain && (secure || is_local)
}

/// A host name in lower case with a dot, or `localhost`. A single label would be a whole country's domain.
pub(super) fn rp_id_is_valid(rp_id: &str) -> bool {
    let label_is_valid = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // The last label of an address is a number, that of a name never is.
    let is_name = rp_id.rsplit('.').next().is_some_and(|last| !last.bytes().all(|b| b.is_ascii_digit()));
    rp_id == "localhost"
        || (rp_id.len() <= 253 && rp_id.contains('.') && is_name && rp_id.split('.').all(label_is_valid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_host_belong_to_it() {
        for good in ["https://hub.example.cn", "https://hub.example.cn:8443", "https://a.hub.example.cn"] {
            assert!(origin_belongs(good, "hub.example.cn"), "{good}");
        }
        for bad in [
            "http://hub.example.cn",
            "https://example.cn",
            "https://evilhub.example.cn",
            "https://hub.example.cn.evil.com",
            "https://evil.com/hub.example.cn",
            "https://evil.com#.hub.example.cn",
            "https://user@hub.example.cn",
            "https://.hub.example.cn",
            "https://hub.example.cn:",
            "https://hub.example.cn:+1",
            "https://HUB.example.cn",
            "null",
            "",
        ] {
            assert!(!origin_belongs(bad, "hub.example.cn"), "{bad}");
        }
        assert!(origin_belongs("http://localhost:5173", "localhost"));
        assert!(!origin_belongs("http://hub.example.cn", "localhost"));
    }

    #[test]
    fn what_browsers_sign_is_accepted_and_only_for_what_was_asked() {
        #[derive(Deserialize)]
        struct Signed {
            key: super::super::PublicKey,
            rp_id: String,
            challenge: String,
            authenticator_data: String,
            client_data: String,
            signature: String,
        }
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/passkeys");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
        assert!(!files.is_empty());
        for path in files {
            let signed: Signed = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let super::super::PublicKey::Es256(key) = signed.key else { panic!("{path:?}: no passkey") };
            let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
            let check = |challenge: &[u8; 32]| {
                let (authenticator, client) = (bytes(&signed.authenticator_data), bytes(&signed.client_data));
                verify_assertion(&key, &signed.rp_id, challenge, &authenticator, &client, &bytes(&signed.signature))
            };
            let mut challenge: [u8; 32] = bytes(&signed.challenge).try_into().unwrap();
            assert_eq!(check(&challenge), Ok(()), "{path:?}");
            challenge[0] ^= 1;
            assert_eq!(check(&challenge), Err(AssertionFlaw::Challenge), "{path:?}");
        }
    }

    #[test]
    fn a_relying_party_is_a_host_name() {
        for good in ["localhost", "hub.example.cn", "a-b.cn", "xn--fiq228c.cn"] {
            assert!(rp_id_is_valid(good), "{good}");
        }
        for bad in ["", "cn", "10.0.0.1", "hub..cn", "-a.cn", "hub.example.cn.", "展厅.cn", "https://hub.cn"] {
            assert!(!rp_id_is_valid(bad), "{bad}");
        }
    }
}
