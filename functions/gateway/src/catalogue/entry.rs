//! One kept answer: whose it is, as of when, and what it says. Pure.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use shared::{
    entitlement::Viewer,
    token::{Role, session::SessionClaims},
};

const STALE_IF_ERROR_MS: u64 = 24 * 3_600_000;
/// How many answers the store may hold.
const SLOTS: u32 = 16_384;

/// What two requests must have in common to get the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity(String);

impl Identity {
    /// Role and maturity limit decide what is visible; the order of parameters doesn't.
    pub(super) fn of(viewer: &SessionClaims, path: &str, query: &str) -> Self {
        let role = match viewer.role {
            Role::Viewer => "viewer",
            Role::Admin => "admin",
        };
        let mut parameters: Vec<&str> = query
            .split('&')
            .filter(|parameter| !parameter.is_empty())
            .collect();
        parameters.sort_unstable();
        let limit = Viewer::from(viewer).maturity_limit();
        Self(format!("{role} {limit} {path}?{}", parameters.join("&")))
    }

    /// The key of its slot.
    pub(super) fn slot(&self) -> String {
        let hash = Sha256::digest(self.0.as_bytes());
        let number = u32::from_be_bytes(*hash.first_chunk().expect("SHA-256 gives 32 bytes"));
        format!("catalogue:{}", number % SLOTS)
    }
}

/// A kept answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) identity: Identity,
    /// The catalogue's revision when it was fetched; `None` while Valkey was down.
    pub(super) rev: Option<u64>,
    /// The body's entity tag, kept because its hash costs more than the rest of an answer.
    pub(super) etag: String,
    pub(super) body: Bytes,
}

#[derive(Serialize, Deserialize)]
struct Head {
    identity: Identity,
    rev: Option<u64>,
    etag: String,
}

/// What an entry is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Answer with it.
    Fresh,
    /// Answer with it and fetch anew.
    Stale,
    /// Only when origin doesn't answer.
    OnlyIfError,
    /// Nothing.
    Unusable,
}

impl Entry {
    /// One line of JSON, then the body.
    pub(super) fn encode(&self) -> Vec<u8> {
        let head = Head {
            identity: self.identity.clone(),
            rev: self.rev,
            etag: self.etag.clone(),
        };
        let mut bytes = serde_json::to_vec(&head).expect("a head is a plain struct");
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        bytes
    }

    pub(super) fn decode(bytes: Vec<u8>) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let Head {
            identity,
            rev,
            etag,
        } = serde_json::from_slice(&bytes[..end]).ok()?;
        Some(Self {
            identity,
            rev,
            etag,
            body: Bytes::from(bytes).slice(end + 1..),
        })
    }

    /// How it stands at a moment; `rev` is `None` while Valkey is down, and then only its age counts.
    pub(super) fn freshness(&self, expires_ms: u64, rev: Option<u64>, now_ms: u64) -> Freshness {
        let outdated = rev.is_some() && rev != self.rev;
        if now_ms >= expires_ms.saturating_add(STALE_IF_ERROR_MS) {
            Freshness::Unusable
        } else if outdated {
            Freshness::OnlyIfError
        } else if now_ms < expires_ms {
            Freshness::Fresh
        } else {
            Freshness::Stale
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewer(role: &str, maturity: u8, kids: bool) -> SessionClaims {
        let id = "0190a2b4-0000-7000-8000-000000000001";
        serde_json::from_value(
            serde_json::json!({"sub": id, "sid": id, "pid": id, "role": role, "maturity": maturity,
            "kids": kids, "iat": 0, "nbf": 0, "exp": 1}),
        )
        .unwrap()
    }

    #[test]
    fn viewers_share_an_answer_when_they_may_see_the_same() {
        let path = "/api/content";
        let base = Identity::of(&viewer("viewer", 16, false), path, "page=1&type=movie");
        assert_eq!(
            base,
            Identity::of(&viewer("viewer", 16, false), path, "type=movie&&page=1")
        );
        assert_ne!(
            base,
            Identity::of(&viewer("viewer", 18, false), path, "page=1&type=movie")
        );
        assert_ne!(
            base,
            Identity::of(&viewer("admin", 16, false), path, "page=1&type=movie")
        );
        assert_ne!(
            base,
            Identity::of(&viewer("viewer", 16, true), path, "page=1&type=movie")
        );
        assert_ne!(
            base,
            Identity::of(&viewer("viewer", 16, false), path, "page=2&type=movie")
        );
        assert_eq!(
            Identity::of(&viewer("viewer", 18, true), path, ""),
            Identity::of(&viewer("viewer", 12, false), path, "")
        );
    }

    #[test]
    fn an_entry_survives_the_store() {
        let entry = Entry {
            identity: Identity("a\nb".to_owned()),
            rev: Some(3),
            etag: "\"e\"".to_owned(),
            body: Bytes::from_static(b"{}\n{}"),
        };
        assert_eq!(Entry::decode(entry.encode()), Some(entry));
        assert_eq!(Entry::decode(b"{}".to_vec()), None);
    }

    #[test]
    fn age_and_revision_decide_what_an_entry_is_good_for() {
        let entry = Entry {
            identity: Identity(String::new()),
            rev: Some(3),
            etag: "\"e\"".to_owned(),
            body: Bytes::new(),
        };
        let check = |rev, now, expect| {
            assert_eq!(entry.freshness(1_000, rev, now), expect, "{rev:?} {now}");
        };
        check(Some(3), 999, Freshness::Fresh);
        check(Some(3), 1_000, Freshness::Stale);
        check(Some(4), 999, Freshness::OnlyIfError);
        check(None, 999, Freshness::Fresh);
        check(None, 1_000, Freshness::Stale);
        check(Some(3), 1_000 + STALE_IF_ERROR_MS, Freshness::Unusable);
    }
}
