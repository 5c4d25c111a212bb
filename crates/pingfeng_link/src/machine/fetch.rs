//! Fetching pieces: a window of them is asked for, and they come in parcels, in any order.
//!
//! The window follows the line: it grows while answers come quickly and shrinks when they begin to queue, so that
//! records and their acknowledgements, which share the connection, are not kept waiting behind a film.

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::Bytes;
use pingfeng_release::chunk::{ChunkName, Entry};
use pingfeng_release::store::Taken;
use pingfeng_wire::topic::DeviceTopic;
use pingfeng_wire::{Delivery as Rules, VERSION, Want, limits};

use super::{DiskJob, Out};
use crate::api::Ignored;
use crate::clock::Now;

/// Nothing arrived for this long: everything open is asked for again. Doubles with each silence in a row.
pub(super) const RE_ASK_MS: u64 = 5_000;
/// The longest such pause.
pub(super) const RE_ASK_MAX_MS: u64 = 60_000;
/// Bytes asked for and not here yet, at the beginning.
pub(super) const WINDOW_BYTES: u64 = 64 * 1024;
/// The least: a piece or two.
pub(super) const WINDOW_BYTES_MIN: u64 = 8 * 1024;
/// The most.
pub(super) const WINDOW_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// Answers that take no longer than the quickest and this time let the window grow.
const QUICK_MS: u64 = 250;
/// Answers that take longer than the quickest and this time show that they queue: the window shrinks. A hub that is far
/// away is not a slow one.
const SLOW_MS: u64 = 750;
/// Beside devices that fetch the same, this one asks for its part of what all of them have on their way, but for no less.
const SHARE_BYTES_MIN: u64 = 64 * 1024;
/// Bytes after which what came before counts half for that part.
const SHARE_OVER_BYTES: u64 = 4 * 1024 * 1024;
/// A window as small as this after some answers: the line is too slow for what others fetch.
const TOGETHER_BYTES_MIN: u64 = 32 * 1024;
/// Answers after which that is judged.
const TOGETHER_AFTER: u64 = 4;
/// Silences in a row after which a device no longer listens to what others fetch.
const TOGETHER_SILENCES: u32 = 2;
/// Silences in a row after which the report says that nobody answers.
const NO_ANSWER_SILENCES: u32 = 1;
/// The length of a piece that nobody knows: a topmost node.
const UNKNOWN_BYTES: u64 = 2 * 1024;
/// Parcels at the disk, of 128 KiB at most. More are dropped and asked for again.
pub(crate) const TAKING_MAX: usize = 96;
/// Parcels of a transfer at the disk. The next one waits on its way.
const FLOWING_MAX: usize = 8;
/// The next parcel of a transfer waits until a capped line may carry as much.
const FLOW_BYTES: u64 = 32 * 1024;
/// The rate that is told is that of the last so many seconds.
const RATE_S: u64 = 8;
/// What may be fetched at once after a pause, of a capped line: this many seconds' worth, but at least two pieces.
const BURST_S: u64 = 2;
const BURST_BYTES_MIN: u64 = 64 * 1024;
const MINUTES_A_DAY: u64 = 24 * 60;

#[derive(Debug)]
pub(super) struct Fetch {
    release: String,
    /// What is whole here, so that the hub need only send how the new pieces differ; `None` after a parcel that could
    /// not be read.
    base: Option<String>,
    /// Not here yet, asked for or not.
    missing: HashSet<ChunkName>,
    /// To be asked for, in this order.
    queue: VecDeque<Entry>,
    asked: HashMap<ChunkName, Asked>,
    asked_bytes: u64,
    /// Wants that are not answered whole, oldest first.
    batches: VecDeque<Batch>,
    next_batch: u64,
    /// The newest want of which something has come.
    newest_answered: u64,
    answered: u64,
    /// What the quickest answer over this connection took: the way there and back.
    least_ms: Option<u64>,
    window_bytes: u64,
    share: Share,
    taking: usize,
    done_bytes: u64,
    total_bytes: u64,
    last_arrival_ms: u64,
    silences: u32,
    rate: Rate,
    allowance: Allowance,
    waits: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    entry: Entry,
    batch: u64,
    /// Its place in that want.
    place: usize,
}

