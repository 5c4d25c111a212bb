//! The REST interface. This file is the table of contents; every handler reads its request, calls one service function
//! and converts. Routes are registered together with their description, so the OpenAPI document cannot miss one.

mod accounts;
mod console;
mod content;
mod darkness;
mod devices;
mod enrolment;
mod events;
mod guard;
mod groups;
mod hub;
mod live;
mod pieces;
mod releases;
mod rollouts;
pub mod schema;
mod trust;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tower_http::{compression::CompressionLayer, set_header::SetResponseHeaderLayer};
use utoipa::openapi::{Info, OpenApiBuilder, Server};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Hub,
    error::{ApiError, ErrorBody},
    limits::{BODY_BYTES_MAX, CARRIED_BYTES_MAX, REQUEST_TIMEOUT},
};

type State = axum::extract::State<Arc<Hub>>;

/// Everything under `/api/v1`.
fn api() -> OpenApiRouter<Arc<Hub>> {
    let info = Info::builder()
        .title("Pingfeng hub")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("routes/openapi.md")))
        .build();
    let bounded = OpenApiRouter::with_openapi(
        OpenApiBuilder::new().info(info).servers(Some([Server::new("/api/v1")])).build(),
    )
    // The hub itself, and who may use it.
    .routes(routes!(hub::get_hub))
    .routes(routes!(accounts::set_up))
    .routes(routes!(accounts::create_session, accounts::get_session, accounts::delete_session))
    .routes(routes!(accounts::list_api_tokens, accounts::create_api_token))
    .routes(routes!(accounts::delete_api_token))
    .routes(routes!(hub::list_audit))
    // Screens.
    .routes(routes!(devices::list_devices))
    .routes(routes!(devices::get_device, devices::change_device, devices::delete_device))
    .routes(routes!(devices::create_command, devices::list_commands))
    .routes(routes!(devices::get_picture))
    .routes(routes!(enrolment::create_enrol_code, enrolment::list_enrol_codes))
    .routes(routes!(enrolment::enrol))
    .routes(routes!(enrolment::create_code_for_device))
    .routes(routes!(enrolment::revoke_device))
    .routes(routes!(enrolment::list_certificates))
    .routes(routes!(groups::list_sites))
    .routes(routes!(groups::list_groups, groups::create_group))
    .routes(routes!(groups::set_group_target))
    .routes(routes!(groups::set_group_delivery))
    .routes(routes!(groups::create_group_command))
    .routes(routes!(darkness::get_fleet))
    .routes(routes!(darkness::settle_restored))
    .routes(routes!(darkness::create_blank))
    .routes(routes!(darkness::delete_blank))
    // Content.
    .routes(routes!(content::list_exhibitions))
    .routes(routes!(content::get_exhibition))
    .routes(routes!(content::list_documents))
    .routes(routes!(content::get_document, content::put_document, content::post_document))
    .routes(routes!(content::list_jobs))
    .routes(routes!(content::get_job))
    .routes(routes!(releases::create_release))
    .routes(routes!(releases::list_releases))
    .routes(routes!(releases::get_release, releases::delete_release))
    .routes(routes!(releases::publish_release))
    .routes(routes!(rollouts::list_rollouts))
    .routes(routes!(rollouts::get_rollout))
    .routes(routes!(rollouts::act_on_rollout))
    // Who may speak through the screens.
    .routes(routes!(trust::get_site_trust, trust::add_trust_document, trust::delete_site_trust))
    .routes(routes!(trust::get_trust_document))
    .routes(routes!(trust::name_key))
    .routes(routes!(trust::get_review, trust::add_approval))
    .routes(routes!(trust::get_approval, trust::add_assertion))
    .routes(routes!(trust::get_changes))
    .routes(routes!(trust::get_release_file))
    .routes(routes!(trust::get_manifest))
    .routes(routes!(trust::list_notices, trust::create_notice))
    .routes(routes!(trust::add_notice))
    .routes(routes!(trust::get_notice_envelope, trust::sign_notice, trust::withdraw_notice))
    // Visitors.
    .routes(routes!(events::list_events, events::create_event))
    .routes(routes!(events::change_event))
    .routes(routes!(events::list_attendees, events::put_attendees))
    .routes(routes!(events::list_check_ins, events::create_check_in))
    .routes(routes!(events::list_quiz_results))
    .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
    .layer(middleware::from_fn(in_time));
    let carried = OpenApiRouter::new()
        .routes(routes!(events::take_carried))
        .layer(DefaultBodyLimit::max(CARRIED_BYTES_MAX))
        .layer(middleware::from_fn(in_time));
    let pieces = OpenApiRouter::new().routes(routes!(pieces::fetch_pieces)).layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    // These last as long as they have to.
    bounded.merge(carried).merge(pieces).routes(routes!(content::upload)).routes(routes!(live::listen))
}

/// The OpenAPI document.
pub fn openapi() -> serde_json::Value {
    schema::complete(api().into_openapi())
}

/// The whole web service.
pub fn router(hub: Arc<Hub>) -> Router {
    let openapi = openapi();
    let (api, _) = api().split_for_parts();
    let api = api.fallback(|| async { ApiError::new(StatusCode::NOT_FOUND, "not_found", "there is no such address") });
    Router::new()
        .nest("/api/v1", api)
        .route("/api/openapi.json", axum::routing::get(move || async move { Json(openapi) }))
        .fallback_service(console::service(hub.config.console.as_deref()))
        .with_state(hub)
        .layer(middleware::from_fn(console::caching))
        .layer(CompressionLayer::new())
        .layer(always("x-content-type-options", "nosniff"))
        .layer(always("x-frame-options", "DENY"))
        .layer(always("referrer-policy", "no-referrer"))
        .layer(always("strict-transport-security", "max-age=31536000"))
        .layer(always(
            "content-security-policy",
            // Styles only: the editor of documents makes its style sheet at run time.
            "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; \
             base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
        ))
}

fn always(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(HeaderName::from_static(name), HeaderValue::from_static(value))
}

/// Ends a request that takes too long, and turns what the framework itself refuses into the error envelope.
async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => enveloped(response),
        Err(_) => ApiError::new(StatusCode::GATEWAY_TIMEOUT, "timeout", "the hub took too long").into_response(),
    }
}

/// Plain-text refusals of extractors (wrong method, body too large) come without the envelope; they get one here.
fn enveloped(response: Response) -> Response {
    let status = response.status();
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if !(status.is_client_error() || status.is_server_error()) || is_json {
        return response;
    }
    let (code, message) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "the request is too large"),
        StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "this address does not know this method"),
        _ => ("bad_request", "the request cannot be read"),
    };
    ApiError::new(status, code, message).into_response()
}

/// What every description of an error points to.
type AnyError = ErrorBody;
