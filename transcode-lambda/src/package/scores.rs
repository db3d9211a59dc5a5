//! The measured quality of each rendition: what the chunks found, put together.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use shared::asset::VideoTrack;

use crate::{
    encode::quality::{Quality, RENDITION},
    engine::Engine,
    task::PackageSpec,
};

/// What was measured, with the chunk it was measured in.
pub(super) type Measured = (Option<u32>, Quality);

/// Reads the chunks' measurements; empty when the plan wanted none.
pub(super) async fn read(engine: &Engine, spec: &PackageSpec) -> Result<Vec<Measured>> {
    let mut found = Vec::new();
    for made in &spec.outputs {
        for output in &made.outputs {
            if output.rendition == RENDITION {
                let bytes = engine.store.read(&output.stored.key).await?;
                found.push((made.chunk, serde_json::from_slice(&bytes)?));
            }
        }
    }
    Ok(found)
}

/// Gives each track the mean of its measured frames. A track that was not measured wherever another was leaves all of them
/// without, as a score on some variants only is worth nothing (rule 28).
pub(super) fn apply(measured: &[Measured], video: &mut [VideoTrack]) {
    let chunks: BTreeSet<Option<u32>> = measured.iter().map(|(chunk, _)| *chunk).collect();
    let mut of_track: BTreeMap<&str, BTreeMap<Option<u32>, (u64, f64)>> = BTreeMap::new();
    for (chunk, quality) in measured {
        for (id, vmaf) in &quality.vmaf {
            let found = of_track.entry(id).or_default();
            found.insert(*chunk, (quality.frames, *vmaf));
        }
    }
    let mean = |track: &VideoTrack| {
        let found = of_track.get(track.id.as_str())?;
        let frames: u64 = found.values().map(|(frames, _)| frames).sum();
        let sum: f64 = found
            .values()
            .map(|(frames, vmaf)| *frames as f64 * vmaf)
            .sum();
        let is_whole = frames > 0 && found.keys().eq(&chunks);
        is_whole.then(|| (sum / frames as f64 * 100.0).round() / 100.0)
    };
    let means: Option<Vec<f64>> = video.iter().map(mean).collect();
    for (track, mean) in video.iter_mut().zip(means.into_iter().flatten()) {
        track.score = Some(mean);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn track(id: &str) -> VideoTrack {
        let track = json!({
            "id": id, "file": "f", "codec": "avc1.64001e", "width": 640, "height": 360,
            "frame_rate": {"num": 24, "den": 1}, "range": "SDR", "tier": "sd", "peak_bps": 1, "average_bps": 1,
            "timescale": 24, "init": {"offset": 0, "length": 1}, "segments": []
        });
        serde_json::from_value(track).unwrap()
    }

    fn measured(chunk: u32, frames: u64, vmaf: &[(&str, f64)]) -> Measured {
        let vmaf = vmaf.iter().map(|(id, vmaf)| ((*id).to_owned(), *vmaf));
        let vmaf = vmaf.collect();
        (Some(chunk), Quality { frames, vmaf })
    }

    fn scores(measured: &[Measured]) -> Vec<Option<f64>> {
        let mut video = [track("low"), track("high")];
        apply(measured, &mut video);
        video.iter().map(|track| track.score).collect()
    }

    #[test]
    fn a_score_is_the_mean_over_frames_whichever_tasks_measured_them() {
        let found = scores(&[
            measured(0, 24, &[("low", 50.0)]),
            measured(0, 24, &[("high", 90.0)]),
            measured(2, 12, &[("low", 80.0), ("high", 96.0)]),
        ]);
        assert_eq!(found, [Some(60.0), Some(92.0)]);
    }

    #[test]
    fn a_track_that_misses_a_chunk_leaves_all_without() {
        let found = scores(&[
            measured(0, 24, &[("low", 50.0), ("high", 90.0)]),
            measured(1, 24, &[("low", 50.0)]),
        ]);
        assert_eq!(found, [None, None]);
        assert_eq!(scores(&[]), [None, None]);
    }
}
