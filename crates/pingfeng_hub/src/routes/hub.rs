//! The hub itself.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::{AnyError, State, guard::Admin};
use crate::error::ApiResult;

/// What the hub tells everybody.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HubInfo {
    /// Its name.
    name: String,
    /// Version of the program.
    version: &'static str,
    /// Nobody can sign in yet: use the one-time link that the hub printed.
    needs_setup: bool,
    /// SHA-256 of its authority's certificate, to compare by eye.
    fingerprint: String,
    /// Its clock.
    now_ms: i64,
}

/// One entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditEntry {
    at_ms: i64,
    /// A user, `device …` or `token …`.
    actor: String,
    /// What was done.
    action: String,
    /// To what.
    object: String,
}

/// Name, version and whether the hub has been set up.
#[utoipa::path(get, path = "/hub", tag = "hub", responses((status = 200, body = HubInfo)))]
pub(super) async fn get_hub(hub: State) -> ApiResult<Json<HubInfo>> {
    Ok(Json(HubInfo {
        name: hub.config.settings.name.0.clone(),
        version: env!("CARGO_PKG_VERSION"),
        needs_setup: hub.db.has_no_users().await?,
        fingerprint: hub.authority.fingerprint(),
        now_ms: hub.now_ms(),
    }))
}

/// The newest entries of the audit log.
#[utoipa::path(get, path = "/audit", tag = "hub",
    responses((status = 200, body = Vec<AuditEntry>), (status = 401, body = AnyError)))]
pub(super) async fn list_audit(hub: State, _: Admin) -> ApiResult<Json<Vec<AuditEntry>>> {
    let entries = hub.db.audit_entries(200).await?;
    Ok(Json(
        entries
            .into_iter()
            .map(|row| AuditEntry { at_ms: row.at_ms, actor: row.actor, action: row.action, object: row.object })
            .collect(),
    ))
}
