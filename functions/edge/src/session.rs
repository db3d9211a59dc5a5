//! Who calls: the session token, verified with origin's public keys, its verdict remembered under the token's hash.
//!
//! Keys are fresh for 5 minutes, then used on while they are fetched again in the background, for at most 24 hours. A
//! `kid` that nobody knows causes one fetch, and not another for 10 seconds, whoever asks.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use sha2::{Digest as _, Sha256};
use shared::{
    edge_kv,
    ids::ProfileId,
    token::{
        JwkSet, LEEWAY_S, TokenError,
        session::{self, SessionClaims},
    },
};

use crate::{Call, Failure, cookie, kv, log, now_ms, now_s, origin, settings};

const FRESH_MS: u64 = 5 * 60_000;
const STALE_IF_ERROR_MS: u64 = 24 * 3_600_000;
const REFETCH_PAUSE_MS: u64 = 10_000;
/// After a failed fetch nobody waits for another one for this long.
const FAILURE_PAUSE_MS: u64 = 2_000;
const MAX_KEY_SET_BYTES: usize = 64 << 10;
/// Verdicts one instance remembers: more than it serves requests in its life on Spin.
const MAX_VERDICTS: usize = 512;

type TokenHash = [u8; 32];

thread_local! {
    static VERDICTS: RefCell<HashMap<TokenHash, SessionClaims>> = RefCell::new(HashMap::new());
    static KEYS: RefCell<Option<KeySet>> = const { RefCell::new(None) };
    static REFRESHING: Cell<bool> = const { Cell::new(false) };
    static FAILED_MS: Cell<u64> = const { Cell::new(0) };
}

/// Public keys and when they were fetched.
#[derive(Clone)]
struct KeySet {
    keys: Rc<JwkSet>,
    fetched_ms: u64,
}

/// The caller's session; 401 without a valid one.
pub async fn require(call: &Call) -> Result<SessionClaims, Failure> {
    let token = call
        .bearer()
        .or_else(|| cookie::find(&call.headers, cookie::SESSION));
    let Some(token) = token else {
        return Err(Failure::new(
            StatusCode::UNAUTHORIZED,
            "session_required",
            "Sign in first.",
        ));
    };
    verify(token).await
}

/// The caller's session and the profile chosen in it; 403 without one.
pub async fn require_profile(call: &Call) -> Result<(SessionClaims, ProfileId), Failure> {
    let claims = require(call).await?;
    let profile = claims
        .pid
        .ok_or(shared::entitlement::Refusal::ProfileRequired)?;
    Ok((claims, profile))
}

/// The session in the cookie, if there is a valid one. For requests whose permission is another token.
pub async fn of_cookie(call: &Call) -> Option<SessionClaims> {
    verify(cookie::find(&call.headers, cookie::SESSION)?)
        .await
        .ok()
}

async fn verify(token: &str) -> Result<SessionClaims, Failure> {
    let hash: TokenHash = Sha256::digest(token.as_bytes()).into();
    if let Some(claims) = remembered(&hash) {
        return Ok(claims);
    }
    let known = keys().await?;
    let verdict = match session::verify(token, &known.keys, now_s()) {
        Err(TokenError::KeyUnknown) if now_ms() >= known.fetched_ms + REFETCH_PAUSE_MS => {
            let newer = fetch().await.unwrap_or(known);
            session::verify(token, &newer.keys, now_s())
        }
        verdict => verdict,
    };
    let claims = verdict?;
    remember(hash, &claims);
    Ok(claims)
}

fn remembered(hash: &TokenHash) -> Option<SessionClaims> {
    let claims = VERDICTS.with_borrow(|verdicts| verdicts.get(hash).cloned())?;
    (now_s() < claims.exp + LEEWAY_S).then_some(claims)
}

fn remember(hash: TokenHash, claims: &SessionClaims) {
    VERDICTS.with_borrow_mut(|verdicts| {
        if verdicts.len() >= MAX_VERDICTS {
            let now = now_s();
            verdicts.retain(|_, claims| now < claims.exp);
        }
        if verdicts.len() >= MAX_VERDICTS {
            verdicts.clear();
        }
        verdicts.insert(hash, claims.clone());
    });
}

async fn keys() -> Result<KeySet, Failure> {
    let now = now_ms();
    let mut known = KEYS.with_borrow(Clone::clone);
    if known
        .as_ref()
        .is_none_or(|known| now >= known.fetched_ms + FRESH_MS)
    {
        // Another instance may have fetched them meanwhile.
        if let Some(stored) = stored().await {
            known = Some(stored);
        }
    }
    match known {
        Some(known) if now < known.fetched_ms + FRESH_MS => Ok(known),
        Some(known) if now < known.fetched_ms + FRESH_MS + STALE_IF_ERROR_MS => {
            refresh_in_background();
            Ok(known)
        }
        Some(_) | None => fetch().await,
    }
}

async fn stored() -> Option<KeySet> {
    let entry = kv::get(edge_kv::JWKS).await?;
    let keys = serde_json::from_slice(&entry.payload).ok()?;
    let set = KeySet {
        keys: Rc::new(keys),
        fetched_ms: entry.expires_ms.saturating_sub(FRESH_MS),
    };
    KEYS.set(Some(set.clone()));
    Some(set)
}

async fn fetch() -> Result<KeySet, Failure> {
    if now_ms() < FAILED_MS.get() + FAILURE_PAUSE_MS {
        return Err(Failure::origin_unavailable());
    }
    let fetched = fetch_now().await;
    if fetched.is_err() {
        FAILED_MS.set(now_ms());
    }
    fetched
}

async fn fetch_now() -> Result<KeySet, Failure> {
    let url = format!(
        "{}/.well-known/jwks.json",
        settings::text("origin_url").await?
    );
    let whole = origin::fetch(
        Method::GET,
        &url,
        HeaderMap::new(),
        Bytes::new(),
        MAX_KEY_SET_BYTES,
    )
    .await?;
    let keys: Option<JwkSet> = (whole.status == StatusCode::OK)
        .then(|| serde_json::from_slice(&whole.body).ok())
        .flatten();
    let Some(keys) = keys.filter(|keys| !keys.is_empty()) else {
        log::error("origin's key set can't be used");
        return Err(Failure::origin_unavailable());
    };
    let set = KeySet {
        keys: Rc::new(keys),
        fetched_ms: now_ms(),
    };
    kv::set(edge_kv::JWKS, set.fetched_ms + FRESH_MS, &whole.body).await;
    KEYS.set(Some(set.clone()));
    Ok(set)
}

fn refresh_in_background() {
    if REFRESHING.replace(true) {
        return;
    }
    spin_sdk::wasip3::spawn(async {
        // A failure is logged where it happens; the keys at hand stay in use.
        let _fetched = fetch().await;
        REFRESHING.set(false);
    });
}
