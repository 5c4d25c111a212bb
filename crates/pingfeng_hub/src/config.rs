//! The hub's configuration file. Every key is explained in `kiosk-config/hub.toml`; an unknown key is an error.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::Clock;

/// Everything a hub needs to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of everything the hub keeps: database, blobs, drafts, keys.
    pub data: PathBuf,
    /// Built console (`web/dist`); without it a plain page says so.
    pub console: Option<PathBuf>,
    /// The file's content.
    pub settings: Settings,
    /// The time.
    pub clock: Clock,
}

impl Config {
    /// Default settings on free ports of this machine, for tests and tools.
    pub fn local(data: impl Into<PathBuf>, clock: Clock) -> Self {
        let mut settings = Settings::default();
        settings.listen.https = SocketAddr::from(([127, 0, 0, 1], 0));
        settings.listen.mqtt = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { data: data.into(), console: None, settings, clock }
    }
}

/// Why a configuration file is refused. Show it and stop: guessing would open the wrong ports.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("{path}: {source}")]
    Parse {
        /// Which.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
}

/// The content of `hub.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Name of the hub, shown in the console.
    pub name: HubName,
    /// Addresses and names.
    pub listen: Listen,
    /// Where rows are kept.
    pub database: Database,
    /// Who carries messages.
    pub broker: Broker,
    /// Sign-in.
    pub session: Session,
    /// Enrolment of devices.
    pub enrolment: Enrolment,
    /// Uploads.
    pub upload: Upload,
    /// How releases may come to devices.
    pub delivery: Delivery,
}

impl Settings {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        toml::from_str(&text)
            .map_err(|source| ConfigError::Parse { path: path.to_owned(), source: Box::new(source) })
    }
}

/// A hub's name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct HubName(pub String);

impl Default for HubName {
    fn default() -> Self {
        Self("屏风中枢".into())
    }
}

/// Addresses and names.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Console and REST, over TLS.
    pub https: SocketAddr,
    /// MQTT 5 over TLS, for devices. Unused with an external broker.
    pub mqtt: SocketAddr,
    /// Host names and addresses that devices and browsers use; they go into the server's certificate.
    pub names: Vec<String>,
    /// What enrolled devices are told to connect to, when the name they enrolled through is not in the certificate.
    pub public_host: Option<String>,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            https: SocketAddr::from(([0, 0, 0, 0], 8443)),
            mqtt: SocketAddr::from(([0, 0, 0, 0], 8883)),
            names: Vec::new(),
            public_host: None,
        }
    }
}

/// Where rows are kept.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `postgres://…`; without it, SQLite in the data folder.
    pub url: Option<String>,
}

/// Who carries messages.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Broker {
    /// An external MQTT 5 broker, `mqtts://host:port`; without it, the embedded one.
    pub external: Option<ExternalBroker>,
}

/// An external MQTT 5 broker. It must check device certificates against the hub's authority and hold devices to their
/// topics; `docs/hub/operations.md` shows how.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalBroker {
    /// Host as its certificate has it.
    pub host: String,
    /// Port, TLS.
    pub port: u16,
    /// PEM of the authority that signed the broker's certificate; the hub's own if absent.
    pub authority: Option<PathBuf>,
}

/// Sign-in.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// Hours until an administrator has to sign in again.
    pub hours: u32,
}

impl Default for Session {
    fn default() -> Self {
        Self { hours: 12 }
    }
}

/// Enrolment of devices.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Enrolment {
    /// Minutes that a one-time code is good for.
    pub code_minutes: u32,
    /// Days that a device's certificate is good for.
    pub certificate_days: u32,
}

impl Default for Enrolment {
    fn default() -> Self {
        Self { code_minutes: 15, certificate_days: 825 }
    }
}

/// Uploads.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Upload {
    /// Mebibytes of one upload.
    pub size_mib: u64,
}

impl Default for Upload {
    fn default() -> Self {
        Self { size_mib: 2_048 }
    }
}

/// How releases may come to devices.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// Devices that reach the web service fetch over HTTPS; the others, and all of them when it fails, over MQTT.
    pub https: bool,
    /// Where devices find the web service, `https://…`; without it, `public_host` and the port of `listen.https`.
    pub url: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_says_the_defaults() {
        let shipped: Settings = toml::from_str(include_str!("../../../kiosk-config/hub.toml")).unwrap();
        assert_eq!(shipped, Settings::default());
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = toml::from_str::<Settings>("[listen]\nhttsp = \"0.0.0.0:1\"\n").unwrap_err().to_string();
        assert!(error.contains("httsp"), "{error}");
    }
}
