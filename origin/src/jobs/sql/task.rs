//! Tasks in SQL: leases, results, attempts.

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared::ids::{ContentId, JobId, TaskId};
use sqlx::{PgConnection, types::Json};

use super::{LeasedTask, NewTask, Reason};
use crate::jobs::state::{ATTEMPTS, LEASE, TaskKind};

/// Which job a task belongs to. Not locked: the answer never changes.
pub(in crate::jobs) async fn find_job_of_task(
    db: &mut PgConnection,
    task: TaskId,
) -> sqlx::Result<Option<(JobId, TaskKind)>> {
    let row = sqlx::query!(
        r#"SELECT job_id AS "job_id: JobId", kind AS "kind: TaskKind" FROM tasks WHERE task_id = $1"#,
        task as TaskId
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.job_id, row.kind)))
}

/// Gives the most urgent task to a worker: one that waits, or one whose worker stopped sending heartbeats.
pub(in crate::jobs) async fn lease_task(
    db: &mut PgConnection,
    worker: &str,
    kinds: &[String],
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> sqlx::Result<Option<LeasedTask>> {
    let row = sqlx::query!(
        r#"WITH next AS (
               SELECT task_id FROM tasks
               WHERE kind = ANY($2)
                 AND ((state = 'waiting' AND not_before <= $3)
                      OR (state = 'leased' AND leased_until < $3 AND attempt < last_attempt))
               ORDER BY priority, ordinal, created_at, task_id
               LIMIT 1 FOR UPDATE SKIP LOCKED)
           UPDATE tasks t
           SET state = 'leased', attempt = attempt + 1, worker_id = $1, leased_until = $4, percent = 0, fps = NULL,
               stage = NULL, started_at = coalesce(t.started_at, $3)
           FROM next, jobs j
           WHERE t.task_id = next.task_id AND j.job_id = t.job_id
           RETURNING t.task_id AS "task_id: TaskId", t.job_id AS "job_id: JobId", j.content_id AS "content_id: ContentId",
                     j.version, t.attempt, t.kind AS "kind: TaskKind", t.spec"#,
        worker,
        kinds,
        now,
        until
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| LeasedTask {
        id: row.task_id,
        job_id: row.job_id,
        content_id: row.content_id,
        version: row.version,
        attempt: row.attempt,
        lease_s: LEASE.as_secs(),
        kind: row.kind,
        spec: row.spec,
    }))
}

/// Tasks whose last attempt ended in silence.
pub(in crate::jobs) async fn list_lost(
    db: &mut PgConnection,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<TaskId>> {
    sqlx::query_scalar!(
        r#"SELECT task_id AS "task_id: TaskId" FROM tasks
           WHERE state = 'leased' AND leased_until < $1 AND attempt >= last_attempt LIMIT 100"#,
        now
    )
    .fetch_all(db)
    .await
}

/// What a heartbeat says.
pub(in crate::jobs) struct Beat<'a> {
    pub(in crate::jobs) attempt: i32,
    pub(in crate::jobs) percent: Option<f32>,
    pub(in crate::jobs) fps: Option<f32>,
    pub(in crate::jobs) stage: Option<&'a str>,
}

/// Extends a lease. `None` when it isn't the caller's any more; otherwise whether the task is cancelled.
pub(in crate::jobs) async fn extend_lease(
    db: &mut PgConnection,
    task: TaskId,
    beat: &Beat<'_>,
    until: DateTime<Utc>,
) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar!(
        r#"UPDATE tasks
           SET leased_until = CASE WHEN state = 'leased' THEN $6::timestamptz END, percent = coalesce($3, percent),
               fps = coalesce($4, fps), stage = coalesce($5, stage)
           WHERE task_id = $1 AND attempt = $2 AND state IN ('leased', 'cancelled')
           RETURNING state = 'cancelled' AS "cancelled!""#,
        task as TaskId,
        beat.attempt,
        beat.percent,
        beat.fps,
        beat.stage,
        until
    )
    .fetch_optional(db)
    .await
}

/// Ends a lease with its result. False when the lease isn't the caller's any more.
pub(in crate::jobs) async fn mark_done(
    db: &mut PgConnection,
    task: TaskId,
    attempt: i32,
    result: &Value,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE tasks SET state = 'done', result = $3, percent = 100, leased_until = NULL, fps = NULL, finished_at = $4
         WHERE task_id = $1 AND attempt = $2 AND state = 'leased'",
        task as TaskId,
        attempt,
        result,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether this very attempt has already been completed: its answer was lost on the way.
pub(in crate::jobs) async fn is_done_by(
    db: &mut PgConnection,
    task: TaskId,
    attempt: i32,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM tasks WHERE task_id = $1 AND attempt = $2 AND state = 'done') AS "done!""#,
        task as TaskId,
        attempt
    )
    .fetch_one(db)
    .await
}

