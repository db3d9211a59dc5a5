//! Saving positions: Valkey first, origin for what Valkey didn't take.

use edge::{
    Call, Failure, Reply, now_ms, origin, titles,
    valkey::{self, Down, Value},
};
use futures::future::join_all;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::{
    ids::{ContentId, ProfileId, SessionId},
    progress::{self, MAX_BATCH, Position},
};

use crate::{
    unavailable,
    update::{Invalid, Update},
};

const MAX_ONE_BYTES: usize = 4 << 10;
const MAX_BATCH_BYTES: usize = 64 << 10;
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// Whose positions, written where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer {
    pub(crate) profile: ProfileId,
    pub(crate) device: SessionId,
}

/// A checked write on its way.
#[derive(Clone, Copy, Debug)]
struct Write {
    content: ContentId,
    position: Position,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Saved {
    success: bool,
    was_updated: bool,
    server_timestamp: i64,
}

#[derive(Deserialize)]
struct Batch {
    updates: Vec<serde_json::Value>,
}

#[derive(Serialize)]
struct BatchAnswer {
    results: Vec<Outcome>,
}

/// What became of one item.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    content_id: serde_json::Value,
    success: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    was_updated: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

/// `POST /api/watch/progress`
pub(crate) async fn one(call: &mut Call, writer: Writer) -> Result<Reply, Failure> {
    let value: serde_json::Value = call.json(MAX_ONE_BYTES).await?;
    let now = server_ms();
    let write = check(&Update::read(&value)?, writer, now).await?;
    let was_updated = match to_valkey(writer, &write, now).await {
        Ok(won) => won,
        Err(Down) => one_to_origin(writer, write).await?,
    };
    Ok(Reply::json(
        StatusCode::OK,
        &Saved {
            success: true,
            was_updated,
            server_timestamp: now,
        },
    ))
}

async fn one_to_origin(writer: Writer, write: Write) -> Result<bool, Failure> {
    let outcome = to_origin(writer, &[write])
        .await?
        .into_iter()
        .next()
        .ok_or_else(unavailable)?;
    if !outcome.success {
        let sentence = "This position can't be saved.";
        return Err(Failure::invalid(
            outcome.error.unwrap_or_else(|| sentence.to_owned()),
        ));
    }
    Ok(outcome.was_updated.unwrap_or(false))
}

/// `POST /api/watch/progress/batch`: each item stands for itself.
pub(crate) async fn batch(call: &mut Call, writer: Writer) -> Result<Reply, Failure> {
    let Batch { updates } = call.json(MAX_BATCH_BYTES).await?;
    if updates.len() > MAX_BATCH {
        let problem = format!("There are {} updates.", updates.len());
        return Err(Failure::invalid("A batch holds at most 50 updates.").field(
            "updates",
            problem,
            "Send them in parts.",
        ));
    }
    let now = server_ms();
    let results = join_all(updates.iter().map(|value| item(value, writer, now))).await;
    let results = with_origin(writer, results).await?;
    Ok(Reply::json(StatusCode::OK, &BatchAnswer { results }))
}

/// An item is done, or Valkey is down and origin must take it.
enum Item {
    Done(Outcome),
    Waiting(Write),
}

async fn item(value: &serde_json::Value, writer: Writer, now: i64) -> Item {
    let content_id = value.get("contentId").cloned().unwrap_or_default();
    let write = match Update::read(value) {
        Ok(update) => check(&update, writer, now).await,
        Err(invalid) => Err(invalid),
    };
    match write {
        Err(invalid) => Item::Done(Outcome {
            content_id,
            success: false,
            was_updated: None,
            error: Some(invalid.sentence().to_owned()),
            code: Some("invalid_request".to_owned()),
        }),
        Ok(write) => match to_valkey(writer, &write, now).await {
            Ok(won) => Item::Done(Outcome {
                content_id,
                success: true,
                was_updated: Some(won),
                error: None,
                code: None,
            }),
            Err(Down) => Item::Waiting(write),
        },
    }
}

/// Sends what waits to origin in one call and puts the answers where the items were.
async fn with_origin(writer: Writer, items: Vec<Item>) -> Result<Vec<Outcome>, Failure> {
    let waiting: Vec<Write> = items
        .iter()
        .filter_map(|item| match item {
            Item::Waiting(write) => Some(*write),
            Item::Done(_) => None,
        })
        .collect();
    let mut answers = if waiting.is_empty() {
        Vec::new()
    } else {
        to_origin(writer, &waiting).await?
    }
    .into_iter();
    items
        .into_iter()
        .map(|item| match item {
            Item::Done(outcome) => Ok(outcome),
            Item::Waiting(_) => answers.next().ok_or_else(unavailable),
        })
        .collect()
}

async fn check(update: &Update, writer: Writer, now: i64) -> Result<Write, Invalid> {
    // Only what the edge has seen: a position must not wait for origin.
    let credits = titles::last_seen(update.content)
        .await
        .and_then(|title| title.credits_start_ms);
    let credits_start_s = credits.map(|ms| ms as f64 / 1000.0);
    Ok(Write {
        content: update.content,
        position: update.judge(writer.device, credits_start_s, now)?,
    })
}

async fn to_valkey(writer: Writer, write: &Write, now: i64) -> Result<bool, Down> {
    let keys = progress::keys(writer.profile);
    let arguments = progress::arguments(writer.profile, write.content, &write.position, now);
    let answer = valkey::eval(progress::LUA, &keys, &arguments).await?;
    Ok(answer.first().and_then(Value::int) == Some(1))
}

async fn to_origin(writer: Writer, writes: &[Write]) -> Result<Vec<Outcome>, Failure> {
    #[derive(Deserialize)]
    struct Results {
        results: Vec<Outcome>,
    }
    let updates: Vec<_> = writes
        .iter()
        .map(|Write { content, position }| {
            serde_json::json!({
                "contentId": content,
                "position": position.position,
                "duration": position.duration,
                "clientTimestamp": position.client_timestamp,
                "device": position.device,
                "completed": position.completed,
            })
        })
        .collect();
    let body = serde_json::to_vec(&serde_json::json!({ "updates": updates }))
        .expect("JSON values can be written");
    let path = format!("/internal/watch/{}", writer.profile);
    let whole = origin::post(&path, body.into(), MAX_ANSWER_BYTES)
        .await
        .map_err(|_| unavailable())?;
    if whole.status != StatusCode::OK {
        edge::log::warn(&format!("origin answered positions with {}", whole.status));
        return Err(unavailable());
    }
    let results: Results = serde_json::from_slice(&whole.body).map_err(|_| unavailable())?;
    Ok(results.results)
}

fn server_ms() -> i64 {
    i64::try_from(now_ms()).expect("the clock is before the year 292 million")
}
