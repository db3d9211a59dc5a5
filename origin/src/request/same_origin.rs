//! Cross-site request forgery: a mutation that a browser's cookies speak for must come from our own pages.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::cookie;
use crate::{
    accounts::{REFRESH_COOKIE, SESSION_COOKIE},
    app::App,
    problem::problem,
};

/// Refuses mutations from foreign pages. Bearer tokens are exempt: no browser sends them by itself.
pub async fn require_same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if safe || is_allowed(request.headers(), &app.config.public_origin) {
        return next.run(request).await;
    }
    problem(
        StatusCode::FORBIDDEN,
        "origin_mismatch",
        "This request came from another site's page.",
    )
}

fn is_allowed(headers: &HeaderMap, public_origin: &str) -> bool {
    if headers.contains_key(header::AUTHORIZATION) {
        return true;
    }
    match text(headers, header::ORIGIN.as_str()) {
        Some(origin) => is_ours(headers, origin, public_origin),
        // Without cookies there is nobody to speak for; a sign-in from a page always names its origin.
        None => {
            cookie(headers, SESSION_COOKIE).is_none() && cookie(headers, REFRESH_COOKIE).is_none()
        }
    }
}

fn is_ours(headers: &HeaderMap, origin: &str, public_origin: &str) -> bool {
    if origin.eq_ignore_ascii_case(public_origin) {
        return true;
    }
    let Some((_, origin_host)) = origin.split_once("://") else {
        return false; // "null": a sandboxed or redirected page.
    };
    // The edge forwards the host that the browser asked for; its service token vouches for the header.
    ["x-forwarded-host", "host"]
        .iter()
        .filter_map(|name| text(headers, name))
        .any(|host| host.eq_ignore_ascii_case(origin_host))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "https://marquee.example";

    fn check(headers: &[(&'static str, &'static str)], expect: bool) {
        let map = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        assert_eq!(is_allowed(&map, PUBLIC), expect, "{headers:?}");
    }

    #[test]
    fn cookies_need_our_own_origin() {
        let cookie = ("cookie", "a=b; marquee_session=x");
        check(&[cookie, ("origin", PUBLIC)], true);
        check(
            &[
                cookie,
                ("origin", "http://localhost:3000"),
                ("host", "localhost:3000"),
            ],
            true,
        );
        check(
            &[
                cookie,
                ("origin", "https://evil.example"),
                ("host", "marquee.example"),
            ],
            false,
        );
        check(&[cookie, ("origin", "null")], false);
        check(&[cookie], false);
        check(&[("cookie", "marquee_refresh=x")], false);
    }

    #[test]
    fn bearer_tokens_and_bare_requests_are_exempt_but_a_foreign_sign_in_is_not() {
        check(
            &[
                ("authorization", "Bearer x"),
                ("origin", "https://evil.example"),
            ],
            true,
        );
        check(&[], true);
        check(&[("origin", "https://evil.example")], false);
    }
}
