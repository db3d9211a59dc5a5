//! The playback token: this device may play this version of this title, up to this tier, for ten minutes at a time.
//! Signed and verified only at the edge.

use serde::{Deserialize, Serialize};

use super::{KeyRing, TokenError, check_window};
use crate::{
    cenc::Tier,
    ids::{AccountId, AssetVersion, ContentId, LeaseId, ProfileId, SessionId},
};

/// How long a playback token lives; the player renews it before.
pub const LIFETIME_S: u64 = 600;
/// How long it can be renewed: the session's outer limit.
pub const OUTER_LIFETIME_S: u64 = 86_400;

const ISSUER: &str = "marquee";
const AUDIENCE: &str = "playback";

/// What a playback token says; `iss` and `aud` are added and checked, not carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaybackClaims {
    /// The account.
    pub acc: AccountId,
    /// The profile that watches.
    pub pid: ProfileId,
    /// The device: the login session.
    pub did: SessionId,
    /// The title.
    pub cid: ContentId,
    /// The version of its asset.
    pub ver: AssetVersion,
    /// The number of the content key seed that this version is encrypted with.
    pub ks: u32,
    /// The highest key tier permitted.
    pub tier: Tier,
    /// The stream lease.
    pub lid: LeaseId,
    /// Issued at, seconds since 1970.
    pub iat: u64,
    /// Not valid before.
    pub nbf: u64,
    /// Expires at.
    pub exp: u64,
    /// Can't be renewed past this: the first `iat` plus [`OUTER_LIFETIME_S`].
    pub max: u64,
}

impl PlaybackClaims {
    /// The same permission for another [`LIFETIME_S`], at most until `max`. Refused once `max` is reached.
    pub fn renewed(&self, now_s: u64) -> Result<Self, TokenError> {
        if now_s >= self.max {
            return Err(TokenError::Expired);
        }
        Ok(Self {
            iat: now_s,
            nbf: now_s,
            exp: (now_s + LIFETIME_S).min(self.max),
            ..self.clone()
        })
    }
}

/// Signs a playback token (HS256, the ring's first key).
pub fn sign(claims: &PlaybackClaims, keys: &KeyRing) -> String {
    keys.seal(Some(ISSUER), AUDIENCE, claims)
}

/// Verifies a playback token. [`check`] must follow, with what the request is about.
pub fn verify(token: &str, keys: &KeyRing, now_s: u64) -> Result<PlaybackClaims, TokenError> {
    let claims: PlaybackClaims = keys.open(token)?.claims(&[ISSUER], AUDIENCE)?;
    check_window(claims.iat, claims.nbf, claims.exp, now_s)?;
    if claims.exp > claims.max {
        return Err(TokenError::Malformed);
    }
    Ok(claims)
}

/// Holds verified claims against the title, and the version where the request names one.
pub fn check(
    claims: &PlaybackClaims,
    cid: ContentId,
    ver: Option<AssetVersion>,
) -> Result<(), TokenError> {
    if claims.cid != cid {
        return Err(TokenError::WrongContent);
    }
    if ver.is_some_and(|ver| claims.ver != ver) {
        return Err(TokenError::WrongVersion);
    }
    Ok(())
}
