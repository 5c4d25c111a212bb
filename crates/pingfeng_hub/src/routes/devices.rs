//! Screens.

use axum::{
    Json,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use pingfeng_wire::Order;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AnyError, State,
    guard::{Admin, Body},
    schema::WireOrder,
};
use crate::{
    error::{ApiResult, internal, not_found},
    fleet::{Device, OrderView},
};

/// What changes; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeviceChange {
    /// New name.
    name: Option<String>,
    /// Id or name of a site; a new one is made.
    site: Option<String>,
    /// Id or name of a group; a new one is made.
    group: Option<String>,
}

/// An order was sent.
#[derive(Serialize, ToSchema)]
pub(super) struct OrderSent {
    /// Its id; the outcome appears in `GET …/commands`.
    id: String,
}

/// Every screen, with its status and why.
#[utoipa::path(get, path = "/devices", tag = "devices",
    responses((status = 200, body = Vec<Device>), (status = 401, body = AnyError)))]
pub(super) async fn list_devices(hub: State, _: Admin) -> ApiResult<Json<Vec<Device>>> {
    Ok(Json(hub.list_devices().await?))
}

/// One screen.
#[utoipa::path(get, path = "/devices/{id}", tag = "devices", params(("id" = String, Path)),
    responses((status = 200, body = Device), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn get_device(hub: State, _: Admin, Path(id): Path<String>) -> ApiResult<Json<Device>> {
    Ok(Json(hub.get_device(&id).await?))
}

/// Renames a screen or moves it.
#[utoipa::path(patch, path = "/devices/{id}", tag = "devices", params(("id" = String, Path)),
    request_body = DeviceChange,
    responses((status = 200, body = Device), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError)))]
pub(super) async fn change_device(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<DeviceChange>,
) -> ApiResult<Json<Device>> {
    let changed =
        hub.change_device(&id, body.name.as_deref(), body.site.as_deref(), body.group.as_deref()).await?;
    hub.audit(admin.name(), "change_device", &id).await;
    Ok(Json(changed))
}

/// Takes a screen out. Its certificate is worthless from this moment; it keeps playing what it has.
#[utoipa::path(delete, path = "/devices/{id}", tag = "devices", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn delete_device(hub: State, admin: Admin, Path(id): Path<String>) -> ApiResult<StatusCode> {
    hub.delete_device(&id).await?;
    hub.audit(admin.name(), "delete_device", &id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends an order: `{"do":"screenshot"}`, `{"do":"show_scene","scene":…}`, `{"do":"restart"}` or
/// `{"do":"return_to_last_good"}`. It expires after a minute.
#[utoipa::path(post, path = "/devices/{id}/commands", tag = "devices", params(("id" = String, Path)),
    request_body = WireOrder,
    responses((status = 202, body = OrderSent), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn create_command(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(order): Body<Order>,
) -> ApiResult<(StatusCode, Json<OrderSent>)> {
    let order = hub.order(&id, order, admin.name()).await?;
    hub.audit(admin.name(), "command", &format!("{id} {order}")).await;
    Ok((StatusCode::ACCEPTED, Json(OrderSent { id: order })))
}

/// The newest orders and what became of them.
#[utoipa::path(get, path = "/devices/{id}/commands", tag = "devices", params(("id" = String, Path)),
    responses((status = 200, body = Vec<OrderView>), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn list_commands(hub: State, _: Admin, Path(id): Path<String>) -> ApiResult<Json<Vec<OrderView>>> {
    Ok(Json(hub.list_orders(&id).await?))
}

/// The last picture of the glass, as JPEG. `age` says how old it is in seconds; order a `screenshot` for a new one.
#[utoipa::path(get, path = "/devices/{id}/picture", tag = "devices", params(("id" = String, Path)),
    responses((status = 200, content_type = "image/jpeg", body = [u8]), (status = 401, body = AnyError),
        (status = 404, body = AnyError)))]
pub(super) async fn get_picture(hub: State, _: Admin, Path(id): Path<String>) -> ApiResult<Response> {
    let device = hub.get_device(&id).await?;
    let at_ms = device.picture_at_ms.ok_or_else(|| not_found("picture of device", &id))?;
    // The id is that of a row, so the path cannot lead anywhere else.
    let jpeg = match tokio::fs::read(hub.picture_path(&device.id)).await {
        Ok(jpeg) => jpeg,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(not_found("picture of device", &id)),
        Err(error) => return Err(internal(error)),
    };
    let age_s = (hub.now_ms() - at_ms).max(0) / 1_000;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::AGE, age_s.to_string()),
    ];
    Ok((headers, jpeg).into_response())
}
