//! Places among an account's simultaneous streams: taken, kept, given back, counted.

use serde_json::{Value, json};

use crate::world::{
    self, CID, PUBLIC_ORIGIN, Viewer, World, json as answer, now_s, problem, problem_of,
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
async fn an_account_plays_on_six_screens_and_the_seventh_hears_which() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let mut tokens = Vec::new();
    for _ in 0..6 {
        let session = started(&world, &viewer.on_another_device()).await;
        tokens.push(session["playbackToken"].as_str().unwrap().to_owned());
    }
    let seventh = viewer.on_another_device();
    let (status, refused) = answer(world.post(&path()).bearer_auth(seventh.token())).await;
    assert_eq!((status, &refused["code"]), (429, &json!("stream_limit")));
    assert_eq!(
        refused["details"].as_array().map(Vec::len),
        Some(6),
        "{refused}"
    );
    assert!(
        refused["details"][0]["problem"]
            .as_str()
            .unwrap()
            .contains("The Film"),
        "{refused}"
    );
    assert_eq!(
        world.start_session(&Viewer::new()).await.status(),
        200,
        "another account isn't concerned"
    );
    let stop = world
        .request(reqwest::Method::DELETE, "/api/stream/session")
        .bearer_auth(&tokens[0])
        .send()
        .await
        .unwrap();
    assert_eq!(stop.status(), 204);
    assert!(
        stop.headers()
            .get_all("set-cookie")
            .iter()
            .all(|cookie| cookie.to_str().unwrap().contains("Max-Age=0"))
    );
    assert_eq!(
        world.start_session(&seventh).await.status(),
        200,
        "the freed place is free at once"
    );
}

#[tokio::test]
async fn a_reload_takes_its_own_place_over() {
    let world = World::with(&[("max_streams", "1")]).await;
    let viewer = Viewer::new();
    for _ in 0..3 {
        started(&world, &viewer).await;
    }
    assert_eq!(
        problem_of(world.start_session(&viewer.on_another_device()).await)
            .await
            .0,
        429
    );
}

#[tokio::test]
async fn a_lapsed_lease_makes_room() {
    let world = World::with(&[("max_streams", "1")]).await;
    let viewer = Viewer::new();
    let lease = started(&world, &viewer).await["leaseId"]
        .as_str()
        .unwrap()
        .to_owned();
    let key = format!("leases:{{{}}}", viewer.claims.sub);
    let () = world.valkey.run(&["ZADD", &key, "1", &lease]).await;
    assert_eq!(
        world
            .start_session(&viewer.on_another_device())
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn renewing_extends_the_token_and_keeps_the_lease() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let session = started(&world, &viewer).await;
    let key = format!("leases:{{{}}}", viewer.claims.sub);
    let lease = session["leaseId"].as_str().unwrap();
    let () = world
        .valkey
        .run(&["ZADD", &key, &(now_s() * 1000 + 1000).to_string(), lease])
        .await;
    let (status, renewed) = answer(
        world
            .post("/api/stream/session/renew")
            .bearer_auth(session["playbackToken"].as_str().unwrap()),
    )
    .await;
    assert_eq!(status, 200, "{renewed}");
    let until: f64 = world.valkey.run(&["ZSCORE", &key, lease]).await;
    assert!(
        until > (now_s() * 1000 + 100_000) as f64,
        "the lease lives on"
    );
    let playlist = world
        .get(&format!("/api/stream/{CID}/master.m3u8"))
        .bearer_auth(renewed["playbackToken"].as_str().unwrap());
    assert_eq!(playlist.send().await.unwrap().status(), 200);
    let over = viewer.permit(|claims| claims.max = claims.exp.min(now_s()));
    assert_eq!(
        problem(world.post("/api/stream/session/renew").bearer_auth(over))
            .await
            .0,
        401
    );
    for (what, token, status, code) in world::bad_permits(&viewer) {
        let asked = world.post("/api/stream/session/renew");
        let asked = if token.is_empty() {
            asked
        } else {
            asked.bearer_auth(token)
        };
        assert_eq!(problem(asked).await, (status, code.to_owned()), "{what}");
    }
}

#[tokio::test]
async fn the_outer_limit_ends_renewal() {
    let world = World::start().await;
    let token = Viewer::new().permit(|claims| {
        let now = now_s();
        (claims.iat, claims.nbf, claims.exp, claims.max) = (now - 600, now - 600, now - 5, now - 5);
    });
    assert_eq!(
        problem(world.post("/api/stream/session/renew").bearer_auth(token)).await,
        (401, "token_expired".to_owned())
    );
}

#[tokio::test]
async fn who_was_signed_out_neither_starts_nor_renews() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let session = started(&world, &viewer).await;
    let key = format!("revoked:{{{}}}:s:{}", viewer.claims.sub, viewer.claims.sid);
    let () = world.valkey.run(&["SET", &key, "1"]).await;
    let revoked = (401, "session_revoked".to_owned());
    assert_eq!(
        problem_of(world.start_session(&viewer).await).await,
        revoked
    );
    let renew = world
        .post("/api/stream/session/renew")
        .bearer_auth(session["playbackToken"].as_str().unwrap());
    assert_eq!(problem(renew).await, revoked);
}

#[tokio::test]
async fn without_valkey_playback_starts_uncounted_unless_the_operator_says_otherwise() {
    let mut world = World::start().await;
    world.valkey.stop();
    started(&world, &Viewer::new()).await;
    let mut strict = World::with(&[("lease_fail_open", "false")]).await;
    strict.valkey.stop();
    let refused = strict.start_session(&Viewer::new()).await;
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(
        problem_of(refused).await,
        (503, "leases_unavailable".to_owned())
    );
}

#[tokio::test]
async fn a_beacon_ends_playback_with_the_cookie() {
    let world = World::with(&[("max_streams", "1")]).await;
    let viewer = Viewer::new();
    let token = started(&world, &viewer).await["playbackToken"]
        .as_str()
        .unwrap()
        .to_owned();
    let beacon = || {
        world
            .post("/api/stream/session/stop")
            .header("cookie", format!("marquee_playback={token}"))
    };
    assert_eq!(
        problem(beacon().header("origin", "https://evil.test"))
            .await
            .0,
        403
    );
    assert_eq!(
        beacon()
            .header("origin", PUBLIC_ORIGIN)
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert_eq!(
        world
            .start_session(&viewer.on_another_device())
            .await
            .status(),
        200
    );
}
