//! Uploads in SQL.

use chrono::{DateTime, Utc};
use shared::ids::{AccountId, ContentId, UploadId};
use sqlx::PgConnection;

use super::metadata::{Metadata, Target};

/// Where an upload stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(super) enum UploadState {
    Receiving,
    Completed,
    Refused,
    Terminated,
    Expired,
}

/// One upload.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    pub(super) id: UploadId,
    pub(super) created_by: Option<AccountId>,
    pub(super) content_id: ContentId,
    pub(super) title: Option<String>,
    pub(super) filename: String,
    pub(super) length_bytes: i64,
    pub(super) metadata: String,
    pub(super) expected_sha256: Option<Vec<u8>>,
    pub(super) auto_publish: bool,
    pub(super) state: UploadState,
    pub(super) hash_state: Option<Vec<u8>>,
    pub(super) hashed_bytes: i64,
    pub(super) multipart_id: Option<String>,
    pub(super) tail_bytes: i64,
    pub(super) expires_at: DateTime<Utc>,
}

impl Upload {
    pub(super) fn length(&self) -> u64 {
        self.length_bytes.unsigned_abs()
    }

    pub(super) fn hashed_bytes(&self) -> u64 {
        self.hashed_bytes.unsigned_abs()
    }
}

/// An upload to be made.
pub(super) struct NewUpload<'a> {
    pub(super) upload_id: UploadId,
    pub(super) account: AccountId,
    pub(super) content_id: ContentId,
    pub(super) length: i64,
    pub(super) header: &'a str,
    pub(super) metadata: &'a Metadata,
    pub(super) multipart_id: Option<&'a str>,
    pub(super) now: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
}

