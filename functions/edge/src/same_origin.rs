//! Cross-site request forgery: a mutation that rides on a cookie must come from our own pages.

use http::{
    StatusCode,
    header::{AUTHORIZATION, ORIGIN},
};

use crate::{Call, Failure, cookie, settings};

/// Refuses a cookie-carried mutation whose `Origin` is not ours. Bearer callers are exempt: no browser adds that by itself.
pub async fn require(call: &Call) -> Result<(), Failure> {
    if call.method.is_safe() || call.headers.contains_key(AUTHORIZATION) {
        return Ok(());
    }
    let public_origin = settings::text("public_origin").await?;
    let carries_cookie = [cookie::SESSION, cookie::REFRESH, cookie::PLAYBACK]
        .iter()
        .any(|name| cookie::find(&call.headers, name).is_some());
    let host = call.uri.authority().map(http::uri::Authority::as_str);
    if is_ours(call.header(ORIGIN), carries_cookie, host, &public_origin) {
        return Ok(());
    }
    Err(Failure::new(
        StatusCode::FORBIDDEN,
        "origin_mismatch",
        "This request came from another site.",
    ))
}

/// Without an `Origin` only requests that carry no cookie of ours pass: a sign-in from a program, for example.
fn is_ours(
    origin: Option<&str>,
    carries_cookie: bool,
    host: Option<&str>,
    public_origin: &str,
) -> bool {
    let Some(origin) = origin else {
        return !carries_cookie;
    };
    let Some((_, origin_host)) = origin.split_once("://") else {
        return false;
    };
    origin.eq_ignore_ascii_case(public_origin.trim_end_matches('/'))
        || host.is_some_and(|host| host.eq_ignore_ascii_case(origin_host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_origin_may_ride_on_a_cookie() {
        let public = "https://tv.example";
        let check = |origin, cookie, expect| {
            assert_eq!(
                is_ours(origin, cookie, Some("edge:3000"), public),
                expect,
                "{origin:?}"
            );
        };
        check(Some("https://tv.example"), true, true);
        check(Some("http://edge:3000"), true, true);
        check(Some("https://evil.example"), true, false);
        check(Some("https://evil.example"), false, false);
        check(Some("https://tv.example.evil"), true, false);
        check(Some("http://tv.example"), true, false);
        check(Some("null"), true, false);
        check(None, true, false);
        check(None, false, true);
    }
}
