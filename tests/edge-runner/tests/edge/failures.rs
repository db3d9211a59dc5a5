//! A component that fails hurts nobody else; limits hold.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use edge_runner::RunnerConfig;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::support::{Answer, Edge, Origin, body, manifest};

fn hasty(config: &mut RunnerConfig) {
    config.request_timeout = Duration::from_millis(300);
}

async fn ends_in_an_empty_500(edge: &Edge, path: &str) {
    assert_eq!(edge.get(path).await, (500, String::new()), "{path}");
    assert_eq!(
        edge.get("/constant").await,
        (200, "constant".to_owned()),
        "after {path}"
    );
}

#[tokio::test]
async fn an_error_and_a_panic_are_empty_500s() {
    let edge = Edge::start(&manifest("")).await;
    ends_in_an_empty_500(&edge, "/fail").await;
    ends_in_an_empty_500(&edge, "/panic").await;
}

#[tokio::test]
async fn an_endless_loop_is_stopped_at_the_request_timeout() {
    let edge = Edge::with(&manifest(""), hasty).await;
    ends_in_an_empty_500(&edge, "/loop").await;
}

#[tokio::test]
async fn a_request_that_waits_forever_ends_at_the_request_timeout() {
    let edge = Edge::with(&manifest(""), hasty).await;
    ends_in_an_empty_500(&edge, "/wait").await;
}

#[tokio::test]
async fn an_instance_has_no_more_memory_than_its_limit() {
    let edge = Edge::start(&manifest("")).await;
    assert_eq!(edge.get(&format!("/memory/{}", 64 << 20)).await.0, 200);
    ends_in_an_empty_500(&edge, &format!("/memory/{}", 160 << 20)).await;
}

#[tokio::test]
async fn an_instance_serves_as_many_requests_as_it_may_and_no_more() {
    let edge = Edge::with(&manifest(""), |config| config.reuse = 3).await;
    for expected in ["1", "2", "3", "1", "2"] {
        assert_eq!(edge.get("/served").await, (200, expected.to_owned()));
    }
}

/// An origin that answers when it is told to, and says when it was asked.
async fn held_origin() -> (Origin, Arc<Notify>, Arc<Notify>) {
    let (asked, released) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&asked), Arc::clone(&released));
    let origin = Origin::start(move |_| {
        let (tell, wait) = (Arc::clone(&tell), Arc::clone(&wait));
        async move {
            tell.notify_one();
            wait.notified().await;
            Response::new(body("released"))
        }
    })
    .await;
    (origin, asked, released)
}

#[tokio::test]
async fn a_request_that_waits_too_long_for_its_turn_is_told_to_come_back() {
    let (origin, asked, released) = held_origin().await;
    let edge = Edge::with(
        &manifest(&format!(
            "allowed_outbound_hosts = [\"{}\"]",
            origin.url("")
        )),
        |config| {
            config.max_concurrency = 1;
            config.queue_timeout = Duration::from_millis(50);
        },
    )
    .await;
    let path = format!("/pass?{}", origin.url("/"));
    let second = async {
        asked.notified().await;
        let refused: Answer = edge.request("GET", "/constant", "").await;
        released.notify_one();
        refused
    };
    let (first, refused) = tokio::join!(edge.get(&path), second);
    assert_eq!(refused.status, 503);
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(first, (200, "released".to_owned()));
    assert_eq!(edge.get("/constant").await.0, 200);
}

#[tokio::test]
async fn a_running_request_ends_before_the_runner_does() {
    let (origin, asked, released) = held_origin().await;
    let edge = Edge::start(&manifest(&format!(
        "allowed_outbound_hosts = [\"{}\"]",
        origin.url("")
    )))
    .await;
    let (addr, url) = (
        edge.running.addr,
        edge.url(&format!("/pass?{}", origin.url("/"))),
    );
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http();
    let running =
        tokio::spawn(client.request(Request::get(url).body(body("")).expect("a request")));
    asked.notified().await;
    let stopping = tokio::spawn(edge.running.shutdown());
    while tokio::net::TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await; // until it accepts nothing more
    }
    released.notify_one();
    let answer = running.await.expect("no panic").expect("an answer");
    assert_eq!(
        answer
            .into_body()
            .collect()
            .await
            .expect("whole")
            .to_bytes(),
        "released"
    );
    stopping.await.expect("it stops");
}

#[tokio::test]
async fn strict_refuses_bodies_that_akamai_does() {
    const LIMIT: usize = 10 << 20;
    let edge = Edge::with(&manifest(""), |config| config.strict = true).await;
    assert_eq!(
        edge.request("POST", "/length", vec![0; LIMIT]).await.text,
        LIMIT.to_string()
    );
    assert_eq!(
        edge.request("POST", "/length", vec![0; LIMIT + 1])
            .await
            .status,
        413
    );

    let chunks = (0..11).map(|_| Ok(Frame::data(Bytes::from(vec![0; 1 << 20]))));
    let undeclared = StreamBody::new(futures::stream::iter(chunks)).boxed_unsync();
    let request = Request::post(edge.url("/length"))
        .body(undeclared)
        .expect("a request");
    let answer = edge.answer(request).await;
    assert!(
        answer.status == 502 && answer.text.contains("HttpRequestBodySize"),
        "{}",
        answer.text
    );

    assert_eq!(edge.get(&format!("/body/{LIMIT}")).await.1.len(), LIMIT);
    assert_eq!(
        edge.get(&format!("/body/{}", LIMIT + 1)).await,
        (500, String::new())
    );
}

#[tokio::test]
async fn a_second_start_compiles_nothing() {
    let state = TempDir::new().expect("a folder");
    let compiled = || {
        let mut files: Vec<_> = glob::glob(&format!("{}/compiled/**/*", state.path().display()))
            .expect("a pattern")
            .flatten()
            .collect();
        files.retain(|path| path.is_file() && path.extension().is_none());
        files
    };
    Edge::try_start(&manifest(""), state.path(), |_| {})
        .await
        .expect("it starts")
        .running
        .shutdown()
        .await;
    let first = compiled();
    assert!(!first.is_empty());
    Edge::try_start(&manifest(""), state.path(), |_| {})
        .await
        .expect("it starts")
        .running
        .shutdown()
        .await;
    assert_eq!(compiled(), first);
}
