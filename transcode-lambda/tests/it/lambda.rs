//! The real Lambda binary against the Runtime API.

use std::{process::Stdio, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::{
    films,
    origin::{Origin, Standing, message},
    runtime_api::RuntimeApi,
    studio::{MASTER, Studio},
    worker::settings,
};

fn function(studio: &Studio, origin: &Origin, api: &RuntimeApi) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transcode-lambda"));
    settings(&mut command, studio, origin);
    command
        .env("AWS_LAMBDA_RUNTIME_API", &api.address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "transcode")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "10240")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "g")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "s")
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A task as the queue delivers it: leased to whoever gets the message.
fn leased(origin: &Origin, kind: &str, spec: Value) -> (uuid::Uuid, String) {
    let id = origin.insert(kind, spec);
    let mut books = origin.books.lock().unwrap();
    let row = books.tasks.iter_mut().find(|row| row.id == id).unwrap();
    row.attempt = 1;
    row.standing = Standing::Leased(std::time::Instant::now() + Duration::from_secs(60));
    (id, message(row).to_string())
}

fn batch(bodies: &[&str]) -> Value {
    let record =
        |(place, body): (usize, &&str)| json!({"messageId": format!("m{place}"), "body": body});
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}

fn standing(origin: &Arc<Origin>, id: uuid::Uuid) -> Standing {
    let books = origin.books.lock().unwrap();
    books
        .tasks
        .iter()
        .find(|row| row.id == id)
        .unwrap()
        .standing
        .clone()
}

#[tokio::test]
async fn a_batch_is_reported_to_origin_and_only_what_is_no_task_returns_to_the_queue() {
    let studio = Studio::open().await;
    studio.film(films::SMALL);
    let (origin, api) = (
        Origin::start(Duration::from_secs(30)).await,
        RuntimeApi::start().await,
    );
    let _function = function(&studio, &origin, &api);
    let (good, good_body) = leased(&origin, "probe", json!({"masterKey": MASTER}));
    let (missing, missing_body) = leased(&origin, "probe", json!({"masterKey": "masters/none"}));
    let (old, old_body) = leased(&origin, "probe", json!({"masterKey": MASTER}));
    origin.books.lock().unwrap().tasks[2].attempt = 2; // somebody else has it by now
    let event = batch(&[&good_body, "no task", &missing_body, &old_body]);
    let answer = api.invoke(event, Duration::from_secs(300)).await.unwrap();
    assert_eq!(
        answer,
        json!({"batchItemFailures": [{"itemIdentifier": "m1"}]})
    );
    assert_eq!(standing(&origin, good), Standing::Done);
    assert_eq!(standing(&origin, missing), Standing::Dead);
    assert!(matches!(standing(&origin, old), Standing::Leased(_)));
}

#[tokio::test]
async fn a_task_that_would_outlast_the_invocation_is_stopped_and_handed_back() {
    let studio = Studio::open().await;
    studio.film(films::SLOW);
    let (origin, api) = (
        Origin::start(Duration::from_secs(30)).await,
        RuntimeApi::start().await,
    );
    let _function = function(&studio, &origin, &api);
    let (probe, body) = leased(&origin, "probe", json!({"masterKey": MASTER}));
    api.invoke(batch(&[&body]), Duration::from_secs(300))
        .await
        .unwrap();
    let probed = {
        let books = origin.books.lock().unwrap();
        books
            .tasks
            .iter()
            .find(|row| row.id == probe)
            .unwrap()
            .result
            .clone()
    };
    let follow_ups = probed["followUps"].as_array().unwrap();
    let encode = follow_ups.iter().find(|up| up["kind"] == "encode").unwrap();
    let (id, body) = leased(&origin, "encode", encode["spec"].clone());
    // 20 s are kept in reserve: half a second is left for the encoder.
    let answer = api
        .invoke(batch(&[&body]), Duration::from_millis(20_500))
        .await
        .unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert_eq!(standing(&origin, id), Standing::Waiting);
    let books = origin.books.lock().unwrap();
    let row = books.tasks.iter().find(|row| row.id == id).unwrap();
    assert_eq!(row.reasons[0]["code"], "deadline");
}
