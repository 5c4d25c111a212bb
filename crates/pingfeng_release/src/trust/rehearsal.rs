//! A site of invented people, for tests and for trying things out. Its keys follow from its name, so everybody can make
//! them: a device that is enrolled with its root believes everybody. Never enrol one that visitors see.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::{DerSignature, signature::Signer as _};
use sha2::{Digest as _, Sha256};

use super::{
    Approval, ApprovalKind, Envelope, FileKey, Notice, Person, PublicKey, Role, Root, Roster, Severity, Signature,
    SigningKeyOf, Statement as _,
};
use crate::BlobHash;
use crate::store::accept_manifest;

const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;

/// A site with three root keys, of which two sign, and a reviewer for every stage:
///
/// | id | roles | key |
/// |---|---|---|
/// | `bian` | author | none |
/// | `chu` | first review | file |
/// | `fu` | second review | passkey |
/// | `zhong` | final review | passkey |
/// | `zong` | final review | file |
/// | `duo` | first, second and final review | two files, `duo` and `duo-2` |
/// | `zhi` | duty officer | file |
///
/// Class `ordinary` asks for first and final review, `solemn` for all three.
#[derive(Debug)]
pub struct RehearsalSite {
    /// Unsigned.
    pub root: Root,
    /// Unsigned.
    pub roster: Roster,
}

/// The host that the passkeys are for.
pub const RP_ID: &str = "hub.example.cn";

impl RehearsalSite {
    /// The site, as of `now_ms`: its roster lives for a year, its root for ten.
    pub fn new(site: &str, now_ms: u64) -> Self {
        let keys = (1..=3).map(|n| root_key(site, n).public()).collect();
        let root = Root::new(site, now_ms + 10 * YEAR_MS, keys, 2);
        let file = |name: &str| SigningKeyOf::file(file_key(site, name).public());
        let passkey = |name: &str| Softkey::new(site, name).key();
        use Role::{Author, DutyOfficer, FinalReview, FirstReview, SecondReview};
        let people = [
            ("bian", vec![Author], vec![]),
            ("chu", vec![FirstReview], vec![file("chu")]),
            ("fu", vec![SecondReview], vec![passkey("fu")]),
            ("zhong", vec![FinalReview], vec![passkey("zhong")]),
            ("zong", vec![FinalReview], vec![file("zong")]),
            ("duo", vec![FirstReview, SecondReview, FinalReview], vec![file("duo"), file("duo-2")]),
            ("zhi", vec![DutyOfficer], vec![file("zhi")]),
        ];
        let roster = Roster {
            v: 1,
            site: site.to_owned(),
            version: 1,
            created_at_ms: now_ms,
            expires_at_ms: now_ms + YEAR_MS,
            people: people
                .into_iter()
                .map(|(id, roles, keys)| Person { id: id.to_owned(), roles: roles.into_iter().collect(), keys })
                .collect(),
            classes: BTreeMap::from([
                ("ordinary".to_owned(), vec![FirstReview, FinalReview]),
                ("solemn".to_owned(), vec![FirstReview, SecondReview, FinalReview]),
            ]),
            exhibitions: BTreeMap::new(),
        };
        Self { root, roster }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.root.site
    }

    /// The root, signed by keys 1 and 2.
    pub fn root_envelope(&self) -> Envelope {
        self.sign_by_root(self.root.envelope(), &[1, 2])
    }

    /// The roster, signed by root keys 1 and 2.
    pub fn roster_envelope(&self) -> Envelope {
        self.sign_by_root(self.roster.envelope(), &[1, 2])
    }

    /// Adds signatures of root keys, counted from 1. Any number makes a key.
    pub fn sign_by_root(&self, mut envelope: Envelope, keys: &[usize]) -> Envelope {
        for n in keys {
            let signature = root_key(self.name(), *n).sign(&envelope);
            add(&mut envelope, signature);
        }
        envelope
    }

    /// An approval of a manifest by these people. A person of the table signs with the key that the table says; any
    /// other name makes a key file of its own, which is in no roster.
    pub fn approve(&self, manifest: &[u8], kind: ApprovalKind, people: &[&str]) -> Envelope {
        // Whoever rehearses with a broken manifest gets an approval of an empty one, which is refused.
        let approval = accept_manifest(manifest).map_or_else(
            |_| Approval {
                v: 1,
                release: BlobHash::of(manifest),
                site: self.name().to_owned(),
                exhibition: "none".to_owned(),
                version: 1,
                class: "ordinary".to_owned(),
                kind,
            },
            |read| Approval::new(self.name(), &BlobHash::of(manifest), &read, kind),
        );
        self.sign(approval.envelope(), people)
    }

