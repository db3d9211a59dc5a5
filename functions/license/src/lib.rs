//! Licences: content keys for those whose playback token permits them, derived on the spot and stored nowhere.

mod clear_key;
mod keys;
mod proxy;

use edge::{Answer, Call, Failure, Reply, permit, revocation};
use http::Method;
use shared::token::playback::PlaybackClaims;
use spin_sdk::{http::Request, http_service};

#[http_service]
async fn handle(request: Request) -> Answer {
    edge::serve("license", request, answer).await
}

async fn answer(call: &mut Call) -> Result<Reply, Failure> {
    let segments: Vec<String> = call.segments().into_iter().map(str::to_owned).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["api", "drm", "license"] => {
            require_method(call, &Method::POST, "POST")?;
            let claims = permitted(call).await?;
            clear_key::license(call, &claims).await
        }
        ["api", "drm", "key", kid] => {
            require_method(call, &Method::GET, "GET")?;
            let claims = permitted(call).await?;
            keys::identity(&claims, kid).await
        }
        [
            "api",
            "drm",
            system @ ("widevine" | "playready" | "fairplay"),
        ] => {
            require_method(call, &Method::POST, "POST")?;
            let claims = permitted(call).await?;
            proxy::forward(call, &claims, system).await
        }
        _ => Err(Failure::not_found()),
    }
}

fn require_method(call: &Call, method: &Method, allow: &'static str) -> Result<(), Failure> {
    if call.method == *method {
        Ok(())
    } else {
        Err(Failure::method(allow))
    }
}

/// The playback token, of a viewer who was not signed out since it was made.
async fn permitted(call: &Call) -> Result<PlaybackClaims, Failure> {
    let claims = permit::require_any(call).await?;
    revocation::require_none(&(&claims).into()).await?;
    Ok(claims)
}
