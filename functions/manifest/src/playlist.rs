//! One playlist: kept where it was built before, else built now.

use std::rc::Rc;

use bytes::Bytes;
use edge::{Failure, etag, kv, memo::Memo, objects};
use http::StatusCode;
use shared::{
    edge_kv,
    hls::{self, Viewpoint},
    ids::{AssetVersion, ContentId},
};

use crate::compress;

/// The Multivariant Playlist's id.
const MULTIVARIANT: &str = "master";
/// Bytes of an entity tag's inside in a kept entry.
const TAG_BYTES: usize = 24;

/// Playlists that one instance remembers: a few renditions each of a few titles.
const MAX_REMEMBERED: usize = 64;

thread_local! {
    static REMEMBERED: Memo<String, Playlist> = Memo::new(MAX_REMEMBERED);
}

/// A playlist, compressed.
pub(crate) struct Playlist {
    tag: String,
    pub(crate) gzip: Bytes,
}

impl Playlist {
    fn new(text: &str) -> Self {
        Self {
            tag: etag::of(text.as_bytes()).trim_matches('"').to_owned(),
            gzip: compress::gzip(text).into(),
        }
    }

    /// Weak: the plain and the compressed body share it.
    pub(crate) fn etag(&self) -> String {
        format!("W/\"{}\"", self.tag)
    }

    fn encode(&self) -> Vec<u8> {
        [self.tag.as_bytes(), &self.gzip].concat()
    }

    fn decode(mut bytes: Vec<u8>) -> Option<Self> {
        let tag = std::str::from_utf8(bytes.get(..TAG_BYTES)?)
            .ok()?
            .to_owned();
        bytes.drain(..TAG_BYTES);
        Some(Self {
            tag,
            gzip: bytes.into(),
        })
    }
}

/// The playlist of that id as seen from that viewpoint.
pub(crate) async fn find(
    content: ContentId,
    version: AssetVersion,
    id: &str,
    viewpoint: &Viewpoint,
) -> Result<Rc<Playlist>, Failure> {
    let key = edge_kv::playlist(content, version, viewpoint, id);
    if let Some(playlist) = REMEMBERED.with(|remembered| remembered.get(&key)) {
        return Ok(playlist);
    }
    let kept = kv::get(&key)
        .await
        .and_then(|entry| Playlist::decode(entry.payload));
    let playlist = match kept {
        Some(playlist) => playlist,
        None => write(content, version, id, viewpoint, &key).await?,
    };
    Ok(REMEMBERED.with(|remembered| remembered.insert(key, playlist)))
}

async fn write(
    content: ContentId,
    version: AssetVersion,
    id: &str,
    viewpoint: &Viewpoint,
    key: &str,
) -> Result<Playlist, Failure> {
    let asset = objects::asset(content, version).await?;
    let text = if id == MULTIVARIANT {
        Some(hls::multivariant(&asset, viewpoint))
    } else {
        hls::media_playlist(&asset, id, "", viewpoint)
    };
    let Some(text) = text else {
        let sentence = "This title has no such rendition.";
        return Err(Failure::new(
            StatusCode::NOT_FOUND,
            "rendition_not_found",
            sentence,
        ));
    };
    let playlist = Playlist::new(&text);
    kv::set(key, kv::IMMUTABLE, &playlist.encode()).await;
    Ok(playlist)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_playlist_comes_back_with_its_tag() {
        let playlist = Playlist::new("#EXTM3U\n");
        let kept = Playlist::decode(playlist.encode()).unwrap();
        assert_eq!((kept.etag(), kept.gzip), (playlist.etag(), playlist.gzip));
        assert!(Playlist::decode(vec![0; TAG_BYTES - 1]).is_none());
    }
}
