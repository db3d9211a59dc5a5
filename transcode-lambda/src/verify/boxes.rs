//! The rules that boxes and samples decide (HLS.md 1.7, 1.10, 1.11). One rule is one function over one track.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use shared::{
    cenc::{KeyId, Tier},
    hls::validate::{Check, Severity},
    mp4::{CodecConfig, MovieFragment, NalKind, SampleEntry, nal_units, obus},
};

use super::Media;

struct Rule {
    id: &'static str,
    severity: Severity,
    name: &'static str,
    check: fn(&Media) -> Vec<String>,
}

const fn rule(
    id: &'static str,
    severity: Severity,
    name: &'static str,
    check: fn(&Media) -> Vec<String>,
) -> Rule {
    Rule {
        id,
        severity,
        name,
        check,
    }
}

const RULES: [Rule; 13] = [
    rule(
        "74",
        Severity::Must,
        "Every fragment begins with an IDR picture that is a sync sample",
        begins_with_idr,
    ),
    rule(
        "76",
        Severity::Must,
        "GOPs are closed: nothing is shown before its IDR picture",
        closed_gops,
    ),
    rule(
        "81",
        Severity::Must,
        "HDR has BT.2020 colours and a PQ or HLG transfer",
        hdr_colours,
    ),
    rule(
        "82",
        Severity::Should,
        "HDR10 metadata is in the configuration record",
        hdr_metadata,
    ),
    rule(
        "84",
        Severity::Must,
        "Decode times are continuous and the first picture is shown at 0",
        continuous,
    ),
    rule(
        "85",
        Severity::Must,
        "One track, fragmented, default-base-is-moof, CMAF brands",
        cmaf,
    ),
    rule(
        "86",
        Severity::Should,
        "Video has no edit list, but negative composition offsets",
        offset_form,
    ),
    rule(
        "102",
        Severity::Must,
        "I-frame ranges begin at a moof and hold the whole first sample",
        i_frame_ranges,
    ),
    rule(
        "105",
        Severity::Should,
        "A trick-play fragment holds exactly one sample",
        one_sample_fragments,
    ),
    rule(
        "108",
        Severity::Must,
        "The protection scheme is cbcs",
        scheme,
    ),
    rule(
        "109",
        Severity::Must,
        "Pattern 1:9 in video, whole blocks in audio, a constant IV",
        pattern,
    ),
    rule(
        "114",
        Severity::Must,
        "Fragments carry senc, or saiz and saio",
        auxiliary_information,
    ),
    rule(
        "61",
        Severity::Must,
        "The asset's index is the file's",
        index_matches,
    ),
];

/// All checks, over all tracks. `derived` gives the KID of a tier.
pub(super) fn checks(media: &[Media], derived: impl Fn(Tier) -> KeyId) -> Vec<Check> {
    let of_rule = |rule: &Rule| {
        let findings = media.iter().flat_map(|track| {
            let found = (rule.check)(track).into_iter();
            found.map(|finding| format!("{}: {finding}", track.id))
        });
        Check::new(rule.id, rule.severity, rule.name, findings.collect())
    };
    let mut checks: Vec<Check> = RULES.iter().map(of_rule).collect();
    let wrong_kid = media.iter().filter(|track| {
        let tenc = entry(track).and_then(|entry| entry.protection);
        let kid = tenc.map(|protection| protection.kid);
        kid != track.kid || kid != Some(derived(track.tier))
    });
    let findings =
        wrong_kid.map(|track| format!("{}: tenc names another key than the tier's", track.id));
    checks.push(Check::new(
        "112",
        Severity::Must,
        "The KID in tenc is the asset's, and derives from the tier",
        findings.collect(),
    ));
    checks
}

fn entry(track: &Media) -> Option<&SampleEntry> {
    track.boxes.tracks.first()?.entry.as_ref()
}

fn finding(broken: bool, text: &str) -> Vec<String> {
    if broken {
        vec![text.to_owned()]
    } else {
        Vec::new()
    }
}

