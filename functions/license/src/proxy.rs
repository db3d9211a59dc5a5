//! `POST /api/drm/{widevine,playready,fairplay}`: the player's opaque challenge goes to the operator's licence server,
//! with the keys that the token permits beside it, so that the server can hold the challenge against them.

use edge::{Call, Failure, Reply, origin, settings};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use shared::token::playback::PlaybackClaims;

use crate::keys;

const MAX_CHALLENGE_BYTES: usize = 64 << 10;
const MAX_LICENSE_BYTES: usize = 512 << 10;
const CONTENT_ID: HeaderName = HeaderName::from_static("x-marquee-content-id");
const PERMITTED_KIDS: HeaderName = HeaderName::from_static("x-marquee-permitted-kids");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Forwards a challenge.
pub(crate) async fn forward(
    call: &mut Call,
    claims: &PlaybackClaims,
    system: &str,
) -> Result<Reply, Failure> {
    let variable = match system {
        "widevine" => "widevine_url",
        "playready" => "playready_url",
        _ => "fairplay_url",
    };
    let url = settings::text(variable).await?;
    if url.is_empty() {
        let sentence = "This service has no licence server for that protection system.";
        return Err(Failure::new(
            StatusCode::NOT_IMPLEMENTED,
            "drm_not_configured",
            sentence,
        ));
    }
    let headers = headers(call, claims).await?;
    let challenge = call.bytes(MAX_CHALLENGE_BYTES).await?;
    let whole = origin::fetch(Method::POST, &url, headers, challenge, MAX_LICENSE_BYTES)
        .await
        .map_err(|origin::Away| {
            Failure::unavailable(
                "license_unavailable",
                "The licence server doesn't answer. Try again in a moment.",
            )
        })?;
    if whole.status != StatusCode::OK {
        edge::log::warn(&format!(
            "the {system} licence server answered {}",
            whole.status
        ));
        return Err(Failure::new(
            StatusCode::BAD_GATEWAY,
            "license_refused",
            "The licence server refused this request.",
        ));
    }
    let reply = Reply::whole(StatusCode::OK, "application/octet-stream", whole.body)
        .with(header::CACHE_CONTROL, "no-store");
    Ok(
        match whole
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
        {
            Some(kind) => reply.with(header::CONTENT_TYPE, kind),
            None => reply,
        },
    )
}

async fn headers(call: &Call, claims: &PlaybackClaims) -> Result<HeaderMap, Failure> {
    let kids: Vec<String> = keys::permitted(claims)
        .await?
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut headers = HeaderMap::new();
    let kind = call.headers.get(header::CONTENT_TYPE).cloned();
    headers.insert(
        header::CONTENT_TYPE,
        kind.unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    for (name, value) in [
        (CONTENT_ID, claims.cid.to_string()),
        (PERMITTED_KIDS, kids.join(",")),
        (REQUEST_ID, call.id.to_string()),
    ] {
        headers.insert(
            name,
            HeaderValue::try_from(value).expect("ids are header values"),
        );
    }
    Ok(headers)
}
