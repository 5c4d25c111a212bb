//! Records that came on a stick: opened with the hub's key, believed because the device has signed them.

use pingfeng_wire::{Ack, Records, VERSION, limits::RECORDS_MAX};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Hub,
    error::{ApiResult, bad_request, forbidden, internal},
    limits::CARRIED_RECORDS_MAX,
};

/// What became of records that were carried to the hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Carried {
    /// Whose they are.
    pub device: String,
    /// Stored now or earlier.
    pub stored: usize,
    /// Never accepted; the device keeps them aside when it hears of it.
    pub refused: usize,
    /// For the stick, as `pingfeng/records/<device>.ack.p7s`: with it the device may forget them. Base64.
    pub answer_base64: String,
}

impl Hub {
    /// Takes a file that a device has written onto a stick.
    pub async fn take_carried(&self, sealed: &[u8]) -> ApiResult<Carried> {
        let unreadable = |why: String| {
            tracing::warn!(why, "records from a stick were refused");
            bad_request("not_records", "this is no file of records for this hub")
                .hint("choose a .p7m file from the folder pingfeng/records of the stick")
        };
        let signed = self.authority.open_sealed(sealed).map_err(|error| unreadable(error.to_string()))?;
        let (plain, device, serial) = self.authority.signed_by_device(&signed).map_err(unreadable)?;
        // The certificate may have run out, but it must not have been taken back.
        if self.directory.get(&device).is_none_or(|member| !member.serials.contains(&serial)) {
            return Err(forbidden("unknown_device", "the device that has signed them is not enrolled any more"));
        }
        let records: Records = serde_json::from_slice(&plain).map_err(|error| unreadable(error.to_string()))?;
        if records.records.len() > CARRIED_RECORDS_MAX {
            return Err(bad_request("too_large", format!("more than {CARRIED_RECORDS_MAX} records in one file")));
        }
        let mut all = Ack { v: VERSION, stored: Vec::new(), refused: Vec::new(), unlisted: Vec::new() };
        for some in records.records.chunks(RECORDS_MAX) {
            let some = Records { v: VERSION, records: some.to_vec() };
            if let Some(ack) = self.store_records(&device, some).await? {
                all.stored.extend(ack.stored);
                all.refused.extend(ack.refused);
                all.unlisted.extend(ack.unlisted);
            }
        }
        let answer = serde_json::to_vec(&all).map_err(internal)?;
        let answer = self.authority.sign_answer(&answer).map_err(internal)?;
        tracing::info!(device.id = %device, stored = all.stored.len(), refused = all.refused.len(), "records from a stick");
        Ok(Carried {
            device,
            stored: all.stored.len(),
            refused: all.refused.len(),
            answer_base64: openssl::base64::encode_block(&answer),
        })
    }
}
