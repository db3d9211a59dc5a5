//! Which of its version's pictures a title shows.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::ids::ContentId;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{CatalogueError, announce, content::Artwork};
use crate::{
    app::App,
    audit, openapi,
    problem::field,
    request::{Admin, Json, Path},
};

/// A frame that pictures were cut from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArtworkCandidate {
    /// Its rank by looks; 0 is the best.
    candidate: i16,
    at_ms: i64,
    /// Higher looks better.
    score: f64,
    poster_url: String,
    thumbnail_url: String,
    hero_image_url: String,
}

/// The pictures that a title can show.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArtworkChoice {
    /// The candidate that it shows.
    chosen: i16,
    /// Best first; empty when the version has no pictures of its own.
    candidates: Vec<ArtworkCandidate>,
}

/// The candidate that the title shall show.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtworkDraft {
    chosen: i16,
}

/// The pictures that a title can show, and which it does.
#[utoipa::path(get, path = "/api/admin/content/{id}/artwork", tag = "admin", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "The pictures", body = ArtworkChoice),
    (status = 404, description = "title_not_found", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn show(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<ContentId>,
) -> Result<Json<ArtworkChoice>, CatalogueError> {
    let mut tx = app.begin().await?;
    Ok(Json(find(&mut tx, id).await?))
}

/// Chooses the pictures of another frame.
#[utoipa::path(patch, path = "/api/admin/content/{id}/artwork", tag = "admin", params(("id" = uuid::Uuid, Path)), request_body = ArtworkDraft, responses(
    (status = 200, description = "The pictures, and which are shown now", body = ArtworkChoice),
    (status = 400, description = "invalid_request", body = openapi::Problem),
    (status = 404, description = "title_not_found", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn choose(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<ContentId>,
    Json(draft): Json<ArtworkDraft>,
) -> Result<Json<ArtworkChoice>, CatalogueError> {
    let mut tx = app.begin().await?;
    let before = find(&mut tx, id).await?;
    let is_offered = |candidate: &ArtworkCandidate| candidate.candidate == draft.chosen;
    if !before.candidates.iter().any(is_offered) {
        let problem = "isn't one of the version's pictures";
        let remedy = "Choose one of the candidates that a GET lists.";
        return Err(CatalogueError::Invalid(vec![field(
            "chosen", problem, remedy,
        )]));
    }
    // A series shows the pictures of one of its episodes, and follows them.
    sqlx::query(
        "UPDATE content SET artwork_choice = $2, updated_at = $3
         WHERE content_id = $1 OR (content_type = 'series' AND artwork_content_id = $1
             AND artwork_version = (SELECT artwork_version FROM content WHERE content_id = $1))",
    )
    .bind(id)
    .bind(draft.chosen)
    .bind(app.clock.now())
    .execute(&mut *tx)
    .await?;
    audit::record(
        &mut tx,
        &app,
        admin.account(),
        "content_artwork",
        id.as_uuid(),
    )
    .await?;
    let after = find(&mut tx, id).await?;
    tx.commit().await?;
    announce(&app, id).await;
    Ok(Json(after))
}

async fn find(db: &mut PgConnection, id: ContentId) -> Result<ArtworkChoice, CatalogueError> {
    let shown: Option<(Option<ContentId>, Option<i32>, i16)> = sqlx::query_as(
        "SELECT artwork_content_id, artwork_version, artwork_choice FROM content WHERE content_id = $1",
    )
    .bind(id)
    .fetch_optional(&mut *db)
    .await?;
    let (owner, version, chosen) = shown.ok_or(CatalogueError::TitleNotFound)?;
    let rows: Vec<(i16, i64, f64)> = sqlx::query_as(
        "SELECT place, at_ms, score FROM artwork_candidates WHERE content_id = $1 AND version = $2 ORDER BY place",
    )
    .bind(owner)
    .bind(version)
    .fetch_all(db)
    .await?;
    let of = |candidate: i16| {
        let owner = owner.map(|id| id.as_uuid());
        Artwork::new(owner, version, candidate)
    };
    let candidates = rows.into_iter().filter_map(|(candidate, at_ms, score)| {
        let artwork = of(candidate)?;
        Some(ArtworkCandidate {
            candidate,
            at_ms,
            score,
            poster_url: artwork.url("poster"),
            thumbnail_url: artwork.url("thumb"),
            hero_image_url: artwork.url("hero"),
        })
    });
    Ok(ArtworkChoice {
        chosen,
        candidates: candidates.collect(),
    })
}
