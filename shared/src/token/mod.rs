//! The three tokens: session (signed by origin, verified everywhere), playback (edge only) and service (edge → origin).
//!
//! Every verifier refuses a wrong `alg`, an unknown `kid`, a token that is expired or not valid yet, and a foreign
//! issuer or audience. Nothing in a token is trusted before its signature is.

mod jwk;
mod jws;
mod key_ring;
pub mod playback;
pub mod service;
pub mod session;

pub use ed25519_dalek::{SigningKey, VerifyingKey};
pub use jwk::JwkSet;
pub use key_ring::{InvalidKeyRing, KeyRing};
use serde::{Deserialize, Serialize};

/// Clocks may differ by this much in either direction.
pub const LEEWAY_S: u64 = 30;
/// No token of ours comes near this; whatever is longer is not looked at.
pub const MAX_TOKEN_BYTES: usize = 4096;

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
pub enum Role {
    /// Watch.
    Viewer,
    /// Watch, ingest, edit, publish.
    Admin,
}

/// Why a token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TokenError {
    /// There is none.
    #[error("no token was sent")]
    Missing,
    /// Not a compact JWS of ours, or oversized, or with claims that contradict each other.
    #[error("the token is malformed")]
    Malformed,
    /// Signed with another algorithm than this kind of token uses.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// Signed with a key that is not in the set (any more).
    #[error("the token's key is unknown")]
    KeyUnknown,
    /// The signature doesn't verify.
    #[error("the token's signature is wrong")]
    Signature,
    /// Too old.
    #[error("the token has expired")]
    Expired,
    /// From the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// From another issuer or for another audience.
    #[error("the token is for somebody else")]
    Audience,
    /// A playback token for another title.
    #[error("the token is for another title")]
    WrongContent,
    /// A playback token for another version of the title.
    #[error("the token is for another version of this title")]
    WrongVersion,
    /// A token of another profile.
    #[error("the token belongs to another profile")]
    WrongProfile,
}

impl TokenError {
    /// The code of the error response.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::Malformed => "token_malformed",
            Self::Algorithm => "token_algorithm",
            Self::KeyUnknown => "token_key_unknown",
            Self::Signature => "token_signature",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::Audience => "token_audience",
            Self::WrongContent => "token_wrong_content",
            Self::WrongVersion => "token_wrong_version",
            Self::WrongProfile => "wrong_profile",
        }
    }

    /// The HTTP status of the error response.
    pub const fn status(self) -> u16 {
        match self {
            Self::WrongContent | Self::WrongVersion | Self::WrongProfile => 403,
            Self::Missing
            | Self::Malformed
            | Self::Algorithm
            | Self::KeyUnknown
            | Self::Signature
            | Self::Expired
            | Self::NotYetValid
            | Self::Audience => 401,
        }
    }
}

/// The token's time window against the clock, with the leeway.
fn check_window(iat: u64, nbf: u64, exp: u64, now_s: u64) -> Result<(), TokenError> {
    if exp <= nbf.max(iat) {
        return Err(TokenError::Malformed);
    }
    if now_s.saturating_add(LEEWAY_S) < nbf.max(iat) {
        return Err(TokenError::NotYetValid);
    }
    if now_s >= exp.saturating_add(LEEWAY_S) {
        return Err(TokenError::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
