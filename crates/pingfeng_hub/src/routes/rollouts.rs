//! Rollouts.

use axum::{Json, extract::Path};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    AnyError, State,
    guard::{Admin, Body, Params},
};
use crate::{error::ApiResult, rollout::Action, rollouts::RolloutView};

/// Which rollouts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RolloutQuery {
    /// Of this release only.
    release: Option<String>,
}

/// What to do with a rollout.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum RolloutAction {
    /// Hold it: no further step, and screens that are fetching wait.
    Pause,
    /// Let it go on after a pause.
    Resume,
    /// Stop it: screens that do not show the release yet are told the one before.
    Stop,
    /// Go on in spite of the failures so far.
    GoOn,
    /// Tell every screen the release before.
    RollBack {
        /// Also order connected screens to show their last good release now, which needs nobody's signature.
        #[serde(default)]
        at_once: bool,
    },
}

/// Rollouts, newest first: every open one, and the last 50 that have ended.
#[utoipa::path(get, path = "/rollouts", tag = "content", params(RolloutQuery),
    responses((status = 200, body = Vec<RolloutView>), (status = 401, body = AnyError)))]
pub(super) async fn list_rollouts(
    hub: State,
    _: Admin,
    Params(query): Params<RolloutQuery>,
) -> ApiResult<Json<Vec<RolloutView>>> {
    Ok(Json(hub.list_rollouts(query.release.as_deref()).await?))
}

/// One rollout with its screens.
#[utoipa::path(get, path = "/rollouts/{id}", tag = "content", params(("id" = String, Path)),
    responses((status = 200, body = RolloutView), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn get_rollout(hub: State, _: Admin, Path(id): Path<String>) -> ApiResult<Json<RolloutView>> {
    Ok(Json(hub.get_rollout(&id).await?))
}

/// Holds a rollout, lets it go on, stops it or takes it back.
#[utoipa::path(post, path = "/rollouts/{id}/actions", tag = "content", params(("id" = String, Path)),
    request_body = RolloutAction,
    responses((status = 200, body = RolloutView), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn act_on_rollout(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<RolloutAction>,
) -> ApiResult<Json<RolloutView>> {
    let (action, word, at_once) = match body {
        RolloutAction::Pause => (Action::Pause, "pause_rollout", false),
        RolloutAction::Resume => (Action::Resume, "resume_rollout", false),
        RolloutAction::Stop => (Action::Stop, "stop_rollout", false),
        RolloutAction::GoOn => (Action::GoOn, "go_on_rollout", false),
        RolloutAction::RollBack { at_once } => (Action::RollBack, "roll_back", at_once),
    };
    let view = hub.act_on_rollout(&id, action, at_once, admin.name()).await?;
    hub.audit(admin.name(), word, &id).await;
    Ok(Json(view))
}
