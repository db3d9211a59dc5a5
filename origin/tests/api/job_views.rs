//! What operators see of jobs: every task with its times, what it costs, and the same in a terminal.

use std::process::Output;

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{ConnectOptions, PgPool};

use crate::{
    jobs::{Worker, job, status},
    test_app::{Answer, TestApp},
};

async fn detail(app: &TestApp, job: impl std::fmt::Display, query: &str) -> Value {
    let path = format!("/api/admin/jobs/{job}{query}");
    app.by(app.admin, Method::GET, &path).ok().await
}

/// The plan's word about two chunks: a hundred frames, ten seconds of work each.
fn probed() -> Value {
    let chunk = |index: u32| {
        json!({"kind": "encode", "spec": {}, "label": format!("chunk {index}"), "startMs": index * 12_000,
            "frames": 100, "expectedS": 10})
    };
    json!({"plan": {}, "followUps": [chunk(0), chunk(1)]})
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_jobs_tasks_are_shown_with_their_recorded_times_attempts_and_logs(db: PgPool) {
    let app = TestApp::start(db).await;
    let (_, id) = job(&app, &[("title", "Sintel")]).await;
    let (w1, w2) = (
        Worker {
            app: &app,
            name: "w1",
        },
        Worker {
            app: &app,
            name: "w2",
        },
    );
    let probe = w1.lease().await.unwrap();
    w1.tell(&probe, "complete", json!({"result": probed()}))
        .ok()
        .await;
    let lost = w1.lease().await.unwrap();
    let said: Vec<String> = (0..30).map(|line| format!("line {line}")).collect();
    let beat = json!({"percent": 40, "fps": 25, "stage": "encoding", "log": said});
    w1.tell(&lost, "heartbeat", beat).ok().await;
    let running = detail(&app, id, "").await;
    let task = &running["tasks"][1];
    assert_eq!(
        (
            &task["state"],
            &task["worker"],
            &task["percent"],
            &task["stage"],
            &task["label"]
        ),
        (
            &json!("leased"),
            &json!("w1"),
            &json!(40.0),
            &json!("encoding"),
            &json!("chunk 0")
        )
    );
    // Half of two chunks' work is not 40 %, but 20.
    assert!((running["job"]["percent"].as_f64().unwrap() - (2.0 + 86.0 * 0.2)).abs() < 0.11);
    app.advance(31);
    let again = w2.lease().await.unwrap();
    app.advance(7);
    w2.complete(&again).await;

    let shown = detail(&app, id, "?log=3").await;
    let task = &shown["tasks"][1];
    assert_eq!(
        (
            &task["state"],
            &task["attempt"],
            &task["losses"],
            &task["frames"],
            &task["durationMs"]
        ),
        (
            &json!("done"),
            &json!(2),
            &json!(1),
            &json!(100),
            &json!(7000)
        )
    );
    let ends = |field: &str| {
        let attempts = task["attempts"].as_array().unwrap().iter();
        attempts
            .map(|attempt| attempt[field].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ends("outcome"), ["lost", "done"]);
    assert_eq!(ends("worker"), ["w1", "w2"]);
    let log: Vec<&str> = task["log"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["line"].as_str().unwrap())
        .collect();
    assert_eq!(
        log,
        [
            "line 28",
            "line 29",
            "attempt 1 ended without a word: taken over"
        ]
    );
    assert_eq!(shown["tasks"][2]["state"], "waiting");
    assert_eq!(shown["tasks"][2]["log"], json!([]));

    let nobody = format!("/api/admin/jobs/{}", app.app.new_id());
    let path = format!("/api/admin/jobs/{id}");
    for (person, path, expect) in [
        (app.admin, &nobody, (404, "job_not_found")),
        (app.viewer, &path, (403, "admin_required")),
    ] {
        let (status, code) = app.by(person, Method::GET, path).problem().await;
        assert_eq!((status, code.as_str()), expect);
    }
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn the_cost_is_an_estimate_of_the_plan_first_and_of_recorded_times_in_the_end(db: PgPool) {
    let app = TestApp::start(db).await;
    let (content, id) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    // By default a task's second costs a processor and two gigabytes, as Fargate's.
    let second = (0.040_48 + 2.0 * 0.004_445) / 3600.0;
    let check = async |what: &str, spent_s: f64, expected_s: Option<f64>| {
        let cost = status(&app, content).await["job"]["cost"].clone();
        let near = |value: &Value, seconds: f64| {
            (value.as_f64().unwrap() - seconds * second).abs() < second / 1000.0
        };
        assert!(near(&cost["spent"], spent_s), "{what}: {cost}");
        match expected_s {
            Some(seconds) => assert!(near(&cost["expected"], seconds), "{what}: {cost}"),
            None => assert!(cost["expected"].is_null(), "{what}: {cost}"),
        }
    };
    check("queued", 0.0, None).await;
    let probe = worker.lease().await.unwrap();
    app.advance(2);
    let completion = json!({"result": probed()});
    worker.tell(&probe, "complete", completion).ok().await;
    check("planned", 2.0, Some(2.0 + 20.0 + 2.0)).await;
    let chunk = worker.lease().await.unwrap();
    app.advance(20);
    check("running", 22.0, Some(22.0 + 20.0 + 2.0)).await;
    worker.complete(&chunk).await;
    // It took twice what the plan expected, and so will the rest.
    check("half done", 22.0, Some(22.0 + 2.0 * 12.0)).await;
    while let Some(task) = worker.lease().await {
        app.advance(5);
        worker.complete(&task).await;
    }
    check("ready", 37.0, Some(37.0)).await;
    let detail = detail(&app, id, "").await;
    assert_eq!(detail["job"]["cost"]["currency"], "USD");
}

/// The real program on this test's database.
async fn origin(app: &TestApp, arguments: &[&str]) -> Output {
    tokio::process::Command::new(env!("CARGO_BIN_EXE_origin"))
        .args(arguments)
        .env(
            "DATABASE_URL",
            app.db.connect_options().to_url_lossy().as_str(),
        )
        .env("PRICE_CURRENCY", "EUR")
        .output()
        .await
        .expect("the program starts")
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_terminal_lists_watches_cancels_and_retries(db: PgPool) {
    let app = TestApp::start(db).await;
    // The program lives in the present, and so must we.
    let now: DateTime<Utc> = sqlx::query_scalar("SELECT now()")
        .fetch_one(&app.db)
        .await
        .unwrap();
    app.advance((now - app.app.clock.now()).num_seconds().unsigned_abs() + 60);
    let (content, id) = job(&app, &[("title", "Sintel")]).await;
    let id = id.to_string();
    let text = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let listed = text(&origin(&app, &["jobs"]).await);
    assert!(
        listed.contains(&id) && listed.contains("Sintel") && listed.contains("queued"),
        "{listed}"
    );
    let listed = origin(&app, &["jobs", "--json"]).await;
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(
        (
            &listed["items"][0]["id"],
            &listed["items"][0]["cost"]["currency"]
        ),
        (&json!(id), &json!("EUR"))
    );

    let cancelled = origin(&app, &["jobs", "cancel", &id, "--json"]).await;
    let cancelled: Value = serde_json::from_slice(&cancelled.stdout).expect("JSON");
    assert_eq!(cancelled["state"], "cancelled");
    let twice = origin(&app, &["jobs", "cancel", &id]).await;
    let said = String::from_utf8_lossy(&twice.stderr).into_owned();
    assert!(
        twice.status.code() == Some(1) && said.contains("already ended"),
        "{said}"
    );
    let watched = origin(&app, &["jobs", "watch", &id]).await;
    assert_eq!(watched.status.code(), Some(4));

    assert!(origin(&app, &["jobs", "retry", &id]).await.status.success());
    let words = ["jobs", "watch", &id, "--json"];
    let watching = origin(&app, &words);
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let (watched, kinds) = futures::join!(watching, worker.work());
    assert_eq!(kinds.last().map(String::as_str), Some("verify"));
    assert_eq!(watched.status.code(), Some(0));
    let last = text(&watched).lines().last().map(str::to_owned);
    let last: Value = serde_json::from_str(&last.expect("a line")).expect("JSON");
    assert_eq!(
        (&last["state"], &last["percent"]),
        (&json!("ready"), &json!(100.0))
    );
    assert_eq!(status(&app, content).await["status"], "ready");

    let shown = text(&origin(&app, &["jobs", "show", &id]).await);
    assert!(
        shown.contains("encode") && shown.contains("w1") && shown.contains("done"),
        "{shown}"
    );
    let help = text(&origin(&app, &["jobs", "--help"]).await);
    assert!(
        help.contains("Examples:") && help.contains("origin jobs watch ID"),
        "{help}"
    );
    let by_hand = "audit_log WHERE action IN ('job.cancel', 'job.retry') AND account_id IS NULL";
    assert_eq!(app.count(by_hand).await, 2);
}
