//! An origin that keeps the task protocol: leases with an end, fencing by attempt, jobs that move on by their results.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use shared::token::{KeyRing, service};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::studio::{MASTER, target};

pub(crate) const SERVICE_KEYS: &str =
    "test:3333333333333333333333333333333333333333333333333333333333333333";

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Standing {
    Waiting,
    Leased(Instant),
    Done,
    Dead,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) spec: Value,
    pub(crate) attempt: u64,
    pub(crate) standing: Standing,
    pub(crate) result: Value,
    pub(crate) reasons: Value,
    pub(crate) worker: String,
    /// How often it was handed back.
    pub(crate) released: usize,
}

#[derive(Default)]
pub(crate) struct Books {
    pub(crate) tasks: Vec<Row>,
    pub(crate) beats: Vec<Value>,
    pub(crate) cancelled: bool,
    /// How many of the next requests are answered with 503.
    pub(crate) broken: usize,
}

pub(crate) struct Origin {
    pub(crate) url: String,
    pub(crate) books: Mutex<Books>,
    changed: Notify,
    lease: Duration,
    keys: KeyRing,
}

impl Origin {
    /// An origin whose leases last that long without a heartbeat.
    pub(crate) async fn start(lease: Duration) -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Arc::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            books: Mutex::default(),
            changed: Notify::new(),
            lease,
            keys: KeyRing::parse(SERVICE_KEYS).unwrap(),
        });
        let router = Router::new()
            .route("/internal/tasks/lease", post(lease_task))
            .route("/internal/tasks/{id}/lease", post(lease_one))
            .route("/internal/tasks/{id}/release", post(release))
            .route("/internal/tasks/{id}/heartbeat", post(heartbeat))
            .route("/internal/tasks/{id}/complete", post(complete))
            .route("/internal/tasks/{id}/fail", post(fail))
            .with_state(origin.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        origin
    }

    pub(crate) fn insert(&self, kind: &str, spec: Value) -> Uuid {
        let mut books = self.books.lock().unwrap();
        let id = Uuid::from_u128(1000 + books.tasks.len() as u128);
        books.tasks.push(Row {
            id,
            kind: kind.to_owned(),
            spec,
            attempt: 0,
            standing: Standing::Waiting,
            result: Value::Null,
            reasons: Value::Null,
            worker: String::new(),
            released: 0,
        });
        id
    }

    pub(crate) fn start_job(&self) {
        self.insert(
            "probe",
            json!({"masterKey": MASTER, "filename": "film.mp4"}),
        );
    }

    /// Waits until the books show something.
    pub(crate) async fn until<T>(&self, mut shown: impl FnMut(&Books) -> Option<T>) -> T {
        let wait = async {
            loop {
                let changed = self.changed.notified();
                if let Some(found) = shown(&self.books.lock().unwrap()) {
                    return found;
                }
                changed.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(180), wait)
            .await
            .expect("what the test waits for happens")
    }

    pub(crate) async fn until_kind_is(&self, kind: &str, standing: fn(&Standing) -> bool) -> Row {
        self.until(|books| {
            let mut rows = books.tasks.iter();
            rows.find(|row| row.kind == kind && standing(&row.standing))
                .cloned()
        })
        .await
    }

    /// As origin does: what follows a probe, then the package, then the verification.
    fn advance(books: &mut Books, place: usize) -> Vec<(String, Value)> {
        let row = &books.tasks[place];
        let all_done = books.tasks.iter().all(|row| row.standing == Standing::Done);
        match row.kind.as_str() {
            "probe" => {
                let follow_ups = row.result["followUps"].as_array().unwrap().iter();
                let task =
                    |up: &Value| (up["kind"].as_str().unwrap().to_owned(), up["spec"].clone());
                follow_ups.map(task).collect()
            }
            "package" => vec![("verify".to_owned(), json!({}))],
            "verify" => Vec::new(),
            _ if all_done => {
                let probed = books.tasks.iter().find(|row| row.kind == "probe");
                let Some(probed) = probed else {
                    return Vec::new();
                };
                let outputs = books.tasks.iter().filter(|row| row.kind != "probe");
                let outputs: Vec<_> = outputs.map(|row| row.result.clone()).collect();
                vec![(
                    "package".to_owned(),
                    json!({"plan": probed.result["plan"], "outputs": outputs}),
                )]
            }
            _ => Vec::new(),
        }
    }

    fn admits(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        let mut books = self.books.lock().unwrap();
        if books.broken > 0 {
            books.broken -= 1;
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        let now_s = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let token = headers
            .get("x-service-authorization")
            .and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.strip_prefix("Bearer "));
        match token.map(|token| service::verify(token, &self.keys, now_s)) {
            Some(Ok(claims)) if claims.iss == service::Issuer::Worker => Ok(()),
            _ => Err(StatusCode::UNAUTHORIZED),
        }
    }

    /// The row, when the caller still holds its lease.
    fn held(books: &mut Books, id: Uuid, body: &Value) -> Result<usize, StatusCode> {
        let place = books.tasks.iter().position(|row| row.id == id);
        let place = place.ok_or(StatusCode::NOT_FOUND)?;
        let row = &books.tasks[place];
        let current = body["attempt"].as_u64() == Some(row.attempt);
        match row.standing {
            Standing::Leased(_) if current => Ok(place),
            _ => Err(StatusCode::CONFLICT),
        }
    }
}

