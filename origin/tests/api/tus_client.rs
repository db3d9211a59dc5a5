//! Uploads by the real tus-js-client (`tests/tus`).

use serde_json::json;
use sqlx::PgPool;

use crate::test_app::TestApp;

/// Runs a scenario of `tests/tus/client.mjs`: the real tus-js-client.
async fn tus_js_client(app: &TestApp, scenario: &str) -> serde_json::Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/tus");
    let installed = std::path::Path::new(folder)
        .join("node_modules/tus-js-client")
        .exists();
    assert!(
        installed,
        "tus-js-client is missing: run `npm ci` in tests/tus (`make test` does)"
    );
    let output = tokio::process::Command::new("node")
        .args(["client.mjs", scenario])
        .current_dir(folder)
        .env("ORIGIN_ADDRESS", app.address.to_string())
        .env("SERVICE_TOKEN", app.service_token())
        .env("SESSION_TOKEN", app.session_token(app.admin))
        .output()
        .await
        .expect("node is installed");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_str(
        text.lines()
            .last()
            .expect("the scenario says what happened"),
    )
    .expect("as JSON")
}

async fn stored_sha256(app: &TestApp) -> String {
    let sha256: Vec<u8> =
        sqlx::query_scalar("SELECT sha256 FROM uploads WHERE state = 'completed'")
            .fetch_one(&app.db)
            .await
            .expect("one upload is complete");
    hex::encode(sha256)
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn tus_js_client_resumes_after_its_socket_was_destroyed(db: PgPool) {
    let app = TestApp::start(db).await;
    let seen = tus_js_client(&app, "interrupted").await;
    let resumed_at = seen["offsets"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .as_u64()
        .unwrap();
    assert!(
        (1..8 << 20).contains(&resumed_at),
        "resumed in the middle, at {resumed_at}: {seen}"
    );
    assert_eq!(seen["sha256"], stored_sha256(&app).await);
    assert!(seen["jobId"].is_string(), "{seen}");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn tus_js_client_is_refused_a_spoilt_chunk_and_loses_nothing_else(db: PgPool) {
    let app = TestApp::start(db).await;
    let seen = tus_js_client(&app, "checksum").await;
    assert_eq!(
        (&seen["refused"], &seen["offsets"]),
        (&json!(460), &json!([2 << 20]))
    );
    assert_eq!(seen["sha256"], stored_sha256(&app).await);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn tus_js_client_terminates_an_upload(db: PgPool) {
    let app = TestApp::start(db).await;
    let seen = tus_js_client(&app, "terminated").await;
    assert!(
        seen["statuses"]
            .as_array()
            .unwrap()
            .contains(&json!("DELETE 204")),
        "{seen}"
    );
    assert_eq!(app.count("uploads WHERE state = 'terminated'").await, 1);
    assert_eq!(
        std::fs::read_dir(app.objects().join("uploads"))
            .unwrap()
            .count(),
        0
    );
}
