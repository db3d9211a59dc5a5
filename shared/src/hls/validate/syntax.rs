//! Rules 1 to 5: the syntax of all playlists.

use super::{
    PlaylistCheck, must,
    presentation::{Parsed, Shows, rendition_id},
    text::{Attributes, Line, Tag, Value},
};

pub(super) const CHECKS: &[PlaylistCheck] = &[
    must("1", plain_text),
    must("2", version),
    must("3", one_kind),
    must("4", attribute_lists),
    must("5", uris),
];

fn plain_text(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, text) in parsed.texts() {
        if text
            .split('\n')
            .next()
            .map(|line| line.trim_end_matches('\r'))
            != Some("#EXTM3U")
        {
            findings.push(format!("{name}: the first line is not #EXTM3U"));
        }
        let stray = |c: char| c == '\u{feff}' || (c.is_control() && !matches!(c, '\r' | '\n'));
        if text.contains(stray) || text.replace("\r\n", "\n").contains('\r') {
            findings.push(format!("{name}: holds a control character"));
        }
    }
    findings
}

fn version(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, lines) in parsed.all_lines() {
        let tags = || {
            lines.iter().filter_map(|line| {
                if let Line::Tag(tag) = line {
                    Some(tag)
                } else {
                    None
                }
            })
        };
        let versions: Vec<&Tag<'_>> = tags().filter(|tag| tag.name == "EXT-X-VERSION").collect();
        if versions.len() > 1 {
            findings.push(format!(
                "{name}: EXT-X-VERSION stands {} times",
                versions.len()
            ));
        }
        let declared = versions
            .first()
            .map_or(Ok(1), |tag| tag.value.parse::<u32>());
        let i_frames_only = tags().any(|tag| tag.name == "EXT-X-I-FRAMES-ONLY");
        let needed = tags()
            .map(|tag| needed_version(tag, i_frames_only))
            .max()
            .unwrap_or(1);
        match declared {
            Ok(declared) if declared >= needed => {}
            Ok(declared) => findings.push(format!(
                "{name}: version {declared}, but its tags need {needed}"
            )),
            Err(_) => findings.push(format!("{name}: EXT-X-VERSION is not a number")),
        }
    }
    findings
}

/// 8216bis section 8.
fn needed_version(tag: &Tag<'_>, i_frames_only: bool) -> u32 {
    let attributes = Attributes::of(tag);
    let instream = attributes.get("INSTREAM-ID");
    let by_tag = match tag.name {
        "EXTINF"
            if tag
                .value
                .split(',')
                .next()
                .is_some_and(|number| number.contains('.')) =>
        {
            3
        }
        "EXT-X-BYTERANGE" | "EXT-X-I-FRAMES-ONLY" => 4,
        "EXT-X-KEY" | "EXT-X-SESSION-KEY"
            if attributes.has("KEYFORMAT") || attributes.has("KEYFORMATVERSIONS") =>
        {
            5
        }
        "EXT-X-KEY" if attributes.has("IV") => 2,
        "EXT-X-MAP" => 5 + u32::from(!i_frames_only),
        "EXT-X-MEDIA"
            if instream.is_some() && attributes.get("TYPE") != Some("CLOSED-CAPTIONS") =>
        {
            13
        }
        "EXT-X-MEDIA" if instream.is_some_and(|id| id.starts_with("SERVICE")) => 7,
        "EXT-X-DEFINE" => {
            if attributes.has("QUERYPARAM") {
                11
            } else {
                8
            }
        }
        "EXT-X-SKIP" => 9,
        _ => 1,
    };
    let by_attribute = if attributes
        .list
        .iter()
        .any(|(name, _)| name.starts_with("REQ-"))
    {
        12
    } else {
        1
    };
    let by_variable = if tag.value.contains("{$") { 8 } else { 1 };
    by_tag.max(by_attribute).max(by_variable)
}

const MULTIVARIANT_TAGS: [&str; 6] = [
    "EXT-X-MEDIA",
    "EXT-X-STREAM-INF",
    "EXT-X-I-FRAME-STREAM-INF",
    "EXT-X-SESSION-DATA",
    "EXT-X-SESSION-KEY",
    "EXT-X-CONTENT-STEERING",
];
const MEDIA_TAGS: [&str; 18] = [
    "EXTINF",
    "EXT-X-BITRATE",
    "EXT-X-BYTERANGE",
    "EXT-X-DATERANGE",
    "EXT-X-DISCONTINUITY",
    "EXT-X-DISCONTINUITY-SEQUENCE",
    "EXT-X-ENDLIST",
    "EXT-X-GAP",
    "EXT-X-I-FRAMES-ONLY",
    "EXT-X-KEY",
    "EXT-X-MAP",
    "EXT-X-MEDIA-SEQUENCE",
    "EXT-X-PART",
    "EXT-X-PLAYLIST-TYPE",
    "EXT-X-PROGRAM-DATE-TIME",
    "EXT-X-SERVER-CONTROL",
    "EXT-X-SKIP",
    "EXT-X-TARGETDURATION",
];

fn one_kind(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, lines) in parsed.all_lines() {
        let foreign = if name == "multivariant" {
            &MEDIA_TAGS[..]
        } else {
            &MULTIVARIANT_TAGS[..]
        };
        for line in lines {
            if let Line::Tag(tag) = line
                && foreign.contains(&tag.name)
            {
                findings.push(format!(
                    "{name}, line {}: {} doesn't belong here",
                    tag.number, tag.name
                ));
            }
        }
    }
    findings
}