fn begins_with_idr(track: &Media) -> Vec<String> {
    if !track.is_video {
        return Vec::new();
    }
    let Some(entry) = entry(track) else {
        return vec!["no sample entry".to_owned()];
    };
    let Ok(mut file) = File::open(&track.path) else {
        return vec!["the file can't be read".to_owned()];
    };
    let mut findings = Vec::new();
    for (place, fragment) in track.boxes.fragments.iter().enumerate() {
        let is_sync = fragment
            .samples
            .first()
            .is_some_and(|sample| sample.is_sync);
        let others_sync = fragment.samples.iter().skip(1).any(|sample| sample.is_sync);
        if !is_sync || (others_sync && !track.is_trick) {
            findings.push(format!(
                "fragment {place} is not one GOP that begins with a sync sample"
            ));
        }
        let mut sample = Vec::new();
        let range = fragment.first_sample();
        let read = range.is_some_and(|range| {
            file.seek(SeekFrom::Start(range.offset)).is_ok()
                && Read::take(&mut file, range.length)
                    .read_to_end(&mut sample)
                    .is_ok()
        });
        let units = match entry.config {
            CodecConfig::Av1(_) => obus(&sample),
            _ => nal_units(&entry.config, &sample),
        }
        .unwrap_or_default();
        let first_picture = units.iter().find(|unit| **unit != NalKind::Other);
        if !read || first_picture != Some(&NalKind::Idr) {
            findings.push(format!("fragment {place} begins with {first_picture:?}"));
        }
    }
    findings
}

