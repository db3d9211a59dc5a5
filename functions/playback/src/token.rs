//! The playback token on its way to the player: in the body for those who send it as Bearer, and in cookies whose paths
//! are exactly where it is needed, so that native players carry it and media addresses stay the same for everybody.

use edge::{Reply, cookie};
use shared::{
    ids::ContentId,
    token::{
        KeyRing,
        playback::{self, PlaybackClaims},
    },
};

/// A signed token.
pub(crate) struct Signed {
    pub(crate) token: String,
    pub(crate) expires_ms: u64,
    content: ContentId,
    lives_s: u64,
}

/// Signs the claims.
pub(crate) fn sign(claims: &PlaybackClaims, keys: &KeyRing) -> Signed {
    Signed {
        token: playback::sign(claims, keys),
        expires_ms: claims.exp * 1000,
        content: claims.cid,
        lives_s: claims.exp.saturating_sub(claims.iat),
    }
}

impl Signed {
    /// The reply with the token's cookies.
    pub(crate) fn into_cookies(self, reply: Reply, secure: bool) -> Reply {
        set(reply, &self.token, self.content, self.lives_s, secure)
    }
}

/// The reply that takes the cookies back.
pub(crate) fn forget(reply: Reply, content: ContentId, secure: bool) -> Reply {
    set(reply, "", content, 0, secure)
}

fn set(reply: Reply, value: &str, content: ContentId, max_age_s: u64, secure: bool) -> Reply {
    let paths = [
        format!("/api/stream/{content}"),
        format!("/media/{content}"),
        "/api/drm".to_owned(),
        "/api/stream/session".to_owned(),
    ];
    paths.iter().fold(reply, |reply, path| {
        reply.cookie(&cookie::scoped(
            cookie::PLAYBACK,
            value,
            path,
            max_age_s,
            secure,
        ))
    })
}
