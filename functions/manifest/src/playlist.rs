//! One playlist: kept where it was built before, else built now.

use edge::{Failure, etag, kv, objects};
use http::StatusCode;
use shared::{
    hls::{self, Viewpoint},
    ids::{AssetVersion, ContentId},
};

use crate::{compress, viewpoint};

/// The Multivariant Playlist's id.
const MULTIVARIANT: &str = "master";
/// Bytes of an entity tag's inside in a kept entry.
const TAG_BYTES: usize = 24;

/// A playlist, compressed.
pub(crate) struct Playlist {
    tag: String,
    pub(crate) gzip: Vec<u8>,
}

impl Playlist {
    fn new(text: &str) -> Self {
        Self {
            tag: etag::of(text.as_bytes()).trim_matches('"').to_owned(),
            gzip: compress::gzip(text),
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
        Some(Self { tag, gzip: bytes })
    }
}

/// The playlist of that id as seen from that viewpoint.
pub(crate) async fn find(
    content: ContentId,
    version: AssetVersion,
    id: &str,
    viewpoint: &Viewpoint,
) -> Result<Playlist, Failure> {
    let key = format!(
        "m3u8:{content}:{version}:{id}:{}",
        viewpoint::name(viewpoint)
    );
    if let Some(kept) = kv::get(&key)
        .await
        .and_then(|entry| Playlist::decode(entry.payload))
    {
        return Ok(kept);
    }
    let asset = objects::asset(content, version).await?;
    let text = if id == MULTIVARIANT {
        Some(hls::multivariant(&asset, viewpoint))
    } else {
        hls::media_playlist(&asset, id, "", viewpoint)
    };
    let Some(text) = text else {
        return Err(Failure::new(
            StatusCode::NOT_FOUND,
            "rendition_not_found",
            "This title has no such rendition.",
        ));
    };
    let playlist = Playlist::new(&text);
    kv::set(&key, kv::IMMUTABLE, &playlist.encode()).await;
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
