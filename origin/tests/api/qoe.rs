//! Telemetry: drained, stored once, summed up per playback.

use serde_json::{Value, json};
use shared::valkey::TELEMETRY_STREAM;
use sqlx::PgPool;
use uuid::Uuid;

use crate::test_app::TestApp;

async fn report(app: &TestApp, events: &Value) {
    let mut add = redis::cmd("XADD");
    add.arg(&[TELEMETRY_STREAM, "*"])
        .arg(&[
            "account",
            &app.viewer.account.to_string(),
            "profile",
            "",
            "device",
            &app.viewer.session.to_string(),
        ])
        .arg(&[
            "at",
            &app.app.clock.now_ms().to_string(),
            "agent",
            "test",
            "events",
            &events.to_string(),
        ]);
    app.app
        .valkey
        .query::<String>(&add)
        .await
        .expect("the entry is added");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn events_are_stored_once_and_summed_up_per_playback(db: PgPool) {
    let app = TestApp::with_valkey(db).await;
    let (lease, now) = (Uuid::from_u128(5), app.app.clock.now_ms());
    report(&app, &json!([
        {"type": "first_frame", "at": now, "startupMs": 312.4, "leaseId": lease, "contentId": Uuid::from_u128(6)},
        {"type": "stall", "at": now + 1, "stallMs": 250, "leaseId": lease},
        {"type": "stall", "at": now + 2, "stallMs": "much", "leaseId": lease},
        {"type": "error", "at": 7, "details": "nul \u{0} byte"}])).await;
    report(&app, &json!("not a list")).await;
    assert_eq!(origin::qoe::drain(&app.app).await.unwrap(), 2);
    assert_eq!(
        (
            app.count("qoe_events").await,
            app.count("qoe_sessions").await
        ),
        (4, 2)
    );
    let summary: (Option<i64>, i64, i64, i64) = sqlx::query_as(
        "SELECT startup_ms, stalls, stalled_ms, errors FROM qoe_sessions WHERE playback_id = $1",
    )
    .bind(lease)
    .fetch_one(&app.db)
    .await
    .unwrap();
    assert_eq!(summary, (Some(312), 2, 250, 0));
    // An event from 1970 happened when it arrived.
    let (at, device): (chrono::DateTime<chrono::Utc>, Uuid) =
        sqlx::query_as("SELECT at, playback_id FROM qoe_events WHERE kind = 'error'")
            .fetch_one(&app.db)
            .await
            .unwrap();
    assert_eq!(
        (at, device),
        (app.app.clock.now(), app.viewer.session.as_uuid())
    );
    assert_eq!(origin::qoe::drain(&app.app).await.unwrap(), 0);
}
