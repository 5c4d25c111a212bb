//! Releases.

use axum::{Json, extract::Path, http::StatusCode};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    AnyError, State,
    guard::{Admin, Body, Params},
};
use crate::{
    error::ApiResult,
    jobs::Job,
    releases::{Freed, Release, note},
    rollout::Plan,
    rollouts::Started,
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
    /// How it goes out. None: everybody at once in groups of up to 3 devices, else a tenth first.
    #[schema(nullable)]
    plan: Option<Plan>,
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

/// Publishes a release to groups: a rollout begins. Rollouts that are under way lose these groups to it.
#[utoipa::path(post, path = "/releases/{id}/publish", tag = "content", params(("id" = String, Path)),
    request_body = Publication,
    responses((status = 200, body = Started), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn publish_release(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<Publication>,
) -> ApiResult<Json<Started>> {
    let started = hub.start_rollout(&id, &body.groups, body.plan, admin.name()).await?;
    hub.audit(admin.name(), "publish", &format!("{id} → {}", body.groups.join(", "))).await;
    Ok(Json(started))
}

/// Takes a release out of the hub, and its files that no other release has. Refused while anybody needs it.
#[utoipa::path(delete, path = "/releases/{id}", tag = "content", params(("id" = String, Path)),
    responses((status = 200, body = Freed), (status = 401, body = AnyError), (status = 404, body = AnyError),
        (status = 409, body = AnyError)))]
pub(super) async fn delete_release(hub: State, admin: Admin, Path(id): Path<String>) -> ApiResult<Json<Freed>> {
    let freed = hub.delete_release(&id).await?;
    hub.audit(admin.name(), "delete_release", &id).await;
    Ok(Json(freed))
}
