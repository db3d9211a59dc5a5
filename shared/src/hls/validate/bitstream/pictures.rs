//! Rules 33, 68 to 72, 74, 76 and 80 to 83: what the pictures are, by their own headers.

use super::{
    BitstreamCheck,
    Severity::{Must, Should},
    Subject, finding,
};
use crate::{
    asset::{VideoRange, VideoTrack},
    mp4::{CodecConfig, Colour, NalKind, PictureFormat},
};

pub(super) const CHECKS: &[BitstreamCheck] = &[
    ("33", Must, supplemental_codec),
    ("68", Must, codec),
    ("69", Must, sample_entry),
    ("70", Must, size),
    ("71", Must, frame_rate),
    ("72", Must, range),
    ("74", Must, begins_with_idr),
    ("76", Must, closed_gops),
    ("80", Must, progressive),
    ("81", Must, hdr_colours),
    ("82", Should, hdr_metadata),
    ("83", Should, no_banner),
];

/// What the sequence header says, when there is one that can be read.
fn format(subject: &Subject<'_>) -> Option<PictureFormat> {
    subject.entry()?.config.picture_format()
}

/// An AV1 record needn't repeat the sequence header that its samples hold (AV1 in ISOBMFF 2.3.4).
fn may_lack_header(subject: &Subject<'_>, is_missing: bool) -> bool {
    let config = subject.entry().map(|entry| &entry.config);
    is_missing && matches!(config, Some(CodecConfig::Av1(_)))
}

/// A check of video tracks with a sample entry.
fn of_video(subject: &Subject<'_>, check: impl Fn(&VideoTrack) -> Vec<String>) -> Vec<String> {
    subject.track.video().map_or_else(Vec::new, check)
}

fn supplemental_codec(subject: &Subject<'_>) -> Vec<String> {
    // A Dolby Vision record over a compatible base layer is announced, and only then.
    let contains = |kind: &[u8; 4]| subject.file.init.windows(4).any(|window| window == kind);
    let has_record = contains(b"dvvC") || contains(b"dvcC");
    of_video(subject, |track| {
        let announces = track.supplemental_codec.is_some() || track.codec.starts_with("dvh1");
        finding(
            has_record != announces,
            "the Dolby Vision record and what is announced differ",
        )
    })
}

fn codec(subject: &Subject<'_>) -> Vec<String> {
    let found = subject
        .entry()
        .and_then(crate::mp4::SampleEntry::codec_string);
    let said = match (subject.track.video(), subject.track.audio()) {
        (Some(track), _) => &track.codec,
        (_, Some(track)) => &track.codec,
        (None, None) => return Vec::new(),
    };
    let found = found.unwrap_or_default();
    finding(
        &found != said,
        &format!("the media is {found}, the asset says {said}"),
    )
}

fn sample_entry(subject: &Subject<'_>) -> Vec<String> {
    let Some(entry) = subject.entry() else {
        return vec!["no sample entry that we know".to_owned()];
    };
    let known: &[&[u8; 4]] = if subject.is_video() {
        &[b"avc1", b"hvc1", b"dvh1", b"av01"]
    } else {
        &[b"mp4a", b"ec-3", b"ac-3", b"Opus", b"fLaC"]
    };
    let name = String::from_utf8_lossy(&entry.format);
    finding(
        !known.contains(&&entry.format),
        &format!("the sample entry is {name}"),
    )
}

fn size(subject: &Subject<'_>) -> Vec<String> {
    of_video(subject, |track| {
        let mut findings = Vec::new();
        if let Some(entry) = subject.entry() {
            let (width, height) = entry.display_size();
            findings.extend(finding(
                (width, height) != (track.width, track.height),
                &format!("the sample entry shows {width}x{height}"),
            ));
        }
        if let Some(format) = format(subject) {
            let (across, down) = format.sample_aspect.unwrap_or((1, 1));
            let width = f64::from(format.width) * f64::from(across) / f64::from(down);
            let shown = (width.round() as u32, format.height);
            findings.extend(finding(
                shown != (track.width, track.height),
                &format!("the sequence header shows {}x{}", shown.0, shown.1),
            ));
        }
        findings
    })
}

fn frame_rate(subject: &Subject<'_>) -> Vec<String> {
    let timescale = subject.only_track().map_or(0, |track| track.timescale);
    let fragments = subject.boxes().fragments.iter();
    let durations =
        fragments.flat_map(|fragment| fragment.samples.iter().map(|sample| sample.duration));
    let shortest = durations.min().unwrap_or(0);
    of_video(subject, |track| {
        let found = if shortest == 0 {
            0.0
        } else {
            f64::from(timescale) / f64::from(shortest)
        };
        let said = track.frame_rate.to_string();
        // The last trick-play frame ends with the programme, so it may be shorter than the others.
        let is_right = format!("{found:.3}") == said || subject.is_trick();
        finding(
            !is_right,
            &format!("{found:.3} frames/s, the asset says {said}"),
        )
    })
}

