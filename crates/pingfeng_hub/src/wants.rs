//! Pieces of releases, for devices that ask. Each device has a short queue of its own and all devices share a few places
//! at the disk in turn, so that one that fetches a whole exhibition does not keep another from its text change.
//!
//! When several devices of a site fetch the same release, a parcel goes to the topic of the site once; a device that
//! asks for a piece that has just gone there is not answered again. What it missed it asks for once more, and is then
//! answered alone: what is lost on the way to one device is no reason to send it to all.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    io,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use pingfeng_release::{chunk::ChunkName, parcel};
use pingfeng_wire::{
    Want,
    limits::{PARCEL_BYTES_MAX, WANT_NAMES_MAX},
    topic::{self, DeviceTopic},
};
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

use crate::{
    Hub,
    broker::Down,
    likeness,
    limits::{PARCELS_AT_A_TIME, TOGETHER_FOR_MS, TOGETHER_ONCE_MS, TOGETHER_SITES_MAX, WANTED_NAMES_MAX},
    shelf::{Shelf, Shelves},
};

/// A parcel that is longer than this part of its pieces, in percent, has not been helped by a dictionary.
const LIKE_PERCENT_MAX: usize = 97;
/// After so many such parcels in a row, the next dictionary is tried after 2 to the power of it.
const USELESS_MAX: u32 = 6;

/// What is wanted and not yet sent. A device has an entry while a task works for it.
#[derive(Debug)]
pub struct Wants {
    queues: Mutex<HashMap<String, Queue>>,
    together: Mutex<HashMap<(String, String), Together>>,
    places: Semaphore,
    /// The pieces of releases.
    pub shelves: Shelves,
}

#[derive(Debug, Default)]
struct Queue {
    release: String,
    names: VecDeque<ChunkName>,
    parcel_bytes: usize,
    together: bool,
    base: Option<String>,
}

/// How a device's next parcel should be.
#[derive(Debug)]
struct Wish {
    release: String,
    parcel_bytes: usize,
    together: bool,
    /// What it has already.
    base: Option<String>,
}

/// Devices of one site that fetch one release.
#[derive(Debug, Default)]
struct Together {
    devices: HashMap<String, Fetching>,
    /// When a piece last went to the topic of the site.
    sent: HashMap<ChunkName, i64>,
}

#[derive(Debug)]
struct Fetching {
    /// When it began to listen on the topic of the site.
    since_ms: i64,
    /// When it last asked.
    asked_ms: i64,
    /// What it has already.
    base: Option<String>,
    /// Pieces that it asked for and that went to the topic of the site, and when: another wish for one of them means
    /// that it was lost.
    told: HashMap<ChunkName, i64>,
}

impl Together {
    /// A device asks. True if others are fetching the same.
    fn ask(&mut self, device: &str, base: Option<&str>, now_ms: i64) -> bool {
        self.devices.retain(|_, fetching| now_ms - fetching.asked_ms < TOGETHER_FOR_MS);
        let fetching = self.devices.entry(device.to_owned()).or_insert_with(|| Fetching {
            since_ms: now_ms,
            asked_ms: now_ms,
            base: None,
            told: HashMap::new(),
        });
        fetching.asked_ms = now_ms;
        fetching.base = base.map(str::to_owned);
        self.devices.len() > 1
    }

    /// What all of them have already.
    fn common_base(&self) -> Option<String> {
        let mut bases = self.devices.values().map(|fetching| &fetching.base);
        let first = bases.next()?.clone()?;
        bases.all(|base| base.as_ref() == Some(&first)).then_some(first)
    }

    /// What has become of a piece that a device asks for.
    fn lately(&self, device: &str, name: &ChunkName, now_ms: i64) -> Lately {
        let Some(fetching) = self.devices.get(device) else { return Lately::NotSent };
        let gone = self.sent.get(name).filter(|at| **at >= fetching.since_ms && now_ms - **at < TOGETHER_ONCE_MS);
        match (gone, fetching.told.get(name)) {
            (None, _) => Lately::NotSent,
            (Some(at_ms), Some(told_ms)) if told_ms >= at_ms => Lately::Lost,
            (Some(_), _) => Lately::OnItsWay,
        }
    }

