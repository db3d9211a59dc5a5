//! Jobs and tasks in SQL. Whoever changes a job's state locks its row first ([`lock_job`]), then its tasks: one order, no
//! deadlocks.

mod job;
mod lease;
mod task;

pub(super) use job::*;
pub(super) use lease::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::ids::{AccountId, ContentId, JobId, TaskId};
pub(crate) use task::insert_tasks;
pub(super) use task::*;

use super::state::{JobState, TaskKind};

/// Why a task or a job failed: a code for programs, two sentences for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Reason {
    pub code: String,
    pub problem: String,
    pub remedy: String,
}

/// A task as it is handed to a worker.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeasedTask {
    #[schema(value_type = uuid::Uuid)]
    pub id: TaskId,
    #[schema(value_type = uuid::Uuid)]
    pub job_id: JobId,
    #[schema(value_type = uuid::Uuid)]
    pub content_id: ContentId,
    pub version: i32,
    /// The fencing token: everything the worker says afterwards must carry it.
    pub attempt: i32,
    /// Seconds without a heartbeat after which somebody else gets the task.
    pub lease_s: u64,
    pub kind: TaskKind,
    /// Written by the transcode crate, read by it: opaque here.
    #[schema(value_type = Object)]
    pub spec: Value,
    /// An earlier attempt ended in silence.
    pub took_over: bool,
}

/// A job, as its state machine sees it.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: JobId,
    pub(crate) content_id: ContentId,
    pub(crate) version: i32,
    pub(crate) auto_publish: bool,
    pub(crate) requested_by: Option<AccountId>,
    pub(crate) state: JobState,
    pub(crate) plan: Option<Value>,
    /// Its intermediate files are gone.
    pub(crate) without_work: bool,
}

/// A task to be inserted.
pub(crate) struct NewTask {
    pub(crate) task_id: TaskId,
    pub(crate) kind: TaskKind,
    pub(crate) ordinal: i32,
    pub(crate) spec: Value,
    /// Where in the film begins what it makes.
    pub(crate) start_ms: u64,
    /// The band of rungs that it makes, 0 for the lowest.
    pub(crate) band: u8,
    pub(crate) label: Option<String>,
    pub(crate) frames: Option<i64>,
    /// Seconds of one processor; 0 when nobody knows.
    pub(crate) expected_s: f64,
}
