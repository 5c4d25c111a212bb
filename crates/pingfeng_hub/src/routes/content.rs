//! Exhibitions, documents, uploads and jobs.

use axum::{
    Json,
    body::{Body as RequestBody, BodyDataStream},
    extract::{Path, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use utoipa::{IntoParams, ToSchema};

use super::{
    AnyError, State,
    guard::{Admin, Params},
};
use crate::{
    drafts::{Document, Exhibition, ExhibitionDetail, Expected, Saved},
    error::{ApiError, ApiResult, bad_request, internal, not_found},
    jobs::Job,
    limits::{DOCUMENT_BYTES_MAX, REFUSED_BYTES_READ_MAX, REFUSED_READ_MAX, UPLOAD_STALL_MAX},
};

/// Which exhibition an upload is for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UploadQuery {
    /// If given, an upload of another exhibition is refused.
    exhibition: Option<String>,
}

/// Which text of a document.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DocumentQuery {
    /// A text that it had, by number; the present one if absent.
    seq: Option<i64>,
}

/// Which text comes back.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Undo {
    /// Number of the text; the one before the present if absent.
    seq: Option<i64>,
}

/// Takes an exhibition as a zip, streamed. The answer is a job that unpacks, checks and makes it the draft; the draft
/// that was there stays in the history of its documents.
#[utoipa::path(post, path = "/uploads", tag = "content", params(UploadQuery),
    request_body(content = [u8], content_type = "application/zip"),
    responses((status = 202, body = Job), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 409, body = AnyError), (status = 413, body = AnyError)))]
pub(super) async fn upload(
    hub: State,
    admin: Admin,
    Params(query): Params<UploadQuery>,
    request: Request,
) -> ApiResult<(StatusCode, Json<Job>)> {
    let limit_bytes = hub.config.settings.upload.size_mib.saturating_mul(1024 * 1024);
    let path = hub.uploads_folder().join(format!("{}.zip", crate::new_id(hub.now_ms())));
    if let Err(error) = receive(request.into_body(), &path, limit_bytes).await {
        // Half an upload is of no use; one that cannot be removed now is removed at the next start.
        let _ = tokio::fs::remove_file(&path).await;
        return Err(error);
    }
    let job = match hub.start_upload(path.clone(), query.exhibition, admin.name()).await {
        Ok(job) => job,
        Err(error) => {
            let _ = tokio::fs::remove_file(&path).await;
            return Err(error);
        }
    };
    hub.audit(admin.name(), "upload", &job.id).await;
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// Exhibitions that have a draft.
#[utoipa::path(get, path = "/exhibitions", tag = "content",
    responses((status = 200, body = Vec<Exhibition>), (status = 401, body = AnyError)))]
pub(super) async fn list_exhibitions(hub: State, _: Admin) -> ApiResult<Json<Vec<Exhibition>>> {
    Ok(Json(hub.list_exhibitions().await?))
}

/// An exhibition's draft with what the check of its documents found.
#[utoipa::path(get, path = "/exhibitions/{id}", tag = "content", params(("id" = String, Path)),
    responses((status = 200, body = ExhibitionDetail), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn get_exhibition(
    hub: State,
    _: Admin,
    Path(id): Path<String>,
) -> ApiResult<Json<ExhibitionDetail>> {
    Ok(Json(hub.get_exhibition(&id).await?))
}

/// Its documents.
#[utoipa::path(get, path = "/exhibitions/{id}/documents", tag = "content", params(("id" = String, Path)),
    responses((status = 200, body = Vec<Document>), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn list_documents(hub: State, _: Admin, Path(id): Path<String>) -> ApiResult<Json<Vec<Document>>> {
    Ok(Json(hub.list_documents(&id).await?))
}

/// A document's YAML, with its `etag`. With `/history` behind the path: the texts that it had, as JSON
/// (`[{seq, etag, created_at_ms, created_by, size_bytes}]`, newest first).
#[utoipa::path(get, path = "/exhibitions/{id}/documents/{*path}", tag = "content",
    params(("id" = String, Path), ("path" = String, Path), DocumentQuery),
    responses((status = 200, content_type = "application/yaml", body = String), (status = 401, body = AnyError),
        (status = 404, body = AnyError)))]
pub(super) async fn get_document(
    hub: State,
    _: Admin,
    Path((id, path)): Path<(String, String)>,
    Params(query): Params<DocumentQuery>,
) -> ApiResult<Response> {
    if let Some(path) = path.strip_suffix("/history") {
        return Ok(Json(hub.document_history(&id, path).await?).into_response());
    }
    let (etag, text) = hub.get_document(&id, &path, query.seq).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/yaml; charset=utf-8")),
        (header::ETAG, quoted(&etag)?),
    ];
    Ok((headers, text).into_response())
}

/// Saves a document. `If-Match` has the etag of the text that it replaces, or `If-None-Match: *` says that it is new;
/// 412 when somebody was faster, with the present etag in `at`. A text with mistakes is saved too: the findings say
/// what is wrong.
#[utoipa::path(put, path = "/exhibitions/{id}/documents/{*path}", tag = "content",
    params(("id" = String, Path), ("path" = String, Path), ("if-match" = Option<String>, Header)),
    request_body(content = String, content_type = "application/yaml"),
    responses((status = 200, body = Saved), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 412, body = AnyError), (status = 428, body = AnyError)))]
