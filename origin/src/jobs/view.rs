//! A job as administrators see it: its state, how far it is, what it says.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use shared::ids::{ContentId, JobId};
use sqlx::{PgConnection, types::Json};

use super::{
    cost::{self, Cost, Prices, TaskTime},
    sql::Reason,
    state::{JobState, figures},
};

/// A job and how far it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobView {
    #[schema(value_type = uuid::Uuid)]
    pub id: JobId,
    #[schema(value_type = uuid::Uuid)]
    pub content_id: ContentId,
    pub title: String,
    pub version: i32,
    pub filename: String,
    pub state: JobState,
    /// The state that the job is in or ended in: of a failed job, where it failed.
    pub stage: JobState,
    /// Of the whole job, 0 to 100.
    pub percent: f64,
    /// Frames that all its workers encode per second.
    pub fps: Option<f64>,
    /// Seconds until it is ready, when that can be told.
    pub eta_s: Option<u64>,
    /// The most attempts that one of its tasks took.
    pub attempts: i32,
    pub tasks: TaskCounts,
    /// An estimate, from the tasks' time.
    pub cost: Cost,
    /// Why it failed.
    pub reasons: Vec<Reason>,
    pub auto_publish: bool,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// The last 200 lines of what its workers said; only where one title is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<Vec<String>>,
    /// What the probe and the verification found; only where one title is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Reports>,
}

/// How many tasks are where.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TaskCounts {
    pub done: i64,
    pub total: i64,
    pub running: i64,
    pub failed: i64,
}

/// What was found, by the transcode crate: opaque here.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Reports {
    #[schema(value_type = Object)]
    pub probe: Option<Value>,
    #[schema(value_type = Object)]
    pub verify: Option<Value>,
}

/// Which jobs: all of them, or one title's.
pub(crate) struct Filter {
    pub(crate) content: Option<ContentId>,
    pub(crate) job: Option<JobId>,
    pub(crate) limit: i64,
}

/// Jobs, newest first.
pub(crate) async fn list(
    db: &mut PgConnection,
    filter: &Filter,
    now: DateTime<Utc>,
    prices: &Prices,
) -> sqlx::Result<Vec<JobView>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT j.job_id AS "job_id: JobId", j.content_id AS "content_id: ContentId", c.title, j.version, j.filename,
                  j.state AS "state: JobState", j.reasons AS "reasons: Json<Vec<Reason>>", j.auto_publish, j.created_at,
                  j.started_at, j.stage_at, j.finished_at,
                  t.done AS "done!", t.total AS "total!", t.running AS "running!", t.failed AS "failed!",
                  t.attempts AS "attempts!", t.fps, t.percent AS "stage_percent!", t.open_stage,
                  t.done_s AS "done_s!", t.done_expected_s AS "done_expected_s!", t.open_expected_s AS "open_expected_s!",
                  t.planned_s AS "planned_s!", a.worked_s AS "worked_s!"
           FROM jobs j JOIN content c USING (content_id)
           CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE s.state = 'done') AS done, count(*) AS total,
                      count(*) FILTER (WHERE s.state = 'leased') AS running,
                      count(*) FILTER (WHERE s.state = 'failed') AS failed,
                      coalesce(max(s.attempt), 0) AS attempts,
                      sum(s.fps::float8) FILTER (WHERE s.state = 'leased') AS fps,
                      coalesce(sum(s.percent * s.weight) FILTER (WHERE s.stage_of = j.state)
                               / sum(s.weight) FILTER (WHERE s.stage_of = j.state), 0) AS percent,
                      coalesce(sum(extract(epoch FROM s.finished_at - s.leased_at)::float8)
                               FILTER (WHERE s.state = 'done' AND s.expected_s > 0), 0) AS done_s,
                      coalesce(sum(s.expected_s) FILTER (WHERE s.state = 'done'), 0) AS done_expected_s,
                      coalesce(sum(s.expected_s * (1 - s.percent / 100)) FILTER (WHERE s.state <> 'done'), 0) AS open_expected_s,
                      coalesce(sum(s.expected_s), 0) AS planned_s,
                      (array_agg(s.stage_of ORDER BY s.priority DESC) FILTER (WHERE s.state IN ('failed', 'cancelled')))[1] AS open_stage
               FROM (SELECT tasks.*, CASE WHEN expected_s > 0 THEN expected_s ELSE 1 END AS weight,
                            CASE kind WHEN 'copy' THEN 'probing' WHEN 'probe' THEN 'probing' WHEN 'package' THEN 'packaging'
                                               WHEN 'verify' THEN 'verifying' ELSE 'encoding' END AS stage_of
                     FROM tasks WHERE tasks.job_id = j.job_id) s) t
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(extract(epoch FROM coalesce(ended_at, $4) - task_attempts.started_at)::float8), 0) AS worked_s
               FROM task_attempts JOIN tasks USING (task_id) WHERE tasks.job_id = j.job_id) a
           WHERE ($1::uuid IS NULL OR j.content_id = $1) AND ($2::uuid IS NULL OR j.job_id = $2)
           ORDER BY j.created_at DESC, j.version DESC LIMIT $3"#,
        filter.content as Option<ContentId>,
        filter.job as Option<JobId>,
        filter.limit,
        now
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| row.view(now, prices)).collect())
}

