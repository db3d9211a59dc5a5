//! The object store: published files behind a Bearer token, with ranges, counted.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{Method, Response, StatusCode, header},
};
use bytes::Bytes;

use super::servers::HttpServer;

pub(crate) const TOKEN: &str = "objects-token";
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/";

#[derive(Clone)]
struct Store {
    objects: Arc<HashMap<String, Bytes>>,
    reads: Arc<Mutex<Vec<String>>>,
}

pub(crate) struct Objects {
    store: Store,
    server: HttpServer,
}

impl Objects {
    pub(crate) async fn start(objects: &[(String, Bytes)]) -> Self {
        let store = Store {
            objects: Arc::new(objects.iter().cloned().collect()),
            reads: Arc::default(),
        };
        let server =
            HttpServer::start(Router::new().fallback(answer).with_state(store.clone())).await;
        Self { store, server }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port)
    }

    /// How often an object was read.
    pub(crate) fn reads(&self, ending: &str) -> usize {
        self.store
            .reads
            .lock()
            .expect("not poisoned")
            .iter()
            .filter(|path| path.ends_with(ending))
            .count()
    }

    /// Goes away.
    pub(crate) fn stop(&mut self) {
        self.server.stop();
    }
}

async fn answer(State(store): State<Store>, request: Request) -> Response<Body> {
    let refuse = |status| {
        Response::builder()
            .status(status)
            .body(Body::empty())
            .expect("valid")
    };
    let authorization = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let is_signed =
        authorization.is_some_and(|value| value.starts_with(SIGNED)) && is_dated(&request);
    if !is_signed && authorization != Some(&format!("Bearer {TOKEN}")) {
        return refuse(StatusCode::UNAUTHORIZED);
    }
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let found = store.objects.get(&path).cloned();
    store.reads.lock().expect("not poisoned").push(path);
    let Some(bytes) = found else {
        return refuse(StatusCode::NOT_FOUND);
    };
    let range = request
        .headers()
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let answer = Response::builder()
        .header(header::ETAG, "\"v1\"")
        .header(header::ACCEPT_RANGES, "bytes")
        .header("x-amz-request-id", "internal")
        // Headers of one connection, which must not reach the player.
        .header("keep-alive", "timeout=5");
    let (answer, bytes) = match range.and_then(|range| slice(range, bytes.len())) {
        Some(Ok((first, last))) => (
            answer.status(StatusCode::PARTIAL_CONTENT).header(
                header::CONTENT_RANGE,
                format!("bytes {first}-{last}/{}", bytes.len()),
            ),
            bytes.slice(first..=last),
        ),
        Some(Err(())) => {
            let total = format!("bytes */{}", bytes.len());
            (
                answer
                    .status(StatusCode::RANGE_NOT_SATISFIABLE)
                    .header(header::CONTENT_RANGE, total),
                Bytes::new(),
            )
        }
        None => (answer, bytes),
    };
    let answer = answer.header(header::CONTENT_LENGTH, bytes.len());
    let body = if request.method() == Method::HEAD {
        Body::empty()
    } else {
        Body::from(bytes)
    };
    answer.body(body).expect("valid")
}

/// What Signature Version 4 adds; the signature itself is held against AWS's published example elsewhere.
fn is_dated(request: &Request) -> bool {
    request.headers().contains_key("x-amz-date")
        && request.headers().contains_key("x-amz-content-sha256")
}

/// `bytes=first-last`, both given or the last left out.
fn slice(range: &str, length: usize) -> Option<Result<(usize, usize), ()>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let first = first.parse::<usize>().ok()?;
    let last = last.parse::<usize>().unwrap_or(length - 1).min(length - 1);
    Some(if first >= length {
        Err(())
    } else {
        Ok((first, last))
    })
}