#[derive(Debug)]
struct Batch {
    id: u64,
    at_ms: u64,
    waiting: usize,
    bytes: u64,
}

fn bytes_of(entry: &Entry) -> u64 {
    if entry.len == 0 { UNKNOWN_BYTES } else { u64::from(entry.len) }
}

impl Fetch {
    pub(super) fn new(release: String, base: Option<String>, now: Now) -> Self {
        Self {
            release,
            base,
            missing: HashSet::new(),
            queue: VecDeque::new(),
            asked: HashMap::new(),
            asked_bytes: 0,
            batches: VecDeque::new(),
            next_batch: 1,
            newest_answered: 0,
            answered: 0,
            least_ms: None,
            window_bytes: WINDOW_BYTES,
            share: Share::default(),
            taking: 0,
            done_bytes: 0,
            total_bytes: 0,
            last_arrival_ms: now.mono_ms,
            silences: 0,
            rate: Rate::default(),
            allowance: Allowance::default(),
            waits: None,
        }
    }

    /// These are missing now. What was asked for before is forgotten.
    pub(super) fn seek(&mut self, missing: Vec<Entry>, device: &str, together: bool) {
        self.forget_asked();
        self.missing = missing.iter().map(|entry| entry.name).collect();
        self.total_bytes = self.done_bytes + missing.iter().map(bytes_of).sum::<u64>();
        self.queue = missing.into();
        if together && self.queue.len() > 1 {
            // Devices that fetch the same begin at different places: each asks for what the others have not yet.
            let hash = ChunkName::of(device.as_bytes()).0;
            let turn = usize::from(u16::from_le_bytes([hash[0], hash[1]]));
            let from = turn * self.queue.len() / (usize::from(u16::MAX) + 1);
            self.queue.rotate_left(from);
        }
    }

    pub(super) fn release(&self) -> &str {
        &self.release
    }

    pub(super) fn is_of(&self, release: &str) -> bool {
        self.release == release
    }

    pub(super) fn done_bytes(&self) -> u64 {
        self.done_bytes
    }

    pub(super) fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    pub(super) fn bytes_s(&self) -> u64 {
        self.rate.bytes_s()
    }

    /// Nothing is asked of the hub that has not come.
    pub(super) fn is_idle(&self) -> bool {
        self.asked.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.missing.is_empty()
    }

    pub(super) fn is_missing(&self, name: &ChunkName) -> bool {
        self.missing.contains(name)
    }

    pub(super) fn missing_bytes(&self) -> u64 {
        self.total_bytes.saturating_sub(self.done_bytes)
    }

    /// The disk has parcels that it has not told of.
    pub(super) fn is_taking(&self) -> bool {
        self.taking > 0
    }

    /// The first of what is missing and not asked for.
    pub(super) fn names(&mut self, at_most: usize) -> Vec<ChunkName> {
        while self.queue.front().is_some_and(|entry| !self.missing.contains(&entry.name)) {
            self.queue.pop_front();
        }
        let missing = self.queue.iter().map(|entry| entry.name).filter(|name| self.missing.contains(name));
        missing.take(at_most).collect()
    }

    /// Pieces come on another way than through the broker: time passes, and nothing is waited for here.
    pub(super) fn flows(&mut self, now: Now, rules: &Rules) {
        self.rate.add(0, now);
        self.allowance.pass(rules.cap_bytes_s, now);
        self.last_arrival_ms = now.mono_ms;
        self.silences = 0;
        self.waits = None;
    }

    /// True while the next parcel of a transfer may come.
    pub(super) fn has_room(&self) -> bool {
        self.taking < FLOWING_MAX && self.allowance.bytes.is_none_or(|bytes| bytes >= FLOW_BYTES)
    }

