//! Rules 100 to 107: trick play.

use std::collections::BTreeSet;

use super::{
    PlaylistCheck, must,
    presentation::{Parsed, Playlist, Range, Shows},
    should,
};
use crate::asset::{Fragment, VideoTrack};

pub(super) const CHECKS: &[PlaylistCheck] = &[
    must("100", |p| {
        if p.multivariant.i_frames.is_empty() {
            vec!["EXT-X-I-FRAME-STREAM-INF is missing".to_owned()]
        } else {
            Vec::new()
        }
    }),
    should("100", several_rates),
    must("101", |p| {
        let silent = lists(p).filter(|(list, _)| !list.has_tag("EXT-X-I-FRAMES-ONLY"));
        silent
            .map(|(list, _)| format!("{} has no EXT-X-I-FRAMES-ONLY", list.id))
            .collect()
    }),
    must("102", ranges),
    must("103", durations),
    should("104", dense),
    should("105", |p| {
        let long = p.asset.trick.iter().filter(|t| {
            t.media()
                .index()
                .fragments()
                .any(|f| f.keyframe_length != f.length)
        });
        long.map(|track| format!("{} has fragments of several samples", track.id))
            .collect()
    }),
    should("106", recommended_rates),
    should("107", images),
];

fn lists<'p, 'a>(
    parsed: &'p Parsed<'a>,
) -> impl Iterator<Item = (&'p Playlist<'a>, &'a VideoTrack)> {
    parsed
        .playlists
        .iter()
        .filter_map(|playlist| match playlist.shows {
            Shows::IFrames(track) => Some((playlist, track)),
            _ => None,
        })
}

fn several_rates(parsed: &Parsed<'_>) -> Vec<String> {
    let variants = &parsed.multivariant.i_frames;
    let rates: BTreeSet<_> = variants
        .iter()
        .filter_map(|variant| variant.attributes.integer("BANDWIDTH"))
        .collect();
    let mut findings = Vec::new();
    if rates.len() < 2 {
        findings.push("I-frame variants have one bit rate only".to_owned());
    }
    if !variants
        .iter()
        .any(|variant| variant.codecs().any(|codec| codec.starts_with("avc1")))
    {
        findings.push("no I-frame variant is H.264".to_owned());
    }
    findings
}

fn ranges(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (list, track) in lists(parsed) {
        let fragments: Vec<&Fragment> = track.media().index().fragments().collect();
        for (at, segment) in list.segments.iter().enumerate() {
            let fits = fragments.get(at).is_some_and(|fragment| {
                let Some(Range {
                    length,
                    offset: Some(offset),
                }) = segment.range
                else {
                    return false;
                };
                offset == fragment.offset
                    && (fragment.keyframe_length..=fragment.length).contains(&length)
            });
            if !fits {
                findings.push(format!(
                    "{}: range {at} is not a fragment's key frame",
                    list.id
                ));
            }
        }
        if list.segments.len() != fragments.len() {
            findings.push(format!(
                "{} lists {} of {} key frames",
                list.id,
                list.segments.len(),
                fragments.len()
            ));
        }
    }
    findings
}

fn durations(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (list, track) in lists(parsed) {
        let index = track.media().index();
        let apart = |(segment, fragment): (&super::presentation::Listed<'_>, &Fragment)| {
            segment
                .seconds
                .is_none_or(|seconds| (seconds - index.seconds(fragment.duration)).abs() > 0.001)
        };
        // The last one lasts until the programme ends; the sum below says whether it does.
        let inner = list.segments.len().saturating_sub(1);
        let pairs = list.segments.iter().zip(index.fragments());
        if pairs.take(inner).any(apart) {
            findings.push(format!(
                "{}: EXTINF is not the time to the next I-frame",
                list.id
            ));
        }
        if (list.seconds() - parsed.programme_s()).abs() > parsed.frame_s() + 0.001 {
            findings.push(format!("{} lasts {:.3} s", list.id, list.seconds()));
        }
    }
    findings
}

fn dense(parsed: &Parsed<'_>) -> Vec<String> {
    let is_dense = |list: &Playlist<'_>| {
        !list.segments.is_empty() && list.seconds() / list.segments.len() as f64 <= 1.05
    };
    if lists(parsed).any(|(list, _)| is_dense(list)) || parsed.programme_s() < 1.0 {
        Vec::new()
    } else {
        vec!["no I-frame playlist has one frame per second".to_owned()]
    }
}

fn recommended_rates(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for track in parsed
        .asset
        .trick
        .iter()
        .filter(|track| track.codec.starts_with("avc1"))
    {
        let kbps = match track.height {
            0..400 => 45,
            400..500 => 90,
            500..650 => 250,
            650..900 => 375,
            _ => 580,
        };
        let measured = track.media().index().keyframe_rates().average_bps / 1000;
        if measured > 3 * kbps {
            findings.push(format!(
                "{}: {measured} kbit/s, Apple recommends {kbps}",
                track.id
            ));
        }
    }
    findings
}

fn images(parsed: &Parsed<'_>) -> Vec<String> {
    let images: Vec<_> = parsed
        .multivariant
        .i_frames
        .iter()
        .filter(|variant| variant.codecs().any(|codec| codec == "mjpg"))
        .collect();
    let mut findings = Vec::new();
    if images.len() > 1 {
        findings.push("there are several image variants".to_owned());
    }
    let keyed = images
        .iter()
        .filter(|variant| variant.video.is_some_and(|track| track.kid.is_some()));
    findings.extend(keyed.map(|variant| format!("{} is encrypted", variant.label())));
    findings
}
