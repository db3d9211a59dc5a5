//! What administrators do with titles: make, change, list them in every state.

#![expect(
    unused_qualifications,
    reason = "utoipa writes query parameters' types with their path"
)]

use axum::{extract::State, http::StatusCode};
use chrono::Datelike;
use serde::{Deserialize, Serialize};
use shared::{ids::ContentId, problem::Detail};
use sqlx::{AssertSqlSafe, PgConnection};
use utoipa::{IntoParams, ToSchema};

use super::{
    CatalogueError, announce,
    content::{COLUMNS, Content, Row},
};
use crate::{
    app::App,
    audit, openapi,
    problem::field,
    request::{Admin, Json, Path, Query},
};

const TITLE_MOST: usize = 300;
const DESCRIPTION_MOST: usize = 5_000;
const GENRES_MOST: usize = 20;

/// The fields that an administrator sets. In a PATCH, what is absent stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContentFields {
    /// 1 to 300 characters.
    title: Option<String>,
    description: Option<String>,
    /// `movie` (default), `series` or `episode`. Can't be changed later.
    content_type: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    series_id: Option<ContentId>,
    season_number: Option<i32>,
    episode_number: Option<i32>,
    /// This year when absent.
    release_year: Option<i16>,
    rating: Option<String>,
    genres: Option<Vec<String>>,
    /// The youngest age it is meant for, 0 to 18.
    maturity: Option<i16>,
}

/// Makes a title, still without media.
#[utoipa::path(post, path = "/api/admin/content", tag = "admin", request_body = ContentFields, responses(
    (status = 201, description = "Made", body = Content),
    (status = 400, description = "invalid_request", body = openapi::Problem),
    (status = 409, description = "episode_exists", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn create(
    State(app): State<App>,
    Admin(admin): Admin,
    Json(fields): Json<ContentFields>,
) -> Result<(StatusCode, Json<Content>), CatalogueError> {
    let mut refusals = fields.refusals();
    if fields.title.is_none() {
        refusals.push(field("title", "is missing", "Give the title a name."));
    }
    let is_episode = fields.content_type.as_deref() == Some("episode");
    if is_episode != fields.series_id.is_some()
        || is_episode && (fields.season_number.is_none() || fields.episode_number.is_none())
    {
        refusals.push(field(
            "seriesId",
            "doesn't fit contentType",
            "Give episodes, and only them, seriesId, seasonNumber and episodeNumber.",
        ));
    }
    if !refusals.is_empty() {
        return Err(CatalogueError::Invalid(refusals));
    }
    let id = ContentId::from_uuid(app.new_id());
    let now = app.clock.now();
    let mut tx = app.begin().await?;
    sqlx::query(
        "INSERT INTO content (content_id, content_type, title, description, release_year, rating, genres, maturity,
             series_id, season_number, episode_number, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
    )
    .bind(id)
    .bind(fields.content_type.as_deref().unwrap_or("movie"))
    .bind(fields.title.as_deref().map(str::trim))
    .bind(fields.description.as_deref().unwrap_or(""))
    .bind(fields.release_year.unwrap_or_else(|| i16::try_from(now.year()).unwrap_or(i16::MAX)))
    .bind(fields.rating.as_deref().unwrap_or(""))
    .bind(fields.genres.clone().unwrap_or_default())
    .bind(fields.maturity.unwrap_or(0))
    .bind(fields.series_id)
    .bind(fields.season_number)
    .bind(fields.episode_number)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    audit::record(
        &mut tx,
        &app,
        admin.account(),
        "content_created",
        id.as_uuid(),
    )
    .await?;
    let content = find(&mut tx, id).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(content)))
}

