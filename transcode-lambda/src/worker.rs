//! The worker: leases tasks, keeps their leases alive, reports what came of them. A panic, a lost lease or a signal ends one
//! task, never the worker with work half reported.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use futures::FutureExt;
use tokio::{sync::watch, task::JoinSet, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::{
    engine::{Engine, Signals},
    failure::{Cancelled, Failure},
    origin::{Heard, Origin},
    task::{self, Task},
};

/// A lease lasts 30 s; six heartbeats fit.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// How long origin is asked to wait for a task.
const WAIT: Duration = Duration::from_secs(20);

/// The pause after origin could not be asked, doubling up to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// The kind that has a lane of its own.
const COPY: &str = "copy";

/// How a worker works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What administrators see it as.
    pub worker_id: String,
    /// The kinds it takes.
    pub kinds: Vec<String>,
    /// Tasks at once.
    pub concurrency: usize,
    /// Ends when there is no more work.
    pub once: bool,
    /// How long running tasks may go on after a signal before they are handed back.
    pub grace: Duration,
}

/// A worker.
pub struct Worker {
    engine: Engine,
    origin: Origin,
    settings: Settings,
}

/// Two steps of stopping: take nothing new, then hand back what is not done.
#[derive(Clone, Default)]
pub struct Stop {
    lease: CancellationToken,
    tasks: CancellationToken,
}

impl Stop {
    /// Takes nothing new from now on.
    pub fn begin(&self) {
        self.lease.cancel();
    }

    /// Ends running tasks now.
    pub fn at_once(&self) {
        self.lease.cancel();
        self.tasks.cancel();
    }
}

impl Worker {
    /// A worker with these settings.
    pub fn new(engine: Engine, origin: Origin, settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            engine,
            origin,
            settings,
        })
    }

    /// Works until it is stopped, or, with `once`, until there is no more work. Returns how many tasks were taken.
    pub async fn run(self: Arc<Self>, stop: Stop) -> Result<usize> {
        let mut lanes = JoinSet::new();
        let kinds = &self.settings.kinds;
        let mut wanted = vec![kinds.clone(); self.settings.concurrency.max(1)];
        // A copy makes a title playable within a second: it never waits behind a chunk.
        if kinds.iter().any(|kind| kind == COPY) && !self.settings.once {
            wanted.push(vec![COPY.to_owned()]);
        }
        for kinds in wanted {
            let worker = self.clone();
            let stop = stop.clone();
            lanes.spawn(async move { worker.lane(stop, &kinds).await });
        }
        let grace = self.settings.grace;
        let hurry = stop.clone();
        let clock = tokio::spawn(async move {
            hurry.lease.cancelled().await;
            tokio::time::sleep(grace).await;
            hurry.at_once();
        });
        let mut taken = 0;
        while let Some(lane) = lanes.join_next().await {
            taken += lane??;
        }
        clock.abort();
        Ok(taken)
    }

    async fn lane(&self, stop: Stop, kinds: &[String]) -> Result<usize> {
        let mut taken = 0;
        let mut pause = PAUSES.0;
        let wait = if self.settings.once {
            Duration::ZERO
        } else {
            WAIT
        };
        while !stop.lease.is_cancelled() {
            let worker_id = &self.settings.worker_id;
            let asked = tokio::select! {
                biased;
                () = stop.lease.cancelled() => break,
                asked = self.origin.lease(worker_id, kinds, wait) => asked,
            };
            match asked {
                Ok(Some(task)) => {
                    pause = PAUSES.0;
                    taken += 1;
                    self.work(&task, &stop).await;
                }
                Ok(None) if self.settings.once => break,
                Ok(None) => pause = PAUSES.0,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "no task could be leased");
                    tokio::select! {
                        () = stop.lease.cancelled() => break,
                        () = tokio::time::sleep(pause) => pause = (pause * 2).min(PAUSES.1),
                    }
                }
            }
        }
        Ok(taken)
    }

    /// Does a task and reports it.
    async fn work(&self, task: &Task, stop: &Stop) {
        let cancel = stop.tasks.child_token();
        let signals = Signals {
            progress: watch::Sender::default(),
            cancel: cancel.clone(),
        };
        tracing::info!(task.id = %task.id, task.kind, task.attempt, job.id = %task.job_id, "task begins");
        let lost = CancellationToken::new();
        let heart = self.beat(task, &signals, &lost);
        let outcome = tokio::select! {
            outcome = perform(&self.engine, task, &signals) => outcome,
            () = heart => unreachable!("a heart beats until its task ends"),
        };
        if lost.is_cancelled() {
            tracing::info!(task.id = %task.id, "task dropped: origin wants it no more");
            return;
        }
        let reported = match &outcome {
            Ok(result) => self.origin.complete(task, result).await,
            Err(failure) => self.origin.fail(task, failure).await,
        };
        let failed = outcome
            .as_ref()
            .err()
            .map(|failure| failure.reasons[0].code.as_str());
        match reported {
            Ok(true) => tracing::info!(task.id = %task.id, task.kind, failed, "task reported"),
            Ok(false) => tracing::info!(task.id = %task.id, "the lease was lost before the report"),
            Err(error) => {
                tracing::error!(task.id = %task.id, error = format!("{error:#}"), "a task could not be reported");
            }
        }
    }

    /// Never ends by itself. A task that origin wants no more is cancelled, and `lost` says so.
    async fn beat(&self, task: &Task, signals: &Signals, lost: &CancellationToken) {
        let mut ticks = tokio::time::interval(HEARTBEAT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut lines = vec![format!(
            "{} begins on {}",
            described(task),
            self.settings.worker_id
        )];
        loop {
            ticks.tick().await;
            let progress = signals.progress.borrow().clone();
            match self.origin.heartbeat(task, &progress, &lines).await {
                Ok(Heard::Continue) => lines.clear(),
                Ok(Heard::Stop) => {
                    lost.cancel();
                    signals.cancel.cancel();
                    std::future::pending::<()>().await;
                }
                // The lease outlives several beats; whether it was lost, the next one tells.
                Err(error) => {
                    tracing::warn!(task.id = %task.id, error = format!("{error:#}"), "a heartbeat failed");
                }
            }
        }
    }
}

/// What an operator reads in the job's log.
fn described(task: &Task) -> String {
    let detail = match task.kind.as_str() {
        "encode" => task.spec["chunk"]["index"]
            .as_u64()
            .map(|index| format!("chunk {index}")),
        "audio" | "subtitles" => task.spec["track"]["id"].as_str().map(str::to_owned),
        _ => None,
    };
    match detail {
        Some(detail) => format!("{} ({detail}), attempt {}", task.kind, task.attempt),
        None => format!("{}, attempt {}", task.kind, task.attempt),
    }
}

/// Does a task behind a panic barrier: a bug in one master's path must not take the worker down.
pub async fn perform(
    engine: &Engine,
    task: &Task,
    signals: &Signals,
) -> Result<serde_json::Value, Failure> {
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
            Err(Failure::from_error(&error))
        }
        Err(_) => {
            tracing::error!(task.id = %task.id, task.kind, "task panicked");
            Err(Failure::panicked())
        }
    }
}