    /// A parcel of a transfer, which came because there was room.
    pub(super) fn flowed(&mut self, parcel: Bytes, out: &mut Out<'_>) {
        self.allowance.spend(parcel.len() as u64);
        self.taking += 1;
        out.disk(DiskJob::Take { parcel });
    }

    /// When there is room again, as far as time alone makes it.
    pub(super) fn flows_at_ms(&self, now: Now, rules: &Rules) -> Option<u64> {
        self.allowance.allows_at_ms(FLOW_BYTES, rules.cap_bytes_s, now)
    }

    pub(super) fn waits(&self) -> Option<&'static str> {
        self.waits
    }

    /// True while what others fetch may come to this device as well: its line carries it.
    pub(super) fn keeps_up(&self) -> bool {
        let slow = self.answered >= TOGETHER_AFTER && self.window_bytes < TOGETHER_BYTES_MIN;
        !slow && self.silences < TOGETHER_SILENCES
    }

    /// What was asked for over a connection that is gone will not come.
    pub(super) fn disconnected(&mut self) {
        self.ask_again(|_| true);
        self.waits = Some("offline");
    }

    pub(super) fn connected(&mut self) {
        self.silences = 0;
        self.least_ms = None;
        self.waits = None;
    }

    /// Somebody has done something about it: what is open is asked for at once.
    pub(super) fn encourage(&mut self) {
        self.silences = 0;
        self.last_arrival_ms = 0;
    }

    /// A parcel arrived. What is in it, the disk will tell.
    pub(super) fn parcel(&mut self, parcel: Bytes, now: Now, out: &mut Out<'_>) {
        self.last_arrival_ms = now.mono_ms;
        self.silences = 0;
        if self.taking < TAKING_MAX {
            self.taking += 1;
            out.disk(DiskJob::Take { parcel });
        } else {
            out.ignore(Ignored::DiskBusy);
        }
    }

    /// The disk has taken a parcel. True when nothing is missing any more.
    pub(super) fn taken(&mut self, taken: &Taken, now: Now, out: &mut Out<'_>) -> bool {
        self.taking = self.taking.saturating_sub(1);
        if taken.names.is_empty() && taken.foreign > 0 {
            out.ignore(Ignored::Chunk);
        }
        self.done_bytes += taken.bytes;
        self.total_bytes = self.total_bytes.max(self.done_bytes);
        self.rate.add(taken.bytes, now);
        let mut own_bytes = 0;
        for name in &taken.names {
            self.missing.remove(name);
            let Some(asked) = self.asked.remove(name) else { continue };
            self.asked_bytes -= bytes_of(&asked.entry);
            own_bytes += bytes_of(&asked.entry);
            self.newest_answered = self.newest_answered.max(asked.batch);
            if let Some(batch) = self.batches.iter_mut().find(|batch| batch.id == asked.batch) {
                batch.waiting -= 1;
            }
        }
        // What others ask for arrives here as well. If each filled the line by itself, parcels would come faster than any
        // disk takes them, and be dropped and asked for again.
        let most_bytes = self.share.most_bytes(own_bytes, taken.bytes);
        let window_bytes = &mut self.window_bytes;
        let answered = &mut self.answered;
        let least_ms = &mut self.least_ms;
        self.batches.retain(|batch| {
            if batch.waiting > 0 {
                return true;
            }
            *answered += 1;
            let took_ms = now.mono_ms.saturating_sub(batch.at_ms);
            let quickest_ms = least_ms.map_or(took_ms, |least| least.min(took_ms));
            *least_ms = Some(quickest_ms);
            let queued_ms = took_ms - quickest_ms;
            if queued_ms > SLOW_MS {
                *window_bytes = (*window_bytes / 2).max(WINDOW_BYTES_MIN);
            } else if queued_ms <= QUICK_MS && batch.bytes * 4 >= *window_bytes {
                *window_bytes = (*window_bytes * 2).min(WINDOW_BYTES_MAX);
            }
            false
        });
        self.window_bytes = self.window_bytes.min(most_bytes);
        self.missing.is_empty()
    }

    /// The disk did not take a parcel: it was none, or made with something that is not here after all.
    pub(super) fn not_taken(&mut self) {
        self.taking = self.taking.saturating_sub(1);
        self.base = None;
    }

    /// Asks again for what was lost, and fills the window, as far as the rules allow.
    pub(super) fn poll(&mut self, now: Now, rules: &Rules, together: bool, out: &mut Out<'_>) {
        self.rate.add(0, now);
        if !out.connected {
            return;
        }
        if !self.asked.is_empty() && now.mono_ms >= self.silence_ends_ms() {
            self.silences = self.silences.saturating_add(1);
            self.last_arrival_ms = now.mono_ms;
            self.window_bytes = (self.window_bytes / 2).max(WINDOW_BYTES_MIN);
            self.ask_again(|_| true);
        }
        // Answers come in the order of wants. One that was overtaken, and given some time besides, is lost.
        let newest = self.newest_answered;
        let overtaken: Vec<_> = self
            .batches
            .iter()
            .filter(|batch| batch.id < newest && now.mono_ms >= batch.at_ms + RE_ASK_MS)
            .map(|batch| batch.id)
            .collect();
        if !overtaken.is_empty() {
            self.ask_again(|batch| overtaken.contains(&batch));
        }
        let no_answer = (self.silences >= NO_ANSWER_SILENCES).then_some("no_answer");
        self.waits = holds_back(rules, now).or(no_answer);
        if matches!(self.waits, None | Some("no_answer")) {
            self.allowance.pass(rules.cap_bytes_s, now);
            self.fill_window(now, together, out);
        }
    }

    fn fill_window(&mut self, now: Now, together: bool, out: &mut Out<'_>) {
        let room = self.window_bytes.saturating_sub(self.asked_bytes);
        // A message for each piece would double the traffic: half a window, or whatever is left.
        if room < self.window_bytes / 2 && !self.asked.is_empty() {
            return;
        }
        let (mut names, mut bytes, mut count) = (Vec::new(), 0, 0);
        while count < limits::WANT_NAMES_MAX {
            let Some(entry) = self.queue.front().copied() else { break };
            if !self.missing.contains(&entry.name) {
                // It came with what others asked for.
                self.queue.pop_front();
                continue;
            }
            let len = bytes_of(&entry);
            let fits = count == 0 || bytes + len <= room;
            if !fits || !self.allowance.take(len) {
                break;
            }
            self.queue.pop_front();
            names.extend_from_slice(&entry.name.0);
            bytes += len;
            self.asked.insert(entry.name, Asked { entry, batch: self.next_batch, place: count });
            count += 1;
        }
        if count == 0 {
            return;
        }
        if self.asked_bytes == 0 {
            self.last_arrival_ms = now.mono_ms;
        }
        self.asked_bytes += bytes;
        self.batches.push_back(Batch { id: self.next_batch, at_ms: now.mono_ms, waiting: count, bytes });
        self.next_batch += 1;
        let parcel_bytes = (self.window_bytes / 2).min(limits::PARCEL_BYTES_MAX as u64);
        out.publish(
            DeviceTopic::Want,
            &Want {
                v: VERSION,
                release: self.release.clone(),
                names: openssl::base64::encode_block(&names),
                runs: String::new(),
                parcel_bytes: u32::try_from(parcel_bytes).ok(),
                together,
                base: self.base.clone(),
                trust: None,
            },
        );
    }

    /// Puts what was asked for in those wants back in front of the queue.
    fn ask_again(&mut self, of: impl Fn(u64) -> bool) {
        let mut again: Vec<_> = self.asked.values().filter(|asked| of(asked.batch)).copied().collect();
        again.sort_by_key(|asked| (asked.batch, asked.place));
        for asked in again.into_iter().rev() {
            self.asked.remove(&asked.entry.name);
            self.asked_bytes -= bytes_of(&asked.entry);
            self.queue.push_front(asked.entry);
        }
        self.batches.retain(|batch| !of(batch.id));
    }

    fn forget_asked(&mut self) {
        self.asked.clear();
        self.asked_bytes = 0;
        self.batches.clear();
    }

    fn silence_ends_ms(&self) -> u64 {
        // An answer that is on a long way is not lost yet.
        let patience_ms = RE_ASK_MS.max(self.least_ms.unwrap_or(0).saturating_mul(2));
        let pause_ms = patience_ms.saturating_mul(1 << self.silences.min(8)).min(RE_ASK_MAX_MS);
        self.last_arrival_ms + pause_ms
    }

    pub(super) fn next_tick_ms(&self, now: Now, rules: &Rules) -> Option<u64> {
        if self.waits == Some("window") {
            return Some(now.mono_ms + until_open_ms(rules, now));
        }
        let silence = (!self.asked.is_empty()).then(|| self.silence_ends_ms());
        let overtaken = self.batches.front().filter(|batch| batch.id < self.newest_answered);
        let overtaken = overtaken.map(|batch| batch.at_ms + RE_ASK_MS);
        let next = self.queue.front().filter(|_| matches!(self.waits, None | Some("no_answer"))).map(bytes_of);
        let allowed = next.and_then(|bytes| self.allowance.allows_at_ms(bytes, rules.cap_bytes_s, now));
        [silence, overtaken, allowed].into_iter().flatten().min()
    }
}

