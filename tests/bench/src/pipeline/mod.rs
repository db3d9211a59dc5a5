//! The whole pipeline against one bare ffmpeg process that encodes the same ladder from one decode: wall time, bytes,
//! quality where chunks join, and what a second worker is worth. Ratios within one run.

mod joins;
mod studio;

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;

pub(crate) use self::studio::{CONTENT, Studio};
use crate::{note, say};

#[derive(Args)]
pub(crate) struct PipelineArgs {
    /// The master; one of mixed scenes is made when there is none
    master: Option<std::path::PathBuf>,
    /// Seconds of the master that is made: two chunks of the standard preset
    #[arg(long, default_value_t = 48)]
    seconds: u32,
    /// Rounds; each figure is the best of its rounds
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10))]
    rounds: u16,
    /// Keep the timings of the pipeline here, for `bench simulate`
    #[arg(long)]
    timings: Option<std::path::PathBuf>,
    #[command(flatten)]
    studio: Studio,
}

/// What one run of the pipeline gave.
struct Run {
    wall_s: f64,
    timings: Value,
    folder: tempfile::TempDir,
}

pub(crate) async fn run(arguments: &PipelineArgs) -> Result<()> {
    let studio = &arguments.studio;
    let work = tempfile::tempdir()?;
    let master = match &arguments.master {
        Some(master) => std::path::absolute(master)?,
        None => work.path().join("master.mp4"),
    };
    if arguments.master.is_none() {
        note(&format!("making a master of {} s", arguments.seconds));
        studio.make_master(&master, arguments.seconds).await?;
    }
    let whole = work.path().join("whole");
    let (mut bare_s, mut best, mut alone): (f64, Option<Run>, Option<Run>) =
        (f64::INFINITY, None, None);
    let mut described = Value::Null;
    for round in 1..=arguments.rounds {
        note(&format!("round {round}: one bare ffmpeg"));
        described = studio.whole(&master, &whole, work.path()).await?;
        bare_s = bare_s.min(described["seconds"].as_f64().context("a time")?);
        note(&format!(
            "round {round}: {bare_s:.1} s; the pipeline, two lanes"
        ));
        keep_faster(&mut best, pipeline(studio, &master, 2, "0,1").await?);
        note(&format!(
            "round {round}: the pipeline, one lane on one core"
        ));
        keep_faster(&mut alone, pipeline(studio, &master, 1, "0").await?);
    }
    let (best, alone) = best.zip(alone).context("there is a round")?;
    if let Some(path) = &arguments.timings {
        std::fs::write(path, best.timings.to_string())?;
    }
    say_times(bare_s, &best, &alone);
    let (chunked, unchunked) = bytes(&described, &best, &whole)?;
    line(
        "bytes chunked / unchunked",
        &format!("{:.4}", chunked as f64 / unchunked as f64),
        "≤ 1.02",
    );
    note("measuring VMAF at the joins");
    let joins = joins::difference(studio, &described, &master, best.folder.path(), &whole);
    let joins = joins.await?;
    line(
        "VMAF at joins, chunked − unchunked",
        &format!("{:+.2}", joins.mean),
        "",
    );
    line("  the worst join", &format!("{:+.2}", joins.worst), "≥ −1");
    Ok(())
}

fn line(what: &str, figure: &str, wanted: &str) {
    say(&format!("{what:<52} {figure:>9} {wanted:>9}"));
}

fn say_times(bare_s: f64, best: &Run, alone: &Run) {
    line("", "measured", "wanted");
    line("one bare ffmpeg, s", &format!("{bare_s:.1}"), "");
    let wall = format!("{:.1}", best.wall_s);
    line("whole pipeline, two lanes, s", &wall, "");
    for kind in ["probe", "encode", "audio", "images", "package", "verify"] {
        let seconds = format!("{:.1}", seconds_of(&best.timings, kind));
        line(&format!("  {kind}, task seconds"), &seconds, "");
    }
    let ratio = format!("{:.3}", best.wall_s / bare_s);
    line("pipeline / bare ffmpeg", &ratio, "≤ 1.1");
    let ratio = format!("{:.2}", alone.wall_s / best.wall_s);
    line("one lane on one core / two on two", &ratio, "≥ 1.8");
}

fn keep_faster(best: &mut Option<Run>, run: Run) {
    if best.as_ref().is_none_or(|best| run.wall_s < best.wall_s) {
        *best = Some(run);
    }
}

async fn pipeline(studio: &Studio, master: &Path, lanes: usize, cores: &str) -> Result<Run> {
    let folder = tempfile::tempdir()?;
    let timings = folder.path().join("timings.json");
    let lanes = lanes.to_string();
    let begun = Instant::now();
    let mut command = studio.pinned(folder.path(), cores)?;
    command
        .arg("run")
        .arg(master)
        .args(["--content", CONTENT, "--lanes", &lanes, "--timings"])
        .arg(&timings);
    let output = command.output().await?;
    let wall_s = begun.elapsed().as_secs_f64();
    ensure!(
        output.status.success(),
        "the pipeline failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(Run {
        wall_s,
        timings: serde_json::from_slice(&std::fs::read(&timings)?)?,
        folder,
    })
}

fn seconds_of(timings: &Value, kind: &str) -> f64 {
    let tasks = timings["tasks"].as_array().into_iter().flatten();
    let of_kind = tasks.filter(|task| task["kind"] == kind);
    of_kind.filter_map(|task| task["seconds"].as_f64()).sum()
}

/// The ids of the renditions, cheapest first.
fn rungs(described: &Value) -> impl Iterator<Item = &str> {
    let rungs = described["plan"]["video"]["rungs"].as_array();
    rungs
        .into_iter()
        .flatten()
        .filter_map(|rung| rung["id"].as_str())
}

/// All renditions as the chunks' encoders wrote them, and as the one process did.
fn bytes(described: &Value, run: &Run, whole: &Path) -> Result<(u64, u64)> {
    let mut unchunked = 0;
    let mut chunked = 0;
    for id in rungs(described) {
        unchunked += std::fs::metadata(whole.join(format!("{id}.mp4")))?.len();
        for chunk in studio::chunks(run.folder.path(), id)? {
            chunked += std::fs::metadata(chunk)?.len();
        }
    }
    Ok((chunked, unchunked))
}
