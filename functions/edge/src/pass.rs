//! Pass-through: a request or a reply goes on as a stream that the host connects, its bytes never copied by the guest.

use std::time::Duration;

use http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use spin_sdk::wasip3::{
    http::{
        client,
        types::{self, ErrorCode, Fields, RequestOptions, Trailers},
    },
    http_compat::IncomingRequestBody,
    wit_bindgen::{FutureReader, StreamReader},
    wit_future,
};

use crate::{Reply, reply::Handed};

/// Headers of one connection, not of the message (RFC 9110 §7.6.1). A guest that sets one gets an error.
const HOP_BY_HOP: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
];

/// How long each part of an exchange may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// To connect.
    pub connect: Duration,
    /// From the request to the answer's head; an upload's body counts into it.
    pub first_byte: Duration,
    /// Between two pieces of the answer's body.
    pub between_bytes: Duration,
}

impl Timeouts {
    /// A small call.
    pub const CALL: Self = Self {
        connect: Duration::from_secs(2),
        first_byte: Duration::from_secs(4),
        between_bytes: Duration::from_secs(4),
    };
    /// A viewer's request that origin answers.
    pub const PROXY: Self = Self {
        connect: Duration::from_secs(2),
        first_byte: Duration::from_secs(15),
        between_bytes: Duration::from_secs(15),
    };
    /// Media.
    pub const MEDIA: Self = Self {
        connect: Duration::from_secs(2),
        first_byte: Duration::from_secs(8),
        between_bytes: Duration::from_secs(15),
    };
    /// An upload: its body may take as long as the sender needs.
    pub const UPLOAD: Self = Self {
        connect: Duration::from_secs(2),
        first_byte: Duration::from_secs(3_600),
        between_bytes: Duration::from_secs(60),
    };
    /// Server-sent events: silent for up to the time between two pings.
    pub const EVENTS: Self = Self {
        connect: Duration::from_secs(2),
        first_byte: Duration::from_secs(10),
        between_bytes: Duration::from_secs(45),
    };

    pub(crate) fn options(self) -> RequestOptions {
        let nanoseconds = |duration: Duration| u64::try_from(duration.as_nanos()).ok();
        let options = RequestOptions::new();
        // A host without one of these timeouts has its own.
        _ = options.set_connect_timeout(nanoseconds(self.connect));
        _ = options.set_first_byte_timeout(nanoseconds(self.first_byte));
        _ = options.set_between_bytes_timeout(nanoseconds(self.between_bytes));
        options
    }
}

/// The answer of another server, its body untouched.
pub struct Upstream {
    /// Its status.
    pub status: StatusCode,
    /// Its headers, without those of the connection.
    pub headers: HeaderMap,
    response: types::Response,
}

impl Upstream {
    /// Hands the body over. `headers` are what the client gets to see.
    pub fn reply(self, headers: HeaderMap, method: &Method) -> Reply {
        let bodiless = method == Method::HEAD
            || matches!(
                self.status,
                StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
            );
        if bodiless {
            return Reply::handed(self.status, headers, None);
        }
        let (_writer, received) = wit_future::new::<Result<(), ErrorCode>>(|| Ok(()));
        let (contents, trailers) = types::Response::consume_body(self.response, received);
        Reply::handed(self.status, headers, Some(Handed { contents, trailers }))
    }
}

/// Sends a request on and returns the answer's head.
pub async fn send(
    method: &Method,
    url: &str,
    headers: HeaderMap,
    body: Option<IncomingRequestBody>,
    timeouts: Timeouts,
) -> Result<Upstream, ErrorCode> {
    let request = outgoing(method, url, headers, body, timeouts)?;
    let response = client::send(request).await?;
    let status = StatusCode::from_u16(response.get_status_code())
        .map_err(|_| ErrorCode::HttpProtocolError)?;
    let mut headers: HeaderMap = response.get_headers().try_into()?;
    drop_hop_by_hop(&mut headers);
    Ok(Upstream {
        status,
        headers,
        response,
    })
}

fn outgoing(
    method: &Method,
    url: &str,
    headers: HeaderMap,
    body: Option<IncomingRequestBody>,
    timeouts: Timeouts,
) -> Result<types::Request, ErrorCode> {
    let uri: Uri = url.parse().map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
    let fields: Fields = headers
        .try_into()
        .map_err(|error| ErrorCode::InternalError(Some(format!("{error:?}"))))?;
    let (contents, trailers) = handed_on(body);
    let (request, _transmitted) =
        types::Request::new(fields, contents, trailers, Some(timeouts.options()));
    let invalid = |()| ErrorCode::HttpRequestUriInvalid;
    request
        .set_method(&method.into())
        .map_err(|()| ErrorCode::HttpRequestMethodInvalid)?;
    request
        .set_scheme(uri.scheme().map(Into::into).as_ref())
        .map_err(invalid)?;
    request
        .set_authority(uri.authority().map(http::uri::Authority::as_str))
        .map_err(invalid)?;
    request
        .set_path_with_query(uri.path_and_query().map(http::uri::PathAndQuery::as_str))
        .map_err(invalid)?;
    Ok(request)
}

type Ends = (
    Option<StreamReader<u8>>,
    FutureReader<Result<Option<Trailers>, ErrorCode>>,
);

/// The client's body as it came, or none.
fn handed_on(body: Option<IncomingRequestBody>) -> Ends {
    let Some(request) = body.and_then(|mut body| body.take_unstarted()) else {
        let (_writer, trailers) =
            wit_future::new::<Result<Option<Trailers>, ErrorCode>>(|| Ok(None));
        return (None, trailers);
    };
    let (_writer, received) = wit_future::new::<Result<(), ErrorCode>>(|| Ok(()));
    let (contents, trailers) = types::Request::consume_body(request, received);
    (Some(contents), trailers)
}

/// Removes what belongs to one connection, including what `Connection` names.
pub fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_connection_don_t_pass() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, x-once"),
            ("x-once", "1"),
            ("keep-alive", "5"),
            ("transfer-encoding", "chunked"),
            ("etag", "e"),
        ] {
            headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        drop_hop_by_hop(&mut headers);
        assert_eq!(
            headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
            ["etag"]
        );
    }
}
