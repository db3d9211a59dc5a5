//! Playlists: the Multivariant Playlist and every Media Playlist of a title, written from the asset's description.
//!
//! A playlist is the same for everybody with the same viewpoint, so it is built once per version and kept, compressed.

mod compress;
mod playlist;
mod viewpoint;

use edge::{Answer, Call, Failure, Reply, etag, permit};
use http::{Method, StatusCode, header};
use playlist::Playlist;
use shared::{hls, ids::ContentId};
use spin_sdk::{http::Request, http_service};

/// As long as a playback token lives. A player sends each token's requests with that token, and `Vary` keeps another
/// token's playlists, perhaps of another version, apart.
const CACHE: &str = "private, max-age=600";
const VARY: &str = "accept-encoding, authorization, cookie";

#[http_service]
async fn handle(request: Request) -> Answer {
    edge::serve("manifest", request, answer).await
}

async fn answer(call: &mut Call) -> Result<Reply, Failure> {
    let (content, id) = route(call.path()).ok_or_else(Failure::not_found)?;
    if !matches!(call.method, Method::GET | Method::HEAD) {
        return Err(Failure::method("GET, HEAD"));
    }
    let claims = permit::require(call, content, None).await?;
    let viewpoint = viewpoint::of(call, claims.tier).await?;
    let playlist = playlist::find(content, claims.ver, &id, &viewpoint).await?;
    reply(call, &playlist)
}

/// The title and the playlist's id.
fn route(path: &str) -> Option<(ContentId, String)> {
    let (content, file) = path.strip_prefix("/api/stream/")?.split_once('/')?;
    let id = file.strip_suffix(".m3u8")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !(1..=80).contains(&id.len()) || !id.bytes().all(plain) {
        return None;
    }
    Some((content.parse().ok()?, id.to_owned()))
}

fn reply(call: &Call, playlist: &Playlist) -> Result<Reply, Failure> {
    let etag = playlist.etag();
    if etag::is_held(&call.headers, &etag) {
        return Ok(cached(Reply::empty(StatusCode::NOT_MODIFIED), &etag));
    }
    let whole = if compress::is_accepted(&call.headers) {
        Reply::whole(StatusCode::OK, hls::CONTENT_TYPE, playlist.gzip.clone())
            .with(header::CONTENT_ENCODING, "gzip")
    } else {
        let plain = compress::unzip(&playlist.gzip)
            .map_err(|error| Failure::internal(&format!("a kept playlist: {error}")))?;
        Reply::whole(StatusCode::OK, hls::CONTENT_TYPE, plain)
    };
    Ok(cached(whole, &etag))
}

fn cached(reply: Reply, etag: &str) -> Reply {
    reply
        .with(header::CACHE_CONTROL, CACHE)
        .with(header::VARY, VARY)
        .with(header::ETAG, etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_playlist_s_address_names_a_title_and_a_plain_id() {
        let title = "0190a2b4-0000-7000-8000-000000000001";
        let check = |file: &str, expect: Option<&str>| {
            let found = route(&format!("/api/stream/{title}/{file}"));
            assert_eq!(found.as_ref().map(|(_, id)| id.as_str()), expect, "{file}");
        };
        check("master.m3u8", Some("master"));
        check("v1080-6000.m3u8", Some("v1080-6000"));
        check("i-t480.m3u8", Some("i-t480"));
        check("master.mpd", None);
        check(".m3u8", None);
        check("a/b.m3u8", None);
        check("a%2fb.m3u8", None);
        assert_eq!(route("/api/stream/x/master.m3u8"), None);
    }
}
