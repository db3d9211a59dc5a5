//! Publishing: all of a version or nothing of it, the first time and every time after.

use reqwest::Method;
use serde_json::json;
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
            .tell(&verify, "complete", json!({"result": {}}))
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
