//! The rows of a published version. Written once, by the transaction that publishes it.

use chrono::{DateTime, Utc};
use shared::{
    asset::{Asset, Segment, VideoTrack},
    ids::{ContentId, JobId},
};
use sqlx::PgConnection;

/// A version that passed verification.
pub(super) struct Verified {
    pub(super) version: i32,
    pub(super) job_id: JobId,
}

pub(super) async fn title_exists(db: &mut PgConnection, content: ContentId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM content WHERE content_id = $1) AS "exists!""#,
        content as ContentId
    )
    .fetch_one(db)
    .await
}

/// The version asked for, or the newest, if its job passed verification.
pub(super) async fn find_verified(
    db: &mut PgConnection,
    content: ContentId,
    version: Option<i32>,
) -> sqlx::Result<Option<Verified>> {
    sqlx::query_as!(
        Verified,
        r#"SELECT version, job_id AS "job_id: JobId" FROM jobs
           WHERE content_id = $1 AND state = 'ready' AND ($2::integer IS NULL OR version = $2)
           ORDER BY version DESC LIMIT 1"#,
        content as ContentId,
        version
    )
    .fetch_optional(db)
    .await
}

/// False when the version has its rows already.
pub(super) async fn insert_asset(
    db: &mut PgConnection,
    asset: &Asset,
    job: Option<JobId>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "INSERT INTO assets (content_id, version, job_id, key_seed, duration_ms, storyboard, published_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        asset.content_id as ContentId,
        version(asset),
        job as Option<JobId>,
        i32::try_from(asset.key_seed).unwrap_or(i32::MAX),
        signed(asset.duration_ms),
        asset.storyboard.is_some(),
        now
    )
    .execute(db)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub(super) async fn insert_tracks(db: &mut PgConnection, asset: &Asset) -> sqlx::Result<()> {
    for track in &asset.video {
        insert_rendition(db, asset, track, "playback").await?;
    }
    for track in &asset.trick {
        insert_rendition(db, asset, track, "trick_play").await?;
    }
    for track in &asset.audio {
        sqlx::query!(
            "INSERT INTO audio_tracks (content_id, version, track, name, language, channels, codec, is_default, average_bps)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            asset.content_id as ContentId,
            version(asset),
            track.id,
            track.name,
            track.language,
            track.channels,
            track.codec,
            track.default,
            signed(track.average_bps)
        )
        .execute(&mut *db)
        .await?;
    }
    for track in &asset.subtitles {
        sqlx::query!(
            "INSERT INTO subtitle_tracks (content_id, version, track, name, language, forced, sdh, is_default)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            asset.content_id as ContentId,
            version(asset),
            track.id,
            track.name,
            track.language,
            track.forced,
            track.sdh,
            track.default
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

async fn insert_rendition(
    db: &mut PgConnection,
    asset: &Asset,
    track: &VideoTrack,
    purpose: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO renditions (content_id, version, rendition, purpose, codec, width, height, frame_rate, range, tier,
             peak_bps, average_bps, size_bytes, file, vmaf)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        asset.content_id as ContentId,
        version(asset),
        track.id,
        purpose,
        track.codec,
        i32::try_from(track.width).unwrap_or(i32::MAX),
        i32::try_from(track.height).unwrap_or(i32::MAX),
        track.frame_rate.fps(),
        track.range.to_string(),
        track.tier.to_string(),
        signed(track.peak_bps),
        signed(track.average_bps),
        signed(track.segments.last().map_or(0, |segment: &Segment| segment.bytes().end())),
        track.file,
        track.score
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn insert_markers(db: &mut PgConnection, asset: &Asset) -> sqlx::Result<()> {
    let intro = asset
        .intro
        .map(|intro| ("intro", intro.start_ms, intro.end_ms));
    let credits = asset
        .credits_start_ms
        .map(|start_ms| ("credits", start_ms, asset.duration_ms));
    // A marker past the end marks nothing.
    let markers = intro
        .into_iter()
        .chain(credits)
        .filter(|(_, start, end)| start < end);
    for (kind, start_ms, end_ms) in markers {
        sqlx::query!(
            "INSERT INTO markers (content_id, version, kind, start_ms, end_ms) VALUES ($1, $2, $3, $4, $5)",
            asset.content_id as ContentId,
            version(asset),
            kind,
            signed(start_ms),
            signed(end_ms)
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

fn version(asset: &Asset) -> i32 {
    i32::try_from(asset.version.0).unwrap_or(i32::MAX)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
