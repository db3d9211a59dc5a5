//! Rules 37 to 40 and 47 to 49: what every rendition must say, and subtitles.

use std::collections::BTreeSet;

use super::{
    PlaylistCheck, must,
    presentation::{Parsed, rendition_id},
    should,
    text::Attributes,
};
use crate::asset::SubtitleTrack;

pub(super) const CHECKS: &[PlaylistCheck] = &[
    must("37", names),
    must("38", languages),
    must("39", uris),
    must("40", same_members),
    must("47", sdh),
    must("48", forced),
    should("48", |p| {
        let manual = p
            .multivariant
            .media
            .iter()
            .filter(|media| media.yes("FORCED") && !media.yes("AUTOSELECT"));
        manual
            .map(|media| format!("{} is not AUTOSELECT", label(media)))
            .collect()
    }),
    should("49", general_first),
];

pub(super) fn label(media: &Attributes<'_>) -> String {
    let part = |name| media.get(name).unwrap_or("?");
    format!(
        "{} \"{}\" in group \"{}\"",
        part("TYPE"),
        part("NAME"),
        part("GROUP-ID")
    )
}

pub(super) fn of_type<'p, 'a>(
    parsed: &'p Parsed<'a>,
    kind: &'p str,
) -> impl Iterator<Item = &'p Attributes<'a>> {
    parsed
        .multivariant
        .media
        .iter()
        .filter(move |media| media.get("TYPE") == Some(kind))
}

/// Subtitle renditions with the tracks that they show.
fn listed_subtitles<'p, 'a>(
    parsed: &'p Parsed<'a>,
) -> Vec<(&'p Attributes<'a>, &'a SubtitleTrack)> {
    let subtitles = of_type(parsed, "SUBTITLES");
    subtitles
        .filter_map(|media| {
            Some((
                media,
                parsed
                    .asset
                    .find_subtitle(rendition_id(media.get("URI")?))?,
            ))
        })
        .collect()
}