    /// A device has asked for pieces that are on their way to it.
    fn tell(&mut self, device: &str, names: &[ChunkName], now_ms: i64) {
        if let Some(fetching) = self.devices.get_mut(device) {
            remember(&mut fetching.told, names, now_ms);
        }
    }

    /// Pieces go to the topic because a device has asked for them.
    fn goes(&mut self, device: &str, names: &[ChunkName], now_ms: i64) {
        remember(&mut self.sent, names, now_ms);
        self.tell(device, names, now_ms);
    }
}

/// What has become of a piece that a device asks for, as far as the topic of its site goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lately {
    /// It has not gone there since the device listens, or too long ago.
    NotSent,
    /// It has gone there so recently that it may still come.
    OnItsWay,
    /// It has, and the device asks for it once more.
    Lost,
}

fn remember(when: &mut HashMap<ChunkName, i64>, names: &[ChunkName], now_ms: i64) {
    if when.len() >= WANTED_NAMES_MAX {
        when.retain(|_, at| now_ms - *at < TOGETHER_ONCE_MS);
    }
    when.extend(names.iter().map(|name| (*name, now_ms)));
}

impl Wants {
    /// Nothing is wanted yet.
    pub fn new(shelves: Shelves) -> Self {
        Self { queues: Mutex::default(), together: Mutex::default(), places: Semaphore::new(PARCELS_AT_A_TIME), shelves }
    }

    /// A place at the disk, in turn. The error is that the hub has ended.
    pub(crate) async fn place(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.places.acquire().await
    }

    /// Queues what is not queued yet. Returns true if the device had no queue: somebody has to begin to work for it.
    fn add(&self, device: &str, want: &Want, names: Vec<ChunkName>) -> bool {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let (queue, begin) = match queues.entry(device.to_owned()) {
            Entry::Occupied(entry) => (entry.into_mut(), false),
            Entry::Vacant(entry) => (entry.insert(Queue::default()), true),
        };
        if queue.release != want.release {
            // It has turned to another release: nobody waits for the rest of the old one.
            queue.names.clear();
            queue.release.clone_from(&want.release);
        }
        let wished = want.parcel_bytes.map_or(PARCEL_BYTES_MAX, |bytes| bytes as usize);
        queue.parcel_bytes = wished.min(PARCEL_BYTES_MAX);
        queue.together = want.together;
        queue.base.clone_from(&want.base);
        let known: std::collections::HashSet<_> = queue.names.iter().copied().collect();
        for name in names {
            if queue.names.len() >= WANTED_NAMES_MAX {
                tracing::debug!(device.id = %device, limit = WANTED_NAMES_MAX, "wanted pieces dropped");
                break;
            }
            if !known.contains(&name) {
                queue.names.push_back(name);
            }
        }
        begin
    }

    /// What a device's release is, and how its parcels should be; its queue ends when it is empty.
    fn next(&self, device: &str) -> Option<Wish> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues.get(device)?;
        if queue.names.is_empty() {
            queues.remove(device);
            return None;
        }
        let Queue { release, parcel_bytes, together, base, .. } = queue;
        Some(Wish { release: release.clone(), parcel_bytes: *parcel_bytes, together: *together, base: base.clone() })
    }

    /// Takes names for one parcel from a device's queue: at least one, then as many as fit. Pieces that do not exist, or
    /// that `skip` says need not be sent, are taken and not returned.
    fn load(&self, device: &str, release: &str, shelf: &Shelf, parcel_bytes: usize, mut skip: impl FnMut(&ChunkName) -> bool) -> Vec<ChunkName> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(queue) = queues.get_mut(device).filter(|queue| queue.release == release) else { return Vec::new() };
        let (mut load, mut bytes) = (Vec::new(), 0);
        while let Some(name) = queue.names.front().copied() {
            let Some(len) = shelf.len_of(&name) else {
                tracing::debug!(device.id = %device, piece = %name, "a piece was wanted that does not exist");
                queue.names.pop_front();
                continue;
            };
            if skip(&name) {
                queue.names.pop_front();
                continue;
            }
            if !load.is_empty() && bytes + len > parcel_bytes {
                break;
            }
            bytes += len;
            load.push(name);
            queue.names.pop_front();
        }
        load
    }

    /// Nobody waits any more for what a device wanted of that release. It may want another one by now.
    fn forget(&self, device: &str, release: &str) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get_mut(device).filter(|queue| queue.release == release) {
            queue.names.clear();
        }
    }
}

