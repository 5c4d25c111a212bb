//! Starting, stopping, and what survives it.

use std::os::unix::fs::PermissionsExt;

use pingfeng_hub::{ServeError, db::entity::job, serve};
use pingfeng_wire::Target;
use reqwest::StatusCode;
use serde_json::json;

use crate::harness::TestHub;

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_stated_again_after_a_restart_with_the_same_revision() {
    let mut hub = TestHub::start().await;
    let admin = hub.admin().await;
    let release = hub.release(&admin).await;
    let credentials = hub.device(&admin, "一", "s", "hall").await;
    admin.post(&format!("releases/{release}/publish"), json!({ "groups": ["hall"] })).await.expect(StatusCode::OK).await;
    hub.stop().await;
    hub.start_again().await;
    let mut screen = credentials.connect(&hub).await;
    let target: Target = screen.next_json("/target").await;
    assert_eq!(target.revision, 2);
    assert_eq!(target.release.map(|offer| offer.release.id), Some(release.clone()));

    // The clock goes back; the next target is the next revision all the same.
    hub.advance(-3_600_000);
    let admin = hub.admin_again().await;
    admin.put("groups/hall/target", json!({ "release": release })).await.expect(StatusCode::OK).await;
    loop {
        let target: Target = screen.next_json("/target").await;
        if target.revision == 3 {
            break;
        }
        assert_eq!(target.revision, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_interrupted_is_failed_and_can_be_done_again() {
    let mut hub = TestHub::start().await;
    let admin = hub.admin().await;
    hub.release(&admin).await;
    let row = job::Model {
        id: pingfeng_hub::new_id(1),
        kind: "build".into(),
        exhibition_id: Some("base".into()),
        state: "running".into(),
        created_at_ms: 1,
        created_by: "admin".into(),
        finished_at_ms: None,
        findings_json: "[]".into(),
        release_id: None,
        error_json: None,
    };
    hub.running().hub.db.insert_job(row.clone()).await.unwrap();
    let half = hub.dir.path().join("data/uploads/half.zip");
    std::fs::write(&half, "half").unwrap();
    // What a kill in the middle of replacing a draft leaves behind.
    let exhibition = hub.dir.path().join("data/exhibitions/base");
    hub.stop().await;
    std::fs::rename(exhibition.join("draft"), exhibition.join("old")).unwrap();
    hub.start_again().await;

    let admin = hub.admin_again().await;
    let job = admin.get(&format!("jobs/{}", row.id)).await.expect(StatusCode::OK).await;
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("interrupted")));
    assert!(!half.exists());
    hub.build(&admin, "base").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_hub_does_not_work_in_the_same_folder() {
    let hub = TestHub::start().await;
    let error = serve(hub.config()).await.unwrap_err();
    assert!(matches!(error, ServeError::Locked { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_for_the_hub_alone_and_certificates_stay() {
    let mut hub = TestHub::start().await;
    let fingerprint = hub.running().fingerprint.clone();
    let ca = hub.dir.path().join("data/ca");
    for key in ["authority.key", "server.key"] {
        let mode = std::fs::metadata(ca.join(key)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    let server = std::fs::read(ca.join("server.pem")).unwrap();
    hub.stop().await;
    hub.start_again().await;
    assert_eq!(hub.running().fingerprint, fingerprint);
    assert_eq!(std::fs::read(ca.join("server.pem")).unwrap(), server);

    // A new name is a new certificate of the same authority.
    hub.stop().await;
    hub.change(|settings| settings.listen.names = vec!["hub.example".into()]);
    hub.start_again().await;
    assert_eq!(hub.running().fingerprint, fingerprint);
    assert_ne!(std::fs::read(ca.join("server.pem")).unwrap(), server);

    // A lost key is not replaced in silence: every screen would be locked out.
    hub.stop().await;
    std::fs::remove_file(ca.join("authority.key")).unwrap();
    let error = serve(hub.config()).await.unwrap_err();
    assert!(matches!(error, ServeError::Authority(_)), "{error}");
    assert!(error.to_string().contains("authority.key"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named() {
    let hub = TestHub::start().await;
    let mut config = hub.config();
    config.data = hub.dir.path().join("other");
    config.settings.listen.https = hub.running().https_addr;
    let error = serve(config).await.unwrap_err();
    assert!(error.to_string().contains(&hub.running().https_addr.to_string()), "{error}");
}