pub(super) async fn insert(db: &mut PgConnection, new: &NewUpload<'_>) -> sqlx::Result<()> {
    let title = match &new.metadata.target {
        Target::New { title } => Some(title.as_str()),
        Target::Existing(_) => None,
    };
    sqlx::query!(
        "INSERT INTO uploads (upload_id, created_by, content_id, title, filename, length_bytes, metadata, expected_sha256,
             auto_publish, multipart_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        new.upload_id as UploadId,
        new.account as AccountId,
        new.content_id as ContentId,
        title,
        new.metadata.filename,
        new.length,
        new.header,
        new.metadata.sha256.as_ref().map(<[u8; 32]>::as_slice),
        new.metadata.auto_publish,
        new.multipart_id,
        new.now,
        new.expires_at
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn find(db: &mut PgConnection, upload: UploadId) -> sqlx::Result<Option<Upload>> {
    sqlx::query_as!(
        Upload,
        r#"SELECT upload_id AS "id: UploadId", created_by AS "created_by: AccountId",
                  content_id AS "content_id: ContentId", title, filename, length_bytes, metadata, expected_sha256,
                  auto_publish, state AS "state: UploadState", hash_state, hashed_bytes, multipart_id, tail_bytes, expires_at
           FROM uploads WHERE upload_id = $1"#,
        upload as UploadId
    )
    .fetch_optional(db)
    .await
}

/// Uploads that still take bytes, oldest first.
pub(super) async fn list_receiving(db: &mut PgConnection) -> sqlx::Result<Vec<Upload>> {
    sqlx::query_as!(
        Upload,
        r#"SELECT upload_id AS "id: UploadId", created_by AS "created_by: AccountId",
                  content_id AS "content_id: ContentId", title, filename, length_bytes, metadata, expected_sha256,
                  auto_publish, state AS "state: UploadState", hash_state, hashed_bytes, multipart_id, tail_bytes, expires_at
           FROM uploads WHERE state = 'receiving' ORDER BY expires_at"#
    )
    .fetch_all(db)
    .await
}

/// What kind of title it is, if it exists.
pub(super) async fn find_content_type(
    db: &mut PgConnection,
    content: ContentId,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "SELECT content_type FROM content WHERE content_id = $1",
        content as ContentId
    )
    .fetch_optional(db)
    .await
}

pub(super) async fn store_hash(
    db: &mut PgConnection,
    upload: UploadId,
    state: &[u8],
    seen: u64,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE uploads SET hash_state = $2, hashed_bytes = $3 WHERE upload_id = $1",
        upload as UploadId,
        state,
        i64::try_from(seen).unwrap_or(i64::MAX)
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn store_expiry(
    db: &mut PgConnection,
    upload: UploadId,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE uploads SET expires_at = $2 WHERE upload_id = $1",
        upload as UploadId,
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn store_tail(
    db: &mut PgConnection,
    upload: UploadId,
    bytes: usize,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE uploads SET tail_bytes = $2 WHERE upload_id = $1",
        upload as UploadId,
        i64::try_from(bytes).unwrap_or(i64::MAX)
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn insert_part(
    db: &mut PgConnection,
    upload: UploadId,
    index: i32,
    etag: &str,
    bytes: usize,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO upload_parts (upload_id, part_index, etag, size_bytes) VALUES ($1, $2, $3, $4)",
        upload as UploadId,
        index,
        etag,
        i64::try_from(bytes).unwrap_or(i64::MAX)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The parts' entity tags, in order.
pub(super) async fn list_parts(
    db: &mut PgConnection,
    upload: UploadId,
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "SELECT etag FROM upload_parts WHERE upload_id = $1 ORDER BY part_index",
        upload as UploadId
    )
    .fetch_all(db)
    .await
}

/// Bytes in parts and tail.
pub(super) async fn find_bucket_offset(
    db: &mut PgConnection,
    upload: UploadId,
) -> sqlx::Result<u64> {
    let bytes = sqlx::query_scalar!(
        r#"SELECT tail_bytes + coalesce((SELECT sum(size_bytes) FROM upload_parts WHERE upload_id = $1), 0)::bigint AS "bytes!"
           FROM uploads WHERE upload_id = $1"#,
        upload as UploadId
    )
    .fetch_one(db)
    .await?;
    Ok(bytes.unsigned_abs())
}

/// The last byte is in. False when the upload isn't receiving any more.
pub(super) async fn mark_completed(
    db: &mut PgConnection,
    upload: UploadId,
    sha256: &[u8; 32],
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE uploads SET state = 'completed', sha256 = $2, finished_at = $3, hash_state = NULL
         WHERE upload_id = $1 AND state = 'receiving'",
        upload as UploadId,
        sha256.as_slice(),
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn mark_refused(
    db: &mut PgConnection,
    upload: UploadId,
    code: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE uploads SET state = 'refused', refusal_code = $2, finished_at = $3, hash_state = NULL
         WHERE upload_id = $1 AND state = 'receiving'",
        upload as UploadId,
        code,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends an upload that will never be whole.
pub(super) async fn mark_ended(
    db: &mut PgConnection,
    upload: UploadId,
    state: UploadState,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE uploads SET state = $2, finished_at = $3, hash_state = NULL WHERE upload_id = $1 AND state = 'receiving'",
        upload as UploadId,
        state as UploadState,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A title that its first master makes.
pub(crate) struct NewTitle<'a> {
    pub(crate) content_id: ContentId,
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    pub(crate) release_year: i16,
    pub(crate) rating: &'a str,
    pub(crate) genres: &'a [String],
    pub(crate) maturity: i16,
}

pub(crate) async fn insert_title(
    db: &mut PgConnection,
    new: &NewTitle<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO content (content_id, content_type, title, description, release_year, rating, genres, maturity,
             created_at, updated_at)
         VALUES ($1, 'movie', $2, $3, $4, $5, $6, $7, $8, $8)",
        new.content_id as ContentId,
        new.title,
        new.description,
        new.release_year,
        new.rating,
        new.genres,
        new.maturity,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The job that an upload caused.
pub(super) async fn find_job(
    db: &mut PgConnection,
    upload: UploadId,
) -> sqlx::Result<Option<shared::ids::JobId>> {
    sqlx::query_scalar!(
        r#"SELECT job_id AS "job_id: shared::ids::JobId" FROM jobs WHERE upload_id = $1 ORDER BY version LIMIT 1"#,
        upload as UploadId
    )
    .fetch_optional(db)
    .await
}
