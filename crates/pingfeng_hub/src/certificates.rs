//! Certificates of devices: a new one before the present one ends, and none any more for a device that is lost.

use pingfeng_wire::{
    Renewal, Renewed,
    topic::{self, DeviceTopic},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    broker::permission::Member,
    db::entity::{certificate, device},
    error::{ApiResult, bad_request, conflict, not_found},
    fleet::Named,
    limits::{CERTIFICATE_ENDS_SOON_MS, CERTIFICATES_LISTED_MAX, CSR_BYTES_MAX, RENEWAL_GAP_MS},
    status::Why,
};

/// A certificate of a device.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CertificateView {
    /// Serial number, hex.
    pub serial: String,
    /// Whose.
    pub device: Named,
    /// `current`; `next`: made, not used yet; `replaced`; `revoked`.
    pub state: String,
    /// When it was made.
    pub issued_at_ms: i64,
    /// Its last moment.
    pub expires_at_ms: i64,
    /// When it was replaced or revoked.
    pub ended_at_ms: Option<i64>,
    /// What somebody should see to.
    pub warning: Option<Why>,
}

impl Hub {
    /// Lets a device connect with the certificates that are good for it; with none, it may not connect.
    pub(crate) async fn admit(&self, row: &device::Model) -> ApiResult<()> {
        let good = self.db.good_certificates(&row.id).await?;
        if good.is_empty() {
            self.directory.remove(&row.id);
        } else {
            let serials = good.into_iter().map(|certificate| certificate.serial).collect();
            self.directory.put(&row.id, Member { serials, site: row.site_id.clone() });
        }
        Ok(())
    }

    /// A device asks for a new certificate. The present one stays good until it has connected with the new one.
    pub async fn take_renewal(&self, device: &str, renewal: &Renewal) -> ApiResult<()> {
        let Some(row) = self.db.device(device).await? else { return Ok(()) };
        let now_ms = self.now_ms();
        let good = self.db.good_certificates(device).await?;
        // Whoever may not connect does not ask; with an external broker somebody might.
        if good.is_empty() {
            return Err(conflict("revoked", "the certificate of this device has been revoked"));
        }
        let next = good.iter().find(|certificate| certificate.state == "next");
        if next.is_some_and(|next| (0..RENEWAL_GAP_MS).contains(&(now_ms - next.issued_at_ms))) {
            return Err(conflict("too_soon", "this device was given a new certificate a moment ago"));
        }
        if renewal.csr_pem.len() > CSR_BYTES_MAX {
            return Err(bad_request("too_large", "the certificate request is too large"));
        }
        let days = self.config.settings.enrolment.certificate_days;
        let issued = self
            .authority
            .sign_device(&renewal.csr_pem, device, days, now_ms)
            .map_err(|error| bad_request("invalid_request", error.to_string()))?;
        self.db
            .insert_next_certificate(certificate::Model {
                serial: issued.serial,
                device_id: device.to_owned(),
                state: "next".to_owned(),
                issued_at_ms: now_ms,
                expires_at_ms: issued.expires_at_ms,
                ended_at_ms: None,
            })
            .await?;
        self.admit(&row).await?;
        tracing::info!(device.id = %device, "certificate renewed");
        self.audit(&format!("device {device}"), "renew_certificate", device).await;
        let renewed = Renewed {
            v: pingfeng_wire::VERSION,
            certificate_pem: issued.certificate_pem,
            authority_pem: self.authority.pem().to_owned(),
        };
        self.send_json(topic::device(device, DeviceTopic::Renewed), &renewed, false, Some(3_600)).await;
        Ok(())
    }

    /// A device has connected: if it did so with its next certificate, the one before is worthless from now on.
    pub(crate) async fn note_certificate(&self, row: &device::Model) -> ApiResult<()> {
        let Some(serial) = self.directory.used(&row.id) else { return Ok(()) };
        if serial != row.certificate_serial && self.db.use_certificate(&row.id, &serial, self.now_ms()).await? {
            self.admit(row).await?;
        }
        Ok(())
    }

    /// The same with an external broker, which does not say by which certificate a device came: its report does.
    pub(crate) async fn note_certificate_end(&self, device: &str, until_ms: Option<u64>) -> ApiResult<()> {
        if self.config.settings.broker.external.is_none() {
            return Ok(());
        }
        let until_ms = until_ms.and_then(|until_ms| i64::try_from(until_ms).ok());
        let good = self.db.good_certificates(device).await?;
        let current = good.iter().find(|certificate| certificate.state == "current");
        let next = good.iter().find(|certificate| certificate.state == "next");
        if let (Some(current), Some(next), Some(until_ms)) = (current, next, until_ms)
            && next.expires_at_ms == until_ms
            && current.expires_at_ms != until_ms
        {
            self.db.use_certificate(device, &next.serial, self.now_ms()).await?;
        }
        Ok(())
    }

    /// The certificates of devices, newest first.
    pub async fn list_certificates(&self) -> ApiResult<Vec<CertificateView>> {
        let devices = self.db.devices().await?;
        let rows = self.db.certificates(CERTIFICATES_LISTED_MAX).await?;
        let now_ms = self.now_ms();
        Ok(rows
            .iter()
            .map(|row| {
                let device = devices.iter().find(|device| device.id == row.device_id);
                let renewed = rows.iter().any(|other| other.device_id == row.device_id && other.state == "next");
                CertificateView {
                    serial: row.serial.clone(),
                    device: Named {
                        id: row.device_id.clone(),
                        name: device.map_or_else(|| row.device_id.clone(), |device| device.name.clone()),
                    },
                    state: row.state.clone(),
                    issued_at_ms: row.issued_at_ms,
                    expires_at_ms: row.expires_at_ms,
                    ended_at_ms: row.ended_at_ms,
                    warning: warning(row, renewed, now_ms),
                }
            })
            .collect())
    }

    /// A device is lost or was taken: none of its certificates is good from this moment, and it is thrown out. It keeps
    /// its place in the list, so that another machine can take it with a new code.
    pub async fn revoke_device(&self, id: &str) -> ApiResult<()> {
        let row = self.db.device(id).await?.ok_or_else(|| not_found("device", id))?;
        if self.db.revoke_certificates(id, self.now_ms()).await? == 0 {
            return Err(conflict("revoked", "the certificate of this device has been revoked already")
                .hint("this device can be enrolled again with a new code"));
        }
        self.admit(&row).await?;
        self.disconnect(id).await;
        tracing::info!(device.id = %id, "certificate revoked");
        self.renew_site_key(&row.site_id).await?;
        self.tell_device(id).await;
        Ok(())
    }
}

fn warning(row: &certificate::Model, renewed: bool, now_ms: i64) -> Option<Why> {
    let why = |code: &str, zh: &str, en: &str| Some(Why { code: code.into(), zh: zh.into(), en: en.into() });
    match row.state.as_str() {
        "current" if now_ms >= row.expires_at_ms => {
            why("certificate_expired", "证书已过期：终端连不上，请重新登记", "It has expired: the device cannot connect; enrol it again")
        }
        "current" if !renewed && row.expires_at_ms - now_ms < CERTIFICATE_ENDS_SOON_MS => why(
            "certificate_ends_soon",
            "证书快到期，终端还没有换新：请看它是否在线、程序是否太旧",
            "It ends soon and the device has not asked for another: see whether it is online and its program is not too old",
        ),
        _ => None,
    }
}
