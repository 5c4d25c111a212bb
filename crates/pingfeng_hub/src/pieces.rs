//! Pieces of releases over HTTPS: the second way from the hub, for devices that reach its web address. One answer brings
//! any number of pieces, so that a refresh takes a handful of requests; what comes is checked by the device as ever.
//!
//! A device has one answer at a time: a newer request ends the one before. Parcels are made one after the other, as the
//! device takes them, and all devices share the places at the disk with those who ask over MQTT.

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::{BufMut, Bytes, BytesMut};
use pingfeng_release::{
    chunk::ChunkName,
    parcel,
    run::{self, Run},
};
use pingfeng_wire::{
    Https, Want,
    limits::{PARCEL_BYTES_MAX, PIECES_NAMES_MAX, RUNS_MAX},
    topic,
};
use tokio::sync::{OnceCell, mpsc};
use tokio_util::sync::CancellationToken;

use crate::{
    Hub,
    db::entity::device,
    error::{ApiError, ApiResult, bad_request, forbidden, internal, too_many, unauthorized},
    limits::{PARCELS_READY, PIECES_REQUESTS_MAX, PIECES_REQUESTS_WINDOW_MS, PIECES_STALL_MAX, PIECES_STREAMS_MAX},
    shelf::Shelf,
};

/// Where devices ask, below the hub's address.
pub const PATH: &str = "/api/v1/pieces";
/// Of the secret below which tokens are made.
const SECRET: &str = "pieces";
/// Sets the tokens apart from whatever else may be made of the secret one day.
const TOKEN_CONTEXT: &str = "pingfeng hub 2026-11 token for the pieces of a release";

/// Who is being given pieces.
#[derive(Debug, Default)]
pub struct Streams {
    devices: Mutex<HashMap<String, Device>>,
    secret: OnceCell<[u8; 32]>,
}

#[derive(Debug)]
struct Device {
    /// Ends the present answer.
    stop: CancellationToken,
    open: bool,
    begun_ms: i64,
    requests: usize,
}

/// Why a request is not answered now.
enum Busy {
    Often(i64),
    Full,
}

impl Streams {
    /// Begins an answer for a device; one that it was being given ends.
    fn begin(&self, device: &str, parent: &CancellationToken, now_ms: i64) -> Result<CancellationToken, Busy> {
        let mut devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old = |device: &Device| !(0..PIECES_REQUESTS_WINDOW_MS).contains(&(now_ms - device.begun_ms));
        devices.retain(|_, device| device.open || !is_old(device));
        let others = devices.iter().filter(|(id, other)| other.open && *id != device).count();
        if others >= PIECES_STREAMS_MAX {
            return Err(Busy::Full);
        }
        let stop = parent.child_token();
        let fresh = || Device { stop: stop.clone(), open: false, begun_ms: now_ms, requests: 0 };
        let known = devices.entry(device.to_owned()).or_insert_with(fresh);
        if is_old(known) {
            (known.begun_ms, known.requests) = (now_ms, 0);
        }
        if known.requests >= PIECES_REQUESTS_MAX {
            return Err(Busy::Often(known.begun_ms + PIECES_REQUESTS_WINDOW_MS - now_ms));
        }
        known.requests += 1;
        if known.open {
            known.stop.cancel();
        }
        (known.stop, known.open) = (stop.clone(), true);
        Ok(stop)
    }

    /// How often a device has asked in the present window.
    pub fn requests_of(&self, device: &str) -> usize {
        let devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        devices.get(device).map_or(0, |device| device.requests)
    }

    /// An answer has ended; unless another has taken its place, the device has none.
    fn end(&self, device: &str, stop: &CancellationToken) {
        let mut devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = devices.get_mut(device)
            && !stop.is_cancelled()
        {
            known.open = false;
        }
    }
}

/// What is wanted, in its order.
#[derive(Debug)]
struct Wanted {
    names: std::vec::IntoIter<ChunkName>,
    runs: std::vec::IntoIter<Run>,
    run: Option<run::Chunks>,
    /// A name that did not fit into the last parcel.
    next: Option<ChunkName>,
    /// No request brings more pieces than the release has, however often it names them.
    left: usize,
}

impl Wanted {
    fn read(want: &Want) -> Option<Self> {
        let decode = |text: &str, bytes_max: usize| {
            (text.len() <= bytes_max.div_ceil(3) * 4).then(|| STANDARD.decode(text).ok()).flatten()
        };
        let names = decode(&want.names, PIECES_NAMES_MAX * 32)?;
        let (names, rest) = names.as_chunks::<32>();
        let names: Vec<_> = names.iter().copied().map(ChunkName).collect();
        let runs = run::read(&decode(&want.runs, RUNS_MAX * 40)?)?;
        let something = !names.is_empty() || !runs.is_empty();
        (rest.is_empty() && something).then(|| Self {
            names: names.into_iter(),
            runs: runs.into_iter(),
            run: None,
            next: None,
            left: 0,
        })
    }

