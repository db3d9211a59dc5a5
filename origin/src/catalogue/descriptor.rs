//! `GET /internal/titles/{contentId}`: what the edge keeps of a title to start it without asking again.

use axum::extract::State;
use shared::{
    asset::Intro,
    ids::{AssetVersion, ContentId},
    title::{ContentType, TitleDescriptor, TitleStatus},
};
use sqlx::FromRow;

use super::CatalogueError;
use crate::{
    app::App,
    request::{Json, Path, Service},
};

#[derive(FromRow)]
struct Row {
    title: String,
    content_type: String,
    status: String,
    maturity: i16,
    duration_ms: i64,
    current_version: Option<i32>,
    key_seed: Option<i32>,
    credits_start_ms: Option<i64>,
    intro_start_ms: Option<i64>,
    intro_end_ms: Option<i64>,
    next_episode_id: Option<ContentId>,
}

pub async fn descriptor(
    State(app): State<App>,
    _: Service,
    Path(id): Path<ContentId>,
) -> Result<Json<TitleDescriptor>, CatalogueError> {
    let mut tx = app.begin().await?;
    let row: Option<Row> = sqlx::query_as(
        "SELECT c.title, c.content_type, c.status, c.maturity, c.duration_ms, c.current_version, a.key_seed,
             credits.start_ms AS credits_start_ms, intro.start_ms AS intro_start_ms, intro.end_ms AS intro_end_ms,
             (SELECT e.content_id FROM content e WHERE e.series_id = c.series_id AND e.published_at IS NOT NULL AND e.current_version IS NOT NULL
                  AND (e.season_number, e.episode_number) > (c.season_number, c.episode_number)
                  ORDER BY e.season_number, e.episode_number LIMIT 1) AS next_episode_id
         FROM content c LEFT JOIN assets a ON a.content_id = c.content_id AND a.version = c.current_version
             LEFT JOIN markers credits ON credits.content_id = c.content_id AND credits.version = c.current_version
                 AND credits.kind = 'credits' AND credits.source <> 'detected'
             LEFT JOIN markers intro ON intro.content_id = c.content_id AND intro.version = c.current_version
                 AND intro.kind = 'intro' AND intro.source <> 'detected'
         WHERE c.content_id = $1",
    )
    .bind(id)
    .fetch_optional(&mut *tx)
    .await?;
    let row = row.ok_or(CatalogueError::TitleNotFound)?;
    let content_type = match row.content_type.as_str() {
        "series" => ContentType::Series,
        "episode" => ContentType::Episode,
        _ => ContentType::Movie, // The column's CHECK knows no fourth.
    };
    // A published title stays playable while its next version is made, or fails.
    let status = match (row.current_version, row.status.as_str()) {
        (Some(_), _) => TitleStatus::Ready,
        (None, "error") => TitleStatus::Error,
        (None, _) => TitleStatus::Processing,
    };
    Ok(Json(TitleDescriptor {
        content_id: id,
        title: row.title,
        content_type,
        status,
        maturity: u8::try_from(row.maturity).unwrap_or(u8::MAX),
        duration_ms: row.duration_ms.unsigned_abs(),
        version: row
            .current_version
            .map(|version| AssetVersion(version.unsigned_abs())),
        key_seed: row.key_seed.map(i32::unsigned_abs),
        credits_start_ms: row.credits_start_ms.map(i64::unsigned_abs),
        intro: row
            .intro_start_ms
            .zip(row.intro_end_ms)
            .map(|(start, end)| Intro {
                start_ms: start.unsigned_abs(),
                end_ms: end.unsigned_abs(),
            }),
        next_episode_id: row.next_episode_id,
    }))
}
