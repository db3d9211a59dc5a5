//! What workers said about their tasks: the last 200 lines of each.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::ids::{JobId, TaskId};
use sqlx::PgConnection;

const LINES_MAX: u16 = 200;
const LINE_MAX_CHARS: usize = 2000;

/// Adds lines about a task and forgets the oldest.
pub(crate) async fn append(
    db: &mut PgConnection,
    job: JobId,
    task: TaskId,
    lines: &[String],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    // PostgreSQL's text can't hold NUL, and a terminal's control characters have no place in a browser.
    let clean: Vec<String> = lines[lines.len().saturating_sub(usize::from(LINES_MAX))..]
        .iter()
        .map(|line| {
            line.chars()
                .filter(|c| !c.is_control() || *c == '\t')
                .take(LINE_MAX_CHARS)
                .collect()
        })
        .collect();
    sqlx::query!(
        "INSERT INTO job_log (job_id, task_id, at, line)
         SELECT $1, $2, $3, line FROM unnest($4::text[]) WITH ORDINALITY AS t(line, place) ORDER BY place",
        job as JobId,
        task as TaskId,
        now,
        &clean
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "DELETE FROM job_log WHERE task_id = $1 AND line_id <=
             (SELECT line_id FROM job_log WHERE task_id = $1 ORDER BY line_id DESC OFFSET $2 LIMIT 1)",
        task as TaskId,
        i64::from(LINES_MAX)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The newest lines about any task of a job, oldest first.
pub(super) async fn list(db: &mut PgConnection, job: JobId) -> sqlx::Result<Vec<String>> {
    let mut lines = sqlx::query_scalar!(
        "SELECT line FROM job_log WHERE job_id = $1 ORDER BY line_id DESC LIMIT $2",
        job as JobId,
        i64::from(LINES_MAX)
    )
    .fetch_all(db)
    .await?;
    lines.reverse();
    Ok(lines)
}

/// A line, when it came, and which task it is about.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogLine {
    #[serde(skip)]
    pub(super) task: Option<TaskId>,
    pub(super) at: DateTime<Utc>,
    pub(super) line: String,
}

/// The newest `most` lines of every task of a job, oldest first.
pub(super) async fn list_by_task(
    db: &mut PgConnection,
    job: JobId,
    most: i64,
) -> sqlx::Result<Vec<LogLine>> {
    sqlx::query_as!(
        LogLine,
        r#"SELECT task_id AS "task: TaskId", at AS "at!", line AS "line!" FROM (
               SELECT *, row_number() OVER (PARTITION BY task_id ORDER BY line_id DESC) AS age
               FROM job_log WHERE job_id = $1) numbered
           WHERE age <= $2 ORDER BY line_id"#,
        job as JobId,
        most
    )
    .fetch_all(db)
    .await
}
