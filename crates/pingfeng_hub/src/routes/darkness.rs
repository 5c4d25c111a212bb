//! What concerns the whole fleet: dark screens, and a hub that was restored from a backup.

use axum::{Json, extract::Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AnyError, State,
    guard::{Admin, Body},
};
use crate::{
    blanks::Scope,
    error::ApiResult,
    restored::{FleetState, Holds},
};

/// Something is to be dark.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewBlank {
    /// What kind of thing.
    scope: Scope,
    /// Its id; `hub` for everything.
    id: String,
}

/// How many screens it is about.
#[derive(Serialize, ToSchema)]
pub(super) struct Concerned {
    /// Screens.
    devices: usize,
}

/// What holds from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settlement {
    /// What the screens run, or what the hub remembers.
    holds: Holds,
}

/// What concerns the whole fleet: dark screens, and whether the hub was restored from an older backup.
#[utoipa::path(get, path = "/fleet", tag = "devices",
    responses((status = 200, body = FleetState), (status = 401, body = AnyError)))]
pub(super) async fn get_fleet(hub: State, _: Admin) -> ApiResult<Json<FleetState>> {
    Ok(Json(hub.fleet_state().await?))
}

/// Decides what holds after the hub was restored from an older backup. Until then it names no release to any screen.
#[utoipa::path(post, path = "/fleet/restored", tag = "devices", request_body = Settlement,
    responses((status = 200, body = Concerned), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 409, body = AnyError)))]
pub(super) async fn settle_restored(
    hub: State,
    admin: Admin,
    Body(body): Body<Settlement>,
) -> ApiResult<Json<Concerned>> {
    let devices = hub.settle_restored(body.holds).await?;
    let holds = if body.holds == Holds::Devices { "devices" } else { "hub" };
    hub.audit(admin.name(), "settle_restored", holds).await;
    Ok(Json(Concerned { devices }))
}

/// Makes a screen, a group, a site or everything dark, until it is taken back.
#[utoipa::path(post, path = "/blanks", tag = "devices", request_body = NewBlank,
    responses((status = 200, body = Concerned), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn create_blank(hub: State, admin: Admin, Body(body): Body<NewBlank>) -> ApiResult<Json<Concerned>> {
    let devices = hub.set_blank(body.scope, &body.id, admin.name()).await?;
    hub.audit(admin.name(), "blank", &body.id).await;
    Ok(Json(Concerned { devices }))
}

/// Takes darkness back. A screen that another entry covers stays dark.
#[utoipa::path(delete, path = "/blanks/{scope}/{id}", tag = "devices",
    params(("scope" = Scope, Path), ("id" = String, Path)),
    responses((status = 200, body = Concerned), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn delete_blank(
    hub: State,
    admin: Admin,
    Path((scope, id)): Path<(Scope, String)>,
) -> ApiResult<Json<Concerned>> {
    let devices = hub.lift_blank(scope, &id).await?;
    hub.audit(admin.name(), "unblank", &id).await;
    Ok(Json(Concerned { devices }))
}
