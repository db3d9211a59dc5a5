//! Cookies: read from requests, and written as our tokens need them.

use http::{HeaderMap, header::COOKIE};

/// The session JWT, set by origin.
pub const SESSION: &str = "marquee_session";
/// The refresh token, set by origin; the edge only sees that it is there.
pub const REFRESH: &str = "marquee_refresh";
/// The playback token.
pub const PLAYBACK: &str = "marquee_playback";

/// The value of the first cookie of that name: browsers send the most specific path first (RFC 6265 §5.4).
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name && !value.is_empty()).then_some(value)
    })
}

/// A `Set-Cookie` value that only requests under `path` carry and no script reads.
pub fn scoped(name: &str, value: &str, path: &str, max_age_s: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path={path}; Max-Age={max_age_s}; HttpOnly{secure}; SameSite=Lax")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_exact_name_in_any_header_line() {
        let mut headers = HeaderMap::new();
        headers.append(
            COOKIE,
            "a=1; marquee_session_old=x;marquee_session=tok.en"
                .parse()
                .unwrap(),
        );
        headers.append(
            COOKIE,
            "marquee_playback=p; marquee_session=second"
                .parse()
                .unwrap(),
        );
        assert_eq!(find(&headers, SESSION), Some("tok.en"));
        assert_eq!(find(&headers, PLAYBACK), Some("p"));
        assert_eq!(find(&headers, "b"), None);
    }

    #[test]
    fn a_scoped_cookie_hides_from_scripts_and_is_secure_where_the_origin_is() {
        assert_eq!(
            scoped(PLAYBACK, "t", "/media/x", 600, true),
            "marquee_playback=t; Path=/media/x; Max-Age=600; HttpOnly; Secure; SameSite=Lax"
        );
        assert!(!scoped(PLAYBACK, "t", "/media/x", 600, false).contains("Secure"));
    }
}
