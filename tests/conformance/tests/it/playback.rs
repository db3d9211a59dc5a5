//! Starting, renewing and ending playback.

use serde_json::{Value, json};
use shared::{cenc::Tier, token::Role};

use crate::world::{
    self, CID, OTHER_CID, PUBLIC_ORIGIN, Viewer, World, json as answer, now_s, problem,
};

fn path() -> String {
    format!("/api/stream/{CID}/session")
}

async fn started(world: &World, viewer: &Viewer) -> Value {
    let response = world.start_session(viewer).await;
    assert_eq!(response.status(), 200);
    response.json().await.expect("JSON")
}

#[tokio::test]
async fn a_session_holds_everything_the_player_needs() {
    let world = World::start().await;
    let response = world.start_session(&Viewer::new()).await;
    let cookies: Vec<String> = response
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap().to_owned())
        .collect();
    let session: Value = response.json().await.unwrap();
    assert_eq!(
        session["manifestUrl"],
        format!("/api/stream/{CID}/master.m3u8")
    );
    assert_eq!(session["licenseUrl"], "/api/drm/license");
    assert_eq!(
        (&session["title"], &session["version"]),
        (&json!("The Film"), &json!(1))
    );
    assert_eq!(
        (&session["durationS"], &session["creditsStart"]),
        (&json!(60.0), &json!(50.0))
    );
    assert_eq!(session["intro"], json!({"start": 5.0, "end": 9.5}));
    assert_eq!(
        session["chapters"],
        json!([{"start": 0.0, "title": "Harbour"}, {"start": 30.0, "title": "Storm"}])
    );
    assert_eq!(
        session["storyboardUrl"],
        format!("/media/{CID}/1/storyboard.vtt")
    );
    assert_eq!(
        session["qualities"][0],
        json!({"height": 2160, "bitrate": 2160, "codec": "avc1.640028", "hdr": false})
    );
    assert_eq!(session["resumePosition"], json!(0.0));
    let paths = [
        format!("/api/stream/{CID}"),
        format!("/media/{CID}"),
        "/api/drm".to_owned(),
        "/api/stream/session".to_owned(),
    ];
    for path in &paths {
        let scoped = format!("; Path={path}; Max-Age=600; HttpOnly; SameSite=Lax");
        assert!(
            cookies
                .iter()
                .any(|cookie| cookie.starts_with("marquee_playback=") && cookie.ends_with(&scoped)),
            "{path}: {cookies:?}"
        );
    }
    assert_eq!(cookies.len(), paths.len());
    let token = session["playbackToken"].as_str().unwrap();
    let playlist = world
        .get(session["manifestUrl"].as_str().unwrap())
        .header("cookie", format!("marquee_playback={token}"));
    assert_eq!(
        playlist.send().await.unwrap().status(),
        200,
        "the cookie alone is enough"
    );
}

#[tokio::test]
async fn the_cookies_of_an_https_origin_are_secure() {
    let world = World::with(&[("public_origin", "https://tv.test")]).await;
    let response = world.start_session(&Viewer::new()).await;
    assert!(
        response
            .headers()
            .get_all("set-cookie")
            .iter()
            .all(|cookie| cookie.to_str().unwrap().contains("; Secure;"))
    );
}

