//! What every task works with: programs, objects, keys, a scratch folder, and the wires to whoever watches.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use shared::{
    cenc::{KidSeed, SeedRing},
    ids::{AssetVersion, ContentId, JobId},
    ladder::Settings,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{scratch::Scratch, store::Store, tools::Tools};

/// What all tasks of a process share.
#[derive(Clone)]
pub struct Engine {
    /// ffmpeg and friends.
    pub tools: Arc<Tools>,
    /// The object store.
    pub store: Store,
    /// Content keys are derived from these.
    pub seeds: Arc<SeedRing>,
    /// Key ids are derived from this.
    pub kid_seed: Arc<KidSeed>,
    /// What plans are made from, unless a task says otherwise.
    pub settings: Settings,
    /// Temporary files go here.
    pub scratch: Scratch,
}

/// Whose asset a task works on.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The job.
    pub job: JobId,
    /// The title.
    pub content: ContentId,
    /// The version that is being made.
    pub version: AssetVersion,
}

/// How far a task is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    /// Of this task, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<f64>,
    /// Frames encoded per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fps: Option<f64>,
    /// What it is doing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<&'static str>,
}

/// Lines that wait for the next heartbeat; the oldest are forgotten when nobody asks for them.
const LINES_MAX: usize = 200;

/// The wires between a task and whoever watches it.
#[derive(Clone)]
pub struct Signals {
    /// Progress goes out here.
    pub progress: watch::Sender<Progress>,
    /// A cancelled token ends every child process of the task.
    pub cancel: CancellationToken,
    said: Arc<Mutex<VecDeque<String>>>,
}

impl Signals {
    /// Wires of a task that ends when the token is cancelled.
    pub fn new(cancel: CancellationToken) -> Self {
        Self {
            progress: watch::Sender::default(),
            cancel,
            said: Arc::default(),
        }
    }

    /// Nobody watches.
    pub fn unwatched() -> Self {
        Self::new(CancellationToken::new())
    }

    /// Says what the task is doing now. A stage that begins is a line of the task's log.
    pub fn stage(&self, stage: &'static str, percent: f64) {
        let mut is_new = false;
        self.progress.send_modify(|progress| {
            is_new = progress.stage != Some(stage);
            progress.stage = Some(stage);
            progress.percent = Some(percent);
        });
        if is_new {
            self.say(stage);
        }
    }

    /// Adds a line to the task's log, for operators.
    pub fn say(&self, line: impl Into<String>) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() == LINES_MAX {
            said.pop_front();
        }
        said.push_back(line.into());
    }

    /// Takes the lines that were said since the last time.
    pub fn take_lines(&self) -> Vec<String> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.drain(..).collect()
    }
}

impl Target {
    /// The key of one of the asset's files.
    pub fn asset_key(&self, file: &str) -> String {
        shared::asset::object_key(self.content, self.version, file)
    }

    /// The key of an intermediate file of the job.
    pub fn work_key(&self, file: &str) -> String {
        format!("work/{}/{file}", self.job)
    }

    /// The key of a public picture.
    pub fn artwork_key(&self, file: &str) -> String {
        format!("artwork/{}/{}/{file}", self.content, self.version)
    }
}
