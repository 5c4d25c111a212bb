//! Enrolment: a one-time code becomes an identity. The key pair is made here and its private half never leaves.

mod roots;

use std::io;
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::sha::sha256;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use openssl::x509::{X509, X509Name, X509Req};
use pingfeng_release::trust::AUTHORITY_ENVELOPE_BYTES_MAX;
use pingfeng_wire::enrol::{EnrolRequest, EnrolResponse};
use pingfeng_wire::limits::ROOTS_MAX;
use ureq::config::ConfigBuilder;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::typestate::AgentScope;

use crate::identity::Identity;
use crate::mqtt::{dates_forbid, dates_of};

pub use roots::{RootChange, RootError, RootReason, RootWish, roots_at_enrolment};

/// Bytes of an answer of the hub: certificates, and as many roots as a message of documents of trust may hold.
const ANSWER_BYTES_MAX: u64 = (64 * 1024 + ROOTS_MAX * AUTHORITY_ENVELOPE_BYTES_MAX) as u64;
/// For each step: connecting, shaking hands, asking.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);
/// Port of an address without one.
const HTTPS_PORT: u16 = 443;

/// What somebody at the screen has been given.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The hub's address, `https://hub.local:8443`.
    pub hub: String,
    /// One-time code, 8 characters, grouped or not.
    pub code: String,
    /// How the hub is recognised.
    pub trust: HubTrust,
    /// Version of this program.
    pub program: String,
    /// Host name, for the operator.
    pub host: String,
}

/// How the hub is recognised before it is told anything.
#[derive(Clone, Debug)]
pub enum HubTrust {
    /// SHA-256 of its authority's certificate, 64 hex digits, colons allowed; shown beside the code.
    Fingerprint(String),
    /// Its authority's certificate, PEM, brought on another way.
    AuthorityPem(String),
}

/// Why the device is not enrolled. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// Give it as `https://name:port`.
    #[error("`{0}` is not the address of a hub; it looks like https://hub.local:8443")]
    Address(String),
    /// A fingerprint has 64 hex digits, an authority is a PEM certificate.
    #[error("the hub's authority cannot be read: {0}")]
    Authority(String),
    /// Somebody else answers at that address, or the fingerprint was mistyped. Do not go on before that is clear.
    #[error(
        "the hub at {hub} does not have the authority with the fingerprint {expected}; it shows {found}. \
         Compare it with the one beside the code in the console"
    )]
    OtherHub {
        /// As given.
        hub: String,
        /// As given.
        expected: String,
        /// What it shows instead.
        found: String,
    },
    /// The hub cannot be reached. Check the address and the cable.
    #[error("the hub at {hub} cannot be reached: {reason}")]
    Unreachable {
        /// As given.
        hub: String,
        /// As the system says it.
        reason: String,
    },
    /// The clock of this device, or the certificate's dates, make a connection impossible.
    #[error("{0}")]
    Dates(String),
    /// Mistyped, or never made. Check the eight characters.
    #[error("the hub does not know the code; check its eight characters")]
    CodeUnknown,
    /// Somebody has used it. Ask for a new one – and find out who.
    #[error("the code has been used already; ask the administrator for a new one")]
    CodeUsed,
    /// Too late. Ask for a new one.
    #[error("the code has expired; ask the administrator for a new one")]
    CodeExpired,
    /// Too many wrong codes from here.
    #[error("the hub refuses for now, after too many attempts; wait{}", .wait_s.map_or_else(String::new, |s| format!(" {s} s")))]
    TooManyAttempts {
        /// If the hub says how long.
        wait_s: Option<u64>,
    },
    /// The hub says no for another reason.
    #[error("the hub refuses: {message} ({status} {code})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Machine-readable, if it is our hub's.
        code: String,
        /// As it says it.
        message: String,
    },
    /// What answers is no hub of ours, or of another version.
    #[error("the answer of {hub} is not a hub's: {reason}")]
    Answer {
        /// As given.
        hub: String,
        /// What is wrong.
        reason: String,
    },
    /// The key pair could not be made.
    #[error("the key pair could not be made: {0}")]
    Key(#[from] ErrorStack),
}

/// What a code was traded for. Nothing has been written.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// Who the device is now. Save it with [`Identity::save`], after what it is to trust.
    pub identity: Identity,
    /// Envelopes of the site's roots, oldest first, as the hub has them: believe none before [`roots_at_enrolment`] has
    /// looked at them.
    pub roots: Vec<String>,
}

