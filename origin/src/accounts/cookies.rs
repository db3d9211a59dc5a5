//! The two cookies of a signed-in browser.

use axum::http::{HeaderMap, HeaderValue, header};
use shared::token::session;

use super::refresh_token;
use crate::config::Config;

/// The session token's cookie.
pub const SESSION_COOKIE: &str = "marquee_session";
/// The refresh token's cookie. Only the routes that use it ever get to see it.
pub const REFRESH_COOKIE: &str = "marquee_refresh";

/// Adds the session token.
pub(crate) fn set_session(headers: &mut HeaderMap, config: &Config, token: &str) {
    append(
        headers,
        config,
        SESSION_COOKIE,
        token,
        "/",
        session::LIFETIME_S,
    );
}

/// Adds the refresh token.
pub(crate) fn set_refresh(headers: &mut HeaderMap, config: &Config, token: &str) {
    append(
        headers,
        config,
        REFRESH_COOKIE,
        token,
        "/api/auth",
        refresh_token::LIFETIME_S,
    );
}

/// Takes both away.
pub(crate) fn clear(headers: &mut HeaderMap, config: &Config) {
    append(headers, config, SESSION_COOKIE, "", "/", 0);
    append(headers, config, REFRESH_COOKIE, "", "/api/auth", 0);
}

/// No cache, and no idempotency record, may keep a response that holds a token.
pub(crate) fn forbid_storing(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

fn append(
    headers: &mut HeaderMap,
    config: &Config,
    name: &str,
    value: &str,
    path: &str,
    max_age_s: u64,
) {
    let secure = if config.cookie_secure { "; Secure" } else { "" };
    let text =
        format!("{name}={value}; HttpOnly{secure}; SameSite=Lax; Path={path}; Max-Age={max_age_s}");
    let value = HeaderValue::try_from(text).expect("tokens are base64url and dots");
    headers.append(header::SET_COOKIE, value);
    forbid_storing(headers);
}
