//! Outbound HTTP: what is denied, what passes, and how it fails.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::support::{Body, Edge, Origin, body, manifest};

async fn edge_allowing(entry: &str) -> Edge {
    Edge::start(&manifest(&format!(
        "allowed_outbound_hosts = [\"{entry}\"]"
    )))
    .await
}

/// A body that the test feeds chunk by chunk.
fn fed() -> (mpsc::Sender<&'static str>, Body) {
    let (feed, chunks) = mpsc::channel(1);
    let frames = ReceiverStream::new(chunks)
        .map(|chunk: &'static str| Ok(Frame::data(Bytes::from_static(chunk.as_bytes()))));
    (feed, StreamBody::new(frames).boxed_unsync())
}

#[tokio::test]
async fn an_allowed_origin_answers_over_one_kept_connection() {
    let origin =
        Origin::start(
            |request| async move { Response::new(body(request.uri().path().to_owned())) },
        )
        .await;
    let edge = edge_allowing(&origin.url("")).await;
    for path in ["/a", "/b", "/c"] {
        assert_eq!(
            edge.get(&format!("/pass?{}", origin.url(path))).await,
            (200, path.to_owned())
        );
    }
    assert_eq!(origin.connections.load(Relaxed), 1);
}

#[tokio::test]
async fn an_origin_outside_the_allow_list_is_denied_without_being_asked() {
    let origin = Origin::start(|_| async { Response::new(body("asked")) }).await;
    for edge in [
        edge_allowing("http://127.0.0.1:1").await,
        Edge::start(&manifest("")).await,
    ] {
        let (status, text) = edge.get(&format!("/pass?{}", origin.url("/"))).await;
        assert!(
            status == 502 && text.contains("HttpRequestDenied"),
            "{text}"
        );
    }
    assert_eq!(origin.connections.load(Relaxed), 0);
}

#[tokio::test]
async fn the_application_calls_itself_only_with_an_entry() {
    let edge = edge_allowing("http://self").await;
    assert_eq!(
        edge.get("/pass?http://self.alt/uri").await,
        (200, edge.url("/uri"))
    );
    let denied = edge_allowing("http://127.0.0.1:1").await;
    let (_, text) = denied.get("/pass?http://self.alt/uri").await;
    assert!(text.contains("HttpRequestDenied"), "{text}");
}

#[tokio::test]
async fn a_refused_connection_has_its_own_code() {
    let edge = edge_allowing("http://127.0.0.1:1").await;
    let (status, text) = edge.get("/pass?http://127.0.0.1:1/").await;
    assert!(
        status == 502 && text.contains("ConnectionRefused"),
        "{text}"
    );
}

#[tokio::test]
async fn a_name_that_does_not_resolve_has_its_own_code() {
    let edge = edge_allowing("http://no-such-host.invalid").await;
    let (status, text) = edge.get("/pass?http://no-such-host.invalid/").await;
    assert!(status == 502 && text.contains("DnsError"), "{text}");
}

#[tokio::test]
async fn an_origin_that_speaks_no_tls_has_its_own_code() {
    let origin = Origin::start(|_| async { Response::new(body("asked")) }).await;
    let edge = edge_allowing(&origin.url("").replace("http:", "https:")).await;
    let (status, text) = edge.get(&format!("/pass?https://{}/", origin.addr)).await;
    assert!(status == 502 && text.contains("TlsProtocolError"), "{text}");
}

#[tokio::test]
async fn a_silent_origin_ends_with_the_first_byte_timeout() {
    let origin = Origin::start(|_| std::future::pending()).await;
    let edge = edge_allowing(&origin.url("")).await;
    let (status, text) = edge.get(&format!("/pass?{}", origin.url("/"))).await;
    assert!(
        status == 502 && text.contains("ConnectionReadTimeout"),
        "{text}"
    );
}

#[tokio::test]
async fn an_origin_that_stops_in_the_middle_cuts_the_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let origin = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut head = [0; 1024];
        _ = stream.read(&mut head).await.expect("a request");
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf ")
            .await
            .expect("sent");
        stream.read(&mut head).await // until the runner gives up
    });
    let edge = edge_allowing(&format!("http://{addr}")).await;
    let request = Request::get(edge.url(&format!("/pass?http://{addr}/")))
        .body(body(""))
        .expect("a request");
    let cut = edge.send(request).await.into_body().collect().await;
    assert!(cut.is_err(), "the answer is not whole");
    assert_eq!(origin.await.expect("ended").expect("closed"), 0);
}