/// Reads the names in a want. `None` when they are not names.
pub fn names(want: &Want) -> Option<Vec<ChunkName>> {
    if want.names.len() > (WANT_NAMES_MAX * 32).div_ceil(3) * 4 {
        return None;
    }
    let bytes = STANDARD.decode(&want.names).ok()?;
    let (names, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| names.iter().copied().map(ChunkName).collect())
}

impl Hub {
    /// Takes a device's wish and answers it in the background.
    pub fn take_want(self: &Arc<Self>, device: &str, want: &Want) {
        let Some(names) = names(want) else {
            tracing::warn!(device.id = %device, "a want names no pieces");
            return;
        };
        if !names.is_empty() {
            tracing::debug!(device.id = %device, names = names.len(), "pieces wanted");
        }
        if !names.is_empty() && self.wants.add(device, want, names) {
            let hub = self.clone();
            let device = device.to_owned();
            self.tasks.spawn(async move { hub.send_pieces(&device).await });
        }
    }

    async fn send_pieces(&self, device: &str) {
        let mut lean = Lean::default();
        while let Some(wish) = self.wants.next(device) {
            let release = wish.release.clone();
            if self.stop.is_cancelled() {
                self.wants.forget(device, &release);
                continue;
            }
            // A release that nobody has added has no pieces, whatever blob bears its name.
            let known = matches!(self.db.release(&release).await, Ok(Some(_)));
            let shelf = if known { self.wants.shelves.of(&release).await.map(Some) } else { Ok(None) };
            let shelf = match shelf {
                Ok(Some(shelf)) => shelf,
                Ok(None) => {
                    tracing::warn!(device.id = %device, "pieces of an unknown release were wanted");
                    self.wants.forget(device, &release);
                    continue;
                }
                Err(error) => {
                    tracing::error!(device.id = %device, %error, "the pieces of a release cannot be handed out");
                    self.wants.forget(device, &release);
                    continue;
                }
            };
            // First come, first served over all devices: each waits its turn for every single parcel.
            let Ok(_place) = self.wants.place().await else { return };
            let site = wish.together.then(|| self.directory.get(device)).flatten().map(|member| member.site);
            let Some((topic, load, base)) = self.load_and_address(device, &wish, &shelf, site.as_deref()) else { continue };
            let pieces = self.read_pieces(device, &shelf, &load).await;
            if pieces.is_empty() {
                continue;
            }
            let plain_bytes: usize = pieces.iter().map(Bytes::len).sum();
            match self.pack(&mut lean, base.as_deref(), &shelf, &load, pieces, plain_bytes).await {
                Ok(payload) => {
                    let (together, bytes) = (topic != topic::device(device, DeviceTopic::Chunk), payload.len());
                    tracing::debug!(device.id = %device, together, pieces = load.len(), plain_bytes, bytes, "parcel sent");
                    // Lost ones are asked for again; a queue of them for a device that is away helps nobody.
                    let payload = payload.into();
                    self.send(Down { topic, payload, retained: false, assured: false, expires_s: Some(30) }).await;
                }
                Err(error) => tracing::error!(%error, "a parcel could not be packed"),
            }
        }
    }

    /// Pieces as they are on the disk; the hub gives nobody one that is not what its name says.
    pub(crate) async fn read_pieces(&self, device: &str, shelf: &Shelf, load: &[ChunkName]) -> Vec<Bytes> {
        let mut pieces = Vec::with_capacity(load.len());
        for name in load {
            match shelf.piece(&self.blobs, name).await {
                Ok(Some(bytes)) if ChunkName::of(&bytes) == *name => pieces.push(bytes),
                Ok(_) => tracing::error!(piece = %name, "a blob of the hub is damaged: upload and build it again"),
                Err(error) => tracing::error!(device.id = %device, %error, "a piece could not be read"),
            }
        }
        pieces
    }

