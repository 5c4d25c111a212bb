//! Sites and groups.

use axum::{Json, extract::Path, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AnyError, State,
    guard::{Admin, Body},
};
use crate::{
    error::ApiResult,
    fleet::{Group, Named},
};

/// A group is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGroup {
    /// Its name.
    name: String,
}

/// What a group should run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTarget {
    /// Release id.
    release: String,
}

/// How many screens it concerns.
#[derive(Serialize, ToSchema)]
pub(super) struct Targeted {
    /// Screens whose target was set.
    pub(super) devices: usize,
}

/// Every site.
#[utoipa::path(get, path = "/sites", tag = "devices",
    responses((status = 200, body = Vec<Named>), (status = 401, body = AnyError)))]
pub(super) async fn list_sites(hub: State, _: Admin) -> ApiResult<Json<Vec<Named>>> {
    Ok(Json(hub.list_sites().await?))
}

/// Every group and its target.
#[utoipa::path(get, path = "/groups", tag = "devices",
    responses((status = 200, body = Vec<Group>), (status = 401, body = AnyError)))]
pub(super) async fn list_groups(hub: State, _: Admin) -> ApiResult<Json<Vec<Group>>> {
    Ok(Json(hub.list_groups().await?))
}

/// Makes a group, or answers with the one of that name.
#[utoipa::path(post, path = "/groups", tag = "devices", request_body = NewGroup,
    responses((status = 201, body = Named), (status = 400, body = AnyError), (status = 401, body = AnyError)))]
pub(super) async fn create_group(
    hub: State,
    admin: Admin,
    Body(body): Body<NewGroup>,
) -> ApiResult<(StatusCode, Json<Named>)> {
    let group = hub.group_called(&body.name).await?;
    hub.audit(admin.name(), "create_group", &group.id).await;
    Ok((StatusCode::CREATED, Json(Named { id: group.id, name: group.name })))
}

/// Sets what a group should run.
#[utoipa::path(put, path = "/groups/{id}/target", tag = "devices", params(("id" = String, Path)),
    request_body = NewTarget,
    responses((status = 200, body = Targeted), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn set_group_target(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<NewTarget>,
) -> ApiResult<Json<Targeted>> {
    let devices = hub.set_group_target(&id, &body.release).await?;
    hub.audit(admin.name(), "set_target", &format!("{id} {}", body.release)).await;
    Ok(Json(Targeted { devices }))
}
