//! Rules 9 to 18, 20, 26 and 28: what every variant must say.

use std::collections::BTreeSet;

use super::{
    PlaylistCheck, must,
    presentation::{Parsed, Variant},
    should,
    text::{Attributes, Line},
};
use crate::asset::VideoRange;

pub(super) const CHECKS: &[PlaylistCheck] = &[
    must("9", one_uri_each),
    must("10", |p| missing(all(p), "BANDWIDTH")),
    must("11", average),
    must("12", |p| missing(all(p), "CODECS")),
    must("13", |p| {
        missing(with_video(p).chain(&p.multivariant.i_frames), "RESOLUTION")
    }),
    must("14", frame_rate),
    must("15", video_range),
    must("16", closed_captions),
    must("17", groups_exist),
    must("18", two_rates),
    must("20", independent_segments),
    should("20", |p| {
        finding_unless(
            has_tag(p, "EXT-X-INDEPENDENT-SEGMENTS"),
            "EXT-X-INDEPENDENT-SEGMENTS is missing",
        )
    }),
    must("26", |p| {
        let audio_only = p
            .multivariant
            .variants
            .iter()
            .filter(|variant| !variant.has_video());
        audio_only
            .map(|variant| format!("{} has no video", variant.label()))
            .collect()
    }),
    must("28", scores),
];

pub(super) fn all<'p, 'a>(parsed: &'p Parsed<'a>) -> impl Iterator<Item = &'p Variant<'a>> {
    parsed
        .multivariant
        .variants
        .iter()
        .chain(&parsed.multivariant.i_frames)
}

pub(super) fn with_video<'p, 'a>(parsed: &'p Parsed<'a>) -> impl Iterator<Item = &'p Variant<'a>> {
    parsed
        .multivariant
        .variants
        .iter()
        .filter(|variant| variant.has_video())
}

fn missing<'p, 'a: 'p>(variants: impl Iterator<Item = &'p Variant<'a>>, name: &str) -> Vec<String> {
    let without = variants.filter(|variant| !variant.attributes.has(name));
    without
        .map(|variant| format!("{} has no {name}", variant.label()))
        .collect()
}

pub(super) fn finding_unless(holds: bool, finding: &str) -> Vec<String> {
    if holds {
        Vec::new()
    } else {
        vec![finding.to_owned()]
    }
}

fn has_tag(parsed: &Parsed<'_>, name: &str) -> bool {
    tags(parsed, name).next().is_some()
}

pub(super) fn tags<'p, 'a>(
    parsed: &'p Parsed<'a>,
    name: &'p str,
) -> impl Iterator<Item = Attributes<'a>> {
    parsed
        .multivariant
        .lines
        .iter()
        .filter_map(move |line| match line {
            Line::Tag(tag) if tag.name == name => Some(Attributes::of(tag)),
            _ => None,
        })
}

fn one_uri_each(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = missing_uris(&parsed.multivariant.variants);
    let mut expected = false;
    for line in &parsed.multivariant.lines {
        match line {
            Line::Uri(uri) if !std::mem::take(&mut expected) => {
                findings.push(format!("{uri} follows no EXT-X-STREAM-INF"));
            }
            Line::Uri(_) => {}
            Line::Tag(tag) => expected = tag.name == "EXT-X-STREAM-INF",
        }
    }
    findings
}

fn scores(parsed: &Parsed<'_>) -> Vec<String> {
    let variants = &parsed.multivariant.variants;
    let scores = || {
        variants
            .iter()
            .filter_map(|variant| variant.attributes.get("SCORE"))
    };
    let count = scores().count();
    let mut findings = finding_unless(
        count == 0 || count == variants.len(),
        "only some variants have a SCORE",
    );
    let positive = |score: &str| score.parse::<f64>().is_ok_and(|score| score >= 0.0);
    let wrong = scores().filter(|score| !positive(score));
    findings.extend(wrong.map(|score| format!("SCORE={score} is no positive number")));
    findings
}

