//! `GET /api/admin/jobs/{id}`: a job with every task, every attempt, and the end of what the workers said.

use std::collections::HashMap;

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::ids::{JobId, TaskId};
use sqlx::{PgConnection, types::Json as Jsonb};

use super::{
    cost::Prices,
    error::JobsError,
    log::{self, LogLine},
    sql::Reason,
    state::{TaskKind, TaskState},
    view::{self, JobView},
};
use crate::{
    app::App,
    request::{Admin, Json, Path, Query},
};

/// Lines of each task when nobody asks for more.
const LINES: i64 = 10;
const LINES_MAX: i64 = 200;

/// A job in full.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct JobDetail {
    pub(super) job: JobView,
    /// In the order of the stages, then of the film.
    pub(super) tasks: Vec<TaskView>,
}

/// A task as administrators see it, with its recorded times.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskView {
    #[schema(value_type = uuid::Uuid)]
    pub(super) id: TaskId,
    pub(super) kind: TaskKind,
    pub(super) ordinal: i32,
    /// `chunk 3`, `a-en-aac2`; absent for tasks about the whole film.
    pub(super) label: Option<String>,
    pub(super) state: TaskState,
    /// How often it was given to a worker.
    pub(super) attempt: i32,
    /// How many of these attempts failed since the job was last retried.
    pub(super) failures: i32,
    /// How many ended without a word from the worker.
    pub(super) losses: i32,
    /// Who has it, or had it last.
    pub(super) worker: Option<String>,
    pub(super) percent: f32,
    pub(super) fps: Option<f32>,
    /// What the worker is doing, in a word or two.
    pub(super) stage: Option<String>,
    /// Frames of the film that it is about, where the plan says so.
    pub(super) frames: Option<i64>,
    /// Seconds of one processor that the plan expects; 0 when it says nothing.
    pub(super) expected_s: f64,
    /// Why its last attempt failed.
    pub(super) reasons: Vec<Reason>,
    pub(super) created_at: DateTime<Utc>,
    /// Decides its turn: the earliest goes first.
    pub(super) due_at: DateTime<Utc>,
    /// A task that waits is not given to anybody before.
    pub(super) not_before: DateTime<Utc>,
    /// When the newest attempt began.
    pub(super) started_at: Option<DateTime<Utc>>,
    /// When the last attempt ended.
    pub(super) finished_at: Option<DateTime<Utc>>,
    /// How long the attempt took that succeeded.
    pub(super) duration_ms: Option<i64>,
    pub(super) attempts: Vec<TaskAttempt>,
    /// The end of what its workers said.
    pub(super) log: Vec<LogLine>,
}

/// One attempt at a task.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskAttempt {
    pub(super) attempt: i32,
    pub(super) worker: String,
    pub(super) started_at: DateTime<Utc>,
    pub(super) ended_at: Option<DateTime<Utc>>,
    /// `done`, `failed`, `lost`, `released` or `cancelled`; absent while it runs.
    pub(super) outcome: Option<String>,
    pub(super) reasons: Vec<Reason>,
}

/// How much of it.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(super) struct DetailQuery {
    /// Log lines of each task, 0 to 200; 10 when absent.
    log: Option<i64>,
}

/// Shows a job with its tasks.
#[utoipa::path(get, path = "/api/admin/jobs/{id}", tag = "admin", params(("id" = uuid::Uuid, Path), DetailQuery),
    responses((status = 200, body = JobDetail), (status = 404, body = crate::openapi::Problem)))]
pub(super) async fn detail(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<JobId>,
    Query(query): Query<DetailQuery>,
) -> Result<Json<JobDetail>, JobsError> {
    let lines = query.log.unwrap_or(LINES).clamp(0, LINES_MAX);
    let mut db = app.db.acquire().await?;
    let detail = find(&mut db, id, app.clock.now(), &app.config.prices, lines).await?;
    Ok(Json(detail.ok_or(JobsError::JobNotFound)?))
}

/// A job in full, with so many log lines of each task.
pub(super) async fn find(
    db: &mut PgConnection,
    id: JobId,
    now: DateTime<Utc>,
    prices: &Prices,
    lines: i64,
) -> sqlx::Result<Option<JobDetail>> {
    let Some(mut job) = view::find(db, id, now, prices).await? else {
        return Ok(None);
    };
    job.log = Some(log::list(db, id).await?);
    job.report = view::find_reports(db, id).await?;
    let mut said: HashMap<Option<TaskId>, Vec<LogLine>> = HashMap::new();
    for line in log::list_by_task(db, id, lines).await? {
        said.entry(line.task).or_default().push(line);
    }
    let mut tasks = list_tasks(db, id).await?;
    for task in &mut tasks {
        task.log = said.remove(&Some(task.id)).unwrap_or_default();
    }
    Ok(Some(JobDetail { job, tasks }))
}

async fn list_tasks(db: &mut PgConnection, job: JobId) -> sqlx::Result<Vec<TaskView>> {
    let rows = sqlx::query!(
        r#"SELECT task_id AS "id: TaskId", kind AS "kind: TaskKind", ordinal, label, state AS "state: TaskState", attempt,
                  failures, losses, worker_id, percent, fps, stage, frames, expected_s, reasons AS "reasons: Jsonb<Vec<Reason>>",
                  created_at, due_at, not_before, leased_at, finished_at,
                  CASE WHEN state = 'done' THEN (extract(epoch FROM finished_at - leased_at) * 1000)::bigint END AS duration_ms,
                  (SELECT coalesce(jsonb_agg(jsonb_build_object('attempt', a.attempt, 'worker', a.worker_id,
                              'startedAt', a.started_at, 'endedAt', a.ended_at, 'outcome', a.outcome, 'reasons', a.reasons)
                              ORDER BY a.attempt), '[]')
                   FROM task_attempts a WHERE a.task_id = tasks.task_id) AS "attempts!: Jsonb<Vec<TaskAttempt>>"
           FROM tasks WHERE job_id = $1
           ORDER BY array_position('{copy,probe,encode,audio,images,subtitles,package,verify}'::text[], kind), ordinal"#,
        job as JobId
    )
    .fetch_all(db)
    .await?;
    let views = rows.into_iter().map(|row| TaskView {
        id: row.id,
        kind: row.kind,
        ordinal: row.ordinal,
        label: row.label,
        state: row.state,
        attempt: row.attempt,
        failures: row.failures,
        losses: row.losses,
        worker: row.worker_id,
        percent: row.percent,
        fps: row.fps,
        stage: row.stage,
        frames: row.frames,
        expected_s: row.expected_s,
        reasons: row.reasons.0,
        created_at: row.created_at,
        due_at: row.due_at,
        not_before: row.not_before,
        started_at: row.leased_at,
        finished_at: row.finished_at,
        duration_ms: row.duration_ms,
        attempts: row.attempts.0,
        log: Vec::new(),
    });
    Ok(views.collect())
}
