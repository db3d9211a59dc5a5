//! Playback telemetry: checked, put on Valkey's stream, answered. Origin makes sense of it later.

mod events;

use edge::{Answer, Call, Failure, Reply, now_ms, session, valkey};
use http::{Method, StatusCode};
use shared::valkey as names;
use spin_sdk::{http::Request, http_service};

const MAX_BODY_BYTES: usize = 64 << 10;

#[http_service]
async fn handle(request: Request) -> Answer {
    edge::serve("telemetry", request, answer).await
}

async fn answer(call: &mut Call) -> Result<Reply, Failure> {
    if call.path() != "/api/telemetry" {
        return Err(Failure::not_found());
    }
    if call.method != Method::POST {
        return Err(Failure::method("POST"));
    }
    // No same-origin demand: nobody gains by sending a viewer's own measurements in their name.
    let viewer = session::require(call).await?;
    let batch = call.json(MAX_BODY_BYTES).await?;
    let events = events::check(batch)?;
    let (account, device, at) = (
        viewer.sub.to_string(),
        viewer.sid.to_string(),
        now_ms().to_string(),
    );
    let profile = viewer
        .pid
        .map(|profile| profile.to_string())
        .unwrap_or_default();
    let max = names::TELEMETRY_STREAM_MAX.to_string();
    let entry = [
        names::TELEMETRY_STREAM,
        "MAXLEN",
        "~",
        &max,
        "*",
        "account",
        &account,
        "profile",
        &profile,
        "device",
        &device,
        "at",
        &at,
        "agent",
        call.user_agent(),
        "events",
        &events,
    ];
    match valkey::execute("XADD", &entry).await {
        Ok(_) => Ok(Reply::json(
            StatusCode::ACCEPTED,
            &serde_json::json!({ "accepted": true }),
        )),
        Err(valkey::Down) => Err(Failure::unavailable(
            "telemetry_unavailable",
            "Measurements can't be taken right now. Send them again later.",
        )),
    }
}
