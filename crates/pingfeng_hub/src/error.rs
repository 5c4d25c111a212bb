//! The one error of the REST interface: `{ "error": { "code", "message", "hint"?, "at"? } }`. What went wrong inside
//! is logged here, once, and never sent.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sea_orm::DbErr;
use serde::Serialize;
use utoipa::ToSchema;

/// Result of a service or handler.
pub type ApiResult<T> = Result<T, ApiError>;

/// An error on its way to a client.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    body: Box<ErrorDetail>,
    retry_after_s: Option<u64>,
}

/// The envelope of every error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// Machine-readable; the console translates by it.
    pub code: String,
    /// One sentence in English.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where in the request or the exhibition it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

impl ApiError {
    /// An error with a status, a code and a sentence.
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let body = ErrorDetail { code: code.into(), message: message.into(), hint: None, at: None };
        Self { status, body: Box::new(body), retry_after_s: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.body.hint = Some(hint.into());
        self
    }

    /// Adds where it is.
    #[must_use]
    pub fn at(mut self, at: impl Into<String>) -> Self {
        self.body.at = Some(at.into());
        self
    }

    /// Adds how long to wait.
    #[must_use]
    pub fn retry_after_ms(mut self, wait_ms: i64) -> Self {
        self.retry_after_s = Some(u64::try_from(wait_ms).unwrap_or(0).div_ceil(1000));
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What is sent.
    pub fn detail(&self) -> &ErrorDetail {
        &self.body
    }
}

/// 400: the request is at fault.
pub fn bad_request(code: &str, message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, code, message)
}

/// 401: sign in first.
pub fn unauthorized(code: &str, message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, code, message)
}

/// 403: known, but not allowed.
pub fn forbidden(code: &str, message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, code, message)
}

/// 404: there is no such thing.
pub fn not_found(what: &str, id: &str) -> ApiError {
    let id: String = id.chars().take(80).collect();
    ApiError::new(StatusCode::NOT_FOUND, "not_found", format!("there is no {what} `{id}`"))
}

/// 409: not in the present state.
pub fn conflict(code: &str, message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, code, message)
}

/// 429: too often.
pub fn too_many(wait_ms: i64) -> ApiError {
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", "too many attempts from this address")
        .hint("wait and try again")
        .retry_after_ms(wait_ms)
}

/// 500: logged with its cause, told without.
pub fn internal(cause: impl std::fmt::Display) -> ApiError {
    tracing::error!("request failed: {cause}");
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the hub could not do this")
        .hint("the hub's log says why")
}

impl From<DbErr> for ApiError {
    fn from(error: DbErr) -> Self {
        internal(format!("database: {error}"))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(ErrorBody { error: *self.body })).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
