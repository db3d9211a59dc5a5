//! Where this profile was in this title. Playback starts without an answer rather than late: then it starts at 0.

use edge::{
    origin,
    valkey::{self, Value},
};
use http::StatusCode;
use serde::Deserialize;
use shared::{
    ids::{ContentId, ProfileId},
    progress::Record,
    valkey as names,
};

const MAX_ANSWER_BYTES: usize = 16 << 10;
/// How long origin's answer about one title stands in for the hot position that isn't there.
const COLD_TTL_S: u64 = 60;
/// The hot position, else what origin said a moment ago.
const READ: &str = "local hot = redis.call('HGET', KEYS[1], ARGV[1]) \
                    if hot then return {'hot', hot} end \
                    local cold = redis.call('GET', KEYS[2]) \
                    if cold then return {'cold', cold} end return {'none'}";

#[derive(Deserialize)]
struct Cold {
    position: f64,
    completed: bool,
}

/// Seconds from the start.
pub(crate) async fn position(profile: ProfileId, content: ContentId) -> f64 {
    let keys = [names::progress(profile), cold_key(profile, content)];
    // Without Valkey nothing says that origin's position is the latest, but it is the best there is.
    let answer = valkey::eval(READ, &keys, &[content.to_string()])
        .await
        .unwrap_or_default();
    match known(&answer) {
        Some(position) => position,
        None => ask_origin(profile, content, &keys[1]).await,
    }
}

fn cold_key(profile: ProfileId, content: ContentId) -> String {
    format!(
        "progress-cold:{{p{}}}:{profile}:{content}",
        names::shard(profile)
    )
}

fn known(answer: &[Value]) -> Option<f64> {
    let [kind, value] = answer else { return None };
    match kind.text()? {
        "hot" => {
            let record: Record = serde_json::from_str(value.text()?).ok()?;
            Some(start(record.p, record.c != 0))
        }
        _ => value.text()?.parse().ok(),
    }
}

/// A title that was watched to its end starts over.
fn start(position: f64, completed: bool) -> f64 {
    if completed { 0.0 } else { position }
}

async fn ask_origin(profile: ProfileId, content: ContentId, cold_key: &str) -> f64 {
    let Ok(whole) = origin::get(
        &format!("/internal/watch/{profile}/{content}"),
        MAX_ANSWER_BYTES,
    )
    .await
    else {
        return 0.0;
    };
    let position = match whole.status {
        StatusCode::OK => serde_json::from_slice(&whole.body)
            .map_or(0.0, |cold: Cold| start(cold.position, cold.completed)),
        StatusCode::NOT_FOUND => 0.0,
        _ => return 0.0,
    };
    // Lost when Valkey is down, which only means that origin is asked again.
    let _kept = valkey::execute(
        "SET",
        &[
            cold_key,
            &position.to_string(),
            "EX",
            &COLD_TTL_S.to_string(),
        ],
    )
    .await;
    position
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Value {
        Value::Text(value.as_bytes().to_vec())
    }

    #[test]
    fn the_hot_position_counts_unless_it_is_past_the_end() {
        let record = |c| {
            text(&format!(
                r#"{{"p":61.5,"d":100,"t":1,"v":"0190a2b4-0000-7000-8000-000000000001","c":{c},"u":1}}"#
            ))
        };
        assert_eq!(known(&[text("hot"), record(0)]), Some(61.5));
        assert_eq!(known(&[text("hot"), record(1)]), Some(0.0));
        assert_eq!(known(&[text("cold"), text("12.5")]), Some(12.5));
        assert_eq!(known(&[text("none")]), None);
        assert_eq!(known(&[]), None);
    }
}
