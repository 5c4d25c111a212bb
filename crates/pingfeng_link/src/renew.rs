//! A new key and certificate for a device that has one already: made, kept on the disk, tried, and given up again if the
//! hub does not let the device in with them.
//!
//! The identity before stays in a second file until the new one has connected once. Whatever is cut off in between, one
//! of the two is whole and is tried.

use std::fs;
use std::path::{Path, PathBuf};

use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use crate::enrol::{new_key, request_pem};
use crate::identity::{Identity, IdentityError};
use crate::mqtt::dates_of;

/// Tries with the new identity before the one before gets its turn.
const TRIES_BEFORE_FORMER: u32 = 2;

/// Why a certificate was not taken. The present one stays.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenewError {
    /// The library could not make or read something.
    #[error("key or certificate: {0}")]
    Library(#[from] openssl::error::ErrorStack),
    /// It is not what was asked for.
    #[error("the hub's certificate is not taken: {0}")]
    Certificate(String),
    /// It could not be kept.
    #[error(transparent)]
    Disk(#[from] IdentityError),
}

/// Who the device is, and who it was until the last renewal.
#[derive(Debug)]
pub(crate) struct Credentials {
    file: Option<PathBuf>,
    present: Identity,
    former: Option<Identity>,
    /// Tries since the present one was taken, without success.
    tries: u32,
    /// The key of a certificate that was asked for.
    pending: Option<PKey<Private>>,
}

impl Credentials {
    /// `file`: where the identity lies; `None`: it cannot be renewed.
    pub(crate) fn new(present: Identity, file: Option<PathBuf>) -> Self {
        let former = file.as_deref().and_then(|file| match Identity::load(&former_of(file)) {
            // A cut-off renewal may have left the present one here.
            Ok(former) => former.filter(|former| *former != present && former.device == present.device),
            Err(error) => {
                tracing::warn!(%error, "the identity before the last renewal cannot be read");
                None
            }
        });
        Self { file, present, former, tries: 0, pending: None }
    }

    pub(crate) fn present(&self) -> &Identity {
        &self.present
    }

    pub(crate) fn can_be_renewed(&self) -> bool {
        self.file.is_some()
    }

    /// The identity for the next try to connect.
    pub(crate) fn next(&mut self) -> &Identity {
        self.tries = self.tries.saturating_add(1);
        match &self.former {
            Some(former) if self.tries.is_multiple_of(TRIES_BEFORE_FORMER + 1) => former,
            _ => &self.present,
        }
    }

    /// The last try was let in. What was not used is forgotten: the new identity if it was refused, else the former one.
    /// True if there were two: which one the device uses is news.
    pub(crate) fn connected(&mut self) -> bool {
        let by_former = self.tries.is_multiple_of(TRIES_BEFORE_FORMER + 1);
        self.tries = 0;
        let (Some(former), Some(file)) = (self.former.take(), &self.file) else { return false };
        if by_former {
            tracing::warn!("the hub does not take the new certificate; the one before is used again");
            self.present = former;
            if let Err(error) = self.present.save(file) {
                tracing::error!(%error, "the identity could not be kept");
                return true;
            }
        }
        if let Err(error) = fs::remove_file(former_of(file)) {
            tracing::warn!(%error, "the identity before the last renewal could not be removed");
        }
        true
    }

    /// Makes a key and returns a request for its certificate.
    pub(crate) fn make_key(&mut self) -> Result<String, RenewError> {
        let key = new_key()?;
        let csr_pem = request_pem(&key)?;
        self.pending = Some(key);
        Ok(csr_pem)
    }

    /// Takes the certificate for the last key that was made: keeps the present identity aside, then replaces it.
    pub(crate) fn take(&mut self, certificate_pem: String, wall_ms: u64) -> Result<(), RenewError> {
        let wrong = |reason: &str| RenewError::Certificate(reason.to_owned());
        let key = self.pending.take().ok_or_else(|| wrong("nobody asked for it"))?;
        let file = self.file.clone().ok_or_else(|| wrong("there is nowhere to keep it"))?;
        let certificate = X509::from_pem(certificate_pem.as_bytes())?;
        if !certificate.public_key().is_ok_and(|of_certificate| of_certificate.public_eq(&key)) {
            return Err(wrong("it is for another key"));
        }
        // The authority does not change: it is how this device knows its hub.
        let authority = X509::from_pem(self.present.authority_pem.as_bytes())?;
        if !certificate.verify(authority.public_key()?.as_ref())? {
            return Err(wrong("another authority has signed it"));
        }
        let mut named = certificate
            .subject_name()
            .entries_by_nid(Nid::COMMONNAME)
            .filter_map(|entry| entry.data().to_string().ok());
        if !named.any(|name| name == self.present.device) {
            return Err(wrong("it is for another device"));
        }
        let key_pem = String::from_utf8_lossy(&key.private_key_to_pem_pkcs8()?).into_owned();
        let renewed = Identity { certificate_pem, key_pem, ..self.present.clone() };
        if let Some(reason) = dates_of(&renewed, wall_ms) {
            return Err(RenewError::Certificate(reason));
        }
        self.present.save(&former_of(&file))?;
        renewed.save(&file)?;
        self.former = Some(std::mem::replace(&mut self.present, renewed));
        self.tries = 0;
        Ok(())
    }
}

/// Beside the identity.
fn former_of(file: &Path) -> PathBuf {
    file.with_extension("former.json")
}

#[cfg(test)]
mod tests {
    use openssl::asn1::Asn1Time;
    use openssl::hash::MessageDigest;
    use openssl::x509::{X509Builder, X509Name, X509Req};

    use super::*;

    const NOW_MS: u64 = 1_800_000_000_000;

    /// An authority that signs whatever it is asked.
    struct Authority {
        key: PKey<Private>,
        certificate: X509,
    }

    impl Authority {
        fn new() -> Self {
            let key = new_key().unwrap();
            let certificate = certificate("hub", &key, &key);
            Self { key, certificate }
        }

        fn sign(&self, csr_pem: &str, device: &str) -> String {
            let request = X509Req::from_pem(csr_pem.as_bytes()).unwrap();
            let subject_key = request.public_key().unwrap();
            pem(&certificate(device, &subject_key, &self.key))
        }

        fn identity(&self) -> Identity {
            let key = new_key().unwrap();
            Identity {
                device: "d-1".into(),
                name: "一号屏".into(),
                site: "hall".into(),
                group: "front".into(),
                broker_host: "localhost".into(),
                broker_port: 1,
                certificate_pem: pem(&certificate("d-1", &key, &self.key)),
                key_pem: String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap(),
                authority_pem: pem(&self.certificate),
            }
        }
    }

    fn pem(certificate: &X509) -> String {
        String::from_utf8(certificate.to_pem().unwrap()).unwrap()
    }

    fn certificate<K: openssl::pkey::HasPublic>(name: &str, key: &PKey<K>, by: &PKey<Private>) -> X509 {
        let mut subject = X509Name::builder().unwrap();
        subject.append_entry_by_text("CN", name).unwrap();
        let subject = subject.build();
        let mut builder = X509Builder::new().unwrap();
        builder.set_subject_name(&subject).unwrap();
        builder.set_pubkey(key).unwrap();
        let day = |days: i64| Asn1Time::from_unix(i64::try_from(NOW_MS / 1000).unwrap() + days * 86_400).unwrap();
        builder.set_not_before(&day(-1)).unwrap();
        builder.set_not_after(&day(90)).unwrap();
        builder.sign(by, MessageDigest::sha256()).unwrap();
        builder.build()
    }

    struct Bench {
        authority: Authority,
        folder: tempfile::TempDir,
        credentials: Credentials,
    }

    impl Bench {
        fn new() -> Self {
            let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
            let file = folder.path().join("identity.json");
            authority.identity().save(&file).unwrap();
            let mut bench = Self { credentials: Credentials::new(authority.identity(), None), authority, folder };
            bench.restart();
            bench
        }

        fn file(&self) -> PathBuf {
            self.folder.path().join("identity.json")
        }

        fn restart(&mut self) {
            let present = Identity::load(&self.file()).unwrap().unwrap();
            self.credentials = Credentials::new(present, Some(self.file()));
        }

        fn renew(&mut self) -> Identity {
            let before = self.credentials.present().clone();
            let csr = self.credentials.make_key().unwrap();
            let certificate = self.authority.sign(&csr, "d-1");
            self.credentials.take(certificate, NOW_MS).unwrap();
            before
        }

        fn kept(&self) -> Identity {
            Identity::load(&self.file()).unwrap().unwrap()
        }
    }

    #[test]
    fn a_new_certificate_is_on_the_disk_before_it_is_used_and_the_old_one_beside_it() {
        let mut bench = Bench::new();
        let before = bench.renew();
        assert_ne!(bench.kept(), before);
        assert_eq!(bench.kept(), *bench.credentials.present());
        bench.restart();
        assert_eq!(bench.credentials.former, Some(before));
        let kept = bench.kept();
        assert_eq!(*bench.credentials.next(), kept);
        assert!(bench.credentials.connected());
        assert!(!bench.credentials.connected(), "no news");
        assert_eq!(bench.credentials.former, None);
        assert_eq!(fs::read_dir(bench.folder.path()).unwrap().count(), 1, "the old key is gone");
    }

    #[test]
    fn a_hub_that_refuses_the_new_certificate_is_reached_with_the_old_one() {
        let mut bench = Bench::new();
        let before = bench.renew();
        let renewed = bench.credentials.present().clone();
        assert_eq!(*bench.credentials.next(), renewed);
        assert_eq!(*bench.credentials.next(), renewed);
        assert_eq!(*bench.credentials.next(), before);
        assert!(bench.credentials.connected());
        assert_eq!((bench.kept(), bench.credentials.present()), (before.clone(), &before));
        // And by both in turn while there is no network at all.
        bench.renew();
        for _ in 0..2 {
            let tries: Vec<bool> = (0..3).map(|_| *bench.credentials.next() == before).collect();
            assert_eq!(tries, [false, false, true]);
        }
    }

    #[test]
    fn what_was_not_asked_for_is_not_taken() {
        let mut bench = Bench::new();
        let before = bench.kept();
        let csr = bench.credentials.make_key().unwrap();
        let good = bench.authority.sign(&csr, "d-1");
        let refused = |bench: &mut Bench, certificate: String| {
            let error = bench.credentials.take(certificate, NOW_MS).unwrap_err().to_string();
            assert_eq!(bench.kept(), before);
            assert!(bench.credentials.former.is_none());
            error
        };
        let another = bench.authority.sign(&csr, "d-2");
        assert!(refused(&mut bench, another).contains("another device"));
        // A key serves one answer only.
        assert!(refused(&mut bench, good).contains("nobody asked"));
        let csr = bench.credentials.make_key().unwrap();
        let forged = Authority::new().sign(&csr, "d-1");
        assert!(refused(&mut bench, forged).contains("another authority"));
        let old = bench.credentials.make_key().unwrap();
        let of_the_old_key = bench.authority.sign(&old, "d-1");
        bench.credentials.make_key().unwrap();
        assert!(refused(&mut bench, of_the_old_key).contains("another key"));
        bench.credentials.make_key().unwrap();
        refused(&mut bench, "no certificate".into());
    }

    #[test]
    fn a_renewal_that_was_cut_off_after_its_first_file_changes_nothing() {
        let mut bench = Bench::new();
        let present = bench.kept();
        present.save(&former_of(&bench.file())).unwrap();
        bench.restart();
        assert_eq!(bench.credentials.former, None);
        assert_eq!(*bench.credentials.next(), present);
    }
}
