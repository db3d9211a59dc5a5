//! The mounted folder: small files, read once per instance and kept within a bound.
//! Invariant: a name that reaches the file system has no dot-segment, no escape and no leading slash.

use std::{cell::RefCell, collections::HashMap, path::Path};

use edge::etag;
use http::{HeaderMap, header::ACCEPT_ENCODING};

/// Where the manifest mounts the built app.
const ROOT: &str = "/ui";
/// What one instance keeps of it.
const MAX_KEPT_BYTES: usize = 8 << 20;

thread_local! {
    static KEPT: RefCell<HashMap<String, File>> = RefCell::new(HashMap::new());
}

/// A file, perhaps in its compressed variant.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) bytes: bytes::Bytes,
    pub(crate) media_type: &'static str,
    pub(crate) etag: String,
    pub(crate) coding: Option<Coding>,
}

/// A content coding that the build may have prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// What a client takes, best first.
    pub(crate) fn accepted(headers: &HeaderMap) -> &'static [Self] {
        let offers = |coding: &str| {
            let values = headers
                .get_all(ACCEPT_ENCODING)
                .iter()
                .filter_map(|value| value.to_str().ok());
            values.flat_map(|value| value.split(',')).any(|offer| {
                let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
                name.trim() == coding
                    && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
            })
        };
        match (offers("br"), offers("gzip")) {
            (true, true) => &[Self::Brotli, Self::Gzip],
            (true, false) => &[Self::Brotli],
            (false, true) => &[Self::Gzip],
            (false, false) => &[],
        }
    }

    /// Its name in `Content-Encoding`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gz",
        }
    }
}

/// The file's name under the mounted folder, or `None` for an address that can't be one.
pub(crate) fn name(path: &str) -> Option<String> {
    let relative = path.strip_prefix('/')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_name = |segment: &str| {
        !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(plain)
    };
    (relative.len() <= 200 && relative.split('/').all(is_name)).then(|| relative.to_owned())
}

/// The file in the best variant that the client takes.
pub(crate) fn find(name: &str, codings: &[Coding]) -> Option<File> {
    let media_type = media_type(name)?;
    let compressed = codings.iter().find_map(|coding| {
        load(&format!("{name}.{}", coding.extension()), media_type).map(|file| File {
            coding: Some(*coding),
            ..file
        })
    });
    compressed.or_else(|| load(name, media_type))
}

fn load(name: &str, media_type: &'static str) -> Option<File> {
    if let Some(file) = KEPT.with_borrow(|kept| kept.get(name).cloned()) {
        return Some(file);
    }
    let bytes = std::fs::read(Path::new(ROOT).join(name)).ok()?;
    let file = File {
        etag: etag::of(&bytes),
        bytes: bytes.into(),
        media_type,
        coding: None,
    };
    KEPT.with_borrow_mut(|kept| {
        let total: usize = kept.values().map(|file| file.bytes.len()).sum();
        if total + file.bytes.len() <= MAX_KEPT_BYTES {
            kept.insert(name.to_owned(), file.clone());
        }
    });
    Some(file)
}

/// Unknown kinds of files are not served: the build makes none.
fn media_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_t_leave_the_folder() {
        assert_eq!(
            name("/assets/app-1a2b.js").as_deref(),
            Some("assets/app-1a2b.js")
        );
        for bad in [
            "/",
            "/../etc/passwd",
            "/a/../b.js",
            "/.env",
            "/a/.git/x.txt",
            "/%2e%2e/x.js",
            "//x.js",
            "/a b.js",
            "/a\\b.js",
            "",
        ] {
            assert_eq!(name(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_best_prepared_coding_comes_first() {
        let check = |value: &str, expect: &[Coding]| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, value.parse().unwrap());
            assert_eq!(Coding::accepted(&headers), expect, "{value}");
        };
        check("gzip, deflate, br, zstd", &[Coding::Brotli, Coding::Gzip]);
        check("gzip;q=1, br;q=0", &[Coding::Gzip]);
        check("identity", &[]);
    }

    #[test]
    fn source_maps_and_unknown_files_are_not_served() {
        assert_eq!(media_type("app.js.map"), None);
        assert_eq!(media_type("LICENSE"), None);
        assert_eq!(media_type("app.css"), Some("text/css; charset=utf-8"));
    }
}
