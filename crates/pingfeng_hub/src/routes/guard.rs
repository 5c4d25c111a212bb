//! Who is asking, from where, and with what: the extractors that every handler uses.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{
        ConnectInfo, FromRequest, FromRequestParts, Request,
        rejection::{JsonRejection, QueryRejection},
    },
    http::{HeaderMap, Method, header, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::{
    Hub,
    accounts::Account,
    error::{ApiError, ApiResult, bad_request, forbidden, unauthorized},
};

/// The session cookie. The prefix makes browsers insist on `Secure`, on this host and on the whole path.
pub(super) const COOKIE: &str = "__Host-pingfeng";
/// Carried by every request that changes something: no form and no other site can send it.
pub(super) const CSRF_HEADER: &str = "x-pingfeng";

/// A signed-in administrator.
pub(super) struct Admin {
    pub(super) account: Account,
    pub(super) secret: String,
}

impl Admin {
    pub(super) fn name(&self) -> &str {
        &self.account.user
    }
}

impl FromRequestParts<Arc<Hub>> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> ApiResult<Self> {
        check_csrf(&parts.method, &parts.headers)?;
        let signed_out = || unauthorized("signed_out", "sign in first");
        let secret = cookie(&parts.headers).ok_or_else(signed_out)?;
        let account = hub.account(&secret).await?.ok_or_else(signed_out)?;
        Ok(Self { account, secret })
    }
}

/// An administrator, or a program with a token.
pub(super) struct Caller {
    /// Name for the audit log.
    pub(super) name: String,
}

impl FromRequestParts<Arc<Hub>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> ApiResult<Self> {
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            let admin = Admin::from_request_parts(parts, hub).await?;
            return Ok(Self { name: admin.account.user });
        };
        let token = value.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
        let wrong = || unauthorized("token_unknown", "this token is not good (any more)");
        let name = hub.integrator(token.ok_or_else(wrong)?.trim()).await?.ok_or_else(wrong)?;
        Ok(Self { name: format!("token {name}") })
    }
}

/// A request that needs no session but must come from our own pages: signing in must not be done to somebody.
pub(super) struct OwnPage;

impl FromRequestParts<Arc<Hub>> for OwnPage {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Hub>) -> ApiResult<Self> {
        check_csrf(&parts.method, &parts.headers)?;
        Ok(Self)
    }
}

/// Where the request comes from.
pub(super) struct From(pub(super) IpAddr);

impl FromRequestParts<Arc<Hub>> for From {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> ApiResult<Self> {
        let ConnectInfo(address) = ConnectInfo::<SocketAddr>::from_request_parts(parts, hub)
            .await
            .map_err(crate::error::internal)?;
        Ok(Self(address.ip()))
    }
}

/// A JSON body; what is wrong with it is told with the place.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Hub>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, hub: &Arc<Hub>) -> ApiResult<Self> {
        match axum::Json::<T>::from_request(request, hub).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(JsonRejection::BytesRejection(error)) => {
                Err(ApiError::new(error.status(), "too_large", "the body cannot be read or is too large"))
            }
            Err(error) => Err(bad_request("invalid_body", error.body_text())),
        }
    }
}

/// Query parameters.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Hub>> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> ApiResult<Self> {
        let query: Result<axum::extract::Query<T>, QueryRejection> =
            axum::extract::Query::from_request_parts(parts, hub).await;
        query.map(|query| Self(query.0)).map_err(|error| bad_request("invalid_query", error.body_text()))
    }
}

/// The secret in the session cookie.
pub(super) fn cookie(headers: &HeaderMap) -> Option<String> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .map(str::to_owned)
}

fn check_csrf(method: &Method, headers: &HeaderMap) -> ApiResult<()> {
    if method.is_safe() || headers.contains_key(CSRF_HEADER) {
        return Ok(());
    }
    Err(forbidden("csrf", format!("the header `{CSRF_HEADER}: 1` is missing")))
}
