//! Every route, and everything that stands between a socket and a handler, on one screen.

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    accounts,
    app::App,
    catalogue, events, health, idempotency, ingest, jobs, keys, metrics, openapi,
    problem::{problem, retry_after},
    profiles, progress, qoe, request,
};

/// Answered within the request limit, with small bodies.
fn bounded() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(accounts::router())
        .merge(profiles::router())
        .merge(catalogue::router())
        .merge(progress::router())
        .merge(qoe::router())
}

/// Uploads, long polls and event streams: each sets its own limits.
fn unbounded() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(ingest::router())
        .merge(jobs::router())
        .merge(events::router())
}

/// The OpenAPI document of all routes.
pub fn document() -> utoipa::openapi::OpenApi {
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .merge(keys::router())
        .merge(bounded())
        .merge(unbounded())
        .into_openapi()
}

/// The whole service.
pub fn build(app: App) -> Router {
    let limits = &app.config.limits;
    let in_flight = Arc::new(Semaphore::new(limits.concurrent_requests));
    let bounded = Router::from(bounded())
        .layer(middleware::from_fn_with_state(app.clone(), time_out))
        .layer(middleware::from_fn_with_state(in_flight, shed_load))
        .layer(DefaultBodyLimit::max(limits.body_bytes));
    let private = bounded
        .merge(Router::from(unbounded()))
        .route("/api/openapi.json", get(openapi::serve))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(
            app.clone(),
            idempotency::replay,
        ))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            request::require_same_origin,
        ))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            request::require_service,
        ));
    let public = Router::from(keys::router())
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::render));
    public
        .merge(private)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            request::identify,
        ))
        .with_state(app)
}

async fn nothing_here() -> Response {
    problem(
        StatusCode::NOT_FOUND,
        "not_found",
        "There is nothing at this address.",
    )
}

async fn wrong_method() -> Response {
    problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This address doesn't answer to that method.",
    )
}

/// One request more than this process can hold is told so at once, instead of waiting in a line nobody sees.
async fn shed_load(
    State(in_flight): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    match in_flight.try_acquire() {
        Ok(_permit) => next.run(request).await,
        Err(_) => retry_after(
            1,
            problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "overloaded",
                "Too many requests at once. Try again in a second.",
            ),
        ),
    }
}

async fn time_out(State(app): State<App>, request: Request, next: Next) -> Response {
    tokio::time::timeout(app.config.limits.request, next.run(request))
        .await
        .unwrap_or_else(|_| {
            retry_after(
                1,
                problem(
                    StatusCode::GATEWAY_TIMEOUT,
                    "timeout",
                    "This took too long and was given up.",
                ),
            )
        })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature is tower-http's"
)]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = message, "handler panicked");
    problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "Something went wrong on our side.",
    )
}
