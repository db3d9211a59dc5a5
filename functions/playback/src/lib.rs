//! Starting, renewing and ending playback: who may watch what, in which version, on how many screens at once.
//!
//! Warm, none of it asks origin: the title comes from the key-value store, positions and leases from Valkey.

mod device;
mod leases;
mod qualities;
mod renew;
mod resume;
mod session;
mod stop;
mod token;

use edge::{Answer, Call, Failure, Reply, same_origin};
use http::Method;
use spin_sdk::{http::Request, http_service};

#[http_service]
async fn handle(request: Request) -> Answer {
    edge::serve("playback", request, answer).await
}

async fn answer(call: &mut Call) -> Result<Reply, Failure> {
    let path = call.path().to_owned();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match (&call.method, segments.as_slice()) {
        (&Method::POST, ["api", "stream", "session", "renew"]) => {
            same_origin::require(call).await?;
            renew::renew(call).await
        }
        (&Method::DELETE, ["api", "stream", "session"])
        | (&Method::POST, ["api", "stream", "session", "stop"]) => {
            same_origin::require(call).await?;
            stop::stop(call).await
        }
        (&Method::POST, ["api", "stream", content, "session"]) => {
            let content = content
                .parse()
                .map_err(|_| shared::entitlement::Refusal::TitleNotFound)?;
            same_origin::require(call).await?;
            session::start(call, content).await
        }
        (_, ["api", "stream", "session"]) => Err(Failure::method("DELETE")),
        (_, ["api", "stream", _, "session"] | ["api", "stream", "session", "renew" | "stop"]) => {
            Err(Failure::method("POST"))
        }
        _ => Err(Failure::not_found()),
    }
}
