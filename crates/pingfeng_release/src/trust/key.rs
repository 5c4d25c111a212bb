//! Public keys as one line of text, their ids, and the keys of a roster.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::pkcs8::DecodePublicKey as _;
use serde::{Deserialize, Serialize};

use super::webauthn;

/// A key that signatures are checked with. As text `ed25519:<base64url>` (32 bytes) or `es256:<base64url>` (65 bytes, an
/// uncompressed point of P-256), without padding; one key has one text. Never a weak key.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PublicKey {
    /// Of a key file.
    Ed25519(ed25519_dalek::VerifyingKey),
    /// Of a passkey.
    Es256(p256::ecdsa::VerifyingKey),
}

/// Why a text is no public key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither `ed25519:` nor `es256:` in front. Copy the whole line that `pingfengctl key show` prints.
    #[error("a public key begins with `ed25519:` or `es256:`")]
    Algorithm,
    /// Not base64url without padding, or of another length. Copy it again.
    #[error("the public key is cut off or has characters that do not belong there")]
    Encoding,
    /// Not a point of the curve, or one for which anybody can sign. Make another key.
    #[error("the public key is not usable")]
    Weak,
    /// A passkey needs the name it was made for and its credential id; a file key has neither.
    #[error("an `es256` key needs `rp_id` and `credential`, an `ed25519` key has neither")]
    Passkey,
    /// Not the name of a host in lower case.
    #[error("`rp_id` must be the name of a host, such as hub.example.cn, or localhost")]
    RpId,
}

const ED25519: &str = "ed25519:";
const ES256: &str = "es256:";

impl PublicKey {
    /// The key in a `SubjectPublicKeyInfo` (DER), which is how a browser hands out that of a new passkey
    /// (`AuthenticatorAttestationResponse.getPublicKey()`).
    pub fn es256_from_spki(der: &[u8]) -> Result<Self, KeyError> {
        p256::ecdsa::VerifyingKey::from_public_key_der(der).map(Self::Es256).map_err(|_| KeyError::Weak)
    }

    /// What names it in envelopes.
    pub fn id(&self) -> KeyId {
        KeyId::of(self)
    }

    /// Which of the two.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "ed25519",
            Self::Es256(_) => "es256",
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ed25519(key) => write!(f, "{ED25519}{}", URL_SAFE_NO_PAD.encode(key.as_bytes())),
            Self::Es256(key) => write!(f, "{ES256}{}", URL_SAFE_NO_PAD.encode(key.to_sec1_point(false).as_bytes())),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if let Some(encoded) = text.strip_prefix(ED25519) {
            let bytes: [u8; 32] = decode(encoded)?;
            let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Weak)?;
            // A key of small order accepts signatures that nobody made.
            return if key.is_weak() { Err(KeyError::Weak) } else { Ok(Self::Ed25519(key)) };
        }
        if let Some(encoded) = text.strip_prefix(ES256) {
            let bytes: [u8; 65] = decode(encoded)?;
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&bytes).map_err(|_| KeyError::Weak)?;
            return Ok(Self::Es256(key));
        }
        Err(KeyError::Algorithm)
    }
}

fn decode<const N: usize>(encoded: &str) -> Result<[u8; N], KeyError> {
    // The engine refuses bits after the last byte, so that no key has two texts.
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| KeyError::Encoding)?;
    bytes.try_into().map_err(|_| KeyError::Encoding)
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

/// Names a key: the first 16 bytes of the BLAKE3 of its text, 32 hex digits. A hint where to look, never a proof.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(pub String);

