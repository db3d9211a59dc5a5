//! Where every profile stands in every title: PostgreSQL's copy of what Valkey holds hot.

mod consumer;
mod drain;
mod error;
mod sql;
mod watch;

pub(crate) use consumer::{Consumer, Entry, drain_now, run};
pub use drain::now as drain;
pub use error::ProgressError;
use tokio_util::sync::CancellationToken;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

/// The routes of this capability.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(watch::positions, watch::write))
        .routes(routes!(watch::position))
        .routes(routes!(watch::continuing))
}

/// Drains Valkey's streams into PostgreSQL.
pub fn spawn(app: &App, shutdown: &CancellationToken) {
    tokio::spawn(drain::run(app.clone(), shutdown.clone()));
}
