//! DSSE: a statement and the signatures over it, in one JSON object.
//! <https://github.com/secure-systems-lab/dsse/blob/master/protocol.md>
//!
//! Every key signs the same bytes, the pre-authentication encoding of type and payload. A passkey cannot sign bytes: it
//! signs a challenge, which is the SHA-256 of those bytes, and what its browser and authenticator added to that travels
//! beside the signature. The type is part of what is signed, so that no statement passes for one of another kind.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use super::webauthn::{self, AUTHENTICATOR_DATA_BYTES_MAX, CLIENT_DATA_BYTES_MAX, SIGNATURE_BYTES_MAX};
use super::{KeyId, PublicKey};

/// Bytes of the envelope of an approval or a notice.
pub const ENVELOPE_BYTES_MAX: usize = 64 * 1024;
/// Bytes of the envelope of a root or a roster.
pub const AUTHORITY_ENVELOPE_BYTES_MAX: usize = 256 * 1024;
/// Bytes of the payload of an approval or a notice.
pub const PAYLOAD_BYTES_MAX: usize = 32 * 1024;
/// Signatures in one envelope.
pub const SIGNATURES_MAX: usize = 32;
/// Characters of a key id; ours have 32.
const KEY_ID_CHARS_MAX: usize = 64;

/// What an envelope may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadKind {
    /// The site's root keys.
    Root,
    /// Who may do what.
    Roster,
    /// Agreement to one release.
    Approval,
    /// A few words for the screen.
    Notice,
}

impl PayloadKind {
    /// As it stands in `payloadType`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Root => "application/vnd.pingfeng.root+json",
            Self::Roster => "application/vnd.pingfeng.roster+json",
            Self::Approval => "application/vnd.pingfeng.approval+json",
            Self::Notice => "application/vnd.pingfeng.notice+json",
        }
    }

    /// Bytes that an envelope of this kind may have.
    pub fn envelope_bytes_max(self) -> usize {
        match self {
            Self::Root | Self::Roster => AUTHORITY_ENVELOPE_BYTES_MAX,
            Self::Approval | Self::Notice => ENVELOPE_BYTES_MAX,
        }
    }

    fn payload_bytes_max(self) -> usize {
        match self {
            // The envelope bounds it.
            Self::Root | Self::Roster => AUTHORITY_ENVELOPE_BYTES_MAX,
            Self::Approval | Self::Notice => PAYLOAD_BYTES_MAX,
        }
    }
}

/// Why bytes are no envelope. Nothing in them was believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// More bytes than this kind may have.
    #[error("the envelope has {size_bytes} bytes, more than {limit_bytes}")]
    TooLarge {
        /// As it came.
        size_bytes: usize,
        /// See [`PayloadKind::envelope_bytes_max`] and [`PAYLOAD_BYTES_MAX`].
        limit_bytes: usize,
    },
    /// Not the JSON of an envelope, or something in it is not base64.
    #[error("not an envelope: {0}")]
    Malformed(String),
    /// A statement of another kind.
    #[error("the envelope carries `{found}`, not `{expected}`")]
    Type {
        /// What was asked for.
        expected: &'static str,
        /// As written; at most 100 characters.
        found: String,
    },
}

/// A statement with its signatures. Not believed before somebody has counted these.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    kind: PayloadKind,
    payload: Vec<u8>,
    signatures: Vec<Signature>,
}

/// One signature. `assertion` is there for passkeys only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Whose key it claims to be by.
    pub key: KeyId,
    /// Ed25519: 64 bytes. ES256: DER.
    pub sig: Vec<u8>,
    /// Of a passkey: `authenticatorData` and `clientDataJSON`.
    pub assertion: Option<(Vec<u8>, Vec<u8>)>,
}

impl Signature {
    pub(super) fn of_file_key(key: &PublicKey, sig: &[u8]) -> Self {
        Self { key: key.id(), sig: sig.to_vec(), assertion: None }
    }

    /// What a browser's `navigator.credentials.get` returned for [`Envelope::challenge`].
    pub fn of_passkey(key: &PublicKey, signature: &[u8], authenticator_data: &[u8], client_data: &[u8]) -> Self {
        Self {
            key: key.id(),
            sig: signature.to_vec(),
            assertion: Some((authenticator_data.to_vec(), client_data.to_vec())),
        }
    }
}

