//! How long a long film would take on many workers, and what it would cost: recorded times, replayed.

mod film;
mod schedule;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use self::{
    film::Recording,
    schedule::{Schedule, Task, schedule},
};
use crate::say;

#[derive(Args)]
pub(crate) struct SimulateArgs {
    /// Timings of a run: JSON of `transcode run --timings FILE`
    recording: PathBuf,
    /// Timings of a run of a shorter film: what of a task's time comes with every film, however long
    #[arg(long)]
    shorter: Option<PathBuf>,
    /// What the film lasts, seconds
    #[arg(long, default_value_t = 7200.0)]
    film_s: f64,
    /// Workers, each with one task at a time
    #[arg(long, value_delimiter = ',', default_values_t = [2, 5, 10, 20, 50, 100, 200, 500, 1000])]
    workers: Vec<usize>,
    /// How many times faster than the recording machine a worker is
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Memory of a Lambda function, GB
    #[arg(long, default_value_t = 4.0)]
    lambda_gb: f64,
    /// Price of a Lambda GB-second, dollars (x86, us-east-1, list price)
    #[arg(long, default_value_t = 0.000_016_666_7)]
    gb_second: f64,
    /// Processors of a container worker
    #[arg(long, default_value_t = 2.0)]
    vcpus: f64,
    /// Price of a container's processor-second, dollars (Fargate Linux x86, us-east-1: 0.04048 an hour)
    #[arg(long, default_value_t = 0.000_011_244)]
    vcpu_second: f64,
}

pub(crate) fn run(arguments: &SimulateArgs) -> Result<()> {
    let recording = read(&arguments.recording)?;
    let shorter = arguments.shorter.as_deref().map(read).transpose()?;
    let mut tasks = recording.film(shorter.as_ref(), arguments.film_s)?;
    for task in &mut tasks {
        task.seconds /= arguments.speed;
    }
    let shortest = schedule(&tasks, tasks.len());
    let busy_h = shortest.busy_s / 3600.0;
    say(&format!(
        "A film of {:.0} s: {} tasks, {busy_h:.2} worker hours; recorded: {:.0} s of film, {} tasks",
        arguments.film_s,
        tasks.len(),
        recording.duration_s,
        recording.tasks.len()
    ));
    say(&format!(
        "{:>8} {:>12} {:>9} {:>9} {:>12} {:>14}",
        "workers", "wall", "speed-up", "busy", "Lambda $", "containers $"
    ));
    for workers in &arguments.workers {
        let found = schedule(&tasks, *workers);
        say(&row(&found, *workers, arguments));
    }
    say(&format!(
        "Critical path, with a worker for each task: {}",
        path(&tasks, &shortest)
    ));
    say(&format!(
        "Lambda: {} GB at ${} per GB-s, billed while a task runs. Containers: {} vCPU at ${} per vCPU-s, billed from the first \
         task to the last.",
        arguments.lambda_gb, arguments.gb_second, arguments.vcpus, arguments.vcpu_second
    ));
    Ok(())
}

fn read(path: &Path) -> Result<Recording> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} can't be read", path.display()))?;
    serde_json::from_str(&text).context("the recording is not what `transcode run` writes")
}

fn row(found: &Schedule, workers: usize, arguments: &SimulateArgs) -> String {
    let lambda = found.busy_s * arguments.lambda_gb * arguments.gb_second;
    let held_s = found.wall_s * workers as f64;
    let containers = held_s * arguments.vcpus * arguments.vcpu_second;
    format!(
        "{workers:>8} {:>12} {:>8.1}x {:>8.0}% {lambda:>12.2} {containers:>14.2}",
        clock(found.wall_s),
        found.busy_s / found.wall_s.max(f64::MIN_POSITIVE),
        found.busy_s / held_s.max(f64::MIN_POSITIVE) * 100.0
    )
}

/// `1:02:03`.
fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    format!("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
}

fn path(tasks: &[Task], found: &Schedule) -> String {
    let steps = found.critical.iter().map(|place| {
        let task = &tasks[*place];
        format!("{} {:.1} s", task.name, task.seconds)
    });
    let steps: Vec<String> = steps.collect();
    format!("{} = {:.1} s", steps.join(" + "), found.wall_s)
}
