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

/// The end of a task's log that has not arrived at origin yet.
#[derive(Default)]
struct Said {
    lines: VecDeque<String>,
    /// How many lines came before these.
    before: u64,
}

impl Said {
    fn forget_oldest(&mut self) {
        if self.lines.pop_front().is_some() {
            self.before += 1;
        }
    }
}

/// The wires between a task and whoever watches it.
#[derive(Clone)]
pub struct Signals {
    /// Progress goes out here.
    pub progress: watch::Sender<Progress>,
    /// A cancelled token ends every child process of the task.
    pub cancel: CancellationToken,
    said: Arc<Mutex<Said>>,
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
        if said.lines.len() == LINES_MAX {
            said.forget_oldest();
        }
        said.lines.push_back(line.into());
    }

    /// The lines that have not arrived yet, and their end's place in the whole log: what [`Self::arrived`] wants.
    pub fn untold(&self) -> (Vec<String>, u64) {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let end = said.before + said.lines.len() as u64;
        (said.lines.iter().cloned().collect(), end)
    }

    /// The log has arrived up to there. Until then its lines are kept: a heartbeat may fail.
    pub fn arrived(&self, end: u64) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        while said.before < end && !said.lines.is_empty() {
            said.forget_oldest();
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_until_they_have_arrived_and_the_oldest_go_when_there_are_too_many() {
        let signals = Signals::unwatched();
        signals.say("probing");
        signals.say("measuring");
        let (lines, end) = signals.untold();
        assert_eq!(lines, ["probing", "measuring"]);
        signals.say("done");
        assert_eq!(signals.untold().0.len(), 3, "nothing has arrived yet");
        signals.arrived(end);
        assert_eq!(signals.untold().0, ["done"]);
        let (_, early) = signals.untold();
        for line in 0..LINES_MAX {
            signals.say(line.to_string());
        }
        assert_eq!(signals.untold().0[0], "0", "`done` made room");
        signals.arrived(early);
        assert_eq!(
            signals.untold().0.len(),
            LINES_MAX,
            "which is no reason to drop another"
        );
    }
}