    /// Packs pieces, with what the device has as a dictionary where that helps.
    async fn pack(
        &self,
        lean: &mut Lean,
        base: Option<&str>,
        shelf: &Shelf,
        load: &[ChunkName],
        pieces: Vec<Bytes>,
        plain_bytes: usize,
    ) -> io::Result<Vec<u8>> {
        let bare = |pieces: &[Bytes]| parcel::pack(pieces.iter().map(AsRef::as_ref));
        let Some(old) = lean.on(self, base).await else { return bare(&pieces) };
        let places = likeness::places(shelf, &old, load);
        if places.is_empty() {
            return bare(&pieces);
        }
        let dictionary = match likeness::dictionary(&old, &self.blobs, &places).await {
            Ok(dictionary) => dictionary,
            Err(error) => {
                tracing::warn!(%error, "a release before cannot be read; parcels are packed without it");
                return bare(&pieces);
            }
        };
        // Some milliseconds of a processor: connections need not wait for them.
        let packed = tokio::task::spawn_blocking(move || {
            parcel::pack_with(pieces.iter().map(AsRef::as_ref), &places, &dictionary)
        });
        let packed = packed.await.map_err(io::Error::other)??;
        lean.learn(parcel::has_dictionary(&packed) && packed.len() * 100 < plain_bytes * LIKE_PERCENT_MAX);
        Ok(packed)
    }

    /// The next parcel of a device and where it goes: to the device, or to all of its site that fetch the same. With
    /// it, what everybody it goes to has already.
    fn load_and_address(
        &self,
        device: &str,
        wish: &Wish,
        shelf: &Shelf,
        site: Option<&str>,
    ) -> Option<(String, Vec<ChunkName>, Option<String>)> {
        let Wish { release, parcel_bytes, base, .. } = wish;
        let parcel_bytes = *parcel_bytes;
        let own = topic::device(device, DeviceTopic::Chunk);
        let now_ms = self.now_ms();
        let mut all = self.wants.together.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(site) = site else {
            drop(all);
            let load = self.wants.load(device, release, shelf, parcel_bytes, |_| false);
            return (!load.is_empty()).then(|| (own, load, base.clone()));
        };
        if all.len() >= TOGETHER_SITES_MAX {
            all.retain(|_, together| together.devices.values().any(|fetching| now_ms - fetching.asked_ms < TOGETHER_FOR_MS));
        }
        let together = all.entry((site.to_owned(), release.to_owned())).or_default();
        let others = together.ask(device, base.as_deref(), now_ms);
        let mut coming = Vec::new();
        let load = self.wants.load(device, release, shelf, parcel_bytes, |name| {
            let comes = together.lately(device, name, now_ms) == Lately::OnItsWay;
            coming.extend(comes.then_some(*name));
            comes
        });
        together.tell(device, &coming, now_ms);
        if load.is_empty() {
            return None;
        }
        let lost = |name| together.lately(device, name, now_ms) == Lately::Lost;
        if !others || load.iter().any(lost) {
            return Some((own, load, base.clone()));
        }
        together.goes(device, &load, now_ms);
        let base = together.common_base();
        Some((topic::site_chunk(site, release), load, base))
    }
}

/// What parcels of one device are packed with, and whether it helps.
#[derive(Default)]
struct Lean {
    on: Option<(String, Option<Arc<Shelf>>)>,
    /// Parcels in a row that were hardly shorter with a dictionary.
    useless: u32,
    /// Parcels that are packed without one, before it is tried again.
    skip: u32,
}

impl Lean {
    /// The pieces of what a device has. `None` when nobody knows them, or they have not helped lately.
    async fn on(&mut self, hub: &Hub, base: Option<&str>) -> Option<Arc<Shelf>> {
        let base = base?;
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        if self.on.as_ref().is_none_or(|(id, _)| id != base) {
            let known = matches!(hub.db.release(base).await, Ok(Some(_)));
            let shelf = if known { hub.wants.shelves.of(base).await.ok() } else { None };
            self.on = Some((base.to_owned(), shelf));
        }
        self.on.as_ref()?.1.clone()
    }

