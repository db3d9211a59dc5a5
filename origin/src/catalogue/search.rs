//! Type-ahead search, under the viewer's own row-level security.

#![expect(
    unused_qualifications,
    reason = "utoipa writes query parameters' types with their path"
)]

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use utoipa::{IntoParams, ToSchema};

use super::{
    CatalogueError,
    caching::Edition,
    content::{COLUMNS, Content, Row},
};
use crate::{
    app::App,
    openapi,
    problem::field,
    request::{Query, Viewer},
};

const SEARCH_RESULTS: i32 = 30;
const SEARCH_TEXT_MOST: usize = 100;

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
    headers: HeaderMap,
    Query(parameters): Query<SearchParameters>,
) -> Result<Response, CatalogueError> {
    let text = parameters.q.trim();
    if text.is_empty() || text.chars().count() > SEARCH_TEXT_MOST {
        return Err(CatalogueError::Invalid(vec![field(
            "q",
            "is empty or too long",
            "Search for 1 to 100 characters.",
        )]));
    }
    let mut tx = app.begin_as(&viewer).await?;
    let edition = Edition::current(&mut tx, &viewer).await?;
    if let Some(answer) = edition.not_modified(&headers) {
        return Ok(answer);
    }
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM search_titles($1, $2, $3) found JOIN content c USING (content_id) ORDER BY found.rank DESC, lower(c.title)"
    )))
    .bind(text)
    .bind(i32::from(viewer.maturity_limit()))
    .bind(SEARCH_RESULTS)
    .fetch_all(&mut *tx)
    .await?;
    let items = rows.into_iter().map(Content::from).collect();
    Ok(edition.answer(SearchResults { items }))
}
