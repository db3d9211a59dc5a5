//! What surrounds every request: its id, who asks, on whose behalf, from which page.

mod extract;
mod identify;
mod same_origin;
mod service;
mod viewer;

use std::time::Duration;

pub use extract::{Json, Path, Query};
pub use identify::{current_id, identify};
pub use same_origin::require_same_origin;
pub use service::{Service, require_service};
pub use viewer::{Admin, Credential, Viewer, cookie};

/// The address that the edge saw, for rate limits only. Never logged.
pub fn client_address(headers: &http::HeaderMap) -> String {
    // The first entry is the client's, as the edge writes it; the service token vouches for the edge.
    headers
        .get("x-forwarded-for")
        .and_then(|value| value.to_str().ok())
        .and_then(|list| list.split(',').next())
        .map_or_else(|| "unknown".to_owned(), |address| address.trim().to_owned())
}

/// Milliseconds as a float, for logs.
fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
