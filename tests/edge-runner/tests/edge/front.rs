//! What a client meets before the component.

use http::Request;

use crate::support::{Edge, body, fixture, manifest};

fn with_private_component(entries: &str) -> String {
    let rest = format!("allowed_outbound_hosts = [{entries}]");
    format!(
        "{}\n[[trigger.http]]\nroute = {{ private = true }}\ncomponent = \"inner\"\n[component.inner]\nsource = \"{}\"\n",
        manifest(&rest),
        fixture().display()
    )
}

#[tokio::test]
async fn forged_spin_headers_come_before_the_real_ones() {
    let edge = Edge::start(&manifest("")).await;
    let request = Request::get(edge.url("/headers"))
        .header("spin-client-addr", "forged")
        .body(body(""))
        .expect("a request");
    let text = edge.answer(request).await.text;
    let values: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("spin-client-addr: "))
        .collect();
    assert_eq!(values[0], "forged");
    assert!(values[1].starts_with("127.0.0.1:"), "{values:?}");
    assert!(text.contains("spin-path-info: /headers\n"), "{text}");
    assert!(text.contains("spin-raw-component-route: /...\n"), "{text}");
}

#[tokio::test]
async fn a_guest_sees_an_absolute_uri() {
    let edge = Edge::start(&manifest("")).await;
    assert_eq!(edge.get("/uri?a=b").await, (200, edge.url("/uri?a=b")));
}

#[tokio::test]
async fn a_static_response_and_the_well_known_paths_need_no_component() {
    let text = "spin_manifest_version = 2\n[application]\nname = \"test\"\nversion = \"1.2.3\"\n[[trigger.http]]\nroute = \"/healthz\"\n\
        static_response = { status_code = 203, headers = { cache-control = \"no-store\" }, body = \"ok\\n\" }";
    let edge = Edge::start(text).await;
    let fixed = edge.request("GET", "/healthz", "").await;
    assert_eq!((fixed.status.as_u16(), fixed.text.as_str()), (203, "ok\n"));
    assert_eq!(fixed.headers["cache-control"], "no-store");
    assert_eq!(
        edge.get("/.well-known/spin/health").await,
        (200, "OK".to_owned())
    );
    assert_eq!(
        edge.get("/.well-known/spin/info").await,
        (200, r#"{"name":"test","version":"1.2.3"}"#.to_owned())
    );
    assert_eq!(edge.get("/.well-known/spin/other").await.0, 404);
    assert_eq!(edge.get("/nowhere").await, (404, String::new()));
}

#[tokio::test]
async fn a_private_component_is_reached_only_by_another_one_that_may_call_it() {
    let edge = Edge::start(&with_private_component("\"http://inner.spin.internal\"")).await;
    assert_eq!(
        edge.get("/pass?http://inner.spin.internal/uri?x=1").await,
        (200, "http://inner.spin.internal/uri?x=1".to_owned())
    );
    let headers = edge.get("/pass?http://inner.spin.internal/headers").await.1;
    assert!(
        headers.contains("spin-client-addr: 0.0.0.0:0\n"),
        "{headers}"
    );
    assert!(
        headers.contains("spin-full-url: http://localhost/headers\n"),
        "{headers}"
    );

    let pretending = Request::get(edge.url("/uri"))
        .header("host", "inner.spin.internal")
        .body(body(""))
        .expect("a request");
    assert_eq!(edge.answer(pretending).await.status.as_u16(), 400);
    let public: Vec<_> = edge
        .running
        .routes
        .iter()
        .map(|public| public.route.as_str())
        .collect();
    assert_eq!(public, ["/..."]);
}

#[tokio::test]
async fn chaining_without_an_entry_is_denied() {
    let edge = Edge::start(&with_private_component("\"http://inner.test\"")).await;
    let (status, text) = edge.get("/pass?http://inner.spin.internal/uri").await;
    assert_eq!(status, 502);
    assert!(text.contains("HttpRequestDenied"), "{text}");
}

#[tokio::test]
async fn a_chained_failure_is_an_answer_and_not_the_callers_end() {
    let edge = Edge::start(&with_private_component("\"http://*.spin.internal\"")).await;
    assert_eq!(
        edge.get("/pass?http://inner.spin.internal/panic").await,
        (500, String::new())
    );
}

#[tokio::test]
async fn the_request_id_is_made_at_the_front_seen_by_the_guest_and_echoed() {
    let edge = Edge::start(&manifest("")).await;
    for (sent, kept) in [
        (Some("trace-1"), true),
        (Some("not fit"), false),
        (None, false),
    ] {
        let mut request = Request::get(edge.url("/headers"));
        if let Some(id) = sent {
            request = request.header("x-request-id", id);
        }
        let answer = edge
            .answer(request.body(body("")).expect("a request"))
            .await;
        let echoed = answer.headers["x-request-id"]
            .to_str()
            .expect("text")
            .to_owned();
        assert_eq!(Some(echoed.as_str()) == sent, kept);
        assert!(
            answer.text.contains(&format!("x-request-id: {echoed}\n")),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_header_that_is_not_text_never_reaches_a_component() {
    let edge = Edge::start(&manifest("")).await;
    let header = http::HeaderValue::from_bytes(b"\xff").expect("allowed on the wire");
    let request = Request::get(edge.url("/constant"))
        .header("x-odd", header)
        .body(body(""))
        .expect("a request");
    assert_eq!(edge.answer(request).await.status.as_u16(), 500);
}
