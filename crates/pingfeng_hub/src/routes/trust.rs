//! Who may speak through the screens of a site: roots and rosters, review of releases, notices.

use axum::{
    Json,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use pingfeng_release::trust::{KeyError, PublicKey};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    AnyError, State,
    guard::{Admin, Body, Params},
};
use crate::{
    changes::Changes,
    error::{ApiResult, bad_request},
    notices::{NoticeDraft, NoticeView, Notices},
    review::{Assertion, ReleaseReview},
    trust::SiteTrust,
};

/// Something that was signed elsewhere.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Signed {
    /// The envelope (DSSE, JSON), as text.
    envelope: String,
}

/// A public key, as text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PublicKeyText {
    /// `es256:…` or `ed25519:…`.
    key: String,
}

/// What names a key.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyName {
    /// 32 hex digits.
    id: String,
}

/// Which statement.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WayQuery {
    /// True: the way back to this release. Otherwise the way forward.
    #[serde(default)]
    back: bool,
}

/// Compared with what.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AgainstQuery {
    /// Release id; the one before if absent.
    against: Option<String>,
}

/// Of which site.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SiteQuery {
    /// Site id; every site if absent.
    site: Option<String>,
}

/// Root and roster of a site, who is in them, when they end, and which device knows which.
#[utoipa::path(get, path = "/sites/{id}/trust", tag = "trust", params(("id" = String, Path)),
    responses((status = 200, body = SiteTrust), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn get_site_trust(hub: State, _: Admin, Path(id): Path<String>) -> ApiResult<Json<SiteTrust>> {
    Ok(Json(hub.get_site_trust(&id).await?))
}

/// Takes a root or roster that was signed elsewhere. What a device would refuse is refused with the same code.
#[utoipa::path(post, path = "/sites/{id}/trust", tag = "trust", params(("id" = String, Path)), request_body = Signed,
    responses((status = 200, body = SiteTrust), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn add_trust_document(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<Signed>,
) -> ApiResult<Json<SiteTrust>> {
    let view = hub.add_trust_document(&id, &body.envelope, admin.name()).await?;
    let newest = view.history.first().map(|document| format!(" {} {}", document.kind, document.version));
    hub.audit(admin.name(), "add_trust", &format!("{id}{}", newest.unwrap_or_default())).await;
    Ok(Json(view))
}

/// Forgets the roots and rosters of a site. Devices that know them keep them and go on asking for signatures.
#[utoipa::path(delete, path = "/sites/{id}/trust", tag = "trust", params(("id" = String, Path)),
    responses((status = 200, body = SiteTrust), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn delete_site_trust(hub: State, admin: Admin, Path(id): Path<String>) -> ApiResult<Json<SiteTrust>> {
    let view = hub.delete_site_trust(&id).await?;
    hub.audit(admin.name(), "delete_trust", &id).await;
    Ok(Json(view))
}

/// A root or roster as it was brought.
#[utoipa::path(get, path = "/sites/{id}/trust/{document}", tag = "trust",
    params(("id" = String, Path), ("document" = String, Path)),
    responses((status = 200, content_type = "application/json", body = String), (status = 401, body = AnyError),
        (status = 404, body = AnyError)))]
pub(super) async fn get_trust_document(
    hub: State,
    _: Admin,
    Path((id, document)): Path<(String, String)>,
) -> ApiResult<Response> {
    Ok(file("trust", hub.get_trust_document(&id, &document).await?.into_bytes()))
}

/// Names a public key: its id is what people compare before a keeper of the root puts it into the roster. Nothing is kept.
#[utoipa::path(post, path = "/keys", tag = "trust", request_body = PublicKeyText,
    responses((status = 200, body = KeyName), (status = 400, body = AnyError), (status = 401, body = AnyError)))]
pub(super) async fn name_key(_: Admin, Body(body): Body<PublicKeyText>) -> ApiResult<Json<KeyName>> {
    let key: PublicKey = body.key.parse().map_err(|error: KeyError| bad_request("key_invalid", error.to_string()).at("key"))?;
    Ok(Json(KeyName { id: key.id().0 }))
}

