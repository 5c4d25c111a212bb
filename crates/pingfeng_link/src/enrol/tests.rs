//! Enrolment against hubs that answer well and badly.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ssl::SslAcceptor;
use openssl::x509::X509Builder;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};

use super::*;

/// 2026-01-01.
const JAN_2026_MS: u64 = 1_767_225_600_000;
const YEAR_MS: u64 = 365 * 86_400_000;

struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

fn builder(name: &str, from_ms: u64, until_ms: u64) -> X509Builder {
    let mut subject = X509Name::builder().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_not_before(&Asn1Time::from_unix((from_ms / 1000) as i64).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix((until_ms / 1000) as i64).unwrap()).unwrap();
    builder
}

fn new_key() -> PKey<Private> {
    PKey::from_ec_key(EcKey::generate(&EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap()).unwrap()).unwrap()
}

fn real_now_ms() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64
}

impl Authority {
    fn new() -> Self {
        let key = new_key();
        // Handshakes go by the machine's clock, whatever it says.
        let mut certificate = builder("authority", 0, real_now_ms() + YEAR_MS);
        certificate.set_pubkey(&key).unwrap();
        let issuer = builder("authority", 0, 1).build().subject_name().to_owned().unwrap();
        certificate.set_issuer_name(&issuer).unwrap();
        certificate.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        certificate.sign(&key, MessageDigest::sha256()).unwrap();
        Self { key, certificate: certificate.build() }
    }

    fn issue(&self, name: &str, key: &PKey<openssl::pkey::Public>, from_ms: u64, until_ms: u64) -> X509 {
        let mut certificate = builder(name, from_ms, until_ms);
        certificate.set_pubkey(key).unwrap();
        certificate.set_issuer_name(self.certificate.subject_name()).unwrap();
        let names = SubjectAlternativeName::new()
            .dns("localhost")
            .build(&certificate.x509v3_context(Some(&self.certificate), None))
            .unwrap();
        certificate.append_extension(names).unwrap();
        certificate.sign(&self.key, MessageDigest::sha256()).unwrap();
        certificate.build()
    }

    fn pem(&self) -> String {
        String::from_utf8(self.certificate.to_pem().unwrap()).unwrap()
    }
}

fn public(key: &PKey<Private>) -> PKey<openssl::pkey::Public> {
    PKey::public_key_from_pem(&key.public_key_to_pem().unwrap()).unwrap()
}

/// Something that answers HTTPS like a hub: `answer` turns the body of a request into status and body.
struct FakeHub {
    address: String,
    authority: Arc<Authority>,
    thread: Option<JoinHandle<()>>,
}

impl FakeHub {
    fn start(answer: impl Fn(&Authority, EnrolRequest) -> (u16, String) + Send + 'static, connections: usize) -> Self {
        let authority = Arc::new(Authority::new());
        let key = new_key();
        let leaf = authority.issue("hub", &public(&key), 0, real_now_ms() + YEAR_MS);
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_private_key(&key).unwrap();
        acceptor.set_certificate(&leaf).unwrap();
        acceptor.add_extra_chain_cert(authority.certificate.clone()).unwrap();
        let acceptor = acceptor.build();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let of_thread = authority.clone();
        let thread = std::thread::spawn(move || {
            for _ in 0..connections {
                let (stream, _) = listener.accept().unwrap();
                // The look at the certificates ends without a request.
                let Ok(mut stream) = acceptor.accept(stream) else { continue };
                let Some(request) = read_request(&mut stream) else { continue };
                let (status, body) = answer(&of_thread, serde_json::from_slice(&request).unwrap());
                let head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nretry-after: 40\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(body.as_bytes()).unwrap();
                let _ = stream.shutdown();
            }
        });
        Self { address, authority, thread: Some(thread) }
    }

    fn invitation(&self, trust: HubTrust) -> Invitation {
        Invitation {
            hub: self.address.clone(),
            code: "K7QF-2M9D".into(),
            trust,
            program: "0.1.0".into(),
            host: "kiosk".into(),
        }
    }

    fn finish(mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

fn read_request(stream: &mut impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok())?;
        if bytes.len() >= end + 4 + length {
            return Some(bytes[end + 4..].to_vec());
        }
    }
}

fn granting(
    certificate_key: Option<PKey<Private>>,
    from_ms: u64,
    until_ms: u64,
) -> impl Fn(&Authority, EnrolRequest) -> (u16, String) {
    move |authority, request| {
        let of_request = X509Req::from_pem(request.csr_pem.as_bytes()).unwrap().public_key().unwrap();
        let key = certificate_key.as_ref().map_or(of_request, public);
        let certificate = authority.issue("d-1", &key, from_ms, until_ms);
        let response = EnrolResponse {
            device: "d-1".into(),
            name: "一号屏".into(),
            site: "main".into(),
            certificate_pem: String::from_utf8(certificate.to_pem().unwrap()).unwrap(),
            authority_pem: authority.pem(),
            broker_host: "localhost".into(),
            broker_port: 8883,
            group: "hall".into(),
            roots: vec!["{\"a root\":1}".into()],
        };
        assert_eq!(request.code, "K7QF-2M9D");
        (200, serde_json::to_string(&response).unwrap())
    }
}

