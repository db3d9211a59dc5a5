//! One attempt at a leased task: the work, the heartbeats beside it, the report after it. The same for a container and a Lambda.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use futures::FutureExt;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::{
    engine::{Engine, Signals},
    failure::{Cancelled, Failure, ToolFailed},
    origin::{Heard, Origin},
    task::{self, EncodeSpec, Task},
};

/// Heartbeats that fit into a lease: several may get lost before it is.
const BEATS_PER_LEASE: u32 = 6;
/// Nobody is asked more often than this.
const BEAT_LEAST: Duration = Duration::from_millis(250);
/// Killing a child and removing its folder takes no longer; whatever is left then is the next start's to clear.
const CLEANING: Duration = Duration::from_secs(10);

/// Who works, and with what.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// Programs, objects, keys.
    pub engine: &'a Engine,
    /// Where results are reported.
    pub origin: &'a Origin,
    /// What operators see.
    pub worker_id: &'a str,
}

/// Why a task is given up before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUp {
    /// The worker stops: nothing is held against the task.
    Stopping,
    /// The worker's own time is nearly over: that counts as a failure, as the next attempt may end the same.
    Deadline,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Origin knows how it ended.
    Reported,
    /// Origin wanted it no more: the job was cancelled, or somebody else has the task.
    Dropped,
    /// Origin could not be told. The lease will run out.
    Unreported,
}

/// Does a task until it is done, until origin wants it no more, or until `give_up` says so; no child process outlives it.
pub async fn run(desk: Desk<'_>, task: &Task, give_up: impl Future<Output = GivenUp>) -> Ended {
    let begun = Instant::now();
    let signals = Signals::new(CancellationToken::new());
    signals.say(format!("{} begins on {}", described(task), desk.worker_id));
    tracing::info!(task.id = %task.id, task.kind, task.attempt, job.id = %task.job_id, "task begins");
    let mut work = pin!(perform(desk.engine, task, &signals));
    let outcome = tokio::select! {
        outcome = &mut work => Ok(outcome),
        () = beat(desk.origin, task, &signals) => Err(None),
        why = give_up => Err(Some(why)),
    };
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(why) => {
            signals.cancel.cancel();
            if tokio::time::timeout(CLEANING, work).await.is_err() {
                tracing::warn!(task.id = %task.id, "the task's programs did not end in time");
            }
            match why {
                None => {
                    tracing::info!(task.id = %task.id, "task dropped: origin wants it no more");
                    return Ended::Dropped;
                }
                Some(GivenUp::Stopping) => return release(desk.origin, task).await,
                Some(GivenUp::Deadline) => Err(Failure::deadline()),
            }
        }
    };
    report(desk.origin, task, &signals, &outcome, begun.elapsed()).await
}

async fn release(origin: &Origin, task: &Task) -> Ended {
    match origin
        .release(task, &Failure::from_error(&Cancelled.into()))
        .await
    {
        Ok(true) => {
            tracing::info!(task.id = %task.id, "task handed back");
            Ended::Reported
        }
        Ok(false) => Ended::Dropped,
        Err(error) => {
            tracing::warn!(task.id = %task.id, error = format!("{error:#}"), "a task could not be handed back: its lease runs out");
            Ended::Unreported
        }
    }
}

async fn report(
    origin: &Origin,
    task: &Task,
    signals: &Signals,
    outcome: &Result<Value, Failure>,
    took: Duration,
) -> Ended {
    match outcome {
        Ok(result) => {
            // What was repaired or guessed.
            let notes = result["notes"].as_array().into_iter().flatten();
            for note in notes.filter_map(Value::as_str) {
                signals.say(note);
            }
            signals.say(format!("done after {:.1} s", took.as_secs_f64()));
        }
        Err(failure) => {
            let reason = &failure.reasons[0];
            signals.say(format!("failed: {}: {}", reason.code, reason.problem));
        }
    }
    // The last lines go with a last heartbeat. They are for people: the report doesn't wait for them to arrive.
    let progress = signals.progress.borrow().clone();
    if let Err(error) = origin.heartbeat(task, &progress, &signals.untold().0).await {
        tracing::warn!(task.id = %task.id, error = format!("{error:#}"), "the end of a task's log is lost");
    }
    let reported = match outcome {
        Ok(result) => origin.complete(task, result).await,
        Err(failure) => origin.fail(task, failure).await,
    };
    let failed = outcome.as_ref().err();
    let failed = failed.map(|failure| failure.reasons[0].code.as_str());
    match reported {
        Ok(true) => {
            tracing::info!(task.id = %task.id, task.kind, failed, "task reported");
            Ended::Reported
        }
        Ok(false) => {
            tracing::info!(task.id = %task.id, "the lease was lost before the report");
            Ended::Dropped
        }
        Err(error) => {
            tracing::error!(task.id = %task.id, error = format!("{error:#}"), "a task could not be reported");
            Ended::Unreported
        }
    }
}

/// Ends when origin wants the task no more.
async fn beat(origin: &Origin, task: &Task, signals: &Signals) {
    let pause = Duration::from_secs(task.lease_s) / BEATS_PER_LEASE;
    let mut ticks = tokio::time::interval(pause.max(BEAT_LEAST));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let progress = signals.progress.borrow().clone();
        let (lines, end) = signals.untold();
        match origin.heartbeat(task, &progress, &lines).await {
            Ok(Heard::Continue) => signals.arrived(end),
            Ok(Heard::Stop) => return,
            // The lease outlives several beats; whether it was lost, the next one tells.
            Err(error) => {
                tracing::warn!(task.id = %task.id, error = format!("{error:#}"), "a heartbeat failed");
            }
        }
    }
}

/// What an operator reads in the task's log.
fn described(task: &Task) -> String {
    let detail = match task.kind.as_str() {
        "encode" => EncodeSpec::deserialize(&task.spec)
            .ok()
            .map(|spec| spec.label()),
        "audio" | "subtitles" => task.spec["track"]["id"].as_str().map(str::to_owned),
        _ => None,
    };
    match detail {
        Some(detail) => format!("{} ({detail}), attempt {}", task.kind, task.attempt),
        None => format!("{}, attempt {}", task.kind, task.attempt),
    }
}

/// Does a task behind a panic barrier: a bug in one master's path must not take the worker down.
async fn perform(engine: &Engine, task: &Task, signals: &Signals) -> Result<Value, Failure> {
    let run = std::panic::AssertUnwindSafe(task::run(engine, task, signals));
    match run.catch_unwind().await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(error)) => {
            // A child that died because we cancelled looks like any other dead child.
            let error = if signals.cancel.is_cancelled() {
                Cancelled.into()
            } else {
                error
            };
            tracing::warn!(task.id = %task.id, task.kind, error = format!("{error:#}"), "task failed");
            if let Some(ToolFailed { tool, tail, .. }) = error.downcast_ref() {
                for line in tail.lines() {
                    signals.say(format!("{tool}: {line}"));
                }
            }
            Err(Failure::from_error(&error))
        }
        Err(_) => {
            tracing::error!(task.id = %task.id, task.kind, "task panicked");
            Err(Failure::panicked())
        }
    }
}
