//! Tasks in SQL: what there is, what came of it.

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared::ids::{JobId, TaskId};
use sqlx::{PgConnection, types::Json};

use super::{NewTask, Reason};
use crate::jobs::{queue, state::TaskKind};

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

/// Inserts tasks and wakes the workers that wait. What is there already stays: advancing twice inserts once.
pub(crate) async fn insert_tasks(
    db: &mut PgConnection,
    job: JobId,
    tasks: &[NewTask],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let created = sqlx::query_scalar!(
        "SELECT created_at FROM jobs WHERE job_id = $1",
        job as JobId
    )
    .fetch_one(&mut *db)
    .await?;
    for task in tasks {
        sqlx::query!(
            "INSERT INTO tasks (task_id, job_id, kind, ordinal, priority, due_at, label, frames, expected_s, spec, not_before, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) ON CONFLICT (job_id, kind, ordinal) DO NOTHING",
            task.task_id as TaskId,
            job as JobId,
            task.kind as TaskKind,
            task.ordinal,
            task.kind.priority(),
            queue::due(created, task.start_ms, task.band),
            task.label.as_deref(),
            task.frames,
            task.expected_s,
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
