//! The whole pipeline in one process, task by task, through the same code that leased tasks run.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use shared::ladder::Preset;
use uuid::Uuid;

use crate::{
    engine::{Engine, Signals, Target},
    task::{self, FollowUp, Task},
};

/// Runs probe, everything that follows, package and verify. Returns the results by kind, in order.
pub async fn run(
    engine: &Engine,
    target: Target,
    master_key: &str,
    preset: Preset,
    signals: &Signals,
    mut done: impl FnMut(&str, &Value),
) -> Result<Vec<(String, Value)>> {
    let mut results = Vec::new();
    let mut step = async |kind: &str, spec: Value| -> Result<Value> {
        let task = Task {
            id: Uuid::nil().into(),
            job_id: target.job,
            content_id: target.content,
            version: target.version,
            attempt: 1,
            lease_s: 30,
            kind: kind.to_owned(),
            spec,
        };
        let result = task::run(engine, &task, signals).await?;
        done(kind, &result);
        results.push((kind.to_owned(), result.clone()));
        Ok(result)
    };
    let probed = step("probe", json!({"masterKey": master_key, "preset": preset})).await?;
    let follow_ups: Vec<FollowUp> = serde_json::from_value(probed["followUps"].clone())
        .context("a probe lists its follow-ups")?;
    let mut outputs = Vec::new();
    for follow_up in follow_ups {
        outputs.push(step(&follow_up.kind, follow_up.spec).await?);
    }
    step(
        "package",
        json!({"plan": probed["plan"], "outputs": outputs}),
    )
    .await?;
    step("verify", json!({})).await?;
    Ok(results)
}
