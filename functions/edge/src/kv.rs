//! The key-value store `default`: a cache whose entries carry their own expiry, because the store has none.
//!
//! Whatever it holds can be fetched again, so a store that fails is a miss and a log line, never a failed request.

use std::{cell::RefCell, rc::Rc, time::Duration};

use spin_sdk::key_value::Store;

use crate::{log, within};

const DEADLINE: Duration = Duration::from_millis(800);
/// Expiry of what never changes.
pub const IMMUTABLE: u64 = u64::MAX;

thread_local! {
    static STORE: RefCell<Option<Rc<Store>>> = const { RefCell::new(None) };
}

/// An entry, however old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Fresh until then, ms since 1970.
    pub expires_ms: u64,
    /// What was stored.
    pub payload: Vec<u8>,
}

impl Entry {
    /// Whether it may be used without asking anybody.
    pub fn is_fresh(&self, now_ms: u64) -> bool {
        now_ms < self.expires_ms
    }

    /// Whether it expired no longer than `window_ms` ago.
    pub fn is_usable(&self, now_ms: u64, window_ms: u64) -> bool {
        now_ms < self.expires_ms.saturating_add(window_ms)
    }

    fn decode(mut bytes: Vec<u8>) -> Option<Self> {
        let expires_ms = u64::from_be_bytes(*bytes.first_chunk()?);
        bytes.drain(..8);
        Some(Self {
            expires_ms,
            payload: bytes,
        })
    }

    fn encode(expires_ms: u64, payload: &[u8]) -> Vec<u8> {
        [&expires_ms.to_be_bytes(), payload].concat()
    }
}

/// The entry of that key.
pub async fn get(key: &str) -> Option<Entry> {
    let read = async {
        let store = store().await?;
        store.get(key).await.map_err(|error| error.to_string())
    };
    match within(DEADLINE, read).await {
        Some(Ok(found)) => found.and_then(Entry::decode),
        Some(Err(message)) => failed("get", &message),
        None => failed("get", "deadline"),
    }
}

/// Stores an entry.
pub async fn set(key: &str, expires_ms: u64, payload: &[u8]) {
    let value = Entry::encode(expires_ms, payload);
    let write = async {
        let store = store().await?;
        store
            .set(key, value)
            .await
            .map_err(|error| error.to_string())
    };
    match within(DEADLINE, write).await {
        Some(Ok(())) => {}
        Some(Err(message)) => failed("set", &message).unwrap_or(()),
        None => failed("set", "deadline").unwrap_or(()),
    }
}

/// Removes an entry.
pub async fn delete(key: &str) {
    let remove = async {
        let store = store().await?;
        store.delete(key).await.map_err(|error| error.to_string())
    };
    match within(DEADLINE, remove).await {
        Some(Ok(())) => {}
        Some(Err(message)) => failed("delete", &message).unwrap_or(()),
        None => failed("delete", "deadline").unwrap_or(()),
    }
}

async fn store() -> Result<Rc<Store>, String> {
    if let Some(store) = STORE.with_borrow(Clone::clone) {
        return Ok(store);
    }
    let store = Rc::new(
        Store::open_default()
            .await
            .map_err(|error| error.to_string())?,
    );
    STORE.set(Some(Rc::clone(&store)));
    Ok(store)
}

/// A handle that failed once is not kept.
fn failed<T>(what: &str, message: &str) -> Option<T> {
    STORE.set(None);
    log::warn(&format!("key-value {what}: {message}"));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_carries_its_expiry_in_its_first_eight_bytes() {
        let entry = Entry::decode(Entry::encode(1_000, b"body")).unwrap();
        assert_eq!(
            entry,
            Entry {
                expires_ms: 1_000,
                payload: b"body".to_vec()
            }
        );
        assert_eq!(Entry::decode(b"short".to_vec()), None);
        assert!(entry.is_fresh(999) && !entry.is_fresh(1_000));
        assert!(entry.is_usable(1_099, 100) && !entry.is_usable(1_100, 100));
        assert!(
            Entry {
                expires_ms: IMMUTABLE,
                payload: Vec::new()
            }
            .is_usable(u64::MAX - 1, 5)
        );
    }
}
