//! Sites and groups.

use axum::{Json, extract::Path, http::StatusCode};
use pingfeng_wire::Order;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AnyError, State,
    guard::{Admin, Body},
    schema::WireOrder,
};
use crate::{
    delivery::DeliveryRules,
    error::ApiResult,
    fleet::{Group, Named},
    rollouts::Started,
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

/// What became of an order to a group.
#[derive(Serialize, ToSchema)]
pub(super) struct GroupOrdered {
    /// Screens that it was sent to; the outcome appears in each one's `GET …/commands`.
    sent: Vec<Named>,
    /// Screens that are not connected: it was not sent to them.
    away: Vec<Named>,
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

/// Sets what a group should run, for all its screens at once.
#[utoipa::path(put, path = "/groups/{id}/target", tag = "devices", params(("id" = String, Path)),
    request_body = NewTarget,
    responses((status = 200, body = Started), (status = 401, body = AnyError), (status = 404, body = AnyError),
        (status = 409, body = AnyError)))]
pub(super) async fn set_group_target(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<NewTarget>,
) -> ApiResult<Json<Started>> {
    let started = hub.set_group_target(&id, &body.release, admin.name()).await?;
    hub.audit(admin.name(), "set_target", &format!("{id} {}", body.release)).await;
    Ok(Json(started))
}

/// Sets how releases may come to the screens of a group: windows, a cap, or not now.
#[utoipa::path(put, path = "/groups/{id}/delivery", tag = "devices", params(("id" = String, Path)),
    request_body = DeliveryRules,
    responses((status = 200, body = Group), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError)))]
pub(super) async fn set_group_delivery(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<DeliveryRules>,
) -> ApiResult<Json<Group>> {
    let group = hub.set_delivery(&id, &body).await?;
    hub.audit(admin.name(), "set_delivery", &id).await;
    Ok(Json(group))
}

/// Sends an order to every connected screen of a group.
#[utoipa::path(post, path = "/groups/{id}/commands", tag = "devices", params(("id" = String, Path)),
    request_body = WireOrder,
    responses((status = 202, body = GroupOrdered), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError)))]
pub(super) async fn create_group_command(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(order): Body<Order>,
) -> ApiResult<(StatusCode, Json<GroupOrdered>)> {
    let (sent, away) = hub.order_group(&id, &order, admin.name()).await?;
    hub.audit(admin.name(), "command", &format!("group {id}: {} screens", sent.len())).await;
    Ok((StatusCode::ACCEPTED, Json(GroupOrdered { sent, away })))
}
