//! Rules 30, 108 and 110 to 116: what playlists say about keys.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    PlaylistCheck, must,
    presentation::{Parsed, Playlist},
    should,
    text::{Attributes, Line},
};
use crate::{
    cenc::KeyId,
    hls::protection::{CLEAR_KEY, FAIRPLAY, IDENTITY, PLAYREADY, WIDEVINE},
};

pub(super) const CHECKS: &[PlaylistCheck] = &[
    must("30", session_keys),
    should("30", |p| {
        let silent = p.asset.is_encrypted() && p.multivariant.session_keys.is_empty();
        if silent {
            vec!["EXT-X-SESSION-KEY is missing".to_owned()]
        } else {
            Vec::new()
        }
    }),
    must("108", method),
    must("110", fairplay),
    should("110", |p| {
        let with_iv =
            keys(p).filter(|(_, key)| key.get("KEYFORMAT") == Some(FAIRPLAY) && key.has("IV"));
        with_iv
            .map(|(id, key)| format!("{id}, line {}: a FairPlay line has an IV", key.number))
            .collect()
    }),
    must("111", same_systems),
    must("112", key_ids),
    must("113", no_keys),
    should("116", keys_per_tier),
];

/// Every `EXT-X-KEY` with the playlist that it stands in.
fn keys<'p, 'a>(parsed: &'p Parsed<'a>) -> impl Iterator<Item = (&'a str, Attributes<'a>)> + 'p {
    parsed.playlists.iter().flat_map(|playlist| {
        playlist.lines.iter().filter_map(|line| match line {
            Line::Tag(tag) if tag.name == "EXT-X-KEY" => Some((playlist.id, Attributes::of(tag))),
            _ => None,
        })
    })
}

/// What makes two key lines the same key of the same system.
fn identity<'a>(key: &Attributes<'a>) -> [Option<&'a str>; 4] {
    ["METHOD", "URI", "KEYFORMAT", "KEYFORMATVERSIONS"].map(|name| key.get(name))
}

fn session_keys(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    let known: BTreeSet<_> = keys(parsed).map(|(_, key)| identity(&key)).collect();
    let mut seen = BTreeSet::new();
    for key in &parsed.multivariant.session_keys {
        if matches!(key.get("METHOD"), None | Some("NONE")) {
            findings.push(format!("line {}: METHOD is NONE", key.number));
        }
        if !known.contains(&identity(key)) {
            findings.push(format!("line {}: no playlist uses this key", key.number));
        }
        if !seen.insert(identity(key)) {
            findings.push(format!("line {}: stands twice", key.number));
        }
    }
    findings
}

fn method(parsed: &Parsed<'_>) -> Vec<String> {
    let wrong = keys(parsed).filter(|(_, key)| key.get("METHOD") != Some("SAMPLE-AES"));
    wrong
        .map(|(id, key)| format!("{id}, line {}: METHOD is not SAMPLE-AES", key.number))
        .collect()
}

fn fairplay(parsed: &Parsed<'_>) -> Vec<String> {
    let lines = keys(parsed).filter(|(_, key)| key.get("KEYFORMAT") == Some(FAIRPLAY));
    let right = |key: &Attributes<'_>| {
        key.get("KEYFORMATVERSIONS") == Some("1")
            && key.get("URI").is_some_and(|uri| uri.starts_with("skd://"))
    };
    let wrong = lines.filter(|(_, key)| !right(key));
    wrong
        .map(|(id, key)| {
            format!(
                "{id}, line {}: not skd:// with KEYFORMATVERSIONS 1",
                key.number
            )
        })
        .collect()
}

fn systems<'a>(keys: &[Attributes<'a>]) -> BTreeSet<&'a str> {
    keys.iter()
        .map(|key| key.get("KEYFORMAT").unwrap_or(IDENTITY))
        .collect()
}

