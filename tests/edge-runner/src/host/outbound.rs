//! The pooled HTTP client that all components share.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{self as client, Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep, timeout};
use tower_service::Service;
use wasmtime_wasi_http::p3::RequestOptions;
use wasmtime_wasi_http::p3::bindings::http::types::{DnsErrorPayload, ErrorCode};

/// A body on either side of a component.
pub(crate) type GuestBody = UnsyncBoxBody<Bytes, ErrorCode>;
/// TLS costs nothing to offer here and lets a production manifest run unchanged: rustls with ring needs no C toolchain
/// beyond the one SQLite needs, and the roots are compiled in.
pub(crate) type OutboundClient = Client<HttpsConnector<Connector>, GuestBody>;

/// What Spin waits when the guest sets nothing.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

tokio::task_local! {
    /// The client takes no options per request, and only the connector needs this one.
    static CONNECT_TIMEOUT: Duration;
}

pub(crate) fn client() -> OutboundClient {
    let mut http = HttpConnector::new();
    http.enforce_http(false); // the TLS connector around it decides the scheme
    http.set_nodelay(true);
    // Named, not left to rustls: other crates of a build may switch a second provider on, and then it refuses to choose.
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
        .expect("ring offers what TLS 1.2 and 1.3 need")
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(Connector(http));
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .build(connector)
}

/// Sends one request within the guest's timeouts; neither body is buffered.
pub(crate) async fn send(
    client: &OutboundClient,
    request: Request<GuestBody>,
    options: Option<RequestOptions>,
) -> Result<Response<GuestBody>, ErrorCode> {
    let options = options.unwrap_or_default();
    let connect = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUT);
    let first_byte = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT);
    let between_bytes = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);
    let response = timeout(
        first_byte,
        CONNECT_TIMEOUT.scope(connect, client.request(request)),
    )
    .await
    .map_err(|_| ErrorCode::ConnectionReadTimeout)?
    .map_err(|error| request_error_code(&error))?;
    Ok(response.map(|body| {
        TimedBody {
            body: Some(body),
            timeout: between_bytes,
            waiting: None,
        }
        .boxed_unsync()
    }))
}

/// The code that the connector or the guest's own body gave, or the one Spin gives to the rest.
fn error_code(error: &(dyn std::error::Error + 'static)) -> ErrorCode {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(code) = error.downcast_ref::<ErrorCode>() {
            return code.clone();
        }
        cause = error.source();
    }
    tracing::debug!(error = ?error, "an outbound request failed");
    ErrorCode::HttpProtocolError
}

/// The connector names its own failures, so a connection that fails without a name failed in TLS.
fn request_error_code(error: &client::Error) -> ErrorCode {
    match error_code(error) {
        ErrorCode::HttpProtocolError if error.is_connect() => ErrorCode::TlsProtocolError,
        code => code,
    }
}

/// Connects within the request's own timeout, and says why it could not.
#[derive(Clone, Debug)]
pub(crate) struct Connector(HttpConnector);

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = ErrorCode;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<TcpStream>, ErrorCode>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        self.0
            .poll_ready(context)
            .map_err(|_| ErrorCode::ConnectionRefused)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.0.call(uri);
        let limit = CONNECT_TIMEOUT
            .try_with(|limit| *limit)
            .unwrap_or(DEFAULT_TIMEOUT);
        Box::pin(async move {
            let connected = timeout(limit, connecting)
                .await
                .map_err(|_| ErrorCode::ConnectionTimeout)?;
            connected.map_err(|error| {
                // The connector's error has no kind, only this text.
                if error.to_string().starts_with("dns error") {
                    dns_error()
                } else {
                    ErrorCode::ConnectionRefused
                }
            })
        })
    }
}

fn dns_error() -> ErrorCode {
    ErrorCode::DnsError(DnsErrorPayload {
        rcode: Some("address not available".to_owned()),
        info_code: Some(0),
    })
}

/// An answer that fails when the origin is silent for too long.
struct TimedBody {
    /// Dropped on the timeout, which closes the connection at once.
    body: Option<Incoming>,
    timeout: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(context) {
            this.waiting = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(|error| error_code(&error))));
        }
        let limit = this.timeout;
        ready!(
            this.waiting
                .get_or_insert_with(|| Box::pin(sleep(limit)))
                .as_mut()
                .poll(context)
        );
        this.body = None;
        Poll::Ready(Some(Err(ErrorCode::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn connections_are_made_without_nagle() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let uri = format!("http://{}", listener.local_addr().expect("bound"))
            .parse()
            .expect("a URI");
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        let stream = Connector(http).call(uri).await.expect("connected");
        assert!(stream.inner().nodelay().expect("a socket"));
    }
}
