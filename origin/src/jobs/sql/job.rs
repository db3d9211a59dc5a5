//! Jobs in SQL: their states, and what was found out about them.

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared::ids::{AccountId, ContentId, JobId};
use sqlx::{PgConnection, types::Json};

use super::{Job, Reason, wake};
use crate::jobs::state::{JobState, TaskKind};

/// A job without its lock.
pub(in crate::jobs) async fn find_job(
    db: &mut PgConnection,
    job: JobId,
) -> sqlx::Result<Option<Job>> {
    sqlx::query_as!(
        Job,
        r#"SELECT job_id AS "id: JobId", content_id AS "content_id: ContentId", version, auto_publish,
                  requested_by AS "requested_by: AccountId", state AS "state: JobState", plan,
                  work_removed_at IS NOT NULL AS "without_work!"
           FROM jobs WHERE job_id = $1"#,
        job as JobId
    )
    .fetch_optional(db)
    .await
}

/// A job, locked until the transaction ends.
pub(in crate::jobs) async fn lock_job(
    db: &mut PgConnection,
    job: JobId,
) -> sqlx::Result<Option<Job>> {
    sqlx::query_as!(
        Job,
        r#"SELECT job_id AS "id: JobId", content_id AS "content_id: ContentId", version, auto_publish,
                  requested_by AS "requested_by: AccountId", state AS "state: JobState", plan,
                  work_removed_at IS NOT NULL AS "without_work!"
           FROM jobs WHERE job_id = $1 FOR UPDATE"#,
        job as JobId
    )
    .fetch_optional(db)
    .await
}

/// Whether a newer version of the job's title is published.
pub(in crate::jobs) async fn is_superseded(db: &mut PgConnection, job: &Job) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT (current_version > $2) IS TRUE AS "superseded!" FROM content WHERE content_id = $1 FOR UPDATE"#,
        job.content_id as ContentId,
        job.version
    )
    .fetch_one(db)
    .await
}

/// Inserts the job of the next version of another job's title, from the same master. The title's row is the lock under which
/// versions are counted.
pub(in crate::jobs) async fn insert_follower(
    db: &mut PgConnection,
    follower: JobId,
    job: &Job,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "SELECT 1 AS one FROM content WHERE content_id = $1 FOR UPDATE",
        job.content_id as ContentId
    )
    .fetch_one(&mut *db)
    .await?;
    sqlx::query!(
        "INSERT INTO jobs (job_id, content_id, upload_id, requested_by, version, master_key, filename, auto_publish,
             follows_job_id, created_at, stage_at)
         SELECT $1, content_id, upload_id, requested_by,
             (SELECT max(version) + 1 FROM jobs counted WHERE counted.content_id = jobs.content_id),
             master_key, filename, auto_publish, job_id, $3, $3
         FROM jobs WHERE job_id = $2",
        follower as JobId,
        job.id as JobId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The first lease of a job starts it. A job that somebody else holds locked is being cancelled: that one decides.
pub(in crate::jobs) async fn mark_started(
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

/// Moves a job to a state that isn't final.
pub(in crate::jobs) async fn mark_stage(
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
pub(in crate::jobs) async fn mark_ended(
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
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "UPDATE task_attempts a SET ended_at = $2, outcome = 'cancelled'
         FROM tasks t WHERE t.job_id = $1 AND a.task_id = t.task_id AND a.ended_at IS NULL",
        job as JobId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Opens a failed or cancelled job again: what was done stays done, the rest gets new attempts.
pub(in crate::jobs) async fn reopen(
    db: &mut PgConnection,
    job: JobId,
    state: JobState,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE jobs SET state = $2, reasons = '[]', stage_at = $3, finished_at = NULL, work_removed_at = NULL WHERE job_id = $1",
        job as JobId,
        state as JobState,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "UPDATE tasks SET state = 'waiting', failures = 0, losses = 0, not_before = $2, queued_at = NULL, reasons = '[]', percent = 0
         WHERE job_id = $1 AND state IN ('failed', 'cancelled')",
        job as JobId,
        now
    )
    .execute(&mut *db)
    .await?;
    wake(db).await
}

/// Makes packaging start over: its task waits again, and the verification of what it made before is forgotten.
pub(in crate::jobs) async fn undo_packaging(db: &mut PgConnection, job: JobId) -> sqlx::Result<()> {
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

/// Makes everything after the probe start over: what it made is gone.
pub(in crate::jobs) async fn forget_work(db: &mut PgConnection, job: JobId) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM tasks WHERE job_id = $1 AND kind IN ('package', 'verify')",
        job as JobId
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "UPDATE tasks SET state = 'cancelled' WHERE job_id = $1 AND kind <> 'probe' AND state = 'done'",
        job as JobId
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The kind of any task that isn't done, earliest stage first.
pub(in crate::jobs) async fn find_open_kind(
    db: &mut PgConnection,
    job: JobId,
) -> sqlx::Result<Option<TaskKind>> {
    sqlx::query_scalar!(
        r#"SELECT kind AS "kind: TaskKind" FROM tasks WHERE job_id = $1 AND state <> 'done'
           ORDER BY array_position('{copy,probe,encode,audio,images,subtitles,package,verify}'::text[], kind) LIMIT 1"#,
        job as JobId
    )
    .fetch_optional(db)
    .await
}

/// Every reason that the job's dead tasks gave, without repetition.
pub(in crate::jobs) async fn list_reasons(
    db: &mut PgConnection,
    job: JobId,
) -> sqlx::Result<Vec<Reason>> {
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
pub(in crate::jobs) async fn mark_probed(
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
pub(in crate::jobs) async fn mark_verified(
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
