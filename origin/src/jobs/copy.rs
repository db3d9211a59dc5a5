//! Copy first: what a finished copy task means. A master that could be copied is playable now, and its ladder becomes the
//! next version, by a job of its own; any other goes on to its probe within the same job.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::ids::JobId;
use sqlx::PgConnection;

use super::{
    advance,
    error::JobsError,
    log,
    sql::{self, Job, Reason},
    state::{JobState, TaskKind},
};
use crate::app::Clock;

/// What the copy task found.
#[derive(Deserialize)]
struct CopyResult {
    /// How the master was copied; absent when it was not.
    plan: Option<Value>,
    /// What the verification of the copy checked.
    report: Option<Value>,
    /// Why it was not.
    #[serde(default)]
    obstacles: Vec<Reason>,
}

/// What is told of a plan's copy in the probe's place: the whole report comes with the ladder.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    notes: Vec<String>,
}

/// Whether this result of a copy task made a version that can be published.
pub(super) fn made_a_version(result: &Value) -> bool {
    result.get("plan").is_some_and(|plan| !plan.is_null())
}

/// Moves the job of a finished copy task on.
pub(super) async fn copied(
    db: &mut PgConnection,
    clock: &Clock,
    job: &Job,
    result: &Value,
) -> Result<JobState, JobsError> {
    let result = CopyResult::deserialize(result)
        .map_err(|fault| JobsError::InvalidResult(fault.to_string()))?;
    let Some(plan) = result.plan else {
        return go_on_with_probe(db, clock, job, &result.obstacles).await;
    };
    let mut notes = Told::deserialize(&plan)
        .map_err(|fault| JobsError::InvalidResult(fault.to_string()))?
        .notes;
    notes.push("Playable now from the copy; better renditions follow.".to_owned());
    let report = json!({ "notes": notes });
    sql::mark_probed(db, job.id, Some(&report), Some(&plan)).await?;
    sql::mark_verified(db, job.id, result.report.as_ref()).await?;
    sql::mark_ended(db, job.id, JobState::Ready, &[], clock.now()).await?;
    insert_ladder(db, clock, job).await?;
    Ok(JobState::Ready)
}

/// The master can't be copied, or its copy task is dead: its ladder is this very version.
pub(super) async fn go_on_with_probe(
    db: &mut PgConnection,
    clock: &Clock,
    job: &Job,
    obstacles: &[Reason],
) -> Result<JobState, JobsError> {
    let notes: Vec<&String> = obstacles.iter().map(|reason| &reason.problem).collect();
    let mut spec = sql::find_spec(db, job.id, TaskKind::Copy).await?;
    spec["notes"] = json!(notes);
    let probe = advance::new_task(clock, TaskKind::Probe, spec);
    sql::insert_tasks(db, job.id, &[probe], clock.now()).await?;
    Ok(JobState::Probing)
}

/// The job of the ladder behind a copy.
async fn insert_ladder(db: &mut PgConnection, clock: &Clock, job: &Job) -> Result<(), JobsError> {
    let now = clock.now();
    let ladder = JobId::from_uuid(clock.new_id());
    sql::insert_follower(db, ladder, job, now).await?;
    let spec = sql::find_spec(db, job.id, TaskKind::Copy).await?;
    let probe = advance::new_task(clock, TaskKind::Probe, spec);
    let task = probe.task_id;
    sql::insert_tasks(db, ladder, &[probe], now).await?;
    let line = format!(
        "Version {} is playable now, copied from the master; better renditions follow.",
        job.version
    );
    log::append(db, ladder, task, &[line], now).await?;
    Ok(())
}