/// Trades the code for an identity. Waits for the network.
pub fn enrol(invitation: &Invitation, wall_ms: u64) -> Result<Enrolled, EnrolError> {
    let hub = Hub::parse(&invitation.hub)?;
    // 1. Know whom we speak to: the authority is there, or has the fingerprint that a person compared.
    let authority = match &invitation.trust {
        HubTrust::AuthorityPem(pem) => {
            X509::from_pem(pem.as_bytes()).map_err(|_| EnrolError::Authority("it is not a PEM certificate".into()))?
        }
        HubTrust::Fingerprint(typed) => hub.authority_with(&normal_fingerprint(typed)?)?,
    };
    // 2. A key pair and a request. Its subject is ignored: the hub names the device.
    let key = new_key()?;
    let body = EnrolRequest {
        code: invitation.code.clone(),
        csr_pem: request_pem(&key)?,
        program: invitation.program.clone(),
        host: invitation.host.clone(),
    };
    // 3. Ask, over a connection that this authority vouches for.
    let answer = hub.post_enrol(&authority, &body, wall_ms)?;
    // 4. Take nothing that would not work afterwards.
    let not_a_hub = |reason: String| EnrolError::Answer { hub: hub.address.clone(), reason };
    let certificate = X509::from_pem(answer.certificate_pem.as_bytes())
        .map_err(|_| not_a_hub("its certificate cannot be read".into()))?;
    if !certificate.public_key().is_ok_and(|of_certificate| of_certificate.public_eq(&key)) {
        return Err(not_a_hub("its certificate is for another key".into()));
    }
    for id in [&answer.device, &answer.site] {
        if !pingfeng_wire::topic::id_is_valid(id) {
            return Err(not_a_hub(format!("`{id}` cannot stand in a topic")));
        }
    }
    let identity = Identity {
        device: answer.device,
        name: answer.name,
        site: answer.site,
        group: answer.group,
        broker_host: answer.broker_host,
        broker_port: answer.broker_port,
        certificate_pem: answer.certificate_pem,
        key_pem: String::from_utf8(key.private_key_to_pem_pkcs8()?).map_err(|error| not_a_hub(error.to_string()))?,
        authority_pem: answer.authority_pem,
    };
    let enrolled = Enrolled { identity, roots: answer.roots };
    dates_of(&enrolled.identity, wall_ms).map_or(Ok(enrolled), |reason| Err(EnrolError::Dates(reason)))
}

/// A key pair of P-256.
pub(crate) fn new_key() -> Result<PKey<Private>, ErrorStack> {
    PKey::from_ec_key(EcKey::generate(EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?.as_ref())?)
}

/// A certificate request, PEM, of a key that nobody keeps: for tests of hubs.
pub fn certificate_request() -> Result<String, EnrolError> {
    Ok(request_pem(&new_key()?)?)
}

/// A certificate request of a key; its subject is ignored.
pub(crate) fn request_pem(key: &PKey<Private>) -> Result<String, ErrorStack> {
    let mut name = X509Name::builder()?;
    name.append_entry_by_text("CN", "pingfeng")?;
    let mut request = X509Req::builder()?;
    request.set_version(0)?;
    request.set_subject_name(name.build().as_ref())?;
    request.set_pubkey(key)?;
    request.sign(key, MessageDigest::sha256())?;
    // PEM is ASCII.
    Ok(String::from_utf8_lossy(&request.build().to_pem()?).into_owned())
}

