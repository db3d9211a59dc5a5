//! The rows of a home page, under the profile's own row-level security.

use axum::extract::State;
use chrono::TimeDelta;
use serde::Serialize;
use shared::{
    entitlement,
    ids::{ContentId, ProfileId},
};
use sqlx::{AssertSqlSafe, PgConnection};
use utoipa::ToSchema;

use super::{
    CatalogueError,
    content::{COLUMNS, Content, Row},
};
use crate::{
    app::App,
    openapi, profiles,
    request::{Json, Path, Viewer},
};

const ROW_LENGTH: i64 = 20;
/// More than a row, because a profile may see only some of them.
const TRENDING_MOST: i64 = 200;
const TRENDING_DAYS: TimeDelta = TimeDelta::days(7);

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

/// What to offer a profile: new titles, and what most profiles watched this week.
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
    let profile = profiles::find(&mut owner, viewer.account(), profile)
        .await?
        .ok_or(CatalogueError::ProfileNotFound)?;
    let trending = trending(&app, &mut owner).await?;
    owner.commit().await?;
    // Naming another profile of the account shows no more than selecting it would, and no more than this one may see.
    let limit = u8::try_from(profile.maturity_limit).unwrap_or(0);
    let maturity = entitlement::maturity_limit(limit, profile.is_kids).min(viewer.maturity_limit());
    let mut tx = app.begin_at_maturity(maturity).await?;
    let new: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM content c WHERE c.content_type <> 'episode' ORDER BY c.published_at DESC, c.content_id DESC LIMIT $1"
    )))
    .bind(ROW_LENGTH)
    .fetch_all(&mut *tx)
    .await?;
    let popular: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM content c WHERE c.content_id = ANY($1) ORDER BY array_position($1, c.content_id) LIMIT $2"
    )))
    .bind(trending)
    .bind(ROW_LENGTH)
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

/// Films and series by how many profiles watched them or one of their episodes. The same for everybody, so asked rarely.
async fn trending(app: &App, db: &mut PgConnection) -> sqlx::Result<Vec<ContentId>> {
    let now = app.clock.now();
    if let Some(titles) = app.catalogue.trending(now) {
        return Ok(titles);
    }
    let titles = sqlx::query_scalar!(
        r#"SELECT COALESCE(c.series_id, c.content_id) AS "id!: ContentId"
           FROM watch_events e JOIN content c USING (content_id)
           WHERE e.at > $1
           GROUP BY 1 ORDER BY count(DISTINCT e.profile_id) DESC, 1 LIMIT $2"#,
        now - TRENDING_DAYS,
        TRENDING_MOST,
    )
    .fetch_all(db)
    .await?;
    app.catalogue.keep_trending(now, titles.clone());
    Ok(titles)
}