/// Why nothing may be asked for now; `None`: it may.
pub(super) fn holds_back(rules: &Rules, now: Now) -> Option<&'static str> {
    if rules.paused {
        return Some("paused");
    }
    (!is_open(rules, now)).then_some("window")
}

/// Minutes after midnight by the device's zone.
fn minute_of_day(now: Now) -> u64 {
    let local_min = i64::try_from(now.wall_ms / 60_000).unwrap_or(0) + i64::from(now.zone_min);
    local_min.rem_euclid(MINUTES_A_DAY as i64).unsigned_abs()
}

/// True if pieces may be asked for at this time of day.
fn is_open(rules: &Rules, now: Now) -> bool {
    let minute = minute_of_day(now);
    let mut windows = rules.windows.iter().take(limits::WINDOWS_MAX).peekable();
    windows.peek().is_none()
        || windows.any(|window| {
            let (from, until) = (u64::from(window.from_min), u64::from(window.until_min));
            if from < until { (from..until).contains(&minute) } else { minute >= from || minute < until }
        })
}

/// How long until a window opens.
fn until_open_ms(rules: &Rules, now: Now) -> u64 {
    let minute = minute_of_day(now);
    let ahead = |from: u16| (u64::from(from) + MINUTES_A_DAY - minute) % MINUTES_A_DAY;
    let minutes = rules.windows.iter().map(|window| ahead(window.from_min)).min().unwrap_or(0).max(1);
    minutes * 60_000 - now.wall_ms % 60_000
}

