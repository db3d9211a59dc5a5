//! Media and artwork.

use reqwest::Method;
use shared::ids::AssetVersion;

use crate::world::{self, CID, Film, Viewer, World, problem};

fn path() -> String {
    format!("/media/{CID}/1/v720.mp4")
}

#[tokio::test]
async fn a_wrong_token_gets_no_media_and_hears_why() {
    let world = World::start().await;
    let viewer = Viewer::new();
    for (what, token, status, code) in world::bad_permits(&viewer) {
        let asked = world.get(&path());
        let asked = if token.is_empty() {
            asked
        } else {
            asked.bearer_auth(token)
        };
        assert_eq!(problem(asked).await, (status, code.to_owned()), "{what}");
    }
    let ask = |token: String| problem(world.get(&path()).bearer_auth(token));
    assert_eq!(
        ask(viewer.permit(|claims| claims.cid = world::OTHER_CID)).await,
        (403, "token_wrong_content".to_owned())
    );
    assert_eq!(
        ask(viewer.permit(|claims| claims.ver = AssetVersion(2))).await,
        (403, "token_wrong_version".to_owned())
    );
    let asked = world
        .get(&path())
        .bearer_auth(viewer.permit(|_| {}))
        .header("cookie", viewer.as_another_profile().cookie());
    assert_eq!(problem(asked).await, (403, "wrong_profile".to_owned()));
    assert_eq!(world.objects.reads("v720.mp4"), 0);
}

#[tokio::test]
async fn a_range_arrives_as_asked_and_may_be_kept_for_ever() {
    let world = World::start().await;
    let token = Viewer::new().permit(|_| {});
    let whole = Film::bytes();
    let get = || {
        world
            .get(&path())
            .header("cookie", format!("marquee_playback={token}"))
    };
    let part = get()
        .header("range", "bytes=1000-1999")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status(), 206);
    let headers = part.headers();
    assert_eq!(
        headers["content-range"],
        format!("bytes 1000-1999/{}", whole.len())
    );
    assert_eq!(
        (&headers["content-length"], &headers["content-type"]),
        (&"1000".parse().unwrap(), &"video/mp4".parse().unwrap())
    );
    assert_eq!(
        headers["cache-control"],
        "private, max-age=31536000, immutable"
    );
    assert_eq!(headers["etag"], "\"v1\"");
    assert!(
        !headers.contains_key("x-amz-request-id") && !headers.contains_key("keep-alive"),
        "{headers:?}"
    );
    assert_eq!(part.bytes().await.unwrap(), whole.slice(1000..2000));
    let all = get().send().await.unwrap();
    assert_eq!(
        (all.status().as_u16(), all.bytes().await.unwrap()),
        (200, whole.clone())
    );
    let beyond = get()
        .header("range", "bytes=99999999-")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (beyond.status().as_u16(), &beyond.headers()["content-range"]),
        (416, &format!("bytes */{}", whole.len()).parse().unwrap())
    );
    let head = world
        .request(Method::HEAD, &path())
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (head.status().as_u16(), &head.headers()["content-length"]),
        (200, &whole.len().to_string().parse().unwrap())
    );
}

#[tokio::test]
async fn a_query_doesn_t_matter() {
    let world = World::start().await;
    let token = Viewer::new().permit(|_| {});
    let get = world
        .get(&format!("{}?CMCD=br%3D740", path()))
        .bearer_auth(token);
    assert_eq!(get.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn our_own_descriptions_and_other_folders_have_no_address() {
    let world = World::start().await;
    let token = Viewer::new().permit(|_| {});
    for path in [
        format!("/media/{CID}/1/asset.json"),
        format!("/media/{CID}/1/verify.json"),
        format!("/media/{CID}/1/..%2fasset.json"),
        format!("/media/{CID}/01/v720.mp4"),
        format!("/media/{CID}/1/v999.mp4"),
        format!("/media/{CID}/1/"),
        format!("/artwork/{CID}/1/asset.json"),
    ] {
        assert_eq!(
            problem(world.get(&path).bearer_auth(&token)).await,
            (404, "media_not_found".to_owned()),
            "{path}"
        );
    }
    assert_eq!(world.objects.reads("asset.json"), 0);
}

#[tokio::test]
async fn artwork_is_for_everybody() {
    let world = World::start().await;
    let poster = world
        .get(&format!("/artwork/{CID}/1/poster.jpg"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        poster.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(poster.headers()["content-type"], "image/jpeg");
    assert_eq!(poster.bytes().await.unwrap(), &b"\xff\xd8poster"[..]);
}

#[tokio::test]
async fn an_absent_object_store_has_a_name() {
    let mut world = World::start().await;
    world.objects.stop();
    let get = world.get(&path()).bearer_auth(Viewer::new().permit(|_| {}));
    assert_eq!(problem(get).await, (503, "media_unavailable".to_owned()));
}

#[tokio::test]
async fn reads_from_s3_are_signed() {
    let world = World::with(&[
        ("objects_token", ""),
        ("s3_access_key_id", "AKIDEXAMPLE"),
        ("s3_secret_access_key", "secret"),
        ("s3_region", "eu-west-1"),
    ])
    .await;
    let get = world.get(&path()).bearer_auth(Viewer::new().permit(|_| {}));
    assert_eq!(
        get.header("range", "bytes=0-9")
            .send()
            .await
            .unwrap()
            .status(),
        206
    );
}
