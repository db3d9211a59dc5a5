//! Where tasks are done by Lambda: every task that may begin is announced on a message queue (SQS). A message is a ticket, not the
//! task: it names one, and whoever gets it leases it from here. So the queue decides nothing. A message that is lost is sent
//! again after a while, one that comes twice finds the task taken. Container workers may pull beside it.
//!
//! SQS knows no priority, so only so many tickets are under way at a time: what is urgent is announced within the next few.

mod sqs;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use shared::ids::TaskId;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use self::sqs::Sqs;
use super::{
    advance,
    state::{LOSSES, TaskKind},
};
use crate::app::App;

/// How often it is looked for tasks whose time has come.
const LOOK: Duration = Duration::from_secs(1);
/// A ticket that nobody used by then is taken for lost.
const LOST_AFTER: TimeDelta = TimeDelta::minutes(5);
/// SQS takes no more messages in one request.
const BATCH: usize = 10;

/// The message queue, as settings describe it.
#[derive(Clone, Debug)]
pub struct QueueConfig {
    /// `TASK_QUEUE_URL`.
    pub url: reqwest::Url,
    /// `TASK_QUEUE_AHEAD`: tickets under way at most; a little more than the functions that may run at once.
    pub ahead: u32,
    /// `TASK_QUEUE_KINDS`: what functions do. The rest waits for container workers: packaging a long film takes more disk and
    /// time than a function has.
    pub kinds: Vec<TaskKind>,
}

/// Announces until shutdown, if there is a queue.
pub(super) fn spawn(app: &App, shutdown: &CancellationToken) {
    let Some(config) = app.config.task_queue.clone() else {
        return;
    };
    let sqs = match Sqs::open(config.url.clone(), &app.config.objects) {
        Ok(sqs) => sqs,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "tasks can't be announced");
            return;
        }
    };
    let (app, shutdown) = (app.clone(), shutdown.clone());
    tokio::spawn(async move {
        while shutdown
            .run_until_cancelled(tokio::time::sleep(LOOK))
            .await
            .is_some()
        {
            if let Err(error) = announce(&app, &sqs, &config).await {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "announcing tasks failed; trying again"
                );
            }
        }
    });
}

/// Sends tickets for what may begin now. A ticket is on record before it is sent: if we die in between, it counts as lost.
async fn announce(app: &App, sqs: &Sqs, config: &QueueConfig) -> anyhow::Result<()> {
    let mut db = app.db.acquire().await?;
    let tasks = mark_announced(&mut db, app.clock.now(), config).await?;
    for batch in tasks.chunks(BATCH) {
        let tickets: Vec<(String, String)> = batch
            .iter()
            .map(|task| (task.to_string(), json!({ "taskId": task }).to_string()))
            .collect();
        let refused = match sqs.send(&tickets).await {
            Ok(refused) => refused,
            Err(error) => {
                unmark(&mut db, batch).await?;
                return Err(error);
            }
        };
        let again: Vec<TaskId> = batch
            .iter()
            .filter(|task| refused.contains(&task.to_string()))
            .copied()
            .collect();
        unmark(&mut db, &again).await?;
        tracing::info!(tasks = batch.len() - again.len(), "tasks announced");
    }
    Ok(())
}

async fn mark_announced(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    config: &QueueConfig,
) -> sqlx::Result<Vec<TaskId>> {
    sqlx::query_scalar!(
        r#"WITH marked AS (
               UPDATE tasks SET queued_at = $1 WHERE task_id IN (
                   SELECT task_id FROM tasks
                   WHERE ((state = 'waiting' AND not_before <= $1)
                          OR (state = 'leased' AND leased_until < $1 AND losses + 1 < $4))
                     AND (queued_at IS NULL OR queued_at < $2) AND kind = ANY($5)
                   ORDER BY priority, due_at, ordinal, task_id
                   LIMIT greatest(0, $3 - (SELECT count(*) FROM tasks WHERE state = 'waiting' AND queued_at >= $2))
                   FOR UPDATE SKIP LOCKED)
               RETURNING task_id, priority, due_at, ordinal)
           SELECT task_id AS "task!: TaskId" FROM marked ORDER BY priority, due_at, ordinal, task_id"#,
        now,
        now - LOST_AFTER,
        i64::from(config.ahead),
        LOSSES,
        &advance::names(&config.kinds)
    )
    .fetch_all(db)
    .await
}

async fn unmark(db: &mut PgConnection, tasks: &[TaskId]) -> sqlx::Result<()> {
    let ids: Vec<uuid::Uuid> = tasks.iter().map(TaskId::as_uuid).collect();
    sqlx::query!(
        "UPDATE tasks SET queued_at = NULL WHERE task_id = ANY($1)",
        &ids
    )
    .execute(db)
    .await?;
    Ok(())
}
