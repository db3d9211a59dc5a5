//! What goes wrong with uploads, as tus and HTTP say it.

use axum::{
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use shared::problem::Detail;

use super::tus;
use crate::problem::{field, internal, invalid, problem, problem_with, retry_after};

#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error("There is no such upload.")]
    NotFound,
    #[error("There is no such title.")]
    TitleNotFound,
    #[error("This upload is over: it was completed, refused, terminated, or it expired.")]
    Gone,
    #[error("The upload's metadata can't be used.")]
    Metadata(Vec<Detail>),
    #[error("The request has headers that can't be used.")]
    Header {
        name: &'static str,
        problem: &'static str,
        remedy: &'static str,
    },
    #[error("The file is larger than the {} bytes that are allowed.", .max)]
    TooLarge { max: u64 },
    #[error("The body is longer than what the upload still lacks.")]
    TooLong,
    #[error("There isn't enough free space for this file.")]
    DiskFull,
    #[error("Send the bytes as application/offset+octet-stream.")]
    ContentType,
    #[error("The upload stands at {received} bytes; continue there.")]
    Offset { received: u64 },
    #[error("Another request is writing this upload. Try again in a moment.")]
    Locked,
    #[error("Too many uploads at once. Try again in a moment.")]
    Busy,
    #[error("The bytes don't match their checksum. They were dropped; send them again.")]
    Checksum,
    #[error(
        "The file's SHA-256 isn't the one that was announced. The upload was dropped; send the file again."
    )]
    Sha256 { expected: String, actual: String },
    #[error("The connection fell silent or broke. What arrived is kept; continue from there.")]
    Interrupted,
    #[error("disk")]
    Disk(#[from] std::io::Error),
    #[error(
        "The object store can't be reached. What was kept before stays; try again in a moment."
    )]
    Store(#[from] object_store::Error),
    #[error("database")]
    Database(#[from] sqlx::Error),
}

impl IntoResponse for UploadError {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::NotFound => (StatusCode::NOT_FOUND, "upload_not_found"),
            Self::TitleNotFound => (StatusCode::NOT_FOUND, "title_not_found"),
            Self::Gone => (StatusCode::GONE, "upload_gone"),
            Self::Metadata(faults) => return invalid(faults.clone()),
            Self::Header {
                name,
                problem,
                remedy,
            } => return invalid(vec![field(name, problem, remedy)]),
            Self::TooLarge { max } => {
                let mut response =
                    problem(StatusCode::PAYLOAD_TOO_LARGE, "upload_too_large", &self);
                response
                    .headers_mut()
                    .insert(tus::MAX_SIZE, HeaderValue::from(*max));
                return response;
            }
            Self::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_long"),
            Self::DiskFull => (StatusCode::INSUFFICIENT_STORAGE, "insufficient_storage"),
            Self::ContentType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "offset_octet_stream_required",
            ),
            Self::Offset { received } => {
                let mut response = problem(StatusCode::CONFLICT, "offset_mismatch", &self);
                response
                    .headers_mut()
                    .insert(tus::OFFSET, HeaderValue::from(*received));
                return response;
            }
            Self::Locked => (StatusCode::LOCKED, "upload_locked"),
            Self::Busy => return unavailable("too_many_uploads", &self),
            Self::Checksum => (tus::CHECKSUM_MISMATCH, "checksum_mismatch"),
            Self::Sha256 { expected, actual } => {
                let detail = field(
                    "sha256",
                    &format!("announced {expected}, received {actual}"),
                    "Compare with `sha256sum` of the file, then upload it again.",
                );
                return problem_with(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "sha256_mismatch",
                    &self,
                    vec![detail],
                );
            }
            // A 4xx would make clients give up.
            Self::Interrupted => return unavailable("upload_interrupted", &self),
            Self::Disk(error) if error.kind() == std::io::ErrorKind::StorageFull => {
                tracing::error!("the disk of unfinished uploads is full");
                return problem(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "insufficient_storage",
                    Self::DiskFull,
                );
            }
            Self::Disk(error) => return internal(error),
            Self::Store(error) => {
                tracing::error!(%error, "the object store didn't take an upload's bytes");
                return unavailable("object_store_unavailable", &self);
            }
            Self::Database(error) => return internal(error),
        };
        problem(status, code, &self)
    }
}

/// Coming back later helps.
fn unavailable(code: &'static str, error: &UploadError) -> Response {
    retry_after(5, problem(StatusCode::SERVICE_UNAVAILABLE, code, error))
}
