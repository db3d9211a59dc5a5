//! `PUT /api/admin/content/{id}/subtitles?filename=…`: subtitle files beside a title's masters. Every version that is made
//! from then on has them.

#![expect(
    unused_qualifications,
    reason = "utoipa writes query parameters' types with their path"
)]

use axum::{body::Bytes, extract::State, http::StatusCode};
use object_store::{ObjectStoreExt, path::Path as ObjectPath};
use serde::Deserialize;
use shared::ids::ContentId;
use utoipa::IntoParams;

use super::UploadError;
use crate::{
    app::App,
    audit, openapi,
    problem::field,
    request::{Admin, Path, Query},
};

/// A long film's subtitles are some hundred kilobytes; the edge forwards no longer bodies.
pub(super) const MOST_BYTES: usize = 1 << 20;

#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct FileName {
    /// `film.en.srt`, `film.pt-BR.forced.vtt`, `film.en.sdh.srt`: says what the file is.
    filename: String,
}

/// Delivers a subtitle file, or another one of the same name.
#[utoipa::path(put, path = "/api/admin/content/{id}/subtitles", tag = "admin",
    params(("id" = uuid::Uuid, Path), FileName),
    request_body(content = String, content_type = "application/octet-stream"), responses(
    (status = 204, description = "Kept for the next version"),
    (status = 400, description = "invalid_request", body = openapi::Problem),
    (status = 404, description = "title_not_found", body = openapi::Problem),
), security(("session_cookie" = []), ("session_bearer" = [])))]
pub(super) async fn deliver(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<ContentId>,
    Query(FileName { filename }): Query<FileName>,
    body: Bytes,
) -> Result<StatusCode, UploadError> {
    if !is_subtitle_file(&filename) || body.is_empty() {
        let remedy =
            "Send an .srt or .vtt file, named with letters, digits, dots, dashes and underscores.";
        let refusal = field("filename", "isn't a subtitle file's", remedy);
        return Err(UploadError::Metadata(vec![refusal]));
    }
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM content WHERE content_id = $1)")
            .bind(id)
            .fetch_one(&app.db)
            .await?;
    if !known {
        return Err(UploadError::TitleNotFound);
    }
    let key = ObjectPath::from(format!("masters/{id}/subtitles/{filename}"));
    app.objects.put(&key, body.into()).await?;
    let mut tx = app.begin().await?;
    audit::record(
        &mut tx,
        &app,
        admin.account(),
        "content_subtitles",
        id.as_uuid(),
    )
    .await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Plain characters, so that a name is one file of one folder everywhere.
fn is_subtitle_file(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    (5..=100).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('.')
        && matches!(ending.as_deref(), Some("srt" | "vtt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_of_subtitle_files_are_taken() {
        for (name, expect) in [
            ("film.en.srt", true),
            ("Film_2.pt-BR.forced.VTT", true),
            ("film.mp4", false),
            ("srt", false),
            (".srt", false),
            ("a/b.srt", false),
            ("..", false),
            ("film en.srt", false),
        ] {
            assert_eq!(is_subtitle_file(name), expect, "{name}");
        }
    }
}
