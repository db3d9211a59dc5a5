//! Rules 63 to 67 and the ladder: declared rates against the index.

use super::{
    PlaylistCheck, must,
    presentation::{Parsed, Variant},
    should,
};
use crate::asset::{Rates, VideoRange, VideoTrack};

pub(super) const CHECKS: &[PlaylistCheck] = &[
    must("63", |p| strays(p, "BANDWIDTH", |rates| rates.peak_bps)),
    must("64", |p| {
        strays(p, "AVERAGE-BANDWIDTH", |rates| rates.average_bps)
    }),
    should("65", steady),
    must("66", i_frame_rates),
    should("67", dense_rates),
    should("1.13", ladder),
];

/// The rates of a variant: video plus the largest of its audio group.
fn measured(variant: &Variant<'_>) -> Option<Rates> {
    let video = variant.video?.media().index().rates();
    let audio: Vec<Rates> = variant
        .audio
        .iter()
        .map(|track| track.media().index().rates())
        .collect();
    Some(Rates {
        peak_bps: video.peak_bps + audio.iter().map(|rates| rates.peak_bps).max().unwrap_or(0),
        average_bps: video.average_bps
            + audio
                .iter()
                .map(|rates| rates.average_bps)
                .max()
                .unwrap_or(0),
    })
}

fn near(declared: u64, measured: u64) -> bool {
    // Ten percent of what is declared, both ways: over-declaring keeps viewers from a variant they could have.
    declared.abs_diff(measured) * 10 <= declared
}

fn stray(variant: &Variant<'_>, name: &str, measured: u64) -> Option<String> {
    let declared = variant.attributes.integer(name)?;
    (!near(declared, measured)).then(|| {
        format!(
            "{}: {name} is {declared}, measured {measured}",
            variant.label()
        )
    })
}

fn strays(parsed: &Parsed<'_>, name: &str, rate: fn(Rates) -> u64) -> Vec<String> {
    let variants = parsed.multivariant.variants.iter();
    variants
        .filter_map(|variant| stray(variant, name, rate(measured(variant)?)))
        .collect()
}

fn steady(parsed: &Parsed<'_>) -> Vec<String> {
    let wild = parsed.listed_video().into_iter().filter(|track| {
        let rates = track.media().index().rates();
        rates.peak_bps > 2 * rates.average_bps
    });
    wild.map(|track| format!("{}: the peak is more than twice the average", track.id))
        .collect()
}

fn i_frame_rates(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for variant in &parsed.multivariant.i_frames {
        let Some(track) = variant.video else { continue };
        let rates = track.media().index().keyframe_rates();
        findings.extend(stray(variant, "BANDWIDTH", rates.peak_bps));
        findings.extend(stray(variant, "AVERAGE-BANDWIDTH", rates.average_bps));
    }
    findings
}

fn dense_rates(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for track in parsed
        .multivariant
        .i_frames
        .iter()
        .filter_map(|variant| variant.video)
    {
        let same =
            |video: &&&VideoTrack| (video.height, video.range) == (track.height, track.range);
        let videos = parsed.listed_video();
        let Some(video) = videos
            .iter()
            .filter(same)
            .min_by_key(|video| video.average_bps)
        else {
            continue;
        };
        let index = track.media().index();
        let per_second = index.fragments().count() as f64 / index.seconds(index.duration());
        let expected = video.average_bps as f64 * per_second / 8.0;
        let ratio = index.keyframe_rates().average_bps as f64 / expected;
        if !(1.0 / 3.0..=3.0).contains(&ratio) {
            findings.push(format!(
                "{}: {ratio:.2} times what {} suggests",
                track.id, video.id
            ));
        }
    }
    findings
}

fn ladder(parsed: &Parsed<'_>) -> Vec<String> {
    let mut tracks = parsed.listed_video();
    let family = |track: &VideoTrack| -> (VideoRange, String) {
        (
            track.range,
            track.codec.split('.').next().unwrap_or_default().to_owned(),
        )
    };
    tracks.sort_by_key(|track| (family(track), track.average_bps));
    let pairs = tracks
        .windows(2)
        .filter(|pair| family(pair[0]) == family(pair[1]));
    let steps = pairs.map(|pair| {
        (
            pair,
            pair[1].average_bps as f64 / pair[0].average_bps.max(1) as f64,
        )
    });
    // Two percent of slack: rates are measured, the ladder is planned.
    let wrong = steps.filter(|(_, ratio)| !(1.3 * 0.98..=2.2 * 1.02).contains(ratio));
    wrong
        .map(|(pair, ratio)| format!("{} to {} is a step of {ratio:.2}", pair[0].id, pair[1].id))
        .collect()
}
