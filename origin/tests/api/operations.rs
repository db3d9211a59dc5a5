//! What operators rely on: probes, metrics, request ids down to the database, housekeeping, repeated mutations.

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use crate::test_app::{Answer, TestApp, until};

async fn get(app: &TestApp, path: &str) -> (u16, String) {
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("an HTTP client")
        .get(format!("http://{}{path}", app.address))
        .send()
        .await
        .expect("an answer");
    (
        answer.status().as_u16(),
        answer.text().await.expect("the body arrives"),
    )
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn without_valkey_origin_is_ready_and_says_that_it_is_degraded(db: PgPool) {
    let app = TestApp::start(db).await;
    let (status, body) = get(&app, "/readyz").await;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(
        (status, body["ready"].as_bool(), body["valkey"].as_str()),
        (200, Some(true), Some("degraded"))
    );
}

#[sqlx::test(migrations = false)]
async fn a_schema_that_is_behind_takes_no_traffic(db: PgPool) {
    origin::MIGRATOR.run(&db).await.expect("the schema");
    let app = TestApp::start(db).await;
    sqlx::query(
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)",
    )
    .execute(&app.db)
    .await
    .expect("the last step is forgotten");
    let (status, body) = get(&app, "/readyz").await;
    assert!(status == 503 && body.contains("behind"), "{status} {body}");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn shutting_down_turns_readiness_off_while_requests_are_still_answered(db: PgPool) {
    let app = TestApp::start(db).await;
    app.app.begin_shutdown();
    assert_eq!(get(&app, "/readyz").await.0, 503);
    assert_eq!(get(&app, "/healthz").await.0, 200);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn metrics_count_requests_by_route_template_and_status(db: PgPool) {
    let app = TestApp::start(db).await;
    let nobody = app.app.new_id();
    app.by(app.viewer, Method::GET, &format!("/api/content/{nobody}"))
        .problem()
        .await;
    let (_, text) = get(&app, "/metrics").await;
    assert!(
        text.contains("route=\"/api/content/{id}\"") && text.contains("status=\"404\""),
        "{text}"
    );
    assert!(!text.contains(&nobody.to_string()));
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_refusal_and_its_response_carry_the_callers_request_id(db: PgPool) {
    let app = TestApp::start(db).await;
    let id = "0190a2b4-0000-7000-8000-00000000000a";
    let answer = app
        .by(app.viewer, Method::GET, "/api/content?page=0")
        .header("x-request-id", id)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.headers()["x-request-id"], id);
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["requestId"], id);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn the_database_knows_which_request_a_connection_serves(db: PgPool) {
    let app = TestApp::start(db).await;
    let id = "0190a2b4-0000-7000-8000-00000000000b";
    // The new profile waits for this lock, so that its connection can be looked at.
    let mut lock = app.db.begin().await.expect("a transaction");
    sqlx::query("SELECT 1 FROM accounts WHERE account_id = $1 FOR UPDATE")
        .bind(app.viewer.account)
        .execute(&mut *lock)
        .await
        .expect("the lock");
    let waiting = tokio::spawn(
        app.by(app.viewer, Method::POST, "/api/profiles")
            .header("x-request-id", id)
            .json(&json!({"name": "Ada"}))
            .send(),
    );
    until("the connection carries the request's id", async || {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = $1)",
        )
        .bind(format!("origin {id}"))
        .fetch_one(&app.db)
        .await
        .expect("the activity")
    })
    .await;
    lock.rollback().await.expect("the lock is given back");
    let answer = waiting.await.expect("no panic").expect("an answer");
    assert_eq!(answer.status(), 201);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_repetition_while_the_first_is_being_answered_is_told_to_wait(db: PgPool) {
    let app = TestApp::start(db).await;
    let body = json!({"title": "Once"}).to_string();
    sqlx::query("INSERT INTO idempotency_keys (account_id, route, key, request_hash, created_at) VALUES ($1, 'POST /api/admin/content', 'k-1', $2, $3)")
        .bind(app.admin.account)
        .bind(Sha256::digest(&body).as_slice())
        .bind(app.app.clock.now())
        .execute(&app.db)
        .await
        .expect("a first request that has no answer yet");
    let send = || {
        app.by(app.admin, Method::POST, "/api/admin/content")
            .header("idempotency-key", "k-1")
            .header("content-type", "application/json")
            .body(body.clone())
    };
    assert_eq!(
        send().problem().await,
        (409, "idempotency_in_progress".to_owned())
    );
    // Its process died: after a minute somebody else may.
    app.advance(61);
    assert_eq!(send().ok().await["title"], "Once");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn housekeeping_deletes_expired_keys_and_long_ended_sessions_only(db: PgPool) {
    let app = TestApp::start(db).await;
    app.by(app.admin, Method::POST, "/api/admin/content")
        .header("idempotency-key", "k-1")
        .json(&json!({"title": "Once"}))
        .ok()
        .await;
    origin::housekeeping::sweep(&app.app).await.expect("swept");
    assert_eq!(
        (
            app.count("idempotency_keys").await,
            app.count("sessions").await
        ),
        (1, 2)
    );
    app.advance(31 * 86_400);
    origin::housekeeping::sweep(&app.app).await.expect("swept");
    assert_eq!(
        (
            app.count("idempotency_keys").await,
            app.count("sessions").await
        ),
        (0, 0)
    );
}
