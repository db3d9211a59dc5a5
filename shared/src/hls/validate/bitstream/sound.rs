//! Rules 41 and 89 to 92: what the sound is, by its own configuration.

use super::{
    BitstreamCheck,
    Severity::{Must, Should},
    Subject, finding,
};
use crate::mp4::CodecConfig;

pub(super) const CHECKS: &[BitstreamCheck] = &[
    ("41", Must, channels),
    ("89", Must, explicit_extension),
    ("90", Should, loudness),
    ("91", Must, sample_rate),
    ("92", Should, priming),
];

fn channels(subject: &Subject<'_>) -> Vec<String> {
    let Some((track, entry)) = subject.track.audio().zip(subject.entry()) else {
        return Vec::new();
    };
    let found = match &entry.config {
        CodecConfig::Eac3(record) => dolby_channels(record),
        config => config.aac_channels().map(|channels| channels.to_string()),
    };
    match found {
        Some(found) => finding(
            found != track.channels,
            &format!(
                "the bitstream has {found}, the asset says {}",
                track.channels
            ),
        ),
        None => Vec::new(), // a codec whose configuration says nothing of channels
    }
}

/// `CHANNELS` of an `EC3SpecificBox` (ETSI TS 102 366, F.6): the count of the first independent substream with what depends on
/// it, or Atmos' complexity.
fn dolby_channels(record: &[u8]) -> Option<String> {
    let bit = |at: usize| {
        record
            .get(at / 8)
            .map(|byte| u32::from(byte >> (7 - at % 8) & 1))
    };
    let number =
        |at: usize, count: usize| (at..at + count).try_fold(0, |sum, at| Some(sum << 1 | bit(at)?));
    let streams = number(13, 3)? as usize + 1;
    let (mut at, mut channels) = (16, None);
    for _ in 0..streams {
        let (mode, effects) = (number(at + 12, 3)?, number(at + 15, 1)?);
        let full = *[2, 1, 2, 3, 3, 4, 4, 5].get(mode as usize)?;
        let dependent = number(at + 19, 4)?;
        at += if dependent > 0 { 32 } else { 24 };
        // A dependent substream adds a pair: rear surrounds.
        let extra = if dependent > 0 { 2 } else { 0 };
        channels.get_or_insert(full + effects + extra);
    }
    let atmos = number(at + 7, 1)
        .filter(|flag| *flag == 1)
        .and_then(|_| number(at + 8, 8));
    match atmos {
        Some(complexity) => Some(format!("{complexity}/JOC")),
        None => channels.map(|count| count.to_string()),
    }
}

/// Spectral band replication needs an object type of its own, 5 or 29, in the configuration.
fn explicit_extension(subject: &Subject<'_>) -> Vec<String> {
    let claims = subject
        .track
        .audio()
        .is_some_and(|track| track.codec.ends_with(".40.5") || track.codec.ends_with(".40.29"));
    let said = subject
        .entry()
        .and_then(crate::mp4::SampleEntry::codec_string);
    let is_explicit = said.is_some_and(|said| said.ends_with(".40.5") || said.ends_with(".40.29"));
    finding(
        claims && !is_explicit,
        "HE-AAC without an explicit extension",
    )
}

fn loudness(subject: &Subject<'_>) -> Vec<String> {
    let Some(track) = subject.track.audio() else {
        return Vec::new();
    };
    // Dolby's bitstreams always carry dialnorm.
    let has_dialnorm = matches!(track.codec.as_str(), "ac-3" | "ec-3");
    let has_box = subject.only_track().is_some_and(|found| found.has_loudness);
    finding(!has_dialnorm && !has_box, "no ludt box")
}

fn sample_rate(subject: &Subject<'_>) -> Vec<String> {
    let (Some(track), Some(found)) = (subject.track.audio(), subject.only_track()) else {
        return Vec::new();
    };
    let frame = if track.codec.starts_with("mp4a") {
        1024
    } else {
        1536
    };
    let mut fragments = subject.boxes().fragments.iter();
    let count: usize = fragments
        .clone()
        .map(|fragment| fragment.samples.len())
        .sum();
    let mut findings = finding(
        found.timescale != track.timescale,
        "another sample rate than the asset says",
    );
    let mut place = 0;
    let odd = fragments.any(|fragment| {
        fragment.samples.iter().any(|sample| {
            place += 1;
            // The last frame may be cut where the programme ends.
            sample.duration != frame && !(place == count && sample.duration < frame)
        })
    });
    findings.extend(finding(
        odd && (track.codec.starts_with("mp4a.40.2") || track.codec == "ec-3"),
        &format!("an audio frame doesn't last {frame} samples"),
    ));
    findings
}

fn priming(subject: &Subject<'_>) -> Vec<String> {
    let is_aac = subject
        .track
        .audio()
        .is_some_and(|track| track.codec.starts_with("mp4a"));
    let Some(track) = subject.only_track().filter(|_| is_aac) else {
        return Vec::new();
    };
    let mut findings = finding(!track.has_roll_group, "no roll group");
    let hides = track.edits.first().is_some_and(|edit| edit.media_time > 0);
    findings.extend(finding(!hides, "no edit list hides the priming"));
    findings
}
