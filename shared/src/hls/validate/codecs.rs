//! Rules 68 to 73, 80 and 81: codecs, sizes and frame rates, against what the asset says the media is.

use std::collections::BTreeSet;

use super::{
    PlaylistCheck,
    levels::{av1, hevc},
    must,
    presentation::{Parsed, Variant},
    should,
};
use crate::asset::{VideoRange, VideoTrack};

pub(super) const CHECKS: &[PlaylistCheck] = &[
    must("68", codecs),
    must("69", |p| {
        tracks(
            p,
            |track| !matches!(family(track), "avc3" | "hev1" | "dvhe" | "dva1" | "dvav"),
            "has in-band parameter sets",
        )
    }),
    must("70", |p| {
        compare(p, "RESOLUTION", |track| {
            format!("{}x{}", track.width, track.height)
        })
    }),
    must("71", |p| {
        let variants = p.multivariant.variants.iter();
        differing(variants, "FRAME-RATE", |track| track.frame_rate.to_string())
    }),
    must("72", |p| {
        compare(p, "VIDEO-RANGE", |track| track.range.to_string())
    }),
    must("73", |p| {
        tracks(
            p,
            |track| {
                matches!(
                    family(track),
                    "avc1" | "hvc1" | "dvh1" | "av01" | "avc3" | "hev1" | "dvhe"
                )
            },
            "is another codec",
        )
    }),
    must("80", |p| tracks(p, standard_rate, "has an odd frame rate")),
    should("80", hdr_at_30),
    must("81", |p| tracks(p, range_fits, "can't carry its range")),
];

pub(super) fn family(track: &VideoTrack) -> &str {
    track.codec.split('.').next().unwrap_or_default()
}

/// A finding for each listed video track that isn't as it should be.
pub(super) fn tracks(
    parsed: &Parsed<'_>,
    fits: impl Fn(&VideoTrack) -> bool,
    problem: &str,
) -> Vec<String> {
    let wrong = parsed
        .listed_video()
        .into_iter()
        .filter(|track| !fits(track));
    wrong
        .map(|track| format!("{} ({}) {problem}", track.id, track.codec))
        .collect()
}

/// A finding when there are tracks of a family, but none as wanted.
pub(super) fn some(
    parsed: &Parsed<'_>,
    wanted: &str,
    fits: impl Fn(&VideoTrack) -> bool,
) -> Vec<String> {
    let tracks = parsed.listed_video();
    let mut of_family = tracks
        .iter()
        .filter(|track| family(track) == wanted)
        .peekable();
    if of_family.peek().is_none() || of_family.any(|track| fits(track)) {
        Vec::new()
    } else {
        vec![format!("no {wanted} variant does")]
    }
}

fn compare(
    parsed: &Parsed<'_>,
    name: &str,
    expected: impl Fn(&VideoTrack) -> String,
) -> Vec<String> {
    let variants = parsed
        .multivariant
        .variants
        .iter()
        .chain(&parsed.multivariant.i_frames);
    differing(variants, name, expected)
}

fn differing<'p, 'a: 'p>(
    variants: impl Iterator<Item = &'p Variant<'a>>,
    name: &str,
    expected: impl Fn(&VideoTrack) -> String,
) -> Vec<String> {
    let finding = |variant: &Variant<'_>| {
        let (declared, expected) = (variant.attributes.get(name)?, expected(variant.video?));
        (declared != expected)
            .then(|| format!("{}: {name} is {declared}, not {expected}", variant.label()))
    };
    variants.filter_map(finding).collect()
}

fn codecs(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for variant in parsed
        .multivariant
        .variants
        .iter()
        .chain(&parsed.multivariant.i_frames)
    {
        let Some(video) = variant.video else { continue };
        let audio = variant.audio.iter().map(|track| track.codec.as_str());
        let expected: BTreeSet<&str> = std::iter::once(video.codec.as_str()).chain(audio).collect();
        let declared: BTreeSet<&str> = variant.codecs().collect();
        if declared != expected {
            let expected = Vec::from_iter(expected).join(",");
            findings.push(format!("{}: CODECS is not {expected}", variant.label()));
        }
        let supplemental = variant.attributes.get("SUPPLEMENTAL-CODECS");
        if supplemental != video.supplemental_codec.as_deref() {
            findings.push(format!(
                "{}: SUPPLEMENTAL-CODECS is not the track's",
                variant.label()
            ));
        }
    }
    findings
}

fn range_fits(track: &VideoTrack) -> bool {
    track.range == VideoRange::Sdr
        || match family(track) {
            "hvc1" => hevc(track).is_some_and(|(profile, ..)| profile == 2),
            "dvh1" => true,
            "av01" => av1(track).is_some_and(|(_, depth)| depth >= 10),
            _ => false,
        }
}

fn standard_rate(track: &VideoTrack) -> bool {
    const RATES: [&str; 8] = [
        "23.976", "24.000", "25.000", "29.970", "30.000", "50.000", "59.940", "60.000",
    ];
    RATES.contains(&track.frame_rate.to_string().as_str())
}

fn hdr_at_30(parsed: &Parsed<'_>) -> Vec<String> {
    let tracks = parsed.listed_video();
    let mut hdr = tracks
        .iter()
        .filter(|track| track.range != VideoRange::Sdr)
        .peekable();
    if hdr.peek().is_none() || hdr.any(|track| track.frame_rate.fps() <= 30.0) {
        Vec::new()
    } else {
        vec!["every HDR variant is above 30 frames/s".to_owned()]
    }
}