struct Row {
    job_id: JobId,
    content_id: ContentId,
    title: String,
    version: i32,
    filename: String,
    state: JobState,
    reasons: Json<Vec<Reason>>,
    auto_publish: bool,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    stage_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    done: i64,
    total: i64,
    running: i64,
    failed: i64,
    attempts: i32,
    fps: Option<f64>,
    stage_percent: f64,
    open_stage: Option<String>,
    done_s: f64,
    done_expected_s: f64,
    open_expected_s: f64,
    planned_s: f64,
    worked_s: f64,
}

impl Row {
    fn view(self, now: DateTime<Utc>, prices: &Prices) -> JobView {
        let stage = match self.state {
            JobState::Failed | JobState::Cancelled => self
                .open_stage
                .as_deref()
                .and_then(JobState::parse)
                .unwrap_or(self.state),
            state => state,
        };
        let elapsed = (now - self.stage_at).to_std().unwrap_or(Duration::ZERO);
        let figures = match self.state {
            // Where it stopped, not 100 %.
            JobState::Failed | JobState::Cancelled => figures(stage, 0.0, elapsed).stopped(),
            state => figures(state, self.stage_percent, elapsed),
        };
        let worked = TaskTime {
            worked_s: self.worked_s,
            done_s: self.done_s,
            done_expected_s: self.done_expected_s,
            open_expected_s: self.open_expected_s,
            planned_s: self.planned_s,
            before_packaging: matches!(self.state, JobState::Probing | JobState::Encoding),
            ended: self.state.is_final(),
        };
        JobView {
            id: self.job_id,
            content_id: self.content_id,
            title: self.title,
            version: self.version,
            filename: self.filename,
            state: self.state,
            stage,
            percent: (figures.percent * 10.0).round() / 10.0,
            fps: self.fps.map(|fps| (fps * 10.0).round() / 10.0),
            eta_s: figures.eta_s,
            attempts: self.attempts,
            tasks: TaskCounts {
                done: self.done,
                total: self.total,
                running: self.running,
                failed: self.failed,
            },
            cost: cost::estimate(prices, &worked),
            reasons: self.reasons.0,
            auto_publish: self.auto_publish,
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            log: None,
            report: None,
        }
    }
}

/// One job.
pub(crate) async fn find(
    db: &mut PgConnection,
    job: JobId,
    now: DateTime<Utc>,
    prices: &Prices,
) -> sqlx::Result<Option<JobView>> {
    let filter = Filter {
        content: None,
        job: Some(job),
        limit: 1,
    };
    Ok(list(db, &filter, now, prices).await?.pop())
}

/// What was found about one job.
pub(super) async fn find_reports(
    db: &mut PgConnection,
    job: JobId,
) -> sqlx::Result<Option<Reports>> {
    sqlx::query_as!(
        Reports,
        "SELECT probe_report AS probe, verify_report AS verify FROM jobs WHERE job_id = $1",
        job as JobId
    )
    .fetch_optional(db)
    .await
}