#[tokio::test]
async fn who_may_not_watch_hears_why() {
    let world = World::start().await;
    let viewer = Viewer::new();
    world
        .origin
        .answer(&format!("/internal/titles/{OTHER_CID}"), 200, {
            let mut title = World::origin_title();
            title["contentId"] = json!(OTHER_CID);
            title["status"] = json!("processing");
            title
        });
    let start = |path: String, viewer: &Viewer| world.post(&path).bearer_auth(viewer.token());
    let check = async |request, status, code: &str| {
        assert_eq!(problem(request).await, (status, code.to_owned()));
    };
    check(world.post(&path()), 401, "session_required").await;
    check(
        start(path(), &viewer.with(|claims| claims.pid = None)),
        403,
        "profile_required",
    )
    .await;
    check(
        start(path(), &viewer.with(|claims| claims.maturity = 11)),
        403,
        "maturity_limit",
    )
    .await;
    check(start(path(), &viewer.long_gone()), 401, "token_expired").await;
    check(
        start(format!("/api/stream/{OTHER_CID}/session"), &viewer),
        409,
        "title_not_ready",
    )
    .await;
    check(
        start(
            "/api/stream/0190a2b4-0000-7000-8000-000000000009/session".to_owned(),
            &viewer,
        ),
        404,
        "title_not_found",
    )
    .await;
    check(
        start("/api/stream/the-film/session".to_owned(), &viewer),
        404,
        "title_not_found",
    )
    .await;
    let admin = viewer.with(|claims| (claims.role, claims.maturity) = (Role::Admin, 0));
    assert_eq!(start(path(), &admin).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_cookie_session_needs_our_own_page() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let start = || world.post(&path()).header("cookie", viewer.cookie());
    let mismatch = (403, "origin_mismatch".to_owned());
    assert_eq!(problem(start()).await, mismatch);
    assert_eq!(
        problem(start().header("origin", "https://evil.test")).await,
        mismatch
    );
    assert_eq!(
        start()
            .header("origin", PUBLIC_ORIGIN)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        start()
            .header("origin", format!("http://{}", world.host()))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn a_warm_start_asks_origin_for_nothing() {
    let mut world = World::start().await;
    let viewer = Viewer::new();
    started(&world, &viewer).await;
    let asked = world.origin.asked("/").len();
    started(&world, &viewer).await;
    assert_eq!(world.origin.asked("/").len(), asked);
    world.origin.stop();
    started(&world, &viewer).await;
    started(&world, &Viewer::new()).await;
}

#[tokio::test]
async fn an_edit_is_seen_by_the_next_start() {
    let world = World::start().await;
    let viewer = Viewer::new().with(|claims| claims.maturity = 12);
    started(&world, &viewer).await;
    let mut title = World::origin_title();
    title["maturity"] = json!(16);
    world
        .origin
        .answer(&format!("/internal/titles/{CID}"), 200, title);
    let () = world.valkey.run(&["INCR", "catalogue:rev"]).await;
    // The revision may be a second old.
    let mut last = 200;
    for _ in 0..30 {
        last = world.start_session(&viewer).await.status().as_u16();
        if last == 403 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(last, 403);
}

#[tokio::test]
async fn playback_resumes_where_the_profile_was() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let watch = format!("/internal/watch/{}/{CID}", viewer.profile());
    let position = json!({"contentId": CID, "position": 31.5, "duration": 60, "completed": false, "clientTimestamp": 1, "device": viewer.claims.sid});
    world.origin.answer(&watch, 200, position);
    assert_eq!(
        started(&world, &viewer).await["resumePosition"],
        json!(31.5)
    );
    let update = json!({"contentId": CID, "position": 40, "duration": 60, "clientTimestamp": now_s() * 1000});
    assert_eq!(
        answer(
            world
                .post("/api/watch/progress")
                .json(&update)
                .bearer_auth(viewer.token())
        )
        .await
        .0,
        200
    );
    assert_eq!(
        started(&world, &viewer).await["resumePosition"],
        json!(40.0),
        "a hot position comes first"
    );
    let over = json!({"contentId": CID, "position": 59, "duration": 60, "clientTimestamp": now_s() * 1000 + 1});
    assert_eq!(
        answer(
            world
                .post("/api/watch/progress")
                .json(&over)
                .bearer_auth(viewer.token())
        )
        .await
        .0,
        200
    );
    assert_eq!(
        started(&world, &viewer).await["resumePosition"],
        json!(0.0),
        "a watched title starts over"
    );
}

#[tokio::test]
async fn a_token_carries_the_tier_of_its_grant() {
    let world = World::start().await;
    let session = started(&world, &Viewer::new()).await;
    let kid = world::Film::kid(Tier::Uhd);
    let key = world
        .get(&format!("/api/drm/key/{kid}"))
        .bearer_auth(session["playbackToken"].as_str().unwrap());
    assert_eq!(key.send().await.unwrap().status(), 200);
}

/// The next version of a film, as the ladder behind a copy is, disturbs nobody who is watching.
#[tokio::test]
async fn a_session_that_runs_keeps_its_version_when_the_next_is_published() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let running = started(&world, &viewer).await;
    let mut title = World::origin_title();
    title["version"] = json!(2);
    world
        .origin
        .answer(&format!("/internal/titles/{CID}"), 200, title);
    let () = world.valkey.run(&["INCR", "catalogue:rev"]).await;
    // The revision may be a second old.
    let mut newest = json!(1);
    for _ in 0..30 {
        newest = started(&world, &viewer).await["version"].clone();
        if newest == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(newest, 2, "who starts now gets the next version");
    let renew = world
        .post("/api/stream/session/renew")
        .bearer_auth(running["playbackToken"].as_str().unwrap());
    let (status, renewed) = answer(renew).await;
    assert_eq!(status, 200, "{renewed}");
    let playlist = world
        .get(&format!("/api/stream/{CID}/v720.m3u8"))
        .bearer_auth(renewed["playbackToken"].as_str().unwrap());
    let playlist = playlist.send().await.unwrap().text().await.unwrap();
    assert!(
        playlist.contains(&format!("/media/{CID}/1/v720.mp4")),
        "{playlist}"
    );
}
