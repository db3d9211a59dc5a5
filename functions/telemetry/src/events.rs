//! What a player may report.

use edge::Failure;
use serde::Deserialize;
use serde_json::Value;

/// The most events one report may hold.
const MAX_EVENTS: usize = 100;
/// What players report, in the words of our QoE definitions.
const KNOWN: [&str; 12] = [
    "start",       // the viewer asked for playback
    "first_frame", // it is there
    "playing",
    "pause",
    "seek",
    "stall",
    "switch", // to another rung
    "heartbeat",
    "error",
    "license",
    "end",
    "cmcd", // what a player would put into CMCD
];

/// A report as sent.
#[derive(Deserialize)]
pub(crate) struct Report {
    events: Vec<Value>,
}

/// The events as they go onto the stream, or what is wrong with the first bad one.
pub(crate) fn check(report: Report) -> Result<String, Failure> {
    let refuse = |field: String, problem: &str, remedy: &str| {
        Err(Failure::invalid("This report can't be taken.").field(&field, problem, remedy))
    };
    let count = report.events.len();
    if count == 0 || count > MAX_EVENTS {
        return refuse(
            "events".to_owned(),
            "The number of events is not 1 to 100.",
            "Send more in another report.",
        );
    }
    for (index, event) in report.events.iter().enumerate() {
        if !event
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|kind| KNOWN.contains(&kind))
        {
            let known = format!("Use one of {}.", KNOWN.join(", "));
            return refuse(
                format!("events[{index}].type"),
                "It is not a known kind of event.",
                &known,
            );
        }
        if !event.get("at").is_some_and(Value::is_number) {
            return refuse(
                format!("events[{index}].at"),
                "It is not a number.",
                "Send milliseconds since 1970.",
            );
        }
    }
    Ok(Value::Array(report.events).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(events: &Value) -> Option<String> {
        let report = serde_json::from_value(json!({ "events": events })).unwrap();
        check(report)
            .err()
            .map(|failure| failure.details[0].field.clone())
    }

    #[test]
    fn a_report_holds_known_events_with_a_time() {
        let good = json!({"type": "stall", "at": 1, "durationMs": 300});
        assert_eq!(field(&json!([good])), None);
        assert_eq!(field(&json!(vec![good.clone(); 100])), None);
        assert_eq!(
            field(&json!(vec![good.clone(); 101])).as_deref(),
            Some("events")
        );
        assert_eq!(field(&json!([])).as_deref(), Some("events"));
        assert_eq!(
            field(&json!([good, {"type": "mine_bitcoin", "at": 1}])).as_deref(),
            Some("events[1].type")
        );
        assert_eq!(
            field(&json!([{"type": "stall"}])).as_deref(),
            Some("events[0].at")
        );
        assert_eq!(field(&json!(["stall"])).as_deref(), Some("events[0].type"));
    }
}
