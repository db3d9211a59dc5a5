//! One position as a client sends it, read field by field, so that a refusal names the field.

use edge::Failure;
use serde_json::Value;
use shared::{
    ids::{ContentId, SessionId},
    progress::{InvalidPosition, Position},
};

/// A client's write, its numbers not judged yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Update {
    pub(crate) content: ContentId,
    position: f64,
    duration: f64,
    client_timestamp: i64,
}

/// What is wrong with a write: a field and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    field: &'static str,
    problem: String,
}

impl Invalid {
    fn new(field: &'static str, problem: &str) -> Self {
        Self {
            field,
            problem: problem.to_owned(),
        }
    }

    /// In one sentence, for an item of a batch.
    pub(crate) fn sentence(&self) -> &str {
        &self.problem
    }
}

impl From<InvalidPosition> for Invalid {
    fn from(error: InvalidPosition) -> Self {
        Self::new(error.field(), &error.to_string())
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Self::invalid("This position can't be saved.").field(
            invalid.field,
            invalid.problem,
            "Send contentId, position, duration and clientTimestamp as the API description shows them.",
        )
    }
}

impl Update {
    /// Reads the members.
    pub(crate) fn read(value: &Value) -> Result<Self, Invalid> {
        let content = value
            .get("contentId")
            .and_then(Value::as_str)
            .and_then(|id| id.parse().ok());
        Ok(Self {
            content: content
                .ok_or_else(|| Invalid::new("contentId", "contentId must be a title's id"))?,
            position: number(value, "position").ok_or(InvalidPosition::Position)?,
            duration: number(value, "duration").ok_or(InvalidPosition::Duration)?,
            client_timestamp: timestamp(value).ok_or(InvalidPosition::Timestamp)?,
        })
    }

    /// Judged, clamped, and marked as watched where it is.
    pub(crate) fn judge(
        &self,
        device: SessionId,
        credits_start_s: Option<f64>,
        now_ms: i64,
    ) -> Result<Position, Invalid> {
        Ok(Position::written(
            self.position,
            self.duration,
            self.client_timestamp,
            device,
            credits_start_s,
            now_ms,
        )?)
    }
}

fn number(value: &Value, field: &str) -> Option<f64> {
    value.get(field)?.as_f64()
}

/// Whole milliseconds; some clients' clocks give fractions.
fn timestamp(value: &Value) -> Option<i64> {
    let given = value.get("clientTimestamp")?;
    given.as_i64().or_else(|| {
        let ms = given
            .as_f64()
            .filter(|ms| ms.is_finite() && ms.abs() < 1e15)?;
        Some(ms as i64)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TITLE: &str = "0190a2b4-0000-7000-8000-000000000001";

    fn judge(value: &Value) -> Result<Position, &'static str> {
        let device = TITLE.parse().unwrap();
        Update::read(value)
            .and_then(|update| update.judge(device, None, 1_000_000))
            .map_err(|invalid| invalid.field)
    }

    #[test]
    fn a_refusal_names_the_field() {
        let good =
            json!({"contentId": TITLE, "position": 95, "duration": 100, "clientTimestamp": 999.5});
        let position = judge(&good).unwrap();
        assert!(position.completed && position.client_timestamp == 999);
        for (field, bad) in [
            ("contentId", json!("x")),
            ("contentId", json!(null)),
            ("position", json!(-1)),
            ("position", json!("1")),
            ("duration", json!(0)),
            ("duration", json!(-5)),
            ("duration", json!(null)),
            ("clientTimestamp", json!(-1)),
            ("clientTimestamp", json!("now")),
        ] {
            let mut value = good.clone();
            value[field] = bad;
            assert_eq!(judge(&value), Err(field), "{value}");
        }
    }

    #[test]
    fn a_clock_ahead_is_cut_down() {
        let ahead = json!({"contentId": TITLE, "position": 1, "duration": 100, "clientTimestamp": 9_000_000});
        assert_eq!(judge(&ahead).unwrap().client_timestamp, 1_005_000);
    }
}