fn normal_fingerprint(typed: &str) -> Result<String, EnrolError> {
    let digits: String = typed.chars().filter(|c| !matches!(c, ':' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
    if digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(digits);
    }
    Err(EnrolError::Authority("a fingerprint has 64 hexadecimal digits".into()))
}

fn fingerprint(certificate: &X509) -> Option<String> {
    let hash = sha256(&certificate.to_der().ok()?);
    Some(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

struct Hub {
    /// As given.
    address: String,
    host: String,
    port: u16,
}

impl Hub {
    fn parse(address: &str) -> Result<Self, EnrolError> {
        let wrong = || EnrolError::Address(address.to_owned());
        let uri: Uri = address.parse().map_err(|_| wrong())?;
        if uri.scheme_str() != Some("https") || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(wrong());
        }
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        Ok(Self {
            address: address.trim_end_matches('/').to_owned(),
            host: host.to_owned(),
            port: uri.port_u16().unwrap_or(HTTPS_PORT),
        })
    }

    /// Looks at the certificates that the hub shows, without believing or telling it anything, for the one with this
    /// fingerprint.
    fn authority_with(&self, expected: &str) -> Result<X509, EnrolError> {
        let unreachable = |reason: String| EnrolError::Unreachable { hub: self.address.clone(), reason };
        let stream = self.connect().map_err(|error| unreachable(error.to_string()))?;
        let mut connector = SslConnector::builder(SslMethod::tls_client())?;
        // Nothing is believed here: the fingerprint is compared below, and the request itself is made over another,
        // verified connection.
        connector.set_verify(SslVerifyMode::NONE);
        let bare_host = self.host.trim_matches(['[', ']']);
        let handshake = connector
            .build()
            .configure()?
            .use_server_name_indication(bare_host.parse::<IpAddr>().is_err())
            .verify_hostname(false)
            .connect(bare_host, stream)
            .map_err(|error| unreachable(error.to_string()))?;
        let shown: Vec<_> =
            handshake.ssl().peer_cert_chain().into_iter().flatten().map(|certificate| certificate.to_owned()).collect();
        let other = || EnrolError::OtherHub {
            hub: self.address.clone(),
            expected: expected.to_owned(),
            found: shown.last().and_then(fingerprint).unwrap_or_else(|| "none".to_owned()),
        };
        let found = shown.iter().find(|certificate| fingerprint(certificate).as_deref() == Some(expected));
        found.cloned().ok_or_else(other)
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in (self.host.trim_matches(['[', ']']), self.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, STEP_TIMEOUT) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(STEP_TIMEOUT))?;
                    stream.set_write_timeout(Some(STEP_TIMEOUT))?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn post_enrol(&self, authority: &X509, body: &EnrolRequest, wall_ms: u64) -> Result<EnrolResponse, EnrolError> {
        let not_a_hub = |reason: String| EnrolError::Answer { hub: self.address.clone(), reason };
        let agent: ureq::Agent = hub_agent(authority)?
            .timeout_connect(Some(STEP_TIMEOUT))
            .timeout_global(Some(STEP_TIMEOUT * 2))
            .build()
            .into();
        let json = serde_json::to_vec(body).map_err(|error| not_a_hub(error.to_string()))?;
        let mut answer = agent
            .post(format!("{}/api/v1/enrol", self.address))
            .content_type("application/json")
            .send(&json)
            .map_err(|error| self.failed(authority, &error, wall_ms))?;
        let status = answer.status().as_u16();
        let wait_s = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let bytes = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES_MAX)
            .read_to_vec()
            .map_err(|error| not_a_hub(error.to_string()))?;
        if (200..300).contains(&status) {
            return serde_json::from_slice(&bytes).map_err(|error| not_a_hub(error.to_string()));
        }
        Err(refusal(status, &bytes, wait_s))
    }

    /// A handshake that fails on dates should say so, and not "certificate verify failed".
    fn failed(&self, authority: &X509, error: &ureq::Error, wall_ms: u64) -> EnrolError {
        match dates_forbid("the hub's authority", authority, wall_ms) {
            Some(reason) => EnrolError::Dates(reason),
            None => EnrolError::Unreachable { hub: self.address.clone(), reason: error.to_string() },
        }
    }
}

/// For requests to the hub, whose certificate this authority has signed. Timeouts are the caller's.
pub(crate) fn hub_agent(authority: &X509) -> Result<ConfigBuilder<AgentScope>, ErrorStack> {
    // The hub's own authority and no other: a certificate of a public one proves nothing here.
    let roots = RootCerts::new_with_certs(&[Certificate::from_der(&authority.to_der()?).to_owned()]);
    Ok(ureq::Agent::config_builder()
        .tls_config(TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(roots).build())
        .https_only(true)
        // A hub stands in the hall's own network.
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false))
}

fn refusal(status: u16, body: &[u8], wait_s: Option<u64>) -> EnrolError {
    #[derive(Default, serde::Deserialize)]
    struct Envelope {
        error: Detail,
    }
    #[derive(Default, serde::Deserialize)]
    struct Detail {
        code: String,
        message: String,
    }
    let Envelope { error: Detail { code, message } } = serde_json::from_slice(body).unwrap_or_default();
    match code.as_str() {
        "code_unknown" => EnrolError::CodeUnknown,
        "code_used" => EnrolError::CodeUsed,
        "code_expired" => EnrolError::CodeExpired,
        "too_many_attempts" => EnrolError::TooManyAttempts { wait_s },
        _ => EnrolError::Refused { status, code, message },
    }
}

#[cfg(test)]
mod tests;