fn range_of(colour: Colour) -> Option<VideoRange> {
    match colour.transfer {
        1 | 6 | 13..=15 => Some(VideoRange::Sdr),
        16 => Some(VideoRange::Pq),
        18 => Some(VideoRange::Hlg),
        _ => None,
    }
}

fn range(subject: &Subject<'_>) -> Vec<String> {
    of_video(subject, |track| {
        let boxed = subject.entry().and_then(|entry| entry.colour);
        let Some(boxed) = boxed else {
            return vec!["no colr box".to_owned()];
        };
        let mut findings = finding(
            range_of(boxed) != Some(track.range),
            &format!(
                "colr has transfer {}, the asset says {}",
                boxed.transfer, track.range
            ),
        );
        let points = |colour: Colour| (colour.primaries, colour.transfer, colour.matrix);
        let coded = format(subject).map(|format| format.colour.map(points));
        if !may_lack_header(subject, coded.is_none()) && coded.flatten() != Some(points(boxed)) {
            findings.push(format!(
                "colr says {:?}, the sequence header {:?}",
                points(boxed),
                coded.flatten()
            ));
        }
        findings
    })
}

fn begins_with_idr(subject: &Subject<'_>) -> Vec<String> {
    if !subject.is_video() {
        return Vec::new();
    }
    let mut findings = finding(subject.file.index.fragments.is_empty(), "no fragment");
    for (place, fragment, samples) in subject.file.fragments() {
        let sync: Vec<bool> = fragment
            .samples
            .iter()
            .map(|sample| sample.is_sync)
            .collect();
        let others = sync.iter().skip(1).any(|is_sync| *is_sync);
        if sync.first() != Some(&true) || (others && !subject.is_trick()) {
            findings.push(format!(
                "fragment {place} is not one GOP that begins with a sync sample"
            ));
        }
        if samples.first_picture != Some(NalKind::Idr) {
            let kind = samples.first_picture;
            findings.push(format!(
                "fragment {place} begins with {kind:?} instead of an IDR picture"
            ));
        }
    }
    findings
}

fn closed_gops(subject: &Subject<'_>) -> Vec<String> {
    if !subject.is_video() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (place, fragment, samples) in subject.file.fragments() {
        let offset = fragment
            .samples
            .first()
            .map_or(0, |sample| sample.composition_offset);
        let idr = fragment.decode_time.cast_signed() + offset;
        if fragment.earliest_presentation() != Some(idr) {
            findings.push(format!("fragment {place} shows a picture before its first"));
        }
        if samples.is_open {
            findings.push(format!("fragment {place} holds leading pictures or a CRA"));
        }
    }
    findings
}

fn progressive(subject: &Subject<'_>) -> Vec<String> {
    let is_interlaced = format(subject).is_some_and(|format| !format.is_progressive);
    finding(is_interlaced, "the sequence header allows fields")
}

fn hdr_colours(subject: &Subject<'_>) -> Vec<String> {
    let is_hdr = subject
        .track
        .video()
        .is_some_and(|track| track.range != VideoRange::Sdr);
    if !is_hdr {
        return Vec::new();
    }
    let format = format(subject);
    let mut colours = vec![("colr", subject.entry().and_then(|entry| entry.colour))];
    if !may_lack_header(subject, format.is_none()) {
        let coded = format.and_then(|format| format.colour);
        colours.push(("the sequence header", coded));
    }
    let mut findings = Vec::new();
    for (name, colour) in colours {
        let points = colour.map(|colour| (colour.primaries, colour.matrix));
        if points != Some((9, 9)) {
            findings.push(format!(
                "{name} has primaries and matrix {points:?} instead of 9 and 9"
            ));
        }
    }
    let shallow = format.filter(|format| format.bit_depth < 10);
    findings.extend(shallow.map(|format| format!("HDR with {} bits", format.bit_depth)));
    findings
}

fn hdr_metadata(subject: &Subject<'_>) -> Vec<String> {
    let config = subject.entry().map(|entry| &entry.config);
    let is_pq = subject
        .track
        .video()
        .is_some_and(|track| track.range == VideoRange::Pq);
    let Some(config @ CodecConfig::Hevc(_)) = config.filter(|_| is_pq) else {
        return Vec::new();
    };
    let messages = config.hevc_sei_types();
    let wanted = [(137, "mastering display"), (144, "content light level")];
    let missing = wanted
        .into_iter()
        .filter(|(kind, _)| !messages.contains(kind));
    missing
        .map(|(_, name)| format!("hvcC holds no {name}"))
        .collect()
}

fn no_banner(subject: &Subject<'_>) -> Vec<String> {
    const USER_DATA: u32 = 5;
    let config = subject.entry().map(|entry| &entry.config);
    let talks = config.is_some_and(|config| config.hevc_sei_types().contains(&USER_DATA));
    finding(talks, "hvcC holds an encoder's user data")
}