/// How much of what arrives was asked for by this device.
#[derive(Debug, Default)]
struct Share {
    own_bytes: u64,
    all_bytes: u64,
}

impl Share {
    /// Takes in what has arrived, and says how much may be asked for at a time.
    fn most_bytes(&mut self, own_bytes: u64, all_bytes: u64) -> u64 {
        self.own_bytes += own_bytes.min(all_bytes);
        self.all_bytes += all_bytes;
        if self.all_bytes > SHARE_OVER_BYTES {
            self.own_bytes /= 2;
            self.all_bytes /= 2;
        }
        let part = u128::from(WINDOW_BYTES_MAX) * u128::from(self.own_bytes) / u128::from(self.all_bytes.max(1));
        if self.all_bytes == 0 {
            return WINDOW_BYTES_MAX;
        }
        u64::try_from(part).unwrap_or(WINDOW_BYTES_MAX).max(SHARE_BYTES_MIN)
    }
}

/// Bytes of the last seconds.
#[derive(Debug, Default)]
struct Rate {
    seconds: VecDeque<(u64, u64)>,
    began_s: Option<u64>,
    now_s: u64,
}

impl Rate {
    fn add(&mut self, bytes: u64, now: Now) {
        self.now_s = now.mono_ms / 1000;
        let now_s = self.now_s;
        self.seconds.retain(|(second, _)| second + RATE_S > now_s);
        if bytes == 0 {
            return;
        }
        self.began_s.get_or_insert(now_s);
        match self.seconds.back_mut() {
            Some((second, sum)) if *second == now_s => *sum += bytes,
            _ => self.seconds.push_back((now_s, bytes)),
        }
    }

