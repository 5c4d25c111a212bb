//! Key files: an Ed25519 key under a passphrase, in the format that openssl reads and writes as well (PKCS#8, PEM).

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey, pkcs8::KeypairBytes};
use pkcs8::{
    EncryptedPrivateKeyInfoOwned, EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, SecretDocument,
    der::{asn1::OctetString, pem::PemLabel as _},
    pkcs5::{
        EncryptionScheme,
        pbes2::{Kdf, Parameters},
        scrypt,
    },
};
use zeroize::Zeroizing;

use super::{Envelope, PublicKey, Signature};

/// Bytes of a key file; ours have about 400.
pub const KEY_FILE_BYTES_MAX: usize = 16 * 1024;

/// scrypt with N = 2¹⁴, r = 8, p = 5: one of OWASP's equal settings, a quarter of a second of one core and 16 MiB a
/// guess. A larger N would need more than the 32 MiB that openssl lends scrypt unasked, and openssl could not open the
/// file; so the work is raised by p.
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 5;
/// What a file may ask of whoever opens it: 1 GiB and a few seconds.
const SCRYPT_COST_MAX: u64 = 1 << 20;
const SCRYPT_BLOCKS_MAX: u64 = 64;
const PBKDF2_ROUNDS_MAX: u32 = 10_000_000;

/// A private key. Its memory is wiped when it is dropped; it is never printed.
pub struct FileKey(SigningKey);

/// Why a key file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// Not an encrypted PKCS#8 key in PEM. Take the file that `pingfengctl key new` wrote.
    #[error("this is no key under a passphrase (PEM, `ENCRYPTED PRIVATE KEY`)")]
    Format,
    /// The passphrase does not open it, or the file is damaged.
    #[error("the passphrase does not open this key")]
    Passphrase,
    /// A key of another kind.
    #[error("this is not an Ed25519 key")]
    NotEd25519,
    /// The file asks for more memory or time than any honest one.
    #[error("opening this key would take absurd memory or time; it was not made for people")]
    Absurd,
    /// The library refused to write it.
    #[error("the key could not be encrypted")]
    Encrypt,
}

impl FileKey {
    /// A key of 32 random bytes. They must come from the system's random source.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads a key file.
    pub fn from_pem(text: &str, passphrase: &str) -> Result<Self, KeyFileError> {
        if text.len() > KEY_FILE_BYTES_MAX {
            return Err(KeyFileError::Format);
        }
        let (label, sealed) = SecretDocument::from_pem(text).map_err(|_| KeyFileError::Format)?;
        if label != EncryptedPrivateKeyInfoOwned::PEM_LABEL {
            return Err(KeyFileError::Format);
        }
        let sealed = EncryptedPrivateKeyInfoRef::try_from(sealed.as_bytes()).map_err(|_| KeyFileError::Format)?;
        let EncryptionScheme::Pbes2(parameters) = &sealed.encryption_algorithm else {
            return Err(KeyFileError::Format);
        };
        let bearable = match &parameters.kdf {
            Kdf::Scrypt(scrypt) => {
                u64::from(scrypt.cost_parameter) <= SCRYPT_COST_MAX
                    && u64::from(scrypt.block_size) * u64::from(scrypt.parallelization) <= SCRYPT_BLOCKS_MAX
            }
            Kdf::Pbkdf2(pbkdf2) => pbkdf2.iteration_count <= PBKDF2_ROUNDS_MAX,
            _ => false,
        };
        if !bearable {
            return Err(KeyFileError::Absurd);
        }
        let opened = sealed.decrypt(passphrase.as_bytes()).map_err(|_| KeyFileError::Passphrase)?;
        let inner = PrivateKeyInfoRef::try_from(opened.as_bytes()).map_err(|_| KeyFileError::Passphrase)?;
        SigningKey::try_from(inner).map(Self).map_err(|_| KeyFileError::NotEd25519)
    }

    /// The key as a file under `passphrase`. `salt` and `iv` are random bytes, never used before.
    pub fn to_pem(&self, passphrase: &str, salt: &[u8; 16], iv: [u8; 16]) -> Result<Zeroizing<String>, KeyFileError> {
        use pkcs8::EncodePrivateKey as _;
        let scrypt = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P).map_err(|_| KeyFileError::Encrypt)?;
        let parameters = Parameters::generate_scrypt_aes256cbc(scrypt, salt, iv).map_err(|_| KeyFileError::Encrypt)?;
        // The form without the public half: openssl 3.0 does not read the other.
        let plain = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        let plain = plain.to_pkcs8_der().map_err(|_| KeyFileError::Encrypt)?;
        let sealed = parameters.encrypt(passphrase.as_bytes(), plain.as_bytes()).map_err(|_| KeyFileError::Encrypt)?;
        let sealed = EncryptedPrivateKeyInfoOwned {
            encryption_algorithm: parameters.into(),
            encrypted_data: OctetString::new(sealed).map_err(|_| KeyFileError::Encrypt)?,
        };
        SecretDocument::try_from(&sealed)
            .and_then(|sealed| {
                sealed
                    .to_pem(EncryptedPrivateKeyInfoOwned::PEM_LABEL, pkcs8::LineEnding::LF)
                    .map_err(pkcs8::Error::from)
            })
            .map_err(|_| KeyFileError::Encrypt)
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::Ed25519(self.0.verifying_key())
    }

    /// Signs what an envelope says. The same key and envelope give the same signature.
    pub fn sign(&self, envelope: &Envelope) -> Signature {
        let sig = self.0.sign(&envelope.signed_bytes()).to_bytes();
        Signature::of_file_key(&self.public(), &sig)
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileKey({})", self.public().id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_opens_with_its_passphrase_only() {
        let key = FileKey::from_seed(&[3; 32]);
        let pem = key.to_pem("屏风 and a half", &[1; 16], [2; 16]).unwrap();
        assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "{}", &*pem);
        assert_eq!(FileKey::from_pem(&pem, "屏风 and a half").unwrap().public(), key.public());
        assert!(matches!(FileKey::from_pem(&pem, "屏风 and a"), Err(KeyFileError::Passphrase)));
        assert!(matches!(FileKey::from_pem(&pem[..200], "屏风 and a half"), Err(KeyFileError::Format)));
        assert!(matches!(FileKey::from_pem("", ""), Err(KeyFileError::Format)));
    }
}
