//! `POST /internal/tasks/lease`: a worker asks for work, and waits a while when there is none.

use std::time::Duration;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use shared::ids::TaskId;
use tokio::time::Instant;

use super::{
    advance,
    error::JobsError,
    log,
    sql::{self, LeasedTask, Reason, Wanted},
    state::TaskKind,
};
use crate::{
    app::App,
    problem::{field, invalid},
    request::{Json, Path, Service},
};

/// The longest wait. Below what proxies and load balancers cut off.
const WAIT_MAX: Duration = Duration::from_secs(25);

/// Who asks, and for what.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LeaseRequest {
    /// Shown to administrators: which worker has a task.
    worker_id: String,
    /// Any kind when absent.
    kinds: Option<Vec<TaskKind>>,
    /// Seconds to wait for a task, at most 25.
    wait_s: Option<u64>,
}

/// Leases the most urgent task.
#[utoipa::path(post, path = "/internal/tasks/lease", tag = "internal", request_body = LeaseRequest,
    responses((status = 200, body = LeasedTask), (status = 204, description = "There is no task")))]
pub(super) async fn lease(
    State(app): State<App>,
    _: Service,
    Json(request): Json<LeaseRequest>,
) -> Result<Response, JobsError> {
    if !is_name(&request.worker_id) {
        return Ok(nameless());
    }
    let kinds = advance::names(request.kinds.as_deref().unwrap_or(&TaskKind::ALL));
    let wanted = Wanted {
        worker: &request.worker_id,
        kinds: &kinds,
        task: None,
    };
    let deadline = Instant::now() + Duration::from_secs(request.wait_s.unwrap_or(0)).min(WAIT_MAX);
    loop {
        // Heard from before we look: what appears in between isn't missed.
        let bell = app.tasks.bell();
        if let Some(task) = lease_now(&app, &wanted).await? {
            return Ok(Json(task).into_response());
        }
        tokio::select! {
            () = bell => {}
            () = tokio::time::sleep_until(deadline) => return Ok(StatusCode::NO_CONTENT.into_response()),
            () = app.shutdown.cancelled() => return Ok(StatusCode::NO_CONTENT.into_response()),
        }
        if Instant::now() >= deadline {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    }
}

/// Who asks for one task.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OneLeaseRequest {
    /// Shown to administrators: which worker has a task.
    worker_id: String,
}

/// Leases this very task, as a message queue announced it. A conflict means that the message is stale: somebody else has the
/// task, it has ended, or its time has not come yet.
#[utoipa::path(post, path = "/internal/tasks/{id}/lease", tag = "internal", params(("id" = uuid::Uuid, Path)),
    request_body = OneLeaseRequest, responses((status = 200, body = LeasedTask), (status = 404, body = crate::openapi::Problem),
        (status = 409, body = crate::openapi::Problem)))]
pub(super) async fn lease_one(
    State(app): State<App>,
    _: Service,
    Path(task): Path<TaskId>,
    Json(request): Json<OneLeaseRequest>,
) -> Result<Response, JobsError> {
    if !is_name(&request.worker_id) {
        return Ok(nameless());
    }
    let mut db = app.db.acquire().await?;
    sql::find_job_of_task(&mut db, task)
        .await?
        .ok_or(JobsError::TaskNotFound)?;
    drop(db);
    let wanted = Wanted {
        worker: &request.worker_id,
        kinds: &advance::names(&TaskKind::ALL),
        task: Some(task),
    };
    let leased = lease_now(&app, &wanted)
        .await?
        .ok_or(JobsError::TaskNotWaiting)?;
    Ok(Json(leased).into_response())
}

fn is_name(worker: &str) -> bool {
    (1..=100).contains(&worker.chars().count())
}

fn nameless() -> Response {
    invalid(vec![field(
        "workerId",
        "is empty or longer than 100 characters",
        "Send 1 to 100 characters.",
    )])
}

async fn lease_now(app: &App, wanted: &Wanted<'_>) -> Result<Option<LeasedTask>, JobsError> {
    bury_lost(app).await?;
    let now = app.clock.now();
    let mut tx = app.begin().await?;
    let until = now + app.config.limits.task_lease;
    let task = sql::lease_task(&mut tx, wanted, now, until).await?;
    if let Some(task) = &task {
        sql::mark_started(&mut tx, task.job_id, now).await?;
        if task.took_over {
            let line = format!(
                "attempt {} ended without a word: taken over",
                task.attempt - 1
            );
            log::append(&mut tx, task.job_id, task.id, &[line], now).await?;
        }
        tracing::info!(task.id = %task.id, job.id = %task.job_id, task.kind = task.kind.as_str(), task.attempt = task.attempt, "task leased");
    }
    tx.commit().await?;
    Ok(task)
}

/// Tasks whose last attempt fell silent are dead, and their jobs with them.
pub(super) async fn bury_lost(app: &App) -> Result<(), JobsError> {
    let mut db = app.db.acquire().await?;
    let lost = sql::list_lost(&mut db, app.clock.now()).await?;
    drop(db);
    for task in lost {
        let mut tx = app.begin().await?;
        let Some((job_id, kind)) = sql::find_job_of_task(&mut tx, task).await? else {
            continue;
        };
        let Some(job) = sql::lock_job(&mut tx, job_id).await? else {
            continue;
        };
        let now = app.clock.now();
        // Looked at again under the job's lock: somebody else may have buried it meanwhile.
        let Some(attempt) = sql::find_lost_attempt(&mut tx, task, now).await? else {
            continue;
        };
        let reason = Reason {
            code: "worker_lost".to_owned(),
            problem: format!(
                "The {} task ended without a word from its worker, again and again; attempt {attempt} was the last.",
                kind.as_str()
            ),
            remedy: "Look at the workers' logs (out of memory, out of disk?), then retry the job."
                .to_owned(),
        };
        sql::mark_failed(&mut tx, task, attempt, &[reason], None, now).await?;
        advance::task_dead(&mut tx, &app.clock, &job, kind).await?;
        tx.commit().await?;
    }
    Ok(())
}
