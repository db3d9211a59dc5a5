//! Announcing tasks to functions. The message queue is a third party's: imitated over HTTP.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Json, Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::test_app::TestApp;

/// As much of SQS as origin uses.
#[derive(Clone, Default)]
struct Queue {
    messages: Arc<Mutex<Vec<Value>>>,
    heads: Arc<Mutex<Vec<HeaderMap>>>,
    came: Arc<Notify>,
}

impl Queue {
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("the listener has an address");
        let service = Router::new()
            .route("/", post(send_message_batch))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, service).await });
        format!("http://{address}")
    }

    /// The tasks that were announced, once there are so many.
    async fn until(&self, count: usize) -> Vec<String> {
        let wait = async {
            loop {
                let came = self.came.notified();
                let messages = self.messages.lock().expect("unpoisoned").clone();
                if messages.len() >= count {
                    let task =
                        |message: &Value| message["taskId"].as_str().unwrap_or("?").to_owned();
                    return messages.iter().map(task).collect();
                }
                came.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait)
            .await
            .expect("the tasks are announced")
    }
}

/// Takes all but the first message that ever comes.
async fn send_message_batch(
    State(queue): State<Queue>,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Value> {
    let body: Value = serde_json::from_slice(&body).expect("a batch is JSON");
    let mut heads = queue.heads.lock().expect("unpoisoned");
    let is_first = heads.is_empty();
    heads.push(headers);
    assert!(
        body["QueueUrl"]
            .as_str()
            .is_some_and(|url| url.ends_with("/123456789012/tasks"))
    );
    let entries = body["Entries"].as_array().expect("a list");
    assert!((1..=10).contains(&entries.len()));
    let (refused, taken) = entries.split_at(usize::from(is_first));
    let mut messages = queue.messages.lock().expect("unpoisoned");
    for entry in taken {
        let text = entry["MessageBody"].as_str().expect("a text");
        messages.push(serde_json::from_str(text).expect("a ticket is JSON"));
    }
    queue.came.notify_waiters();
    let ids = |entries: &[Value]| {
        entries
            .iter()
            .map(|entry| json!({"Id": entry["Id"]}))
            .collect::<Vec<_>>()
    };
    Json(json!({"Successful": ids(taken), "Failed": ids(refused)}))
}

#[sqlx::test(migrator = "origin::MIGRATOR")]
async fn what_may_begin_is_announced_most_urgent_first_and_only_so_much_at_a_time(db: PgPool) {
    let queue = Queue::default();
    let app = TestApp::with_bucket(db, queue.start().await).await;
    let content = app.insert_title("Sintel").await;
    let job = app.app.new_id();
    sqlx::query(
        "INSERT INTO jobs (job_id, content_id, version, master_key, filename, auto_publish, state, created_at, stage_at)
         VALUES ($1, $2, 1, 'masters/x', 'x.mov', true, 'encoding', $3, $3)")
        .bind(job).bind(content.as_uuid()).bind(app.app.clock.now()).execute(&app.db).await.unwrap();
    // What no function is to do: the most urgent, and never announced.
    sqlx::query(
        "INSERT INTO tasks (task_id, job_id, kind, ordinal, priority, due_at, spec, not_before, created_at)
         VALUES ($1, $2, 'package', 0, 0, $3, '{}', $3, $3)")
        .bind(app.app.new_id()).bind(job).bind(app.app.clock.now()).execute(&app.db).await.unwrap();
    // Five chunks, the last in the film inserted first; and one that backs off.
    let mut chunks = Vec::new();
    for place in (0..6_i32).rev() {
        let id = app.app.new_id();
        sqlx::query(
            "INSERT INTO tasks (task_id, job_id, kind, ordinal, priority, due_at, spec, not_before, created_at)
             VALUES ($1, $2, 'encode', $3, 6, $4::timestamptz + make_interval(mins => $3), '{}',
                     $4::timestamptz + make_interval(hours => ($3 = 5)::integer), $4)")
            .bind(id).bind(job).bind(place).bind(app.app.clock.now()).execute(&app.db).await.unwrap();
        chunks.insert(0, id.to_string());
    }
    let mut earliest = chunks[..3].to_vec();
    earliest.sort();
    origin::jobs::spawn(&app.app, &app.app.shutdown);

    // Three at a time; the one that was refused comes again with the next look.
    let mut first = queue.until(3).await;
    first.sort();
    assert_eq!(
        first, earliest,
        "the beginning of the film, in whatever order"
    );
    let head = queue.heads.lock().unwrap()[0].clone();
    let header = |name: &str| head[name].to_str().unwrap().to_owned();
    assert_eq!(header("x-amz-target"), "AmazonSQS.SendMessageBatch");
    assert!(header("authorization").contains("/us-east-1/sqs/aws4_request"));

    // A task that is leased makes room for the next.
    let path = format!("/internal/tasks/{}/lease", chunks[0]);
    let lease = app.service(reqwest::Method::POST, &path);
    let leased = lease
        .json(&json!({"workerId": "function"}))
        .send()
        .await
        .unwrap();
    assert_eq!(leased.status(), 200);
    assert_eq!(queue.until(4).await[3], chunks[3]);
    // A ticket that nobody used is taken for lost, and a task that nobody heard of for ended.
    app.advance(301);
    let mut again = queue.until(7).await[4..7].to_vec();
    again.sort();
    assert_eq!(again, earliest);
}
