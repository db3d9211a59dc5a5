//! What browsers are told not to do with our pages.

use edge::{Failure, Reply, settings};
use http::{HeaderName, header};

/// Scripts only from our own files; media from hls.js's buffers. Styles that libraries set on elements are inline.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; font-src 'self'; \
    object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const PERMISSIONS_POLICY: &str = "autoplay=(self), encrypted-media=(self), fullscreen=(self), picture-in-picture=(self), \
    camera=(), microphone=(), geolocation=(), payment=(), usb=()";

/// The reply with its protection.
pub(crate) async fn protect(reply: Reply) -> Result<Reply, Failure> {
    let reply = reply
        .with(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)
        .with(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with(header::REFERRER_POLICY, "strict-origin-when-cross-origin")
        .with(
            HeaderName::from_static("permissions-policy"),
            PERMISSIONS_POLICY,
        )
        .with(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        );
    if settings::is_https().await? {
        // Only where it is true: over plain http a browser would ignore it, and a developer's localhost must not be caught.
        return Ok(reply.with(
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains",
        ));
    }
    Ok(reply)
}
