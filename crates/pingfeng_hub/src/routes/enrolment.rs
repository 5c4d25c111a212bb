//! Enrolment of screens.

use axum::{
    Json,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
};
use pingfeng_wire::enrol::{EnrolRequest, EnrolResponse};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    AnyError, State,
    guard::{Admin, Body, From},
    schema::{WireEnrolRequest, WireEnrolResponse},
};
use crate::{
    certificates::CertificateView,
    enrolment::{EnrolCode, OpenEnrolCode},
    error::ApiResult,
};

/// A screen is expected.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEnrolCode {
    /// Name that the screen will have.
    name: String,
    /// Id or name of its site; a new one is made.
    site: String,
    /// Id or name of its group; a new one is made.
    group: String,
}

/// Makes a one-time code for a new screen.
#[utoipa::path(post, path = "/enrol-codes", tag = "devices", request_body = NewEnrolCode,
    responses((status = 201, body = EnrolCode), (status = 400, body = AnyError), (status = 401, body = AnyError)))]
pub(super) async fn create_enrol_code(
    hub: State,
    admin: Admin,
    Body(body): Body<NewEnrolCode>,
) -> ApiResult<(StatusCode, Json<EnrolCode>)> {
    let code = hub.create_enrol_code(&body.name, &body.site, &body.group, admin.name()).await?;
    hub.audit(admin.name(), "create_enrol_code", &body.name).await;
    Ok((StatusCode::CREATED, Json(code)))
}

/// Makes a one-time code for a machine that takes the place of a screen: same id, name, site and group.
#[utoipa::path(post, path = "/devices/{id}/enrol-code", tag = "devices", params(("id" = String, Path)),
    responses((status = 201, body = EnrolCode), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn create_code_for_device(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
) -> ApiResult<(StatusCode, Json<EnrolCode>)> {
    let code = hub.create_code_for_device(&id, admin.name()).await?;
    hub.audit(admin.name(), "create_enrol_code", &id).await;
    Ok((StatusCode::CREATED, Json(code)))
}

/// Ends the certificates of a screen that was lost or stolen: it is thrown out and cannot come back without a new code.
/// It keeps playing what it has.
#[utoipa::path(post, path = "/devices/{id}/revoke", tag = "devices", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = AnyError), (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn revoke_device(hub: State, admin: Admin, Path(id): Path<String>) -> ApiResult<StatusCode> {
    hub.revoke_device(&id).await?;
    hub.audit(admin.name(), "revoke_certificate", &id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Certificates of screens, newest first, and which of them somebody should see to.
#[utoipa::path(get, path = "/certificates", tag = "devices",
    responses((status = 200, body = Vec<CertificateView>), (status = 401, body = AnyError)))]
pub(super) async fn list_certificates(hub: State, _: Admin) -> ApiResult<Json<Vec<CertificateView>>> {
    Ok(Json(hub.list_certificates().await?))
}

/// Codes that wait for their screen, without the codes themselves.
#[utoipa::path(get, path = "/enrol-codes", tag = "devices",
    responses((status = 200, body = Vec<OpenEnrolCode>), (status = 401, body = AnyError)))]
pub(super) async fn list_enrol_codes(hub: State, _: Admin) -> ApiResult<Json<Vec<OpenEnrolCode>>> {
    Ok(Json(hub.list_enrol_codes().await?))
}

/// A screen trades its one-time code for a certificate. Codes of refusals: `code_unknown`, `code_used`,
/// `code_expired`, `invalid_request`, `too_many_attempts`.
#[utoipa::path(post, path = "/enrol", tag = "devices", request_body = WireEnrolRequest,
    responses((status = 201, body = WireEnrolResponse), (status = 400, body = AnyError), (status = 403, body = AnyError),
        (status = 429, body = AnyError)))]
pub(super) async fn enrol(
    hub: State,
    from: From,
    headers: HeaderMap,
    Body(body): Body<EnrolRequest>,
) -> ApiResult<(StatusCode, Json<EnrolResponse>)> {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).map(without_port);
    Ok((StatusCode::CREATED, Json(hub.enrol(body, from.0, host).await?)))
}

fn without_port(host: &str) -> &str {
    if let Some(end) = host.strip_prefix('[').and_then(|rest| rest.find(']')) {
        return &host[1..=end];
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::without_port;

    #[test]
    fn a_host_header_is_read_without_its_port() {
        for (header, host) in
            [("hub.example:8443", "hub.example"), ("hub.example", "hub.example"), ("[::1]:8443", "::1"), ("[::1]", "::1")]
        {
            assert_eq!(without_port(header), host);
        }
    }
}
