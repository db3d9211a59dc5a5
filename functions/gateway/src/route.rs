//! Which addresses lead to origin, and how their bodies flow.

/// How an address is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Public reads of the catalogue: kept at the edge.
    Catalogue,
    /// Small requests and answers.
    Api,
    /// A stream of server-sent events.
    Events,
    /// Resumable uploads: bodies of any size.
    Upload,
}

/// The kind of an address, or `None` for one that doesn't lead to origin.
pub(crate) fn kind(path: &str) -> Option<Kind> {
    let rest = path.strip_prefix("/api/")?;
    // No escapes, dot-segments or empty segments: what is matched here is what origin's router sees.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let segments: Vec<&str> = rest.split('/').collect();
    match segments.as_slice() {
        ["openapi.json"] => return Some(Kind::Api),
        segments
            if !segments
                .iter()
                .all(|segment| !segment.is_empty() && segment.bytes().all(plain)) =>
        {
            return None;
        }
        _ => {}
    }
    match segments.as_slice() {
        ["content", ..] | ["search"] => Some(Kind::Catalogue),
        ["events"] => Some(Kind::Events),
        ["admin", "uploads", ..] => Some(Kind::Upload),
        ["auth" | "admin", _, ..] | ["profiles", ..] => Some(Kind::Api),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_routes_lead_to_origin() {
        for (path, expect) in [
            ("/api/auth/login", Some(Kind::Api)),
            ("/api/profiles", Some(Kind::Api)),
            (
                "/api/profiles/0190a2b4-0000-7000-8000-000000000001/select",
                Some(Kind::Api),
            ),
            ("/api/content", Some(Kind::Catalogue)),
            (
                "/api/content/0190a2b4-0000-7000-8000-000000000001",
                Some(Kind::Catalogue),
            ),
            ("/api/search", Some(Kind::Catalogue)),
            ("/api/admin/uploads", Some(Kind::Upload)),
            ("/api/admin/uploads/x", Some(Kind::Upload)),
            ("/api/admin/jobs", Some(Kind::Api)),
            ("/api/events", Some(Kind::Events)),
            ("/api/openapi.json", Some(Kind::Api)),
            ("/api/auth", None),
            ("/api/admin", None),
            ("/api/internal/titles/x", None),
            ("/api/content/../../internal/titles/x", None),
            ("/api/content/..%2f..%2finternal", None),
            ("/api//content", None),
            ("/api/content/", None),
            ("/api/nothing", None),
            ("/internal/titles/x", None),
            ("/metrics", None),
        ] {
            assert_eq!(kind(path), expect, "{path}");
        }
    }
}
