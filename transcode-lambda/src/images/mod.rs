//! The pictures of the catalogue: poster, thumbnail and hero, cut from the frame that looks best.

mod choose;

use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use shared::ladder::{Codec, VideoPlan};

use self::choose::Look;
use crate::{
    encode::filter,
    engine::{Engine, Signals, Target},
    process::{Invocation, Limits},
    store::Stored,
    task::{ImagesSpec, Made, Output},
    tone,
};

/// Places in the film that are looked at. The first minute is logos, the end is credits.
const CANDIDATES: u32 = 9;

/// Where candidates begin and end, as shares of the film.
const WINDOW: (f64, f64) = (0.06, 0.85);

/// Frames from which ffmpeg picks the most typical one of a place.
const NEIGHBOURS: u32 = 12;

/// Poster and thumbnail: name, width, height. The hero's size follows from the film.
const POSTER: (&str, u32, u32) = ("poster", 600, 900);
const THUMB: (&str, u32, u32) = ("thumb", 640, 360);

/// Makes the pictures.
pub async fn run(
    engine: &Engine,
    target: Target,
    spec: &ImagesSpec,
    signals: &Signals,
) -> Result<Made> {
    let keys = ["poster", "thumb", "hero"].map(|name| target.artwork_key(&format!("{name}.jpg")));
    if let Some(made) = find_made(engine, target, spec, &keys).await? {
        return Ok(made);
    }
    let folder = engine.scratch.folder()?;
    tone::prepare(folder.path(), &spec.video)?;
    let input = engine.store.readable(&spec.master_key).await?;
    let job = Pictures {
        engine,
        signals,
        input: &input,
        folder: folder.path(),
        video: &spec.video,
    };
    let best = job.best_candidate().await?;
    let (width, height) = hero_size(&spec.video);
    let mut outputs = Vec::new();
    for ((name, width, height), key) in [POSTER, THUMB, ("hero", width, height)]
        .into_iter()
        .zip(keys)
    {
        job.cut(best, name, width, height).await?;
        let path = folder.path().join(format!("{name}.jpg"));
        let stored = engine.store.put_file(&path, &key).await?;
        outputs.push(output(name, stored));
    }
    let mark = marker(engine, target, spec)?;
    engine.store.put_bytes(Vec::new(), &mark).await?;
    Ok(made(outputs, false))
}

/// Artwork has fixed names, so a marker in the job's folder says from what it was made.
fn marker(engine: &Engine, target: Target, spec: &ImagesSpec) -> Result<String> {
    let inputs = serde_json::to_vec(&(1, &engine.tools.fingerprint, spec))?;
    let hash = hex::encode(&Sha256::digest(inputs)[..12]);
    Ok(target.work_key(&format!("images-{}-{hash}", target.version)))
}

async fn find_made(
    engine: &Engine,
    target: Target,
    spec: &ImagesSpec,
    keys: &[String],
) -> Result<Option<Made>> {
    let mark = marker(engine, target, spec)?;
    if engine.store.find_size(&mark).await?.is_none() {
        return Ok(None);
    }
    let mut outputs = Vec::new();
    for (name, key) in ["poster", "thumb", "hero"].iter().zip(keys) {
        let Some(stored) = engine.store.describe(key).await? else {
            return Ok(None);
        };
        outputs.push(output(name, stored));
    }
    Ok(Some(made(outputs, true)))
}

fn made(outputs: Vec<Output>, reused: bool) -> Made {
    Made {
        kind: "images".to_owned(),
        chunk: None,
        outputs,
        reused,
    }
}

fn output(name: &str, stored: Stored) -> Output {
    Output {
        rendition: name.to_owned(),
        stored,
        frames: None,
    }
}

/// 16:9, as large as the largest SDR rendition, 1920x1080 at most.
fn hero_size(video: &VideoPlan) -> (u32, u32) {
    let (width, height) = largest_sdr(video);
    let across = width.max(height).clamp(640, 1920);
    (across, across * 9 / 16 / 2 * 2)
}

