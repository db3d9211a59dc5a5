//! Sound: each track encoded whole, as chunked AAC gains time and clicks at the joins (HLS.md 2.6).
//!
//! Two passes: the first measures the loudness of exactly what the second encodes. AAC is brought to [`TARGET_LUFS`] by one
//! gain for the whole programme, so that its dynamics stay the mixer's; a limiter works only where that gain would push
//! true peaks above [`CEILING_DBTP`]. AC-3 and E-AC-3 keep their level and say it in `dialnorm`, as their decoders expect.

mod inspect;
mod loudness;
mod sound;

use std::path::Path;

use anyhow::Result;
use sha2::{Digest, Sha256};
use shared::ladder::AudioCodec;

pub use self::loudness::{CEILING_DBTP, Loudness, TARGET_LUFS};
use crate::{
    engine::{Engine, Signals, Target},
    process::{Invocation, Limits},
    store::Stored,
    task::{AudioSpec, Made, Output},
};

/// Goes into every key: raise it when the same plan would give other bytes.
const RECIPE: u32 = 2;

/// The file that an encode makes in its scratch folder.
const FILE: &str = "audio.mp4";

/// Makes one track.
pub async fn run(
    engine: &Engine,
    target: Target,
    spec: &AudioSpec,
    signals: &Signals,
) -> Result<Made> {
    let inputs = serde_json::to_vec(&(RECIPE, &engine.tools.fingerprint, spec))?;
    let hash = hex::encode(&Sha256::digest(inputs)[..12]);
    let key = target.work_key(&format!("{}-{hash}.mp4", spec.track.id));
    // Written before the sound, so that sound which is there has its loudness beside it.
    let loudness_key = format!("{key}.loudness.json");
    if let Some(stored) = engine.store.describe(&key).await? {
        let bytes = engine.store.read(&loudness_key).await?;
        return Ok(made(spec, stored, serde_json::from_slice(&bytes)?, true));
    }
    let folder = engine.scratch.folder()?;
    let job = Job {
        engine,
        signals,
        input: engine.store.readable(&spec.master_key).await?,
        folder: folder.path(),
        spec,
    };
    let loudness = job.make().await?;
    let path = folder.path().join(FILE);
    inspect::inspect(&path, spec)?;
    let bytes = serde_json::to_vec(&loudness)?;
    engine.store.put_bytes(bytes, &loudness_key).await?;
    let stored = engine.store.put_file(&path, &key).await?;
    Ok(made(spec, stored, loudness, false))
}

fn made(spec: &AudioSpec, stored: Stored, loudness: Option<Loudness>, reused: bool) -> Made {
    let is_normalised = spec.track.codec == AudioCodec::Aac;
    Made {
        kind: "audio".to_owned(),
        chunk: None,
        outputs: vec![Output {
            rendition: spec.track.id.clone(),
            stored,
            frames: None,
            loudness_lufs: loudness.map(|loudness| {
                if is_normalised {
                    loudness.published_lufs()
                } else {
                    loudness.integrated_lufs
                }
            }),
        }],
        reused,
        notes: Vec::new(),
        candidates: Vec::new(),
    }
}

struct Job<'a> {
    engine: &'a Engine,
    signals: &'a Signals,
    input: String,
    folder: &'a Path,
    spec: &'a AudioSpec,
}

impl Job<'_> {
    /// Makes the track's file. The loudness is that of what goes in; silence and what is passed through have none.
    async fn make(&self) -> Result<Option<Loudness>> {
        let codec = self.spec.track.codec;
        if codec == AudioCodec::Eac3Copy {
            self.write(sound::copied(self.spec)).await?;
            return Ok(None);
        }
        let loudness = self.measure().await?;
        self.write(sound::encoded(self.spec, loudness)).await?;
        Ok(loudness)
    }

    async fn measure(&self) -> Result<Option<Loudness>> {
        let printed = self
            .ffmpeg("info", "measuring loudness", (0.0, 40.0))
            .args(["-hide_banner", "-nostats", "-i", &self.input])
            .args(sound::measured(self.spec))
            .lines(
                &self.signals.cancel,
                self.follow("measuring loudness", (0.0, 40.0)),
            )
            .await?;
        loudness::read(&printed)
    }

    async fn write(&self, arguments: Vec<String>) -> Result<()> {
        self.ffmpeg("error", "encoding audio", (40.0, 100.0))
            .args(["-i", &self.input])
            .args(arguments)
            .arg(FILE)
            .lines(
                &self.signals.cancel,
                self.follow("encoding audio", (40.0, 100.0)),
            )
            .await?;
        Ok(())
    }

    fn ffmpeg(&self, level: &str, stage: &'static str, (begin, _): (f64, f64)) -> Invocation<'_> {
        self.signals.stage(stage, begin);
        Invocation::new(&self.engine.tools.ffmpeg, self.folder, Limits::ENCODER)
            .args(["-v", level, "-nostdin", "-y"])
            .args("-progress pipe:1 -stats_period 1".split(' '))
    }

    /// Reports ffmpeg's progress as a part of the task's.
    fn follow(
        &self,
        stage: &'static str,
        (begin, end): (f64, f64),
    ) -> impl FnMut(&str) -> Result<()> {
        let duration_us = self.spec.duration_us as f64;
        move |line| {
            let done = line
                .strip_prefix("out_time_us=")
                .and_then(|us| us.parse::<f64>().ok());
            if let Some(done_us) = done {
                let share = (done_us / duration_us).clamp(0.0, 1.0);
                self.signals.stage(stage, begin + (end - begin) * share);
            }
            Ok(())
        }
    }
}
