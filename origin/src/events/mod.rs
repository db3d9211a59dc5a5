//! Live events for open screens: a new position of the same profile elsewhere, a change of the catalogue.

mod hub;
mod stream;

pub use hub::Hub;
use tokio_util::sync::CancellationToken;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

/// The routes of this capability.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(stream::events))
}

/// Subscribes before the first screen asks, so that it misses nothing.
pub fn spawn(app: &App, _shutdown: &CancellationToken) {
    app.events.ensure_subscribed(app);
}
