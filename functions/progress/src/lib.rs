//! Positions: written to Valkey with the one merge of `shared`, to origin while Valkey is down, and read back so that a
//! viewer always sees their own write.

mod continuing;
mod overlay;
mod position;
mod update;
mod write;

use edge::{Answer, Call, Failure, Reply, same_origin, session};
use http::Method;
use spin_sdk::{http::Request, http_service};

#[http_service]
async fn handle(request: Request) -> Answer {
    edge::serve("progress", request, answer).await
}

async fn answer(call: &mut Call) -> Result<Reply, Failure> {
    let path = call.path().to_owned();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match (&call.method, segments.as_slice()) {
        (&Method::POST, ["api", "watch", "progress"]) => {
            let writer = writer(call).await?;
            write::one(call, writer).await
        }
        (&Method::POST, ["api", "watch", "progress", "batch"]) => {
            let writer = writer(call).await?;
            write::batch(call, writer).await
        }
        (&Method::GET | &Method::HEAD, ["api", "watch", "continue"]) => {
            let (viewer, profile) = session::require_profile(call).await?;
            continuing::list(&viewer, profile).await
        }
        (&Method::GET | &Method::HEAD, ["api", "watch", "progress", content]) => {
            let (_, profile) = session::require_profile(call).await?;
            let content = content.parse().map_err(|_| position::not_found())?;
            position::find(profile, content).await
        }
        (_, ["api", "watch", "progress"] | ["api", "watch", "progress", "batch"]) => {
            Err(Failure::method("POST"))
        }
        (_, ["api", "watch", "continue"] | ["api", "watch", "progress", _]) => {
            Err(Failure::method("GET, HEAD"))
        }
        _ => Err(Failure::not_found()),
    }
}

/// Who writes: a profile on a device, from our own pages.
async fn writer(call: &Call) -> Result<write::Writer, Failure> {
    same_origin::require(call).await?;
    let (viewer, profile) = session::require_profile(call).await?;
    Ok(write::Writer {
        profile,
        device: viewer.sid,
    })
}

/// Neither Valkey nor origin took or gave positions. The player keeps its outbox and tries again.
fn unavailable() -> Failure {
    Failure::unavailable(
        "progress_unavailable",
        "Positions can't be saved or read right now. Try again in a moment.",
    )
}
