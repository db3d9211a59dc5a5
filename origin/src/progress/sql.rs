//! Positions in SQL. [`merge`] is the only statement that writes `watch_progress`, and its order is
//! `shared::progress::merge`'s.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::{
    ids::{ContentId, ProfileId, SessionId},
    progress::Position,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::catalogue::Artwork;

/// A position and where it belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Write {
    pub(crate) profile: ProfileId,
    pub(crate) content: ContentId,
    pub(crate) position: Position,
}

/// What became of the writes for one title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) profile: ProfileId,
    pub(crate) content: ContentId,
    /// Whether the best of them beat what was stored.
    pub(crate) won: bool,
}

/// Merges writes into the registers, many at once. What names no profile or no title isn't in the answer.
pub(crate) async fn merge(
    db: &mut PgConnection,
    writes: &[Write],
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Merged>> {
    let column = |pick: fn(&Write) -> Uuid| writes.iter().map(pick).collect::<Vec<_>>();
    let numbers = |pick: fn(&Position) -> f64| {
        writes
            .iter()
            .map(|write| pick(&write.position))
            .collect::<Vec<_>>()
    };
    let timestamps: Vec<i64> = writes
        .iter()
        .map(|write| write.position.client_timestamp)
        .collect();
    let completed: Vec<bool> = writes
        .iter()
        .map(|write| write.position.completed)
        .collect();
    // Sorted, so that two batches lock rows in one order.
    sqlx::query_as!(
        Merged,
        r#"WITH incoming AS (
               SELECT DISTINCT ON (profile_id, content_id) *
               FROM unnest($1::uuid[], $2::uuid[], $3::float8[], $4::float8[], $5::bigint[], $6::uuid[], $7::boolean[])
                    AS i(profile_id, content_id, position_s, duration_s, client_timestamp_ms, device_id, completed)
               ORDER BY profile_id, content_id, client_timestamp_ms DESC, device_id DESC, position_s DESC, duration_s DESC,
                        completed DESC
           ), known AS (
               SELECT i.* FROM incoming i
               WHERE EXISTS (SELECT FROM profiles p WHERE p.profile_id = i.profile_id)
                 AND EXISTS (SELECT FROM content c WHERE c.content_id = i.content_id)
           ), before AS (
               SELECT w.profile_id, w.content_id, w.completed FROM watch_progress w JOIN known USING (profile_id, content_id)
           ), written AS (
               INSERT INTO watch_progress AS w
                   (profile_id, content_id, position_s, duration_s, client_timestamp_ms, device_id, completed, updated_at)
               SELECT profile_id, content_id, position_s, duration_s, client_timestamp_ms, device_id, completed, $8
               FROM known ORDER BY profile_id, content_id
               ON CONFLICT (profile_id, content_id) DO UPDATE
               SET position_s = excluded.position_s, duration_s = excluded.duration_s,
                   client_timestamp_ms = excluded.client_timestamp_ms, device_id = excluded.device_id,
                   completed = excluded.completed, updated_at = excluded.updated_at
               WHERE (excluded.client_timestamp_ms, excluded.device_id, excluded.position_s, excluded.duration_s, excluded.completed)
                   > (w.client_timestamp_ms, w.device_id, w.position_s, w.duration_s, w.completed)
               RETURNING w.profile_id, w.content_id, w.completed
           ), history AS (
               INSERT INTO watch_events (profile_id, content_id, kind, at)
               SELECT profile_id, content_id, CASE WHEN written.completed THEN 'completed' ELSE 'started' END, $8
               FROM written LEFT JOIN before USING (profile_id, content_id)
               WHERE before.completed IS DISTINCT FROM written.completed
           )
           SELECT known.profile_id AS "profile!: ProfileId", known.content_id AS "content!: ContentId",
                  written.content_id IS NOT NULL AS "won!"
           FROM known LEFT JOIN written USING (profile_id, content_id)"#,
        &column(|write| write.profile.as_uuid()),
        &column(|write| write.content.as_uuid()),
        &numbers(|position| position.position),
        &numbers(|position| position.duration),
        &timestamps,
        &column(|write| write.position.device.as_uuid()),
        &completed,
        now
    )
    .fetch_all(db)
    .await
}

