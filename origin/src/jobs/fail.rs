//! `POST /internal/tasks/{id}/fail`: the worker says why; the task is tried again later, or the job has failed.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::Value;
use shared::ids::TaskId;

use super::{
    advance,
    error::JobsError,
    queue,
    sql::{self, Reason},
    state::TaskKind,
};
use crate::{
    app::App,
    problem::{field, invalid},
    request::{Json, Path, Service},
};

/// Why a task failed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct Failure {
    attempt: i32,
    reasons: Vec<Reason>,
    /// Whether another attempt could end differently.
    retryable: bool,
    /// What a probe or a verification found that ended in a refusal; kept and handed on as it is.
    #[serde(default)]
    #[schema(value_type = Object)]
    report: Option<Value>,
}

/// Ends an attempt.
#[utoipa::path(post, path = "/internal/tasks/{id}/fail", tag = "internal", params(("id" = uuid::Uuid, Path)),
    request_body = Failure, responses((status = 204), (status = 409, body = crate::openapi::Problem)))]
pub(super) async fn fail(
    State(app): State<App>,
    _: Service,
    Path(task): Path<TaskId>,
    Json(failure): Json<Failure>,
) -> Result<Response, JobsError> {
    if failure.reasons.is_empty() || failure.reasons.len() > 100 {
        return Ok(invalid(vec![field(
            "reasons",
            "is empty or holds more than 100",
            "Say why the task failed.",
        )]));
    }
    let mut tx = app.begin().await?;
    let (job_id, kind) = sql::find_job_of_task(&mut tx, task)
        .await?
        .ok_or(JobsError::TaskNotFound)?;
    let job = sql::lock_job(&mut tx, job_id)
        .await?
        .ok_or(JobsError::TaskNotFound)?;
    let now = app.clock.now();
    let failures = sql::find_failures(&mut tx, task, failure.attempt)
        .await?
        .ok_or(JobsError::LeaseLost)?;
    let retry_at = failure
        .retryable
        .then(|| now + queue::back_off(task, failures + 1));
    let dead = sql::mark_failed(
        &mut tx,
        task,
        failure.attempt,
        &failure.reasons,
        retry_at,
        now,
    )
    .await?
    .ok_or(JobsError::LeaseLost)?;
    match (kind, &failure.report) {
        (TaskKind::Probe, Some(report)) => {
            sql::mark_probed(&mut tx, job_id, Some(report), None).await?;
        }
        (TaskKind::Verify, Some(report)) => {
            sql::mark_verified(&mut tx, job_id, Some(report)).await?;
        }
        _ => {}
    }
    if dead {
        advance::task_dead(&mut tx, &app.clock, &job, kind).await?;
    }
    tx.commit().await?;
    tracing::warn!(task.id = %task, job.id = %job_id, task.kind = kind.as_str(), task.attempt = failure.attempt, dead,
        reason = failure.reasons[0].code, "task failed");
    Ok(StatusCode::NO_CONTENT.into_response())
}
