//! The tail of what a job's workers said: the last 200 lines.

use chrono::{DateTime, Utc};
use shared::ids::JobId;
use sqlx::PgConnection;

const LINES_MAX: u16 = 200;
const LINE_MAX_CHARS: usize = 2000;

/// Adds lines and forgets the oldest.
pub(crate) async fn append(
    db: &mut PgConnection,
    job: JobId,
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
        "INSERT INTO job_log (job_id, at, line)
         SELECT $1, $2, line FROM unnest($3::text[]) WITH ORDINALITY AS t(line, place) ORDER BY place",
        job as JobId,
        now,
        &clean
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "DELETE FROM job_log WHERE job_id = $1 AND line_id <=
             (SELECT line_id FROM job_log WHERE job_id = $1 ORDER BY line_id DESC OFFSET $2 LIMIT 1)",
        job as JobId,
        i64::from(LINES_MAX)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The lines, oldest first.
pub(super) async fn list(db: &mut PgConnection, job: JobId) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "SELECT line FROM job_log WHERE job_id = $1 ORDER BY line_id",
        job as JobId
    )
    .fetch_all(db)
    .await
}
