//! The object store over HTTP: signed reads, and asset descriptions, which never change once published.

use std::{cell::RefCell, rc::Rc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use shared::{
    asset::{Asset, object_key},
    edge_kv,
    ids::{AssetVersion, ContentId},
};

use crate::{Failure, date, kv, log, now_s, origin, settings, sigv4};

/// Room for a long film with many renditions.
const MAX_ASSET_BYTES: usize = 16 << 20;
/// Parsed descriptions one instance keeps: a player asks for several playlists of one title in a row.
const KEPT: usize = 2;

thread_local! {
    static ASSETS: RefCell<Vec<Rc<Asset>>> = const { RefCell::new(Vec::new()) };
}

/// Where to read an object, and with which headers.
pub struct Read {
    /// The URL.
    pub url: String,
    /// Authorization, and the range if one was asked for.
    pub headers: HeaderMap,
}

/// Prepares the read of an object.
pub async fn read(method: &Method, key: &str, range: Option<&str>) -> Result<Read, Failure> {
    let base = settings::text("objects_url").await?;
    let url = format!("{}/{key}", base.trim_end_matches('/'));
    let mut headers = HeaderMap::new();
    if let Some(range) = range.and_then(|range| HeaderValue::from_str(range).ok()) {
        headers.insert(header::RANGE, range);
    }
    let key_id = settings::text("s3_access_key_id").await?;
    if key_id.is_empty() {
        let token = settings::text("objects_token").await?;
        insert(
            &mut headers,
            header::AUTHORIZATION,
            &format!("Bearer {token}"),
        );
        return Ok(Read { url, headers });
    }
    let uri: Uri = url
        .parse()
        .map_err(|_| Failure::internal("variable objects_url is not a URL"))?;
    let (secret, region) = (
        settings::text("s3_secret_access_key").await?,
        settings::text("s3_region").await?,
    );
    let signer = sigv4::Signer {
        key_id: &key_id,
        secret: &secret,
        region: &region,
    };
    let host = uri.authority().map_or("", http::uri::Authority::as_str);
    let at = date::compact(now_s());
    let signed = sigv4::Read {
        method: method.as_str(),
        host,
        path: uri.path(),
        range,
        at: &at,
    };
    for (name, value) in sigv4::headers(&signer, &signed) {
        insert(&mut headers, HeaderName::from_static(name), &value);
    }
    Ok(Read { url, headers })
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(mut value) = HeaderValue::from_str(value) {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
}

/// The description of a published version.
pub async fn asset(content: ContentId, version: AssetVersion) -> Result<Rc<Asset>, Failure> {
    if let Some(asset) = kept(content, version) {
        return Ok(asset);
    }
    let key = edge_kv::asset(content, version);
    let (bytes, is_new) = match kv::get(&key).await {
        Some(entry) => (Bytes::from(entry.payload), false),
        None => (download(content, version).await?, true),
    };
    let asset: Asset = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::internal(&format!(
            "asset.json of {content} version {version}: {error}"
        ))
    })?;
    if is_new {
        kv::set(&key, kv::IMMUTABLE, &bytes).await;
    }
    let asset = Rc::new(asset);
    keep(&asset);
    Ok(asset)
}

fn kept(content: ContentId, version: AssetVersion) -> Option<Rc<Asset>> {
    ASSETS.with_borrow(|assets| {
        assets
            .iter()
            .find(|asset| asset.content_id == content && asset.version == version)
            .cloned()
    })
}

fn keep(asset: &Rc<Asset>) {
    ASSETS.with_borrow_mut(|assets| {
        assets.truncate(KEPT - 1);
        assets.insert(0, Rc::clone(asset));
    });
}

async fn download(content: ContentId, version: AssetVersion) -> Result<Bytes, Failure> {
    let Read { url, headers } = read(
        &Method::GET,
        &object_key(content, version, "asset.json"),
        None,
    )
    .await?;
    let whole = origin::fetch(Method::GET, &url, headers, Bytes::new(), MAX_ASSET_BYTES)
        .await
        .map_err(|origin::Away| unavailable())?;
    if whole.status == StatusCode::OK {
        return Ok(whole.body);
    }
    log::error(&format!(
        "asset.json of {content} version {version}: {}",
        whole.status
    ));
    Err(unavailable())
}

/// What a viewer hears when the object store doesn't answer.
pub fn unavailable() -> Failure {
    Failure::unavailable(
        "media_unavailable",
        "The media store is briefly unavailable. Try again in a moment.",
    )
}
