//! One id per request, in every log line, in the response and in PostgreSQL's log; one access log line, without
//! anything personal.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use shared::ids::RequestId;
use tracing::Instrument;

use super::millis;
use crate::{app::App, problem::Code};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of the request that this task serves, if it serves one.
pub fn current_id() -> Option<RequestId> {
    CURRENT.try_with(|id| *id).ok()
}

/// Gives the request its id (the caller's, when it is a UUID), then measures and logs it.
pub async fn identify(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(X_REQUEST_ID)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or_else(|| RequestId::from_uuid(app.new_id()));
    let method = request.method().clone();
    // The template, not the path: paths hold ids and would make a metric of each.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!("request", request.id = %id);
    let work = CURRENT.scope(id, async move {
        let started = Instant::now();
        let mut response = next.run(request).await;
        let elapsed = started.elapsed();
        let status = response.status().as_u16();
        let code = response
            .extensions()
            .get::<Code>()
            .map_or("", |code| code.0);
        app.metrics
            .request(method.as_str(), &route, status, elapsed);
        if matches!(route.as_str(), "/healthz" | "/readyz" | "/metrics") {
            tracing::debug!(%method, route, status, duration_ms = millis(elapsed), "probe");
        } else {
            tracing::info!(%method, route, status, code, duration_ms = millis(elapsed), "request");
        }
        let value = HeaderValue::try_from(id.to_string()).expect("a UUID is a header value");
        response.headers_mut().insert(X_REQUEST_ID, value);
        response
    });
    work.instrument(span).await
}
