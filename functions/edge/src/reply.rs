//! Replies: whole ones with their length, and streams handed over without being read.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use shared::problem::Problem;
use spin_sdk::{
    http::{FullBody, IntoResponse as _},
    wasip3::{
        http::types::{self, ErrorCode, Fields, Trailers},
        wit_bindgen::{FutureReader, StreamReader},
        wit_future,
    },
};

use crate::Failure;

/// A reply on its way.
pub struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

enum Body {
    /// 204, 304 and answers to HEAD that another server made: a length may stand in the headers, no byte follows.
    None,
    Whole(Bytes),
    Handed(Handed),
}

/// A body that the host passes on itself.
pub(crate) struct Handed {
    pub(crate) contents: StreamReader<u8>,
    pub(crate) trailers: FutureReader<Result<Option<Trailers>, ErrorCode>>,
}

impl Reply {
    /// A whole body. The length is always stated: without it a reply through Spin waits for the client's delayed ACK.
    pub fn whole(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self {
            status,
            headers,
            body: Body::Whole(body),
        }
    }

    /// JSON, not to be stored by anybody.
    pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Self {
        let body = serde_json::to_vec(value).expect("replies are plain structs with string keys");
        Self::whole(status, "application/json", body).with(header::CACHE_CONTROL, "no-store")
    }

    /// No body at all.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Body::None,
        }
    }

    /// A stream handed over to the host, with the headers it came with.
    pub(crate) fn handed(status: StatusCode, headers: HeaderMap, body: Option<Handed>) -> Self {
        Self {
            status,
            headers,
            body: body.map_or(Body::None, Body::Handed),
        }
    }

    /// What a failure tells the client.
    pub fn problem(failure: Failure, request_id: &str) -> Self {
        let problem =
            Problem::new(failure.code, failure.sentence, request_id).with_details(failure.details);
        let mut reply = Self::json(failure.status, &problem);
        if let Some(seconds) = failure.retry_after_s {
            reply
                .headers
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = failure.allow {
            reply
                .headers
                .insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        reply
    }

    /// The same reply with one header set.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        // Values are ours: tokens, numbers and fixed texts. One that isn't a header value is left out, never split.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same reply with one more `Set-Cookie`.
    #[must_use]
    pub fn cookie(mut self, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(header::SET_COOKIE, value);
        }
        self
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Its headers, to be changed.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// As the host wants it.
    pub(crate) fn into_host(mut self) -> Result<types::Response, ErrorCode> {
        match self.body {
            Body::Whole(bytes) => {
                self.headers
                    .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
                let mut response = http::Response::new(FullBody::new(bytes));
                *response.status_mut() = self.status;
                *response.headers_mut() = self.headers;
                response.into_response()
            }
            Body::None => {
                let (_writer, trailers) =
                    wit_future::new::<Result<Option<Trailers>, ErrorCode>>(|| Ok(None));
                raw(self.status, self.headers, None, trailers)
            }
            Body::Handed(Handed { contents, trailers }) => {
                raw(self.status, self.headers, Some(contents), trailers)
            }
        }
    }
}

fn raw(
    status: StatusCode,
    headers: HeaderMap,
    contents: Option<StreamReader<u8>>,
    trailers: FutureReader<Result<Option<Trailers>, ErrorCode>>,
) -> Result<types::Response, ErrorCode> {
    let fields: Fields = headers
        .try_into()
        .map_err(|error| ErrorCode::InternalError(Some(format!("reply headers: {error:?}"))))?;
    let (response, _transmitted) = types::Response::new(fields, contents, trailers);
    _ = response.set_status_code(status.as_u16());
    Ok(response)
}
