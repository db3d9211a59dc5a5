//! Quality of experience in SQL.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// One event of a player.
#[derive(Clone, Debug)]
pub(super) struct QoeEvent {
    pub(super) entry_id: String,
    pub(super) place: i32,
    pub(super) playback_id: Uuid,
    pub(super) account_id: Option<Uuid>,
    pub(super) content_id: Option<Uuid>,
    pub(super) agent: String,
    pub(super) at: DateTime<Utc>,
    pub(super) kind: String,
    pub(super) data: Value,
}

/// Stores events and brings their sessions' summaries up to date. An event that is there already counts no second time.
pub(super) async fn insert(db: &mut PgConnection, events: &[QoeEvent]) -> sqlx::Result<()> {
    insert_sessions(db, events).await?;
    let ids: Vec<&str> = events.iter().map(|event| event.entry_id.as_str()).collect();
    let places: Vec<i32> = events.iter().map(|event| event.place).collect();
    let playbacks: Vec<Uuid> = events.iter().map(|event| event.playback_id).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    let times: Vec<DateTime<Utc>> = events.iter().map(|event| event.at).collect();
    let data: Vec<Value> = events.iter().map(|event| event.data.clone()).collect();
    sqlx::query!(
        r#"WITH fresh AS (
               INSERT INTO qoe_events (entry_id, place, playback_id, kind, at, data)
               SELECT * FROM unnest($1::text[], $2::integer[], $3::uuid[], $4::text[], $5::timestamptz[], $6::jsonb[])
               ON CONFLICT DO NOTHING RETURNING playback_id, kind, at, data
           ), numbers AS (
               SELECT playback_id, kind, at,
                      CASE WHEN jsonb_typeof(data -> 'startupMs') = 'number' THEN (data ->> 'startupMs')::numeric END AS startup_ms,
                      CASE WHEN jsonb_typeof(data -> 'stallMs') = 'number' THEN (data ->> 'stallMs')::numeric END AS stall_ms
               FROM fresh
           ), sums AS (
               SELECT playback_id, min(at) AS first_at, max(at) AS last_at,
                      min(least(greatest(startup_ms, 0), 3600000)) FILTER (WHERE kind = 'first_frame') AS startup_ms,
                      count(*) FILTER (WHERE kind = 'stall') AS stalls,
                      coalesce(sum(least(greatest(stall_ms, 0), 3600000)) FILTER (WHERE kind = 'stall'), 0) AS stalled_ms,
                      count(*) FILTER (WHERE kind = 'error') AS errors
               FROM numbers GROUP BY playback_id
           )
           UPDATE qoe_sessions s
           SET first_event_at = least(s.first_event_at, sums.first_at), last_event_at = greatest(s.last_event_at, sums.last_at),
               startup_ms = coalesce(s.startup_ms, sums.startup_ms::bigint), stalls = s.stalls + sums.stalls,
               stalled_ms = s.stalled_ms + sums.stalled_ms::bigint, errors = s.errors + sums.errors
           FROM sums WHERE s.playback_id = sums.playback_id"#,
        &ids as &[&str],
        &places,
        &playbacks,
        &kinds as &[&str],
        &times,
        &data
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn insert_sessions(db: &mut PgConnection, events: &[QoeEvent]) -> sqlx::Result<()> {
    let mut sessions: Vec<&QoeEvent> = events.iter().collect();
    // In one order, so that two processes can't lock each other out; of one playback, the event that names the title.
    sessions.sort_by_key(|event| (event.playback_id, event.content_id.is_none()));
    sessions.dedup_by_key(|event| event.playback_id);
    for session in sessions {
        sqlx::query!(
            "INSERT INTO qoe_sessions (playback_id, account_id, content_id, agent, first_event_at, last_event_at)
             VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
            session.playback_id,
            session.account_id,
            session.content_id,
            session.agent,
            session.at
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}