async fn lease_task(
    State(origin): State<Arc<Origin>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, StatusCode> {
    origin.admits(&headers)?;
    let wait = Duration::from_secs(body["waitS"].as_u64().unwrap_or(0));
    let deadline = tokio::time::Instant::now() + wait;
    loop {
        let changed = origin.changed.notified();
        if let Some(task) = find_task(&origin, &body) {
            origin.changed.notify_waiters();
            return Ok(Json(task).into_response());
        }
        let next_look = tokio::time::Instant::now() + Duration::from_millis(200);
        tokio::select! {
            () = changed => {}
            () = tokio::time::sleep_until(deadline.min(next_look)) => {}
        }
        if tokio::time::Instant::now() >= deadline {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    }
}

fn find_task(origin: &Origin, body: &Value) -> Option<Value> {
    let mut books = origin.books.lock().unwrap();
    let kinds = body["kinds"].as_array().unwrap().clone();
    let row = books.tasks.iter_mut().find(|row| {
        let free = match row.standing {
            Standing::Waiting => true,
            Standing::Leased(until) => until < Instant::now(),
            Standing::Done | Standing::Dead => false,
        };
        free && kinds.contains(&json!(row.kind))
    })?;
    Some(lease(origin, row, body))
}

fn lease(origin: &Origin, row: &mut Row, body: &Value) -> Value {
    row.attempt += 1;
    row.standing = Standing::Leased(Instant::now() + origin.lease);
    body["workerId"]
        .as_str()
        .unwrap()
        .clone_into(&mut row.worker);
    message(origin, row)
}

async fn lease_one(
    State(origin): State<Arc<Origin>>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, StatusCode> {
    origin.admits(&headers)?;
    let mut books = origin.books.lock().unwrap();
    let row = books.tasks.iter_mut().find(|row| row.id == id);
    let row = row.ok_or(StatusCode::NOT_FOUND)?;
    if row.standing != Standing::Waiting {
        return Err(StatusCode::CONFLICT);
    }
    let task = lease(&origin, row, &body);
    origin.changed.notify_waiters();
    Ok(Json(task).into_response())
}

async fn release(
    State(origin): State<Arc<Origin>>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(mut body): Json<Value>,
) -> Result<StatusCode, StatusCode> {
    origin.admits(&headers)?;
    let mut books = origin.books.lock().unwrap();
    let place = Origin::held(&mut books, id, &body)?;
    let row = &mut books.tasks[place];
    row.standing = Standing::Waiting;
    row.released += 1;
    row.reasons = body["reasons"].take();
    origin.changed.notify_waiters();
    Ok(StatusCode::NO_CONTENT)
}

/// A task as a lease hands it over.
fn message(origin: &Origin, row: &Row) -> Value {
    json!({
        "id": row.id, "jobId": target().job, "contentId": target().content, "version": target().version,
        "attempt": row.attempt, "leaseS": origin.lease.as_secs(), "kind": row.kind, "spec": row.spec
    })
}

async fn heartbeat(
    State(origin): State<Arc<Origin>>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, StatusCode> {
    origin.admits(&headers)?;
    let mut books = origin.books.lock().unwrap();
    let place = Origin::held(&mut books, id, &body)?;
    books.tasks[place].standing = Standing::Leased(Instant::now() + origin.lease);
    books.beats.push(body);
    let cancel = books.cancelled;
    origin.changed.notify_waiters();
    Ok(Json(json!({"cancel": cancel})).into_response())
}

async fn complete(
    State(origin): State<Arc<Origin>>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(mut body): Json<Value>,
) -> Result<StatusCode, StatusCode> {
    origin.admits(&headers)?;
    let next = {
        let mut books = origin.books.lock().unwrap();
        let place = Origin::held(&mut books, id, &body)?;
        books.tasks[place].standing = Standing::Done;
        books.tasks[place].result = body["result"].take();
        Origin::advance(&mut books, place)
    };
    for (kind, spec) in next {
        origin.insert(&kind, spec);
    }
    origin.changed.notify_waiters();
    Ok(StatusCode::NO_CONTENT)
}

async fn fail(
    State(origin): State<Arc<Origin>>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(mut body): Json<Value>,
) -> Result<StatusCode, StatusCode> {
    origin.admits(&headers)?;
    let mut books = origin.books.lock().unwrap();
    let place = Origin::held(&mut books, id, &body)?;
    let row = &mut books.tasks[place];
    let again = body["retryable"] == json!(true) && row.attempt < 3;
    row.standing = if again {
        Standing::Waiting
    } else {
        Standing::Dead
    };
    row.reasons = body["reasons"].take();
    origin.changed.notify_waiters();
    Ok(StatusCode::NO_CONTENT)
}
