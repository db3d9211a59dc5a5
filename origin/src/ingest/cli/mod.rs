//! `origin ingest FILE`: a master that is on this machine already. Talks to PostgreSQL and the object store directly.
//!
//! Exit codes: 0 when the master is accepted (with `--wait`: when the title is ready), 1 when it couldn't be taken,
//! 3 when the job failed, 4 when it was cancelled.

mod place;
mod wait;

use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, bail, ensure};
use chrono::Datelike;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use secrecy::ExposeSecret;
use shared::ids::{ContentId, JobId, UploadId};
use sqlx::{Connection, PgConnection};

use super::{
    metadata::{FILENAME_MAX_CHARS, TITLE_MAX_CHARS},
    sql::{self, NewTitle},
    staging::master_key,
};
use crate::{
    app::Clock,
    config,
    jobs::{self, Master},
};

/// Takes a master file and makes it playable.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct IngestArguments {
    /// The master.
    file: PathBuf,
    /// Name of the new title.
    #[arg(long, required_unless_present = "content_id")]
    title: Option<String>,
    /// Make a new version of this title instead of a new title.
    #[arg(long, conflicts_with_all = ["title", "description", "year", "genre", "maturity", "rating"])]
    content_id: Option<ContentId>,
    #[arg(long, default_value = "")]
    description: String,
    /// Release year; this year when absent.
    #[arg(long, value_parser = clap::value_parser!(i16).range(1870..=2200))]
    year: Option<i16>,
    /// Genres, separated by commas or given several times.
    #[arg(long, value_delimiter = ',')]
    genre: Vec<String>,
    /// Youngest age it is meant for.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i16).range(0..=18))]
    maturity: i16,
    /// Rating as shown, such as PG-13.
    #[arg(long, default_value = "")]
    rating: String,
    /// Leave publishing to `POST /api/admin/content/{id}/publish`.
    #[arg(long)]
    no_publish: bool,
    /// Publish the master's own streams first, if they conform, and the ladder behind them.
    #[arg(long, env = "COPY_FIRST", default_value_t = true, action = clap::ArgAction::Set)]
    copy_first: bool,
    /// Stay until the title is ready or its job has failed.
    #[arg(long)]
    wait: bool,
    /// Print one line of JSON, `{"contentId":…,"jobId":…}`, and nothing else, on standard output.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub async fn run(arguments: IngestArguments) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let mut db = PgConnection::connect(config::database_url()?.expose_secret())
        .await
        .context("connecting to PostgreSQL")?;
    let filename = check(&arguments, &mut db).await?;
    let content_id = arguments
        .content_id
        .unwrap_or_else(|| ContentId::from_uuid(clock.new_id()));
    let key = master_key(content_id, UploadId::from_uuid(clock.new_id()));
    let objects = config::objects_settings()?;
    let bar = bar(ProgressStyle::with_template(
        "{prefix:.bold} {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta}",
    )?);
    bar.set_prefix(filename.clone());
    let sha256 = place::place(&objects, &arguments.file, &key, &bar).await?;
    bar.finish_and_clear();
    let stored = store(
        &mut db, &clock, &arguments, content_id, &key, &filename, sha256,
    )
    .await;
    if stored.is_err() {
        place::remove(&objects, &key).await;
    }
    let job_id = stored.context("writing title and job")?;
    announce(&arguments, content_id, job_id)?;
    if arguments.wait {
        wait::wait(&mut db, &clock, job_id).await
    } else {
        Ok(ExitCode::SUCCESS)
    }
}

async fn check(arguments: &IngestArguments, db: &mut PgConnection) -> anyhow::Result<String> {
    let file = tokio::fs::metadata(&arguments.file)
        .await
        .with_context(|| format!("reading {}", arguments.file.display()))?;
    ensure!(file.is_file(), "{} is not a file", arguments.file.display());
    ensure!(file.len() > 0, "{} is empty", arguments.file.display());
    if let Some(title) = &arguments.title {
        let length = title.trim().chars().count();
        ensure!(
            (1..=TITLE_MAX_CHARS).contains(&length),
            "--title: give 1 to {TITLE_MAX_CHARS} characters"
        );
    }
    if let Some(id) = arguments.content_id {
        match sql::find_content_type(db, id).await?.as_deref() {
            Some("movie" | "episode") => {}
            Some(_) => bail!("--content-id: a series has no media of its own"),
            None => bail!("--content-id: there is no such title"),
        }
    }
    let name = arguments
        .file
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    Ok(name
        .chars()
        .filter(|c| !c.is_control())
        .take(FILENAME_MAX_CHARS)
        .collect())
}

async fn store(
    db: &mut PgConnection,
    clock: &Clock,
    arguments: &IngestArguments,
    content_id: ContentId,
    key: &str,
    filename: &str,
    sha256: [u8; 32],
) -> sqlx::Result<JobId> {
    let now = clock.now();
    let mut tx = db.begin().await?;
    if let Some(title) = &arguments.title {
        let genres: Vec<String> = arguments
            .genre
            .iter()
            .map(|genre| genre.trim().to_owned())
            .filter(|genre| !genre.is_empty())
            .collect();
        let new = NewTitle {
            content_id,
            title: title.trim(),
            description: &arguments.description,
            release_year: arguments
                .year
                .unwrap_or_else(|| i16::try_from(now.year()).unwrap_or(i16::MAX)),
            rating: &arguments.rating,
            genres: &genres,
            maturity: arguments.maturity,
        };
        sql::insert_title(&mut tx, &new, now).await?;
    }
    let master = Master {
        content_id,
        upload_id: None,
        requested_by: None,
        key,
        filename,
        sha256,
        auto_publish: !arguments.no_publish,
        copy_first: arguments.copy_first,
    };
    let job = jobs::create(&mut tx, clock, &master).await?;
    tx.commit().await?;
    Ok(job)
}

fn announce(arguments: &IngestArguments, content: ContentId, job: JobId) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(
            out,
            "{}",
            serde_json::json!({ "contentId": content, "jobId": job })
        )?;
    } else {
        writeln!(out, "content {content}\njob     {job}")?;
    }
    Ok(out.flush()?)
}

/// Drawn on standard error, and only for eyes.
fn bar(style: ProgressStyle) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    ProgressBar::with_draw_target(None, target).with_style(style.progress_chars("━━─"))
}