    /// A film that is all new is not searched for the old one again and again.
    fn learn(&mut self, helped: bool) {
        self.useless = if helped { 0 } else { (self.useless + 1).min(USELESS_MAX) };
        self.skip = if helped { 0 } else { 1 << self.useless };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(n: usize) -> ChunkName {
        ChunkName::of(&n.to_le_bytes())
    }

    fn want(release: &str) -> Want {
        Want { v: 1, release: release.into(), ..Want::default() }
    }

    fn wants() -> Wants {
        let folder = tempfile::tempdir().unwrap();
        Wants::new(Shelves::new(crate::blobs::Blobs::in_folder(folder.path()).unwrap(), folder.path().to_owned()))
    }

    fn waiting(wants: &Wants, device: &str) -> usize {
        wants.queues.lock().unwrap().get(device).map_or(0, |queue| queue.names.len())
    }

    #[test]
    fn a_piece_that_waits_is_not_queued_twice_and_the_queue_is_bounded() {
        let wants = wants();
        assert!(wants.add("d", &want("r"), vec![name(0)]));
        assert!(!wants.add("d", &want("r"), vec![name(0), name(1)]), "somebody works for it already");
        assert_eq!(waiting(&wants, "d"), 2);
        wants.add("d", &want("r"), (0..2 * WANTED_NAMES_MAX).map(name).collect());
        assert_eq!(waiting(&wants, "d"), WANTED_NAMES_MAX);
        wants.add("d", &want("other"), vec![name(5)]);
        assert_eq!(waiting(&wants, "d"), 1, "a newer release takes the place of the old one");
    }

    #[test]
    fn a_want_that_names_too_much_or_nothing_is_refused() {
        let of = |bytes: &[u8]| Want { names: STANDARD.encode(bytes), ..want("r") };
        assert_eq!(names(&of(&[7; 64])).unwrap(), [ChunkName([7; 32]); 2]);
        assert!(names(&of(&[7; 33])).is_none());
        assert!(names(&of(&vec![7; 32 * (WANT_NAMES_MAX + 1)])).is_none());
        assert_eq!(names(&of(&vec![7; 32 * WANT_NAMES_MAX])).unwrap().len(), WANT_NAMES_MAX);
        assert!(names(&Want { names: "展厅".into(), ..want("r") }).is_none());
    }

    #[test]
    fn a_dictionary_for_all_is_of_what_all_have() {
        let mut together = Together::default();
        together.ask("a", Some("old"), 0);
        assert_eq!(together.common_base().as_deref(), Some("old"));
        together.ask("b", Some("old"), 0);
        assert_eq!(together.common_base().as_deref(), Some("old"));
        together.ask("c", None, 0);
        assert_eq!(together.common_base(), None, "one could not read it");
        together.ask("c", Some("older"), 0);
        assert_eq!(together.common_base(), None);
    }

    #[test]
    fn a_dictionary_that_does_not_help_is_tried_less_and_less_often() {
        let mut lean = Lean::default();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            lean.learn(false);
            pauses.push(lean.skip);
        }
        assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 64, 64]);
        lean.learn(true);
        assert_eq!(lean.skip, 0);
    }

    #[test]
    fn what_has_just_gone_to_the_site_is_not_sent_again_to_those_who_listened() {
        let mut together = Together::default();
        assert!(!together.ask("a", None, 0), "alone");
        assert!(together.ask("b", None, 100));
        together.goes("a", &[name(1)], 200);
        assert_eq!(together.lately("b", &name(1), 300), Lately::OnItsWay, "it listened");
        together.tell("b", &[name(1)], 300);
        assert_eq!(together.lately("b", &name(2), 300), Lately::NotSent);
        together.ask("c", None, 250);
        assert_eq!(together.lately("c", &name(1), 300), Lately::NotSent, "it came after the piece, as others may have");
        // Who asks again has lost it, and is answered alone: who asked first, and who was told to wait.
        for device in ["a", "b"] {
            assert_eq!(together.lately(device, &name(1), 400), Lately::Lost);
            assert_eq!(together.lately(device, &name(2), 400), Lately::NotSent);
        }
        // Sent again, it is on its way again.
        together.goes("c", &[name(1)], 500);
        assert_eq!(together.lately("a", &name(1), 600), Lately::OnItsWay);
        assert_eq!(together.lately("a", &name(1), 500 + TOGETHER_ONCE_MS), Lately::NotSent, "long ago");
        assert!(!together.ask("a", None, 250 + TOGETHER_FOR_MS), "the others have what they wanted");
    }
}
