//! What nobody continues is dropped; what is whole but lost its process is completed.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{
    error::UploadError,
    lock::Lock,
    sql::{self, Upload, UploadState},
    upload,
};
use crate::app::App;

const INTERVAL: Duration = Duration::from_secs(60);

/// Looks after unfinished uploads until shutdown.
pub(super) async fn run(app: App, shutdown: CancellationToken) {
    loop {
        if let Err(error) = look(&app).await {
            tracing::warn!(%error, "looking after unfinished uploads failed; trying again");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

/// One look at every upload that still takes bytes.
pub async fn look(app: &App) -> Result<(), UploadError> {
    let uploads = sql::list_receiving(&mut *app.db.acquire().await?).await?;
    for upload in uploads {
        match look_at(app, &upload).await {
            // Somebody writes it, or has just ended it; a wrong hash has been dealt with.
            Ok(()) | Err(UploadError::Locked | UploadError::Gone | UploadError::Sha256 { .. }) => {}
            Err(error) => tracing::warn!(%error, upload.id = %upload.id, "upload not looked after"),
        }
    }
    Ok(())
}

async fn look_at(app: &App, upload: &Upload) -> Result<(), UploadError> {
    if app.staging.received(app, upload).await? == upload.length() {
        return upload::resume_completion(app, upload.id).await;
    }
    if upload.expires_at > app.clock.now() {
        return Ok(());
    }
    let lock = Lock::acquire(app, upload.id).await?;
    let expired = expire(app, upload).await;
    lock.release().await;
    expired
}

async fn expire(app: &App, upload: &Upload) -> Result<(), UploadError> {
    let fresh = sql::find(&mut *app.db.acquire().await?, upload.id)
        .await?
        .ok_or(UploadError::NotFound)?;
    // Under the lock: the last writer may have put the expiry off.
    if fresh.state != UploadState::Receiving || fresh.expires_at > app.clock.now() {
        return Ok(());
    }
    app.staging.discard(&fresh).await?;
    sql::mark_ended(
        &mut *app.db.acquire().await?,
        fresh.id,
        UploadState::Expired,
        app.clock.now(),
    )
    .await?;
    tracing::info!(upload.id = %fresh.id, "upload expired");
    Ok(())
}
