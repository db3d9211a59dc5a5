//! Quality of experience: what players measured, kept for those who look after the platform.

mod drain;
mod sql;

pub use drain::now as drain;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// No routes yet: the edge takes telemetry, and operators read the tables.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}

/// Drains Valkey's telemetry stream into PostgreSQL.
pub fn spawn(app: &App, shutdown: &CancellationToken) {
    tokio::spawn(drain::run(app.clone(), shutdown.clone()));
}
