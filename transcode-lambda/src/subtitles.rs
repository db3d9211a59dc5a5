//! Subtitles: any text format becomes WebVTT, read strictly and printed in our one form.

use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use shared::webvtt;

use crate::{
    engine::{Engine, Signals, Target},
    failure::{Refused, ToolFailed},
    process::{Invocation, Limits},
    task::{Made, Output, SubtitlesSpec},
};

/// Goes into every key: raise it when the same plan would give other bytes.
const RECIPE: u32 = 1;

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
    let mut outputs = Vec::new();
    let found = engine.store.describe(&key).await?;
    let reused = found.is_some();
    let stored = match found {
        Some(stored) => Some(stored),
        None => match convert(engine, spec, signals).await? {
            Some(text) => Some(engine.store.put_bytes(text.into_bytes(), &key).await?),
            None => None,
        },
    };
    outputs.extend(stored.map(|stored| Output {
        rendition: spec.track.id.clone(),
        stored,
        frames: None,
    }));
    Ok(Made {
        kind: "subtitles".to_owned(),
        chunk: None,
        outputs,
        reused,
    })
}

/// The track as a WebVTT file; `None` when nothing in it is ever shown.
async fn convert(
    engine: &Engine,
    spec: &SubtitlesSpec,
    signals: &Signals,
) -> Result<Option<String>> {
    let folder = engine.scratch.folder()?;
    let (input, stream) = match (&spec.track.key, spec.track.stream) {
        (Some(key), _) => (sidecar(engine, key, folder.path()).await?, 0),
        (None, Some(stream)) => (engine.store.readable(&spec.master_key).await?, stream),
        (None, None) => anyhow::bail!("a subtitle track has neither a stream nor a file"),
    };
    signals.stage("converting subtitles", 0.0);
    let run = Invocation::new(&engine.tools.ffmpeg, folder.path(), Limits::FILM)
        .args(["-v", "error", "-nostdin", "-i", &input])
        .args([
            "-map",
            &format!("0:{stream}"),
            "-c:s",
            "webvtt",
            "-f",
            "webvtt",
            "-",
        ])
        .output(&signals.cancel)
        .await;
    let (printed, _) = run.map_err(|error| match error.downcast_ref::<ToolFailed>() {
        Some(_) => unusable(&spec.track.name, "they are no subtitles that we can read"),
        None => error,
    })?;
    let text = String::from_utf8(printed).context("ffmpeg prints UTF-8")?;
    let document = webvtt::parse(&text)
        .map_err(|error| unusable(&spec.track.name, &error.to_string()))?
        .clipped(spec.duration_ms);
    Ok((!document.cues.is_empty()).then(|| document.to_hls_text()))
}

fn unusable(name: &str, why: &str) -> anyhow::Error {
    Refused::because(
        "subtitles_unusable",
        format!("The {name} subtitles can't be used: {why}."),
        "Deliver them as SubRip (.srt) or WebVTT (.vtt) in UTF-8.",
    )
    .into()
}

/// A sidecar as a UTF-8 file that ffmpeg can read. Old SubRip files are Windows-1252.
async fn sidecar(engine: &Engine, key: &str, folder: &Path) -> Result<String> {
    let bytes = engine.store.read(key).await?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
    };
    let name = if text.trim_start_matches('\u{feff}').starts_with("WEBVTT") {
        "sidecar.vtt"
    } else {
        "sidecar.srt"
    };
    let path = folder.join(name);
    tokio::fs::write(&path, text).await?;
    Ok(path.display().to_string())
}

/// The bytes 0x80 to 0x9f differ from Latin-1: quotes and dashes, which subtitles are full of.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}
