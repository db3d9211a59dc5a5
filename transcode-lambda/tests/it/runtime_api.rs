//! The four endpoints of the Lambda Runtime API.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;
use tokio::sync::{Notify, mpsc};

/// An invocation: its event and how long it may take.
type Invocation = (Value, Duration);

pub(crate) struct RuntimeApi {
    pub(crate) address: String,
    invocations: mpsc::UnboundedSender<Invocation>,
    answers: Mutex<mpsc::UnboundedReceiver<Result<Value, Value>>>,
    answered: Notify,
}

#[derive(Clone)]
struct Desk {
    queue: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>>,
    answers: mpsc::UnboundedSender<Result<Value, Value>>,
    api: Arc<RuntimeApi>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (invocations, queue) = mpsc::unbounded_channel();
        let (answers, answered) = mpsc::unbounded_channel();
        let api = Arc::new(Self {
            address: listener.local_addr().unwrap().to_string(),
            invocations,
            answers: Mutex::new(answered),
            answered: Notify::new(),
        });
        let desk = Desk {
            queue: Arc::new(tokio::sync::Mutex::new(queue)),
            answers,
            api: api.clone(),
        };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(response),
            )
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(desk);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        api
    }

    /// Invokes the function and waits for what it answers.
    pub(crate) async fn invoke(&self, event: Value, limit: Duration) -> Result<Value, Value> {
        self.invocations.send((event, limit)).unwrap();
        let wait = async {
            loop {
                let answered = self.answered.notified();
                let answer = self.answers.lock().unwrap().try_recv();
                match answer {
                    Ok(answer) => return answer,
                    Err(_) => answered.await,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(120), wait)
            .await
            .expect("the function answers")
    }
}

async fn next(State(desk): State<Desk>) -> Response {
    let Some((event, limit)) = desk.queue.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = SystemTime::UNIX_EPOCH.elapsed().unwrap() + limit;
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (
            "lambda-runtime-aws-request-id",
            "00000000-0000-0000-0000-00000000000a".to_owned(),
        ),
        (
            "lambda-runtime-deadline-ms",
            deadline.as_millis().to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:1:function:transcode".to_owned(),
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-0-0;Parent=0;Sampled=0".to_owned(),
        ),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    (headers, Json(event)).into_response()
}

// The runtime sends JSON without saying so in a header.
async fn response(State(desk): State<Desk>, Path(_): Path<String>, body: Bytes) -> StatusCode {
    answer(&desk, Ok(serde_json::from_slice(&body).unwrap()))
}

async fn error(State(desk): State<Desk>, Path(_): Path<String>, body: Bytes) -> StatusCode {
    answer(&desk, Err(serde_json::from_slice(&body).unwrap()))
}

async fn init_error(State(desk): State<Desk>, body: Bytes) -> StatusCode {
    answer(&desk, Err(serde_json::from_slice(&body).unwrap()))
}

fn answer(desk: &Desk, answer: Result<Value, Value>) -> StatusCode {
    desk.answers.send(answer).unwrap();
    desk.api.answered.notify_waiters();
    StatusCode::ACCEPTED
}
