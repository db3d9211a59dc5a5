//! What administrators do with jobs: look at them, try them again, cancel them.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::ids::JobId;
use sqlx::PgConnection;

use super::{
    advance,
    error::JobsError,
    sql,
    state::{JobState, TaskKind},
    view::{self, Filter, JobView},
};
use crate::{
    app::App,
    audit,
    request::{Admin, Json, Path, Query},
};

/// Which part of the list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(super) struct ListQuery {
    /// 1 to 200; 50 when absent.
    limit: Option<i64>,
}

/// Jobs, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct JobList {
    items: Vec<JobView>,
}

/// Lists the newest jobs.
#[utoipa::path(get, path = "/api/admin/jobs", tag = "admin", params(ListQuery), responses((status = 200, body = JobList)))]
pub(super) async fn list(
    State(app): State<App>,
    _: Admin,
    Query(query): Query<ListQuery>,
) -> Result<Json<JobList>, JobsError> {
    let filter = Filter {
        content: None,
        job: None,
        limit: query.limit.unwrap_or(50).clamp(1, 200),
    };
    let mut db = app.db.acquire().await?;
    Ok(Json(JobList {
        items: view::list(&mut db, &filter, app.clock.now(), &app.config.prices).await?,
    }))
}

/// Tries a failed or cancelled job again: what was done stays done.
#[utoipa::path(post, path = "/api/admin/jobs/{id}/retry", tag = "admin", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = JobView), (status = 404, body = crate::openapi::Problem), (status = 409, body = crate::openapi::Problem)))]
pub(super) async fn retry(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<JobId>,
) -> Result<Json<JobView>, JobsError> {
    let mut tx = app.begin().await?;
    retry_job(&mut tx, id, app.clock.now()).await?;
    audit::record(&mut tx, &app, admin.account(), "job.retry", id.as_uuid()).await?;
    let view = find_view(&mut tx, &app, id).await?;
    tx.commit().await?;
    Ok(Json(view))
}

/// Opens a failed or cancelled job again, within the caller's transaction.
pub(super) async fn retry_job(
    db: &mut PgConnection,
    id: JobId,
    now: DateTime<Utc>,
) -> Result<(), JobsError> {
    let job = sql::lock_job(db, id).await?.ok_or(JobsError::JobNotFound)?;
    match job.state {
        JobState::Failed | JobState::Cancelled => {}
        state => return Err(JobsError::NotRetryable(state)),
    }
    if job.without_work {
        sql::forget_work(db, id).await?;
    }
    let state = match sql::find_open_kind(db, id).await? {
        Some(kind) if kind != TaskKind::Verify => kind.stage(),
        // What was packaged isn't good: verifying the same bytes again would end the same.
        Some(_) | None => {
            sql::undo_packaging(db, id).await?;
            JobState::Packaging
        }
    };
    sql::reopen(db, id, state, now).await?;
    advance::mark_title(db, job.content_id, "processing").await?;
    Ok(())
}

/// Cancels a job; its workers hear so with their next heartbeat.
#[utoipa::path(post, path = "/api/admin/jobs/{id}/cancel", tag = "admin", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = JobView), (status = 404, body = crate::openapi::Problem), (status = 409, body = crate::openapi::Problem)))]
pub(super) async fn cancel(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<JobId>,
) -> Result<Json<JobView>, JobsError> {
    let mut tx = app.begin().await?;
    cancel_job(&mut tx, id, app.clock.now()).await?;
    audit::record(&mut tx, &app, admin.account(), "job.cancel", id.as_uuid()).await?;
    let view = find_view(&mut tx, &app, id).await?;
    tx.commit().await?;
    Ok(Json(view))
}

/// Ends a job that runs, within the caller's transaction.
pub(super) async fn cancel_job(
    db: &mut PgConnection,
    id: JobId,
    now: DateTime<Utc>,
) -> Result<(), JobsError> {
    let job = sql::lock_job(db, id).await?.ok_or(JobsError::JobNotFound)?;
    if job.state.is_final() {
        return Err(JobsError::AlreadyEnded(job.state));
    }
    sql::mark_ended(db, id, JobState::Cancelled, &[], now).await?;
    advance::mark_title(db, job.content_id, "error").await?;
    Ok(())
}

async fn find_view(db: &mut PgConnection, app: &App, id: JobId) -> Result<JobView, JobsError> {
    view::find(db, id, app.clock.now(), &app.config.prices)
        .await?
        .ok_or(JobsError::JobNotFound)
}
