//! `POST /api/stream/session/renew`: another ten minutes, and the heartbeat that keeps the lease.

use edge::{Call, Failure, Reply, date, now_ms, now_s, permit, settings, titles};
use http::StatusCode;
use serde::Serialize;

use crate::{
    device,
    leases::{self, Info},
    token,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Renewal<'a> {
    playback_token: &'a str,
    expires_at: String,
}

/// Renews. A lease that lapsed meanwhile (a closed laptop) is taken anew, when there is a place.
pub(crate) async fn renew(call: &Call) -> Result<Reply, Failure> {
    let claims = permit::require_any(call).await?;
    let renewed = claims.renewed(now_s())?;
    let title = titles::last_seen(claims.cid)
        .await
        .map(|title| title.title)
        .unwrap_or_default();
    let info = Info {
        device: device::name(call.user_agent()),
        device_id: claims.did,
        content_id: claims.cid,
        title,
        since: now_ms(),
    };
    leases::acquire(&(&claims).into(), claims.lid, &info).await?;
    let signed = token::sign(&renewed, &*settings::playback_keys().await?);
    let body = Renewal {
        playback_token: &signed.token,
        expires_at: date::rfc3339(signed.expires_ms),
    };
    let reply = Reply::json(StatusCode::OK, &body);
    Ok(signed.into_cookies(reply, settings::is_https().await?))
}
