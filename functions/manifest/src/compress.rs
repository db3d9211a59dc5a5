//! Gzip, which every playlist answer must offer (AS 10.1).

use std::io::{Read as _, Write as _};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use http::{HeaderMap, header::ACCEPT_ENCODING};

/// Compressed. The same text always gives the same bytes: the header holds no time and no name.
pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder
        .write_all(text.as_bytes())
        .and_then(|()| encoder.finish())
        .expect("writing to a Vec cannot fail")
}

/// As it was.
pub(crate) fn unzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut plain)?;
    Ok(plain)
}

/// Whether the client takes gzip (RFC 9110 §12.5.3).
pub(crate) fn is_accepted(headers: &HeaderMap) -> bool {
    let offers = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    offers.into_iter().any(|offer| {
        let (coding, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = weight
            .trim()
            .strip_prefix("q=")
            .is_some_and(|q| q.trim().parse::<f32>().is_ok_and(|q| q == 0.0));
        matches!(coding.trim(), "gzip" | "*") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_offered_to_those_who_take_it() {
        for (value, expect) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, gzip;q=0.8", true),
            ("*", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, value.parse().unwrap());
            assert_eq!(is_accepted(&headers), expect, "{value}");
        }
        assert!(!is_accepted(&HeaderMap::new()));
    }

    #[test]
    fn compression_is_repeatable_and_reversible() {
        let text = "#EXTM3U\n".repeat(100);
        assert_eq!(gzip(&text), gzip(&text));
        assert_eq!(unzip(&gzip(&text)).unwrap(), text.as_bytes());
    }
}