/// What a card shows of a title.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) title: String,
    pub(crate) content_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) series_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thumbnail_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hero_image_url: Option<String>,
}

impl Summary {
    pub(crate) fn new(
        title: String,
        content_type: String,
        series_id: Option<Uuid>,
        artwork: Option<Artwork>,
    ) -> Self {
        let picture = |name: &str| artwork.map(|artwork| artwork.url(name));
        Self {
            title,
            content_type,
            series_id,
            thumbnail_url: picture("thumb"),
            hero_image_url: picture("hero"),
        }
    }
}

/// A profile's maturity limit and whether it is for kids; and whether its account administers.
pub(super) struct Audience {
    pub(super) maturity_limit: i16,
    pub(super) is_kids: bool,
    pub(super) is_admin: bool,
}

pub(super) async fn find_audience(
    db: &mut PgConnection,
    profile: ProfileId,
) -> sqlx::Result<Option<Audience>> {
    sqlx::query_as!(
        Audience,
        r#"SELECT p.maturity_limit, p.is_kids, a.role = 'admin' AS "is_admin!"
           FROM profiles p JOIN accounts a USING (account_id) WHERE p.profile_id = $1"#,
        profile as ProfileId
    )
    .fetch_optional(db)
    .await
}

/// A stored position with what its title looks like, and the episode after it.
pub(super) struct Row {
    pub(super) content_id: ContentId,
    pub(super) position_s: f64,
    pub(super) duration_s: f64,
    pub(super) completed: bool,
    pub(super) client_timestamp_ms: i64,
    pub(super) device_id: SessionId,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) title: String,
    pub(super) content_type: String,
    pub(super) series_id: Option<Uuid>,
    pub(super) artwork_content_id: Option<Uuid>,
    pub(super) artwork_version: Option<i32>,
    pub(super) artwork_choice: i16,
    pub(super) next_id: Option<ContentId>,
    pub(super) next_title: Option<String>,
    pub(super) next_duration_ms: Option<i64>,
    pub(super) next_artwork_content_id: Option<Uuid>,
    pub(super) next_artwork_version: Option<i32>,
    pub(super) next_artwork_choice: Option<i16>,
}

/// The newest positions in titles that the transaction's viewer may see. `content` picks one.
pub(super) async fn list(
    db: &mut PgConnection,
    profile: ProfileId,
    content: Option<ContentId>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"SELECT w.content_id AS "content_id: ContentId", w.position_s, w.duration_s, w.completed, w.client_timestamp_ms,
                  w.device_id AS "device_id: SessionId", w.updated_at, c.title, c.content_type, c.series_id,
                  c.artwork_content_id, c.artwork_version, c.artwork_choice, n.content_id AS "next_id?: ContentId", n.title AS "next_title?",
                  n.duration_ms AS "next_duration_ms?", n.artwork_content_id AS "next_artwork_content_id?",
                  n.artwork_version AS "next_artwork_version?", n.artwork_choice AS "next_artwork_choice?"
           FROM watch_progress w
           JOIN content c ON c.content_id = w.content_id
           LEFT JOIN LATERAL (
               SELECT e.content_id, e.title, e.duration_ms, e.artwork_content_id, e.artwork_version, e.artwork_choice FROM content e
               WHERE e.series_id = c.series_id AND e.status = 'ready' AND e.current_version IS NOT NULL
                 AND (e.season_number, e.episode_number) > (c.season_number, c.episode_number)
               ORDER BY e.season_number, e.episode_number LIMIT 1) n ON w.completed
           WHERE w.profile_id = $1 AND ($2::uuid IS NULL OR w.content_id = $2)
           ORDER BY w.client_timestamp_ms DESC, w.content_id LIMIT $3"#,
        profile as ProfileId,
        content as Option<ContentId>,
        limit
    )
    .fetch_all(db)
    .await
}
