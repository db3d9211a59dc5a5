//! Copy first: a conforming master is playable before its ladder is encoded, and nobody who watches is disturbed.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    jobs::{Worker, job, status, write_asset},
    test_app::{Answer, TestApp},
};

/// What a copy task answers.
fn copied() -> Value {
    json!({"plan": {"durationMs": 12000, "notes": ["Audio stream 1 is encoded, not copied: it is not stereo AAC-LC."]},
        "report": {"passed": true}, "obstacles": []})
}

fn declined() -> Value {
    json!({"plan": null, "report": null, "obstacles": [
        {"code": "copy_interlaced", "problem": "The master can't be copied: The picture is interlaced.", "remedy": "Nothing."}]})
}

async fn finish(worker: &Worker<'_>, task: &Value, result: Value) {
    let body = json!({"result": result});
    worker.tell(task, "complete", body).ok().await;
}

async fn lease(worker: &Worker<'_>, kind: &str) -> Value {
    let task = worker.lease().await.expect("there is a task");
    assert_eq!(task["kind"], kind);
    task
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_copy_is_published_at_once_and_the_ladder_becomes_the_next_version(db: PgPool) {
    let app = TestApp::copying_first(db).await;
    let (content, _) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let copy = lease(&worker, "copy").await;
    assert_eq!(copy["version"], 1);
    write_asset(&app, &copy);
    finish(&worker, &copy, copied()).await;
    let after = status(&app, content).await;
    assert_eq!(
        (&after["status"], &after["publishedVersion"]),
        (&json!("ready"), &json!(1)),
        "viewers have it before anything was encoded"
    );
    assert_eq!(
        (&after["job"]["version"], &after["job"]["state"]),
        (&json!(2), &json!("queued")),
        "operators see the ladder on its way"
    );
    let log = after["job"]["log"][0].as_str().unwrap();
    assert!(log.contains("playable now"), "{log}");

    let probe = lease(&worker, "probe").await;
    assert_eq!(
        (&probe["version"], &probe["spec"]["masterKey"]),
        (&json!(2), &copy["spec"]["masterKey"])
    );
    worker.complete(&probe).await;
    assert_eq!(status(&app, content).await["publishedVersion"], 1);
    worker.work().await;
    let done = status(&app, content).await;
    assert_eq!(done["publishedVersion"], 2);
    assert_eq!(done["versions"][1]["state"], "ready");
    assert_eq!(
        app.count("assets").await,
        2,
        "the copy's version stays for those who watch it"
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_copy_that_is_completed_twice_is_followed_by_one_ladder(db: PgPool) {
    let app = TestApp::copying_first(db).await;
    job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let copy = lease(&worker, "copy").await;
    write_asset(&app, &copy);
    finish(&worker, &copy, copied()).await;
    finish(&worker, &copy, copied()).await;
    assert_eq!(app.count("jobs").await, 2);
    assert_eq!(app.count("tasks WHERE kind = 'probe'").await, 1);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_master_that_cannot_be_copied_says_why_and_its_ladder_is_the_first_version(db: PgPool) {
    let app = TestApp::copying_first(db).await;
    let (content, first) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let copy = lease(&worker, "copy").await;
    finish(&worker, &copy, declined()).await;
    let probe = lease(&worker, "probe").await;
    assert_eq!(
        probe["spec"]["notes"],
        json!(["The master can't be copied: The picture is interlaced."])
    );
    assert_eq!(probe["jobId"], json!(first));
    worker.complete(&probe).await;
    worker.work().await;
    let done = status(&app, content).await;
    assert_eq!(
        (&done["publishedVersion"], app.count("jobs").await),
        (&json!(1), 1)
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_copy_task_that_is_dead_leaves_the_title_to_its_ladder(db: PgPool) {
    let app = TestApp::copying_first(db).await;
    let (content, _) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let copy = lease(&worker, "copy").await;
    let reasons = json!([{"code": "internal", "problem": "A bug.", "remedy": "Report it."}]);
    let failure = json!({"reasons": reasons, "retryable": false});
    worker.tell(&copy, "fail", failure).ok().await;
    assert_eq!(status(&app, content).await["job"]["state"], "probing");
    assert_eq!(
        app.count("tasks WHERE kind = 'copy' AND state = 'done'")
            .await,
        1,
        "a retry of the job must not copy again"
    );
    assert_eq!(
        worker.work().await.last().map(String::as_str),
        Some("verify")
    );
    assert_eq!(status(&app, content).await["publishedVersion"], 1);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_ladder_that_fails_leaves_the_copy_on_air(db: PgPool) {
    let app = TestApp::copying_first(db).await;
    let (content, _) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let copy = lease(&worker, "copy").await;
    write_asset(&app, &copy);
    finish(&worker, &copy, copied()).await;
    let probe = lease(&worker, "probe").await;
    let reasons =
        json!([{"code": "truncated", "problem": "Cut off.", "remedy": "Upload it again."}]);
    let failure = json!({"reasons": reasons, "retryable": false});
    worker.tell(&probe, "fail", failure).ok().await;
    let after = status(&app, content).await;
    assert_eq!(
        (&after["status"], &after["job"]["state"]),
        (&json!("ready"), &json!("failed"))
    );
    assert_eq!(after["publishedVersion"], 1);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_copy_that_is_not_to_be_published_waits_for_its_operator(db: PgPool) {
    let app = TestApp::copying_first(db).await;
    let (content, _) = job(&app, &[("title", "Sintel"), ("autoPublish", "false")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let copy = lease(&worker, "copy").await;
    write_asset(&app, &copy);
    finish(&worker, &copy, copied()).await;
    assert_eq!(status(&app, content).await["publishedVersion"], Value::Null);
    let path = format!("/api/admin/content/{content}/publish");
    let published = app.by(app.admin, Method::POST, &path).ok().await;
    assert_eq!(published["version"], 1);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_title_that_has_a_ladder_is_never_cut_down_to_a_copy(db: PgPool) {
    let app = TestApp::copying_first(db).await;
    let published = app.insert_published_title("Sintel").await;
    job(&app, &[("contentId", &published.to_string())]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    lease(&worker, "probe").await;
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_version_never_takes_the_place_of_a_newer_one_by_itself(db: PgPool) {
    let app = TestApp::copying_first(db).await;
    let (content, _) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let copy = lease(&worker, "copy").await;
    write_asset(&app, &copy);
    finish(&worker, &copy, copied()).await;
    // A better master comes while the first one's ladder waits, and is done before it.
    let old = lease(&worker, "probe").await;
    job(&app, &[("contentId", &content.to_string())]).await;
    worker.work().await;
    assert_eq!(status(&app, content).await["publishedVersion"], 3);
    worker.complete(&old).await;
    worker.work().await;
    let after = status(&app, content).await;
    assert_eq!(after["publishedVersion"], 3);
    assert_eq!(after["versions"][1]["state"], "ready");
}
