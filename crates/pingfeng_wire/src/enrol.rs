//! Enrolment: REST bodies of `POST /api/v1/enrol`. The device makes its key pair; only the request travels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a device sends once, with the one-time code that the console showed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// One-time code, 8 characters of Crockford base 32, grouped or not.
    pub code: String,
    /// PKCS #10 in PEM. Its subject is ignored: the hub names the device.
    pub csr_pem: String,
    /// Program version.
    pub program: String,
    /// Host name, for the operator.
    pub host: String,
}

/// What a device needs from then on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EnrolResponse {
    /// Device id.
    pub device: String,
    /// Name given in the console.
    pub name: String,
    /// Site id.
    pub site: String,
    /// Client certificate, PEM.
    pub certificate_pem: String,
    /// The hub's certificate authority, PEM.
    pub authority_pem: String,
    /// Broker host name as the certificate has it.
    pub broker_host: String,
    /// Broker port (MQTT 5 over TLS).
    pub broker_port: u16,
    /// Group id: the audience that this device belongs to until it is enrolled again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Envelopes of the site's roots, oldest first; none: the site has no reviewers' keys. The device shows the
    /// fingerprint of the first for a person to compare, and keeps to it from then on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roots: Vec<String>,
}