fn closed_gops(track: &Media) -> Vec<String> {
    if !track.is_video {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (place, fragment) in track.boxes.fragments.iter().enumerate() {
        let offset = fragment
            .samples
            .first()
            .map_or(0, |sample| sample.composition_offset);
        let idr = fragment.decode_time.cast_signed() + offset;
        if fragment.earliest_presentation() != Some(idr) {
            findings.push(format!("fragment {place} shows a picture before its first"));
        }
    }
    findings
}

fn hdr_colours(track: &Media) -> Vec<String> {
    let Some(colour) = entry(track).and_then(|entry| entry.colour) else {
        return finding(track.is_video, "no colr box");
    };
    let is_hdr = matches!(colour.transfer, 16 | 18);
    finding(
        is_hdr && (colour.primaries, colour.matrix) != (9, 9),
        &format!(
            "primaries {} and matrix {}",
            colour.primaries, colour.matrix
        ),
    )
}

fn hdr_metadata(track: &Media) -> Vec<String> {
    let Some(entry) = entry(track) else {
        return Vec::new();
    };
    let is_pq = entry.colour.is_some_and(|colour| colour.transfer == 16);
    let is_hevc = matches!(entry.config, CodecConfig::Hevc(_));
    finding(
        is_hevc && is_pq && entry.config.hdr_metadata().is_none(),
        "hvcC holds no SEI with the mastering display",
    )
}

fn continuous(track: &Media) -> Vec<String> {
    let mut findings = Vec::new();
    let mut next = 0;
    for (place, fragment) in track.boxes.fragments.iter().enumerate() {
        if fragment.decode_time != next {
            findings.push(format!(
                "fragment {place} begins at {} instead of {next}",
                fragment.decode_time
            ));
        }
        next = fragment.decode_time + fragment.duration();
    }
    let edits = track
        .boxes
        .tracks
        .first()
        .map_or(&[][..], |found| &found.edits);
    let skipped = edits.first().map_or(0, |edit| edit.media_time);
    let first = track
        .boxes
        .fragments
        .first()
        .and_then(MovieFragment::earliest_presentation);
    let shown = first.unwrap_or(0) - skipped;
    // Audio may begin with its encoder's priming, which the edit list hides.
    let may_start = if track.is_video { 0..=0 } else { -2048..=0 };
    if !may_start.contains(&shown) {
        findings.push(format!(
            "the first sample is shown at {shown} of {} ticks",
            track.timescale
        ));
    }
    findings
}

fn cmaf(track: &Media) -> Vec<String> {
    let boxes = &track.boxes;
    let mut findings = finding(boxes.tracks.len() != 1, "not exactly one track");
    findings.extend(finding(!boxes.is_fragmented, "no mvex"));
    let samples = boxes.tracks.iter().any(|found| found.samples > 0);
    findings.extend(finding(samples, "moov describes samples"));
    let base = boxes.fragments.iter().all(|fragment| fragment.base_is_moof);
    findings.extend(finding(!base, "a fragment is not relative to its moof"));
    let single = boxes
        .fragments
        .iter()
        .all(|fragment| fragment.track_fragments == 1);
    findings.extend(finding(!single, "a moof has several traf"));
    let modern = [*b"iso6", *b"iso7", *b"iso8", *b"iso9", *b"cmfc", *b"cmf2"];
    let branded = boxes.brands.iter().any(|brand| modern.contains(brand));
    findings.extend(finding(!branded, "no brand iso6 or later"));
    findings
}

fn offset_form(track: &Media) -> Vec<String> {
    let edits = track
        .boxes
        .tracks
        .first()
        .map_or(&[][..], |found| &found.edits);
    finding(
        track.is_video && !edits.is_empty(),
        "video has an edit list",
    )
}

fn i_frame_ranges(track: &Media) -> Vec<String> {
    if !track.is_video {
        return Vec::new();
    }
    let listed = track.segments.iter().flat_map(|segment| &segment.fragments);
    let wrong = listed
        .zip(&track.boxes.fragments)
        .enumerate()
        .filter(|(_, (listed, found))| {
            let end = found.first_sample().map(|sample| sample.end());
            listed.offset != found.range.offset
                || end != Some(listed.offset + listed.keyframe_length)
        });
    wrong
        .map(|(place, _)| format!("range {place} does not end with its key frame"))
        .collect()
}

fn one_sample_fragments(track: &Media) -> Vec<String> {
    let wrong = track
        .boxes
        .fragments
        .iter()
        .any(|fragment| fragment.samples.len() != 1);
    finding(track.is_trick && wrong, "a fragment holds several samples")
}

fn scheme(track: &Media) -> Vec<String> {
    let protection = entry(track).and_then(|entry| entry.protection);
    finding(
        protection.is_none_or(|protection| &protection.scheme != b"cbcs"),
        "not cbcs",
    )
}

fn pattern(track: &Media) -> Vec<String> {
    let Some(protection) = entry(track).and_then(|entry| entry.protection) else {
        return Vec::new();
    };
    let expect = if track.is_video { (1, 9) } else { (0, 0) };
    let found = (protection.crypt_blocks, protection.skip_blocks);
    let mut findings = finding(found != expect, &format!("pattern {}:{}", found.0, found.1));
    let constant = protection.per_sample_iv == 0 && protection.constant_iv.is_some();
    findings.extend(finding(!constant, "no constant IV"));
    findings.extend(finding(
        protection.constant_iv != track.iv,
        "another IV than the asset says",
    ));
    findings
}

fn auxiliary_information(track: &Media) -> Vec<String> {
    let without = track
        .boxes
        .fragments
        .iter()
        .any(|fragment| !fragment.has_senc && !fragment.has_aux_info);
    finding(without, "a fragment has neither")
}

fn index_matches(track: &Media) -> Vec<String> {
    let same = track
        .boxes
        .segments()
        .is_ok_and(|segments| segments == track.segments);
    let mut findings = finding(
        !same || track.boxes.init != track.init,
        "offsets or durations differ",
    );
    let has_config = entry(track).is_some_and(|entry| entry.config != CodecConfig::None);
    findings.extend(finding(!has_config, "no decoder configuration"));
    findings
}
