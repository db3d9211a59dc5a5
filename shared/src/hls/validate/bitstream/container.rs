//! Rules 61, 84 to 87, 102 and 105: boxes, times and places.

use super::{
    BitstreamCheck,
    Severity::{Must, Should},
    Subject, finding,
};
use crate::mp4::{CodecConfig, MovieFragment};

pub(super) const CHECKS: &[BitstreamCheck] = &[
    ("61", Must, index_matches),
    ("84", Must, first_and_continuous),
    ("85", Must, cmaf),
    ("86", Should, offset_form),
    ("87", Must, presentation_is_continuous),
    ("102", Must, i_frame_ranges),
    ("105", Should, one_sample_fragments),
];

fn index_matches(subject: &Subject<'_>) -> Vec<String> {
    let (boxes, listed) = (subject.boxes(), subject.track.media());
    let found = boxes.segments();
    let same = found.is_ok_and(|segments| segments == listed.segments);
    let mut findings = finding(!same, "the file's fragments are not the asset's");
    findings.extend(finding(
        boxes.init != listed.init,
        "the initialization section is not where the asset says",
    ));
    let timescale = subject.only_track().map(|track| track.timescale);
    findings.extend(finding(
        timescale != Some(listed.timescale),
        "the timescale is not the asset's",
    ));
    findings
}

/// Ticks that the edit list skips.
fn skipped(subject: &Subject<'_>) -> i64 {
    let edits = subject.only_track().map_or(&[][..], |track| &track.edits);
    edits.first().map_or(0, |edit| edit.media_time)
}

fn first_and_continuous(subject: &Subject<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut next = 0;
    for (place, fragment, _) in subject.file.fragments() {
        if fragment.decode_time != next {
            findings.push(format!(
                "fragment {place} begins at {} instead of {next}",
                fragment.decode_time
            ));
        }
        next = fragment.decode_time + fragment.duration();
    }
    let first = subject.boxes().fragments.first();
    let first = first.and_then(MovieFragment::earliest_presentation);
    let shown = first.unwrap_or(0) - skipped(subject);
    // Audio may begin with its encoder's priming, which the edit list hides.
    let may_start = if subject.is_video() { 0..=0 } else { -2048..=0 };
    if !may_start.contains(&shown) {
        findings.push(format!("the first sample is shown at tick {shown}"));
    }
    findings
}

fn cmaf(subject: &Subject<'_>) -> Vec<String> {
    let boxes = subject.boxes();
    let mut findings = finding(boxes.tracks.len() != 1, "not exactly one track");
    findings.extend(finding(!boxes.is_fragmented, "no mvex"));
    let samples = boxes.tracks.iter().any(|found| found.samples > 0);
    findings.extend(finding(samples, "moov describes samples"));
    let several = boxes
        .tracks
        .iter()
        .any(|found| found.sample_descriptions != 1);
    findings.extend(finding(several, "not exactly one sample description"));
    let entry = subject.entry();
    let has_config = entry.is_some_and(|entry| entry.config != CodecConfig::None);
    findings.extend(finding(!has_config, "no decoder configuration"));
    let modern = [*b"iso6", *b"iso7", *b"iso8", *b"iso9", *b"cmfc", *b"cmf2"];
    let branded = boxes.brands.iter().any(|brand| modern.contains(brand));
    findings.extend(finding(!branded, "no brand iso6 or later"));
    for (place, fragment, samples) in subject.file.fragments() {
        let faults = [
            (!fragment.base_is_moof, "is not relative to its moof"),
            (fragment.track_fragments != 1, "has not exactly one traf"),
            (
                !fragment.fills_mdat(),
                "has samples that don't fill its mdat",
            ),
        ];
        let broken = faults.into_iter().filter(|(is_broken, _)| *is_broken);
        findings.extend(broken.map(|(_, text)| format!("fragment {place} {text}")));
        findings.extend(
            samples
                .damage
                .iter()
                .map(|text| format!("fragment {place}: {text}")),
        );
    }
    findings
}

fn offset_form(subject: &Subject<'_>) -> Vec<String> {
    let has_edits = subject
        .only_track()
        .is_some_and(|track| !track.edits.is_empty());
    let mut findings = finding(subject.is_video() && has_edits, "video has an edit list");
    let unsigned = subject.boxes().fragments.iter().any(|fragment| {
        let shifts = fragment
            .samples
            .iter()
            .any(|sample| sample.composition_offset != 0);
        shifts && fragment.run_version == 0
    });
    findings.extend(finding(
        subject.is_video() && unsigned,
        "composition offsets are unsigned (trun version 0)",
    ));
    findings
}

/// The presentation times of a fragment's samples form an unbroken row: each is shown when the one before it ends.
fn presentation_is_continuous(subject: &Subject<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut end: Option<i64> = None;
    for (place, fragment, _) in subject.file.fragments() {
        let mut shown = shown_samples(fragment);
        shown.sort_unstable();
        for (start, duration) in shown {
            let gap = end.map_or(0, |end| start - end);
            // Half a sample, exactly: twice the gap must not exceed it.
            if 2 * gap.abs() > duration && duration > 0 {
                findings.push(format!("fragment {place}: {gap} ticks between two samples"));
                break;
            }
            end = Some(start + duration);
        }
    }
    findings
}

/// Presentation time and duration of each sample, in ticks.
fn shown_samples(fragment: &MovieFragment) -> Vec<(i64, i64)> {
    let mut decode = fragment.decode_time.cast_signed();
    let samples = fragment.samples.iter();
    samples
        .map(|sample| {
            let shown = (
                decode + sample.composition_offset,
                i64::from(sample.duration),
            );
            decode += i64::from(sample.duration);
            shown
        })
        .collect()
}

fn i_frame_ranges(subject: &Subject<'_>) -> Vec<String> {
    if !subject.is_video() {
        return Vec::new();
    }
    let listed = subject
        .track
        .media()
        .segments
        .iter()
        .flat_map(|segment| &segment.fragments);
    let pairs = listed.zip(&subject.boxes().fragments).enumerate();
    let wrong = pairs.filter(|(_, (listed, found))| {
        let end = found.first_sample().map(|sample| sample.end());
        listed.offset != found.range.offset || end != Some(listed.offset + listed.keyframe_length)
    });
    wrong
        .map(|(place, _)| format!("range {place} does not end with its key frame"))
        .collect()
}

fn one_sample_fragments(subject: &Subject<'_>) -> Vec<String> {
    let fragments = &subject.boxes().fragments;
    let wrong = fragments.iter().any(|fragment| fragment.samples.len() != 1);
    finding(
        subject.is_trick() && wrong,
        "a trick-play fragment holds several samples",
    )
}
