//! `origin jobs [--watch]`: the newest jobs and how far they are, in a terminal.

use std::{
    fmt::Write as _,
    io::{IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Args;
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

use super::view::{self, Filter, JobView};
use crate::{app::Clock, config};

const REFRESH: Duration = Duration::from_secs(1);
const BAR_CELLS: usize = 20;
/// Cursor home, then clear what is below: no flicker.
const HOME: &str = "\x1b[H\x1b[J";

/// Shows the newest jobs.
#[derive(Debug, Args)]
pub struct JobsArguments {
    /// Show them again every second, until interrupted.
    #[arg(long)]
    watch: bool,
    /// How many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=200))]
    limit: i64,
}

/// Runs the command.
pub async fn run(arguments: JobsArguments) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let mut db = PgConnection::connect(config::database_url()?.expose_secret())
        .await
        .context("connecting to PostgreSQL")?;
    let filter = Filter {
        content: None,
        job: None,
        limit: arguments.limit,
    };
    loop {
        let jobs = view::list(&mut db, &filter, clock.now()).await?;
        let table = table(&jobs, clock.now());
        let mut out = std::io::stdout().lock();
        if arguments.watch && out.is_terminal() {
            write!(out, "{HOME}")?;
        }
        write!(out, "{table}")?;
        out.flush()?;
        drop(out);
        if !arguments.watch {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::time::sleep(REFRESH).await;
    }
}

fn table(jobs: &[JobView], now: DateTime<Utc>) -> String {
    if jobs.is_empty() {
        return "No jobs yet: `origin ingest FILE --title …` makes one.\n".to_owned();
    }
    let mut text = format!(
        "{:<36}  {:<28}  {:>3}  {:<10}  {:<BAR_CELLS$} {:>6}  {:>9}  {:>7}  {:>8}  {:>6}\n",
        "JOB", "TITLE", "VER", "STATE", "PROGRESS", "%", "TASKS", "FPS", "LEFT", "AGE"
    );
    for job in jobs {
        // Writing to a String can't fail.
        let _ = writeln!(
            text,
            "{:<36}  {:<28}  {:>3}  {:<10}  {} {:>6.1}  {:>9}  {:>7}  {:>8}  {:>6}",
            job.id,
            shorten(&job.title, 28),
            job.version,
            job.state.as_str(),
            bar(job.percent),
            job.percent,
            format!("{}/{}", job.tasks.done, job.tasks.total),
            job.fps
                .map_or_else(|| "-".to_owned(), |fps| format!("{fps:.0}")),
            job.eta_s.map_or_else(|| "-".to_owned(), duration),
            duration((now - job.created_at).num_seconds().unsigned_abs()),
        );
        for reason in &job.reasons {
            let _ = writeln!(text, "    {}: {}", reason.code, reason.problem);
        }
    }
    text
}

fn bar(percent: f64) -> String {
    let full = ((percent / 100.0).clamp(0.0, 1.0) * BAR_CELLS as f64).round() as usize;
    "━".repeat(full) + &"─".repeat(BAR_CELLS - full)
}

fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_always_as_wide() {
        for percent in [-5.0, 0.0, 2.4, 50.0, 99.9, 100.0, 120.0] {
            assert_eq!(bar(percent).chars().count(), BAR_CELLS, "{percent}");
        }
        assert_eq!(bar(50.0), "━━━━━━━━━━──────────");
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        for (seconds, expect) in [(5, "5s"), (65, "1m05s"), (3_700, "1h01m"), (200_000, "2d")] {
            assert_eq!(duration(seconds), expect);
        }
    }

    #[test]
    fn a_long_title_keeps_its_beginning() {
        assert_eq!(shorten("Sintel", 28), "Sintel");
        assert_eq!(shorten(&"é".repeat(40), 5), "éééé…");
    }
}
