//! `--wait`: the job's stage and percent until it has ended.

use std::{io::Write, process::ExitCode, time::Duration};

use anyhow::Context;
use indicatif::ProgressStyle;
use shared::ids::JobId;
use sqlx::PgConnection;

use crate::{
    app::Clock,
    config,
    jobs::{JobState, JobView, find_view},
};

const POLL: Duration = Duration::from_millis(500);
const FAILED: u8 = 3;
const CANCELLED: u8 = 4;

pub(super) async fn wait(
    db: &mut PgConnection,
    clock: &Clock,
    job: JobId,
) -> anyhow::Result<ExitCode> {
    let bar = super::bar(ProgressStyle::with_template(
        "{prefix:.bold} {wide_bar} {pos:>3} %  {msg}",
    )?);
    bar.set_length(100);
    loop {
        let view = find(db, clock, job).await?;
        bar.set_prefix(view.state.as_str());
        bar.set_position(view.percent as u64);
        bar.set_message(message(&view));
        match view.state {
            JobState::Ready => {
                bar.finish_and_clear();
                let what = if view.auto_publish {
                    "published"
                } else {
                    "ready to be published"
                };
                writeln!(std::io::stderr(), "version {} is {what}", view.version)?;
                return Ok(ExitCode::SUCCESS);
            }
            JobState::Failed => {
                bar.finish_and_clear();
                let mut err = std::io::stderr().lock();
                for reason in &view.reasons {
                    writeln!(
                        err,
                        "{}: {}\n    {}",
                        reason.code, reason.problem, reason.remedy
                    )?;
                }
                return Ok(ExitCode::from(FAILED));
            }
            JobState::Cancelled => {
                bar.finish_and_clear();
                writeln!(std::io::stderr(), "the job was cancelled")?;
                return Ok(ExitCode::from(CANCELLED));
            }
            JobState::Queued
            | JobState::Probing
            | JobState::Encoding
            | JobState::Packaging
            | JobState::Verifying => {
                tokio::time::sleep(POLL).await;
            }
        }
    }
}

fn message(view: &JobView) -> String {
    let fps = view
        .fps
        .map(|fps| format!("{fps:.0} fps  "))
        .unwrap_or_default();
    let eta = view
        .eta_s
        .map(|eta| format!("{eta} s left"))
        .unwrap_or_default();
    format!("{}/{} tasks  {fps}{eta}", view.tasks.done, view.tasks.total)
}

async fn find(db: &mut PgConnection, clock: &Clock, job: JobId) -> anyhow::Result<JobView> {
    find_view(db, job, clock.now(), &config::prices()?)
        .await?
        .context("the job is gone")
}
