//! One-time codes and the certificates they give.

use openssl::x509::X509;
use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{TestHub, request};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_becomes_one_certificate_that_only_names_a_client() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let device = hub.device(&admin, "一楼东厅", "山河馆", "一层").await;
    let enrolled = &device.enrolled;
    assert_eq!(enrolled.broker_host, "localhost");
    assert_eq!(Some(enrolled.broker_port), hub.running().mqtt_addr.map(|address| address.port()));

    let certificate = X509::from_pem(enrolled.certificate_pem.as_bytes()).unwrap();
    let authority = X509::from_pem(enrolled.authority_pem.as_bytes()).unwrap();
    assert!(certificate.verify(&authority.public_key().unwrap()).unwrap());
    let text = String::from_utf8(certificate.to_text().unwrap()).unwrap();
    assert!(text.contains(&format!("CN={}", enrolled.device)) || text.contains(&format!("CN = {}", enrolled.device)));
    assert!(text.contains("TLS Web Client Authentication") && !text.contains("Server Authentication"), "{text}");
    assert!(text.contains("CA:FALSE"), "{text}");

    let listed = admin.get("devices").await.expect(StatusCode::OK).await;
    assert_eq!(listed[0]["name"], "一楼东厅");
    assert_eq!(listed[0]["site"]["name"], "山河馆");
    assert_eq!(listed[0]["status"], "pending");
    assert_eq!(listed[0]["why"][0]["code"], "never_seen");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_used_and_expired_codes_are_told_apart() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let browser = hub.browser();
    let (csr, _) = request();
    let enrol = |code: &str, csr: &str| json!({ "code": code, "csr_pem": csr, "program": "", "host": "" });
    let new_code = || async {
        let code = admin.post("enrol-codes", json!({ "name": "屏", "site": "s", "group": "g" })).await;
        code.expect(StatusCode::CREATED).await["code"].as_str().unwrap().to_owned()
    };

    for wrong in ["K7QF-2M9D", "", "展厅一号", "0"] {
        let answer = browser.post("enrol", enrol(wrong, &csr)).await;
        assert_eq!(answer.refused(StatusCode::FORBIDDEN).await, "code_unknown", "{wrong}");
    }

    // A request that cannot be signed does not use the code up.
    let code = new_code().await;
    let answer = browser.post("enrol", enrol(&code, "-----BEGIN NOTHING-----")).await;
    assert_eq!(answer.refused(StatusCode::BAD_REQUEST).await, "invalid_request");
    let typed = code.replace('-', " ").to_lowercase();
    browser.post("enrol", enrol(&typed, &csr)).await.expect(StatusCode::CREATED).await;
    let answer = browser.post("enrol", enrol(&code, &csr)).await;
    assert_eq!(answer.refused(StatusCode::FORBIDDEN).await, "code_used");

    let code = new_code().await;
    let open = admin.get("enrol-codes").await.expect(StatusCode::OK).await;
    assert_eq!(open.as_array().unwrap().len(), 1);
    assert!(!open.to_string().contains(&code));
    hub.advance(15 * 60_000);
    let answer = browser.post("enrol", enrol(&code, &csr)).await;
    assert_eq!(answer.refused(StatusCode::FORBIDDEN).await, "code_expired");
    assert_eq!(admin.get("enrol-codes").await.expect(StatusCode::OK).await, json!([]));
}
