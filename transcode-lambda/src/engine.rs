//! What every task works with: programs, objects, keys, a scratch folder, and the wires to whoever watches.

use std::sync::Arc;

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

/// The wires between a task and whoever watches it.
#[derive(Clone)]
pub struct Signals {
    /// Progress goes out here.
    pub progress: watch::Sender<Progress>,
    /// A cancelled token ends every child process of the task.
    pub cancel: CancellationToken,
}

impl Signals {
    /// Nobody watches.
    pub fn unwatched() -> Self {
        Self {
            progress: watch::Sender::default(),
            cancel: CancellationToken::new(),
        }
    }

    /// Says what the task is doing now.
    pub fn stage(&self, stage: &'static str, percent: f64) {
        self.progress.send_modify(|progress| {
            progress.stage = Some(stage);
            progress.percent = Some(percent);
        });
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
