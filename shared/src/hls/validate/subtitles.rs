//! Rules 48 and 93 to 98: subtitle playlists, and the text of those files that are given.

use super::{
    PlaylistCheck,
    multivariant::all,
    must,
    presentation::{Parsed, Playlist, Shows},
    should,
};
use crate::{asset::SubtitleTrack, webvtt};

pub(super) const CHECKS: &[PlaylistCheck] = &[
    should("48", forced_cues_are_in_the_regular),
    must("93", |p| {
        let other = lists(p).filter(|(list, _)| {
            list.segments.iter().any(|s| {
                s.uri
                    .rsplit_once('.')
                    .is_none_or(|(_, ending)| ending != "vtt")
                    || s.map.is_some()
            })
        });
        other
            .map(|(list, _)| format!("{} lists something else than WebVTT", list.id))
            .collect()
    }),
    must("94", headers),
    must("96", |p| {
        let (programme, tolerance) = (p.programme_s(), p.frame_s() + 0.001);
        let other = lists(p).filter(|(list, _)| (list.seconds() - programme).abs() > tolerance);
        other
            .map(|(list, _)| {
                format!(
                    "{} lasts {:.3} s of {programme:.3} s",
                    list.id,
                    list.seconds()
                )
            })
            .collect()
    }),
    must("95", late_cues),
    should("98", |p| {
        let wrong = all(p).filter(|variant| {
            let mut imsc = variant.codecs().filter(|codec| codec.starts_with("stpp"));
            imsc.any(|codec| codec != "stpp.ttml.im1t")
        });
        wrong
            .map(|variant| format!("{} lists IMSC by another name", variant.label()))
            .collect()
    }),
    should("97", |p| {
        let many = lists(p).filter(|(list, _)| list.segments.len() != 1);
        many.map(|(list, _)| format!("{} has {} segments", list.id, list.segments.len()))
            .collect()
    }),
];

fn lists<'p, 'a>(
    parsed: &'p Parsed<'a>,
) -> impl Iterator<Item = (&'p Playlist<'a>, &'a SubtitleTrack)> {
    parsed
        .playlists
        .iter()
        .filter_map(|playlist| match playlist.shows {
            Shows::Subtitles(track) => Some((playlist, track)),
            _ => None,
        })
}

/// The given text of a track's file.
fn text<'a>(parsed: &Parsed<'a>, track: &SubtitleTrack) -> Option<&'a str> {
    parsed
        .presentation
        .subtitles
        .iter()
        .find(|(file, _)| *file == track.file)
        .map(|(_, text)| text.as_str())
}

fn headers(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (file, text) in &parsed.presentation.subtitles {
        let mut lines = text.lines();
        let signed = lines.next().is_some_and(|line| line.starts_with("WEBVTT"));
        let head: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
        if !signed || !head.contains(&"X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0") {
            findings.push(format!(
                "{file} doesn't begin with WEBVTT and X-TIMESTAMP-MAP"
            ));
        }
        if let Err(fault) = webvtt::parse(text) {
            findings.push(format!("{file}, {fault}"));
        }
    }
    findings
}

fn late_cues(parsed: &Parsed<'_>) -> Vec<String> {
    let end_ms = ((parsed.programme_s() + parsed.frame_s()) * 1000.0).ceil() as u64;
    let mut findings = Vec::new();
    for (file, text) in &parsed.presentation.subtitles {
        let Ok(document) = webvtt::parse(text) else {
            continue;
        };
        if document.cues.iter().any(|cue| cue.end_ms > end_ms) {
            findings.push(format!("{file}: a cue shows after the end"));
        }
    }
    findings
}

fn forced_cues_are_in_the_regular(parsed: &Parsed<'_>) -> Vec<String> {
    let cues = |track: &SubtitleTrack| {
        webvtt::parse(text(parsed, track)?)
            .ok()
            .map(|document| document.cues)
    };
    let mut findings = Vec::new();
    for (_, track) in lists(parsed).filter(|(_, track)| track.forced) {
        let same =
            |other: &SubtitleTrack| !other.forced && !other.sdh && other.language == track.language;
        let regular = lists(parsed)
            .find(|(_, other)| same(other))
            .and_then(|(_, other)| cues(other));
        let (Some(forced), Some(regular)) = (cues(track), regular) else {
            continue;
        };
        let missing = forced
            .iter()
            .filter(|cue| {
                !regular
                    .iter()
                    .any(|other| other.overlaps(cue.start_ms, cue.end_ms))
            })
            .count();
        if missing > 0 {
            findings.push(format!(
                "{}: {missing} cues are not in the language's regular subtitles",
                track.id
            ));
        }
    }
    findings
}
