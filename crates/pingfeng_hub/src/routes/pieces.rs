//! Pieces of releases for screens, over HTTPS. No administrator calls this.

use axum::{
    body::Body as ResponseBody,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use pingfeng_wire::Want;
use tokio_stream::wrappers::ReceiverStream;

use super::{
    AnyError, State,
    guard::{Body, From},
    schema::WireWant,
};
use crate::error::{ApiResult, unauthorized};

/// A screen fetches pieces of the release that it should run, with the token of its target as `Authorization: Bearer …`.
/// The answer is a row of parcels: before each its length in 4 bytes (little-endian), after the last a length of 0. A
/// newer request of the same screen ends the one before. Codes of refusals: `token_unknown`, `other_release`,
/// `invalid_want`, `too_many_attempts`, `busy`.
#[utoipa::path(post, path = "/pieces", tag = "devices", request_body = WireWant,
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 400, body = AnyError),
        (status = 401, body = AnyError), (status = 403, body = AnyError), (status = 429, body = AnyError),
        (status = 503, body = AnyError)))]
pub(super) async fn fetch_pieces(
    hub: State,
    from: From,
    headers: HeaderMap,
    Body(want): Body<Want>,
) -> ApiResult<Response> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer "));
    let token = token.ok_or_else(|| unauthorized("token_unknown", "a token is needed"))?;
    let parcels = hub.open_pieces(token.trim(), &want, from.0).await?;
    let of_row = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // Parcels are packed already.
        (header::CONTENT_ENCODING, "identity"),
    ];
    Ok((of_row, ResponseBody::from_stream(ReceiverStream::new(parcels))).into_response())
}