#[tokio::test]
async fn an_answer_passes_while_the_origin_still_writes_it() {
    let (feed, fed_body) = fed();
    let once = Arc::new(std::sync::Mutex::new(Some(fed_body)));
    let origin = Origin::start(move |_| {
        let fed_body = once
            .lock()
            .expect("not poisoned")
            .take()
            .expect("asked once");
        async move { Response::new(fed_body) }
    })
    .await;
    let edge = edge_allowing(&origin.url("")).await;
    feed.send("first").await.expect("taken");
    let request = Request::get(edge.url(&format!("/pass?{}", origin.url("/"))))
        .body(body(""))
        .expect("a request");
    let mut answer = edge.send(request).await.into_body();
    let first = answer
        .frame()
        .await
        .expect("a chunk")
        .expect("sent")
        .into_data()
        .expect("data");
    assert_eq!(first, "first");
    feed.send("second").await.expect("taken");
    drop(feed);
    assert_eq!(answer.collect().await.expect("whole").to_bytes(), "second");
}

#[tokio::test]
async fn a_passing_answer_outlives_its_instance_and_the_request_timeout() {
    let (feed, fed_body) = fed();
    let once = Arc::new(std::sync::Mutex::new(Some(fed_body)));
    let origin = Origin::start(move |_| {
        let fed_body = once
            .lock()
            .expect("not poisoned")
            .take()
            .expect("asked once");
        async move { Response::new(fed_body) }
    })
    .await;
    let text = manifest(&format!(
        "allowed_outbound_hosts = [\"{}\"]",
        origin.url("")
    ));
    let edge = Edge::with(&text, |config| {
        config.request_timeout = Duration::from_millis(100);
    })
    .await;
    feed.send("first").await.expect("taken");
    let request = Request::get(edge.url(&format!("/pass-slowly?{}", origin.url("/"))))
        .body(body(""))
        .expect("a request");
    let answer = edge.send(request).await.into_body();
    // It lasts as long as the timeout, and then takes its instance with it.
    assert_eq!(edge.get("/loop").await.0, 500);
    feed.send("second").await.expect("taken");
    drop(feed);
    assert_eq!(
        answer.collect().await.expect("whole").to_bytes(),
        "firstsecond"
    );
}

#[tokio::test]
async fn a_request_body_comes_back_while_it_is_still_sent() {
    let edge = Edge::start(&manifest("")).await;
    let (feed, fed_body) = fed();
    feed.send("ping").await.expect("taken");
    let request = Request::post(edge.url("/echo"))
        .body(fed_body)
        .expect("a request");
    let mut answer = edge.send(request).await.into_body();
    let first = answer
        .frame()
        .await
        .expect("a chunk")
        .expect("sent")
        .into_data()
        .expect("data");
    assert_eq!(first, "ping");
    feed.send("pong").await.expect("taken");
    drop(feed);
    assert_eq!(answer.collect().await.expect("whole").to_bytes(), "pong");
}

#[tokio::test]
async fn a_large_answer_passes_whole() {
    const LENGTH: usize = 48 << 20;
    let origin = Origin::start(|_| async { Response::new(body(vec![7; LENGTH])) }).await;
    let edge = edge_allowing(&origin.url("")).await;
    let answer = edge
        .request("GET", &format!("/pass?{}", origin.url("/")), "")
        .await;
    assert_eq!(answer.headers["content-length"], LENGTH.to_string());
    assert_eq!(answer.text.len(), LENGTH);
}
