//! One request, as a function sees it: what a client may say about itself, and bodies with a bound.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, Method, StatusCode, Uri,
    header::{AUTHORIZATION, CONTENT_LENGTH, USER_AGENT},
};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use shared::ids::RequestId;
use spin_sdk::{http::Request, wasip3::http_compat::IncomingRequestBody};

use crate::{Failure, clock, within};

/// How long a client may take to send a body that we read whole.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// A request.
pub struct Call {
    /// From the edge to the last log line: the client's own, when it is a UUID.
    pub id: RequestId,
    /// The method.
    pub method: Method,
    /// Absolute.
    pub uri: Uri,
    /// Without what only our own hosts may say.
    pub headers: HeaderMap,
    /// The peer's address as the host saw it: a balancer's where one stands in front.
    peer: Option<String>,
    body: Option<IncomingRequestBody>,
}

impl Call {
    /// Takes the request apart and drops headers that a client can only have forged.
    pub fn new(request: Request) -> Self {
        let (mut head, body) = request.into_parts();
        let id = request_id(&head.headers);
        let peer = peer(&head.headers);
        drop_forgeable(&mut head.headers);
        Self {
            id,
            method: head.method,
            uri: head.uri,
            headers: head.headers,
            peer,
            body: Some(body),
        }
    }

    /// The path, as sent.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The path's segments, without the first, empty one.
    pub fn segments(&self) -> Vec<&str> {
        self.path().split('/').skip(1).collect()
    }

    /// A header as text.
    pub fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token of `Authorization: Bearer`.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header(AUTHORIZATION)?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// What the client calls itself, cut to a sane length.
    pub fn user_agent(&self) -> &str {
        let text = self.header(USER_AGENT).unwrap_or_default();
        text.get(..300).unwrap_or(text)
    }

    /// The client's address, looking past that many balancers of ours. Each of them appended the address it saw; what a
    /// client wrote itself stands further left and is never reached.
    pub fn client_address(&self, trusted_hops: usize) -> Option<String> {
        let forwarded = self
            .headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut chain: Vec<&str> = forwarded
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        chain.extend(self.peer.as_deref());
        let at = chain.len().saturating_sub(1 + trusted_hops);
        chain.get(at).map(|&address| address.to_owned())
    }

    /// The body, to be handed on as a stream.
    pub fn take_body(&mut self) -> Option<IncomingRequestBody> {
        self.body.take()
    }

    /// The whole body, at most `limit` bytes.
    pub async fn bytes(&mut self, limit: usize) -> Result<Bytes, Failure> {
        let declared = self
            .header(CONTENT_LENGTH)
            .and_then(|length| length.parse::<u64>().ok());
        if declared.is_some_and(|length| length > limit as u64) {
            return Err(too_large(limit));
        }
        let Some(body) = self.body.take() else {
            return Ok(Bytes::new());
        };
        match within(BODY_DEADLINE, read(body, limit)).await {
            Some(read) => read,
            None => Err(Failure::new(
                StatusCode::REQUEST_TIMEOUT,
                "request_timeout",
                "The request took too long to arrive.",
            )),
        }
    }

    /// The body as JSON of that shape, at most `limit` bytes.
    pub async fn json<T: DeserializeOwned>(&mut self, limit: usize) -> Result<T, Failure> {
        let bytes = self.bytes(limit).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            // serde names the member and the place; it never quotes our own data.
            Failure::invalid("The request's body isn't what this address expects.").field(
                "body",
                error.to_string(),
                "Send JSON as the API description shows it.",
            )
        })
    }
}

async fn read(mut body: IncomingRequestBody, limit: usize) -> Result<Bytes, Failure> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|_| Failure::invalid("The request's body did not arrive whole."))?;
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > limit {
                return Err(too_large(limit));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes.freeze())
}

fn too_large(limit: usize) -> Failure {
    let sentence = format!("The request's body is larger than {limit} bytes.");
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", sentence)
}

fn request_id(headers: &HeaderMap) -> RequestId {
    let given = headers.get("x-request-id").and_then(|id| id.to_str().ok());
    given
        .and_then(|id| id.parse().ok())
        .unwrap_or_else(|| RequestId::from_uuid(clock::new_id()))
}

/// Only the last `spin-client-addr` is the host's own.
fn peer(headers: &HeaderMap) -> Option<String> {
    let socket = headers
        .get_all("spin-client-addr")
        .iter()
        .next_back()?
        .to_str()
        .ok()?;
    let address = socket
        .rsplit_once(':')
        .map_or(socket, |(address, _port)| address);
    Some(address.trim_matches(['[', ']']).to_owned())
}

/// Spin appends its `spin-*` headers after the client's own of the same names, so the first value is the client's; and
/// service tokens come from us or from nobody.
fn drop_forgeable(headers: &mut HeaderMap) {
    let forgeable: Vec<_> = headers
        .keys()
        .filter(|name| {
            name.as_str().starts_with("spin-") || name.as_str() == "x-service-authorization"
        })
        .cloned()
        .collect();
    for name in forgeable {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgeable_headers_are_dropped_and_others_stay() {
        let mut headers = HeaderMap::new();
        for name in [
            "spin-client-addr",
            "spin-path-match-id",
            "x-service-authorization",
            "accept",
        ] {
            headers.append(name, "x".parse().unwrap());
            headers.append(name, "y".parse().unwrap());
        }
        drop_forgeable(&mut headers);
        assert_eq!(
            headers
                .keys()
                .map(http::HeaderName::as_str)
                .collect::<Vec<_>>(),
            ["accept"]
        );
    }

    #[test]
    fn the_peer_is_what_the_host_appended_last() {
        let mut headers = HeaderMap::new();
        headers.append("spin-client-addr", "6.6.6.6:1".parse().unwrap());
        headers.append("spin-client-addr", "[::1]:5000".parse().unwrap());
        assert_eq!(peer(&headers).as_deref(), Some("::1"));
        assert_eq!(peer(&HeaderMap::new()), None);
    }

    #[test]
    fn a_client_can_t_write_itself_another_address() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 10.0.0.1".parse().unwrap());
        let call = |headers: &HeaderMap| Call {
            id: RequestId::from_uuid(uuid::Uuid::nil()),
            method: Method::GET,
            uri: Uri::default(),
            headers: headers.clone(),
            peer: Some("10.0.0.2".to_owned()),
            body: None,
        };
        assert_eq!(
            call(&headers).client_address(0).as_deref(),
            Some("10.0.0.2")
        );
        assert_eq!(
            call(&headers).client_address(1).as_deref(),
            Some("10.0.0.1")
        );
        assert_eq!(
            call(&HeaderMap::new()).client_address(3).as_deref(),
            Some("10.0.0.2")
        );
    }

    #[test]
    fn a_request_id_is_taken_over_only_when_it_is_a_uuid() {
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-request-id",
            "0190a2b4-0000-7000-8000-000000000001".parse().unwrap(),
        );
        assert_eq!(
            request_id(&headers).to_string(),
            "0190a2b4-0000-7000-8000-000000000001"
        );
        headers.insert("x-request-id", "'; drop table".parse().unwrap());
        assert_eq!(request_id(&headers).as_uuid().get_version_num(), 7);
    }
}
