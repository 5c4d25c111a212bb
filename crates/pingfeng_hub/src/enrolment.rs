//! Enrolment: a one-time code that an administrator reads to whoever stands at the screen becomes a client certificate.

use std::net::IpAddr;

use pingfeng_wire::enrol::{EnrolRequest, EnrolResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    db::entity::{device, enrol_code},
    error::{ApiError, ApiResult, bad_request, forbidden, internal, not_found, too_many},
    fleet::{Named, short_id, text},
    hash_secret,
};

/// Characters of a code: Crockford base 32 has no letter that looks like a digit.
const CODE_CHARS: usize = 8;
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new code. It is shown once; the hub keeps its hash.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnrolCode {
    /// `K7QF-2M9D`.
    pub code: String,
    /// When it stops being good.
    pub expires_at_ms: i64,
    /// The whole of what a screen needs besides the hub's address: code and fingerprint of the authority to pin.
    pub fingerprint: String,
}

/// A code that waits for its screen.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenEnrolCode {
    /// Name that the screen will have.
    pub name: String,
    /// Its site.
    pub site: Named,
    /// Its group.
    pub group: Named,
    /// Who made it.
    pub created_by: String,
    /// When it stops being good.
    pub expires_at_ms: i64,
}

impl Hub {
    /// Makes a code for a screen of that name.
    pub async fn create_enrol_code(&self, name: &str, site: &str, group: &str, by: &str) -> ApiResult<EnrolCode> {
        let name = text("name", name)?;
        let site = self.site_called(site).await?;
        let group = self.group_called(group).await?;
        self.new_enrol_code(name, site.id, group.id, None, by).await
    }

    async fn new_enrol_code(
        &self,
        name: String,
        site_id: String,
        group_id: String,
        replaces: Option<String>,
        by: &str,
    ) -> ApiResult<EnrolCode> {
        let now_ms = self.now_ms();
        let expires_at_ms = now_ms + i64::from(self.config.settings.enrolment.code_minutes) * 60_000;
        let code = new_code();
        self.db
            .insert_enrol_code(enrol_code::Model {
                code_hash: hash_secret(&code),
                name,
                site_id,
                group_id,
                created_at_ms: now_ms,
                created_by: by.to_owned(),
                expires_at_ms,
                used_at_ms: None,
                device_id: None,
                replaces,
            })
            .await?;
        let shown = format!("{}-{}", &code[..CODE_CHARS / 2], &code[CODE_CHARS / 2..]);
        Ok(EnrolCode { code: shown, expires_at_ms, fingerprint: self.authority.fingerprint() })
    }

    /// Makes a code for a machine that takes the place of a screen: the same id, name, site and group. The certificates
    /// of the one before end when the code is used.
    pub async fn create_code_for_device(&self, id: &str, by: &str) -> ApiResult<EnrolCode> {
        let device = self.db.device(id).await?.ok_or_else(|| not_found("device", id))?;
        self.new_enrol_code(device.name, device.site_id, device.group_id, Some(device.id), by).await
    }

    /// Codes that wait for their screen.
    pub async fn list_enrol_codes(&self) -> ApiResult<Vec<OpenEnrolCode>> {
        let sites = self.db.sites().await?;
        let groups = self.db.groups().await?;
        let codes = self.db.open_enrol_codes(self.now_ms()).await?;
        Ok(codes
            .into_iter()
            .map(|code| {
                let site = sites.iter().find(|site| site.id == code.site_id).map(|site| site.name.clone());
                let group = groups.iter().find(|group| group.id == code.group_id).map(|group| group.name.clone());
                OpenEnrolCode {
                    name: code.name,
                    site: Named { name: site.unwrap_or_default(), id: code.site_id },
                    group: Named { name: group.unwrap_or_default(), id: code.group_id },
                    created_by: code.created_by,
                    expires_at_ms: code.expires_at_ms,
                }
            })
            .collect())
    }