    /// The next piece that exists.
    fn next(&mut self, shelf: &Shelf) -> Option<(ChunkName, usize)> {
        loop {
            let name = self.next.take().or_else(|| self.names.next()).or_else(|| self.next_of_runs(shelf))?;
            if let Some(len) = shelf.len_of(&name) {
                return Some((name, len));
            }
            tracing::debug!(piece = %name, "a piece was wanted that does not exist");
        }
    }

    fn next_of_runs(&mut self, shelf: &Shelf) -> Option<ChunkName> {
        loop {
            if let Some(run) = &mut self.run {
                match run.next(|name| shelf.node(name)) {
                    Ok(Some(entry)) => return Some(entry.name),
                    Ok(None) => {}
                    Err(error) => tracing::error!(%error, "a file of a release has no tree"),
                }
            }
            let run = self.runs.next()?;
            // A file that is not of this release has no chunks.
            self.run = shelf.depth_of(&run.root).map(|depth| run::Chunks::of(run, depth));
        }
    }

    /// The pieces of the next parcel; none: it was the last.
    fn load(&mut self, shelf: &Shelf, parcel_bytes: usize) -> Vec<ChunkName> {
        let (mut load, mut bytes) = (Vec::new(), 0);
        while self.left > 0
            && let Some((name, len)) = self.next(shelf)
        {
            if !load.is_empty() && bytes + len > parcel_bytes {
                self.next = Some(name);
                break;
            }
            self.left -= 1;
            bytes += len;
            load.push(name);
        }
        load
    }
}

impl Hub {
    /// Where a device may fetch the pieces of a release over HTTPS; `None`: the hub is not set up for it.
    pub async fn https_way(&self, device: &str, release: &str) -> ApiResult<Option<Https>> {
        let settings = &self.config.settings;
        let Some(port) = self.https_port.get().filter(|_| settings.delivery.https) else { return Ok(None) };
        let host = settings.listen.public_host.as_deref().or(settings.listen.names.first().map(String::as_str));
        let own = || format!("https://{}:{port}", host.unwrap_or("localhost"));
        let address = settings.delivery.url.clone().unwrap_or_else(own);
        let token = format!("{device}.{}", self.pieces_seal(device, release).await?.to_hex());
        Ok(Some(Https { url: format!("{}{PATH}", address.trim_end_matches('/')), token }))
    }

    /// What only the hub can make of a device and a release.
    async fn pieces_seal(&self, device: &str, release: &str) -> ApiResult<blake3::Hash> {
        let secret = self
            .streams
            .secret
            .get_or_try_init(|| async { self.db.secret(SECRET, rand::random(), self.now_ms()).await })
            .await?;
        let mut seal = blake3::Hasher::new_keyed(&blake3::derive_key(TOKEN_CONTEXT, secret));
        // An id has no such byte: no two pairs read the same.
        seal.update(device.as_bytes()).update(&[0]).update(release.as_bytes());
        Ok(seal.finalize())
    }

    /// The device that a token is of, if the token is for this release and the device should run it.
    async fn pieces_caller(&self, token: &str, release: &str, from: IpAddr) -> ApiResult<device::Model> {
        let wrong = || match self.attempts.count(from, self.now_ms()) {
            Ok(()) => unauthorized("token_unknown", "this token is not good (any more)")
                .hint("a device gets it with its target; it is for one device and one release"),
            Err(wait_ms) => too_many(wait_ms),
        };
        let (id, seal) = token.split_once('.').filter(|(id, _)| topic::id_is_valid(id)).ok_or_else(wrong)?;
        let seal = blake3::Hash::from_hex(seal).map_err(|_| wrong())?;
        // Hashes are compared in the same time wherever they differ.
        if self.pieces_seal(id, release).await? != seal || self.directory.get(id).is_none() {
            return Err(wrong());
        }
        let device = self.db.device(id).await?.ok_or_else(wrong)?;
        if device.target_release_id.as_deref() != Some(release) || self.restored().await?.is_some() {
            return Err(forbidden("other_release", "this device should run another release"));
        }
        Ok(device)
    }

