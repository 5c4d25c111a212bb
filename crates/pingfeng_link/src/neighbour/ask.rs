//! Asking a neighbour. Nothing that it says is believed.

use std::collections::HashSet;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};

use openssl::ssl::Ssl;
use pingfeng_release::chunk::ChunkName;
use pingfeng_release::parcel;

use super::{Role, STEP_TIMEOUT, SiteKey};
use crate::machine::TransferError;

/// Asks for pieces and gives on what comes, parcel by parcel, having compared each piece with the names that were asked
/// for. Waits for the network; `give` says false when nobody wants more.
pub(crate) fn ask(
    address: SocketAddr,
    key: &str,
    names: &[ChunkName],
    give: &mut dyn FnMut(Vec<u8>) -> bool,
) -> Result<(), TransferError> {
    let broken = |error: &dyn std::fmt::Display| TransferError::Broken(error.to_string());
    let key =
        SiteKey::read(key).ok_or_else(|| TransferError::Refused("the hub's key of the site is none".to_owned()))?;
    let stream = TcpStream::connect_timeout(&address, STEP_TIMEOUT).map_err(|error| broken(&error))?;
    stream.set_nodelay(true).map_err(|error| broken(&error))?;
    stream.set_read_timeout(Some(STEP_TIMEOUT)).map_err(|error| broken(&error))?;
    stream.set_write_timeout(Some(STEP_TIMEOUT)).map_err(|error| broken(&error))?;
    let ssl = key.context(Role::Asks).and_then(|context| Ssl::new(&context)).map_err(|error| broken(&error))?;
    let mut stream = ssl.connect(stream).map_err(|error| broken(&error))?;
    let mut question = Vec::with_capacity(4 + names.len() * 32);
    question.extend_from_slice(&u32::try_from(names.len()).unwrap_or(u32::MAX).to_le_bytes());
    question.extend(names.iter().flat_map(|name| name.0));
    stream.write_all(&question).map_err(|error| broken(&error))?;
    let mut asked: HashSet<_> = names.iter().copied().collect();
    while let Some(parcel) = parcel::read_from_row(&mut stream).map_err(|error| broken(&error))? {
        let pieces = parcel::unpack(&parcel).map_err(|error| TransferError::Wrong(error.to_string()))?;
        // Each may come once: whoever gives it again wastes our time on purpose.
        if !pieces.iter().all(|piece| asked.remove(&ChunkName::of(piece))) {
            return Err(TransferError::Wrong("a piece that is not what was asked for".to_owned()));
        }
        if !give(parcel) {
            break;
        }
    }
    Ok(())
}