    fn bytes_s(&self) -> u64 {
        let over_s = self.began_s.map_or(1, |began_s| (self.now_s - began_s + 1).clamp(1, RATE_S));
        self.seconds.iter().map(|(_, bytes)| bytes).sum::<u64>() / over_s
    }
}

/// What a capped line may carry now.
#[derive(Debug, Default)]
struct Allowance {
    /// `None`: without bounds.
    bytes: Option<u64>,
    /// What was spent without asking, and is earned back first.
    debt: u64,
    at_ms: u64,
}

impl Allowance {
    fn pass(&mut self, cap_bytes_s: Option<u64>, now: Now) {
        let Some(cap) = cap_bytes_s else {
            (self.bytes, self.debt) = (None, 0);
            return;
        };
        let burst = cap.saturating_mul(BURST_S).max(BURST_BYTES_MIN);
        let elapsed_ms = now.mono_ms.saturating_sub(self.at_ms);
        let earned = cap.saturating_mul(elapsed_ms) / 1000;
        match &mut self.bytes {
            // What is earned in less than a byte's time is not lost: the clock stands still until there is one.
            Some(bytes) if earned > 0 || *bytes >= burst => {
                let paid = earned.min(self.debt);
                self.debt -= paid;
                *bytes = (*bytes + earned - paid).min(burst);
            }
            Some(_) => return,
            None => self.bytes = Some(burst),
        }
        self.at_ms = now.mono_ms;
    }

    fn take(&mut self, len: u64) -> bool {
        match &mut self.bytes {
            None => true,
            Some(bytes) if *bytes >= len => {
                *bytes -= len;
                true
            }
            Some(_) => false,
        }
    }

    /// Something has come, whether there was room for it or not.
    fn spend(&mut self, len: u64) {
        if let Some(bytes) = &mut self.bytes {
            self.debt += len.saturating_sub(*bytes);
            *bytes = bytes.saturating_sub(len);
        }
    }

    fn allows_at_ms(&self, len: u64, cap_bytes_s: Option<u64>, now: Now) -> Option<u64> {
        let lacks = (len + self.debt).checked_sub(self.bytes?)?;
        let cap = cap_bytes_s.filter(|cap| *cap > 0)?;
        (lacks > 0).then(|| now.mono_ms.max(self.at_ms) + (lacks * 1000).div_ceil(cap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_others_a_device_asks_for_its_part_and_alone_for_all() {
        let mut share = Share::default();
        assert_eq!(share.most_bytes(0, 0), WINDOW_BYTES_MAX, "nothing has come yet");
        assert_eq!(share.most_bytes(100_000, 100_000), WINDOW_BYTES_MAX);
        // A quarter of what comes was asked for here.
        for _ in 0..1_000 {
            share.most_bytes(25_000, 25_000);
            share.most_bytes(0, 75_000);
        }
        let most = share.most_bytes(0, 0);
        assert!(most.abs_diff(WINDOW_BYTES_MAX / 4) < WINDOW_BYTES_MAX / 20, "{most}");
        for _ in 0..1_000 {
            share.most_bytes(0, 100_000);
        }
        assert_eq!(share.most_bytes(0, 0), SHARE_BYTES_MIN, "it still asks");
        for _ in 0..1_000 {
            share.most_bytes(100_000, 100_000);
        }
        assert!(share.most_bytes(0, 0) > WINDOW_BYTES_MAX * 9 / 10, "the others have gone");
    }
}
