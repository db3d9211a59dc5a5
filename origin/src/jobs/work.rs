//! Intermediate files (`work/{job}/…`): kept for a while after a job ended, so that a retry finds what was done, then removed.

use chrono::TimeDelta;
use futures::TryStreamExt;
use object_store::{ObjectStoreExt, path::Path};
use shared::ids::JobId;

use crate::app::App;

/// How long they are kept. The bucket's own rule may be as strict.
const KEPT: TimeDelta = TimeDelta::days(7);
/// Jobs looked at in one go.
const JOBS: i64 = 50;

/// Removes what jobs left that ended long ago.
pub(crate) async fn remove_old(app: &App) -> anyhow::Result<()> {
    let before = app.clock.now() - KEPT;
    let jobs = sqlx::query_scalar!(
        r#"SELECT job_id AS "job: JobId" FROM jobs
           WHERE work_removed_at IS NULL AND finished_at < $1 ORDER BY finished_at LIMIT $2"#,
        before,
        JOBS
    )
    .fetch_all(&app.db)
    .await?;
    for job in jobs {
        // On record first: a retry that comes in between makes anew what is about to go.
        let marked = sqlx::query!(
            "UPDATE jobs SET work_removed_at = $2 WHERE job_id = $1 AND finished_at < $3",
            job as JobId,
            app.clock.now(),
            before
        )
        .execute(&app.db)
        .await?;
        if marked.rows_affected() == 1 {
            remove(app, job).await?;
        }
    }
    Ok(())
}

async fn remove(app: &App, job: JobId) -> anyhow::Result<()> {
    let folder = Path::from(format!("work/{job}"));
    let files: Vec<_> = app.objects.list(Some(&folder)).try_collect().await?;
    for file in &files {
        app.objects.delete(&file.location).await?;
    }
    tracing::info!(job.id = %job, files = files.len(), "intermediate files removed");
    Ok(())
}
