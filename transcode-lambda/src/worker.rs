//! The container worker: lanes that lease tasks and attempt them, until they are told to stop. A panic, a lost lease or a signal ends
//! one task, never the worker with work half reported.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    attempt::{self, Desk, GivenUp},
    engine::Engine,
    origin::Origin,
};

/// How long origin is asked to wait for a task: an idle lane asks three times a minute.
const WAIT: Duration = Duration::from_secs(20);

/// The pause after origin could not be asked, doubling up to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

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
                    let desk = Desk {
                        engine: &self.engine,
                        origin: &self.origin,
                        worker_id,
                    };
                    let stopping = async {
                        stop.tasks.cancelled().await;
                        GivenUp::Stopping
                    };
                    // Whatever came of it, origin knows or the lease's end will tell.
                    attempt::run(desk, &task, stopping).await;
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
}
