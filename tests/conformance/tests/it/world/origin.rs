//! Origin's stand-in: it holds the edge to the service token, answers what a fact needs, remembers what it was asked, and
//! goes away when told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, Response, StatusCode},
};
use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::{Value, json};
use shared::token::{KeyRing, service};

use super::{
    CID, now_s,
    servers::HttpServer,
    viewer::{SERVICE_KEYS, key_set},
};

/// A request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

#[derive(Clone, Default)]
struct Memory {
    asked: Arc<Mutex<Vec<Asked>>>,
    answers: Arc<Mutex<HashMap<String, (u16, Value)>>>,
}

pub(crate) struct Origin {
    memory: Memory,
    server: HttpServer,
}

impl Origin {
    pub(crate) async fn start() -> Self {
        let memory = Memory::default();
        let origin = Self {
            server: HttpServer::start(memory.router()).await,
            memory,
        };
        origin.answer(
            "/.well-known/jwks.json",
            200,
            serde_json::to_value(key_set()).expect("JSON"),
        );
        origin.answer(&format!("/internal/titles/{CID}"), 200, Self::title());
        origin
    }

    /// The film's descriptor.
    pub(crate) fn title() -> Value {
        json!({"contentId": CID, "title": "The Film", "contentType": "movie", "status": "ready", "maturity": 12,
            "durationMs": 60_000, "version": 1, "keySeed": 1, "creditsStartMs": 50_000,
            "intro": {"start_ms": 5_000, "end_ms": 9_500}})
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port)
    }

    /// From now on that path (with its query) is answered so.
    pub(crate) fn answer(&self, path: &str, status: u16, body: Value) {
        self.memory
            .answers
            .lock()
            .expect("not poisoned")
            .insert(path.to_owned(), (status, body));
    }

    /// What arrived on paths that start so.
    pub(crate) fn asked(&self, prefix: &str) -> Vec<Asked> {
        let asked = self.memory.asked.lock().expect("not poisoned");
        asked
            .iter()
            .filter(|asked| asked.path.starts_with(prefix))
            .cloned()
            .collect()
    }

    /// Goes away.
    pub(crate) fn stop(&mut self) {
        self.server.stop();
    }
}

impl Memory {
    fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }
}

async fn answer(State(memory): State<Memory>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().expect("a path").to_string();
    let body = to_bytes(body, 64 << 20).await.unwrap_or_default();
    let asked = Asked {
        path: path.clone(),
        headers: head.headers,
        body,
    };
    let is_vouched = is_vouched(&asked.headers);
    memory
        .asked
        .lock()
        .expect("not poisoned")
        .push(asked.clone());
    let is_open = path == "/.well-known/jwks.json" || path.starts_with("/operator/");
    if !is_open && !is_vouched {
        return reply(
            401,
            &json!({"error": "No service token.", "code": "service_token", "requestId": ""}),
        );
    }
    if let Some((status, body)) = memory.answers.lock().expect("not poisoned").get(&path) {
        return reply(*status, body);
    }
    match (head.method, path.as_str()) {
        (Method::GET, "/api/events") => events(),
        (Method::POST, "/api/admin/uploads") => upload_place(&asked),
        (Method::PATCH, path) if path.starts_with("/api/admin/uploads/") => upload_part(&asked),
        (Method::POST, "/api/auth/login") => signed_in(),
        _ => reply(
            404,
            &json!({"error": "There is nothing here.", "code": "not_found", "requestId": ""}),
        ),
    }
}

fn is_vouched(headers: &HeaderMap) -> bool {
    let token = headers
        .get("x-service-authorization")
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let keys = KeyRing::parse(SERVICE_KEYS).expect("a ring");
    token.is_some_and(|token| service::verify(token, &keys, now_s()).is_ok())
}

fn reply(status: u16, body: &Value) -> Response<Body> {
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("connection", "keep-alive");
    response.body(Body::from(body.to_string())).expect("valid")
}

/// One event at once, then silence on an open stream.
fn events() -> Response<Body> {
    let first = futures::stream::once(async {
        Ok::<_, std::io::Error>(Bytes::from_static(b"event: catalogue\ndata: {}\n\n"))
    });
    let open = first.chain(futures::stream::pending());
    Response::builder()
        .header("content-type", "text/event-stream")
        .body(Body::from_stream(open))
        .expect("valid")
}

fn upload_place(asked: &Asked) -> Response<Body> {
    let host = asked
        .headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    Response::builder()
        .status(StatusCode::CREATED)
        .header("location", format!("http://{host}/api/admin/uploads/u1"))
        .header("tus-resumable", "1.0.0")
        .body(Body::empty())
        .expect("valid")
}

fn upload_part(asked: &Asked) -> Response<Body> {
    Response::builder()
        .status(StatusCode::NO_CONTENT)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", asked.body.len())
        .body(Body::empty())
        .expect("valid")
}

fn signed_in() -> Response<Body> {
    Response::builder()
        .header("content-type", "application/json")
        .header("set-cookie", "marquee_session=a; Path=/")
        .header("set-cookie", "marquee_refresh=b; Path=/api/auth")
        .body(Body::from("{}"))
        .expect("valid")
}
