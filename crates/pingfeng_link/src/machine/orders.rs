//! Orders: each is carried out once, in time, with a receipt.

use std::collections::VecDeque;

use pingfeng_wire::topic::DeviceTopic;
use pingfeng_wire::{Command, Order, Outcome, Receipt, VERSION, limits};

use super::{Out, OutboxJob, read};
use crate::api::Ignored;
use crate::clock::Now;
use crate::outbox::ORDERS_MAX;

/// Receipts that wait for a connection; the oldest is dropped. The hub sees the order unanswered then.
const RECEIPTS_HELD_MAX: usize = 16;

#[derive(Debug)]
pub(super) struct Orders {
    /// Ids of orders that were taken, oldest first.
    taken: VecDeque<String>,
    held: VecDeque<Receipt>,
}

impl Orders {
    pub(super) fn new(taken: Vec<String>) -> Self {
        Self { taken: taken.into(), held: VecDeque::new() }
    }

    /// Takes an order. `Some`: it is new and in time, and is to be carried out now.
    pub(super) fn order(&mut self, payload: &[u8], now: Now, out: &mut Out<'_>) -> Option<(String, Order)> {
        /// An order of a later hub: it is refused by its id, so that its author is not left waiting.
        #[derive(serde::Deserialize)]
        struct Named {
            id: String,
        }
        let command: Command = match read(payload) {
            Ok(command) => command,
            Err(what) => {
                if let Ok(Named { id }) = serde_json::from_slice(payload)
                    && !id.is_empty()
                    && id.len() <= 64
                {
                    let outcome = Outcome::Refused { code: "unknown".into() };
                    self.receipt(
                        Receipt { v: VERSION, id, at_ms: now.wall_ms, outcome, picture_jpeg_base64: None },
                        out,
                    );
                }
                out.ignore(what);
                return None;
            }
        };
        let Command { id, expires_at_ms, order, .. } = command;
        if self.taken.contains(&id) {
            return None;
        }
        let receipt =
            |outcome| Receipt { v: VERSION, id: id.clone(), at_ms: now.wall_ms, outcome, picture_jpeg_base64: None };
        if now.wall_ms > expires_at_ms {
            self.receipt(receipt(Outcome::Expired), out);
            return None;
        }
        if self.taken.len() as u64 >= ORDERS_MAX {
            self.taken.pop_front();
        }
        self.taken.push_back(id.clone());
        // On disk before it is carried out: a restart must not restart again.
        out.outbox(OutboxJob::RememberOrder { id: id.clone() });
        self.receipt(receipt(Outcome::Received), out);
        Some((id, order))
    }

    pub(super) fn done(
        &mut self,
        id: String,
        outcome: Outcome,
        picture_jpeg: Option<Vec<u8>>,
        now: Now,
        out: &mut Out<'_>,
    ) {
        let mut receipt = Receipt { v: VERSION, id, at_ms: now.wall_ms, outcome, picture_jpeg_base64: None };
        match picture_jpeg {
            Some(jpeg) if jpeg.len() > limits::PICTURE_BYTES_MAX => {
                receipt.outcome = Outcome::Refused { code: "too_large".into() };
                out.ignore(Ignored::TooLarge);
            }
            Some(jpeg) => receipt.picture_jpeg_base64 = Some(openssl::base64::encode_block(&jpeg)),
            None => {}
        }
        self.receipt(receipt, out);
    }

    pub(super) fn connected(&mut self, out: &mut Out<'_>) {
        for receipt in std::mem::take(&mut self.held) {
            out.publish(DeviceTopic::Receipt, &receipt);
        }
    }

    fn receipt(&mut self, receipt: Receipt, out: &mut Out<'_>) {
        if !out.connected {
            if self.held.len() >= RECEIPTS_HELD_MAX {
                self.held.pop_front();
            }
            self.held.push_back(receipt);
        } else {
            out.publish(DeviceTopic::Receipt, &receipt);
        }
    }
}
