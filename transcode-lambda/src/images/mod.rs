//! The pictures of the catalogue: poster, thumbnail and hero, cut from the frames that look best. The best is the title's
//! picture until an operator chooses another.

mod choose;

use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use shared::{
    asset::ArtworkCandidate,
    ladder::{Codec, VideoPlan},
};

use self::choose::{Bars, Look};
use crate::{
    encode::filter,
    engine::{Engine, Signals, Target},
    process::{Invocation, Limits},
    store::Stored,
    task::{ImagesSpec, Made, Output},
    tone,
};

/// Goes into the marker: raise it when the same plan would give other pictures.
const RECIPE: u32 = 2;

/// Places in the film that are looked at. The first minute is logos, the end is credits.
const PLACES: u32 = 12;

/// Of which so many are offered.
const CANDIDATES: usize = 6;

/// Where places begin and end, as shares of the film.
const WINDOW: (f64, f64) = (0.06, 0.85);

/// Frames from which ffmpeg picks the most typical one of a place.
const NEIGHBOURS: u32 = 12;

/// Poster and thumbnail: name, width, height. The hero's size follows from the film.
const POSTER: (&str, u32, u32) = ("poster", 600, 900);
const THUMB: (&str, u32, u32) = ("thumb", 640, 360);
const NAMES: [&str; 3] = ["poster", "thumb", "hero"];

