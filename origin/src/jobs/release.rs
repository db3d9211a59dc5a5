//! `POST /internal/tasks/{id}/release`: a worker that stops hands its task back. Another may begin at once, and nothing is held
//! against the task.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use shared::ids::TaskId;

use super::{
    error::JobsError,
    sql::{self, Reason},
};
use crate::{
    app::App,
    request::{Json, Path, Service},
};

/// Why a task is handed back.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct Release {
    attempt: i32,
    #[serde(default)]
    reasons: Vec<Reason>,
}

/// Ends an attempt without a verdict.
#[utoipa::path(post, path = "/internal/tasks/{id}/release", tag = "internal", params(("id" = uuid::Uuid, Path)),
    request_body = Release, responses((status = 204), (status = 409, body = crate::openapi::Problem)))]
pub(super) async fn release(
    State(app): State<App>,
    _: Service,
    Path(task): Path<TaskId>,
    Json(release): Json<Release>,
) -> Result<StatusCode, JobsError> {
    let mut tx = app.begin().await?;
    sql::find_job_of_task(&mut tx, task)
        .await?
        .ok_or(JobsError::TaskNotFound)?;
    let now = app.clock.now();
    if !sql::mark_released(&mut tx, task, release.attempt, &release.reasons, now).await? {
        return Err(JobsError::LeaseLost);
    }
    tx.commit().await?;
    tracing::info!(task.id = %task, task.attempt = release.attempt, "task handed back");
    Ok(StatusCode::NO_CONTENT)
}
