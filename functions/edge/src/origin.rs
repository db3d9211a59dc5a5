//! Calls to origin: the service token, deadlines, and bodies with a bound.

use std::{cell::RefCell, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use shared::token::service::{self, Issuer, ServiceClaims};
use spin_sdk::{
    http::FullBody,
    wasip3::http_compat::{RequestOptionsExtension, Response},
};

use crate::{Failure, log, now_s, pass, settings, within};

/// The header that proves the caller to origin.
pub const SERVICE_AUTHORIZATION: HeaderName = HeaderName::from_static("x-service-authorization");
/// For a whole answer.
const DEADLINE: Duration = Duration::from_secs(4);
/// A cached token is not used this close to its end.
const MARGIN_S: u64 = 15;

thread_local! {
    static TOKEN: RefCell<Option<(HeaderValue, u64)>> = const { RefCell::new(None) };
}

/// A whole answer of another server.
#[derive(Clone, Debug)]
pub struct Whole {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// The server can't be reached, didn't answer in time, or answered more than was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away;

impl From<Away> for Failure {
    fn from(Away: Away) -> Self {
        Self::origin_unavailable()
    }
}

/// The service token, signed anew when it comes near its end.
pub async fn service_token() -> Result<HeaderValue, Failure> {
    let now = now_s();
    let cached = TOKEN.with_borrow(|token| {
        token
            .as_ref()
            .filter(|(_, end)| now + MARGIN_S < *end)
            .map(|(token, _)| token.clone())
    });
    if let Some(token) = cached {
        return Ok(token);
    }
    let claims = ServiceClaims::new(Issuer::Edge, now);
    let token = service::sign(&claims, &*settings::service_keys().await?);
    let mut value =
        HeaderValue::try_from(format!("Bearer {token}")).expect("a JWT is a header value");
    value.set_sensitive(true);
    TOKEN.set(Some((value.clone(), claims.exp)));
    Ok(value)
}

/// GET of an internal route, at most `limit` bytes.
pub async fn get(path: &str, limit: usize) -> Result<Whole, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(SERVICE_AUTHORIZATION, service_token().await?);
    let url = format!("{}{path}", settings::text("origin_url").await?);
    Ok(fetch(Method::GET, &url, headers, Bytes::new(), limit).await?)
}

/// POST of JSON to an internal route, at most `limit` bytes back.
pub async fn post(path: &str, json: Bytes, limit: usize) -> Result<Whole, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(SERVICE_AUTHORIZATION, service_token().await?);
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    let url = format!("{}{path}", settings::text("origin_url").await?);
    Ok(fetch(Method::POST, &url, headers, json, limit).await?)
}

/// Any whole answer of any server this component may call.
pub async fn fetch(
    method: Method,
    url: &str,
    headers: HeaderMap,
    body: Bytes,
    limit: usize,
) -> Result<Whole, Away> {
    let answer = async {
        let response = spin_sdk::http::send(request(method, url, headers, body)?)
            .await
            .map_err(|error| error.to_string())?;
        read(response, limit).await
    };
    match within(DEADLINE, answer).await {
        Some(Ok(whole)) => Ok(whole),
        Some(Err(message)) => away(url, &message),
        None => away(url, "deadline"),
    }
}

fn request(
    method: Method,
    url: &str,
    headers: HeaderMap,
    body: Bytes,
) -> Result<http::Request<FullBody<Bytes>>, String> {
    let length = body.len();
    let mut request = http::Request::builder()
        .method(method)
        .uri(url)
        .body(FullBody::new(body))
        .map_err(|error| error.to_string())?;
    *request.headers_mut() = headers;
    if length > 0 {
        // With its length a small body goes out in one segment.
        request
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    request
        .extensions_mut()
        .insert(RequestOptionsExtension(pass::Timeouts::CALL.options()));
    Ok(request)
}

async fn read(response: Response, limit: usize) -> Result<Whole, String> {
    let (head, mut incoming) = response.into_parts();
    let mut body = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| error.to_string())?;
        if let Ok(data) = frame.into_data() {
            if body.len() + data.len() > limit {
                return Err(format!("the answer is larger than {limit} bytes"));
            }
            body.extend_from_slice(&data);
        }
    }
    Ok(Whole {
        status: head.status,
        headers: head.headers,
        body: body.freeze(),
    })
}

fn away<T>(url: &str, message: &str) -> Result<T, Away> {
    // Only the path: an operator's URL may hold what a log must not.
    let path = url
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]))
        .unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    log::warn(&format!("call {path}: {message}"));
    Err(Away)
}
