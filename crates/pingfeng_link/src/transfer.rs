//! Rows of parcels from the hub over HTTPS or from a neighbour: one question, fetched by a thread that may wait. What it
//! brings waits in a short channel until the machine has room; then the connection waits, and whoever sends.

use std::io::{self, Read};
use std::time::Duration;

use bytes::Bytes;
use openssl::x509::X509;
use pingfeng_release::parcel;
use pingfeng_wire::{Https, Want};
use tokio::sync::mpsc;

use crate::enrol::hub_agent;
use crate::machine::{Said, Source, Transfer, TransferError};
use crate::neighbour;

/// Parcels that have come and wait for the machine.
const READY_MAX: usize = 4;
/// For each step: connecting, shaking hands, asking.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);
/// Until the answer begins: the hub may have to read through a release first.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// Until the next bytes of an answer.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes of a refusal that are read, so that the connection can be used again.
const REFUSAL_BYTES_MAX: u64 = 8 * 1024;

/// What the machine has begun to transfer: one at a time.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    open: Option<(u64, mpsc::Receiver<Said>)>,
    /// Keeps the connection to the hub for the next question. With the authority that it believes.
    agent: Option<(String, ureq::Agent)>,
}

impl Transfers {
    /// Begins one; another that was under way ends. `authority_pem`: whom the device believes to be the hub.
    pub(crate) fn begin(&mut self, transfer: Transfer, authority_pem: &str) {
        let Transfer { id, from, want } = transfer;
        let (said, incoming) = mpsc::channel(READY_MAX);
        self.open = Some((id, incoming));
        let agent = match &from {
            Source::Https(_) => match self.agent(authority_pem) {
                Ok(agent) => Some(agent),
                Err(why) => return end(&said, Err(TransferError::Refused(why))),
            },
            Source::Neighbour { .. } => None,
        };
        let of_thread = said.clone();
        let begun = std::thread::Builder::new().name("pingfeng-transfer".into()).spawn(move || {
            // Nobody waits for more: the transfer was ended.
            let mut give = |parcel| of_thread.blocking_send(Said::Parcel(Bytes::from(parcel))).is_ok();
            let result = match (from, agent) {
                (Source::Https(way), Some(agent)) => over_https(&agent, &way, &want, &mut give),
                (Source::Neighbour { address, key, names }, _) => neighbour::ask(address, &key, &names, &mut give),
                (Source::Https(_), None) => Ok(()),
            };
            let _ = of_thread.blocking_send(Said::Ended(result));
        });
        if let Err(error) = begun {
            end(&said, Err(TransferError::Broken(error.to_string())));
        }
    }

    /// Nobody waits for it any more: its thread ends with the next parcel, or when it has waited long enough for one.
    pub(crate) fn end(&mut self, id: u64) {
        if self.open.as_ref().is_some_and(|(open, _)| *open == id) {
            self.open = None;
        }
    }

    /// What the transfer says next; waits for ever without one.
    pub(crate) async fn said(&mut self) -> (u64, Said) {
        let Some((id, incoming)) = &mut self.open else { return std::future::pending().await };
        let id = *id;
        let said = incoming
            .recv()
            .await
            .unwrap_or_else(|| Said::Ended(Err(TransferError::Broken("the transfer ended without a word".to_owned()))));
        if matches!(said, Said::Ended(_)) {
            self.open = None;
        }
        (id, said)
    }

    fn agent(&mut self, authority_pem: &str) -> Result<ureq::Agent, String> {
        if let Some((of, agent)) = &self.agent
            && of == authority_pem
        {
            return Ok(agent.clone());
        }
        let said = |error: openssl::error::ErrorStack| format!("the hub's authority: {error}");
        let authority = X509::from_pem(authority_pem.as_bytes()).map_err(said)?;
        let agent: ureq::Agent = hub_agent(&authority)
            .map_err(said)?
            .timeout_resolve(Some(STEP_TIMEOUT))
            .timeout_connect(Some(STEP_TIMEOUT))
            .timeout_per_write(Some(SILENCE_TIMEOUT))
            .timeout_per_read(Some(ANSWER_TIMEOUT))
            .timeout_recv_response(Some(ANSWER_TIMEOUT))
            .build()
            .into();
        self.agent = Some((authority_pem.to_owned(), agent.clone()));
        Ok(agent)
    }
}

fn end(said: &mpsc::Sender<Said>, result: Result<(), TransferError>) {
    // The channel is new and empty.
    let _ = said.try_send(Said::Ended(result));
}

fn over_https(
    agent: &ureq::Agent,
    way: &Https,
    want: &Want,
    give: &mut dyn FnMut(Vec<u8>) -> bool,
) -> Result<(), TransferError> {
    let broken = |error: &dyn std::fmt::Display| TransferError::Broken(error.to_string());
    let json = serde_json::to_vec(want).map_err(|error| broken(&error))?;
    let answer = agent
        .post(&way.url)
        .config()
        .timeout_per_read(Some(SILENCE_TIMEOUT))
        .build()
        .header("authorization", format!("Bearer {}", way.token))
        .content_type("application/json")
        .send(&json);
    let mut answer = match answer {
        Ok(answer) => answer,
        Err(ureq::Error::Tls(why)) => return Err(TransferError::Refused(why.to_owned())),
        Err(ureq::Error::NativeTls(error)) => return Err(TransferError::Refused(error.to_string())),
        Err(ureq::Error::BadUri(why) | ureq::Error::RequireHttpsOnly(why)) => return Err(TransferError::Refused(why)),
        Err(error) => return Err(broken(&error)),
    };
    let status = answer.status().as_u16();
    if status != 200 {
        let text = answer.body_mut().with_config().limit(REFUSAL_BYTES_MAX).read_to_string().unwrap_or_default();
        let why = format!("the hub answers {status}: {}", text.chars().take(200).collect::<String>());
        // A hub that has too much to do, or is being started, may answer next time.
        return Err(if status >= 500 { TransferError::Broken(why) } else { TransferError::Refused(why) });
    }
    read_row(&mut answer.body_mut().as_reader(), give).map_err(|error| broken(&error))
}

/// Reads a row of parcels to its end, or until nobody wants more.
pub(crate) fn read_row(row: &mut impl Read, give: &mut dyn FnMut(Vec<u8>) -> bool) -> io::Result<()> {
    while let Some(parcel) = parcel::read_from_row(row)? {
        if !give(parcel) {
            return Ok(());
        }
    }
    // The end of the answer itself: after it the connection can be used again.
    let rest = row.take(1).read(&mut [0])?;
    if rest > 0 { Err(io::Error::new(io::ErrorKind::InvalidData, "something stands behind the end")) } else { Ok(()) }
}
