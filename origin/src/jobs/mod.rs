//! The work that makes a master playable: jobs and their tasks, rows with leases in PostgreSQL. Origin is the state
//! machine, workers are the hands; what a task's spec and result say is between the tasks, opaque here.

mod advance;
mod announce;
pub mod cli;
mod complete;
mod control;
mod copy;
mod cost;
mod create;
mod detail;
mod error;
mod fail;
mod heartbeat;
mod lease;
mod log;
mod publish;
mod queue;
mod release;
mod sql;
mod state;
mod status;
mod view;
mod wake;
mod work;

use std::time::Duration;

pub use announce::QueueConfig;
use axum::extract::DefaultBodyLimit;
pub use cost::Prices;
pub(crate) use create::{Master, create};
pub use error::JobsError;
pub use state::{JobState, TaskKind};
use tokio_util::sync::CancellationToken;
use utoipa_axum::{router::OpenApiRouter, routes};
pub(crate) use view::{JobView, find as find_view};
pub use wake::Wake;
pub(crate) use work::remove_old as remove_old_work;

use crate::app::App;

/// A film's plan with all its chunks.
const RESULT_MAX_BYTES: usize = 32 << 20;

/// The routes of this capability.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(lease::lease))
        .routes(routes!(lease::lease_one))
        .routes(routes!(heartbeat::heartbeat))
        .routes(routes!(complete::complete))
        .routes(routes!(fail::fail))
        .routes(routes!(release::release))
        .routes(routes!(status::status))
        .routes(routes!(publish::publish_version))
        .routes(routes!(control::list))
        .routes(routes!(detail::detail))
        .routes(routes!(control::retry))
        .routes(routes!(control::cancel))
        .layer(DefaultBodyLimit::max(RESULT_MAX_BYTES))
}

/// Listens for new tasks, announces them where functions do them, and buries dead ones even when no worker asks.
pub fn spawn(app: &App, shutdown: &CancellationToken) {
    tokio::spawn(wake::listen(app.clone(), shutdown.clone()));
    tokio::spawn(bury(app.clone(), shutdown.clone()));
    announce::spawn(app, shutdown);
}

async fn bury(app: App, shutdown: CancellationToken) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(10)) => {}
        }
        if let Err(error) = lease::bury_lost(&app).await {
            tracing::warn!(%error, "looking for lost tasks failed; trying again");
        }
    }
}
