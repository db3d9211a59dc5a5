//! What has expired is swept out once in a while, by whichever process comes by.

use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use crate::{app::App, idempotency, jobs};

const EVERY: Duration = Duration::from_secs(600);
/// Long enough to tell a stolen token from an expired one, and to look up where somebody was signed in.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);

/// Sweeps until the token is cancelled.
pub fn spawn(app: &App, shutdown: &CancellationToken) {
    let (app, shutdown) = (app.clone(), shutdown.clone());
    tokio::spawn(async move {
        while shutdown
            .run_until_cancelled(tokio::time::sleep(EVERY))
            .await
            .is_some()
        {
            if let Err(error) = sweep(&app).await {
                tracing::warn!(%error, "housekeeping put off: the database is down");
            }
            if let Err(error) = sweep_objects(&app).await {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "intermediate files stay for now"
                );
            }
        }
    });
}

/// Deletes answers that nobody may ask for again, and sessions that ended long ago with their refresh tokens.
pub async fn sweep(app: &App) -> sqlx::Result<()> {
    let now = app.clock.now();
    let mut tx = app.begin().await?;
    sqlx::query!(
        "DELETE FROM idempotency_keys WHERE created_at < $1",
        now - idempotency::KEPT
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM refresh_tokens WHERE expires_at < $1",
        now - SESSIONS_KEPT
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM sessions s WHERE s.last_seen_at < $1
             AND NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.session_id = s.session_id)",
        now - SESSIONS_KEPT
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// Removes the intermediate files of jobs that ended long ago.
pub async fn sweep_objects(app: &App) -> anyhow::Result<()> {
    jobs::remove_old_work(app).await
}
