//! The hub's own certificate authority: made at the first start, it signs the server's certificate and one client
//! certificate per device. Its key never leaves the data folder.

use std::{
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use openssl::{
    cms::CmsContentInfo,
    pkcs7::{Pkcs7, Pkcs7Flags},
    pkey::{PKey, Private},
    stack::Stack,
    x509::{X509, store::X509StoreBuilder},
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};

use crate::disk::{self, Readers};

const AUTHORITY_DAYS: i64 = 20 * 365;
const SERVER_DAYS: i64 = 825;
/// A server certificate with fewer days left is replaced at start.
const SERVER_RENEW_DAYS: i64 = 60;
/// Certificates begin in the past, because clocks of screens are wrong more often than right before their first sync.
const BEGIN_DAYS_AGO: i64 = 2;
const DAY_MS: i64 = 86_400_000;

/// Why the authority cannot be opened. The hub must not start without it.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Disk {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is there but is no key or certificate: restore it from a backup.
    #[error("{path}: {reason}")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Making a certificate failed.
    #[error("making a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// The TLS library refuses what was made.
    #[error("TLS: {0}")]
    Tls(String),
}

/// Why a certificate request is refused. Tell the device: its request is at fault.
#[derive(Debug, thiserror::Error)]
#[error("the certificate request is not one that this hub signs: {0}")]
pub struct RequestError(String);

/// A device's certificate.
#[derive(Clone, Debug)]
pub struct Issued {
    /// PEM.
    pub certificate_pem: String,
    /// Serial number, hex.
    pub serial: String,
    /// Last moment of its validity.
    pub expires_at_ms: i64,
}