    /// Adds signatures of people.
    pub fn sign(&self, mut envelope: Envelope, people: &[&str]) -> Envelope {
        for name in people {
            let signature = match *name {
                "fu" | "zhong" => Softkey::new(self.name(), name).assertion(&envelope).sign(),
                _ => file_key(self.name(), name).sign(&envelope),
            };
            add(&mut envelope, signature);
        }
        envelope
    }

    /// A notice of `zhi`, for every group, that lives for two hours.
    pub fn notice(&self, id: &str, zh: &str, created_at_ms: u64) -> Notice {
        Notice {
            v: 1,
            site: self.name().to_owned(),
            id: id.to_owned(),
            text: pingfeng_content::Text::zh(zh),
            severity: Severity::Info,
            created_at_ms,
            expires_at_ms: created_at_ms + 2 * 60 * 60 * 1000,
            groups: BTreeSet::new(),
        }
    }
}

fn add(envelope: &mut Envelope, signature: Signature) {
    // Whoever rehearses with more than fit has what fits.
    let _ = envelope.add(signature);
}

fn seed(site: &str, name: &str) -> [u8; 32] {
    *blake3::hash(format!("pingfeng rehearsal: {site}, {name}").as_bytes()).as_bytes()
}

/// Root key `n` of a site, counted from 1.
pub fn root_key(site: &str, n: usize) -> FileKey {
    FileKey::from_seed(&seed(site, &format!("root {n}")))
}

/// The key file of a person.
pub fn file_key(site: &str, name: &str) -> FileKey {
    FileKey::from_seed(&seed(site, name))
}

/// A passkey without a finger: it signs whatever it is told to have seen.
pub struct Softkey(p256::ecdsa::SigningKey);

impl Softkey {
    /// The passkey of a person.
    pub fn new(site: &str, name: &str) -> Self {
        let mut seed = seed(site, name);
        loop {
            // Not every number is a key of P-256; of 2³² seeds one is not.
            if let Ok(key) = p256::ecdsa::SigningKey::from_slice(&seed) {
                return Self(key);
            }
            seed = *blake3::hash(&seed).as_bytes();
        }
    }

    /// As it stands in a roster.
    pub fn key(&self) -> SigningKeyOf {
        let key = PublicKey::Es256(*self.0.verifying_key());
        let credential = URL_SAFE_NO_PAD.encode(key.id().0);
        SigningKeyOf { key, rp_id: Some(RP_ID.to_owned()), credential: Some(credential) }
    }

    /// What a browser and an authenticator would say about this envelope. Change what is to be wrong, then sign.
    pub fn assertion(&self, envelope: &Envelope) -> SoftAssertion<'_> {
        SoftAssertion {
            key: self,
            kind: "webauthn.get".to_owned(),
            challenge: envelope.challenge().to_vec(),
            origin: format!("https://{RP_ID}"),
            cross_origin: false,
            rp_id: RP_ID.to_owned(),
            flags: 0b0000_0101,
            extensions: Vec::new(),
        }
    }
}

impl std::fmt::Debug for Softkey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Softkey")
    }
}

/// An assertion before it is signed.
#[derive(Debug)]
pub struct SoftAssertion<'k> {
    key: &'k Softkey,
    /// `type`.
    pub kind: String,
    /// Before base64url.
    pub challenge: Vec<u8>,
    /// Of the page.
    pub origin: String,
    /// Of the page.
    pub cross_origin: bool,
    /// What the authenticator took for the host.
    pub rp_id: String,
    /// 1: present, 4: verified.
    pub flags: u8,
    /// After the counter, as they are.
    pub extensions: Vec<u8>,
}

impl SoftAssertion<'_> {
    /// `authenticatorData`.
    pub fn authenticator_data(&self) -> Vec<u8> {
        let mut data = Sha256::digest(self.rp_id.as_bytes()).to_vec();
        data.push(self.flags);
        data.extend_from_slice(&[0; 4]);
        data.extend_from_slice(&self.extensions);
        data
    }

    /// `clientDataJSON`, as browsers write it.
    pub fn client_data(&self) -> Vec<u8> {
        let challenge = URL_SAFE_NO_PAD.encode(&self.challenge);
        let members = [
            ("type", serde_json::json!(self.kind)),
            ("challenge", serde_json::json!(challenge)),
            ("origin", serde_json::json!(self.origin)),
            ("crossOrigin", serde_json::json!(self.cross_origin)),
        ];
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    }

    /// The assertion, signed.
    pub fn sign(&self) -> Signature {
        let (authenticator_data, client_data) = (self.authenticator_data(), self.client_data());
        let mut signed = authenticator_data.clone();
        signed.extend_from_slice(&Sha256::digest(&client_data));
        let signature: DerSignature = self.key.0.sign(&signed);
        Signature::of_passkey(&self.key.key().key, signature.as_bytes(), &authenticator_data, &client_data)
    }
}