    /// Begins to answer a device: a row of parcels, made as they are taken.
    ///
    /// # Errors
    /// When the token is not good for this release, the want names nothing, or too much is going on.
    pub async fn open_pieces(
        self: &Arc<Self>,
        token: &str,
        want: &Want,
        from: IpAddr,
    ) -> ApiResult<mpsc::Receiver<io::Result<Bytes>>> {
        let device = self.pieces_caller(token, &want.release, from).await?;
        let invalid = || {
            let message = format!("1 to {PIECES_NAMES_MAX} names or {RUNS_MAX} runs, in base64");
            bad_request("invalid_want", message).at("names")
        };
        let mut wanted = Wanted::read(want).ok_or_else(invalid)?;
        let shelf = self.wants.shelves.of(&want.release).await.map_err(internal)?;
        wanted.left = shelf.count();
        let stop = self.streams.begin(&device.id, &self.stop, self.now_ms()).map_err(|busy| match busy {
            Busy::Often(wait_ms) => too_many(wait_ms),
            Busy::Full => ApiError::new(
                axum::http::StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "the hub serves as many devices over HTTPS as it can",
            )
            .retry_after_ms(PIECES_REQUESTS_WINDOW_MS),
        })?;
        let parcel_bytes = want.parcel_bytes.map_or(PARCEL_BYTES_MAX, |bytes| bytes as usize).min(PARCEL_BYTES_MAX);
        let (parcels, ready) = mpsc::channel(PARCELS_READY);
        let hub = self.clone();
        self.tasks.spawn(async move {
            let sending = hub.send_row(&device.id, wanted, &shelf, parcel_bytes, &parcels);
            // Ended without its end, a row is known to be cut off.
            let ended = tokio::select! {
                ended = sending => ended,
                () = stop.cancelled() => Err(io::Error::other("another request took its place, or the hub stops")),
            };
            if let Err(error) = ended {
                tracing::debug!(device.id = %device.id, %error, "pieces over HTTPS were cut off");
                // When nobody listens the connection is gone already.
                let _ = parcels.try_send(Err(error));
            }
            hub.streams.end(&device.id, &stop);
        });
        Ok(ready)
    }

    async fn send_row(
        &self,
        device: &str,
        mut wanted: Wanted,
        shelf: &Shelf,
        parcel_bytes: usize,
        parcels: &mpsc::Sender<io::Result<Bytes>>,
    ) -> io::Result<()> {
        let (mut count, mut sent_bytes) = (0, 0);
        loop {
            // Room first: what nobody takes is not read.
            let room = tokio::time::timeout(PIECES_STALL_MAX, parcels.reserve()).await;
            let room = room.map_err(io::Error::other)?.map_err(io::Error::other)?;
            let load = wanted.load(shelf, parcel_bytes);
            if load.is_empty() {
                room.send(Ok(Bytes::from_static(&parcel::ROW_END)));
                tracing::debug!(device.id = %device, pieces = count, bytes = sent_bytes, "pieces were sent over HTTPS");
                return Ok(());
            }
            let place = self.wants.place().await.map_err(io::Error::other)?;
            let pieces = self.read_pieces(device, shelf, &load).await;
            drop(place);
            if pieces.is_empty() {
                continue;
            }
            count += pieces.len();
            let parcel = parcel::pack(pieces.iter().map(AsRef::as_ref))?;
            sent_bytes += parcel.len();
            let mut row = BytesMut::with_capacity(parcel.len() + 4);
            row.put_slice(&parcel::row_header(&parcel));
            row.put_slice(&parcel);
            room.send(Ok(row.freeze()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_has_one_answer_and_a_newer_request_ends_it() {
        let (streams, hub) = (Streams::default(), CancellationToken::new());
        let first = streams.begin("d", &hub, 0).ok().unwrap();
        let second = streams.begin("d", &hub, 1).ok().unwrap();
        assert!(first.is_cancelled() && !second.is_cancelled());
        streams.end("d", &first);
        for other in 1..PIECES_STREAMS_MAX {
            assert!(streams.begin(&format!("d-{other}"), &hub, 2).is_ok());
        }
        assert!(matches!(streams.begin("late", &hub, 3), Err(Busy::Full)));
        streams.end("d", &second);
        assert!(streams.begin("late", &hub, 4).is_ok());
    }

    #[test]
    fn requests_are_bounded_in_a_window_and_begin_anew_after_it() {
        let (streams, hub) = (Streams::default(), CancellationToken::new());
        for _ in 0..PIECES_REQUESTS_MAX {
            assert!(streams.begin("d", &hub, 1_000).is_ok());
        }
        assert!(
            matches!(streams.begin("d", &hub, 2_000), Err(Busy::Often(wait)) if wait == PIECES_REQUESTS_WINDOW_MS - 1_000)
        );
        assert!(streams.begin("d", &hub, 1_000 + PIECES_REQUESTS_WINDOW_MS).is_ok());
    }

    #[test]
    fn a_want_that_names_nothing_or_too_much_is_refused() {
        let of = |names: usize, runs: usize| Want {
            names: STANDARD.encode(vec![7; names]),
            runs: STANDARD.encode(vec![7; runs]),
            ..Want::default()
        };
        assert!(Wanted::read(&of(32, 40)).is_some() && Wanted::read(&of(0, 40)).is_some());
        assert!(Wanted::read(&of(32 * PIECES_NAMES_MAX, 40 * RUNS_MAX)).is_some());
        for (names, runs) in [(0, 0), (33, 0), (0, 41), (32 * (PIECES_NAMES_MAX + 1), 0), (0, 40 * (RUNS_MAX + 1))] {
            assert!(Wanted::read(&of(names, runs)).is_none(), "{names} {runs}");
        }
        assert!(Wanted::read(&Want { names: "展厅".into(), ..Want::default() }).is_none());
    }
}