/// Changes a title's description. Media is changed by a new upload.
#[utoipa::path(patch, path = "/api/admin/content/{id}", tag = "admin", params(("id" = Uuid, Path)), request_body = ContentFields, responses(
    (status = 200, description = "Changed", body = Content),
    (status = 400, description = "invalid_request", body = openapi::Problem),
    (status = 404, description = "title_not_found", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn change(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<ContentId>,
    Json(fields): Json<ContentFields>,
) -> Result<Json<Content>, CatalogueError> {
    let mut refusals = fields.refusals();
    if fields.content_type.is_some() || fields.series_id.is_some() {
        refusals.push(field(
            "contentType",
            "can't be changed",
            "Make a new title instead.",
        ));
    }
    if !refusals.is_empty() {
        return Err(CatalogueError::Invalid(refusals));
    }
    let mut tx = app.begin().await?;
    sqlx::query(
        "UPDATE content SET title = COALESCE($2, title), description = COALESCE($3, description), release_year = COALESCE($4, release_year),
             rating = COALESCE($5, rating), genres = COALESCE($6, genres), maturity = COALESCE($7, maturity),
             season_number = COALESCE($8, season_number), episode_number = COALESCE($9, episode_number), updated_at = $10
         WHERE content_id = $1",
    )
    .bind(id)
    .bind(fields.title.as_deref().map(str::trim))
    .bind(fields.description)
    .bind(fields.release_year)
    .bind(fields.rating)
    .bind(fields.genres)
    .bind(fields.maturity)
    .bind(fields.season_number)
    .bind(fields.episode_number)
    .bind(app.clock.now())
    .execute(&mut *tx)
    .await?;
    let content = find(&mut tx, id).await?;
    audit::record(
        &mut tx,
        &app,
        admin.account(),
        "content_changed",
        id.as_uuid(),
    )
    .await?;
    tx.commit().await?;
    announce(&app, id).await;
    Ok(Json(content))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct AdminListParameters {
    /// From 1.
    page: Option<u32>,
    /// 1 to 100; 50 when absent.
    page_size: Option<u32>,
    /// `processing`, `ready` or `error`.
    status: Option<String>,
}

/// Titles in every state, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminContentPage {
    items: Vec<Content>,
    total: i64,
    page: u32,
    page_size: u32,
}

/// Titles in every state, newest first.
#[utoipa::path(get, path = "/api/admin/content", tag = "admin", params(AdminListParameters), responses(
    (status = 200, description = "One page", body = AdminContentPage),
    (status = 403, description = "admin_required", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn list_all(
    State(app): State<App>,
    _: Admin,
    Query(parameters): Query<AdminListParameters>,
) -> Result<Json<AdminContentPage>, CatalogueError> {
    let (page, page_size) = (
        parameters.page.unwrap_or(1),
        parameters.page_size.unwrap_or(50),
    );
    if !(1..=10_000).contains(&page) || !(1..=100).contains(&page_size) {
        return Err(CatalogueError::Invalid(vec![field(
            "page",
            "is out of range",
            "Ask for pages 1 to 10000 of 1 to 100 titles.",
        )]));
    }
    let mut tx = app.begin().await?;
    let total =
        sqlx::query_scalar("SELECT count(*) FROM content WHERE $1::text IS NULL OR status = $1")
            .bind(&parameters.status)
            .fetch_one(&mut *tx)
            .await?;
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM content c WHERE $1::text IS NULL OR c.status = $1 ORDER BY c.created_at DESC, c.content_id DESC LIMIT $2 OFFSET $3"
    )))
    .bind(&parameters.status)
    .bind(i64::from(page_size))
    .bind(i64::from(page - 1) * i64::from(page_size))
    .fetch_all(&mut *tx)
    .await?;
    Ok(Json(AdminContentPage {
        items: rows.into_iter().map(Content::from).collect(),
        total,
        page,
        page_size,
    }))
}

/// One title in any state: an administrator sees what viewers don't.
#[utoipa::path(get, path = "/api/admin/content/{id}", tag = "admin", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The title", body = Content),
    (status = 404, description = "title_not_found", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn show(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<ContentId>,
) -> Result<Json<Content>, CatalogueError> {
    let mut tx = app.begin().await?;
    Ok(Json(find(&mut tx, id).await?))
}

async fn find(db: &mut PgConnection, id: ContentId) -> Result<Content, CatalogueError> {
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM content c WHERE c.content_id = $1"
    )))
    .bind(id)
    .fetch_optional(db)
    .await?;
    Ok(Content::from(row.ok_or(CatalogueError::TitleNotFound)?))
}

impl ContentFields {
    fn refusals(&self) -> Vec<Detail> {
        let mut refusals = Vec::new();
        if self
            .title
            .as_deref()
            .is_some_and(|title| !(1..=TITLE_MOST).contains(&title.trim().chars().count()))
        {
            refusals.push(field(
                "title",
                "is empty or too long",
                "Choose 1 to 300 characters.",
            ));
        }
        if self
            .description
            .as_deref()
            .is_some_and(|text| text.chars().count() > DESCRIPTION_MOST)
        {
            refusals.push(field(
                "description",
                "is too long",
                "Write at most 5000 characters.",
            ));
        }
        if self
            .content_type
            .as_deref()
            .is_some_and(|kind| !["movie", "series", "episode"].contains(&kind))
        {
            refusals.push(field(
                "contentType",
                "isn't a kind of title",
                "Choose movie, series or episode.",
            ));
        }
        if self
            .release_year
            .is_some_and(|year| !(1870..=2200).contains(&year))
        {
            refusals.push(field(
                "releaseYear",
                "is out of range",
                "Choose a year from 1870 to 2200.",
            ));
        }
        refusals.extend(self.number_refusals());
        refusals
    }

    fn number_refusals(&self) -> Vec<Detail> {
        let mut refusals = Vec::new();
        if self.maturity.is_some_and(|age| !(0..=18).contains(&age)) {
            refusals.push(field(
                "maturity",
                "is out of range",
                "Choose an age from 0 to 18.",
            ));
        }
        if self
            .rating
            .as_deref()
            .is_some_and(|rating| rating.chars().count() > 20)
        {
            refusals.push(field(
                "rating",
                "is too long",
                "Write at most 20 characters, as PG-13.",
            ));
        }
        let genres_fit = |genres: &Vec<String>| {
            genres.len() <= GENRES_MOST
                && genres
                    .iter()
                    .all(|genre| (1..=50).contains(&genre.chars().count()))
        };
        if self
            .genres
            .as_ref()
            .is_some_and(|genres| !genres_fit(genres))
        {
            refusals.push(field(
                "genres",
                "are too many or too long",
                "Name at most 20 genres of 1 to 50 characters.",
            ));
        }
        if self.season_number.is_some_and(|number| number < 0)
            || self.episode_number.is_some_and(|number| number < 0)
        {
            refusals.push(field(
                "episodeNumber",
                "is negative",
                "Number seasons and episodes from 0.",
            ));
        }
        refusals
    }
}