#[test]
fn a_code_becomes_an_identity_over_a_connection_pinned_by_fingerprint() {
    let hub = FakeHub::start(granting(None, 0, u64::from(u32::MAX) * 1000), 2);
    let typed = fingerprint(&hub.authority.certificate).unwrap().to_uppercase();
    let pairs: Vec<_> = typed.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
    let Enrolled { identity, roots } = enrol(&hub.invitation(HubTrust::Fingerprint(pairs.join(":"))), JAN_2026_MS).unwrap();
    assert_eq!((identity.group.as_str(), roots), ("hall", vec!["{\"a root\":1}".to_owned()]), "as the hub has them");
    assert_eq!((identity.device.as_str(), identity.name.as_str(), identity.broker_port), ("d-1", "一号屏", 8883));
    let key = PKey::private_key_from_pem(identity.key_pem.as_bytes()).unwrap();
    assert!(X509::from_pem(identity.certificate_pem.as_bytes()).unwrap().public_key().unwrap().public_eq(&key));
    hub.finish();
}

#[test]
fn a_hub_with_another_fingerprint_is_told_nothing() {
    let hub = FakeHub::start(|_, _| panic!("nothing may be asked of it"), 1);
    let error = enrol(&hub.invitation(HubTrust::Fingerprint("ab".repeat(32))), JAN_2026_MS).unwrap_err();
    let shown = fingerprint(&hub.authority.certificate).unwrap();
    assert!(matches!(&error, EnrolError::OtherHub { found, .. } if *found == shown), "{error}");
    hub.finish();
}

#[test]
fn an_authority_from_a_file_must_be_the_one_that_signed_the_hub() {
    let hub = FakeHub::start(|_, _| panic!("nothing may be asked of it"), 1);
    let error = enrol(&hub.invitation(HubTrust::AuthorityPem(Authority::new().pem())), JAN_2026_MS).unwrap_err();
    assert!(matches!(&error, EnrolError::Unreachable { reason, .. } if reason.contains("certificate")), "{error}");
    hub.finish();
}

#[test]
fn each_refusal_of_a_code_says_what_to_do() {
    for (code, expected) in [
        ("code_unknown", "the hub does not know the code; check its eight characters"),
        ("code_used", "the code has been used already; ask the administrator for a new one"),
        ("code_expired", "the code has expired; ask the administrator for a new one"),
        ("too_many_attempts", "the hub refuses for now, after too many attempts; wait 40 s"),
        ("invalid_request", "the hub refuses: no (403 invalid_request)"),
    ] {
        let body = format!(r#"{{"error":{{"code":"{code}","message":"no"}}}}"#);
        let hub = FakeHub::start(move |_, _| (403, body.clone()), 1);
        let trust = HubTrust::AuthorityPem(hub.authority.pem());
        assert_eq!(enrol(&hub.invitation(trust), JAN_2026_MS).unwrap_err().to_string(), expected);
        hub.finish();
    }
}

#[test]
fn a_wrong_clock_is_named_as_such() {
    let hub = FakeHub::start(granting(None, JAN_2026_MS, JAN_2026_MS + YEAR_MS), 2);
    let invitation = hub.invitation(HubTrust::AuthorityPem(hub.authority.pem()));
    let early = enrol(&invitation, JAN_2026_MS - YEAR_MS).unwrap_err().to_string();
    assert!(
        early.starts_with("this device's certificate is valid only from Jan  1") && early.ends_with("set the clock"),
        "{early}"
    );
    let late = enrol(&invitation, JAN_2026_MS + 2 * YEAR_MS).unwrap_err().to_string();
    assert!(late.contains("expired on Jan  1") && late.contains("or set its clock"), "{late}");
    hub.finish();
}

#[test]
fn a_certificate_for_another_key_or_no_answer_at_all_is_refused() {
    let hub = FakeHub::start(granting(Some(new_key()), 0, u64::from(u32::MAX) * 1000), 1);
    let error = enrol(&hub.invitation(HubTrust::AuthorityPem(hub.authority.pem())), JAN_2026_MS).unwrap_err();
    assert!(matches!(&error, EnrolError::Answer { reason, .. } if reason.contains("another key")), "{error}");
    hub.finish();
    let hub = FakeHub::start(|_, _| (200, "<html>展厅</html>".into()), 1);
    let error = enrol(&hub.invitation(HubTrust::AuthorityPem(hub.authority.pem())), JAN_2026_MS).unwrap_err();
    assert!(matches!(error, EnrolError::Answer { .. }), "{error}");
    let invitation = hub.invitation(HubTrust::Fingerprint("ab".repeat(32)));
    hub.finish();
    let error = enrol(&invitation, JAN_2026_MS).unwrap_err();
    assert!(matches!(error, EnrolError::Unreachable { .. }), "{error}");
}

#[test]
fn what_was_mistyped_is_said_before_anything_is_sent() {
    let invitation = |hub: &str, fingerprint: &str| Invitation {
        hub: hub.into(),
        code: "K7QF2M9D".into(),
        trust: HubTrust::Fingerprint(fingerprint.into()),
        program: String::new(),
        host: String::new(),
    };
    for address in ["hub", "http://hub:8443", "https://", "https://hub/setup?token=1", "展厅", "https://展厅"] {
        let error = enrol(&invitation(address, &"ab".repeat(32)), 0).unwrap_err();
        assert!(matches!(error, EnrolError::Address(_)), "{address}: {error}");
    }
    for typed in ["", "abcd", &"zz".repeat(32), &"展".repeat(64)] {
        let error = enrol(&invitation("https://localhost:1", typed), 0).unwrap_err();
        assert!(matches!(error, EnrolError::Authority(_)), "{typed}: {error}");
    }
}
