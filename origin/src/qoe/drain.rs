//! Player telemetry from Valkey's stream into PostgreSQL.

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared::valkey::TELEMETRY_STREAM;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::sql::{self, QoeEvent};
use crate::{
    app::App,
    progress::{self, Consumer, Entry},
};

/// A client's clock may be wrong by this much before the server's time of arrival is taken instead.
const SKEW_MAX: chrono::TimeDelta = chrono::TimeDelta::hours(24);
/// The edge takes no more.
const EVENTS_MAX: usize = 100;

/// Drains until shutdown.
pub(super) async fn run(app: App, shutdown: CancellationToken) {
    progress::run(consumer(&app), "telemetry", shutdown, store).await;
}

/// Drains what is there now; returns how many entries that was.
pub async fn now(app: &App) -> anyhow::Result<usize> {
    progress::drain_now(&mut consumer(app), store).await
}

fn consumer(app: &App) -> Consumer {
    Consumer::new(app, vec![TELEMETRY_STREAM.to_owned()])
}

async fn store(app: App, entries: Vec<Entry>) -> sqlx::Result<()> {
    let mut events = Vec::new();
    for entry in &entries {
        if let Some(parsed) = parse(entry) {
            events.extend(parsed);
        } else {
            tracing::warn!(entry.id, "unreadable telemetry dropped");
        }
    }
    let mut tx = app.begin().await?;
    sql::insert(&mut tx, &events).await?;
    tx.commit().await
}

fn parse(entry: &Entry) -> Option<Vec<QoeEvent>> {
    let device: Uuid = entry.field("device")?.parse().ok()?;
    let account: Option<Uuid> = entry.field("account").and_then(|id| id.parse().ok());
    let arrived = DateTime::from_timestamp_millis(entry.field("at")?.parse().ok()?)?;
    let agent: String = entry
        .field("agent")
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect();
    let events: Vec<Value> = serde_json::from_str(&entry.field("events")?).ok()?;
    let parsed = events
        .into_iter()
        .take(EVENTS_MAX)
        .zip(0..)
        .filter_map(|(event, place)| {
            let id = |name: &str| {
                event
                    .get(name)
                    .and_then(Value::as_str)
                    .and_then(|text| text.parse::<Uuid>().ok())
            };
            let kind = event
                .get("type")
                .and_then(Value::as_str)
                .filter(|kind| (1..=64).contains(&kind.len()))?
                .to_owned();
            Some(QoeEvent {
                entry_id: entry.id.clone(),
                place,
                playback_id: id("leaseId").unwrap_or(device),
                account_id: account,
                content_id: id("contentId"),
                agent: agent.clone(),
                at: plausible(event.get("at").and_then(Value::as_f64), arrived),
                kind,
                data: without_nul(event),
            })
        });
    Some(parsed.collect())
}

fn plausible(client_ms: Option<f64>, arrived: DateTime<Utc>) -> DateTime<Utc> {
    client_ms
        .and_then(|ms| DateTime::from_timestamp_millis(ms as i64))
        .filter(|at| (*at - arrived).abs() <= SKEW_MAX)
        .unwrap_or(arrived)
}

/// PostgreSQL's JSON can't hold `\u0000`.
fn without_nul(event: Value) -> Value {
    let text = event.to_string();
    if text.contains("\\u0000") {
        Value::String("not storable".to_owned())
    } else {
        event
    }
}
