//! Releases.

use axum::{Json, extract::Path, http::StatusCode};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    AnyError, State,
    groups::Targeted,
    guard::{Admin, Body, Params},
};
use crate::{
    error::ApiResult,
    jobs::Job,
    releases::{Release, note},
};

/// A release is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRelease {
    /// What is new.
    #[serde(default)]
    note: String,
}

/// Where a release should run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Publication {
    /// Group ids.
    groups: Vec<String>,
}

/// Which releases.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReleaseQuery {
    /// Of this exhibition only.
    exhibition: Option<String>,
    /// At most so many, newest first.
    limit: Option<u64>,
}

/// Builds a release of an exhibition's draft: checks, prepares the pictures, stores the blobs. Errors in the draft stop
/// it. The answer is a job; `GET /jobs/{id}` and the live stream tell how far it is.
#[utoipa::path(post, path = "/exhibitions/{id}/releases", tag = "content", params(("id" = String, Path)),
    request_body = NewRelease,
    responses((status = 202, body = Job), (status = 401, body = AnyError), (status = 404, body = AnyError),
        (status = 409, body = AnyError)))]
pub(super) async fn create_release(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<NewRelease>,
) -> ApiResult<(StatusCode, Json<Job>)> {
    let job = hub.start_build(&id, &note(&body.note)?, admin.name()).await?;
    hub.audit(admin.name(), "build", &id).await;
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// Releases, newest first.
#[utoipa::path(get, path = "/releases", tag = "content", params(ReleaseQuery),
    responses((status = 200, body = Vec<Release>), (status = 401, body = AnyError)))]
pub(super) async fn list_releases(
    hub: State,
    _: Admin,
    Params(query): Params<ReleaseQuery>,
) -> ApiResult<Json<Vec<Release>>> {
    Ok(Json(hub.list_releases(query.exhibition.as_deref(), query.limit).await?))
}

/// One release.
#[utoipa::path(get, path = "/releases/{id}", tag = "content", params(("id" = String, Path)),
    responses((status = 200, body = Release), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn get_release(hub: State, _: Admin, Path(id): Path<String>) -> ApiResult<Json<Release>> {
    Ok(Json(hub.get_release(&id).await?))
}

/// Makes a release the target of groups.
#[utoipa::path(post, path = "/releases/{id}/publish", tag = "content", params(("id" = String, Path)),
    request_body = Publication,
    responses((status = 200, body = Targeted), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError)))]
pub(super) async fn publish_release(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<Publication>,
) -> ApiResult<Json<Targeted>> {
    let devices = hub.publish_release(&id, &body.groups).await?;
    hub.audit(admin.name(), "publish", &format!("{id} → {}", body.groups.join(", "))).await;
    Ok(Json(Targeted { devices }))
}
