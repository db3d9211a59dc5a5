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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Id, codec, lines, range, average, VMAF.
    type Measured<'a> = (&'a str, &'a str, u32, &'a str, u64, Option<f64>);

    fn scored(tracks: &[Measured<'_>]) -> Vec<(String, f64)> {
        let video: Vec<_> = tracks
            .iter()
            .map(|(id, codec, lines, range, average, vmaf)| {
                json!({
                    "id": id, "file": "f", "codec": codec, "width": lines * 16 / 9, "height": lines,
                    "frame_rate": {"num": 24, "den": 1}, "range": range, "tier": "sd", "peak_bps": average,
                    "average_bps": average, "timescale": 1, "init": {"offset": 0, "length": 1}, "segments": [],
                    "score": vmaf
                })
            })
            .collect();
        let asset = json!({
            "schema": 1, "content_id": "00000000-0000-0000-0000-000000000000", "version": 1, "key_seed": 1,
            "duration_ms": 1, "video": video
        });
        let asset: Asset = serde_json::from_value(asset).unwrap();
        let mut scores: Vec<_> = scores(&asset)
            .into_iter()
            .map(|(id, score)| (id.to_owned(), score))
            .collect();
        scores.sort_by(|a, b| a.1.total_cmp(&b.1));
        scores
    }

    #[test]
    fn scores_rise_with_quality_across_families_and_never_fall_within_one() {
        let found = scored(&[
            ("v1080", "avc1.640028", 1080, "SDR", 6000, Some(95.0)),
            ("v360", "avc1.64001e", 360, "SDR", 400, Some(50.0)),
            ("v540", "avc1.64001f", 540, "SDR", 2000, Some(80.0)),
            ("v540b", "avc1.64001f", 540, "SDR", 2100, Some(79.9)),
            ("hs540", "hvc1.2.4.L90.90", 540, "SDR", 1600, Some(82.0)),
            ("h360", "hvc1.2.4.L90.90", 360, "PQ", 160, Some(40.0)),
            ("h1080", "hvc1.2.4.L120.90", 1080, "PQ", 5400, Some(95.0)),
            ("h2160", "hvc1.2.4.L150.90", 2160, "PQ", 14_000, Some(96.0)),
        ]);
        let ids: Vec<_> = found.iter().map(|(id, _)| id.as_str()).collect();
        let place = |id: &str| ids.iter().position(|other| *other == id).unwrap();
        for pair in ["h360", "v360", "v540", "hs540", "v1080", "h1080", "h2160"].windows(2) {
            assert!(place(pair[0]) < place(pair[1]), "{ids:?}");
        }
        let score = |id: &str| found[place(id)].1;
        assert!((score("v540") - score("v540b")).abs() < 1e-9);
    }

    #[test]
    fn one_rendition_that_was_not_measured_leaves_all_without() {
        let found = scored(&[
            ("v360", "avc1.64001e", 360, "SDR", 400, Some(50.0)),
            ("v540", "avc1.64001f", 540, "SDR", 2000, None),
        ]);
        assert!(found.is_empty());
    }
}
