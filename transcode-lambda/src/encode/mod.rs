//! Encode one chunk: one decode feeds all renditions, each a closed-GOP file that fits its neighbours exactly.

pub(crate) mod command;
pub mod complexity;
mod decode;
pub(crate) mod filter;
mod inspect;
mod progress;
pub mod quality;
mod whole;

use std::path::Path;

use anyhow::{Context, Result, bail};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use sha2::{Digest, Sha256};
use shared::ladder::{Chunk, VideoPlan};

use self::progress::ProgressReader;
pub use self::{decode::decode, inspect::inspect, whole::whole};
use crate::{
    engine::{Engine, Signals, Target},
    process::{Invocation, Limits, processors},
    store::Stored,
    task::{EncodeSpec, Made, Output},
    tone,
};

/// Goes into every key: raise it when the same plan would give other bytes.
const RECIPE: u32 = 7;

/// One file that a chunk's encode makes.
struct Piece {
    rendition: String,
    key: String,
    /// `None` in the file of measurements.
    frames: Option<u64>,
}

/// Encodes a chunk.
pub async fn run(
    engine: &Engine,
    target: Target,
    spec: &EncodeSpec,
    signals: &Signals,
) -> Result<Made> {
    let pieces = pieces(engine, target, spec)?;
    if let Some(outputs) = find_outputs(engine, &pieces).await? {
        return Ok(made(spec.chunk, outputs, true));
    }
    let folder = engine.scratch.folder()?;
    tone::prepare(folder.path(), &spec.video)?;
    encode(engine, spec, folder.path(), signals).await?;
    for piece in &pieces {
        let Some(frames) = piece.frames else { continue };
        let path = folder.path().join(file_name(&piece.rendition));
        inspect(&path, &spec.video, &piece.rendition, frames)
            .with_context(|| format!("chunk {} of {}", spec.chunk.index, piece.rendition))?;
    }
    decode_all(engine, &pieces, folder.path(), signals)
        .await
        .with_context(|| format!("chunk {}", spec.chunk.index))?;
    let measured = quality::measure(engine, spec, folder.path(), signals).await?;
    signals.stage("uploading", 100.0);
    let mut outputs = Vec::new();
    for piece in &pieces {
        let stored = if let (None, Some(measured)) = (piece.frames, &measured) {
            let bytes = serde_json::to_vec(measured)?;
            engine.store.put_bytes(bytes, &piece.key).await?
        } else {
            let path = folder.path().join(file_name(&piece.rendition));
            engine.store.put_file(&path, &piece.key).await?
        };
        outputs.push(output(piece, stored));
    }
    Ok(made(spec.chunk, outputs, false))
}

async fn decode_all(
    engine: &Engine,
    pieces: &[Piece],
    folder: &Path,
    signals: &Signals,
) -> Result<()> {
    signals.stage("decoding", 0.0);
    let media = pieces
        .iter()
        .filter_map(|piece| Some((&piece.rendition, piece.frames?)));
    let decoded = media.map(|(rendition, frames)| async move {
        let path = folder.join(file_name(rendition));
        let decoded = decode(engine, &path, frames, signals).await;
        decoded.with_context(|| rendition.clone())
    });
    let decoded: Vec<_> = decoded.collect();
    let mut decoding = stream::iter(decoded).buffer_unordered(processors());
    while decoding.try_next().await?.is_some() {}
    Ok(())
}

fn made(chunk: Chunk, outputs: Vec<Output>, reused: bool) -> Made {
    Made {
        kind: "encode".to_owned(),
        chunk: Some(chunk.index),
        outputs,
        reused,
        notes: Vec::new(),
        candidates: Vec::new(),
    }
}

fn output(piece: &Piece, stored: Stored) -> Output {
    Output {
        rendition: piece.rendition.clone(),
        stored,
        frames: piece.frames,
        loudness_lufs: None,
    }
}

/// What is there already, when all of it is.
async fn find_outputs(engine: &Engine, pieces: &[Piece]) -> Result<Option<Vec<Output>>> {
    let mut outputs = Vec::new();
    for piece in pieces {
        let Some(stored) = engine.store.describe(&piece.key).await? else {
            return Ok(None);
        };
        outputs.push(output(piece, stored));
    }
    Ok(Some(outputs))
}

/// Everything that decides the bytes of a file goes into its key: another master, setting or build is another object.
fn pieces(engine: &Engine, target: Target, spec: &EncodeSpec) -> Result<Vec<Piece>> {
    #[derive(Serialize)]
    struct Inputs<'a> {
        recipe: u32,
        tools: &'a str,
        master: &'a str,
        chunk: Chunk,
        video: &'a VideoPlan,
        rendition: &'a str,
    }
    let video = &spec.video;
    let frames = Some(spec.chunk.frames);
    let rungs = video
        .rungs
        .iter()
        .map(|rung| (rung.id.as_str(), frames, "mp4"));
    let trick = spec.has_trick().then(|| {
        let frames = Some(trick_frames(video, spec.chunk));
        (video.trick.id.as_str(), frames, "mp4")
    });
    let measured = quality::window(video, &spec.chunk).map(|_| (quality::RENDITION, None, "json"));
    rungs
        .chain(trick)
        .chain(measured)
        .map(|(rendition, frames, extension)| {
            let inputs = serde_json::to_vec(&Inputs {
                recipe: RECIPE,
                tools: &engine.tools.fingerprint,
                master: &spec.master_key,
                chunk: spec.chunk,
                video,
                rendition,
            })?;
            let hash = hex::encode(&Sha256::digest(inputs)[..12]);
            let file = format!("c{}-{rendition}-{hash}.{extension}", spec.chunk.index);
            Ok(Piece {
                rendition: rendition.to_owned(),
                key: target.work_key(&file),
                frames,
            })
        })
        .collect()
}

/// Trick-play frames of a chunk: it begins on one, as chunks are whole GOPs.
fn trick_frames(video: &VideoPlan, chunk: Chunk) -> u64 {
    chunk
        .frames
        .div_ceil(u64::from(video.trick.interval_frames))
}

fn file_name(rendition: &str) -> String {
    format!("{rendition}.mp4")
}

async fn encode(
    engine: &Engine,
    spec: &EncodeSpec,
    folder: &Path,
    signals: &Signals,
) -> Result<()> {
    let input = engine.store.readable(&spec.master_key).await?;
    let arguments = command::arguments(&input, &spec.video, spec.chunk, spec.has_trick());
    let mut reader = ProgressReader::new(spec.chunk.frames);
    signals.stage("encoding", 0.0);
    Invocation::new(&engine.tools.ffmpeg, folder, Limits::ENCODER)
        .args(arguments)
        .lines(&signals.cancel, |line| {
            if let Some((percent, fps)) = reader.take(line) {
                signals.progress.send_modify(|progress| {
                    progress.percent = Some(percent);
                    progress.fps = fps;
                });
            }
            Ok(())
        })
        .await
        .with_context(|| format!("chunk {}", spec.chunk.index))?;
    if !reader.has_ended() {
        bail!("ffmpeg ended without saying so");
    }
    Ok(())
}