/// Ends a lease so that somebody may try again. Returns the state afterwards: `waiting`, or `failed` after the last attempt.
pub(in crate::jobs) async fn mark_failed(
    db: &mut PgConnection,
    task: TaskId,
    attempt: i32,
    reasons: &[Reason],
    retry_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar!(
        r#"UPDATE tasks
           SET state = CASE WHEN attempt < last_attempt AND $4::timestamptz IS NOT NULL THEN 'waiting' ELSE 'failed' END,
               not_before = coalesce($4, not_before), leased_until = NULL, fps = NULL, reasons = $3, finished_at = $5
           WHERE task_id = $1 AND attempt = $2 AND state = 'leased'
           RETURNING state = 'failed' AS "dead!""#,
        task as TaskId,
        attempt,
        Json(reasons) as _,
        retry_at,
        now
    )
    .fetch_optional(db)
    .await
}

/// The attempt number of a task whose lease ran out for good.
pub(in crate::jobs) async fn find_lost_attempt(
    db: &mut PgConnection,
    task: TaskId,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<i32>> {
    sqlx::query_scalar!(
        "SELECT attempt FROM tasks
         WHERE task_id = $1 AND state = 'leased' AND leased_until < $2 AND attempt >= last_attempt",
        task as TaskId,
        now
    )
    .fetch_optional(db)
    .await
}

/// Inserts tasks and wakes the workers that wait. What is there already stays: advancing twice inserts once.
pub(crate) async fn insert_tasks(
    db: &mut PgConnection,
    job: JobId,
    tasks: &[NewTask],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    for task in tasks {
        sqlx::query!(
            "INSERT INTO tasks (task_id, job_id, kind, ordinal, priority, last_attempt, spec, not_before, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (job_id, kind, ordinal) DO NOTHING",
            task.task_id as TaskId,
            job as JobId,
            task.kind as TaskKind,
            task.ordinal,
            task.kind.priority(),
            ATTEMPTS,
            task.spec,
            now
        )
        .execute(&mut *db)
        .await?;
    }
    wake(db).await
}

/// Wakes the workers that wait for a task, once the transaction commits.
pub(in crate::jobs) async fn wake(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!(
        r#"SELECT pg_notify($1, '') AS "void!: ()""#,
        crate::jobs::wake::CHANNEL
    )
    .fetch_one(db)
    .await?;
    Ok(())
}

/// Ends a dead copy task for good: a retry of its job must not make another version of what the ladder has become.
pub(in crate::jobs) async fn settle_copy(
    db: &mut PgConnection,
    job: JobId,
    obstacles: &[Reason],
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE tasks SET state = 'done', result = jsonb_build_object('obstacles', $2::jsonb)
         WHERE job_id = $1 AND kind = 'copy' AND state = 'failed'",
        job as JobId,
        Json(obstacles) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What the first task of this kind was told.
pub(in crate::jobs) async fn find_spec(
    db: &mut PgConnection,
    job: JobId,
    kind: TaskKind,
) -> sqlx::Result<Value> {
    sqlx::query_scalar!(
        "SELECT spec FROM tasks WHERE job_id = $1 AND kind = $2 ORDER BY ordinal LIMIT 1",
        job as JobId,
        kind as TaskKind
    )
    .fetch_one(db)
    .await
}

/// Whether every task of these kinds is done.
pub(in crate::jobs) async fn all_done(
    db: &mut PgConnection,
    job: JobId,
    kinds: &[String],
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT bool_and(state = 'done') IS TRUE AS "done!" FROM tasks WHERE job_id = $1 AND kind = ANY($2)"#,
        job as JobId,
        kinds
    )
    .fetch_one(db)
    .await
}

/// The results of every task of these kinds, in order.
pub(in crate::jobs) async fn list_results(
    db: &mut PgConnection,
    job: JobId,
    kinds: &[String],
) -> sqlx::Result<Vec<Value>> {
    sqlx::query_scalar!(
        r#"SELECT result AS "result!" FROM tasks
           WHERE job_id = $1 AND kind = ANY($2) AND state = 'done' ORDER BY priority, ordinal"#,
        job as JobId,
        kinds
    )
    .fetch_all(db)
    .await
}
