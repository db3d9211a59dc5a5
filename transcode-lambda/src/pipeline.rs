//! The whole pipeline in one process, task by task, through the same code that leased tasks run.

use std::time::Instant;

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};
use shared::ladder::Preset;
use uuid::Uuid;

use crate::{
    engine::{Engine, Signals, Target},
    task::{self, FollowUp, ProbeSpec, Task},
};

/// A task that was done, and what came of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// Its kind.
    pub kind: String,
    /// How long it took.
    pub seconds: f64,
    /// Its result.
    #[serde(skip)]
    pub result: Value,
}

/// Runs probe, everything that follows, package and verify. Returns the tasks in the order of the job.
pub async fn run(
    engine: &Engine,
    target: Target,
    master_key: &str,
    preset: Preset,
    signals: &Signals,
    mut done: impl FnMut(&str, &Value),
) -> Result<Vec<(String, Value)>> {
    let spec = json!({"masterKey": master_key, "preset": preset});
    let spec = serde_json::from_value(spec).context("a probe's description")?;
    let all = run_in_lanes(engine, target, &spec, 1, signals, |task| {
        done(&task.kind, &task.result);
    });
    let all = all.await?.into_iter();
    Ok(all.map(|task| (task.kind, task.result)).collect())
}

/// The same with as many tasks at once as there are lanes, as a worker of that concurrency does them.
pub async fn run_in_lanes(
    engine: &Engine,
    target: Target,
    spec: &ProbeSpec,
    lanes: usize,
    signals: &Signals,
    mut done: impl FnMut(&Done),
) -> Result<Vec<Done>> {
    let step = async |kind: String, spec: Value| -> Result<Done> {
        let task = Task {
            id: Uuid::nil().into(),
            job_id: target.job,
            content_id: target.content,
            version: target.version,
            attempt: 1,
            lease_s: 30,
            kind: kind.clone(),
            spec,
        };
        let begun = Instant::now();
        let result = task::run(engine, &task, signals).await?;
        Ok(Done {
            kind,
            seconds: begun.elapsed().as_secs_f64(),
            result,
        })
    };
    let probed = step("probe".to_owned(), serde_json::to_value(spec)?).await?;
    done(&probed);
    let follow_ups: Vec<FollowUp> = serde_json::from_value(probed.result["followUps"].clone())
        .context("a probe lists its follow-ups")?;
    let plan = probed.result["plan"].clone();
    let mut all = vec![probed];
    let mut running = stream::iter(follow_ups.into_iter().enumerate())
        .map(async |(place, task)| anyhow::Ok((place, step(task.kind, task.spec).await?)))
        .buffer_unordered(lanes.max(1));
    let mut ended = Vec::new();
    while let Some((place, task)) = running.try_next().await? {
        done(&task);
        ended.push((place, task));
    }
    drop(running);
    ended.sort_by_key(|(place, _)| *place);
    all.extend(ended.into_iter().map(|(_, task)| task));
    let outputs: Vec<&Value> = all[1..].iter().map(|task| &task.result).collect();
    let package = json!({"plan": plan, "outputs": outputs});
    for (kind, spec) in [("package", package), ("verify", json!({}))] {
        let task = step(kind.to_owned(), spec).await?;
        done(&task);
        all.push(task);
    }
    Ok(all)
}
