//! Tasks in SQL. Whoever changes a job's state locks its row first ([`lock_job`]), then its tasks: one order, no deadlocks.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::ids::{AccountId, ContentId, JobId, TaskId};
use sqlx::{PgConnection, types::Json};

use super::state::{ATTEMPTS, JobState, TaskKind};

/// Why a task or a job failed: a code for programs, two sentences for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Reason {
    pub code: String,
    pub problem: String,
    pub remedy: String,
}

/// A task as it is handed to a worker.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeasedTask {
    #[schema(value_type = uuid::Uuid)]
    pub id: TaskId,
    #[schema(value_type = uuid::Uuid)]
    pub job_id: JobId,
    #[schema(value_type = uuid::Uuid)]
    pub content_id: ContentId,
    pub version: i32,
    /// The fencing token: everything the worker says afterwards must carry it.
    pub attempt: i32,
    /// Seconds without a heartbeat after which somebody else gets the task.
    pub lease_s: u64,
    pub kind: TaskKind,
    /// Written by the transcode crate, read by it: opaque here.
    #[schema(value_type = Object)]
    pub spec: Value,
}

/// A job, as its state machine sees it.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: JobId,
    pub(crate) content_id: ContentId,
    pub(crate) version: i32,
    pub(crate) auto_publish: bool,
    pub(crate) requested_by: Option<AccountId>,
    pub(crate) state: JobState,
    pub(crate) plan: Option<Value>,
}

/// A task to be inserted.
pub(crate) struct NewTask {
    pub(crate) task_id: TaskId,
    pub(crate) kind: TaskKind,
    pub(crate) ordinal: i32,
    pub(crate) spec: Value,
}

/// Which job a task belongs to. Not locked: the answer never changes.
pub(super) async fn find_job_of_task(
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

/// A job without its lock.
pub(super) async fn find_job(db: &mut PgConnection, job: JobId) -> sqlx::Result<Option<Job>> {
    sqlx::query_as!(
        Job,
        r#"SELECT job_id AS "id: JobId", content_id AS "content_id: ContentId", version, auto_publish,
                  requested_by AS "requested_by: AccountId", state AS "state: JobState", plan
           FROM jobs WHERE job_id = $1"#,
        job as JobId
    )
    .fetch_optional(db)
    .await
}

/// A job, locked until the transaction ends.
pub(super) async fn lock_job(db: &mut PgConnection, job: JobId) -> sqlx::Result<Option<Job>> {
    sqlx::query_as!(
        Job,
        r#"SELECT job_id AS "id: JobId", content_id AS "content_id: ContentId", version, auto_publish,
                  requested_by AS "requested_by: AccountId", state AS "state: JobState", plan
           FROM jobs WHERE job_id = $1 FOR UPDATE"#,
        job as JobId
    )
    .fetch_optional(db)
    .await
}

/// Gives the most urgent task to a worker: one that waits, or one whose worker stopped sending heartbeats.
pub(super) async fn lease_task(
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
        lease_s: super::state::LEASE.as_secs(),
        kind: row.kind,
        spec: row.spec,
    }))
}

