//! What viewers browse: lists and one title, under the viewer's own row-level security.

#![expect(
    unused_qualifications,
    reason = "utoipa writes query parameters' types with their path"
)]

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::{Deserialize, Serialize};
use shared::ids::ContentId;
use sqlx::{AssertSqlSafe, PgConnection};
use utoipa::{IntoParams, ToSchema};

use super::{
    CatalogueError,
    caching::Edition,
    content::{COLUMNS, Content, Row},
    remembered::ListFilter,
};
use crate::{
    app::App,
    openapi,
    problem::field,
    request::{Path, Query, Viewer},
};

const PAGE_SIZE: u32 = 24;
const PAGE_SIZE_MOST: u32 = 100;
/// Deeper pages would cost the database more than anybody reads.
const PAGE_MOST: u32 = 10_000;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct ListParameters {
    /// From 1.
    page: Option<u32>,
    /// 1 to 100; 24 when absent.
    page_size: Option<u32>,
    /// `movie`, `series` or `episode`; films and series when absent.
    #[serde(rename = "type")]
    content_type: Option<String>,
    genre: Option<String>,
    /// `new` (default) or `title`.
    sort: Option<String>,
}

/// A page of titles.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContentPage {
    items: Vec<Content>,
    total: i64,
    page: u32,
    page_size: u32,
}

/// Published titles, newest first or by name.
#[utoipa::path(get, path = "/api/content", tag = "catalogue", params(ListParameters), responses(
    (status = 200, description = "One page", body = ContentPage),
    (status = 400, description = "invalid_request", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn list(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Query(parameters): Query<ListParameters>,
) -> Result<Response, CatalogueError> {
    let (page, page_size, order) = parameters.checked()?;
    let mut tx = app.begin_as(&viewer).await?;
    let edition = Edition::current(&mut tx, &viewer).await?;
    if let Some(answer) = edition.not_modified(&headers) {
        return Ok(answer);
    }
    let filter = ListFilter {
        content_type: parameters.content_type.clone(),
        genre: parameters.genre.clone(),
    };
    let total = if let Some(total) = app.catalogue.total(edition, &filter) {
        total
    } else {
        let total = count(&mut tx, &filter).await?;
        app.catalogue.keep_total(edition, filter, total);
        total
    };
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM content c WHERE {IN_LIST} ORDER BY {order} LIMIT $3 OFFSET $4"
    )))
    .bind(&parameters.content_type)
    .bind(&parameters.genre)
    .bind(i64::from(page_size))
    .bind(i64::from(page - 1) * i64::from(page_size))
    .fetch_all(&mut *tx)
    .await?;
    let items = rows.into_iter().map(Content::from).collect();
    Ok(edition.answer(ContentPage {
        items,
        total,
        page,
        page_size,
    }))
}

/// The condition of a [`ListFilter`]: `$1` is the kind, `$2` the genre.
const IN_LIST: &str = "($1::text IS NULL AND c.content_type <> 'episode' OR c.content_type = $1) AND ($2::text IS NULL OR c.genres @> ARRAY[$2])";

async fn count(db: &mut PgConnection, filter: &ListFilter) -> sqlx::Result<i64> {
    sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT count(*) FROM content c WHERE {IN_LIST}"
    )))
    .bind(&filter.content_type)
    .bind(&filter.genre)
    .fetch_one(db)
    .await
}

impl ListParameters {
    /// Page, page size and the ORDER BY, or every refusal.
    fn checked(&self) -> Result<(u32, u32, &'static str), CatalogueError> {
        let mut refusals = Vec::new();
        let page = self.page.unwrap_or(1);
        if !(1..=PAGE_MOST).contains(&page) {
            refusals.push(field(
                "page",
                "is out of range",
                "Pages go from 1 to 10000.",
            ));
        }
        let page_size = self.page_size.unwrap_or(PAGE_SIZE);
        if !(1..=PAGE_SIZE_MOST).contains(&page_size) {
            refusals.push(field(
                "pageSize",
                "is out of range",
                "Ask for 1 to 100 titles.",
            ));
        }
        if self
            .content_type
            .as_deref()
            .is_some_and(|kind| !["movie", "series", "episode"].contains(&kind))
        {
            refusals.push(field(
                "type",
                "isn't a kind of title",
                "Choose movie, series or episode.",
            ));
        }
        let order = match self.sort.as_deref() {
            None | Some("new") => "c.published_at DESC, c.content_id DESC",
            Some("title") => "lower(c.title), c.content_id",
            Some(_) => {
                refusals.push(field("sort", "isn't an order", "Choose new or title."));
                ""
            }
        };
        if refusals.is_empty() {
            Ok((page, page_size, order))
        } else {
            Err(CatalogueError::Invalid(refusals))
        }
    }
}

/// A title with what only its own page shows.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContentDetails {
    #[serde(flatten)]
    content: Content,
    cast: Vec<Credit>,
    /// BCP 47.
    subtitle_languages: Vec<String>,
    audio_languages: Vec<String>,
    /// Of a series, in order.
    episodes: Vec<Content>,
}

#[derive(Debug, Serialize, ToSchema, sqlx::FromRow)]
pub struct Credit {
    name: String,
    role: String,
}

/// One title.
#[utoipa::path(get, path = "/api/content/{id}", tag = "catalogue", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The title", body = ContentDetails),
    (status = 404, description = "title_not_found: there is none, or not for this profile", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn detail(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(id): Path<ContentId>,
) -> Result<Response, CatalogueError> {
    let mut tx = app.begin_as(&viewer).await?;
    let edition = Edition::current(&mut tx, &viewer).await?;
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM content c WHERE c.content_id = $1"
    )))
    .bind(id)
    .fetch_optional(&mut *tx)
    .await?;
    let content = Content::from(row.ok_or(CatalogueError::TitleNotFound)?);
    if let Some(answer) = edition.not_modified(&headers) {
        return Ok(answer);
    }
    let cast = sqlx::query_as("SELECT p.name, COALESCE(k.character, k.job) AS role FROM credits k JOIN people p USING (person_id) WHERE k.content_id = $1 ORDER BY k.position")
        .bind(id)
        .fetch_all(&mut *tx)
        .await?;
    let version = content.asset_version;
    let subtitle_languages = languages(&mut tx, "subtitle_tracks", id, version).await?;
    let audio_languages = languages(&mut tx, "audio_tracks", id, version).await?;
    let episodes: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!("SELECT {COLUMNS} FROM content c WHERE c.series_id = $1 ORDER BY c.season_number, c.episode_number LIMIT 500")))
        .bind(id)
        .fetch_all(&mut *tx)
        .await?;
    let episodes = episodes.into_iter().map(Content::from).collect();
    Ok(edition.answer(ContentDetails {
        content,
        cast,
        subtitle_languages,
        audio_languages,
        episodes,
    }))
}

async fn languages(
    db: &mut PgConnection,
    table: &'static str,
    id: ContentId,
    version: Option<i32>,
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT DISTINCT language FROM {table} WHERE content_id = $1 AND version = $2 ORDER BY language")))
        .bind(id)
        .bind(version)
        .fetch_all(db)
        .await
}
