//! Set-up, sign-in, sessions and tokens over HTTP.

use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::harness::{PASSWORD, TestHub, USER};

#[tokio::test(flavor = "multi_thread")]
async fn the_set_up_link_is_good_once_and_there_is_no_other_way_in() {
    let hub = TestHub::start().await;
    let browser = hub.browser();
    let info = browser.get("hub").await.expect(StatusCode::OK).await;
    assert_eq!(info["needs_setup"], true);
    assert_eq!(browser.get("devices").await.refused(StatusCode::UNAUTHORIZED).await, "signed_out");

    let token = hub.running().setup_token.clone().unwrap();
    let set_up = |token: &str, password: &str| json!({ "token": token, "user": USER, "password": password });
    let guess = browser.post("setup", set_up("guess", PASSWORD)).await;
    assert_eq!(guess.refused(StatusCode::FORBIDDEN).await, "setup_link_invalid");
    for weak in ["short", "aaaaaaaaaaaaaaaa", "my name is admin"] {
        let weak = browser.post("setup", set_up(&token, weak)).await;
        assert_eq!(weak.refused(StatusCode::BAD_REQUEST).await, "weak_password");
    }
    browser.post("setup", set_up(&token, PASSWORD)).await.expect(StatusCode::CREATED).await;
    browser.get("devices").await.expect(StatusCode::OK).await;

    let again = hub.browser().post("setup", set_up(&token, PASSWORD)).await;
    assert_eq!(again.refused(StatusCode::FORBIDDEN).await, "setup_link_invalid");
    let info = browser.get("hub").await.expect(StatusCode::OK).await;
    assert_eq!(info["needs_setup"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_for_this_host_and_no_script_and_ends() {
    let hub = TestHub::start().await;
    hub.admin().await;
    let browser = hub.browser();
    let answer = browser.post("session", json!({ "user": USER, "password": PASSWORD })).await;
    let cookie = answer.response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-pingfeng="), "{cookie}");
    for flag in ["; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Strict"] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    browser.get("session").await.expect(StatusCode::OK).await;
    hub.advance(12 * 3_600_000 + 1);
    assert_eq!(browser.get("session").await.refused(StatusCode::UNAUTHORIZED).await, "signed_out");

    let browser = hub.admin_again().await;
    browser.delete("session").await.expect(StatusCode::NO_CONTENT).await;
    assert_eq!(browser.get("session").await.refused(StatusCode::UNAUTHORIZED).await, "signed_out");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_without_the_header_of_our_own_pages_are_refused() {
    let hub = TestHub::start().await;
    let mut admin = hub.admin().await;
    admin.csrf = false;
    let answer = admin.post("groups", json!({ "name": "x" })).await;
    assert_eq!(answer.refused(StatusCode::FORBIDDEN).await, "csrf");
    let answer = admin.post("session", json!({ "user": USER, "password": PASSWORD })).await;
    assert_eq!(answer.refused(StatusCode::FORBIDDEN).await, "csrf");
    admin.get("groups").await.expect(StatusCode::OK).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_lock_the_account_for_a_while_even_over_a_restart() {
    let mut hub = TestHub::start().await;
    hub.admin().await;
    let sign_in = |password: &str| json!({ "user": USER, "password": password });
    let browser = hub.browser();
    for _ in 0..5 {
        let wrong = browser.post("session", sign_in("wrong wrong wrong")).await;
        assert_eq!(wrong.refused(StatusCode::UNAUTHORIZED).await, "wrong_credentials");
    }
    hub.stop().await;
    hub.start_again().await;
    let browser = hub.browser();
    let right = browser.post("session", sign_in(PASSWORD)).await;
    assert_eq!(right.response.headers()[header::RETRY_AFTER], "300");
    assert_eq!(right.refused(StatusCode::TOO_MANY_REQUESTS).await, "locked");
    hub.advance(5 * 60_000);
    browser.post("session", sign_in(PASSWORD)).await.expect(StatusCode::CREATED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tries_from_one_address_have_to_wait() {
    let hub = TestHub::start().await;
    let browser = hub.browser();
    let enrol = json!({ "code": "0000-0000", "csr_pem": "", "program": "", "host": "" });
    for _ in 0..30 {
        let guess = browser.post("enrol", enrol.clone()).await;
        assert_eq!(guess.refused(StatusCode::FORBIDDEN).await, "code_unknown");
    }
    assert_eq!(browser.post("enrol", enrol.clone()).await.refused(StatusCode::TOO_MANY_REQUESTS).await, "too_many_attempts");
    hub.advance(60_000);
    assert_eq!(browser.post("enrol", enrol).await.refused(StatusCode::FORBIDDEN).await, "code_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_checks_in_and_does_nothing_else_until_it_is_ended() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    admin.post("events", json!({ "id": "day", "name": "主题党日" })).await.expect(StatusCode::CREATED).await;
    let token = admin.post("api-tokens", json!({ "name": "门闸" })).await.expect(StatusCode::CREATED).await;
    let bearer = token["token"].as_str().unwrap();
    let listed = admin.get("api-tokens").await.expect(StatusCode::OK).await;
    assert!(!listed.to_string().contains(bearer), "a token is told once");

    let mut gate = hub.browser();
    gate.csrf = false;
    let check_in = |bearer: String| {
        let gate = gate.clone();
        async move {
            gate.send(Method::POST, "check-ins", |request| {
                request.bearer_auth(bearer).json(&json!({ "event": "day", "name": "王小明" }))
            })
            .await
        }
    };
    check_in(bearer.to_owned()).await.expect(StatusCode::CREATED).await;
    assert_eq!(check_in("pf_wrong".into()).await.refused(StatusCode::UNAUTHORIZED).await, "token_unknown");
    let other = gate.send(Method::GET, "devices", |request| request.bearer_auth(bearer)).await;
    assert_eq!(other.refused(StatusCode::UNAUTHORIZED).await, "signed_out");

    let id = token["id"].as_str().unwrap();
    admin.delete(&format!("api-tokens/{id}")).await.expect(StatusCode::NO_CONTENT).await;
    assert_eq!(check_in(bearer.to_owned()).await.refused(StatusCode::UNAUTHORIZED).await, "token_unknown");
}
