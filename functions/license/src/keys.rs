//! Keys of the `KID`s that a token permits, and the key endpoint of native players (`METHOD=SAMPLE-AES`, identity).

use edge::{Failure, Reply, settings};
use http::{StatusCode, header};
use shared::{
    cenc::{self, ContentKey, KeyId},
    token::playback::PlaybackClaims,
};

/// `GET /api/drm/key/{kid}`: 16 plain bytes.
pub(crate) async fn identity(claims: &PlaybackClaims, kid: &str) -> Result<Reply, Failure> {
    let kid: KeyId = kid.parse().map_err(|_| Failure::not_found())?;
    let keys = derive(claims, &[kid]).await?;
    let key = keys
        .first()
        .expect("one key id gives one key")
        .1
        .expose()
        .to_vec();
    Ok(
        Reply::whole(StatusCode::OK, "application/octet-stream", key)
            .with(header::CACHE_CONTROL, "no-store"),
    )
}

/// The key of every `KID`, or a refusal when the token doesn't permit one of them.
pub(crate) async fn derive(
    claims: &PlaybackClaims,
    kids: &[KeyId],
) -> Result<Vec<(KeyId, ContentKey)>, Failure> {
    let permitted = permitted(claims).await?;
    if !kids.iter().all(|kid| permitted.contains(kid)) {
        let sentence = "This viewer's permission doesn't include one of the keys.";
        return Err(Failure::new(
            StatusCode::FORBIDDEN,
            "key_not_permitted",
            sentence,
        ));
    }
    let seeds = settings::content_key_seeds().await?;
    let Some(seed) = seeds.get(claims.ks) else {
        return Err(Failure::internal(&format!(
            "content_key_seeds has no seed {}",
            claims.ks
        )));
    };
    Ok(kids
        .iter()
        .map(|kid| (*kid, cenc::content_key(seed, *kid)))
        .collect())
}

/// The names of every key the token opens.
pub(crate) async fn permitted(claims: &PlaybackClaims) -> Result<Vec<KeyId>, Failure> {
    let kid_seed = settings::kid_seed().await?;
    let permitted = cenc::permitted_kids(&kid_seed, claims.cid, claims.ver, claims.tier);
    Ok(permitted.into_iter().map(|(_, kid)| kid).collect())
}
