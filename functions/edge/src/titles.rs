//! Title descriptors: from the key-value store while the catalogue hasn't changed, else from origin.

use std::{cell::Cell, rc::Rc};

use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::{
    edge_kv,
    ids::ContentId,
    title::{TitleDescriptor, TitleStatus},
    valkey as names,
};

use crate::{Failure, kv, log, memo::Memo, now_ms, origin, valkey};

const FRESH_MS: u64 = 60_000;
/// How much longer an entry is trusted while the catalogue's revision is known not to have moved.
const UNCHANGED_MS: u64 = 3_600_000;
const STALE_IF_ERROR_MS: u64 = 24 * 3_600_000;
const REV_FRESH_MS: u64 = 1_000;
const MAX_DESCRIPTOR_BYTES: usize = 64 << 10;

/// Titles that one instance remembers.
const MAX_SEEN: usize = 128;

thread_local! {
    static REV: Cell<Option<(u64, u64)>> = const { Cell::new(None) };
    static SEEN: Memo<ContentId, Held> = Memo::new(MAX_SEEN);
}

/// A descriptor and as of when it is one.
struct Held {
    expires_ms: u64,
    /// The catalogue's revision when it was fetched; `None` while Valkey was down.
    rev: Option<u64>,
    title: TitleDescriptor,
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
    let rev = catalogue_rev().await;
    let mut held = remembered(content);
    if !held
        .as_ref()
        .is_some_and(|held| held.is_current(rev, now_ms()))
    {
        // Another instance may have asked meanwhile.
        held = stored(content).await;
    }
    match held {
        Some(held) if held.is_current(rev, now_ms()) => Ok(Some(held.title.clone())),
        held => ask_origin(content, rev, held).await,
    }
}

/// The descriptor as it was last seen, without asking origin.
pub async fn last_seen(content: ContentId) -> Option<TitleDescriptor> {
    let held = match remembered(content) {
        Some(held) => Some(held),
        None => stored(content).await,
    };
    held.map(|held| held.title.clone())
}

fn remembered(content: ContentId) -> Option<Rc<Held>> {
    SEEN.with(|seen| seen.get(&content))
}

async fn stored(content: ContentId) -> Option<Rc<Held>> {
    let entry = kv::get(&edge_kv::title(content)).await?;
    let Stored { rev, title } = serde_json::from_slice(&entry.payload).ok()?;
    let held = Held {
        expires_ms: entry.expires_ms,
        rev,
        title,
    };
    Some(SEEN.with(|seen| seen.insert(content, held)))
}

async fn ask_origin(
    content: ContentId,
    rev: Option<u64>,
    held: Option<Rc<Held>>,
) -> Result<Option<TitleDescriptor>, Failure> {
    match fetch(content).await {
        Ok(Some(title)) => {
            store(content, rev, title.clone()).await;
            Ok(Some(title))
        }
        Ok(None) => {
            if held.is_some() {
                SEEN.with(|seen| seen.remove(&content));
                kv::delete(&edge_kv::title(content)).await;
            }
            Ok(None)
        }
        Err(failure) => match held {
            Some(held) if now_ms() < held.expires_ms + STALE_IF_ERROR_MS => {
                Ok(Some(held.title.clone()))
            }
            Some(_) | None => Err(failure),
        },
    }
}

async fn store(content: ContentId, rev: Option<u64>, title: TitleDescriptor) {
    let expires_ms = now_ms() + FRESH_MS;
    let entry = Stored { rev, title };
    let payload = serde_json::to_vec(&entry).expect("a descriptor is a plain struct");
    kv::set(&edge_kv::title(content), expires_ms, &payload).await;
    let Stored { rev, title } = entry;
    let held = Held {
        expires_ms,
        rev,
        title,
    };
    SEEN.with(|seen| seen.insert(content, held));
}

impl Held {
    /// Young and not known to be outdated, or known to be up to date. `rev` is `None` while Valkey is down.
    fn is_current(&self, rev: Option<u64>, now_ms: u64) -> bool {
        // What isn't ready will be soon, and then nobody should wait for a revision to be read again.
        if self.title.status != TitleStatus::Ready {
            return false;
        }
        match (rev, self.rev) {
            (Some(rev), Some(stored)) if rev == stored => now_ms < self.expires_ms + UNCHANGED_MS,
            (Some(_), Some(_)) => false,
            (None, _) | (Some(_), None) => now_ms < self.expires_ms,
        }
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
        let title: TitleDescriptor = serde_json::from_str(
            r#"{"contentId":"0190a2b4-0000-7000-8000-000000000001","title":"","contentType":"movie","status":"ready","maturity":0,"durationMs":1}"#,
        )
        .unwrap();
        let check = |stored, rev, now, expect| {
            let held = Held {
                expires_ms: 1_000_000,
                rev: stored,
                title: title.clone(),
            };
            assert_eq!(
                held.is_current(rev, now),
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
