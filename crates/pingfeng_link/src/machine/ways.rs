//! Which way pieces come: from a neighbour, from the hub over HTTPS, or from the hub through the broker. The last one is
//! always there; the others are tried first where the target allows them, and rest for a while when they fail.
//!
//! Both others are transfers: one question, and a row of parcels in answer, which a thread of its own fetches. Whatever
//! comes, on whatever way, goes to the disk as it is and counts only there. A transfer that breaks costs what was on its
//! way; what is missing then is looked at afresh.

use std::collections::HashMap;
use std::net::SocketAddr;

use bytes::Bytes;
use pingfeng_release::chunk::ChunkName;
use pingfeng_release::run::{self, Run};
use pingfeng_wire::{Delivery as Rules, Https, VERSION, Want, Way, limits};

use super::fetch::{Fetch, holds_back};
use super::{Out, Output};
use crate::clock::Now;

/// Transfers over HTTPS that may break one after the other before that way rests.
pub(super) const HTTPS_FAILURES_MAX: u32 = 3;
/// How long it rests then; doubles with each rest in a row.
pub(super) const HTTPS_REST_MS: u64 = 5 * 60_000;
/// The longest such rest.
pub(super) const HTTPS_REST_MAX_MS: u64 = 60 * 60_000;
/// With a lower cap, bytes a second, pieces come through the broker: an answer would be open for hours.
pub(super) const HTTPS_CAP_LEAST: u64 = 32 * 1024;
/// Bytes that have to be missing for leaving a way that works.
pub(super) const WORTH_BYTES: u64 = 1024 * 1024;
/// Neighbours that are asked in vain, one after the other, before the hub is.
pub(super) const NEIGHBOURS_ASKED_MAX: u32 = 2;
/// How long a neighbour is not asked that did not answer, or did not have what it says.
pub(super) const NEIGHBOUR_REST_MS: u64 = 60_000;
/// How long one is not asked that gave out something else than what its name says.
pub(super) const NEIGHBOUR_AVOID_MS: u64 = 60 * 60_000;
/// How often somebody looks who is there, while pieces come from the hub.
pub(super) const LOOK_AGAIN_MS: u64 = 10_000;
/// Neighbours that are remembered for having failed; past it, those are forgotten whose time ends first.
const RESTING_MAX: usize = 256;

/// A transfer to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transfer {
    /// Names it in what is said about it.
    pub id: u64,
    /// Whom to ask.
    pub from: Source,
    /// For what.
    pub want: Want,
}

/// Whom a transfer asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The hub.
    Https(Https),
    /// A device of the site. `names`: what it is asked for; anything else it gives is wrong.
    Neighbour { address: SocketAddr, key: String, names: Vec<ChunkName> },
}

/// What a transfer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// A parcel; what is in it, the disk will tell.
    Parcel(Bytes),
    /// The end: nothing follows.
    Ended(Result<(), TransferError>),
}

/// Why a transfer ended before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TransferError {
    /// It was understood and refused, or somebody else answers: asking again does not help.
    Refused(String),
    /// Not reached, broken off, silent.
    Broken(String),
    /// What came is not what was asked for. It was not given on.
    Wrong(String),
}

/// A device of the site that has the release which was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Neighbour {
    /// What it calls itself: says nothing, and stays as long as it runs.
    pub id: String,
    pub address: SocketAddr,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Through the broker.
    Mqtt,
    /// A transfer is under way, or about to be.
    Wait,
    /// The disk says afresh what is missing.
    Plan,
}

#[derive(Debug, Default)]
pub(super) struct Ways {
    open: Option<Open>,
    next_id: u64,
    /// What the last plan named, and nothing has come since.
    runs: Option<Vec<Run>>,
    https: Health,
    neighbours: Neighbours,
}

#[derive(Debug)]
struct Open {
    id: u64,
    way: Way,
    /// The neighbour.
    of: String,
    release: String,
    /// What a neighbour was asked for.
    names: Vec<ChunkName>,
    /// Bytes that were there before.
    done_bytes: u64,
    ended: Option<Result<(), TransferError>>,
}

/// How HTTPS does.
#[derive(Debug, Default)]
struct Health {
    /// The way itself: a new address or token is a new way.
    way: Option<Https>,
    failures: u32,
    rests: u32,
    again_at_ms: u64,
}

#[derive(Debug, Default)]
struct Neighbours {
    /// Who was there when somebody last looked; `None`: nobody has looked for this release.
    seen: Option<Vec<Neighbour>>,
    looking: bool,
    looked_at_ms: u64,
    /// Until when each is not asked.
    resting: HashMap<String, u64>,
    /// Asked in vain, one after the other.
    vain: u32,
    /// Until when the last one who gave out wrong pieces is avoided.
    wrong_until_ms: u64,
}

impl Ways {
    /// The disk has said what is missing.
    pub(super) fn planned(&mut self, runs: Vec<Run>) {
        self.runs = Some(runs);
    }

