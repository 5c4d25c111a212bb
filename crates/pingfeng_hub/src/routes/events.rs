//! Events, check-ins and quiz results.

use axum::{Json, body::Bytes, extract::Path, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    AnyError, State,
    guard::{Admin, Body, Caller, Params},
};
use crate::{
    carried::Carried,
    error::ApiResult,
    records::{Attendee, CheckIn, Event, NewCheckIn, QuizScene},
};

/// An event is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEvent {
    /// The id that `check_in` scenes name; made by the hub if absent.
    id: Option<String>,
    /// Name.
    name: String,
    /// Id or name of the site whose screens welcome people; every site if absent.
    site: Option<String>,
}

/// What changes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EventChange {
    /// True ends check-in through the REST interface; screens that were offline may still send theirs.
    closed: bool,
}

/// How many there are now.
#[derive(Serialize, ToSchema)]
pub(super) struct AttendeeCount {
    /// Attendees.
    attendees: usize,
}

/// Which check-ins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CheckInQuery {
    /// Of this event only.
    event: Option<String>,
    /// At most so many, newest first.
    limit: Option<u64>,
}

/// Which quizzes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct QuizQuery {
    /// Of this scene only.
    scene: Option<String>,
}

/// Events with their counts.
#[utoipa::path(get, path = "/events", tag = "visitors",
    responses((status = 200, body = Vec<Event>), (status = 401, body = AnyError)))]
pub(super) async fn list_events(hub: State, _: Admin) -> ApiResult<Json<Vec<Event>>> {
    Ok(Json(hub.list_events().await?))
}

/// Makes an event.
#[utoipa::path(post, path = "/events", tag = "visitors", request_body = NewEvent,
    responses((status = 201, body = Event), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 409, body = AnyError)))]
pub(super) async fn create_event(
    hub: State,
    admin: Admin,
    Body(body): Body<NewEvent>,
) -> ApiResult<(StatusCode, Json<Event>)> {
    let event = hub.create_event(body.id, &body.name, body.site.as_deref()).await?;
    hub.audit(admin.name(), "create_event", &event.id).await;
    Ok((StatusCode::CREATED, Json(event)))
}

/// Closes or reopens an event.
#[utoipa::path(patch, path = "/events/{id}", tag = "visitors", params(("id" = String, Path)),
    request_body = EventChange,
    responses((status = 200, body = Event), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn change_event(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<EventChange>,
) -> ApiResult<Json<Event>> {
    let event = hub.close_event(&id, body.closed).await?;
    hub.audit(admin.name(), if body.closed { "close_event" } else { "reopen_event" }, &id).await;
    Ok(Json(event))
}

/// Who is expected.
#[utoipa::path(get, path = "/events/{id}/attendees", tag = "visitors", params(("id" = String, Path)),
    responses((status = 200, body = Vec<Attendee>), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn list_attendees(hub: State, _: Admin, Path(id): Path<String>) -> ApiResult<Json<Vec<Attendee>>> {
    Ok(Json(hub.list_attendees(&id).await?))
}

/// Replaces the list of who is expected.
#[utoipa::path(put, path = "/events/{id}/attendees", tag = "visitors", params(("id" = String, Path)),
    request_body = Vec<Attendee>,
    responses((status = 200, body = AttendeeCount), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError)))]
pub(super) async fn put_attendees(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<Vec<Attendee>>,
) -> ApiResult<Json<AttendeeCount>> {
    let attendees = hub.replace_attendees(&id, body).await?;
    hub.audit(admin.name(), "put_attendees", &format!("{id}: {attendees}")).await;
    Ok(Json(AttendeeCount { attendees }))
}

/// Check-ins, newest first.
#[utoipa::path(get, path = "/check-ins", tag = "visitors", params(CheckInQuery),
    responses((status = 200, body = Vec<CheckIn>), (status = 401, body = AnyError)))]
pub(super) async fn list_check_ins(
    hub: State,
    _: Admin,
    Params(query): Params<CheckInQuery>,
) -> ApiResult<Json<Vec<CheckIn>>> {
    Ok(Json(hub.list_check_ins(query.event.as_deref(), query.limit).await?))
}

/// Checks somebody in. Also for integrators, with `Authorization: Bearer <token>`. Sending the same `id` again is
/// harmless.
#[utoipa::path(post, path = "/check-ins", tag = "visitors", request_body = NewCheckIn,
    responses((status = 201, body = CheckIn), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn create_check_in(
    hub: State,
    caller: Caller,
    Body(body): Body<NewCheckIn>,
) -> ApiResult<(StatusCode, Json<CheckIn>)> {
    let check_in = hub.check_in(body).await?;
    hub.audit(&caller.name, "check_in", &check_in.id).await;
    Ok((StatusCode::CREATED, Json(check_in)))
}

/// How quizzes went: counts only, nobody is named.
#[utoipa::path(get, path = "/quiz-results", tag = "visitors", params(QuizQuery),
    responses((status = 200, body = Vec<QuizScene>), (status = 401, body = AnyError)))]
pub(super) async fn list_quiz_results(
    hub: State,
    _: Admin,
    Params(query): Params<QuizQuery>,
) -> ApiResult<Json<Vec<QuizScene>>> {
    Ok(Json(hub.quiz_results(query.scene.as_deref()).await?))
}

/// Records that a screen without a network has written onto a stick: the `.p7m` file as it is, at most 32 MiB. The
/// answer belongs onto the stick, so that the screen may forget what the hub has.
#[utoipa::path(post, path = "/records/carried", tag = "visitors",
    request_body(content_type = "application/octet-stream", content = Vec<u8>),
    responses((status = 200, body = Carried), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 403, body = AnyError)))]
pub(super) async fn take_carried(hub: State, caller: Caller, body: Bytes) -> ApiResult<Json<Carried>> {
    let carried = hub.take_carried(&body).await?;
    hub.audit(&caller.name, "records_carried", &carried.device).await;
    Ok(Json(carried))
}