    /// Turns a code into a certificate. `host` is the name that the device reached the hub by.
    pub async fn enrol(&self, request: EnrolRequest, from: IpAddr, host: Option<&str>) -> ApiResult<EnrolResponse> {
        let now_ms = self.now_ms();
        if let Err(wait_ms) = self.attempts.count(from, now_ms) {
            tracing::warn!(%from, "enrolment refused: too many attempts");
            return Err(too_many(wait_ms));
        }
        // The operator's log says which code failed how; the caller learns no more than the code's own fate.
        let refuse = |code: &str, message: &str, hint: &str| -> ApiError {
            tracing::warn!(%from, code, "enrolment refused");
            forbidden(code, message).hint(hint)
        };
        let again = "ask the administrator for a new code";
        let Some(code) = normal_code(&request.code) else {
            return Err(refuse("code_unknown", "this code is not known", "check the eight characters"));
        };
        let code_hash = hash_secret(&code);
        let Some(row) = self.db.enrol_code(&code_hash).await? else {
            return Err(refuse("code_unknown", "this code is not known", "check the eight characters"));
        };
        if row.used_at_ms.is_some() {
            return Err(refuse("code_used", "this code has been used", again));
        }
        // A clock that went back lengthens a code's life; its one use stays one.
        if now_ms >= row.expires_at_ms {
            return Err(refuse("code_expired", "this code has expired", again));
        }
        let known = match &row.replaces {
            Some(id) => Some(self.db.device(id).await?.ok_or_else(|| {
                refuse("code_expired", "the device that this code is for has been removed", again)
            })?),
            None => None,
        };
        let id = known.as_ref().map_or_else(|| format!("d-{}", short_id()), |known| known.id.clone());
        let days = self.config.settings.enrolment.certificate_days;
        let issued = self
            .authority
            .sign_device(&request.csr_pem, &id, days, now_ms)
            .map_err(|error| bad_request("invalid_request", error.to_string()).at("csr_pem"))?;
        let group = self.db.group(&row.group_id).await?;
        let comes_back = known.is_some();
        // One that comes back keeps what belongs to it; its store may be empty, so the target is stated anew.
        let kept = known.map(|known| device::Model { target_revision: known.target_revision + 1, ..known });
        let fresh = || device::Model {
            id: id.clone(),
            name: row.name.clone(),
            site_id: row.site_id.clone(),
            group_id: row.group_id.clone(),
            host: String::new(),
            program: String::new(),
            certificate_serial: String::new(),
            certificate_expires_at_ms: 0,
            created_at_ms: now_ms,
            target_release_id: group.and_then(|group| group.release_id),
            target_revision: 1,
            target_at_ms: now_ms,
            seen_at_ms: None,
            report_json: None,
            report_at_ms: None,
            progress_since_ms: None,
            picture_at_ms: None,
        };
        let device = device::Model {
            host: bounded(&request.host),
            program: bounded(&request.program),
            certificate_serial: issued.serial,
            certificate_expires_at_ms: issued.expires_at_ms,
            ..kept.unwrap_or_else(fresh)
        };
        if !self.db.enrol(&code_hash, device.clone(), now_ms).await? {
            return Err(refuse("code_used", "this code has been used", again));
        }
        self.admit(&device).await?;
        if comes_back {
            // Whoever has its old certificate is not this device any more.
            self.disconnect(&id).await;
            if let Err(error) = self.renew_site_key(&device.site_id).await {
                // The code is used up: the machine that stands there must not be turned away for it.
                tracing::error!(code = error.detail().code, "the devices of a site keep the key that one of them has lost");
            }
        }
        self.state_target(&device.id).await;
        tracing::info!(device.id = %id, %from, "device enrolled");
        self.audit(&format!("device {id}"), "enrol", &id).await;
        self.tell_device(&id).await;
        Ok(EnrolResponse {
            device: id,
            name: device.name,
            site: device.site_id.clone(),
            certificate_pem: issued.certificate_pem,
            authority_pem: self.authority.pem().to_owned(),
            broker_host: self.broker_host(host),
            broker_port: self.broker_port().ok_or_else(|| internal("the broker is not listening yet"))?,
            roots: self.roots_for_enrolment(&device.site_id).await?,
            group: device.group_id,
        })
    }

    /// What a device should connect to: the name it reached the hub by if the certificate has it.
    fn broker_host(&self, host: Option<&str>) -> String {
        if let Some(external) = &self.config.settings.broker.external {
            return external.host.clone();
        }
        let reached_by = host.filter(|host| self.names.iter().any(|name| name.eq_ignore_ascii_case(host)));
        reached_by
            .map(str::to_owned)
            .or_else(|| self.config.settings.listen.public_host.clone())
            .unwrap_or_else(|| "localhost".to_owned())
    }

    fn broker_port(&self) -> Option<u16> {
        match &self.config.settings.broker.external {
            Some(external) => Some(external.port),
            None => self.mqtt_port.get().copied(),
        }
    }
}

fn new_code() -> String {
    rand::random::<[u8; CODE_CHARS]>().iter().map(|byte| char::from(CROCKFORD[usize::from(byte % 32)])).collect()
}

/// A code as it was made, however it was typed: in groups, in small letters, with O for 0 and I or L for 1.
fn normal_code(typed: &str) -> Option<String> {
    let mut code = String::with_capacity(CODE_CHARS);
    for character in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let character = match character.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        if code.len() == CODE_CHARS || !u8::try_from(character).is_ok_and(|byte| CROCKFORD.contains(&byte)) {
            return None;
        }
        code.push(character);
    }
    (code.len() == CODE_CHARS).then_some(code)
}

fn bounded(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        assert_eq!(normal_code("k7qf-2m9d").as_deref(), Some("K7QF2M9D"));
        assert_eq!(normal_code(" K7QF 2M9D ").as_deref(), Some("K7QF2M9D"));
        assert_eq!(normal_code("oil0-0000").as_deref(), Some("01100000"));
        for wrong in ["", "K7QF2M9", "K7QF2M9DD", "K7QF2M9U", "展厅一号展厅一号"] {
            assert_eq!(normal_code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_new_code_reads_back_as_itself() {
        for _ in 0..100 {
            let code = new_code();
            assert_eq!(normal_code(&code.to_lowercase()), Some(code));
        }
    }
}
