//! Devices of a site give each other pieces, so that what one has fetched does not cross the hall's line again.
//!
//! `discovery` finds who is there, `serve` gives, `ask` takes. Whoever speaks proves first that it belongs to the site: the
//! connection is TLS with a key that only the hub and the devices of the site know (TLS-PSK), which each side proves to
//! the other. Certificates of devices would do as well, but they name the device to whoever listens, need a right clock
//! on both sides, and stay good here after the hub has revoked one; the key is changed at once. It gives nobody the right
//! to say what is shown: each piece is compared with its name, on arrival and again by the store.
//!
//! ```text
//! question     4 bytes how many names (little-endian), 32 bytes for each
//! answer       parcels in a row: those of the pieces that are there
//! ```

mod ask;
mod discovery;
mod serve;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslStream, SslVersion};
use pingfeng_release::BlobHash;

pub(crate) use self::ask::ask;
pub use self::discovery::{Announcement, Lan, Neighbourhood, Seen};
pub(crate) use self::serve::Server;

/// Bytes of a site's key.
const KEY_BYTES: usize = 32;
/// How each side calls the other; the key is what counts.
const PSK_IDENTITY: &[u8] = b"pingfeng-1";
/// Fresh keys for each connection, so that a key that becomes known later opens nothing that was recorded.
const CIPHERS: &str = "ECDHE-PSK-CHACHA20-POLY1305";
/// For each step: connecting, shaking hands, asking, the next bytes of an answer.
const STEP_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of a tag. Enough to tell sites and releases apart; guessing one opens nothing.
const TAG_BYTES: usize = 8;

/// How a device meets the others of its site. It does so only while the hub allows it.
#[derive(Clone, Debug)]
pub struct NeighbourConfig {
    /// Where it gives pieces. Port 0: any that is free; it is announced.
    pub listen: SocketAddr,
    /// How they find each other.
    pub neighbourhood: Arc<dyn Neighbourhood>,
}

impl NeighbourConfig {
    /// On every network of the machine, found by multicast DNS.
    pub fn on_lan() -> Self {
        Self { listen: SocketAddr::from(([0, 0, 0, 0], 0)), neighbourhood: Arc::new(Lan::default()) }
    }
}

/// The key of a site.
#[derive(Clone)]
pub(crate) struct SiteKey([u8; KEY_BYTES]);

impl SiteKey {
    /// From a target; `None` when it is not one.
    pub(crate) fn read(base64: &str) -> Option<Self> {
        let bytes = openssl::base64::decode_block(base64).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    fn derive(&self, what: &str, of: &str) -> Result<Vec<u8>, ErrorStack> {
        let key = PKey::hmac(&self.0)?;
        let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
        signer.update(what.as_bytes())?;
        // No name that this is made of has such a byte.
        signer.update(&[0])?;
        signer.update(of.as_bytes())?;
        signer.sign_to_vec()
    }

    fn tag(&self, what: &str, of: &str) -> Result<String, ErrorStack> {
        let bytes = self.derive(what, of)?;
        Ok(bytes.iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect())
    }

    /// By which devices of the site know each other among others on the network. Says nothing to anybody else.
    pub(crate) fn site_tag(&self) -> Result<String, ErrorStack> {
        self.tag("pingfeng neighbours: site", "")
    }

    /// By which they know who has a release.
    pub(crate) fn release_tag(&self, release: &BlobHash) -> Result<String, ErrorStack> {
        self.tag("pingfeng neighbours: release", &release.0)
    }

    /// TLS in which both sides prove that they have the key.
    fn context(&self, role: Role) -> Result<SslContext, ErrorStack> {
        let secret = self.derive("pingfeng neighbours: tls", "")?;
        let give = move |into: &mut [u8]| {
            into.get_mut(..secret.len()).map_or(0, |into| {
                into.copy_from_slice(&secret);
                secret.len()
            })
        };
        let mut builder = SslContextBuilder::new(SslMethod::tls())?;
        builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
        builder.set_max_proto_version(Some(SslVersion::TLS1_2))?;
        builder.set_cipher_list(CIPHERS)?;
        match role {
            Role::Asks => builder.set_psk_client_callback(move |_, _, identity, key| {
                // It is a text that ends with a zero.
                let Some(place) = identity.get_mut(..=PSK_IDENTITY.len()) else { return Ok(0) };
                place[..PSK_IDENTITY.len()].copy_from_slice(PSK_IDENTITY);
                place[PSK_IDENTITY.len()] = 0;
                Ok(give(key))
            }),
            Role::Gives => builder.set_psk_server_callback(move |_, identity, key| {
                Ok(if identity == Some(PSK_IDENTITY) { give(key) } else { 0 })
            }),
        }
        Ok(builder.build())
    }
}

/// Begins to ask, as a device with that key of a site would: for tests of those who give.
///
/// # Errors
/// When the other side has not the same key, or the network fails.
pub fn connect_as_neighbour(stream: TcpStream, key: &str) -> io::Result<SslStream<TcpStream>> {
    let key = SiteKey::read(key).ok_or(io::ErrorKind::InvalidInput)?;
    let ssl = key.context(Role::Asks).and_then(|context| Ssl::new(&context))?;
    ssl.connect(stream).map_err(io::Error::other)
}

/// Begins to answer, as a device with that key of a site would: for tests of those who ask.
///
/// # Errors
/// When the other side has not the same key, or the network fails.
pub fn accept_as_neighbour(stream: TcpStream, key: &str) -> io::Result<SslStream<TcpStream>> {
    let key = SiteKey::read(key).ok_or(io::ErrorKind::InvalidInput)?;
    let ssl = key.context(Role::Gives).and_then(|context| Ssl::new(&context))?;
    ssl.accept(stream).map_err(io::Error::other)
}

/// Which side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Asks,
    Gives,
}
