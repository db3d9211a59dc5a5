//! The session token: who is logged in, with which profile. Origin signs it, everybody verifies it with public keys.

use ed25519_dalek::{Signature, Signer, SigningKey};
use serde::{Deserialize, Serialize};

use super::{
    JwkSet, Role, TokenError, check_window,
    jws::{self, Algorithm},
};
use crate::ids::{AccountId, ProfileId, SessionId};

/// How long a session token lives.
pub const LIFETIME_S: u64 = 900;

const ISSUER: &str = "marquee";
const AUDIENCE: &str = "edge";

/// What a session token says; `iss` and `aud` are added and checked, not carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClaims {
    /// The account.
    pub sub: AccountId,
    /// The login session, which is also the device.
    pub sid: SessionId,
    /// The selected profile, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<ProfileId>,
    /// Viewer or administrator.
    pub role: Role,
    /// The profile's maturity limit, 0 to 18.
    pub maturity: u8,
    /// Whether it is a kids profile.
    pub kids: bool,
    /// Issued at, seconds since 1970.
    pub iat: u64,
    /// Not valid before.
    pub nbf: u64,
    /// Expires at.
    pub exp: u64,
}

/// Signs a session token (EdDSA).
pub fn sign(claims: &SessionClaims, kid: &str, key: &SigningKey) -> String {
    jws::seal(
        Algorithm::EdDsa,
        kid,
        Some(ISSUER),
        AUDIENCE,
        claims,
        |input| key.sign(input).to_bytes().to_vec(),
    )
}

/// Verifies a session token. Costs about 0.1 ms in wasm: remember the verdict until `exp`.
pub fn verify(token: &str, keys: &JwkSet, now_s: u64) -> Result<SessionClaims, TokenError> {
    let opened = jws::open(token, Algorithm::EdDsa)?;
    let key = keys.find(&opened.kid).ok_or(TokenError::KeyUnknown)?;
    let signature = Signature::from_slice(&opened.signature).map_err(|_| TokenError::Signature)?;
    // Strict: no weak keys and no malleable signatures, so a token has one spelling.
    key.verify_strict(opened.signing_input.as_bytes(), &signature)
        .map_err(|_| TokenError::Signature)?;
    let claims: SessionClaims = opened.claims(&[ISSUER], AUDIENCE)?;
    check_window(claims.iat, claims.nbf, claims.exp, now_s)?;
    Ok(claims)
}
