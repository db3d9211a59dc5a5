//! The service token: one of our own programs calls origin. A network address proves nothing; this does.

use serde::{Deserialize, Serialize};

use super::{KeyRing, TokenError, check_window};

/// How long a service token lives at most; a verifier refuses a longer one.
pub const LIFETIME_S: u64 = 60;

const AUDIENCE: &str = "origin";
/// [`Issuer`], as tokens spell it.
const ISSUERS: [&str; 4] = ["edge", "worker", "stack", "origin"];

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Issuer {
    /// An edge function.
    Edge,
    /// A transcode worker.
    Worker,
    /// The local stack's set-up.
    Stack,
    /// Origin's own subcommands.
    Origin,
}

/// What a service token says; `aud` is added and checked, not carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceClaims {
    /// Who calls.
    pub iss: Issuer,
    /// Issued at, seconds since 1970.
    pub iat: u64,
    /// Expires at.
    pub exp: u64,
}

impl ServiceClaims {
    /// Claims that live for [`LIFETIME_S`] from now.
    pub const fn new(iss: Issuer, now_s: u64) -> Self {
        Self {
            iss,
            iat: now_s,
            exp: now_s + LIFETIME_S,
        }
    }
}

/// Signs a service token (HS256, the ring's first key).
pub fn sign(claims: &ServiceClaims, keys: &KeyRing) -> String {
    keys.seal(None, AUDIENCE, claims)
}

/// Verifies a service token. An issuer that is not in [`Issuer`] is a foreign one.
pub fn verify(token: &str, keys: &KeyRing, now_s: u64) -> Result<ServiceClaims, TokenError> {
    let opened = keys.open(token)?;
    let claims: ServiceClaims = opened.claims(&ISSUERS, AUDIENCE)?;
    check_window(claims.iat, claims.iat, claims.exp, now_s)?;
    if claims.exp - claims.iat > LIFETIME_S {
        return Err(TokenError::Malformed);
    }
    Ok(claims)
}
