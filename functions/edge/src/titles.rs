//! Title descriptors: from the key-value store while the catalogue hasn't changed, else from origin.

use std::cell::Cell;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::{edge_kv, ids::ContentId, title::TitleDescriptor, valkey as names};

use crate::{Failure, kv, log, now_ms, origin, valkey};

const FRESH_MS: u64 = 60_000;
/// How much longer an entry is trusted while the catalogue's revision is known not to have moved.
const UNCHANGED_MS: u64 = 3_600_000;
const STALE_IF_ERROR_MS: u64 = 24 * 3_600_000;
const REV_FRESH_MS: u64 = 1_000;
const MAX_DESCRIPTOR_BYTES: usize = 64 << 10;

thread_local! {
    static REV: Cell<Option<(u64, u64)>> = const { Cell::new(None) };
}

#[derive(Serialize, Deserialize)]
struct Stored {
    rev: Option<u64>,
    title: TitleDescriptor,
}

/// The catalogue's revision, at most a second old. `None` while Valkey is down.
pub async fn catalogue_rev() -> Option<u64> {
    let now = now_ms();
    if let Some((rev, read_ms)) = REV.get()
        && now < read_ms + REV_FRESH_MS
    {
        return Some(rev);
    }
    let values = valkey::execute("GET", &[names::CATALOGUE_REV]).await.ok()?;
    let rev = values
        .first()
        .and_then(valkey::Value::int)
        .and_then(|rev| u64::try_from(rev).ok())
        .unwrap_or(0);
    REV.set(Some((rev, now)));
    Some(rev)
}

/// The descriptor of a title, or `None` when there is no such title.
pub async fn find(content: ContentId) -> Result<Option<TitleDescriptor>, Failure> {
    let key = edge_kv::title(content);
    let (rev, stored) = futures::join!(catalogue_rev(), stored(&key));
    let now = now_ms();
    if let Some((entry, held)) = &stored
        && is_current(entry, held.rev, rev, now)
    {
        return Ok(Some(held.title.clone()));
    }
    match fetch(content).await {
        Ok(Some(title)) => {
            let held = Stored { rev, title };
            let payload = serde_json::to_vec(&held).expect("a descriptor is a plain struct");
            kv::set(&key, now + FRESH_MS, &payload).await;
            Ok(Some(held.title))
        }
        Ok(None) => {
            if stored.is_some() {
                kv::delete(&key).await;
            }
            Ok(None)
        }
        Err(failure) => match stored {
            Some((entry, held)) if entry.is_usable(now, STALE_IF_ERROR_MS) => Ok(Some(held.title)),
            _ => Err(failure),
        },
    }
}

/// The descriptor as it was last seen, without asking origin.
pub async fn last_seen(content: ContentId) -> Option<TitleDescriptor> {
    stored(&edge_kv::title(content))
        .await
        .map(|(_, held)| held.title)
}

async fn stored(key: &str) -> Option<(kv::Entry, Stored)> {
    let entry = kv::get(key).await?;
    let held = serde_json::from_slice(&entry.payload).ok()?;
    Some((entry, held))
}

/// Young and not known to be outdated, or known to be up to date.
fn is_current(entry: &kv::Entry, stored_rev: Option<u64>, rev: Option<u64>, now_ms: u64) -> bool {
    match (rev, stored_rev) {
        (Some(rev), Some(stored)) if rev == stored => entry.is_usable(now_ms, UNCHANGED_MS),
        (Some(_), Some(_)) => false,
        (None, _) | (Some(_), None) => entry.is_fresh(now_ms),
    }
}

async fn fetch(content: ContentId) -> Result<Option<TitleDescriptor>, Failure> {
    let whole = origin::get(&format!("/internal/titles/{content}"), MAX_DESCRIPTOR_BYTES).await?;
    match whole.status {
        StatusCode::OK => serde_json::from_slice(&whole.body)
            .map(Some)
            .map_err(|error| {
                Failure::internal(&format!("origin's descriptor of {content}: {error}"))
            }),
        StatusCode::NOT_FOUND => Ok(None),
        status => {
            log::warn(&format!("origin's descriptor of {content}: {status}"));
            Err(Failure::origin_unavailable())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_is_current_while_the_catalogue_hasn_t_moved() {
        let entry = kv::Entry {
            expires_ms: 1_000_000,
            payload: Vec::new(),
        };
        let check = |stored, rev, now, expect| {
            assert_eq!(
                is_current(&entry, stored, rev, now),
                expect,
                "{stored:?} {rev:?} {now}"
            );
        };
        check(Some(4), Some(4), 1_000_000 + UNCHANGED_MS - 1, true);
        check(Some(4), Some(4), 1_000_000 + UNCHANGED_MS, false);
        check(Some(4), Some(5), 1, false);
        check(Some(4), None, 999_999, true);
        check(Some(4), None, 1_000_000, false);
        check(None, Some(4), 999_999, true);
        check(None, Some(4), 1_000_000, false);
    }
}
