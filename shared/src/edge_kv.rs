//! Names of the edge's key-value entries (store `default`). Whatever they hold can be fetched again.

use crate::{
    hls::Viewpoint,
    ids::{AssetVersion, ContentId},
};

/// The public key set of session tokens.
pub const JWKS: &str = "jwks";

/// The descriptor of a title.
pub fn title(content: ContentId) -> String {
    format!("title:{content}")
}

/// The description of a published asset; never changes.
pub fn asset(content: ContentId, version: AssetVersion) -> String {
    format!("asset:{content}:{version}")
}

/// A rendered playlist; never changes. Reading a film's whole description again costs far more than this entry.
pub fn playlist(
    content: ContentId,
    version: AssetVersion,
    viewpoint: &Viewpoint,
    rendition: &str,
) -> String {
    format!(
        "playlist:{content}:{version}:{}:{rendition}",
        viewpoint.cache_key()
    )
}
