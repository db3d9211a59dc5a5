//! `GET /api/admin/content/{id}/status`: the title, its newest job, its versions.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::ids::{ContentId, JobId};
use sqlx::PgConnection;

use super::{
    error::JobsError,
    log,
    state::JobState,
    view::{self, Filter, JobView},
};
use crate::{
    app::App,
    request::{Admin, Json, Path},
};

/// Where a title stands on its way to viewers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContentStatus {
    #[schema(value_type = uuid::Uuid)]
    content_id: ContentId,
    title: String,
    /// `processing`, `ready` or `error`.
    status: String,
    /// The published version.
    published_version: Option<i32>,
    /// The newest job, if there ever was one.
    job: Option<JobView>,
    /// Newest first.
    versions: Vec<Version>,
}

/// A version that was made, or is being made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version {
    #[serde(rename = "version")]
    number: i32,
    #[schema(value_type = uuid::Uuid)]
    job_id: JobId,
    /// Its job's state: `ready` means that it passed verification and can be published.
    state: JobState,
    /// The one that viewers get.
    current: bool,
    duration_ms: Option<i64>,
    published_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// Shows how far a title is.
#[utoipa::path(get, path = "/api/admin/content/{id}/status", tag = "admin", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ContentStatus), (status = 404, body = crate::openapi::Problem)))]
pub(super) async fn status(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<ContentId>,
) -> Result<Json<ContentStatus>, JobsError> {
    let mut db = app.db.acquire().await?;
    let title = find_title(&mut db, id)
        .await?
        .ok_or(JobsError::TitleNotFound)?;
    let filter = Filter {
        content: Some(id),
        job: None,
        limit: 1,
    };
    let mut job = view::list(&mut db, &filter, app.clock.now(), &app.config.prices)
        .await?
        .pop();
    if let Some(job) = &mut job {
        job.log = Some(log::list(&mut db, job.id).await?);
        job.report = view::find_reports(&mut db, job.id).await?;
    }
    let versions = list_versions(&mut db, id).await?;
    Ok(Json(ContentStatus {
        content_id: id,
        title: title.name,
        status: title.status,
        published_version: title.published_version,
        job,
        versions,
    }))
}

struct Title {
    name: String,
    status: String,
    published_version: Option<i32>,
}

async fn find_title(db: &mut PgConnection, content: ContentId) -> sqlx::Result<Option<Title>> {
    sqlx::query_as!(
        Title,
        "SELECT title AS name, status, current_version AS published_version FROM content WHERE content_id = $1",
        content as ContentId
    )
    .fetch_optional(db)
    .await
}

async fn list_versions(db: &mut PgConnection, content: ContentId) -> sqlx::Result<Vec<Version>> {
    sqlx::query_as!(
        Version,
        r#"SELECT j.version AS number, j.job_id AS "job_id: JobId", j.state AS "state: JobState",
                  (j.version = c.current_version) IS TRUE AS "current!", a.duration_ms AS "duration_ms?",
                  a.published_at AS "published_at?", j.created_at
           FROM jobs j JOIN content c USING (content_id)
           LEFT JOIN assets a ON a.content_id = j.content_id AND a.version = j.version
           WHERE j.content_id = $1 ORDER BY j.version DESC LIMIT 100"#,
        content as ContentId
    )
    .fetch_all(db)
    .await
}