pub(super) async fn put_document(
    hub: State,
    admin: Admin,
    Path((id, path)): Path<(String, String)>,
    headers: HeaderMap,
    body: bytes::Bytes,
) -> ApiResult<Response> {
    let expected = expected(&headers)?;
    if body.len() > DOCUMENT_BYTES_MAX {
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the document is too large"));
    }
    let text = String::from_utf8(body.into()).map_err(|_| bad_request("not_utf8", "a document is UTF-8"))?;
    let saved = hub.put_document(&id, &path, text, expected, admin.name()).await?;
    hub.audit(admin.name(), "save_document", &format!("{id}/{path}")).await;
    Ok(([(header::ETAG, quoted(&saved.etag)?)], Json(saved)).into_response())
}

/// With `/undo` behind the path: brings back the text before the present one, or the one of `seq`. Undoing that brings
/// the present one back.
#[utoipa::path(post, path = "/exhibitions/{id}/documents/{*path}", tag = "content",
    params(("id" = String, Path), ("path" = String, Path)), request_body = Option<Undo>,
    responses((status = 200, body = Saved), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn post_document(
    hub: State,
    admin: Admin,
    Path((id, path)): Path<(String, String)>,
    body: bytes::Bytes,
) -> ApiResult<Response> {
    let Some(document) = path.strip_suffix("/undo") else {
        return Err(not_found("action at", &path));
    };
    let undo = if body.is_empty() {
        Undo::default()
    } else {
        serde_json::from_slice(&body).map_err(|error| bad_request("invalid_body", error.to_string()))?
    };
    let saved = hub.undo_document(&id, document, undo.seq, admin.name()).await?;
    hub.audit(admin.name(), "undo_document", &format!("{id}/{document}")).await;
    Ok(([(header::ETAG, quoted(&saved.etag)?)], Json(saved)).into_response())
}

/// The newest jobs.
#[utoipa::path(get, path = "/jobs", tag = "content",
    responses((status = 200, body = Vec<Job>), (status = 401, body = AnyError)))]
pub(super) async fn list_jobs(hub: State, _: Admin) -> ApiResult<Json<Vec<Job>>> {
    Ok(Json(hub.list_jobs().await?))
}

/// One job.
#[utoipa::path(get, path = "/jobs/{id}", tag = "content", params(("id" = String, Path)),
    responses((status = 200, body = Job), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn get_job(hub: State, _: Admin, Path(id): Path<String>) -> ApiResult<Json<Job>> {
    Ok(Json(hub.get_job(&id).await?))
}

/// Writes a body to disk as it comes, up to the limit.
async fn receive(body: RequestBody, path: &std::path::Path, limit_bytes: u64) -> ApiResult<()> {
    let mut file = tokio::fs::OpenOptions::new().write(true).create_new(true).open(path).await.map_err(no_room)?;
    let mut stream = body.into_data_stream();
    let mut received: u64 = 0;
    loop {
        let piece = match tokio::time::timeout(UPLOAD_STALL_MAX, stream.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(bad_request("cut_off", "the upload was cut off").hint("send it again")),
            Err(_) => return Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "stalled", "the upload has stalled")),
        };
        received += piece.len() as u64;
        if received > limit_bytes {
            pass_over(&mut stream).await;
            let message = format!("an upload has at most {} MiB", limit_bytes / (1024 * 1024));
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message));
        }
        file.write_all(&piece).await.map_err(no_room)?;
    }
    file.flush().await.map_err(no_room)?;
    if received == 0 {
        return Err(bad_request("empty", "the upload is empty"));
    }
    Ok(())
}

/// Reads on for a while without keeping anything: a client that is cut off while it sends shows a broken connection
/// instead of the reason.
async fn pass_over(stream: &mut BodyDataStream) {
    let reading = async {
        let mut passed = 0;
        while let Some(Ok(piece)) = stream.next().await {
            passed += piece.len();
            if passed > REFUSED_BYTES_READ_MAX {
                return;
            }
        }
    };
    // Out of time or not: the answer is the same.
    let _ = tokio::time::timeout(REFUSED_READ_MAX, reading).await;
}

fn no_room(error: std::io::Error) -> ApiError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        tracing::error!(%error, "upload");
        return ApiError::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", "the hub's disk is full");
    }
    internal(error)
}

fn expected(headers: &HeaderMap) -> ApiResult<Expected> {
    let value = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::trim);
    match (value(header::IF_MATCH), value(header::IF_NONE_MATCH)) {
        (Some(etag), None) => Ok(Expected::Etag(etag.trim_start_matches("W/").trim_matches('"').to_owned())),
        (None, Some("*")) => Ok(Expected::Absent),
        _ => Err(ApiError::new(
            StatusCode::PRECONDITION_REQUIRED,
            "etag_required",
            "`If-Match` with the etag, or `If-None-Match: *` for a new document, is needed",
        )),
    }
}

fn quoted(etag: &str) -> ApiResult<HeaderValue> {
    HeaderValue::from_str(&format!("\"{etag}\"")).map_err(internal)
}