    /// Another release is to be fetched: whoever did not have the last one may have this one.
    pub(super) fn turn(&mut self) {
        self.neighbours.seen = None;
        self.neighbours.vain = 0;
    }

    /// The way on which pieces come just now, other than through the broker.
    pub(super) fn way(&self) -> Option<Way> {
        self.open.as_ref().map(|open| open.way)
    }

    /// A device of the site has given out wrong pieces, and is being avoided.
    pub(super) fn neighbour_wrong(&self, now: Now) -> bool {
        now.mono_ms < self.neighbours.wrong_until_ms
    }

    /// Who is there.
    pub(super) fn seen(&mut self, neighbours: Vec<Neighbour>, now: Now) {
        self.neighbours.seen = Some(neighbours);
        self.neighbours.looking = false;
        self.neighbours.vain = 0;
        self.neighbours.looked_at_ms = now.mono_ms;
    }

    /// True if a transfer of that number is under way; what another says is of no use any more.
    pub(super) fn is_open(&self, id: u64) -> bool {
        self.open.as_ref().is_some_and(|open| open.id == id)
    }

    /// The transfer has ended. What came of it is seen when the disk has taken its last parcel.
    pub(super) fn ended(&mut self, result: Result<(), TransferError>) {
        if let Some(open) = &mut self.open {
            open.ended = Some(result);
        }
    }

    /// Nothing is to be fetched just now.
    pub(super) fn stop(&mut self, out: &mut Out<'_>) {
        if let Some(open) = self.open.take()
            && open.ended.is_none()
        {
            out.outputs.push(Output::EndTransfer(open.id));
        }
    }

    /// Looks what a transfer has brought, and begins one if there is a better way than through the broker.
    pub(super) fn poll(&mut self, now: Now, rules: &Rules, fetch: &mut Fetch, out: &mut Out<'_>) -> Next {
        if self.https.way != rules.https {
            self.https = Health { way: rules.https.clone(), ..Health::default() };
        }
        if let Some(open) = &self.open {
            let allowed = match open.way {
                Way::Https => rules.https.is_some(),
                Way::Neighbour => rules.neighbours.is_some(),
                Way::Mqtt => true,
            };
            if !allowed || open.release != fetch.release() || holds_back(rules, now).is_some() {
                self.stop(out);
            } else if open.ended.is_none() || fetch.is_taking() {
                fetch.flows(now, rules);
                return Next::Wait;
            }
        }
        if let Some(Open { way, of, names, done_bytes, ended: Some(result), .. }) = self.open.take() {
            match way {
                // What it was asked for and is not here, it does not have.
                Way::Neighbour => {
                    self.neighbours.judge(of, result, !names.iter().any(|name| fetch.is_missing(name)), now);
                }
                _ => self.https.judge(result, fetch.done_bytes() > done_bytes, now),
            }
        }
        if holds_back(rules, now).is_some() {
            // The broker's way says why.
            return Next::Mqtt;
        }
        if let Some(next) = self.ask_neighbour(now, rules, fetch, out) {
            return next;
        }
        self.ask_over_https(now, rules, fetch, out)
    }

    fn ask_neighbour(&mut self, now: Now, rules: &Rules, fetch: &mut Fetch, out: &mut Out<'_>) -> Option<Next> {
        let key = &rules.neighbours.as_ref()?.key;
        let is_due = now.mono_ms >= self.neighbours.looked_at_ms + LOOK_AGAIN_MS;
        if self.neighbours.looking {
            return Some(Next::Wait);
        }
        if self.neighbours.seen.is_none() || is_due {
            self.neighbours.looking = true;
            out.outputs.push(Output::LookAround { key: key.clone(), release: fetch.release().to_owned() });
            return Some(Next::Wait);
        }
        let neighbour = self.neighbours.next(out.device, now)?;
        if !fetch.is_idle() {
            // What was asked of the hub is on its way.
            return (fetch.missing_bytes() >= WORTH_BYTES).then_some(Next::Plan);
        }
        let names = fetch.names(limits::NEIGHBOUR_NAMES_MAX);
        if names.is_empty() {
            return None;
        }
        let want = Want { v: VERSION, release: fetch.release().to_owned(), ..Want::default() };
        let from = Source::Neighbour { address: neighbour.address, key: key.clone(), names: names.clone() };
        fetch.flows(now, rules);
        self.begin(Way::Neighbour, (neighbour.id, names), from, want, fetch.done_bytes(), out);
        Some(Next::Wait)
    }

