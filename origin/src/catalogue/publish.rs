//! Publishing a title's version: what the catalogue must know of it, and who must hear of it.

use redis::AsyncCommands;
use shared::{
    ids::{AssetVersion, ContentId},
    valkey::{CATALOGUE_EVENTS, CATALOGUE_REV},
};
use sqlx::PgConnection;

use crate::app::App;

/// What publication changes in the catalogue.
#[derive(Debug, Clone)]
pub struct Published {
    pub content_id: ContentId,
    pub version: AssetVersion,
    pub duration_ms: u64,
    /// Of the master, as `3840x2160`.
    pub master_resolution: String,
    /// `dolby_vision`, `hdr10`, `hdr10plus`, `hlg`, or none for SDR.
    pub hdr_format: Option<String>,
    pub has_atmos: bool,
    /// The version has poster, thumbnail and hero image in `artwork/{contentId}/{version}/`.
    pub has_artwork: bool,
}

/// Flips the published version, within the caller's transaction. An episode's series becomes visible with its first one.
pub async fn mark_published(
    db: &mut PgConnection,
    app: &App,
    published: &Published,
) -> sqlx::Result<()> {
    let now = app.clock.now();
    let version = i32::try_from(published.version.0).unwrap_or(i32::MAX);
    let duration_ms = i64::try_from(published.duration_ms).unwrap_or(i64::MAX);
    sqlx::query!(
        "UPDATE content SET current_version = $2, status = 'ready', duration_ms = $3, master_resolution = $4,
             hdr_format = $5, has_atmos = $6, published_at = COALESCE(published_at, $7), updated_at = $7,
             artwork_content_id = CASE WHEN $8 THEN content_id ELSE artwork_content_id END,
             artwork_version = CASE WHEN $8 THEN $2 ELSE artwork_version END,
             artwork_choice = CASE WHEN $8 AND artwork_version IS DISTINCT FROM $2 THEN 0 ELSE artwork_choice END
         WHERE content_id = $1",
        published.content_id.as_uuid(),
        version,
        duration_ms,
        published.master_resolution,
        published.hdr_format,
        published.has_atmos,
        now,
        published.has_artwork,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "UPDATE content series SET status = 'ready', published_at = COALESCE(series.published_at, $2), updated_at = $2,
             artwork_content_id = COALESCE(series.artwork_content_id, episode.artwork_content_id),
             artwork_version = COALESCE(series.artwork_version, episode.artwork_version),
             artwork_choice = CASE WHEN series.artwork_version IS NULL THEN episode.artwork_choice ELSE series.artwork_choice END
         FROM content episode
         WHERE episode.content_id = $1 AND series.content_id = episode.series_id",
        published.content_id.as_uuid(),
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Tells caches and open screens that the catalogue changed. After the commit: never before there is something to see.
/// Without Valkey, caches find out when their entries expire.
pub async fn announce(app: &App, content: ContentId) {
    let mut valkey = app.valkey.connection();
    let told: redis::RedisResult<()> = async {
        let rev: i64 = valkey.incr(CATALOGUE_REV, 1).await?;
        let event = serde_json::json!({ "contentId": content, "rev": rev }).to_string();
        valkey.publish(CATALOGUE_EVENTS, event).await
    }
    .await;
    if let Err(error) = told {
        tracing::warn!(%error, content.id = %content, "catalogue change not announced: Valkey is down");
    }
}
