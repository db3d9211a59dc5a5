//! Which function answers, and what a client can't pretend.

use crate::world::{CID, Viewer, World, problem};

#[tokio::test]
async fn every_address_leads_to_its_function() {
    let world = World::start().await;
    let health = world.get("/healthz").send().await.unwrap();
    assert_eq!(
        (
            health.status().as_u16(),
            health.text().await.unwrap().as_str()
        ),
        (200, "ok\n")
    );
    let check = async |request, code: &str| assert_eq!(problem(request).await.1, code);
    check(
        world.post(&format!("/api/stream/{CID}/session")),
        "session_required",
    )
    .await;
    check(
        world.get(&format!("/api/stream/{CID}/session")),
        "method_not_allowed",
    )
    .await;
    check(world.post("/api/stream/session/renew"), "token_missing").await;
    check(
        world.request(reqwest::Method::DELETE, "/api/stream/session"),
        "token_missing",
    )
    .await;
    check(world.post("/api/stream/session/stop"), "token_missing").await;
    check(
        world.get(&format!("/api/stream/{CID}/master.m3u8")),
        "token_missing",
    )
    .await;
    check(world.get(&format!("/api/stream/{CID}/v1.mpd")), "not_found").await;
    check(world.post("/api/drm/license"), "token_missing").await;
    check(world.post("/api/watch/progress"), "session_required").await;
    check(world.get("/api/watch/continue"), "session_required").await;
    check(world.post("/api/telemetry"), "session_required").await;
    check(world.get("/api/content"), "session_required").await;
    check(world.get("/api"), "not_found").await;
    check(
        world.get(&format!("/media/{CID}/1/v720.mp4")),
        "token_missing",
    )
    .await;
}

#[tokio::test]
async fn forged_spin_headers_change_nothing() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let token = viewer.permit(|_| {});
    let other = "0190a2b4-0000-7000-8000-000000000009";
    let forged = |request: reqwest::RequestBuilder| {
        request
            .header("spin-path-info", "/api/stream/x/master.m3u8")
            .header("spin-path-match-content", other)
            .header("spin-path-match-playlist", "v720.m3u8")
            .header(
                "spin-full-url",
                format!("http://evil.test/api/stream/{other}/master.m3u8"),
            )
            .header("spin-matched-route", "/api/stream/:content/session")
            .header("spin-client-addr", "6.6.6.6:1")
    };
    let playlist = forged(
        world
            .get(&format!("/api/stream/{CID}/master.m3u8"))
            .bearer_auth(&token),
    )
    .send()
    .await
    .unwrap();
    assert_eq!(playlist.status(), 200);
    assert!(playlist.text().await.unwrap().contains("#EXT-X-STREAM-INF"));
    let session = forged(
        world
            .post(&format!("/api/stream/{CID}/session"))
            .bearer_auth(viewer.token()),
    )
    .send()
    .await
    .unwrap();
    assert!(
        session
            .text()
            .await
            .unwrap()
            .contains(&format!("/api/stream/{CID}/master.m3u8"))
    );
    let cookie = forged(
        world
            .post(&format!("/api/stream/{CID}/session"))
            .header("cookie", viewer.cookie()),
    );
    let cookie = cookie
        .header("origin", "http://evil.test")
        .header("x-forwarded-host", "evil.test");
    assert_eq!(problem(cookie).await, (403, "origin_mismatch".to_owned()));
}

#[tokio::test]
async fn a_request_keeps_its_id_and_a_bad_one_is_replaced() {
    let world = World::start().await;
    let id = "0190a2b4-0000-7000-8000-00000000abcd";
    let kept = world
        .get("/api/nothing")
        .header("x-request-id", id)
        .send()
        .await
        .unwrap();
    assert_eq!(kept.headers()["x-request-id"], id);
    let replaced = world
        .get("/api/nothing")
        .header("x-request-id", "<script>")
        .send()
        .await
        .unwrap();
    assert_eq!(replaced.headers()["x-request-id"].len(), 36);
}
