//! Sound: each track encoded whole, as chunked AAC gains time and clicks at the joins (HLS.md 2.6).

use anyhow::Result;
use sha2::{Digest, Sha256};

use crate::{
    engine::{Engine, Signals, Target},
    process::{Invocation, Limits},
    task::{AudioSpec, Made, Output},
};

/// Goes into every key: raise it when the same plan would give other bytes.
const RECIPE: u32 = 1;

/// Encodes one track to AAC-LC.
pub async fn run(
    engine: &Engine,
    target: Target,
    spec: &AudioSpec,
    signals: &Signals,
) -> Result<Made> {
    let inputs = serde_json::to_vec(&(RECIPE, &engine.tools.fingerprint, spec))?;
    let hash = hex::encode(&Sha256::digest(inputs)[..12]);
    let key = target.work_key(&format!("{}-{hash}.mp4", spec.track.id));
    if let Some(stored) = engine.store.describe(&key).await? {
        return Ok(made(spec, stored, true));
    }
    let folder = engine.scratch.folder()?;
    let input = engine.store.readable(&spec.master_key).await?;
    let duration_s = spec.duration_us as f64 / 1e6;
    signals.stage("encoding audio", 0.0);
    Invocation::new(&engine.tools.ffmpeg, folder.path(), Limits::ENCODER)
        .args("-v error -nostdin -y -progress pipe:1 -stats_period 1".split(' '))
        .args(["-i", &input, "-map", &format!("0:{}", spec.track.stream)])
        .args(["-vn", "-af", &filter(spec)])
        .args(["-c:a", "aac", "-b:a", &format!("{}k", spec.track.kbps)])
        .args(["-ac", &spec.track.channels.to_string(), "-ar", "48000"])
        .args("-fflags +bitexact -flags:a +bitexact -map_metadata -1 -map_chapters -1".split(' '))
        .arg("audio.mp4")
        .lines(&signals.cancel, |line| {
            if let Some(done_us) = line
                .strip_prefix("out_time_us=")
                .and_then(|us| us.parse::<f64>().ok())
            {
                let percent = (done_us / 1e6 / duration_s * 100.0).clamp(0.0, 100.0);
                signals.stage("encoding audio", percent);
            }
            Ok(())
        })
        .await?;
    let stored = engine
        .store
        .put_file(&folder.path().join("audio.mp4"), &key)
        .await?;
    Ok(made(spec, stored, false))
}

/// Late sound begins with silence, gaps are filled, and the end is the picture's end (rules 57 and 91).
fn filter(spec: &AudioSpec) -> String {
    format!(
        "aresample=48000:async=1:first_pts=0,apad,atrim=end={:.6}",
        spec.duration_us as f64 / 1e6
    )
}

fn made(spec: &AudioSpec, stored: crate::store::Stored, reused: bool) -> Made {
    Made {
        kind: "audio".to_owned(),
        chunk: None,
        outputs: vec![Output {
            rendition: spec.track.id.clone(),
            stored,
            frames: None,
        }],
        reused,
    }
}
