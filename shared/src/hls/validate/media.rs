//! Rules 51 to 55, 59, 61 and 62: what a Media Playlist must say.

use super::{
    PlaylistCheck, must,
    presentation::{Parsed, Playlist, Range, Shows},
    should,
    text::{Attributes, Line},
};
use crate::asset::{ByteRange, Fragment, Media, Segment};

pub(super) const CHECKS: &[PlaylistCheck] = &[
    must("51", target_duration),
    should("51", target_duration_is_tight),
    must("52", vod),
    must("53", one_target_duration),
    should("54", |p| {
        let other = p
            .media()
            .filter(|(playlist, _)| playlist.target_duration_s != Some(6));
        other
            .map(|(playlist, _)| format!("{}: the target duration is not 6", playlist.id))
            .collect()
    }),
    must("55", no_long_segment),
    must("59", maps),
    must("61", byte_ranges),
    should("62", date_ranges),
];

fn target_duration(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for playlist in &parsed.playlists {
        let Some(target) = playlist.target_duration_s else {
            findings.push(format!(
                "{}: EXT-X-TARGETDURATION is missing or not a number",
                playlist.id
            ));
            continue;
        };
        for (at, segment) in playlist.segments.iter().enumerate() {
            match segment.seconds {
                None => findings.push(format!("{}: segment {at} has no EXTINF", playlist.id)),
                Some(seconds) if seconds.round() > target as f64 => {
                    findings.push(format!(
                        "{}: segment {at} lasts {seconds} s, above {target}",
                        playlist.id
                    ));
                }
                Some(_) => {}
            }
        }
    }
    findings
}

fn longest_s(playlist: &Playlist<'_>) -> f64 {
    playlist
        .segments
        .iter()
        .filter_map(|segment| segment.seconds)
        .fold(0.0, f64::max)
}

fn target_duration_is_tight(parsed: &Parsed<'_>) -> Vec<String> {
    let needed = |playlist: &Playlist<'_>| (longest_s(playlist).round() as u64).max(1);
    // Audio and video share one, so the longest of all counts for each.
    let shared = parsed
        .media()
        .map(|(playlist, _)| needed(playlist))
        .max()
        .unwrap_or(1);
    let loose = parsed.playlists.iter().filter_map(|playlist| {
        let needed = match playlist.shows {
            Shows::Video(_) | Shows::Audio(_) => shared,
            Shows::IFrames(_) | Shows::Subtitles(_) | Shows::Unknown => needed(playlist),
        };
        let target = playlist
            .target_duration_s
            .filter(|target| *target > needed)?;
        Some(format!(
            "{}: the target duration is {target}, {needed} would do",
            playlist.id
        ))
    });
    loose.collect()
}

fn vod(parsed: &Parsed<'_>) -> Vec<String> {
    let typed = |playlist: &Playlist<'_>| {
        playlist.lines.iter().any(|l| matches!(l, Line::Tag(tag) if tag.name == "EXT-X-PLAYLIST-TYPE" && tag.value == "VOD"))
    };
    let wrong = parsed
        .playlists
        .iter()
        .filter(|playlist| !typed(playlist) || !playlist.has_tag("EXT-X-ENDLIST"));
    wrong
        .map(|playlist| format!("{} is not VOD or doesn't end", playlist.id))
        .collect()
}

fn one_target_duration(parsed: &Parsed<'_>) -> Vec<String> {
    let mut media = parsed.media();
    let Some((first, _)) = media.next() else {
        return Vec::new();
    };
    let other = media.filter(|(playlist, _)| playlist.target_duration_s != first.target_duration_s);
    other
        .map(|(playlist, _)| {
            format!(
                "{} has another target duration than {}",
                playlist.id, first.id
            )
        })
        .collect()
}

fn no_long_segment(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (playlist, media) in parsed.media() {
        let limit = playlist.target_duration_s.unwrap_or(0) as f64 + 0.5;
        let index = media.index();
        let long = index
            .segments
            .iter()
            .map(|segment| index.seconds(segment.duration))
            .filter(|s| *s > limit);
        findings.extend(
            long.map(|seconds| format!("{}: a segment really lasts {seconds:.3} s", playlist.id)),
        );
    }
    findings
}

fn maps(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for playlist in &parsed.playlists {
        let init = match playlist.shows {
            Shows::Video(track) | Shows::IFrames(track) => track.init,
            Shows::Audio(track) => track.init,
            Shows::Subtitles(_) | Shows::Unknown => continue,
        };
        let expected = format!("{}@{}", init.length, init.offset);
        let right = |map: &Attributes<'_>| map.get("BYTERANGE") == Some(&expected);
        if !playlist
            .segments
            .iter()
            .all(|segment| segment.map.as_ref().is_some_and(right))
        {
            findings.push(format!(
                "{}: a segment is not under EXT-X-MAP {expected}",
                playlist.id
            ));
        }
    }
    findings
}

fn byte_ranges(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (playlist, media) in parsed.media() {
        findings.extend(gaps(&media));
        let expected: Vec<ByteRange> = media.index().listed().map(|(bytes, _)| bytes).collect();
        let mut before: Option<(&str, u64)> = None;
        for (at, segment) in playlist.segments.iter().enumerate() {
            let resolved = segment
                .range
                .and_then(|Range { length, offset }| match offset {
                    Some(offset) => Some(ByteRange { offset, length }),
                    // Only after the adjacent range of the same resource (8216bis 4.4.4.2).
                    None => before
                        .filter(|(uri, _)| *uri == segment.uri)
                        .map(|(_, end)| ByteRange {
                            offset: end,
                            length,
                        }),
                });
            before = resolved.map(|range| (segment.uri, range.end()));
            if resolved.is_none() || resolved.as_ref() != expected.get(at) {
                findings.push(format!(
                    "{}: segment {at} is not a range of the track",
                    playlist.id
                ));
            }
        }
    }
    findings
}

/// Places where a track's own index doesn't run through its file without holes.
fn gaps(media: &Media<'_>) -> Vec<String> {
    let fragments: Vec<&Fragment> = media.index().fragments().collect();
    let mut findings = Vec::new();
    if fragments
        .first()
        .is_some_and(|first| first.offset < media.init.end())
    {
        findings.push(format!(
            "{}: the first fragment lies in the initialization section",
            media.id
        ));
    }
    let within = |segment: &Segment| {
        segment
            .fragments
            .windows(2)
            .all(|pair| pair[0].bytes().end() == pair[1].offset)
    };
    if !media.segments.iter().all(within) {
        findings.push(format!(
            "{}: a segment's fragments are not adjacent",
            media.id
        ));
    }
    if !fragments
        .windows(2)
        .all(|pair| pair[0].bytes().end() <= pair[1].offset)
    {
        findings.push(format!("{}: fragments overlap", media.id));
    }
    findings
}

fn date_ranges(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for playlist in &parsed.playlists {
        for line in &playlist.lines {
            let Line::Tag(tag) = line else { continue };
            let range = Attributes::of(tag);
            if tag.name == "EXT-X-DATERANGE" && !(range.has("ID") && range.has("START-DATE")) {
                findings.push(format!(
                    "{}, line {}: ID or START-DATE is missing",
                    playlist.id, tag.number
                ));
            }
        }
        if playlist.has_tag("EXT-X-DATERANGE") && !playlist.has_tag("EXT-X-PROGRAM-DATE-TIME") {
            findings.push(format!("{} has date ranges, but no date", playlist.id));
        }
    }
    findings
}
