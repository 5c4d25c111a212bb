//! What the hub says of itself, and what guards every route.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::harness::{TestHub, told};

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_headers_that_keep_a_browser_safe() {
    let hub = TestHub::start().await;
    for path in ["/", "hub", "nowhere", "/setup?token=x"] {
        let answer = hub.browser().get(path).await;
        let headers = answer.response.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert!(headers["content-security-policy"].to_str().unwrap().contains("default-src 'self'"));
        assert!(headers.contains_key(header::CACHE_CONTROL));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_answered_in_the_envelope() {
    let hub = TestHub::start().await;
    let browser = hub.browser();
    assert_eq!(browser.get("nowhere").await.refused(StatusCode::NOT_FOUND).await, "not_found");
    assert_eq!(browser.delete("hub").await.refused(StatusCode::METHOD_NOT_ALLOWED).await, "method_not_allowed");
    let broken = browser
        .send(Method::POST, "session", |request| request.header("content-type", "application/json").body("{"))
        .await;
    assert_eq!(broken.refused(StatusCode::BAD_REQUEST).await, "invalid_body");
    let unknown = browser.post("session", json!({ "user": "a", "password": "b", "passwrod": "c" })).await;
    assert_eq!(unknown.refused(StatusCode::BAD_REQUEST).await, "invalid_body");
    // The hub answers before it has read all of it, and closes: a client that still writes may not come to read.
    let mut tries = 0;
    let large = loop {
        let body = vec![b' '; 3 * 1024 * 1024];
        let sent = browser.try_send(Method::POST, "session", |request| {
            request.header("content-type", "application/json").body(body)
        });
        match sent.await {
            Ok(answer) => break answer,
            Err(error) => assert!(error.is_request() && tries < 50, "{error:?}"),
        }
        tries += 1;
    };
    assert_eq!(large.refused(StatusCode::PAYLOAD_TOO_LARGE).await, "too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_are_served_and_addresses_of_pages_lead_to_them() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("assets")).unwrap();
    std::fs::write(dir.path().join("index.html"), "<!doctype html><p>console").unwrap();
    std::fs::write(dir.path().join("assets/app-1234.js"), "1").unwrap();
    let hub = TestHub::start().await;
    let mut config = hub.config();
    config.data = dir.path().join("data");
    config.console = Some(dir.path().to_owned());
    let running = pingfeng_hub::serve(config).await.unwrap();
    let mut browser = hub.browser_of(&running);
    browser.csrf = false;
    for path in ["/", "/setup?token=x", "/devices/d-1"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.response.status(), StatusCode::OK);
        assert_eq!(answer.response.headers()[header::CACHE_CONTROL], "no-cache");
        assert!(answer.response.text().await.unwrap().contains("console"));
    }
    let script = browser.get("/assets/app-1234.js").await;
    assert!(script.response.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    let missing = browser.get("/assets/app-0000.js").await;
    assert_eq!(missing.response.headers()[header::CACHE_CONTROL], "no-cache", "a page in place of a script is not kept");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_complete_in_itself() {
    let hub = TestHub::start().await;
    let document = hub.browser().get("/api/openapi.json").await.expect(StatusCode::OK).await;
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        let found = document.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"));
        assert_ne!(found.get("$ref").and_then(Value::as_str), Some(reference.as_str()), "{reference} is itself");
    }
    let paths = document["paths"].as_object().unwrap();
    let mut operations = std::collections::BTreeSet::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
            assert!(operations.insert(id.to_owned()), "two operations are called {id}");
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{id} is not described");
        }
    }
    for path in ["/enrol", "/devices/{id}", "/exhibitions/{id}/documents/{path}", "/live", "/uploads", "/pieces"] {
        assert!(paths.contains_key(path), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_stream_tells_what_happens() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    admin.post("events", json!({ "id": "day", "name": "日" })).await.expect(StatusCode::CREATED).await;
    let mut live = hub.listen();
    let mut stream = admin.get("live").await.response;
    assert_eq!(stream.headers()[header::CONTENT_TYPE], "text/event-stream");
    let hello = stream.chunk().await.unwrap().unwrap();
    assert!(hello.starts_with(b"event: hello"), "{hello:?}");
    admin.post("check-ins", json!({ "event": "day", "name": "李雷" })).await.expect(StatusCode::CREATED).await;
    told(&mut live, "check_in", |check_in| check_in["masked"] == "李＊").await;
    let mut text = String::new();
    while !text.contains("\n\n") || !text.contains("event: check_in") {
        text.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
    }
    assert!(text.contains("李＊"), "{text}");
    assert_eq!(hub.browser().get("live").await.refused(StatusCode::UNAUTHORIZED).await, "signed_out");
}

fn collect(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                into.push(reference.clone());
            }
            map.values().for_each(|value| collect(value, into));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, into)),
        _ => {}
    }
}
