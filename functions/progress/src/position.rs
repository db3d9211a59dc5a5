//! `GET /api/watch/progress/{contentId}`: where this profile is in one title.

use edge::{
    Failure, Reply, origin,
    valkey::{self, Value},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::{
    ids::{ContentId, ProfileId},
    progress::Record,
    valkey as names,
};

use crate::unavailable;

const MAX_ANSWER_BYTES: usize = 16 << 10;

#[derive(Serialize, Deserialize)]
struct WatchPosition {
    position: f64,
    duration: f64,
    completed: bool,
}

/// The hot position, else origin's.
pub(crate) async fn find(profile: ProfileId, content: ContentId) -> Result<Reply, Failure> {
    let hot = valkey::execute("HGET", &[&names::progress(profile), &content.to_string()])
        .await
        .unwrap_or_default();
    let position = match hot
        .first()
        .and_then(Value::text)
        .and_then(|json| serde_json::from_str::<Record>(json).ok())
    {
        Some(record) => WatchPosition {
            position: record.p,
            duration: record.d,
            completed: record.c != 0,
        },
        None => cold(profile, content).await?,
    };
    Ok(Reply::json(StatusCode::OK, &position))
}

async fn cold(profile: ProfileId, content: ContentId) -> Result<WatchPosition, Failure> {
    let path = format!("/internal/watch/{profile}/{content}");
    let whole = origin::get(&path, MAX_ANSWER_BYTES)
        .await
        .map_err(|_| unavailable())?;
    match whole.status {
        StatusCode::OK => serde_json::from_slice(&whole.body).map_err(|error| {
            Failure::internal(&format!("origin's position in {content}: {error}"))
        }),
        StatusCode::NOT_FOUND => Err(not_found()),
        _ => Err(unavailable()),
    }
}

/// This profile never watched it.
pub(crate) fn not_found() -> Failure {
    Failure::new(
        StatusCode::NOT_FOUND,
        "progress_not_found",
        "This profile has no position in this title.",
    )
}