const WITH_ATTRIBUTES: [&str; 11] = [
    "EXT-X-CONTENT-STEERING",
    "EXT-X-DATERANGE",
    "EXT-X-DEFINE",
    "EXT-X-I-FRAME-STREAM-INF",
    "EXT-X-KEY",
    "EXT-X-MAP",
    "EXT-X-MEDIA",
    "EXT-X-SESSION-DATA",
    "EXT-X-SESSION-KEY",
    "EXT-X-START",
    "EXT-X-STREAM-INF",
];
/// Attributes whose value stands bare; all others that the specification defines are quoted-strings.
const BARE: [&str; 21] = [
    "AUTOSELECT",
    "AVERAGE-BANDWIDTH",
    "BANDWIDTH",
    "CLOSED-CAPTIONS",
    "DEFAULT",
    "DURATION",
    "END-ON-NEXT",
    "FORCED",
    "FRAME-RATE",
    "HDCP-LEVEL",
    "IV",
    "KEYID",
    "METHOD",
    "PLANNED-DURATION",
    "PRECISE",
    "PROGRAM-ID",
    "RESOLUTION",
    "SCORE",
    "TIME-OFFSET",
    "TYPE",
    "VIDEO-RANGE",
];

fn attribute_lists(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, lines) in parsed.all_lines() {
        for line in lines {
            let Line::Tag(tag) = line else { continue };
            if !WITH_ATTRIBUTES.contains(&tag.name) {
                continue;
            }
            let attributes = Attributes::of(tag);
            let wrong = attributes
                .list
                .iter()
                .filter_map(|(attribute, value)| wrong_form(attribute, *value));
            let faults = attributes.faults.iter().cloned().chain(wrong);
            findings.extend(
                faults.map(|fault| format!("{name}, line {}: {}: {fault}", tag.number, tag.name)),
            );
        }
    }
    findings
}

/// What is wrong with the form of a value.
fn wrong_form(name: &str, value: Value<'_>) -> Option<String> {
    let well_formed = match (name, value) {
        ("CLOSED-CAPTIONS", Value::Quoted(_)) => true,
        ("CLOSED-CAPTIONS", Value::Bare(text)) => text == "NONE",
        (name, _) if name.starts_with("X-") || name.starts_with("SCTE35-") => true,
        (name, Value::Quoted(_)) => !BARE.contains(&name),
        (name, Value::Bare(text)) => BARE.contains(&name) && bare_form(name, text),
    };
    (!well_formed).then(|| format!("{name} can't be written `{}`", value.text()))
}

fn bare_form(name: &str, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match name {
        "BANDWIDTH" | "AVERAGE-BANDWIDTH" | "PROGRAM-ID" => digits(text),
        "RESOLUTION" => text
            .split_once('x')
            .is_some_and(|(width, height)| digits(width) && digits(height)),
        "IV" | "KEYID" => text
            .strip_prefix("0x")
            .is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit())),
        "AUTOSELECT" | "DEFAULT" | "FORCED" | "PRECISE" | "END-ON-NEXT" => {
            matches!(text, "YES" | "NO")
        }
        "FRAME-RATE" | "SCORE" | "TIME-OFFSET" | "DURATION" | "PLANNED-DURATION" => {
            text.parse::<f64>().is_ok_and(f64::is_finite)
        }
        "VIDEO-RANGE" => matches!(text, "SDR" | "PQ" | "HLG"),
        "HDCP-LEVEL" => matches!(text, "NONE" | "TYPE-0" | "TYPE-1"),
        _ => !text.is_empty() && !text.contains([' ', '"']),
    }
}

fn uris(parsed: &Parsed<'_>) -> Vec<String> {
    let master = &parsed.multivariant;
    let variants = master
        .variants
        .iter()
        .chain(&master.i_frames)
        .filter_map(|variant| variant.uri);
    let renditions = master.media.iter().filter_map(|media| media.get("URI"));
    let mut findings: Vec<String> = variants
        .chain(renditions)
        .filter(|uri| parsed.find(rendition_id(uri)).is_none())
        .map(|uri| format!("multivariant: {uri} is no playlist"))
        .collect();
    let folder = format!(
        "/media/{}/{}/",
        parsed.asset.content_id, parsed.asset.version
    );
    for playlist in &parsed.playlists {
        let file = match playlist.shows {
            Shows::Video(track) | Shows::IFrames(track) => &track.file,
            Shows::Audio(track) => &track.file,
            Shows::Subtitles(track) => &track.file,
            Shows::Unknown => {
                findings.push(format!("{}: the asset has no such track", playlist.id));
                continue;
            }
        };
        let expected = format!("{folder}{file}");
        let maps = playlist
            .segments
            .iter()
            .filter_map(|segment| segment.map.as_ref()?.get("URI"));
        let segments = playlist.segments.iter().map(|segment| segment.uri);
        if let Some(uri) = segments.chain(maps).find(|uri| !uri.ends_with(&expected)) {
            findings.push(format!("{}: {uri} is not the track's file", playlist.id));
        }
    }
    findings
}