fn same_systems(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut expected: Option<BTreeSet<&str>> = None;
    for playlist in &parsed.playlists {
        let encrypted = playlist.kid().is_some();
        for segment in &playlist.segments {
            let systems = systems(&segment.keys);
            if !encrypted {
                if !systems.is_empty() {
                    findings.push(format!("{} has a key line, but is clear", playlist.id));
                    break;
                }
                continue;
            }
            if systems.is_empty() || systems != *expected.get_or_insert_with(|| systems.clone()) {
                findings.push(format!(
                    "{} signals other key systems than the rest",
                    playlist.id
                ));
                break;
            }
        }
    }
    let announced = systems(&parsed.multivariant.session_keys);
    if !announced.is_empty() && expected.is_some_and(|expected| announced != expected) {
        findings.push(
            "EXT-X-SESSION-KEY announces other key systems than the playlists use".to_owned(),
        );
    }
    findings
}

fn key_ids(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for playlist in &parsed.playlists {
        let Some(kid) = playlist.kid() else { continue };
        for key in playlist_keys(playlist) {
            if !names(&key, kid) {
                findings.push(format!(
                    "{}, line {}: doesn't name {kid}",
                    playlist.id, key.number
                ));
            }
        }
    }
    findings
}

fn playlist_keys<'a>(playlist: &Playlist<'a>) -> impl Iterator<Item = Attributes<'a>> {
    playlist.lines.iter().filter_map(|line| match line {
        Line::Tag(tag) if tag.name == "EXT-X-KEY" => Some(Attributes::of(tag)),
        _ => None,
    })
}

/// Whether a key line names that `KID`, in its system's own spelling.
fn names(key: &Attributes<'_>, kid: KeyId) -> bool {
    let uri = key.get("URI").unwrap_or_default();
    let payload = || {
        uri.split_once("base64,")
            .and_then(|(_, text)| STANDARD.decode(text).ok())
            .unwrap_or_default()
    };
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    match key.get("KEYFORMAT") {
        Some(CLEAR_KEY) => payload() == kid.as_bytes(),
        Some(FAIRPLAY) => uri.strip_prefix("skd://") == Some(&kid.base64()),
        Some(WIDEVINE) => {
            holds(&payload(), kid.as_bytes())
                && key
                    .get("KEYID")
                    .is_none_or(|text| text == format!("0x{kid}"))
        }
        Some(PLAYREADY) => {
            let value = STANDARD.encode(kid.guid_bytes());
            holds(
                &payload(),
                &value
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes)
                    .collect::<Vec<u8>>(),
            )
        }
        None | Some(IDENTITY) => uri.ends_with(&format!("/{kid}")),
        Some(_) => false,
    }
}

fn no_keys(parsed: &Parsed<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    for playlist in &parsed.playlists {
        let systems = systems(&playlist_keys(playlist).collect::<Vec<_>>());
        if systems.contains(IDENTITY) && systems.len() > 1 {
            findings.push(format!(
                "{} has an identity line beside key systems",
                playlist.id
            ));
        }
    }
    for (name, text) in parsed.texts() {
        let payloads: Vec<Vec<u8>> = text
            .split("base64,")
            .skip(1)
            .filter_map(|rest| STANDARD.decode(rest.split(['"', ',', '\n']).next()?).ok())
            .collect();
        for key in &parsed.presentation.content_keys {
            let key = key.expose();
            let in_payload = payloads
                .iter()
                .any(|bytes| bytes.windows(16).any(|window| window == key));
            if in_payload
                || text.to_ascii_lowercase().contains(&hex::encode(key))
                || text.contains(&STANDARD.encode(key))
            {
                findings.push(format!("{name} holds a content key"));
            }
        }
    }
    findings
}

fn keys_per_tier(parsed: &Parsed<'_>) -> Vec<String> {
    let ids = parsed.asset.key_ids();
    let shared = ids.iter().enumerate().filter_map(|(at, (tier, kid))| {
        let (other, _) = ids[..at]
            .iter()
            .find(|(other, known)| known == kid && other != tier)?;
        Some(format!("{tier} has the key of {other}"))
    });
    shared.collect()
}