/// What has to be signed for a release and who has, for every site.
#[utoipa::path(get, path = "/releases/{id}/review", tag = "trust", params(("id" = String, Path)),
    responses((status = 200, body = ReleaseReview), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn get_review(hub: State, _: Admin, Path(id): Path<String>) -> ApiResult<Json<ReleaseReview>> {
    Ok(Json(hub.get_review(&id).await?))
}

/// Takes the signatures of an approval that was signed elsewhere. It says itself for which site it is, and whether it is
/// the way forward or back.
#[utoipa::path(post, path = "/releases/{id}/review", tag = "trust", params(("id" = String, Path)), request_body = Signed,
    responses((status = 200, body = ReleaseReview), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn add_approval(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<Signed>,
) -> ApiResult<Json<ReleaseReview>> {
    let people = hub.add_approval(&id, &body.envelope).await?;
    hub.audit(admin.name(), "add_signature", &format!("{id} {people}")).await;
    Ok(Json(hub.get_review(&id).await?))
}

/// The statement of a release for a site with the signatures so far, for `pingfengctl approve --envelope`.
#[utoipa::path(get, path = "/releases/{id}/review/{site}", tag = "trust",
    params(("id" = String, Path), ("site" = String, Path), WayQuery),
    responses((status = 200, content_type = "application/json", body = String), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn get_approval(
    hub: State,
    _: Admin,
    Path((id, site)): Path<(String, String)>,
    Params(query): Params<WayQuery>,
) -> ApiResult<Response> {
    Ok(file("approval", hub.get_approval(&id, &site, query.back).await?))
}

/// Adds what a reviewer's passkey has signed in the browser.
#[utoipa::path(post, path = "/releases/{id}/review/{site}", tag = "trust",
    params(("id" = String, Path), ("site" = String, Path), WayQuery), request_body = Assertion,
    responses((status = 200, body = ReleaseReview), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn add_assertion(
    hub: State,
    admin: Admin,
    Path((id, site)): Path<(String, String)>,
    Params(query): Params<WayQuery>,
    Body(body): Body<Assertion>,
) -> ApiResult<Json<ReleaseReview>> {
    let person = hub.add_assertion(&id, &site, query.back, &body).await?;
    hub.audit(admin.name(), "add_signature", &format!("{id} {person}")).await;
    Ok(Json(hub.get_review(&id).await?))
}

/// What a release changes against the one before.
#[utoipa::path(get, path = "/releases/{id}/changes", tag = "trust", params(("id" = String, Path), AgainstQuery),
    responses((status = 200, body = Changes), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError)))]
pub(super) async fn get_changes(
    hub: State,
    _: Admin,
    Path(id): Path<String>,
    Params(query): Params<AgainstQuery>,
) -> ApiResult<Json<Changes>> {
    Ok(Json(hub.get_changes(&id, query.against.as_deref()).await?))
}

/// A file of a release, so that a reviewer sees what is signed: pictures are shown, everything else is saved.
#[utoipa::path(get, path = "/releases/{id}/files/{*path}", tag = "trust",
    params(("id" = String, Path), ("path" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = [u8]), (status = 400, body = AnyError),
        (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn get_release_file(
    hub: State,
    _: Admin,
    Path((id, path)): Path<(String, String)>,
) -> ApiResult<Response> {
    let bytes = hub.get_release_file(&id, &path).await?;
    // By what the bytes are and not by what they are called: nothing that a browser would run.
    let kind = match &bytes[..] {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => "application/octet-stream",
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, max-age=31536000, immutable")];
    Ok((headers, bytes).into_response())
}

/// The manifest of a release: the bytes whose hash names it, for `pingfengctl approve`.
#[utoipa::path(get, path = "/releases/{id}/manifest", tag = "trust", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/json", body = String), (status = 401, body = AnyError),
        (status = 404, body = AnyError)))]
pub(super) async fn get_manifest(hub: State, _: Admin, Path(id): Path<String>) -> ApiResult<Response> {
    Ok(file("manifest", hub.get_manifest(&id).await?))
}

/// Notices, newest first, and how much one may say.
#[utoipa::path(get, path = "/notices", tag = "trust", params(SiteQuery),
    responses((status = 200, body = Notices), (status = 401, body = AnyError)))]
pub(super) async fn list_notices(hub: State, _: Admin, Params(query): Params<SiteQuery>) -> ApiResult<Json<Notices>> {
    Ok(Json(hub.list_notices(query.site.as_deref()).await?))
}

/// Writes a notice down. No screen shows it before a duty officer has signed it.
#[utoipa::path(post, path = "/notices", tag = "trust", request_body = NoticeDraft,
    responses((status = 201, body = NoticeView), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn create_notice(
    hub: State,
    admin: Admin,
    Body(body): Body<NoticeDraft>,
) -> ApiResult<(StatusCode, Json<NoticeView>)> {
    let view = hub.create_notice(&body, admin.name()).await?;
    hub.audit(admin.name(), "create_notice", &view.id).await;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Takes a notice that was signed elsewhere.
#[utoipa::path(post, path = "/notices/signed", tag = "trust", request_body = Signed,
    responses((status = 200, body = NoticeView), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn add_notice(hub: State, admin: Admin, Body(body): Body<Signed>) -> ApiResult<Json<NoticeView>> {
    let view = hub.add_notice(&body.envelope, admin.name()).await?;
    hub.audit(admin.name(), "sign_notice", &view.id).await;
    Ok(Json(view))
}

/// The statement of a notice with its signatures: what a duty officer signs.
#[utoipa::path(get, path = "/notices/{id}", tag = "trust", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/json", body = String), (status = 401, body = AnyError),
        (status = 404, body = AnyError)))]
pub(super) async fn get_notice_envelope(hub: State, _: Admin, Path(id): Path<String>) -> ApiResult<Response> {
    Ok(file("notice", hub.get_notice_envelope(&id).await?.into_bytes()))
}

/// Adds what a duty officer's passkey has signed in the browser: from then on the notice is shown.
#[utoipa::path(post, path = "/notices/{id}", tag = "trust", params(("id" = String, Path)), request_body = Assertion,
    responses((status = 200, body = NoticeView), (status = 400, body = AnyError), (status = 401, body = AnyError),
        (status = 404, body = AnyError), (status = 409, body = AnyError)))]
pub(super) async fn sign_notice(
    hub: State,
    admin: Admin,
    Path(id): Path<String>,
    Body(body): Body<Assertion>,
) -> ApiResult<Json<NoticeView>> {
    let view = hub.sign_notice(&id, &body).await?;
    hub.audit(admin.name(), "sign_notice", &id).await;
    Ok(Json(view))
}

/// Ends a notice at once; a draft is forgotten.
#[utoipa::path(delete, path = "/notices/{id}", tag = "trust", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = AnyError), (status = 404, body = AnyError)))]
pub(super) async fn withdraw_notice(hub: State, admin: Admin, Path(id): Path<String>) -> ApiResult<StatusCode> {
    hub.withdraw_notice(&id, admin.name()).await?;
    hub.audit(admin.name(), "withdraw_notice", &id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// JSON that a person saves.
fn file(name: &str, bytes: Vec<u8>) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Names are ours: letters only.
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.json\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    (headers, bytes).into_response()
}
