//! Rules 19, 21 to 25, 27 and 29: which variants there are, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    PlaylistCheck,
    multivariant::{all, finding_unless, with_video},
    must,
    presentation::{Parsed, Variant, is_video_codec},
    should,
};
use crate::{cenc::Tier, hls::FIRST_VARIANT_BPS};

pub(super) const CHECKS: &[PlaylistCheck] = &[
    should("19", two_at_the_top),
    must("21", sdr_exists),
    should("22", families),
    should("23", |p| {
        let h264 = |variant: &Variant<'_>| variant.codecs().any(|codec| codec.starts_with("avc1"));
        finding_unless(
            p.multivariant.variants.iter().any(h264),
            "no variant is H.264",
        )
    }),
    should("24", aspect_ratio),
    should("25", first_variant),
    should("27", modest_uhd),
    should("29", hdcp_level),
];

fn two_at_the_top(parsed: &Parsed<'_>) -> Vec<String> {
    let tracks = parsed.listed_video();
    let top = tracks.iter().map(|track| track.height).max().unwrap_or(0);
    let at_top = tracks.iter().filter(|track| track.height == top).count();
    finding_unless(
        top < 720 || at_top >= 2,
        &format!("only one variant has {top} lines"),
    )
}

fn sdr_exists(parsed: &Parsed<'_>) -> Vec<String> {
    let any_sdr = |variants: &[Variant<'_>]| {
        variants
            .iter()
            .any(|variant| matches!(variant.attributes.get("VIDEO-RANGE"), None | Some("SDR")))
    };
    let mut findings = finding_unless(any_sdr(&parsed.multivariant.variants), "no variant is SDR");
    if !parsed.multivariant.i_frames.is_empty() {
        findings.extend(finding_unless(
            any_sdr(&parsed.multivariant.i_frames),
            "no I-frame variant is SDR",
        ));
    }
    findings
}

/// The variants of each audio group, in the order in which they are listed.
fn blocks<'p, 'a>(parsed: &'p Parsed<'a>) -> Vec<(Option<&'a str>, Vec<&'p Variant<'a>>)> {
    let mut blocks: Vec<(Option<&str>, Vec<&Variant<'_>>)> = Vec::new();
    for variant in &parsed.multivariant.variants {
        let group = variant.attributes.get("AUDIO");
        match blocks.iter_mut().find(|(known, _)| *known == group) {
            Some((_, variants)) => variants.push(variant),
            None => blocks.push((group, vec![variant])),
        }
    }
    blocks
}

fn families(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (group, variants) in blocks(parsed) {
        let mut runs: Vec<((&str, &str), usize)> = Vec::new();
        for variant in variants {
            let codec = variant
                .codecs()
                .find(|codec| is_video_codec(codec))
                .unwrap_or_default();
            let codec = codec.split('.').next().unwrap_or_default();
            let family = (
                codec,
                variant.attributes.get("VIDEO-RANGE").unwrap_or("SDR"),
            );
            match runs.last_mut() {
                Some((last, count)) if *last == family => *count += 1,
                _ => runs.push((family, 1)),
            }
        }
        let distinct: BTreeSet<_> = runs.iter().map(|(family, _)| *family).collect();
        let group = group.unwrap_or("no audio");
        if distinct.len() < runs.len() {
            findings.push(format!(
                "with {group}, variants of a codec family don't stand together"
            ));
        }
        let narrow = runs.iter().filter(|(_, count)| *count < 2);
        findings.extend(narrow.map(|((codec, range), _)| {
            format!("with {group}, {codec} {range} has one variant only")
        }));
    }
    findings
}

fn aspect_ratio(parsed: &Parsed<'_>) -> Vec<String> {
    let resolution = |variant: &Variant<'_>| {
        let (width, height) = variant.attributes.get("RESOLUTION")?.split_once('x')?;
        Some(width.parse::<f64>().ok()? / height.parse::<f64>().ok()?)
    };
    let mut ratios = with_video(parsed).filter_map(|variant| Some((variant, resolution(variant)?)));
    let Some((_, first)) = ratios.next() else {
        return Vec::new();
    };
    let other = ratios.filter(|(_, ratio)| (ratio - first).abs() / first > 0.01);
    other
        .map(|(variant, ratio)| {
            format!(
                "{}: {ratio:.3}, but the first variant has {first:.3}",
                variant.label()
            )
        })
        .collect()
}

/// Among SDR variants: a client that can't show HDR skips the others, so their order among themselves is theirs.
fn first_variant(parsed: &Parsed<'_>) -> Vec<String> {
    let distance = |variant: &Variant<'_>| {
        variant
            .attributes
            .integer("AVERAGE-BANDWIDTH")
            .map(|average| average.abs_diff(FIRST_VARIANT_BPS))
    };
    let sdr = |variant: &&&Variant<'_>| {
        matches!(variant.attributes.get("VIDEO-RANGE"), None | Some("SDR"))
    };
    let finding = |(_, variants): (Option<&str>, Vec<&Variant<'_>>)| {
        let first = *variants.first()?;
        let nearest = *variants
            .iter()
            .filter(sdr)
            .min_by_key(|variant| distance(variant))?;
        (distance(first) > distance(nearest) || !sdr(&&first)).then(|| {
            format!(
                "{} comes first, but {} is nearer",
                first.label(),
                nearest.label()
            )
        })
    };
    blocks(parsed).into_iter().filter_map(finding).collect()
}

fn modest_uhd(parsed: &Parsed<'_>) -> Vec<String> {
    let tracks = parsed.listed_video();
    let mut uhd = tracks
        .iter()
        .filter(|track| track.tier == Tier::Uhd)
        .peekable();
    let fits = uhd.peek().is_none() || uhd.any(|track| track.average_bps <= 15_000_000);
    finding_unless(fits, "every UHD variant is above 15 Mbit/s")
}

fn hdcp_level(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut level_of_key = BTreeMap::new();
    for variant in all(parsed) {
        let Some((track, kid)) = variant.video.and_then(|track| Some((track, track.kid?))) else {
            continue;
        };
        let expected = match Tier::for_height(track.height) {
            Tier::Audio | Tier::Sd => "NONE",
            Tier::Hd => "TYPE-0",
            Tier::Uhd => "TYPE-1",
        };
        let level = variant.attributes.get("HDCP-LEVEL").unwrap_or("nothing");
        if level != expected {
            findings.push(format!(
                "{}: HDCP-LEVEL is {level}, not {expected}",
                variant.label()
            ));
        }
        let known = *level_of_key.entry(kid).or_insert(level);
        if known != level {
            findings.push(format!(
                "{}: {level} has the key of {known}",
                variant.label()
            ));
        }
    }
    findings
}
