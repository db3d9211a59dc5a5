//! Rules 68 to 73 and 77 to 81: codecs, sizes, frame rates and levels, against what the asset says the media is.

use std::collections::BTreeSet;

use super::{
    Rule, must,
    presentation::{Parsed, Variant},
    should,
};
use crate::asset::{VideoRange, VideoTrack};

pub(super) const RULES: &[Rule] = &[
    must(
        "68",
        "CODECS is exactly what the variant's media is",
        codecs,
    ),
    must(
        "69",
        "sample entries are avc1, hvc1 or dvh1, never avc3, hev1 or dvhe",
        |p| {
            tracks(
                p,
                |track| !matches!(family(track), "avc3" | "hev1" | "dvhe" | "dva1" | "dvav"),
                "has in-band parameter sets",
            )
        },
    ),
    must("70", "RESOLUTION is the display size", |p| {
        compare(p, "RESOLUTION", |track| {
            format!("{}x{}", track.width, track.height)
        })
    }),
    must(
        "71",
        "FRAME-RATE is the media's, with three decimals",
        |p| {
            let variants = p.multivariant.variants.iter();
            differing(variants, "FRAME-RATE", |track| track.frame_rate.to_string())
        },
    ),
    must("72", "VIDEO-RANGE is the media's", |p| {
        compare(p, "VIDEO-RANGE", |track| track.range.to_string())
    }),
    must("73", "video is H.264, HEVC, Dolby Vision or AV1", |p| {
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
    must("77", "H.264 is at most High at level 5.2", |p| {
        tracks(
            p,
            |track| avc(track).is_none_or(|(_, l)| l <= 52),
            "is above 5.2",
        )
    }),
    should(
        "77",
        "some H.264 is at most level 4.1, in High profile",
        |p| {
            some(p, "avc1", |track| {
                avc(track).is_some_and(|(profile, level)| profile == 100 && level <= 41)
            })
        },
    ),
    must(
        "78",
        "HEVC is at most Main 10 at level 5.1, AV1 at most 6.2",
        |p| tracks(p, within_limits, "is above its codec's limit"),
    ),
    should("78", "some HEVC is at most level 4.0, Main tier", |p| {
        some(p, "hvc1", |track| {
            hevc(track).is_some_and(|(_, high, level)| !high && level <= 120)
        })
    }),
    should("79", "H.264 levels are the lowest that fit", lowest_level),
    must("80", "frame rates are standard ones, up to 60", |p| {
        tracks(p, standard_rate, "has an odd frame rate")
    }),
    should("80", "HDR is offered at up to 30 frames/s", hdr_at_30),
    must(
        "81",
        "high dynamic range is HEVC Main 10, Dolby Vision or AV1",
        |p| tracks(p, range_fits, "can't carry its range"),
    ),
];

fn family(track: &VideoTrack) -> &str {
    track.codec.split('.').next().unwrap_or_default()
}

/// A finding for each listed video track that isn't as it should be.
fn tracks(parsed: &Parsed<'_>, fits: impl Fn(&VideoTrack) -> bool, problem: &str) -> Vec<String> {
    let wrong = parsed
        .listed_video()
        .into_iter()
        .filter(|track| !fits(track));
    wrong
        .map(|track| format!("{} ({}) {problem}", track.id, track.codec))
        .collect()
}

/// A finding when there are tracks of a family, but none as wanted.
fn some(parsed: &Parsed<'_>, wanted: &str, fits: impl Fn(&VideoTrack) -> bool) -> Vec<String> {
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

/// Profile and ten times the level of an `avc1.PPCCLL` string.
fn avc(track: &VideoTrack) -> Option<(u8, u8)> {
    let digits = track
        .codec
        .strip_prefix("avc1.")
        .filter(|digits| digits.len() == 6)?;
    Some((
        u8::from_str_radix(digits.get(..2)?, 16).ok()?,
        u8::from_str_radix(digits.get(4..)?, 16).ok()?,
    ))
}

/// Profile, High tier and thirty times the level of an `hvc1.P.C.TL…` string.
fn hevc(track: &VideoTrack) -> Option<(u8, bool, u16)> {
    let mut parts = track.codec.strip_prefix("hvc1.")?.split('.');
    let profile = parts
        .next()?
        .trim_start_matches(|c: char| c.is_ascii_uppercase())
        .parse()
        .ok()?;
    let tier_and_level = parts.nth(1)?;
    let high = tier_and_level.starts_with('H');
    Some((profile, high, tier_and_level.get(1..)?.parse().ok()?))
}

/// `seq_level_idx` and bit depth of an `av01.P.LLT.DD` string.
fn av1(track: &VideoTrack) -> Option<(u8, u8)> {
    let mut parts = track.codec.strip_prefix("av01.")?.split('.');
    let level = parts.nth(1)?;
    Some((level.get(..2)?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn within_limits(track: &VideoTrack) -> bool {
    match family(track) {
        "hvc1" => hevc(track).is_some_and(|(profile, _, level)| profile <= 2 && level <= 153),
        // Levels count from 2.0 in quarters: 6.2 is 18.
        "av01" => av1(track).is_some_and(|(level, _)| level <= 18),
        _ => true,
    }
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

/// H.264 levels with their largest frame and rate in macroblocks (table A-1); those with equal limits share a row.
const AVC_LEVELS: [(&[u8], u64, u64); 11] = [
    (&[10, 11, 12, 13, 20, 21, 22, 30], 1620, 40_500),
    (&[31], 3600, 108_000),
    (&[32], 5120, 216_000),
    (&[40, 41], 8192, 245_760),
    (&[42], 8704, 522_240),
    (&[50], 22_080, 589_824),
    (&[51], 36_864, 983_040),
    (&[52], 36_864, 2_073_600),
    (&[60], 139_264, 4_177_920),
    (&[61], 139_264, 8_355_840),
    (&[62], 139_264, 16_711_680),
];

fn lowest_level(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for track in parsed.listed_video() {
        let Some((_, level)) = avc(track) else {
            continue;
        };
        let blocks = u64::from(track.width.div_ceil(16)) * u64::from(track.height.div_ceil(16));
        let rate = (blocks as f64 * track.frame_rate.fps()).ceil() as u64;
        let fits = AVC_LEVELS
            .iter()
            .find(|(_, frame, second)| blocks <= *frame && rate <= *second);
        if !fits.is_some_and(|(levels, ..)| levels.contains(&level)) {
            findings.push(format!(
                "{}: level {}.{} is not the lowest that fits",
                track.id,
                level / 10,
                level % 10
            ));
        }
    }
    findings
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
