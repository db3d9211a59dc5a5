//! A master has arrived whole: the job that makes it playable, and its first task.

use serde_json::json;
use shared::ids::{AccountId, ContentId, JobId, UploadId};
use sqlx::PgConnection;

use super::{advance, sql, state::TaskKind};
use crate::app::Clock;

/// A master in the object store.
pub(crate) struct Master<'a> {
    pub(crate) content_id: ContentId,
    /// `None` when it didn't come over HTTP.
    pub(crate) upload_id: Option<UploadId>,
    pub(crate) requested_by: Option<AccountId>,
    pub(crate) key: &'a str,
    pub(crate) filename: &'a str,
    pub(crate) sha256: [u8; 32],
    pub(crate) auto_publish: bool,
    /// Publish the master's own streams first, if they conform, and the ladder behind them.
    pub(crate) copy_first: bool,
}

/// Inserts the job of a master within the caller's transaction. The title must exist.
pub(crate) async fn create(
    db: &mut PgConnection,
    clock: &Clock,
    master: &Master<'_>,
) -> sqlx::Result<JobId> {
    let now = clock.now();
    let job = JobId::from_uuid(clock.new_id());
    // The title's row is the lock under which versions are counted.
    let is_published = sqlx::query_scalar!(
        r#"SELECT current_version IS NOT NULL AS "published!" FROM content WHERE content_id = $1 FOR UPDATE"#,
        master.content_id as ContentId
    )
    .fetch_one(&mut *db)
    .await?;
    sqlx::query!(
        "INSERT INTO jobs (job_id, content_id, upload_id, requested_by, version, master_key, filename, auto_publish, created_at, stage_at)
         SELECT $1, $2, $3, $4, coalesce(max(version), 0) + 1, $5, $6, $7, $8, $8 FROM jobs WHERE content_id = $2",
        job as JobId,
        master.content_id as ContentId,
        master.upload_id as Option<UploadId>,
        master.requested_by as Option<AccountId>,
        master.key,
        master.filename,
        master.auto_publish,
        now
    )
    .execute(&mut *db)
    .await?;
    let spec = json!({ "masterKey": master.key, "filename": master.filename, "sha256": hex::encode(master.sha256) });
    // A copy has one rendition. In the place of a whole ladder it would take something from viewers.
    let kind = if master.copy_first && !is_published {
        TaskKind::Copy
    } else {
        TaskKind::Probe
    };
    let first = advance::new_task(clock, kind, spec);
    sql::insert_tasks(db, job, &[first], now).await?;
    advance::mark_title(db, master.content_id, "processing").await?;
    Ok(job)
}
