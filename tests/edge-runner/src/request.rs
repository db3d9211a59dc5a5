//! A request before it is routed: its identity, its absolute URI, and the headers that Spin's server drops.

use http::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue};
use http::uri::{Authority, Scheme};
use http::{Uri, request};

use crate::allow_list::chaining_target;

/// Names a request across log lines and hops.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_REQUEST_ID_BYTES: usize = 64;

/// The client's request id if it is fit for a log line, else a new one. The request carries it afterwards.
pub(crate) fn identify(headers: &mut HeaderMap) -> HeaderValue {
    let fit = |id: &HeaderValue| {
        let allowed =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !id.is_empty() && id.len() <= MAX_REQUEST_ID_BYTES && id.as_bytes().iter().all(allowed)
    };
    if let Some(id) = headers.get(&REQUEST_ID).filter(|id| fit(id)) {
        let id = id.clone();
        headers.insert(REQUEST_ID, id.clone()); // exactly one
        return id;
    }
    let id = HeaderValue::try_from(uuid::Uuid::now_v7().to_string()).expect("a UUID is ASCII");
    headers.insert(REQUEST_ID, id.clone());
    id
}

/// As Spin: a client cannot pretend to be a chained call, and `Connection` concerns only the server.
pub(crate) fn drop_hop_headers(headers: &mut HeaderMap) {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let name = host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    if name.is_some_and(|name| chaining_target(name).is_some()) {
        headers.remove(HOST);
    }
    headers.remove(CONNECTION);
}

/// Guests see an absolute URI. `None` when the request does not say clearly for which host it is.
pub(crate) fn absolute_uri(head: &request::Parts) -> Option<Uri> {
    let from_header = match head.headers.get(HOST) {
        Some(host) => Some(Authority::try_from(host.as_bytes()).ok()?),
        None => None,
    };
    let mut parts = head.uri.clone().into_parts();
    let authority = match (from_header, parts.authority.take()) {
        (None, None) => return None,
        (Some(one), Some(other)) if one != other => return None,
        (Some(authority), _) | (None, Some(authority)) => authority,
    };
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_kept_only_if_it_is_fit_for_a_log_line() {
        for (sent, kept) in [
            (Some("0198f3a2-aaaa-7bbb-8ccc-0123456789ab"), true),
            (Some("trace_1.2"), true),
            (Some("two words"), false),
            (Some("\"quoted\""), false),
            (Some(""), false),
            (Some(&*"x".repeat(65)), false),
            (None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(id) = sent {
                headers.insert(REQUEST_ID, HeaderValue::from_str(id).expect("a header"));
            }
            let id = identify(&mut headers);
            assert_eq!(sent.is_some_and(|sent| id == sent), kept, "{sent:?}");
            assert_eq!(headers.get(REQUEST_ID), Some(&id));
            if !kept {
                let uuid: uuid::Uuid = id.to_str().expect("text").parse().expect("a UUID");
                assert_eq!(uuid.get_version_num(), 7);
            }
        }
    }

    #[test]
    fn the_uri_becomes_absolute_unless_the_host_is_in_doubt() {
        for (uri, host, expected) in [
            ("/a?b", Some("edge.test"), Some("http://edge.test/a?b")),
            ("http://edge.test/a", None, Some("http://edge.test/a")),
            (
                "http://edge.test/a",
                Some("edge.test"),
                Some("http://edge.test/a"),
            ),
            ("http://edge.test/a", Some("other.test"), None),
            ("/a", Some("not a host"), None),
            ("/a", None, None),
        ] {
            let mut request = http::Request::get(uri);
            if let Some(host) = host {
                request = request.header(HOST, host);
            }
            let (head, ()) = request.body(()).expect("valid").into_parts();
            assert_eq!(
                absolute_uri(&head).map(|uri| uri.to_string()).as_deref(),
                expected,
                "{uri} {host:?}"
            );
        }
    }

    #[test]
    fn a_client_cannot_name_an_internal_host() {
        for (host, kept) in [
            ("authz.spin.internal", false),
            ("authz.spin.internal:80", false),
            ("edge.test:3000", true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            headers.insert(CONNECTION, HeaderValue::from_static("keep-alive"));
            drop_hop_headers(&mut headers);
            assert_eq!(headers.contains_key(HOST), kept, "{host}");
            assert!(!headers.contains_key(CONNECTION));
        }
    }
}
