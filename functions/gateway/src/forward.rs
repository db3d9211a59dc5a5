//! Pass-through to origin: the viewer's own credentials, ours beside them, and bodies as streams in both directions.

use edge::{Call, Failure, Reply, origin, pass, settings};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use crate::route::Kind;

/// What origin hears from a client. Anything else, above all what a proxy would add, is not passed on.
const FORWARDED: [&str; 23] = [
    "accept",
    "accept-language",
    "authorization",
    "content-length",
    "content-type",
    "cookie",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "last-event-id",
    "origin",
    "referer",
    "tus-resumable",
    "upload-checksum",
    "upload-concat",
    "upload-defer-length",
    "upload-draft-interop-version",
    "upload-length",
    "upload-metadata",
    "upload-offset",
    "user-agent",
    "x-device-type",
    "x-http-method-override",
];
/// What a client doesn't hear from origin.
const HIDDEN: [HeaderName; 2] = [header::SERVER, HeaderName::from_static("x-powered-by")];
/// A body of anything but an upload.
const MAX_BODY_BYTES: u64 = 1 << 20;

/// Sends the request on and the answer back.
pub(crate) async fn pass(call: &mut Call, kind: Kind) -> Result<Reply, Failure> {
    let timeouts = match kind {
        Kind::Upload => pass::Timeouts::UPLOAD,
        Kind::Events => pass::Timeouts::EVENTS,
        Kind::Api | Kind::Catalogue => {
            refuse_large(call)?;
            pass::Timeouts::PROXY
        }
    };
    let headers = headers(call).await?;
    let url = url(call).await?;
    let body = call
        .take_body()
        .filter(|_| has_body(&call.method, &call.headers));
    let upstream = pass::send(&call.method, &url, headers, body, timeouts)
        .await
        .map_err(|error| {
            edge::log::warn(&format!("origin: {error}"));
            Failure::origin_unavailable()
        })?;
    let origin_url = settings::text("origin_url").await?;
    let headers = shown(&upstream.headers, &origin_url, kind);
    Ok(upstream.reply(headers, &call.method))
}

/// The headers that origin gets: the client's that matter, and what the edge vouches for.
pub(crate) async fn headers(call: &Call) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for name in FORWARDED.map(HeaderName::from_static) {
        for value in call.headers.get_all(&name) {
            headers.append(name.clone(), value.clone());
        }
    }
    headers.insert(
        origin::SERVICE_AUTHORIZATION,
        origin::service_token().await?,
    );
    let hops = settings::text("trusted_hops").await?.parse().unwrap_or(0);
    let vouched = [
        ("x-request-id", Some(call.id.to_string())),
        ("x-forwarded-for", call.client_address(hops)),
        (
            "x-forwarded-host",
            call.uri.authority().map(ToString::to_string),
        ),
        (
            "x-forwarded-proto",
            Some(
                if settings::is_https().await? {
                    "https"
                } else {
                    "http"
                }
                .to_owned(),
            ),
        ),
    ];
    for (name, value) in vouched {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    Ok(headers)
}

/// The same address at origin.
pub(crate) async fn url(call: &Call) -> Result<String, Failure> {
    let path = call
        .uri
        .path_and_query()
        .map_or("/", http::uri::PathAndQuery::as_str);
    Ok(format!("{}{path}", settings::text("origin_url").await?))
}

fn refuse_large(call: &Call) -> Result<(), Failure> {
    let length = call
        .header(header::CONTENT_LENGTH)
        .and_then(|length| length.parse::<u64>().ok());
    if length.is_some_and(|length| length > MAX_BODY_BYTES) {
        let sentence = "The request's body is too large.";
        return Err(Failure::new(
            http::StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            sentence,
        ));
    }
    Ok(())
}

/// A request without a body must not become a chunked one on its way. The host hides `Transfer-Encoding`, so where no
/// length is given the method tells.
fn has_body(method: &Method, headers: &HeaderMap) -> bool {
    match headers.get(header::CONTENT_LENGTH) {
        Some(length) => length != "0",
        None => matches!(*method, Method::POST | Method::PUT | Method::PATCH),
    }
}

fn shown(from: &HeaderMap, origin_url: &str, kind: Kind) -> HeaderMap {
    let mut headers = from.clone();
    for name in HIDDEN {
        headers.remove(name);
    }
    let location = headers
        .get(header::LOCATION)
        .and_then(|location| location.to_str().ok());
    if let Some(public) = location.and_then(|location| public_location(location, origin_url)) {
        headers.insert(header::LOCATION, public);
    }
    if kind == Kind::Events {
        // A proxy in front that collects an answer before it passes it on would hold every event back.
        headers.insert(
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        );
    }
    headers
}

/// Origin's own address is nobody's business: an upload's place is given relative to the host that the client knows.
fn public_location(location: &str, origin_url: &str) -> Option<HeaderValue> {
    let path = location.strip_prefix(origin_url.trim_end_matches('/'))?;
    path.starts_with('/')
        .then(|| HeaderValue::from_str(path).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_at_origin_becomes_a_public_one() {
        let check = |location: &str, expect: Option<&str>| {
            let found = public_location(location, "http://127.0.0.1:4000");
            assert_eq!(
                found.as_ref().map(|value| value.to_str().unwrap()),
                expect,
                "{location}"
            );
        };
        check(
            "http://127.0.0.1:4000/api/admin/uploads/1",
            Some("/api/admin/uploads/1"),
        );
        check("http://127.0.0.1:40001/api/admin/uploads/1", None);
        check("/api/admin/uploads/1", None);
        check("https://tv.example/api/admin/uploads/1", None);
    }
}