fn missing_uris(variants: &[Variant<'_>]) -> Vec<String> {
    let without = variants.iter().filter(|variant| variant.uri.is_none());
    without
        .map(|variant| format!("no URI follows line {}", variant.attributes.number))
        .collect()
}

fn average(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = missing(parsed.multivariant.variants.iter(), "AVERAGE-BANDWIDTH");
    for variant in all(parsed) {
        let rates = (
            variant.attributes.integer("AVERAGE-BANDWIDTH"),
            variant.attributes.integer("BANDWIDTH"),
        );
        if let (Some(average), Some(peak)) = rates
            && average > peak
        {
            findings.push(format!(
                "{}: AVERAGE-BANDWIDTH {average} is above BANDWIDTH {peak}",
                variant.label()
            ));
        }
    }
    findings
}

fn frame_rate(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = missing(with_video(parsed), "FRAME-RATE");
    let extra = parsed
        .multivariant
        .i_frames
        .iter()
        .filter(|variant| variant.attributes.has("FRAME-RATE"));
    findings.extend(extra.map(|variant| format!("{} has a FRAME-RATE", variant.label())));
    findings
}

fn video_range(parsed: &Parsed<'_>) -> Vec<String> {
    let shows_hdr = |variant: &Variant<'_>| {
        variant
            .video
            .is_some_and(|track| track.range != VideoRange::Sdr)
    };
    let says_hdr = |variant: &Variant<'_>| {
        variant
            .attributes
            .get("VIDEO-RANGE")
            .is_some_and(|range| range != "SDR")
    };
    if all(parsed).any(|variant| shows_hdr(variant) || says_hdr(variant)) {
        missing(
            all(parsed).filter(|variant| variant.has_video()),
            "VIDEO-RANGE",
        )
    } else {
        Vec::new()
    }
}

fn closed_captions(parsed: &Parsed<'_>) -> Vec<String> {
    let values: Vec<Option<&str>> = parsed
        .multivariant
        .variants
        .iter()
        .map(|variant| variant.attributes.get("CLOSED-CAPTIONS"))
        .collect();
    let mut findings = Vec::new();
    if values.contains(&Some("NONE")) && values.iter().any(|value| *value != Some("NONE")) {
        findings.push("CLOSED-CAPTIONS is NONE on some variants only".to_owned());
    }
    if values.iter().all(Option::is_none) && !values.is_empty() {
        findings.push("CLOSED-CAPTIONS is missing on every variant".to_owned());
    }
    let extra = parsed
        .multivariant
        .i_frames
        .iter()
        .filter(|variant| variant.attributes.has("CLOSED-CAPTIONS"));
    findings.extend(extra.map(|variant| format!("{} has CLOSED-CAPTIONS", variant.label())));
    findings
}

fn groups_exist(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = BTreeSet::new();
    for variant in &parsed.multivariant.variants {
        for kind in ["AUDIO", "SUBTITLES", "VIDEO", "CLOSED-CAPTIONS"] {
            let Some(group) = variant
                .attributes
                .get(kind)
                .filter(|group| *group != "NONE")
            else {
                continue;
            };
            let exists = |media: &Attributes<'_>| {
                media.get("TYPE") == Some(kind) && media.get("GROUP-ID") == Some(group)
            };
            if !parsed.multivariant.media.iter().any(exists) {
                findings.insert(format!(
                    "no EXT-X-MEDIA of TYPE={kind} has GROUP-ID \"{group}\""
                ));
            }
        }
    }
    findings.into_iter().collect()
}

/// A copy has the master's one: it stands in until the ladder, which has more, is the next version.
fn two_rates(parsed: &Parsed<'_>) -> Vec<String> {
    let rates: BTreeSet<u64> = parsed
        .listed_video()
        .into_iter()
        .map(|track| track.average_bps)
        .collect();
    finding_unless(
        rates.len() >= 2 || parsed.asset.is_copy,
        &format!("{} video bit rate is listed", rates.len()),
    )
}

fn independent_segments(parsed: &Parsed<'_>) -> Vec<String> {
    if has_tag(parsed, "EXT-X-INDEPENDENT-SEGMENTS") {
        return Vec::new();
    }
    let video = parsed
        .listed_video()
        .into_iter()
        .filter_map(|track| parsed.find(&track.id));
    let without = video.filter(|playlist| !playlist.has_tag("EXT-X-INDEPENDENT-SEGMENTS"));
    without
        .map(|playlist| format!("{} has no EXT-X-INDEPENDENT-SEGMENTS", playlist.id))
        .collect()
}
