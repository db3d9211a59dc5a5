//! The words of tus 1.0.0: header names, their values, and what surrounds every answer.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use chrono::{DateTime, Utc};

use super::error::UploadError;
use crate::problem::problem;

pub(super) const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const VERSION: HeaderName = HeaderName::from_static("tus-version");
pub(super) const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub(super) const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(super) const CHECKSUM_ALGORITHM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
pub(super) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(super) const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
pub(super) const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
pub(super) const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
pub(super) const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");
/// Ours: the title that the upload is for, and the job that its last byte caused.
pub(super) const CONTENT_ID: HeaderName = HeaderName::from_static("marquee-content-id");
pub(super) const JOB_ID: HeaderName = HeaderName::from_static("marquee-job-id");

pub(super) const ONLY_VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
pub(super) const EXTENSIONS: &str = "creation,creation-with-upload,termination,checksum,expiration";
pub(super) const OFFSET_OCTET_STREAM: &str = "application/offset+octet-stream";

/// `460 Checksum Mismatch`, tus's own.
pub(super) const CHECKSUM_MISMATCH: StatusCode = match StatusCode::from_u16(460) {
    Ok(status) => status,
    Err(_) => StatusCode::BAD_REQUEST,
};

/// Every answer names the version; a request of another version is refused before anything is read.
pub(super) async fn speak(request: Request, next: Next) -> Response {
    let known = request.method() == Method::OPTIONS
        || request.headers().get(RESUMABLE) == Some(&ONLY_VERSION);
    let mut response = if known {
        next.run(request).await
    } else {
        let mut refusal = problem(
            StatusCode::PRECONDITION_FAILED,
            "tus_version",
            "This address speaks tus 1.0.0: send `Tus-Resumable: 1.0.0`.",
        );
        refusal.headers_mut().insert(VERSION, ONLY_VERSION);
        refusal
    };
    response.headers_mut().insert(RESUMABLE, ONLY_VERSION);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A header that is a number of bytes.
pub(super) fn bytes(headers: &HeaderMap, name: &HeaderName) -> Result<Option<u64>, UploadError> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    // `parse` would take a sign.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not_a_number(name));
    }
    text.parse().map(Some).map_err(|_| not_a_number(name))
}

fn not_a_number(name: &HeaderName) -> UploadError {
    let name = match name {
        name if *name == OFFSET => "Upload-Offset",
        name if *name == LENGTH => "Upload-Length",
        _ => "Content-Length",
    };
    UploadError::Header {
        name,
        problem: "isn't a whole number of bytes",
        remedy: "Send a decimal number.",
    }
}

/// Whether the request carries bytes of the upload.
pub(super) fn carries_bytes(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value == OFFSET_OCTET_STREAM)
}

/// An HTTP date.
pub(super) fn date(at: DateTime<Utc>) -> HeaderValue {
    HeaderValue::try_from(httpdate::fmt_http_date(at.into())).expect("an HTTP date is ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_bytes_is_digits_only() {
        let check = |text: &'static str, expect: Option<u64>| {
            let headers = HeaderMap::from_iter([(OFFSET, HeaderValue::from_static(text))]);
            assert_eq!(bytes(&headers, &OFFSET).ok().flatten(), expect, "{text}");
        };
        check("0", Some(0));
        check("18446744073709551615", Some(u64::MAX));
        for bad in ["", "+1", "-1", "1.0", "1e3", "18446744073709551616", " 1"] {
            check(bad, None);
        }
    }

    #[test]
    fn expiry_is_an_http_date() {
        assert_eq!(date(DateTime::UNIX_EPOCH), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
