//! Intro and credits of a title's published version: what the master marks, what was detected, what an operator says.
//! Viewers see what somebody said; what was only detected waits for an operator.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::{ids::ContentId, problem::Detail};
use sqlx::{FromRow, PgConnection};
use utoipa::ToSchema;

use super::{CatalogueError, announce};
use crate::{
    app::App,
    audit, openapi,
    problem::field,
    request::{Admin, Json, Path},
};

/// A marker.
#[derive(Debug, Serialize, FromRow, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarkerView {
    /// `intro` or `credits`.
    kind: String,
    start_ms: i64,
    end_ms: i64,
    /// `chapters`, `detected` (a suggestion that viewers don't see) or `operator`.
    source: String,
    /// How sure the source is, 0 to 1.
    confidence: f64,
}

/// The markers of the published version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
pub struct Markers {
    version: i32,
    duration_ms: i64,
    markers: Vec<MarkerView>,
}

/// All markers that the version shall have. What is left out is removed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarkersDraft {
    markers: Vec<MarkerDraft>,
}

/// A marker as an operator wants it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarkerDraft {
    /// `intro` or `credits`.
    kind: String,
    start_ms: i64,
    /// After `startMs`, at most the duration.
    end_ms: i64,
}

/// The markers of a title's published version, suggestions too.
#[utoipa::path(get, path = "/api/admin/content/{id}/markers", tag = "admin", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "The markers", body = Markers),
    (status = 404, description = "title_not_found: also when nothing is published", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn show(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<ContentId>,
) -> Result<Json<Markers>, CatalogueError> {
    let mut tx = app.begin().await?;
    Ok(Json(find(&mut tx, id).await?))
}

/// Replaces the markers of a title's published version. Viewers have them within moments.
#[utoipa::path(put, path = "/api/admin/content/{id}/markers", tag = "admin", params(("id" = uuid::Uuid, Path)), request_body = MarkersDraft, responses(
    (status = 200, description = "The markers as they are now", body = Markers),
    (status = 400, description = "invalid_request", body = openapi::Problem),
    (status = 404, description = "title_not_found: also when nothing is published", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub async fn replace(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<ContentId>,
    Json(draft): Json<MarkersDraft>,
) -> Result<Json<Markers>, CatalogueError> {
    let mut tx = app.begin().await?;
    let before = find(&mut tx, id).await?;
    let refusals = refusals(&draft.markers, before.duration_ms);
    if !refusals.is_empty() {
        return Err(CatalogueError::Invalid(refusals));
    }
    sqlx::query("DELETE FROM markers WHERE content_id = $1 AND version = $2")
        .bind(id)
        .bind(before.version)
        .execute(&mut *tx)
        .await?;
    for marker in &draft.markers {
        sqlx::query(
            "INSERT INTO markers (content_id, version, kind, start_ms, end_ms, source, confidence) VALUES ($1, $2, $3, $4, $5, 'operator', 1)",
        )
        .bind(id)
        .bind(before.version)
        .bind(&marker.kind)
        .bind(marker.start_ms)
        .bind(marker.end_ms)
        .execute(&mut *tx)
        .await?;
    }
    audit::record(
        &mut tx,
        &app,
        admin.account(),
        "content_markers",
        id.as_uuid(),
    )
    .await?;
    let after = find(&mut tx, id).await?;
    tx.commit().await?;
    announce(&app, id).await;
    Ok(Json(after))
}

async fn find(db: &mut PgConnection, id: ContentId) -> Result<Markers, CatalogueError> {
    let published: Option<(i32, i64)> = sqlx::query_as(
        "SELECT a.version, a.duration_ms FROM content c
         JOIN assets a ON a.content_id = c.content_id AND a.version = c.current_version WHERE c.content_id = $1",
    )
    .bind(id)
    .fetch_optional(&mut *db)
    .await?;
    let (version, duration_ms) = published.ok_or(CatalogueError::TitleNotFound)?;
    let markers = sqlx::query_as(
        "SELECT kind, start_ms, end_ms, source, confidence FROM markers WHERE content_id = $1 AND version = $2 ORDER BY start_ms, kind",
    )
    .bind(id)
    .bind(version)
    .fetch_all(db)
    .await?;
    Ok(Markers {
        version,
        duration_ms,
        markers,
    })
}

/// Everything that is wrong with the markers, by the field's place in the request.
fn refusals(markers: &[MarkerDraft], duration_ms: i64) -> Vec<Detail> {
    let mut refusals = Vec::new();
    for (place, marker) in markers.iter().enumerate() {
        let mut refuse = |name: &str, problem: &str, remedy: &str| {
            refusals.push(field(&format!("markers.{place}.{name}"), problem, remedy));
        };
        if !matches!(marker.kind.as_str(), "intro" | "credits") {
            refuse("kind", "isn't a kind of marker", "Choose intro or credits.");
        }
        if markers[..place]
            .iter()
            .any(|other| other.kind == marker.kind)
        {
            refuse("kind", "stands twice", "Give each kind once.");
        }
        if marker.start_ms < 0 || marker.end_ms > duration_ms {
            let remedy = format!("Stay between 0 and {duration_ms} ms.");
            refuse("endMs", "lies outside the programme", &remedy);
        }
        if marker.start_ms >= marker.end_ms {
            refuse(
                "startMs",
                "isn't before endMs",
                "Let a marker end after it starts.",
            );
        }
        let overlaps =
            |other: &MarkerDraft| other.start_ms < marker.end_ms && marker.start_ms < other.end_ms;
        if markers[..place].iter().any(overlaps) {
            refuse(
                "startMs",
                "overlaps another marker",
                "Let one end before the other starts.",
            );
        }
    }
    refusals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_lie_within_the_programme_end_after_they_start_and_keep_apart() {
        let check = |drafts: &[(&str, i64, i64)], expect: &[&str]| {
            let drafts: Vec<_> = drafts
                .iter()
                .map(|(kind, start_ms, end_ms)| MarkerDraft {
                    kind: (*kind).to_owned(),
                    start_ms: *start_ms,
                    end_ms: *end_ms,
                })
                .collect();
            let found = refusals(&drafts, 10_000);
            let fields: Vec<_> = found.iter().map(|detail| detail.field.as_str()).collect();
            assert_eq!(fields, expect);
        };
        check(&[], &[]);
        check(&[("intro", 0, 1000), ("credits", 9000, 10_000)], &[]);
        check(&[("intro", 0, 1000), ("credits", 1000, 10_000)], &[]);
        check(&[("recap", 0, 1000)], &["markers.0.kind"]);
        check(&[("intro", -1, 1000)], &["markers.0.endMs"]);
        check(&[("credits", 9000, 10_001)], &["markers.0.endMs"]);
        check(&[("intro", 1000, 1000)], &["markers.0.startMs"]);
        check(
            &[("intro", 0, 2000), ("credits", 1000, 3000)],
            &["markers.1.startMs"],
        );
        check(
            &[("intro", 0, 1000), ("intro", 2000, 3000)],
            &["markers.1.kind"],
        );
    }
}
