//! Entity tags of bodies that we make, and `If-None-Match`.

use http::{HeaderMap, header::IF_NONE_MATCH};
use sha2::{Digest as _, Sha256};

/// A strong tag of these bytes.
pub fn of(bytes: &[u8]) -> String {
    format!("\"{}\"", hex::encode(&Sha256::digest(bytes)[..12]))
}

/// Whether the client already holds that tag (weak comparison, RFC 9110 §13.1.2).
pub fn is_held(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let listed = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    listed
        .into_iter()
        .any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_held_in_any_of_its_spellings() {
        let check = |value: &str, expect| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, value.parse().unwrap());
            assert_eq!(is_held(&headers, "\"a\""), expect, "{value}");
        };
        check("\"a\"", true);
        check("\"b\", W/\"a\"", true);
        check("*", true);
        check("\"b\"", false);
        assert!(!is_held(&HeaderMap::new(), "\"a\""));
    }
}