impl Envelope {
    /// An envelope without signatures. `payload` is JSON of the kind's document.
    pub(super) fn new(kind: PayloadKind, payload: Vec<u8>) -> Self {
        Self { kind, payload, signatures: Vec::new() }
    }

    /// Reads an envelope that came from outside and says that it carries `kind`.
    pub fn parse(bytes: &[u8], kind: PayloadKind) -> Result<Self, EnvelopeError> {
        let limit_bytes = kind.envelope_bytes_max();
        if bytes.len() > limit_bytes {
            return Err(EnvelopeError::TooLarge { size_bytes: bytes.len(), limit_bytes });
        }
        let wire = serde_json::from_slice(bytes).map_err(|error| EnvelopeError::Malformed(error.to_string()))?;
        Self::from_wire(wire, kind)
    }

    fn from_wire(wire: Wire, kind: PayloadKind) -> Result<Self, EnvelopeError> {
        if wire.payload_type != kind.media_type() {
            let found = wire.payload_type.chars().take(100).collect();
            return Err(EnvelopeError::Type { expected: kind.media_type(), found });
        }
        if wire.signatures.len() > SIGNATURES_MAX {
            let reason = format!("{} signatures, at most {SIGNATURES_MAX}", wire.signatures.len());
            return Err(EnvelopeError::Malformed(reason));
        }
        let payload = bytes_of("payload", &wire.payload, kind.payload_bytes_max())?;
        let signatures = wire.signatures.into_iter().map(Signature::from_wire).collect::<Result<_, _>>()?;
        Ok(Self { kind, payload, signatures })
    }

    /// What it says it carries.
    pub fn kind(&self) -> PayloadKind {
        self.kind
    }

    /// The statement's bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// At most [`SIGNATURES_MAX`].
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature, in place of an earlier one by the same key. False when there is no room.
    #[must_use]
    pub fn add(&mut self, signature: Signature) -> bool {
        self.signatures.retain(|other| other.key != signature.key);
        let fits = self.signatures.len() < SIGNATURES_MAX;
        if fits {
            self.signatures.push(signature);
        }
        fits
    }

    /// What every key signs: DSSE's pre-authentication encoding.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let kind = self.kind.media_type();
        let mut bytes = format!("DSSEv1 {} {kind} {} ", kind.len(), self.payload.len()).into_bytes();
        bytes.extend_from_slice(&self.payload);
        bytes
    }

    /// What a passkey signs: SHA-256 of [`Envelope::signed_bytes`].
    pub fn challenge(&self) -> [u8; 32] {
        webauthn::challenge(&self.signed_bytes())
    }

    /// The first 16 bytes of the BLAKE3 of the statement, 32 hex digits: for people to compare.
    pub fn fingerprint(&self) -> String {
        hex::encode(&blake3::hash(&self.payload).as_bytes()[..16])
    }

    /// As it travels: JSON on one line.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings in structs: nothing here can fail to be JSON.
        #[expect(clippy::expect_used, reason = "the line above")]
        serde_json::to_vec(&self.to_wire()).expect("an envelope is JSON")
    }

    fn to_wire(&self) -> Wire {
        Wire {
            payload_type: self.kind.media_type().to_owned(),
            payload: STANDARD.encode(&self.payload),
            signatures: self
                .signatures
                .iter()
                .map(|signature| WireSignature {
                    keyid: signature.key.0.clone(),
                    sig: STANDARD.encode(&signature.sig),
                    authenticator_data: signature.assertion.as_ref().map(|(data, _)| STANDARD.encode(data)),
                    client_data: signature.assertion.as_ref().map(|(_, data)| STANDARD.encode(data)),
                })
                .collect(),
        }
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("kind", &self.kind)
            .field("payload", &String::from_utf8_lossy(&self.payload))
            .field("signatures", &self.signatures.iter().map(|signature| &signature.key).collect::<Vec<_>>())
            .finish()
    }
}

impl Serialize for Envelope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_wire().serialize(serializer)
    }
}

