//! Positions from Valkey's 16 streams into PostgreSQL.

use shared::{
    ids::{ContentId, ProfileId},
    progress::Record,
    valkey::{SHARDS, progress_stream},
};
use tokio_util::sync::CancellationToken;

use super::{
    consumer::{self, Consumer, Entry},
    sql::{self, Write},
};
use crate::app::App;

/// Drains until shutdown.
pub(super) async fn run(app: App, shutdown: CancellationToken) {
    consumer::run(consumer(&app), "progress", shutdown, store).await;
}

/// Drains what is there now; returns how many entries that was.
pub async fn now(app: &App) -> anyhow::Result<usize> {
    consumer::drain_now(&mut consumer(app), store).await
}

fn consumer(app: &App) -> Consumer {
    Consumer::new(app, (0..SHARDS).map(progress_stream).collect())
}

async fn store(app: App, entries: Vec<Entry>) -> sqlx::Result<()> {
    let writes: Vec<Write> = entries.iter().filter_map(parse).collect();
    let mut tx = app.begin().await?;
    let merged = sql::merge(&mut tx, &writes, app.clock.now()).await?;
    tx.commit().await?;
    let unknown = writes
        .iter()
        .filter(|write| {
            !merged
                .iter()
                .any(|known| (known.profile, known.content) == (write.profile, write.content))
        })
        .count();
    if unknown > 0 {
        // Deleted while their positions were on the way.
        tracing::info!(
            positions = unknown,
            "positions of unknown profiles or titles dropped"
        );
        metrics::counter!("origin_positions_dropped_total").increment(unknown as u64);
    }
    Ok(())
}

/// An entry that can't be read never will be: it is dropped, so that it blocks no other.
fn parse(entry: &Entry) -> Option<Write> {
    let write = || {
        let profile: ProfileId = entry.field("profile")?.parse().ok()?;
        let content: ContentId = entry.field("content")?.parse().ok()?;
        let record: Record = serde_json::from_str(&entry.field("json")?).ok()?;
        let position = record.position();
        let sound = position.position.is_finite()
            && position.position >= 0.0
            && position.duration.is_finite()
            && position.duration > 0.0;
        sound.then_some(Write {
            profile,
            content,
            position,
        })
    };
    let parsed = write();
    if parsed.is_none() {
        tracing::warn!(entry.id, "unreadable position dropped");
    }
    parsed
}
