//! The delivery rules of the rule list (`docs/validator.md`): what the validator can't see in an asset, only the edge shows.

use reqwest::{RequestBuilder, Response};

use crate::world::{CID, Film, Viewer, World};

/// What a CMCD player adds to a request: as a query, and as headers.
const CMCD_QUERY: &str = "CMCD=bl%3D0%2Cbr%3D740%2Cot%3Dv%2Csid%3D%22one%22";
const CMCD_HEADER: (&str, &str) = ("cmcd-session", "sid=\"two\"");

struct Edge {
    world: World,
    token: String,
}

impl Edge {
    async fn start() -> Self {
        let world = World::start().await;
        let token = Viewer::new().permit(|_| {});
        Self { world, token }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.world.get(path).bearer_auth(&self.token)
    }

    fn playlist(&self, id: &str) -> RequestBuilder {
        self.get(&format!("/api/stream/{CID}/{id}.m3u8"))
    }

    fn media(&self, file: &str) -> RequestBuilder {
        self.get(&format!("/media/{CID}/1/{file}"))
    }
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().expect("a header of ASCII"))
}

async fn answered(request: RequestBuilder) -> Response {
    let response = request.send().await.expect("the edge answers");
    assert!(response.status().is_success(), "{response:?}");
    response
}

#[tokio::test]
async fn rule_5_every_kind_of_file_has_its_content_type() {
    let edge = Edge::start().await;
    for id in ["master", "v720", "a-en-aac2", "s-en", "i-v360"] {
        let playlist = answered(edge.playlist(id)).await;
        assert_eq!(
            header(&playlist, "content-type"),
            "application/vnd.apple.mpegurl",
            "{id}"
        );
    }
    for (file, expect) in [
        ("v720.mp4", &["video/mp4"][..]),
        ("s-en.vtt", &["text/vtt", "text/vtt; charset=utf-8"]),
    ] {
        let media = answered(edge.media(file)).await;
        assert!(
            expect.contains(&header(&media, "content-type")),
            "{file}: {media:?}"
        );
    }
}

#[tokio::test]
async fn rule_6_playlists_are_gzip_coded_for_those_who_take_it() {
    let edge = Edge::start().await;
    for id in ["master", "v720", "s-en"] {
        let zipped = answered(edge.playlist(id).header("accept-encoding", "gzip")).await;
        assert_eq!(header(&zipped, "content-encoding"), "gzip", "{id}");
    }
}

#[tokio::test]
async fn rule_7_media_is_answered_without_a_redirect() {
    let edge = Edge::start().await;
    // The client follows none.
    let answer = answered(edge.media("v720.mp4").header("range", "bytes=0-9")).await;
    assert_eq!(answer.status(), 206);
}

#[tokio::test]
async fn rule_117_ranges_are_exact_and_their_headers_may_be_read() {
    let edge = Edge::start().await;
    let part = answered(edge.media("v720.mp4").header("range", "bytes=100-299")).await;
    assert_eq!(part.status(), 206);
    let exposed = header(&part, "access-control-expose-headers").to_ascii_lowercase();
    assert!(
        exposed.contains("content-length") && exposed.contains("content-range"),
        "{exposed}"
    );
    assert_eq!(part.bytes().await.unwrap(), Film::bytes().slice(100..300));
}

#[tokio::test]
async fn rule_118_media_is_immutable_and_playlists_are_private() {
    let edge = Edge::start().await;
    let media = answered(edge.media("v720.mp4")).await;
    let kept = header(&media, "cache-control");
    assert!(
        kept.contains("immutable") && kept.contains("max-age=31536000"),
        "{kept}"
    );
    let playlist = answered(edge.playlist("master")).await;
    assert!(header(&playlist, "cache-control").starts_with("private"));
}

#[tokio::test]
async fn rule_119_an_answer_does_not_depend_on_cmcd() {
    let edge = Edge::start().await;
    for path in [
        format!("/api/stream/{CID}/v720.m3u8"),
        format!("/media/{CID}/1/v720.mp4"),
    ] {
        let plain = answered(edge.get(&path)).await;
        let query = answered(edge.get(&format!("{path}?{CMCD_QUERY}"))).await;
        let headers = answered(edge.get(&path).header(CMCD_HEADER.0, CMCD_HEADER.1)).await;
        assert_eq!(header(&plain, "etag"), header(&query, "etag"), "{path}");
        assert_eq!(header(&plain, "etag"), header(&headers, "etag"), "{path}");
        let vary = header(&plain, "vary").to_ascii_lowercase();
        assert!(!vary.contains("cmcd"), "{vary}");
        let plain = plain.bytes().await.unwrap();
        assert_eq!(plain, query.bytes().await.unwrap(), "{path}");
        assert_eq!(plain, headers.bytes().await.unwrap(), "{path}");
    }
}

#[tokio::test]
async fn rule_120_addresses_are_ids_and_hold_no_token() {
    let edge = Edge::start().await;
    let text = answered(edge.playlist("v720")).await.text().await.unwrap();
    let addresses: Vec<&str> = text.lines().filter(|line| line.starts_with('/')).collect();
    assert!(!addresses.is_empty());
    for address in addresses {
        assert_eq!(
            address,
            format!("/media/{CID}/1/v720.mp4"),
            "an id, a version, a rendition"
        );
    }
    assert!(!text.contains(&edge.token));
}
