//! The state machine: what a finished or dead task means for its job. Always within the transaction that finishes the
//! task, always with the job's row locked, and harmless when run twice.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::ids::{ContentId, TaskId};
use sqlx::PgConnection;

use super::{
    copy,
    error::JobsError,
    sql::{self, Job, NewTask, Reason},
    state::{JobState, TaskKind},
};
use crate::app::Clock;

/// What the probe found out, and the tasks that follow from it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProbeResult {
    report: Option<Value>,
    plan: Value,
    follow_ups: Vec<FollowUp>,
}

/// A task that follows, and what decides its turn. The members beyond kind and spec may be absent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FollowUp {
    kind: TaskKind,
    /// Tells follow-ups of one kind apart; their place in the list when absent.
    ordinal: Option<i32>,
    spec: Value,
    #[serde(default)]
    start_ms: u64,
    #[serde(default)]
    band: u8,
    label: Option<String>,
    frames: Option<u32>,
    #[serde(default)]
    expected_s: f64,
}

/// A task of this job is done.
pub(super) async fn task_done(
    db: &mut PgConnection,
    clock: &Clock,
    job: &Job,
    kind: TaskKind,
    result: &Value,
) -> Result<JobState, JobsError> {
    match kind {
        TaskKind::Copy => copy::copied(db, clock, job, result).await,
        TaskKind::Probe => probed(db, clock, job, result).await,
        TaskKind::Encode | TaskKind::Audio | TaskKind::Images | TaskKind::Subtitles => {
            encoded(db, clock, job).await
        }
        TaskKind::Package => {
            let verify = new_task(clock, TaskKind::Verify, json!({}));
            enter(db, clock, job, JobState::Verifying, &[verify]).await
        }
        TaskKind::Verify => verified(db, clock, job, result.get("report")).await,
    }
}

/// The gate: without a report that says so, no version is ready, and only what is ready can be published.
async fn verified(
    db: &mut PgConnection,
    clock: &Clock,
    job: &Job,
    report: Option<&Value>,
) -> Result<JobState, JobsError> {
    sql::mark_verified(db, job.id, report).await?;
    let verdict = report.and_then(|report| report.get("passed"));
    if verdict == Some(&Value::Bool(true)) {
        sql::mark_ended(db, job.id, JobState::Ready, &[], clock.now()).await?;
        return Ok(JobState::Ready);
    }
    let reason = Reason {
        code: "asset_not_publishable".to_owned(),
        problem: "The asset breaks rules that nothing published may break.".to_owned(),
        remedy:
            "Read the verification report; if the master is fine, this is a bug of the pipeline."
                .to_owned(),
    };
    end_as_failed(db, job, &[reason], clock.now()).await?;
    Ok(JobState::Failed)
}

async fn probed(
    db: &mut PgConnection,
    clock: &Clock,
    job: &Job,
    result: &Value,
) -> Result<JobState, JobsError> {
    let result = ProbeResult::deserialize(result)
        .map_err(|fault| JobsError::InvalidResult(fault.to_string()))?;
    if result
        .follow_ups
        .iter()
        .any(|task| task.kind.stage() != JobState::Encoding)
    {
        return Err(JobsError::InvalidResult(
            "followUps may be encode, audio, images and subtitles only".to_owned(),
        ));
    }
    if result.follow_ups.is_empty() {
        return Err(JobsError::InvalidResult(
            "followUps is empty: there is nothing to encode".to_owned(),
        ));
    }
    sql::mark_probed(db, job.id, result.report.as_ref(), Some(&result.plan)).await?;
    let mut tasks: Vec<NewTask> = Vec::with_capacity(result.follow_ups.len());
    for follow_up in result.follow_ups {
        let before = tasks
            .iter()
            .filter(|task| task.kind == follow_up.kind)
            .count();
        let place = i32::try_from(before).expect("a request of bounded size lists fewer tasks");
        let task = new_task(clock, follow_up.kind, follow_up.spec);
        tasks.push(NewTask {
            ordinal: follow_up.ordinal.unwrap_or(place),
            start_ms: follow_up.start_ms,
            band: follow_up.band,
            label: follow_up
                .label
                .map(|label| label.chars().take(100).collect()),
            frames: follow_up.frames.map(i64::from),
            expected_s: Some(follow_up.expected_s)
                .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
                .unwrap_or_default(),
            ..task
        });
    }
    enter(db, clock, job, JobState::Encoding, &tasks).await
}

async fn encoded(db: &mut PgConnection, clock: &Clock, job: &Job) -> Result<JobState, JobsError> {
    let kinds = names(&[
        TaskKind::Encode,
        TaskKind::Audio,
        TaskKind::Images,
        TaskKind::Subtitles,
    ]);
    if !sql::all_done(db, job.id, &kinds).await? {
        return Ok(JobState::Encoding);
    }
    let results = sql::list_results(db, job.id, &kinds).await?;
    let package = new_task(
        clock,
        TaskKind::Package,
        json!({ "plan": job.plan, "outputs": results }),
    );
    enter(db, clock, job, JobState::Packaging, &[package]).await
}

async fn enter(
    db: &mut PgConnection,
    clock: &Clock,
    job: &Job,
    state: JobState,
    tasks: &[NewTask],
) -> Result<JobState, JobsError> {
    sql::insert_tasks(db, job.id, tasks, clock.now()).await?;
    sql::mark_stage(db, job.id, state, clock.now()).await?;
    Ok(state)
}

/// A task of this job is dead, and so is the job, with every reason that its tasks gave. Only a copy may fail: the ladder
/// doesn't need it.
pub(super) async fn task_dead(
    db: &mut PgConnection,
    clock: &Clock,
    job: &Job,
    kind: TaskKind,
) -> Result<(), JobsError> {
    let now = clock.now();
    if kind == TaskKind::Copy {
        let reasons = sql::list_reasons(db, job.id).await?;
        sql::settle_copy(db, job.id, &reasons).await?;
        copy::go_on_with_probe(db, clock, job, &reasons).await?;
        return Ok(());
    }
    let reasons = sql::list_reasons(db, job.id).await?;
    end_as_failed(db, job, &reasons, now).await
}

/// The job can't go on. The title says so, unless an earlier version of it can be watched.
pub(super) async fn end_as_failed(
    db: &mut PgConnection,
    job: &Job,
    reasons: &[Reason],
    now: DateTime<Utc>,
) -> Result<(), JobsError> {
    sql::mark_ended(db, job.id, JobState::Failed, reasons, now).await?;
    mark_title(db, job.content_id, "error").await?;
    tracing::warn!(job.id = %job.id, content.id = %job.content_id, reasons = reasons.len(), "job failed");
    Ok(())
}

/// Sets the status of a title that has nothing published. What can be watched stays ready whatever a job does.
pub(crate) async fn mark_title(
    db: &mut PgConnection,
    content: ContentId,
    status: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE content SET status = $2 WHERE content_id = $1 AND current_version IS NULL AND status <> $2",
        content as ContentId,
        status
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Kinds as SQL's array holds them.
pub(super) fn names(kinds: &[TaskKind]) -> Vec<String> {
    kinds.iter().map(|kind| kind.as_str().to_owned()).collect()
}

/// A task about the whole film.
pub(super) fn new_task(clock: &Clock, kind: TaskKind, spec: Value) -> NewTask {
    NewTask {
        task_id: TaskId::from_uuid(clock.new_id()),
        kind,
        ordinal: 0,
        spec,
        start_ms: 0,
        band: 0,
        label: None,
        frames: None,
        expected_s: 0.0,
    }
}