/// The first lease of a job starts it. A job that somebody else holds locked is being cancelled: that one decides.
pub(super) async fn mark_started(
    db: &mut PgConnection,
    job: JobId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE jobs SET state = 'probing', started_at = coalesce(started_at, $2), stage_at = $2
         WHERE job_id = (SELECT job_id FROM jobs WHERE job_id = $1 AND state = 'queued' FOR UPDATE SKIP LOCKED)",
        job as JobId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Tasks whose last attempt ended in silence.
pub(super) async fn list_lost(
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
pub(super) struct Beat<'a> {
    pub(super) attempt: i32,
    pub(super) percent: Option<f32>,
    pub(super) fps: Option<f32>,
    pub(super) stage: Option<&'a str>,
}

/// Extends a lease. `None` when it isn't the caller's any more; otherwise whether the task is cancelled.
pub(super) async fn extend_lease(
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
pub(super) async fn mark_done(
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
pub(super) async fn is_done_by(
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
pub(super) async fn mark_failed(
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
pub(super) async fn find_lost_attempt(
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
pub(super) async fn wake(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!(
        r#"SELECT pg_notify($1, '') AS "void!: ()""#,
        super::wake::CHANNEL
    )
    .fetch_one(db)
    .await?;
    Ok(())
}

/// Whether every task of these kinds is done.
pub(super) async fn all_done(
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
pub(super) async fn list_results(
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

/// Moves a job to a state that isn't final.
pub(super) async fn mark_stage(
    db: &mut PgConnection,
    job: JobId,
    state: JobState,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE jobs SET state = $2, stage_at = $3 WHERE job_id = $1 AND state <> $2",
        job as JobId,
        state as JobState,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a job: whatever of it is still open is cancelled, and its workers hear so with their next heartbeat.
pub(super) async fn mark_ended(
    db: &mut PgConnection,
    job: JobId,
    state: JobState,
    reasons: &[Reason],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE jobs SET state = $2, reasons = $3, stage_at = $4, finished_at = $4 WHERE job_id = $1",
        job as JobId,
        state as JobState,
        Json(reasons) as _,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "UPDATE tasks SET state = 'cancelled', leased_until = NULL, fps = NULL
         WHERE job_id = $1 AND state IN ('waiting', 'leased')",
        job as JobId
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Opens a failed or cancelled job again: what was done stays done, the rest gets new attempts.
pub(super) async fn reopen(
    db: &mut PgConnection,
    job: JobId,
    state: JobState,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE jobs SET state = $2, reasons = '[]', stage_at = $3, finished_at = NULL WHERE job_id = $1",
        job as JobId,
        state as JobState,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "UPDATE tasks SET state = 'waiting', last_attempt = attempt + $2, not_before = $3, reasons = '[]', percent = 0
         WHERE job_id = $1 AND state IN ('failed', 'cancelled')",
        job as JobId,
        ATTEMPTS,
        now
    )
    .execute(&mut *db)
    .await?;
    wake(db).await
}

/// Makes packaging start over: its task waits again, and the verification of what it made before is forgotten.
pub(super) async fn undo_packaging(db: &mut PgConnection, job: JobId) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM tasks WHERE job_id = $1 AND kind = 'verify'",
        job as JobId
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "UPDATE tasks SET state = 'cancelled' WHERE job_id = $1 AND kind = 'package'",
        job as JobId
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The kind of any task that isn't done, earliest stage first.
pub(super) async fn find_open_kind(
    db: &mut PgConnection,
    job: JobId,
) -> sqlx::Result<Option<TaskKind>> {
    sqlx::query_scalar!(
        r#"SELECT kind AS "kind: TaskKind" FROM tasks WHERE job_id = $1 AND state <> 'done'
           ORDER BY array_position('{probe,encode,audio,images,subtitles,package,verify}'::text[], kind) LIMIT 1"#,
        job as JobId
    )
    .fetch_optional(db)
    .await
}

/// Every reason that the job's dead tasks gave, without repetition.
pub(super) async fn list_reasons(db: &mut PgConnection, job: JobId) -> sqlx::Result<Vec<Reason>> {
    let lists = sqlx::query_scalar!(
        r#"SELECT reasons AS "reasons: Json<Vec<Reason>>" FROM tasks
           WHERE job_id = $1 AND state = 'failed' ORDER BY priority, ordinal"#,
        job as JobId
    )
    .fetch_all(db)
    .await?;
    let mut reasons: Vec<Reason> = Vec::new();
    for Json(list) in lists {
        for reason in list {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    Ok(reasons)
}

/// Keeps what the probe found out.
pub(super) async fn mark_probed(
    db: &mut PgConnection,
    job: JobId,
    report: Option<&Value>,
    plan: Option<&Value>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE jobs SET probe_report = $2, plan = $3 WHERE job_id = $1",
        job as JobId,
        report,
        plan
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps what the verification found.
pub(super) async fn mark_verified(
    db: &mut PgConnection,
    job: JobId,
    report: Option<&Value>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE jobs SET verify_report = $2 WHERE job_id = $1",
        job as JobId,
        report
    )
    .execute(db)
    .await?;
    Ok(())
}
