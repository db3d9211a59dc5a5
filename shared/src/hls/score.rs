//! `SCORE`: the order in which variants are preferred (AS 9.19), from their measured quality.

use std::collections::HashMap;

use crate::asset::{Asset, VideoRange, VideoTrack};

/// Two variants of equal VMAF: on a screen that shows it, high dynamic range is worth that many points more.
const HDR_POINTS: f64 = 5.0;

/// VMAF judges at 1080 lines. Each doubling above them is worth that many points more.
const POINTS_PER_DOUBLING: f64 = 5.0;

/// The scores of an asset's tracks by id: none unless every track was measured (rule 28).
///
/// Within a family (codec and range) a higher rate never scores less: where two measure nearly the same, the difference is noise.
pub(super) fn scores(asset: &Asset) -> HashMap<&str, f64> {
    let mut tracks: Vec<(&VideoTrack, f64)> = Vec::new();
    for track in &asset.video {
        let Some(vmaf) = track.score else {
            return HashMap::new();
        };
        tracks.push((track, vmaf + extra(track)));
    }
    tracks.sort_by_key(|(track, _)| track.average_bps);
    let mut highest: HashMap<(&str, VideoRange), f64> = HashMap::new();
    let mut scores = HashMap::new();
    for (track, points) in tracks {
        let codec = track.codec.split('.').next().unwrap_or_default();
        let best = highest.entry((codec, track.range)).or_default();
        *best = best.max(points);
        scores.insert(track.id.as_str(), *best);
    }
    scores
}

fn extra(track: &VideoTrack) -> f64 {
    let lines = f64::from(track.width.min(track.height));
    let larger = (lines / 1080.0).log2().max(0.0) * POINTS_PER_DOUBLING;
    match track.range {
        VideoRange::Sdr => larger,
        VideoRange::Pq | VideoRange::Hlg => larger + HDR_POINTS,
    }
}
