//! Subtitles: any text format becomes WebVTT in our one form, on the programme's timeline.

mod encoding;
mod files;
mod times;
mod words;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use shared::webvtt::{self, Document};

use crate::{
    engine::{Engine, Signals, Target},
    failure::{Refused, ToolFailed},
    process::{Invocation, Limits},
    task::{Made, Output, SubtitlesSpec},
};

/// Goes into every key: raise it when the same plan would give other bytes.
const RECIPE: u32 = 2;

/// More repairs than these are counted, not listed.
const MOST_NOTES: usize = 10;

/// Converts one track.
pub async fn run(
    engine: &Engine,
    target: Target,
    spec: &SubtitlesSpec,
    signals: &Signals,
) -> Result<Made> {
    let inputs = serde_json::to_vec(&(RECIPE, &engine.tools.fingerprint, spec))?;
    let hash = hex::encode(&Sha256::digest(inputs)[..12]);
    let key = target.work_key(&format!("{}-{hash}.vtt", spec.track.id));
    let found = engine.store.describe(&key).await?;
    let reused = found.is_some();
    let mut notes = Vec::new();
    let stored = if found.is_some() {
        found
    } else {
        signals.stage("converting subtitles", 0.0);
        match convert(engine, spec, signals, &mut notes).await? {
            Some(text) => Some(engine.store.put_bytes(text.into_bytes(), &key).await?),
            None => None,
        }
    };
    let output = stored.map(|stored| Output {
        rendition: spec.track.id.clone(),
        stored,
        frames: None,
        loudness_lufs: None,
    });
    Ok(Made {
        kind: "subtitles".to_owned(),
        chunk: None,
        outputs: output.into_iter().collect(),
        reused,
        notes,
        candidates: Vec::new(),
    })
}

/// The track as a WebVTT file; `None` when nothing in it is ever shown.
async fn convert(
    engine: &Engine,
    spec: &SubtitlesSpec,
    signals: &Signals,
    notes: &mut Vec<String>,
) -> Result<Option<String>> {
    let document = match (&spec.track.key, spec.track.stream) {
        (Some(key), _) => sidecar(engine, spec, key, notes).await?,
        (None, Some(stream)) => embedded(engine, spec, stream, signals).await?,
        (None, None) => anyhow::bail!("a subtitle track has neither a stream nor a file"),
    };
    let document = document
        .shifted(-(spec.phase_us / 1000))
        .clipped(spec.duration_ms);
    Ok((!document.cues.is_empty()).then(|| document.to_hls_text()))
}

/// A stream of the master. ffmpeg counts its times from the start of the file, as the picture's.
async fn embedded(
    engine: &Engine,
    spec: &SubtitlesSpec,
    stream: u32,
    signals: &Signals,
) -> Result<Document> {
    let folder = engine.scratch.folder()?;
    let input = engine.store.readable(&spec.master_key).await?;
    let run = Invocation::new(&engine.tools.ffmpeg, folder.path(), Limits::FILM)
        .args(["-v", "error", "-nostdin", "-i", &input])
        .args(["-map", &format!("0:{stream}")])
        .args("-c:s webvtt -f webvtt -".split(' '))
        .output(&signals.cancel)
        .await;
    let (printed, _) = run.map_err(|error| match error.downcast_ref::<ToolFailed>() {
        Some(_) => unusable(&spec.track.name, "they are no subtitles that we can read"),
        None => error,
    })?;
    let text = String::from_utf8(printed).context("ffmpeg prints UTF-8")?;
    let document = webvtt::parse(&text).map_err(|fault| {
        let place = format!("in stream {stream}, {fault}");
        unusable(&spec.track.name, &place)
    })?;
    Ok(files::in_order(document))
}

/// A file beside the master.
async fn sidecar(
    engine: &Engine,
    spec: &SubtitlesSpec,
    key: &str,
    notes: &mut Vec<String>,
) -> Result<Document> {
    let name = &spec.track.name;
    let size = engine.store.find_size(key).await?;
    if size.is_none_or(|size| size > encoding::MOST_BYTES) {
        return Err(unusable(
            name,
            "the file is missing or larger than any subtitles",
        ));
    }
    let bytes = engine.store.read(key).await?;
    let (text, guess) = encoding::decode(&bytes).map_err(|problem| unusable(name, problem))?;
    let (document, repairs) =
        files::read(&text).map_err(|fault| unusable(name, &fault.to_string()))?;
    notes.extend(guess.map(|guess| format!("The {name} subtitles: {guess}.")));
    let listed = repairs.iter().take(MOST_NOTES);
    notes.extend(listed.map(|repair| format!("The {name} subtitles, {repair}.")));
    if let more @ 1.. = repairs.len().saturating_sub(MOST_NOTES) {
        notes.push(format!("The {name} subtitles: {more} more repairs."));
    }
    Ok(document)
}

fn unusable(name: &str, why: &str) -> anyhow::Error {
    Refused::because(
        "subtitles_unusable",
        format!("The {name} subtitles can't be used: {why}."),
        "Correct that line and deliver them again as SubRip (.srt) or WebVTT (.vtt) in UTF-8.",
    )
    .into()
}
