//! `origin jobs`: what the transcode jobs are doing, in a terminal; and what an operator does about them. Talks to PostgreSQL
//! directly, so it works while the service is down.
//!
//! Exit codes: 0 when done (`watch`: when the job is ready), 1 when it couldn't be done, 3 when the watched job failed, 4 when it was
//! cancelled.

mod table;
mod watch;

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use serde::Serialize;
use shared::ids::JobId;
use sqlx::{Connection, PgConnection};

use super::{
    control,
    cost::Prices,
    detail,
    view::{self, Filter},
};
use crate::{app::Clock, audit, config};

const REFRESH: Duration = Duration::from_secs(1);
/// Cursor home, then clear what is below: no flicker.
const HOME: &str = "\x1b[H\x1b[J";

/// Shows the newest jobs, or one of them; tries again; cancels.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  origin jobs                       the newest jobs
  origin jobs --watch               the same, again every second
  origin jobs --json | jq '.items[] | select(.state == \"failed\")'
  origin jobs show ID --log 50      every task with its attempts and the end of its log
  origin jobs watch ID              progress bars until the job has ended
  origin jobs retry ID              try a failed or cancelled job again: what was done stays done
  origin jobs cancel ID             workers stop with their next heartbeat

PRICE_VCPU_HOUR, PRICE_GB_HOUR, PRICE_CURRENCY, TASK_VCPUS and TASK_GB set what a task's time costs."
)]
pub struct JobsArguments {
    #[command(subcommand)]
    command: Option<JobsCommand>,
    /// Show them again every second, until interrupted
    #[arg(long)]
    watch: bool,
    /// How many
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=200))]
    limit: i64,
    /// Print JSON, as `GET /api/admin/jobs` does
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// Show a job with its tasks, their attempts and the end of their logs
    Show {
        job: JobId,
        /// Log lines of each task
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(i64).range(0..=200))]
        log: i64,
        /// Print JSON, as `GET /api/admin/jobs/{id}` does
        #[arg(long)]
        json: bool,
    },
    /// Watch a job with progress bars until it has ended
    Watch {
        job: JobId,
        /// Print one line of JSON whenever something changed
        #[arg(long)]
        json: bool,
    },
    /// Try a failed or cancelled job again: what was done stays done
    Retry {
        job: JobId,
        /// Print the job as JSON
        #[arg(long)]
        json: bool,
    },
    /// Cancel a job
    Cancel {
        job: JobId,
        /// Print the job as JSON
        #[arg(long)]
        json: bool,
    },
}

/// What every subcommand works with.
struct Desk {
    db: PgConnection,
    clock: Clock,
    prices: Prices,
}

/// Runs the command.
pub async fn run(arguments: JobsArguments) -> anyhow::Result<ExitCode> {
    let mut desk = Desk {
        db: PgConnection::connect(config::database_url()?.expose_secret())
            .await
            .context("connecting to PostgreSQL")?,
        clock: Clock::system(),
        prices: config::prices()?,
    };
    match arguments.command {
        None => list(&mut desk, &arguments).await?,
        Some(JobsCommand::Show { job, log, json }) => show(&mut desk, job, log, json).await?,
        Some(JobsCommand::Watch { job, json }) => return watch::watch(&mut desk, job, json).await,
        Some(JobsCommand::Retry { job, json }) => change(&mut desk, job, json, Deed::Retry).await?,
        Some(JobsCommand::Cancel { job, json }) => {
            change(&mut desk, job, json, Deed::Cancel).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(desk: &mut Desk, arguments: &JobsArguments) -> anyhow::Result<()> {
    let filter = Filter {
        content: None,
        job: None,
        limit: arguments.limit,
    };
    loop {
        let now = desk.clock.now();
        let jobs = view::list(&mut desk.db, &filter, now, &desk.prices).await?;
        let text = if arguments.json {
            line(&serde_json::json!({ "items": jobs }))?
        } else {
            table::jobs(&jobs, now)
        };
        let mut out = std::io::stdout().lock();
        if arguments.watch && !arguments.json && out.is_terminal() {
            write!(out, "{HOME}")?;
        }
        write!(out, "{text}")?;
        out.flush()?;
        drop(out);
        if !arguments.watch {
            return Ok(());
        }
        tokio::time::sleep(REFRESH).await;
    }
}

async fn show(desk: &mut Desk, job: JobId, log: i64, json: bool) -> anyhow::Result<()> {
    let now = desk.clock.now();
    let found = detail::find(&mut desk.db, job, now, &desk.prices, log)
        .await?
        .context("there is no such job; `origin jobs` lists them")?;
    print(&if json {
        line(&found)?
    } else {
        table::detail(&found, now)
    })
}

#[derive(Clone, Copy)]
enum Deed {
    Retry,
    Cancel,
}

async fn change(desk: &mut Desk, job: JobId, json: bool, deed: Deed) -> anyhow::Result<()> {
    let now = desk.clock.now();
    let mut tx = desk.db.begin().await?;
    let action = match deed {
        Deed::Retry => {
            control::retry_job(&mut tx, job, now).await?;
            "job.retry"
        }
        Deed::Cancel => {
            control::cancel_job(&mut tx, job, now).await?;
            "job.cancel"
        }
    };
    audit::record_by_hand(&mut tx, &desk.clock, action, job.as_uuid()).await?;
    let changed = view::find(&mut tx, job, now, &desk.prices).await?;
    tx.commit().await?;
    let changed = changed.context("a job that was changed is there")?;
    print(&if json {
        line(&changed)?
    } else {
        table::jobs(&[changed], now)
    })
}

/// JSON on one line.
fn line(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string(value)? + "\n")
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