fn largest_sdr(video: &VideoPlan) -> (u32, u32) {
    let sdr = video.rungs.iter().filter(|rung| rung.codec == Codec::H264);
    let sizes = sdr.map(|rung| (rung.width, rung.height));
    sizes
        .max()
        .unwrap_or((video.trick.width, video.trick.height))
}

struct Pictures<'a> {
    engine: &'a Engine,
    signals: &'a Signals,
    input: &'a str,
    folder: &'a Path,
    video: &'a VideoPlan,
}

impl Pictures<'_> {
    /// The place whose picture is bright, sharp and colourful. The earliest of equals: always the same one.
    async fn best_candidate(&self) -> Result<u32> {
        let mut best: Option<(f64, u32)> = None;
        for place in 0..CANDIDATES {
            let percent = f64::from(place) / f64::from(CANDIDATES) * 90.0;
            self.signals.stage("choosing pictures", percent);
            let Some(look) = self.look(place).await? else {
                continue;
            };
            let score = look.score();
            if best.is_none_or(|(highest, _)| score > highest) {
                best = Some((score, place));
            }
        }
        let (_, place) = best.context("no frame of the master can be decoded")?;
        Ok(place)
    }

    /// Decodes a place: full size into a file, small into numbers. `None` when nothing is there.
    async fn look(&self, place: u32) -> Result<Option<Look>> {
        let video = self.video;
        let film_s = video.frames as f64 * video.frame_rate.frame_s();
        let share = WINDOW.0 + (WINDOW.1 - WINDOW.0) * f64::from(place) / f64::from(CANDIDATES - 1);
        let (width, height) = largest_sdr(video);
        let picture = match video.tone_map {
            Some(_) => tone::filter(video, (width, height)),
            None => filter::sdr_scale(video, false, width, height),
        };
        let fields = if video.deinterlace {
            "bwdif=mode=send_frame,"
        } else {
            ""
        };
        let graph = format!(
            "[0:{}]{fields}trim=end_frame={NEIGHBOURS},thumbnail=n={NEIGHBOURS},{picture},split[full][s];\
             [s]scale={}:{}:flags=area,format=rgb24[small]",
            video.stream,
            Look::WIDTH,
            Look::HEIGHT
        );
        let (pixels, _) = Invocation::new(&self.engine.tools.ffmpeg, self.folder, Limits::FILM)
            .args("-v error -nostdin -y -ss".split(' '))
            .arg(format!("{:.6}", film_s * share))
            .args(["-i", self.input, "-filter_complex", &graph])
            .args("-map [full] -frames:v 1 -c:v rawvideo -fflags +bitexact".split(' '))
            .arg(format!("candidate-{place}.nut"))
            .args("-map [small] -frames:v 1 -f rawvideo -".split(' '))
            .output(&self.signals.cancel)
            .await?;
        Ok(Look::of(&pixels))
    }

    async fn cut(&self, place: u32, name: &str, width: u32, height: u32) -> Result<()> {
        let graph = format!(
            "scale={width}:{height}:force_original_aspect_ratio=increase:flags=lanczos:in_color_matrix=bt709:\
             out_color_matrix=bt601:in_range=tv:out_range=pc,crop={width}:{height},setsar=1,format=yuvj420p"
        );
        Invocation::new(&self.engine.tools.ffmpeg, self.folder, Limits::FILM)
            .args(["-v", "error", "-nostdin", "-y", "-i"])
            .arg(format!("candidate-{place}.nut"))
            .args(["-vf", &graph, "-frames:v", "1"])
            .args(
                "-c:v mjpeg -q:v 2 -threads 1 -flags +bitexact -fflags +bitexact -map_metadata -1"
                    .split(' '),
            )
            .arg(format!("{name}.jpg"))
            .output(&self.signals.cancel)
            .await?;
        Ok(())
    }
}