/// The groups of one type, each with its members.
pub(super) fn groups<'p, 'a>(
    parsed: &'p Parsed<'a>,
    kind: &'p str,
) -> Vec<(&'a str, Vec<&'p Attributes<'a>>)> {
    let mut groups: Vec<(&str, Vec<&Attributes<'_>>)> = Vec::new();
    for media in of_type(parsed, kind) {
        let id = media.get("GROUP-ID").unwrap_or_default();
        match groups.iter_mut().find(|(known, _)| *known == id) {
            Some((_, members)) => members.push(media),
            None => groups.push((id, vec![media])),
        }
    }
    groups
}

fn names(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for media in &parsed.multivariant.media {
        let missing = ["TYPE", "GROUP-ID", "NAME"]
            .into_iter()
            .filter(|name| !media.has(name));
        findings.extend(missing.map(|name| format!("line {}: {name} is missing", media.number)));
        if media.yes("DEFAULT") && !media.yes("AUTOSELECT") {
            findings.push(format!("{} is DEFAULT, but not AUTOSELECT", label(media)));
        }
    }
    for kind in ["AUDIO", "SUBTITLES", "VIDEO", "CLOSED-CAPTIONS"] {
        for (group, members) in groups(parsed, kind) {
            let names: BTreeSet<_> = members
                .iter()
                .filter_map(|media| media.get("NAME"))
                .collect();
            if names.len() < members.len() {
                findings.push(format!("group \"{group}\" has a NAME twice"));
            }
            if members.iter().filter(|media| media.yes("DEFAULT")).count() > 1 {
                findings.push(format!("group \"{group}\" has more than one default"));
            }
        }
    }
    findings
}

fn languages(parsed: &Parsed<'_>) -> Vec<String> {
    let spoken = parsed
        .multivariant
        .media
        .iter()
        .filter(|media| media.get("TYPE") != Some("VIDEO"));
    let wrong = spoken.filter(|media| !media.get("LANGUAGE").is_some_and(is_language_tag));
    wrong
        .map(|media| format!("{}: LANGUAGE is missing or not BCP 47", label(media)))
        .collect()
}

/// Three-letter codes that have a two-letter one, which BCP 47 wants instead (RFC 5646 §2.2.1).
const LONG_CODES: [&str; 24] = [
    "ara", "ces", "chi", "cze", "dan", "deu", "dut", "ell", "eng", "fin", "fra", "fre", "ger",
    "hin", "hun", "ita", "jpn", "kor", "nld", "nor", "pol", "por", "rus", "spa",
];

/// The grammar of RFC 5646 as far as it is used: language, then subtags of one to eight letters and digits.
fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split('-');
    let language = subtags.next().unwrap_or_default();
    let alphabetic = |subtag: &str| subtag.bytes().all(|byte| byte.is_ascii_alphabetic());
    (2..=3).contains(&language.len())
        && alphabetic(language)
        && !LONG_CODES.contains(&language.to_ascii_lowercase().as_str())
        && subtags.all(|subtag| {
            (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

fn uris(parsed: &Parsed<'_>) -> Vec<String> {
    let wrong = |media: &&Attributes<'_>| match media.get("TYPE") {
        Some("AUDIO" | "SUBTITLES") => !media.has("URI"),
        Some("CLOSED-CAPTIONS") => media.has("URI"),
        _ => false,
    };
    parsed
        .multivariant
        .media
        .iter()
        .filter(wrong)
        .map(|media| format!("{}: URI", label(media)))
        .collect()
}

fn same_members(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for kind in ["AUDIO", "SUBTITLES"] {
        let members = |members: &[&Attributes<'_>]| -> BTreeSet<Vec<Option<String>>> {
            let shared = [
                "NAME",
                "LANGUAGE",
                "DEFAULT",
                "AUTOSELECT",
                "FORCED",
                "CHARACTERISTICS",
            ];
            let row = |media: &&Attributes<'_>| {
                shared
                    .map(|name| media.get(name).map(str::to_owned))
                    .to_vec()
            };
            members.iter().map(row).collect()
        };
        let groups = groups(parsed, kind);
        let Some((first, expected)) = groups.first().map(|(id, list)| (*id, members(list))) else {
            continue;
        };
        let other = groups
            .iter()
            .skip(1)
            .filter(|(_, list)| members(list) != expected);
        findings.extend(
            other.map(|(id, _)| format!("group \"{id}\" has other members than \"{first}\"")),
        );
    }
    findings
}

pub(super) fn has_characteristic(media: &Attributes<'_>, name: &str) -> bool {
    media
        .get("CHARACTERISTICS")
        .is_some_and(|list| list.split(',').any(|known| known.trim() == name))
}

fn sdh(parsed: &Parsed<'_>) -> Vec<String> {
    let marked = |media: &Attributes<'_>| {
        has_characteristic(media, "public.accessibility.transcribes-spoken-dialog")
            && has_characteristic(media, "public.accessibility.describes-music-and-sound")
            && media.yes("AUTOSELECT")
    };
    let wrong = listed_subtitles(parsed)
        .into_iter()
        .filter(|(media, track)| track.sdh && !marked(media));
    wrong
        .map(|(media, _)| {
            format!(
                "{} is not marked for the deaf and hard of hearing",
                label(media)
            )
        })
        .collect()
}

fn forced(parsed: &Parsed<'_>) -> Vec<String> {
    let elsewhere = parsed
        .multivariant
        .media
        .iter()
        .filter(|media| media.get("TYPE") != Some("SUBTITLES") && media.has("FORCED"));
    let mut findings: Vec<String> = elsewhere
        .map(|media| format!("{} has FORCED", label(media)))
        .collect();
    let listed = listed_subtitles(parsed);
    for (media, track) in &listed {
        if track.forced != media.yes("FORCED") {
            findings.push(format!("{}: FORCED is not what the track is", label(media)));
        }
        let regular = |(other, _): &(&Attributes<'_>, &SubtitleTrack)| {
            !other.yes("FORCED") && other.get("LANGUAGE") == media.get("LANGUAGE")
        };
        if media.yes("FORCED") && !listed.iter().any(regular) {
            findings.push(format!(
                "{}: its language has no regular subtitles",
                label(media)
            ));
        }
    }
    findings
}

fn general_first(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for kind in ["AUDIO", "SUBTITLES"] {
        for (_, members) in groups(parsed, kind) {
            let special =
                |media: &Attributes<'_>| media.yes("FORCED") || media.has("CHARACTERISTICS");
            for (at, media) in members
                .iter()
                .enumerate()
                .filter(|(_, media)| special(media))
            {
                let later = &members[at + 1..];
                if later
                    .iter()
                    .any(|next| next.get("LANGUAGE") == media.get("LANGUAGE") && !special(next))
                {
                    findings.push(format!(
                        "{} stands before its language's general rendition",
                        label(media)
                    ));
                }
            }
        }
    }
    findings
}
