//! What passes through to origin.

use serde_json::json;

use crate::world::{Asked, PUBLIC_ORIGIN, Viewer, World, problem};

fn header<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    asked
        .headers
        .get(name)
        .map(|value| value.to_str().expect("text"))
}

#[tokio::test]
async fn a_request_goes_on_with_the_viewers_token_and_ours() {
    let world = World::start().await;
    let viewer = Viewer::new();
    world.origin.answer("/api/profiles", 200, json!([]));
    let id = "0190a2b4-0000-7000-8000-00000000abcd";
    let request = world.get("/api/profiles").bearer_auth(viewer.token());
    let request = request
        .header("x-request-id", id)
        .header("x-forwarded-for", "6.6.6.6")
        .header("idempotency-key", "k1");
    let response = request.send().await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["x-request-id"]
        ),
        (200, &id.parse().unwrap())
    );
    let asked = &world.origin.asked("/api/profiles")[0];
    assert_eq!(
        header(asked, "authorization"),
        Some(format!("Bearer {}", viewer.token()).as_str())
    );
    assert_eq!(header(asked, "x-request-id"), Some(id));
    assert_eq!(header(asked, "idempotency-key"), Some("k1"));
    assert_eq!(
        header(asked, "x-forwarded-for"),
        Some("127.0.0.1"),
        "a client can't write itself another address"
    );
    assert_eq!(
        header(asked, "x-forwarded-host"),
        Some(world.host().as_str())
    );
}

#[tokio::test]
async fn a_client_can_t_speak_for_the_edge() {
    let world = World::start().await;
    world.origin.answer("/api/profiles", 200, json!([]));
    let request = world
        .get("/api/profiles")
        .header("x-service-authorization", "Bearer forged")
        .header("spin-client-addr", "6.6.6.6:1");
    assert_eq!(
        request.send().await.unwrap().status(),
        200,
        "origin got our token, not the forged one"
    );
    let asked = &world.origin.asked("/api/profiles")[0];
    assert_eq!(header(asked, "x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(header(asked, "spin-client-addr"), None);
    for path in [
        "/internal/titles/x",
        "/metrics",
        "/readyz",
        "/.well-known/jwks.json",
        "/api/internal/x",
        "/api/%69nternal/x",
        "/api/content/..%2f..%2finternal",
    ] {
        assert_eq!(
            world.get(path).send().await.unwrap().status(),
            404,
            "{path}"
        );
    }
    assert_eq!(world.origin.asked("/").len(), 1);
}

#[tokio::test]
async fn an_unknown_address_is_a_problem_and_origin_isn_t_asked() {
    let world = World::start().await;
    assert_eq!(
        problem(world.get("/api/nothing")).await,
        (404, "not_found".to_owned())
    );
    assert_eq!(
        problem(world.post("/api/telepathy")).await,
        (404, "not_found".to_owned())
    );
    assert!(world.origin.asked("/").is_empty());
}

#[tokio::test]
async fn both_cookies_of_a_sign_in_arrive() {
    let world = World::start().await;
    let response = world
        .post("/api/auth/login")
        .json(&json!({"username": "a", "password": "b"}))
        .send()
        .await
        .unwrap();
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(
        cookies,
        [
            "marquee_session=a; Path=/",
            "marquee_refresh=b; Path=/api/auth"
        ]
    );
    let asked = &world.origin.asked("/api/auth/login")[0];
    assert_eq!(asked.body, r#"{"password":"b","username":"a"}"#);
}

#[tokio::test]
async fn a_mutation_on_a_cookie_comes_from_our_own_page() {
    let world = World::start().await;
    let viewer = Viewer::new();
    world.origin.answer("/api/auth/logout", 200, json!({}));
    let out = || {
        world
            .post("/api/auth/logout")
            .header("cookie", viewer.cookie())
    };
    assert_eq!(problem(out()).await, (403, "origin_mismatch".to_owned()));
    assert_eq!(
        problem(
            world
                .post("/api/auth/login")
                .header("origin", "https://evil.test")
        )
        .await
        .0,
        403
    );
    assert!(world.origin.asked("/api/auth").is_empty());
    assert_eq!(
        out()
            .header("origin", PUBLIC_ORIGIN)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn origin_s_refusals_come_through_and_its_absence_has_a_name() {
    let mut world = World::start().await;
    world.origin.answer(
        "/api/profiles",
        409,
        json!({"error": "Six at most.", "code": "profile_limit", "requestId": "r"}),
    );
    let refused = world
        .post("/api/profiles")
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 409);
    assert!(refused.text().await.unwrap().contains("profile_limit"));
    world.origin.stop();
    let response = world.get("/api/profiles").send().await.unwrap();
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(
        crate::world::problem_of(response).await,
        (503, "origin_unavailable".to_owned())
    );
}

#[tokio::test]
async fn an_upload_streams_through_and_its_place_is_public() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let create = world
        .post("/api/admin/uploads")
        .bearer_auth(viewer.token())
        .header("tus-resumable", "1.0.0")
        .header("upload-length", "9000000");
    let created = create.send().await.unwrap();
    assert_eq!(
        (created.status().as_u16(), &created.headers()["location"]),
        (201, &"/api/admin/uploads/u1".parse().unwrap())
    );
    let asked = &world.origin.asked("/api/admin/uploads")[0];
    assert_eq!(
        (
            header(asked, "upload-length"),
            header(asked, "tus-resumable")
        ),
        (Some("9000000"), Some("1.0.0"))
    );
    let bytes: bytes::Bytes = (0..9_000_000_u32).map(|n| (n % 253) as u8).collect();
    let part = world
        .request(reqwest::Method::PATCH, "/api/admin/uploads/u1")
        .bearer_auth(viewer.token());
    let part = part
        .header("upload-offset", "0")
        .header("content-type", "application/offset+octet-stream")
        .body(bytes.clone());
    let sent = part.send().await.unwrap();
    assert_eq!(
        (sent.status().as_u16(), &sent.headers()["upload-offset"]),
        (204, &"9000000".parse().unwrap())
    );
    assert_eq!(world.origin.asked("/api/admin/uploads/u1")[0].body, bytes);
}

#[tokio::test]
async fn an_event_arrives_while_the_stream_is_open() {
    let world = World::start().await;
    let mut events = world
        .get("/api/events")
        .bearer_auth(Viewer::new().token())
        .send()
        .await
        .unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let first = tokio::time::timeout(std::time::Duration::from_secs(5), events.chunk()).await;
    assert_eq!(
        first.expect("at once").unwrap().unwrap(),
        "event: catalogue\ndata: {}\n\n"
    );
}

#[tokio::test]
async fn a_large_body_is_only_for_uploads() {
    let world = World::start().await;
    let large = world.post("/api/profiles").body(vec![b'x'; 2 << 20]);
    assert_eq!(problem(large).await, (413, "body_too_large".to_owned()));
    assert!(world.origin.asked("/api/profiles").is_empty());
}
