//! `POST /internal/tasks/{id}/heartbeat`: a worker is alive, says how far it is, and hears whether to go on.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::ids::TaskId;

use super::{
    error::JobsError,
    log,
    sql::{self, Beat},
};
use crate::{
    app::App,
    request::{Json, Path, Service},
};

/// How far a worker is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct Heartbeat {
    attempt: i32,
    percent: Option<f32>,
    fps: Option<f32>,
    /// What it is doing, in a word or two.
    stage: Option<String>,
    /// Lines since the last heartbeat.
    #[serde(default)]
    log: Vec<String>,
}

/// Whether to go on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct HeartbeatAnswer {
    /// The job was cancelled or has failed elsewhere: drop the work.
    cancel: bool,
}

/// Extends a lease.
#[utoipa::path(post, path = "/internal/tasks/{id}/heartbeat", tag = "internal", params(("id" = uuid::Uuid, Path)),
    request_body = Heartbeat, responses((status = 200, body = HeartbeatAnswer), (status = 409, body = crate::openapi::Problem)))]
pub(super) async fn heartbeat(
    State(app): State<App>,
    _: Service,
    Path(task): Path<TaskId>,
    Json(beat): Json<Heartbeat>,
) -> Result<Json<HeartbeatAnswer>, JobsError> {
    let now = app.clock.now();
    let mut tx = app.begin().await?;
    let (job, _) = sql::find_job_of_task(&mut tx, task)
        .await?
        .ok_or(JobsError::TaskNotFound)?;
    let stage: Option<String> = beat.stage.map(|stage| stage.chars().take(100).collect());
    let extended = Beat {
        attempt: beat.attempt,
        percent: beat
            .percent
            .filter(|percent| percent.is_finite())
            .map(|percent| percent.clamp(0.0, 100.0)),
        fps: beat.fps.filter(|fps| fps.is_finite() && *fps >= 0.0),
        stage: stage.as_deref(),
    };
    let cancel = sql::extend_lease(&mut tx, task, &extended, now + app.config.limits.task_lease)
        .await?
        .ok_or(JobsError::LeaseLost)?;
    log::append(&mut tx, job, task, &beat.log, now).await?;
    tx.commit().await?;
    Ok(Json(HeartbeatAnswer { cancel }))
}
