//! Quality where chunks join: VMAF of the last second before and the first second after each join, chunked and unchunked,
//! against the master.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::studio::{Studio, chunks, done};

/// Frames on each side of a join.
const SIDE: u64 = 24;

/// How much better the chunked rendition is, in VMAF.
pub(super) struct Difference {
    /// Over all joins.
    pub(super) mean: f64,
    /// At the join where it is worst.
    pub(super) worst: f64,
}

/// Compares the best rendition.
pub(super) async fn difference(
    studio: &Studio,
    described: &Value,
    master: &Path,
    chunked: &Path,
    whole: &Path,
) -> Result<Difference> {
    let rungs = described["plan"]["video"]["rungs"].as_array();
    let best = rungs.and_then(|rungs| rungs.last());
    let best = best.context("a plan has a rendition")?;
    let id = best["id"].as_str().context("a rendition has an id")?;
    let size = format!("{}:{}", best["width"], best["height"]);
    let plan_chunks = described["plan"]["chunks"].as_array();
    let starts = plan_chunks.into_iter().flatten().skip(1);
    let joins: Vec<u64> = starts
        .filter_map(|chunk| chunk["startFrame"].as_u64())
        .collect();
    ensure!(
        !joins.is_empty(),
        "the master is a single chunk: take a longer one"
    );
    let mut list = String::from("ffconcat version 1.0\n");
    for chunk in chunks(chunked, id)? {
        writeln!(list, "file '{}'", chunk.display())?;
    }
    let list_path = chunked.join("joined.ffconcat");
    std::fs::write(&list_path, list)?;
    let joined = chunked.join("joined.mp4");
    let mut join = studio.ffmpeg();
    join.args(["-f", "concat", "-safe", "0", "-i"])
        .arg(&list_path)
        .args(["-c", "copy"])
        .arg(&joined);
    done(join).await?;
    let ours = scores(studio, &joined, master, &size, &joins, chunked).await?;
    let unchunked = whole.join(format!("{id}.mp4"));
    let theirs = scores(studio, &unchunked, master, &size, &joins, chunked).await?;
    let differences: Vec<f64> = ours
        .iter()
        .zip(&theirs)
        .map(|(ours, theirs)| ours - theirs)
        .collect();
    Ok(Difference {
        mean: differences.iter().sum::<f64>() / differences.len() as f64,
        worst: differences.iter().copied().fold(f64::INFINITY, f64::min),
    })
}

/// The mean VMAF around each join.
async fn scores(
    studio: &Studio,
    rendition: &Path,
    master: &Path,
    size: &str,
    joins: &[u64],
    folder: &Path,
) -> Result<Vec<f64>> {
    let log = folder.join("vmaf.json");
    let near: Vec<String> = joins
        .iter()
        .map(|join| format!("between(n\\,{}\\,{})", join - SIDE, join + SIDE - 1))
        .collect();
    let select = format!("select={},setpts=N/(24*TB)", near.join("+"));
    let graph = format!(
        "[0:v]{select}[main];[1:v]{select},scale={size}:flags=bicubic[ref];\
         [main][ref]libvmaf=log_fmt=json:n_threads=2:log_path={}",
        log.display()
    );
    let mut command = studio.ffmpeg();
    command
        .arg("-i")
        .arg(rendition)
        .arg("-i")
        .arg(master)
        .args(["-filter_complex", &graph, "-f", "null", "-"]);
    done(command).await?;
    let measured: Value = serde_json::from_slice(&std::fs::read(&log)?)?;
    let frames = measured["frames"].as_array().context("VMAF of frames")?;
    let scores: Vec<f64> = frames
        .iter()
        .filter_map(|frame| frame["metrics"]["vmaf"].as_f64())
        .collect();
    let window = 2 * SIDE as usize;
    ensure!(
        scores.len() == joins.len() * window,
        "{} frames were compared at {} joins",
        scores.len(),
        joins.len()
    );
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    Ok(scores.chunks(window).map(mean).collect())
}
