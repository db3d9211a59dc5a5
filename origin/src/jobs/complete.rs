//! `POST /internal/tasks/{id}/complete`: the result is stored and the job moves on, in one transaction.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::Value;
use shared::ids::{AssetVersion, TaskId};

use super::{
    advance, copy,
    error::JobsError,
    publish::{self, Candidate, PublishError},
    sql::{self, Job, Reason},
    state::{JobState, TaskKind},
};
use crate::{
    app::App,
    audit, catalogue,
    request::{Json, Path, Service},
};

/// What came of a task.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct Completion {
    attempt: i32,
    /// Written by the transcode crate; kept and handed on as it is.
    #[schema(value_type = Object)]
    result: Value,
}

/// Stores a task's result.
#[utoipa::path(post, path = "/internal/tasks/{id}/complete", tag = "internal", params(("id" = uuid::Uuid, Path)),
    request_body = Completion, responses((status = 204), (status = 409, body = crate::openapi::Problem), (status = 422, body = crate::openapi::Problem)))]
pub(super) async fn complete(
    State(app): State<App>,
    _: Service,
    Path(task): Path<TaskId>,
    Json(completion): Json<Completion>,
) -> Result<StatusCode, JobsError> {
    let mut db = app.db.acquire().await?;
    let (job_id, kind) = sql::find_job_of_task(&mut db, task)
        .await?
        .ok_or(JobsError::TaskNotFound)?;
    let job = sql::find_job(&mut db, job_id)
        .await?
        .ok_or(JobsError::TaskNotFound)?;
    drop(db);
    // Read before the transaction: no network call inside one.
    let publication = match kind {
        TaskKind::Verify if job.auto_publish => Some(read_publication(&app, &job).await?),
        TaskKind::Copy if job.auto_publish && copy::made_a_version(&completion.result) => {
            Some(read_publication(&app, &job).await?)
        }
        _ => None,
    };
    let mut tx = app.begin().await?;
    let job = sql::lock_job(&mut tx, job_id)
        .await?
        .ok_or(JobsError::TaskNotFound)?;
    let now = app.clock.now();
    if !sql::mark_done(&mut tx, task, completion.attempt, &completion.result, now).await? {
        // The same completion again: the answer to the first was lost on its way.
        let done = sql::is_done_by(&mut tx, task, completion.attempt).await?;
        return if done {
            Ok(StatusCode::NO_CONTENT)
        } else {
            Err(JobsError::LeaseLost)
        };
    }
    let state = advance::task_done(&mut tx, &app.clock, &job, kind, &completion.result).await?;
    let published = match (state, publication) {
        // Made from an older master, and done later than a newer one: it is ready, and stays for an operator to choose.
        (JobState::Ready, Some(_)) if sql::is_superseded(&mut tx, &job).await? => false,
        (JobState::Ready, Some(Ok(candidate))) => {
            publish::publish(&mut tx, &app, &candidate, Some(job.id)).await?;
            // Whoever sent the master asked for this.
            if let Some(account) = job.requested_by {
                audit::record(
                    &mut tx,
                    &app,
                    account,
                    "content.publish",
                    job.content_id.as_uuid(),
                )
                .await?;
            }
            true
        }
        (JobState::Ready, Some(Err(reason))) => {
            advance::end_as_failed(&mut tx, &job, &[reason], now).await?;
            false
        }
        _ => false,
    };
    tx.commit().await?;
    tracing::info!(task.id = %task, job.id = %job_id, task.kind = kind.as_str(), job.state = state.as_str(), published, "task done");
    if published {
        catalogue::announce(&app, job.content_id).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The version, or why it can't be published although it was verified. A store that is down is neither: the worker
/// completes again.
async fn read_publication(app: &App, job: &Job) -> Result<Result<Candidate, Reason>, JobsError> {
    let version = AssetVersion::try_from(job.version).map_err(|_| JobsError::JobNotFound)?;
    match publish::read_candidate(&app.objects, job.content_id, version).await {
        Ok(candidate) => Ok(Ok(candidate)),
        Err(error @ PublishError::Store(_)) => Err(error.into()),
        Err(
            error @ (PublishError::Missing
            | PublishError::Invalid(_)
            | PublishError::NothingVerified),
        ) => Ok(Err(Reason {
            code: "asset_unusable".to_owned(),
            problem: error.to_string(),
            remedy: "The packaging task didn't do its work: look at the log, then retry the job."
                .to_owned(),
        })),
    }
}
