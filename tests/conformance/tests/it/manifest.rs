//! Playlists.

use std::io::Read as _;

use shared::{cenc::Tier, token::session::SessionClaims};

use crate::world::{self, CID, OTHER_CID, Viewer, World, problem};

fn master() -> String {
    format!("/api/stream/{CID}/master.m3u8")
}

#[tokio::test]
async fn a_wrong_token_gets_no_playlist_and_hears_why() {
    let world = World::start().await;
    let viewer = Viewer::new();
    for (what, token, status, code) in world::bad_permits(&viewer) {
        for path in [master(), format!("/api/stream/{CID}/v360.m3u8")] {
            let request = world.get(&path);
            let request = if token.is_empty() {
                request
            } else {
                request.bearer_auth(&token)
            };
            assert_eq!(problem(request).await, (status, code.to_owned()), "{what}");
        }
    }
    let other = viewer.permit(|claims| claims.cid = OTHER_CID);
    assert_eq!(
        problem(world.get(&master()).bearer_auth(other)).await,
        (403, "token_wrong_content".to_owned())
    );
}

#[tokio::test]
async fn a_token_of_the_earlier_profile_doesn_t_outlive_the_change() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let token = viewer.permit(|_| {});
    let with = |session: &Viewer| {
        world
            .get(&master())
            .bearer_auth(&token)
            .header("cookie", session.cookie())
    };
    assert_eq!(with(&viewer).send().await.unwrap().status(), 200);
    assert_eq!(
        problem(with(&viewer.as_another_profile())).await,
        (403, "wrong_profile".to_owned())
    );
    let without = viewer.with(|claims: &mut SessionClaims| claims.pid = None);
    assert_eq!(
        problem(with(&without)).await,
        (403, "wrong_profile".to_owned())
    );
    // A session that ended says nothing about the profile; the playback token stands for itself.
    let ended = viewer.as_another_profile().long_gone();
    assert_eq!(with(&ended).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_multivariant_playlist_lists_what_the_tier_permits() {
    let world = World::start().await;
    let viewer = Viewer::new();
    let text = async |tier| {
        let token = viewer.permit(|claims| claims.tier = tier);
        let response = world
            .get(&master())
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        assert_eq!(
            response.headers()["content-type"],
            "application/vnd.apple.mpegurl"
        );
        response.text().await.unwrap()
    };
    let uhd = text(Tier::Uhd).await;
    assert!(
        uhd.starts_with("#EXTM3U\n")
            && uhd.contains("\nv2160.m3u8\n")
            && uhd.contains("\nv360.m3u8\n"),
        "{uhd}"
    );
    assert!(uhd.contains("KEYFORMAT=\"org.w3.clearkey\""), "{uhd}");
    let hd = text(Tier::Hd).await;
    assert!(
        !hd.contains("v2160") && hd.contains("\nv720.m3u8\n"),
        "{hd}"
    );
}

#[tokio::test]
async fn a_media_playlist_begins_with_short_ranges_and_points_at_this_version() {
    let world = World::start().await;
    let token = Viewer::new().permit(|_| {});
    let get = |id: &str| {
        world
            .get(&format!("/api/stream/{CID}/{id}.m3u8"))
            .bearer_auth(&token)
    };
    let text = get("v720").send().await.unwrap().text().await.unwrap();
    assert!(text.contains(&format!("/media/{CID}/1/v720.mp4")), "{text}");
    assert!(
        text.contains("#EXTINF:2.00000")
            && text.contains("#EXTINF:6.00000")
            && text.contains("#EXT-X-ENDLIST"),
        "{text}"
    );
    for id in ["a-en-aac2", "s-en", "i-v360"] {
        assert_eq!(get(id).send().await.unwrap().status(), 200, "{id}");
    }
    assert_eq!(
        problem(get("v1080")).await,
        (404, "rendition_not_found".to_owned())
    );
}

#[tokio::test]
async fn a_playlist_travels_compressed_and_once() {
    let world = World::start().await;
    let token = Viewer::new().permit(|_| {});
    let get = || {
        world
            .get(&format!("/api/stream/{CID}/v720.m3u8"))
            .bearer_auth(&token)
    };
    let plain = get().send().await.unwrap();
    let etag = plain.headers()["etag"].clone();
    assert!(
        plain.headers()["cache-control"]
            .to_str()
            .unwrap()
            .starts_with("private, max-age=")
    );
    let plain = plain.bytes().await.unwrap();
    let zipped = get()
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            &zipped.headers()["content-encoding"],
            &zipped.headers()["etag"]
        ),
        (&"gzip".parse().unwrap(), &etag)
    );
    let zipped = zipped.bytes().await.unwrap();
    assert!(zipped.len() < plain.len() / 2);
    let mut unzipped = Vec::new();
    flate2::read::GzDecoder::new(&*zipped)
        .read_to_end(&mut unzipped)
        .unwrap();
    assert_eq!(unzipped, plain);
    let again = get().header("if-none-match", etag).send().await.unwrap();
    assert_eq!(
        (again.status().as_u16(), again.bytes().await.unwrap().len()),
        (304, 0)
    );
    let head = world
        .request(
            reqwest::Method::HEAD,
            &format!("/api/stream/{CID}/v720.m3u8"),
        )
        .bearer_auth(&token);
    let head = head.send().await.unwrap();
    assert_eq!(head.headers()["content-length"], plain.len().to_string());
    assert_eq!(
        world.objects.reads("asset.json"),
        1,
        "the description is fetched once"
    );
}

#[tokio::test]
async fn playlists_are_served_while_origin_and_the_object_store_are_away() {
    let mut world = World::start().await;
    let token = Viewer::new().permit(|_| {});
    assert_eq!(
        world
            .get(&master())
            .bearer_auth(&token)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    world.origin.stop();
    world.objects.stop();
    for id in ["master", "v360", "a-en-aac2"] {
        let path = format!("/api/stream/{CID}/{id}.m3u8");
        assert_eq!(
            world
                .get(&path)
                .bearer_auth(&token)
                .send()
                .await
                .unwrap()
                .status(),
            200,
            "{id}"
        );
    }
}

#[tokio::test]
async fn apples_player_is_sent_to_the_key_endpoint() {
    let world = World::start().await;
    let token = Viewer::new().permit(|_| {});
    let request = world
        .get(&format!("/api/stream/{CID}/v720.m3u8"))
        .bearer_auth(&token);
    let text = request
        .header("user-agent", "AppleCoreMedia/1.0.0 (Apple TV)")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        text.contains("KEYFORMAT=\"identity\"")
            && text.contains("/api/drm/key/")
            && !text.contains("clearkey"),
        "{text}"
    );
}