/// An envelope inside a file of ours.
impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let kinds = [PayloadKind::Root, PayloadKind::Roster, PayloadKind::Approval, PayloadKind::Notice];
        let kind = kinds.into_iter().find(|kind| kind.media_type() == wire.payload_type);
        let kind = kind.ok_or_else(|| serde::de::Error::custom("an envelope of no known kind"))?;
        Self::from_wire(wire, kind).map_err(serde::de::Error::custom)
    }
}

/// Members that are not known are left alone, as DSSE asks: they are not signed and say nothing.
#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
struct WireSignature {
    /// Optional in DSSE. One without it is nobody's, because every key has an id.
    #[serde(default)]
    keyid: String,
    sig: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authenticator_data: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_data: Option<String>,
}

impl Signature {
    fn from_wire(wire: WireSignature) -> Result<Self, EnvelopeError> {
        if wire.keyid.len() > KEY_ID_CHARS_MAX {
            return Err(EnvelopeError::Malformed(format!("a key id of {} characters", wire.keyid.len())));
        }
        let assertion = match (&wire.authenticator_data, &wire.client_data) {
            (None, None) => None,
            (Some(authenticator), Some(client)) => Some((
                bytes_of("authenticator_data", authenticator, AUTHENTICATOR_DATA_BYTES_MAX)?,
                bytes_of("client_data", client, CLIENT_DATA_BYTES_MAX)?,
            )),
            _ => {
                let reason = "`authenticator_data` and `client_data` come together".to_owned();
                return Err(EnvelopeError::Malformed(reason));
            }
        };
        Ok(Self { key: KeyId(wire.keyid), sig: bytes_of("sig", &wire.sig, SIGNATURE_BYTES_MAX)?, assertion })
    }
}

/// DSSE leaves the choice between the two alphabets to the writer.
fn bytes_of(field: &str, encoded: &str, limit_bytes: usize) -> Result<Vec<u8>, EnvelopeError> {
    let bytes = STANDARD
        .decode(encoded)
        .or_else(|_| URL_SAFE.decode(encoded))
        .map_err(|_| EnvelopeError::Malformed(format!("`{field}` is not base64")))?;
    if bytes.len() > limit_bytes {
        return Err(EnvelopeError::TooLarge { size_bytes: bytes.len(), limit_bytes });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_what_dsse_writes() {
        // The example of the specification has the type `http://example.com/HelloWorld`; ours differ in type only.
        let envelope = Envelope::new(PayloadKind::Root, b"hello world".to_vec());
        assert_eq!(envelope.signed_bytes(), b"DSSEv1 34 application/vnd.pingfeng.root+json 11 hello world");
    }

    #[test]
    fn an_envelope_is_read_as_it_was_written_in_either_alphabet() {
        let mut envelope = Envelope::new(PayloadKind::Notice, vec![0xfb, 0xff, 0xfe]);
        assert!(envelope.add(Signature { key: KeyId("a".into()), sig: vec![0xff; 64], assertion: None }));
        let text = String::from_utf8(envelope.to_bytes()).unwrap();
        assert_eq!(Envelope::parse(text.as_bytes(), PayloadKind::Notice).unwrap(), envelope);
        let other = text.replace("+//+", "-__-");
        assert_ne!(other, text);
        assert_eq!(Envelope::parse(other.as_bytes(), PayloadKind::Notice).unwrap(), envelope);
        assert!(matches!(Envelope::parse(text.as_bytes(), PayloadKind::Root), Err(EnvelopeError::Type { .. })));
    }

    #[test]
    fn a_key_signs_once_and_there_is_an_end_of_signatures() {
        let mut envelope = Envelope::new(PayloadKind::Notice, Vec::new());
        let by = |n: usize| Signature { key: KeyId(n.to_string()), sig: Vec::new(), assertion: None };
        for n in 0..SIGNATURES_MAX {
            assert!(envelope.add(by(n)));
        }
        assert!(envelope.add(by(3)));
        assert_eq!(envelope.signatures().len(), SIGNATURES_MAX);
        assert!(!envelope.add(by(SIGNATURES_MAX)));
    }
}
