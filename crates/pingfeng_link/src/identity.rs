//! Who the device is: one file, so that it is replaced at once or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Bytes of an identity file.
const IDENTITY_BYTES_MAX: u64 = 64 * 1024;

/// What enrolment gave the device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Device id.
    pub device: String,
    /// Name given in the console.
    pub name: String,
    /// Site id.
    pub site: String,
    /// Group id: whose releases with an audience it shows. As it was at enrolment: a hub that could change it could
    /// show here what was signed for others.
    #[serde(default)]
    pub group: String,
    /// Broker host name as its certificate has it.
    pub broker_host: String,
    /// Broker port (MQTT 5 over TLS).
    pub broker_port: u16,
    /// Client certificate, PEM.
    pub certificate_pem: String,
    /// Its key, PKCS #8 PEM. Made on this device; never leaves it.
    pub key_pem: String,
    /// The hub's certificate authority, PEM: the only one that is trusted.
    pub authority_pem: String,
}

impl std::fmt::Debug for Identity {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({} at {}, {}:{})", self.device, self.site, self.broker_host, self.broker_port)
    }
}

/// Why the identity could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The system says no.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// As the system says it.
        source: io::Error,
    },
    /// Not an identity. Enrol the device again.
    #[error("{} is not an identity: {reason}; enrol this device again", .path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl Identity {
    /// Reads the identity; `None` when the device is not enrolled.
    pub fn load(path: &Path) -> Result<Option<Self>, IdentityError> {
        let io_error = |source| IdentityError::Io { path: path.to_owned(), source };
        let malformed = |reason: String| IdentityError::Malformed { path: path.to_owned(), reason };
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Ok(metadata) if metadata.len() > IDENTITY_BYTES_MAX => {
                return Err(malformed(format!("{} bytes, at most {IDENTITY_BYTES_MAX}", metadata.len())));
            }
            metadata => metadata.map_err(io_error)?,
        };
        let bytes = fs::read(path).map_err(io_error)?;
        let identity: Self = serde_json::from_slice(&bytes).map_err(|error| malformed(error.to_string()))?;
        for id in [&identity.device, &identity.site] {
            if !pingfeng_wire::topic::id_is_valid(id) {
                return Err(malformed(format!("`{id}` cannot stand in a topic")));
            }
        }
        Ok(Some(identity))
    }

    /// Writes the identity, readable by its owner alone. After a power cut the file is the old one or the new one.
    pub fn save(&self, path: &Path) -> Result<(), IdentityError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| IdentityError::Io { path, source }
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(at(folder))?;
        let temporary = path.with_extension("tmp");
        let json = serde_json::to_vec_pretty(self).map_err(|error| at(path)(error.into()))?;
        // A file left over might be readable by others: the mode counts only when the file is made.
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&temporary)(error)),
            _ => {}
        }
        let mut file =
            OpenOptions::new().create_new(true).write(true).mode(0o600).open(&temporary).map_err(at(&temporary))?;
        file.write_all(&json).and_then(|()| file.sync_all()).map_err(at(&temporary))?;
        fs::rename(&temporary, path).map_err(at(path))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
    }

    /// When the device's certificate ends, milliseconds since 1970; `None` when it cannot be read.
    pub fn certificate_until_ms(&self) -> Option<u64> {
        crate::mqtt::valid_until_ms(self)
    }

    /// Writes `device.key` (0600), `device.crt` and `authority.crt` into a folder, for third-party MQTT clients.
    pub fn export_pem(&self, folder: &Path) -> Result<(), IdentityError> {
        fs::create_dir_all(folder).map_err(|source| IdentityError::Io { path: folder.to_owned(), source })?;
        let parts = [
            ("device.key", &self.key_pem),
            ("device.crt", &self.certificate_pem),
            ("authority.crt", &self.authority_pem),
        ];
        for (name, pem) in parts {
            let path = folder.join(name);
            OpenOptions::new()
                .create(true)
                .truncate(true)
                .write(true)
                .mode(0o600)
                .open(&path)
                .and_then(|mut file| file.write_all(pem.as_bytes()))
                .map_err(|source| IdentityError::Io { path, source })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn identity() -> Identity {
        Identity {
            device: "hall-1".into(),
            name: "一号屏".into(),
            site: "main".into(),
            group: "hall".into(),
            broker_host: "hub".into(),
            broker_port: 8883,
            certificate_pem: "certificate".into(),
            key_pem: "secret".into(),
            authority_pem: "authority".into(),
        }
    }

    #[test]
    fn an_identity_is_readable_by_its_owner_alone_and_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/identity.json");
        assert_eq!(Identity::load(&path).unwrap(), None);
        identity().save(&path).unwrap();
        let renamed = Identity { name: "二号屏".into(), ..identity() };
        renamed.save(&path).unwrap();
        assert_eq!(Identity::load(&path).unwrap(), Some(renamed));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left over");
    }

    #[test]
    fn the_key_appears_in_no_log() {
        assert!(!format!("{:?}", identity()).contains("secret"));
    }

    #[test]
    fn a_damaged_identity_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.json");
        let with_bad_site = serde_json::to_vec(&Identity { site: "展厅".into(), ..identity() }).unwrap();
        for damage in [&b"{"[..], b"", "展厅".as_bytes(), &with_bad_site, &vec![b' '; 70_000]] {
            fs::write(&path, damage).unwrap();
            let error = Identity::load(&path).unwrap_err().to_string();
            assert!(error.ends_with("enrol this device again"), "{error}");
        }
    }
}
