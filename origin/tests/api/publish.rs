//! Publishing: all of a version or nothing of it, the first time and every time after.

use reqwest::Method;
use serde_json::{Value, json};
use shared::ids::ContentId;
use sqlx::PgPool;

use crate::{
    jobs::{Worker, job, status},
    test_app::{Answer, TestApp},
};

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_new_version_is_published_by_hand_and_the_old_one_can_come_back(db: PgPool) {
    let app = TestApp::start(db).await;
    let (content, _) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    worker.work().await;
    let path = format!("/api/admin/content/{content}/publish");
    job(
        &app,
        &[
            ("contentId", &content.to_string()),
            ("autoPublish", "false"),
        ],
    )
    .await;
    assert_eq!(
        status(&app, content).await["status"],
        "ready",
        "the first version stays on air"
    );
    assert_eq!(
        app.by(app.admin, Method::POST, &path)
            .json(&json!({"version": 2}))
            .problem()
            .await,
        (409, "not_verified".to_owned())
    );
    worker.work().await;
    assert_eq!(status(&app, content).await["publishedVersion"], 1);
    assert_eq!(
        app.by(app.admin, Method::POST, &path).ok().await["version"],
        2
    );
    assert_eq!(status(&app, content).await["publishedVersion"], 2);
    assert_eq!(
        app.by(app.admin, Method::POST, &path)
            .json(&json!({"version": 1}))
            .ok()
            .await["version"],
        1
    );
    let after = status(&app, content).await;
    assert_eq!(
        (
            &after["versions"][0]["current"],
            &after["versions"][1]["current"]
        ),
        (&json!(false), &json!(true))
    );
    assert_eq!(app.count("assets").await, 2);
    assert_eq!(
        app.count("audit_log WHERE action = 'content.publish'")
            .await,
        3
    );
    let nothing = app.insert_title("Empty").await;
    assert_eq!(
        app.by(
            app.admin,
            Method::POST,
            &format!("/api/admin/content/{nothing}/publish")
        )
        .problem()
        .await,
        (409, "not_verified".to_owned())
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn an_asset_that_cannot_be_stored_leaves_nothing_published(db: PgPool) {
    let app = TestApp::start(db).await;
    let (content, _) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let verify = loop {
        let task = worker.lease().await.unwrap();
        if task["kind"] == "verify" {
            break task;
        }
        worker.complete(&task).await;
    };
    // The very last insert of the publication fails.
    sqlx::query("ALTER TABLE markers ADD CONSTRAINT no_more CHECK (kind <> 'credits')")
        .execute(&app.db)
        .await
        .unwrap();
    assert_eq!(
        worker
            .tell(
                &verify,
                "complete",
                json!({"result": {"report": {"passed": true}}})
            )
            .problem()
            .await,
        (500, "internal".to_owned())
    );
    for table in [
        "assets",
        "renditions",
        "audio_tracks",
        "subtitle_tracks",
        "artwork_candidates",
        "markers",
    ] {
        assert_eq!(app.count(table).await, 0, "{table}");
    }
    assert_eq!(status(&app, content).await["job"]["state"], "verifying");
    sqlx::query("ALTER TABLE markers DROP CONSTRAINT no_more")
        .execute(&app.db)
        .await
        .unwrap();
    worker.complete(&verify).await;
    assert_eq!(status(&app, content).await["status"], "ready");
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_verified_version_without_its_description_fails_and_a_retry_packages_again(db: PgPool) {
    let app = TestApp::start(db).await;
    let (content, job) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let verify = loop {
        let task = worker.lease().await.unwrap();
        if task["kind"] == "verify" {
            break task;
        }
        worker.complete(&task).await;
    };
    std::fs::remove_file(app.objects().join(format!("assets/{content}/1/asset.json"))).unwrap();
    worker.complete(&verify).await;
    let failed = status(&app, content).await;
    assert_eq!(
        (&failed["status"], &failed["job"]["reasons"][0]["code"]),
        (&json!("error"), &json!("asset_unusable"))
    );
    app.by(
        app.admin,
        Method::POST,
        &format!("/api/admin/jobs/{job}/retry"),
    )
    .ok()
    .await;
    assert_eq!(worker.work().await, ["package", "verify"]);
    assert_eq!(status(&app, content).await["status"], "ready");
}

/// A version on air, a second one whose verification waits.
async fn second_version_at_the_gate(app: &TestApp, worker: &Worker<'_>) -> (ContentId, Value) {
    let (content, _) = job(app, &[("title", "Sintel")]).await;
    worker.work().await;
    job(app, &[("contentId", &content.to_string())]).await;
    let verify = loop {
        let task = worker.lease().await.expect("a task waits");
        if task["kind"] == "verify" {
            break task;
        }
        worker.complete(&task).await;
    };
    (content, verify)
}

/// What holds when the gate stays shut: the first version on air, the second nowhere, and why.
async fn is_kept_back(app: &TestApp, content: ContentId, code: &str) {
    let after = status(app, content).await;
    assert_eq!(
        (&after["publishedVersion"], &after["status"]),
        (&json!(1), &json!("ready"))
    );
    assert_eq!(
        (&after["job"]["state"], &after["job"]["reasons"][0]["code"]),
        (&json!("failed"), &json!(code))
    );
    assert_eq!(app.count("assets").await, 1);
    assert_eq!(after["job"]["report"]["verify"]["checks"][0]["rule"], "109");
    let by_hand = app.by(
        app.admin,
        Method::POST,
        &format!("/api/admin/content/{content}/publish"),
    );
    assert_eq!(
        by_hand.json(&json!({"version": 2})).problem().await,
        (409, "not_verified".to_owned())
    );
}

fn broken_report() -> Value {
    let check = json!({"rule": "109", "name": "Pattern 1:9", "severity": "must", "passed": false, "findings": ["v1080: the pattern is 1:8"]});
    json!({"passed": false, "failedMust": 1, "failedShould": 0, "checks": [check]})
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_refused_asset_is_not_published_and_its_report_is_shown(db: PgPool) {
    let app = TestApp::start(db).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let (content, verify) = second_version_at_the_gate(&app, &worker).await;
    let reason = json!({"code": "verify_109", "problem": "The pattern is 1:8.", "remedy": "Read the report."});
    let failure = json!({"reasons": [reason], "retryable": false, "report": broken_report()});
    worker.tell(&verify, "fail", failure).ok().await;
    is_kept_back(&app, content, "verify_109").await;
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_completed_verification_without_a_clean_report_publishes_nothing(db: PgPool) {
    let app = TestApp::start(db).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let (content, verify) = second_version_at_the_gate(&app, &worker).await;
    let result = json!({"result": {"report": broken_report()}});
    worker.tell(&verify, "complete", result).ok().await;
    is_kept_back(&app, content, "asset_not_publishable").await;
}
