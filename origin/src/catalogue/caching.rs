//! What the edge and browsers may keep of a catalogue answer, and by what they know that it is still good.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use sqlx::PgConnection;

use crate::request::{Json, Viewer};

const X_CACHE_SCOPE: HeaderName = HeaderName::from_static("x-cache-scope");

/// One state of the catalogue, as one maturity limit shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edition {
    /// Grows with every commit that changes the catalogue.
    pub(super) revision: i64,
    pub(super) maturity: u8,
}

impl Edition {
    /// The edition that this viewer's transaction reads. What is read after it is at least as new.
    pub(super) async fn current(db: &mut PgConnection, viewer: &Viewer) -> sqlx::Result<Self> {
        let revision = sqlx::query_scalar!("SELECT revision FROM catalogue_revision")
            .fetch_one(db)
            .await?;
        Ok(Self {
            revision,
            maturity: viewer.maturity_limit(),
        })
    }

    /// 304, when the client has this edition already.
    pub(super) fn not_modified(self, request: &HeaderMap) -> Option<Response> {
        let held = request.get(header::IF_NONE_MATCH)?.to_str().ok()?;
        let tag = self.tag();
        held.split(',')
            .any(|one| one.trim() == tag)
            .then(|| (StatusCode::NOT_MODIFIED, self.headers()).into_response())
    }

    /// The answer, with what says how long and for whom it is good.
    pub(super) fn answer(self, body: impl Serialize) -> Response {
        (self.headers(), Json(body)).into_response()
    }

    fn headers(self) -> HeaderMap {
        let value = |text: String| HeaderValue::try_from(text).expect("numbers and ASCII letters");
        HeaderMap::from_iter([
            (X_CACHE_SCOPE, value(format!("maturity={}", self.maturity))),
            (
                header::CACHE_CONTROL,
                value("private, max-age=300".to_owned()),
            ),
            (header::ETAG, value(self.tag())),
        ])
    }

    /// Weak: two answers of one edition say the same, though perhaps not byte by byte.
    fn tag(self) -> String {
        format!("W/\"{}-{}\"", self.revision, self.maturity)
    }
}
