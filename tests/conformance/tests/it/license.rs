//! Licences.

use serde_json::{Value, json};
use shared::{
    cenc::{KidSeed, SeedRing, Tier, content_key, key_id},
    ids::AssetVersion,
};

use crate::world::{
    self, CID, Film, KID_SEED, SEEDS, VERSION, Viewer, World, json as answer, now_s, problem,
};

const PATH: &str = "/api/drm/license";

fn request(tiers: &[Tier]) -> Value {
    json!({"kids": tiers.iter().map(|tier| Film::kid(*tier).base64url()).collect::<Vec<_>>(), "type": "temporary"})
}

fn key(tier: Tier) -> [u8; 16] {
    *content_key(
        SeedRing::parse(SEEDS)
            .expect("seeds")
            .get(1)
            .expect("the first"),
        Film::kid(tier),
    )
    .expose()
}

#[tokio::test]
async fn a_wrong_token_gets_no_key_and_hears_why() {
    let world = World::start().await;
    let viewer = Viewer::new();
    for (what, token, status, code) in world::bad_permits(&viewer) {
        let post = world.post(PATH).json(&request(&[Tier::Sd]));
        let get = world.get(&format!("/api/drm/key/{}", Film::kid(Tier::Sd)));
        for asked in [post, get] {
            let asked = if token.is_empty() {
                asked
            } else {
                asked.bearer_auth(&token)
            };
            assert_eq!(problem(asked).await, (status, code.to_owned()), "{what}");
        }
    }
    let asked = world
        .post(PATH)
        .json(&request(&[Tier::Sd]))
        .bearer_auth(viewer.permit(|_| {}));
    let asked = asked.header("cookie", viewer.as_another_profile().cookie());
    assert_eq!(problem(asked).await, (403, "wrong_profile".to_owned()));
}

#[tokio::test]
async fn a_license_holds_the_derived_keys_and_is_not_stored() {
    let world = World::start().await;
    let asked = world
        .post(PATH)
        .json(&request(&[Tier::Sd, Tier::Audio]))
        .bearer_auth(Viewer::new().permit(|_| {}));
    let response = asked.send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    let license: Value = response.json().await.unwrap();
    let expect = |tier| {
        let k = shared::cenc::KeyId::from_bytes(key(tier)).base64url();
        json!({"kty": "oct", "kid": Film::kid(tier).base64url(), "k": k})
    };
    assert_eq!(
        license,
        json!({"keys": [expect(Tier::Sd), expect(Tier::Audio)], "type": "temporary"})
    );
}

#[tokio::test]
async fn the_key_endpoint_gives_sixteen_plain_bytes() {
    let world = World::start().await;
    let token = Viewer::new().permit(|_| {});
    let response = world
        .get(&format!("/api/drm/key/{}", Film::kid(Tier::Hd)))
        .header("cookie", format!("marquee_playback={token}"));
    let response = response.send().await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["cache-control"]
        ),
        (200, &"no-store".parse().unwrap())
    );
    assert_eq!(response.bytes().await.unwrap().as_ref(), key(Tier::Hd));
}

#[tokio::test]
async fn a_key_above_the_tier_or_of_another_version_is_refused() {
    let world = World::start().await;
    let token = Viewer::new().permit(|claims| claims.tier = Tier::Hd);
    let refused = (403, "key_not_permitted".to_owned());
    let ask = |body: Value| problem(world.post(PATH).json(&body).bearer_auth(&token));
    assert_eq!(ask(request(&[Tier::Uhd])).await, refused);
    assert_eq!(
        ask(request(&[Tier::Sd, Tier::Uhd])).await,
        refused,
        "not even in part"
    );
    let other = key_id(
        &KidSeed::parse(KID_SEED).unwrap(),
        CID,
        AssetVersion(VERSION.0 + 1),
        Tier::Sd,
    );
    assert_eq!(ask(json!({"kids": [other.base64url()]})).await, refused);
    let get = world
        .get(&format!("/api/drm/key/{other}"))
        .bearer_auth(&token);
    assert_eq!(problem(get).await, refused);
}

