//! Leases in SQL: how a task is given to a worker, and how that ends. Every attempt leaves a row that says who had it, from when to
//! when, and how it ended.

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared::ids::{ContentId, JobId, TaskId};
use sqlx::{PgConnection, types::Json};

use super::{LeasedTask, Reason};
use crate::jobs::state::{ATTEMPTS, LOSSES, TaskKind};

/// Who asks for a task, and for which.
pub(in crate::jobs) struct Wanted<'a> {
    pub(in crate::jobs) worker: &'a str,
    pub(in crate::jobs) kinds: &'a [String],
    /// This one and no other.
    pub(in crate::jobs) task: Option<TaskId>,
}

/// Gives the most urgent task to a worker: one that waits, or one whose worker stopped sending heartbeats.
pub(in crate::jobs) async fn lease_task(
    db: &mut PgConnection,
    wanted: &Wanted<'_>,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> sqlx::Result<Option<LeasedTask>> {
    let row = sqlx::query!(
        r#"WITH next AS (
               SELECT task_id, leased_until FROM tasks
               WHERE kind = ANY($2) AND ($5::uuid IS NULL OR task_id = $5)
                 AND ((state = 'waiting' AND not_before <= $3)
                      OR (state = 'leased' AND leased_until < $3 AND losses + 1 < $6))
               ORDER BY priority, due_at, ordinal, task_id
               LIMIT 1 FOR UPDATE SKIP LOCKED),
           leased AS (
               UPDATE tasks t
               SET losses = losses + (state = 'leased')::integer, state = 'leased', attempt = attempt + 1, worker_id = $1,
                   leased_until = $4, leased_at = $3, queued_at = NULL, percent = 0, fps = NULL, stage = NULL,
                   started_at = coalesce(t.started_at, $3)
               FROM next WHERE t.task_id = next.task_id
               RETURNING t.task_id, t.job_id, t.attempt, t.kind, t.spec, next.leased_until AS lost_at),
           lost AS (
               UPDATE task_attempts a SET ended_at = coalesce(leased.lost_at, $3), outcome = 'lost'
               FROM leased WHERE a.task_id = leased.task_id AND a.ended_at IS NULL),
           begun AS (
               INSERT INTO task_attempts (task_id, attempt, worker_id, started_at)
               SELECT task_id, attempt, $1, $3 FROM leased)
           SELECT leased.task_id AS "task_id!: TaskId", leased.job_id AS "job_id!: JobId",
                  j.content_id AS "content_id!: ContentId", j.version AS "version!", leased.attempt AS "attempt!",
                  leased.kind AS "kind!: TaskKind", leased.spec AS "spec!", leased.lost_at
           FROM leased JOIN jobs j ON j.job_id = leased.job_id"#,
        wanted.worker,
        wanted.kinds,
        now,
        until,
        wanted.task as Option<TaskId>,
        LOSSES
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| LeasedTask {
        id: row.task_id,
        job_id: row.job_id,
        content_id: row.content_id,
        version: row.version,
        attempt: row.attempt,
        lease_s: (until - now).num_seconds().unsigned_abs(),
        kind: row.kind,
        spec: row.spec,
        took_over: row.lost_at.is_some(),
    }))
}

/// Tasks whose last attempt ended in silence.
pub(in crate::jobs) async fn list_lost(
    db: &mut PgConnection,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<TaskId>> {
    sqlx::query_scalar!(
        r#"SELECT task_id AS "task_id: TaskId" FROM tasks
           WHERE state = 'leased' AND leased_until < $1 AND losses + 1 >= $2 LIMIT 100"#,
        now,
        LOSSES
    )
    .fetch_all(db)
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
         WHERE task_id = $1 AND state = 'leased' AND leased_until < $2 AND losses + 1 >= $3",
        task as TaskId,
        now,
        LOSSES
    )
    .fetch_optional(db)
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
        "UPDATE tasks
         SET state = 'done', result = $3, percent = 100, leased_until = NULL, fps = NULL, reasons = '[]', finished_at = $4
         WHERE task_id = $1 AND attempt = $2 AND state = 'leased'",
        task as TaskId,
        attempt,
        result,
        now
    )
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    end_attempt(db, task, "done", &[], now).await?;
    Ok(true)
}

/// How often a task has failed, if the attempt holds its lease.
pub(in crate::jobs) async fn find_failures(
    db: &mut PgConnection,
    task: TaskId,
    attempt: i32,
) -> sqlx::Result<Option<i32>> {
    sqlx::query_scalar!(
        "SELECT failures FROM tasks WHERE task_id = $1 AND attempt = $2 AND state = 'leased'",
        task as TaskId,
        attempt
    )
    .fetch_optional(db)
    .await
}

/// Ends a lease so that somebody may try again at `retry_at`, unless it failed too often. Returns whether the task is dead;
/// `None` when the lease isn't the caller's any more.
pub(in crate::jobs) async fn mark_failed(
    db: &mut PgConnection,
    task: TaskId,
    attempt: i32,
    reasons: &[Reason],
    retry_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<bool>> {
    let dead = sqlx::query_scalar!(
        r#"UPDATE tasks
           SET state = CASE WHEN failures + 1 < $6 AND $4::timestamptz IS NOT NULL THEN 'waiting' ELSE 'failed' END,
               failures = failures + 1, not_before = coalesce($4, not_before), leased_until = NULL, queued_at = NULL,
               percent = 0, fps = NULL, reasons = $3, finished_at = $5
           WHERE task_id = $1 AND attempt = $2 AND state = 'leased'
           RETURNING state = 'failed' AS "dead!""#,
        task as TaskId,
        attempt,
        Json(reasons) as _,
        retry_at,
        now,
        ATTEMPTS
    )
    .fetch_optional(&mut *db)
    .await?;
    if dead.is_some() {
        end_attempt(db, task, "failed", reasons, now).await?;
    }
    Ok(dead)
}

/// Ends the lease of a worker that stops: the task waits again at once, and nothing is held against it. False when the lease isn't
/// the caller's any more.
pub(in crate::jobs) async fn mark_released(
    db: &mut PgConnection,
    task: TaskId,
    attempt: i32,
    reasons: &[Reason],
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let released = sqlx::query!(
        "UPDATE tasks
         SET state = 'waiting', not_before = $3, leased_until = NULL, queued_at = NULL, percent = 0, fps = NULL, stage = NULL
         WHERE task_id = $1 AND attempt = $2 AND state = 'leased'",
        task as TaskId,
        attempt,
        now
    )
    .execute(&mut *db)
    .await?;
    if released.rows_affected() == 0 {
        return Ok(false);
    }
    end_attempt(db, task, "released", reasons, now).await?;
    super::wake(db).await?;
    Ok(true)
}

async fn end_attempt(
    db: &mut PgConnection,
    task: TaskId,
    outcome: &str,
    reasons: &[Reason],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE task_attempts SET ended_at = $2, outcome = $3, reasons = $4 WHERE task_id = $1 AND ended_at IS NULL",
        task as TaskId,
        now,
        outcome,
        Json(reasons) as _
    )
    .execute(db)
    .await?;
    Ok(())
}
