//! Rules 41 to 46, 50 and 88: audio renditions.

use std::collections::BTreeSet;

use super::{
    PlaylistCheck, must,
    presentation::{Parsed, audio_frame_s, rendition_id},
    renditions::{groups, has_characteristic, label, of_type},
    should,
    text::Attributes,
};
use crate::asset::AudioTrack;

pub(super) const CHECKS: &[PlaylistCheck] = &[
    must("41", channels),
    must("42", audio_groups),
    must("43", |p| {
        let stereo_aac =
            |track: &AudioTrack| track.codec.starts_with("mp4a.40.") && track.channels == "2";
        let fine = listed_audio(p).is_empty()
            || listed_audio(p)
                .into_iter()
                .any(|(_, track)| stereo_aac(track));
        if fine {
            Vec::new()
        } else {
            vec!["no audio group is stereo AAC".to_owned()]
        }
    }),
    should("44", ac3_beside_eac3),
    should("45", one_atmos),
    must("46", audio_description),
    should("50", audio_rates),
    must("88", demuxed),
];

/// Audio renditions with the tracks that they show.
fn listed_audio<'p, 'a>(parsed: &'p Parsed<'a>) -> Vec<(&'p Attributes<'a>, &'a AudioTrack)> {
    let audio = of_type(parsed, "AUDIO");
    audio
        .filter_map(|media| {
            Some((
                media,
                parsed.asset.find_audio(rendition_id(media.get("URI")?))?,
            ))
        })
        .collect()
}

fn channels(parsed: &Parsed<'_>) -> Vec<String> {
    let wrong = listed_audio(parsed)
        .into_iter()
        .filter(|(media, track)| media.get("CHANNELS") != Some(&track.channels));
    wrong
        .map(|(media, track)| format!("{}: CHANNELS is not \"{}\"", label(media), track.channels))
        .collect()
}

fn audio_groups(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    let listed = listed_audio(parsed);
    let all_languages: BTreeSet<_> = listed
        .iter()
        .map(|(media, _)| media.get("LANGUAGE"))
        .collect();
    let all_uris: BTreeSet<_> = parsed
        .multivariant
        .variants
        .iter()
        .filter_map(|variant| variant.uri)
        .collect();
    for (group, _) in groups(parsed, "AUDIO") {
        let members: Vec<_> = listed
            .iter()
            .filter(|(media, _)| media.get("GROUP-ID") == Some(group))
            .collect();
        // Nobody can make objects for a language that has none: its 5.1 stands beside them.
        let beside_objects = members.iter().any(|(_, track)| has_objects(track));
        let layout = |track: &AudioTrack| match track.channels.as_str() {
            "6" if beside_objects => "JOC".to_owned(),
            _ if has_objects(track) => "JOC".to_owned(),
            channels => channels.to_owned(),
        };
        let kinds: BTreeSet<_> = members
            .iter()
            .map(|(_, track)| (&track.codec, layout(track)))
            .collect();
        if kinds.len() > 1 {
            findings.push(format!("group \"{group}\" mixes codecs or channel layouts"));
        }
        let languages: BTreeSet<_> = members
            .iter()
            .map(|(media, _)| media.get("LANGUAGE"))
            .collect();
        if languages != all_languages {
            findings.push(format!("group \"{group}\" lacks a language"));
        }
        let variants = parsed.multivariant.variants.iter();
        let in_group = variants.filter(|variant| variant.attributes.get("AUDIO") == Some(group));
        let uris: Vec<_> = in_group.filter_map(|variant| variant.uri).collect();
        if uris.len() != all_uris.len() || uris.iter().collect::<BTreeSet<_>>().len() != uris.len()
        {
            findings.push(format!(
                "group \"{group}\" is not listed with every variant once"
            ));
        }
    }
    findings
}

fn has_objects(track: &AudioTrack) -> bool {
    track.channels.ends_with("/JOC")
}

fn ac3_beside_eac3(parsed: &Parsed<'_>) -> Vec<String> {
    let listed = listed_audio(parsed);
    let offers = |codec: &str| listed.iter().any(|(_, track)| track.codec == codec);
    if offers("ec-3") && !offers("ac-3") {
        vec!["E-AC-3 is offered without AC-3".to_owned()]
    } else {
        Vec::new()
    }
}

fn one_atmos(parsed: &Parsed<'_>) -> Vec<String> {
    let listed = listed_audio(parsed);
    let groups: BTreeSet<_> = listed
        .iter()
        .filter(|(_, track)| has_objects(track))
        .map(|(_, track)| &track.group)
        .collect();
    if groups.len() > 1 {
        vec![format!("Atmos stands in {} groups", groups.len())]
    } else {
        Vec::new()
    }
}

fn audio_description(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    let programme_s = parsed.programme_s();
    for (media, track) in listed_audio(parsed) {
        let marked = has_characteristic(media, "public.accessibility.describes-video");
        if track.describes_video != marked || (marked && !media.yes("AUTOSELECT")) {
            findings.push(format!(
                "{}: audio description is not marked as such",
                label(media)
            ));
        }
        let index = track.media().index();
        if marked && index.seconds(index.duration()) + parsed.frame_s() + 0.001 < programme_s {
            findings.push(format!("{} is shorter than the programme", label(media)));
        }
    }
    findings
}

fn audio_rates(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (media, track) in listed_audio(parsed) {
        let kbps = match (track.codec.as_str(), track.channels.as_str()) {
            (codec, "1" | "2") if codec.starts_with("mp4a") => 32..=160,
            (codec, _) if codec.starts_with("mp4a") => 256..=400,
            ("ec-3", channels) if channels.ends_with("/JOC") => 384..=768,
            ("ec-3", "6") => 160..=256,
            ("ac-3", "6") | ("ec-3", "8") => 320..=448,
            _ => continue,
        };
        // A container's share on top.
        let measured = track.average_bps * 100 / 108 / 1000;
        if !kbps.contains(&measured) && !kbps.contains(&(track.average_bps / 1000)) {
            let (low, high) = kbps.into_inner();
            findings.push(format!(
                "{}: {} kbit/s is not within {low} to {high}",
                label(media),
                track.average_bps / 1000
            ));
        }
    }
    findings
}

fn demuxed(parsed: &Parsed<'_>) -> Vec<String> {
    let without = parsed
        .multivariant
        .variants
        .iter()
        .filter(|variant| variant.audio.is_empty());
    if parsed.asset.audio.is_empty() {
        return Vec::new();
    }
    let mut findings: Vec<String> = without
        .map(|variant| format!("{} has no audio group", variant.label()))
        .collect();
    let programme_s = parsed.programme_s();
    let empty = parsed
        .asset
        .audio
        .iter()
        .filter(|track| track.segments.is_empty() && programme_s > audio_frame_s(track));
    findings.extend(empty.map(|track| format!("{} has no segments", track.id)));
    findings
}
