//! The order in which tasks are handed out, and the ways in which they come back.

use reqwest::Method;
use serde_json::{Value, json};
use shared::ids::{ContentId, JobId};
use sqlx::PgPool;

use crate::{
    jobs::{Worker, job, status},
    test_app::{Answer, TestApp},
};

/// A job whose film has been probed: chunks that begin at these minutes, in these bands of rungs.
async fn film(app: &TestApp, title: &str, chunks: &[(u64, u8)]) -> (ContentId, JobId) {
    let made = job(app, &[("title", title)]).await;
    let worker = Worker { app, name: "probe" };
    let probe = worker.lease().await.expect("a probe goes before any chunk");
    assert_eq!(probe["kind"], "probe");
    let follow_ups: Vec<Value> = chunks
        .iter()
        .map(|(minute, band)| {
            let label = format!("{title} {minute} {band}");
            json!({"kind": "encode", "spec": {"label": label}, "label": label, "startMs": minute * 60_000, "band": band})
        })
        .collect();
    let result = json!({"plan": {}, "followUps": follow_ups});
    let told = worker.tell(&probe, "complete", json!({"result": result}));
    told.ok().await;
    made
}

/// What is handed out, in order, until nothing waits.
async fn handed_out(app: &TestApp) -> Vec<String> {
    let worker = Worker { app, name: "w" };
    let mut labels = Vec::new();
    while let Some(task) = worker.lease().await {
        labels.push(task["spec"]["label"].as_str().unwrap_or("?").to_owned());
    }
    labels
}

