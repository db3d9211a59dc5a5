//! Catalogue reads from the key-value store: fresh for 5 minutes, then served on while they are fetched again, and for
//! 24 hours when origin doesn't answer. An edit or a publish raises the catalogue's revision, which outdates them all.
//!
//! The store has no expiry and search texts have no end, so answers live in a fixed number of slots; an entry says
//! itself whose answer it is.

mod entry;

use edge::{Call, Failure, Reply, etag, kv, now_ms, origin, session, titles};
use entry::{Entry, Freshness, Identity};
use http::{HeaderMap, HeaderName, Method, StatusCode, header};

use crate::{forward, route::Kind};

const FRESH_MS: u64 = 5 * 60_000;
const MAX_ANSWER_BYTES: usize = 2 << 20;
const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// Answers a catalogue read.
pub(crate) async fn read(call: &mut Call) -> Result<Reply, Failure> {
    let viewer = session::require(call).await?;
    // Without a profile there is no maturity limit to keep the answer under; origin decides what to say.
    if viewer.pid.is_none() {
        return forward::pass(call, Kind::Catalogue).await;
    }
    let identity = Identity::of(&viewer, call.path(), call.uri.query().unwrap_or_default());
    let (rev, kept) = futures::join!(titles::catalogue_rev(), find(&identity));
    let freshness = kept
        .as_ref()
        .map_or(Freshness::Unusable, |(expires_ms, entry)| {
            entry.freshness(*expires_ms, rev, now_ms())
        });
    match (kept, freshness) {
        (Some((_, entry)), Freshness::Fresh) => Ok(reply(call, &entry, "hit")),
        (Some((_, entry)), Freshness::Stale) => {
            refresh_in_background(call, identity, rev).await?;
            Ok(reply(call, &entry, "stale"))
        }
        (kept, freshness) => {
            ask_origin(
                call,
                identity,
                rev,
                kept.filter(|_| freshness == Freshness::OnlyIfError),
            )
            .await
        }
    }
}

async fn ask_origin(
    call: &Call,
    identity: Identity,
    rev: Option<u64>,
    fallback: Option<(u64, Entry)>,
) -> Result<Reply, Failure> {
    let answer = origin::fetch(
        Method::GET,
        &forward::url(call).await?,
        plain(forward::headers(call).await?),
        bytes::Bytes::new(),
        MAX_ANSWER_BYTES,
    )
    .await;
    match (answer, fallback) {
        (Ok(whole), _) if whole.status == StatusCode::OK => {
            let entry = store(identity, rev, &whole).await;
            Ok(reply(call, &entry, "miss"))
        }
        (Ok(whole), _) if !whole.status.is_server_error() => Ok(relay(whole)),
        (Ok(_) | Err(origin::Away), Some((_, entry))) => Ok(reply(call, &entry, "stale-if-error")),
        (Ok(_) | Err(origin::Away), None) => Err(Failure::origin_unavailable()),
    }
}

async fn refresh_in_background(
    call: &Call,
    identity: Identity,
    rev: Option<u64>,
) -> Result<(), Failure> {
    let (url, headers) = (
        forward::url(call).await?,
        plain(forward::headers(call).await?),
    );
    spin_sdk::wasip3::spawn(async move {
        // A failure is logged where it happens; the entry at hand stays in use.
        if let Ok(whole) = origin::fetch(
            Method::GET,
            &url,
            headers,
            bytes::Bytes::new(),
            MAX_ANSWER_BYTES,
        )
        .await
            && whole.status == StatusCode::OK
        {
            store(identity, rev, &whole).await;
        }
    });
    Ok(())
}

/// A whole, plain answer is wanted, whatever this client holds already.
fn plain(mut headers: HeaderMap) -> HeaderMap {
    for name in [
        header::IF_NONE_MATCH,
        header::IF_MATCH,
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
    ] {
        headers.remove(name);
    }
    headers
}

async fn find(identity: &Identity) -> Option<(u64, Entry)> {
    let kept = kv::get(&identity.slot()).await?;
    let entry = Entry::decode(kept.payload).filter(|entry| entry.identity == *identity)?;
    Some((kept.expires_ms, entry))
}

async fn store(identity: Identity, rev: Option<u64>, whole: &origin::Whole) -> Entry {
    let entry = Entry {
        identity,
        rev,
        etag: etag::of(&whole.body),
        body: whole.body.clone(),
    };
    kv::set(&entry.identity.slot(), now_ms() + FRESH_MS, &entry.encode()).await;
    entry
}

fn reply(call: &Call, entry: &Entry, how: &str) -> Reply {
    let reply = if etag::is_held(&call.headers, &entry.etag) {
        Reply::empty(StatusCode::NOT_MODIFIED)
    } else {
        Reply::whole(StatusCode::OK, "application/json", entry.body.clone())
    };
    reply
        .with(header::ETAG, &entry.etag)
        .with(header::CACHE_CONTROL, "private, no-cache")
        .with(header::VARY, "authorization, cookie")
        .with(X_CACHE, how)
}

/// A refusal of origin's, as it is.
fn relay(whole: origin::Whole) -> Reply {
    let mut reply = Reply::whole(whole.status, "application/json", whole.body)
        .with(header::CACHE_CONTROL, "no-store");
    if let Some(seconds) = whole.headers.get(header::RETRY_AFTER) {
        reply
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.clone());
    }
    reply
}
