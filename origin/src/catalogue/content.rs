//! A title as clients see it, and the one SELECT list that every query of titles shares.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::ids::ContentId;
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

/// The columns of [`Row`], from `content c`.
pub(super) const COLUMNS: &str = "c.content_id, c.content_type, c.title, c.description, c.release_year, c.rating, c.genres, c.maturity, \
     c.series_id, c.season_number, c.episode_number, c.status, c.current_version, c.duration_ms, c.master_resolution, c.hdr_format, \
     c.has_atmos, c.artwork_content_id, c.artwork_version, c.artwork_choice, c.logo_url, c.published_at, c.created_at";

#[derive(Debug, FromRow)]
pub(super) struct Row {
    content_id: ContentId,
    content_type: String,
    title: String,
    description: String,
    release_year: i16,
    rating: String,
    genres: Vec<String>,
    maturity: i16,
    series_id: Option<ContentId>,
    season_number: Option<i32>,
    episode_number: Option<i32>,
    status: String,
    current_version: Option<i32>,
    duration_ms: i64,
    master_resolution: String,
    hdr_format: Option<String>,
    has_atmos: bool,
    artwork_content_id: Option<ContentId>,
    artwork_version: Option<i32>,
    artwork_choice: i16,
    logo_url: Option<String>,
    published_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// A film, series or episode.
#[expect(
    clippy::struct_field_names,
    reason = "`contentType` is the API's name; `type` says less"
)]
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    #[schema(value_type = Uuid)]
    pub id: ContentId,
    pub title: String,
    pub description: String,
    /// Seconds; 0 before the first version is published.
    pub duration: f64,
    pub release_year: i16,
    pub rating: String,
    pub genres: Vec<String>,
    /// `movie`, `series` or `episode`.
    pub content_type: String,
    #[schema(value_type = Option<Uuid>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series_id: Option<ContentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season_number: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode_number: Option<i32>,
    /// As `3840x2160`.
    pub master_resolution: String,
    /// `dolby_vision`, `hdr10`, `hdr10plus`, `hlg`; absent for SDR.
    pub hdr_format: Option<String>,
    pub has_atmos: bool,
    pub poster_url: Option<String>,
    pub thumbnail_url: Option<String>,
    pub hero_image_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// `processing`, `ready` or `error`.
    pub status: String,
    pub created_at: DateTime<Utc>,
    /// The youngest age it is meant for, 0 to 18.
    pub maturity: i16,
    pub asset_version: Option<i32>,
    pub published_at: Option<DateTime<Utc>>,
}

/// Which pictures a title shows: of which title's version, and cut from which of its candidates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Artwork {
    content: Uuid,
    version: i32,
    candidate: i16,
}

impl Artwork {
    pub(crate) fn new(content: Option<Uuid>, version: Option<i32>, candidate: i16) -> Option<Self> {
        Some(Self {
            content: content?,
            version: version?,
            candidate,
        })
    }

    /// Where `poster`, `thumb` or `hero` is.
    pub(crate) fn url(self, name: &str) -> String {
        let Self {
            content,
            version,
            candidate,
        } = self;
        match candidate {
            0 => format!("/artwork/{content}/{version}/{name}.jpg"),
            _ => format!("/artwork/{content}/{version}/{name}-{candidate}.jpg"),
        }
    }
}

impl From<Row> for Content {
    fn from(row: Row) -> Self {
        let chosen = Artwork::new(
            row.artwork_content_id.map(|id| id.as_uuid()),
            row.artwork_version,
            row.artwork_choice,
        );
        let artwork = |name: &str| chosen.map(|chosen| chosen.url(name));
        Self {
            poster_url: artwork("poster"),
            thumbnail_url: artwork("thumb"),
            hero_image_url: artwork("hero"),
            id: row.content_id,
            title: row.title,
            description: row.description,
            duration: row.duration_ms as f64 / 1000.0,
            release_year: row.release_year,
            rating: row.rating,
            genres: row.genres,
            content_type: row.content_type,
            series_id: row.series_id,
            season_number: row.season_number,
            episode_number: row.episode_number,
            master_resolution: row.master_resolution,
            hdr_format: row.hdr_format,
            has_atmos: row.has_atmos,
            logo_url: row.logo_url,
            status: row.status,
            created_at: row.created_at,
            maturity: row.maturity,
            asset_version: row.current_version,
            published_at: row.published_at,
        }
    }
}
