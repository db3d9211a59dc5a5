//! The playback token: who may watch which title, carried as Bearer or as a path-scoped cookie.

use shared::{
    ids::{AssetVersion, ContentId},
    token::{
        TokenError,
        playback::{self, PlaybackClaims},
    },
};

use crate::{Call, Failure, cookie, now_s, session, settings};

/// The verified playback token of a request, held against the title it is about.
pub async fn require(
    call: &Call,
    content: ContentId,
    version: Option<AssetVersion>,
) -> Result<PlaybackClaims, Failure> {
    let claims = require_any(call).await?;
    playback::check(&claims, content, version)?;
    Ok(claims)
}

/// The verified playback token of a request that names no title, such as a licence request. A viewer who has changed the
/// profile since doesn't keep the earlier profile's permission.
pub async fn require_any(call: &Call) -> Result<PlaybackClaims, Failure> {
    let claims = verify(call).await?;
    let session = session::of_cookie(call).await;
    if session.is_some_and(|session| session.pid != Some(claims.pid)) {
        return Err(TokenError::WrongProfile.into());
    }
    Ok(claims)
}

async fn verify(call: &Call) -> Result<PlaybackClaims, Failure> {
    let token = call
        .bearer()
        .or_else(|| cookie::find(&call.headers, cookie::PLAYBACK))
        .unwrap_or_default();
    Ok(playback::verify(
        token,
        &*settings::playback_keys().await?,
        now_s(),
    )?)
}