    fn ask_over_https(&mut self, now: Now, rules: &Rules, fetch: &mut Fetch, out: &mut Out<'_>) -> Next {
        let Some(https) = rules.https.clone().filter(|_| now.mono_ms >= self.https.again_at_ms) else {
            return Next::Mqtt;
        };
        if rules.cap_bytes_s.is_some_and(|cap| cap < HTTPS_CAP_LEAST) {
            return Next::Mqtt;
        }
        let Some(mut runs) = self.runs.take().filter(|_| fetch.is_idle()) else {
            // A few last pieces are not worth another look; those of a first, broken answer are.
            let worth = fetch.missing_bytes() >= WORTH_BYTES || fetch.is_idle();
            return if worth && !fetch.is_empty() { Next::Plan } else { Next::Mqtt };
        };
        runs.truncate(limits::RUNS_MAX);
        let names = if runs.is_empty() { fetch.names(limits::PIECES_NAMES_MAX) } else { Vec::new() };
        let want = Want {
            v: VERSION,
            release: fetch.release().to_owned(),
            names: openssl::base64::encode_block(&names.iter().flat_map(|name| name.0).collect::<Vec<_>>()),
            runs: openssl::base64::encode_block(&run::write(&runs)),
            ..Want::default()
        };
        fetch.flows(now, rules);
        self.begin(Way::Https, Default::default(), Source::Https(https), want, fetch.done_bytes(), out);
        Next::Wait
    }

    fn begin(
        &mut self,
        way: Way,
        (of, names): (String, Vec<ChunkName>),
        from: Source,
        want: Want,
        done_bytes: u64,
        out: &mut Out<'_>,
    ) {
        self.next_id += 1;
        // The places of what is missing are known anew only after another look.
        self.runs = None;
        self.open =
            Some(Open { id: self.next_id, way, of, release: want.release.clone(), names, done_bytes, ended: None });
        out.outputs.push(Output::Transfer(Transfer { id: self.next_id, from, want }));
    }

    /// When somebody has to look again, while pieces come through the broker.
    pub(super) fn next_tick_ms(&self, rules: &Rules) -> Option<u64> {
        let look = rules.neighbours.as_ref().map(|_| self.neighbours.looked_at_ms + LOOK_AGAIN_MS);
        let https = rules.https.as_ref().filter(|_| self.https.again_at_ms > 0).map(|_| self.https.again_at_ms);
        look.into_iter().chain(https).min()
    }
}

impl Health {
    fn judge(&mut self, result: Result<(), TransferError>, useful: bool, now: Now) {
        let why = match result {
            Ok(()) if useful => {
                (self.failures, self.rests) = (0, 0);
                return;
            }
            Ok(()) => TransferError::Refused("it has nothing of what is missing".to_owned()),
            Err(error) => error,
        };
        self.failures += 1;
        let (for_good, why) = match why {
            TransferError::Broken(why) => (false, why),
            TransferError::Refused(why) | TransferError::Wrong(why) => (true, why),
        };
        if for_good || self.failures >= HTTPS_FAILURES_MAX {
            let rest_ms = HTTPS_REST_MS.saturating_mul(1 << self.rests.min(8)).min(HTTPS_REST_MAX_MS);
            self.rests = self.rests.saturating_add(1);
            self.failures = 0;
            self.again_at_ms = now.mono_ms + rest_ms;
            tracing::warn!(why, rest_ms, "the hub cannot be reached over HTTPS: pieces come through the broker");
        } else {
            tracing::info!(why, failures = self.failures, "an answer over HTTPS broke off");
        }
    }
}

impl Neighbours {
    /// Whom to ask. Each device begins with another one.
    fn next(&self, device: &str, now: Now) -> Option<Neighbour> {
        if self.vain >= NEIGHBOURS_ASKED_MAX {
            return None;
        }
        let rests =
            |neighbour: &&Neighbour| self.resting.get(&neighbour.id).is_some_and(|until_ms| now.mono_ms < *until_ms);
        let turn = |neighbour: &&Neighbour| ChunkName::of(format!("{device} {}", neighbour.id).as_bytes()).0;
        self.seen.iter().flatten().filter(|neighbour| !rests(neighbour)).min_by_key(turn).cloned()
    }

    fn judge(&mut self, neighbour: String, result: Result<(), TransferError>, whole: bool, now: Now) {
        let rest_ms = match result {
            Ok(()) if whole => {
                self.vain = 0;
                return;
            }
            Ok(()) => NEIGHBOUR_REST_MS,
            Err(TransferError::Broken(why) | TransferError::Refused(why)) => {
                tracing::info!(why, neighbour, "a neighbour did not give what it was asked for");
                NEIGHBOUR_REST_MS
            }
            Err(TransferError::Wrong(why)) => {
                tracing::warn!(
                    why,
                    neighbour,
                    "a neighbour gives out wrong pieces: it is not asked any more for a while"
                );
                self.wrong_until_ms = now.mono_ms + NEIGHBOUR_AVOID_MS;
                NEIGHBOUR_AVOID_MS
            }
        };
        self.vain += 1;
        if self.resting.len() >= RESTING_MAX
            && let Some(first) = self.resting.iter().min_by_key(|(_, until_ms)| **until_ms).map(|(id, _)| id.clone())
        {
            self.resting.remove(&first);
        }
        self.resting.insert(neighbour, now.mono_ms + rest_ms);
    }
}
