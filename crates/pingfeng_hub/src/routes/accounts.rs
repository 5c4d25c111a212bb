//! Set-up, sign-in, tokens.

use axum::{
    Json,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    AnyError, State,
    guard::{Admin, Body, COOKIE, From, OwnPage},
};
use crate::{
    accounts::{Account, ApiToken, NewSession},
    error::{ApiResult, internal},
};

/// The first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetUp {
    /// Token of the one-time link.
    token: String,
    /// User name.
    user: String,
    /// Password, 12 characters or more.
    #[schema(format = Password)]
    password: String,
}

/// Somebody signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    /// User name.
    user: String,
    /// Password.
    #[schema(format = Password)]
    password: String,
}

/// A token is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewApiToken {
    /// What it is for.
    name: String,
}

/// Makes the first administrator, with the one-time link, and signs in.
#[utoipa::path(post, path = "/setup", tag = "accounts", request_body = SetUp,
    responses((status = 201, body = Account), (status = 400, body = AnyError), (status = 403, body = AnyError),
        (status = 429, body = AnyError)))]
pub(super) async fn set_up(hub: State, _: OwnPage, from: From, Body(body): Body<SetUp>) -> ApiResult<Response> {
    let session = hub.set_up(&body.token, &body.user, body.password, from.0).await?;
    signed_in(StatusCode::CREATED, session, hub.config.settings.session.hours)
}

/// Signs in.
#[utoipa::path(post, path = "/session", tag = "accounts", request_body = SignIn,
    responses((status = 201, body = Account), (status = 401, body = AnyError), (status = 429, body = AnyError)))]
pub(super) async fn create_session(
    hub: State,
    _: OwnPage,
    from: From,
    Body(body): Body<SignIn>,
) -> ApiResult<Response> {
    let session = hub.sign_in(&body.user, body.password, from.0).await?;
    signed_in(StatusCode::CREATED, session, hub.config.settings.session.hours)
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", tag = "accounts",
    responses((status = 200, body = Account), (status = 401, body = AnyError)))]
pub(super) async fn get_session(admin: Admin) -> Json<Account> {
    Json(admin.account)
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "accounts",
    responses((status = 204), (status = 401, body = AnyError)))]
pub(super) async fn delete_session(hub: State, admin: Admin) -> ApiResult<Response> {
    hub.sign_out(&admin.secret).await?;
    Ok((StatusCode::NO_CONTENT, cookie_header("", 0)?).into_response())
}

/// Tokens of integrators, without the tokens themselves.
#[utoipa::path(get, path = "/api-tokens", tag = "accounts",
    responses((status = 200, body = Vec<ApiToken>), (status = 401, body = AnyError)))]
pub(super) async fn list_api_tokens(hub: State, _: Admin) -> ApiResult<Json<Vec<ApiToken>>> {
    Ok(Json(hub.list_api_tokens().await?))
}

/// Makes a token for a gate, a phone page or another program. The answer is the only time that it is told.
#[utoipa::path(post, path = "/api-tokens", tag = "accounts", request_body = NewApiToken,
    responses((status = 201, body = ApiToken), (status = 400, body = AnyError), (status = 401, body = AnyError)))]
pub(super) async fn create_api_token(
    hub: State,
    admin: Admin,
    Body(body): Body<NewApiToken>,
) -> ApiResult<(StatusCode, Json<ApiToken>)> {
    let token = hub.create_api_token(&body.name, admin.name()).await?;
    hub.audit(admin.name(), "create_api_token", &token.id).await;
    Ok((StatusCode::CREATED, Json(token)))
}

/// Ends a token.
#[utoipa::path(delete, path = "/api-tokens/{id}", tag = "accounts", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn delete_api_token(hub: State, admin: Admin, Path(id): Path<String>) -> ApiResult<StatusCode> {
    hub.delete_api_token(&id).await?;
    hub.audit(admin.name(), "delete_api_token", &id).await;
    Ok(StatusCode::NO_CONTENT)
}

fn signed_in(status: StatusCode, session: NewSession, hours: u32) -> ApiResult<Response> {
    let cookie = cookie_header(&session.secret, u64::from(hours) * 3_600)?;
    Ok((status, cookie, Json(session.account)).into_response())
}

fn cookie_header(secret: &str, seconds: u64) -> ApiResult<HeaderMap> {
    let cookie = format!("{COOKIE}={secret}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Strict");
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, cookie.parse().map_err(internal)?);
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(headers)
}
