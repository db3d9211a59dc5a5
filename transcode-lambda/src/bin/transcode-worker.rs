//! The container worker: pulls tasks from origin and does them.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use transcode_lambda::{
    config::{EngineArgs, LogArgs},
    origin::Origin,
    task::KINDS,
    worker::{Settings, Stop, Worker},
};

#[derive(Parser)]
#[command(
    about = "Does Marquee's transcode tasks: probe, encode, package, verify",
    after_help = "Every option can be set in the environment. Examples:
  transcode-worker                                    work until stopped
  transcode-worker --once                             work until there is nothing left to do
  transcode-worker --kinds encode,audio --concurrency 4
  OBJECTS_URL=s3://media S3_REGION=eu-central-1 ORIGIN_URL=https://origin.internal transcode-worker"
)]
struct Cli {
    /// Origin's address
    #[arg(long, env = "ORIGIN_URL", default_value = "http://127.0.0.1:4000")]
    origin_url: String,
    /// Keys of service tokens, `kid:hex[,kid:hex]`, the first signs
    #[arg(long, env = "SERVICE_KEYS", hide_env_values = true)]
    service_keys: String,
    /// Name that administrators see [default: host and process id]
    #[arg(long, env = "WORKER_ID")]
    worker_id: Option<String>,
    /// Only these kinds of tasks, separated by commas
    #[arg(long, env = "WORKER_KINDS", value_delimiter = ',')]
    kinds: Vec<String>,
    /// Tasks at once [default: half the processors, two at least: one fills the pauses of the other]
    #[arg(long, env = "WORKER_CONCURRENCY", value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: Option<u16>,
    /// End when there is no more work
    #[arg(long)]
    once: bool,
    /// Seconds that running tasks may go on after SIGTERM before they are handed back
    #[arg(long, env = "WORKER_GRACE_S", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    grace_s: u64,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    log: LogArgs,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.log.start();
    match work(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the worker can't work");
            ExitCode::FAILURE
        }
    }
}

async fn work(cli: Cli) -> Result<()> {
    if let Some(unknown) = cli
        .kinds
        .iter()
        .find(|kind| !KINDS.contains(&kind.as_str()))
    {
        bail!("there is no task kind {unknown}: use {}", KINDS.join(", "));
    }
    let kinds = if cli.kinds.is_empty() {
        KINDS.map(str::to_owned).to_vec()
    } else {
        cli.kinds
    };
    let origin = Origin::new(&cli.origin_url, &cli.service_keys)?;
    let engine = cli.engine.open().await?;
    let worker_id = cli.worker_id.unwrap_or_else(default_id);
    if !(1..=100).contains(&worker_id.chars().count()) {
        bail!("WORKER_ID is empty or longer than 100 characters: give a shorter name, or none");
    }
    let concurrency = cli
        .concurrency
        .map_or_else(default_concurrency, usize::from);
    tracing::info!(
        worker.id = worker_id,
        origin = cli.origin_url,
        concurrency,
        "worker ready"
    );
    let settings = Settings {
        worker_id,
        kinds,
        concurrency,
        once: cli.once,
        grace: Duration::from_secs(cli.grace_s),
    };
    let stop = Stop::default();
    stop_on_signals(stop.clone())?;
    let taken = Worker::new(engine, origin, settings).run(stop).await?;
    tracing::info!(tasks = taken, "worker ends");
    Ok(())
}

/// The first signal lets running tasks end within the grace, the second hands them back at once.
fn stop_on_signals(stop: Stop) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM can't be watched")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT can't be watched")?;
    tokio::spawn(async move {
        for place in 0.. {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping");
            if place == 0 {
                stop.begin();
            } else {
                stop.at_once();
            }
        }
    });
    Ok(())
}

fn default_concurrency() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    (processors / 2).max(2)
}

fn default_id() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    let host = if host.is_empty() { "worker" } else { host };
    format!("{host}-{}", std::process::id())
}