/// The certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
    folder: PathBuf,
    provider: Arc<CryptoProvider>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Authority {
    /// Opens the authority in `folder`, or makes it if the folder has none.
    pub fn open(folder: &Path, now_ms: i64) -> Result<Self, AuthorityError> {
        let certificate_path = folder.join("authority.pem");
        let key_path = folder.join("authority.key");
        let found = (read(&certificate_path)?, read(&key_path)?);
        let (pem, key) = match found {
            (Some(pem), Some(key)) => {
                let key = KeyPair::from_pem(&key).map_err(|error| damaged(&key_path, error))?;
                (pem, key)
            }
            // The key is written first: a key alone is a start that was cut off before anything was signed.
            (None, _) => {
                let key = KeyPair::generate()?;
                let certificate = authority_params(now_ms).self_signed(&key)?;
                write(&key_path, key.serialize_pem().as_bytes(), Readers::Owner)?;
                write(&certificate_path, certificate.pem().as_bytes(), Readers::Folder)?;
                (certificate.pem(), key)
            }
            (Some(_), None) => return Err(damaged(&key_path, "missing, but its certificate is there")),
        };
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| damaged(&certificate_path, error))?;
        let issuer = Issuer::from_ca_cert_der(&der, key).map_err(|error| damaged(&certificate_path, error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        Ok(Self { issuer, der, pem, folder: folder.to_owned(), provider })
    }

    /// The authority's certificate, PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Opens what was encrypted to the hub (CMS, DER). The error is for the log: whoever sent it learns only that it
    /// cannot be opened.
    pub fn open_sealed(&self, sealed: &[u8]) -> Result<Vec<u8>, openssl::error::ErrorStack> {
        let (certificate, key) = self.for_openssl()?;
        CmsContentInfo::from_der(sealed)?.decrypt(&key, &certificate)
    }

    /// The bytes that a device has signed (PKCS #7, DER), and the common name and serial number of its certificate. Its
    /// dates are not asked: a device without a network may have missed its renewal, and its records are no older for it.
    pub fn signed_by_device(&self, signed: &[u8]) -> Result<(Vec<u8>, String, String), String> {
        let said = |error: openssl::error::ErrorStack| error.to_string();
        let (authority, _) = self.for_openssl().map_err(said)?;
        let signed = Pkcs7::from_der(signed).map_err(said)?;
        let (none, store) = (Stack::new().map_err(said)?, X509StoreBuilder::new().map_err(said)?.build());
        let mut plain = Vec::new();
        let flags = Pkcs7Flags::BINARY | Pkcs7Flags::NOVERIFY;
        signed.verify(&none, &store, None, Some(&mut plain), flags).map_err(said)?;
        let signers = signed.signers(&none, flags).map_err(said)?;
        let signer = signers.iter().next().filter(|_| signers.len() == 1).ok_or("it is not signed by one device")?;
        let key = authority.public_key().map_err(said)?;
        if !signer.verify(&key).map_err(said)? {
            return Err("it is signed by a certificate of another authority".to_owned());
        }
        let der = CertificateDer::from(signer.to_der().map_err(said)?);
        let (device, serial) = client_of(&der).ok_or("the certificate names no device")?;
        Ok((plain, device, serial))
    }

    /// Signs an answer for a stick (PKCS #7, DER) with the authority's own key, which devices know.
    pub fn sign_answer(&self, plain: &[u8]) -> Result<Vec<u8>, openssl::error::ErrorStack> {
        let (certificate, key) = self.for_openssl()?;
        Pkcs7::sign(&certificate, &key, Stack::new()?.as_ref(), plain, Pkcs7Flags::BINARY)?.to_der()
    }

    fn for_openssl(&self) -> Result<(X509, PKey<Private>), openssl::error::ErrorStack> {
        let key = PKey::private_key_from_pem(self.issuer.key().serialize_pem().as_bytes())?;
        Ok((X509::from_pem(self.pem.as_bytes())?, key))
    }

    /// SHA-256 of the authority's certificate (DER), 64 hex digits: what a person compares and a device pins.
    pub fn fingerprint(&self) -> String {
        hex::encode(openssl::sha::sha256(&self.der))
    }

    /// The server's certificate chain and key for `names`: kept from the last start while the names are the same and
    /// it lasts, else made anew.
    pub fn server(&self, names: &[String], now_ms: i64) -> Result<ServerIdentity, AuthorityError> {
        let certificate_path = self.folder.join("server.pem");
        let key_path = self.folder.join("server.key");
        let names_path = self.folder.join("server.names");
        let listed = names.join("\n");
        if let (Some(pem), Some(key), Some(before)) = (read(&certificate_path)?, read(&key_path)?, read(&names_path)?)
            && before == listed
            && let Ok(identity) = self.identity(&pem, &key)
            && expires_at_ms(&identity.chain[0]).is_some_and(|end| end > now_ms + SERVER_RENEW_DAYS * DAY_MS)
        {
            return Ok(identity);
        }
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.subject_alt_names = names.iter().map(|name| subject_name(name)).collect::<Result<_, _>>()?;
        params.distinguished_name = name("pingfeng-hub");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        validity(&mut params, now_ms, SERVER_DAYS);
        let certificate = params.signed_by(&key, &self.issuer)?;
        write(&key_path, key.serialize_pem().as_bytes(), Readers::Owner)?;
        write(&certificate_path, certificate.pem().as_bytes(), Readers::Folder)?;
        write(&names_path, listed.as_bytes(), Readers::Folder)?;
        self.identity(&certificate.pem(), &key.serialize_pem())
    }

    /// Signs a device's request. What the request says about itself is ignored but for its key: the hub names the
    /// device, and the certificate can do nothing but identify a client.
    pub fn sign_device(&self, csr_pem: &str, device: &str, days: u32, now_ms: i64) -> Result<Issued, RequestError> {
        let mut request =
            CertificateSigningRequestParams::from_pem(csr_pem).map_err(|error| RequestError(error.to_string()))?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name(device);
        params.is_ca = IsCa::ExplicitNoCa;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let serial = serial_bytes();
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        validity(&mut params, now_ms, i64::from(days));
        request.params = params;
        let certificate = request.signed_by(&self.issuer).map_err(|error| RequestError(error.to_string()))?;
        Ok(Issued {
            certificate_pem: certificate.pem(),
            serial: hex::encode(serial),
            expires_at_ms: expires_at_ms(certificate.der()).unwrap_or(now_ms),
        })
    }

    /// A client certificate with a fresh key, for the hub itself at an external broker.
    pub fn client(&self, common_name: &str, now_ms: i64) -> Result<(String, String), AuthorityError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name(common_name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        validity(&mut params, now_ms, SERVER_DAYS);
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }

    /// TLS for the console and REST: no client certificate.
    pub fn https_config(&self, identity: &ServerIdentity) -> Result<ServerConfig, AuthorityError> {
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| AuthorityError::Tls(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(identity.chain.clone(), identity.key.clone_key())
            .map_err(|error| AuthorityError::Tls(error.to_string()))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    /// TLS for MQTT: a client certificate of this authority, within its validity, or no connection.
    pub fn mqtt_config(&self, identity: &ServerIdentity) -> Result<ServerConfig, AuthorityError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).map_err(|error| AuthorityError::Tls(error.to_string()))?;
        let verifier: Arc<dyn ClientCertVerifier> =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), self.provider.clone())
                .build()
                .map_err(|error| AuthorityError::Tls(error.to_string()))?;
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| AuthorityError::Tls(error.to_string()))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(identity.chain.clone(), identity.key.clone_key())
            .map_err(|error| AuthorityError::Tls(error.to_string()))?;
        config.alpn_protocols = vec![b"mqtt".to_vec()];
        Ok(config)
    }

    fn identity(&self, pem: &str, key: &str) -> Result<ServerIdentity, AuthorityError> {
        let leaf = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| AuthorityError::Tls(format!("server certificate: {error:?}")))?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
            .map_err(|error| AuthorityError::Tls(format!("server key: {error:?}")))?;
        // The authority goes along, so that a device which knows only its fingerprint can pin it.
        Ok(ServerIdentity { chain: vec![leaf, self.der.clone()], key })
    }
}