#[tokio::test]
async fn a_request_that_isn_t_a_license_request_is_refused_by_its_field() {
    let world = World::start().await;
    let token = Viewer::new().permit(|_| {});
    let kid = Film::kid(Tier::Sd).base64url();
    for body in [
        json!({"kids": []}),
        json!({"kids": vec![kid; 65]}),
        json!({"kids": ["!"]}),
        json!([]),
        json!({}),
    ] {
        let (status, problem) = answer(world.post(PATH).json(&body).bearer_auth(&token)).await;
        assert_eq!(
            (status, &problem["code"]),
            (400, &json!("invalid_request")),
            "{body}"
        );
        assert!(problem["details"][0]["field"].is_string(), "{problem}");
    }
    let large = world
        .post(PATH)
        .body(vec![b' '; 20_000])
        .bearer_auth(&token);
    assert_eq!(problem(large).await, (413, "body_too_large".to_owned()));
}

#[tokio::test]
async fn who_was_signed_out_gets_no_more_keys() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let (account, session, profile) = (viewer.claims.sub, viewer.claims.sid, viewer.profile());
    let token = viewer.permit(|_| {});
    let ask = || {
        world
            .post(PATH)
            .json(&request(&[Tier::Sd]))
            .bearer_auth(&token)
    };
    assert_eq!(answer(ask()).await.0, 200);
    for key in [
        format!("revoked:{{{account}}}:s:{session}"),
        format!("revoked:{{{account}}}:p:{profile}"),
        format!("revoked:{{{account}}}:a"),
    ] {
        let () = world
            .valkey
            .run(&["SET", &key, &(now_s() * 1000 + 1).to_string()])
            .await;
        assert_eq!(
            problem(ask()).await,
            (401, "session_revoked".to_owned()),
            "{key}"
        );
        let () = world.valkey.run(&["DEL", &key]).await;
    }
    assert_eq!(answer(ask()).await.0, 200);
}

#[tokio::test]
async fn licenses_are_given_while_origin_and_valkey_are_away() {
    let mut world = World::start().await;
    world.origin.stop();
    world.valkey.stop();
    let token = Viewer::new().permit(|_| {});
    assert_eq!(
        answer(
            world
                .post(PATH)
                .json(&request(&[Tier::Hd]))
                .bearer_auth(&token)
        )
        .await
        .0,
        200
    );
}

#[tokio::test]
async fn a_system_without_a_license_server_is_said_to_have_none() {
    let world = World::start().await;
    let token = Viewer::new().permit(|_| {});
    for system in ["widevine", "playready", "fairplay"] {
        let asked = world
            .post(&format!("/api/drm/{system}"))
            .body("challenge")
            .bearer_auth(&token);
        assert_eq!(
            problem(asked).await,
            (501, "drm_not_configured".to_owned()),
            "{system}"
        );
    }
}

#[tokio::test]
async fn a_challenge_goes_to_the_operators_server_with_the_keys_it_may_open() {
    let world = World::with(&[
        ("widevine_url", "{origin}"),
        ("widevine_path", "/operator/widevine?site=1"),
    ])
    .await;
    let path = "/operator/widevine?site=1";
    world.origin.answer(path, 200, json!("a license"));
    let token = Viewer::new().permit(|claims| claims.tier = Tier::Sd);
    let ask = || {
        world
            .post("/api/drm/widevine")
            .body(vec![8, 4])
            .bearer_auth(&token)
    };
    let license = ask().send().await.unwrap();
    assert_eq!(
        (
            license.status().as_u16(),
            &license.headers()["cache-control"]
        ),
        (200, &"no-store".parse().unwrap())
    );
    let asked = &world.origin.asked(path)[0];
    assert_eq!(asked.body, vec![8, 4]);
    let kids = format!("{},{}", Film::kid(Tier::Audio), Film::kid(Tier::Sd));
    assert_eq!(asked.headers["x-marquee-permitted-kids"], kids.as_str());
    assert!(
        !asked.headers.contains_key("authorization"),
        "the viewer's token stays with us"
    );
    world.origin.answer(path, 403, json!("no"));
    assert_eq!(problem(ask()).await, (502, "license_refused".to_owned()));
    let playlist = world
        .get(&format!("/api/stream/{CID}/v360.m3u8"))
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    let playlist = playlist.text().await.unwrap();
    let (widevine, clear) = (
        playlist.find("urn:uuid:edef8ba9"),
        playlist.find("org.w3.clearkey"),
    );
    assert!(
        widevine.is_some() && widevine < clear,
        "offered first, ClearKey last: {playlist}"
    );
}
