//! The last byte is in: the master's hash is compared, the bytes become an object, and upload, title, job and first task
//! are written in one transaction.

use chrono::Datelike;
use shared::ids::JobId;

use super::{
    error::UploadError,
    sql::{self, NewTitle, Upload},
    staging::{Sink, master_key},
};
use crate::{
    app::App,
    audit,
    jobs::{self, Master},
};

/// Completes an upload whose every byte is in its sink. Under its lock; harmless when repeated after a crash.
pub(super) async fn complete(app: &App, upload: Upload, sink: Sink) -> Result<JobId, UploadError> {
    let digest = sink.digest().await?;
    if let Some(expected) = &upload.expected_sha256
        && expected.as_slice() != digest
    {
        app.staging.discard(&upload).await?;
        sql::mark_refused(
            &mut *app.db.acquire().await?,
            upload.id,
            "sha256_mismatch",
            app.clock.now(),
        )
        .await?;
        return Err(UploadError::Sha256 {
            expected: hex::encode(expected),
            actual: hex::encode(digest),
        });
    }
    app.staging.promote(app, &upload).await?;
    let job_id = store(app, &upload, digest).await?;
    tracing::info!(upload.id = %upload.id, content.id = %upload.content_id, job.id = %job_id, bytes = upload.length(), "upload complete");
    Ok(job_id)
}

async fn store(app: &App, upload: &Upload, sha256: [u8; 32]) -> Result<JobId, UploadError> {
    let now = app.clock.now();
    let mut tx = app.begin().await?;
    if !sql::mark_completed(&mut tx, upload.id, &sha256, now).await? {
        return Err(UploadError::Gone);
    }
    if let Some(title) = &upload.title {
        let new = NewTitle {
            content_id: upload.content_id,
            title,
            description: "",
            release_year: i16::try_from(now.year()).unwrap_or(i16::MAX),
            rating: "",
            genres: &[],
            maturity: 0,
        };
        sql::insert_title(&mut tx, &new, now).await?;
    }
    let master = Master {
        content_id: upload.content_id,
        upload_id: Some(upload.id),
        requested_by: upload.created_by,
        key: &master_key(upload.content_id, upload.id),
        filename: &upload.filename,
        sha256,
        auto_publish: upload.auto_publish,
        copy_first: app.config.copy_first,
    };
    let job = jobs::create(&mut tx, &app.clock, &master).await?;
    if let Some(account) = upload.created_by {
        audit::record(
            &mut tx,
            app,
            account,
            "content.upload",
            upload.content_id.as_uuid(),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(job)
}
