//! Leases: one worker per task, and whoever has lost it is heard no more.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    jobs::{Worker, job, result, status},
    test_app::{Answer, TestApp},
};

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn forty_lessees_at_once_never_get_the_same_task(db: PgPool) {
    let app = TestApp::start(db).await;
    job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let probe = worker.lease().await.unwrap();
    worker.complete(&probe).await;
    let leases = futures::future::join_all((0..40).map(|_| worker.lease())).await;
    let ids: Vec<String> = leases
        .into_iter()
        .flatten()
        .map(|task| task["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 5, "every task is leased once");
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 5);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_silent_worker_loses_its_task_and_a_heartbeat_keeps_it(db: PgPool) {
    let app = TestApp::start(db).await;
    job(&app, &[("title", "Sintel")]).await;
    let (first, second) = (
        Worker {
            app: &app,
            name: "w1",
        },
        Worker {
            app: &app,
            name: "w2",
        },
    );
    let task = first.lease().await.unwrap();
    app.advance(29);
    assert_eq!(second.lease().await, None);
    let beat = json!({"percent": 40, "fps": 12.5, "stage": "probing", "log": ["one", "two\u{0}"]});
    assert_eq!(
        first.tell(&task, "heartbeat", beat).ok().await,
        json!({"cancel": false})
    );
    app.advance(29);
    assert_eq!(
        second.lease().await,
        None,
        "the heartbeat extended the lease"
    );
    app.advance(2);
    let taken = second.lease().await.unwrap();
    assert_eq!((&taken["id"], &taken["attempt"]), (&task["id"], &json!(2)));

    // Everything that the first worker says now is refused, and changes nothing.
    for (what, body) in [
        ("heartbeat", json!({})),
        ("complete", json!({"result": result(&task)})),
        (
            "fail",
            json!({"reasons": [{"code": "x", "problem": "x", "remedy": "x"}], "retryable": true}),
        ),
    ] {
        assert_eq!(
            first.tell(&task, what, body).problem().await,
            (409, "lease_lost".to_owned()),
            "{what}"
        );
    }
    assert_eq!(
        second
            .tell(&taken, "heartbeat", json!({"percent": 1}))
            .ok()
            .await,
        json!({"cancel": false})
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_completion_that_is_sent_again_is_accepted_and_advances_once(db: PgPool) {
    let app = TestApp::start(db).await;
    job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let probe = worker.lease().await.unwrap();
    worker.complete(&probe).await;
    worker.complete(&probe).await;
    assert_eq!(app.count("tasks").await, 6);
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_task_that_loses_ten_workers_in_a_row_is_dead_and_not_one_earlier(db: PgPool) {
    let app = TestApp::start(db).await;
    let (content, _) = job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    for _ in 0..10 {
        worker.lease().await.unwrap();
        app.advance(31);
    }
    assert_eq!(worker.lease().await, None);
    let job = &status(&app, content).await["job"];
    assert_eq!(
        (&job["attempts"], &job["reasons"][0]["code"]),
        (&json!(10), &json!("worker_lost"))
    );
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_probe_result_that_cannot_be_used_is_refused_and_the_task_stays_leased(db: PgPool) {
    let app = TestApp::start(db).await;
    job(&app, &[("title", "Sintel")]).await;
    let worker = Worker {
        app: &app,
        name: "w1",
    };
    let task = worker.lease().await.unwrap();
    for result in [
        json!({}),
        json!({"plan": {}, "followUps": []}),
        json!({"plan": {}, "followUps": [{"kind": "verify", "spec": {}}]}),
    ] {
        assert_eq!(
            worker
                .tell(&task, "complete", json!({"result": result}))
                .problem()
                .await,
            (422, "invalid_result".to_owned())
        );
    }
    worker.complete(&task).await;
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn a_waiting_worker_is_woken_by_a_new_job(db: PgPool) {
    let app = TestApp::start(db).await;
    origin::jobs::spawn(&app.app, &app.app.shutdown);
    let waiting = app
        .service(Method::POST, "/internal/tasks/lease")
        .json(&json!({"workerId": "w", "waitS": 20}));
    let (task, _) = futures::join!(waiting.ok(), job(&app, &[("title", "Sintel")]));
    assert_eq!(task["kind"], "probe");
}
