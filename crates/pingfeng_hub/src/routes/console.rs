//! The console's files. Without a built console a plain page says how to get one; the hub works all the same.

use std::{convert::Infallible, path::Path};

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use tower::{ServiceExt, util::BoxCloneSyncService};
use tower_http::services::{ServeDir, ServeFile};

/// Serves the console. Addresses that are no file are pages of the console, which has its own router.
pub(super) fn service(folder: Option<&Path>) -> BoxCloneSyncService<Request, Response, Infallible> {
    match folder.filter(|folder| folder.join("index.html").is_file()) {
        Some(folder) => {
            let files = ServeDir::new(folder).fallback(ServeFile::new(folder.join("index.html")));
            BoxCloneSyncService::new(tower::service_fn(move |request: Request| {
                let files = files.clone();
                // A file that cannot be read is answered by the service itself; it has no other error.
                async move { Ok(files.oneshot(request).await.into_response()) }
            }))
        }
        None => BoxCloneSyncService::new(tower::service_fn(|_: Request| async { Ok(absent()) })),
    }
}

/// Files with a hash in their name never change; everything else is asked for again each time.
pub(super) async fn caching(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let fixed = path.starts_with("/assets/");
    let own = path.starts_with("/api/");
    let mut response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    let value = match (own, fixed && !is_page && response.status().is_success()) {
        (true, _) => "no-store",
        (_, true) => "public, max-age=31536000, immutable",
        _ => "no-cache",
    };
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(value));
    response
}

fn absent() -> Response {
    (StatusCode::OK, Html(include_str!("console_absent.html"))).into_response()
}
