//! Emptying the outbox: in order, those of now before those of an outage, one message of each kind on its way at a time.

use pingfeng_wire::topic::DeviceTopic;
use pingfeng_wire::{Ack, Record, Records, VERSION};

use super::{Lane, Out, OutboxJob};
use crate::LinkEvent;
use crate::clock::Now;
use crate::outbox::Seq;

/// Records that the hub has not acknowledged for this long are sent again.
pub(super) const RESEND_MS: u64 = 10_000;

#[derive(Debug)]
pub(super) struct Sender {
    connected: bool,
    waiting: u64,
    /// Newest record known.
    newest: Seq,
    /// Records up to here were there when the connection was made.
    backlog_up_to: Seq,
    live: LaneState,
    backlog: LaneState,
}

#[derive(Debug, Default)]
struct LaneState {
    /// Everything up to here is acknowledged or refused.
    after: Seq,
    /// Asked of the outbox, not answered yet.
    loading: bool,
    on_its_way: Option<Batch>,
    /// The outbox had nothing more of this lane.
    empty: bool,
}

#[derive(Debug)]
struct Batch {
    unsettled: Vec<String>,
    last: Seq,
    sent_at_ms: u64,
}

impl Sender {
    pub(super) fn new(newest: Seq, waiting: u64) -> Self {
        Self {
            connected: false,
            waiting,
            newest,
            backlog_up_to: newest,
            live: LaneState::default(),
            backlog: LaneState::default(),
        }
    }

    pub(super) fn waiting(&self) -> u64 {
        self.waiting
    }

    pub(super) fn connected(&mut self) {
        self.connected = true;
        self.backlog_up_to = self.newest;
        self.live = LaneState { after: self.newest, empty: true, ..LaneState::default() };
        self.backlog = LaneState { empty: self.waiting == 0, ..LaneState::default() };
    }

    pub(super) fn disconnected(&mut self) {
        self.connected = false;
        self.live.on_its_way = None;
        self.backlog.on_its_way = None;
    }

    /// A record was committed.
    pub(super) fn appended(&mut self, seq: Seq, connected: bool) {
        if seq <= self.newest {
            // Given a second time.
            return;
        }
        self.newest = seq;
        self.waiting += 1;
        if connected {
            self.live.empty = false;
        } else {
            self.backlog_up_to = seq;
        }
    }

    pub(super) fn loaded(
        &mut self,
        lane: Lane,
        records: Vec<(Seq, Record)>,
        waiting: u64,
        now: Now,
        out: &mut Out<'_>,
    ) {
        self.waiting = waiting;
        let state = self.lane(lane);
        state.loading = false;
        let Some(&(last, _)) = records.last() else {
            state.empty = true;
            return;
        };
        let records: Vec<_> = records.into_iter().map(|(_, record)| record).collect();
        let unsettled = records.iter().map(|record| record.id.clone()).collect();
        if out.publish(DeviceTopic::Rec, &Records { v: VERSION, records }) {
            state.on_its_way = Some(Batch { unsettled, last, sent_at_ms: now.mono_ms });
        }
    }

    pub(super) fn acknowledged(&mut self, ack: Ack, out: &mut Out<'_>) {
        for state in [&mut self.live, &mut self.backlog] {
            let Some(batch) = &mut state.on_its_way else { continue };
            batch
                .unsettled
                .retain(|id| !ack.stored.contains(id) && !ack.refused.iter().any(|refusal| refusal.id == *id));
            if batch.unsettled.is_empty() {
                state.after = batch.last;
                state.on_its_way = None;
            }
        }
        for record in ack.unlisted {
            out.event(LinkEvent::Unlisted { record });
        }
        // Also those that were not on their way: an acknowledgement that is late is still true.
        out.outbox(OutboxJob::Settle { stored: ack.stored, refused: ack.refused });
    }

    pub(super) fn settled(&mut self, waiting: u64) {
        self.waiting = waiting;
    }

    pub(super) fn poll(&mut self, now: Now, out: &mut Out<'_>) {
        if !self.connected {
            return;
        }
        let (newest, backlog_up_to) = (self.newest, self.backlog_up_to);
        for (lane, up_to) in [(Lane::Live, newest), (Lane::Backlog, backlog_up_to)] {
            let state = self.lane(lane);
            if state.on_its_way.as_ref().is_some_and(|batch| now.mono_ms >= batch.sent_at_ms + RESEND_MS) {
                state.on_its_way = None;
            }
            if !state.empty && !state.loading && state.on_its_way.is_none() {
                state.loading = true;
                let after = state.after;
                out.outbox(OutboxJob::Load { lane, after, up_to });
            }
        }
    }

    pub(super) fn next_tick_ms(&self) -> Option<u64> {
        [&self.live, &self.backlog]
            .into_iter()
            .filter_map(|state| Some(state.on_its_way.as_ref()?.sent_at_ms + RESEND_MS))
            .min()
    }

    fn lane(&mut self, lane: Lane) -> &mut LaneState {
        match lane {
            Lane::Live => &mut self.live,
            Lane::Backlog => &mut self.backlog,
        }
    }
}