/// What the server shows at a handshake.
#[derive(Debug)]
pub struct ServerIdentity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// Common name and serial number (hex) of a certificate that TLS has verified.
pub fn client_of(certificate: &CertificateDer<'_>) -> Option<(String, String)> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let common_name = parsed.subject().iter_common_name().next()?.as_str().ok()?.to_owned();
    Some((common_name, hex::encode(parsed.raw_serial())))
}

fn expires_at_ms(certificate: &CertificateDer<'_>) -> Option<i64> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    parsed.validity().not_after.timestamp().checked_mul(1000)
}

fn authority_params(now_ms: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(&format!("Pingfeng hub {}", hex::encode(rand::random::<[u8; 4]>())));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    validity(&mut params, now_ms, AUTHORITY_DAYS);
    params
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// Positive and without a leading zero byte, so that its hex is the same wherever it is read.
fn serial_bytes() -> [u8; 16] {
    let mut serial = rand::random::<[u8; 16]>();
    serial[0] = (serial[0] & 0x3f) | 0x40;
    serial
}

fn subject_name(name: &str) -> Result<SanType, AuthorityError> {
    Ok(match IpAddr::from_str(name) {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(name.try_into()?),
    })
}

/// Whole days: the begin and the end both fall on midnight in UTC.
fn validity(params: &mut CertificateParams, now_ms: i64, days: i64) {
    let begin = civil_day(now_ms - BEGIN_DAYS_AGO * DAY_MS);
    params.not_before = rcgen::date_time_ymd(begin.0, begin.1, begin.2);
    let end = civil_day(now_ms + days * DAY_MS);
    params.not_after = rcgen::date_time_ymd(end.0, end.1, end.2);
}

fn civil_day(at_ms: i64) -> (i32, u8, u8) {
    // A clock outside of jiff's range (years -9999 to 9999) counts as 1970: the certificate is refused, nothing panics.
    let day = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).date();
    (i32::from(day.year()), day.month().unsigned_abs(), day.day().unsigned_abs())
}

fn read(path: &Path) -> Result<Option<String>, AuthorityError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(AuthorityError::Disk { path: path.to_owned(), source }),
    }
}

fn write(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), AuthorityError> {
    disk::write(path, bytes, readers).map_err(|source| AuthorityError::Disk { path: path.to_owned(), source })
}

fn damaged(path: &Path, reason: impl std::fmt::Debug) -> AuthorityError {
    AuthorityError::Damaged { path: path.to_owned(), reason: format!("{reason:?}") }
}
