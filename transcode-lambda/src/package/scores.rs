//! The measured quality of each rendition: what the chunks found, put together.

use std::collections::BTreeMap;

use anyhow::Result;
use shared::asset::VideoTrack;

use crate::{
    encode::quality::{Quality, RENDITION},
    engine::Engine,
    task::PackageSpec,
};

/// Reads the chunks' measurements; empty when the plan wanted none.
pub(super) async fn read(engine: &Engine, spec: &PackageSpec) -> Result<Vec<Quality>> {
    let outputs = spec.outputs.iter().flat_map(|made| &made.outputs);
    let mut found = Vec::new();
    for output in outputs.filter(|output| output.rendition == RENDITION) {
        let bytes = engine.store.read(&output.stored.key).await?;
        found.push(serde_json::from_slice(&bytes)?);
    }
    Ok(found)
}

/// Gives each track the mean of its measured frames. A track that was not measured everywhere leaves all of them without, as
/// a score on some variants only is worth nothing (rule 28).
pub(super) fn apply(measured: &[Quality], video: &mut [VideoTrack]) {
    let mut sums: BTreeMap<&str, (u64, f64)> = BTreeMap::new();
    for quality in measured {
        for (id, vmaf) in &quality.vmaf {
            let (frames, sum) = sums.entry(id).or_default();
            *frames += quality.frames;
            *sum += vmaf * quality.frames as f64;
        }
    }
    let wanted: u64 = measured.iter().map(|quality| quality.frames).sum();
    let mean = |track: &VideoTrack| {
        let (frames, sum) = sums.get(track.id.as_str())?;
        (*frames == wanted && wanted > 0).then(|| (sum / wanted as f64 * 100.0).round() / 100.0)
    };
    let means: Option<Vec<f64>> = video.iter().map(mean).collect();
    for (track, mean) in video.iter_mut().zip(means.into_iter().flatten()) {
        track.score = Some(mean);
    }
}
