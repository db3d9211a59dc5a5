//! The rows of a published version. Written once, by the transaction that publishes it.

use chrono::{DateTime, Utc};
use shared::{
    asset::{Asset, Marker, MarkerKind, MarkerSource, Segment, VideoTrack},
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

/// Markers that the master has, or that were detected. Operators change them later.
pub(super) async fn insert_markers(db: &mut PgConnection, asset: &Asset) -> sqlx::Result<()> {
    for marker in markers(asset) {
        sqlx::query!(
            "INSERT INTO markers (content_id, version, kind, start_ms, end_ms, source, confidence) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            asset.content_id as ContentId,
            version(asset),
            marker.kind.as_str(),
            signed(marker.start_ms),
            signed(marker.end_ms),
            marker.source.as_str(),
            marker.confidence
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// The asset's markers, one of each kind, within the programme: a marker past the end marks nothing. The first assets had
/// them in members of their own.
fn markers(asset: &Asset) -> Vec<Marker> {
    let old = |kind, start_ms, end_ms| Marker {
        kind,
        start_ms,
        end_ms,
        source: MarkerSource::Chapters,
        confidence: 1.0,
    };
    let intro = asset
        .intro
        .map(|intro| old(MarkerKind::Intro, intro.start_ms, intro.end_ms));
    let credits = asset
        .credits_start_ms
        .map(|start_ms| old(MarkerKind::Credits, start_ms, asset.duration_ms));
    let mut markers: Vec<Marker> = Vec::new();
    for mut marker in asset.markers.iter().copied().chain(intro).chain(credits) {
        marker.end_ms = marker.end_ms.min(asset.duration_ms);
        marker.confidence = marker.confidence.clamp(0.0, 1.0);
        let is_new = markers.iter().all(|known| known.kind != marker.kind);
        if is_new && marker.start_ms < marker.end_ms {
            markers.push(marker);
        }
    }
    markers
}

/// The pictures that an operator may choose from.
pub(super) async fn insert_artwork(db: &mut PgConnection, asset: &Asset) -> sqlx::Result<()> {
    for candidate in asset
        .artwork
        .iter()
        .filter(|candidate| candidate.index < 10)
    {
        sqlx::query!(
            "INSERT INTO artwork_candidates (content_id, version, place, at_ms, score) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
            asset.content_id as ContentId,
            version(asset),
            i16::try_from(candidate.index).unwrap_or(i16::MAX),
            signed(candidate.at_ms),
            candidate.score
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
