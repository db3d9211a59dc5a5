//! `DELETE /api/stream/session`, and its `POST …/stop` for `sendBeacon`: the place is free at once.

use edge::{Call, Failure, Reply, permit, settings};
use http::StatusCode;

use crate::{leases, token};

/// Ends playback.
pub(crate) async fn stop(call: &Call) -> Result<Reply, Failure> {
    let claims = permit::require_any(call).await?;
    leases::release(claims.acc, claims.lid).await;
    Ok(token::forget(
        Reply::empty(StatusCode::NO_CONTENT),
        claims.cid,
        settings::is_https().await?,
    ))
}
