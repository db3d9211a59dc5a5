//! Masters on their way in: resumable uploads (tus 1.0.0), and `origin ingest`.

mod checksum;
pub mod cli;
mod complete;
mod error;
mod expire;
mod hash;
mod lock;
mod metadata;
mod receive;
mod sidecar;
mod sql;
mod staging;
mod tus;
mod upload;

use axum::{extract::DefaultBodyLimit, middleware};
pub use error::UploadError;
pub use expire::look as look_after_uploads;
pub use staging::Staging;
use tokio_util::sync::CancellationToken;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

/// The routes of this capability.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(upload::create, upload::options))
        .routes(routes!(
            upload::head,
            upload::patch,
            upload::terminate,
            upload::overridden
        ))
        .layer(middleware::from_fn(tus::speak))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(sidecar::deliver))
                .layer(DefaultBodyLimit::max(sidecar::MOST_BYTES)),
        )
}

/// Drops expired uploads, and completes those that lost their process.
pub fn spawn(app: &App, shutdown: &CancellationToken) {
    tokio::spawn(expire::run(app.clone(), shutdown.clone()));
}