/// Makes the pictures.
pub async fn run(
    engine: &Engine,
    target: Target,
    spec: &ImagesSpec,
    signals: &Signals,
) -> Result<Made> {
    if let Some(made) = find_made(engine, target, spec).await? {
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
    let (chosen, bars) = job.candidates().await?;
    let (width, height) = hero_size(&spec.video);
    let mut outputs = Vec::new();
    for candidate in &chosen {
        let pictures = [POSTER, THUMB, ("hero", width, height)];
        job.cut(candidate.place, bars, pictures).await?;
        for (name, ..) in pictures {
            let path = folder.path().join(format!("{name}.jpg"));
            let name = picture_name(name, candidate.index);
            let key = target.artwork_key(&format!("{name}.jpg"));
            let stored = engine.store.put_file(&path, &key).await?;
            outputs.push(output(&name, stored));
        }
    }
    let candidates: Vec<_> = chosen.iter().map(Chosen::described).collect();
    let mark = marker(engine, target, spec)?;
    engine
        .store
        .put_bytes(serde_json::to_vec(&candidates)?, &mark)
        .await?;
    Ok(made(outputs, candidates, false))
}

/// `poster`, and `poster-1` for the second best.
fn picture_name(name: &str, index: u32) -> String {
    match index {
        0 => name.to_owned(),
        _ => format!("{name}-{index}"),
    }
}

/// Artwork has fixed names, so a marker in the job's folder says from what it was made, and which frames were chosen.
fn marker(engine: &Engine, target: Target, spec: &ImagesSpec) -> Result<String> {
    let inputs = serde_json::to_vec(&(RECIPE, &engine.tools.fingerprint, spec))?;
    let hash = hex::encode(&Sha256::digest(inputs)[..12]);
    Ok(target.work_key(&format!("images-{}-{hash}.json", target.version)))
}

async fn find_made(engine: &Engine, target: Target, spec: &ImagesSpec) -> Result<Option<Made>> {
    let mark = marker(engine, target, spec)?;
    if engine.store.find_size(&mark).await?.is_none() {
        return Ok(None);
    }
    let bytes = engine.store.read(&mark).await?;
    let candidates: Vec<ArtworkCandidate> = serde_json::from_slice(&bytes)?;
    let mut outputs = Vec::new();
    for candidate in &candidates {
        for name in NAMES.map(|name| picture_name(name, candidate.index)) {
            let key = target.artwork_key(&format!("{name}.jpg"));
            let Some(stored) = engine.store.describe(&key).await? else {
                return Ok(None);
            };
            outputs.push(output(&name, stored));
        }
    }
    Ok(Some(made(outputs, candidates, true)))
}

fn made(outputs: Vec<Output>, candidates: Vec<ArtworkCandidate>, reused: bool) -> Made {
    Made {
        kind: "images".to_owned(),
        chunk: None,
        outputs,
        reused,
        notes: Vec::new(),
        candidates,
    }
}

fn output(name: &str, stored: Stored) -> Output {
    Output {
        rendition: name.to_owned(),
        stored,
        frames: None,
        loudness_lufs: None,
    }
}

/// A frame that is offered.
struct Chosen {
    /// Its rank; 0 is the best.
    index: u32,
    place: u32,
    at_ms: u64,
    score: f64,
}

impl Chosen {
    fn described(&self) -> ArtworkCandidate {
        ArtworkCandidate {
            index: self.index,
            at_ms: self.at_ms,
            score: (self.score * 1e4).round() / 1e4,
        }
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
    /// The places whose pictures are bright, sharp and colourful, best first, and the bars that all of them have. The
    /// earlier of equals comes first: always the same ones.
    async fn candidates(&self) -> Result<(Vec<Chosen>, Bars)> {
        let mut looks: Vec<(u32, Look)> = Vec::new();
        for place in 0..PLACES {
            let percent = f64::from(place) / f64::from(PLACES) * 80.0;
            self.signals.stage("choosing pictures", percent);
            if let Some(look) = self.look(place).await? {
                looks.push((place, look));
            }
        }
        let bars = Bars::common(looks.iter().map(|(_, look)| look));
        let scored = looks.iter().map(|(place, look)| (look.score(bars), *place));
        let mut scored: Vec<(f64, u32)> = scored.collect();
        scored.sort_by(|(a, first), (b, second)| b.total_cmp(a).then(first.cmp(second)));
        let best = scored
            .first()
            .context("no frame of the master can be decoded")?
            .0;
        // What is far worse than the best would never be chosen: black, a title card, a blur.
        let worth = scored.into_iter().filter(|(score, _)| *score >= 0.2 * best);
        let chosen = worth
            .take(CANDIDATES)
            .zip(0..)
            .map(|((score, place), index)| Chosen {
                index,
                place,
                at_ms: (self.at_s(place) * 1000.0).round() as u64,
                score,
            });
        Ok((chosen.collect(), bars))
    }

    fn at_s(&self, place: u32) -> f64 {
        let film_s = self.video.frames as f64 * self.video.frame_rate.frame_s();
        film_s * (WINDOW.0 + (WINDOW.1 - WINDOW.0) * f64::from(place) / f64::from(PLACES - 1))
    }

    /// Decodes a place: full size into a file, small into numbers. `None` when nothing is there.
    async fn look(&self, place: u32) -> Result<Option<Look>> {
        let video = self.video;
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
            .arg(format!("{:.6}", self.at_s(place)))
            .args(["-i", self.input, "-filter_complex", &graph])
            .args("-map [full] -frames:v 1 -c:v rawvideo -fflags +bitexact".split(' '))
            .arg(format!("candidate-{place}.nut"))
            .args("-map [small] -frames:v 1 -f rawvideo -".split(' '))
            .output(&self.signals.cancel)
            .await?;
        Ok(Look::of(&pixels))
    }

    /// A frame's pictures (name, width, height), without the film's black bars.
    async fn cut(&self, place: u32, bars: Bars, pictures: [(&str, u32, u32); 3]) -> Result<()> {
        let mut outputs = Vec::new();
        for (name, width, height) in pictures {
            let graph = format!(
                "{}scale={width}:{height}:force_original_aspect_ratio=increase:flags=lanczos:in_color_matrix=bt709:\
                 out_color_matrix=bt601:in_range=tv:out_range=pc,crop={width}:{height},setsar=1,format=yuvj420p",
                bars.crop()
            );
            outputs.extend(["-vf".to_owned(), graph]);
            let words = "-frames:v 1 -c:v mjpeg -q:v 2 -threads 1 -flags +bitexact -fflags +bitexact -map_metadata -1";
            outputs.extend(words.split(' ').map(str::to_owned));
            outputs.push(format!("{name}.jpg"));
        }
        Invocation::new(&self.engine.tools.ffmpeg, self.folder, Limits::FILM)
            .args(["-v", "error", "-nostdin", "-y", "-i"])
            .arg(format!("candidate-{place}.nut"))
            .args(outputs)
            .output(&self.signals.cancel)
            .await?;
        Ok(())
    }
}
