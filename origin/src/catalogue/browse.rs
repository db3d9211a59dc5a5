//! What viewers read: lists, one title, search, the rows of a home page. All under the viewer's own row-level security.

#![expect(
    unused_qualifications,
    reason = "utoipa writes query parameters' types with their path"
)]

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::{AppendHeaders, IntoResponse},
};
use serde::{Deserialize, Serialize};
use shared::ids::{ContentId, ProfileId};
use sqlx::{AssertSqlSafe, PgConnection};
use utoipa::{IntoParams, ToSchema};

use super::{
    CatalogueError,
    content::{COLUMNS, Content, Row},
};
use crate::{
    app::App,
    openapi,
    problem::field,
    profiles,
    request::{Json, Path, Query, Viewer},
};

const PAGE_SIZE: u32 = 24;
const PAGE_SIZE_MOST: u32 = 100;
/// Deeper pages would cost the database more than anybody reads.
const PAGE_MOST: u32 = 10_000;
const SEARCH_RESULTS: i32 = 30;
const SEARCH_TEXT_MOST: usize = 100;
const ROW_LENGTH: i64 = 20;

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

/// The answer's headers: what the edge may share between whom.
fn shared_by_maturity(viewer: &Viewer) -> AppendHeaders<[(HeaderName, HeaderValue); 2]> {
    let scope = format!("maturity={}", viewer.maturity_limit());
    AppendHeaders([
        (
            HeaderName::from_static("x-cache-scope"),
            HeaderValue::from_str(&scope).expect("a number is a valid header value"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, max-age=300"),
        ),
    ])
}

/// Published titles, newest first or by name.
#[utoipa::path(get, path = "/api/content", tag = "catalogue", params(ListParameters), responses(
    (status = 200, description = "One page", body = ContentPage),
    (status = 400, description = "invalid_request", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Query(parameters): Query<ListParameters>,
) -> Result<impl IntoResponse, CatalogueError> {
    let (page, page_size, order) = parameters.checked()?;
    let filter = "($1::text IS NULL AND c.content_type <> 'episode' OR c.content_type = $1) AND ($2::text IS NULL OR c.genres @> ARRAY[$2])";
    let mut tx = app.begin_as(&viewer).await?;
    let total: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT count(*) FROM content c WHERE {filter}"
    )))
    .bind(&parameters.content_type)
    .bind(&parameters.genre)
    .fetch_one(&mut *tx)
    .await?;
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM content c WHERE {filter} ORDER BY {order} LIMIT $3 OFFSET $4"
    )))
    .bind(&parameters.content_type)
    .bind(&parameters.genre)
    .bind(i64::from(page_size))
    .bind(i64::from(page - 1) * i64::from(page_size))
    .fetch_all(&mut *tx)
    .await?;
    let items = rows.into_iter().map(Content::from).collect();
    Ok((
        shared_by_maturity(&viewer),
        Json(ContentPage {
            items,
            total,
            page,
            page_size,
        }),
    ))
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
    Path(id): Path<ContentId>,
) -> Result<impl IntoResponse, CatalogueError> {
    let mut tx = app.begin_as(&viewer).await?;
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM content c WHERE c.content_id = $1"
    )))
    .bind(id)
    .fetch_optional(&mut *tx)
    .await?;
    let content = Content::from(row.ok_or(CatalogueError::TitleNotFound)?);
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
    Ok((
        shared_by_maturity(&viewer),
        Json(ContentDetails {
            content,
            cast,
            subtitle_languages,
            audio_languages,
            episodes,
        }),
    ))
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

#[derive(Debug, Deserialize, IntoParams)]
pub struct SearchParameters {
    /// 1 to 100 characters.
    q: String,
}

/// Titles that a text means, best first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResults {
    items: Vec<Content>,
}

/// Type-ahead search over names and descriptions, forgiving misspellings.
#[utoipa::path(get, path = "/api/search", tag = "catalogue", params(SearchParameters), responses(
    (status = 200, description = "At most 30", body = SearchResults),
    (status = 400, description = "invalid_request", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn search(
    State(app): State<App>,
    viewer: Viewer,
    Query(parameters): Query<SearchParameters>,
) -> Result<impl IntoResponse, CatalogueError> {
    let text = parameters.q.trim();
    if text.is_empty() || text.chars().count() > SEARCH_TEXT_MOST {
        return Err(CatalogueError::Invalid(vec![field(
            "q",
            "is empty or too long",
            "Search for 1 to 100 characters.",
        )]));
    }
    let mut tx = app.begin_as(&viewer).await?;
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM search_titles($1, $2, $3) found JOIN content c USING (content_id) ORDER BY found.rank DESC, lower(c.title)"
    )))
    .bind(text)
    .bind(i32::from(viewer.maturity_limit()))
    .bind(SEARCH_RESULTS)
    .fetch_all(&mut *tx)
    .await?;
    let items = rows.into_iter().map(Content::from).collect();
    Ok((shared_by_maturity(&viewer), Json(SearchResults { items })))
}

/// The rows of a home page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recommendations {
    sections: Vec<Section>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Section {
    title: String,
    /// `trending` or `new`; continue watching is `GET /api/watch/continue`.
    #[serde(rename = "type")]
    kind: &'static str,
    items: Vec<Content>,
}

/// What to offer a profile: new titles, and what was watched most this week.
#[utoipa::path(get, path = "/api/profiles/{id}/recommendations", tag = "catalogue", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "Rows, without empty ones", body = Recommendations),
    (status = 404, description = "profile_not_found", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn recommendations(
    State(app): State<App>,
    viewer: Viewer,
    Path(profile): Path<ProfileId>,
) -> Result<Json<Recommendations>, CatalogueError> {
    let mut owner = app.begin().await?;
    profiles::find(&mut owner, viewer.account(), profile)
        .await?
        .ok_or(CatalogueError::ProfileNotFound)?;
    let trending: Vec<ContentId> = sqlx::query_scalar(
        "SELECT content_id FROM watch_progress WHERE updated_at > $1 GROUP BY content_id ORDER BY count(*) DESC, content_id LIMIT $2",
    )
    .bind(app.clock.now() - chrono::Duration::days(7))
    .bind(ROW_LENGTH)
    .fetch_all(&mut *owner)
    .await?;
    drop(owner);
    let mut tx = app.begin_as(&viewer).await?;
    let new: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM content c WHERE c.content_type <> 'episode' ORDER BY c.published_at DESC, c.content_id DESC LIMIT $1"
    )))
    .bind(ROW_LENGTH)
    .fetch_all(&mut *tx)
    .await?;
    let popular: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!("SELECT {COLUMNS} FROM content c WHERE c.content_id = ANY($1) ORDER BY array_position($1, c.content_id)")))
        .bind(trending)
        .fetch_all(&mut *tx)
        .await?;
    let sections = [
        ("New on Marquee", "new", new),
        ("Trending now", "trending", popular),
    ]
    .into_iter()
    .filter(|(_, _, rows)| !rows.is_empty())
    .map(|(title, kind, rows)| Section {
        title: title.to_owned(),
        kind,
        items: rows.into_iter().map(Content::from).collect(),
    })
    .collect();
    Ok(Json(Recommendations { sections }))
}