async fn tasks(app: &TestApp, job: JobId) -> Vec<Value> {
    let path = format!("/api/admin/jobs/{job}");
    let detail = app.by(app.admin, Method::GET, &path).ok().await;
    detail["tasks"].as_array().expect("a list").clone()
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn the_beginning_of_a_film_goes_first_and_its_low_rungs_before_its_high_ones(db: PgPool) {
    let app = TestApp::start(db).await;
    film(&app, "A", &[(5, 0), (0, 2), (0, 0), (0, 1), (5, 1)]).await;
    assert_eq!(
        handed_out(&app).await,
        ["A 0 0", "A 0 1", "A 0 2", "A 5 0", "A 5 1"]
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_new_film_begins_before_an_older_ones_late_chunks_and_starves_none_of_them(db: PgPool) {
    let app = TestApp::start(db).await;
    film(&app, "old", &[(0, 0), (10, 0), (31, 0), (60, 0)]).await;
    app.advance(30 * 60);
    film(&app, "new", &[(0, 0), (20, 0), (40, 0)]).await;
    assert_eq!(
        handed_out(&app).await,
        [
            "old 0 0", "old 10 0", "new 0 0", "old 31 0", "new 20 0", "old 60 0", "new 40 0"
        ]
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_task_that_is_handed_back_waits_for_nobody_and_nothing_is_held_against_it(db: PgPool) {
    let app = TestApp::start(db).await;
    let (_, id) = film(&app, "A", &[(0, 0)]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let reasons =
        json!([{"code": "worker_interrupted", "problem": "Stopped.", "remedy": "Nothing."}]);
    for attempt in 1..=5 {
        let task = worker.lease().await.expect("at once");
        assert_eq!(task["attempt"], attempt);
        let released = worker.tell(&task, "release", json!({"reasons": reasons}));
        released.ok().await;
        let again = worker.tell(&task, "release", json!({}));
        assert_eq!(again.problem().await, (409, "lease_lost".to_owned()));
    }
    let encode = &tasks(&app, id).await[1];
    assert_eq!(
        (&encode["state"], &encode["failures"], &encode["losses"]),
        (&json!("waiting"), &json!(0), &json!(0))
    );
    let outcomes = encode["attempts"].as_array().unwrap().iter();
    let outcomes: Vec<&Value> = outcomes.map(|attempt| &attempt["outcome"]).collect();
    assert_eq!(outcomes, ["released"; 5]);
    assert_eq!(encode["attempts"][0]["reasons"], reasons);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_ticket_leases_its_own_task_once_and_is_stale_afterwards(db: PgPool) {
    let app = TestApp::start(db).await;
    let (_, id) = film(&app, "A", &[(0, 0), (1, 0)]).await;
    let late = tasks(&app, id).await[2]["id"].as_str().unwrap().to_owned();
    let ticket = |task: &str| {
        app.service(Method::POST, &format!("/internal/tasks/{task}/lease"))
            .json(&json!({"workerId": "function"}))
    };
    let task = ticket(&late).ok().await;
    assert_eq!(
        (&task["spec"]["label"], &task["attempt"], &task["tookOver"]),
        (&json!("A 1 0"), &json!(1), &json!(false))
    );
    let stale = (409, "task_not_waiting".to_owned());
    assert_eq!(ticket(&late).problem().await, stale, "somebody has it");
    let worker = Worker {
        app: &app,
        name: "function",
    };
    let reasons = json!([{"code": "deadline", "problem": "Late.", "remedy": "Nothing."}]);
    let failed = json!({"reasons": reasons, "retryable": true});
    worker.tell(&task, "fail", failed).ok().await;
    assert_eq!(ticket(&late).problem().await, stale, "it backs off");
    app.advance(5);
    let task = ticket(&late).ok().await;
    worker.complete(&task).await;
    assert_eq!(ticket(&late).problem().await, stale, "it is done");
    let nobody = app.app.new_id().to_string();
    assert_eq!(
        ticket(&nobody).problem().await,
        (404, "task_not_found".to_owned())
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_retry_of_a_failed_job_restarts_only_what_was_not_done(db: PgPool) {
    let app = TestApp::start(db).await;
    let (content, id) = film(&app, "A", &[(0, 0), (1, 0), (2, 0)]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let first = worker.lease().await.unwrap();
    worker.complete(&first).await;
    let second = worker.lease().await.unwrap();
    let reasons = json!([{"code": "spec_invalid", "problem": "No.", "remedy": "Update."}]);
    let dead = json!({"reasons": reasons, "retryable": false});
    worker.tell(&second, "fail", dead).ok().await;
    let states: Vec<Value> = tasks(&app, id)
        .await
        .iter()
        .map(|task| task["state"].clone())
        .collect();
    assert_eq!(states, ["done", "done", "failed", "cancelled"]);
    assert_eq!(status(&app, content).await["job"]["reasons"], reasons);
    let retry = format!("/api/admin/jobs/{id}/retry");
    app.by(app.admin, Method::POST, &retry).ok().await;
    assert_eq!(handed_out(&app).await, ["A 1 0", "A 2 0"]);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn intermediate_files_outlive_their_job_by_a_week_and_a_later_retry_makes_them_anew(
    db: PgPool,
) {
    let app = TestApp::start(db).await;
    let (_, id) = film(&app, "A", &[(0, 0), (1, 0)]).await;
    let work = app.objects().join(format!("work/{id}"));
    std::fs::create_dir_all(&work).unwrap();
    std::fs::write(work.join("c0-v234.mp4"), b"chunk").unwrap();
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let first = worker.lease().await.unwrap();
    worker.complete(&first).await;
    let by_admin = |what: &str| {
        app.by(
            app.admin,
            Method::POST,
            &format!("/api/admin/jobs/{id}/{what}"),
        )
    };
    by_admin("cancel").ok().await;
    app.advance(6 * 24 * 3600);
    origin::housekeeping::sweep_objects(&app.app).await.unwrap();
    assert!(work.join("c0-v234.mp4").exists());
    by_admin("retry").ok().await;
    assert_eq!(
        handed_out(&app).await,
        ["A 1 0"],
        "what was done is still there"
    );
    by_admin("cancel").ok().await;
    app.advance(8 * 24 * 3600);
    origin::housekeeping::sweep_objects(&app.app).await.unwrap();
    assert!(!work.join("c0-v234.mp4").exists());
    by_admin("retry").ok().await;
    assert_eq!(handed_out(&app).await, ["A 0 0", "A 1 0"]);
}