impl KeyId {
    fn of(key: &PublicKey) -> Self {
        Self(hex::encode(&blake3::hash(key.to_string().as_bytes()).as_bytes()[..16]))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key of a person in a roster. A passkey belongs to the host name it was made for: a device checks that too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeyOf {
    /// The key.
    pub key: PublicKey,
    /// Of a passkey: the host name that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rp_id: Option<String>,
    /// Of a passkey: its credential id, base64url without padding, at most [`CREDENTIAL_CHARS_MAX`] characters. The
    /// console needs it to ask for this passkey; a device does not look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// Characters of a credential id: 1023 bytes, as WebAuthn allows.
pub(super) const CREDENTIAL_CHARS_MAX: usize = 1364;

impl SigningKeyOf {
    /// A key of a key file.
    pub fn file(key: PublicKey) -> Self {
        Self { key, rp_id: None, credential: None }
    }

    /// Checks that what belongs together is there.
    pub(super) fn check(&self) -> Result<(), KeyError> {
        match (&self.key, &self.rp_id, &self.credential) {
            (PublicKey::Ed25519(_), None, None) => Ok(()),
            (PublicKey::Es256(_), Some(rp_id), Some(credential)) => {
                if !webauthn::rp_id_is_valid(rp_id) {
                    return Err(KeyError::RpId);
                }
                let fits = !credential.is_empty() && credential.len() <= CREDENTIAL_CHARS_MAX;
                if !fits || URL_SAFE_NO_PAD.decode(credential).is_err() {
                    return Err(KeyError::Encoding);
                }
                Ok(())
            }
            _ => Err(KeyError::Passkey),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_text_and_what_is_not_its_text_is_refused() {
        let key = PublicKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key());
        let text = key.to_string();
        assert_eq!(text.parse::<PublicKey>().unwrap(), key);
        assert_eq!(key.id().0.len(), 32);
        assert_eq!(text.replace("ed25519:", "").parse::<PublicKey>(), Err(KeyError::Algorithm));
        assert_eq!(text[..text.len() - 1].parse::<PublicKey>(), Err(KeyError::Encoding));
        assert_eq!(format!("{text}=").parse::<PublicKey>(), Err(KeyError::Encoding));
        // The last character of 43 carries 4 of its 6 bits.
        let last = text.pop_last();
        let others: Vec<_> = ('A'..='Z').filter(|c| format!("{}{c}", last.0).parse::<PublicKey>() == Ok(key)).collect();
        assert!(others.len() <= 1, "{others:?}");
    }

    trait PopLast {
        fn pop_last(&self) -> (String, char);
    }

    impl PopLast for String {
        fn pop_last(&self) -> (String, char) {
            let mut text = self.clone();
            let last = text.pop().unwrap();
            (text, last)
        }
    }

    #[test]
    fn a_key_for_which_anybody_can_sign_is_refused() {
        // The identity, and the point of order 2.
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut order_two = [0xff; 32];
        order_two[0] = 0xec;
        order_two[31] = 0x7f;
        for weak in [identity, order_two] {
            let text = format!("ed25519:{}", URL_SAFE_NO_PAD.encode(weak));
            assert_eq!(text.parse::<PublicKey>(), Err(KeyError::Weak));
        }
        let nowhere = format!("es256:{}", URL_SAFE_NO_PAD.encode([4; 65]));
        assert_eq!(nowhere.parse::<PublicKey>(), Err(KeyError::Weak));
    }

    #[test]
    fn a_passkey_comes_with_its_host_name() {
        let signing = p256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
        let key = PublicKey::Es256(*signing.verifying_key());
        assert_eq!(SigningKeyOf::file(key).check(), Err(KeyError::Passkey));
        let of = |rp_id: &str, credential: &str| {
            SigningKeyOf { key, rp_id: Some(rp_id.into()), credential: Some(credential.into()) }.check()
        };
        assert_eq!(of("hub.example.cn", "AAAA"), Ok(()));
        assert_eq!(of("localhost", "AAAA"), Ok(()));
        assert_eq!(of("cn", "AAAA"), Err(KeyError::RpId));
        assert_eq!(of("Hub.example.cn", "AAAA"), Err(KeyError::RpId));
        assert_eq!(of("hub.example.cn", "A"), Err(KeyError::Encoding));
    }
}
